"""Decide what a device trusts of identity documents: what the package says, and lists that were added.

In a rehearsal the settings may name a profile and a folder of authorities of their own; every screen
then says so. Anything else that a station's settings could say of trust is refused with the package.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

from drivers.errors import ProfileError, ProtocolError
from drivers.smartcard import trust_folder
from drivers.smartcard.certificates import load_revocation_list
from drivers.smartcard.profile import STANDARD, profile_text, read_profile_file
from drivers.smartcard.trust import CscaStore
from election.definition import Election
from election.document_rules import DocumentRules, open_rules
from election.errors import ManifestError, PackageError
from election.reasons import PackageReason
from election.register import hash_in_groups
from election.trusted import MAX_REVOCATION_LIST, Trusted
from election.trusted_digest import trusted_digest
from election.usb_drive import open_drive
from words.message import Latin, m

_SHOWN: Final = 32
"""Hex digits of the digest on paper and in the log."""
_LIST: Final = ".crl"
MOST_LISTS: Final = 100
"""Revocation lists that a drive may bring at once."""


@dataclass(frozen=True, slots=True)
class OwnDocuments:
    """What a station's settings trust for rehearsals: everything else stands in the signed package."""

    profile: str | Path | None = None
    """The name of a family that comes with the drivers, or the path of a file; None: the package's."""
    csca: Path | None = None
    """A folder of signing certificates beside those of the package."""

    @property
    def is_set(self) -> bool:
        """Whether anything is said here: then no election but a rehearsal is loaded."""
        return self.profile is not None or self.csca is not None


@dataclass(frozen=True, slots=True)
class DocumentTrust:
    """All that one device trusts of identity documents in one election."""

    trusted: Trusted
    """Of the package; in a rehearsal with that of the device's own settings."""
    added: tuple[bytes, ...]
    """Revocation lists beside them (DER)."""
    election: Election

    @property
    def digest(self) -> bytes:
        """SHA-256 of all of it: the same at all devices that were given the same."""
        return trusted_digest(self.trusted, self.added)

    @property
    def shown(self) -> str:
        """The first digits of the digest, in groups, to compare by eye."""
        return hash_in_groups(self.digest[: _SHOWN // 2])

    def rules(self) -> DocumentRules:
        """Parse it. Raises `PackageError`."""
        election = self.election
        try:
            return open_rules(
                self.trusted, election.opens, rehearsal=election.rehearsal, added=self.added
            )
        except ManifestError as error:
            raise PackageError(PackageReason.DOCUMENTS, error.message) from error

    def with_lists(self, lists: Iterable[bytes]) -> DocumentTrust:
        """Return the trust with more lists: it only grows."""
        new = set(lists) - set(self.trusted.revocation_lists)
        return replace(self, added=tuple(sorted({*self.added, *new})))


def trust_of(election: Election, own: OwnDocuments, added: Iterable[bytes] = ()) -> DocumentTrust:
    """Return what a device trusts in an election. Raises `PackageError`.

    `own`: of its settings. `added`: what its memories hold; what no authority signed is left out.
    """
    if own.is_set and not election.rehearsal:
        raise PackageError(PackageReason.OWN_DOCUMENTS)
    trust = DocumentTrust(with_own(election.trusted, own), (), election)
    lists = tuple(added)
    if not lists:
        return trust
    rules = trust.rules()
    return trust.with_lists(data for data in lists if _is_usable(data, rules))


def rules_for_trials(
    election: Election | None, own: OwnDocuments, added: Iterable[bytes], now: datetime
) -> DocumentRules:
    """Return what a rehearsal trusts, and the settings' own beside it.

    Without an election the settings alone, and without those the standard family and nobody's signature.
    Raises `PackageError`, `ManifestError`.
    """
    if election is not None:
        return trust_of(election, own, added).rules()
    trusted = with_own(Trusted(profiles=(profile_text(STANDARD),)), own)
    return open_rules(trusted, now, rehearsal=True)


def with_own(trusted: Trusted, own: OwnDocuments) -> Trusted:
    """Put what a station's own settings name beside it. Raises `PackageError` for what cannot be used."""
    try:
        return _with_own(trusted, own)
    except ProfileError as error:
        raise PackageError(
            PackageReason.DOCUMENTS, m("station.toml: {detail}", detail=Latin(str(error)))
        ) from error


def _with_own(trusted: Trusted, own: OwnDocuments) -> Trusted:
    if own.profile is not None:
        chosen = own.profile
        text = profile_text(chosen) if isinstance(chosen, str) else read_profile_file(chosen)
        trusted = replace(trusted, profiles=(text,))
    if own.csca is not None:
        found = trust_folder.load(own.csca, None)
        trusted = replace(
            trusted,
            authorities=(
                *trusted.authorities,
                *(each.public_bytes(Encoding.DER) for each in found.certificates),
            ),
            revocation_lists=(
                *trusted.revocation_lists,
                *(each.public_bytes(Encoding.DER) for each in found.revocation_lists),
            ),
        )
    return trusted


def brought_lists(usb: Path, trust: DocumentTrust) -> tuple[bytes, ...]:
    """Read the revocation lists (.crl) on the drive.

    Raises `PackageError` if there is none, or for one that no authority here signed, `OSError`.
    """
    with open_drive(usb) as drive:
        names = drive.named(_LIST)
        if not names:
            raise PackageError(PackageReason.NO_LIST)
        if len(names) > MOST_LISTS:
            raise PackageError(PackageReason.FOREIGN_LIST)
        contents = [(name, drive.read(name, MAX_REVOCATION_LIST)) for name in names]
    rules = trust.rules()
    lists = []
    for name, content in contents:
        try:
            read = trust_folder.read_revocation_lists(content)
        except ProtocolError as error:
            raise PackageError(
                PackageReason.FOREIGN_LIST,
                m("{name}: {detail}", name=Latin(name), detail=Latin(str(error))),
            ) from error
        for list_ in read:
            data = list_.public_bytes(Encoding.DER)
            if not _is_usable(data, rules):
                raise PackageError(PackageReason.FOREIGN_LIST)
            lists.append(data)
    return tuple(lists)


def _is_usable(data: bytes, rules: DocumentRules) -> bool:
    """Tell whether an authority that the device knows signed a list of its own country."""
    try:
        list_ = load_revocation_list(data)
    except ProtocolError:
        return False
    store = CscaStore(rules.store.certificates, (list_,), rules.store.exempt)
    return any(store.usable_lists(each) for each in store.certificates)
