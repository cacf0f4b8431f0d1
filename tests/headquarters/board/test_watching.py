"""Messages are believed by the register alone; what comes twice, late, never or copied is told."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from crypto.signing import SigningKey
from election.definition import BranchId, DeviceId
from election.polls import PollsState
from election.reasons import StatusReason
from election.station_status import (
    AHEAD,
    DaySums,
    Power,
    StationStatus,
    StatusRefusedError,
    write_status,
)
from headquarters.board.alerts import Alert
from headquarters.board.rows import BranchRow, Level, branch_rows, district_rows
from headquarters.board.watching import BURST, Watch
from tests.headquarters.board.country import (
    CLOSES,
    HOUR,
    NOON,
    OPENS,
    noon,
    register,
    said,
    signed,
)

OTHER = SigningKey(Ed25519PrivateKey.from_private_bytes(b"\x08" * 32))


def row(watch: Watch, branch: str = "b0000", minutes: float = 0) -> BranchRow:
    at = NOON + timedelta(minutes=minutes)
    found = branch_rows(watch, at, OPENS, CLOSES, {BranchId("b0001"): Level.SENSITIVE})
    return next(each for each in found if each.branch == branch)


def heard(*statuses: StationStatus, branches: int = 3, stations: int = 1) -> Watch:
    watch = Watch(register(branches, stations))
    for status in statuses:
        watch.receive(signed(status), status.at)
    return watch


# ---------------------------------------------------------------- what is believed


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (said("b0000", election="another"), StatusReason.STATUS_ELECTION),
        (said("b0000", device=DeviceId("s1-b0001")), StatusReason.STATUS_DEVICE),
        (said("b0000", device=DeviceId("t-b0000")), StatusReason.STATUS_DEVICE),
        (said("b0000", device=DeviceId("nobody")), StatusReason.STATUS_DEVICE),
        (said("nowhere", device=DeviceId("spare-1")), StatusReason.STATUS_DEVICE),
    ],
)
def test_what_the_register_does_not_name_is_refused(
    status: StationStatus, reason: StatusReason
) -> None:
    watch = Watch(register(3))
    with pytest.raises(StatusRefusedError) as refused:
        watch.receive(signed(status), NOON)
    assert refused.value.reason is reason
    assert watch.heard == {}


def test_another_key_is_refused() -> None:
    watch = Watch(register(3))
    with pytest.raises(StatusRefusedError) as refused:
        watch.receive(write_status(said("b0000"), OTHER), NOON)
    assert refused.value.reason is StatusReason.STATUS_SIGNATURE
    assert watch.heard == {}


def test_a_spare_speaks_for_the_branch_it_serves() -> None:
    watch = heard(said("b0002", device=DeviceId("spare-1")))
    assert row(watch, "b0002").stations == 2
    assert row(watch, "b0000").stations == 1


def test_a_message_sent_again_is_no_fork() -> None:
    watch = heard(said("b0000", number=7))
    assert watch.receive(signed(said("b0000", number=7)), NOON) is None
    assert row(watch).alerts == ()


@pytest.mark.parametrize("number", [7, 6, 1])
def test_a_copied_key_or_an_older_disk_shows_and_stays(number: int) -> None:
    watch = heard(said("b0000", number=7))
    later = said("b0000", number=number, power=Power.BATTERY, at=NOON + timedelta(seconds=30))
    with pytest.raises(StatusRefusedError) as refused:
        watch.receive(signed(later), NOON)
    assert refused.value.reason is StatusReason.STATUS_NUMBER
    watch.receive(signed(said("b0000", number=8)), NOON)
    assert Alert.FORKED in row(watch).alerts
    assert row(watch).power is Power.MAINS, "what was refused changes nothing"


def test_two_messages_of_one_number_are_a_copied_key_whatever_their_time() -> None:
    watch = heard(said("b0000", number=7))
    early = said("b0000", number=7, at=NOON - timedelta(seconds=30))
    with pytest.raises(StatusRefusedError):
        watch.receive(signed(early), NOON)
    assert Alert.FORKED in row(watch).alerts


def test_nobody_who_listened_raises_an_alert() -> None:
    """Old messages are sent again, in any order; some are only late."""
    sent = [
        signed(said("b0000", number=number, at=NOON + timedelta(minutes=number)))
        for number in range(1, 9)
    ]
    watch = Watch(register(1))
    for raw in (sent[0], sent[2], sent[7]):
        watch.receive(raw, NOON + timedelta(minutes=8))
    for raw in (*sent, *sent[::-1]):
        assert watch.receive(raw, NOON + timedelta(minutes=8)) is None
    assert row(watch, minutes=9).alerts == ()


def test_sums_that_tell_of_a_single_voter_are_not_taken() -> None:
    watch = heard(said("b0000", number=7))
    sums = DaySums(HOUR + 1, 141, 20, None, None, None)
    with pytest.raises(StatusRefusedError) as refused:
        watch.receive(signed(said("b0000", number=8, sums=sums)), NOON)
    assert refused.value.reason is StatusReason.STATUS_SUMS
    assert row(watch).issued.number == 140


def test_many_numbers_left_out_are_told() -> None:
    """More than a station's four starts and a line that fails now and then leave out."""
    last = 8 + 4 * (AHEAD + 1)
    watch = heard(said("b0000", number=7), said("b0000", number=last))
    assert row(watch).alerts == ()
    watch.receive(signed(said("b0000", number=last + 2)), NOON)
    assert row(watch).alerts == (Alert.SKIPPED,)


