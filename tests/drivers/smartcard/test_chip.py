"""Genuine chips prove themselves; copies are refused, whatever they leave out or put in."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import AuthenticityError
from drivers.smartcard import active_signature
from drivers.smartcard.access_secret import Can
from drivers.smartcard.apdu import ApduChannel, ExtendedLengths
from drivers.smartcard.chip import NOT_OFFERED, ChipEvidence, ProofResult
from drivers.smartcard.curves import BRAINPOOL_P256, CURVES, P256, Curve
from drivers.smartcard.emrtd import IdentityCard
from drivers.smartcard.profile import Access, Genuineness, load_profile
from drivers.smartcard.suites import Suite
from drivers.smartcard.trust import CscaStore
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import ChipKeys, chip_groups
from simulators.cards.eid import EidCard, PersonData, build_groups
from simulators.cards.issuer import Issuer
from simulators.local_reader import LocalReader, VirtualCard
from tests.reading import read_identity

CAN = "271828"
PACE = CardAccess(AccessMode.PACE, CAN)
OPEN = CardAccess()
PASSED, FAILED = ProofResult.PASSED, ProofResult.FAILED


def session_with(card: VirtualCard, access: Access = Access.PACE) -> IdentityCard:
    reader = LocalReader("slot")
    reader.insert(card)
    profile = replace(load_profile(), access=access)
    secret = Can(CAN) if access is Access.PACE else None
    return IdentityCard(ApduChannel(reader.open()), profile, secret)


Judge = Callable[..., ChipEvidence]


@pytest.fixture
def judge(issuer: Issuer, now: datetime) -> Judge:
    def evidence(card: VirtualCard, access: Access = Access.PACE) -> ChipEvidence:
        session = session_with(card, access)
        read_identity(session, now.date())
        session.verify_authenticity(CscaStore((issuer.authority,)), now).require()
        return session.verify_genuineness()

    return evidence


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize("access", [PACE, OPEN], ids=["pace", "open"])
@pytest.mark.parametrize("curve", CURVES, ids=lambda c: c.name)
def test_chips_on_every_curve(
    judge: Judge,
    issuer: Issuer,
    person: PersonData,
    access: CardAccess,
    curve: Curve,
) -> None:
    card = issuer.issue(person, access=access, keys=ChipKeys.create(curve=curve))
    evidence = judge(card, Access.PACE if access is PACE else Access.NONE)
    assert (evidence.active.result, evidence.chip.result) == (PASSED, PASSED)
    assert evidence.card_access.result is (PASSED if access is PACE else ProofResult.NOT_OFFERED)
    evidence.require(Genuineness.REQUIRED)


@pytest.mark.parametrize("suite", list(Suite))
@pytest.mark.parametrize("key_id", [None, 3])
def test_agreements_of_every_suite(
    now: datetime,
    issuer: Issuer,
    person: PersonData,
    suite: Suite,
    key_id: int | None,
) -> None:
    keys = replace(ChipKeys.create(active=False, suite=suite), key_id=key_id)
    session = session_with(issuer.issue(person, access=PACE, keys=keys))
    read_identity(session, now.date())
    session.verify_authenticity(CscaStore((issuer.authority,)), now)
    evidence = session.verify_genuineness()
    assert (evidence.active, evidence.chip.result) == (NOT_OFFERED, PASSED)
    # The channel goes on under the new keys.
    assert read_identity(session, now.date()).photo == person.photo


@pytest.mark.parametrize("digest", ["sha1", "sha224", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("extended", [None, ExtendedLengths(1024, 1024)])
def test_rsa_signatures(
    judge: Judge,
    issuer: Issuer,
    person: PersonData,
    rsa_key: rsa.RSAPrivateKey,
    digest: str,
    extended: ExtendedLengths | None,
) -> None:
    keys = ChipKeys(active=rsa_key, digest=digest)
    groups = build_groups(person) | chip_groups(keys, PACE)
    card = EidCard(groups, issuer.sign_groups(groups), access=PACE, keys=keys, extended=extended)
    evidence = judge(card)
    assert (evidence.active.result, evidence.chip) == (PASSED, NOT_OFFERED)


@pytest.mark.parametrize("digest", ["sha224", "sha384", "sha512"])
def test_other_hashes_of_curves(
    judge: Judge,
    issuer: Issuer,
    person: PersonData,
    digest: str,
) -> None:
    keys = replace(ChipKeys.create(agreement=False), digest=digest)
    assert judge(issuer.issue(person, access=PACE, keys=keys)).active.result is PASSED


def test_a_card_without_proofs(
    judge: Judge,
    issuer: Issuer,
    person: PersonData,
) -> None:
    evidence = judge(issuer.issue(person), Access.NONE)
    assert evidence == ChipEvidence(NOT_OFFERED, NOT_OFFERED)
    evidence.require(Genuineness.IF_OFFERED)
    with pytest.raises(AuthenticityError, match="no proof"):
        evidence.require(Genuineness.REQUIRED)


# ---------------------------------------------------------------- copies


COPIES = {
    "active": (True, False),
    "agreement": (False, True),
    "both": (True, True),
}


@pytest.mark.parametrize("own_keys", [False, True])
@pytest.mark.parametrize("without", [(), (14,), (15,), (14, 15)], ids=str)
@pytest.mark.parametrize("offered", COPIES)
@pytest.mark.parametrize("access", [PACE, OPEN], ids=["pace", "open"])
def test_a_copy_is_refused(
    judge: Judge,
    issuer: Issuer,
    person: PersonData,
    access: CardAccess,
    offered: str,
    without: Sequence[int],
    own_keys: bool,
) -> None:
    active, agreement = COPIES[offered]
    keys = ChipKeys.create(active=active, agreement=agreement)
    genuine = issuer.issue(person, access=access, keys=keys)
    mine = ChipKeys.create(active=active, agreement=agreement) if own_keys else ChipKeys()
    copy = genuine.copied(without=without, keys=mine)
    kind = Access.PACE if access is PACE else Access.NONE
    judge(genuine, kind).require(Genuineness.REQUIRED)
    evidence = judge(copy, kind)
    assert FAILED in (evidence.active.result, evidence.chip.result)
    assert PASSED not in (evidence.active.result, evidence.chip.result)
    for policy in Genuineness:
        with pytest.raises(AuthenticityError):
            evidence.require(policy)


def test_groups_of_the_copiers_own_are_not_signed(
    issuer: Issuer,
    person: PersonData,
    now: datetime,
) -> None:
    mine = ChipKeys.create()
    genuine = issuer.issue(person, access=PACE, keys=ChipKeys.create())
    copy = EidCard(genuine.groups | chip_groups(mine, PACE), genuine.sod, access=PACE, keys=mine)
    session = session_with(copy)
    read_identity(session, now.date())
    assert not session.verify_authenticity(CscaStore((issuer.authority,)), now).authentic
    with pytest.raises(AuthenticityError):
        session.verify_genuineness()


def test_an_added_key_that_is_not_listed_counts_for_nothing(
    judge: Judge,
    issuer: Issuer,
    person: PersonData,
) -> None:
    mine = ChipKeys.create()
    plain = issuer.issue(person)
    copy = EidCard(plain.groups | chip_groups(mine, OPEN), plain.sod, keys=mine)
    evidence = judge(copy, Access.NONE)
    assert evidence == ChipEvidence(NOT_OFFERED, NOT_OFFERED)


def test_the_signature_comes_first(
    issuer: Issuer,
    person: PersonData,
    now: datetime,
) -> None:
    session = session_with(issuer.issue(person, access=PACE, keys=ChipKeys.create()))
    read_identity(session, now.date())
    with pytest.raises(AuthenticityError, match="not checked"):
        session.verify_genuineness()
    session.verify_authenticity(CscaStore(), now)
    with pytest.raises(AuthenticityError, match="trust-store"):
        session.verify_genuineness()


def test_other_access_parameters_than_the_signed_ones(
    judge: Judge,
    issuer: Issuer,
    person: PersonData,
) -> None:
    """EF.CardAccess is not signed: a weaker list than the issuer's is found afterwards."""
    keys = ChipKeys.create()
    strong = CardAccess(AccessMode.PACE, CAN, ((Suite.AES_256, BRAINPOOL_P256),))
    groups = build_groups(person) | chip_groups(keys, strong)
    weak = CardAccess(AccessMode.PACE, CAN, ((Suite.AES_128, P256),))
    card = EidCard(groups, issuer.sign_groups(groups), access=weak, keys=keys)
    evidence = judge(card)
    assert evidence.card_access.result is FAILED
    with pytest.raises(AuthenticityError, match="access parameters"):
        evidence.require(Genuineness.IF_OFFERED)


