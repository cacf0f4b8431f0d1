"""Define what devices trust about identity documents: it travels in the signed package, nowhere else.

A station's own settings name devices and media. Whose documents give a ballot, who signs them, what was
revoked and which exceptions hold is decided once, by headquarters, for all branches; two roles load it,
and its digest stands in OPEN and on the zero report.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from annotated_types import Interval, Len

from drivers.smartcard.exempt import Exempt
from election.fields import Pattern

MAX_CERTIFICATE: Final = 16 * 1024
MAX_REVOCATION_LIST: Final = 8 * 1024 * 1024
"""Some 150,000 entries with their reasons."""
MAX_PROFILE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class KeyFloors:
    """Shortest keys of those who sign documents, in bits; never below what every device demands."""

    rsa_bits: Annotated[int, Interval(ge=2048, le=16_384)] = 2048
    curve_bits: Annotated[int, Interval(ge=256, le=521)] = 256


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """One row of the table of exceptions: what is let through although a rule refuses it."""

    whom: Annotated[str, Pattern(r"[A-Z]{1,3}|[0-9a-f]{64}")]
    """A state as machine readable zones write it, or the SHA-256 of a certificate."""
    what: Exempt
    until: date
    """The last day on which it holds."""
    reason: Annotated[str, Len(1, 200)]
    """Who decided it, for those who read reports."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """All that is believed of identity documents."""

    profiles: tuple[Annotated[str, Len(1, MAX_PROFILE)], ...] = ()
    """Families of cards (docs/card-profiles.md), whose states, nationalities and codes are accepted."""
    authorities: tuple[Annotated[bytes, Len(1, MAX_CERTIFICATE)], ...] = ()
    """X.509 DER of country signing authorities and links."""
    revocation_lists: tuple[Annotated[bytes, Len(1, MAX_REVOCATION_LIST)], ...] = ()
    """DER."""
    floors: KeyFloors = KeyFloors()
    exceptions: tuple[ExceptionRow, ...] = ()
