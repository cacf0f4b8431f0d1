"""Sample data of the smart card tests: one person, one issuer, one card."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from simulators.cards.eid import EidCard, EnrolledFinger, PersonData
from tests.card_issuers import CountryIssuer
from tests.pictures import jpeg

VECTORS = Path(__file__).parents[2] / "vectors" / "hardware"


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime(2026, 6, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text()) for path in VECTORS.glob("*.json")}


@pytest.fixture(scope="session")
def finger_record(vectors: dict[str, Any]) -> bytes:
    return bytes.fromhex(vectors["iso19794_2_2005_sample"]["record"])


@pytest.fixture(scope="session")
def person(finger_record: bytes) -> PersonData:
    return PersonData(
        national_number="1234567891",
        surname="نمونه زاده",
        given_names="مریم",
        latin_surname="NEMUNEH ZADEH",
        latin_given_names="MARYAM",
        birth_date=date(1985, 3, 21),
        sex="F",
        document_number="K00000001",
        expiry=date(2033, 3, 20),
        photo=jpeg(240, 320),
        photo_size=(240, 320),
        fingers=[EnrolledFinger(0x09, finger_record), EnrolledFinger(0x0A, finger_record)],
        birth_place="تهران",
    )


@pytest.fixture(scope="session")
def issuer(now: datetime) -> CountryIssuer:
    return CountryIssuer.create("Test", now)


@pytest.fixture
def eid(issuer: CountryIssuer, person: PersonData) -> EidCard:
    return issuer.issue(person)
