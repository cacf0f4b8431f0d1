"""Profile of a verification by primitive, and an estimate for a compiled core.

The verification is run once more with every primitive counted and timed. The estimate replaces the
Python parts and libsodium's general functions by what libsodium itself needs for the same work in
one call: its signature check is a sum of two multiples with the decoding of a point, in C.
"""

from __future__ import annotations

import cProfile
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nacl import bindings

from simulators.benchmarks.measure import Figure, timed

_PARTS: Final = {
    "multiplying points (libsodium)": ("crypto_scalarmult_ed25519_noclamp",),
    "multiplying G (libsodium)": ("crypto_scalarmult_ed25519_base_noclamp",),
    "membership in the group (libsodium)": ("crypto_core_ed25519_is_valid_point",),
    "adding points (libsodium)": ("crypto_core_ed25519_add", "crypto_core_ed25519_sub"),
    "long sums and tables (GMP, Python)": ("multiples.py",),
    "hashing": ("openssl_sha256", "digest", "hexdigest"),
    "JSON": ("json/",),
}
_MULTIPLY: Final = "_sodium.crypto_scalarmult_ed25519_noclamp"
_SINGLE_SUMS: Final = ("scalarmult", "core_ed25519_add", "core_ed25519_sub", "nacl/")
_REPEATS: Final = 300


def profile_verification(archive: Path) -> Iterator[Figure]:
    """Yield the shares of one verification on one core, in per cent, and the estimate as a ratio."""
    from headquarters.verification import verify_archive

    profile = cProfile.Profile()
    profile.runcall(verify_archive, archive)
    profile.create_stats()
    rows = [
        _Row(f"{file} {function}", calls, own)
        for (file, _, function), (_, calls, own, _, _) in profile.stats.items()
    ]
    total = sum(row.seconds for row in rows)
    shares = dict.fromkeys(_PARTS, 0.0)
    for row in rows:
        part = next((p for p, marks in _PARTS.items() if row.has(marks)), None)
        if part is not None:
            shares[part] += row.seconds
    for part, seconds in sorted(shares.items(), key=lambda item: -item[1]):
        yield Figure(f"  {part}", 100 * seconds / total, "%", note="of a profiled run")
    rest = total - sum(shares.values())
    yield Figure("  everything else in Python", 100 * rest / total, "%", note="of a profiled run")
    yield _compiled(rows, total)


@dataclass(frozen=True, slots=True)
class _Row:
    """One function of the profile, and the seconds spent in the function itself."""

    place: str
    calls: int
    seconds: float

    def has(self, marks: tuple[str, ...]) -> bool:
        return any(mark in self.place for mark in marks)


def _compiled(rows: list[_Row], total: float) -> Figure:
    """Return the speed-up if every sum s·base + c·point cost what a signature check costs in C."""
    multiplications = sum(row.calls for row in rows if row.has((_MULTIPLY,)))
    spent = sum(row.seconds for row in rows if row.has(_SINGLE_SUMS))
    key, signing = bindings.crypto_sign_keypair()
    signed = bindings.crypto_sign(secrets.token_bytes(32), signing)
    seconds = timed(lambda: [bindings.crypto_sign_open(signed, key) for _ in range(_REPEATS)])
    would_be = multiplications * seconds / _REPEATS
    return Figure(
        "  a compiled core: at least",
        total / (total - spent + min(spent, would_be)),
        "× faster",
        note="single sums at the price of libsodium's signature check",
    )
