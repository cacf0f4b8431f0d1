"""Whether both media are there, writable, and two."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from drivers.media.errors import MediumFullError, MediumLostError
from drivers.media.presence import PROBE, PROBE_SIZE, MediaWatch, check_media, probe


def test_media(tmp_path: Path) -> None:
    report = check_media(tmp_path, tmp_path)
    assert report.primary_free > 0
    assert [path.name for path in tmp_path.iterdir()] == [PROBE]
    with pytest.raises(MediumLostError):
        check_media(tmp_path, tmp_path / "missing")


@pytest.mark.parametrize(
    "was", ["nothing", "shorter", "longer", "a folder", "a link", "a good one"]
)
def test_whatever_lies_in_the_place_of_the_block(tmp_path: Path, was: str) -> None:
    """It is of the same size afterwards, and nothing else is left of what lay there."""
    path, elsewhere = tmp_path / PROBE, tmp_path.with_name(tmp_path.name + "-elsewhere")
    match was:
        case "shorter" | "longer":
            path.write_bytes(bytes(7 if was == "shorter" else 100_000))
        case "a folder":
            path.mkdir()
        case "a link":
            path.symlink_to(elsewhere)
        case "a good one":
            probe(tmp_path)
    probe(tmp_path)
    assert path.stat().st_size == PROBE_SIZE
    assert [each.name for each in tmp_path.iterdir()] == [PROBE]
    assert not elsewhere.exists()
    number, before = path.stat().st_ino, path.read_bytes()
    probe(tmp_path)
    assert path.stat().st_ino == number
    assert path.read_bytes() != before


def test_a_medium_that_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says it wrote and synced; what comes back is something else."""
    monkeypatch.setattr("os.pwrite", lambda _handle, content, _at: len(content))
    with pytest.raises(MediumLostError):
        check_media(tmp_path, None)


def test_a_full_medium_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The block is overwritten there as well, and a vote is not."""
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(MediumFullError):
        check_media(tmp_path, None)


def test_a_look_is_believed_for_a_minute(tmp_path: Path) -> None:
    now = [0.0]
    watch = MediaWatch(tmp_path, tmp_path, lambda: now[0])
    assert not watch.is_fresh
    watch.look()
    now[0] = 59.9
    assert watch.is_fresh
    now[0] = 60.0
    assert not watch.is_fresh
    watch.look()
    gone = MediaWatch(tmp_path, tmp_path / "gone", lambda: now[0])
    gone.look(alone=True)
    assert gone.is_fresh
    with pytest.raises(MediumLostError):
        gone.look()
    assert not gone.is_fresh
