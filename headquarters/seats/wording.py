"""Say what each question and each reading means, for people, in Persian and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from election.definition import Text
from headquarters.seats.model import (
    Denominator,
    Independents,
    LawReading,
    Method,
    Overallocation,
    QuotaRounding,
    QuotaRule,
    RemainderSeats,
    Rounding,
    Surplus,
    Vacancy,
)


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for a reading, short and in full."""

    label: Text
    """A few words, for tables."""
    sentence: Text


def question(reading: LawReading) -> Text:
    """Return the question that the reading answers."""
    return _QUESTIONS[type(reading)]


def parameter(reading: LawReading) -> str:
    """Return the name of the reading's parameter, as in files and in `SeatParameters`."""
    return _PARAMETERS[type(reading)]


def label(reading: LawReading) -> Text:
    """Return the reading in a few words, for tables."""
    return _WORDINGS[_key(reading)].label


def sentence(reading: LawReading) -> Text:
    """Return the reading as a sentence."""
    return _WORDINGS[_key(reading)].sentence


def _say(fa: str, en: str, long_fa: str, long_en: str) -> Wording:
    return Wording(Text(fa, en), Text(long_fa, long_en))


_PARAMETERS: Mapping[type[LawReading], str] = MappingProxyType(
    {
        Method: "method",
        Denominator: "denominator",
        QuotaRule: "quota_rule",
        QuotaRounding: "quota_rounding",
        RemainderSeats: "left_overs",
        Overallocation: "over_sum",
        Surplus: "surplus",
        Independents: "independents",
        Rounding: "reserve_rounding",
        Vacancy: "vacancy",
    }
)

_QUESTIONS: Mapping[type[LawReading], Text] = MappingProxyType(
    {
        Method: Text("روش", "Method"),
        Denominator: Text("پایهٔ سهم", "Basis of the share"),
        QuotaRule: Text("بهای یک کرسی", "Price of a seat"),
        QuotaRounding: Text("گرد کردن سهمیه", "Rounding of the quota"),
        RemainderSeats: Text("کرسی‌های مانده", "Left-over seats"),
        Overallocation: Text("کرسی‌های بیش از اندازه", "Seats given too many"),
        Surplus: Text("بیش از شمار نامزدها", "More seats than candidates"),
        Independents: Text("نامزدهای مستقل", "Independents"),
        Rounding: Text("گرد کردن علی‌البدل‌ها", "Rounding of reserves"),
        Vacancy: Text("جای خالی", "Vacancies"),
    }
)


def _key(reading: LawReading) -> tuple[type[LawReading], str]:
    # Members of two enumerations are equal where their values are, for example "down".
    return type(reading), reading.value


