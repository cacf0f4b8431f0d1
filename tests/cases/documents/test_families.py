"""Generate the kinds that the cases of this folder are examples of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from asn1crypto import cms
from asn1crypto import x509 as ax
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DriverError, SessionEndedError
from drivers.smartcard import certificates, pace, tlv
from drivers.smartcard.access_secret import Can
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.chip import ProofResult
from drivers.smartcard.emrtd import IdentityCard
from drivers.smartcard.profile import Access, load_profile
from drivers.smartcard.signed_data import HASHES
from drivers.smartcard.sod import check_passive
from drivers.smartcard.trust import CscaStore
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import ChipKeys
from simulators.cards.eid import EXTENDED, EidCard
from simulators.cards.habits import HABITS, CardHabit
from simulators.cards.issuer import Issuer
from simulators.local_reader import LocalReader
from tests.card_issuers import IRAN
from tests.cases.documents.kit import (
    DER,
    GROUPS,
    NOW,
    Country,
    PrivateKey,
    failed,
    names,
    opened,
    person,
)
from tests.cases.documents.test_foreign import LIFE
from tests.cases.documents.test_habits import ACCESS, secret_of, session_with

# ------------------------------------------------------------ algorithms and curves

STRONG: dict[str, ec.EllipticCurve] = {
    curve.name: curve
    for curve in (
        ec.SECP256R1(),
        ec.SECP384R1(),
        ec.SECP521R1(),
        ec.BrainpoolP256R1(),
        ec.BrainpoolP384R1(),
        ec.BrainpoolP512R1(),
    )
}
WEAK: dict[str, ec.EllipticCurve] = {
    curve.name: curve for curve in (ec.SECP192R1(), ec.SECP224R1(), ec.SECP256K1())
}
RSA_BITS = {1024: False, 1792: False, 2048: True, 2560: True}


@cache
def key_of(kind: str | int) -> PrivateKey:
    if isinstance(kind, int):
        return rsa.generate_private_key(65537, kind)
    return ec.generate_private_key((STRONG | WEAK)[kind])


@cache
def country_of(kind: str | int) -> Country:
    return Country(key=key_of(kind))


def sign(key: PrivateKey, data: bytes, digest: hashes.HashAlgorithm) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(digest))
    return key.sign(data, padding.PKCS1v15(), digest)


@pytest.mark.parametrize("digest", HASHES)
@pytest.mark.parametrize("kind", [*STRONG, *WEAK, *RSA_BITS])
def test_any_key_with_any_hash(kind: str | int, digest: str) -> None:
    """The key alone decides, and what is too weak is refused by its name."""
    country = country_of(kind)
    scheme = "rsa" if isinstance(kind, int) else "ecdsa"
    ef_sod = country.sod(
        digest=digest,
        algorithm={"algorithm": f"{digest}_{scheme}"},
        sign=lambda data: sign(country.key, data, HASHES[digest]),
    )
    failures = failed(ef_sod, CscaStore((country.ca,)))
    if RSA_BITS[kind] if isinstance(kind, int) else kind in STRONG:
        assert failures == []
    else:
        assert [failure for failure in failures if failure.startswith("algorithms: ")]


@pytest.mark.parametrize("claimed", HASHES)
@pytest.mark.parametrize("used", HASHES)
def test_signature_of_another_hash_than_it_names(claimed: str, used: str) -> None:
    country = country_of("secp256r1")
    ef_sod = country.sod(
        algorithm={"algorithm": f"{claimed}_ecdsa"},
        sign=lambda data: sign(country.key, data, HASHES[used]),
    )
    failures = failed(ef_sod, CscaStore((country.ca,)))
    assert failures == ([] if claimed == used else ["signature: the signature is wrong"])


# ------------------------------------------------------------ names

LETTERS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ ", min_size=1, max_size=20).filter(str.strip)


def rewritten(text: str, change: int, blanks: tuple[int, int, int]) -> str:
    """Return the text in other letters and with other blanks, which mean the same."""
    before, between, after = blanks
    cased = (str, str.lower, str.title, str.swapcase)[change](text.strip())
    return " " * before + (" " * (1 + between)).join(cased.split()) + " " * after


@settings(max_examples=20, deadline=None)
@given(
    organization=LETTERS,
    change=st.integers(0, 3),
    blanks=st.tuples(*[st.integers(0, 3)] * 3),
    other=LETTERS,
)
def test_any_writing_of_a_name(
    organization: str, change: int, blanks: tuple[int, int, int], other: str
) -> None:
    """A hint that leads to the key, in any writing; the key decides."""
    country = country_of("secp256r1")
    authority = country_named(organization)
    written = rewritten(organization, change, blanks)
    signer = authority.certify_signer(named(written))
    store = CscaStore((authority.ca, country.ca))
    assert failed(authority.sod(signer=signer), store) == []
    assert certificates.same_name(named(written), named(organization))
    same = " ".join(other.split()).casefold() == " ".join(organization.split()).casefold()
    assert certificates.same_name(named(other), named(organization)) == same


def named(organization: str) -> x509.Name:
    return names("IR", organization)


def country_named(organization: str) -> Country:
    return Country(key=key_of("secp256r1"), common=organization)


# ------------------------------------------------------------ orders


@settings(max_examples=20, deadline=None)
@given(order=st.randoms(use_true_random=False))
def test_any_order_of_what_is_a_set(order: object) -> None:
    """Certificates beside the signer's, and the attributes, which are signed as DER sorts them."""
    country, others = country_of("secp256r1"), [country_of("secp384r1"), country_of(2048)]
    info = cms.ContentInfo.load(tlv.parse_one(country.sod(signed_at=NOW), 0x77).value)
    listed = [country.signer, *(other.signer for other in others)]
    order.shuffle(listed)  # type: ignore[attr-defined]
    choices = [
        cms.CertificateChoices("certificate", ax.Certificate.load(made.public_bytes(DER)))
        for made in listed
    ]
    info["content"]["certificates"] = cms.CertificateSet(choices)
    signer = info["content"]["signer_infos"][0]
    attributes = list(signer["signed_attrs"])
    order.shuffle(attributes)  # type: ignore[attr-defined]
    parts = tlv.parse(tlv.parse_one(signer.dump(), 0x30).value)
    shuffled = tlv.encode(0xA0, *(attribute.dump() for attribute in attributes))
    rebuilt = tlv.encode(
        0x30,
        *(shuffled if part.tag == 0xA0 else tlv.encode(part.tag, part.value) for part in parts),
    )
    whole = info.dump(force=True).replace(signer.dump(), rebuilt)
    assert failed(tlv.encode(0x77, whole), CscaStore((country.ca,))) == []


