"""Let chips prove that they are genuine, in the forms of EF.DG14 and EF.DG15 that countries issue."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from drivers.smartcard import active_signature
from drivers.smartcard.profile import load_profile
from drivers.smartcard.trust import CscaStore
from simulators.cards.chip import ChipKeys
from simulators.cards.issuer import Issuer
from tests.cases.documents.kit import NOW, new_key, opened, person


def test_chip_as_the_project_makes_it() -> None:
    issuer = Issuer.create("Invented country", NOW)
    reading = opened(issuer.issue(person(), keys=ChipKeys(agreement=new_key())))
    evidence = reading.verify_authenticity(CscaStore((issuer.authority,)), NOW)
    assert evidence.authentic, evidence.failed
    proof = reading.verify_genuineness()
    assert proof.refusal(load_profile("standard").genuineness) == ""


@pytest.mark.parametrize("trailer", [b"\xbc"], ids=["rsa-trailer-bc"])
def test_rsa_trailer(trailer: bytes) -> None:
    """Active Authentication with message recovery and SHA-1 (ISO/IEC 9796-2)."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_numbers()
    digest = hashlib.sha1  # what such chips use
    recovered = b"\x55" * (256 - 1 - len(trailer) - digest().digest_size)
    hashed = digest(recovered + b"12345678").digest()
    block = int.from_bytes(b"\x6a" + recovered + hashed + trailer, "big")
    signature = pow(block, private.d, private.public_numbers.n).to_bytes(256, "big")
    assert active_signature.verify_rsa(key.public_key(), b"12345678", signature)
    assert not active_signature.verify_rsa(key.public_key(), b"12345679", signature)