_WORDINGS: Mapping[tuple[type[LawReading], str], Wording] = MappingProxyType(
    {
        _key(Method.QUOTA): _say(
            "سهمیه و کرسی‌های مانده",
            "quota and left-over seats",
            "سهم هر گروه از آرا در شمار کرسی‌ها ضرب و گرد می‌شود؛ سپس کرسی‌های مانده داده می‌شود.",
            "Each group's share of the votes times the seats is rounded; then the left-over seats are "
            "given.",
        ),
        _key(Method.DHONDT): _say(
            "دونت",
            "D’Hondt",
            "هر کرسی به گروهی می‌رسد که آرای آن تقسیم بر ۱، ۲، ۳، … (یکی بیش از کرسی‌هایش) بیشترین باشد.",
            "Each seat goes to the group whose votes, divided by 1, 2, 3 … (one more than the seats it "
            "has), are most.",
        ),
        _key(Method.SAINTE_LAGUE): _say(
            "سنت‌لاگو",
            "Sainte-Laguë",
            "هر کرسی به گروهی می‌رسد که آرای آن تقسیم بر ۱، ۳، ۵، … بیشترین باشد.",
            "Each seat goes to the group whose votes, divided by 1, 3, 5 …, are most.",
        ),
        _key(Method.MODIFIED_SAINTE_LAGUE): _say(
            "سنت‌لاگوی تعدیل‌شده",
            "modified Sainte-Laguë",
            "هر کرسی به گروهی می‌رسد که آرای آن تقسیم بر ۱٫۴، ۳، ۵، … بیشترین باشد.",
            "Each seat goes to the group whose votes, divided by 1.4, 3, 5 …, are most.",
        ),
        _key(Denominator.CANDIDATE_VOTES): _say(
            "همهٔ آرای نامزدها",
            "all votes for candidates",
            "سهم هر گروه از مجموع آرایی است که نامزدها گرفته‌اند.",
            "A group's share is of all votes that candidates received.",
        ),
        _key(Denominator.BALLOTS): _say(
            "برگه‌ها × انتخاب‌ها",
            "ballots × selections",
            "سهم هر گروه از همهٔ انتخاب‌هایی است که با برگه‌های صحیح می‌شد داد، حتی آن‌ها که داده نشد.",
            "A group's share is of all selections the valid ballots could have made, used or not.",
        ),
        _key(QuotaRule.HARE): _say(
            "هِر",
            "Hare",
            "بهای یک کرسی، همهٔ آرا تقسیم بر شمار کرسی‌هاست.",
            "A seat costs all votes divided by the seats.",
        ),
        _key(QuotaRule.DROOP): _say(
            "دروپ",
            "Droop",
            "بهای یک کرسی، کمترین عدد درستی است که بیش از آرا تقسیم بر «کرسی‌ها به‌اضافهٔ یک» باشد.",
            "A seat costs the smallest whole number above all votes divided by one more than the seats.",
        ),
        _key(QuotaRule.HAGENBACH_BISCHOFF): _say(
            "هاگنباخ-بیشوف",
            "Hagenbach-Bischoff",
            "بهای یک کرسی، آرا تقسیم بر «کرسی‌ها به‌اضافهٔ یک» است.",
            "A seat costs all votes divided by one more than the seats.",
        ),
        _key(QuotaRule.IMPERIALI): _say(
            "ایمپریالی",
            "Imperiali",
            "بهای یک کرسی، آرا تقسیم بر «کرسی‌ها به‌اضافهٔ دو» است.",
            "A seat costs all votes divided by two more than the seats.",
        ),
        _key(QuotaRounding.DOWN): _say(
            "رو به پایین",
            "down",
            "از سهمیه تنها کرسی‌های کامل داده می‌شود.",
            "Only the whole seats of a quota are given.",
        ),
        _key(QuotaRounding.HALF_UP): _say(
            "به نزدیک‌ترین؛ نیم به بالا",
            "to the nearest, half up",
            "سهمیه به نزدیک‌ترین عدد درست گرد می‌شود و نیمِ دقیق یک کرسی می‌گیرد.",
            "A quota is rounded to the nearest whole number; an exact half gets the seat.",
        ),
        _key(QuotaRounding.HALF_DOWN): _say(
            "به نزدیک‌ترین؛ نیم به پایین",
            "to the nearest, half down",
            "سهمیه به نزدیک‌ترین عدد درست گرد می‌شود و نیمِ دقیق کرسی نمی‌گیرد.",
            "A quota is rounded to the nearest whole number; an exact half does not get the seat.",
        ),
        _key(RemainderSeats.LARGEST_REMAINDER): _say(
            "بزرگ‌ترین باقی‌مانده",
            "largest remainder",
            "کرسی‌های مانده یکی‌یکی به گروهی می‌رسد که بیشترین کسری تا سهمیهٔ خود را دارد.",
            "Left-over seats go one by one to the group that lacks most of its quota.",
        ),
        _key(RemainderSeats.LARGEST_SHARE): _say(
            "بیشترین سهم",
            "largest share",
            "کرسی‌های مانده به ترتیب سهم از آرا، دور به دور، به هر گروه یکی می‌رسد.",
            "Left-over seats go by share of the votes, one to a group in each round.",
        ),
        _key(RemainderSeats.HIGHEST_AVERAGE): _say(
            "بیشترین میانگین",
            "highest average",
            "کرسی‌های مانده یکی‌یکی به گروهی می‌رسد که با آن کرسی، برای هر کرسی بیشترین رأی را دارد.",
            "Left-over seats go one by one to the group that, with that seat, has most votes a seat.",
        ),
        _key(Overallocation.SMALLEST_REMAINDER): _say(
            "کمترین باقی‌مانده",
            "smallest remainder",
            "گروهی کرسی پس می‌دهد که کمترین بخش از سهمیه پشتوانهٔ آخرین کرسی آن است.",
            "The group gives a seat back whose last seat is covered by the smallest part of a quota.",
        ),
        _key(Overallocation.SMALLEST_SHARE): _say(
            "کمترین سهم",
            "smallest share",
            "گروهی کرسی پس می‌دهد که کمترین سهم از آرا را دارد.",
            "The group with the smallest share of the votes gives a seat back.",
        ),
        _key(Surplus.LEFT_OVERS): _say(
            "به کرسی‌های مانده",
            "to the left-over seats",
            "اگر گروهی بیش از نامزدهایش کرسی ببرد، افزوده‌ها به کرسی‌های مانده می‌پیوندد.",
            "If a group wins more seats than it has candidates, the rest join the left-over seats.",
        ),
        _key(Surplus.SHARE_AGAIN): _say(
            "تقسیم دوباره میان دیگران",
            "shared again by the others",
            "گروهی که بیش از نامزدهایش کرسی ببرد کنار می‌رود و دیگران باقی را از نو تقسیم می‌کنند.",
            "A group that wins more seats than it has candidates is set aside; the others share again "
            "what remains.",
        ),
        _key(Independents.POOL): _say(
            "یک گروه",
            "one group",
            "همهٔ نامزدهای مستقل با هم یک گروه‌اند.",
            "All independents together are one group.",
        ),
        _key(Independents.EACH): _say(
            "هر کس جدا",
            "each alone",
            "هر نامزد مستقل خود یک گروه با یک نامزد است.",
            "Each independent is a group with one candidate.",
        ),
        _key(Rounding.HALF_UP): _say(
            "به نزدیک‌ترین",
            "to the nearest",
            "شمار علی‌البدل‌ها به نزدیک‌ترین عدد درست گرد می‌شود؛ نیم به بالا.",
            "The number of reserves is rounded to the nearest whole number, a half up.",
        ),
        _key(Rounding.UP): _say(
            "رو به بالا",
            "up",
            "شمار علی‌البدل‌ها رو به بالا گرد می‌شود.",
            "The number of reserves is rounded up.",
        ),
        _key(Rounding.DOWN): _say(
            "رو به پایین",
            "down",
            "شمار علی‌البدل‌ها رو به پایین گرد می‌شود.",
            "The number of reserves is rounded down.",
        ),
        _key(Vacancy.MOST_VOTES): _say(
            "سپس پررأی‌ترین علی‌البدل",
            "then the reserve with most votes",
            "نخست علی‌البدل همان گروه؛ اگر نماند، علی‌البدلی از هر گروه که بیشترین رأی را دارد.",
            "First the reserves of the same group; then the reserve of any group with most votes.",
        ),
        _key(Vacancy.STAYS_VACANT): _say(
            "سپس خالی می‌ماند",
            "then vacant",
            "نخست علی‌البدل همان گروه؛ اگر نماند، جا خالی می‌ماند.",
            "First the reserves of the same group; then the seat stays vacant.",
        ),
    }
)