def test_a_station_that_floods_is_refused() -> None:
    watch, taken = Watch(register(1)), 0
    for number in range(1, 200):
        with suppress(StatusRefusedError):
            watch.receive(signed(said("b0000", number=number)), NOON)
            taken += 1
    assert taken == BURST + 1


def test_a_restart_forgets_nothing() -> None:
    watch = heard(said("b0000", number=3), said("b0000", number=5), said("b0001", number=2))
    again = Watch(register(3))
    again.restore(watch.kept())
    assert [row(again, x) for x in ("b0000", "b0001")] == [
        row(watch, x) for x in ("b0000", "b0001")
    ]
    later = said("b0000", number=4, at=NOON + timedelta(minutes=1))
    with pytest.raises(StatusRefusedError):
        again.receive(signed(later), NOON)
    other = Watch(replace(register(3), register=replace(register(3).register, election="x")))
    other.restore(watch.kept())
    assert other.heard == {}, "messages of another election are not taken back"


# ---------------------------------------------------------------- alerts

SUMS = DaySums(HOUR, 140, 20, None, None, None)


@pytest.mark.parametrize(
    ("changes", "alert"),
    [
        ({"power": Power.BATTERY}, Alert.BATTERY),
        ({"power": Power.LOW}, Alert.LOW),
        ({"linked": False}, Alert.LINK),
        ({"at": NOON - timedelta(minutes=3)}, Alert.CLOCK),
        ({"at": NOON + timedelta(minutes=3)}, Alert.CLOCK),
        ({"version": "0.0.9"}, Alert.VERSION),
        ({"state": PollsState.READY}, Alert.UNOPENED),
        ({"state": PollsState.READY, "sums": None}, Alert.LATE),
        ({"sums": replace(SUMS, provisional=8)}, Alert.PROVISIONAL),
    ],
)
def test_alerts(changes: dict[str, object], alert: Alert) -> None:
    watch = Watch(register(4))
    for branch in ("b0001", "b0002", "b0003"):
        watch.receive(signed(said(branch)), NOON)
    watch.receive(signed(replace(said("b0000"), **changes)), NOON)  # type: ignore[arg-type]
    assert alert in row(watch).alerts
    assert row(watch, "b0001").alerts == (), "nothing is wrong with the others"


