"""Say every step of an allocation as a sentence in Persian and English."""

from __future__ import annotations

from typing import assert_never

from election.definition import ENGLISH, PERSIAN, Text
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
from headquarters.seats.text import isolate, name, names, say_number, say_percent

_FA, _EN = PERSIAN, ENGLISH


def sentence(step: AllocationStep) -> Text:
    """Say what happened in the step, with every number that led to it."""
    match step:
        case ThresholdStep():
            return _threshold(step)
        case QuotaStep():
            return _quota(step)
        case RestStep():
            return _rest(step)
        case FullStep():
            return _full(step)
        case AgainStep():
            return _again(step)
        case SumStep():
            return _sum(step)
        case SeatStep():
            return _seat(step)
        case TakenBackStep():
            return _taken_back(step)
        case VacantStep():
            return _vacant(step)
        case LotStep():
            return _lot(step)
        case ElectedStep():
            return _elected(step)
        case FilledStep():
            return _filled(step)
        case _:
            assert_never(step)


# ---------------------------------------------------------------- quotas


def _threshold(step: ThresholdStep) -> Text:
    return Text(
        f"{name(step.group, _FA)} {say_number(step.votes, _FA)} رأی از "
        f"{say_number(step.total, _FA)} دارد، کمتر از {say_percent(step.threshold, _FA)}؛ "
        "شرکت نمی‌کند.",
        f"{name(step.group, _EN)} has {_votes(step.votes)} of {step.total:,}, less than "
        f"{say_percent(step.threshold, _EN)}: it takes no part.",
    )


def _quota(step: QuotaStep) -> Text:
    fa = f"{name(step.group, _FA)}: {say_number(step.votes, _FA)} رأی"
    en = f"{name(step.group, _EN)}: {_votes(step.votes)}"
    if step.exact:
        fa += f" از {say_number(step.denominator, _FA)}، ضرب در {say_number(step.seats, _FA)} کرسی"
        en += f" of {step.denominator:,}, times {_seats(step.seats)}"
    else:
        fa += f" تقسیم بر {say_number(step.price, _FA)} رأی برای هر کرسی"
        en += f" at {say_number(step.price, _EN)} votes a seat"
    fa += f"، برابر {say_number(step.quota, _FA)} است؛ "
    fa += f"{say_number(step.given, _FA)} کرسی." if step.given else "هنوز هیچ کرسی."
    en += f", is {say_number(step.quota, _EN)}: "
    en += f"{_seats(step.given)}." if step.given else "no seat yet."
    return Text(fa, en)


def _rest(step: RestStep) -> Text:
    return Text(
        f"{say_number(step.groups, _FA)} گروه دیگر با روی هم {say_number(step.votes, _FA)} رأی و "
        f"سهمیه‌هایی تا {say_number(step.largest, _FA)}: هنوز هیچ کرسی.",
        f"{step.groups:,} more groups with {_votes(step.votes)} together and quotas up to "
        f"{say_number(step.largest, _EN)}: no seat yet.",
    )


def _full(step: FullStep) -> Text:
    goes_fa, goes_en = (
        ("دیگران باقی را از نو تقسیم می‌کنند", "the others share again what remains")
        if step.set_aside
        else ("بقیه به کرسی‌های مانده می‌پیوندد", "the rest join the left-over seats")
    )
    return Text(
        f"{name(step.group, _FA)} {say_number(step.due, _FA)} کرسی می‌برد ولی تنها "
        f"{say_number(step.members, _FA)} نامزد دارد؛ {goes_fa}.",
        f"{name(step.group, _EN)} is due {_seats(step.due)} but has only "
        f"{_count(step.members, 'candidate')}; {goes_en}.",
    )


def _again(step: AgainStep) -> Text:
    return Text(
        f"{say_number(step.seats, _FA)} کرسی میان گروه‌های دیگر با "
        f"{say_number(step.votes, _FA)} رأی از نو تقسیم می‌شود.",
        f"{_seats(step.seats)} are shared again by the other groups' {_votes(step.votes)}.",
    )


def _sum(step: SumStep) -> Text:
    given, seats = say_number(step.given, _FA), say_number(step.seats, _FA)
    fa = f"روی هم {given} کرسی از {seats} داده شد"
    en = f"Together {step.given:,} of {_seats(step.seats)} are given"
    rest = step.seats - step.given
    if rest > 0:
        fa += f"؛ {say_number(rest, _FA)} کرسی مانده است."
        en += f"; {rest:,} {'is' if rest == 1 else 'are'} left over."
    elif rest < 0:
        fa += f"؛ {say_number(-rest, _FA)} کرسی بیش از اندازه است و باید پس گرفته شود."
        en += f"; {-rest:,} too many, to be taken back."
    else:
        fa += "؛ چیزی نمانده است."
        en += "; none is left over."
    return Text(fa, en)


# ---------------------------------------------------------------- one by one


def _seat(step: SeatStep) -> Text:
    why_fa, why_en = _why(step.measure)
    value_fa, value_en = _value(step.measure, step)
    return Text(
        f"کرسی شمارهٔ {say_number(step.number, _FA)} به {name(step.group, _FA)} می‌رسد: "
        f"{why_fa} ({value_fa})؛ اکنون {say_number(step.holds, _FA)} کرسی دارد.",
        f"Seat {step.number:,} goes to {name(step.group, _EN)}: {why_en} ({value_en}); "
        f"it now has {step.holds:,}.",
    )


