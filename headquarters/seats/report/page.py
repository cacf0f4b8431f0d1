"""Write the page of a report in one language: `page.html` says and lays out, this gives the values.

The page is one file that needs no other: fonts and charts are inside. jinja2 escapes every text.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import partial
from importlib import resources

from jinja2 import Environment, StrictUndefined

from headquarters.seats.compare import SeatComparison, seats_by_key
from headquarters.seats.explain import explain
from headquarters.seats.model import Allocation, ContestVotesRead, Member
from headquarters.seats.phrases import percent, votes
from headquarters.seats.report.charts import bars_chart, bars_of, hemicycle
from headquarters.seats.steps import LotStep
from headquarters.seats.verdict import changes, combinations, command, only_with, verdict
from words.message import Code, Exact, Message, plural
from words.speaker import Speaker

LONGEST_LOT = 60
"""Tickets of one lot that the page shows; hundreds may have no votes at all."""


def page_html(
    contest: ContestVotesRead, comparison: SeatComparison, t: Speaker, font_css: str
) -> str:
    """Write the whole page. `font_css`: @font-face rules of the family `Vazirmatn`, or nothing."""
    template = resources.files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    given = comparison.given
    groups = {group.key: group for group in contest.votes.groups}
    keys = {key for outcome in comparison.outcomes for key in outcome.seats}

    def code(member: Member) -> Code:
        return Code(contest.format_code(member.code))

    return environment.from_string(template).render(
        t=t,
        say=t.say,
        title=t.without_isolates().say(contest.title),
        summary=_summary(contest, given),
        verdict=verdict(comparison),
        font_css=font_css,
        half_round=hemicycle(given, t, "seats").document(),
        bars=bars_chart(given, t, "shares").document(),
        groups=bars_of(given),
        given=given,
        code=code,
        percent=percent,
        exact=Exact,
        sections=explain(given),
        lots=[step for step in given.steps if isinstance(step, LotStep)],
        longest_lot=LONGEST_LOT,
        lot_command=f"printf '%s' {shlex.quote(f'{given.parameters.seed}|CONTEXT|PARTICIPANT')} "
        "| sha256sum",
        comparison=comparison,
        changes=partial(changes, contest),
        combinations=combinations(comparison),
        outcome_groups=sorted((groups[key] for key in keys), key=lambda x: (-x.votes, x.key)),
        only_with=only_with,
        command=command(contest, given.parameters),
    )


def _summary(contest: ContestVotesRead, given: Allocation) -> Iterator[Message]:
    """Say the numbers of the result, a sentence each."""
    yield plural(
        "{count} seat was allocated by {votes} for candidates.",
        "{count} seats were allocated by {votes} for candidates.",
        given.parameters.seats,
        votes=votes(sum(group.votes for group in given.groups)),
    )
    if (ballots := contest.votes.ballots) is not None:
        yield plural("There is {count} valid ballot.", "There are {count} valid ballots.", ballots)
    with_seats = len(seats_by_key(given))
    yield plural("{count} group has seats.", "{count} groups have seats.", with_seats)
    if given.vacant:
        yield plural("{count} seat stays vacant.", "{count} seats stay vacant.", given.vacant)
