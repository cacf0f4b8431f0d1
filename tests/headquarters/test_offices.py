"""Each office makes its own keys; headquarters sees public halves only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crypto.certificates import is_for_rehearsals, verify_chain
from crypto.hybrid import HybridKey
from election.definition import Role
from election.schema import to_json
from headquarters.authority import Authority, create_authority
from headquarters.decisions import DecisionError, DecisionList
from headquarters.key_folder import KeyFolderError
from headquarters.offices import (
    Office,
    OfficeError,
    OfficeRequest,
    certify_offices,
    evaluators,
    load_pseudonyms_key,
    load_sealing_key,
    make_office,
    make_request,
    office_certificate,
    read_request,
    sign_as,
    take_certificate,
)
from tests.headquarters.small import NOON, VALIDITY
from tests.headquarters.unlocking import run_election, unlock

ROLES = {
    Office.OFFICER: Role.RECONCILIATION_OFFICER,
    Office.OBSERVER: Role.OBSERVER,
    Office.REGISTRY: Role.REGISTRY,
    Office.EVALUATOR: Role.EVALUATOR,
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("hq") / "keys"
    return create_authority(folder, "ستاد", VALIDITY, lambda _: True, unlock)


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    """Headquarters' folder with the requests of both, whose own folders are beside it."""
    (tmp_path / "offices").mkdir()
    for office in Office:
        make_office(tmp_path / office, office, unlock)
        name = f"{office}.json"
        (tmp_path / "offices" / name).write_bytes((tmp_path / office / name).read_bytes())
    return tmp_path / "offices"


def certify(folder: Path, authority: Authority, *, rehearsal: bool = False) -> bytes:
    return certify_offices(folder, authority, "انتخابات", VALIDITY, rehearsal=rehearsal)


def test_certificates_and_the_sealing_key(brought: Path, authority: Authority) -> None:
    sealing = certify(brought, authority)
    own = brought.parent / Office.OFFICER
    assert load_sealing_key(own, unlock).public_bytes == sealing
    for office, role in ROLES.items():
        certificate = office_certificate(brought, office)
        verify_chain(certificate, authority.root, NOON, {role})
        take_certificate(brought.parent / office, certificate, unlock)
        statement = DecisionList("u", "f", ())
        if office in {Office.REGISTRY, Office.EVALUATOR}:
            with pytest.raises(DecisionError, match="one of the two roles"):
                sign_as(brought.parent / office, statement, unlock)
        else:
            assert sign_as(brought.parent / office, statement, unlock).role == role
    assert not list(brought.glob("*.key")), "headquarters has no private key of an office"


def test_the_evaluators_key_goes_into_the_register(brought: Path, authority: Authority) -> None:
    certify(brought, authority)
    own = brought.parent / Office.EVALUATOR
    (found,) = evaluators(brought)
    assert found.certificate == office_certificate(brought, Office.EVALUATOR)
    assert found.key == load_pseudonyms_key(own, unlock).public
    closed = (own / "pseudonyms.key").read_bytes()
    assert load_pseudonyms_key(own, unlock).to_bytes() not in closed, "it lies there locked"


def test_the_certificate_of_another_request_registers_no_evaluator(
    brought: Path, authority: Authority
) -> None:
    """Who exchanges the request after the certificate was made registers no key of their own."""
    certify(brought, authority)
    other = make_office(brought.parent / "other", Office.EVALUATOR, unlock)
    (brought / "evaluator.json").write_bytes(to_json(other))
    with pytest.raises(OfficeError, match="another key than its request"):
        evaluators(brought)


def test_an_evaluator_without_a_registry_is_refused(brought: Path, authority: Authority) -> None:
    (brought / "registry.json").unlink()
    with pytest.raises(OfficeError, match="pseudonyms are for a registry"):
        certify(brought, authority)


@pytest.mark.parametrize("key", [b"", bytes(32), b"\x01" + bytes(31), bytes(31), bytes(1216)])
def test_what_is_no_key_of_pseudonyms(tmp_path: Path, key: bytes) -> None:
    request = make_request(Office.EVALUATOR, HybridKey.generate(), key, rehearsal=False)
    with pytest.raises(OfficeError, match="no element"):
        read_request(to_json(request))


