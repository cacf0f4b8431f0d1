"""The device bench: hands reach the bench, and what it says is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from election.definition import ENGLISH, PERSIAN, Language
from kiosk.flows.ballot.states import Presentation, TextSize
from simulators.bench.cards import MIME
from simulators.bench.devices import PrinterDrawing, ReaderDrawing
from simulators.bench.protocol import (
    Bench,
    BenchCardId,
    BenchPrinter,
    BenchUps,
    Cable,
    PersonKey,
    Printing,
    ReaderSlot,
    Seen,
    StepKey,
    SupplySetting,
    TouchStyle,
)
from simulators.bench.sheet import FAULTS as NAMES_OF_FAULTS
from simulators.bench.window import BenchWindow
from simulators.demo.table import FAULTS as TABLE_FAULTS
from tests.simulators.bench.fake import FAULTS, FakeBench, broken, busy, morning, scenes
from tests.ui.hands import click, find, settle, texts, typed
from ui.strip import ReceiptRaster
from words.message import Message

DPI = 96.0
SIZE = (1920, 1080)


@pytest.fixture
def bench(qapp: QApplication) -> FakeBench:
    return FakeBench(morning())


@pytest.fixture
def window(qtbot: QtBot, bench: FakeBench) -> Iterator[BenchWindow]:
    driven: Bench = bench
    made = BenchWindow(DPI, driven, Presentation(ENGLISH, TextSize.SMALL))
    qtbot.addWidget(made)
    made.resize(*SIZE)
    made.show()
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
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
    assert bench.done == [("insert", ReaderSlot.IDENTITY, BenchCardId("person-1"))]
    assert "In your hand" not in texts(window)
    click(window, "slot-identity-reader")
    assert bench.done[-1] == ("remove", ReaderSlot.IDENTITY)


def test_a_card_can_be_dropped_on_a_slot(window: BenchWindow, bench: FakeBench) -> None:
    data = QMimeData()
    data.setData(MIME, b"authorization-2")
    reader = find(window, ReaderDrawing, "slot-authorization-reader")
    drop = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.MoveAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    reader.dropEvent(drop)
    assert bench.done == [("insert", ReaderSlot.AUTHORIZATION, BenchCardId("authorization-2"))]


def test_shelves_and_pages_of_the_tray(window: BenchWindow, bench: FakeBench) -> None:
    click(window, "tray-next")
    click(window, "card-person-5")
    click(window, "shelf-operators")
    click(window, "card-officer")
    click(window, "slot-terminal-reader")
    assert bench.done == [("insert", ReaderSlot.TERMINAL, BenchCardId("officer"))]
    click(window, "shelf-cards")
    settle()
    assert window.findChild(QWidget, "card-authorization-1") is not None


@pytest.mark.parametrize("how", [TouchStyle.RIGHT, TouchStyle.WRONG, TouchStyle.WET])
def test_fingers_of_the_person_at_the_reader(
    window: BenchWindow, bench: FakeBench, how: TouchStyle
) -> None:
    bench.insert(ReaderSlot.IDENTITY, BenchCardId("person-1"))
    window.look_again()
    click(window, f"touch-{how.value}")
    click(window, "lift")
    assert bench.done[-2:] == [("finger", PersonKey("p1"), how), ("lift",)]


def test_an_impostor_is_in_the_hand(window: BenchWindow, bench: FakeBench) -> None:
    bench.insert(ReaderSlot.IDENTITY, BenchCardId("person-1"))
    window.look_again()
    click(window, "card-person-2")
    click(window, "sensor")
    assert bench.done[-1] == ("finger", PersonKey("p2"), TouchStyle.RIGHT)


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
    window = BenchWindow(DPI, bench, Presentation(ENGLISH, TextSize.SMALL))
    qtbot.addWidget(window)
    window.resize(*SIZE)
    window.show()
    window.look_again()
    click(window, "cable-identity-reader")
    click(window, "cable-fingerprint")
    assert bench.done == [("plug", Cable.IDENTITY_READER), ("plug", Cable.FINGERPRINT)]
    assert "Not done: the card was taken out" in texts(window)


@pytest.mark.parametrize("device", [device for device, _ in FAULTS])
def test_everything_that_can_happen_to_a_device(
    window: BenchWindow, bench: FakeBench, device: Cable
) -> None:
    names = bench.now.faults_of(device)
    click(window, f"more-{device.value}")
    for name in names:
        touch_or_turn(window, f"fault-{name.replace(' ', '-')}")
    assert bench.done == [("strike", device, name) for name in names]
    click(window, "sheet-close")
    assert window.findChild(QWidget, "sheet-close") is None


def touch_or_turn(window: BenchWindow, name: str) -> None:
    """What is below the edge of the sheet comes with the next page."""
    for _ in range(6):
        button = find(window, QWidget, name)
        spot = button.mapTo(window, button.rect().center())
        hit = window.childAt(spot)
        if hit is button:
            click(window, name)
            return
        click(window, "sheet-more-down")
    raise AssertionError(f"{name} cannot be reached")


def test_every_fault_of_the_simulators_has_a_name_for_people() -> None:
    assert {name for _, names in TABLE_FAULTS for name in names} == set(NAMES_OF_FAULTS)


def test_the_finger_is_seen_close_up_with_every_way_of_putting_it_on(
    window: BenchWindow, bench: FakeBench
) -> None:
    bench.now = replace(busy(), running=None)
    window.look_again()
    click(window, "more-fingerprint")
    picture = find(window, QLabel, "sheet-picture")
    assert not picture.pixmap().isNull()
    assert "Wet finger" in texts(window)
    assert "bad picture" in texts(window)
    click(window, "sheet-touch-dry")
    assert bench.done == [("finger", PersonKey("p1"), TouchStyle.DRY)]
    bench.now = replace(
        bench.now,
        sensor=replace(bench.now.sensor, how=TouchStyle.RIGHT, seen=Seen.MATCH, picture=None),
    )
    window.look_again()
    assert "match" in find(window, QLabel, "sheet-said").text()
    assert picture.pixmap().isNull()


def test_the_ridges_are_drawn_on_the_sensor(window: BenchWindow, bench: FakeBench) -> None:
    def drawn() -> bytes:
        settle()
        image = find(window, QWidget, "sensor").grab().toImage()
        return bytes(image.constBits())

    bench.now = busy()
    window.look_again()
    with_ridges = drawn()
    bench.now = replace(bench.now, sensor=replace(bench.now.sensor, picture=None))
    window.look_again()
    assert drawn() != with_ridges


def test_the_power_supply_and_the_scanner(window: BenchWindow, bench: FakeBench) -> None:
    click(window, "ups")
    assert "line power" in texts(window)
    bench.now = replace(bench.now, ups=BenchUps(SupplySetting.LOW, 9.0, 100.0))
    window.look_again()
    assert "battery low\n9 %" in texts(window)
    click(window, "sheet-close")
    click(window, "scanner")
    typed(find(window, QWidget, "scan-text"), "518329")
    click(window, "scan")
    assert bench.done == [("scan", "518329")]


def test_the_strip_grows_while_it_is_printed(window: BenchWindow, bench: FakeBench) -> None:
    whole = busy().printer.strip
    assert whole is not None
    row = whole.width_px // 8
    seen: list[int] = []
    for rows in (40, 200, 400):
        part = ReceiptRaster(whole.width_px, whole.rows[: rows * row])
        bench.now = replace(
            bench.now, printer=BenchPrinter(Printing.PRINTING, strip=part, hanging=True)
        )
        window.look_again()
        image = find(window, PrinterDrawing, "printer").image
        assert image is not None
        seen.append(image.height())
    assert seen == [40, 200, 400]


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
    bench.now = replace(bench.now, message=Message("Something happened"))
    qtbot.waitUntil(lambda: "Something happened" in texts(window), timeout=30_000)


def test_language_turns_the_window(window: BenchWindow) -> None:
    click(window, "language")
    assert window.layoutDirection() == Qt.LayoutDirection.RightToLeft
    assert "ایستگاه احراز هویت" in texts(window)


def test_tour_to_the_end_and_skipped(qtbot: QtBot, window: BenchWindow) -> None:
    window.start_tour()
    with qtbot.waitSignal(window.tour_finished, timeout=30_000):
        for _ in range(6):
            click(window, "tour-next")
    assert window.findChild(QWidget, "tour-veil") is None
    click(window, "tour")
    with qtbot.waitSignal(window.tour_finished, timeout=30_000):
        click(window, "tour-skip")


def test_tour_covers_the_table(window: BenchWindow, bench: FakeBench) -> None:
    window.start_tour()
    settle()
    card = find(window, QWidget, "card-person-0")
    spot = card.mapTo(window, card.rect().center())
    hit = window.childAt(spot)
    assert hit is not card
    assert bench.done == []
