"""Profile of a verification by primitive, and what the compiled core saves.

The verification is run once more with every primitive counted and timed, and then in processes of
their own with the core and without it.
"""

from __future__ import annotations

import cProfile
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from crypto.core import IS_COMPILED
from simulators.benchmarks.measure import Figure

_PARTS: Final = {
    "multiplying points (libsodium)": ("crypto_scalarmult_ed25519_noclamp",),
    "multiplying G (libsodium)": ("crypto_scalarmult_ed25519_base_noclamp",),
    "membership in the group (libsodium)": ("crypto_core_ed25519_is_valid_point",),
    "adding points (libsodium)": ("crypto_core_ed25519_add", "crypto_core_ed25519_sub"),
    "long sums and tables": ("scalar_mult.py", "crypto/core.py", "_amin_core"),
    "hashing": ("openssl_sha256", "digest", "hexdigest"),
    "JSON": ("json/",),
}
_PAIRS: Final = 3


def profile_verification(archive: Path) -> Iterator[Figure]:
    """Yield the shares of one verification on one core, in per cent, and the core's ratio."""
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
    yield _compiled(archive)


@dataclass(frozen=True, slots=True)
class _Row:
    """One function of the profile, and the seconds spent in the function itself."""

    place: str
    calls: int
    seconds: float

    def has(self, marks: tuple[str, ...]) -> bool:
        return any(mark in self.place for mark in marks)


def _compiled(archive: Path) -> Figure:
    """Return how much less time a verification takes with the compiled core, in processes of their own."""
    script = (
        "import sys, time; from pathlib import Path; from headquarters.verification import verify_archive;"
        "begin = time.process_time(); verify_archive(Path(sys.argv[1]));"
        "print(time.process_time() - begin)"
    )

    def seconds(core: str) -> float:
        done = subprocess.run(
            [sys.executable, "-c", script, archive],
            env={**os.environ, "AMIN_CORE": core},
            capture_output=True,
            text=True,
            check=True,
        )
        return float(done.stdout)

    ratios = [seconds("off") / seconds("on") for _ in range(_PAIRS)]
    note = f"median of {_PAIRS} pairs" if IS_COMPILED else "it is not compiled here"
    return Figure("  with the compiled core", median(ratios), "× faster", note=note)
