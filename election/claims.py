"""Sign and read what a station and a registry say to each other about one voter.

A claim only *reserves*: a voter has voted when a nonce that was drawn for that voter is spent. So nothing
here says that somebody voted, and nothing takes a claim back.

    claim     station → registry    who asks, for whom, in which contests      signed by the station
    answer    registry → station    granted (which contests), taken (with the other station's claim),
                                    or provisional (why)                       signed by the registry
    note      station → registry    the card was written, or came back         signed by the station

All are canonical CBOR, signed with Ed25519. A claim's id is the first 16 bytes of SHA-256 over the claim
and its signature (RFC 8032 signatures are deterministic): another body is another id, the same id has the
same answer. Claim, answer and note hold no time. The number of a request travels beside the claim, never
in it: claims are compared in the night, and numbers in them would be the order in which people came.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, NewType, TypeVar

from annotated_types import Interval, Len, MaxLen, MinLen

from crypto import signing
from crypto.errors import SignatureError
from crypto.signing import PublicKey, SigningKey
from election.definition import BranchId, ContestId, DeviceId
from election.errors import RefusedError
from election.fields import Word
from election.reasons import ClaimReason
from election.schema import SchemaError, from_cbor, to_cbor

REFERENCE_SIZE: Final = 16
"""Bytes of a voter's pseudonym at the registry."""
DRAW_SIZE: Final = 16
ID_SIZE: Final = 16
MAX_CONTESTS: Final = 32
MAX_REQUEST: Final = 4096
"""Bytes of a request, an answer or a note."""
_MAX_ITEMS: Final = 128

_CLAIM: Final = "amin claim"
_ANSWER: Final = "amin claim answer"
_NOTE: Final = "amin claim note"

T = TypeVar("T")
ClaimId = NewType("ClaimId", bytes)
Reference = Annotated[bytes, Len(REFERENCE_SIZE, REFERENCE_SIZE)]
_Id = Annotated[bytes, Len(ID_SIZE, ID_SIZE)]
_Signature = Annotated[bytes, Len(signing.SIGNATURE_SIZE, signing.SIGNATURE_SIZE)]
RequestNumber = Annotated[int, Interval(ge=1, le=2**53 - 1)]


class ClaimRefusedError(RefusedError[ClaimReason]):
    """A claim, an answer or a note is not believed."""


class AnswerKind(StrEnum):
    """What the registry says; the value is signed."""

    GRANTED = "granted"
    TAKEN = "taken"
    PROVISIONAL = "provisional"


class Why(StrEnum):
    """Why a claim leads to a provisional ballot; the value is signed and shown as a sentence."""

    CLAIMED = "claimed"
    """Claimed elsewhere, and no card is known to be written."""
    RETURNED = "returned"
    """The card of the other claim came back."""
    SUSPENDED = "suspended"
    """The other claim is of a device that two roles suspended, or of one that is out of step."""
    OUT_OF_STEP = "out-of-step"
    """The numbers of this station's requests are not those of one station: a copy, or an older disk."""
    RESTORED = "restored"
    """The registry was restored, and not all stations have sent their claims again."""


class NoteKind(StrEnum):
    """What happened to the card of a claim; the value is signed."""

    WRITTEN = "card-written"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Claim:
    """The statement of a station that a person stands there."""

    election: Word
    """uuid"""
    branch: BranchId
    device: DeviceId
    reference: Reference
    """The voter's pseudonym."""
    contests: Annotated[tuple[ContestId, ...], MinLen(1), MaxLen(MAX_CONTESTS)]
    """Sorted."""
    draw: Annotated[bytes, Len(DRAW_SIZE, DRAW_SIZE)]
    """Random: no two claims are the same."""

    def __post_init__(self) -> None:
        if list(self.contests) != sorted(set(self.contests)):
            raise ValueError("contests are sorted, each once")


@dataclass(frozen=True, slots=True)
class SignedClaim:
    """A claim and its signature; nothing of it is believed before `open_claim`."""

    claim: Annotated[bytes, Len(1, MAX_REQUEST)]
    """Canonical CBOR of a `Claim`."""
    signature: _Signature

    @property
    def id(self) -> ClaimId:
        """The first 16 bytes of SHA-256 over both."""
        return ClaimId(hashlib.sha256(self.claim + self.signature).digest()[:ID_SIZE])


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """What a station sends."""

    signed: SignedClaim
    number: RequestNumber
    """The station counts its requests, tries included."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the registry says. `ValueError` for parts that do not belong to its kind."""

    election: Word
    id: _Id
    """Of the claim."""
    number: RequestNumber
    """Of the request."""
    before: Annotated[int, Interval(ge=0, le=2**53 - 1)]
    """The highest number that the registry had of this station before: less than the station has had
    answered tells that the registry was put back."""
    kind: AnswerKind
    contests: Annotated[tuple[ContestId, ...], MaxLen(MAX_CONTESTS)]
    """Granted ones, sorted; of a voter who claimed elsewhere before they can be fewer than asked."""
    why: Why | None
    other: SignedClaim | None
    """The claim of the other station: without it *taken* is no answer."""

    def __post_init__(self) -> None:
        granted, why, other = bool(self.contests), self.why is not None, self.other is not None
        if (granted, why, other) != {
            AnswerKind.GRANTED: (True, False, False),
            AnswerKind.TAKEN: (False, False, True),
            AnswerKind.PROVISIONAL: (False, True, False),
        }[self.kind]:
            raise ValueError("the answer has a part of another kind, or lacks its own")


