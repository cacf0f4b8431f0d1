"""Judge documents below authorities whose certificates were put into the folder by hand."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from asn1crypto import cms
from asn1crypto import x509 as ax
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from drivers.errors import ProfileError
from drivers.smartcard import certificates, tlv
from drivers.smartcard.trust import CscaStore
from tests.card_issuers import CountryIssuer
from tests.cases.documents.kit import DER, NOW, Country, Says, failed, trust

ECDSA_SHA1 = bytes.fromhex("300906072A8648CE3D0401")


def test_authority_as_the_project_makes_it(tmp_path: Path) -> None:
    country = Country()
    assert failed(country.sod(), trust(tmp_path, {"a.cer": country.der})) == []
    assert failed(Country().sod(), trust(tmp_path, {"a.cer": country.der})) != []


@pytest.mark.parametrize("usage", Says)
@pytest.mark.parametrize("constraints", Says)
def test_extensions_of_an_authority(tmp_path: Path, constraints: Says, usage: Says) -> None:
    """One of basicConstraints and keyUsage says that it is one, and none denies it."""
    country = Country()
    der = country.authority(constraints, usage).public_bytes(DER)
    named = {constraints, usage}
    if Says.YES in named and Says.NO not in named:
        assert failed(country.sod(), trust(tmp_path, {"a.cer": der})) == []
        return
    with pytest.raises(ProfileError, match="not the certificate of an authority"):
        trust(tmp_path, {"a.cer": der})
    assert failed(country.sod(), CscaStore((x509.load_der_x509_certificate(der),))) != []


def with_sha1(made: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the certificate, signed anew over SHA-1."""
    return resigned(made.public_bytes(DER), key, ECDSA_SHA1, hashes.SHA1())


def resigned(
    der: bytes,
    key: ec.EllipticCurvePrivateKey,
    algorithm: bytes,
    digest: hashes.HashAlgorithm,
) -> bytes:
    """Return a certificate or list (DER) with another signature algorithm, signed anew by it."""
    content, before, _ = tlv.parse_one(der, 0x30).children()
    parts = [tlv.encode(element.tag, element.value) for element in content.children()]
    parts[parts.index(tlv.encode(before.tag, before.value))] = algorithm
    anew = tlv.encode(0x30, *parts)
    signature = key.sign(anew, ec.ECDSA(digest))
    return tlv.encode(0x30, anew, algorithm, tlv.encode(3, b"\0" + signature))


NULL_ECDSA = {
    bytes.fromhex("300C06082A8648CE3D0403020500"): hashes.SHA256(),
    bytes.fromhex("300C06082A8648CE3D0403030500"): hashes.SHA384(),
    bytes.fromhex("300C06082A8648CE3D0403040500"): hashes.SHA512(),
}
"""ECDSA with NULL for its parameters, which has none (RFC 5758, 3.2)."""
each_null = pytest.mark.parametrize("algorithm", NULL_ECDSA, ids=["sha256", "sha384", "sha512"])


@each_null
@pytest.mark.parametrize("in_pem", [False, True])
def test_anchor_with_null_parameters(tmp_path: Path, algorithm: bytes, in_pem: bool) -> None:
    country = Country()
    der = resigned(country.der, country.ca_key, algorithm, NULL_ECDSA[algorithm])
    body = base64.encodebytes(der) if in_pem else b""
    pem = b"-----BEGIN CERTIFICATE-----\n" + body + b"-----END CERTIFICATE-----\n"
    assert failed(country.sod(), trust(tmp_path, {"a.cer": pem if in_pem else der})) == []


@each_null
def test_signer_with_null_parameters(algorithm: bytes) -> None:
    """The signature is over the form with NULL; one over anything else does not verify."""
    country, other = Country(), Country()
    digest = NULL_ECDSA[algorithm]
    der = resigned(country.signer.public_bytes(DER), country.ca_key, algorithm, digest)
    signer = certificates.load_certificate(der)
    assert certificates.issued(signer, country.ca)
    assert not certificates.issued(signer, other.ca)
    assert failed(with_certificate(country.sod(), der), CscaStore((country.ca,))) == []
    forged = resigned(country.signer.public_bytes(DER), other.ca_key, algorithm, digest)
    assert failed(with_certificate(country.sod(), forged), CscaStore((country.ca,))) != []


