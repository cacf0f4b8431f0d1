"""Refuse documents whose signer the country has disowned."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests.cases.documents.kit import DER, NOW, Country, failed, trust


def crl(country: Country) -> bytes:
    """Return the country's list of revoked certificates, with its signer."""
    revoked = (
        x509.RevokedCertificateBuilder()
        .serial_number(country.signer.serial_number)
        .revocation_date(NOW)
        .build()
    )
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(country.name)
        .last_update(NOW)
        .next_update(NOW + timedelta(days=30))
        .add_revoked_certificate(revoked)
        .sign(country.ca_key, hashes.SHA256())
    )
    return made.public_bytes(DER)


def test_revoked(tmp_path: Path) -> None:
    """The list lies in the folder of trusted files."""
    country = Country()
    assert failed(country.sod(), trust(tmp_path, {"a.cer": country.der})) == []
    store = trust(tmp_path, {"r.crl": crl(country)})
    assert failed(country.sod(), store) != []
