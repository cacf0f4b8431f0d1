"""Write the result of an election, for people and for programs, beside its archives.

    result.json         counts, seats, every step of the allocation, all readings
    result.fa.txt, result.en.txt   the same to read

Only sums per candidate and list are here, never per branch and never a whole ballot.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from election.definition import ENGLISH, PERSIAN, Contest, Election, Language, Text
from election.files import PUBLIC, replace_file
from election.schema import DocumentForm, to_plain
from headquarters.counting import ContestCount, votes_for_seats
from headquarters.errors import AllocationError
from headquarters.seats.compare import Alternative, SeatComparison, compare, seats_by_key
from headquarters.seats.explain import explain
from headquarters.seats.explain import lines as explanation_lines
from headquarters.seats.model import (
    Allocation,
    ContestVotesRead,
    GroupSeats,
    Member,
    SeatParameters,
)
from headquarters.seats.sentences import sentence
from headquarters.seats.text import isolate, say_digits, say_number
from headquarters.seats.text import name as said_name
from headquarters.seats.wording import label, parameter, question

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
    why_none: str = ""

    @property
    def differing(self) -> tuple[Alternative, ...]:
        """The readings of the law under which a group gets another number of seats."""
        if self.comparison is None:
            return ()
        return tuple(each for each in self.comparison.alternatives if each.changes)


@dataclass(frozen=True, slots=True)
class ElectionResult:
    """The result of all contests of an election."""

    uuid: str
    name: Text
    fingerprint: str
    """φ of the archive."""
    ballots: int
    contests: tuple[ContestResult, ...]

    @property
    def sound(self) -> bool:
        """Every bound holds; invalid votes are told beside it."""
        return all(each.count.sound for each in self.contests)


def make_result(
    election: Election,
    fingerprint: str,
    counts: Sequence[ContestCount],
    parameters: Sequence[SeatParameters],
) -> ElectionResult:
    """Join counts and seats; `counts` and `parameters` in the order of the contests."""
    contests = tuple(
        _contest_result(contest, count, own)
        for contest, count, own in zip(election.contests, counts, parameters, strict=True)
    )
    ballots = counts[0].ballots if counts else 0
    return ElectionResult(election.uuid, election.name, fingerprint, ballots, contests)


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
    """Choose largest remainder of candidate votes, for every contest; `seed`: published before the count."""
    return tuple(SeatParameters(contest.seats, seed) for contest in election.contests)


def write_result_files(folder: Path, result: ElectionResult) -> None:
    """Write the result alone, for programs and to read. Raises `OSError`."""
    replace_file(folder / RESULT_FILE, result_json(result), PUBLIC)
    for language in (PERSIAN, ENGLISH):
        path = folder / f"result.{language}.txt"
        replace_file(path, result_text(result, language).encode(), PUBLIC)


# ---------------------------------------------------------------- JSON


def result_json(result: ElectionResult) -> bytes:
    """Write the result as indented JSON, UTF-8; fractions as "numerator/denominator"."""
    value = {
        "uuid": result.uuid,
        "name": _text_json(result.name),
        "fingerprint": result.fingerprint,
        "ballots": result.ballots,
        "sound": result.sound,
        "contests": [_contest_json(each) for each in result.contests],
    }
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _contest_json(result: ContestResult) -> dict[str, object]:
    contest, count = result.contest, result.count
    return {
        "id": contest.id,
        "title": _text_json(contest.title),
        "seats": contest.seats,
        "max_selections": contest.max_selections,
        "valid_votes": count.valid_votes,
        "blanks": count.blanks,
        "unused": count.unused,
        "independents": count.independents,
        "lists": [
            {
                "code": contest.format_code(each.code),
                "name": _text_json(each.name),
                "ballots": each.ballots,
                "total": each.total,
            }
            for each in count.lists
        ],
        "candidates": [
            {
                "code": contest.format_code(each.code),
                "name": _text_json(each.name),
                "list": None if each.list_code is None else contest.format_code(each.list_code),
                "individual": each.individual,
                "by_list": each.by_list,
                "total": each.total,
            }
            for each in count.candidates
        ],
        "invalid": [
            {"integers": each.integers, "rows": each.rows, "irregular": each.irregular}
            for each in count.invalid
        ],
        "broken_bounds": count.broken_bounds,
        "allocation": None
        if result.allocation is None
        else _allocation_json(contest, result.allocation),
        "why_none": result.why_none,
        "readings": [_reading_json(each) for each in _readings(result)],
        "outcomes": []
        if result.comparison is None
        else [
            {"seats": dict(each.seats), "readings": len(each.readings), "given": each.given}
            for each in result.comparison.outcomes
        ],
    }


def _readings(result: ContestResult) -> tuple[Alternative, ...]:
    return () if result.comparison is None else result.comparison.alternatives


def _reading_json(each: Alternative) -> dict[str, object]:
    return {
        "parameter": parameter(each.reading),
        "value": each.reading,
        "seats": dict(seats_by_key(each.allocation)),
        "differs": each.differs,
    }


def _allocation_json(contest: Contest, allocation: Allocation) -> dict[str, object]:
    return {
        "parameters": to_plain(allocation.parameters, DocumentForm.JSON),
        "vacant": allocation.vacant,
        "groups": [
            {
                "key": group.key,
                "name": _text_json(group.name),
                "votes": group.votes,
                "quota": str(group.quota),
                "seats": group.seats,
                "elected": [_member_json(contest, each) for each in group.elected],
                "reserves": [_member_json(contest, each) for each in group.reserves],
            }
            for group in allocation.groups
        ],
        "steps": [_text_json(sentence(step)) for step in allocation.steps],
    }


def _member_json(contest: Contest, member: Member) -> dict[str, object]:
    return {
        "code": contest.format_code(member.code),
        "name": _text_json(member.name),
        "votes": member.votes,
    }


def _text_json(text: Text) -> dict[str, str]:
    return {"fa": text.fa, "en": text.en}


# ---------------------------------------------------------------- text


def result_text(result: ElectionResult, language: Language) -> str:
    """Write the result to read: counts and elected of every contest, every step of the allocation."""
    fa = language == PERSIAN
    ballots = say_number(result.ballots, language)
    lines = [
        result.name.in_(language),
        f"برگه‌های رأی شمرده‌شده: {ballots}" if fa else f"Ballots counted: {ballots}",
        "",
    ]
    for contest in result.contests:
        lines += _contest_lines(contest, language)
    seeds = sorted({r.allocation.parameters.seed for r in result.contests if r.allocation})
    # Identifiers keep their own digits, and are copied by people: no isolates in them.
    seed = ", ".join(seeds) or "-"
    lines += (
        [f"اثر انگشت انتخابات: {result.fingerprint}", f"بذر قرعه: {seed}"]
        if fa
        else [f"Fingerprint of the election: {result.fingerprint}", f"Seed of lots: {seed}"]
    )
    return "\n".join(lines) + "\n"


def _contest_lines(result: ContestResult, language: Language) -> list[str]:
    fa = language == PERSIAN
    count, contest = result.count, result.contest
    valid, blanks = (say_number(n, language) for n in (count.valid_votes, count.blanks))
    lines = [
        contest.title.in_(language),
        "-" * 40,
        f"آرای صحیح نامزدها: {valid} · سفید: {blanks}"
        if fa
        else f"Valid votes for candidates: {valid}; blank ballots: {blanks}",
    ]
    lines += [
        f"{'رأی باطل' if fa else 'Invalid votes'}: {each.rows} × {each.integers}"
        for each in count.invalid
    ]
    lines += [f"{'ناسازگاری' if fa else 'NOT SOUND'}: {bound}" for bound in count.broken_bounds]
    if result.allocation is None:
        lines.append(
            f"بدون منتخب: {result.why_none}" if fa else f"Nobody elected: {result.why_none}"
        )
        return [*lines, ""]
    lines += [_group_line(group, language) for group in result.allocation.groups if group.votes]
    lines += ["", "منتخبان:" if fa else "Elected:"]
    lines += [
        f"  {isolate(say_digits(contest.format_code(member.code), language))}  "
        f"{said_name(member.name, language)} ({said_name(group.name, language)}) "
        f"{say_number(member.votes, language)}"
        for group in result.allocation.groups
        for member in group.elected
    ]
    lines += ["", "چگونه:" if fa else "How:"]
    lines += [f"  {line}" for line in explanation_lines(explain(result.allocation), language)]
    lines += ["", *_reading_lines(result, language), ""]
    return lines


def _group_line(group: GroupSeats, language: Language) -> str:
    name, quota = said_name(group.name, language), say_number(group.quota, language)
    votes, seats = say_number(group.votes, language), say_number(group.seats, language)
    if language == PERSIAN:
        return f"  {name}: {votes} رأی، سهمیه {quota}، {seats} کرسی"
    return f"  {name}: {votes} votes, quota {quota}, {seats} seats"


def _reading_lines(result: ContestResult, language: Language) -> list[str]:
    fa = language == PERSIAN
    if not result.differing:
        same = "هر خوانش دیگر قانون، هر یک به‌تنهایی، به همین کرسی‌ها می‌رسد."
        return [same if fa else "Every reading of the law, changed by itself, gives these seats."]
    lines = ["خوانش‌های دیگر قانون:" if fa else "Other readings of the law differ:"]
    for each in result.differing:
        changes = ("، " if fa else ", ").join(
            f"{said_name(change.name, language)} {say_number(change.after, language)} "
            f"({'به جای' if fa else 'not'} {say_number(change.before, language)})"
            for change in each.changes
        )
        asked, read = (text.in_(language) for text in (question(each.reading), label(each.reading)))
        lines.append(f"  {asked}: {read} {'←' if fa else '→'} {changes}")
    return lines


def _contest_result(
    contest: Contest, count: ContestCount, parameters: SeatParameters
) -> ContestResult:
    votes = votes_for_seats(contest, count)
    try:
        comparison = compare(votes, parameters)
    except AllocationError as error:
        return ContestResult(contest, count, None, None, str(error))
    return ContestResult(contest, count, comparison.given, comparison)
