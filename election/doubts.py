"""List what two roles have to confirm before a device serves: nothing of it decides a program."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from election.audit_events import AuditEvent
from election.audit_log import AuditEntry
from words.message import Message, m


class Doubt(StrEnum):
    """What a device found; in capitals it is the code on the screen, `sentence` says what to do."""

    CLOCK = "clock"
    CLOCK_SET = "clock-set"
    """The device goes on with the time that it keeps (`stops`)."""
    MEMORY = "new-memory"
    POLLBOOK = "pollbook-lost"
    VOTES = "votes-behind"
    ONE_MEMORY = "one-memory"
    """It waits for the second memory as well (`stops`)."""

    @property
    def stops(self) -> bool:
        """Whether this is what stops the device; otherwise it is a way on from an incident."""
        return self not in {Doubt.CLOCK_SET, Doubt.ONE_MEMORY}

    @property
    def sentence(self) -> Message:
        """Say what was found, and what to do if it is not right."""
        return _SENTENCES[self]


def is_pollbook_lost(lost: bool, entry: AuditEntry) -> bool:
    """Tell whether a lost pollbook waits for two roles after one more line of the log.

    The log alone says so: it lies on both memories, and it is told where a line of it is missing.
    """
    match entry.what:
        case AuditEvent.DOUBT_FOUND if entry.detail == Doubt.POLLBOOK:
            return True
        case AuditEvent.DOUBT_CONFIRMED if entry.detail.startswith(f"{Doubt.POLLBOOK} "):
            return False
        case _:
            return lost


_SENTENCES: Final = {
    Doubt.CLOCK: m(
        "The clock cannot be right: before the last entry of the log, or outside the polls' hours. "
        "Confirm it with both roles if the time that is offered is right, or type the right one: "
        "Set the clock."
    ),
    Doubt.CLOCK_SET: m(
        "The machine's clock was set. The device goes on with the time that it keeps itself; both roles can "
        "take the machine's instead."
    ),
    Doubt.MEMORY: m(
        "The second memory is not the one of before. Put that one in again; a new one takes a copy "
        "of everything once both roles confirm it."
    ),
    Doubt.POLLBOOK: m(
        "The list of those who got a card is lost. Call headquarters; with both roles the station "
        "begins a new one, and nobody here can tell any more who was given a card before."
    ),
    Doubt.ONE_MEMORY: m(
        "The second memory is missing. Put it in again, or a spare one. If there is none, both roles can "
        "let the device go on with one memory until one is put in; headquarters is told."
    ),
    Doubt.VOTES: m(
        "A card shows that this terminal held more votes before: an older copy of its memories came "
        "back. Call headquarters. With both roles it goes on; closing and exporting work either way."
    ),
}
