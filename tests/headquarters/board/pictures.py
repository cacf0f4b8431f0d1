"""Photograph the board of a drawn noon for docs/images: `python -m tests.headquarters.board.pictures`."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.headquarters.board.country import noon
from tests.headquarters.board.test_browser import served, sign_in
from tests.headquarters.browsing import chromium, photograph

PICTURES = {
    "board": ("/?language=fa", 1500, 1000, "light"),
    "board-dark": ("/?language=en", 1500, 1000, "dark"),
    "board-telephone": ("/?language=fa", 390, 900, "dark"),
}


def main() -> None:
    """Write the pictures."""
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium(Path(folder) / "profile") as browser,
        served(noon(140, 4), Path(folder)) as one,
    ):
        sign_in(browser, one)
        for name, (page, width, height, scheme) in PICTURES.items():
            out = Path("docs/images") / f"{name}.png"
            photograph(browser, one.address + page, out, (width, height), scheme)
            time.sleep(0.2)


if __name__ == "__main__":
    main()
