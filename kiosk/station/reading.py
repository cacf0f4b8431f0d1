"""Read an identity card: open it, verify it, judge it, and have it compare fingers.

    read      open → files → signature → is the chip a copy? → age and entitlement → holder
    compare   a live finger, on the card that was read last and is still in

All card work runs on the desk's thread. A card that compares fingers stays open, over the secure
messaging that proved its chip, until the voter is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from drivers.errors import (
    CaptureError,
    CardMuteError,
    CardRemovedError,
    DriverError,
    WrongAccessSecretError,
)
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.bit import FingerInformation
from drivers.smartcard.chip import ChipEvidence, ChipVerdict, ProofResult
from drivers.smartcard.emrtd import Identity, IdentityCard, ReadProgress
from drivers.smartcard.match_on_card import Blocked, Match, MatchResult, NoMatch, OnCardMatcher
from drivers.smartcard.profile import load_profile, load_profile_file
from drivers.smartcard.recognise import CardKind
from drivers.smartcard.trust import CscaStore
from election.definition import Election
from kiosk.access import secret_of, ways_of
from kiosk.audit_events import AuditEvent
from kiosk.flows.common import WriteAudit
from kiosk.flows.identity import events as on
from kiosk.flows.identity.states import AccessProblem, FingerName, SensorFeedback, VoterRefusal
from kiosk.settings import IdentityCards
from kiosk.station.cards import CardReaderService
from kiosk.station.chip_evidence import chip_evidence
from kiosk.station.documents import BARRED
from kiosk.station.holder import judge

FINGERS: Final = {
    0x05: FingerName.RIGHT_THUMB,
    0x06: FingerName.LEFT_THUMB,
    0x09: FingerName.RIGHT_INDEX,
    0x0A: FingerName.LEFT_INDEX,
    0x0D: FingerName.RIGHT_MIDDLE,
    0x0E: FingerName.LEFT_MIDDLE,
    0x11: FingerName.RIGHT_RING,
    0x12: FingerName.LEFT_RING,
    0x15: FingerName.RIGHT_LITTLE,
    0x16: FingerName.LEFT_LITTLE,
}
"""CBEFF subtypes (ISO/IEC 7816-11, ISO/IEC 19785-3)."""

_UNPROVEN: Final = {
    ChipVerdict.COPIED: (AuditEvent.CHIP_NOT_GENUINE, VoterRefusal.COPIED),
    ChipVerdict.NOT_PROVEN: (AuditEvent.CHIP_NOT_PROVEN, VoterRefusal.NOT_PROVEN),
    ChipVerdict.NO_PROOF: (AuditEvent.CHIP_NOT_PROVEN, VoterRefusal.NO_PROOF),
}

Say = Callable[[on.IdentityEvent], object]


@dataclass(frozen=True, slots=True)
class _Opened:
    """The card that compares, and what it compares."""

    insertion: int
    matcher: OnCardMatcher
    fingers: tuple[FingerInformation, ...]


class CardReading:
    """The family of cards in use, and the card that was read last."""

    def __init__(
        self,
        card_service: CardReaderService,
        cards: IdentityCards,
        post: Callable[[on.IdentityEvent], None],
        note: Callable[[WriteAudit], None],
        bar: Callable[[str], None],
    ) -> None:
        """`note` writes a line of the audit log, `bar` keeps a number that was refused.

        Raises `ProfileError` for settings that cannot be used.
        """
        chosen = cards.profile
        self._profile = (
            load_profile(chosen) if isinstance(chosen, str) else load_profile_file(chosen)
        )
        self._own = CscaStore() if cards.csca is None else CscaStore.from_folder(cards.csca)
        self._card_service = card_service
        self._post = post
        self._note = note
        self._bar = bar
        self._trusted = self._own
        self._opened: _Opened | None = None
        self.ways = ways_of(self._profile)
        card_service.identity_aid = self._profile.aid

    @property
    def on_card(self) -> bool:
        """The cards of this family compare fingers themselves."""
        return self._profile.on_card is not None

    def trust(self, signers: tuple[bytes, ...]) -> None:
        """Believe these country signers (DER), and those of the settings. Raises `ProtocolError`."""
        packaged = CscaStore.from_der(signers)
        self._trusted = CscaStore(
            (*packaged.certificates, *self._own.certificates), self._own.revocation_lists
        )

    def read(self, access: str, election: Callable[[], Election], now: datetime) -> None:
        """Read the card that is in; the outcome is posted. `access` opens it, if it needs that."""
        self._card_service.run(
            lambda channel: self._read(channel, access, election(), now), self._failed, self._post
        )

    def compare(self, place: int, record: bytes, say: Say) -> None:
        """Let the card compare a live finger (ISO/IEC 19794-2 record) with one of its own."""
        opened = self._opened
        if opened is None or place >= len(opened.fingers):
            say(on.CardFailed())
            return

        def job(channel: ApduChannel) -> on.IdentityEvent:
            del channel
            try:
                return _outcome(opened.matcher.verify(opened.fingers[place], record))
            except CaptureError:
                # Too little of the finger was seen: nothing was sent, the card counts no try.
                return on.FingerNotMatched(SensorFeedback.PARTIAL)

        self._card_service.run(job, lambda _: on.CardFailed(), say, insertion=opened.insertion)

    def forget(self) -> None:
        """From any thread: the voter has gone."""
        self._opened = None

    # ------------------------------------------------------------ desk thread

    def _read(
        self, channel: ApduChannel, access: str, election: Election, now: datetime
    ) -> on.IdentityEvent:
        self._opened = None
        if self._card_service.kind is not CardKind.IDENTITY:
            return on.HolderRefused(VoterRefusal.UNKNOWN_CARD)
        secret = secret_of(access, self.ways) if self.ways else None
        if self.ways and secret is None:
            return on.AccessRefused(AccessProblem.UNUSABLE)
        insertion = self._card_service.insertion
        card = IdentityCard(channel, self._profile, secret)
        try:
            card.open()
        except WrongAccessSecretError:
            return on.AccessRefused(AccessProblem.WRONG)
        identity = card.read_identity(now.date(), self._progress)
        evidence = card.verify_authenticity(self._trusted, now)
        proof = card.verify_genuineness() if evidence.authentic else None
        unproven = None if proof is None else self._judge_chip(proof)
        if unproven is not None:
            return self._refused(unproven, identity)
        verdict = judge(identity, evidence, election, now.date())
        if isinstance(verdict, VoterRefusal):
            return self._refused(verdict, identity)
        if proof is not None:
            verdict = replace(
                verdict, evidence=chip_evidence(identity, evidence, proof, card.access)
            )
        if self.on_card and proof is not None:
            matcher = card.finger_matcher(proof)
            fingers = matcher.fingers()
            self._opened = _Opened(insertion, matcher, fingers)
            names = tuple(FINGERS.get(finger.subtype, FingerName.ANY) for finger in fingers)
            verdict = replace(verdict, templates=(), on_card=names)
        return on.HolderAccepted(verdict)

    def _refused(self, reason: VoterRefusal, identity: Identity) -> on.IdentityEvent:
        if reason in BARRED:
            self._bar(identity.national_number)
        return on.HolderRefused(reason)

    def _failed(self, trouble: DriverError) -> on.IdentityEvent:
        if isinstance(trouble, CardRemovedError):
            return on.HolderRefused(VoterRefusal.PULLED)
        dead = isinstance(trouble, CardMuteError) and self._card_service.is_mute
        return on.HolderRefused(VoterRefusal.CHIP_DEAD if dead else VoterRefusal.UNREADABLE)

    def _judge_chip(self, proof: ChipEvidence) -> VoterRefusal | None:
        """Return why the chip gives nobody a ballot, None if it may."""
        verdict = proof.judge(self._profile.genuineness)
        if self.on_card and proof.chip.result is not ProofResult.PASSED:
            # Fingers are compared only over the session of Chip Authentication.
            verdict = ChipVerdict.NOT_PROVEN if verdict is ChipVerdict.ACCEPTED else verdict
        if verdict is ChipVerdict.ACCEPTED:
            return None
        event, refusal = _UNPROVEN[verdict]
        self._note(WriteAudit(event, _proofs(proof)))
        return refusal

    def _progress(self, progress: ReadProgress) -> None:
        self._post(on.CardProgress(progress.done / max(progress.total, 1)))


def _outcome(result: MatchResult) -> on.IdentityEvent:
    match result:
        case Match():
            return on.FingerMatched()
        case NoMatch(tries_left):
            return on.FingerNotMatched(SensorFeedback.NO_MATCH, tries_left)
        case Blocked():
            return on.FingerBlocked()


def _proofs(proof: ChipEvidence) -> str:
    """How each proof ended, for the log: nothing of the card, nothing of the person."""
    return f"active {proof.active.result.value}, chip {proof.chip.result.value}"
