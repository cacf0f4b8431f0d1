"""Sign and verify the number of authorizations that an identity station gave, for public checks.

    [election uuid, device, branch, issued, claimed and not issued]      canonical CBOR, both keys

The numbers of a closing bundle, apart from everything else in it, so that they can be published
(`headquarters.issuance_check`). A claim whose card was not confirmed as written may have a card all the same:
a branch has at most issued + claimed ballots.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crypto import canonical
from crypto.certificates import Subject
from crypto.hybrid import HybridKey
from election.definition import BranchId, DeviceId, Role
from election.reasons import SignatureReason
from election.signed import Signature, SignatureRefusedError, verify

_CONTEXT = "amin issued authorizations"


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

    def sign(self, key: HybridKey) -> bytes:
        """Sign the numbers with both keys: 3,373 bytes."""
        return key.sign(_CONTEXT, self._message())

    def verify(self, certificate: bytes, signature: bytes, root: bytes, now: datetime) -> Subject:
        """Return the station that signed this, by its certificate.

        Raises `SignatureRefusedError`, also for another branch than the certificate's.
        """
        (holder,) = verify(
            self._message(),
            _CONTEXT,
            [Signature(certificate, signature)],
            [{Role.IDENTITY_STATION}],
            root,
            now,
        )
        # A spare's certificate names no branch: a take-over gives it one (`election.takeover`).
        if holder.branch not in ("", self.branch):
            raise SignatureRefusedError(SignatureReason.BRANCH)
        return holder

    def _message(self) -> bytes:
        return canonical.encode(
            [self.election, self.device, self.branch, self.issued, self.claimed]
        )
