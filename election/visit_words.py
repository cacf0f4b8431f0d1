"""Name reasons and checks in few words, for reports on paper and lists on the screen.

What is counted or checked is identified by a stable word; here is what people read for it.
"""

from __future__ import annotations

from collections.abc import Mapping

from election.visits import OverrideReason, VoterRefusal
from words.message import Message, m

REFUSALS: dict[str, Message] = {
    VoterRefusal.UNKNOWN_CARD: m("unknown card"),
    VoterRefusal.UNREADABLE: m("card unreadable"),
    VoterRefusal.CHIP_DEAD: m("chip does not answer"),
    VoterRefusal.PULLED: m("card pulled too early"),
    VoterRefusal.NOT_AUTHENTIC: m("card not authentic"),
    VoterRefusal.COPIED: m("chip copied or damaged"),
    VoterRefusal.NOT_PROVEN: m("chip cannot be proven here"),
    VoterRefusal.NO_PROOF: m("chip offers no proof"),
    VoterRefusal.NOT_OPENED: m("card not opened"),
    VoterRefusal.OTHER_ISSUER: m("card of another issuer"),
    VoterRefusal.NOT_CITIZEN: m("no citizen's document"),
    VoterRefusal.CARD_EXPIRED: m("card expired"),
    VoterRefusal.BAD_NUMBER: m("national number wrong"),
    VoterRefusal.UNDER_AGE: m("under age"),
    VoterRefusal.AGE_UNKNOWN: m("age not certain"),
    VoterRefusal.NOT_ELIGIBLE: m("not entitled here"),
    VoterRefusal.FINGERPRINT: m("fingerprint does not match"),
    VoterRefusal.ALREADY_VOTED: m("already has a ballot"),
    VoterRefusal.CLAIMED_NOT_ISSUED: m("claimed, card not written"),
    VoterRefusal.PAPERS_CUT: m("checked in, ballot papers not handed out"),
    VoterRefusal.REGISTRY_UNREACHABLE: m("registry unreachable"),
    VoterRefusal.STORE: m("pollbook not writable"),
    VoterRefusal.REFUSED_TODAY: m("number refused today"),
    VoterRefusal.NOT_ON_ROLL: m("not on the roll"),
    VoterRefusal.TOO_MANY_CHECKS: m("too many documents in this hour"),
    VoterRefusal.NOT_ON_PAPER: m("provisional only, and ballots are on paper"),
    VoterRefusal.NO_CARDS: m("a card, where ballots are on paper"),
}

OVERRIDES: dict[str, Message] = {
    OverrideReason.WISH: m("the voter's wish"),
    OverrideReason.WORN: m("worn or dry fingers"),
    OverrideReason.INJURED: m("injury or bandage"),
    OverrideReason.NO_TEMPLATE: m("no fingerprint on the card"),
    OverrideReason.NO_FINGERS: m("no fingers"),
    OverrideReason.DEVICE: m("sensor broken"),
    OverrideReason.CARD_BLOCKED: m("fingers blocked on the card"),
    OverrideReason.NO_ANSWER: m("registry silent"),
    OverrideReason.PROTEST: m("protest"),
    OverrideReason.OF_AGE: m("age confirmed"),
    OverrideReason.REISSUE: m("issued once more"),
    OverrideReason.PAPERS: m("ballot papers handed out after a power cut"),
    OverrideReason.RENEWAL: m("card renewed"),
}


def named(words: Mapping[str, Message], word: str) -> Message:
    """Return what people read for `word`; the word itself if nobody has named it yet."""
    return words.get(word, Message(word))
