"""Sign and verify what a ballot terminal keeps: ballot records, and one summary of all of them.

A record and the summary are signed with the device's keys over canonical CBOR (`crypto.canonical`):

    record  ["election fingerprint", "device", kind, digest, SHA-256(sealed)]       Ed25519, 64 bytes
    root    ["election fingerprint", "device", cast, spoiled, record root, spent root]
                                                   Ed25519 ‖ ML-DSA-65, 3,373 bytes (`crypto.hybrid`)

A record has the short signature alone, which keeps it below 8,192 bytes; the root is over the
digests of all records, and a digest is the hash of its ballot, so what the long signature says
holds for every ballot.

There is no time and no number in a record, and only the latest root is kept: a history of
roots would say in which order records came.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated

from crypto import canonical, merkle
from crypto.hybrid import HybridKey, HybridPublicKey
from election.definition import DeviceId
from election.fields import Hash, LongSignature, Mark, Number, ShortSignature

DIGEST_SIZE = 32
_RECORD_CONTEXT = "amin ballot record"
_ROOT_CONTEXT = "amin ballot box"


class RecordKind(StrEnum):
    """The fate of a ballot; the value is signed and stored."""

    CAST = "cast"
    SPOILED = "spoiled"
    """Challenged by the voter: opened, and not counted."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A ballot as the terminal stores it: sealed, and signed by the device."""

    kind: RecordKind
    digest: Hash
    """The ballot's tracking digest."""
    sealed: Annotated[bytes, Mark.BASE64]
    """The ballot, sealed to headquarters; one length for a whole election."""
    signature: ShortSignature


@dataclass(frozen=True, slots=True)
class SpentAuthorization:
    """An authorization that was spent, with the station's word that it was issued."""

    hash: Hash
    """Of the nonce (`spent_hash`)."""
    voucher: ShortSignature
    """The identity station's (`election.voucher`)."""


@dataclass(frozen=True, slots=True)
class SignedRoot:
    """Says which records and spent authorizations a device holds."""

    cast: Number
    spoiled: Number
    records: Hash
    """Merkle root over the sorted digests of all records."""
    spent: Hash
    """Merkle root over the sorted hashes of the spent nonces."""
    signature: LongSignature
    """Empty before it is signed."""


@dataclass(frozen=True, slots=True)
class RecordSigner:
    """Signs for one device in one election."""

    key: HybridKey
    election: str
    """The election's fingerprint φ."""
    device: DeviceId

    @property
    def verifier(self) -> RecordVerifier:
        """The verifier of what this signer signs."""
        return RecordVerifier(self.key.public, self.election, self.device)

    def sign_record(self, kind: RecordKind, digest: bytes, sealed: bytes) -> StoredRecord:
        """Sign a record with the classical key; `digest`: the ballot's tracking digest, 32 bytes."""
        message = self.verifier.record_message(kind, digest, sealed)
        signature = self.key.classical.sign(_RECORD_CONTEXT, message)
        return StoredRecord(kind, digest, sealed, signature)

    def sign_root(
        self, cast: Iterable[bytes], spoiled: Iterable[bytes], spent: Iterable[bytes]
    ) -> SignedRoot:
        """Sign the root over the digests of cast and spoiled records and the hashes of spent nonces."""
        return self.sign_summary(summary(cast, spoiled, spent))

    def sign_summary(self, unsigned: SignedRoot) -> SignedRoot:
        """Sign a root that `summary` or `GrowingSets` gave."""
        signature = self.key.sign(_ROOT_CONTEXT, self.verifier.root_message(unsigned))
        return replace(unsigned, signature=signature)


@dataclass(frozen=True, slots=True)
class RecordVerifier:
    """Checks what a `RecordSigner` signed."""

    key: HybridPublicKey
    election: str
    device: DeviceId

    def record_message(self, kind: RecordKind, digest: bytes, sealed: bytes) -> bytes:
        """Return the bytes that a record's signature covers, as canonical CBOR."""
        return canonical.encode(
            [self.election, self.device, kind.value, digest, hashlib.sha256(sealed).digest()]
        )

    def root_message(self, root: SignedRoot) -> bytes:
        """Return the bytes that a root's signature covers, as canonical CBOR."""
        return canonical.encode(
            [self.election, self.device, root.cast, root.spoiled, root.records, root.spent]
        )

    def verify_record(self, record: StoredRecord) -> None:
        """Raise `SignatureError` if this device did not sign the record for this election."""
        message = self.record_message(record.kind, record.digest, record.sealed)
        self.key.classical.verify(_RECORD_CONTEXT, message, record.signature)

    def verify_root(self, root: SignedRoot) -> None:
        """Raise `SignatureError` if this device did not sign this root for this election."""
        self.key.verify(_ROOT_CONTEXT, self.root_message(root), root.signature)


def summary(cast: Iterable[bytes], spoiled: Iterable[bytes], spent: Iterable[bytes]) -> SignedRoot:
    """Compute the unsigned root of these sets of 32-byte values. `ValueError` if a value occurs twice."""
    cast, spoiled = tuple(cast), tuple(spoiled)
    records = merkle.root((*cast, *spoiled))
    return SignedRoot(len(cast), len(spoiled), records, merkle.root(spent), b"")


class GrowingSets:
    """What `summary` gives of sets that only grow, without hashing all of them for each vote."""

    def __init__(
        self, cast: Iterable[bytes], spoiled: Iterable[bytes], spent: Iterable[bytes]
    ) -> None:
        """Begin with these; `ValueError` as of `summary`."""
        cast, spoiled = tuple(cast), tuple(spoiled)
        self._cast, self._spoiled = len(cast), len(spoiled)
        self._records = merkle.GrowingTree((*cast, *spoiled))
        self._spent = merkle.GrowingTree(spent)

    def add(self, kind: RecordKind, digest: bytes, spent: Iterable[bytes]) -> None:
        """Add a record and what it spends. Raises `ValueError`; then this is of no use any more."""
        self._records.add(digest)
        for each in spent:
            self._spent.add(each)
        self._cast += kind is RecordKind.CAST
        self._spoiled += kind is RecordKind.SPOILED

    def summary(self) -> SignedRoot:
        """Return the unsigned root of what was added so far."""
        return SignedRoot(self._cast, self._spoiled, self._records.root, self._spent.root, b"")


def same_sets(one: SignedRoot, other: SignedRoot) -> bool:
    """Return whether both roots are of the same sets, whoever signed them."""
    return replace(one, signature=b"") == replace(other, signature=b"")


def spent_hash(nonce: bytes) -> bytes:
    """Hash the nonce of a spent authorization to the 32 bytes that are kept of it."""
    return hashlib.sha256(b"amin spent authorization\x00" + nonce).digest()


def handle_hash(handle: bytes) -> bytes:
    """Hash the handle of a provisional authorization to the 32 bytes that a terminal keeps of it."""
    return hashlib.sha256(b"amin recorded handle\x00" + handle).digest()