# ------------------------------------------------------------ purposes and periods

OIDS = st.tuples(st.integers(0, 2), st.integers(0, 39), *[st.integers(0, 99_999)] * 4).map(
    lambda parts: ".".join(map(str, parts))
)


@settings(max_examples=25, deadline=None)
@given(purposes=st.lists(OIDS, min_size=1, max_size=3, unique=True), critical=st.booleans())
def test_any_purpose(purposes: Sequence[str], critical: bool) -> None:
    """A document signer has none; any other, alone or among several, refuses it."""
    usage = x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid) for oid in purposes])
    country = Country(key=key_of("secp256r1"), extra=[usage], critical=critical)
    failures = failed(country.sod(), CscaStore((country.ca,)))
    assert failures == ["key-usage: the signer's certificate is for another purpose"]


PERIOD = Country(extra=[LIFE])


@settings(max_examples=40, deadline=None)
@given(seconds=st.integers(-366 * 86_400, 366 * 86_400))
def test_any_day_of_signing(seconds: int) -> None:
    moment = NOW + timedelta(seconds=seconds)
    failures = failed(PERIOD.sod(signed_at=moment), CscaStore((PERIOD.ca,)))
    first, last = LIFE.not_before, LIFE.not_after
    assert first is not None
    assert last is not None
    inside = first.date() <= moment.date() <= last.date()
    assert (failures == []) == inside


@settings(max_examples=40, deadline=None)
@given(days=st.integers(-8000, 8000))
def test_any_day_of_reading(days: int) -> None:
    """Signer and authority have to be valid on the day of the reading, whatever the signer claims."""
    country, now = country_of("secp256r1"), NOW + timedelta(days=days)
    store = CscaStore((country.ca,))
    ef_sod = country.sod(signed_at=now)
    evidence = check_passive(ef_sod, GROUPS, store, now, IRAN)
    assert evidence.authentic == (-1 <= days <= 4000)


ISSUER = Issuer.create("Invented country", NOW)

# ------------------------------------------------------------ lengths of keys


