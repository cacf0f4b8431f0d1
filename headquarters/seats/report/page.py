"""Fill the page of a report with all it says, in one language; `page.html` lays it out.

The page is one file that needs no other: fonts and charts are inside. jinja2 escapes every text.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources

from jinja2 import Environment, StrictUndefined

from election.definition import ENGLISH, PERSIAN, Language, Text
from headquarters.seats.compare import Alternative, SeatComparison, SeatOutcome, seats_by_key
from headquarters.seats.explain import explain
from headquarters.seats.model import (
    Allocation,
    ContestVotesRead,
    LawReading,
    Member,
    Method,
    QuotaRounding,
    QuotaRule,
    SeatParameters,
)
from headquarters.seats.report.charts import bars_chart, bars_of, hemicycle
from headquarters.seats.sentences import sentence
from headquarters.seats.steps import LotStep
from headquarters.seats.text import isolate, name, names, say_digits, say_number, say_percent
from headquarters.seats.wording import label, parameter, question
from headquarters.seats.wording import sentence as meaning

_NO_BREAK = "\N{NO-BREAK SPACE}"

LONGEST_LOT = 60
"""Tickets of one lot that the page shows; hundreds may have no votes at all."""


def page_html(
    contest: ContestVotesRead, comparison: SeatComparison, language: Language, font_css: str
) -> str:
    """Write the whole page. `font_css`: @font-face rules of the family `Vazirmatn`, or nothing."""
    template = resources.files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    page = _page(contest, comparison, language, font_css)
    return environment.from_string(template).render(page=page)


# ---------------------------------------------------------------- what the template sees


@dataclass(frozen=True, slots=True)
class _Group:
    number: str
    name: str
    votes: str
    share: str
    quota: str
    seats: str
    seat_share: str


@dataclass(frozen=True, slots=True)
class _Person:
    code: str
    name: str
    votes: str
    place: str


@dataclass(frozen=True, slots=True)
class _Persons:
    name: str
    persons: Sequence[_Person]


@dataclass(frozen=True, slots=True)
class _Section:
    number: str
    title: str
    rules: Sequence[str]
    steps: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Ticket:
    place: str
    participant: str
    name: str
    digest: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class _Lot:
    about: str
    context: str
    tickets: Sequence[_Ticket]


@dataclass(frozen=True, slots=True)
class _Rule:
    question: str
    label: str
    sentence: str
    changes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Outcome:
    seats: Sequence[str]
    readings: str
    only_with: Sequence[str]
    given: bool


@dataclass(frozen=True, slots=True)
class _Page:
    language: Language
    fa: bool
    title: str
    summary: str
    verdict: str
    font_css: str
    half_round: str
    bars: str
    groups: Sequence[_Group]
    persons: Sequence[_Persons]
    sections: Sequence[_Section]
    lots: Sequence[_Lot]
    lot_command: str
    seed: str
    alternatives: Sequence[_Rule]
    combinations: str
    outcomes: Sequence[_Outcome]
    others: Sequence[_Rule]
    rules: Sequence[_Rule]
    command: str


def _page(
    contest: ContestVotesRead, comparison: SeatComparison, language: Language, font_css: str
) -> _Page:
    given, parameters = comparison.given, comparison.given.parameters
    keys = list(dict.fromkeys(key for each in comparison.outcomes for key in each.seats))
    by_key = {group.key: group for group in contest.votes.groups}
    keys.sort(key=lambda key: (-by_key[key].votes, key))
    return _Page(
        language,
        language == PERSIAN,
        contest.title.in_(language),
        _summary(contest, given, language),
        verdict(comparison, language),
        font_css,
        hemicycle(given, language, "seats").document(),
        bars_chart(given, language, "shares").document(),
        tuple(_groups(given, language)),
        tuple(_persons(contest, given, language)),
        tuple(_sections(given, language)),
        tuple(_lots(given, language)),
        f"printf '%s' {shlex.quote(f'{parameters.seed}|CONTEXT|PARTICIPANT')} | sha256sum",
        parameters.seed,
        tuple(_alternative(contest, each, language) for each in comparison.alternatives),
        _combinations(comparison, language),
        tuple(
            _Outcome(
                tuple(
                    f"{name(by_key[key].name, language)}:{_NO_BREAK}"
                    f"{say_number(each.seats[key], language)}"
                    for key in keys
                    if key in each.seats
                ),
                say_number(len(each.readings), language),
                only_with(each, language),
                each.given,
            )
            for each in comparison.outcomes
        ),
        tuple(_alternative(contest, each, language) for each in comparison.others),
        tuple(_rules(parameters, language)),
        command(contest, parameters),
    )


# ---------------------------------------------------------------- result


def _summary(contest: ContestVotesRead, given: Allocation, language: Language) -> str:
    total = sum(group.votes for group in given.groups)
    with_seats = sum(1 for count in seats_by_key(given).values() if count)
    seats, votes, groups = (
        say_number(each, language) for each in (given.parameters.seats, total, with_seats)
    )
    ballots = contest.votes.ballots
    if language == PERSIAN:
        of = "" if ballots is None else f" در {say_number(ballots, language)} برگهٔ صحیح"
        text = f"{seats} کرسی با {votes} رأی نامزدها{of} تقسیم شد؛ {groups} گروه کرسی دارند."
        vacant = f" {say_number(given.vacant, language)} کرسی خالی می‌ماند."
    else:
        of = "" if ballots is None else f" on {ballots:,} valid ballots"
        text = f"{seats} seats were allocated by {votes} votes for candidates{of}; "
        text += f"{groups} groups have seats."
        vacant = f" {given.vacant:,} seats stay vacant."
    return text + vacant if given.vacant else text


def verdict(comparison: SeatComparison, language: Language) -> str:
    """Say in one or two sentences whether the wording of the law matters here."""
    fa = language == PERSIAN
    differing = [each for each in comparison.alternatives if each.differs]
    if comparison.settled and not differing:
        return (
            "هر خوانشی از قانون همین کرسی‌ها و همین منتخبان را می‌دهد."
            if fa
            else "Every reading of the law gives these seats and these persons."
        )
    same = sum(len(each.readings) for each in comparison.outcomes if each.given)
    every = sum(len(each.readings) for each in comparison.outcomes)
    kinds, same_said, every_said = (
        say_number(each, language) for each in (len(comparison.outcomes), same, every)
    )
    asked = names(list(dict.fromkeys(question(each.reading) for each in differing)), language)
    if fa:
        text = f"از {every_said} ترکیب خوانش‌های قانون، {same_said} تا همین کرسی‌ها را می‌دهد؛ "
        text += f"روی هم {kinds} نتیجهٔ گوناگون هست."
        return f"{text} پرسش‌هایی که هر یک به‌تنهایی نتیجه را عوض می‌کند: {asked}." if asked else text
    text = f"Of {every_said} combinations of readings of the law, {same_said} give these seats; "
    text += f"there are {kinds} different results in all."
    return f"{text} Questions that change the result by themselves: {asked}." if asked else text


def _groups(given: Allocation, language: Language) -> Iterator[_Group]:
    for bar in bars_of(given):
        yield _Group(
            say_number(bar.number, language),
            name(bar.name, language),
            say_number(bar.votes, language),
            say_percent(bar.share, language),
            "" if bar.quota is None else say_number(bar.quota, language),
            say_number(bar.seats, language),
            say_percent(Fraction(bar.seats, given.parameters.seats), language),
        )


def _persons(
    contest: ContestVotesRead, given: Allocation, language: Language
) -> Iterator[_Persons]:
    elected = Text("منتخب", "elected").in_(language)
    reserve = Text("علی‌البدل", "reserve").in_(language)

    def person(member: Member, place: str) -> _Person:
        return _Person(
            isolate(say_digits(contest.format_code(member.code), language)),
            name(member.name, language),
            say_number(member.votes, language),
            place,
        )

    for group in given.groups:
        if group.seats:
            rows = [person(each, elected) for each in group.elected]
            rows += [
                person(each, f"{reserve} {say_number(place, language)}")
                for place, each in enumerate(group.reserves, 1)
            ]
            yield _Persons(name(group.name, language), rows)


# ---------------------------------------------------------------- steps and lots


def _sections(given: Allocation, language: Language) -> Iterator[_Section]:
    for number, section in enumerate(explain(given).sections, 1):
        yield _Section(
            say_number(number, language),
            section.title.in_(language),
            [rule.in_(language) for rule in section.intro],
            [sentence(step).in_(language) for step in section.steps],
        )


def _lots(given: Allocation, language: Language) -> Iterator[_Lot]:
    for step in given.steps:
        if isinstance(step, LotStep):
            shown = step.tickets[:LONGEST_LOT]
            yield _Lot(
                step.about.in_(language),
                step.context,
                [
                    _Ticket(
                        say_number(place, language),
                        ticket.participant,
                        name(ticket.name, language),
                        ticket.digest,
                        place <= step.chosen,
                    )
                    for place, ticket in enumerate(shown, 1)
                ],
            )


# ---------------------------------------------------------------- readings


def _alternative(contest: ContestVotesRead, each: Alternative, language: Language) -> _Rule:
    return _Rule(
        question(each.reading).in_(language),
        label(each.reading).in_(language),
        meaning(each.reading).in_(language),
        changes_said(contest, each, language),
    )


def changes_said(contest: ContestVotesRead, each: Alternative, language: Language) -> list[str]:
    """Say what another reading changes, one line each; who would gain and who would lose."""
    fa = language == PERSIAN
    lines = [
        f"{name(change.name, language)}: {say_number(change.before, language)}{_NO_BREAK}"
        f"{'←' if fa else '→'}{_NO_BREAK}{say_number(change.after, language)}"
        for change in each.changes
    ]
    if each.gained:
        persons = _with_codes(contest, each.gained, language)
        lines.append(f"منتخب می‌شد: {persons}" if fa else f"would be elected: {persons}")
    if each.lost:
        persons = _with_codes(contest, each.lost, language)
        lines.append(f"منتخب نمی‌شد: {persons}" if fa else f"would not be elected: {persons}")
    if lines:
        return lines
    if each.reserves_changed:
        return ["تنها علی‌البدل‌ها" if fa else "reserves only"]
    return ["هیچ" if fa else "nothing"]


def only_with(outcome: SeatOutcome, language: Language) -> list[str]:
    """Say without which answers this result does not come about, question by question."""
    answers: list[Sequence[LawReading]] = [
        [each.denominator for each in outcome.readings],
        [each.quota_rounding for each in outcome.readings],
        [each.remainder_seats for each in outcome.readings],
        [each.surplus for each in outcome.readings],
        [each.independents for each in outcome.readings],
    ]
    if all(each.quota_rounding is not QuotaRounding.DOWN for each in outcome.readings):
        # Whole parts never give too many, so the question is not asked there.
        answers.append([each.overallocation for each in outcome.readings])
    either = " یا " if language == PERSIAN else " or "
    lines: list[str] = []
    for found in answers:
        present = list(dict.fromkeys(found))
        if len(present) < len(type(present[0])):
            said = either.join(label(each).in_(language) for each in present)
            lines.append(f"{question(present[0]).in_(language)}: {said}")
    return lines


def _with_codes(contest: ContestVotesRead, members: Sequence[Member], language: Language) -> str:
    """Name members with their codes, because two persons may have one name."""
    texts = [
        Text(
            f"{each.name.fa} ({say_digits(contest.format_code(each.code), PERSIAN)})",
            f"{each.name.in_(ENGLISH)} ({contest.format_code(each.code)})",
        )
        for each in members
    ]
    return names(texts, language)


def _combinations(comparison: SeatComparison, language: Language) -> str:
    every = sum(len(each.readings) for each in comparison.outcomes)
    kinds, said = say_number(len(comparison.outcomes), language), say_number(every, language)
    if language == PERSIAN:
        return f"پاسخ‌ها روی هم {said} ترکیب دارد که به {kinds} تقسیم کرسی می‌رسد."
    return f"The answers have {said} combinations, which lead to {kinds} distributions of seats."


def _rules(parameters: SeatParameters, language: Language) -> Iterator[_Rule]:
    readings: list[LawReading] = [parameters.method, parameters.independents]
    if parameters.method is Method.QUOTA:
        readings += [
            parameters.denominator,
            parameters.quota_rule,
            parameters.quota_rounding,
            parameters.remainder_seats,
            parameters.overallocation,
            parameters.surplus,
        ]
    readings.append(parameters.reserve_rounding)
    for each in readings:
        yield _Rule(
            question(each).in_(language), label(each).in_(language), meaning(each).in_(language)
        )
    shares = (
        (Text("حد نصاب", "Threshold"), parameters.threshold),
        (Text("سهم علی‌البدل‌ها", "Share of reserves"), parameters.reserve_share),
    )
    for text, share in shares:
        yield _Rule(text.in_(language), say_percent(share, language), "")


_OPTIONS = {"quota_rule": "quota", "quota_rounding": "rounding"}


def command(contest: ContestVotesRead, parameters: SeatParameters) -> str:
    """Write the command that gives the same from `votes.json`; what is default is left out."""
    default = SeatParameters(parameters.seats, "")
    words = ["amin", "election", "seats", "--votes", "votes.json"]
    if parameters.seed:
        words += ["--seed", parameters.seed]
    readings: list[tuple[LawReading, LawReading]] = [
        (parameters.denominator, default.denominator),
        (parameters.quota_rounding, default.quota_rounding),
        (parameters.remainder_seats, default.remainder_seats),
        (parameters.overallocation, default.overallocation),
        (parameters.surplus, default.surplus),
        (parameters.independents, default.independents),
        (parameters.reserve_rounding, default.reserve_rounding),
        (parameters.method, default.method),
        (parameters.quota_rule, QuotaRule.HARE),
    ]
    for reading, usual in readings:
        if reading is not usual:
            key = parameter(reading)
            words += [f"--{_OPTIONS.get(key, key).replace('_', '-')}", reading.value]
    if parameters.threshold != default.threshold:
        words += ["--threshold", str(parameters.threshold)]
    if parameters.reserve_share != default.reserve_share:
        words += ["--reserve-share", str(parameters.reserve_share)]
    if contest.votes.ballots is not None:
        words += ["--ballots", str(contest.votes.ballots)]
    return shlex.join(words)
