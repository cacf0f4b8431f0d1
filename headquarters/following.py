"""Compute the result that follows from verified archives, by the registered names and rules.

No published statement of a result is asked; only the seed of a lot comes from outside, and the caller says
which ones count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from crypto.result import TallyResult
from election.answers import read_result
from election.definition import Candidate, CandidateList, Contest, ContestId, Role
from election.definition import SelectionCode as Code
from election.definition_file import PublishedContest, PublishedDefinition
from election.register import Register
from headquarters.counting import count_contest
from headquarters.index_document import ArchiveIndex
from headquarters.result import ElectionResult, Interim, allocated
from headquarters.seat_rules import parameters_of

_NO_PORTRAIT: Final = "0" * 64


def following_result(
    definition: PublishedDefinition,
    register: Register,
    index: ArchiveIndex,
    together: TallyResult,
    ballots: int,
    seeds: Sequence[str],
) -> ElectionResult | None:
    """Return counts and seats of what all archives give together; None if the rule of seats is unknown.

    `ballots`: in all archives; `seeds`: the lot's value for each contest, or "". Raises `ManifestError` for a
    result of other contests.
    """
    contests = tuple(map(contest_of, definition.contests))
    found = []
    votes = read_result(contests, together.questions, ballots)
    for contest, own, seed in zip(contests, votes, seeds, strict=True):
        parameters = parameters_of(register.seats, contest.seats, seed)
        if parameters is None:
            return None
        found.append(allocated(contest, count_contest(contest, own), parameters))
    branches = {branch for group in register.groups for branch in group}
    counted = sum(len(batch.branches) for batch in index.batches)
    return ElectionResult(
        definition.uuid,
        definition.name,
        index.fingerprint,
        ballots,
        tuple(found),
        Interim(counted, len(branches)) if index.interim else None,
        len(branches_on_paper(register)),
    )


def branches_on_paper(register: Register) -> frozenset[str]:
    """Return the branches without a registered ballot terminal: their papers are counted by hand."""
    voting = {device.branch for device in register.devices if device.role is Role.BALLOT_TERMINAL}
    return frozenset(branch for group in register.groups for branch in group) - voting


def contest_of(published: PublishedContest) -> Contest:
    """Return a contest as counting takes it; portraits are not published with names."""
    return Contest(
        ContestId(published.id),
        published.title,
        published.seats,
        published.max_selections,
        published.form,
        len(published.blank_code),
        Code(int(published.blank_code)),
        tuple(
            Candidate(
                Code(int(person.code)),
                person.name,
                None if person.list is None else Code(int(person.list)),
                _NO_PORTRAIT,
                woman=False,
            )
            for person in published.candidates
        ),
        tuple(
            CandidateList(
                Code(int(slate.code)), slate.name, tuple(Code(int(x)) for x in slate.members)
            )
            for slate in published.lists
        ),
    )
