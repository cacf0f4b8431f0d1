"""Read marks back from answers, for tests: the inverse of `answers_for` up to the order of persons."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from crypto.casting import Answer, HomomorphicAnswer, SlotAnswer
from election.answers import question_count
from election.definition import Contest, Election, SelectionCode
from election.marks import Marks


def marks_behind(election: Election, answers: Sequence[Answer]) -> tuple[Marks, ...]:
    """One per contest; a contest that may not be voted in comes back as skipped."""
    rest = iter(answers)
    return tuple(
        _marks(contest, list(islice(rest, question_count(contest))))
        for contest in election.contests
    )


def _marks(contest: Contest, answers: Sequence[Answer]) -> Marks:
    if isinstance(answers[0], HomomorphicAnswer):
        blank, *flags = answers[0].choices
        pairs = zip(contest.candidates, flags, strict=True)
        codes = [candidate.code for candidate, flag in pairs if flag]
    else:
        integers = [slot.integers for slot in answers if isinstance(slot, SlotAnswer)]
        assert len(integers) == len(answers)
        read = [int.from_bytes(bytes(vector), "big") for vector in integers]
        codes = [SelectionCode(code) for code in sorted(read) if code]
        blank = codes == [contest.blank_code]
    if blank:
        return Marks(contest.id, blank=True)
    if len(codes) == 1 and contest.list_of(codes[0]) is not None:
        return Marks(contest.id, list_code=codes[0])
    return Marks(contest.id, persons=tuple(codes), skipped=not codes)
