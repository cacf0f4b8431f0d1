"""Short names of reasons and checks, for reports on paper and lists on the screen.

What is counted or checked is identified by a stable word; here is what people read for it.
"""

from __future__ import annotations

from collections.abc import Mapping

from drivers.printer.seam import Paper
from kiosk.flows.identity.states import OverrideReason, Refusal
from words.message import Message, m

REFUSALS: dict[str, Message] = {
    Refusal.UNKNOWN_CARD: m("unknown card"),
    Refusal.UNREADABLE: m("card unreadable"),
    Refusal.PULLED: m("card pulled too early"),
    Refusal.NOT_AUTHENTIC: m("card not authentic"),
    Refusal.COPIED: m("chip copied or damaged"),
    Refusal.NOT_OPENED: m("card not opened"),
    Refusal.OTHER_ISSUER: m("card of another issuer"),
    Refusal.CARD_EXPIRED: m("card expired"),
    Refusal.BAD_NUMBER: m("national number wrong"),
    Refusal.UNDER_AGE: m("under age"),
    Refusal.NOT_ELIGIBLE: m("not entitled here"),
    Refusal.FINGERPRINT: m("fingerprint does not match"),
    Refusal.ALREADY_VOTED: m("already has a ballot"),
    Refusal.CLAIMED_NOT_ISSUED: m("claimed, card not written"),
    Refusal.REGISTRY_UNREACHABLE: m("registry unreachable"),
    Refusal.STORE: m("pollbook not writable"),
}

OVERRIDES: dict[str, Message] = {
    OverrideReason.WORN: m("worn or dry fingers"),
    OverrideReason.INJURED: m("injury or bandage"),
    OverrideReason.NO_TEMPLATE: m("no fingerprint on the card"),
    OverrideReason.NO_FINGERS: m("no fingers"),
    OverrideReason.DEVICE: m("sensor broken"),
    OverrideReason.CARD_BLOCKED: m("fingers blocked on the card"),
    OverrideReason.REISSUE: m("issued once more"),
}

PAPER: dict[Paper, Message] = {
    Paper.OK: m("There is paper."),
    Paper.NEAR_END: m("The paper is nearly at its end."),
    Paper.END: m("There is no paper: put a new roll in."),
}

PACKAGE_CHECKS: dict[str, Message] = {
    "format": m("format"),
    "signer": m("signer"),
    "signature": m("signature over every byte"),
    "content": m("content"),
    "election": m("election"),
    "definition": m("definition"),
    "branch": m("branch"),
    "enrolment": m("enrolment"),
    "clock": m("clock"),
}


def named(words: Mapping[str, Message], word: str) -> Message:
    """What people read for `word`; the word itself if nobody has named it yet."""
    return words.get(word, Message(word))
