"""Judge documents below authorities whose certificates were put into the folder by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from asn1crypto import x509 as ax
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from drivers.errors import ProfileError
from drivers.smartcard import tlv
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
    body = ax.Certificate.load(made.public_bytes(DER))["tbs_certificate"]
    (tbs,) = tlv.parse(made.tbs_certificate_bytes)
    parts = [tlv.encode(element.tag, element.value) for element in tlv.parse(tbs.value)]
    parts[parts.index(body["signature"].dump())] = ECDSA_SHA1
    anew = tlv.encode(0x30, *parts)
    signature = key.sign(anew, ec.ECDSA(hashes.SHA1()))
    return tlv.encode(0x30, anew, ECDSA_SHA1, tlv.encode(3, b"\0" + signature))


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
