"""What a branch demands of documents, beside the checks that nobody can change.

Everything here comes out of the signed election package. Floors can be raised, never lowered: what falls
below is let through by a row of the table of exceptions alone, which names whom, what and until when.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from drivers.smartcard.exempt import Exempt
from drivers.smartcard.mrz import Mrz

MIN_ACTIVE_RSA_BITS: Final = 1792
"""Chips sign once, with a key of their own: longer ones need extended lengths (Doc 9303 part 11, 6.1.4)."""
SHORT_ACTIVE_RSA_BITS: Final = 1022
"""With `Exempt.SHORT_CHIP_KEY`: chips with keys of nominally 1024 bits were issued, some two bits short."""


@dataclass(frozen=True, slots=True)
class Exemptions:
    """Rows that hold on the day: for whom (a state of DG1, or a certificate's SHA-256 in hex), and what."""

    rows: frozenset[tuple[str, Exempt]] = frozenset()

    def hold(self, what: Exempt, *whom: str) -> bool:
        """Tell whether a row lets it through for any of these."""
        return any((name, what) in self.rows for name in whom)


@dataclass(frozen=True, slots=True)
class Floors:
    """Shortest keys, in bits, of signers of documents and their authorities."""

    rsa_bits: int = 2048
    curve_bits: int = 256


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """Which documents of which states are a citizen's, by the machine readable zone."""

    states: tuple[tuple[str, str], ...]
    """States whose documents are accepted: the letters in DG1, the country in the certificates."""
    nationalities: tuple[str, ...]
    codes: tuple[str, ...]
    """Codes of the document without fillers, compared whole."""

    def country_of(self, state: str) -> str | None:
        """Return the country in the certificates of a state; None if its documents are not accepted."""
        return dict(self.states).get(state)

    def overlaps(self, other: DocumentKind) -> bool:
        """Tell whether a zone can be of both."""
        return all(
            set(mine) & set(theirs)
            for mine, theirs in (
                (self.states, other.states),
                (self.nationalities, other.nationalities),
                (self.codes, other.codes),
            )
        )

    def admits(self, zone: Mrz, country: str) -> bool:
        """Tell whether a zone is of a citizen's document, if certificates of `country` signed it."""
        return (
            self.country_of(zone.state) == country
            and zone.nationality in self.nationalities
            and zone.code in self.codes
        )


@dataclass(frozen=True, slots=True)
class PassivePolicy:
    """Demands on what is read of a document; `expected` groups must have been read if EF.SOD lists them."""

    kinds: tuple[DocumentKind, ...]
    require_revocation: bool = False
    """Refuse documents where `revocation` cannot be done, for want of a list or because it is stale."""
    expected: tuple[int, ...] = ()
    exemptions: Exemptions = Exemptions()
    floors: Floors = Floors()

    @property
    def countries(self) -> dict[str, str]:
        """The country in the certificates, by the state in DG1."""
        return {state: country for kind in self.kinds for state, country in kind.states}

    def states_of(self, country: str) -> tuple[str, ...]:
        """List the states in DG1 whose certificates have a country."""
        pairs = (pair for kind in self.kinds for pair in kind.states)
        return tuple(dict.fromkeys(state for state, theirs in pairs if theirs == country))


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate's DER in hex, as rows name it."""
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
