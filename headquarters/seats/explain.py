"""Order the steps of an allocation as a person would tell them, in Persian and English.

explain(allocation)  →  Explanation
                          Section  title, what happens in it
                            Step   a value of steps.py …
                                    … and `sentence(step)` says it
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from election.definition import ENGLISH, PERSIAN, Language, Text
from headquarters.seats.model import Allocation, Method, SeatParameters
from headquarters.seats.sentences import sentence
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
from headquarters.seats.text import say_number, say_percent
from headquarters.seats.wording import sentence as meaning

MOST_EMPTY = 20
"""Groups whose quota gives no seat that are told one by one; there may be thousands of independents."""


@dataclass(frozen=True, slots=True)
class Section:
    """One stage of the computation."""

    title: Text
    intro: tuple[Text, ...]
    """The rules that hold in it."""
    steps: tuple[AllocationStep, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation of an allocation, stage by stage."""

    sections: tuple[Section, ...]


def explain(allocation: Allocation) -> Explanation:
    """Group the steps by stage, with the rules of each stage; stages without steps are left out."""
    parameters = allocation.parameters
    sections = (
        Section(_TAKING_PART, _threshold(parameters), _of(allocation, ThresholdStep)),
        Section(_QUOTAS, _quota_rules(parameters), _quota_steps(allocation)),
        Section(_ONE_BY_ONE, _seat_rules(allocation), _seat_steps(allocation)),
        Section(_PERSONS, _person_rules(parameters), _person_steps(allocation)),
    )
    return Explanation(tuple(section for section in sections if section.steps))


def lines(explanation: Explanation, language: Language) -> list[str]:
    """Write the explanation as plain text: titles, rules and numbered steps."""
    found: list[str] = []
    for number, section in enumerate(explanation.sections, 1):
        title = f"{say_number(number, language)}. {section.title.in_(language)}"
        found += ["", title, *(f"   {rule.in_(language)}" for rule in section.intro)]
        found += [f"   • {sentence(step).in_(language)}" for step in section.steps]
    return found[1:]


# ---------------------------------------------------------------- stages

_TAKING_PART = Text("چه کسانی شرکت دارند", "Who takes part")
_QUOTAS = Text("سهمیه‌ها", "Quotas")
_ONE_BY_ONE = Text("کرسی‌های یکی‌یکی", "Seats one by one")
_PERSONS = Text("منتخبان و علی‌البدل‌ها", "Elected and reserves")


def _of(allocation: Allocation, kind: type[AllocationStep]) -> tuple[AllocationStep, ...]:
    return tuple(step for step in allocation.steps if isinstance(step, kind))


def _quota_steps(allocation: Allocation) -> tuple[AllocationStep, ...]:
    kinds = (QuotaStep, FullStep, AgainStep, SumStep)
    return _shortened([step for step in allocation.steps if isinstance(step, kinds)])


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
                votes = sum(each.votes for each in rest)
                found.append(RestStep(len(rest), votes, max(each.quota for each in rest)))
        if step is not None:
            found.append(step)
    return tuple(found)


def _seat_steps(allocation: Allocation) -> tuple[AllocationStep, ...]:
    return tuple(step for step in _before_persons(allocation.steps) if _is_about_a_seat(step))


def _person_steps(allocation: Allocation) -> tuple[AllocationStep, ...]:
    return allocation.steps[len(_before_persons(allocation.steps)) :]


def _before_persons(steps: Sequence[AllocationStep]) -> Sequence[AllocationStep]:
    """Cut the steps before the stage of persons.

    Lots occur in both stages; the first one about persons comes after the last about seats.
    """
    last = max((i for i, step in enumerate(steps) if _is_about_groups(step)), default=-1)
    return steps[: last + 1]


def _is_about_a_seat(step: AllocationStep) -> bool:
    return isinstance(step, SeatStep | TakenBackStep | VacantStep | LotStep)


def _is_about_groups(step: AllocationStep) -> bool:
    match step:
        case ElectedStep() | LotStep() | FilledStep():
            return False
        case (
            ThresholdStep()
            | QuotaStep()
            | RestStep()
            | FullStep()
            | AgainStep()
            | SumStep()
            | SeatStep()
            | TakenBackStep()
            | VacantStep()
        ):
            return True
        case _:
            assert_never(step)


# ---------------------------------------------------------------- rules


def _threshold(parameters: SeatParameters) -> tuple[Text, ...]:
    fa = say_percent(parameters.threshold, PERSIAN)
    en = say_percent(parameters.threshold, ENGLISH)
    return (
        Text(
            f"گروهی که کمتر از {fa} آرا را دارد در تقسیم کرسی‌ها شرکت نمی‌کند.",
            f"A group with less than {en} of the votes takes no part.",
        ),
    )


def _quota_rules(parameters: SeatParameters) -> tuple[Text, ...]:
    return (
        meaning(parameters.denominator),
        meaning(parameters.quota_rule),
        meaning(parameters.quota_rounding),
        meaning(parameters.independents),
    )


def _seat_rules(allocation: Allocation) -> tuple[Text, ...]:
    parameters, steps = allocation.parameters, _seat_steps(allocation)
    if parameters.method is not Method.QUOTA:
        return (meaning(parameters.method), meaning(parameters.independents))
    rules: list[Text] = []
    if any(isinstance(step, TakenBackStep) for step in steps):
        rules.append(meaning(parameters.overallocation))
    if any(isinstance(step, SeatStep) for step in steps):
        rules.append(meaning(parameters.remainder_seats))
    if any(isinstance(step, FullStep) for step in allocation.steps):
        rules.append(meaning(parameters.surplus))
    return tuple(rules)


def _person_rules(parameters: SeatParameters) -> tuple[Text, ...]:
    fa = say_percent(parameters.reserve_share, PERSIAN)
    en = say_percent(parameters.reserve_share, ENGLISH)
    return (
        Text(
            "در هر گروه، کرسی‌ها به نامزدهایی می‌رسد که بیشترین رأی را دارند.",
            "In each group the seats go to the candidates with most votes.",
        ),
        Text(
            f"شمار علی‌البدل‌های هر گروه {fa} کرسی‌های آن است.",
            f"The reserves of each group are {en} of its seats.",
        ),
        meaning(parameters.reserve_rounding),
    )
