"""Refuse documents of other states and of signers for other things, and those that were disowned."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from drivers.smartcard import photo, tlv
from drivers.smartcard.evidence import DocumentCheck, DocumentCheckOutcome
from drivers.smartcard.photo import CardPhoto
from drivers.smartcard.sod import check_passive
from drivers.smartcard.trust import CscaStore
from simulators.cards.issuer import Issuer
from tests.card_issuers import CITIZENS, IRAN, CountryIssuer
from tests.cases.documents.kit import (
    DER,
    GROUPS,
    NOW,
    Country,
    failed,
    names,
    new_key,
    opened,
    person,
    trust,
)
from tests.pictures import jpeg_2000
from tests.reading import read_identity

ECDSA_SHA1 = bytes.fromhex("300906072A8648CE3D0401")


# ------------------------------------------------------------ states


def test_signer_of_another_country_in_a_master_list(tmp_path: Path) -> None:
    """DG1 says IRN; a signer of XX has signed it, whose authority came with a master list."""
    lists, country, other = CountryIssuer.create("Lists", NOW), Country(), Country("XX")
    listed = lists.master_list([country.ca, other.ca], NOW)
    files = {"own.cer": country.der, "lists.cer": lists.authority_der, "world.ml": listed}
    store = trust(tmp_path, files)
    assert other.ca in store.certificates
    assert failed(country.sod(), store) == []
    assert failed(other.sod(), store) == [
        "state: the signer is of a country whose documents are not accepted"
    ]
    both = replace(IRAN, kinds=(replace(CITIZENS, states=(("IRN", "IR"), ("XXX", "XX"))),))
    assert failed(other.sod(), store, both) == [
        "state: the signer is of another country than the document"
    ]


def test_signer_and_authority_of_two_countries() -> None:
    """Either may not be of the document's country (Doc 9303-12, 7.1.1)."""
    country, other = Country(), Country("XX")
    foreign = country.certify_signer(subject=names("YY", "Invented signer"))
    failures = failed(country.sod(signer=foreign), CscaStore((country.ca,)))
    assert failures == ["state: the signer is of a country whose documents are not accepted"]
    native = other.certify_signer(subject=names("IR", "Invented signer"))
    failures = failed(other.sod(signer=native), CscaStore((other.ca,)))
    assert failures == ["state: the authority is of another country than the signer"]


@pytest.mark.parametrize("states", [(), (("UTO", "IR"),), (("IRN", "XX"),)])
def test_state_that_is_not_accepted(states: tuple[tuple[str, str], ...]) -> None:
    country = Country()
    policy = replace(IRAN, kinds=(replace(CITIZENS, states=states),))
    failures = failed(country.sod(), CscaStore((country.ca,)), policy)
    assert [failure.split(":")[0] for failure in failures] == ["state"]


def test_authority_that_another_country_certified() -> None:
    """The key of XX certifies an authority with C=IR, as if it were a link."""
    other, made_up = Country("XX"), Country()
    claimed = other.link_to(made_up)
    failures = failed(made_up.sod(), CscaStore((other.ca, claimed)))
    assert "issuer: no configured authority issued the signer" in failures
    same = Country(common="Older CSCA")
    assert failed(made_up.sod(), CscaStore((same.ca, same.link_to(made_up)))) == []


# ------------------------------------------------------------ purposes and periods


@pytest.mark.parametrize("critical", [False, True])
@pytest.mark.parametrize(
    "purpose",
    [
        pytest.param("2.23.136.1.1.3", id="master-list-signer"),
        pytest.param("1.3.6.1.5.5.7.3.1", id="tls-server"),
        pytest.param("2.23.136.1.1.14.2", id="visible-seal-signer"),
        pytest.param("2.5.29.37.0", id="any"),
    ],
)
def test_other_purpose(purpose: str, critical: bool) -> None:
    """The right authority, a certificate for something else."""
    usage = x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose)])
    country = Country(extra=[usage], critical=critical)
    failures = failed(country.sod(), CscaStore((country.ca,)))
    assert failures == ["key-usage: the signer's certificate is for another purpose"]


LIFE = x509.PrivateKeyUsagePeriod(
    not_before=datetime(2026, 1, 1, tzinfo=UTC), not_after=datetime(2026, 4, 1, tzinfo=UTC)
)
DAYS = {"20251231": False, "20260101": True, "20260401": True, "20260402": False}
OUTSIDE = ["period: the document was signed outside the life of the signer's key"]


@pytest.mark.parametrize("day", DAYS)
def test_signed_outside_the_keys_life(day: str) -> None:
    """By the day the signer names, and by the day of issue in DG12."""
    country = Country(extra=[LIFE])
    store, moment = CscaStore((country.ca,)), datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
    expected = [] if DAYS[day] else OUTSIDE
    assert failed(country.sod(signed_at=moment), store) == expected
    for form in (day.encode(), bytes.fromhex(day)):
        issued = tlv.encode(0x5C, b"\x5f\x26"), tlv.encode(0x5F26, form)
        groups = {**GROUPS, 12: tlv.encode(0x6C, *issued)}
        assert failed(country.sod(groups=groups), store, groups=groups) == expected