# ---------------------------------------------------------------- signatures


def test_a_repeated_signature_is_refused(
    judge: Judge,
    issuer: Issuer,
    person: PersonData,
) -> None:
    card = issuer.issue(person, keys=ChipKeys.create(agreement=False))

    class Repeating:
        atr = card.atr
        first = b""

        def process(self, apdu: bytes) -> bytes:
            answer = card.process(apdu)
            if apdu[1] == 0x88:
                self.first = self.first or answer
                return self.first
            return answer

        def reset(self) -> None:
            card.reset()

    repeating = Repeating()
    assert judge(repeating, Access.NONE).active.result is PASSED
    assert judge(repeating, Access.NONE).active.result is FAILED


@settings(max_examples=40)
@given(noise=st.binary(max_size=80))
def test_noise_is_no_signature(
    noise: bytes,
) -> None:
    key = ec.generate_private_key(P256.kind).public_key()
    challenge = bytes(8)
    for number in (0, 1, 3, 9):
        assert not active_signature.verify_ecdsa(key, number, challenge, noise)
    assert not active_signature.verify_ecdsa(key, 3, challenge, (noise * 64 + bytes(64))[:64])


@settings(max_examples=40)
@given(noise=st.binary(min_size=256, max_size=256))
def test_noise_is_no_rsa_signature(
    rsa_key: rsa.RSAPrivateKey,
    noise: bytes,
) -> None:
    public = rsa_key.public_key()
    assert not active_signature.verify_rsa(public, bytes(8), noise)
    assert not active_signature.verify_rsa(public, bytes(8), noise[:-1])


