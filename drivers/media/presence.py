"""Check that both media of a device are there, writable, and two."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from drivers.media.errors import MediumLostError
from words.message import Message, m


@dataclass(frozen=True, slots=True)
class MediaReport:
    """Free room on both media."""

    primary_free: int
    """Bytes."""
    mirror_free: int
    """Bytes."""
    distinct: bool
    """The two folders are on different file systems."""


def check_media(primary: Path, mirror: Path) -> MediaReport:
    """Write to both media. Raises `MediumLostError` if a folder is missing or cannot be written."""
    return MediaReport(
        _free(primary, m("primary memory")),
        _free(mirror, m("mirror memory")),
        _device(primary, m("primary memory")) != _device(mirror, m("mirror memory")),
    )


def _free(folder: Path, medium: Message) -> int:
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as probe:
            probe.write(b"amin")
            os.fsync(probe.fileno())
        return shutil.disk_usage(folder).free
    except OSError as error:
        raise MediumLostError(
            m("the {medium} is missing or cannot be written: check it", medium=medium)
        ) from error


def _device(folder: Path, medium: Message) -> int:
    try:
        return folder.stat().st_dev
    except OSError as error:
        raise MediumLostError(m("the {medium} has vanished: check it", medium=medium)) from error
