"""Stations, voters and requests that tests of the registry draw."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from crypto.signing import SigningKey
from election.claims import Claim, ClaimId, ClaimRequest, NoteKind, SignedClaim, sign_claim
from election.definition import BranchId, ContestId, DeviceId
from registry.settling import AskedClaim, AskedNote

ELECTION = "0d5f9f83-9b3a-4a0e-8d75-5e3c7d7c6a11"
COUNCIL, ASSEMBLY = ContestId("council"), ContestId("assembly")
BOTH = frozenset({COUNCIL, ASSEMBLY})


def voter(name: object) -> bytes:
    """Return a reference."""
    return hashlib.sha256(str(name).encode()).digest()[:16]


@dataclass
class Station:
    """A station that counts its requests."""

    id: DeviceId
    branch: BranchId = BranchId("b01")
    key: SigningKey = field(default_factory=SigningKey.generate)
    number: int = 0

    def claim(
        self, reference: bytes, contests: frozenset[ContestId] = BOTH, draw: bytes | None = None
    ) -> SignedClaim:
        """Sign a claim."""
        claim = Claim(
            ELECTION,
            self.branch,
            self.id,
            reference,
            tuple(sorted(contests)),
            draw or secrets.token_bytes(16),
        )
        return sign_claim(claim, self.key)

    def request(self, signed: SignedClaim) -> ClaimRequest:
        """Send a claim, once more or for the first time."""
        self.number += 1
        return ClaimRequest(signed, self.number)

    def asked(
        self,
        reference: bytes,
        contests: frozenset[ContestId] = BOTH,
        signed: SignedClaim | None = None,
        number: int | None = None,
    ) -> AskedClaim:
        """Ask as a service hands it to a book; `number`: of a copy of this station."""
        if number is None:
            self.number += 1
            number = self.number
        return AskedClaim(
            self.id, reference, contests, signed or self.claim(reference, contests), number
        )

    def note(self, reference: bytes, claim: ClaimId, kind: NoteKind) -> AskedNote:
        """Note what happened to a card."""
        return AskedNote(self.id, reference, claim, kind)


A, B, C = (Station(DeviceId(name)) for name in ("b01-s1", "b02-s1", "b03-s1"))
