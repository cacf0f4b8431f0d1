"""Which texts the screens say: found in the code, not by running it."""

from __future__ import annotations

from pathlib import Path

from babel.messages.extract import extract

ROOT = Path(__file__).parents[2]
SCREENS = ("ui", "simulators/bench")
KEYWORDS = {"t": None, "N_": None, "plural": (1, 2)}


def msgids(root: Path = ROOT) -> dict[str, str]:
    """msgid → a file that says it, relative to `root`."""
    found: dict[str, str] = {}
    for file in sorted(file for room in SCREENS for file in (root / room).rglob("*.py")):
        with file.open("rb") as opened:
            for _line, message, _comments, _context in extract("python", opened, keywords=KEYWORDS):
                texts = (message,) if isinstance(message, str) else message
                for text in texts:
                    found.setdefault(text, str(file.relative_to(root)))
    return found