def test_period_without_a_day() -> None:
    """Nothing to compare is told, not refused; a document without a period, too."""
    for country in (Country(extra=[LIFE]), Country()):
        evidence = check_passive(country.sod(), GROUPS, CscaStore((country.ca,)), NOW, IRAN)
        assert evidence.authentic
        assert evidence.outcome(DocumentCheck.PERIOD) is DocumentCheckOutcome.NOT_DONE


# ------------------------------------------------------------ revocation


def crl(
    country: Country,
    *listed: x509.Certificate,
    issuer: x509.Name | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
    made: datetime = NOW,
) -> x509.CertificateRevocationList:
    """Return a list of revoked certificates of the country, under another name or by another key."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer or country.name)
        .last_update(made)
        .next_update(made + timedelta(days=30))
    )
    for certificate in listed:
        entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(made).build())
    return builder.sign(key or country.ca_key, hashes.SHA256())


def with_sha1(made: x509.CertificateRevocationList, key: ec.EllipticCurvePrivateKey) -> bytes:
    parts = tlv.parse(tlv.parse_one(made.tbs_certlist_bytes, 0x30).value)
    body = [tlv.encode(part.tag, part.value) for part in parts]
    at = next(number for number, part in enumerate(parts) if part.tag == 0x30)
    body[at] = ECDSA_SHA1
    tbs = tlv.encode(0x30, *body)
    signature = key.sign(tbs, ec.ECDSA(hashes.SHA1()))
    return tlv.encode(0x30, tbs, ECDSA_SHA1, tlv.encode(3, b"\0" + signature))


REVOKED = ["revocation: the signer's certificate, or its authority's, is revoked"]


@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("form", ["right", "sha1", "another-key", "small-letters", "stale"])
def test_revoked(tmp_path: Path, form: str, listed: bool) -> None:
    """The list lies in the folder of trusted files, and is heard even if it cannot be verified."""
    country = Country()
    entries = [country.signer] if listed else []
    match form:
        case "sha1":
            data = with_sha1(crl(country, *entries), country.ca_key)
        case "another-key":
            data = crl(country, *entries, key=new_key()).public_bytes(DER)
        case "small-letters":
            data = crl(country, *entries, issuer=names("ir", "Invented CSCA")).public_bytes(DER)
        case "stale":
            data = crl(country, *entries, made=NOW - timedelta(days=31)).public_bytes(DER)
        case _:
            data = crl(country, *entries).public_bytes(DER)
    store = trust(tmp_path, {"a.cer": country.der, "r.crl": data})
    assert failed(country.sod(), store) == (REVOKED if listed else [])
    failures = failed(country.sod(), store, replace(IRAN, require_revocation=True))
    assert bool(failures) == (listed or form in ("sha1", "another-key", "stale"))


def test_revoked_by_a_successor_of_another_name() -> None:
    """A list that is still current does not outweigh another that names the signer."""
    country, successor = Country(), Country(common="Invented CSCA 2")
    older, newer = crl(country), crl(successor, country.signer)
    for lists in ((older, newer), (newer, older), (newer,)):
        store = CscaStore((country.ca, successor.ca), lists)
        assert failed(country.sod(), store) == REVOKED
    assert failed(country.sod(), CscaStore((country.ca, successor.ca), (crl(successor),))) == []


def test_revoked_authority() -> None:
    country, successor = Country(), Country(common="Invented CSCA 2")
    lists = (crl(successor, country.ca),)
    assert failed(country.sod(), CscaStore((country.ca, successor.ca), lists)) == REVOKED
    assert failed(successor.sod(), CscaStore((country.ca, successor.ca), lists)) == []


def test_list_of_another_country() -> None:
    """It says nothing of this one, whatever numbers are on it."""
    country, other = Country(), Country("XX")
    store = CscaStore((country.ca, other.ca), (crl(other, country.signer),))
    assert failed(country.sod(), store) == []


def test_picture_of_a_foreign_card_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """No decoder of pictures sees a byte that nobody trusted has signed."""
    decoded: list[bytes] = []

    def decode(image: bytes) -> CardPhoto:
        decoded.append(image)
        raise AssertionError("decoded")

    monkeypatch.setattr(photo, "decode", decode)
    foreign = Issuer.create("Another country", NOW)
    picture = jpeg_2000(24, 32)
    card = foreign.issue(replace(person(), photo=picture, photo_size=(24, 32)))
    reading = opened(card)
    own = CscaStore((Country().ca,))
    assert not reading.verify_authenticity(own, NOW).authentic
    assert decoded == []
    monkeypatch.undo()
    assert read_identity(reading, NOW.date()).photo.startswith(b"\xff\xd8\xff")
