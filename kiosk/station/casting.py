"""Cast a sealed ballot step by step, on the worker that each step belongs to: card, store, card.

    intent     on the card: this terminal begins
    spend      in the store: the ballot is recorded and its authorization spent; what counts
    receipt    on the card: signed by the terminal, for the station
    wipe       the token goes

What comes next says `election.authorization_life`. A card that is gone or fails does not change what is
recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from drivers.errors import CardRemovedError
from drivers.media.errors import MediumFullError, StorageError
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.authorization import AuthorizationCard
from election import voucher
from election.authorization import Authorization
from election.authorization_life import CastingStep, next_casting
from election.records import spent_hash
from election.vote_slots import CapacityReachedError
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot.states import RecordingProblem
from kiosk.station.base import DeviceContext
from kiosk.station.cards import CardReaderService
from kiosk.station.loaded_terminal import LoadedTerminal
from kiosk.storage.votes import (
    AlreadyRecordedError,
    MirrorFailedError,
    RecordInDoubtError,
    Spending,
)


@dataclass(frozen=True, slots=True)
class InsertedCard:
    """A card whose authorization opened a ballot."""

    insertion: int
    token: bytes


NO_CARD = InsertedCard(0, b"")
IN_DOUBT = on.VoteNotRecorded(RecordingProblem.IN_DOUBT)


@dataclass(frozen=True, slots=True)
class _Cast:
    """A cast between two steps."""

    step: CastingStep
    authorization: Authorization
    card: InsertedCard
    card_out: bool = False
    problem: RecordingProblem = RecordingProblem.CARD
    """Why the vote is not recorded, if it is not."""

    def after(self, *, done: bool | None, card_out: bool = False) -> _Cast:
        step = next_casting(self.step, done=done)
        return replace(self, step=step, card_out=self.card_out or card_out)


class Casting:
    """One cast at a time."""

    def __init__(
        self,
        context: DeviceContext,
        card_service: CardReaderService,
        loaded: Callable[[], LoadedTerminal],
        post: Callable[[on.BallotEvent], None],
    ) -> None:
        self._context = context
        self._card_service = card_service
        self._loaded = loaded
        self._post = post
        self.known: on.VoteRecorded | on.VoteNotRecorded = IN_DOUBT
        """What is known of the ballot that is being recorded."""

    def begin(self, authorization: Authorization, card: InsertedCard) -> None:
        """Cast the sealed ballot; the outcome is posted."""
        self.known = IN_DOUBT
        self._go_on(_Cast(CastingStep.INTENT, authorization, card))

    def settle(self, authorization: Authorization, insertion: int) -> None:
        """Write the receipt once more and wipe the card; best effort, and nothing is said of it."""
        receipt = voucher.encode_note(self._receipt(authorization))

        def job(channel: ApduChannel) -> None:
            card = self._open(channel)
            card.write_note(receipt)
            card.erase_token()

        self._card_service.run(job, nothing, nothing, insertion=insertion)

    def note_trouble(self, trouble: StorageError) -> RecordingProblem:
        """Log that a ballot could not be recorded; return what the voter is told."""
        self._context.log.note_fault(trouble)
        self._loaded().was_full = isinstance(trouble, MediumFullError)
        return _problem(trouble)

    def _go_on(self, cast: _Cast) -> None:
        """Do the next step, on the worker it belongs to, and then the one after it."""
        match cast.step:
            case CastingStep.INTENT:
                intent = voucher.intent_of(self._context.config.device, cast.card.token)
                self._write_note(cast, voucher.encode_note(intent))
            case CastingStep.SPEND:
                self._context.store.submit(lambda: self._spend(cast))
            case CastingStep.RECEIPT:
                self._write_note(cast, voucher.encode_note(self._receipt(cast.authorization)))
            case CastingStep.WIPE:
                self._on_card(cast, lambda card: card.erase_token())
            case CastingStep.CLEAR:
                self._write_note(cast, None)
            case CastingStep.RECORDED:
                # The voter has been told already; only the card was waited for.
                self._post(on.CardDone(card_out=cast.card_out))
            case CastingStep.NOT_RECORDED | CastingStep.IN_DOUBT:
                if cast.card_out:
                    # The reader may say so later: the message has to stand, not to vanish with it.
                    self._post(on.CardRemoved())
                self._post(on.VoteNotRecorded(cast.problem))
            case _:
                assert_never(cast.step)

    def _write_note(self, cast: _Cast, note: bytes | None) -> None:
        self._on_card(cast, lambda card: card.write_note(note))

    def _on_card(self, cast: _Cast, write: Callable[[AuthorizationCard], None]) -> None:
        def job(channel: ApduChannel) -> _Cast:
            write(self._open(channel))
            return cast.after(done=True)

        self._card_service.run(
            job,
            lambda trouble: cast.after(done=False, card_out=isinstance(trouble, CardRemovedError)),
            lambda following: self._context.store.submit(lambda: self._go_on(following)),
            insertion=cast.card.insertion,
            gone=lambda: cast.after(done=False, card_out=True),
        )

    def _spend(self, cast: _Cast) -> None:
        given, loaded = cast.authorization, self._loaded()
        try:
            loaded.vault.cast(Spending(given.nonce, given.voucher, given.handle))
        except (MirrorFailedError, AlreadyRecordedError) as trouble:
            # Recorded: the vote counts and must never be cast again.
            self._context.log.note_fault(trouble)
        except StorageError as trouble:
            problem = self.note_trouble(trouble)
            done = None if problem is RecordingProblem.IN_DOUBT else False
            self._go_on(replace(cast.after(done=done), problem=problem))
            return
        self.known = on.VoteRecorded()
        loaded.count()
        self._post(on.VoteRecorded(card_busy=True))
        # A card that is gone or fails does not change what is recorded.
        self._go_on(cast.after(done=True))

    def _open(self, channel: ApduChannel) -> AuthorizationCard:
        return AuthorizationCard.select(channel, self._loaded().card_key)

    def _receipt(self, authorization: Authorization) -> voucher.Receipt:
        return voucher.sign_receipt(
            self._context.signing.classical,
            authorization.election,
            self._context.config.device,
            spent_hash(authorization.nonce),
        )


def nothing(outcome: object) -> None:
    """Say nothing of an outcome."""
    del outcome


def _problem(trouble: StorageError) -> RecordingProblem:
    match trouble:
        case CapacityReachedError():
            return RecordingProblem.CAPACITY
        case MediumFullError():
            return RecordingProblem.MEDIUM_FULL
        case RecordInDoubtError():
            return RecordingProblem.IN_DOUBT
        case _:
            return RecordingProblem.MEDIUM_LOST
