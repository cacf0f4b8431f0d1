"""How many authorizations an identity station gave: two numbers, signed so that anybody can check them.

    [election uuid, device, branch, issued, claimed and not issued]      canonical CBOR, both keys

The numbers of a closing bundle, apart from everything else in it, so that they can be published
(`headquarters.issued`). A claim whose card was not confirmed as written may have a card all the same:
a branch has at most issued + claimed ballots.
"""

from __future__ import annotations

from dataclasses import dataclass

from crypto import canonical
from crypto.hybrid import HybridKey, HybridPublicKey
from election.definition import BranchId, DeviceId

_CONTEXT = "amin issued authorizations"


@dataclass(frozen=True, slots=True)
class IssuedCount:
    """What one station says, at its closing."""

    election: str
    """uuid"""
    device: DeviceId
    branch: BranchId
    issued: int
    claimed: int
    """Voters claimed whose card was not confirmed as written."""

    def sign(self, key: HybridKey) -> bytes:
        """3,373 bytes."""
        return key.sign(_CONTEXT, self._message())

    def verify(self, key: HybridPublicKey, signature: bytes) -> None:
        """`SignatureError` if this is not what the holder of the key signed."""
        key.verify(_CONTEXT, self._message(), signature)

    def _message(self) -> bytes:
        return canonical.encode(
            [self.election, self.device, self.branch, self.issued, self.claimed]
        )
