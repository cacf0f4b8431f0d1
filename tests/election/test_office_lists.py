"""Lists of two offices, and the code on a closing report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election.definition import DeviceId
from election.missing import (
    MissingDevice,
    MissingGround,
    MissingList,
    check_missing_successor,
    open_missing,
    write_missing,
)
from election.office_lists import OfficeListError
from election.reasons import OfficeListReason, ReportReason
from election.report_code import (
    MAX_TEXT,
    ReportedNumbers,
    ReportError,
    read_report_code,
    write_report_code,
)
from election.rulings import (
    ChosenClosing,
    Revocation,
    RevocationGround,
    Rulings,
    check_rulings_successor,
    open_rulings,
    write_rulings,
)
from tests.election.acting import acting, other_election
from tests.election.samples import ELSEWHERE, NOW, STATION, TERMINAL

W = acting()
LOST = MissingDevice(TERMINAL, MissingGround.DESTROYED, 12, 0, True)
AWAY = MissingDevice(ELSEWHERE, MissingGround.LOST, None, 0, False)
LIST = MissingList(W.number, (LOST, AWAY))
ONE, TWO = sorted(hashlib.sha256(name).digest() for name in (b"one", b"two"))
RULINGS = Rulings(
    W.number,
    (ChosenClosing(TERMINAL, ONE),),
    (
        Revocation(ONE, RevocationGround.LOST, NOW.replace(microsecond=0)),
        Revocation(TWO, RevocationGround.DISMISSED, NOW.replace(microsecond=0)),
    ),
)


def refusal(act: Callable[[], object]) -> OfficeListReason:
    with pytest.raises(OfficeListError) as refused:
        act()
    return refused.value.reason


def test_two_registered_offices_sign() -> None:
    assert open_missing(write_missing(LIST, W.offices), W.published) == LIST
    assert open_rulings(write_rulings(RULINGS, W.offices), W.published) == RULINGS


@pytest.mark.parametrize(
    "names",
    [
        ("headquarters",),
        ("observer",),
        ("headquarters", "headquarters"),
        ("observer", "headquarters"),
        ("headquarters", "second-observer"),
        ("headquarters", STATION),
    ],
)
def test_others_do_not_sign_in_their_place(names: tuple[str, ...]) -> None:
    signers = W.signers(*names)
    for data, read in (
        (write_missing(LIST, signers), open_missing),
        (write_rulings(RULINGS, signers), open_rulings),
    ):
        reason = refusal(lambda data=data, read=read: read(data, W.published))  # type: ignore[misc]
        assert reason is OfficeListReason.LIST_SIGNATURE


def test_lists_of_another_election_or_kind() -> None:
    data, published = write_missing(LIST, W.offices), other_election(W)
    assert refusal(lambda: open_missing(data, published)) is OfficeListReason.LIST_ELECTION
    assert refusal(lambda: open_rulings(data, W.published)) is OfficeListReason.LIST_FORMAT
    later = data.replace(b'"version": 1', b'"version": 2')
    assert refusal(lambda: open_missing(later, W.published)) is OfficeListReason.LIST_VERSION


def test_entries_are_in_order_and_registered() -> None:
    for devices in ((AWAY, LOST), (LOST, LOST)):
        listed = replace(LIST, devices=devices)
        assert refusal(lambda listed=listed: write_missing(listed, W.offices)) is (  # type: ignore[misc]
            OfficeListReason.LIST_ORDER
        )
    unknown = replace(LIST, devices=(replace(LOST, device=DeviceId("a-device")),))
    data = write_missing(unknown, W.offices)
    assert refusal(lambda: open_missing(data, W.published)) is OfficeListReason.LIST_DEVICE
    chosen = replace(RULINGS, closings=(ChosenClosing(DeviceId("a-device"), ONE),))
    data = write_rulings(chosen, W.offices)
    assert refusal(lambda: open_rulings(data, W.published)) is OfficeListReason.LIST_DEVICE


def test_what_was_decided_stays() -> None:
    check_missing_successor(replace(LIST, devices=(LOST,)), LIST)
    check_rulings_successor(replace(RULINGS, revocations=()), RULINGS)
    for later in (
        replace(LIST, devices=(AWAY,)),
        replace(LIST, devices=(replace(LOST, ground=MissingGround.LOST), AWAY)),
    ):
        reason = refusal(lambda later=later: check_missing_successor(LIST, later))  # type: ignore[misc]
        assert reason is OfficeListReason.LIST_CHANGED
    for rulings in (
        replace(RULINGS, closings=()),
        replace(RULINGS, closings=(ChosenClosing(TERMINAL, TWO),)),
        replace(RULINGS, revocations=RULINGS.revocations[:1]),
    ):
        reason = refusal(lambda later=rulings: check_rulings_successor(RULINGS, later))  # type: ignore[misc]
        assert reason is OfficeListReason.LIST_CHANGED


# ---------------------------------------------------------------- the code on a report

SAID = ReportedNumbers(W.number, TERMINAL, (402, 3), (ONE, TWO))
KEY = W.keys[TERMINAL]
TEXT = write_report_code(SAID, KEY)


def code_refusal(text: str) -> ReportReason:
    with pytest.raises(ReportError) as refused:
        read_report_code(text).verify(KEY.public.classical.raw)
    return refused.value.reason


def test_code_is_read_as_people_and_cameras_give_it() -> None:
    assert len(TEXT) < 350
    for text in (TEXT, TEXT.lower(), " ".join(TEXT[at : at + 8] for at in range(0, len(TEXT), 8))):
        code = read_report_code(text)
        code.verify(KEY.public.classical.raw)
        assert code.said == SAID


def test_code_of_a_station_has_no_roots() -> None:
    said = ReportedNumbers(W.number, STATION, (410, 2), ())
    code = read_report_code(write_report_code(said, W.keys[STATION]))
    code.verify(W.keys[STATION].public.classical.raw)
    assert code.said == said


@pytest.mark.parametrize(
    "text",
    ["", "AMINR1:", "AMINR2:" + TEXT[7:], "AMIN1:" + TEXT[7:], TEXT[:-9], "x" * 2000, "\x00"],
)
def test_texts_that_are_no_code(text: str) -> None:
    assert code_refusal(text) in {ReportReason.REPORT_FORMAT, ReportReason.REPORT_SIGNATURE}
    assert len(TEXT) < MAX_TEXT


def test_another_device_did_not_sign_it() -> None:
    forged = write_report_code(SAID, W.keys[ELSEWHERE])
    assert code_refusal(forged) is ReportReason.REPORT_SIGNATURE


@settings(max_examples=200)
@given(st.integers(0, len(TEXT) - 1), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567:=0 é"))
def test_no_letter_can_be_changed(at: int, letter: str) -> None:
    changed = TEXT[:at] + letter + TEXT[at + 1 :]
    if changed != TEXT:
        assert code_refusal(changed) in {
            ReportReason.REPORT_FORMAT,
            ReportReason.REPORT_SIGNATURE,
        }
