"""Write the result of an election, for people and for programs, beside its archives.

    result.json                      counts, seats, every step of the allocation, all readings
    result.fa.txt, result.en.txt …   the same to read, in every language

Only sums per candidate and list are here, never per branch and never a whole ballot.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from election.definition import Contest, Election, Text
from election.files import PUBLIC, replace_file
from election.schema import DocumentForm, to_plain
from headquarters.counting import ContestCount, votes_for_seats
from headquarters.errors import AllocationError
from headquarters.result_file import FORMAT, RESULT_VERSION
from headquarters.seats.compare import Alternative, SeatComparison, compare
from headquarters.seats.explain import explain
from headquarters.seats.explain import lines as explanation_lines
from headquarters.seats.model import Allocation, ContestVotesRead, SeatParameters
from headquarters.seats.phrases import seats, votes
from headquarters.seats.plain import allocation_plain, outcomes_plain, reading_plain
from words.message import Exact, Latin, Message, m, plural
from words.plain import plain, plain_message
from words.speaker import Speaker

RESULT_FILE = "result.json"


@dataclass(frozen=True, slots=True)
class ContestResult:
    """The count of one contest, and the seats that follow from it."""

    contest: Contest
    count: ContestCount
    allocation: Allocation | None
    """None: nobody can be elected from these votes, `why_none` says why."""
    comparison: SeatComparison | None
    """The same under every other reading of the law's wording; None as above."""
    why_none: Message | None = None

    @property
    def differing(self) -> tuple[Alternative, ...]:
        """The readings of the law under which a group gets another number of seats."""
        if self.comparison is None:
            return ()
        return tuple(
            alternative for alternative in self.comparison.alternatives if alternative.changes
        )


@dataclass(frozen=True, slots=True)
class Interim:
    """The branches of an interim result; the rest is mixed once their devices are in."""

    counted: int
    branches: int
    """Of the election."""


@dataclass(frozen=True, slots=True)
class ElectionResult:
    """The result of all contests of an election."""

    uuid: str
    name: Text
    fingerprint: str
    """φ of the archive."""
    ballots: int
    contests: tuple[ContestResult, ...]
    interim: Interim | None = None
    """What is counted by now, while devices are pending; None for the final result."""
    on_paper: int = 0
    """Branches that vote on paper: their ballots are counted by hand, and are not among these."""

    @property
    def sound(self) -> bool:
        """Every bound holds; invalid votes are told beside it."""
        return all(contest.count.sound for contest in self.contests)


def make_result(
    election: Election,
    fingerprint: str,
    counts: Sequence[ContestCount],
    parameters: Sequence[SeatParameters],
    interim: Interim | None = None,
) -> ElectionResult:
    """Join counts and seats; `counts` and `parameters` in the order of the contests."""
    contests = tuple(
        allocated(contest, count, own)
        for contest, count, own in zip(election.contests, counts, parameters, strict=True)
    )
    ballots = counts[0].ballots if counts else 0
    on_paper = sum(branch.paper_ballots for branch in election.branches)
    return ElectionResult(
        election.uuid, election.name, fingerprint, ballots, contests, interim, on_paper
    )


def votes_of(result: ContestResult) -> ContestVotesRead:
    """Return the votes of one contest as `headquarters.result_file.read_votes` reads them again."""
    contest, allocation = result.contest, result.allocation
    return ContestVotesRead(
        contest.id,
        contest.title,
        contest.seats,
        votes_for_seats(contest, result.count),
        contest.code_width,
        None if allocation is None else allocation.parameters,
    )


def default_parameters(election: Election, seed: str) -> tuple[SeatParameters, ...]:
    """Choose largest remainder of candidate votes, for every contest; `seed`: the lot's value."""
    return tuple(SeatParameters(contest.seats, seed) for contest in election.contests)


def write_result_files(folder: Path, result: ElectionResult, speakers: Iterable[Speaker]) -> None:
    """Write the result alone, for programs and to read in these languages. Raises `OSError`."""
    replace_file(folder / RESULT_FILE, result_json(result), PUBLIC)
    for t in speakers:
        path = folder / f"result.{t.language}.txt"
        replace_file(path, result_text(result, t).encode(), PUBLIC)


# ---------------------------------------------------------------- JSON