def test_a_certificate_that_was_given_stays(brought: Path, authority: Authority) -> None:
    certify(brought, authority)
    before = office_certificate(brought, Office.OBSERVER)
    certify(brought, authority)
    assert office_certificate(brought, Office.OBSERVER) == before


def test_an_office_cannot_sign_before_it_is_certified(brought: Path) -> None:
    with pytest.raises(OfficeError, match="no certificate yet"):
        sign_as(brought.parent / Office.OFFICER, DecisionList("u", "f", ()), unlock)


def test_the_certificate_of_another_office_is_refused(brought: Path, authority: Authority) -> None:
    certify(brought, authority)
    for certificate in (office_certificate(brought, Office.OBSERVER), b"nothing"):
        with pytest.raises(OfficeError, match="not the certificate"):
            take_certificate(brought.parent / Office.OFFICER, certificate, unlock)


def test_one_office_alone_is_refused(brought: Path, authority: Authority) -> None:
    (brought / "observer.json").unlink()
    with pytest.raises(OfficeError, match="bring both"):
        certify(brought, authority)


def test_no_office_is_no_sealing_key(tmp_path: Path, authority: Authority) -> None:
    assert certify(tmp_path, authority) == b""


def test_the_request_of_another_office_is_refused(brought: Path, authority: Authority) -> None:
    (brought / "observer.json").write_bytes((brought / "officer.json").read_bytes())
    with pytest.raises(OfficeError, match="another office"):
        certify(brought, authority)


def test_keys_of_a_rehearsal_are_refused_by_an_election(
    tmp_path: Path, authority: Authority
) -> None:
    (tmp_path / "offices").mkdir()
    for office in Office:
        make_office(tmp_path / office, office, unlock, rehearsal=True)
        name = f"{office}.json"
        (tmp_path / office / name).rename(tmp_path / "offices" / name)
    with pytest.raises(OfficeError, match="rehearsal"):
        certify(tmp_path / "offices", authority)
    assert certify(tmp_path / "offices", authority, rehearsal=True)


def altered(request: OfficeRequest) -> dict[str, OfficeRequest]:
    return {
        "rehearsal-taken-off": replace(request, rehearsal=not request.rehearsal),
        "other-office": replace(request, office=Office.OBSERVER),
        "other-sealing-key": replace(request, sealing_key=bytes(1216)),
        "without-sealing-key": replace(request, sealing_key=b""),
        "short-key": replace(request, signing_key=bytes(1984)),
    }


def test_altered_requests_are_refused(tmp_path: Path) -> None:
    made = make_office(tmp_path / "own", Office.OFFICER, unlock)
    assert read_request(to_json(made)) == made
    for request in altered(made).values():
        with pytest.raises(OfficeError):
            read_request(to_json(request))
    for data in (b"", b"{}", b"[" * 10_000, bytes(20_000), to_json(made)[:-9]):
        with pytest.raises(OfficeError):
            read_request(data)


def test_keys_are_made_once(brought: Path) -> None:
    with pytest.raises(OfficeError, match="not empty"):
        make_office(brought.parent / Office.OFFICER, Office.OFFICER, unlock)


def test_each_office_has_its_own_lock(brought: Path) -> None:
    own, other = (brought.parent / office for office in (Office.OFFICER, Office.OBSERVER))
    (own / "lock.json").write_bytes((other / "lock.json").read_bytes())
    with pytest.raises(KeyFolderError):
        load_sealing_key(own, unlock)


def test_the_command_asks_for_one_thing(tmp_path: Path) -> None:
    told = run_election("office-key", tmp_path / "own")
    assert told.exit_code == 2
    assert "--office or --certificate" in told.output


def test_the_root_of_a_rehearsal_is_marked(tmp_path: Path) -> None:
    for rehearsal in (False, True):
        folder = tmp_path / str(rehearsal)
        made = create_authority(
            folder, "ستاد", VALIDITY, lambda _: True, unlock, rehearsal=rehearsal
        )
        assert is_for_rehearsals(made.root) is rehearsal
        assert is_for_rehearsals(made.signer) is rehearsal
