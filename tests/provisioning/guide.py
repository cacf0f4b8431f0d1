"""Read the commands and files of docs/operator-guide.md: the test runs what people read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

GUIDE: Final = Path(__file__).parents[2] / "docs" / "operator-guide.md"
_PART: Final = re.compile(
    r"<!-- (step|file): ([\w.-]+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
_FENCE: Final = re.compile(r"^```(?:sh|csv|toml)$", re.MULTILINE)


def steps(text: str) -> dict[str, str]:
    """Blocks of commands by name, in their order."""
    return {name: body for kind, name, body in _PART.findall(text) if kind == "step"}


def files(text: str) -> dict[str, str]:
    return {name: body for kind, name, body in _PART.findall(text) if kind == "file"}


def is_all_named(text: str) -> bool:
    """No block of commands can be run by nobody."""
    return len(_FENCE.findall(text)) == len(_PART.findall(text))
