"""Short names of reasons and checks, for reports on paper and lists on the screen.

What is counted or checked is identified by a stable word; here is what people read for it.
"""

from __future__ import annotations

from election.definition import Text
from kiosk.flows.identity.states import OverrideReason, Refusal

REFUSALS: dict[str, Text] = {
    Refusal.UNKNOWN_CARD: Text("کارت ناشناخته", "unknown card"),
    Refusal.UNREADABLE: Text("کارت خوانده نشد", "card unreadable"),
    Refusal.PULLED: Text("کارت زود بیرون آورده شد", "card pulled too early"),
    Refusal.NOT_AUTHENTIC: Text("کارت نااصیل", "card not authentic"),
    Refusal.COPIED: Text("تراشه‌ی رونوشت یا خراب", "chip copied or damaged"),
    Refusal.NOT_OPENED: Text("کارت باز نشد", "card not opened"),
    Refusal.OTHER_ISSUER: Text("کارت صادرکننده‌ی دیگر", "card of another issuer"),
    Refusal.CARD_EXPIRED: Text("کارت منقضی", "card expired"),
    Refusal.BAD_NUMBER: Text("کد ملی نادرست", "national number wrong"),
    Refusal.UNDER_AGE: Text("زیر سن رأی", "under age"),
    Refusal.NOT_ELIGIBLE: Text("بدون حق رأی در این شعبه", "not entitled here"),
    Refusal.FINGERPRINT: Text("اثر انگشت ناهمخوان", "fingerprint does not match"),
    Refusal.ALREADY_VOTED: Text("پیش‌تر تعرفه گرفته", "already has a ballot"),
    Refusal.CLAIMED_NOT_ISSUED: Text("کارت نوشته نشده بود", "claimed, card not written"),
    Refusal.REGISTRY_UNREACHABLE: Text("مرجع در دسترس نبود", "registry unreachable"),
    Refusal.STORE: Text("دفتر رأی‌دهندگان نوشته نشد", "pollbook not writable"),
}

OVERRIDES: dict[str, Text] = {
    OverrideReason.WORN: Text("انگشت ساییده یا خشک", "worn or dry fingers"),
    OverrideReason.INJURED: Text("زخم یا پانسمان", "injury or bandage"),
    OverrideReason.NO_TEMPLATE: Text("کارت بدون اثر انگشت", "no fingerprint on the card"),
    OverrideReason.NO_FINGERS: Text("نداشتن انگشت", "no fingers"),
    OverrideReason.DEVICE: Text("خرابی حسگر", "sensor broken"),
    OverrideReason.CARD_BLOCKED: Text("کارت مسدود برای اثر انگشت", "fingers blocked on the card"),
    OverrideReason.REISSUE: Text("صدور دوباره", "issued once more"),
}

PACKAGE_CHECKS: dict[str, Text] = {
    "format": Text("قالب فایل", "format"),
    "signer": Text("امضاکننده", "signer"),
    "signature": Text("امضا: هر بایت همان است که امضا شد", "signature over every byte"),
    "content": Text("محتوا: کامل و خوانا", "content"),
    "election": Text("انتخابات", "election"),
    "definition": Text("نامزدها، فهرست‌ها و رمزنگاری با هم می‌خوانند", "definition"),
    "branch": Text("شعبه", "branch"),
    "enrolment": Text("این دستگاه و همتایانش ثبت شده‌اند", "enrolment"),
    "clock": Text("ساعت با روز انتخابات می‌خواند", "clock"),
}


def named(words: dict[str, Text], word: str) -> Text:
    """What people read for `word`; the word itself if nobody has named it yet."""
    return words.get(word, Text(word, word))
