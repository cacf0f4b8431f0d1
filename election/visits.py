"""Name why a station gives nobody a ballot, and why two roles let a voter pass: counted and reported."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class VoterRefusal(StrEnum):
    """Why nobody gets a ballot. The screen says each in one sentence, with what to do."""

    UNKNOWN_CARD = "unknown-card"
    UNREADABLE = "unreadable"
    CHIP_DEAD = "chip-dead"
    """A card is in the reader, and its chip does not answer to power."""
    PULLED = "pulled"
    NOT_AUTHENTIC = "not-authentic"
    """The data on the card do not carry a good signature."""
    COPIED = "copied-chip"
    """The data are signed, and a proof that the chip is the one they were written for has failed."""
    NOT_PROVEN = "chip-not-proven"
    """The data are signed; the chip offers only proofs that cannot be made here, so none was begun."""
    NO_PROOF = "chip-without-proof"
    """The data are signed; the chip offers no proof, and cards of this family must."""
    NOT_OPENED = "not-opened"
    """The officer could not read from the card what opens it."""
    OTHER_ISSUER = "other-issuer"
    NOT_CITIZEN = "not-citizen"
    """A genuine document of an accepted state, and none of its citizens': a residence permit, say."""
    CARD_EXPIRED = "card-expired"
    BAD_NUMBER = "bad-number"
    UNDER_AGE = "under-age"
    AGE_UNKNOWN = "age-unknown"
    """The card leaves the age open, and officer and supervisor did not say that the holder is of age."""
    NOT_ELIGIBLE = "not-eligible"
    FINGERPRINT = "fingerprint"
    """No match and the override was denied."""
    ALREADY_VOTED = "already-voted"
    CLAIMED_NOT_ISSUED = "claimed-not-issued"
    """Claimed before, but the card was never written: only with officer and supervisor."""
    PAPERS_CUT = "papers-cut"
    """Checked in on paper, and the power failed before the papers were handed out: only with both roles."""
    REGISTRY_UNREACHABLE = "registry-unreachable"
    STORE = "store"
    """The local pollbook could not be written."""
    REFUSED_TODAY = "refused-today"
    """The number was refused today for authenticity, copy, state or age; no other document mends that."""
    NOT_ON_ROLL = "not-on-roll"
    """Number and birth date that were typed are of nobody on the roll."""
    TOO_MANY_CHECKS = "too-many-checks"
    """As many documents were checked by eye in this hour as the package allows."""
    NOT_ON_PAPER = "not-on-paper"
    """The registry leaves it to the night, and a ballot paper cannot be taken out again."""
    NO_CARDS = "no-cards"
    """A card was put in where voters get ballot papers."""


class OverrideReason(StrEnum):
    """Reason codes of an override; counted and reported."""

    WISH = "other-way"
    """The voter wishes another way than the finger, and need not say why."""
    WORN = "worn-finger"
    INJURED = "injured"
    NO_TEMPLATE = "no-template"
    NO_FINGERS = "no-fingers"
    DEVICE = "device-fault"
    REISSUE = "reissue"
    """The card was claimed but not written; photo and person were checked again."""
    PAPERS = "papers-cut"
    """A check-in on paper was cut before the papers were handed out; it is counted already."""
    RENEWAL = "renewal"
    """The voter's own card has expired, or the terminal that began with it is gone."""
    OF_AGE = "of-age"
    """The document leaves the age open; two roles say that the holder is of age. No date is typed."""
    NO_ANSWER = "no-answer"
    """The registry does not answer; the ballot is provisional."""
    PROTEST = "protest"
    """The voter says never to have voted; the ballot is provisional, and the night decides."""
    CARD_BLOCKED = "card-blocked"
    """The card compares no finger any more; only its issuer can change that."""


FOUND: Final = (
    *(OverrideReason.OF_AGE, OverrideReason.NO_ANSWER, OverrideReason.PROTEST),
    *(OverrideReason.REISSUE, OverrideReason.PAPERS, OverrideReason.RENEWAL),
)
"""Reasons that follow from what was found; nobody chooses one."""
