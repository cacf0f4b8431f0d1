"""Folder of the certificates and lists that a branch trusts.

====================  =====================================================================
.cer .crt .der .pem   country signing certificates and link certificates, DER or PEM
.crl                  revocation lists, DER or PEM
.ml                   master lists (ICAO Doc 9303 part 12, chapter 9): taken only if its signer
                      was issued by a certificate of this folder, never by one of the list itself
.txt .md              notes, not read; names that start with a dot, too
====================  =====================================================================

Any other name is refused: a revocation list that is silently left out would not be missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asn1crypto import pem
from cryptography import x509

from drivers.errors import ProfileError, ProtocolError
from drivers.smartcard import signed_data
from drivers.smartcard.asn1 import ASN1_ERRORS
from drivers.smartcard.certificates import (
    country,
    extension,
    hash_weakness,
    is_authority,
    issued,
    load_certificate,
    load_revocation_list,
    may_sign_data,
)
from drivers.smartcard.documents import MASTER_LIST, MasterList
from drivers.smartcard.policy import fingerprint

MASTER_LIST_SIGNER: Final = "2.23.136.1.1.3"
"""Extended key usage of the signer of a master list."""
MAX_FILE_BYTES: Final = 16 * 1024 * 1024
MAX_FILES: Final = 1000

_CERTIFICATES: Final = (".cer", ".crt", ".der", ".pem")
_REVOCATIONS: Final = ".crl"
_MASTER_LIST: Final = ".ml"
_NOTES: Final = (".txt", ".md")
_PEM: Final = b"-----BEGIN "


@dataclass(frozen=True, slots=True)
class FolderContent:
    """Content of a folder, in the order of the file names."""

    certificates: tuple[x509.Certificate, ...]
    revocation_lists: tuple[x509.CertificateRevocationList, ...]


def load(
    folder: Path, countries: frozenset[str] | None, *, exempt: frozenset[str] = frozenset()
) -> FolderContent:
    """Read a folder. Raises `ProfileError` naming what cannot be used.

    `exempt`: SHA-256 (hex) of certificates that are authorities although they deny it.
    """
    certificates: list[x509.Certificate] = []
    revocations: list[x509.CertificateRevocationList] = []
    lists: list[tuple[Path, bytes]] = []
    for path in _files(folder):
        kind = path.suffix.lower()
        if kind in _NOTES:
            continue
        data = _read(path)
        try:
            if kind in _CERTIFICATES:
                certificates += _authorities(data, exempt)
            elif kind == _REVOCATIONS:
                revocations += read_revocation_lists(data)
            elif kind == _MASTER_LIST:
                lists.append((path, data))
            else:
                raise ProtocolError(
                    "unknown kind of file; take it out, or name it .cer, .crl or .ml"
                )
        except ProtocolError as error:
            raise ProfileError(f"trust file {path}: {error}") from error
    anchors = tuple(certificates)
    for path, data in lists:
        try:
            authorities = master_list(data, anchors)
        except ProtocolError as error:
            raise ProfileError(f"trust file {path}: {error}") from error
        certificates += [
            authority
            for authority in authorities
            if authority not in certificates
            and (countries is None or country(authority) in countries)
        ]
    return FolderContent(tuple(certificates), tuple(revocations))


@dataclass(frozen=True, slots=True)
class OpenedMasterList:
    """A master list that its signer signed well; whether the signer is known is another question."""

    signer: x509.Certificate
    members: tuple[bytes, ...]
    """X.509 DER, as they came."""


def open_master_list(data: bytes) -> OpenedMasterList:
    """Open a master list (CMS, DER or PEM). Raises `ProtocolError`, also where its signature is wrong.

    The signer's validity is not checked: lists are taken over by hand, once, and their certificates have
    validities of their own.
    """
    (der,) = _contents(data, "CMS")[:1]
    signed = signed_data.parse(der)
    reasons = (
        signed_data.wrong_content_type(signed, frozenset({MASTER_LIST})),
        signed_data.wrong_digest(signed),
        signed_data.weak_algorithm(signed),
        signed_data.wrong_signature(signed),
        "" if _may_sign_lists(signed.signer) else "its signer may not sign master lists",
    )
    for reason in filter(None, reasons):
        raise ProtocolError(f"the master list cannot be trusted: {reason}")
    try:
        parsed = MasterList.load(signed.content, strict=True)
        return OpenedMasterList(
            signed.signer, tuple(entry.dump() for entry in parsed["certificates"])
        )
    except ASN1_ERRORS as error:
        raise ProtocolError("the master list is malformed") from error


def knows_signer(opened: OpenedMasterList, anchors: tuple[x509.Certificate, ...]) -> bool:
    """Tell whether one of the `anchors` issued the signer of a master list."""
    return any(is_authority(anchor) and issued(opened.signer, anchor) for anchor in anchors)


def master_list(data: bytes, anchors: tuple[x509.Certificate, ...]) -> tuple[x509.Certificate, ...]:
    """Return the authorities of a master list whose signer one of the `anchors` issued.

    Raises `ProtocolError`.
    """
    opened = open_master_list(data)
    if not knows_signer(opened, anchors):
        raise ProtocolError("no certificate of the folder issued the signer of the master list")
    # Lists of many countries hold certificates that RFC 5280 refuses; those are of no use here. Nobody
    # here has looked at the members one by one, so each must have been signed with a strong hash.
    readable = (_readable(der) for der in opened.members)
    return tuple(
        certificate
        for certificate in readable
        if certificate is not None and is_authority(certificate) and not hash_weakness(certificate)
    )


def _may_sign_lists(signer: x509.Certificate) -> bool:
    purposes = extension(signer, x509.ExtendedKeyUsage) or ()
    return may_sign_data(signer) and any(
        purpose.dotted_string == MASTER_LIST_SIGNER for purpose in purposes
    )


def _readable(der: bytes) -> x509.Certificate | None:
    try:
        return load_certificate(der)
    except ProtocolError:
        return None


def _files(folder: Path) -> list[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise ProfileError(
            f"trust folder {folder} cannot be read: {error.strerror}; check path and rights"
        ) from error
    if len(files) > MAX_FILES:
        raise ProfileError(f"trust folder {folder} has more than {MAX_FILES} files")
    return files


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ProfileError(f"trust file {path} cannot be read: {error.strerror}") from error
    if len(data) > MAX_FILE_BYTES:
        raise ProfileError(f"trust file {path} is longer than {MAX_FILE_BYTES} bytes")
    return data


def read_certificates(data: bytes) -> tuple[x509.Certificate, ...]:
    """Read certificates, DER or PEM. Raises `ProtocolError`."""
    return tuple(map(load_certificate, _contents(data, "CERTIFICATE")))


def read_revocation_lists(data: bytes) -> tuple[x509.CertificateRevocationList, ...]:
    """Read revocation lists, DER or PEM. Raises `ProtocolError`."""
    return tuple(map(load_revocation_list, _contents(data, "X509 CRL")))


def _authorities(data: bytes, exempt: frozenset[str]) -> Iterator[x509.Certificate]:
    for certificate in read_certificates(data):
        if not is_authority(certificate) and fingerprint(certificate) not in exempt:
            raise ProtocolError("not the certificate of an authority (CA)")
        yield certificate


def _contents(data: bytes, kind: str) -> list[bytes]:
    """Return what a file holds in DER: the file, or the PEM blocks of a kind in it, at least one."""
    if not data.lstrip().startswith(_PEM):
        return [data]
    try:
        blocks = [der for name, _, der in pem.unarmor(data, multiple=True) if name == kind]
    except ValueError as error:
        raise ProtocolError("a PEM block is malformed") from error
    if not blocks:
        raise ProtocolError(f"no PEM block of the kind {kind}")
    return blocks
