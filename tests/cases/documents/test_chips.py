"""Let chips prove that they are genuine, in the forms of EF.DG14 and EF.DG15 that countries issue."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from drivers.errors import DriverError
from drivers.smartcard import active_signature, security_infos, tlv
from drivers.smartcard.chip import (
    ChipEvidence,
    ChipProof,
    ChipVerdict,
    ProofResult,
    chip_parameters,
)
from drivers.smartcard.profile import Genuineness, load_profile
from drivers.smartcard.suites import Suite
from drivers.smartcard.trust import CscaStore
from simulators.cards.chip import ChipKeys
from simulators.cards.eid import EidCard
from simulators.cards.issuer import Issuer
from tests.cases.documents.kit import DER, NOW, integer, new_key, opened, person


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer.create("Invented country", NOW)


WAY, KEY = "04007F00070202030202", "04007F000702020102"
"""Chip Authentication with AES-128, and its public key (BSI TR-03110-3, A.1.1.2)."""
UNKNOWN = "04007F00070202061606"


def entry(oid: str, *fields: bytes) -> bytes:
    return tlv.encode(0x30, tlv.encode(6, bytes.fromhex(oid)), *fields)


def public(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(DER, form)


def dg14(*entries: bytes) -> bytes:
    return tlv.encode(0x6E, tlv.encode(0x31, *entries))


def proven(issuer: Issuer, card: EidCard) -> ChipEvidence:
    reading = opened(card)
    evidence = reading.verify_authenticity(CscaStore((issuer.authority,)), NOW)
    assert evidence.authentic, evidence.failed
    return reading.verify_genuineness()


def refusal(evidence: ChipEvidence) -> str:
    return evidence.refusal(load_profile("standard").genuineness)


def test_chip_as_the_project_makes_it(issuer: Issuer) -> None:
    keys = ChipKeys(agreement=new_key())
    assert refusal(proven(issuer, issuer.issue(person(), keys=keys))) == ""


def with_group_14(issuer: Issuer, keys: ChipKeys, *entries: bytes) -> EidCard:
    groups = dict(issuer.issue(person(), keys=keys).groups)
    groups[14] = dg14(*entries)
    return EidCard(groups, issuer.sign_groups(groups), keys=keys)


@pytest.mark.parametrize("knows_the_key", [True, False])
def test_no_chip_authentication_info(issuer: Issuer, knows_the_key: bool) -> None:
    """DG14 has the key alone: Chip Authentication with 3DES is meant."""
    key = new_key()
    keys = ChipKeys(agreement=key if knows_the_key else new_key(), suite=Suite.TDES)
    evidence = proven(issuer, with_group_14(issuer, keys, entry(KEY, public(key))))
    expected = ProofResult.PASSED if knows_the_key else ProofResult.FAILED
    assert evidence.chip.result is expected
    assert (refusal(evidence) == "") == knows_the_key


@pytest.mark.parametrize(
    ("bits", "result"), [(1792, ProofResult.PASSED), (1536, ProofResult.NOT_POSSIBLE)]
)
def test_rsa_beside_chip_authentication(issuer: Issuer, bits: int, result: ProofResult) -> None:
    """A short key proves nothing here; the other proof does, and a wrong one refuses."""
    key = rsa.generate_private_key(65537, bits)
    genuine = issuer.issue(person(), keys=ChipKeys(agreement=new_key(), active=key))
    evidence = proven(issuer, genuine)
    assert (evidence.active.result, evidence.chip.result) == (result, ProofResult.PASSED)
    assert refusal(evidence) == ""
    copy = genuine.copied(keys=ChipKeys(active=key))
    assert refusal(proven(issuer, copy)).startswith("chip authentication")


def test_nothing_that_can_be_done_here(issuer: Issuer) -> None:
    """It is no copy, and it is not proven: refused by its own name under every policy."""
    keys = ChipKeys(active=rsa.generate_private_key(65537, 1536))
    evidence = proven(issuer, issuer.issue(person(), keys=keys))
    for policy in Genuineness:
        assert evidence.refusal(policy) == "the chip offers only proofs that cannot be done here"
        assert evidence.judge(policy) is ChipVerdict.NOT_PROVEN


RESULTS = [ChipProof(result) for result in ProofResult]


@pytest.mark.parametrize("policy", Genuineness)
def test_verdict_of_any_proofs(policy: Genuineness) -> None:
    """One failure is a copy whatever else passed; what could not be begun is never called one."""
    for active, chip, access in itertools.product(RESULTS, repeat=3):
        evidence = ChipEvidence(active, chip, access)
        results = {active.result, chip.result}
        verdict = evidence.judge(policy)
        if ProofResult.FAILED in {*results, access.result}:
            assert verdict is ChipVerdict.COPIED
        elif ProofResult.PASSED in results:
            assert verdict is ChipVerdict.ACCEPTED
        elif ProofResult.NOT_POSSIBLE in results:
            assert verdict is ChipVerdict.NOT_PROVEN
        else:
            needed = policy is Genuineness.REQUIRED
            assert verdict is (ChipVerdict.NO_PROOF if needed else ChipVerdict.ACCEPTED)
        assert (evidence.refusal(policy) == "") == (verdict is ChipVerdict.ACCEPTED)


def curve(*entries: bytes) -> str:
    way = chip_parameters(security_infos.parse_dg14(dg14(*entries)))
    assert way is not None
    return way.curve.name


SMALL = entry(KEY, public(ec.generate_private_key(ec.SECP224R1())), integer(1))
GOOD = public(new_key())


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param(
            [
                entry(WAY, integer(1), integer(1)),
                entry(WAY, integer(1), integer(2)),
                SMALL,
                entry(KEY, GOOD, integer(2)),
            ],
            id="two-keys-one-on-a-curve-that-is-not-allowed",
        ),
        pytest.param(
            [entry(WAY, integer(1)), entry(KEY, GOOD, integer(1))], id="way-without-a-key-id"
        ),
        pytest.param(
            [entry(WAY, integer(1), integer(1)), entry(KEY, GOOD)], id="key-without-a-key-id"
        ),
        pytest.param(
            [
                entry(WAY, integer(1)),
                entry(KEY, GOOD),
                entry(UNKNOWN, tlv.encode(0x16, b"x"), integer(1), integer(2)),
            ],
            id="unknown-entry-of-four-fields",
        ),
        pytest.param(
            [entry(WAY, integer(1)), entry(KEY, GOOD), entry(UNKNOWN)],
            id="unknown-entry-of-one-field",
        ),
    ],
)
def test_entries_of_group_14(entries: Sequence[bytes]) -> None:
    for order in itertools.permutations(entries):
        assert curve(*order) == "secp256r1"


@pytest.mark.parametrize(
    "entries",
    [
        [entry(WAY, integer(1), integer(1)), SMALL],
        [entry(WAY, integer(1), integer(1)), entry(KEY, GOOD, integer(2))],
        [entry(WAY, integer(1)), entry(KEY, GOOD, integer(1)), entry(KEY, GOOD, integer(2))],
    ],
    ids=["only-a-small-curve", "another-key-id", "one-of-two-keys"],
)
def test_no_way_that_is_known(entries: Sequence[bytes]) -> None:
    with pytest.raises(DriverError):
        curve(*entries)


@pytest.mark.parametrize("trailer", ["bc", "33cc"])
def test_rsa_trailer(trailer: str) -> None:
    """Active Authentication with message recovery and SHA-1 (ISO/IEC 9796-2)."""
    key, end = rsa.generate_private_key(65537, 2048), bytes.fromhex(trailer)
    private = key.private_numbers()
    digest = hashlib.sha1  # what such chips use
    recovered = b"\x55" * (256 - 1 - len(end) - digest().digest_size)
    hashed = digest(recovered + b"12345678").digest()
    block = int.from_bytes(b"\x6a" + recovered + hashed + end, "big")
    signature = pow(block, private.d, private.public_numbers.n).to_bytes(256, "big")
    assert active_signature.verify_rsa(key.public_key(), b"12345678", signature)
    assert not active_signature.verify_rsa(key.public_key(), b"12345679", signature)