def with_certificate(ef_sod: bytes, der: bytes) -> bytes:
    """Return EF.SOD with another certificate in place of the signer's."""
    info = cms.ContentInfo.load(tlv.parse_one(ef_sod, 0x77).value)
    choice = cms.CertificateChoices("certificate", ax.Certificate.load(der))
    info["content"]["certificates"] = cms.CertificateSet([choice])
    return tlv.encode(0x77, info.dump(force=True))


@each_null
def test_link_and_list_with_null_parameters(algorithm: bytes) -> None:
    issuer = CountryIssuer.create("Invented country", NOW)
    fresh = issuer.renewed("Invented country", NOW)
    key, digest = issuer.authority_key, NULL_ECDSA[algorithm]
    assert fresh.link is not None
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    link = certificates.load_certificate(
        resigned(fresh.link.public_bytes(DER), key, algorithm, digest)
    )
    assert CscaStore((issuer.authority, link)).issuers_of(fresh.signer) == (link,)
    revoked = issuer.revocation_list(NOW, [issuer.signer.serial_number])
    listed = certificates.load_revocation_list(resigned(revoked, key, algorithm, digest))
    assert certificates.is_list_of(listed, issuer.authority)
    assert not certificates.is_list_of(listed, CountryIssuer.create("Other", NOW).authority)


def test_master_list_is_read_whole(tmp_path: Path) -> None:
    """The list's own authority, an ordinary one, and those with NULL parameters."""
    lists, one = CountryIssuer.create("Lists", NOW), Country("IR")
    odd = [
        resigned((country := Country("AT")).der, country.ca_key, algorithm, digest)
        for algorithm, digest in NULL_ECDSA.items()
    ]
    listed = lists.master_list([one.ca, *odd], NOW)
    store = trust(tmp_path, {"a.cer": lists.authority_der, "b.ml": listed})
    assert len(store.certificates) == 2 + len(odd)


def test_list_of_many_entries() -> None:
    """Longer than what is ever rewritten, and verified as it came."""
    issuer = CountryIssuer.create("Invented country", NOW)
    data = issuer.revocation_list(NOW, range(1, 3500))
    assert len(data) > 65_535
    assert certificates.is_list_of(certificates.load_revocation_list(data), issuer.authority)


def test_self_signature_with_sha1(tmp_path: Path) -> None:
    """It proves nothing, so its hash does not matter; the folder was filled by hand."""
    country = Country()
    der = with_sha1(country.ca, country.ca_key)
    assert failed(country.sod(), trust(tmp_path, {"a.cer": der})) == []


def test_signer_certified_with_sha1() -> None:
    country = Country()
    weak = x509.load_der_x509_certificate(with_sha1(country.signer, country.ca_key))
    failures = failed(country.sod(signer=weak), CscaStore((country.ca,)))
    assert "algorithms: the certificate's hash is too weak" in failures


@pytest.mark.parametrize("weak", [False, True])
def test_link_with_sha1(weak: bool) -> None:
    """In a link the old key vouches for the new one, so its hash matters."""
    issuer = CountryIssuer.create("Invented country", NOW)
    fresh = issuer.renewed("Invented country", NOW)
    assert fresh.link is not None
    assert isinstance(issuer.authority_key, ec.EllipticCurvePrivateKey)
    link = fresh.link
    if weak:
        link = x509.load_der_x509_certificate(with_sha1(link, issuer.authority_key))
    trusted = CscaStore((issuer.authority, link)).issuers_of(fresh.signer)
    assert trusted == (() if weak else (link,))


def test_member_of_a_master_list_with_sha1(tmp_path: Path) -> None:
    """A member was seen by nobody here, so its hash matters."""
    lists, country = CountryIssuer.create("Lists", NOW), Country()
    weak = x509.load_der_x509_certificate(with_sha1(country.ca, country.ca_key))
    listed = lists.master_list([country.ca, weak], NOW)
    store = trust(tmp_path, {"a.cer": lists.authority_der, "b.ml": listed})
    assert store.certificates == (lists.authority, country.ca)
