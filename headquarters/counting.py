"""Count votes per candidate, list and group, from the decrypted result of an election.

Votes of a candidate = individual votes + votes of the list that contains the candidate. The
independents are one group (domain: "Vote and count"). The bounds are those every reader of a
slots contest can check (ballot-record format, section 15); N ballots, s slots:

    rows in all = s·N           no code more than N times
    lists + blanks ≤ N          empty and invalid rows ≥ (s−1)·(lists + blanks)

They limit, and do not exclude, a terminal that writes a code twice into one ballot. A row that no
honest terminal writes is an invalid vote: it is told, and the rest counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from crypto.result import TallyResult
from election.answers import ContestVotes, InvalidRow, read_result
from election.definition import BallotForm, Contest, ContestId, Election, SelectionCode, Text
from headquarters.seats.model import Member, Votes, groups_of
from words.message import Code, Message, m


@dataclass(frozen=True, slots=True)
class CandidateCount:
    """The votes of one candidate: given individually, and through the list."""

    code: SelectionCode
    name: Text
    list_code: SelectionCode | None
    individual: int
    by_list: int

    @property
    def total(self) -> int:
        """All votes of the candidate."""
        return self.individual + self.by_list


@dataclass(frozen=True, slots=True)
class ListCount:
    """The votes of one list."""

    code: SelectionCode
    name: Text
    ballots: int
    """Ballots that chose the list."""
    total: int
    """Sum over its members."""


@dataclass(frozen=True, slots=True)
class ContestCount:
    """The count of one contest."""

    contest: ContestId
    title: Text
    ballots: int
    """In the tally, whether they took part in this contest or not."""
    candidates: tuple[CandidateCount, ...]
    lists: tuple[ListCount, ...]
    independents: int
    """Sum over the independents."""
    blanks: int
    unused: int
    """Empty slots, or selections left unused, of all ballots."""
    invalid: tuple[InvalidRow, ...]
    """Invalid votes: what some ballots hold in place of a code."""
    broken_bounds: tuple[Message, ...]
    """Bounds that do not hold, in words; empty in an honest election."""

    @property
    def valid_votes(self) -> int:
        """All votes for candidates."""
        return sum(candidate.total for candidate in self.candidates)

    @property
    def sound(self) -> bool:
        """Whether every bound holds."""
        return not self.broken_bounds


def count_election(
    election: Election, result: TallyResult, ballots: int
) -> tuple[ContestCount, ...]:
    """Count every contest. Raises `ManifestError` for another election's result."""
    votes = read_result(election.contests, result.questions, ballots)
    return tuple(
        count_contest(contest, own) for contest, own in zip(election.contests, votes, strict=True)
    )


def count_contest(contest: Contest, votes: ContestVotes) -> ContestCount:
    """Count one contest and check its bounds."""
    list_votes = {slate.code: slate.votes for slate in votes.lists}
    individual = {candidate.code: candidate.votes for candidate in votes.candidates}
    candidates = tuple(
        CandidateCount(
            candidate.code,
            candidate.name,
            candidate.list_code,
            individual[candidate.code],
            0 if candidate.list_code is None else list_votes[candidate.list_code],
        )
        for candidate in contest.candidates
    )
    return ContestCount(
        contest.id,
        contest.title,
        votes.ballots,
        candidates,
        tuple(
            ListCount(
                slate.code,
                slate.name,
                list_votes[slate.code],
                sum(person.total for person in candidates if person.list_code == slate.code),
            )
            for slate in contest.lists
        ),
        sum(candidate.total for candidate in candidates if candidate.list_code is None),
        votes.blanks,
        votes.empties,
        votes.invalid,
        check_bounds(contest, votes),
    )


def check_bounds(contest: Contest, votes: ContestVotes) -> tuple[Message, ...]:
    """Return the bounds that do not hold, in words."""
    most = votes.ballots
    broken = [
        m(
            "code {code} occurs {times} times in {ballots} ballots",
            code=Code(contest.format_code(row.code)),
            times=row.votes,
            ballots=most,
        )
        for row in (*votes.candidates, *votes.lists)
        if row.votes > most
    ]
    lists = sum(slate.votes for slate in votes.lists)
    if lists + votes.blanks > most:
        broken.append(
            m(
                "{lists} list votes and {blanks} blanks in {ballots} ballots",
                lists=lists,
                blanks=votes.blanks,
                ballots=most,
            )
        )
    if votes.form is BallotForm.SLOTS:
        chosen = sum(candidate.votes for candidate in votes.candidates)
        invalid = sum(row.rows for row in votes.invalid)
        rows = chosen + lists + votes.blanks + votes.empties + invalid
        if rows != contest.max_selections * most:
            broken.append(
                m(
                    "{rows} rows in place of {most} times {ballots}",
                    rows=rows,
                    most=contest.max_selections,
                    ballots=most,
                )
            )
        if votes.empties + invalid < (contest.max_selections - 1) * (lists + votes.blanks):
            broken.append(
                m(
                    "{empty} empty slots are too few for {lists} list votes and {blanks} blanks",
                    empty=votes.empties,
                    lists=lists,
                    blanks=votes.blanks,
                )
            )
    elif votes.empties < 0:
        broken.append(m("more selections than the ballots have"))
    return tuple(broken)


def votes_for_seats(contest: Contest, count: ContestCount) -> Votes:
    """Return the groups of a contest with their members' votes, as seat allocation takes them.

    Blank ballots are no valid ballots; ballots of those who took no part cannot be told apart
    from others and count as valid (they matter for `Denominator.BALLOTS` only).
    """
    code = contest.format_code
    groups = groups_of(
        [(code(slate.code), slate.name) for slate in contest.lists],
        [
            (
                None if candidate.list_code is None else code(candidate.list_code),
                Member(candidate.code, candidate.name, candidate.total),
            )
            for candidate in count.candidates
        ],
    )
    return Votes(groups, count.ballots - count.blanks, contest.max_selections)
