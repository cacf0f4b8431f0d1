"""Seal and open what travels between headquarters and devices, each for one purpose.

A ballot record's plain text has one length for an election, whatever was voted and whether it
was cast or challenged, so that the medium tells nothing by sizes:

    kind         1 byte: 1 cast, 2 spoiled
    ballot       `crypto.packing`
    rest         spoiled: seed, 32 bytes, then one byte per integer of every answer, in question
                 order; cast: handle (16 bytes, zeros if the ballot is not provisional), salt
                 (16 bytes), then zeros

A spoiled (challenged) ballot carries its opening: seed and answers make the same ballot again.
A commitment (32 bytes) follows the sealed bytes: to handle and salt of a cast ballot
(`election.provisional`), random beside a spoiled one, whose handle nobody needs.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from crypto import sealing
from crypto.ballot import Ballot
from crypto.canonical import encode
from crypto.casting import Answer, HomomorphicAnswer, SlotAnswer
from crypto.election import BeleniosElection, HomomorphicQuestion, NonHomomorphicQuestion
from crypto.errors import DecodeError
from crypto.packing import pack, packed_size, unpack
from crypto.sealing import SealingKey
from election.definition import BranchId, DeviceId
from election.provisional import COMMITMENT_SIZE, HANDLE_SIZE, ORDINARY, SALT_SIZE, commitment
from election.records import RecordKind

CARD_KEY_SIZE = 32
SEED_SIZE = 32
_KINDS = {RecordKind.CAST: 1, RecordKind.SPOILED: 2}


@dataclass(frozen=True, slots=True)
class Opening:
    """The values that a challenge reveals."""

    seed: bytes
    """32 bytes."""
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """The way a cast ballot came to be given; the commitment beside its record binds it to this."""

    handle: bytes | None
    """16 bytes of a provisional ballot; None of an ordinary one."""
    salt: bytes
    """16 bytes."""


@dataclass(frozen=True, slots=True)
class OpenedRecord:
    """A stored record after unsealing."""

    kind: RecordKind
    ballot: Ballot
    opening: Opening | None
    """Of a spoiled ballot, not yet checked (`crypto.casting.open_challenge`)."""
    origin: Origin | None
    """Of a cast ballot."""


@dataclass(frozen=True, slots=True)
class PlainRecord:
    """The plain text of a stored record, of its kind and length; nothing in it is checked yet."""

    kind: RecordKind
    digest: bytes
    """It is stored under."""
    packed: bytes
    """The ballot (`crypto.packing`)."""
    rest: bytes
    """Opening, or handle, salt and zeros."""
    committed: bytes
    """The commitment beside the sealed bytes."""


def sealed_size(election: BeleniosElection) -> int:
    """Return the length in bytes of every sealed record of this election."""
    return sealing.OVERHEAD + _plain_size(election) + COMMITMENT_SIZE


def seal_cast(
    election: BeleniosElection, ballot: Ballot, seal_public_key: bytes, handle: bytes | None = None
) -> bytes:
    """Seal a cast ballot to headquarters, with its handle if it is provisional.

    `ValueError` for a handle that is none.
    """
    if handle == ORDINARY:
        raise ValueError("a handle is not all zeros")
    salt = secrets.token_bytes(SALT_SIZE)
    committed = commitment(ballot.digest, handle, salt)
    begin = (handle or ORDINARY) + salt
    rest = begin.ljust(_plain_size(election) - 1 - packed_size(election), b"\x00")
    return _seal(election, RecordKind.CAST, ballot, rest, seal_public_key, committed)


def seal_spoiled(
    election: BeleniosElection, ballot: Ballot, opening: Opening, seal_public_key: bytes
) -> bytes:
    """Seal a challenged ballot with its opening to headquarters."""
    if len(opening.seed) != SEED_SIZE:
        raise DecodeError("a ballot's seed has 32 bytes")
    integers = b"".join(bytes(_integers(answer)) for answer in opening.answers)
    rest, committed = opening.seed + integers, secrets.token_bytes(COMMITMENT_SIZE)
    return _seal(election, RecordKind.SPOILED, ballot, rest, seal_public_key, committed)


def unseal(
    election: BeleniosElection, kind: RecordKind, digest: bytes, sealed: bytes, key: SealingKey
) -> OpenedRecord:
    """Open a stored record; `digest` and `kind` are those it is stored under.

    Points and scalars are checked, proofs are not. Raises `UnsealError`, `DecodeError` or
    `UnsupportedVersionError`.
    """
    return read_plain(election, open_sealed(election, kind, digest, sealed, key))


def open_sealed(
    election: BeleniosElection, kind: RecordKind, digest: bytes, sealed: bytes, key: SealingKey
) -> PlainRecord:
    """Open a stored record and read nothing of it yet: the only part that needs the key.

    Raises `UnsealError` or `DecodeError`.
    """
    info = _record_info(election, kind, digest, committed_in(sealed))
    plain = key.open(sealed[:-COMMITMENT_SIZE], info)
    if len(plain) != _plain_size(election) or plain[0] != _KINDS[kind]:
        raise DecodeError("a sealed record of another kind or length than it is stored as")
    end = 1 + packed_size(election)
    return PlainRecord(kind, digest, plain[1:end], plain[end:], committed_in(sealed))


def read_plain(
    election: BeleniosElection,
    plain: PlainRecord,
    unpacking: Callable[[BeleniosElection, bytes], Ballot] = unpack,
) -> OpenedRecord:
    """Read the plain text of a record. `unpacking`: `unpack_again` for what was read here before.

    Raises `DecodeError` or `UnsupportedVersionError`.
    """
    ballot = unpacking(election, plain.packed)
    if ballot.digest != plain.digest:
        raise DecodeError("a sealed record holds another ballot than the one it is stored as")
    if plain.kind is RecordKind.SPOILED:
        return OpenedRecord(plain.kind, ballot, _opening(election, plain.rest), None)
    return OpenedRecord(plain.kind, ballot, None, origin_of(plain))


def origin_of(plain: PlainRecord) -> Origin:
    """Return how a cast ballot came to be given. Raises `DecodeError` if its commitment says otherwise."""
    return _origin(plain.digest, plain.rest, plain.committed)


def committed_in(sealed: bytes) -> bytes:
    """Return the commitment (32 bytes) beside a sealed record."""
    return sealed[-COMMITMENT_SIZE:]


def seal_card_key(
    card_key: bytes, election: str, branch: BranchId, device: DeviceId, device_public_key: bytes
) -> bytes:
    """Seal a branch's authorization-card management key (AES-256) to one of its devices."""
    if len(card_key) != CARD_KEY_SIZE:
        raise DecodeError("an authorization-card management key has 32 bytes")
    return sealing.seal(device_public_key, card_key, _card_key_info(election, branch, device))


