"""Order the steps of an allocation as a person would tell them, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headquarters.seats.model import Allocation, SeatParameters
from headquarters.seats.phrases import percent
from headquarters.seats.readings import Method
from headquarters.seats.steps import (
    AgainStep,
    AllocationStep,
    ElectedStep,
    FilledStep,
    FullStep,
    LotStep,
    QuotaStep,
    RestStep,
    SeatStep,
    SumStep,
    TakenBackStep,
    ThresholdStep,
    VacantStep,
)
from words.message import Message, m
from words.speaker import Speaker

MOST_EMPTY = 20
"""Groups whose quota gives no seat that are told one by one; there may be thousands of independents."""


@dataclass(frozen=True, slots=True)
class Section:
    """One stage of the computation."""

    title: Message
    rules: tuple[Message, ...]
    """What holds in it."""
    steps: tuple[AllocationStep, ...]


def explain(allocation: Allocation) -> tuple[Section, ...]:
    """Group the steps by stage, with the rules of each stage; stages without steps are left out."""
    parameters = allocation.parameters
    sections = (
        Section(m("Who takes part"), _threshold(parameters), _of(allocation, (ThresholdStep,))),
        Section(m("Quotas"), _quota_rules(parameters), _shortened(_of(allocation, _OF_QUOTAS))),
        Section(m("Seats one by one"), _seat_rules(allocation), _seat_steps(allocation)),
        Section(m("Elected and reserves"), _person_rules(parameters), _person_steps(allocation)),
    )
    return tuple(section for section in sections if section.steps)


def lines(sections: Sequence[Section], t: Speaker) -> list[str]:
    """Write the explanation as plain text: titles, rules and numbered steps."""
    found: list[str] = []
    for number, section in enumerate(sections, 1):
        found += ["", f"{t.number(number)}. {t(section.title)}"]
        found += [f"   {t(rule)}" for rule in section.rules]
        found += [f"   • {t(step.sentence)}" for step in section.steps]
    return found[1:]


# ---------------------------------------------------------------- stages

_OF_QUOTAS = (QuotaStep, FullStep, AgainStep, SumStep)
_OF_SEATS = (SeatStep, TakenBackStep, VacantStep, LotStep)
_OF_PERSONS = (ElectedStep, LotStep, FilledStep)


def _of(
    allocation: Allocation, kinds: tuple[type[AllocationStep], ...]
) -> tuple[AllocationStep, ...]:
    return tuple(step for step in allocation.steps if isinstance(step, kinds))


def _shortened(steps: Sequence[AllocationStep]) -> tuple[AllocationStep, ...]:
    """Join the quotas that give no seat beyond `MOST_EMPTY` of one sharing into one step."""
    found: list[AllocationStep] = []
    empty: list[QuotaStep] = []
    for step in [*steps, None]:
        if isinstance(step, QuotaStep):
            if not step.given:
                empty.append(step)
                if len(empty) > MOST_EMPTY:
                    continue
        elif empty:
            # Contenders come in the order of their votes, so what is left out is the smallest.
            rest, empty = empty[MOST_EMPTY:], []
            if rest:
                votes = sum(contender.votes for contender in rest)
                found.append(RestStep(len(rest), votes, max(contender.quota for contender in rest)))
        if step is not None:
            found.append(step)
    return tuple(found)


def _seat_steps(allocation: Allocation) -> tuple[AllocationStep, ...]:
    before = allocation.steps[: _first_about_persons(allocation)]
    return tuple(step for step in before if isinstance(step, _OF_SEATS))


def _person_steps(allocation: Allocation) -> tuple[AllocationStep, ...]:
    return allocation.steps[_first_about_persons(allocation) :]


def _first_about_persons(allocation: Allocation) -> int:
    """Lots occur in both stages; the first one about persons comes after the last about seats."""
    about_groups = [i for i, x in enumerate(allocation.steps) if not isinstance(x, _OF_PERSONS)]
    return max(about_groups, default=-1) + 1


# ---------------------------------------------------------------- rules


def _threshold(parameters: SeatParameters) -> tuple[Message, ...]:
    share = percent(parameters.threshold)
    return (m("A group with less than {share} of the votes takes no part.", share=share),)


def _quota_rules(parameters: SeatParameters) -> tuple[Message, ...]:
    return (
        parameters.denominator.sentence,
        parameters.quota_rule.sentence,
        parameters.quota_rounding.sentence,
        parameters.independents.sentence,
    )


def _seat_rules(allocation: Allocation) -> tuple[Message, ...]:
    parameters, steps = allocation.parameters, _seat_steps(allocation)
    if parameters.method is not Method.QUOTA:
        return (parameters.method.sentence, parameters.independents.sentence)
    rules: list[Message] = []
    if any(isinstance(step, TakenBackStep) for step in steps):
        rules.append(parameters.overallocation.sentence)
    if any(isinstance(step, SeatStep) for step in steps):
        rules.append(parameters.remainder_seats.sentence)
    if any(isinstance(step, FullStep) for step in allocation.steps):
        rules.append(parameters.surplus.sentence)
    return tuple(rules)


def _person_rules(parameters: SeatParameters) -> tuple[Message, ...]:
    return (
        m("In each group the seats go to the candidates with most votes."),
        m(
            "The reserves of each group are {share} of its seats.",
            share=percent(parameters.reserve_share),
        ),
        parameters.reserve_rounding.sentence,
    )
