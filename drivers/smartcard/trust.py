"""Trust store for identity cards: country signing certificates and revocation lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from drivers.smartcard import trust_folder
from drivers.smartcard.certificates import (
    hash_weakness,
    is_authority,
    is_list_of,
    issued,
    key_weakness,
    load_certificate,
    load_revocation_list,
    names_itself,
    one_country,
)
from drivers.smartcard.policy import fingerprint


@dataclass(frozen=True, slots=True)
class CscaStore:
    """Country signing CAs that a branch is configured to trust; never one that was found on a card.

    An empty store trusts nobody: every card is then not authentic.
    """

    certificates: tuple[x509.Certificate, ...] = ()
    revocation_lists: tuple[x509.CertificateRevocationList, ...] = ()
    exempt: frozenset[str] = frozenset()
    """SHA-256 (hex) of certificates that are authorities although they deny it."""

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

    def usable_lists(
        self, authority: x509.Certificate
    ) -> tuple[x509.CertificateRevocationList, ...]:
        """Return the complete lists of the country, signed with any of its keys that is trusted.

        A country signs one list for all its signers, with its newest key (part 12, 6.3), and its
        authorities change their names.
        """
        keys = [
            candidate
            for candidate in self.certificates
            if one_country(candidate.subject, authority.subject)
            and self._trusts(candidate, frozenset())
        ]
        return tuple(
            revocations
            for revocations in self._lists_of(authority)
            if any(is_list_of(revocations, key) for key in keys)
        )

    def unusable_lists(
        self, authority: x509.Certificate
    ) -> tuple[x509.CertificateRevocationList, ...]:
        """Return the lists that name the country and that no trusted key of it signed well enough."""
        usable = self.usable_lists(authority)
        return tuple(list_ for list_ in self._lists_of(authority) if list_ not in usable)

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
