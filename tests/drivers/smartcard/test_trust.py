"""Trust in issuers: curves spelt out, link certificates, revocation lists, folders, master lists."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.errors import ProfileError, ProtocolError
from drivers.smartcard import certificates, trust_folder
from drivers.smartcard.documents import MASTER_LIST
from drivers.smartcard.evidence import DocumentCheck, DocumentCheckOutcome
from drivers.smartcard.sod import check_passive
from drivers.smartcard.trust import CscaStore
from simulators.cards import issuer_certificates
from simulators.cards.eid import PersonData, build_groups
from simulators.cards.issuer import Scheme
from simulators.cards.issuer_certificates import Usage
from tests.card_issuers import IRAN, CountryIssuer, spell_out

ECDSA = (Scheme.ECDSA_P256, Scheme.ECDSA_BRAINPOOL_P384)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def other(now: datetime) -> CountryIssuer:
    return CountryIssuer.create("Other", now)


# ------------------------------------------------------------ Curves spelt out


def test_a_certificate_of_another_tool_with_its_curve_spelt_out(vectors: dict[str, Any]) -> None:
    known, unknown = (
        certificates.load_certificate(bytes.fromhex(certificate["hex"]))
        for certificate in vectors["explicit_curve_certificates"]["certificates"]
    )
    assert certificates.weakness(known) == ""
    assert certificates.issued(known, known)
    assert certificates.is_authority(known)
    assert "curve" in certificates.weakness(unknown)
    assert not certificates.issued(unknown, unknown)


@pytest.mark.parametrize("scheme", ECDSA)
def test_cards_of_a_country_that_spells_its_curve_out(
    person: PersonData, now: datetime, scheme: Scheme
) -> None:
    issuer = CountryIssuer.create_spelt_out("Explicit", now, scheme)
    card = issuer.issue(person)
    groups = {1: card.groups[1]}
    lists = [issuer.revocation_list(now, [])]
    store = CscaStore.from_der([issuer.authority_der], lists)
    evidence = check_passive(card.sod, groups, store, now, IRAN)
    assert evidence.authentic
    assert evidence.outcome(DocumentCheck.REVOCATION) is DocumentCheckOutcome.PASSED


@pytest.mark.parametrize("flaw", ["base", "order", "b"])
def test_a_curve_that_is_almost_a_known_one_is_no_curve(
    person: PersonData, now: datetime, flaw: str
) -> None:
    issuer = CountryIssuer.create("Explicit", now, scheme=Scheme.ECDSA_BRAINPOOL_P384)
    signer = spell_out(issuer.signer, issuer.authority_key, flaw=flaw)
    card = replace(issuer, signer=signer).issue(person)
    store = CscaStore((issuer.authority,))
    evidence = check_passive(card.sod, {1: card.groups[1]}, store, now, IRAN)
    assert {check.check for check in evidence.failed} >= {
        DocumentCheck.ALGORITHMS,
        DocumentCheck.SIGNATURE,
    }

    authority = spell_out(issuer.authority, issuer.authority_key, flaw=flaw)
    card = issuer.issue(person)
    evidence = check_passive(card.sod, {1: card.groups[1]}, CscaStore((authority,)), now, IRAN)
    told = {check.check: check.detail for check in evidence.failed}
    assert "cannot be used" in told[DocumentCheck.ISSUER]


# ------------------------------------------------------------ The store


def test_a_link_certificate_carries_trust_from_the_old_key_to_the_new(
    issuer: CountryIssuer, person: PersonData, now: datetime
) -> None:
    fresh = issuer.renewed("Test", now)
    assert fresh.link is not None
    assert fresh.link.subject == issuer.authority.subject
    card = fresh.issue(person)
    groups = {1: card.groups[1]}

    def authentic(*trusted: x509.Certificate) -> bool:
        return check_passive(card.sod, groups, CscaStore(trusted), now, IRAN).authentic

    assert authentic(fresh.authority)
    assert authentic(issuer.authority, fresh.link)
    assert authentic(fresh.link, issuer.authority)
    assert not authentic(issuer.authority)
    assert not authentic(fresh.link), "a link is worth nothing without what it hangs on"


def test_the_newest_key_of_a_country_signs_the_list_for_all(
    issuer: CountryIssuer, person: PersonData, now: datetime
) -> None:
    fresh = issuer.renewed("Test", now)
    assert fresh.link is not None
    card = issuer.issue(person)  # an old card
    crl = fresh.revocation_list(now, [issuer.signer.serial_number])
    for trusted in ([issuer.authority, fresh.link], [issuer.authority, fresh.authority]):
        store = CscaStore.from_der(map(der, trusted), [crl])
        evidence = check_passive(card.sod, {1: card.groups[1]}, store, now, IRAN)
        assert evidence.outcome(DocumentCheck.REVOCATION) is DocumentCheckOutcome.FAILED
    alone = CscaStore.from_der([issuer.authority_der], [crl])
    evidence = check_passive(card.sod, {1: card.groups[1]}, alone, now, IRAN)
    assert evidence.outcome(DocumentCheck.REVOCATION) is DocumentCheckOutcome.FAILED
    innocent = fresh.revocation_list(now, [1])
    alone = CscaStore.from_der([issuer.authority_der], [innocent])
    evidence = check_passive(card.sod, {1: card.groups[1]}, alone, now, IRAN)
    assert evidence.outcome(DocumentCheck.REVOCATION) is DocumentCheckOutcome.NOT_DONE


def self_signed(issuer: CountryIssuer, now: datetime, *, ca: bool, signs: bool) -> x509.Certificate:
    """The certificate of `issuer`'s authority, with other rights."""
    key, name = issuer.authority_key, issuer.authority.subject
    usage = x509.KeyUsage(not signs, False, False, False, False, signs, signs, False, False)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )


