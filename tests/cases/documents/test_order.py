"""Nothing of a document is parsed before its signature, its chain, its state and its hashes have passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from drivers.errors import AuthenticityError
from drivers.smartcard import fields, lds, mrz, tlv
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.chip import ChipVerdict, ProofResult
from drivers.smartcard.emrtd import IdentityCard
from drivers.smartcard.evidence import DocumentCheck, DocumentCheckOutcome, Evidence
from drivers.smartcard.exempt import Exempt
from drivers.smartcard.policy import (
    SHORT_ACTIVE_RSA_BITS,
    DocumentKind,
    Exemptions,
    PassivePolicy,
    fingerprint,
)
from drivers.smartcard.profile import Genuineness, load_profile
from drivers.smartcard.sod import check_passive
from drivers.smartcard.trust import CscaStore
from simulators.cards.chip import ChipKeys
from simulators.cards.eid import build_dg1
from simulators.cards.issuer import Issuer
from simulators.local_reader import LocalReader, VirtualCard
from tests.card_issuers import CITIZENS, IRAN, CountryIssuer
from tests.cases.documents.kit import GROUPS, NOW, Country, Says, person
from tests.cases.documents.test_foreign import crl

PARSERS = {
    "zone": (mrz, "parse"),
    "DG1": (lds, "parse_dg1"),
    "DG11": (lds, "parse_dg11"),
    "DG12": (lds, "parse_dg12"),
    "faces": (lds, "parse_faces"),
    "fingers": (lds, "parse_finger_group"),
    "texts": (lds, "parse_text"),
    "number": (fields, "national_number"),
}
"""Whatever looks into a data group."""


def changed(groups: Mapping[int, bytes], number: int) -> dict[int, bytes]:
    """One bit of a group is another."""
    data = groups[number]
    return {**groups, number: data[:-1] + bytes((data[-1] ^ 1,))}


OTHER = Country()
ATTACKS: dict[str, Callable[[Country], tuple[bytes, Mapping[int, bytes], CscaStore]]] = {
    "nobody's signature": lambda own: (OTHER.sod(), GROUPS, CscaStore((own.ca,))),
    "no authority": lambda own: (own.sod(), GROUPS, CscaStore()),
    "broken signature": lambda own: (
        own.sod(sign=OTHER._sign),
        GROUPS,
        CscaStore((own.ca,)),
    ),
    "another content": lambda own: (
        own.sod(content_type="1.2.3"),
        GROUPS,
        CscaStore((own.ca,)),
    ),
    "changed DG1": lambda own: (own.sod(), changed(GROUPS, 1), CscaStore((own.ca,))),
    "changed DG2": lambda own: (own.sod(), changed(GROUPS, 2), CscaStore((own.ca,))),
    "changed DG11": lambda own: (own.sod(), changed(GROUPS, 11), CscaStore((own.ca,))),
    "unlisted group": lambda own: (
        own.sod(groups={1: GROUPS[1]}),
        GROUPS,
        CscaStore((own.ca,)),
    ),
    "revoked": lambda own: (
        own.sod(),
        GROUPS,
        CscaStore((own.ca,), (crl(own, own.signer),)),
    ),
    "nonsense": lambda own: (b"\x77\x00", GROUPS, CscaStore((own.ca,))),
}


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the parsers that were called."""
    called: list[str] = []

    def watch(name: str, function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            called.append(name)
            return function(*arguments, **named)

        return call

    for name, (module, attribute) in PARSERS.items():
        monkeypatch.setattr(module, attribute, watch(name, getattr(module, attribute)))
    return called


@pytest.mark.parametrize("name", ATTACKS)
def test_no_group_is_parsed(name: str, watched: list[str]) -> None:
    own = Country()
    sod, groups, store = ATTACKS[name](own)
    evidence = check_passive(sod, groups, store, NOW, IRAN)
    assert not evidence.authentic
    assert watched == []
    assert check_passive(own.sod(), GROUPS, CscaStore((own.ca,)), NOW, IRAN).authentic
    assert watched, "the watch works"


def test_no_group_of_another_state_is_parsed(watched: list[str]) -> None:
    """The certificates say which state it is, before the zone does."""
    foreign = Country("XX")
    evidence = check_passive(foreign.sod(), GROUPS, CscaStore((foreign.ca,)), NOW, IRAN)
    assert [each.check for each in evidence.failed] == [DocumentCheck.STATE]
    assert watched == []


def session(card: VirtualCard) -> IdentityCard:
    reader = LocalReader("slot")
    reader.insert(card)
    return IdentityCard(ApduChannel(reader.open()), load_profile())


def test_a_card_gives_no_holder_before_it_is_verified(watched: list[str]) -> None:
    issuer = CountryIssuer.create("Invented", NOW)
    card = session(issuer.issue(person()))
    card.read()
    with pytest.raises(AuthenticityError):
        card.identity(NOW.date())
    assert not card.verify_authenticity(CscaStore((OTHER.ca,)), NOW).authentic
    with pytest.raises(AuthenticityError):
        card.identity(NOW.date())
    assert watched == []
    assert card.verify_authenticity(CscaStore((issuer.authority,)), NOW).authentic
    assert card.identity(NOW.date()).national_number == person().national_number
    card.read()
    with pytest.raises(AuthenticityError):
        card.identity(NOW.date())  # what was read anew was not verified


# ------------------------------------------------------------ kinds of document


def zone(code: str = "I", state: str = "IRN", nationality: str = "IRN") -> dict[int, bytes]:
    parsed = mrz.parse(lds.parse_dg1(build_dg1(person())))
    text = mrz.encode_td1(replace(parsed, code=code, state=state, nationality=nationality))
    return {**GROUPS, 1: tlv.encode(0x61, tlv.encode(0x5F1F, text.encode()))}


def judged(
    groups: Mapping[int, bytes], *kinds: DocumentKind, extra: tuple[x509.ExtensionType, ...] = ()
) -> Evidence:
    country = Country(extra=extra)
    policy = PassivePolicy(kinds or (CITIZENS,))
    return check_passive(country.sod(groups=groups), groups, CscaStore((country.ca,)), NOW, policy)


CARD = DocumentKind((("IRN", "IR"),), ("IRN",), ("I", "ID"))
PASSPORT = DocumentKind((("IRN", "IR"),), ("IRN",), ("P",))


@pytest.mark.parametrize(
    ("code", "nationality", "kind"),
    [
        ("I", "IRN", CARD),
        ("ID", "IRN", CARD),
        ("P", "IRN", PASSPORT),
        ("PR", "IRN", None),
        ("AR", "IRN", None),
        ("IR", "IRN", None),
        ("C", "AFG", None),
        ("I", "AFG", None),
        ("P", "XXA", None),
    ],
)
def test_kind_of_a_document(code: str, nationality: str, kind: DocumentKind | None) -> None:
    """Codes are compared whole: a residence permit (IR, AR) is no card (I) of a citizen."""
    evidence = judged(zone(code, nationality=nationality), CARD, PASSPORT)
    assert evidence.kind == kind
    failures = [each.check for each in evidence.failed]
    assert failures == ([] if kind else [DocumentCheck.CITIZEN])


def test_another_state_by_the_same_authority() -> None:
    """Some authorities sign for territories with letters of their own; each needs its line."""
    evidence = judged(zone(state="XOM"), CARD)
    assert [each.check for each in evidence.failed] == [DocumentCheck.STATE]
    both = replace(CARD, states=(*CARD.states, ("XOM", "IR")))
    assert judged(zone(state="XOM"), both).authentic


def types(*texts: str, form: str = "standard") -> x509.UnrecognizedExtension:
    """The signer's list of types, as the standard has it or in an issuer's own way."""
    strings = b"".join(core.PrintableString(text).dump() for text in texts)
    value = {
        "standard": tlv.encode(0x30, b"\x02\x01\x00", tlv.encode(0x31, strings)),
        "no version": tlv.encode(0x30, tlv.encode(0x31, strings)),
        "no set": tlv.encode(0x30, strings),
        "nonsense": b"\x30\x05\x02\x01",
        "numbers": tlv.encode(0x30, b"\x02\x01\x00"),
    }[form]
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("2.23.136.1.1.6.2"), value)


