"""Show what `amin election seats` found: text, JSON, and the folder of a report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import click

from commands.speaking import say
from election.definition import PERSIAN, Language, SelectionCode
from headquarters.errors import AllocationError
from headquarters.result import ElectionResult, votes_of
from headquarters.seats.allocate import allocate
from headquarters.seats.compare import Alternative, SeatComparison, compare, seats_by_key
from headquarters.seats.explain import explain, lines
from headquarters.seats.model import Allocation, ContestVotesRead, Member, SeatParameters, Vacancy
from headquarters.seats.report.charts import bars_of
from headquarters.seats.report.page import changes_said, command, verdict
from headquarters.seats.report.writing import Fonts, write_report
from headquarters.seats.sentences import sentence
from headquarters.seats.steps import LotStep
from headquarters.seats.text import isolate, name, say_number, say_percent
from headquarters.seats.vacancies import Sitting, fill_vacancies
from headquarters.seats.wording import label, parameter, question
from words.message import m

REPORT_FOLDER = "seats"
"""Beside a result: a report of each contest."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Form in which the answer is wanted."""

    language: Language
    as_json: bool
    comparing: bool
    report: Path | None
    """Folder; with several contests each gets one inside."""
    vacant: tuple[SelectionCode, ...]
    vacancy: Vacancy


@dataclass(frozen=True, slots=True)
class _Found:
    contest: ContestVotesRead
    allocation: Allocation | None
    comparison: SeatComparison | None
    sitting: Sitting | None
    nobody: str = ""
    files: tuple[Path, ...] = ()


def show(contests: Sequence[tuple[ContestVotesRead, SeatParameters]], wanted: Wanted) -> bool:
    """Allocates, writes and shows; False if nobody can be elected in some contest.

    Raises `ElectionError` and `OSError` for a report that cannot be written and codes that nobody has.
    """
    found = [_find(contest, parameters, wanted, len(contests)) for contest, parameters in contests]
    if wanted.as_json:
        value = {"contests": [_json(each) for each in found]}
        click.echo(json.dumps(value, ensure_ascii=False))
    else:
        for each in found:
            click.echo("\n".join(_lines(each, wanted)))
    if any(_is_drawn_without_seed(each) for each in found):
        say(
            m(
                "a tie was settled by lot without a seed: everybody could compute it beforehand; "
                "give the published one with --seed"
            )
        )
    for each in found:
        for path in each.files:
            say(m("written: {path}", path=path))
    return all(each.allocation is not None for each in found)


def _is_drawn_without_seed(found: _Found) -> bool:
    steps = () if found.allocation is None else found.allocation.steps
    return any(isinstance(step, LotStep) and not step.seed for step in steps)


def write_reports(folder: Path, result: ElectionResult) -> None:
    """Write the report of every contest whose seats were allocated, beside a result.

    Raises `OSError`.
    """
    for contest in result.contests:
        if contest.comparison is not None:
            target = folder / REPORT_FOLDER / contest.contest.id
            with _fonts() as fonts:
                write_report(target, votes_of(contest), contest.comparison, fonts)


@contextmanager
def _fonts() -> Iterator[Fonts]:
    """Headquarters draws without screens; their fonts are handed to it as files."""
    fonts = resources.files("ui.fonts")
    with (
        resources.as_file(fonts / "Vazirmatn-Regular.ttf") as regular,
        resources.as_file(fonts / "Vazirmatn-Bold.ttf") as bold,
    ):
        yield Fonts(regular, bold)


def _find(
    contest: ContestVotesRead, parameters: SeatParameters, wanted: Wanted, contests: int
) -> _Found:
    try:
        allocation = allocate(contest.votes, parameters)
    except AllocationError as error:
        return _Found(contest, None, None, None, str(error))
    comparison = None
    if wanted.comparing or wanted.report is not None:
        comparison = compare(contest.votes, parameters)
    sitting = None
    if wanted.vacant:
        sitting = fill_vacancies(allocation, wanted.vacant, wanted.vacancy)
    files: tuple[Path, ...] = ()
    if wanted.report is not None and comparison is not None:
        folder = wanted.report if contests == 1 else wanted.report / contest.id
        with _fonts() as fonts:
            files = write_report(folder, contest, comparison, fonts)
    return _Found(contest, allocation, comparison, sitting, "", files)


# ---------------------------------------------------------------- text