@pytest.mark.parametrize(("ca", "signs"), [(True, True), (True, False), (False, True)])
def test_an_authority_is_one_by_both_extensions(
    issuer: CountryIssuer, person: PersonData, now: datetime, ca: bool, signs: bool
) -> None:
    card = issuer.issue(person)
    store = CscaStore((self_signed(issuer, now, ca=ca, signs=signs),))
    evidence = check_passive(card.sod, {1: card.groups[1]}, store, now, IRAN)
    assert evidence.authentic == (ca and signs)


def test_an_authority_of_another_name_with_the_same_key(
    issuer: CountryIssuer, person: PersonData, now: datetime
) -> None:
    key = issuer.authority_key
    named = issuer_certificates.certificate(
        subject=issuer_certificates.name("Somebody else"),
        key=key.public_key(),
        issuer=issuer_certificates.name("Somebody else"),
        issuer_key=key,
        valid=(now - timedelta(days=1), now + timedelta(days=9)),
        usage=Usage(authority=True),
    )
    card = issuer.issue(person)
    evidence = check_passive(card.sod, {1: card.groups[1]}, CscaStore((named,)), now, IRAN)
    assert evidence.outcome(DocumentCheck.ISSUER) is DocumentCheckOutcome.FAILED


def test_a_list_counts_for_all_authorities_of_the_country_if_one_of_them_signed_it(
    issuer: CountryIssuer, other: CountryIssuer, now: datetime
) -> None:
    store = CscaStore.from_der(
        [issuer.authority_der, other.authority_der], [other.revocation_list(now, [])]
    )
    assert len(store.usable_lists(other.authority)) == 1
    assert store.usable_lists(issuer.authority) == store.usable_lists(other.authority)
    alone = CscaStore(store.certificates[:1], store.revocation_lists)
    assert alone.usable_lists(issuer.authority) == ()
    assert alone.unusable_lists(issuer.authority) == store.revocation_lists


def test_a_delta_list_is_no_list(issuer: CountryIssuer, now: datetime) -> None:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.authority.subject)
        .last_update(now)
        .next_update(now + timedelta(days=1))
    )
    whole = builder.sign(issuer.authority_key, hashes.SHA256())
    delta = builder.add_extension(x509.DeltaCRLIndicator(1), critical=True)
    partial = delta.sign(issuer.authority_key, hashes.SHA256())
    assert CscaStore((issuer.authority,), (whole,)).usable_lists(issuer.authority) == (whole,)
    assert CscaStore((issuer.authority,), (partial,)).usable_lists(issuer.authority) == ()


def test_a_list_with_a_weak_hash_is_no_list(issuer: CountryIssuer, now: datetime) -> None:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.authority.subject)
        .last_update(now)
        .next_update(now + timedelta(days=1))
    )
    weak = builder.sign(issuer.authority_key, hashes.SHA224())
    assert CscaStore((issuer.authority,), (weak,)).usable_lists(issuer.authority) == ()


# ------------------------------------------------------------ Folders


def test_a_folder_with_every_form(
    issuer: CountryIssuer, other: CountryIssuer, person: PersonData, now: datetime, tmp_path: Path
) -> None:
    fresh = issuer.renewed("Test", now)
    assert fresh.link is not None
    (tmp_path / "a.cer").write_bytes(issuer.authority_der)
    (tmp_path / "b.PEM").write_bytes(pem(fresh.link) + pem(other.authority))
    (tmp_path / "c.crl").write_bytes(issuer.revocation_list(now, []))
    listed = x509.load_der_x509_crl(other.revocation_list(now, []))
    (tmp_path / "d.crl").write_bytes(listed.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "README.md").write_text("who brought these, and when")
    (tmp_path / ".hidden").write_bytes(b"?")
    store = CscaStore.from_folder(tmp_path)
    assert store.certificates == (issuer.authority, fresh.link, other.authority)
    assert len(store.revocation_lists) == 2
    for certificate in (issuer, fresh, other):
        card = certificate.issue(person)
        evidence = check_passive(card.sod, {1: card.groups[1]}, store, now, IRAN)
        assert evidence.authentic
        assert evidence.outcome(DocumentCheck.REVOCATION) is DocumentCheckOutcome.PASSED


