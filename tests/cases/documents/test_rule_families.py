"""Generate the kinds of what the package decides, what a card or a line withholds, and what is counted."""

from __future__ import annotations

import contextlib
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.errors import DriverError
from drivers.smartcard import security_infos
from drivers.smartcard.access_secret import Can
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.chip import ChipVerdict, ProofResult, compare_access
from drivers.smartcard.emrtd import IdentityCard
from drivers.smartcard.evidence import DocumentCheck
from drivers.smartcard.exempt import Exempt
from drivers.smartcard.policy import DocumentKind, Exemptions, fingerprint
from drivers.smartcard.profile import Genuineness, load_profile
from drivers.smartcard.sod import check_passive
from drivers.smartcard.trust import CscaStore
from election.document_rules import open_rules
from election.evidence import (
    DIMENSIONS,
    FEWEST,
    Dimension,
    VoterEvidence,
    total,
)
from election.trusted import ExceptionRow, Trusted
from headquarters.country_authorities import propose
from kiosk.storage.pollbook import Pollbook
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import ChipKeys
from simulators.cards.eid import EidCard, EnrolledFinger
from simulators.cards.finger_matching import OnCardFingers, enrol
from simulators.cards.issuer import Issuer
from simulators.cards.issuer_certificates import Usage, certificate
from simulators.fingerprint.fingers import Finger
from simulators.local_reader import LocalReader
from tests.acts import SHOWN
from tests.card_issuers import IRAN, CountryIssuer
from tests.cases.documents.kit import GROUPS, NOW, Country, Says, integer, person
from tests.cases.documents.test_attacks import Forging
from tests.cases.documents.test_authorities import with_sha1
from tests.cases.documents.test_chips import dg14, entry
from tests.cases.documents.test_foreign import crl
from tests.cases.documents.test_habits import ACCESS, CAN
from tests.cases.documents.test_order import PARSERS, judged, zone
from tests.contract import test_match_on_card as on_card
from tests.election.test_admissions import COUNCIL, KEY

# ------------------------------------------------------------ whose documents

STATES: Final = ("IRN", "UTO", "D")
KIND = st.builds(
    DocumentKind,
    st.dictionaries(st.sampled_from(STATES), st.sampled_from(["IR", "XX"]), max_size=2).map(
        lambda states: tuple(states.items())
    ),
    st.lists(st.sampled_from([*STATES, "XXA"]), max_size=2, unique=True).map(tuple),
    st.lists(st.sampled_from(["I", "ID", "IR", "P", "AR"]), max_size=3, unique=True).map(tuple),
)


@settings(max_examples=50, deadline=None)
@given(
    kinds=st.lists(KIND, min_size=1, max_size=3),
    code=st.sampled_from(["I", "ID", "IR", "P", "PD", "AR", "A"]),
    state=st.sampled_from(STATES),
    nationality=st.sampled_from([*STATES, "XXA", "AFG"]),
)
@example(
    kinds=[
        DocumentKind((("IRN", "XX"),), ("IRN",), ("P",)),
        DocumentKind((("IRN", "IR"),), ("IRN",), ("I",)),
    ],
    code="P",
    state="IRN",
    nationality="IRN",
)
def test_any_table_of_kinds(
    kinds: list[DocumentKind], code: str, state: str, nationality: str
) -> None:
    """State, country, nationality and code are one kind's; a mixture of two kinds' is nobody's."""
    fitting = [
        kind
        for kind in kinds
        if dict(kind.states).get(state) == "IR"
        and nationality in kind.nationalities
        and code in kind.codes
    ]
    evidence = judged(zone(code, state, nationality), *kinds)
    assert evidence.authentic == bool(fitting)
    assert evidence.kind == next(iter(fitting), None)
    if not fitting:
        assert {each.check for each in evidence.failed} <= {
            DocumentCheck.STATE,
            DocumentCheck.CITIZEN,
        }


# ------------------------------------------------------------ the table of exceptions