def _lines(found: _Found, wanted: Wanted) -> Iterator[str]:
    language = wanted.language
    fa = language == PERSIAN
    yield found.contest.title.in_(language)
    yield "-" * 40
    if found.allocation is None:
        yield f"بدون منتخب: {found.nobody}" if fa else f"Nobody elected: {found.nobody}"
        return
    yield from _table(found.allocation, language)
    yield ""
    yield from lines(explain(found.allocation), language)
    if found.comparison is not None and wanted.comparing:
        yield ""
        yield from _comparison(found.contest, found.comparison, language)
    if found.sitting is not None:
        yield ""
        yield "جاهای خالی:" if fa else "Vacancies:"
        for step in found.sitting.steps:
            yield f"   • {sentence(step).in_(language)}"
    yield ""


def _table(allocation: Allocation, language: Language) -> Iterator[str]:
    fa = language == PERSIAN
    for bar in bars_of(allocation):
        votes, seats = say_number(bar.votes, language), say_number(bar.seats, language)
        share, said = say_percent(bar.share, language), name(bar.name, language)
        if bar.quota is None:
            yield f"{said}: {votes} رأی ({share})" if fa else f"{said}: {votes} votes ({share})"
            continue
        quota = say_number(bar.quota, language)
        yield (
            f"{said}: {votes} رأی ({share})، سهمیه {quota}، {seats} کرسی"
            if fa
            else f"{said}: {votes} votes ({share}), quota {quota}, seats {seats}"
        )


def _comparison(
    contest: ContestVotesRead, comparison: SeatComparison, language: Language
) -> Iterator[str]:
    fa = language == PERSIAN
    yield "خوانش‌های دیگر قانون:" if fa else "Other readings of the law:"
    yield verdict(comparison, language)
    for each in comparison.alternatives:
        yield from _alternative(contest, each, language)
    yield "روش‌های دیگر، برای مقایسه:" if fa else "Other methods, for comparison:"
    for each in comparison.others:
        yield from _alternative(contest, each, language)
    yield "همهٔ ترکیب‌ها:" if fa else "Every combination:"
    names = {group.key: group.name for group in comparison.given.groups}
    for outcome in comparison.outcomes:
        seats = ("، " if fa else ", ").join(
            f"{name(names[key], language) if key in names else key} {say_number(count, language)}"
            for key, count in outcome.seats.items()
        )
        mark = "=" if outcome.given else "≠"
        yield f"   {mark} {say_number(len(outcome.readings), language)} × {seats}"


def _alternative(contest: ContestVotesRead, each: Alternative, language: Language) -> Iterator[str]:
    asked = question(each.reading).in_(language)
    head = f"   • {asked}: {label(each.reading).in_(language)} ({isolate(each.reading)})"
    semicolon = "؛ " if language == PERSIAN else "; "
    yield f"{head}: {semicolon.join(changes_said(contest, each, language))}"


# ---------------------------------------------------------------- JSON


def _json(found: _Found) -> dict[str, object]:
    contest, allocation = found.contest, found.allocation
    if allocation is None:
        return {"contest": contest.id, "nobody": found.nobody}
    value: dict[str, object] = {
        "contest": contest.id,
        "command": command(contest, allocation.parameters),
        "seats": {group.key: group.seats for group in allocation.groups},
        "vacant": allocation.vacant,
        "groups": [
            {
                "key": group.key,
                "name": {"fa": group.name.fa, "en": group.name.en},
                "votes": group.votes,
                "quota": str(group.quota),
                "seats": group.seats,
                "elected": [_member(contest, each) for each in group.elected],
                "reserves": [_member(contest, each) for each in group.reserves],
            }
            for group in allocation.groups
        ],
        "steps": [
            {"fa": text.fa, "en": text.en} for text in (sentence(step) for step in allocation.steps)
        ],
    }
    if found.comparison is not None:
        value["readings"] = [_reading(contest, each) for each in found.comparison.alternatives]
        value["other_methods"] = [_reading(contest, each) for each in found.comparison.others]
        value["outcomes"] = [
            {"seats": dict(each.seats), "readings": len(each.readings), "given": each.given}
            for each in found.comparison.outcomes
        ]
    if found.sitting is not None:
        value["sitting"] = [_member(contest, each) for each in found.sitting.members]
    if found.files:
        value["files"] = [str(path) for path in found.files]
    return value


def _reading(contest: ContestVotesRead, each: Alternative) -> dict[str, object]:
    return {
        "parameter": parameter(each.reading),
        "value": each.reading,
        "seats": dict(seats_by_key(each.allocation)),
        "gained": [_member(contest, member) for member in each.gained],
        "lost": [_member(contest, member) for member in each.lost],
    }


def _member(contest: ContestVotesRead, member: Member) -> dict[str, object]:
    return {
        "code": contest.format_code(member.code),
        "name": {"fa": member.name.fa, "en": member.name.en},
        "votes": member.votes,
    }