def _why(measure: Measure) -> tuple[str, str]:
    match measure:
        case Measure.REMAINDER:
            return "بزرگ‌ترین باقی‌مانده", "largest remainder"
        case Measure.SHARE:
            return "بیشترین سهم در این دور", "largest share in this round"
        case Measure.AVERAGE:
            return "بیشترین میانگین", "highest average"
        case _:
            assert_never(measure)


def _value(measure: Measure, step: SeatStep) -> tuple[str, str]:
    if measure is Measure.SHARE:
        return say_percent(step.value, _FA), say_percent(step.value, _EN)
    fa, en = say_number(step.value, _FA), say_number(step.value, _EN)
    if step.divisor is None:
        return fa, en
    return (
        f"آرا تقسیم بر {say_number(step.divisor, _FA)} برابر {fa}",
        f"votes divided by {say_number(step.divisor, _EN)} are {en}",
    )


def _taken_back(step: TakenBackStep) -> Text:
    if step.measure is Measure.SHARE:
        fa = f"کمترین سهم در این دور ({say_percent(step.value, _FA)})"
        en = f"smallest share in this round ({say_percent(step.value, _EN)})"
    else:
        fa = f"پشتوانهٔ آخرین کرسی آن تنها {say_number(step.value, _FA)} سهمیه است"
        en = f"its last seat is covered by {say_number(step.value, _EN)} of a quota only"
    return Text(
        f"{name(step.group, _FA)} یک کرسی پس می‌دهد: {fa}؛ "
        f"{say_number(step.holds, _FA)} کرسی برایش می‌ماند.",
        f"{name(step.group, _EN)} gives one seat back: {en}; {step.holds:,} remain.",
    )


def _vacant(step: VacantStep) -> Text:
    return Text(
        f"{say_number(step.seats, _FA)} کرسی خالی می‌ماند: گروه‌های دارای رأی نامزد دیگری ندارند.",
        f"{_seats(step.seats)} stay vacant: groups that have votes have no more candidates.",
    )


def _lot(step: LotStep) -> Text:
    drawn_fa, drawn_en = isolate(step.context), isolate(step.context)
    about_en = step.about.en[:1].upper() + step.about.en[1:]
    head_fa = (
        f"{step.about.fa}: {say_number(len(step.tickets), _FA)} برابرند. به قید قرعه ({drawn_fa})"
    )
    head_en = f"{about_en}: {len(step.tickets):,} are equal. By lot ({drawn_en})"
    if not (step.winners and step.others):
        everybody = step.winners or step.others
        return Text(
            f"{head_fa} ترتیب چنین شد: {names(everybody, _FA)}.",
            f"{head_en} the order is: {names(everybody, _EN)}.",
        )
    return Text(
        f"{head_fa} {names(step.winners, _FA)} بر {names(step.others, _FA)} مقدم شد.",
        f"{head_en} {names(step.winners, _EN)} before {names(step.others, _EN)}.",
    )


# ---------------------------------------------------------------- persons


def _elected(step: ElectedStep) -> Text:
    every = len(step.elected)
    quota = step.reserve_quota
    fa = f"منتخبان {name(step.group, _FA)} به ترتیب رأی: {names(step.elected, _FA, every)}. "
    en = f"Elected of {name(step.group, _EN)}, by votes: {names(step.elected, _EN, every)}. "
    fa += f"علی‌البدل: {say_number(quota, _FA)}، گردشده {say_number(step.due, _FA)}"
    en += f"Reserves: {say_number(quota, _EN)}, rounded {step.due:,}"
    if len(step.reserves) < step.due:
        fa += f"، ولی تنها {say_number(len(step.reserves), _FA)} نامزد مانده است"
        en += f", but only {_count(len(step.reserves), 'candidate')} left"
    if step.reserves:
        fa += f": {names(step.reserves, _FA, len(step.reserves))}"
        en += f": {names(step.reserves, _EN, len(step.reserves))}"
    return Text(f"{fa}.", f"{en}.")


def _filled(step: FilledStep) -> Text:
    gone_fa, gone_en = name(step.left, _FA), name(step.left, _EN)
    if step.follows is None or step.of_group is None:
        return Text(
            f"جای {gone_fa} از {name(step.group, _FA)} خالی می‌ماند: علی‌البدلی نمانده است.",
            f"The seat of {gone_en} of {name(step.group, _EN)} stays vacant: no reserve is left.",
        )
    return Text(
        f"به جای {gone_fa} از {name(step.group, _FA)}، {name(step.follows, _FA)} از "
        f"{name(step.of_group, _FA)} می‌آید.",
        f"{name(step.follows, _EN)} of {name(step.of_group, _EN)} follows {gone_en} of "
        f"{name(step.group, _EN)}.",
    )


# ---------------------------------------------------------------- English plurals


def _seats(count: int) -> str:
    return _count(count, "seat")


def _votes(count: int) -> str:
    return _count(count, "vote")


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
