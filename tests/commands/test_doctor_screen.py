"""Screens as the kernel tells of them: what is large enough, and files that say nothing or nonsense."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.examined.screen import examine_screens, fits
from words.message import in_english


def connector(drm: Path, name: str, status: str, modes: str) -> None:
    folder = drm / name
    folder.mkdir()
    (folder / "status").write_text(f"{status}\n")
    (folder / "modes").write_text(modes)


@pytest.mark.parametrize(
    ("modes", "dpi", "ok"),
    [
        ("1280x800\n1024x768\n", 96, True),
        ("1280x800\n", 160, False),
        ("1080x1920\n", 96, True),
        ("1024x600\n", 96, False),
        ("1920x1080\n", 96, True),
        ("800x1280\n", 96, False),
    ],
)
def test_a_screen_that_is_too_small_is_named(
    tmp_path: Path, modes: str, dpi: int, ok: bool
) -> None:
    connector(tmp_path, "card0-HDMI-A-1", "connected", modes)
    connector(tmp_path, "card0-DP-1", "disconnected", "320x200\n")
    (found,) = examine_screens(dpi, tmp_path)
    assert found.ok is ok
    assert in_english(found.detail).startswith("HDMI-A-1: ")
    assert not found.needed or ok, "a small screen stops nothing"
    assert (found.advice is None) is ok


def test_without_a_screen_that_can_be_seen_it_is_said(tmp_path: Path) -> None:
    connector(tmp_path, "card0-VGA-1", "connected", "")
    (tmp_path / "card1-DP-2").mkdir()
    (found,) = examine_screens(96, tmp_path)
    assert found.ok
    assert "not compared" in in_english(found.detail)
    assert examine_screens(96, tmp_path / "nothing")


@given(st.floats(1, 2000), st.floats(1, 2000))
def test_a_larger_screen_is_never_worse(width: float, height: float) -> None:
    assert fits(270, 195)
    assert fits(280, 500)
    if fits(width, height):
        assert fits(width + 1, height)
        assert fits(width, height + 1)


@given(st.binary(max_size=40))
def test_nonsense_of_the_kernel_is_no_screen_and_no_error(modes: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        connector(Path(folder), "card0-DP-1", "connected", "")
        (Path(folder) / "card0-DP-1" / "modes").write_bytes(modes)
        assert examine_screens(96, Path(folder))
