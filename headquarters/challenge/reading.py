"""Read what the answers of an opened ballot say, contest by contest.

What no honest terminal writes is not refused: the reading says so, and shows what is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from crypto.casting import Answer, HomomorphicAnswer, SlotAnswer
from crypto.election import BeleniosElection, HomomorphicQuestion, NonHomomorphicQuestion
from election.definition import BallotForm, Text
from election.definition_file import (
    PublishedCandidate,
    PublishedContest,
    PublishedDefinition,
    PublishedList,
)


class ReadingKind(StrEnum):
    """The kinds of answers to a contest."""

    SKIPPED = "skipped"
    """Took no part in the contest, or was not entitled to."""
    BLANK = "blank"
    LIST = "list"
    PERSONS = "persons"
    CODES = "codes"
    """Codes of slots, without a definition that says what they are."""
    IMPOSSIBLE = "impossible"
    """No honest terminal writes this: an unknown code, a code twice, or more than one kind."""


@dataclass(frozen=True, slots=True)
class ChosenCandidate:
    """A chosen candidate or list.

    `code`: with its leading zeros, empty if only the name is known; `name`: None without a definition.
    """

    code: str
    name: Text | None


@dataclass(frozen=True, slots=True)
class ContestReading:
    """The reading of one contest."""

    title: Text
    kind: ReadingKind
    chosen: tuple[ChosenCandidate, ...]


def read_answers(
    election: BeleniosElection, definition: PublishedDefinition | None, answers: Sequence[Answer]
) -> tuple[ContestReading, ...]:
    """Read the answers of every contest; one per question, of the question's kind and width."""
    if definition is None:
        return tuple(_unnamed(election, answers))
    readings: list[ContestReading] = []
    rest = list(answers)
    for contest in definition.contests:
        own, rest = rest[: contest.questions], rest[contest.questions :]
        match contest.form:
            case BallotForm.SLOTS:
                readings.append(_slots(contest, own))
            case BallotForm.CHOICE:
                flags = _flags(own[0])
                readings.append(
                    _choice(
                        contest.title,
                        flags,
                        [
                            ChosenCandidate(candidate.code, candidate.name)
                            for candidate in contest.candidates
                        ],
                        contest.max_selections,
                    )
                )
    return tuple(readings)


# ---------------------------------------------------------------- one contest


def _slots(contest: PublishedContest, answers: Sequence[Answer]) -> ContestReading:
    codes = sorted(code for answer in answers if (code := _code(answer)))
    persons = {int(candidate.code): candidate for candidate in contest.candidates}
    lists = {int(slate.code): slate for slate in contest.lists}
    width = max((len(candidate.code) for candidate in contest.candidates), default=1)
    known: dict[int, PublishedCandidate | PublishedList] = {**persons, **lists}
    chosen = tuple(
        ChosenCandidate(known[code].code, known[code].name)
        if code in known
        else ChosenCandidate(f"{code:0{width}d}", None)
        for code in codes
    )
    if not codes:
        return ContestReading(contest.title, ReadingKind.SKIPPED, ())
    if codes == [int(contest.blank_code)]:
        return ContestReading(contest.title, ReadingKind.BLANK, ())
    if len(codes) == 1 and codes[0] in lists:
        return ContestReading(contest.title, ReadingKind.LIST, chosen)
    sound = len(set(codes)) == len(codes) and persons.keys() >= set(codes)
    return ContestReading(
        contest.title, ReadingKind.PERSONS if sound else ReadingKind.IMPOSSIBLE, chosen
    )


def _choice(
    title: Text, flags: Sequence[int], names: Sequence[ChosenCandidate], most: int
) -> ContestReading:
    """Read the answer of a choice contest; `flags`: blank first, then one per name."""
    blank, *marks = flags
    chosen = tuple(name for name, mark in zip(names, marks, strict=True) if mark)
    if len(chosen) > most or (blank and chosen):
        return ContestReading(title, ReadingKind.IMPOSSIBLE, chosen)
    if blank:
        return ContestReading(title, ReadingKind.BLANK, ())
    return ContestReading(title, ReadingKind.PERSONS if chosen else ReadingKind.SKIPPED, chosen)


def _unnamed(election: BeleniosElection, answers: Sequence[Answer]) -> Iterator[ContestReading]:
    """Read with the election object only: names of choices, but bare codes of slots."""
    both = zip(election.questions, answers, strict=True)
    for (title, slots), group in groupby(both, key=lambda pair: _heading(pair[0])):
        parts = list(group)
        if slots:
            codes = sorted(code for _, answer in parts if (code := _code(answer)))
            chosen = tuple(ChosenCandidate(str(code), None) for code in codes)
            yield ContestReading(
                Text(title), ReadingKind.CODES if codes else ReadingKind.SKIPPED, chosen
            )
            continue
        for question, answer in parts:
            if isinstance(question, HomomorphicQuestion):
                flags = _flags(answer) if question.blank else (0, *_flags(answer))
                names = [ChosenCandidate("", Text(name)) for name in question.answers]
                yield _choice(Text(title), flags, names, question.maximum)


def _heading(question: HomomorphicQuestion | NonHomomorphicQuestion) -> tuple[str, bool]:
    if isinstance(question, NonHomomorphicQuestion):
        return re.sub(r" [0-9]+$", "", question.title), True
    return question.title, False


def _code(answer: Answer) -> int:
    return int.from_bytes(bytes(answer.integers), "big") if isinstance(answer, SlotAnswer) else 0


def _flags(answer: Answer) -> tuple[int, ...]:
    return answer.choices if isinstance(answer, HomomorphicAnswer) else ()
