"""Turn marks into Belenios answers, and a Belenios result back into votes per code.

One Belenios election holds all contests, its questions in contest order (docs/spec):

    slots contest    `max_selections` wide-slot questions: 28 answers named 0, then hi, lo
    choice contest   one Homomorphic question: blank flag, then one answer per candidate, 0…max

    vote                        slots contest                         choice contest
    persons                     their codes, rest 0                   1 for each
    a list                      the list's one code, rest 0           -
    blank, confirmed            the blank code, rest 0                the blank flag alone
    skipped, or not entitled    all 0                                 all 0

Codes go into the slots in an order drawn uniformly for each ballot, so that a slot number says
nothing. "Took no part" is all zeros under encryption: a ballot shows neither its ballot style
nor a contest left out in the booth. Both directions are pure.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias, assert_never

from crypto.casting import Answer, HomomorphicAnswer, SlotAnswer
from crypto.election import HomomorphicQuestion, Question, slot_integers, slot_question
from crypto.result import QuestionCounts, QuestionResult, SlotRows
from election.definition import BallotForm, Contest, ContestId, Election, SelectionCode
from election.errors import ManifestError
from election.marks import Marks, selection_codes

SLOT_WIDTH = 30

Permutation: TypeAlias = Callable[[int], Sequence[int]]
"""Draws a permutation of 0…n−1; uniform and unpredictable outside tests."""


@dataclass(frozen=True, slots=True)
class CodeVotes:
    """The number of votes with one code."""

    code: SelectionCode
    votes: int


@dataclass(frozen=True, slots=True)
class InvalidRow:
    """A decrypted slot that no honest terminal writes: an unknown code, or garbage before it."""

    integers: tuple[int, ...]
    rows: int
    irregular: bool = False
    """Not the point of its integers, which may look like a code (`crypto.result.SlotRows`)."""


@dataclass(frozen=True, slots=True)
class ContestVotes:
    """The result of one contest: votes by code."""

    contest: ContestId
    form: BallotForm
    ballots: int
    """Ballots in the tally, whether they took part in this contest or not."""
    candidates: tuple[CodeVotes, ...]
    """Every candidate in the order of the definition; list votes not included."""
    lists: tuple[CodeVotes, ...]
    blanks: int
    empties: int
    """Slots: empty rows. Choice: selections left unused, `max_selections` for who took no part."""
    invalid: tuple[InvalidRow, ...] = ()


def system_permutation(size: int) -> Sequence[int]:
    """Draw a uniform permutation of 0 … size − 1 from the operating system's randomness."""
    return secrets.SystemRandom().sample(range(size), size)


def question_count(contest: Contest) -> int:
    """Return how many Belenios questions a contest has: one per slot; a choice contest has one."""
    match contest.form:
        case BallotForm.SLOTS:
            return contest.max_selections
        case BallotForm.CHOICE:
            return 1
        case _:
            assert_never(contest.form)


def questions_for(contests: Sequence[Contest]) -> tuple[Question, ...]:
    """Make the questions of the Belenios election that asks these contests, in contest order."""
    return tuple(question for contest in contests for question in _questions(contest))


def check_questions(contests: Sequence[Contest], questions: Sequence[Question]) -> None:
    """Return if a Belenios election asks exactly these contests; else `ManifestError`."""
    if tuple(questions) != questions_for(contests):
        raise ManifestError.of(
            "the questions of the encrypted ballot are not the contests of the definition; "
            "make the package again"
        )


def slot_codes(contests: Sequence[Contest]) -> tuple[int, ...]:
    """Return every code a slot may hold, the empty slot's 0 included, to fill an embedding table with."""
    codes = {0}
    for contest in contests:
        if contest.form is BallotForm.SLOTS:
            codes |= {contest.blank_code}
            codes |= {candidate.code for candidate in contest.candidates}
            codes |= {slate.code for slate in contest.lists}
    return tuple(sorted(codes))


def answers_for(
    election: Election,
    marks: Sequence[Marks],
    permutation: Permutation = system_permutation,
) -> tuple[Answer, ...]:
    """Make one answer per question of the Belenios election.

    `marks`: at most one per contest; a contest without marks is one the voter may not vote in.
    Raises `ManifestError` for marks of an unknown contest, unknown codes, or too many of them:
    the screens allow none of these.
    """
    by_contest = {mark.contest: mark for mark in marks}
    if len(by_contest) != len(marks) or not by_contest.keys() <= {c.id for c in election.contests}:
        raise ManifestError.of("marks of an unknown contest, or two of the same")
    answers: list[Answer] = []
    for contest in election.contests:
        marked = by_contest.get(contest.id, Marks(contest.id, skipped=True))
        _check_marks(contest, marked)
        match contest.form:
            case BallotForm.SLOTS:
                answers += _slots(contest, marked, permutation)
            case BallotForm.CHOICE:
                answers.append(_choice(contest, marked))
            case _:
                assert_never(contest.form)
    return tuple(answers)


