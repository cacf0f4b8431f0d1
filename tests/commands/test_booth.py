"""A booth wired as a station does it: switch box and sound at the window, also without a device."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from commands import booth as wiring
from commands.doctor.devices import questions
from drivers.errors import DeviceNotFoundError
from drivers.io_board.seam import Inputs, Signal
from drivers.settings import IoBoardLine, SoundSettings
from drivers.sound.output import MiniaudioOutput
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from simulators.io_board.modbus import BAUD, ModbusBoardSimulator
from tests.kiosk.test_configuration import TERMINAL
from tests.ui.ballot.ways import Machine
from tests.ui.sample import Sample, make_sample
from ui.ballot.window import BallotWindow
from ui.keys.acts import KeyAct
from ui.keys.hold import Hold
from ui.keys.scan import Way


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample(candidates=220)


def crashed(name: str, defect: BaseException) -> None:
    raise AssertionError(name) from defect


@pytest.fixture
def no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also on a machine that has one."""

    def missing(*_: object, **__: object) -> MiniaudioOutput:
        raise DeviceNotFoundError("no sound device")

    monkeypatch.setattr(wiring, "MiniaudioOutput", missing)
    monkeypatch.setattr("commands.doctor.supply.MiniaudioOutput", missing)


@pytest.mark.usefixtures("no_device")
def test_without_a_sound_device_the_lamp_and_the_doctor_say_so_and_votes_go_on(
    qtbot: QtBot, sample: Sample, tmp_path: Path
) -> None:
    config = replace(TERMINAL, sound=SoundSettings())
    window = BallotWindow(96, sample.portraits)
    qtbot.addWidget(window)
    window.show()
    booth = wiring.Booth(config, window, crashed, lambda: None)
    machine = Machine(window, sample)
    machine.on_state = partial(booth.show, training=False)
    assert booth.sound is not None
    assert not booth.sound.lamp().ok
    machine.insert()
    window.pilot.act(KeyAct.SELECT)
    window.pilot.act(KeyAct.WHERE)
    assert isinstance(machine.state, at.Marking)
    for one in booth.equipment:
        one.start()
        one.stop()
    (found,) = [one.ask() for one in questions(config) if str(one.name) == "sound"]
    assert not found.ok


def test_the_switch_box_presses_plugs_and_lights(
    qtbot: QtBot, sample: Sample, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with ModbusBoardSimulator(tmp_path / "board") as board:
        line = IoBoardLine(board.path, BAUD)
        config = replace(TERMINAL, io_board=line, sound=SoundSettings())
        window = BallotWindow(96, sample.portraits)
        qtbot.addWidget(window)
        window.show()
        booth = wiring.Booth(config, window, crashed, lambda: None)
        machine = Machine(window, sample)
        machine.on_state = partial(booth.show, training=False)
        for one in booth.equipment:
            one.start()
        machine.insert()
        assert booth.sound is not None
        speech = booth.sound.speech
        board.set_inputs(Inputs(first=True, headphones=True))
        qtbot.waitUntil(lambda: speech.private, timeout=30_000)
        qtbot.waitUntil(lambda: window.findChild(QWidget, "pat") is not None, timeout=30_000)
        hold = window.pilot.hold
        with qtbot.waitSignal(window.switch_released, timeout=30_000):
            board.set_inputs(Inputs(headphones=True))
        for seconds, way in ((25.0, None), (0.2, Way.ONE)):
            hold._hold = Hold(seconds)
            window.pilot._last = None  # half a second has passed
            board.set_inputs(Inputs(first=True, headphones=True))
            qtbot.waitUntil(lambda: hold._hold.switch == 1, timeout=30_000)
            if way is not None:
                qtbot.waitUntil(lambda: window.pilot.scanner.way is not None, timeout=30_000)
            board.set_inputs(Inputs(headphones=True))
            qtbot.waitUntil(lambda: hold._hold.switch == 0, timeout=30_000)
            assert window.pilot.scanner.way is way, "brushed against, and held"
        machine.call_officer = booth.call_officer
        window.pilot.act(KeyAct.HELP)
        assert isinstance(machine.state, at.Helping)
        qtbot.waitUntil(lambda: board.is_on(Signal.BUZZER), timeout=30_000)
        assert board.is_on(Signal.LAMP)
        machine.act(on.StillHere())
        qtbot.waitUntil(lambda: not board.is_on(Signal.LAMP), timeout=30_000)
        assert not board.is_on(Signal.BUZZER)
        assert not [r for r in caplog.records if r.name.startswith("amin")], "the call is in no log"
        for one in booth.equipment:
            one.stop()
        asked = [one for one in questions(config) if str(one.name) == "switch box"]
        found = asked[0].ask()
        assert found.ok
        assert "headphones are in" in str(found.detail)
    assert not asked[0].ask().ok
