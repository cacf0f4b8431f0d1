"""Say every step of an allocation as a sentence."""

from __future__ import annotations

from typing import assert_never

from headquarters.seats.phrases import names, percent, seats, votes
from headquarters.seats.steps import (
    AgainStep,
    AllocationStep,
    ElectedStep,
    FilledStep,
    FullStep,
    LotStep,
    Measure,
    QuotaStep,
    RestStep,
    SeatStep,
    SumStep,
    TakenBackStep,
    ThresholdStep,
    VacantStep,
)
from words.message import Exact, Latin, Message, Value, m, plural


def sentence(step: AllocationStep) -> Message:
    """Say what happened in the step, with every number that led to it."""
    match step:
        case ThresholdStep():
            return m(
                "{group} has {votes} of {total}, less than {threshold}: it takes no part.",
                group=step.group,
                votes=votes(step.votes),
                total=step.total,
                threshold=percent(step.threshold),
            )
        case QuotaStep():
            return _quota(step)
        case RestStep():
            return plural(
                "{count} more group with {votes} and a quota of {largest}: no seat yet.",
                "{count} more groups with {votes} together and quotas up to {largest}: no seat yet.",
                step.groups,
                votes=votes(step.votes),
                largest=Exact(step.largest),
            )
        case FullStep():
            return _full(step)
        case AgainStep():
            return plural(
                "{count} seat is shared again by the other groups' {votes}.",
                "{count} seats are shared again by the other groups' {votes}.",
                step.seats,
                votes=votes(step.votes),
            )
        case SumStep():
            return plural(
                "Together {given} of {count} seat is given; {rest}.",
                "Together {given} of {count} seats are given; {rest}.",
                step.seats,
                given=step.given,
                rest=_rest(step.seats - step.given),
            )
        case SeatStep():
            return m(
                "Seat {number} goes to {group}: {why} ({value}); it now has {holds}.",
                number=step.number,
                group=step.group,
                why=_why(step.measure),
                value=_value(step),
                holds=step.holds,
            )
        case TakenBackStep():
            return m(
                "{group} gives one seat back: {why}; {holds} remain.",
                group=step.group,
                why=_why_back(step),
                holds=step.holds,
            )
        case VacantStep():
            return plural(
                "{count} seat stays vacant: groups that have votes have no more candidates.",
                "{count} seats stay vacant: groups that have votes have no more candidates.",
                step.seats,
            )
        case LotStep():
            return m(
                "{about}: {number} are equal. By lot ({context}) {order}.",
                about=step.about,
                number=len(step.tickets),
                context=Latin(step.context),
                order=_order(step),
            )
        case ElectedStep():
            return m(
                "Elected of {group}, by votes: {elected}. Reserves: {reserves}.",
                group=step.group,
                elected=names(step.elected, len(step.elected)),
                reserves=_reserves(step),
            )
        case FilledStep():
            return _filled(step)
        case _:
            assert_never(step)


# ---------------------------------------------------------------- quotas


def _quota(step: QuotaStep) -> Message:
    given = seats(step.given) if step.given else m("no seat yet")
    if step.exact:
        return m(
            "{group}: {votes} of {total}, times {seats}, is {quota}: {given}.",
            group=step.group,
            votes=votes(step.votes),
            total=step.denominator,
            seats=seats(step.seats),
            quota=Exact(step.quota),
            given=given,
        )
    return m(
        "{group}: {votes} at {price} votes a seat, is {quota}: {given}.",
        group=step.group,
        votes=votes(step.votes),
        price=Exact(step.price),
        quota=Exact(step.quota),
        given=given,
    )


def _full(step: FullStep) -> Message:
    return plural(
        "{group} is due {due} but has only {count} candidate; {rest}.",
        "{group} is due {due} but has only {count} candidates; {rest}.",
        step.members,
        group=step.group,
        due=seats(step.due),
        rest=m("the others share again what remains")
        if step.set_aside
        else m("the rest join the left-over seats"),
    )


def _rest(left: int) -> Message:
    if left > 0:
        return plural("{count} is left over", "{count} are left over", left)
    if left < 0:
        return plural(
            "{count} too many, to be taken back", "{count} too many, to be taken back", -left
        )
    return m("none is left over")


# ---------------------------------------------------------------- one by one


def _why(measure: Measure) -> Message:
    match measure:
        case Measure.REMAINDER:
            return m("largest remainder")
        case Measure.SHARE:
            return m("largest share in this round")
        case Measure.AVERAGE:
            return m("highest average")
        case _:
            assert_never(measure)


def _value(step: SeatStep) -> Value:
    if step.measure is Measure.SHARE:
        return percent(step.value)
    if step.divisor is None:
        return Exact(step.value)
    return m(
        "votes divided by {divisor} are {value}",
        divisor=Exact(step.divisor),
        value=Exact(step.value),
    )


def _why_back(step: TakenBackStep) -> Message:
    if step.measure is Measure.SHARE:
        return m("smallest share in this round ({share})", share=percent(step.value))
    return m("its last seat is covered by {part} of a quota only", part=Exact(step.value))


def _order(step: LotStep) -> Message:
    if step.winners and step.others:
        return m(
            "{winners} before {others}", winners=names(step.winners), others=names(step.others)
        )
    return m("the order is: {names}", names=names(step.winners or step.others))


# ---------------------------------------------------------------- persons


def _reserves(step: ElectedStep) -> Message:
    said = m("{quota}, rounded {due}", quota=Exact(step.reserve_quota), due=step.due)
    if len(step.reserves) < step.due:
        said = plural(
            "{reserves}, but only {count} candidate left",
            "{reserves}, but only {count} candidates left",
            len(step.reserves),
            reserves=said,
        )
    if not step.reserves:
        return said
    return m("{reserves}: {names}", reserves=said, names=names(step.reserves, len(step.reserves)))


def _filled(step: FilledStep) -> Message:
    if step.follows is None or step.of_group is None:
        return m(
            "The seat of {left} of {group} stays vacant: no reserve is left.",
            left=step.left,
            group=step.group,
        )
    return m(
        "{follows} of {of_group} follows {left} of {group}.",
        follows=step.follows,
        of_group=step.of_group,
        left=step.left,
        group=step.group,
    )
