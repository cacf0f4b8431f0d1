"""Say a plan in words: the answer, a table of numbers of devices, and a table of the day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import time
from fractions import Fraction

from headquarters.capacity.estimate import Estimate
from headquarters.capacity.load import ServiceTime
from headquarters.capacity.outcome import Outcome
from headquarters.capacity.planning import Plan
from headquarters.text_table import table
from words.message import Decimal, Latin, Message, Percent, Value, m, plural
from words.speaker import Speaker


def lines(plan: Plan, t: Speaker) -> Iterator[str]:
    """Yield the lines of the answer, for a terminal."""
    yield t(assumed(plan))
    yield t(aim(plan))
    yield ""
    yield t(answer(plan))
    yield ""
    yield from table(
        (
            m("stations"),
            m("terminals"),
            m("wait less than {minutes} min", minutes=minutes(plan.question.target.wait_s)),
            m("with confidence"),
            m("wait for a station"),
            m("wait for a terminal"),
            m("stations in use"),
            m("terminals in use"),
            m("after closing"),
        ),
        [_row(each) for each in plan.tried],
        t,
    )
    yield ""
    yield t("The day with {devices}", devices=devices(plan.chosen))
    yield from table(
        (
            m("begins"),
            m("voters"),
            m("mean wait"),
            m("{share} wait at most", share=percent(plan.question.target.share)),
        ),
        [
            (clock(part.start_s), Decimal(part.voters), span(part.wait_s), span(part.slow_s))
            for part in plan.chosen.parts
        ],
        t,
    )
    yield ""
    yield t(source(plan))


def answer(plan: Plan) -> Message:
    """Say whether the chosen devices are enough, and how sure that is."""
    target, within = plan.question.target, plan.chosen.within
    return m(
        "{verdict}: {devices}. {within} of the voters wait less than {minutes} minutes "
        "(from {low} to {high} with a confidence of {confidence}).",
        verdict=m("Enough") if plan.chosen.kept else m("Not enough"),
        devices=devices(plan.chosen),
        within=percent(within.mean, 1),
        minutes=minutes(target.wait_s),
        low=percent(within.low, 1),
        high=percent(within.high, 1),
        confidence=percent(target.confidence),
    )


def aim(plan: Plan) -> Message:
    """Say what is asked for."""
    target = plan.question.target
    return m(
        "Target: {share} of the voters wait less than {minutes} minutes, at both queues together.",
        share=percent(target.share),
        minutes=minutes(target.wait_s),
    )


def assumed(plan: Plan) -> Message:
    """Say what is expected of the day."""
    load = plan.question.load
    return m(
        "{voters} voters are expected from {opens} to {closes}; check-in takes {check_in}, voting "
        "{voting}.",
        voters=round(load.arrivals.voters),
        opens=clock(load.arrivals.opens_s),
        closes=clock(load.arrivals.closes_s),
        check_in=_service(load.check_in),
        voting=_service(load.voting),
    )


def source(plan: Plan) -> Message:
    """Say how the answer is found again."""
    return m(
        "{days} days were drawn; they are the same again with {seed}.",
        days=plan.question.replications,
        seed=Latin(f"--seed {plan.question.seed} --replications {plan.question.replications}"),
    )


def devices(found: Outcome) -> Message:
    """Say how many stations and terminals."""
    return m(
        "{stations} and {terminals}",
        stations=plural(
            "{count} identity station", "{count} identity stations", found.stations.count
        ),
        terminals=plural(
            "{count} ballot terminal", "{count} ballot terminals", found.terminals.count
        ),
    )


def span(seconds: float) -> Message:
    """Say a time in minutes."""
    return m("{minutes} min", minutes=Decimal(seconds / 60))


def minutes(seconds: float) -> Value:
    """Return whole minutes as a number, others with one decimal place."""
    return _short(seconds / 60)


def percent(share: float, places: int = 0) -> Percent:
    """Return a share as a percentage."""
    return Percent(Fraction(share).limit_denominator(1_000_000), places)


def clock(seconds: float) -> Value:
    """Return a time of the day; midnight at its end is 00:00."""
    return time(int(seconds) // 3600 % 24, int(seconds) // 60 % 60)


def _row(found: Outcome) -> Sequence[Value]:
    return (
        found.stations.count,
        found.terminals.count,
        percent(found.within.mean, 1),
        _between(found.within),
        span(found.stations.wait_s.mean),
        span(found.terminals.wait_s.mean),
        percent(found.stations.use.mean),
        percent(found.terminals.use.mean),
        span(found.after_close_s.mean),
    )


def _between(share: Estimate) -> Message:
    return m("{low} to {high}", low=percent(share.low, 1), high=percent(share.high, 1))


def _service(service: ServiceTime) -> Message:
    return m(
        "{mean} seconds (spread {spread})",
        mean=_short(service.mean),
        spread=_short(service.spread),
    )


def _short(number: float) -> Value:
    return int(number) if number == int(number) else Decimal(number)
