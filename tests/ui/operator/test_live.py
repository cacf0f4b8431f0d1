"""The self-test's pictures draw what devices do now, and leave the officer on the page that is read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from election.polls import PollsState
from kiosk.flows.ballot.states import Presentation, TextSize
from kiosk.flows.operator import states as at
from kiosk.status import DeviceKind, DeviceNow, Doing, Lamp
from tests.ui import samples_station as samples
from tests.ui.hands import find, settle, texts
from ui.operator.live import DevicePicture
from ui.operator.panel import OperatorPanel
from ui.widgets import make_look
from ui.widgets.frames import Pages
from words.languages import installed
from words.message import m
from words.text import ENGLISH


def picture(qtbot: QtBot, kind: DeviceKind, now: DeviceNow, *, works: bool = True) -> QImage:
    drawn = DevicePicture(make_look(96, Presentation(ENGLISH), installed().load()))
    qtbot.addWidget(drawn)
    drawn.show_doing(Doing(kind, m("On."), now, 0.5), works=works)
    return drawn.grab().toImage()


DIFFERENT = {
    DeviceKind.READER: (DeviceNow.REST, DeviceNow.BUSY),
    DeviceKind.FINGER: (DeviceNow.REST, DeviceNow.LOW, DeviceNow.BUSY),
    DeviceKind.PRINTER: (DeviceNow.REST, DeviceNow.LOW, DeviceNow.EMPTY),
    DeviceKind.SCANNER: (DeviceNow.REST, DeviceNow.BUSY),
    DeviceKind.POWER: (DeviceNow.REST, DeviceNow.BUSY, DeviceNow.EMPTY),
    DeviceKind.BOARD: (DeviceNow.REST, DeviceNow.BUSY),
    DeviceKind.SOUND: (DeviceNow.REST,),
    DeviceKind.LINE: (DeviceNow.REST, DeviceNow.EMPTY),
}


@pytest.mark.parametrize("kind", DeviceKind)
def test_what_a_device_does_is_seen(qtbot: QtBot, kind: DeviceKind) -> None:
    drawn = [picture(qtbot, kind, now) for now in DIFFERENT[kind]]
    drawn.append(picture(qtbot, kind, DIFFERENT[kind][0], works=False))
    for place, one in enumerate(drawn):
        assert all(one != other for other in drawn[place + 1 :])


def changed(lamps: tuple[Lamp, ...], key: str, doing: Doing) -> tuple[Lamp, ...]:
    return tuple(replace(lamp, doing=doing) if lamp.key == key else lamp for lamp in lamps)


def test_pictures_are_live_and_turn_no_page_back(qtbot: QtBot) -> None:
    panel = OperatorPanel(96, Presentation(ENGLISH, TextSize.LARGE))
    qtbot.addWidget(panel)
    panel.resize(1280, 800)
    panel.show()
    status = samples.status()
    panel.show_status(status)
    panel.show_state(at.Console(samples.OFFICER, samples.view(PollsState.READY)))
    settle()
    tile = find(panel, QWidget, "device-identity-reader")
    assert tile.property("now") == "rest"
    pages = next(p for p in panel.findChildren(Pages) if p.area.objectName() == "evidence")
    pages.down.click()
    settle()
    where = pages.area.verticalScrollBar().value()
    assert where > 0
    busy = Doing(DeviceKind.READER, m("A card is in."), DeviceNow.BUSY)
    panel.show_status(replace(status, lamps=changed(status.lamps, "identity-reader", busy)))
    settle()
    assert find(panel, QWidget, "device-identity-reader") is tile
    assert tile.property("now") == "busy"
    assert tile.accessibleName() == "Identity card reader: A card is in."
    assert pages.area.verticalScrollBar().value() == where


def test_every_lamp_has_its_picture_and_words(qtbot: QtBot) -> None:
    panel = OperatorPanel(96, Presentation(ENGLISH))
    qtbot.addWidget(panel)
    panel.resize(1280, 800)
    panel.show()
    panel.show_status(samples.status(broken=True))
    panel.show_state(at.Console(samples.OFFICER, samples.view(PollsState.OPEN)))
    panel.show_state(
        at.Console(samples.OFFICER, replace(samples.view(PollsState.OPEN), report=None))
    )
    settle()
    for lamp in samples.lamps():
        assert find(panel, QWidget, f"device-{lamp.key}").accessibleName()
    assert "Check the cable of the sensor." in texts(panel)


def test_the_guide_opens_on_what_comes_next(qtbot: QtBot) -> None:
    panel = OperatorPanel(96, Presentation(ENGLISH, TextSize.LARGEST))
    qtbot.addWidget(panel)
    panel.resize(1020, 737)
    panel.show()
    panel.show_status(samples.status())
    view = samples.view(PollsState.READY)
    passed = tuple(replace(check, passed=True) for check in view.checks)
    panel.show_state(at.Console(samples.OFFICER, replace(view, checks=passed)))
    settle()
    now = next(w for w in panel.findChildren(QWidget) if w.property("guide") == "now")
    area = next(p for p in panel.findChildren(Pages) if p.area.objectName() == "acts").area
    assert area.verticalScrollBar().value() > 0
    assert not now.visibleRegion().isEmpty()
