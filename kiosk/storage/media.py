"""Are both media of a device there, writable, and two?"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from election.files import sync
from kiosk.errors import MediumLost


@dataclass(frozen=True, slots=True)
class MediaReport:
    primary_free: int
    """Bytes."""
    mirror_free: int
    """Bytes."""
    distinct: bool
    """The two folders are on different file systems."""


def check_media(primary: Path, mirror: Path) -> MediaReport:
    """Raises `MediumLost` if a folder is missing or cannot be written."""
    return MediaReport(
        _free(primary, "primary"),
        _free(mirror, "mirror"),
        _device(primary, "primary") != _device(mirror, "mirror"),
    )


def _free(folder: Path, name: str) -> int:
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"amin")
            sync(probe)
        return shutil.disk_usage(folder).free
    except OSError as error:
        raise MediumLost(f"the {name} medium is missing or cannot be written: check it") from error


def _device(folder: Path, name: str) -> int:
    try:
        return folder.stat().st_dev
    except OSError as error:
        raise MediumLost(f"the {name} medium has vanished: check it") from error