def test_a_silent_branch_says_since_when() -> None:
    watch = heard(said("b0000"))
    assert row(watch, minutes=4).alerts == ()
    late = row(watch, minutes=6)
    assert late.alerts == (Alert.SILENT,)
    assert late.since == NOON
    never = row(watch, "b0001")
    assert never.alerts == (Alert.LATE, Alert.SILENT)
    assert never.level is Level.SENSITIVE


def test_nothing_is_late_before_the_hour_and_nothing_silent_after_the_closing() -> None:
    watch = Watch(register(1))
    assert branch_rows(watch, OPENS - timedelta(minutes=1), OPENS, CLOSES, {})[0].alerts == ()
    assert branch_rows(watch, CLOSES, OPENS, CLOSES, {})[0].alerts == ()
    watch.receive(signed(said("b0000", state=PollsState.CLOSED)), NOON)
    assert row(watch, minutes=300).alerts == ()


def test_cards_without_a_receipt_that_become_more() -> None:
    watch = Watch(register(1))
    for number, outstanding in enumerate((12, 22, 32), 1):
        sums = DaySums(HOUR + number, 100 * number, outstanding, None, None, None)
        watch.receive(signed(said("b0000", number=number, sums=sums)), NOON)
    assert row(watch).alerts == (Alert.OUTSTANDING,)
    sums = DaySums(HOUR + 4, 410, 11, None, None, None)
    watch.receive(signed(said("b0000", number=4, sums=sums)), NOON)
    assert row(watch).alerts == ()


def test_one_of_two_stations_that_never_spoke_is_told() -> None:
    watch = heard(said("b0000"), stations=2)
    assert row(watch).alerts == (Alert.SILENT,)
    watch.receive(signed(said("b0000", 2)), NOON)
    assert row(watch).alerts == ()


def test_overrides_are_compared_with_the_district() -> None:
    watch = Watch(register(29))
    district = ["b0000", "b0007", "b0014", "b0021"]
    for branch in district:
        sums = replace(SUMS, overridden=30 if branch == "b0000" else 5)
        watch.receive(signed(said(branch, sums=sums)), NOON)
    assert row(watch).alerts == (Alert.OVERRIDES,)
    assert row(watch, "b0007").alerts == ()


# ---------------------------------------------------------------- what it depends on


def test_sums_are_those_that_are_told() -> None:
    few = DaySums(HOUR, None, None, None, None, None)
    watch = heard(said("b0000"), said("b0000", 2, sums=few), stations=2)
    found = row(watch)
    assert (found.issued.number, found.issued.more) == (140, True)
    assert (found.refused.number, found.overridden.number) == (None, None)
    watch.receive(signed(said("b0000", 2, 2, sums=replace(SUMS, hour=HOUR + 1))), NOON)
    assert (row(watch).issued.number, row(watch).issued.more) == (280, False)


@given(st.integers(0, 2**32))
def test_what_is_shown_follows_from_the_messages_alone(seed: int) -> None:
    """In whatever order they come, and whatever is asked of the board; a district is its branches' sum."""
    watch, again = noon(14, seed), Watch(register(14))
    said_once = [heard.raw for heard in watch.heard.values()]
    for raw in Random(seed).sample(said_once, len(said_once)):
        again.receive(raw, NOON)
    rows = branch_rows(watch, NOON, OPENS, CLOSES, {})
    assert branch_rows(again, NOON, OPENS, CLOSES, {}) == rows
    numbers = [x.number for one in rows for x in (one.issued, one.outstanding)]
    assert all(number is None or number >= 10 for number in numbers)
    others = [x.number for one in rows for x in (one.refused, one.overridden, one.provisional)]
    assert all(number is None or number >= 5 for number in others)
    for district in district_rows(rows):
        here = [x.issued.number or 0 for x in rows if x.district == district.district]
        assert (district.issued.number or 0) == sum(here)