def test_an_empty_folder_trusts_nobody(
    issuer: CountryIssuer, person: PersonData, now: datetime, tmp_path: Path
) -> None:
    store = CscaStore.from_folder(tmp_path)
    assert store == CscaStore()
    card = issuer.issue(person)
    evidence = check_passive(card.sod, {1: card.groups[1]}, store, now, IRAN)
    assert evidence.outcome(DocumentCheck.TRUST_STORE) is DocumentCheckOutcome.FAILED


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.cer", b"no certificate", "malformed"),
        ("a.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "malformed"),
        ("a.pem", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "PEM"),
        ("a.crl", b"no list", "malformed"),
        ("a.crl", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "malformed"),
        ("a.crl", b"-----BEGIN X509 CRL-----\n!", "PEM"),
        ("a.crl.bak", b"", "unknown kind"),
        ("a.ml", b"no list", "malformed"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ProfileError, match=told) as error:
        CscaStore.from_folder(tmp_path)
    assert name in str(error.value)


def test_a_signer_is_no_trust(issuer: CountryIssuer, tmp_path: Path) -> None:
    (tmp_path / "a.cer").write_bytes(der(issuer.signer))
    with pytest.raises(ProfileError, match=r"authority.*"):
        CscaStore.from_folder(tmp_path)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        CscaStore.from_folder(tmp_path / "nowhere")
    (tmp_path / "a.cer").mkdir()
    with pytest.raises(ProfileError, match="cannot be read"):
        CscaStore.from_folder(tmp_path)


def test_a_file_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust_folder, "MAX_FILE_BYTES", 10)
    (tmp_path / "a.cer").write_bytes(bytes(11))
    with pytest.raises(ProfileError, match="longer"):
        CscaStore.from_folder(tmp_path)
    monkeypatch.setattr(trust_folder, "MAX_FILES", 0)
    with pytest.raises(ProfileError, match="files"):
        CscaStore.from_folder(tmp_path)


# ------------------------------------------------------------ Master lists


@pytest.fixture(scope="module")
def master(issuer: CountryIssuer, now: datetime) -> bytes:
    return issuer.master_list([issuer.authority], now)


def test_a_master_list_needs_a_signer_that_the_folder_knows(
    issuer: CountryIssuer, other: CountryIssuer, now: datetime, tmp_path: Path
) -> None:
    data = issuer.master_list([issuer.authority, other.authority], now)
    (tmp_path / "world.ml").write_bytes(data)
    with pytest.raises(ProfileError, match="issued the signer"):
        CscaStore.from_folder(tmp_path)
    (tmp_path / "own.cer").write_bytes(issuer.authority_der)
    assert CscaStore.from_folder(tmp_path).certificates == (issuer.authority, other.authority)
    here = CscaStore.from_folder(tmp_path, frozenset({"XX"}))
    assert here.certificates == (issuer.authority,)
    assert len(CscaStore.from_folder(tmp_path, frozenset({"IR"})).certificates) == 2


def test_a_document_signer_may_not_sign_a_master_list(issuer: CountryIssuer) -> None:
    data = issuer.sign(b"\x30\x05\x02\x01\x00\x31\x00", MASTER_LIST)
    with pytest.raises(ProtocolError, match="may not sign"):
        trust_folder.master_list(data, (issuer.authority,))


def test_a_master_list_signer_needs_both_usages_and_an_authority(
    issuer: CountryIssuer, now: datetime
) -> None:
    data = issuer.master_list([issuer.authority], now, signer_may_sign=False)
    with pytest.raises(ProtocolError, match="may not sign"):
        trust_folder.master_list(data, (issuer.authority,))
    data = issuer.master_list([issuer.authority], now)
    no_authority = self_signed(issuer, now, ca=True, signs=False)
    with pytest.raises(ProtocolError, match="issued the signer"):
        trust_folder.master_list(data, (no_authority,))


def test_only_authorities_are_taken_from_a_master_list(
    issuer: CountryIssuer, now: datetime
) -> None:
    data = issuer.master_list([issuer.signer, issuer.authority], now)
    assert trust_folder.master_list(data, (issuer.authority,)) == (issuer.authority,)


def test_a_security_object_is_no_master_list(issuer: CountryIssuer, person: PersonData) -> None:
    sod = issuer.sign_groups(build_groups(person))
    with pytest.raises(ProtocolError):
        trust_folder.master_list(sod[4:], (issuer.authority,))


@pytest.mark.fuzz
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 3000), noise=st.binary(min_size=1, max_size=3), cut=st.integers(0, 3))
def test_no_damage_adds_trust(
    issuer: CountryIssuer, master: bytes, at: int, noise: bytes, cut: int
) -> None:
    at %= len(master)
    with contextlib.suppress(ProtocolError):
        found = trust_folder.master_list(
            master[:at] + noise + master[at + cut :], (issuer.authority,)
        )
        assert found == (issuer.authority,)
