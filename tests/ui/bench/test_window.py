"""The device bench: hands reach the bench, and what it says is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from kiosk.definition import Language, Text
from kiosk.flows.ballot.states import Presentation, TextSize
from tests.ui.bench.fake import FakeBench, broken, busy, morning, scenes
from tests.ui.hands import click, find, settle, texts
from ui.bench.cards import MIME
from ui.bench.devices import Reader
from ui.bench.protocol import Bench, Cable, CardKey, PersonKey, Slot, StepKey, Touch
from ui.bench.window import BenchWindow

DPI = 96.0
SIZE = (1280, 800)


@pytest.fixture
def bench(qapp: QApplication) -> FakeBench:
    return FakeBench(morning())


@pytest.fixture
def window(qtbot: QtBot, bench: FakeBench) -> Iterator[BenchWindow]:
    driven: Bench = bench
    made = BenchWindow(DPI, driven, Presentation(Language.ENGLISH, TextSize.SMALL))
    qtbot.addWidget(made)
    made.resize(*SIZE)
    made.show()
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("size", [TextSize.SMALL, TextSize.NORMAL, TextSize.LARGEST])
def test_every_scene_fits(qtbot: QtBot, language: Language, size: TextSize) -> None:
    for name, state in scenes().items():
        window = BenchWindow(DPI, FakeBench(state), Presentation(language, size))
        qtbot.addWidget(window)
        window.resize(*SIZE)
        window.show()
        window.look_again()
        settle()
        assert (window.width(), window.height()) == SIZE, name


def test_a_card_is_taken_and_put_into_a_slot(window: BenchWindow, bench: FakeBench) -> None:
    click(window, "card-person-1")
    assert "In your hand" in texts(window)
    click(window, "slot-identity-reader")
    assert bench.done == [("insert", Slot.IDENTITY, CardKey("person-1"))]
    assert "In your hand" not in texts(window)
    click(window, "slot-identity-reader")
    assert bench.done[-1] == ("remove", Slot.IDENTITY)


def test_a_card_can_be_dropped_on_a_slot(window: BenchWindow, bench: FakeBench) -> None:
    data = QMimeData()
    data.setData(MIME, b"authorization-2")
    reader = find(window, Reader, "slot-authorization-reader")
    drop = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.MoveAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    reader.dropEvent(drop)
    assert bench.done == [("insert", Slot.AUTHORIZATION, CardKey("authorization-2"))]


def test_shelves_and_pages_of_the_tray(window: BenchWindow, bench: FakeBench) -> None:
    click(window, "tray-next")
    click(window, "card-person-5")
    click(window, "shelf-operators")
    click(window, "card-officer")
    click(window, "slot-terminal-reader")
    assert bench.done == [("insert", Slot.TERMINAL, CardKey("officer"))]
    click(window, "shelf-cards")
    settle()
    assert window.findChild(QWidget, "card-authorization-1") is not None


@pytest.mark.parametrize("how", [Touch.RIGHT, Touch.WRONG, Touch.WET])
def test_fingers_of_the_person_at_the_reader(
    window: BenchWindow, bench: FakeBench, how: Touch
) -> None:
    bench.insert(Slot.IDENTITY, CardKey("person-1"))
    window.look_again()
    click(window, f"touch-{how.value}")
    click(window, "lift")
    assert bench.done[-2:] == [("finger", PersonKey("p1"), how), ("lift",)]


def test_an_impostor_is_in_the_hand(window: BenchWindow, bench: FakeBench) -> None:
    bench.insert(Slot.IDENTITY, CardKey("person-1"))
    window.look_again()
    click(window, "card-person-2")
    click(window, "sensor")
    assert bench.done[-1] == ("finger", PersonKey("p2"), Touch.RIGHT)


def test_without_a_person_there_is_no_finger(window: BenchWindow, bench: FakeBench) -> None:
    settle()
    assert not find(window, QWidget, "touch-right").isEnabled()
    click(window, "sensor")
    assert bench.done == []


@pytest.mark.parametrize("cable", list(Cable))
def test_cables(window: BenchWindow, bench: FakeBench, cable: Cable) -> None:
    click(window, f"cable-{cable.value}")
    assert bench.done == [("pull", cable)]


def test_a_pulled_cable_can_be_plugged(qtbot: QtBot) -> None:
    bench = FakeBench(broken())
    window = BenchWindow(DPI, bench, Presentation(Language.ENGLISH, TextSize.SMALL))
    qtbot.addWidget(window)
    window.resize(*SIZE)
    window.show()
    window.look_again()
    click(window, "cable-identity-reader")
    click(window, "cable-fingerprint")
    assert bench.done == [("plug", Cable.IDENTITY_READER), ("plug", Cable.FINGERPRINT)]
    assert "The first reader is unplugged." in texts(window)


def test_printer_troubles(window: BenchWindow, bench: FakeBench) -> None:
    for name in ("paper-out", "jam", "cover", "ok"):
        click(window, f"printer-{name}")
    assert bench.done == [("paper-out",), ("jam",), ("cover",), ("paper-ok",)]


def test_steps_can_be_done(window: BenchWindow, bench: FakeBench) -> None:
    click(window, "step-open-station")
    assert bench.done == [("step", StepKey("open-station"))]
    settle()
    assert window.findChild(QWidget, "step-open-terminal") is None


def test_a_strip_can_be_read(window: BenchWindow, bench: FakeBench) -> None:
    click(window, "printer")
    settle()
    assert window.findChild(QWidget, "strip-close") is None
    bench.now = busy()
    window.look_again()
    click(window, "printer")
    click(window, "strip-close")
    assert window.findChild(QWidget, "strip-close") is None


def test_the_timer_looks_by_itself(qtbot: QtBot, window: BenchWindow, bench: FakeBench) -> None:
    bench.now = replace(bench.now, message=Text("سلام", "Something happened"))
    qtbot.waitUntil(lambda: "Something happened" in texts(window), timeout=2000)


def test_language_turns_the_window(window: BenchWindow) -> None:
    click(window, "language")
    assert window.layoutDirection() == Qt.LayoutDirection.RightToLeft
    assert "ایستگاه احراز هویت" in texts(window)


def test_tour_to_the_end_and_skipped(qtbot: QtBot, window: BenchWindow) -> None:
    window.start_tour()
    with qtbot.waitSignal(window.tour_finished):
        for _ in range(6):
            click(window, "tour-next")
    assert window.findChild(QWidget, "tour-veil") is None
    click(window, "tour")
    with qtbot.waitSignal(window.tour_finished):
        click(window, "tour-skip")


def test_tour_covers_the_table(window: BenchWindow, bench: FakeBench) -> None:
    window.start_tour()
    settle()
    card = find(window, QWidget, "card-person-0")
    spot = card.mapTo(window, card.rect().center())
    hit = window.childAt(spot)
    assert hit is not card
    assert bench.done == []
