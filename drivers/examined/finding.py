"""Hold one finding of the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from words.message import Message, Value, m


class Area(StrEnum):
    """Part of the machine that findings are about."""

    MACHINE = "machine"
    STATION = "station"
    DEVICE = "device"


class Verdict(StrEnum):
    """A finding in one word; the words are members of the JSON and stay as they are."""

    OK = "ok"
    LOOK = "look"
    MISSING = "MISSING"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """`ok` with an `advice` is a warning: it works, and somebody should look at it."""

    name: Value
    ok: bool
    detail: Value
    """Evidence: a version, a name, what went wrong."""
    advice: Message | None = None
    """What to do."""
    needed: bool = True
    """Missing means that something does not work, not only that it works in another way."""

    @property
    def title(self) -> Message:
        """The name as a message."""
        return self.name if isinstance(self.name, Message) else m("{name}", name=self.name)

    @property
    def told(self) -> Value:
        """Evidence, and what to do."""
        if self.advice is None:
            return self.detail
        return m("{detail}. {advice}", detail=self.detail, advice=self.advice)

    @property
    def word(self) -> Verdict:
        """The finding in one word, which has to tell without any colour."""
        if self.ok:
            return Verdict.LOOK if self.advice else Verdict.OK
        return Verdict.MISSING if self.needed else Verdict.ABSENT


def good(
    name: Value, detail: Value, advice: Message | None = None, *, needed: bool = True
) -> DoctorFinding:
    """Make a finding of what works."""
    return DoctorFinding(name, True, detail, advice, needed)


def bad(
    name: Value, detail: Value, advice: Message | None = None, *, needed: bool = True
) -> DoctorFinding:
    """Make a finding of what does not work."""
    return DoctorFinding(name, False, detail, advice, needed)


def at(place: Value, state: Value) -> Message:
    """Say what is so with a file, a line or a reader."""
    return m("{place}: {state}", place=place, state=state)
