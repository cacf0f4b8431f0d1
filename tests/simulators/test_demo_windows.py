"""The windowed day: where its windows stand, what the table shows meanwhile, and steps that go wrong."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import cast

import pytest
from PySide6.QtCore import QRect

from election.definition import Role
from simulators.bench.protocol import StepKey
from simulators.demo import table as tables
from simulators.demo.desk import TITLE, places_on
from simulators.demo.electorate import make_visitors
from simulators.demo.hands import StuckError
from simulators.demo.hardware import Hardware
from simulators.demo.office import Prepared
from simulators.demo.places import DayFolders
from simulators.demo.stations import StationError
from simulators.demo.steps import BROKEN_OFF, NO_STATION, PREPARE, STUCK, DaySteps
from simulators.demo.table import Table
from simulators.robot import RobotError
from words.message import Message

SCREENS = [(1366, 768), (1280, 1024), (1920, 1080), (1080, 1920)]


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_no_window_lies_on_another(width: int, height: int) -> None:
    screen = QRect(10, 30, width - 10, height - 30)
    desk = places_on(screen)
    windows = (desk.station, desk.terminal, desk.bench)
    for window in windows:
        assert screen.contains(window)
        assert window.top() - TITLE >= screen.top()
        assert window.height() > 200
    for one, other in combinations(windows, 2):
        assert not one.adjusted(0, -TITLE, 0, 0).intersects(other.adjusted(0, -TITLE, 0, 0))


@pytest.mark.parametrize(("width", "height", "fit"), [(800, 800, False), (2560, 1440, True)])
def test_windows_that_would_be_too_small_keep_their_size(
    width: int, height: int, fit: bool
) -> None:
    assert places_on(QRect(0, 0, width, height)).fit is fit


def test_the_table_is_laid_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The window reads the table from another thread: it never finds a card without its face."""
    table = Table(cast(Hardware, None))
    seen: list[int] = []

    def portrait(_person: object) -> bytes:
        seen.append(len(table.cards()))
        return b""

    monkeypatch.setattr(tables, "portrait", portrait)
    monkeypatch.setattr(tables, "visitor_card", lambda *_: object())
    monkeypatch.setattr(tables, "authorization_card", lambda *_: object())
    visitors = make_visitors(Random(3), 12, date(2026, 6, 14))
    prepared = SimpleNamespace(operators=dict.fromkeys(Role, object()), card_key=b"")
    table.lay_out(cast(Prepared, prepared), visitors)
    assert seen == [0] * len(visitors)
    assert len(table.cards()) == len(table.visitors) + len((Role.OFFICER, Role.SUPERVISOR)) + 4


@pytest.fixture
def day(tmp_path: Path) -> DaySteps:
    return DaySteps(DayFolders.make(tmp_path / "day"), Table(cast(Hardware, None)), 5)


def outcome(day: DaySteps) -> tuple[Message | None, bool, StepKey | None]:
    return day.message, day.bad, day.running


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (StuckError("T-2: nothing visible is called pin-0"), STUCK),
        (RobotError("the screen changed"), STUCK),
        (StationError("T-2 ended; see /tmp/log"), NO_STATION),
    ],
)
def test_a_step_that_fails_says_a_sentence(
    day: DaySteps, monkeypatch: pytest.MonkeyPatch, trouble: Exception, said: Message
) -> None:
    def fails(_day: DaySteps) -> Message:
        raise trouble

    monkeypatch.setattr(DaySteps, "_do_prepare", fails)
    day.running = PREPARE
    day._do(PREPARE)
    assert outcome(day) == (said, True, None)


def test_after_a_fault_nobody_expected_another_step_can_be_asked_for(
    day: DaySteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_day: DaySteps) -> Message:
        raise LookupError

    monkeypatch.setattr(DaySteps, "_do_prepare", fails)
    day.running = PREPARE
    with pytest.raises(LookupError):
        day._do(PREPARE)
    assert outcome(day) == (BROKEN_OFF, True, None)
    assert any(step.possible for step in day.steps())
