"""Documents that a branch has to refuse, and that count as authentic."""

from datetime import timedelta
from functools import cache, partial

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from drivers.smartcard import tlv
from drivers.smartcard.trust import CscaStore
from simulators.cards.issuer import Issuer
from tests.cases.documents.kit import (
    DER,
    ECDSA_SHA1,
    NOW,
    Country,
    failed,
    is_refused,
    names,
    new_key,
    trust,
)
from tests.cases.runner import collect


@cache
def own() -> Country:
    return Country("IR")


def other_country() -> list[str]:
    """DG1 says IRN; a signer of XX has signed it, whose authority came with a master list."""
    lists, other = Issuer.create("Lists", NOW), Country("XX")
    store = trust(
        own__cer=own().der,
        lists__cer=lists.authority_der,
        world__ml=lists.master_list([own().ca, other.ca], NOW),
    )
    return failed(other.sod(), store)


def other_purpose(oid: str) -> list[str]:
    """The right authority, a certificate for something else (critical extendedKeyUsage)."""
    usage = tlv.encode(0x30, bytes.fromhex(oid))
    country = Country("IR", extra=[("2.5.29.37", usage, True)])
    return failed(country.sod(), CscaStore((country.ca,)))


def after_the_keys_life() -> list[str]:
    """privateKeyUsagePeriod is January to March 2020, the signature of 2026."""
    life = tlv.encode(
        0x30, tlv.encode(0x80, b"20200101000000Z"), tlv.encode(0x81, b"20200401000000Z")
    )
    country = Country("IR", first_day=-2500, extra=[("2.5.29.16", life, False)])
    return failed(country.sod(signed_at=NOW - timedelta(days=1)), CscaStore((country.ca,)))


def signer_of_another_country() -> list[str]:
    """C=YY below an authority with C=IR; Doc 9303-12 wants the same."""
    country = Country(above=own(), subject=names("YY"))
    return failed(country.sod(), CscaStore((own().ca,)))


def revoked_by(crl: bytes) -> list[str]:
    """The signer is on a list that lies in the folder of trusted files."""
    return failed(own().sod(), trust(a__cer=own().der, r__crl=crl))


def crl(
    issuer: x509.Name | None = None, key: ec.EllipticCurvePrivateKey | None = None
) -> x509.CertificateRevocationList:
    revoked = (
        x509.RevokedCertificateBuilder()
        .serial_number(own().signer.serial_number)
        .revocation_date(NOW)
        .build()
    )
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer or own().name)
        .last_update(NOW)
        .next_update(NOW + timedelta(days=30))
        .add_revoked_certificate(revoked)
        .sign(key or own().ca_key, hashes.SHA256())
    )


def right_list() -> list[str]:
    return revoked_by(crl().public_bytes(DER))


def list_signed_with_sha1() -> list[str]:
    parts = tlv.parse(tlv.parse_one(crl().tbs_certlist_bytes, 0x30).value)
    # version, signature, issuer …: the second is the algorithm
    body = [tlv.encode(part.tag, part.value) for part in parts]
    at = next(number for number, part in enumerate(parts) if part.tag == 0x30)
    body[at] = ECDSA_SHA1
    tbs = tlv.encode(0x30, *body)
    signature = own().ca_key.sign(tbs, ec.ECDSA(hashes.SHA1()))
    return revoked_by(tlv.encode(0x30, tbs, ECDSA_SHA1, tlv.encode(3, b"\0" + signature)))


def list_of_another_key() -> list[str]:
    return revoked_by(crl(key=new_key()).public_bytes(DER))


def list_with_small_letters() -> list[str]:
    small = names("ir", organization="Invented issuer", common="Invented CSCA")
    return revoked_by(crl(small).public_bytes(DER))


is_refused("signer-of-another-country-in-a-master-list", other_country)
is_refused("master-list-signer", partial(other_purpose, "0606678108010103"))
is_refused("tls-server", partial(other_purpose, "06082B06010505070301"))
is_refused("visible-seal-signer", partial(other_purpose, "060767810801010E02"))
is_refused("signed-after-the-keys-life", after_the_keys_life)
is_refused("signer-and-authority-of-two-countries", signer_of_another_country)
is_refused("revoked", right_list)
is_refused("revoked-on-a-list-with-sha1", list_signed_with_sha1)
is_refused("revoked-on-a-list-of-another-key", list_of_another_key)
is_refused("revoked-on-a-list-with-small-letters", list_with_small_letters)
test_case = collect()
