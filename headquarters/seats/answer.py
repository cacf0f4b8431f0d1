"""Answer how seats are allocated under a reading of the law: as text, plain values, a folder of reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from election.definition import SelectionCode
from headquarters.errors import AllocationError
from headquarters.result import ElectionResult, votes_of
from headquarters.seats.allocate import allocate
from headquarters.seats.compare import Alternative, SeatComparison, compare
from headquarters.seats.explain import explain, lines
from headquarters.seats.model import Allocation, ContestVotesRead, SeatParameters
from headquarters.seats.phrases import seats, votes, with_share
from headquarters.seats.plain import (
    allocation_plain,
    members_plain,
    outcomes_plain,
    reading_plain,
)
from headquarters.seats.readings import Vacancy
from headquarters.seats.report.charts import bars_of
from headquarters.seats.report.writing import Fonts, write_report
from headquarters.seats.vacancies import Sitting, fill_vacancies
from headquarters.seats.verdict import changes, command, verdict
from words.message import Exact, Latin, Message, m
from words.plain import plain_message
from words.speaker import Speaker

REPORT_FOLDER = "seats"
"""Beside a result: a report of each contest."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted beside the allocation."""

    comparing: bool
    report: Path | None
    """Folder; with several contests each gets one inside."""
    vacant: tuple[SelectionCode, ...]
    vacancy: Vacancy


@dataclass(frozen=True, slots=True)
class SeatAnswer:
    """What was found for one contest."""

    contest: ContestVotesRead
    allocation: Allocation | None
    comparison: SeatComparison | None
    sitting: Sitting | None
    nobody: Message | None = None
    files: tuple[Path, ...] = ()


def answer(
    contests: Sequence[tuple[ContestVotesRead, SeatParameters]],
    wanted: Wanted,
    fonts: Fonts,
    speakers: Sequence[Speaker],
) -> list[SeatAnswer]:
    """Allocate, compare and write the reports that are wanted, in every speaker's language.

    Raises `ElectionError` and `OSError` for a report that cannot be written and codes that nobody has.
    """
    return [
        _find(contest, parameters, wanted, len(contests), fonts, speakers)
        for contest, parameters in contests
    ]


def write_reports(
    folder: Path, result: ElectionResult, fonts: Fonts, speakers: Sequence[Speaker]
) -> None:
    """Write the report of every contest whose seats were allocated, beside a result.

    Raises `OSError`.
    """
    for contest in result.contests:
        if contest.comparison is not None:
            target = folder / REPORT_FOLDER / contest.contest.id
            write_report(target, votes_of(contest), contest.comparison, fonts, speakers)


def _find(
    contest: ContestVotesRead,
    parameters: SeatParameters,
    wanted: Wanted,
    contests: int,
    fonts: Fonts,
    speakers: Sequence[Speaker],
) -> SeatAnswer:
    try:
        allocation = allocate(contest.votes, parameters)
    except AllocationError as error:
        return SeatAnswer(contest, None, None, None, error.message)
    comparison = None
    if wanted.comparing or wanted.report is not None:
        comparison = compare(contest.votes, parameters)
    sitting = None
    if wanted.vacant:
        sitting = fill_vacancies(allocation, wanted.vacant, wanted.vacancy)
    files: tuple[Path, ...] = ()
    if wanted.report is not None and comparison is not None:
        folder = wanted.report if contests == 1 else wanted.report / contest.id
        files = write_report(folder, contest, comparison, fonts, speakers)
    return SeatAnswer(contest, allocation, comparison, sitting, None, files)


# ---------------------------------------------------------------- text


def answer_lines(found: SeatAnswer, wanted: Wanted, t: Speaker) -> Iterator[str]:
    """Explain a contest: groups, every step, and what else was wanted."""
    yield t.say(found.contest.title)
    yield "-" * 40
    if found.allocation is None:
        yield t("Nobody elected: {reason}", reason=found.nobody or "-")
        return
    yield from _table(found.allocation, t)
    yield ""
    yield from lines(explain(found.allocation), t)
    if found.comparison is not None and wanted.comparing:
        yield ""
        yield from _comparison(found.contest, found.comparison, t)
    if found.sitting is not None:
        yield ""
        yield t("Vacancies:")
        yield from (f"   • {t(step.sentence)}" for step in found.sitting.steps)
    yield ""


def _table(allocation: Allocation, t: Speaker) -> Iterator[str]:
    for bar in bars_of(allocation):
        said = with_share(votes(bar.votes), bar.share)
        if bar.quota is None:
            yield f"{t.say(bar.name)}: {t(said)}"
            continue
        yield t(
            m(
                "{group}: {votes}, quota {quota}, {seats}",
                group=bar.name,
                votes=said,
                quota=Exact(bar.quota),
                seats=seats(bar.seats),
            )
        )


def _comparison(contest: ContestVotesRead, comparison: SeatComparison, t: Speaker) -> Iterator[str]:
    yield t("Other readings of the law:")
    yield t(verdict(comparison))
    yield from (_alternative(contest, alternative, t) for alternative in comparison.alternatives)
    yield t("Other methods, for comparison:")
    yield from (_alternative(contest, other, t) for other in comparison.others)
    yield t("Every combination:")
    names = {group.key: group.name for group in comparison.given.groups}
    for outcome in comparison.outcomes:
        mark = "=" if outcome.given else "≠"
        given = " · ".join(
            f"{t.say(names.get(key, Latin(key)))} {t.number(count)}"
            for key, count in outcome.seats.items()
        )
        yield f"   {mark} {t.number(len(outcome.readings))} × {given}"


def _alternative(contest: ContestVotesRead, alternative: Alternative, t: Speaker) -> str:
    asked, answer = t(alternative.reading.question.text), t(alternative.reading.label)
    changed = " · ".join(t(change) for change in changes(contest, alternative))
    return f"   • {asked}: {answer} ({t.latin(alternative.reading)}): {changed}"


# ---------------------------------------------------------------- plain values


def answer_plain(found: SeatAnswer) -> dict[str, object]:
    """Return the same as plain values for JSON."""
    contest, allocation, code = found.contest, found.allocation, found.contest.format_code
    if allocation is None:
        nobody = None if found.nobody is None else plain_message(found.nobody)
        return {"contest": contest.id, "nobody": nobody}
    value: dict[str, object] = {
        "contest": contest.id,
        "command": command(contest, allocation.parameters),
        "seats": {group.key: group.seats for group in allocation.groups},
        **allocation_plain(allocation, code),
    }
    if found.comparison is not None:
        value["readings"] = [
            _reading(contest, alternative) for alternative in found.comparison.alternatives
        ]
        value["other_methods"] = [_reading(contest, other) for other in found.comparison.others]
        value["outcomes"] = outcomes_plain(found.comparison)
    if found.sitting is not None:
        value["sitting"] = members_plain(found.sitting.members, code)
    if found.files:
        value["files"] = [str(path) for path in found.files]
    return value


def _reading(contest: ContestVotesRead, alternative: Alternative) -> dict[str, object]:
    return {
        **reading_plain(alternative),
        "gained": members_plain(alternative.gained, contest.format_code),
        "lost": members_plain(alternative.lost, contest.format_code),
    }
