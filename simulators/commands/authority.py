"""Issuing authorities kept in a folder, so that several programs issue under the same root.

    DIR/csca.pem  csca.key     country signing CA of identity cards
    DIR/dsc.pem   dsc.key      its document signer
    DIR/ca.pem    ca.key       CA of PIV cards

Keys are PKCS #8 without a passphrase, readable by their owner only: for tests, never for people.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from crypto.certificates import certificate_builder
from election.files import PUBLIC, read_file, replace_file
from simulators.cards.issuer import Issuer, Scheme
from simulators.commands.errors import OptionsError

COUNTRY: Final = "Amin test"
YEARS: Final = timedelta(days=365 * 10)
CARD_YEARS: Final = timedelta(days=365 * 3)
PRIVATE_MODE: Final = 0o600

AuthorityPrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def country_issuer(folder: Path, now: datetime) -> Issuer:
    """Return the issuer of identity cards in `folder`, created if needed. Raises `OptionsError`."""
    with _locked(folder):
        if not (folder / "csca.pem").exists():
            made = Issuer.create(COUNTRY, now)
            _store(folder, "dsc", made.signer_key, made.signer)
            _store(folder, "csca", made.authority_key, made.authority)
        authority_key, authority = _load(folder, "csca")
        signer_key, signer = _load(folder, "dsc")
    if not isinstance(authority_key, ec.EllipticCurvePrivateKey):
        raise OptionsError(f"{folder}/csca.key is not an elliptic curve key; {_AGAIN}")
    scheme = (
        Scheme.ECDSA_P256
        if isinstance(signer_key, ec.EllipticCurvePrivateKey)
        else Scheme.RSA_PKCS1
    )
    return Issuer(authority, authority_key, signer, signer_key, scheme)


@dataclass(frozen=True, slots=True)
class CardAuthority:
    """CA of PIV cards."""

    certificate: x509.Certificate
    key: AuthorityPrivateKey = field(repr=False)

    @classmethod
    def in_folder(cls, folder: Path, now: datetime) -> CardAuthority:
        """Return the authority in `folder`, created if needed. Raises `OptionsError`."""
        with _locked(folder):
            if not (folder / "ca.pem").exists():
                key = ec.generate_private_key(ec.SECP256R1())
                name = _name(f"{COUNTRY} card CA")
                builder = _builder(name, name, key.public_key(), now, YEARS, authority=True)
                _store(folder, "ca", key, builder.sign(key, hashes.SHA256()))
            found, signed = _load(folder, "ca")
        return cls(signed, found)

    def issue(
        self, holder: str, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, now: datetime
    ) -> x509.Certificate:
        """Return a certificate for login and signatures, valid for three years."""
        issuer = self.certificate.subject
        builder = _builder(_name(holder), issuer, key, now, CARD_YEARS, authority=False)
        return (
            builder.add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .sign(self.key, hashes.SHA256())
        )


_LARGEST: Final = 1 << 20
"""Bytes of a key or certificate."""
_AGAIN: Final = "remove it, or choose another folder with --ca"


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    now: datetime,
    valid: timedelta,
    *,
    authority: bool,
) -> x509.CertificateBuilder:
    start = now - timedelta(days=1)
    return certificate_builder(subject, issuer, key, start, start + valid, authority=authority)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one program in at a time: two that start together must not make two authorities."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fd = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_MODE)
    except OSError as error:
        raise OptionsError(f"the folder {folder} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _store(
    folder: Path, name: str, key: AuthorityPrivateKey, certificate: x509.Certificate
) -> None:
    """Store the key first: a certificate without its key would be taken for an authority."""
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    replace_file(folder / f"{name}.key", pem)
    replace_file(
        folder / f"{name}.pem", certificate.public_bytes(serialization.Encoding.PEM), PUBLIC
    )


def _load(folder: Path, name: str) -> tuple[AuthorityPrivateKey, x509.Certificate]:
    path = folder / f"{name}.pem"
    try:
        certificate = x509.load_pem_x509_certificate(read_file(path, _LARGEST))
        path = folder / f"{name}.key"
        key = serialization.load_pem_private_key(read_file(path, _LARGEST), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise OptionsError(f"{path} cannot be read; {_AGAIN}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise OptionsError(f"{path} is of a kind that issues no cards; {_AGAIN}")
    if key.public_key() != certificate.public_key():
        raise OptionsError(f"{path} does not belong to its certificate; {_AGAIN}")
    return key, certificate
