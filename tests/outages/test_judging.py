"""What is lost or given twice is found, whoever tells it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from election.claims import AnswerKind
from registry.rules import Held
from simulators.registry.stations import BOTH, COUNCIL, A, B, voter
from tests.outages.judging import Told, faults

ONE, OTHER = A.claim(voter(1)), B.claim(voter(1))
GRANTED = Told(voter(1), ONE.id, AnswerKind.GRANTED, frozenset(map(str, BOTH)))
BOOK = {voter(1): (Held(ONE, A.id, BOTH),)}
HALF = frozenset({str(COUNCIL)})


def test_a_day_without_faults() -> None:
    elsewhere = replace(GRANTED, claim=OTHER.id, kind=AnswerKind.PROVISIONAL, contests=frozenset())
    assert faults([GRANTED, GRANTED, elsewhere], BOOK) == []


@pytest.mark.parametrize(
    ("told", "book", "wanted"),
    [
        ([GRANTED], {}, "not in the book"),
        ([replace(GRANTED, claim=OTHER.id)], BOOK, "not in the book"),
        ([replace(GRANTED, contests=HALF)], BOOK, "not in the book"),
        ([GRANTED, replace(GRANTED, claim=OTHER.id)], BOOK, "given to two claims"),
        ([GRANTED, replace(GRANTED, contests=HALF)], BOOK, "in two ways"),
        ([], {voter(1): (Held(ONE, A.id, BOTH), Held(OTHER, B.id, BOTH))}, "gives a contest twice"),
    ],
    ids=["lost", "another's", "changed", "twice", "two ways", "book"],
)
def test_faults(told: list[Told], book: dict[bytes, tuple[Held, ...]], wanted: str) -> None:
    assert any(wanted in fault for fault in faults(told, book))