USAGE: Final = x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1")])
DEFECTS: Final = (
    Exempt.CONTENT_TYPE,
    Exempt.DENYING_AUTHORITY,
    Exempt.EXPIRED_SIGNER,
    Exempt.PURPOSE,
    Exempt.NO_REVOCATION_LIST,
)
"""What is judged of signature and chain; a chip and the day of the document are judged by the station."""
BY: Final = {
    Exempt.CONTENT_TYPE: {"state"},
    Exempt.DENYING_AUTHORITY: {"authority"},
    Exempt.EXPIRED_SIGNER: {"state", "signer"},
    Exempt.PURPOSE: {"state", "signer"},
    Exempt.NO_REVOCATION_LIST: {"state"},
}


@cache
def stranger() -> Country:
    return Country()


@cache
def flawed(purpose: bool, expired: bool) -> Country:
    return Country(extra=[USAGE] if purpose else (), expired=expired)


@settings(max_examples=80, deadline=None)
@given(
    defects=st.sets(st.sampled_from(DEFECTS)),
    rows=st.sets(
        st.tuples(
            st.sampled_from(["state", "signer", "authority", "another state", "another"]),
            st.sampled_from(list(Exempt)),
        ),
        max_size=8,
    ),
)
def test_any_rows_for_any_defects(defects: set[Exempt], rows: set[tuple[str, Exempt]]) -> None:
    """A row lets through what it says of whom it names; every defect needs its row, and is counted."""
    country = flawed(Exempt.PURPOSE in defects, Exempt.EXPIRED_SIGNER in defects)
    ca = country.ca
    if Exempt.DENYING_AUTHORITY in defects:
        ca = country.authority(Says.NO, Says.YES)
    names = {
        "state": "IRN",
        "signer": fingerprint(country.signer),
        "authority": fingerprint(ca),
        "another state": "UTO",
        "another": fingerprint(stranger().ca),
    }
    denying = frozenset(names[whom] for whom, what in rows if what is Exempt.DENYING_AUTHORITY)
    lists = () if Exempt.NO_REVOCATION_LIST in defects else (crl(country),)
    store = CscaStore((ca,), lists, denying)
    policy = replace(
        IRAN,
        require_revocation=True,
        exemptions=Exemptions(frozenset((names[whom], what) for whom, what in rows)),
    )
    content = "1.2.840.113549.1.7.1" if Exempt.CONTENT_TYPE in defects else "2.23.136.1.1.1"
    evidence = check_passive(country.sod(content_type=content), GROUPS, store, NOW, policy)
    let = {what for what in defects if any((whom, what) in rows for whom in BY[what])}
    if Exempt.DENYING_AUTHORITY in defects - let:
        assert not evidence.authentic  # nobody issued the signer, and no list counts
        return
    assert evidence.authentic == (let >= defects)
    assert set(evidence.exempted) == let


@settings(max_examples=40)
@given(
    ends=st.lists(st.integers(-400, 400), max_size=6),
    whom=st.sampled_from(["IRN", "ab" * 32]),
)
def test_any_row_ends_on_its_day(ends: list[int], whom: str) -> None:
    """On the day of the package, which no clock moves; the last day of a row counts."""
    rows = tuple(
        ExceptionRow(whom, Exempt.PURPOSE, NOW.date() + timedelta(days=days), f"row {days}")
        for days in ends
    )
    rules = open_rules(Trusted(exceptions=rows), NOW, rehearsal=True)
    assert [row.reason for row in rules.rows] == [f"row {days}" for days in ends if days >= 0]
    assert rules.policy.exemptions.hold(Exempt.PURPOSE, whom) == any(days >= 0 for days in ends)


# ------------------------------------------------------------ nothing is parsed before it was judged


@settings(max_examples=40, deadline=None)
@given(
    group=st.sampled_from(sorted(GROUPS)),
    at=st.integers(0),
    bit=st.integers(0, 7),
    cut=st.booleans(),
)
def test_any_changed_group_reaches_no_parser(group: int, at: int, bit: int, cut: bool) -> None:
    data = bytearray(GROUPS[group])
    at %= len(data)
    data[at] ^= 1 << bit
    groups = {**GROUPS, group: bytes(data[:at] if cut else data)}
    country = stranger()
    with pytest.MonkeyPatch.context() as patch:
        for module, name in PARSERS.values():
            patch.setattr(module, name, _never)
        evidence = check_passive(country.sod(), groups, CscaStore((country.ca,)), NOW, IRAN)
    assert [each.check for each in evidence.failed] == [DocumentCheck.GROUP_HASHES]


