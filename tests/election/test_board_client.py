"""What a station tells the status board, when, and that nothing waits for it."""

from __future__ import annotations

import itertools
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.certificates import create_root
from crypto.hybrid import HybridKey
from crypto.signing import SigningKey
from drivers.errors import DeviceLostError
from drivers.media import sqlite
from drivers.power.seam import Doubt, PowerState, Supply, unknown
from drivers.registry.line import Post, Reply
from election import claim_book
from election.board_client import (
    CHANGED_S,
    EVERY_S,
    LOOK_S,
    BoardClient,
    Seen,
    Speaker,
    StatusBoardSettings,
    Teller,
    board_certificate,
    open_board,
    power_of,
)
from election.claim_book import ClaimBook, Told
from election.definition import BranchId, DeviceId
from election.polls import PollsState
from election.station_status import AHEAD, DayCounts, Power, StationStatus, may_follow, open_status

KEY = SigningKey.generate()
NINE = datetime(2026, 6, 18, 9, 20, tzinfo=UTC)
OPEN = Seen(PollsState.OPEN, Power.MAINS, True)
PATHS = itertools.count()


def book(path: Path) -> ClaimBook:
    """Open tables of their own."""
    connection = sqlite.open_schema(path, claim_book.SCHEMA, 1)
    return ClaimBook(path, connection, lambda: None)


@dataclass
class Station:
    """A station whose time is moved."""

    kept: ClaimBook
    now: datetime = NINE
    said: list[StationStatus] = field(default_factory=list)
    counted: int = 0

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        speaker = Speaker("uuid", BranchId("b01"), DeviceId("b01-s1"), KEY)
        self.teller = Teller(speaker, self.kept)

    def later(self, seconds: float, counts: DayCounts, seen: Seen = OPEN) -> StationStatus | None:
        self.now += timedelta(seconds=seconds)

        def asked() -> DayCounts:
            self.counted += 1
            return counts

        raw = self.teller.tell(seen, self.now, asked)
        if raw is None:
            return None
        self.said.append(open_status(raw, KEY.public))
        return self.said[-1]


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(book(tmp_path / "book.db"))


def test_it_speaks_once_in_a_minute_and_at_once_of_a_change(station: Station) -> None:
    assert station.later(0, DayCounts()) is not None
    assert station.later(EVERY_S - 1, DayCounts()) is None
    assert station.later(1, DayCounts()) is not None
    cut = station.later(CHANGED_S, DayCounts(), replace(OPEN, linked=False))
    assert cut is not None
    assert not cut.linked
    assert station.later(CHANGED_S / 2, DayCounts()) is None, "however often it changes"


def test_sums_wait_for_the_first_full_hour_after_the_opening(station: Station) -> None:
    ready = Seen(PollsState.READY, Power.MAINS, True)
    for _ in range(3):
        told = station.later(3600, DayCounts(), ready)
        assert told is not None
        assert told.sums is None
    many = DayCounts(issued=40, receipts=10, refused=7)
    first = station.later(EVERY_S, many)
    assert first is not None
    assert first.sums is None
    full = station.later(3600, many)
    assert full is not None
    assert full.sums is not None
    assert (full.sums.issued, full.sums.outstanding, full.sums.refused) == (40, 30, 7)


def test_a_restart_tells_the_same_sums_and_higher_numbers(station: Station) -> None:
    station.later(0, DayCounts())
    before = station.later(3600, DayCounts(issued=20))
    assert before is not None
    station.restart()
    after = station.later(1, DayCounts(issued=21))
    assert after is not None
    assert after.sums == before.sums
    assert before.number < after.number <= before.number + AHEAD + 1


@pytest.mark.parametrize("begins", range(AHEAD))
def test_a_day_without_a_restart_leaves_no_number_out(station: Station, begins: int) -> None:
    """Wherever in a block of numbers the opening and the full hours come."""
    ready = Seen(PollsState.READY, Power.MAINS, True)
    for _ in range(begins):
        station.later(EVERY_S, DayCounts(), ready)
    for minute in range(13 * 60):
        station.later(EVERY_S, DayCounts(issued=minute))
    numbers = [said.number for said in station.said]
    assert len(numbers) == begins + 13 * 60
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_clock_that_was_set_back_holds_nothing_up(station: Station) -> None:
    station.later(0, DayCounts())
    assert station.later(-7200, DayCounts()) is not None


