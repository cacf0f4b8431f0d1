"""Ask a registry about a voter: what is sent, and when what comes back is believed.

A branch has one authority (`election.definition.Authority`). Whoever has not *its* answer before a card is
written gives a provisional ballot. The line is no part of this: bytes go out and come in.

A claim is drawn once for a voter, with the nonce of the authorization, and sent again as it is until it is
answered. Each request has a number of its own: a station that was put back to an older disk, or whose key was
copied, repeats one. An answer that knows less of this station's requests than were answered before comes
from a registry that was put back, and is none; so is one that has heard of numbers that were never sent.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.certificates import named_pair
from crypto.errors import CryptoError
from crypto.signing import PublicKey, SigningKey
from election.claims import (
    DRAW_SIZE,
    REFERENCE_SIZE,
    Answer,
    AnswerKind,
    Claim,
    ClaimRefusedError,
    ClaimRequest,
    Note,
    NoteKind,
    SignedClaim,
    open_answer,
    open_claim,
    read_claim,
    sign_claim,
    write_note,
)
from election.definition import Branch, ContestId, DeviceId, Role
from election.reasons import ClaimReason
from election.register import Register

OK: Final = 200
_BRANCH_KEY: Final = b"amin pseudonyms of a branch v1"


class NumbersDifferError(ClaimRefusedError):
    """The registry was put back, or somebody else asks with this station's key: nothing is believed now."""


class References(Protocol):
    """Turns a national number into the voter's pseudonym at the registry."""

    def prepare(self, number: str) -> None:
        """Begin, while the finger is compared; the one before is forgotten. Latin digits."""

    def ask(self, number: str, done: Callable[[bytes | None], None]) -> None:
        """Call back with the pseudonym, 16 bytes; with None if there is no line to whoever makes it."""

    def forget(self) -> None:
        """Forget the number that was asked for last."""

    def stop(self) -> None:
        """End what goes on; nobody is called back any more."""


class BranchReferences:
    """The pseudonyms of an election in one branch: all its stations have the key, its registry has none.

    Who holds a device of the branch and the registry's table can name everybody in it.
    """

    def __init__(self, card_key: bytes, election: str) -> None:
        """`card_key`: of the branch's cards, which its devices have; `election`: its uuid."""
        self._key = HKDF(SHA256(), 32, election.encode(), _BRANCH_KEY).derive(card_key)

    def prepare(self, number: str) -> None:
        """Do nothing: it takes no time."""

    def ask(self, number: str, done: Callable[[bytes | None], None]) -> None:
        """Call back at once."""
        done(hmac.digest(self._key, number.encode(), hashlib.sha256)[:REFERENCE_SIZE])

    def forget(self) -> None:
        """Do nothing: nothing is kept."""

    def stop(self) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What a station asks with. Never log this."""

    election: str
    """uuid"""
    branch: Branch
    device: DeviceId
    key: SigningKey
    register: Register

    def __repr__(self) -> str:
        return "Asking(…)"

    def draw(self, reference: bytes, contests: Collection[ContestId]) -> SignedClaim:
        """Draw and sign a claim for a voter."""
        claim = Claim(
            self.election,
            self.branch.id,
            self.device,
            reference,
            tuple(sorted(contests)),
            secrets.token_bytes(DRAW_SIZE),
        )
        return sign_claim(claim, self.key)

    def note(self, signed: SignedClaim, kind: NoteKind) -> bytes:
        """Sign what happened to the card of a claim."""
        reference = read_claim(signed).reference
        return write_note(Note(self.election, self.device, reference, signed.id, kind), self.key)

    def believe(self, status: int, body: bytes, request: ClaimRequest, answered: int) -> Answer:
        """Return a registry's answer. Raises `ClaimRefusedError`: then there is none.

        `answered`: the highest number of a request that had an answer before.
        """
        if status != OK:
            raise ClaimRefusedError(ClaimReason.TOO_BUSY)
        answer = _signed_by_registry(body, request, self.register)
        if not in_step(answer.before, request.number, answered):
            raise NumbersDifferError(ClaimReason.CLAIM_OTHER)
        if answer.kind is AnswerKind.TAKEN and answer.other is not None:
            self._check_other(answer.other)
        return answer

    def _check_other(self, other: SignedClaim) -> None:
        device = self.register.device(read_claim(other).device)
        if device is None or device.role != Role.IDENTITY_STATION:
            raise ClaimRefusedError(ClaimReason.CLAIM_PROOF)
        open_claim(other, PublicKey(device.key))


def in_step(before: int, number: int, answered: int) -> bool:
    """Tell whether a registry that had heard of `before` is the one that answered before.

    `number`: of the request; `answered`: the highest that had an answer. One that has heard of less was
    put back; where it has heard of more, somebody else asks with this station's key.
    """
    return answered <= before < number


def _signed_by_registry(body: bytes, request: ClaimRequest, register: Register) -> Answer:
    """Verify under any of the registry's certificates: it has a second one while it is replaced."""
    refused = ClaimRefusedError(ClaimReason.CLAIM_SIGNATURE)
    for certificate in register.registry:
        try:
            return open_answer(body, named_pair(certificate).classical, request)
        except CryptoError:
            continue
        except ClaimRefusedError as error:
            refused = error
    raise refused
