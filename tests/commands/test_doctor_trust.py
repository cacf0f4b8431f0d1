"""The doctor says what a station trusts about documents: all of it, with what cannot be used, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from commands.doctor import trust
from drivers.examined.finding import DoctorFinding
from drivers.smartcard.exempt import Exempt
from drivers.smartcard.profile import profile_text
from election.device_files import Files
from election.document_trust import OwnDocuments
from election.trusted import ExceptionRow, Trusted
from election.trusted_digest import trusted_digest
from kiosk.settings import StationConfiguration
from simulators.cards.issuer import Issuer
from tests.kiosk.station.office import NOON, STATION, TERMINAL, Office
from words.message import in_english

STALE, FRESH = NOON - timedelta(days=90), NOON - timedelta(days=1)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office.open(tmp_path_factory.mktemp("office"))


def told(
    office: Office, config: StationConfiguration, trusted: Trusted
) -> list[tuple[str, str, str, str]]:
    """Name, word, detail and advice of each finding."""
    package = office.package(replace(office.election, trusted=trusted))
    Files(config.data, config.mirror).package.write_bytes(package)
    return [_texts(finding) for finding in trust.examine(config)]


def _texts(finding: DoctorFinding) -> tuple[str, str, str, str]:
    advice = "" if finding.advice is None else in_english(finding.advice)
    return in_english(finding.name), finding.word.value, in_english(finding.detail), advice


def test_all_of_it_by_country(office: Office, tmp_path: Path) -> None:
    config = office.configuration(STATION, tmp_path / "station")
    foreign, strange = Issuer.create("Elsewhere", NOON), Issuer.create("Strange", NOON)
    row = ExceptionRow("IRN", Exempt.EXPIRED_DOCUMENT, NOON.date(), "a decree")
    ended = replace(row, until=NOON.date() - timedelta(days=1))
    trusted = Trusted(
        (profile_text("standard"),),
        (office.issuer.authority_der, foreign.authority_der),
        (office.issuer.revocation_list(FRESH), strange.revocation_list(FRESH)),
        exceptions=(row, ended),
    )
    (first, country, exception) = told(office, config, trusted)
    digest = trusted_digest(trusted).hex()[:32]
    assert first[:2] == ("trusted documents", "ok")
    assert first[2].replace(" ", "") == digest
    assert country[:2] == ("documents of IR", "look")
    assert "2 authorities" in country[2]
    assert "1 of no use" in country[2]
    assert "no authority here signed this list" in country[3]
    assert exception == ("exception", "ok", "IRN: expired-document until 12 June 2026", "")


def test_what_is_missing(office: Office, tmp_path: Path) -> None:
    config = office.configuration(STATION, tmp_path / "station")
    profiles = (profile_text("standard"),)
    nobody = told(office, config, Trusted(profiles))
    assert nobody[1][1:] == (
        "look",
        "0 authorities; no current revocation list",
        "no document of this country is accepted",
    )
    stale = Trusted(
        profiles, (office.issuer.authority_der,), (office.issuer.revocation_list(STALE),)
    )
    assert told(office, config, stale)[1][3] == "who was revoked lately is not noticed"


@pytest.mark.parametrize("device", [STATION, TERMINAL])
def test_without_and_with_a_package(office: Office, tmp_path: Path, device: str) -> None:
    config = office.configuration(device, tmp_path / "device")  # type: ignore[arg-type]
    assert [_texts(each)[1] for each in trust.examine(config)] == ["ok"]
    found = told(office, config, office.election.trusted)
    assert len(found) == (2 if device == STATION else 1)
    assert found[0][2].replace(" ", "") == trusted_digest(office.election.trusted).hex()[:32]


def test_own_documents_are_for_rehearsals(office: Office, tmp_path: Path) -> None:
    config = office.configuration(STATION, tmp_path / "station")
    own = replace(config, identity=OwnDocuments("standard"))
    assert "for rehearsals only" in told(office, own, office.election.trusted)[0][3]
    real = replace(office.election, rehearsal=False)
    Files(own.data, own.mirror).package.write_bytes(office.package(real))
    assert [_texts(each)[1] for each in trust.examine(own)] == ["MISSING"]
