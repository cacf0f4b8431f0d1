"""Judge a plan before a package is made of it: what the form of `election.toml` cannot say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from typing import Final

from election.definition import Authority, Role
from election.enrolment import EnrolmentRequest
from election.errors import ManifestError
from election.roles import ROLES
from headquarters.device_list import ListedDevice
from headquarters.election_config import TEMPLATE_SOURCE, PlanFile
from headquarters.names import alike, text_problem
from words.message import Items, Latin, Message, m, plural
from words.text import Text

LAST_DAY: Final = date(2999, 12, 31)
_SLACK: Final = timedelta(days=1)
"""Between the day of the polls and today: they may be in different time zones."""


def check_day(day: date, now: datetime) -> None:
    """Raise `ManifestError` for a day of the polls that is over, or beyond `LAST_DAY`."""
    if not now.date() - _SLACK <= day <= LAST_DAY:
        raise ManifestError.of(
            "day: {day} is over or too far away; write a day to come, in the Gregorian "
            "calendar, such as {example}",
            day=Latin(day.isoformat()),
            example=Latin((now.date() + timedelta(days=90)).isoformat()),
        )


def check_plan(plan: PlanFile, now: datetime, name: str = "election.toml") -> None:
    """Raise `ManifestError` that names the key: texts, dates, offsets, the sources of the lots."""
    for place, text in texts(plan):
        if problem := text_problem(text):
            raise ManifestError.of(
                "{name}, {place}: {detail}", name=name, place=Latin(place), detail=problem
            )
    _check_titles(plan, name)
    try:
        check_day(plan.day, now)
    except ManifestError as error:
        raise ManifestError.of("{name}, {detail}", name=name, detail=error.message) from error
    for key, time in (("opens", plan.opens), ("closes", plan.closes)):
        if abs(time.date() - plan.day) > _SLACK:
            raise ManifestError.of(
                "{name}, {key}: this is not on the day of the polls", name=name, key=Latin(key)
            )
    if plan.opens.utcoffset() != plan.closes.utcoffset():
        raise ManifestError.of(
            "{name}, {key}: its offset differs from that of opens; write both in one time zone",
            name=name,
            key=Latin("closes"),
        )
    for index, branch in enumerate(plan.branches):
        if branch.paper_ballots and branch.offline:
            raise ManifestError.of(
                "{name}, {key}: a ballot paper cannot be provisional; write false, or no paper_ballots",
                name=name,
                key=Latin(f"branches.{index}.offline"),
            )
    for key, source in (("lots.seats", plan.lots.seats), ("lots.decisions", plan.lots.decisions)):
        if source == TEMPLATE_SOURCE and not plan.rehearsal:
            raise ManifestError.of(
                "{name}, {key}: this is still the sentence of the template; name a public source "
                "whose value nobody knows before, such as an index of a stock exchange and its day",
                name=name,
                key=Latin(key),
            )


def texts(document: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text that a document of dataclasses holds, after its place, as `SchemaError` names it."""
    match document:
        case str():
            yield place, document
        case Text():
            for language, text in document.by_language:
                yield f"{place}.{language}", text
        case tuple():
            for index, each in enumerate(document):
                yield from texts(each, f"{place}.{index}")
        case _ if is_dataclass(document):
            for field in fields(document):
                value = getattr(document, field.name)
                if value != field.default:
                    yield from texts(value, f"{place}.{field.name}".removeprefix("."))


def _check_titles(plan: PlanFile, name: str) -> None:
    """Refuse two contests of one ballot that voters could not tell apart: a screen shows titles alone."""
    for style in plan.styles:
        held = [(i, x.title) for i, x in enumerate(plan.contests) if x.id in style.contests]
        languages = {language for _, title in held for language, _ in title.by_language}
        for language in sorted(languages):
            for group in alike([title.in_(language) for _, title in held]):
                one, other = (
                    Latin(f"contests.{held[place][0]}.title.{language}") for place in group[:2]
                )
                raise ManifestError.of(
                    "{name}, {one} and {other}: these titles look the same",
                    name=name,
                    one=one,
                    other=other,
                )


def check_listed(
    plan: PlanFile, requests: Iterable[EnrolmentRequest], listed: Collection[ListedDevice]
) -> None:
    """Raise `ManifestError` for a device that asked and is not listed as what it says it is.

    Nothing is said without a list; a rehearsal may have more devices than the day.
    """
    known = {(each.device, each.role, each.branch) for each in listed}
    for each in requests:
        asked = (each.device, each.role, each.branch)
        if known and asked not in known and not plan.rehearsal:
            raise ManifestError.of(
                "{device} asks to be the {role} of branch {branch}, which devices.csv does not list: take "
                "the request away, or the table in again (amin election branches)",
                device=each.device,
                role=ROLES[each.role],
                branch=each.branch,
            )


def not_asked(
    requests: Iterable[EnrolmentRequest], listed: Collection[ListedDevice]
) -> tuple[Message, ...]:
    """Return a sentence about the listed devices that have not asked to be enrolled, if there are any."""
    there = {each.device for each in requests}
    names = sorted(each.device for each in listed if each.device not in there)
    if not names:
        return ()
    return (
        plural(
            "{count} device of devices.csv has not asked to be enrolled: {names}",
            "{count} devices of devices.csv have not asked to be enrolled, such as {names}",
            len(names),
            names=Items(tuple(map(Latin, names[:5]))),
        ),
    )


def missing_devices(plan: PlanFile, requests: Iterable[EnrolmentRequest]) -> tuple[Message, ...]:
    """Return a sentence for each branch that lacks a station or a terminal, or that nobody makes one."""
    there = Counter((request.branch, request.role) for request in requests)
    found: list[Message] = []
    for branch in plan.branches:
        if (branch.id, Role.IDENTITY_STATION) not in there:
            found.append(
                m("branch {branch} has no identity station: nobody can check in", branch=branch.id)
            )
        stations = there[branch.id, Role.IDENTITY_STATION]
        if stations > 1 and branch.authority is Authority.ALONE:
            found.append(
                m(
                    "branch {branch} has {count} identity stations, and they ask no registry: somebody "
                    "could get a ballot at each",
                    branch=branch.id,
                    count=stations,
                )
            )
        if not branch.paper_ballots and (branch.id, Role.BALLOT_TERMINAL) not in there:
            found.append(
                m("branch {branch} has no ballot terminal: nobody can vote", branch=branch.id)
            )
    return tuple(found)
