"""Claim a voter where it has to be claimed: at the branch's registry, or in this station's own pollbook.

A registry is elsewhere. If it does not answer, two roles may go on without (`ClaimWay.WITHOUT_ANSWER`): the
pollbook claims the voter provisionally, and the authorization carries a handle. So it does where the registry
leaves it to the night, and for a document that was checked by eye, which asks nobody: nobody's right is used
up. Whoever comes with the chip later is granted a ballot, which stands before the other one in the night. Who
protests against *already* gets a provisional one by two roles: it counts if no other of theirs was used.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias, TypeVar

from drivers.media.errors import StorageError
from election import authorization_life as life
from election import token
from election.authorization_life import AlreadyVoted, ClaimedNotIssued
from election.claims import Answer, AnswerKind
from election.definition import ContestId, DocumentCheck
from election.evidence import BallotClass, HolderCode
from election.provisional import ORDINARY, Proof, ProvisionalEntry, seal_entry
from election.registry_client import RegistryClient
from kiosk.flows.identity import events as on
from kiosk.station.base import DeviceContext
from kiosk.storage.pollbook import Pollbook
from words.digits import to_latin_digits

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a voter now."""

    reference: bytes
    """The voter's name in the pollbook."""
    outcome: life.Claim | None
    """None: the registry did not answer, and nothing is known."""
    given: BallotClass
    """Why the ballot is provisional, if it has a handle."""


Done: TypeAlias = Callable[[Asked | None], None]
"""Told on the store worker; None: the pollbook cannot be written."""


@dataclass(frozen=True, slots=True)
class _Voter:
    """Whoever is being claimed."""

    name: bytes
    number: str
    contests: tuple[ContestId, ...]
    proof: Proof
    pseudonym: bytes = b""

    def __repr__(self) -> str:
        return "Voter(…)"


