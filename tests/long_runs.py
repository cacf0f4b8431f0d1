"""ML-DSA keys and signatures are long runs of bytes of which each is as good as another.

Tests that change the bytes of a file take one in `KEPT` of these, and of the rest every tenth, or all with
a seed as EVERY_BYTE in the environment (`make samples`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Final

from crypto import signing
from crypto.certificates import named_pair
from crypto.hybrid import MLDSA_SIGNATURE_SIZE

KEPT: Final = 40
THINNED: Final = 1 if "EVERY_BYTE" in os.environ else 10
SEED: Final = int(os.environ.get("EVERY_BYTE", "3"))
"""Of what a byte is changed to."""
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
    step = [KEPT if n in inside else THINNED for n in range(len(data))]
    return [n for n, width in enumerate(step) if n % width == 0]
