"""Whether both media are there, writable, and two."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.media.errors import MediumLostError
from drivers.media.presence import check_media
from tests.needs import missing


def test_media(tmp_path: Path) -> None:
    report = check_media(tmp_path, tmp_path)
    assert report.primary_free > 0
    assert not report.distinct
    assert not list(tmp_path.iterdir())
    with pytest.raises(MediumLostError):
        check_media(tmp_path, tmp_path / "missing")


def test_media_on_two_file_systems(tmp_path: Path) -> None:
    here = tmp_path.stat().st_dev
    for other in map(Path, ("/dev/shm", "/tmp", "/var/tmp")):
        if other.is_dir() and other.stat().st_dev != here:
            assert check_media(tmp_path, other).distinct
            return
    missing("a second file system, at /dev/shm, /tmp or /var/tmp")
