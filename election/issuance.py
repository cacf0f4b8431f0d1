"""Sign and verify what a station issued and which handles a terminal recorded, for public checks.

    station     [election uuid, device, branch, issued, claimed and not issued, provisional, root of hashes,
                root of receipts]
    terminal    [election uuid, device, branch, root of handles]

Canonical CBOR, both keys; the roots are Merkle roots over sorted hashes (`crypto.merkle`). The numbers and
lists of a closing bundle, apart from everything else in it, so that they can be published
(`headquarters.issuance_check`). A claim whose card was not confirmed as written may have a card all the same:
a branch has at most issued + claimed ballots. The hashes are those of all nonces whose claim was granted,
entered before a card was touched; which record is provisional is not said anywhere. The root of receipts is
over SHA-256 of the canonical CBOR of ["amin receipt held", hash, terminal], for each receipt that a card
brought back: so nobody can hide one, and what a terminal wrote in place of a signature stays sealed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from crypto import canonical, merkle
from crypto.certificates import Subject
from crypto.hybrid import HybridKey
from election.definition import BranchId, DeviceId, Role
from election.reasons import SignatureReason
from election.signed import Signature, SignatureRefusedError, verify

_CONTEXT = "amin issued authorizations"
_HANDLES = "amin recorded handles"
NO_RECEIPTS = merkle.root(())
"""The root of receipts of a station that has none."""


def receipts_root(receipts: Iterable[tuple[bytes, DeviceId]]) -> bytes:
    """Return the Merkle root over receipts: hash of the authorization, and the terminal."""
    leaves = (canonical.encode(["amin receipt held", *receipt]) for receipt in receipts)
    return merkle.root([sha256(leaf).digest() for leaf in leaves])


@dataclass(frozen=True, slots=True)
class IssuedCount:
    """The numbers that one station states at its closing."""

    election: str
    """uuid"""
    device: DeviceId
    branch: BranchId
    issued: int
    claimed: int
    """Voters claimed whose card was not confirmed as written."""
    provisional: int = 0
    """Authorizations that were given without the registry's answer."""
    hashes: tuple[bytes, ...] = ()
    """Of the nonces of all issued authorizations, sorted."""
    receipts: bytes = NO_RECEIPTS
    """Root of the receipts that cards brought back (`receipts_root`)."""

    def sign(self, key: HybridKey) -> bytes:
        """Sign the numbers with both keys: 3,373 bytes."""
        return key.sign(_CONTEXT, self._message())

    def verify(self, certificate: bytes, signature: bytes, root: bytes, now: datetime) -> Subject:
        """Return the station that signed this, by its certificate.

        Raises `SignatureRefusedError`, also for another branch than the certificate's.
        """
        signer = Signature(certificate, signature)
        return _device(
            self._message(), _CONTEXT, signer, Role.IDENTITY_STATION, self.branch, root, now
        )

    def _message(self) -> bytes:
        return canonical.encode(
            [
                self.election,
                self.device,
                self.branch,
                self.issued,
                self.claimed,
                self.provisional,
                merkle.root(self.hashes),
                self.receipts,
            ]
        )


@dataclass(frozen=True, slots=True)
class RecordedHandles:
    """The handles of the provisional ballots that one terminal recorded."""

    election: str
    """uuid"""
    device: DeviceId
    branch: BranchId
    hashes: tuple[bytes, ...]
    """`election.records.handle_hash` of each, sorted."""

    def sign(self, key: HybridKey) -> bytes:
        """Sign the list with both keys: 3,373 bytes."""
        return key.sign(_HANDLES, self._message())

    def verify(self, certificate: bytes, signature: bytes, root: bytes, now: datetime) -> Subject:
        """Return the terminal that signed this, by its certificate.

        Raises `SignatureRefusedError`, also for another branch than the certificate's.
        """
        signer = Signature(certificate, signature)
        return _device(
            self._message(), _HANDLES, signer, Role.BALLOT_TERMINAL, self.branch, root, now
        )

    def _message(self) -> bytes:
        return canonical.encode([self.election, self.device, self.branch, merkle.root(self.hashes)])


def _device(
    message: bytes,
    context: str,
    signer: Signature,
    role: Role,
    branch: BranchId,
    root: bytes,
    now: datetime,
) -> Subject:
    """Return the device of this role and branch that signed. Raises `SignatureRefusedError`."""
    (holder,) = verify(message, context, [signer], [{role}], root, now)
    # A spare's certificate names no branch: a take-over gives it one (`election.takeover`).
    if holder.branch not in ("", branch):
        raise SignatureRefusedError(SignatureReason.BRANCH)
    return holder
