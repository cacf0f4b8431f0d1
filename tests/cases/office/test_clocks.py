"""Judge tokens and bundles by the times that devices wrote into them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import pytest

from election import token
from election.authorization import Authorization
from election.bundle import Bundle, write_bundle
from election.definition import ENGLISH, DeviceId, Role, StyleId
from headquarters.import_report import report_lines
from tests.acts import with_acts
from tests.cases.day import Day, box
from tests.headquarters.day import operator_cards, station_bundle
from tests.headquarters.small import BRANCH, COUNCIL, EXPERTS, NOON
from words.languages import installed


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return Day.begin(tmp_path_factory.mktemp("day"))


def hour(number: float) -> datetime:
    """Return the time so many hours after noon."""
    return NOON + timedelta(hours=number)


def issued(day: Day, expires: datetime) -> bytes:
    """Return a token of station-1."""
    made = Authorization(
        day.hq.election.uuid,
        BRANCH,
        DeviceId("station-1"),
        StyleId("both"),
        (COUNCIL, EXPERTS),
        expires,
        secrets.token_bytes(16),
        None,
    )
    return token.issue(made, day.hq.devices["station-1"].signing.classical)


def import_says(day: Day, loaded: datetime, opened: datetime, closed: datetime) -> list[str]:
    """Return what the import says when terminal-1 was loaded, opened and closed then."""
    bundle = Bundle(
        day.hq.election.uuid,
        day.package,
        DeviceId("terminal-1"),
        Role.BALLOT_TERMINAL,
        BRANCH,
        (),
        bytes(32),
        box(day.one),
    )
    signing = day.hq.devices["terminal-1"].signing
    bundle = with_acts(bundle, operator_cards(day.hq.authority), signing, (loaded, opened, closed))
    found = day.bring(
        write_bundle(bundle, signing, day.certificate("terminal-1")),
        day.two.close(day.package),
        station_bundle(day.hq, 0, day.package),
    )
    return list(report_lines(found.report, installed().speaker(ENGLISH)))


def test_token_good_for_half_an_hour(day: Day) -> None:
    token.check(issued(day, hour(0.5)), day.hq.election, BRANCH, NOON)


def test_polls_of_an_ordinary_day(day: Day) -> None:
    assert import_says(day, hour(-7), hour(-6), hour(6)) == []


YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "hours",
    [
        pytest.param((hour(-7), hour(6), hour(-6)), id="closed-before-they-opened"),
        pytest.param((YEAR_2000, YEAR_2000 + timedelta(hours=1), hour(6)), id="opened-in-2000"),
        pytest.param((hour(-7), hour(-6), datetime(2099, 1, 1, tzinfo=UTC)), id="closed-in-2099"),
        pytest.param((hour(-7), hour(-6), hour(2)), id="closed-four-hours-early"),
        pytest.param((hour(7), hour(-6), hour(6)), id="loaded-after-the-closing"),
    ],
)
def test_polls_of_a_wrong_clock(day: Day, hours: tuple[datetime, datetime, datetime]) -> None:
    told = import_says(day, *hours)
    assert told
    assert {line.split("\t")[0] for line in told} == {"odd-time"}
