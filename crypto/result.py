"""The result of an election: one tagged item per question, from the archive to the seats.

Belenios specification 3.3, "Election result": a homomorphic question has a list of counts, a
non-homomorphic one a list of integer vectors, one per ballot, in the order of the last shuffle.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TypeAlias, TypeVar

from crypto.compact_json import ParsedJson, as_fields, as_list, as_number, dump, load_compact
from crypto.election import BeleniosElection, NonHomomorphicQuestion, Question
from crypto.errors import DecodeError

LARGEST_INTEGER = 0xFF
ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class SlotRows:
    """Decrypted slots of one question, in the order of the last shuffle.

    `irregular` are the row numbers whose point was not canonical: no honest terminal makes them, and with
    strong proofs of all decryptions (`crypto.strong_decryption`) no trustee either. Whatever their
    integers are, they are no vote. The published object does not tell them, so they are empty in a
    result that was read from one (`TallyResult.with_irregular`).
    """

    rows: tuple[tuple[int, ...], ...]
    irregular: tuple[int, ...] = ()

    @property
    def codes(self) -> tuple[int, ...]:
        """The rows read as big-endian numbers: selection codes, 0 for an empty slot."""
        return tuple(int.from_bytes(bytes(row), "big") for row in self.rows)

    @property
    def regular(self) -> tuple[tuple[int, ...], ...]:
        """The rows that are not irregular."""
        crooked = set(self.irregular)
        return tuple(row for place, row in enumerate(self.rows) if place not in crooked)


@dataclass(frozen=True, slots=True)
class QuestionCounts:
    """Sums of one homomorphic question, the blank count first where there is one."""

    counts: tuple[int, ...]


QuestionResult: TypeAlias = SlotRows | QuestionCounts


@dataclass(frozen=True, slots=True)
class TallyResult:
    """What the election says, one item per question."""

    questions: tuple[QuestionResult, ...]

    @property
    def text(self) -> bytes:
        """The result object."""
        values: ParsedJson = [
            item.rows if isinstance(item, SlotRows) else item.counts for item in self.questions
        ]
        return dump({"result": values})

    def with_irregular(self, places: Collection[tuple[int, int]]) -> TallyResult:
        """Return the result with these (question, row), from 0, as its irregular rows."""
        return TallyResult(
            tuple(
                replace(item, irregular=tuple(sorted(row for place, row in places if place == i)))
                if isinstance(item, SlotRows)
                else item
                for i, item in enumerate(self.questions)
            )
        )


def parse_result(election: BeleniosElection, text: bytes) -> TallyResult:
    """Inverse of `TallyResult.text`. Raises DecodeError, also for a result of other questions."""
    (value,) = as_fields(load_compact(text), "result")
    items = as_list(value, len(election.questions))
    return TallyResult(
        tuple(
            _question_result(question, item)
            for question, item in zip(election.questions, items, strict=True)
        )
    )


def add_up(results: Sequence[TallyResult]) -> TallyResult:
    """Add the results of one election's batches: counts are summed, rows put side by side.

    Raises DecodeError for results that do not answer the same questions.
    """
    if len({len(result.questions) for result in results}) > 1:
        raise DecodeError("results with different questions")
    columns = zip(*(result.questions for result in results), strict=True)
    return TallyResult(tuple(_together(column) for column in columns))


def _together(column: Sequence[QuestionResult]) -> QuestionResult:
    match column[0]:
        case QuestionCounts():
            counts = [item.counts for item in _all(QuestionCounts, column)]
            if len({len(count) for count in counts}) > 1:
                raise DecodeError("results with different answers")
            return QuestionCounts(tuple(map(sum, zip(*counts, strict=True))))
        case SlotRows():
            slots = _all(SlotRows, column)
            starts = accumulate((len(item.rows) for item in slots), initial=0)
            return SlotRows(
                tuple(row for item in slots for row in item.rows),
                tuple(
                    start + row
                    for start, item in zip(starts, slots, strict=False)
                    for row in item.irregular
                ),
            )


def _all(kind: type[ItemT], column: Sequence[QuestionResult]) -> list[ItemT]:
    items: list[ItemT] = [item for item in column if isinstance(item, kind)]
    if len(items) != len(column):
        raise DecodeError("results with different kinds of answers")
    return items


def _question_result(question: Question, value: ParsedJson) -> QuestionResult:
    if isinstance(question, NonHomomorphicQuestion):
        return SlotRows(tuple(_row(question, row) for row in as_list(value)))
    return QuestionCounts(tuple(as_number(count) for count in as_list(value, question.width)))


def _row(question: NonHomomorphicQuestion, value: ParsedJson) -> tuple[int, ...]:
    row = tuple(as_number(number) for number in as_list(value, question.width))
    if any(number > LARGEST_INTEGER for number in row):
        raise DecodeError(f"a slot holds integers from 0 to {LARGEST_INTEGER}")
    return row
