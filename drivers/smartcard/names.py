"""Names of card readers: the exact name, or a pattern for names that change.

PC/SC names a reader by model, interface, serial number, and two numbers that depend on the order of
plugging in: ``Identiv uTrust 3700 F CL Reader [CCID Interface] (53201) 01 00``. A pattern leaves out what
changes: ``Identiv uTrust 3700 F*``, or ``*(53201)*`` for one device wherever it is plugged in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence


def is_pattern(wanted: str) -> bool:
    """Tell whether a name has ``*`` (any text) or ``?`` (any one character); brackets are ordinary."""
    return "*" in wanted or "?" in wanted


def match_readers(wanted: str, names: Sequence[str]) -> list[str]:
    """List the readers that are meant: the exact one if it is there, else all that fit the pattern."""
    if wanted in names:
        return [wanted]
    if not is_pattern(wanted):
        return []
    parts = {"*": ".*", "?": "."}
    rule = re.compile("".join(parts.get(c, re.escape(c)) for c in wanted), re.DOTALL)
    return [name for name in names if rule.fullmatch(name)]


def choose_reader(wanted: str, names: Sequence[str], bound: str | None) -> str | None:
    """Choose the reader to use: `bound`, the one in use, while it is there; else the only one that fits.

    None if no reader fits, or if several do: a guess could read the wrong card.
    """
    fitting = match_readers(wanted, names)
    if bound is not None and bound in fitting:
        return bound
    return fitting[0] if len(fitting) == 1 else None


def explain_missing_reader(wanted: str, names: Sequence[str]) -> str:
    """Say what to do when `choose_reader` finds none."""
    fitting = match_readers(wanted, names)
    if len(fitting) > 1:
        listed = ", ".join(fitting)
        return f"the name {wanted} fits {len(fitting)} readers ({listed}); configure one of them"
    return f"card reader {wanted} is not there; plug it in"
