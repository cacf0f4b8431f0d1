"""Passive authentication: every way a card can be wrong is refused by the named check."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from asn1crypto import cms
from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.errors import AuthenticityError, ProtocolError
from drivers.smartcard import lds, mrz, tlv
from drivers.smartcard.documents import LDS_SECURITY_OBJECT
from drivers.smartcard.evidence import DocumentCheck, DocumentCheckOutcome, Evidence
from drivers.smartcard.exempt import Exempt
from drivers.smartcard.policy import Exemptions, Floors, PassivePolicy, fingerprint
from drivers.smartcard.sod import check_passive, parse_sod
from drivers.smartcard.trust import CscaStore
from simulators.cards import eid
from simulators.cards.eid import EidCard, PersonData
from simulators.cards.issuer import Scheme
from tests.card_issuers import IRAN, CountryIssuer

READ = (1, 2, 11, 13)


def read_groups(card: EidCard) -> dict[int, bytes]:
    return {number: card.groups[number] for number in READ}


def store_of(issuer: CountryIssuer, *lists: bytes) -> CscaStore:
    return CscaStore.from_der([issuer.authority_der], lists)


def refused_by(evidence: Evidence) -> set[DocumentCheck]:
    assert not evidence.authentic
    with pytest.raises(AuthenticityError) as error:
        evidence.require()
    assert error.value.check == evidence.failed[0].check
    return {result.check for result in evidence.failed}


@pytest.mark.parametrize("scheme", list(Scheme))
def test_a_good_card_is_authentic(person: PersonData, now: datetime, scheme: Scheme) -> None:
    issuer = CountryIssuer.create("Test", now, scheme=scheme)
    card = issuer.issue(person)
    evidence = check_passive(card.sod, read_groups(card), store_of(issuer), now, IRAN)
    assert evidence.authentic
    evidence.require()
    assert [result.check for result in evidence.results] == list(DocumentCheck)
    assert evidence.groups_checked == READ
    assert evidence.groups_not_read == (3,)
    assert evidence.outcome(DocumentCheck.REVOCATION) is DocumentCheckOutcome.NOT_DONE


@pytest.mark.parametrize("number", READ)
def test_an_altered_group(eid: EidCard, issuer: CountryIssuer, now: datetime, number: int) -> None:
    groups = read_groups(eid)
    groups[number] = groups[number][:-1] + bytes((groups[number][-1] ^ 1,))
    evidence = check_passive(eid.sod, groups, store_of(issuer), now, IRAN)
    assert DocumentCheck.GROUP_HASHES in refused_by(evidence)
    assert evidence.outcome(DocumentCheck.SIGNATURE) is DocumentCheckOutcome.PASSED


def test_a_group_that_is_not_listed(eid: EidCard, issuer: CountryIssuer, now: datetime) -> None:
    groups = read_groups(eid) | {12: tlv.encode(0x6C, b"")}
    evidence = check_passive(eid.sod, groups, store_of(issuer), now, IRAN)
    assert refused_by(evidence) == {DocumentCheck.GROUP_HASHES}


def test_dg1_must_have_been_read(eid: EidCard, issuer: CountryIssuer, now: datetime) -> None:
    evidence = check_passive(eid.sod, {2: eid.groups[2]}, store_of(issuer), now, IRAN)
    assert refused_by(evidence) == {DocumentCheck.GROUP_HASHES}


def test_another_issuer(eid: EidCard, now: datetime) -> None:
    other = CountryIssuer.create("Other", now)
    evidence = check_passive(eid.sod, read_groups(eid), store_of(other), now, IRAN)
    assert refused_by(evidence) == {DocumentCheck.ISSUER, DocumentCheck.VALIDITY}


def test_another_issuer_of_the_same_name(eid: EidCard, now: datetime) -> None:
    evidence = check_passive(
        eid.sod, read_groups(eid), store_of(CountryIssuer.create("Test", now)), now, IRAN
    )
    assert DocumentCheck.ISSUER in refused_by(evidence)


@pytest.mark.parametrize("store", [CscaStore(), CscaStore.from_der([])])
def test_an_empty_store(eid: EidCard, now: datetime, store: CscaStore) -> None:
    evidence = check_passive(eid.sod, read_groups(eid), store, now, IRAN)
    assert {DocumentCheck.TRUST_STORE, DocumentCheck.ISSUER} <= refused_by(evidence)


def test_the_signer_in_the_store_is_no_authority(
    eid: EidCard, issuer: CountryIssuer, now: datetime
) -> None:
    store = CscaStore((issuer.signer,))
    assert DocumentCheck.ISSUER in refused_by(
        check_passive(eid.sod, read_groups(eid), store, now, IRAN)
    )


def test_an_expired_signer(person: PersonData, now: datetime) -> None:
    issuer = CountryIssuer.create("Test", now, signer_valid=timedelta(days=30))
    card = issuer.issue(person)
    later = now + timedelta(days=60)
    evidence = check_passive(card.sod, read_groups(card), store_of(issuer), later, IRAN)
    assert refused_by(evidence) == {DocumentCheck.VALIDITY}
    assert check_passive(card.sod, read_groups(card), store_of(issuer), now, IRAN).authentic


def test_a_clock_before_the_signer(eid: EidCard, issuer: CountryIssuer, now: datetime) -> None:
    early = now - timedelta(days=2)
    evidence = check_passive(eid.sod, read_groups(eid), store_of(issuer), early, IRAN)
    assert refused_by(evidence) == {DocumentCheck.VALIDITY}


def test_a_signer_that_may_not_sign(person: PersonData, now: datetime) -> None:
    issuer = CountryIssuer.create("Test", now, signer_may_sign=False)
    card = issuer.issue(person)
    evidence = check_passive(card.sod, read_groups(card), store_of(issuer), now, IRAN)
    assert refused_by(evidence) == {DocumentCheck.KEY_USAGE}


def test_a_changed_signature(eid: EidCard, issuer: CountryIssuer, now: datetime) -> None:
    parsed = parse_sod(eid.sod).signed
    damaged = eid.sod.replace(
        parsed.signature, parsed.signature[:-1] + bytes((parsed.signature[-1] ^ 1,))
    )
    evidence = check_passive(damaged, read_groups(eid), store_of(issuer), now, IRAN)
    assert refused_by(evidence) == {DocumentCheck.SIGNATURE}


def test_changed_hashes_with_the_old_signature(
    eid: EidCard, issuer: CountryIssuer, person: PersonData, now: datetime
) -> None:
    other = issuer.issue(replace(person, national_number="1234567808"))
    damaged = eid.sod
    for number, good in parse_sod(eid.sod).group_hashes:
        damaged = damaged.replace(good, dict(parse_sod(other.sod).group_hashes)[number])
    evidence = check_passive(damaged, read_groups(other), store_of(issuer), now, IRAN)
    assert refused_by(evidence) == {DocumentCheck.MESSAGE_DIGEST}


def test_groups_that_contradict_each_other(
    issuer: CountryIssuer, person: PersonData, now: datetime
) -> None:
    groups = eid.build_groups(person)
    groups[11] = eid.build_dg11(replace(person, national_number="1234567808"))
    evidence = check_passive(issuer.sign_groups(groups), groups, store_of(issuer), now, IRAN)
    assert refused_by(evidence) == {DocumentCheck.CONSISTENCY}
    groups[11] = eid.build_dg11(replace(person, birth_date=person.birth_date.replace(day=1)))
    evidence = check_passive(issuer.sign_groups(groups), groups, store_of(issuer), now, IRAN)
    assert refused_by(evidence) == {DocumentCheck.CONSISTENCY}


def test_a_zone_with_a_wrong_digit(
    issuer: CountryIssuer, person: PersonData, now: datetime
) -> None:
    groups = eid.build_groups(person)
    digit = mrz.check_digit(person.document_number).encode()
    groups[1] = groups[1].replace(b"K00000001" + digit, b"K00000002" + digit)
    evidence = check_passive(issuer.sign_groups(groups), groups, store_of(issuer), now, IRAN)
    assert refused_by(evidence) == {DocumentCheck.CONSISTENCY, DocumentCheck.STATE}


def test_a_revoked_signer(eid: EidCard, issuer: CountryIssuer, now: datetime) -> None:
    crl = issuer.revocation_list(now, [issuer.signer.serial_number])
    evidence = check_passive(eid.sod, read_groups(eid), store_of(issuer, crl), now, IRAN)
    assert refused_by(evidence) == {DocumentCheck.REVOCATION}


def test_a_current_a_stale_and_a_foreign_list(
    eid: EidCard, issuer: CountryIssuer, now: datetime
) -> None:
    def outcome(crl: bytes, at: datetime) -> DocumentCheckOutcome:
        evidence = check_passive(eid.sod, read_groups(eid), store_of(issuer, crl), at, IRAN)
        assert evidence.authentic
        return evidence.outcome(DocumentCheck.REVOCATION)

    crl = issuer.revocation_list(now, [1])
    assert outcome(crl, now) is DocumentCheckOutcome.PASSED
    assert outcome(crl, now + timedelta(days=31)) is DocumentCheckOutcome.NOT_DONE
    others = CountryIssuer.create("Test", now)
    assert outcome(others.revocation_list(now, [1]), now) is DocumentCheckOutcome.NOT_DONE
    listed = others.revocation_list(now, [issuer.signer.serial_number])
    evidence = check_passive(eid.sod, read_groups(eid), store_of(issuer, listed), now, IRAN)
    assert refused_by(evidence) == {DocumentCheck.REVOCATION}, "not to be verified, and heard"


def test_a_branch_can_demand_a_current_list(
    eid: EidCard, issuer: CountryIssuer, now: datetime
) -> None:
    policy = replace(IRAN, require_revocation=True)

    def evidence(at: datetime, *lists: bytes) -> Evidence:
        return check_passive(eid.sod, read_groups(eid), store_of(issuer, *lists), at, policy)

    crl = issuer.revocation_list(now, [1])
    assert evidence(now, crl).authentic
    for refused, why in (
        (evidence(now), "no revocation list"),
        (evidence(now + timedelta(days=31), crl), "stale"),
        (evidence(now - timedelta(hours=1), crl), "stale"),
    ):
        assert refused_by(refused) == {DocumentCheck.REVOCATION}
        assert why in refused.failed[0].detail


def test_a_list_that_is_stale_still_revokes(
    eid: EidCard, issuer: CountryIssuer, now: datetime
) -> None:
    crl = issuer.revocation_list(now, [issuer.signer.serial_number])
    later = now + timedelta(days=90)
    evidence = check_passive(eid.sod, read_groups(eid), store_of(issuer, crl), later, IRAN)
    assert refused_by(evidence) == {DocumentCheck.REVOCATION}


def exempting(what: Exempt, *whom: str) -> PassivePolicy:
    """What is accepted where rows of the table of exceptions name these."""
    return replace(IRAN, exemptions=Exemptions(frozenset((name, what) for name in whom)))


def test_cards_that_outlive_their_signer(person: PersonData, now: datetime) -> None:
    """By a row that names the signer or the state; the time the signer claims lets nobody in."""
    issuer = CountryIssuer.create("Test", now, signer_valid=timedelta(days=30))
    groups = eid.build_groups(person)
    sod = issuer.sign_groups(groups, signed_at=now)
    signer, authority = fingerprint(issuer.signer), fingerprint(issuer.authority)

    def evidence(days: int, policy: PassivePolicy) -> Evidence:
        return check_passive(sod, groups, store_of(issuer), now + timedelta(days=days), policy)

    for whom in (signer, "IRN"):
        found = evidence(60, exempting(Exempt.EXPIRED_SIGNER, whom))
        assert found.authentic
        assert found.exempted == (Exempt.EXPIRED_SIGNER,)
        assert evidence(0, exempting(Exempt.EXPIRED_SIGNER, whom)).exempted == ()
    for days, policy in (
        (60, IRAN),
        (60, exempting(Exempt.EXPIRED_SIGNER, authority, "UTO", signer.upper())),
        (60, exempting(Exempt.PURPOSE, signer, "IRN")),
        (-40, exempting(Exempt.EXPIRED_SIGNER, signer)),
        (366 * 15, exempting(Exempt.EXPIRED_SIGNER, signer, authority)),
    ):
        assert refused_by(evidence(days, policy)) == {DocumentCheck.VALIDITY}


def test_other_content_types_only_by_a_row(
    issuer: CountryIssuer, person: PersonData, now: datetime
) -> None:
    old = "1.2.528.1.1006.1.20.1"
    groups = eid.build_groups(person)
    sod = issuer.sign_groups(groups, content_type=old)
    assert refused_by(check_passive(sod, groups, store_of(issuer), now, IRAN)) == {
        DocumentCheck.CONTENT_TYPE
    }
    policy = exempting(Exempt.CONTENT_TYPE, "IRN")
    evidence = check_passive(sod, groups, store_of(issuer), now, policy)
    assert evidence.authentic
    assert evidence.exempted == (Exempt.CONTENT_TYPE,)


@pytest.mark.parametrize(("rsa_bits", "curve_bits"), [(3072, 256), (2048, 384)])
@pytest.mark.parametrize("scheme", [Scheme.ECDSA_P256, Scheme.RSA_PKCS1])
def test_floor_above_the_key(
    person: PersonData, now: datetime, scheme: Scheme, rsa_bits: int, curve_bits: int
) -> None:
    """Of the signer and of its authority, whose key is on a curve of 256 bits."""
    issuer = CountryIssuer.create("Test", now, scheme=scheme)
    card = issuer.issue(person)
    policy = replace(IRAN, floors=Floors(rsa_bits, curve_bits))
    evidence = check_passive(card.sod, read_groups(card), store_of(issuer), now, policy)
    if curve_bits == 256 and scheme is Scheme.ECDSA_P256:
        assert evidence.authentic
    else:
        assert refused_by(evidence) == {DocumentCheck.ALGORITHMS}


def test_revocation_list_that_cannot_be_had(
    eid: EidCard, issuer: CountryIssuer, now: datetime
) -> None:
    """Not done, said and counted; nobody who is on a list gets through by it."""
    row = exempting(Exempt.NO_REVOCATION_LIST, "IRN")
    policy = replace(row, require_revocation=True)
    evidence = check_passive(eid.sod, read_groups(eid), store_of(issuer), now, policy)
    assert evidence.authentic
    assert evidence.exempted == (Exempt.NO_REVOCATION_LIST,)
    assert evidence.outcome(DocumentCheck.REVOCATION) is DocumentCheckOutcome.NOT_DONE
    crl = issuer.revocation_list(now - timedelta(days=99), [issuer.signer.serial_number])
    evidence = check_passive(eid.sod, read_groups(eid), store_of(issuer, crl), now, policy)
    assert refused_by(evidence) == {DocumentCheck.REVOCATION}


def test_a_signer_named_by_its_key(
    issuer: CountryIssuer, person: PersonData, now: datetime
) -> None:
    groups = eid.build_groups(person)
    sod = issuer.sign_groups(groups, by_key_id=True)
    assert check_passive(sod, groups, store_of(issuer), now, IRAN).authentic
    key_id = (
        parse_sod(sod)
        .signed.signer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        .value.digest
    )
    at = sod.rindex(key_id)
    other = sod[:at] + bytes(len(key_id)) + sod[at + len(key_id) :]
    assert refused_by(check_passive(other, groups, store_of(issuer), now, IRAN)) == {
        DocumentCheck.STRUCTURE
    }


def test_a_signer_that_demands_the_unknown(person: PersonData, now: datetime) -> None:
    issuer = CountryIssuer.create("Test", now, signer_unknown="1.2.3.4")
    card = issuer.issue(person)
    evidence = check_passive(card.sod, read_groups(card), store_of(issuer), now, IRAN)
    assert refused_by(evidence) == {DocumentCheck.KEY_USAGE}


def test_a_group_cannot_be_hidden(eid: EidCard, issuer: CountryIssuer, now: datetime) -> None:
    groups = {number: eid.groups[number] for number in (1, 2, 11)}
    store = store_of(issuer)
    assert check_passive(eid.sod, groups, store, now, IRAN).authentic
    evidence = check_passive(eid.sod, groups, store, now, replace(IRAN, expected=(1, 2, 12, 13)))
    assert refused_by(evidence) == {DocumentCheck.GROUP_HASHES}
    assert "DG13" in evidence.failed[0].detail


def test_the_printed_zone_is_the_zone_of_the_chip(
    eid: EidCard, issuer: CountryIssuer, person: PersonData, now: datetime
) -> None:
    printed = mrz.parse(lds.parse_dg1(eid.groups[1])).information
    other = issuer.issue(replace(person, document_number="K00000002"))

    def evidence(card: EidCard) -> Evidence:
        return check_passive(card.sod, read_groups(card), store_of(issuer), now, IRAN, printed)

    assert evidence(eid).authentic
    assert evidence(eid).outcome(DocumentCheck.PRINTED_ZONE) is DocumentCheckOutcome.PASSED
    assert refused_by(evidence(other)) == {DocumentCheck.PRINTED_ZONE}


def test_a_weak_hash_of_the_groups(
    issuer: CountryIssuer, person: PersonData, now: datetime
) -> None:
    groups = {1: eid.build_dg1(person)}
    sha1 = tlv.encode(0x30, bytes.fromhex("06052B0E03021A"))
    digest = hashlib.sha1(groups[1]).digest()
    row = tlv.encode(0x30, b"\x02\x01\x01", tlv.encode(0x04, digest))
    content = tlv.encode(0x30, b"\x02\x01\x00", sha1, tlv.encode(0x30, row))
    sod = tlv.encode(0x77, issuer.sign(content, LDS_SECURITY_OBJECT))
    evidence = check_passive(sod, groups, store_of(issuer), now, IRAN)
    assert refused_by(evidence) == {DocumentCheck.ALGORITHMS, DocumentCheck.GROUP_HASHES}


def test_the_signer_saw_another_type(
    issuer: CountryIssuer, person: PersonData, now: datetime
) -> None:
    groups = eid.build_groups(person)
    named, signed = bytes.fromhex("0606678108010101"), bytes.fromhex("0606678108010103")
    sod = issuer.sign_groups(groups, content_type="2.23.136.1.1.3")
    assert sod.count(signed) == 2
    evidence = check_passive(sod.replace(signed, named, 1), groups, store_of(issuer), now, IRAN)
    assert refused_by(evidence) == {DocumentCheck.CONTENT_TYPE}


def altered(sod: bytes, change: Callable[[cms.SignedData], None]) -> bytes:
    info = cms.ContentInfo.load(tlv.parse_one(sod, 0x77).value)
    change(info["content"])
    return tlv.encode(0x77, info.dump(force=True))


def test_exactly_one_signer(eid: EidCard) -> None:
    def twice(signed: cms.SignedData) -> None:
        again = cms.SignerInfo.load(signed["signer_infos"][0].dump())
        again["signature"] = b"\x00"
        signed["signer_infos"].append(again)

    def nobody(signed: cms.SignedData) -> None:
        signed["signer_infos"] = cms.SignerInfos([])

    assert parse_sod(altered(eid.sod, lambda _: None)) == parse_sod(eid.sod)
    for change in (twice, nobody):
        with pytest.raises(ProtocolError):
            parse_sod(altered(eid.sod, change))


def test_the_hash_that_is_named_is_the_hash_of_the_content(
    eid: EidCard, issuer: CountryIssuer, now: datetime
) -> None:
    def another_hash(signed: cms.SignedData) -> None:
        signed["signer_infos"][0]["digest_algorithm"]["algorithm"] = "sha384"

    evidence = check_passive(
        altered(eid.sod, another_hash), read_groups(eid), store_of(issuer), now, IRAN
    )
    assert refused_by(evidence) == {DocumentCheck.MESSAGE_DIGEST}


def test_attributes_are_hashed_in_order_whatever_order_they_come_in(eid: EidCard) -> None:
    signed = parse_sod(eid.sod).signed
    first, second = tlv.parse_one(signed.signed_bytes, 0x31).children()
    encoded = [tlv.encode(certificate.tag, certificate.value) for certificate in (second, first)]
    good, bad = signed.signed_bytes[2:], b"".join(encoded)
    assert sorted(bad) == sorted(good)
    assert bad != good
    assert parse_sod(eid.sod.replace(good, bad)) == parse_sod(eid.sod)


@pytest.mark.parametrize("salt", ["13", "41"], ids=["19 bytes", "65 bytes"])
def test_a_pss_salt_of_another_length(person: PersonData, now: datetime, salt: str) -> None:
    issuer = CountryIssuer.create("Test", now, scheme=Scheme.RSA_PSS)
    card = issuer.issue(person)
    good, bad = bytes.fromhex("A203020120"), bytes.fromhex(f"A2030201{salt}")
    assert good in card.sod
    evidence = check_passive(
        card.sod.replace(good, bad), read_groups(card), store_of(issuer), now, IRAN
    )
    assert refused_by(evidence) == {DocumentCheck.SIGNATURE}


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("A203020120", "A2030201FF"),  # a negative salt
        ("06092A864886F70D010108", "06092A864886F70D010109"),  # another mask than MGF1
    ],
)
def test_impossible_pss_parameters(person: PersonData, now: datetime, good: str, bad: str) -> None:
    card = CountryIssuer.create("Test", now, scheme=Scheme.RSA_PSS).issue(person)
    assert bytes.fromhex(good) in card.sod
    with pytest.raises(ProtocolError):
        parse_sod(card.sod.replace(bytes.fromhex(good), bytes.fromhex(bad)))


def test_another_pss_trailer(person: PersonData, now: datetime) -> None:
    issuer = CountryIssuer.create("Test", now, scheme=Scheme.RSA_PSS)
    info = cms.ContentInfo.load(tlv.parse_one(issuer.issue(person).sod, 0x77).value)
    signer = info["content"]["signer_infos"][0]
    signer["signature_algorithm"]["parameters"]["trailer_field"] = 2
    with pytest.raises(ProtocolError):
        parse_sod(tlv.encode(0x77, info.dump(force=True)))


def test_an_old_card_in_a_new_wrapping(eid: EidCard, issuer: CountryIssuer, now: datetime) -> None:
    for damaged in (eid.sod[:-1], eid.sod + b"\x00", b"", tlv.encode(0x77, b""), eid.sod[4:]):
        evidence = check_passive(damaged, read_groups(eid), store_of(issuer), now, IRAN)
        assert refused_by(evidence) == {DocumentCheck.STRUCTURE}


def test_an_indefinite_length_needs_its_end(eid: EidCard) -> None:
    inner = tlv.parse_one(eid.sod, 0x77).value
    assert inner[:2] == b"\x30\x82"
    ber = b"\x30\x80" + inner[4:] + b"\x00\x00"
    assert parse_sod(tlv.encode(0x77, ber)) == parse_sod(eid.sod)
    for broken in (ber[:-1], ber[:-2], ber + b"\x00", b"\x30\x83\x00" + inner[2:]):
        with pytest.raises(ProtocolError):
            parse_sod(tlv.encode(0x77, broken))


def test_malformed_trust_is_told() -> None:
    with pytest.raises(ProtocolError):
        CscaStore.from_der([b"no certificate"])
    with pytest.raises(ProtocolError):
        CscaStore.from_der([], [b"no list"])


@pytest.mark.fuzz
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 2000), noise=st.binary(min_size=1, max_size=3), cut=st.integers(0, 3))
def test_no_damage_changes_what_is_believed(
    eid: EidCard, issuer: CountryIssuer, now: datetime, at: int, noise: bytes, cut: int
) -> None:
    at %= len(eid.sod)
    damaged = eid.sod[:at] + noise + eid.sod[at + cut :]
    evidence = check_passive(damaged, read_groups(eid), store_of(issuer), now, IRAN)
    # A few bytes around the signed content carry nothing: versions, the list of digests.
    assert not evidence.authentic or parse_sod(damaged) == parse_sod(eid.sod)


@pytest.mark.fuzz
@given(st.binary(max_size=200).map(lambda value: tlv.encode(0x77, value)))
def test_noise_is_malformed(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_sod(data)