@dataclass(frozen=True, slots=True)
class Note:
    """What happened to the card of a claim."""

    election: Word
    device: DeviceId
    reference: Reference
    id: _Id
    """Of the claim."""
    kind: NoteKind


@dataclass(frozen=True, slots=True)
class _Signed:
    content: Annotated[bytes, Len(1, MAX_REQUEST)]
    signature: _Signature


def sign_claim(claim: Claim, key: SigningKey) -> SignedClaim:
    """Sign a claim with the station's Ed25519 key."""
    content = to_cbor(claim)
    return SignedClaim(content, key.sign(_CLAIM, content))


def read_claim(signed: SignedClaim) -> Claim:
    """Read a claim without believing it. Raises `ClaimRefusedError`."""
    return _read(Claim, signed.claim)


def open_claim(signed: SignedClaim, key: PublicKey) -> Claim:
    """Verify a claim under the station's key and read it. Raises `ClaimRefusedError`."""
    _verify(_CLAIM, signed.claim, signed.signature, key)
    return read_claim(signed)


def write_request(request: ClaimRequest) -> bytes:
    """Encode a request."""
    return to_cbor(request)


def read_request(data: bytes) -> ClaimRequest:
    """Decode a request. Raises `ClaimRefusedError`."""
    return _read(ClaimRequest, data)


def write_answer(answer: Answer, key: SigningKey) -> bytes:
    """Sign an answer with the registry's Ed25519 key."""
    return _write(to_cbor(answer), _ANSWER, key)


def open_answer(data: bytes, key: PublicKey, request: ClaimRequest) -> Answer:
    """Verify and read the answer to a request. Raises `ClaimRefusedError`.

    *Taken* is believed only with a claim for the same voter in one of the same contests; whoever calls
    verifies that claim's signature by the register (`open_claim`).
    """
    answer = _signed(Answer, data, _ANSWER, key)
    asked = read_claim(request.signed)
    if (answer.election, answer.id, answer.number) != (
        asked.election,
        request.signed.id,
        request.number,
    ):
        raise ClaimRefusedError(ClaimReason.CLAIM_OTHER)
    if not set(answer.contests) <= set(asked.contests):
        raise ClaimRefusedError(ClaimReason.CLAIM_CONTESTS)
    if answer.other is not None:
        other = read_claim(answer.other)
        if (
            answer.other.id == request.signed.id
            or (other.election, other.reference) != (asked.election, asked.reference)
            or not set(other.contests) & set(asked.contests)
        ):
            raise ClaimRefusedError(ClaimReason.CLAIM_PROOF)
    return answer


def write_note(note: Note, key: SigningKey) -> bytes:
    """Sign a note with the station's Ed25519 key."""
    return _write(to_cbor(note), _NOTE, key)


def open_note(data: bytes, key: PublicKey) -> Note:
    """Verify and read a note. Raises `ClaimRefusedError`."""
    return _signed(Note, data, _NOTE, key)


# ---------------------------------------------------------------- parts


def _write(content: bytes, context: str, key: SigningKey) -> bytes:
    return to_cbor(_Signed(content, key.sign(context, content)))


def _signed(document: type[T], data: bytes, context: str, key: PublicKey) -> T:
    packed = _read(_Signed, data)
    _verify(context, packed.content, packed.signature, key)
    return _read(document, packed.content)


def _read(document: type[T], data: bytes) -> T:
    if len(data) > MAX_REQUEST:
        raise ClaimRefusedError(ClaimReason.CLAIM_FORMAT)
    try:
        return from_cbor(document, data, _MAX_ITEMS)
    except (SchemaError, ValueError) as error:
        raise ClaimRefusedError(ClaimReason.CLAIM_FORMAT) from error


def _verify(context: str, content: bytes, signature: bytes, key: PublicKey) -> None:
    try:
        key.verify(context, content, signature)
    except SignatureError as error:
        raise ClaimRefusedError(ClaimReason.CLAIM_SIGNATURE) from error