DAYS = st.lists(
    st.tuples(
        st.integers(1, 5000),
        st.builds(DayCounts, *[st.integers(0, 4)] * 5),
        st.booleans(),
        st.booleans(),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(DAYS)
def test_whatever_happens_no_two_messages_differ_by_a_few(
    tmp_path_factory: pytest.TempPathFactory, day: list[tuple[int, DayCounts, bool, bool]]
) -> None:
    """And within an hour nobody even counts: no message depends on who came since."""
    one = Station(book(tmp_path_factory.getbasetemp() / f"board-{next(PATHS)}.db"))
    counts = DayCounts()
    for seconds, more, linked, restarts in day:
        counts = DayCounts(
            counts.issued + more.issued + more.receipts,
            counts.receipts + more.receipts,
            counts.refused + more.refused,
            counts.overridden + more.overridden,
            counts.provisional + more.provisional,
        )
        if restarts:
            one.restart()
        one.later(seconds, counts, replace(OPEN, linked=linked))
    hours = int(one.now.timestamp()) // 3600 - int(NINE.timestamp()) // 3600
    assert one.counted <= hours
    numbers = [said.number for said in one.said]
    assert numbers == sorted(set(numbers))
    for before, after in itertools.pairwise(said.sums for said in one.said):
        assert may_follow(before, after)
    for first, second in itertools.combinations((s.sums for s in one.said if s.sums), 2):
        for name, least in (("issued", 10), ("refused", 5), ("overridden", 5), ("provisional", 5)):
            moved = (getattr(second, name) or 0) - (getattr(first, name) or 0)
            assert moved == 0 or moved >= least


def test_the_copy_that_has_told_more_is_believed(tmp_path: Path) -> None:
    ahead, behind = book(tmp_path / "ahead.db"), book(tmp_path / "behind.db")
    behind.set_told(Told(8, 5, b""))
    ahead.set_told(Told(17, 5, b"sums"))
    connection = behind._connection
    connection.execute("ATTACH ? AS copy", (str(tmp_path / "ahead.db"),))
    claim_book.join(connection)
    assert behind.told() == Told(17, 5, b"sums")


def test_power_in_the_boards_words() -> None:
    assert power_of(None) is power_of(unknown(Doubt.SILENT)) is Power.UNKNOWN
    readings = (Supply.ON_LINE, Supply.ON_BATTERY, Supply.LOW)
    assert [power_of(PowerState(each)) for each in readings] == [
        Power.MAINS,
        Power.BATTERY,
        Power.LOW,
    ]


class Line:
    """A line that is down, or hangs, or notes what came."""

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails
        self.came: list[bytes] = []
        self.closed = False

    def exchange(self, post: Post, seconds: float) -> Reply:
        assert post.path == "/status"
        if self.fails:
            raise DeviceLostError("no board")
        self.came.append(post.body)
        return Reply(204, b"")

    def close(self) -> None:
        self.closed = True


def _crashed(name: str, defect: BaseException) -> None:
    raise AssertionError(name) from defect


def _until(done: Callable[[], bool]) -> None:
    limit = time.monotonic() + 20
    while not done():
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_a_store_that_hangs_gets_one_job(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[Callable[[], None]] = []
    looked = threading.Event()

    client = BoardClient(Line(), lambda: b"here", jobs.append, _crashed)
    client._watcher.every_s = 0.001
    real = client._look

    def look() -> None:
        real()
        looked.set()

    monkeypatch.setattr(client._watcher, "_look", look)
    client.start()
    try:
        for _ in range(5):
            looked.clear()
            assert looked.wait(20)
        assert len(jobs) == 1
        jobs[0]()
        _until(lambda: len(jobs) == 2)
    finally:
        client.stop()


def test_what_does_not_arrive_is_superseded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("election.board_client.AGAIN_S", 0.01)
    line, due = Line(fails=True), [b"first"]
    client = BoardClient(line, lambda: due.pop() if due else None, lambda job: job(), _crashed)
    client._watcher.every_s = 0.001
    client.start()
    try:
        _until(lambda: not due)
        due.append(b"second")
        _until(lambda: not due)
        line.fails = False
        _until(lambda: bool(line.came))
        assert line.came == [b"second"]
    finally:
        client.stop()
    assert line.closed


def test_what_a_look_finds_goes_once_with_the_next_one() -> None:
    """Also where something new comes while it is sent; so a change is told within two seconds."""
    line, due, jobs = Line(), [b"second", b"first"], list[Callable[[], None]]()
    client = BoardClient(line, lambda: due.pop() if due else None, jobs.append, _crashed)
    client._look()
    jobs.pop()()
    assert line.came == []
    client._look()
    assert line.came == [b"first"]
    jobs.pop()()
    for _ in range(3):
        client._look()
        jobs.pop()()
    assert line.came == [b"first", b"second"]
    # After a message a second is waited for, then a look comes, and the next one sends.
    assert CHANGED_S + 2 * LOOK_S <= 2


_UNASKED: tuple[Any, ...] = (MagicMock(), DeviceId("b01-s1"), KEY, *[MagicMock()] * 6)


def test_of_a_chain_the_boards_certificate_is_believed(tmp_path: Path) -> None:
    """Web servers get it with those of its issuers behind it, and often with words before it."""
    now, day = datetime.now(UTC), timedelta(days=1)
    board, issuer = (
        create_root(name, HybridKey.generate(), now - day, now + day)
        for name in ("board", "issuer")
    )
    both = "".join(map(ssl.DER_cert_to_PEM_cert, (board, issuer)))
    for text in (ssl.DER_cert_to_PEM_cert(board), both, f"subject=board\n{both}"):
        (tmp_path / "board.pem").write_text(text)
        settings = StatusBoardSettings("127.0.0.1:1", str(tmp_path / "board.pem"))
        assert board_certificate(settings) == board
        connected = MagicMock()
        given: list[Any] = [settings, *_UNASKED]
        given[4] = connected
        opened = open_board(*given)
        assert opened is not None
        opened.stop()
        assert connected.call_args[0][1].expected == (board,)


def test_a_board_that_cannot_be_known_is_left_alone(tmp_path: Path) -> None:
    """A station serves voters all the same."""
    (tmp_path / "board.pem").write_text("no certificate")
    for name in ("board.pem", "missing.pem"):
        settings = StatusBoardSettings("127.0.0.1:1", str(tmp_path / name))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("election.board_client.Teller", None)
            assert open_board(settings, *_UNASKED) is None
