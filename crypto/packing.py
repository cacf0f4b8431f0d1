"""Pack ballots into a short binary form of fixed length, for storage on a terminal.

One version byte, then every point and scalar as 32 bytes, in the order of the ballot's text:
credential, answers, signature. Uuid, φ and hashes are left out, because the election gives them;
the text comes back byte for byte. The length depends on the election alone, never on the vote.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from crypto.ballot import Ballot, EncryptedAnswer, EncryptedChoices, EncryptedSlot, assemble
from crypto.election import BeleniosElection, HomomorphicQuestion, NonHomomorphicQuestion, Question
from crypto.elgamal import Ciphertext
from crypto.errors import DecodeError, UnsupportedVersionError
from crypto.group import (
    POINT_BYTES,
    SCALAR_BYTES,
    Point,
    point_from_bytes,
    scalar_bytes,
    scalar_from_bytes,
)
from crypto.proofs import Proof

_VERSION = 1
_CIPHERTEXT = 2 * POINT_BYTES
_PROOF = 2 * SCALAR_BYTES


def packed_size(election: BeleniosElection) -> int:
    """Return the length in bytes of every packed ballot of this election."""
    return 1 + POINT_BYTES + sum(map(_answer_size, election.questions)) + _PROOF


def pack(ballot: Ballot) -> bytes:
    """Encode a ballot in its binary form, `packed_size` bytes."""
    parts = [bytes([_VERSION]), ballot.credential]
    for answer in ballot.answers:
        parts += _pack_answer(answer)
    parts += _pack_proof(ballot.signature)
    return b"".join(parts)


def unpack(election: BeleniosElection, data: bytes) -> Ballot:
    """Decode a ballot of this election; points and scalars are checked, proofs are not.

    Raises DecodeError or UnsupportedVersionError.
    """
    return _unpack(election, data, _Reader)


def unpack_again(election: BeleniosElection, data: bytes) -> Ballot:
    """Decode what `unpack` once took on this machine: points are not tested a second time.

    Only for bytes that nobody can have changed since. Raises DecodeError or UnsupportedVersionError.
    """
    return _unpack(election, data, _TestedReader)


@dataclass(frozen=True, slots=True)
class KeptBallot:
    """A ballot that `unpack` once took on this machine, packed: a sixth of what it takes when open."""

    election: BeleniosElection
    digest: bytes
    """SHA-256 of its text, 32 bytes."""
    packed: bytes

    @property
    def credential(self) -> Point:
        """The ballot's credential."""
        return Point(self.packed[1 : 1 + POINT_BYTES])

    @property
    def unique_points(self) -> tuple[Point, ...]:
        """What no two ballots may share: the credential and the first half of every ciphertext."""
        points, at = [self.credential], 1 + POINT_BYTES
        for question in self.election.questions:
            width = 1 if isinstance(question, NonHomomorphicQuestion) else question.width
            ends = range(at, at + width * _CIPHERTEXT, _CIPHERTEXT)
            points += [Point(self.packed[alpha : alpha + POINT_BYTES]) for alpha in ends]
            at += _answer_size(question)
        return tuple(points)

    def open(self) -> Ballot:
        """Return the ballot. Raises DecodeError if it is another one than its digest says."""
        ballot = unpack_again(self.election, self.packed)
        if ballot.digest != self.digest:
            raise DecodeError("a packed ballot is another one than the one it is kept as")
        return ballot


def _unpack(election: BeleniosElection, data: bytes, reading: type[_Reader]) -> Ballot:
    if not data or data[0] != _VERSION:
        raise UnsupportedVersionError("a packed ballot of an unknown version")
    if len(data) != packed_size(election):
        raise DecodeError("a packed ballot of another length than this election's")
    reader = reading(data[1:])
    credential = reader.point()
    answers = [_unpack_answer(question, reader) for question in election.questions]
    return assemble(election, credential, answers, reader.proof())


class _Reader:
    """Take values off data whose length was checked."""

    def __init__(self, data: bytes) -> None:
        self._chunks = iter(data[i : i + 32] for i in range(0, len(data), 32))

    def point(self) -> Point:
        return point_from_bytes(next(self._chunks))

    def ciphertext(self) -> Ciphertext:
        return Ciphertext(self.point(), self.point())

    def proof(self) -> Proof:
        return Proof(scalar_from_bytes(next(self._chunks)), scalar_from_bytes(next(self._chunks)))

    def proofs(self, count: int) -> tuple[Proof, ...]:
        return tuple(self.proof() for _ in range(count))


class _TestedReader(_Reader):
    """The same for points that were tested before."""

    def point(self) -> Point:
        return Point(next(self._chunks))


def _answer_size(question: Question) -> int:
    match question:
        case NonHomomorphicQuestion():
            return _CIPHERTEXT + _PROOF
        case HomomorphicQuestion(width=width, blank=blank):
            proofs = 2 * width + len(question.overall_values) + (3 if blank else 0)
            return width * _CIPHERTEXT + proofs * _PROOF
        case _:
            assert_never(question)


def _pack_answer(answer: EncryptedAnswer) -> Iterator[bytes]:
    match answer:
        case EncryptedSlot(choices=ciphertext, proof=proof):
            yield from (ciphertext.alpha, ciphertext.beta, *_pack_proof(proof))
        case EncryptedChoices():
            for choice in answer.choices:
                yield from (choice.alpha, choice.beta)
            for proofs in (*answer.individual_proofs, answer.overall_proof, answer.blank_proof):
                for proof in proofs:
                    yield from _pack_proof(proof)
        case _:
            assert_never(answer)


def _pack_proof(proof: Proof) -> tuple[bytes, bytes]:
    return scalar_bytes(proof.challenge), scalar_bytes(proof.response)


def _unpack_answer(question: Question, reader: _Reader) -> EncryptedAnswer:
    match question:
        case NonHomomorphicQuestion():
            return EncryptedSlot(reader.ciphertext(), reader.proof())
        case HomomorphicQuestion(width=width, blank=blank):
            return EncryptedChoices(
                tuple(reader.ciphertext() for _ in range(width)),
                tuple(reader.proofs(2) for _ in range(width)),
                reader.proofs(len(question.overall_values) + blank),
                reader.proofs(2 if blank else 0),
            )
        case _:
            assert_never(question)
