"""Take one state's authorities and revocation lists out of files, and say what was left out and why.

Master lists of other states hold the authorities of half the world, and prove nothing of ours: whether a
certificate is the state's own, people find out by its fingerprint (ICAO Doc 9303 part 12, 6.1.1). So
nothing is kept before somebody has said that the fingerprints agree.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from drivers.errors import ProfileError, ProtocolError
from drivers.smartcard import trust_folder
from drivers.smartcard.certificates import (
    country,
    country_of,
    hash_weakness,
    is_authority,
    is_valid_at,
    key_weakness,
    load_certificate,
    names_itself,
)
from drivers.smartcard.policy import fingerprint
from drivers.smartcard.signers import key_period
from drivers.smartcard.trust import CscaStore
from election.errors import ManifestError
from election.files import PUBLIC, replace_file
from election.trusted import MAX_CERTIFICATE, MAX_REVOCATION_LIST
from headquarters.workspace import read_brought_file
from words.message import Code, Latin, Message, m

_SHORT: Final = 16
"""Hex digits of a digest in the names of kept files."""
_LISTED: Final = 40
"""Countries that are named one by one where they were left out."""

_Certificates = tuple[x509.Certificate, ...]


@dataclass(frozen=True, slots=True)
class FoundAuthority:
    """An authority to be kept, with what people compare."""

    certificate: x509.Certificate
    fingerprint: str
    name: str
    link: bool
    """An older key of the country vouches for it."""
    signed_until: date | None
    """When its key stops signing documents; those it signed stay good."""


@dataclass(frozen=True, slots=True)
class FoundList:
    """A revocation list to be kept."""

    data: bytes
    revoked: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be kept of the files, and what not."""

    country: str
    authorities: tuple[FoundAuthority, ...]
    lists: tuple[FoundList, ...]
    left_out: tuple[Message, ...]
    signers: tuple[Message, ...]
    """Of the master lists: who signed them, and whether that is known."""

    def told(self) -> Iterator[Message]:
        """Say everything that would be kept, and what not."""
        yield from self.signers
        for authority in self.authorities:
            yield m(
                "{fingerprint}  {name}",
                fingerprint=Code(authority.fingerprint),
                name=Latin(authority.name),
            )
            if authority.link:
                yield m("    a link: an older key of the state vouches for it")
            if authority.signed_until is not None:
                yield m("    its key signed until {day}", day=authority.signed_until)
        for found in self.lists:
            if found.until is None:
                yield m("revocation list of {count} entries, without an end", count=found.revoked)
            else:
                yield m(
                    "revocation list of {count} entries, current until {until}",
                    count=found.revoked,
                    until=found.until,
                )
        for line in self.left_out:
            yield m("left out: {line}", line=line)


@dataclass(slots=True)
class _Sorting:
    """Candidates, and why others are none."""

    letters: str
    day: datetime
    exempt: frozenset[str]
    taken: dict[str, x509.Certificate] = field(default_factory=dict)
    lists: list[x509.CertificateRevocationList] = field(default_factory=list)
    left_out: list[Message] = field(default_factory=list)
    foreign: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0

    def certificate(self, certificate: x509.Certificate, *, by_hand: bool) -> None:
        """Sort one in or out; `by_hand`: a file of its own, whose self-signature proves nothing."""
        if country(certificate) != self.letters:
            self.foreign[country(certificate) or "?"] += 1
            return
        why = self._why_not(certificate, by_hand=by_hand)
        if why is None:
            self.taken[fingerprint(certificate)] = certificate
        else:
            self.left_out.append(
                m(
                    "{fingerprint}: {why}",
                    fingerprint=Code(fingerprint(certificate)),
                    why=why,
                )
            )

    def _why_not(self, certificate: x509.Certificate, *, by_hand: bool) -> Message | None:
        if not is_authority(certificate) and fingerprint(certificate) not in self.exempt:
            return m(
                "it denies to be an authority; a row of documents.exceptions can let it through"
            )
        if why := key_weakness(certificate):
            return m("it cannot be used: {why}", why=Latin(why))
        if (why := hash_weakness(certificate)) and not (by_hand and names_itself(certificate)):
            return m("it cannot be used: {why}", why=Latin(why))
        if not is_valid_at(certificate, self.day):
            return m("it is not valid on the day")
        if len(certificate.public_bytes(Encoding.DER)) > MAX_CERTIFICATE:
            return m("it is too long")
        return None