def read_result(
    contests: Sequence[Contest], result: Sequence[QuestionResult], ballots: int
) -> tuple[ContestVotes, ...]:
    """Return the votes per code of every contest, from the result of the Belenios election.

    `result`: one entry per question; `ballots`: how many are in the tally. Rows that no honest
    terminal writes are not counted and listed as invalid. Raises `ManifestError` for a result
    of another shape than the contests'.
    """
    if len(result) != sum(question_count(contest) for contest in contests):
        raise ManifestError.of("the result is not one of this election's questions")
    found: list[ContestVotes] = []
    rest = iter(result)
    for contest in contests:
        marked = list(islice(rest, question_count(contest)))
        match contest.form:
            case BallotForm.SLOTS:
                found.append(_read_slots(contest, marked, ballots))
            case BallotForm.CHOICE:
                found.append(_read_choice(contest, marked[0], ballots))
            case _:
                assert_never(contest.form)
    return tuple(found)


# ---------------------------------------------------------------- one contest


def _questions(contest: Contest) -> tuple[Question, ...]:
    title = contest.title.fa
    match contest.form:
        case BallotForm.SLOTS:
            return tuple(
                slot_question(f"{title} {number}")
                for number in range(1, question_count(contest) + 1)
            )
        case BallotForm.CHOICE:
            names = tuple(
                f"{contest.format_code(candidate.code)} {candidate.name.fa}"
                for candidate in contest.candidates
            )
            return (HomomorphicQuestion(title, names, True, 0, contest.max_selections),)
        case _:
            assert_never(contest.form)


def _check_marks(contest: Contest, marks: Marks) -> None:
    lists = {slate.code for slate in contest.lists}
    persons = {candidate.code for candidate in contest.candidates}
    kinds = [bool(marks.persons), marks.list_code is not None, marks.blank, marks.skipped]
    if sum(kinds) != 1:
        raise ManifestError.of(
            "a contest is voted in one way: persons, one list, blank, or not at all"
        )
    if marks.list_code is not None and marks.list_code not in lists:
        raise ManifestError.of("the chosen list is not one of the contest")
    if not set(marks.persons) <= persons or len(set(marks.persons)) != len(marks.persons):
        raise ManifestError.of("a chosen person is not one of the contest, or is chosen twice")
    if len(marks.persons) > contest.max_selections:
        raise ManifestError.of("more persons are chosen than the contest allows")


def _slots(contest: Contest, marks: Marks, permutation: Permutation) -> list[Answer]:
    codes: list[int] = list(selection_codes(marks, contest))
    codes += [0] * (question_count(contest) - len(codes))
    order = permutation(len(codes))
    if sorted(order) != list(range(len(codes))):
        raise ValueError("the drawn order of slots is not a permutation")
    return [SlotAnswer(slot_integers(codes[place])) for place in order]


def _choice(contest: Contest, marks: Marks) -> Answer:
    chosen = set(marks.persons)
    flags = tuple(int(candidate.code in chosen) for candidate in contest.candidates)
    return HomomorphicAnswer((int(marks.blank), *flags))


def _read_slots(contest: Contest, result: Sequence[QuestionResult], ballots: int) -> ContestVotes:
    rows: Counter[tuple[int, ...]] = Counter()
    irregular: Counter[tuple[int, ...]] = Counter()
    for item in result:
        slot = _slot(item)
        if len(slot.rows) != ballots:
            raise ManifestError.of("a slot of the result has another number of rows than ballots")
        rows.update(slot.regular)
        irregular.update(slot.rows[place] for place in slot.irregular)
    by_code: dict[int, int] = {}
    invalid: list[InvalidRow] = []
    known = set(slot_codes([contest]))
    for vector, times in sorted(rows.items()):
        code = int.from_bytes(bytes(vector), "big")
        if code in known:
            by_code[code] = times
        else:
            invalid.append(InvalidRow(vector, times))
    invalid += [InvalidRow(*row, irregular=True) for row in sorted(irregular.items())]
    return ContestVotes(
        contest.id,
        contest.form,
        ballots,
        _votes([candidate.code for candidate in contest.candidates], by_code),
        _votes([slate.code for slate in contest.lists], by_code),
        by_code.get(contest.blank_code, 0),
        by_code.get(0, 0),
        tuple(invalid),
    )


def _read_choice(contest: Contest, result: QuestionResult, ballots: int) -> ContestVotes:
    if not isinstance(result, QuestionCounts) or len(result.counts) != len(contest.candidates) + 1:
        raise ManifestError.of("the counts of the result are not those of the contest")
    blanks, *votes = result.counts
    codes = [candidate.code for candidate in contest.candidates]
    return ContestVotes(
        contest.id,
        contest.form,
        ballots,
        _votes(codes, dict(zip(codes, votes, strict=True))),
        (),
        blanks,
        contest.max_selections * (ballots - blanks) - sum(votes),
    )


def _slot(result: QuestionResult) -> SlotRows:
    if not isinstance(result, SlotRows) or any(
        len(row) != SLOT_WIDTH or not all(0 <= number <= 255 for number in row)
        for row in result.rows
    ):
        raise ManifestError.of("a slot of the result does not hold vectors of 30 small integers")
    return result


def _votes(codes: Sequence[SelectionCode], found: Mapping[int, int]) -> tuple[CodeVotes, ...]:
    return tuple(CodeVotes(code, found.get(code, 0)) for code in codes)
