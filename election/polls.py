"""Define the states of the polls on one device, and check who may change them.

    Unconfigured ── load ──▶ Ready ── open ──▶ Open ⇄ Paused
                                                 └──── close ──▶ Closed

Loading, opening and closing take two operators of two different roles (officer and
supervisor), who sign the act with their cards (`election.acts`). A closed device stays closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from election.definition import Role
from election.errors import PackageError, PollsStateError
from election.fields import Hash, Word
from election.reasons import PackageReason
from words.message import Message, in_context, m


class PollsState(StrEnum):
    """A state of the polls; the value is stored."""

    UNCONFIGURED = "unconfigured"
    READY = "ready"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"

    @property
    def is_before_opening(self) -> bool:
        """Whether the polls were never open: packages may be loaded, and memories named."""
        return self in {PollsState.UNCONFIGURED, PollsState.READY}

    @property
    def is_running(self) -> bool:
        """Whether the polls were opened and not closed yet; a pause changes nothing."""
        return self in {PollsState.OPEN, PollsState.PAUSED}


class ActKind(StrEnum):
    """A change of the state of the polls; the value is stored."""

    LOAD = "load"
    OPEN = "open"
    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator who acted, by the certificate of the operator card."""

    role: Role
    name: Word
    fingerprint: Hash
    """SHA-256 of the certificate's DER."""
    clock_only: bool = False
    """The card is judged by its chain alone, because the clock is wrong: its holder may set it."""

    @property
    def logged_as(self) -> str:
        """What the audit log names: the first 16 digits of the fingerprint."""
        return self.fingerprint.hex()[:16]


ACTS: Final[Mapping[ActKind, Message]] = {
    ActKind.LOAD: in_context("act", "load"),
    ActKind.OPEN: in_context("act", "open"),
    ActKind.PAUSE: in_context("act", "pause"),
    ActKind.RESUME: in_context("act", "resume"),
    ActKind.CLOSE: in_context("act", "close"),
}
STATES: Final[Mapping[PollsState, Message]] = {
    PollsState.UNCONFIGURED: in_context("state of the polls", "unconfigured"),
    PollsState.READY: in_context("state of the polls", "ready"),
    PollsState.OPEN: in_context("state of the polls", "open"),
    PollsState.PAUSED: in_context("state of the polls", "paused"),
    PollsState.CLOSED: in_context("state of the polls", "closed"),
}

TRANSITIONS = {
    ActKind.LOAD: (frozenset({PollsState.UNCONFIGURED, PollsState.READY}), PollsState.READY),
    ActKind.OPEN: (frozenset({PollsState.READY}), PollsState.OPEN),
    ActKind.PAUSE: (frozenset({PollsState.OPEN}), PollsState.PAUSED),
    ActKind.RESUME: (frozenset({PollsState.PAUSED}), PollsState.OPEN),
    ActKind.CLOSE: (frozenset({PollsState.OPEN, PollsState.PAUSED}), PollsState.CLOSED),
}
"""For every act: the states it is allowed in, and the state it leads to. Nothing leads out of CLOSED."""

_TWO_ROLES = frozenset({ActKind.LOAD, ActKind.OPEN, ActKind.CLOSE})


def check_operators(kind: ActKind, operators: Sequence[Operator]) -> None:
    """Raise `PollsStateError` unless these operators may do this together."""
    roles = {operator.role for operator in operators}
    if not operators or not roles <= {Role.OFFICER, Role.SUPERVISOR}:
        raise PollsStateError.of("{kind}: sign in as officer or supervisor first", kind=ACTS[kind])
    if kind in _TWO_ROLES:
        check_two_roles(ACTS[kind], operators)


def check_opening_hour(now: datetime, opens: datetime) -> None:
    """Raise `PackageError` before the hour at which polls open: a clock that is wrong must be set first."""
    if now < opens:
        raise PackageError(
            PackageReason.EARLY,
            m("the polls open on {opens}; wait, or set the clock", opens=opens.astimezone()),
        )


def check_two_roles(what: Message, operators: Sequence[Operator]) -> None:
    """Raise `PollsStateError` unless an officer and a supervisor do it, with two cards."""
    roles = {operator.role for operator in operators}
    cards = {operator.fingerprint for operator in operators}
    if roles != {Role.OFFICER, Role.SUPERVISOR} or len(cards) != 2:
        raise PollsStateError.of(
            "{kind}: takes an officer and a supervisor, each with a card", kind=what
        )