@pytest.mark.parametrize(
    ("header", "trailer"),
    [
        (0x4A, b"\x34\xcc"),
        (0x6B, b"\x34\xcc"),
        (0x6A, b"\x33\xcc"),
        (0x6A, b"\x34\xcd"),
        (0x6A, b""),
    ],
)
def test_blocks_of_another_form_are_refused(
    rsa_key: rsa.RSAPrivateKey,
    header: int,
    trailer: bytes,
) -> None:
    challenge = secrets.token_bytes(8)
    first = secrets.token_bytes(255 - 32 - len(trailer))
    block = bytes((header,)) + first + hashlib.sha256(first + challenge).digest() + trailer
    numbers = rsa_key.private_numbers()
    n = numbers.public_numbers.n
    signature = pow(int.from_bytes(block, "big"), numbers.d, n).to_bytes(256, "big")
    assert not active_signature.verify_rsa(rsa_key.public_key(), challenge, signature)


def test_an_rsa_signature_is_of_its_challenge(
    judge: Judge, issuer: Issuer, person: PersonData, rsa_key: rsa.RSAPrivateKey
) -> None:
    card = issuer.issue(person, keys=ChipKeys(active=rsa_key))

    class Elsewhere:
        """Lets the chip sign something else than what was asked."""

        atr = card.atr

        def process(self, apdu: bytes) -> bytes:
            return card.process(apdu[:5] + bytes(8) + apdu[13:] if apdu[1] == 0x88 else apdu)

        def reset(self) -> None:
            card.reset()

    assert judge(card, Access.NONE).active.result is PASSED
    assert judge(Elsewhere(), Access.NONE).active.result is FAILED
    copied = card.copied(keys=ChipKeys.create_rsa())
    assert judge(copied, Access.NONE).active.result is FAILED
