"""Small contests, people and operators for the flows' tests, and a walk through a flow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from typing import TypeVar

from hypothesis import strategies as st

from election.authorization import Authorization
from election.definition import (
    BallotForm,
    BranchId,
    Candidate,
    CandidateList,
    Contest,
    ContestId,
    DeviceId,
    Role,
    SelectionCode,
    StyleId,
    Text,
)
from election.polls import Operator
from kiosk.flows.identity.states import CardHolder, FingerName

T = TypeVar("T")
S = TypeVar("S")
E = TypeVar("E")

LIST, OTHER_LIST = SelectionCode(7001), SelectionCode(7002)
PERSONS = tuple(SelectionCode(code) for code in range(4711, 4719))
EXPERTS = tuple(SelectionCode(code) for code in range(5501, 5504))
UNKNOWN = SelectionCode(6666)
COUNCIL_BLANK, EXPERTS_BLANK = SelectionCode(9998), SelectionCode(9999)


def _candidate(code: SelectionCode, list_code: SelectionCode | None = None) -> Candidate:
    return Candidate(code, Text(f"نامزد {code}"), list_code, "", False)


COUNCIL = Contest(
    ContestId("council"),
    Text("شورا", "Council"),
    3,
    3,
    BallotForm.SLOTS,
    4,
    COUNCIL_BLANK,
    (
        *(_candidate(code, LIST) for code in PERSONS[:2]),
        *(_candidate(code, OTHER_LIST) for code in PERSONS[2:4]),
        *(_candidate(code) for code in PERSONS[4:]),
    ),
    (
        CandidateList(LIST, Text("الف", "A"), PERSONS[:2]),
        CandidateList(OTHER_LIST, Text("ب", "B"), PERSONS[2:4]),
    ),
)
CHOICE = Contest(
    ContestId("experts"),
    Text("خبرگان", "Experts"),
    1,
    1,
    BallotForm.CHOICE,
    4,
    EXPERTS_BLANK,
    tuple(_candidate(code) for code in EXPERTS),
)
CONTESTS = (COUNCIL, CHOICE)


def authorization(nonce: bytes = b"n" * 16) -> Authorization:
    return Authorization(
        "uuid",
        BranchId("b1"),
        DeviceId("i1"),
        StyleId("both"),
        (COUNCIL.id, CHOICE.id),
        datetime(2026, 6, 12, 12, tzinfo=UTC),
        nonce,
    )


NUMBER, NAME, LATIN_NAME = "9901234567", "زهرا نمونه", "ZAHRA NEMOONE"
HOLDER = CardHolder(
    NAME,
    LATIN_NAME,
    NUMBER,
    date(1990, 1, 2),
    b"photo-bytes",
    (b"template-bytes",),
    StyleId("both"),
    Text("هر دو", "Both"),
)
FINGERLESS = replace(HOLDER, templates=())
ON_CARD = replace(FINGERLESS, on_card=(FingerName.RIGHT_INDEX, FingerName.LEFT_INDEX))
"""Whose card compares fingers itself."""
CAN = "518329"
"""Printed on a card that does not open without it."""
PERSONAL = (NUMBER, NAME, LATIN_NAME, "1990", "photo-bytes", "template-bytes")

OFFICER = Operator(Role.OFFICER, "officer name", b"\x0a" * 32)
SECOND_OFFICER = Operator(Role.OFFICER, "deputy name", b"\x0b" * 32)
SUPERVISOR = Operator(Role.SUPERVISOR, "supervisor name", b"\x0c" * 32)
PIN = "246810"


def inside(value: object, wanted: type[T]) -> Iterator[T]:
    """Everything of a type in a state, however deep."""
    if isinstance(value, wanted):
        yield value
    if isinstance(value, tuple):
        for item in value:
            yield from inside(item, wanted)
    elif is_dataclass(value):
        for field in fields(value):
            yield from inside(getattr(value, field.name), wanted)


WALKS = st.lists(st.integers(0, 2**16), max_size=90)
"""Each number picks one event: mostly one that fits the state, now and then any."""


def pick(number: int, fitting: Iterable[E], anything: tuple[E, ...]) -> E:
    fit = tuple(fitting)
    if number % 5 == 0 or not fit:
        return anything[number // 5 % len(anything)]
    return fit[number // 5 % len(fit)]


def reaches(
    state: S,
    step: Callable[[S, E], S],
    events: tuple[E, ...],
    goal: Callable[[S], bool],
    depth: int,
) -> bool:
    """Whether some sequence of at most `depth` events leads to a goal."""
    seen, edge = [state], [state]
    for _ in range(depth):
        if any(goal(state) for state in edge):
            return True
        following: list[S] = []
        for before in edge:
            for event in events:
                after = step(before, event)
                if after not in seen:
                    seen.append(after)
                    following.append(after)
        edge = following
    return any(goal(state) for state in edge)