def _never(*_: object, **__: object) -> object:
    raise AssertionError("a group was parsed before its hash was compared")


# ------------------------------------------------------------ what a card withholds

ISSUER: Final = Issuer.create("Invented country", NOW)
KEYS: Final = ChipKeys.create()
WHOLE: Final = ISSUER.issue(person(), access=ACCESS[AccessMode.PACE], keys=KEYS)
HOLDER: Final = replace(person(), fingers=[EnrolledFinger(9, Finger.of(1).template())])
OPEN: Final = ISSUER.issue(HOLDER, keys=KEYS)


@settings(max_examples=30, deadline=None)
@given(
    withheld=st.one_of(
        st.sets(st.sampled_from(sorted(OPEN.groups))),
        st.sets(st.sampled_from(sorted(OPEN.groups.keys() - {1, 2, 11})), max_size=2),
    )
)
def test_any_groups_that_a_card_withholds(withheld: set[int]) -> None:
    """What EF.SOD lists and the reading wants is there, or the document is refused; the rest is nobody's."""
    groups = {number: data for number, data in OPEN.groups.items() if number not in withheld}
    card = EidCard(groups, OPEN.sod, keys=KEYS)
    reader = LocalReader("slot")
    reader.insert(card)
    profile = load_profile("standard")
    session = IdentityCard(ApduChannel(reader.open()), profile)
    if withheld & set(profile.groups):
        with pytest.raises(DriverError):
            session.read()
        return
    session.read()
    evidence = session.verify_authenticity(CscaStore((ISSUER.authority,)), NOW)
    if withheld & set(profile.optional_groups):
        assert [each.check for each in evidence.failed] == [DocumentCheck.GROUP_HASHES]
        return
    assert evidence.authentic
    verdict = session.verify_genuineness().judge(Genuineness.IF_OFFERED)
    assert (verdict is ChipVerdict.ACCEPTED) == (not withheld & {14, 15})


