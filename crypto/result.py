"""The result of an election: one tagged item per question, from the archive to the seats.

Belenios specification 3.3, "Election result": a homomorphic question has a list of counts, a
non-homomorphic one a list of integer vectors, one per ballot, in the order of the last shuffle.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TypeAlias, TypeVar

from crypto.compact_json import Json, as_fields, as_list, as_number, dump, load_compact
from crypto.election import Election, NonHomomorphicQuestion, Question
from crypto.errors import DecodeError

LARGEST_INTEGER = 0xFF
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class SlotRows:
    """Decrypted slots of one question, in the order of the last shuffle.

    `irregular` are the row numbers whose point was not canonical: no honest terminal makes them, and with
    strong proofs of all decryptions (`crypto.strong_decryption`) no trustee either. Whatever their
    integers are, they are no vote. The published object does not tell them, so they are empty in a
    result that was read from one (`Result.with_irregular`).
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
class Counts:
    """Sums of one homomorphic question, the blank count first where there is one."""

    counts: tuple[int, ...]


QuestionResult: TypeAlias = SlotRows | Counts


@dataclass(frozen=True, slots=True)
class Result:
    """What the election says, one item per question."""

    questions: tuple[QuestionResult, ...]

    @property
    def text(self) -> bytes:
        """The result object."""
        values: Json = [
            item.rows if isinstance(item, SlotRows) else item.counts for item in self.questions
        ]
        return dump({"result": values})

    def with_irregular(self, places: Collection[tuple[int, int]]) -> Result:
        """Return the result with these (question, row), from 0, as its irregular rows."""
        return Result(
            tuple(
                replace(item, irregular=tuple(sorted(row for place, row in places if place == i)))
                if isinstance(item, SlotRows)
                else item
                for i, item in enumerate(self.questions)
            )
        )


def parse_result(election: Election, text: bytes) -> Result:
    """Inverse of `Result.text`. Raises DecodeError, also for a result of other questions."""
    (value,) = as_fields(load_compact(text), "result")
    items = as_list(value, len(election.questions))
    return Result(
        tuple(
            _question_result(question, item)
            for question, item in zip(election.questions, items, strict=True)
        )
    )


def add_up(results: Sequence[Result]) -> Result:
    """Add the results of one election's batches: counts are summed, rows put side by side.

    Raises DecodeError for results that do not answer the same questions.
    """
    if len({len(result.questions) for result in results}) > 1:
        raise DecodeError("results with different questions")
    columns = zip(*(result.questions for result in results), strict=True)
    return Result(tuple(_together(column) for column in columns))


def _together(column: Sequence[QuestionResult]) -> QuestionResult:
    match column[0]:
        case Counts():
            counts = [item.counts for item in _all(Counts, column)]
            if len({len(each) for each in counts}) > 1:
                raise DecodeError("results with different answers")
            return Counts(tuple(map(sum, zip(*counts, strict=True))))
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


def _all(kind: type[Item], column: Sequence[QuestionResult]) -> list[Item]:
    items: list[Item] = [item for item in column if isinstance(item, kind)]
    if len(items) != len(column):
        raise DecodeError("results with different kinds of answers")
    return items


def _question_result(question: Question, value: Json) -> QuestionResult:
    if isinstance(question, NonHomomorphicQuestion):
        return SlotRows(tuple(_row(question, row) for row in as_list(value)))
    return Counts(tuple(as_number(count) for count in as_list(value, question.width)))


def _row(question: NonHomomorphicQuestion, value: Json) -> tuple[int, ...]:
    row = tuple(as_number(number) for number in as_list(value, question.width))
    if any(number > LARGEST_INTEGER for number in row):
        raise DecodeError(f"a slot holds integers from 0 to {LARGEST_INTEGER}")
    return row
