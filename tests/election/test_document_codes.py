"""Codes of headquarters for more documents: each opens one station, of one election, once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.definition import DeviceId, DocumentCheck, Role
from election.document_codes import AHEAD, CODE_DIGITS, LISTED, code_of, listed, number_of
from tests.kiosk.station.office import Office

KEY, OTHER_KEY = bytes(32), b"\x01" * 32
HERE, THERE = DeviceId("identity-1"), DeviceId("identity-2")
ELECTION = "7f0c1a1e"


@given(number=st.integers(1, LISTED), used=st.integers(0, LISTED))
def test_a_code_counts_once_and_where_it_is_meant(number: int, used: int) -> None:
    code = code_of(KEY, ELECTION, HERE, number)
    found = number_of(code, KEY, ELECTION, HERE, used)
    assert found == (number if used < number <= used + AHEAD else None)
    assert number_of(code, OTHER_KEY, ELECTION, HERE, used) is None
    assert number_of(code, KEY, "another", HERE, used) is None
    assert number_of(code, KEY, ELECTION, THERE, used) is None


@given(text=st.text(max_size=20), used=st.integers(0, LISTED))
def test_any_other_text_is_no_code(text: str, used: int) -> None:
    known = {code_of(KEY, ELECTION, HERE, number) for number in range(1, LISTED + 1)}
    if text not in known:
        assert number_of(text, KEY, ELECTION, HERE, used) is None


def test_codes_are_twelve_digits_and_none_is_twice() -> None:
    codes = [
        code_of(KEY, ELECTION, station, number)
        for station in (HERE, THERE)
        for number in range(1, LISTED + 1)
    ]
    assert all(len(code) == CODE_DIGITS and code.isascii() and code.isdigit() for code in codes)
    assert len(set(codes)) == len(codes)


def test_a_day_has_no_more_codes_than_are_listed() -> None:
    beyond = code_of(KEY, ELECTION, HERE, LISTED + 1)
    assert number_of(beyond, KEY, ELECTION, HERE, LISTED) is None


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office.open(tmp_path_factory.mktemp("office"))


def test_headquarters_list_is_what_stations_accept(office: Office) -> None:
    """Every identity station and no terminal, each code by its number."""
    election = office.election
    checks = replace(election.rules, document_check=DocumentCheck.ORDINARY)
    checked = replace(election, rules=checks)
    lines = [line.split() for line in listed(checked, lambda _: KEY).splitlines()]
    stations = {each.id for each in checked.devices if each.role is Role.IDENTITY_STATION}
    assert {station for _, station, *_ in lines} == stations
    assert len(lines) == LISTED * len(stations)
    for _, station, number, *code in lines:
        used = int(number) - 1
        found = number_of("".join(code), KEY, checked.uuid, DeviceId(station), used)
        assert found == int(number)
    off = replace(checked, rules=replace(checks, document_check=DocumentCheck.OFF))
    assert listed(off, lambda _: KEY) == ""


def test_a_code_stays_what_it_is() -> None:
    """Headquarters and stations may be of different versions: it is read out, not recomputed."""
    assert code_of(KEY, ELECTION, HERE, 1) == "160418636909"