MAPPINGS, CIPHERS, CURVES = range(1, 7), range(1, 5), (2, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
HERE: Final = frozenset(
    (2, cipher, curve) for cipher in (2, 3, 4) for curve in (12, 13, 15, 16, 17, 18)
)
"""Generic mapping on curves with AES, on curves from 256 bits (Doc 9303-11, 4.4 and 9.5)."""
WAYS = st.sets(
    st.tuples(st.sampled_from(MAPPINGS), st.sampled_from(CIPHERS), st.sampled_from(CURVES)),
    max_size=4,
)


def listed(ways: set[tuple[int, int, int]]) -> tuple[security_infos.SecurityInfo, ...]:
    entries = [
        entry(f"04007F0007020204{mapping:02X}{cipher:02X}", integer(2), integer(curve))
        for mapping, cipher, curve in ways
    ]
    return security_infos.parse_dg14(dg14(*entries))


@settings(max_examples=150)
@given(signed=WAYS, told=WAYS)
def test_any_ways_of_pace_that_were_hidden(
    signed: set[tuple[int, int, int]], told: set[tuple[int, int, int]]
) -> None:
    """After BAC a signed way that could have been gone is a failed proof; else both lists are one."""
    after_bac = compare_access(listed(told), listed(signed), fell_back=True)
    if signed & HERE:
        assert after_bac.result is ProofResult.FAILED
    else:
        assert after_bac.result is not ProofResult.FAILED or signed != told
    after_pace = compare_access(listed(told), listed(signed), fell_back=False)
    if told:
        passed = after_pace.result is ProofResult.PASSED
        assert passed == (signed == told)


# ------------------------------------------------------------ somebody on the line


class Line:
    """From one command on, or at it alone, somebody else answers."""

    def __init__(self, card: EidCard, at: int, answer: bytes, *, on: bool) -> None:
        self._card, self._at, self._answer, self._on = card, at, answer, on
        self.atr, self.begun, self._seen = card.atr, False, 0

    def process(self, apdu: bytes) -> bytes:
        genuine = self._card.process(apdu)
        if not self.begun:
            return genuine
        self._seen += 1
        forged = self._seen > self._at if self._on else self._seen == self._at + 1
        return self._answer if forged else genuine

    def reset(self) -> None:
        self._card.reset()


PLAIN = st.one_of(
    st.integers(0x6100, 0x9FFF).map(lambda sw: sw.to_bytes(2, "big")),
    st.builds(lambda data: data + b"\x90\x00", st.binary(max_size=40)),
    st.builds(
        lambda data, end: b"\x87" + bytes([len(data) + 1]) + b"\1" + data + end + b"\x90\x00",
        st.binary(min_size=16, max_size=16),
        st.sampled_from([b"", b"\x8e\x08" + bytes(8), b"\x99\x02\x90\x00\x8e\x08" + bytes(8)]),
    ),
)


@settings(max_examples=40, deadline=None)
@given(at=st.integers(0, 30), answer=PLAIN, on=st.booleans())
def test_any_answer_without_checksum(at: int, answer: bytes, on: bool) -> None:
    """Nothing of it is believed: the session ends, and what is read after it anew is the card's own."""
    line, reader = Line(WHOLE, at, answer, on=on), LocalReader("slot")
    WHOLE.reset()
    reader.insert(line)
    session = IdentityCard(ApduChannel(reader.open()), load_profile("icao"), Can(CAN))
    session.open()
    line.begun = True
    with contextlib.suppress(DriverError):
        session.read()
        evidence = session.verify_authenticity(CscaStore((ISSUER.authority,)), NOW)
        assert {number: WHOLE.groups[number] for number in session._groups} == session._groups
        assert evidence.failed == () or DocumentCheck.GROUP_HASHES in {
            each.check for each in evidence.failed
        }


@settings(max_examples=20, deadline=None)
@given(answer=st.one_of(st.just(b"\x90\x00"), PLAIN))
def test_any_match_without_checksum(answer: bytes) -> None:
    """A card that compares fingers: whatever the line says to VERIFY in its place, nobody is let in."""
    issuer, made = comparing()
    line, reader = Forging(made, answer), LocalReader("slot")
    made.reset()
    reader.insert(line)
    matcher = on_card.opened(ApduChannel(reader.open()), issuer, load_profile("moc"))
    (finger,) = matcher.fingers()
    line.armed = True
    with pytest.raises(DriverError):
        matcher.verify(finger, on_card.live(on_card.STRANGER))
    assert line.forged == 1 + (answer[-2] == 0x6C)  # which asks for the same command once more


@cache
def comparing() -> tuple[Issuer, EidCard]:
    issuer = Issuer.create("Test", on_card.NOW)
    access = CardAccess(AccessMode.PACE, on_card.CAN)
    fingers = OnCardFingers([enrol(0x96, 0x09, on_card.HOLDER.template())], pause=lambda _: None)
    card = issuer.issue(on_card.PERSON, access=access, keys=ChipKeys.create(), on_card=fingers)
    return issuer, card


# ------------------------------------------------------------ a master list


@cache
def members() -> dict[str, x509.Certificate]:
    """By what they are: two that are kept, a link that is where its older key is, and what is left out."""
    own, next_ = CountryIssuer.create("Own", NOW), CountryIssuer.create("Own", NOW)
    renewed = own.renewed("Own, renewed", NOW)
    assert renewed.link is not None
    weak = Country()
    old = CountryIssuer.create("Old", NOW - timedelta(days=365 * 16)).authority
    return {
        "own": own.authority,
        "another": next_.authority,
        "link": renewed.link,
        "weak": x509.load_der_x509_certificate(with_sha1(weak.ca, weak.ca_key)),
        "denying": Country().authority(Says.NO, Says.YES),
        "denying both": Country().authority(Says.NO, Says.NO),
        "neither": Country().authority(Says.MISSING, Says.MISSING),
        "signer": Country().signer,
        "old": old,
        "small": certificate(
            subject=own.authority.subject,
            key=ec.generate_private_key(ec.SECP224R1()).public_key(),
            issuer=own.authority.subject,
            issuer_key=own.authority_key,
            valid=(NOW - timedelta(days=1), NOW + timedelta(days=1)),
            usage=Usage(authority=True),
        ),
        "foreign XX": Country("XX").ca,
        "foreign YY": Country("YY").ca,
    }


@settings(max_examples=25, deadline=None)
@given(names=st.lists(st.sampled_from(sorted(members())), min_size=1, max_size=11, unique=True))
def test_any_master_list(tmp_path_factory: pytest.TempPathFactory, names: Sequence[str]) -> None:
    """One state's usable authorities are kept; each of the others is told with its fingerprint and why."""
    path = tmp_path_factory.mktemp("list") / "world.ml"
    path.write_bytes(abroad_issuer().master_list([members()[name] for name in names], NOW))
    found = propose([path], "IR", NOW)
    kept = {"own", "another"} | ({"link"} if "own" in names else set())
    assert {each.fingerprint for each in found.authorities} == {
        fingerprint(members()[name]) for name in kept.intersection(names)
    }
    told = "\n".join(map(str, found.left_out))
    for name in names:
        if name not in kept and not name.startswith("foreign"):
            assert fingerprint(members()[name]) in told, name
    foreign = sum(name.startswith("foreign") for name in names)
    assert (f"{foreign} of other countries" in told) == bool(foreign)


@cache
def abroad_issuer() -> CountryIssuer:
    return CountryIssuer.create("Abroad", NOW)


# ------------------------------------------------------------ evidence and numbers refused today

VOTER = st.builds(
    lambda codes, signer: replace(SHOWN, **codes, signer=signer),
    st.fixed_dictionaries(
        {dimension.value: st.sampled_from(list(codes)) for dimension, codes in DIMENSIONS.items()}
    ),
    st.one_of(st.none(), st.sampled_from([bytes(32), b"\1" * 32])),
)


def day_of(
    folders: pytest.TempPathFactory, voters: Sequence[VoterEvidence], persons: int
) -> tuple[object, Pollbook]:
    """Return all that a day keeps of evidence."""
    book = Pollbook(folders.mktemp("book") / "pollbook.db", KEY)
    for number, evidence in enumerate(voters, persons):
        voter = number.to_bytes(32, "big")
        book.claim(voter, COUNCIL)
        book.confirm_issued(voter, evidence)
    rows = book._connection.execute("SELECT * FROM evidence").fetchall()
    return (rows, book.admissions.sums(), book.admissions.signers()), book


@settings(max_examples=8, deadline=None)
@given(
    voters=st.lists(VOTER, max_size=4),
    alike=st.integers(FEWEST - 1, FEWEST + 1),
    order=st.randoms(use_true_random=False),
)
def test_any_day_leaves_its_sums_alone(
    tmp_path_factory: pytest.TempPathFactory,
    voters: list[VoterEvidence],
    alike: int,
    order: object,
) -> None:
    """Every dimension adds up to those admitted; other persons in another order leave equal bytes."""
    voters += [replace(SHOWN, signer=b"\2" * 32)] * alike
    kept, book = day_of(tmp_path_factory, voters, 1)
    sums = book.admissions.sums()
    for dimension in Dimension:
        assert total(sums, dimension) == len(voters)
        counted = Counter(str(getattr(voter, dimension)) for voter in voters)
        assert {e.code: e.number for e in sums if e.dimension is dimension} == counted
    signers = Counter(voter.signer for voter in voters if voter.signer is not None)
    told = {each.signer: each.number for each in book.admissions.signers()}
    assert told == {signer: number for signer, number in signers.items() if number >= FEWEST}
    shuffled = list(voters)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    other, again = day_of(tmp_path_factory, shuffled, 1000)
    assert other == kept
    book.close()
    again.close()


SCRIPTS: Final = (string.digits, "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")
NUMBERS: Final = ("0013542419", "0013542427", "1234567891", "0499370899")


@settings(max_examples=15, deadline=None)
@given(
    refused=st.lists(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(SCRIPTS)), max_size=5),
)
def test_any_number_refused_today_in_any_digits(
    tmp_path_factory: pytest.TempPathFactory, refused: list[tuple[str, str]]
) -> None:
    """Whoever was refused is, however the number is written; nobody else is."""
    _, book = day_of(tmp_path_factory, (), 1)
    for number, script in refused:
        book.admissions.bar("".join(script[int(digit)] for digit in number))
    for number in NUMBERS:
        assert book.admissions.is_barred(number) == (number in {each for each, _ in refused})
    book.close()