@pytest.mark.parametrize("habit", ["plain", "short", "extended-6700", "le-192-drops-keys"])
@pytest.mark.parametrize("bits", [1024, 1792, 2048, 2560])
def test_any_key_of_active_authentication(bits: int, habit: str) -> None:
    """Long ones need more than a short answer; those too short for a signature are not begun."""
    key = key_of(bits)
    keys = ChipKeys(active=key)
    made = ISSUER.issue(person(), access=ACCESS[AccessMode.PACE], keys=keys)
    card = EidCard(
        made.groups,
        made.sod,
        access=made.access,
        keys=keys,
        extended=None if habit == "short" else EXTENDED,
        habit=HABITS.get(habit, CardHabit()),
    )
    session = session_with(card)
    session.read_identity(NOW.date())
    assert session.verify_authenticity(CscaStore((ISSUER.authority,)), NOW).authentic
    if bits > 2048 and habit == "extended-6700":
        # Its signature fits no short answer, and it sends no other: the reading ends, no copy is told.
        with pytest.raises(SessionEndedError):
            session.verify_genuineness()
        return
    result = session.verify_genuineness().active.result
    assert result is (ProofResult.PASSED if bits >= 1792 else ProofResult.NOT_POSSIBLE)


# ------------------------------------------------------------ answers

ABSENT = {0x6982, 0x6985, 0x6A81, 0x6A82, 0x6A86, 0x6A87, 0x6A88, 0x6D00}
STATUS = st.one_of(
    st.sampled_from(sorted(ABSENT)), st.integers(0x6200, 0x6FFF).filter(lambda sw: sw >> 8 != 0x6C)
)


def with_bac(habit: CardHabit) -> bool:
    """Whether the profile of both ways opens a card with BAC that has the habit."""
    card = ISSUER.issue(person(), access=ACCESS[AccessMode.BAC], habit=habit)
    try:
        session_with(card, Access.PACE_OR_BAC).open()
    except DriverError:
        return False
    return True


@settings(max_examples=100, deadline=None)
@given(status=STATUS, reading=st.booleans())
def test_any_answer_for_card_access(status: int, reading: bool) -> None:
    """What says that there is no such file leads to BAC, and nothing else does."""
    habit = CardHabit(card_access=status, card_access_reading=reading)
    if status >> 8 in (0x61, 0x62, 0x63):
        return  # a warning, which comes with data
    assert with_bac(habit) == (status in ABSENT)


@settings(max_examples=60, deadline=None)
@given(status=st.integers(0x6400, 0x6FFF).filter(lambda sw: sw >> 8 != 0x6C))
def test_any_refusal_of_every_way_of_pace(status: int) -> None:
    """Before PACE has begun, any refusal leads to BAC."""
    content = bytes.fromhex("31143012060A04007F0007020204020202010202010C")
    assert with_bac(CardHabit(environment=status, card_access_content=content))


@settings(max_examples=60, deadline=None)
@given(
    step=st.integers(1, 4), status=st.integers(0x6300, 0x6FFF).filter(lambda sw: sw >> 8 != 0x6C)
)
def test_any_refusal_once_pace_has_begun(step: int, status: int) -> None:
    """No refusal of a step leads to BAC, to reading in plain, or to another way."""

    class Refusing:
        def __init__(self) -> None:
            access = CardAccess(AccessMode.PACE_AND_BAC, "123456")
            self._card = ISSUER.issue(person(), access=access)
            self.atr, self._steps = self._card.atr, 0
            self.asked: list[int] = []

        def process(self, apdu: bytes) -> bytes:
            self.asked.append(apdu[1])
            if apdu[1] == pace.INS_GENERAL_AUTHENTICATE:
                self._steps += 1
                if self._steps == step:
                    return status.to_bytes(2, "big")
            return self._card.process(apdu)

        def reset(self) -> None:
            self._card.reset()

    card, reader = Refusing(), LocalReader("slot")
    reader.insert(card)
    profile = replace(load_profile("icao"), access=Access.PACE_OR_BAC)
    with pytest.raises(DriverError):
        IdentityCard(ApduChannel(reader.open()), profile, Can("123456")).open()
    assert 0x84 not in card.asked


@settings(max_examples=30, deadline=None)
@given(tries=st.integers(0, 15))
def test_any_count_of_tries_before_pace(tries: int) -> None:
    """The last try of a secret is not used up by a station."""
    habit = CardHabit(environment=0x63C0 | tries)
    card = ISSUER.issue(person(), access=ACCESS[AccessMode.PACE], habit=habit)
    if tries >= 2:
        opened(card, "icao", secret_of(card))
        return
    with pytest.raises(DriverError):
        opened(card, "icao", secret_of(card))
