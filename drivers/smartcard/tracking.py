"""Events of a reader, derived from two looks at it: pure, shared by every transport."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drivers.smartcard.channel import (
    Inserted,
    ReaderBack,
    ReaderEvent,
    ReaderGone,
    Removed,
    ServiceDown,
    Swapped,
)


@dataclass(frozen=True, slots=True)
class SlotSnapshot:
    """One look at a slot. `counter` changes with every insertion and removal."""

    service: bool = True
    listed: bool = True
    atr: bytes | None = None
    counter: int = 0


UNSEEN: Final = SlotSnapshot(counter=-1)
"""Before the first look: reader and service expected, no card."""

NO_SERVICE: Final = SlotSnapshot(service=False, listed=False)
NO_READER: Final = SlotSnapshot(listed=False)


def events_between(before: SlotSnapshot, now: SlotSnapshot) -> tuple[ReaderEvent, ...]:
    """Derive the events from a look that shows `now` after `before`.

    ======================================  ==============================
    service, or reader, went away           ServiceDown, or ReaderGone
    both are there again                    ReaderBack, Inserted if a card is in
    no card, then a card                    Inserted
    a card, then none                       Removed
    a card both times, counter moved        Swapped
    no card both times, or nothing changed  nothing
    ======================================  ==============================
    """
    if not now.service:
        return (ServiceDown(),) if before.service else ()
    if not now.listed:
        return (ReaderGone(),) if before.listed or not before.service else ()
    if not (before.service and before.listed):
        back: tuple[ReaderEvent, ...] = (ReaderBack(),)
        return back if now.atr is None else (*back, Inserted(now.atr))
    match before.atr, now.atr:
        case None, bytes(atr):
            return (Inserted(atr),)
        case bytes(), None:
            return (Removed(),)
        case bytes(), bytes(atr) if before.counter != now.counter:
            return (Swapped(atr),)
    return ()