def open_card_key(
    sealed: bytes, election: str, branch: BranchId, device: DeviceId, key: SealingKey
) -> bytes:
    """Open a sealed card key, on the device. Raises `UnsealError` or `DecodeError`."""
    card_key = key.open(sealed, _card_key_info(election, branch, device))
    if len(card_key) != CARD_KEY_SIZE:
        raise DecodeError("an authorization-card management key has 32 bytes")
    return card_key


# ---------------------------------------------------------------- parts


def _seal(
    election: BeleniosElection,
    kind: RecordKind,
    ballot: Ballot,
    rest: bytes,
    seal_public_key: bytes,
    committed: bytes,
) -> bytes:
    plain = bytes([_KINDS[kind]]) + pack(ballot) + rest
    if len(plain) != _plain_size(election):
        raise DecodeError("answers of another shape than the election's questions")
    info = _record_info(election, kind, ballot.digest, committed)
    return sealing.seal(seal_public_key, plain, info) + committed


def _plain_size(election: BeleniosElection) -> int:
    widths = sum(question.width for question in election.questions)
    return 1 + packed_size(election) + SEED_SIZE + widths


def _integers(answer: Answer) -> Sequence[int]:
    match answer:
        case SlotAnswer(integers=integers):
            return integers
        case HomomorphicAnswer(choices=choices):
            return choices
        case _:
            assert_never(answer)


def _opening(election: BeleniosElection, data: bytes) -> Opening:
    seed, integers = data[:SEED_SIZE], data[SEED_SIZE:]
    answers: list[Answer] = []
    for question in election.questions:
        taken, integers = tuple(integers[: question.width]), integers[question.width :]
        match question:
            case NonHomomorphicQuestion():
                answers.append(SlotAnswer(taken))
            case HomomorphicQuestion():
                answers.append(HomomorphicAnswer(taken))
            case _:
                assert_never(question)
    return Opening(seed, tuple(answers))


def _origin(digest: bytes, rest: bytes, committed: bytes) -> Origin:
    end = HANDLE_SIZE + SALT_SIZE
    handle, salt = rest[:HANDLE_SIZE], rest[HANDLE_SIZE:end]
    origin = Origin(None if handle == ORDINARY else handle, salt)
    if any(rest[end:]):
        raise DecodeError("a cast record holds more than its ballot")
    if commitment(digest, origin.handle, origin.salt) != committed:
        raise DecodeError("a cast record says otherwise than the commitment beside it")
    return origin


def _record_info(
    election: BeleniosElection, kind: RecordKind, digest: bytes, committed: bytes
) -> bytes:
    return encode(["amin-record-v2", election.fingerprint, kind.value, digest, committed])


def _card_key_info(election: str, branch: BranchId, device: DeviceId) -> bytes:
    return encode(["amin-card-key-v1", election, branch, device])
