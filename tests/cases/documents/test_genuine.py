"""Genuine documents that are refused: forms of EF.SOD that countries issue."""

from functools import partial

from asn1crypto import cms
from asn1crypto import x509 as ax
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from drivers.smartcard import tlv
from drivers.smartcard.curves import base_multiple, curve_of
from drivers.smartcard.trust import CscaStore
from tests.cases.documents.kit import (
    DER,
    Country,
    authentic,
    certificate,
    failed,
    integer,
    names,
    resigned,
    rsa_key,
)
from tests.cases.runner import collect


def judged(country: Country, ef_sod: bytes) -> list[str]:
    return failed(ef_sod, CscaStore((country.ca,)))


def plain(**changes: object) -> list[str]:
    country = Country()
    return judged(country, country.sod(**changes))


def indefinite() -> list[str]:
    """ContentInfo, its content and SignedData have BER's indefinite lengths."""
    country = Country()
    info = tlv.parse_one(tlv.parse_one(country.sod(), 0x77).value, 0x30).value
    oid, rest = info[:11], info[11:]
    parts = tlv.parse(tlv.parse_one(tlv.parse_one(rest, 0xA0).value, 0x30).value)
    inside = b"".join(tlv.encode(part.tag, part.value) for part in parts)
    long = b"\x30\x80" + oid + b"\xa0\x80\x30\x80" + inside + b"\0" * 6
    return judged(country, tlv.encode(0x77, long))


def reordered() -> list[str]:
    """The signer is named with its issuer's names in another order than in the certificate."""
    country = Country()
    parsed = ax.Certificate.load(country.signer.public_bytes(DER))
    first, *rest = (each.copy() for each in parsed.issuer.chosen)
    issuer = ax.Name("", ax.RDNSequence([*rest, first]))
    by_serial = {"issuer": issuer, "serial_number": parsed.serial_number}
    sid = cms.SignerIdentifier("issuer_and_serial_number", by_serial)
    return judged(country, country.sod(sid=sid))


SEED = bytes.fromhex("C49D360886E704936A6678E1139D26B7819F7E90")
"""Of P-256 (SEC 2); its last four bits are 0, so that both forms are DER."""


def spelt_out(
    made: x509.Certificate, key: ec.EllipticCurvePrivateKey, unused: int
) -> x509.Certificate:
    """The curve by its numbers; `unused` bits of the seed's BIT STRING."""
    public = made.public_key()
    curve, numbers = curve_of(public.curve), public.public_numbers()
    octets = [each.to_bytes(curve.size, "big") for each in (curve.a, curve.b, numbers.x, numbers.y)]
    seed = bytes((unused,)) + SEED
    parameters = tlv.encode(
        0x30,
        integer(1),
        tlv.encode(0x30, bytes.fromhex("06072A8648CE3D0101"), integer(curve.p)),
        tlv.encode(0x30, tlv.encode(4, octets[0]), tlv.encode(4, octets[1]), tlv.encode(3, seed)),
        tlv.encode(4, base_multiple(curve, 1).encode()),
        integer(curve.n),
        integer(1),
    )
    algorithm = tlv.encode(0x30, bytes.fromhex("06072A8648CE3D0201"), parameters)
    point = tlv.encode(3, b"\0\x04" + octets[2] + octets[3])
    spki = tlv.encode(0x30, algorithm, point)
    return x509.load_der_x509_certificate(resigned(made, key, subject_public_key_info=spki))


def curve_by_numbers(unused: int) -> list[str]:
    country = Country()
    signer, ca = (spelt_out(each, country.ca_key, unused) for each in (country.signer, country.ca))
    return failed(country.sod(signer=signer), CscaStore((ca,)))


def other_hash() -> list[str]:
    country = Country()
    sign = partial(country.key.sign, signature_algorithm=ec.ECDSA(hashes.SHA384()))
    return judged(country, country.sod(algorithm={"algorithm": "sha384_ecdsa"}, sign=sign))


def pss(salt: int, mgf: str) -> list[str]:
    key = rsa_key(2048)
    country = Country(key=key)
    kinds = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}
    scheme = padding.PSS(padding.MGF1(kinds[mgf]), salt)
    parameters = {
        "hash_algorithm": {"algorithm": "sha256"},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": mgf}},
        "salt_length": salt,
    }
    algorithm = {"algorithm": "rsassa_pss", "parameters": parameters}
    sign = partial(key.sign, padding=scheme, algorithm=hashes.SHA256())
    return judged(country, country.sod(algorithm=algorithm, sign=sign))


def country_in_small_letters() -> list[str]:
    """The signer names its issuer with C=ir, the authority itself with C=IR."""
    country = Country()
    small = names("ir", organization="Invented issuer", common="Invented CSCA")
    subject = names("IR", common="Invented signer")
    country.signer = certificate(subject, country.key, small, country.ca_key)
    return judged(country, country.sod())


authentic("as-the-project-issues-it", plain)
authentic("ber-indefinite-lengths", indefinite)
authentic("issuer-names-in-another-order", reordered)
authentic("curve-by-numbers", partial(curve_by_numbers, 0))
authentic("curve-by-numbers-seed-with-unused-bits", partial(curve_by_numbers, 4))
authentic("content-type-id-data", partial(plain, content_type="1.2.840.113549.1.7.1"))
authentic("content-type-1.3.27.1.1.1", partial(plain, content_type="1.3.27.1.1.1"))
authentic("digest-sha256-signature-sha384", other_hash)
authentic("pss-usual-salt", partial(pss, 32, "sha256"))
authentic("pss-longest-salt", partial(pss, 222, "sha256"))
authentic("pss-mgf1-over-sha1", partial(pss, 20, "sha1"))
authentic("issuer-country-in-small-letters", country_in_small_letters)
test_case = collect()
