"""ML-DSA keys and signatures are long runs of bytes of which each is as good as another.

Tests that change every byte of a file take one in `KEPT` of these, and every byte of the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from crypto import signing
from crypto.certificates import named_pair
from crypto.hybrid import MLDSA_SIGNATURE_SIZE

KEPT: Final = 40
_BEHIND_SECOND_SIGNATURE: Final = 7 + 3 + signing.SIGNATURE_SIZE
"""Bytes of a certificate behind altSignatureValue, which is its last extension: the
AlgorithmIdentifier of Ed25519 and a BIT STRING."""


def runs_of_certificate(der: bytes) -> Iterator[bytes]:
    """Its ML-DSA key and its second signature."""
    yield named_pair(der).post_quantum
    end = len(der) - _BEHIND_SECOND_SIGNATURE
    yield der[end - MLDSA_SIGNATURE_SIZE : end]


def places(data: bytes, runs: Iterable[bytes]) -> list[int]:
    """Places of `data` to change; each of `runs` must occur in it."""
    inside: set[int] = set()
    for run in runs:
        start = data.index(run)
        inside.update(range(start, start + len(run)))
    return [n for n in range(len(data)) if n % KEPT == 0 or n not in inside]