def result_json(result: ElectionResult) -> bytes:
    """Write the result as indented JSON, UTF-8; fractions as "numerator/denominator"."""
    value = {
        "format": FORMAT,
        "version": RESULT_VERSION,
        "uuid": result.uuid,
        "name": plain(result.name),
        "fingerprint": result.fingerprint,
        "ballots": result.ballots,
        "interim": None
        if result.interim is None
        else {"counted": result.interim.counted, "branches": result.interim.branches},
        "on_paper": result.on_paper,
        "sound": result.sound,
        "contests": [_contest_json(contest) for contest in result.contests],
    }
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _contest_json(result: ContestResult) -> dict[str, object]:
    contest, count, comparison = result.contest, result.count, result.comparison
    return {
        "id": contest.id,
        "title": plain(contest.title),
        "seats": contest.seats,
        "max_selections": contest.max_selections,
        "valid_votes": count.valid_votes,
        "blanks": count.blanks,
        "unused": count.unused,
        "independents": count.independents,
        "lists": [
            {
                "code": contest.format_code(slate.code),
                "name": plain(slate.name),
                "ballots": slate.ballots,
                "total": slate.total,
            }
            for slate in count.lists
        ],
        "candidates": [
            {
                "code": contest.format_code(candidate.code),
                "name": plain(candidate.name),
                "list": None
                if candidate.list_code is None
                else contest.format_code(candidate.list_code),
                "individual": candidate.individual,
                "by_list": candidate.by_list,
                "total": candidate.total,
            }
            for candidate in count.candidates
        ],
        "invalid": [
            {"integers": row.integers, "rows": row.rows, "irregular": row.irregular}
            for row in count.invalid
        ],
        "broken_bounds": [plain_message(bound) for bound in count.broken_bounds],
        "allocation": None
        if result.allocation is None
        else {
            "parameters": to_plain(result.allocation.parameters, DocumentForm.JSON),
            **allocation_plain(result.allocation, contest.format_code),
        },
        "why_none": None if result.why_none is None else plain_message(result.why_none),
        "readings": []
        if comparison is None
        else [
            {**reading_plain(alternative), "differs": alternative.differs}
            for alternative in comparison.alternatives
        ],
        "outcomes": [] if comparison is None else outcomes_plain(comparison),
    }


# ---------------------------------------------------------------- text


def result_text(result: ElectionResult, t: Speaker) -> str:
    """Write the result to read: counts and elected of every contest, every step of the allocation."""
    lines = [t.of(result.name), t("Ballots counted: {ballots}", ballots=result.ballots), ""]
    if (interim := result.interim) is not None:
        words = t(
            "Interim: {counted} of {branches} branches are counted; votes and seats below will change. "
            "What is in stays in.",
            counted=interim.counted,
            branches=interim.branches,
        )
        lines[1:1] = [words]
    if result.on_paper:
        words = t(counted_by_hand(result.on_paper, result.ballots))
        lines[1:1] = [words]
    for contest in result.contests:
        lines += [*_contest_lines(contest, t), ""]
    seeds = sorted({r.allocation.parameters.seed for r in result.contests if r.allocation})
    # Identifiers keep their own digits, and are copied by people: no isolates in them.
    lines += [
        t("Fingerprint of the election: {fingerprint}", fingerprint=result.fingerprint),
        t("Seed of lots: {seed}", seed=", ".join(seeds) or "-"),
    ]
    return "\n".join(lines) + "\n"


def counted_by_hand(branches: int, ballots: int) -> Message:
    """Say that these branches vote on paper; `ballots`: those that were counted here."""
    if not ballots:
        return plural(
            "No ballot of a terminal was counted. {count} branch votes on paper: its ballots are counted"
            " by hand, and whom they elect is not said here.",
            "No ballot of a terminal was counted. {count} branches vote on paper: their ballots are counted"
            " by hand, and whom they elect is not said here.",
            branches,
        )
    return plural(
        "{count} branch votes on paper: its ballots are counted by hand, and are not among these.",
        "{count} branches vote on paper: their ballots are counted by hand, and are not among these.",
        branches,
    )


def _contest_lines(result: ContestResult, t: Speaker) -> Iterator[str]:
    count, contest = result.count, result.contest
    yield t.of(contest.title)
    yield "-" * 40
    yield t(
        "Valid votes for candidates: {votes}; blank ballots: {blanks}",
        votes=count.valid_votes,
        blanks=count.blanks,
    )
    for row in count.invalid:
        yield t("Invalid votes: {rows} × {looks}", rows=row.rows, looks=Latin(str(row.integers)))
    for bound in count.broken_bounds:
        yield t("NOT SOUND: {bound}", bound=bound)
    if result.allocation is None:
        yield t("Nobody elected: {reason}", reason=result.why_none or "-")
        return
    for group in result.allocation.groups:
        if group.votes:
            line = m(
                "{group}: {votes}, quota {quota}, {seats}",
                group=group.name,
                votes=votes(group.votes),
                quota=Exact(group.quota),
                seats=seats(group.seats),
            )
            yield f"  {t(line)}"
    yield from ("", t("Elected:"))
    for group in result.allocation.groups:
        for member in group.elected:
            code, name = t.code(contest.format_code(member.code)), t.say(member.name)
            yield f"  {code}  {name} ({t.say(group.name)}) {t.number(member.votes)}"
    yield from ("", t("How:"))
    yield from (f"  {line}" for line in explanation_lines(explain(result.allocation), t))
    yield ""
    yield from _reading_lines(result, t)


def _reading_lines(result: ContestResult, t: Speaker) -> Iterator[str]:
    if not result.differing:
        yield t("Every reading of the law, changed by itself, gives these seats.")
        return
    yield t("Other readings of the law differ:")
    for outcome in result.differing:
        changed = " · ".join(t(change.sentence) for change in outcome.changes)
        yield f"  {t(outcome.reading.question.text)}: {t(outcome.reading.label)}: {changed}"


def allocated(contest: Contest, count: ContestCount, parameters: SeatParameters) -> ContestResult:
    """Allocate the seats of one contest, and say why where nobody can be elected."""
    votes = votes_for_seats(contest, count)
    try:
        comparison = compare(votes, parameters)
    except AllocationError as error:
        return ContestResult(contest, count, None, None, error.message)
    return ContestResult(contest, count, comparison.given, comparison)
