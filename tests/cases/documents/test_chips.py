"""Genuine chips that are called copies, or end the reading: forms of DG14 and DG15 that countries
issue.
"""

import hashlib
from functools import cache, partial

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from drivers.smartcard import active_signature, chip, security_infos, tlv
from drivers.smartcard.profile import load_profile
from drivers.smartcard.trust import CscaStore
from simulators.cards.chip import ChipKeys
from simulators.cards.eid import EidCard
from simulators.cards.issuer import Issuer
from tests.cases.documents.kit import DER, NOW, authentic, new_key, opened, person, rsa_key, works
from tests.cases.runner import collect

WAY, KEY = (
    "04007F00070202030202",
    "04007F000702020102",
)  # TR-03110-3: ChipAuthentication, its public key
UNKNOWN = "04007F00070202061606"


@cache
def issuer() -> Issuer:
    return Issuer.create("Invented country", NOW)


def entry(oid: str, *fields: bytes) -> bytes:
    return tlv.encode(0x30, tlv.encode(6, bytes.fromhex(oid)), *fields)


def number(value: int) -> bytes:
    return tlv.encode(2, bytes((value,)))


def public(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(DER, form)


def dg14(*entries: bytes) -> bytes:
    return tlv.encode(0x6E, tlv.encode(0x31, *entries))


def wrong_with(card: EidCard) -> list[str]:
    reading = opened(card)
    evidence = reading.verify_authenticity(CscaStore((issuer().authority,)), NOW)
    proof = reading.verify_genuineness()
    refusal = proof.refusal(load_profile("standard").genuineness)
    return [str(each.check) for each in evidence.failed] + ([refusal] if refusal else [])


def chip_with(**keys: object) -> list[str]:
    return wrong_with(issuer().issue(person(), keys=ChipKeys(agreement=new_key(), **keys)))


def no_way_named() -> list[str]:
    """DG14 has the key alone: Chip Authentication with 3DES is meant (Doc 9303-11, 9.2.6)."""
    key = new_key()
    keys = ChipKeys(agreement=key, suite=chip.Suite.TDES)
    groups = dict(issuer().issue(person(), keys=keys).groups)
    groups[14] = dg14(entry(KEY, public(key)))
    return wrong_with(EidCard(groups, issuer().sign_groups(groups), keys=keys))


def curve(*entries: bytes) -> str:
    return chip.chip_parameters(security_infos.parse_dg14(dg14(*entries))).curve.name


def two_keys() -> str:
    """The first is on a curve that is not allowed."""
    small = ec.generate_private_key(ec.SECP224R1())
    return curve(
        entry(WAY, number(1), number(1)),
        entry(WAY, number(1), number(2)),
        entry(KEY, public(small), number(1)),
        entry(KEY, public(new_key()), number(2)),
    )


def one_way_without_a_key_id() -> str:
    return curve(entry(WAY, number(1)), entry(KEY, public(new_key()), number(1)))


def unknown_entry_of_four_fields() -> str:
    unknown = entry(UNKNOWN, tlv.encode(0x16, b"x"), number(1), number(2))
    return curve(entry(WAY, number(1)), entry(KEY, public(new_key())), unknown)


def rsa_signature(trailer: bytes, digest: str) -> bool:
    """Active Authentication with message recovery (ISO/IEC 9796-2)."""
    key = rsa_key(2048)
    private = key.private_numbers()
    recovered = b"\x55" * (256 - 1 - len(trailer) - hashlib.new(digest).digest_size)
    challenge = b"12345678"
    hashed = hashlib.new(digest, recovered + challenge).digest()
    block = int.from_bytes(b"\x6a" + recovered + hashed + trailer, "big")
    made = pow(block, private.d, private.public_numbers.n).to_bytes(256, "big")
    return active_signature.verify_rsa(key.public_key(), challenge, made)


authentic("chip-as-the-project-makes-it", chip_with)
authentic("no-chip-authentication-info", no_way_named)
authentic("rsa-1792-beside-chip-authentication", lambda: chip_with(active=rsa_key(1792)))
for name, work in {
    "two-keys-one-on-a-curve-that-is-not-allowed": two_keys,
    "one-way-without-a-key-id": one_way_without_a_key_id,
    "unknown-entry-of-four-fields": unknown_entry_of_four_fields,
}.items():
    works(name, work, lambda found: found == "secp256r1")
works("rsa-trailer-bc", partial(rsa_signature, b"\xbc", "sha1"), lambda found: found is True)
works("rsa-trailer-33cc", partial(rsa_signature, b"\x33\xcc", "sha1"), lambda found: found is True)
test_case = collect()
