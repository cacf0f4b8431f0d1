"""Trust store for identity cards: country signing certificates and revocation lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509

from drivers.smartcard import trust_folder
from drivers.smartcard.certificates import (
    country_of,
    hash_weakness,
    is_authority,
    is_list_of,
    issued,
    key_weakness,
    load_certificate,
    load_revocation_list,
    names_itself,
    names_key,
    one_country,
)
from drivers.smartcard.policy import fingerprint


@dataclass(frozen=True, slots=True)
class CountryLists:
    """Revocation lists that name a country, and the serial numbers on them."""

    usable: tuple[x509.CertificateRevocationList, ...]
    """Signed by a trusted key of the country."""
    unusable: tuple[x509.CertificateRevocationList, ...]
    proven: frozenset[int]
    """On usable lists."""
    named: frozenset[int]
    """On any of them."""


@dataclass(frozen=True, slots=True)
class CscaStore:
    """Country signing CAs that a branch is configured to trust; never one that was found on a card.

    An empty store trusts nobody: every card is then not authentic.
    """

    certificates: tuple[x509.Certificate, ...] = ()
    revocation_lists: tuple[x509.CertificateRevocationList, ...] = ()
    exempt: frozenset[str] = frozenset()
    """SHA-256 (hex) of certificates that are authorities although they deny it."""
    _known: dict[str | x509.Name, CountryLists] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What was worked out already, by country."""

    @classmethod
    def from_der(
        cls,
        certificates: Iterable[bytes],
        revocation_lists: Iterable[bytes] = (),
        exempt: frozenset[str] = frozenset(),
    ) -> CscaStore:
        """Load DER certificates and lists. Raises `ProtocolError` for one that is malformed."""
        return cls(
            tuple(load_certificate(der) for der in certificates),
            tuple(load_revocation_list(der) for der in revocation_lists),
            exempt,
        )

    @classmethod
    def from_folder(cls, path: Path, countries: frozenset[str] | None = None) -> CscaStore:
        """Load every file of a folder; see `trust_folder` for names and forms.

        `countries` (two capital letters each) limits what a master list may add; None for no limit.
        An empty folder trusts nobody. Raises `ProfileError` naming the file that cannot be used.
        """
        content = trust_folder.load(path, countries)
        return cls(content.certificates, content.revocation_lists)

    def issuers_of(self, certificate: x509.Certificate) -> tuple[x509.Certificate, ...]:
        """Return the trusted authorities with the right name, key id and signature.

        None has a key that is too weak.
        """
        return tuple(
            authority
            for authority in self.certificates
            if issued(certificate, authority) and self._trusts(authority, frozenset())
        )

    def line_of(self, authority: x509.Certificate) -> tuple[x509.Certificate, ...]:
        """Return an authority and, where it came by links, those that vouch for it."""
        line = [authority]
        for link in line:  # grows while it is walked
            if not names_itself(link):
                line += [
                    older
                    for older in self.certificates
                    if older not in line and issued(link, older)
                ]
        return tuple(line)

    def why_unusable(self, authority: x509.Certificate) -> str:
        """Return why a certificate of the store vouches for nobody; empty if it does."""
        if not self._is_authority(authority):
            return "it denies to be an authority, or does not say so"
        if why := key_weakness(authority):
            return why
        return "" if self._trusts(authority, frozenset()) else "no authority here vouches for it"

    def lists_of(self, authority: x509.Certificate) -> CountryLists:
        """Return the complete lists of an authority's country, and what is on them.

        Usable is what any of the country's keys signed that is trusted: a country signs one list for all
        its signers, with its newest key (part 12, 6.3), and its authorities change their names. Worked
        out once for a country: a list may have a hundred thousand entries.
        """
        country = country_of(authority.subject) or authority.subject
        found = self._known.get(country)
        if found is None:
            found = self._known[country] = self._country_lists(authority)
        return found

    def _country_lists(self, authority: x509.Certificate) -> CountryLists:
        keys = [
            candidate
            for candidate in self.certificates
            if one_country(candidate.subject, authority.subject)
            and self._trusts(candidate, frozenset())
        ]
        usable: list[x509.CertificateRevocationList] = []
        unusable: list[x509.CertificateRevocationList] = []
        for revocations in self._lists_of(authority):
            # The key that the list names comes first: each of the others costs a hash of all of it.
            likely = sorted(keys, key=lambda key: not names_key(revocations, key))
            signed = any(is_list_of(revocations, key) for key in likely)
            (usable if signed else unusable).append(revocations)
        proven = _serials(usable)
        return CountryLists(tuple(usable), tuple(unusable), proven, proven | _serials(unusable))

    def usable_lists(
        self, authority: x509.Certificate
    ) -> tuple[x509.CertificateRevocationList, ...]:
        """Return the lists of the country that a trusted key of it signed."""
        return self.lists_of(authority).usable

    def unusable_lists(
        self, authority: x509.Certificate
    ) -> tuple[x509.CertificateRevocationList, ...]:
        """Return the lists that name the country and that no trusted key of it signed well enough."""
        return self.lists_of(authority).unusable

    def _lists_of(self, authority: x509.Certificate) -> list[x509.CertificateRevocationList]:
        return [
            revocations
            for revocations in self.revocation_lists
            if one_country(revocations.issuer, authority.subject)
        ]

    def _is_authority(self, certificate: x509.Certificate) -> bool:
        return is_authority(certificate) or fingerprint(certificate) in self.exempt

    def _trusts(self, authority: x509.Certificate, below: frozenset[x509.Certificate]) -> bool:
        """Tell whether an authority stands for itself, or by link certificates comes from one that did.

        In a link certificate the old key signs the new one (ICAO Doc 9303 part 12, 4.2.2), of
        the same country, so the hash it is signed with must be strong. A signature of its own proves
        nothing: whoever made the certificate could make it. Of such a certificate only the key counts.
        """
        if not self._is_authority(authority) or key_weakness(authority) or authority in below:
            return False
        return names_itself(authority) or (
            not hash_weakness(authority)
            and any(
                issued(authority, older)
                and one_country(authority.subject, older.subject)
                and self._trusts(older, below | {authority})
                for older in self.certificates
            )
        )


def _serials(lists: Iterable[x509.CertificateRevocationList]) -> frozenset[int]:
    return frozenset(entry.serial_number for each in lists for entry in each)
