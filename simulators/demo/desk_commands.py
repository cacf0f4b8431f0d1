"""Control commands of a desk, one a line: what a hand does with cards, fingers and cables of a branch.

Pure: a line and the names that there are give a `DeskCommand`, or a `ControlError` that says what to write.

    put CARD READER | take CARD              a card goes from wherever it is; READER is a terminal, or
                                             STATION.identity, STATION.authorization
    finger PERSON STATION [HOW] | lift STATION
    unplug DEVICE | replug DEVICE            the readers of the device
    open DEVICE | close DEVICE               officers do it, as robots
    vote PERSON STATION TERMINAL             from the identity card to the recorded vote, as robots
    memory-out DEVICE | memory-in DEVICE     the second memory is pulled, or put in again
    mains-off DEVICE | mains-on DEVICE       the battery is nearly empty, or power is back
    drill CODE DEVICE | score                an incident strikes; how long, and with how many commands
    count                                    headquarters imports, counts and verifies
    state | help
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from simulators.control import MAX_LINE, ControlError
from simulators.fingerprint.fingers import Placement

WRONG: Final = "wrong"
"""A finger that is not the person's on the card."""
HOWS: Final = (*(placement.value for placement in Placement), WRONG)

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "put": ("card", "reader"),
    "take": ("card",),
    "finger": ("person", "station"),
    "lift": ("station",),
    "unplug": ("device",),
    "replug": ("device",),
    "memory-out": ("device",),
    "memory-in": ("device",),
    "mains-off": ("device",),
    "mains-on": ("device",),
    "drill": ("code", "device"),
    "score": (),
    "open": ("device",),
    "close": ("device",),
    "vote": ("person", "station", "terminal"),
    "count": (),
    "state": (),
    "help": (),
}
"""By verb: what each word behind it names."""


@dataclass(frozen=True, slots=True)
class DeskNames:
    """What there is at the desk, by the names that are typed."""

    cards: Collection[str]
    people: Collection[str]
    stations: Collection[str]
    terminals: Collection[str]
    codes: Collection[str] = ()
    """Of the incidents that can strike here."""

    def of(self, kind: str) -> Collection[str]:
        """Return the names of a kind."""
        match kind:
            case "card":
                return self.cards
            case "person":
                return self.people
            case "station":
                return self.stations
            case "terminal":
                return self.terminals
            case "code":
                return self.codes
            case "reader":
                both = (f"{name}.{slot}" for name in self.stations for slot in _SLOTS)
                return (*both, *self.terminals)
            case _:
                return (*self.stations, *self.terminals)


_SLOTS: Final = ("identity", "authorization")


@dataclass(frozen=True, slots=True)
class DeskCommand:
    """A verb and what it names, by kind; `how` of a finger."""

    verb: str
    names: Mapping[str, str] = field(default_factory=dict)
    how: str = Placement.CLEAN.value


def parse(line: str, there: DeskNames) -> DeskCommand | None:
    """Return the command of a line, None for an empty one and a comment (`#`). Raises `ControlError`."""
    if len(line) > MAX_LINE:
        raise ControlError(f"write at most {MAX_LINE} characters a line")
    words = line.split()
    if not words or words[0].startswith("#"):
        return None
    verb, given = words[0].lower(), words[1:]
    if verb not in _WORDS:
        raise ControlError(f"no such command of a desk; write one of: {usage()}")
    kinds, how = _WORDS[verb], Placement.CLEAN.value
    if verb == "finger" and len(given) == len(kinds) + 1:
        how = given.pop().lower()
        if how not in HOWS:
            raise ControlError(f"a finger is one of: {', '.join(HOWS)}")
    if len(given) != len(kinds):
        raise ControlError(f"write `{_form(verb)}`")
    for kind, name in zip(kinds, given, strict=True):
        if name not in there.of(kind):
            known = ", ".join(sorted(there.of(kind)))
            raise ControlError(f"there is no {kind} {name[:40]!r}; there are: {known}")
    return DeskCommand(verb, dict(zip(kinds, given, strict=True)), how)


def usage() -> str:
    """Return all commands, in one line."""
    return " | ".join(map(_form, _WORDS))


def _form(verb: str) -> str:
    how = (" [HOW]",) if verb == "finger" else ()
    return "".join((verb, *(f" {kind.upper()}" for kind in _WORDS[verb]), *how))
