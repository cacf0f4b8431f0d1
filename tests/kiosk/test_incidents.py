"""Codes survive a telephone, and everything that stops a device has a row."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

import pytest

from election.doubts import Doubt
from election.incidents import (
    INCIDENTS,
    TOLD_BY_PEOPLE,
    Incident,
    check_digit,
    incident_code,
    incident_of,
    spoken,
)
from election.reasons import StartReason
from election.usb_drive import _TROUBLE
from kiosk.station.device import _AT_START

KIOSK = Path(__file__).parents[2] / "kiosk"
CODES = [row.code for row in INCIDENTS.values()]


def test_every_incident_has_a_row_and_a_code_of_three_digits() -> None:
    assert set(INCIDENTS) == set(Incident)
    assert len(set(CODES)) == len(CODES)
    for incident, row in INCIDENTS.items():
        assert re.fullmatch(r"[1-9][0-9]{2}", row.code)
        assert spoken(row.code) is incident
        assert row.cause != row.remedy
    assert check_digit(28) == 10, "a check digit X is not spoken: its number is given to nobody"


@pytest.mark.parametrize("code", CODES)
def test_no_slip_of_the_tongue_is_another_incident(code: str) -> None:
    """Every single wrong digit, and every exchange of two digits."""
    heard = {
        code[:place] + digit + code[place + 1 :]
        for place, digit in itertools.product(range(3), "0123456789")
    }
    for one, other in itertools.combinations(range(3), 2):
        swapped = list(code)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        heard.add("".join(swapped))
    assert [each for each in heard if spoken(each) is not None] == [code]


def test_whatever_stops_a_start_or_a_device_has_its_row() -> None:
    for reason in (*StartReason, *(doubt for doubt in Doubt if doubt.stops)):
        assert incident_of(reason.upper()).value == reason.upper()
    assert set(_TROUBLE.values()) < set(INCIDENTS)
    assert {incident for _, incident in _AT_START} <= set(INCIDENTS)


def test_a_fault_is_named_by_an_incident_and_nothing_else() -> None:
    """No other text becomes a fault of a device."""
    for file in KIOSK.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Call(ast.Name("DeviceFault" | "OutOfService"), [ast.Constant()]):
                    pytest.fail(f"{file}:{node.lineno}: a text is no incident")
                case _:
                    pass


def test_every_incident_can_happen() -> None:
    table = KIOSK / "incidents.py"
    files = [*KIOSK.rglob("*.py"), KIOSK.parent / "election" / "usb_drive.py"]
    text = "".join(file.read_text("utf-8") for file in files if file != table)
    told = {each.upper() for each in (*StartReason, *Doubt)} | TOLD_BY_PEOPLE
    dead = [x for x in Incident if f"Incident.{x.name}" not in text and x.value not in told]
    assert dead == []


def test_the_screen_never_gets_the_name_of_a_class() -> None:
    text = incident_code(Incident.DEFECT, "store", RuntimeError("secret 0499370899"))
    assert re.fullmatch(r"DEFECT RuntimeError-[0-9a-f]{6}", text)
    assert incident_of(text) is Incident.DEFECT
    assert incident_of("KeyError-1234") is incident_of("") is Incident.DEFECT
