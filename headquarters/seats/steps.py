"""The steps of an allocation: values that say themselves in Persian and English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kiosk.definition import Text


@dataclass(frozen=True, slots=True)
class QuotaStep:
    """A group's votes as a number of seats, and its whole part."""

    group: Text
    votes: int
    denominator: int
    seats: int
    quota: Fraction
    whole: int

    def sentence(self) -> Text:
        quota = decimal(self.quota)
        return Text(
            f"{self.group.fa}: {self.votes} رأی از {self.denominator}، ضرب در {self.seats} کرسی، "
            f"برابر {quota}؛ {self.whole} کرسی کامل.",
            f"{self.group.en or self.group.fa}: {self.votes} of {self.denominator} votes times "
            f"{self.seats} seats is {quota}: {self.whole} whole seats.",
        )


@dataclass(frozen=True, slots=True)
class LeftOverStep:
    """One left-over seat. `measure` is what was compared: the remainder, or the share."""

    number: int
    group: Text
    measure: Fraction
    by_share: bool

    def sentence(self) -> Text:
        value = decimal(self.measure)
        fa = "سهم" if self.by_share else "باقی‌مانده"
        en = "share" if self.by_share else "remainder"
        return Text(
            f"کرسی مانده شمارهٔ {self.number} به {self.group.fa} رسید ({fa}: {value}).",
            f"Left-over seat {self.number} goes to {self.group.en or self.group.fa} "
            f"({en} {value}).",
        )


@dataclass(frozen=True, slots=True)
class FullStep:
    """A group won more seats than it has members; the rest go on as left-over seats."""

    group: Text
    seats: int
    members: int

    def sentence(self) -> Text:
        return Text(
            f"{self.group.fa} سهم {self.seats} کرسی دارد ولی تنها {self.members} نامزد؛ "
            "بقیه به کرسی‌های مانده افزوده شد.",
            f"{self.group.en or self.group.fa} is due {self.seats} seats but has only "
            f"{self.members} candidates; the rest become left-over seats.",
        )


@dataclass(frozen=True, slots=True)
class LotStep:
    """A tie that mattered, settled by lot. `winners` came before `others`."""

    about: Text
    winners: tuple[Text, ...]
    others: tuple[Text, ...]
    seed: str

    def sentence(self) -> Text:
        won_fa, won = _names(self.winners)
        lost_fa, lost = _names(self.others)
        return Text(
            f"{self.about.fa}: برابری؛ به قید قرعه از بذر منتشرشده، {won_fa} بر {lost_fa} مقدم شد.",
            f"{self.about.en}: a tie; by lot from the published seed {won} before {lost}.",
        )


@dataclass(frozen=True, slots=True)
class ElectedStep:
    """Who takes a group's seats."""

    group: Text
    elected: tuple[Text, ...]
    reserves: int

    def sentence(self) -> Text:
        fa, en = _names(self.elected, len(self.elected))
        return Text(
            f"منتخبان {self.group.fa} به ترتیب رأی: {fa}؛ {self.reserves} عضو علی‌البدل.",
            f"Elected of {self.group.en or self.group.fa}, by votes: {en}; "
            f"{self.reserves} reserves.",
        )


Step = QuotaStep | LeftOverStep | FullStep | LotStep | ElectedStep


def _names(texts: Sequence[Text], most: int = 12) -> tuple[str, str]:
    """In Persian and English; a long list ends in how many more there are."""
    fa = "، ".join(each.fa for each in texts[:most])
    en = ", ".join(each.en or each.fa for each in texts[:most])
    more = len(texts) - most
    return (f"{fa} و {more} نفر دیگر", f"{en} and {more} more") if more > 0 else (fa, en)


def decimal(value: Fraction, digits: int = 4) -> str:
    """A fraction cut off (never rounded up) after some decimal digits; exact ones stay short."""
    scaled = value.numerator * 10**digits // value.denominator
    whole, rest = divmod(scaled, 10**digits)
    text = f"{whole}.{rest:0{digits}d}".rstrip("0").rstrip(".")
    return text if Fraction(scaled, 10**digits) == value else text + "…"