def propose(
    files: Sequence[Path],
    letters: str,
    day: datetime,
    *,
    issuers: Iterable[Path] = (),
    there: Path | None = None,
    exempt: frozenset[str] = frozenset(),
) -> Proposal:
    """Sort the content of files: master lists (.ml), certificates, revocation lists (.crl).

    `letters`: the country in the certificates. `issuers`: certificates of those who issue the signers of
    master lists. `there`: the folder of what was kept before. `exempt`: SHA-256 (hex) of certificates that
    are authorities although they deny it. Raises `ManifestError` naming the file, `FolderError`, `OSError`.
    """
    known = tuple(each for path in issuers for each in _certificates(path))
    sorting = _Sorting(letters, day, exempt)
    signers: list[Message] = []
    for path in files:
        match path.suffix.lower():
            case ".ml":
                signers.append(_take_list(path, sorting, known))
            case ".crl":
                for list_ in _lists(path):
                    sorting.lists.append(list_)
            case ".cer" | ".crt" | ".der" | ".pem":
                for certificate in _certificates(path):
                    sorting.certificate(certificate, by_hand=True)
            case _:
                raise ManifestError.of(
                    "{name}: name master lists .ml, certificates .cer, revocation lists .crl",
                    name=path.name,
                )
    before = _kept(there, exempt)
    store = CscaStore((*sorting.taken.values(), *before.certificates), (), exempt)
    authorities = []
    for certificate in sorting.taken.values():
        if certificate in before.certificates:
            sorting.left_out.append(
                m("{fingerprint}: it is there already", fingerprint=Code(fingerprint(certificate)))
            )
        elif why := store.why_unusable(certificate):
            sorting.left_out.append(
                m(
                    "{fingerprint}: {why}",
                    fingerprint=Code(fingerprint(certificate)),
                    why=Latin(why),
                )
            )
        else:
            authorities.append(_found(certificate))
    return Proposal(
        letters,
        tuple(authorities),
        _usable_lists(sorting, store),
        (*sorting.left_out, *_counted(sorting)),
        tuple(signers),
    )


def keep(documents: Path, proposal: Proposal) -> tuple[Path, ...]:
    """Write what was proposed, under names made of digests; nothing that was kept goes. Raises `OSError`."""
    contents: Mapping[str, bytes] = {
        **{
            f"{each.fingerprint[:_SHORT]}.cer": each.certificate.public_bytes(Encoding.DER)
            for each in proposal.authorities
        },
        **{
            f"{hashlib.sha256(each.data).hexdigest()[:_SHORT]}.crl": each.data
            for each in proposal.lists
        },
    }
    documents.mkdir(exist_ok=True)
    for name, data in contents.items():
        replace_file(documents / name, data, PUBLIC)
    return tuple(documents / name for name in contents)


# ---------------------------------------------------------------- parts


def _take_list(path: Path, sorting: _Sorting, known: _Certificates) -> Message:
    try:
        opened = trust_folder.open_master_list(read_brought_file(path))
    except ProtocolError as error:
        raise _refused(path, error) from error
    for der in opened.members:
        try:
            certificate = load_certificate(der)
        except ProtocolError:
            sorting.unreadable += 1
            continue
        sorting.certificate(certificate, by_hand=False)
    signer = Latin(country(opened.signer) or "?")
    if trust_folder.knows_signer(opened, known):
        return m(
            "{name}: signed by {country}, confirmed by its issuer", name=path.name, country=signer
        )
    return m(
        "{name}: says that {country} signed it; no issuer was given to confirm that",
        name=path.name,
        country=signer,
    )


def _found(certificate: x509.Certificate) -> FoundAuthority:
    period = key_period(certificate)
    return FoundAuthority(
        certificate,
        fingerprint(certificate),
        certificate.subject.rfc4514_string()[:100],
        not names_itself(certificate),
        None if period is None else period.last,
    )


def _usable_lists(sorting: _Sorting, store: CscaStore) -> tuple[FoundList, ...]:
    found = []
    for list_ in sorting.lists:
        data = list_.public_bytes(Encoding.DER)
        with_it = CscaStore(store.certificates, (list_,), store.exempt)
        name = Code(hashlib.sha256(data).hexdigest())
        if country_of(list_.issuer) != sorting.letters:
            sorting.foreign[country_of(list_.issuer) or "?"] += 1
        elif len(data) > MAX_REVOCATION_LIST:
            sorting.left_out.append(m("{fingerprint}: it is too long", fingerprint=name))
        elif not any(with_it.usable_lists(each) for each in store.certificates):
            sorting.left_out.append(
                m(
                    "{fingerprint}: no authority here signed this list well enough",
                    fingerprint=name,
                )
            )
        else:
            found.append(FoundList(data, len(list_), list_.next_update_utc))
    return tuple(found)


def _counted(sorting: _Sorting) -> Iterable[Message]:
    if sorting.foreign:
        most = [
            f"{letters} {count}" for letters, count in sorted(sorting.foreign.items())[:_LISTED]
        ]
        yield m(
            "{count} of other countries: {listed}",
            count=sum(sorting.foreign.values()),
            listed=Latin(", ".join(most)),
        )
    if sorting.unreadable:
        yield m("{count} certificates cannot be read", count=sorting.unreadable)


def _kept(folder: Path | None, exempt: frozenset[str]) -> trust_folder.FolderContent:
    if folder is None or not folder.is_dir():
        return trust_folder.FolderContent((), ())
    try:
        return trust_folder.load(folder, None, exempt=exempt)
    except ProfileError as error:
        raise ManifestError.of("identity documents: {detail}", detail=Latin(str(error))) from error


def _certificates(path: Path) -> _Certificates:
    try:
        return trust_folder.read_certificates(read_brought_file(path))
    except ProtocolError as error:
        raise _refused(path, error) from error


def _lists(path: Path) -> tuple[x509.CertificateRevocationList, ...]:
    try:
        return trust_folder.read_revocation_lists(read_brought_file(path))
    except ProtocolError as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: ProtocolError) -> ManifestError:
    return ManifestError.of("{name}: {detail}", name=path.name, detail=Latin(str(error)))
