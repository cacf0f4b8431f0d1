"""Issue an authorization on a card to a matched person: claim, write, confirm.

    claim       the authority grants each voter once; the pollbook keeps the nonce till the end
    fix         the authorization is among those the station issued, before a card is touched
    write       on the card in the second reader; after a failure the same authorization again
    confirm     only when the card holds it

A voter whose own card has expired, or whose terminal is gone, is given the same nonce with a new end, if
two roles want it: the card itself says which; no registry is asked. Where one is asked, whoever began at a
terminal that is gone gets a provisional ballot instead, and the night knows whether the first was recorded.

If the station dies in between, a supervised re-issue writes the same nonce again: two cards of one
claim are worth one ballot. What comes next says `election.authorization_life`.

A card that comes in is looked at first: a terminal's receipt is kept, and an authorization that came
back is noted.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TypeAlias, assert_never

from drivers.errors import CardRemovedError, DriverError
from drivers.media.errors import StorageError
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.authorization import AuthorizationCard
from drivers.smartcard.recognise import CardKind
from election.audit_events import AuditEvent
from election.authorization import Authorization
from election.authorization_life import (
    AlreadyVoted,
    ClaimedNotIssued,
    Granted,
    IssuingStep,
    PapersCut,
    Shown,
    is_renewable,
    is_returned,
    next_issuing,
    next_renewing,
    offered,
)
from election.definition import StyleId
from election.evidence import BallotClass, VoterEvidence
from election.issuer import Issuer
from election.records import spent_hash
from election.registry_client import RegistryClient
from election.voucher import decode_note
from kiosk.flows.common import WriteAudit
from kiosk.flows.identity import events as on
from kiosk.flows.identity.states import VoterRefusal, WriteProblem
from kiosk.station.base import DeviceContext
from kiosk.station.cards import CardReaderService
from kiosk.station.claims import Asked, Claims
from kiosk.storage.pollbook import Pollbook
from words.digits import to_latin_digits

Outcome: TypeAlias = on.AuthorizationWritten | on.AuthorizationNotWritten


class Issuing:
    """One voter at a time. All on the store worker, but for what the card desk's worker does."""

    def __init__(
        self,
        context: DeviceContext,
        card_service: CardReaderService,
        pollbook: Pollbook,
        card_key: bytes,
        post: Callable[[on.IdentityEvent], None],
        client: RegistryClient | None = None,
        came_back: Callable[[], None] = lambda: None,
    ) -> None:
        """`client`: the line to the registry, if one is asked.

        `came_back` is told after a card has brought something.
        """
        self._came_back = came_back
        self._context = context
        self._card_service = card_service
        self._pollbook = pollbook
        self._client = client
        self._claims = Claims(context, pollbook, client)
        self._turn = 0
        """Number of the voter who is served: an answer for another one is dropped."""
        self._card_key = card_key
        self._post = post
        self._step = IssuingStep.CLAIM
        self._renewing = False
        self._claimed: bytes | None = None
        """Reference of the voter who is being served, between claim and card."""
        self._writing: bytes | None = None
        """Hash of this voter's authorization, once it is among the issued ones."""
        self._token: bytes | None = None
        """The authorization of this voter's turn; written again after a failure."""
        self._evidence: VoterEvidence | None = None
        """With which this voter is admitted."""
        self._given = BallotClass.ORDINARY
        """Why this voter's ballot is provisional, if it is."""
        who = context.config.branch, context.config.device, context.signing.classical
        self._issuer = Issuer(context.election, *who)
        self._on_paper = self._issuer.on_paper
        """Whether voters are checked in without a card."""
        self._occupied: int | None = None
        """Insertion of a card that still carries a good authorization: asked before it is overwritten."""

    def claim(self, effect: on.ClaimVoter) -> None:
        """Claim the voter in the registry; the outcome is posted."""
        if effect.way is on.ClaimWay.RENEWAL:
            self._renewing, self._step = True, IssuingStep.FIX
            self._post(on.VoterClaimed())
            return
        self._evidence = effect.evidence
        done = partial(self._claimed_as, self._turn)
        try:
            self._claims.claim(effect, done)
        except StorageError:
            done(None)

    def prepare(self, national_number: str) -> None:
        """Begin with the voter's pseudonym while the finger is compared."""
        if self._client is not None:
            self._client.references.prepare(to_latin_digits(national_number))

    def _claimed_as(self, turn: int, asked: Asked | None) -> None:
        if turn != self._turn:
            return
        if asked is None:
            self._post(on.ClaimRefused(VoterRefusal.STORE))
            return
        self._given = asked.given
        match asked.outcome:
            case Granted():
                self._fix(asked.reference)
            case AlreadyVoted():
                self._post(on.ClaimRefused(VoterRefusal.ALREADY_VOTED))
            case ClaimedNotIssued():
                self._post(on.ClaimRefused(VoterRefusal.CLAIMED_NOT_ISSUED))
            case PapersCut():
                self._post(on.ClaimRefused(VoterRefusal.PAPERS_CUT))
            case None:
                branch = self._context.election.branch(self._context.config.branch)
                night = self._given is BallotClass.LEFT_TO_THE_NIGHT
                may = not night and branch is not None and branch.offline
                paper, silent = VoterRefusal.NOT_ON_PAPER, VoterRefusal.REGISTRY_UNREACHABLE
                why = paper if night and self._on_paper else silent
                self._post(on.ClaimUnanswered() if may else on.ClaimRefused(why))
            case _:
                assert_never(asked.outcome)

    def _fix(self, reference: bytes) -> None:
        """Enter the authorization among the issued ones, or check in whoever gets papers."""
        self._claimed, claimed = reference, on.VoterClaimed()
        self._step = next_issuing(IssuingStep.CLAIM, done=True)
        try:
            if self._on_paper:
                claimed = self._check_in(reference)
            else:
                self._writing = spent_hash(self._pollbook.nonce(reference))
                self._pollbook.fix(self._writing)
        except StorageError:
            self._step = next_issuing(self._step, done=False)
            self._claimed = self._writing = None
            self._post(on.ClaimRefused(VoterRefusal.STORE))
            return
        self._step = IssuingStep.GIVEN if self._on_paper else IssuingStep.WRITE
        self._post(claimed)

    def _check_in(self, reference: bytes) -> on.VoterClaimed:
        """Confirm who gets papers; what is kept in one memory stands, and is not asked for again."""
        book = self._pollbook
        again = book.known(reference) == PapersCut()
        try:
            book.confirm_issued(reference, self._evidence, papers=True)
        except StorageError as trouble:
            if book.known(reference) == ClaimedNotIssued():
                raise
            self._context.log.note_fault(trouble)
        contests = map(self._context.election.contest, book.contests(reference))
        return on.VoterClaimed(tuple(contest.title for contest in contests), again)

    def write(self, style_id: StyleId) -> None:
        """Write the claimed voter's authorization on the card that is in; the outcome is posted."""
        if self._renewing and self._token is None:
            self._find_renewable()
            return
        if self._step is not IssuingStep.WRITE or not (self._claimed or self._renewing):
            return  # nobody waits for a card any more
        try:
            if self._token is None and self._claimed is not None:
                self._token = self._make_token(style_id, self._claimed)
        except StorageError:
            self._post(on.AuthorizationNotWritten(WriteProblem.NOT_WRITTEN))
            return
        if self._token is not None:
            self._put(self._token)

    def _put(self, data: bytes) -> None:
        insertion = self._card_service.insertion
        self._card_service.run(
            partial(self._write, data, insertion),
            _failed,
            self._written,
            insertion=insertion,
            gone=lambda: on.AuthorizationNotWritten(WriteProblem.PULLED),
        )

    def _find_renewable(self) -> None:
        """Read what the voter's own card carries, and go on from there."""
        insertion = self._card_service.insertion
        self._card_service.run(
            self._renewable,
            _failed,
            lambda found: self._context.store.submit(partial(self._renew, found)),
            insertion=insertion,
            gone=lambda: on.AuthorizationNotWritten(WriteProblem.PULLED),
        )

    def _renewable(self, channel: ApduChannel) -> Authorization | on.AuthorizationNotWritten:
        if self._card_service.kind is CardKind.AUTHORIZATION:
            card = AuthorizationCard.select(channel, self._card_key)
            note, now = decode_note(card.read_note()), self._context.clock.now()
            found = self._issuer.shown(card.read_token(), note, now)
            if found is not None and is_renewable(found[1]):
                return found[0]
        return on.AuthorizationNotWritten(WriteProblem.NOT_RENEWABLE)

    def _rescued(self) -> frozenset[bytes]:
        return self._context.files.rescued(self._context.election, self._context.register)

    def _renew(self, found: Authorization | Outcome) -> None:
        """Fix a renewal among the issued ones, and only then write it."""
        if not isinstance(found, Authorization):
            self._post(found)
            return
        spent = spent_hash(found.nonce)
        if spent in self._rescued():
            self._post(on.AuthorizationNotWritten(WriteProblem.RESCUED))
            return
        try:
            self._pollbook.fix(spent)
            self._token = self._issuer.renew(found, self._held(), self._context.clock.now())
        except StorageError:
            self._post(on.AuthorizationNotWritten(WriteProblem.NOT_WRITTEN))
            return
        self._step = next_renewing(self._step, done=True)
        self._writing = spent
        self._put(self._token)

    def look(self) -> None:
        """Take what a card brings back that comes in while none is to be written; nothing is said of it."""
        if self._on_paper or self._step is IssuingStep.WRITE:
            return  # writing begins with a look, and no card has a part in a paper's branch
        insertion = self._card_service.insertion
        self._card_service.run(
            self._look_at,
            lambda _: None,
            lambda seen: self._post(on.RenewableCardSeen(seen.intent)) if seen else None,
            insertion=insertion,
        )

    def forget(self) -> None:
        """Wipe the voter's reference and authorization from memory; what was named is handed out."""
        given = self._on_paper and self._step is IssuingStep.GIVEN
        self._step = IssuingStep.CLAIM
        self._renewing = False
        self._claimed = None
        self._writing = None
        self._token = None
        self._occupied = None
        self._evidence = None
        self._turn += 1
        with suppress(StorageError):  # noted at the end of another turn
            if given:
                self._pollbook.handed_out()
            if self._client is not None:
                self._client.between()

    # ------------------------------------------------------------ parts

    def _make_token(self, style_id: StyleId, claimed: bytes) -> bytes:
        book, now = self._pollbook, self._context.clock.now()
        nonce, handle = book.nonce(claimed), book.handle(claimed)
        contests = book.contests(claimed)
        return self._issuer.issue(style_id, contests, nonce, handle, self._held(), now)

    def _held(self) -> tuple[int, ...]:
        return self._pollbook.held(self._issuer.terminals)

    def _write(self, data: bytes, insertion: int, channel: ApduChannel) -> Outcome:
        if self._card_service.kind is not CardKind.AUTHORIZATION:
            return on.AuthorizationNotWritten(WriteProblem.WRONG_CARD)
        card = AuthorizationCard.select(channel, self._card_key)
        present, now = card.read_token(), self._context.clock.now()
        seen = self._take(present, card.read_note())
        own = seen is not None and seen.spent == self._writing
        if self._renewing and not own:
            return on.AuthorizationNotWritten(WriteProblem.NOT_RENEWABLE)
        if not own and self._occupied != insertion and self._issuer.is_good(present, now):
            self._occupied = insertion
            return on.AuthorizationNotWritten(WriteProblem.OCCUPIED)
        card.write_token(data)
        if self._renewing:
            # A token renewed within its second is the same bytes, which an old intent would still name.
            card.write_note(None)
        return on.AuthorizationWritten()

    def _written(self, outcome: Outcome) -> None:
        """Say what became of the card; a good one only when it is confirmed."""
        if isinstance(outcome, on.AuthorizationWritten):
            following = next_renewing if self._renewing else next_issuing
            self._step = following(self._step, done=True)
            self._context.store.submit(self._confirm)
        else:
            self._post(outcome)

    def _look_at(self, channel: ApduChannel) -> Shown | None:
        """Take what the card brings; return what it carries if two roles could renew that."""
        if self._card_service.kind is not CardKind.AUTHORIZATION:
            return None
        card = AuthorizationCard.select(channel, self._card_key)
        seen = self._take(card.read_token(), card.read_note())
        return offered(seen, self._rescued)

    def _take(self, data: bytes | None, written: bytes | None) -> Shown | None:
        """Keep the receipt that a card brings, note the authorization it brings back, and return it."""
        context, note = self._context, decode_note(written)
        if (receipt := self._issuer.receipt(note)) is not None:
            context.store.submit(partial(self._kept, partial(self._pollbook.keep_receipt, receipt)))
        found = self._issuer.shown(data, note, context.clock.now())
        if found is None:
            return None
        if is_returned(found[1], self._writing):
            back = partial(self._pollbook.note_returned, found[1].spent)
            context.store.submit(partial(self._kept, back))
        return found[1]

    def _kept(self, keep: Callable[[], None]) -> None:
        try:
            keep()
        except StorageError:
            # A receipt less is told as coverage; the voter who waits has nothing to do with it.
            self._context.log.note(WriteAudit(AuditEvent.MEDIA_FAULT, "receipt"))
        else:
            self._came_back()

    def _admitted(self, claimed: bytes) -> VoterEvidence | None:
        """Return the evidence of this voter, with what was given."""
        if self._evidence is None or self._pollbook.handle(claimed) is None:
            return self._evidence
        return replace(self._evidence, given=self._given)

    def _confirm(self) -> None:
        if self._claimed is not None:
            try:
                self._pollbook.confirm_issued(self._claimed, self._admitted(self._claimed))
            except StorageError:
                # The card is not given away: it is written again, with the same authorization.
                self._step = next_issuing(self._step, done=False)
                self._post(on.AuthorizationNotWritten(WriteProblem.NOT_WRITTEN))
                return
            self._step = next_issuing(self._step, done=True)
        self._claimed = None
        self._post(on.AuthorizationWritten())


def _failed(trouble: DriverError) -> Outcome:
    gone = isinstance(trouble, CardRemovedError)
    return on.AuthorizationNotWritten(WriteProblem.NO_CARD if gone else WriteProblem.NOT_WRITTEN)
