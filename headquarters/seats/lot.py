"""Ties are drawn from a seed that was published before the count.

Everybody can repeat the draw: the key of a participant is SHA-256 of the seed, what the lot is
about, and the participant, each with its length in front; the smallest comes first. No input
order enters.
"""

from __future__ import annotations

import hashlib


def lot(seed: str, about: str, participant: str) -> bytes:
    """32 bytes by which participants of one draw are sorted, ascending."""
    parts = (part.encode() for part in (seed, about, participant))
    return hashlib.sha256(b"".join(len(p).to_bytes(4, "big") + p for p in parts)).digest()
