"""Read an identity card: open it, verify it, judge it, and have it compare fingers.

    read      open → files → signature → is the chip a copy? → age and entitlement → holder
    compare   a live finger, on the card that was read last and is still in

All card work runs on the desk's thread. A card that compares fingers stays open, over the secure
messaging that proved its chip, until the voter is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from drivers.errors import (
    CaptureError,
    CardMuteError,
    CardRemovedError,
    DriverError,
    OtherSecretError,
    WrongAccessSecretError,
)
from drivers.smartcard.access_text import secret_of, ways_of
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.bit import FingerInformation
from drivers.smartcard.chip import ChipVerdict
from drivers.smartcard.emrtd import Identity, ReadProgress
from drivers.smartcard.exempt import Exempt
from drivers.smartcard.families import read_document
from drivers.smartcard.match_on_card import Blocked, Match, MatchResult, NoMatch, OnCardMatcher
from drivers.smartcard.profile import AccessSecretKind
from drivers.smartcard.recognise import CardKind
from election.audit_events import AuditEvent
from election.chip_evidence import chip_evidence, judge_chip, proofs_in_words
from election.definition import Election
from election.document_rules import DocumentRules
from kiosk.flows.common import WriteAudit
from kiosk.flows.identity import events as on
from kiosk.flows.identity.states import (
    AccessProblem,
    SensorFeedback,
    VoterRefusal,
)
from kiosk.station.cards import CardReaderService
from kiosk.station.documents import BARRED
from kiosk.station.holder import is_expired, judge, refusal_of

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
        post: Callable[[on.IdentityEvent], None],
        note: Callable[[WriteAudit], None],
        bar: Callable[[str], None],
    ) -> None:
        """`note` writes a line of the audit log, `bar` keeps a number that was refused.

        No card is read before `trust`.
        """
        self._card_service = card_service
        self._post = post
        self._note = note
        self._bar = bar
        self._rules: DocumentRules | None = None
        self._opened: _Opened | None = None
        self.ways: tuple[AccessSecretKind, ...] = ()
        """What opens the cards of the election's families; empty for open cards."""

    @property
    def on_card(self) -> bool:
        """Cards of some family compare fingers themselves."""
        profiles = () if self._rules is None else self._rules.profiles
        return any(profile.on_card is not None for profile in profiles)

    def trust(self, rules: DocumentRules) -> None:
        """Believe the documents that these rules accept, from the next card on."""
        self._rules = rules
        self.ways = ways_of(rules.profiles)
        for profile in rules.profiles:
            self._card_service.identity_aid = profile.aid

    def read(self, access: str, election: Callable[[], Election]) -> None:
        """Read the card that is in; the outcome is posted. `access` opens it, if it needs that."""
        self._card_service.run(
            lambda channel: self._read(channel, access, election()), self._failed, self._post
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

    def _read(self, channel: ApduChannel, access: str, election: Election) -> on.IdentityEvent:
        self._opened = None
        rules = self._rules
        if self._card_service.kind is not CardKind.IDENTITY or rules is None or not rules.profiles:
            return on.HolderRefused(VoterRefusal.UNKNOWN_CARD)
        secret = secret_of(access, self.ways) if self.ways else None
        if self.ways and secret is None:
            return on.AccessRefused(AccessProblem.UNUSABLE)
        insertion = self._card_service.insertion
        try:
            judged_by = (rules.store, rules.day, rules.policy, self._progress)
            card, evidence = read_document(channel, rules.profiles, secret, *judged_by)
        except OtherSecretError:
            return on.AccessRefused(AccessProblem.UNUSABLE)
        except WrongAccessSecretError:
            return on.AccessRefused(AccessProblem.WRONG)
        if (foreign := refusal_of(evidence)) is not None:
            # Nothing of it is parsed, so nobody can have another person's number refused with it.
            return on.HolderRefused(foreign)
        proof = card.verify_genuineness(rules.active_bits(card.state))
        chip, exempted = judge_chip(proof, card.profile, rules, card.state)
        used = [*evidence.exempted, *exempted]
        identity = card.identity(rules.day.date())
        if chip is not ChipVerdict.ACCEPTED:
            event, refusal = _UNPROVEN[chip]
            self._note(WriteAudit(event, proofs_in_words(proof)))
            return self._refused(refusal, identity)
        verdict = judge(
            identity,
            election,
            prolonged=rules.holds(Exempt.EXPIRED_DOCUMENT, card.state),
        )
        if isinstance(verdict, VoterRefusal):
            return self._refused(verdict, identity)
        if is_expired(identity, election):
            used.append(Exempt.EXPIRED_DOCUMENT)
        for what in used:
            self._note(WriteAudit(AuditEvent.EXCEPTION_USED, what.value))
        shown = chip_evidence(identity, evidence, proof, card.access, frozenset(used))
        verdict = replace(verdict, evidence=shown)
        if card.profile.on_card is not None:
            matcher = card.finger_matcher(proof)
            fingers = matcher.fingers()
            self._opened = _Opened(insertion, matcher, fingers)
            names = tuple(finger.name for finger in fingers)
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
