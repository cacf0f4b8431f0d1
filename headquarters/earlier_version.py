"""Know a folder that an earlier version of Amin began, and read what people wrote in it.

Until keys were locked (ADR 0038) those of headquarters lay open, and plans named `country_signers` and
`seats.lot_seed`. Nothing signs or opens with such keys any more, and no device loads such a package. What
people wrote serves on: the plan, who stands with portraits, and the states' certificates.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from election.files import read_file
from headquarters.election_config import TEMPLATE_SOURCE

SIGNERS: Final = "country_signers"
"""Key of the plan: files of the authorities of identity cards, beside it."""
_KEYS: Final = ("root.key", "signer.key", "sealing.key")
_OPEN: Final = b"-----BEGIN "
_MAX_KEY: Final = 64 * 1024
_DAY: Final = ("bundles", "import.json", "result")
"""What there is once branches have handed in."""


def is_earlier(folder: Path) -> bool:
    """Tell whether a key of headquarters lies open in an election's folder, as an earlier version kept it."""
    return any(_is_open(folder / "keys" / name) for name in _KEYS)


def _is_open(key: Path) -> bool:
    try:
        return read_file(key, _MAX_KEY).startswith(_OPEN)
    except OSError:
        # Not there, or not to be read: whoever needs it says so.
        return False


def had_its_day(folder: Path) -> bool:
    """Tell whether branches have handed in there."""
    return any((folder / name).exists() for name in _DAY)


def converted(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of an earlier `election.toml` as a plan has it now.

    Sources of the lots are still to be named by people; families of cards were said to each device.
    """
    seats = content.get("seats", {})
    if isinstance(seats, Mapping):  # whatever else it is, the plan's reader refuses
        seats = {key: value for key, value in seats.items() if key != "lot_seed"}
    new = {key: _given(value) for key, value in content.items() if key not in {SIGNERS, "seats"}}
    lots = {"seats": TEMPLATE_SOURCE, "decisions": TEMPLATE_SOURCE}
    return {"documents": {"profiles": ["standard"]}, "lots": lots, **new, "seats": seats}


def signers_of(content: Mapping[str, Any]) -> dict[str, str]:
    """Return the certificates' files beside the plan, and how each is called among the documents."""
    named = content.get(SIGNERS, [])
    return {
        str(name): f"{number}-{PurePosixPath(str(name)).stem}.cer"
        for number, name in enumerate(named if isinstance(named, list) else [named], 1)
    }


def _given(value: Any) -> Any:
    """Leave out texts that are not given in a language: they were empty."""
    if isinstance(value, Mapping):
        return {key: _given(each) for key, each in value.items() if not (key == "en" and not each)}
    return [_given(each) for each in value] if isinstance(value, list) else value
