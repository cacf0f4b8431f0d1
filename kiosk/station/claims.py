"""Claim a voter where it has to be claimed: the registry, or this station's own pollbook.

The registry may be elsewhere. If it does not answer and the branch may go on without, the station's own
pollbook claims the voter provisionally, and the authorization carries a handle. So it does for a document
that was checked by eye, and asks no registry: nobody's right is used up. Whoever comes with the chip later
is granted a ballot, which stands before the other one in the night.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from election import token
from election.authorization_life import AlreadyVoted
from election.definition import ContestId, DocumentCheck
from election.evidence import BallotClass, HolderCode
from election.provisional import Proof, ProvisionalEntry, seal_entry
from election.registry import ClaimOutcome, Registry, Unreachable
from kiosk.flows.identity import events as on
from kiosk.station.base import DeviceContext
from kiosk.storage.pollbook import LocalRegistry
from words.digits import to_latin_digits


@dataclass(frozen=True, slots=True)
class Asked:
    """Who answered, and what."""

    book: Registry
    reference: bytes
    """The voter's name there."""
    outcome: ClaimOutcome
    given: BallotClass
    """Why the ballot is provisional, if it has a handle."""


class Claims:
    """Whom a station asks. On the store worker."""

    def __init__(self, context: DeviceContext, pollbook: LocalRegistry, registry: Registry) -> None:
        """`registry`: who is asked whether a voter has voted; the pollbook if there is none."""
        self._context = context
        self._pollbook = pollbook
        self._registry = registry

    def ask(self, effect: on.ClaimVoter) -> Asked:
        """Claim the voter, or grant a claim once more. Raises `StorageError`."""
        election, book = self._context.election, self._pollbook
        style = election.style(effect.style)
        contests = style.contests if style else ()
        evidence, number = effect.evidence, effect.national_number
        reference = book.reference(number)
        checked = book.reference(number, by_document=True)
        by_eye = evidence is not None and evidence.holder is HolderCode.DOCUMENT_CHECK
        nonce = secrets.token_bytes(token.NONCE_SIZE)
        seal = partial(self._entry, number, Proof.DOCUMENT if by_eye else Proof.CHIP)

        def provisionally(name: bytes) -> ClaimOutcome:
            if effect.reissue:
                return book.reissue(name)
            return book.claim_provisionally(name, contests, seal, nonce)

        if by_eye and election.document_check is DocumentCheck.PROVISIONAL:
            # A chip that was here stands before the document.
            here = book.known(reference) is not None
            outcome = AlreadyVoted() if here else provisionally(checked)
            return Asked(book, checked, outcome, BallotClass.DOCUMENT)
        if self._registry is book and book.known(checked) is not None:
            # Somebody came as this person with a document without a chip: the night decides.
            return Asked(book, reference, provisionally(reference), BallotClass.AFTER_DOCUMENT)
        return self._ask_registry(reference, contests, nonce, seal, reissue=effect.reissue)

    def _ask_registry(
        self,
        reference: bytes,
        contests: tuple[ContestId, ...],
        nonce: bytes,
        seal: Callable[[bytes], bytes],
        *,
        reissue: bool,
    ) -> Asked:
        here, line, given = self._pollbook, self._registry, BallotClass.NO_ANSWER
        if line is not here and (known := here.known(reference)):
            # Claimed here while the registry was silent: it does not know of that.
            return Asked(here, reference, here.reissue(reference) if reissue else known, given)
        if reissue:
            return Asked(line, reference, line.reissue(reference), given)
        outcome = line.claim(reference, contests, nonce)
        branch = self._context.election.branch(self._context.config.branch)
        if not isinstance(outcome, Unreachable) or branch is None or not branch.offline:
            return Asked(line, reference, outcome, given)
        outcome = here.claim_provisionally(reference, contests, seal, nonce)
        return Asked(here, reference, outcome, given)

    def _entry(self, number: str, proof: Proof, handle: bytes) -> bytes:
        election, config = self._context.election, self._context.config
        return seal_entry(
            ProvisionalEntry(handle, to_latin_digits(number), proof),
            election.uuid,
            config.branch,
            config.device,
            election.reconciliation_public_key,
        )