class Claims:
    """Whom a station asks. On the store worker."""

    def __init__(
        self, context: DeviceContext, pollbook: Pollbook, client: RegistryClient | None
    ) -> None:
        """`client`: the line to the registry; None where the pollbook is the only authority."""
        self._context = context
        self._pollbook = pollbook
        self._client = client

    def claim(self, effect: on.ClaimVoter, done: Done) -> None:
        """Claim the voter, or grant a claim once more. Raises `StorageError`."""
        election, book = self._context.election, self._pollbook
        style = election.style(effect.style)
        evidence, number = effect.evidence, effect.national_number
        by_eye = evidence is not None and evidence.holder is HolderCode.DOCUMENT_CHECK
        voter = _Voter(
            book.reference(number),
            to_latin_digits(number),
            style.contests if style else (),
            Proof.DOCUMENT if by_eye else Proof.CHIP,
        )
        checked = book.reference(number, by_document=True)
        known = book.known(voter.name)
        if effect.way is on.ClaimWay.PROTEST:
            self._named(voter, done, partial(self._protested, voter, done))
        elif by_eye and election.document_check is DocumentCheck.PROVISIONAL:
            # A chip that was here stands before the document.
            outcome = self._here(effect, voter, checked, provisional=True)
            outcome = outcome if known is None else AlreadyVoted()
            done(Asked(checked, outcome, BallotClass.DOCUMENT))
        elif self._client is not None and known is None:
            self._named(voter, done, partial(self._ask, effect, voter, done))
        else:
            # Somebody came as this person with a document without a chip: the night decides.
            after = self._client is None and book.known(checked) is not None
            given = BallotClass.AFTER_DOCUMENT if after else BallotClass.NO_ANSWER
            outcome = self._here(effect, voter, voter.name, provisional=after)
            done(Asked(voter.name, outcome, given))

    def _named(self, voter: _Voter, done: Done, go_on: Callable[[bytes | None], None]) -> None:
        """Go on with the voter's pseudonym at the registry; None without a line to whoever makes it."""
        job, submit = partial(self._guarded, done, go_on), self._context.store.submit
        if self._client is None:
            job(None)
        else:
            self._client.references.ask(voter.number, lambda found: submit(partial(job, found)))

    def _protested(self, voter: _Voter, done: Done, found: bytes | None) -> None:
        """Claim provisionally, under a name of its own, whoever is known already: the night decides.

        Without the pseudonym nobody could tell in the night that it is the same person: nothing is claimed.
        """
        book, number = self._pollbook, voter.number
        name = book.reference(number, protest=True)
        if found is None:
            done(Asked(name, None, BallotClass.LEFT_TO_THE_NIGHT))
            return
        seal = partial(self._entry, replace(voter, pseudonym=found))
        outcome = book.claim(name, voter.contests, None, seal, provisional=True)
        if isinstance(outcome, ClaimedNotIssued):
            outcome = book.reissue(name)  # cut before the card was written
        done(Asked(name, outcome, BallotClass.LEFT_TO_THE_NIGHT))

    def _here(
        self, effect: on.ClaimVoter, voter: _Voter, name: bytes, *, provisional: bool
    ) -> life.Claim:
        if effect.way is on.ClaimWay.REISSUE:
            return self._pollbook.reissue(name)
        seal = partial(self._entry, voter) if provisional else None
        return self._pollbook.claim(name, voter.contests, None, seal, provisional=provisional)

    @staticmethod
    def _guarded(done: Done, go_on: Callable[[T], None], found: T) -> None:
        try:
            go_on(found)
        except StorageError:
            done(None)

    def _ask(self, effect: on.ClaimVoter, voter: _Voter, done: Done, found: bytes | None) -> None:
        client, book = self._client, self._pollbook
        assert client is not None
        nonce = secrets.token_bytes(token.NONCE_SIZE)
        if found is not None:
            voter = replace(voter, pseudonym=found)
            drawn = client.draw(voter.name, found, voter.contests, nonce)
            nonce = drawn.nonce
            if effect.way is not on.ClaimWay.WITHOUT_ANSWER:
                judge = partial(self._judged, voter, nonce)
                client.ask(drawn, partial(self._guarded, done, lambda answer: done(judge(answer))))
                return
        if effect.way is not on.ClaimWay.WITHOUT_ANSWER:
            done(Asked(voter.name, None, BallotClass.NO_ANSWER))
            return
        waiting = book.claims.find(voter.name)
        done(self._provisionally(voter, nonce if waiting is None else waiting.nonce))

    def _judged(self, voter: _Voter, nonce: bytes, answer: Answer | None) -> Asked:
        if answer is None:
            return Asked(voter.name, None, BallotClass.NO_ANSWER)
        if answer.kind is AnswerKind.PROVISIONAL:
            night = BallotClass.LEFT_TO_THE_NIGHT
            if self._context.election.is_on_paper(self._context.config.branch):
                return Asked(voter.name, None, night)  # no paper can be taken out again
            return self._provisionally(voter, nonce, night)
        outcome: life.Claim = AlreadyVoted()
        if answer.kind is AnswerKind.GRANTED:
            seal = partial(self._entry, voter)
            # In the order of the ballot style, by which check-ins are counted.
            contests = tuple(each for each in voter.contests if each in answer.contests)
            outcome = self._pollbook.claim(voter.name, contests, nonce, seal)
        return Asked(voter.name, outcome, BallotClass.ORDINARY)

    def _provisionally(
        self, voter: _Voter, nonce: bytes, given: BallotClass = BallotClass.NO_ANSWER
    ) -> Asked:
        outcome = self._pollbook.claim(
            voter.name, voter.contests, nonce, partial(self._entry, voter), provisional=True
        )
        return Asked(voter.name, outcome, given)

    def _entry(self, voter: _Voter, handle: bytes, spent: bytes) -> bytes:
        election, config = self._context.election, self._context.config
        number = "" if handle == ORDINARY else voter.number
        return seal_entry(
            ProvisionalEntry(handle, number, voter.proof, spent, voter.pseudonym),
            election.uuid,
            config.branch,
            config.device,
            election.reconciliation_public_key,
        )