@pytest.mark.parametrize("form", ["standard", "no version", "no set"])
@pytest.mark.parametrize(
    ("listed", "code", "fits"),
    [
        (("I",), "I", True),
        (("I",), "ID", True),
        (("P", "I"), "ID", True),
        (("ID",), "I", False),
        (("P",), "ID", False),
        (("I<",), "ID", True),
    ],
)
def test_list_of_document_types(form: str, listed: tuple[str, ...], code: str, fits: bool) -> None:
    """A single letter means all codes that begin so (Doc 9303-12, 7.1.1.6)."""
    if any("<" in each for each in listed):
        extra = x509.UnrecognizedExtension(
            x509.ObjectIdentifier("2.23.136.1.1.6.2"),
            tlv.encode(0x30, *(tlv.encode(0x0C, each.encode()) for each in listed)),
        )
    else:
        extra = types(*listed, form=form)
    evidence = judged(zone(code), CARD, extra=(extra,))
    wanted = DocumentCheckOutcome.PASSED if fits else DocumentCheckOutcome.FAILED
    assert evidence.outcome(DocumentCheck.DOCUMENT_TYPE) is wanted
    assert evidence.authentic == fits


@pytest.mark.parametrize("form", ["nonsense", "numbers"])
def test_list_of_document_types_that_cannot_be_read(form: str) -> None:
    """Not done, and said: two of fourteen states write it wrongly."""
    evidence = judged(zone(), CARD, extra=(types(form=form),))
    assert evidence.authentic
    assert evidence.outcome(DocumentCheck.DOCUMENT_TYPE) is DocumentCheckOutcome.NOT_DONE


