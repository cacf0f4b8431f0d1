"""Issue an authorization on a card to a matched person: claim, write, confirm.

    claim       the registry grants each voter once, and keeps the authorization's nonce till the end
    write       on the card in the second reader; after a failure the same authorization again
    confirm     only when the card holds it

If the station dies in between, a supervised re-issue writes the same nonce again: two cards of one
claim are worth one ballot.

The registry that is asked may be elsewhere. If it does not answer and the branch may go on without,
the station's own pollbook claims the voter provisionally, and the authorization carries a handle.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeAlias, assert_never

from drivers.errors import CardRemovedError, DriverError
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.authorization import AuthorizationCard
from drivers.smartcard.piv import PivSession
from drivers.smartcard.recognise import CardKind
from election import token
from election.authorization import Authorization
from election.definition import ContestId, StyleId
from election.errors import ElectionError
from election.provisional import ProvisionalEntry, seal_entry
from kiosk.errors import StorageError
from kiosk.flows.identity import events as on
from kiosk.flows.identity.states import VoterRefusal, WriteProblem
from kiosk.station.base import DeviceContext
from kiosk.station.cards import CardReaderService
from kiosk.storage.pollbook import (
    AlreadyVoted,
    ClaimedNotIssued,
    ClaimOutcome,
    Granted,
    LocalRegistry,
    Registry,
    Unreachable,
)
from words.digits import to_latin_digits
from words.message import m

Outcome: TypeAlias = on.AuthorizationWritten | on.AuthorizationNotWritten


class Issuing:
    """One voter at a time. All on the store worker, but for what the card desk's worker does."""

    def __init__(
        self,
        context: DeviceContext,
        card_service: CardReaderService,
        pollbook: LocalRegistry,
        card_key: bytes,
        post: Callable[[on.IdentityEvent], None],
        registry: Registry | None = None,
    ) -> None:
        """`registry`: who is asked whether a voter has voted; the pollbook if there is none."""
        self._context = context
        self._card_service = card_service
        self._pollbook = pollbook
        self._registry: Registry = registry or pollbook
        self._book: Registry = self._registry
        """Where the voter of this turn is claimed."""
        self._card_key = card_key
        self._post = post
        self._claimed: bytes | None = None
        """Reference of the voter who is being served, between claim and card."""
        self._token: bytes | None = None
        """The authorization of this voter's turn; written again after a failure."""
        self._occupied: int | None = None
        """Insertion of a card that still carries a good authorization: asked before it is overwritten."""

    def claim(self, effect: on.ClaimVoter) -> None:
        """Claim the voter in the registry; the outcome is posted."""
        style = self._context.election.style(effect.style)
        contests = style.contests if style else ()
        try:
            reference = self._pollbook.reference(effect.national_number)
            outcome = self._ask(reference, contests, effect)
        except StorageError:
            self._post(on.ClaimRefused(VoterRefusal.STORE))
            return
        match outcome:
            case Granted():
                self._claimed = reference
                self._post(on.VoterClaimed())
            case AlreadyVoted():
                self._post(on.ClaimRefused(VoterRefusal.ALREADY_VOTED))
            case ClaimedNotIssued():
                self._post(on.ClaimRefused(VoterRefusal.CLAIMED_NOT_ISSUED))
            case Unreachable():
                self._post(on.ClaimRefused(VoterRefusal.REGISTRY_UNREACHABLE))
            case _:
                assert_never(outcome)

    def _ask(
        self, reference: bytes, contests: tuple[ContestId, ...], effect: on.ClaimVoter
    ) -> ClaimOutcome:
        self._book = self._registry
        if self._registry is not self._pollbook and (known := self._pollbook.known(reference)):
            # Claimed here while the registry was silent: it does not know of that.
            self._book = self._pollbook
            return self._pollbook.reissue(reference) if effect.reissue else known
        if effect.reissue:
            return self._registry.reissue(reference)
        outcome = self._registry.claim(reference, contests)
        branch = self._context.election.branch(self._context.config.branch)
        if not isinstance(outcome, Unreachable) or branch is None or not branch.offline:
            return outcome
        self._book = self._pollbook
        return self._pollbook.claim_provisionally(
            reference, contests, lambda handle: self._entry(handle, effect.national_number)
        )

    def _entry(self, handle: bytes, national_number: str) -> bytes:
        election, config = self._context.election, self._context.config
        return seal_entry(
            ProvisionalEntry(handle, to_latin_digits(national_number)),
            election.uuid,
            config.branch,
            config.device,
            election.reconciliation_public_key,
        )

    def write(self, style_id: StyleId) -> None:
        """Write the claimed voter's authorization on the card that is in; the outcome is posted."""
        if self._claimed is None:
            return  # nobody waits for a card any more
        try:
            data = self._token = self._token or self._make_token(style_id, self._claimed)
        except StorageError:
            self._post(on.AuthorizationNotWritten(WriteProblem.NOT_WRITTEN))
            return
        insertion = self._card_service.insertion
        self._card_service.run(
            partial(self._write, data, insertion),
            _failed,
            self._written,
            insertion=insertion,
            gone=lambda: on.AuthorizationNotWritten(WriteProblem.PULLED),
        )

    def forget(self) -> None:
        """Wipe the voter's reference and authorization from memory."""
        self._claimed = None
        self._token = None
        self._occupied = None

    # ------------------------------------------------------------ parts

    def _make_token(self, style_id: StyleId, claimed: bytes) -> bytes:
        election = self._context.election
        style = election.style(style_id)
        if style is None:
            raise ElectionError(m("a ballot style that is not in the package"))
        lifetime = timedelta(minutes=election.rules.authorization_minutes)
        authorization = Authorization(
            election=election.uuid,
            branch=self._context.config.branch,
            issuer=self._context.config.device,
            style=style.id,
            contests=style.contests,
            expires=(self._context.clock.now() + lifetime).replace(microsecond=0),
            nonce=self._book.nonce(claimed),
            handle=self._pollbook.handle(claimed) if self._book is self._pollbook else None,
        )
        return token.issue(authorization, self._context.signing.classical)

    def _write(self, data: bytes, insertion: int, channel: ApduChannel) -> Outcome:
        if self._card_service.kind is not CardKind.AUTHORIZATION:
            return on.AuthorizationNotWritten(WriteProblem.WRONG_CARD)
        piv = PivSession(channel)
        piv.select()
        card = AuthorizationCard(piv, self._card_key)
        present = card.read_token()
        if present not in {None, data} and self._occupied != insertion and self._good(present):
            self._occupied = insertion
            return on.AuthorizationNotWritten(WriteProblem.OCCUPIED)
        card.write_token(data)
        return on.AuthorizationWritten()

    def _written(self, outcome: Outcome) -> None:
        """Say what became of the card; a good one only when it is confirmed."""
        if isinstance(outcome, on.AuthorizationWritten):
            self._context.store.submit(self._confirm)
        else:
            self._post(outcome)

    def _good(self, data: bytes | None) -> bool:
        """Tell whether somebody could still vote with this."""
        try:
            token.check(
                data or b"",
                self._context.election,
                self._context.config.branch,
                self._context.clock.now(),
            )
        except token.TokenRefusedError:
            return False
        return True

    def _confirm(self) -> None:
        if self._claimed is not None:
            try:
                self._book.confirm_issued(self._claimed)
            except StorageError:
                # The card is not given away: it is written again, with the same authorization.
                self._post(on.AuthorizationNotWritten(WriteProblem.NOT_WRITTEN))
                return
        self._claimed = None
        self._post(on.AuthorizationWritten())


def _failed(trouble: DriverError) -> Outcome:
    gone = isinstance(trouble, CardRemovedError)
    return on.AuthorizationNotWritten(WriteProblem.NO_CARD if gone else WriteProblem.NOT_WRITTEN)