# ------------------------------------------------------------ rows of the table


def row(what: Exempt, *whom: str) -> PassivePolicy:
    return replace(IRAN, exemptions=Exemptions(frozenset((name, what) for name in whom)))


@pytest.mark.parametrize("by", ["state", "signer", "authority", "another"])
def test_another_purpose_by_row(by: str) -> None:
    usage = x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1")])
    country = Country(extra=[usage])
    whom = {
        "state": "IRN",
        "signer": fingerprint(country.signer),
        "authority": fingerprint(country.ca),
        "another": "UTO",
    }[by]
    policy = row(Exempt.PURPOSE, whom)
    evidence = check_passive(country.sod(), GROUPS, CscaStore((country.ca,)), NOW, policy)
    let = by in ("state", "signer")
    assert evidence.authentic == let
    assert evidence.exempted == ((Exempt.PURPOSE,) if let else ())


@pytest.mark.parametrize("named", [True, False])
def test_authority_that_denies_by_row(named: bool) -> None:
    country = Country()
    denying = country.authority(Says.NO, Says.YES)
    exempt = frozenset({fingerprint(denying) if named else fingerprint(country.ca)})
    store = CscaStore((denying,), (), exempt)
    evidence = check_passive(country.sod(), GROUPS, store, NOW, IRAN)
    assert evidence.authentic == named
    assert evidence.exempted == ((Exempt.DENYING_AUTHORITY,) if named else ())


def test_a_row_lets_nothing_else_through() -> None:
    """With all rows there are, for the state and the signer, a forger gets in nowhere."""
    own = Country()
    whom = ("IRN", fingerprint(own.signer), fingerprint(OTHER.signer))
    every = frozenset((name, what) for name in whom for what in Exempt)
    policy = replace(IRAN, exemptions=Exemptions(every), require_revocation=True)
    for name, attack in ATTACKS.items():
        if name == "another content":
            continue  # that is a row of its own
        sod, groups, store = attack(own)
        assert not check_passive(sod, groups, store, NOW, policy).authentic, name
    groups = zone("AR")
    evidence = check_passive(own.sod(groups=groups), groups, CscaStore((own.ca,)), NOW, policy)
    assert not evidence.authentic


# ------------------------------------------------------------ revoked authorities


def test_a_revoked_authority_takes_its_links_along() -> None:
    """The old key certified the new one: whoever had stolen it could have, too."""
    old, new = Country(common="Old"), Country(common="New")
    clean = Country(common="Third")
    link = old.link_to(new)
    listed = crl(clean, old.ca)
    store = CscaStore((old.ca, link, clean.ca), (listed,))
    evidence = check_passive(new.sod(), GROUPS, store, NOW, IRAN)
    assert [each.check for each in evidence.failed] == [DocumentCheck.REVOCATION]
    by_hand = CscaStore((old.ca, new.ca, clean.ca), (listed,))
    assert check_passive(new.sod(), GROUPS, by_hand, NOW, IRAN).authentic


# ------------------------------------------------------------ chips


SHORT = rsa.generate_private_key(65537, 1024)


@pytest.mark.parametrize("least", [SHORT_ACTIVE_RSA_BITS, 1792])
def test_short_key_of_a_chip_by_row(least: int) -> None:
    """Not begun with below the floor; with the row it is, and counted."""
    issuer = Issuer.create("Invented", NOW)
    card = session(issuer.issue(person(), keys=ChipKeys(active=SHORT)))
    card.read()
    card.verify_authenticity(CscaStore((issuer.authority,)), NOW).require()
    proof = card.verify_genuineness(least)
    by_row = least < 1024
    assert proof.active.result is (ProofResult.PASSED if by_row else ProofResult.NOT_POSSIBLE)
    assert proof.short_key == by_row
    for policy in Genuineness:
        strict = ChipVerdict.ACCEPTED if by_row else ChipVerdict.NOT_PROVEN
        assert proof.judge(policy) is strict
        lenient = by_row or policy is Genuineness.IF_OFFERED
        expected = ChipVerdict.ACCEPTED if lenient else ChipVerdict.NOT_PROVEN
        assert proof.judge(policy, unproven=True) is expected


def test_a_copy_gets_through_no_row() -> None:
    issuer = Issuer.create("Invented", NOW)
    copy = session(issuer.issue(person(), keys=ChipKeys.create()).copied())
    copy.read()
    copy.verify_authenticity(CscaStore((issuer.authority,)), NOW).require()
    proof = copy.verify_genuineness(SHORT_ACTIVE_RSA_BITS)
    assert proof.judge(Genuineness.IF_OFFERED, unproven=True) is ChipVerdict.COPIED
