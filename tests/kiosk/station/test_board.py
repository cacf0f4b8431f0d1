"""The I/O board with its thread: presses, the socket, lamp and buzzer, a cable that is pulled."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from drivers.io_board.modbus import ModbusBoard
from drivers.io_board.seam import Inputs, Signal
from drivers.serial_line import SerialLine
from kiosk.station.board import BUZZ_EVERY_S, BUZZ_S, BoardDesk
from simulators.io_board.modbus import BAUD, ModbusBoardSimulator
from tests.drivers.sound.capture import wait_for


def crashed(name: str, defect: BaseException) -> None:
    raise AssertionError(name) from defect


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[ModbusBoardSimulator]:
    with ModbusBoardSimulator(tmp_path / "board") as made:
        yield made


def desk_of(simulator: ModbusBoardSimulator, told: list[tuple[Inputs, Inputs]]) -> BoardDesk:
    board = ModbusBoard(lambda: SerialLine.open(simulator.path, BAUD))
    return BoardDesk(board, lambda before, now: told.append((before, now)), crashed)


def test_a_press_is_told_once_and_lamp_and_buzzer_call(simulator: ModbusBoardSimulator) -> None:
    told: list[tuple[Inputs, Inputs]] = []
    desk = desk_of(simulator, told)
    desk.start()
    for inputs in (Inputs(first=True), Inputs(), Inputs(headphones=True)):
        count = len(told)
        simulator.set_inputs(inputs)
        wait_for(lambda count=count: len(told) > count)  # type: ignore[misc]
    assert [now for _, now in told] == [Inputs(first=True), Inputs(), Inputs(headphones=True)]
    desk.call_officer(True)
    wait_for(lambda: simulator.is_on(Signal.LAMP) and simulator.is_on(Signal.BUZZER))
    desk.stop()
    assert not simulator.is_on(Signal.LAMP)
    assert not simulator.is_on(Signal.BUZZER)


class Coils:
    """A board that only remembers what it was told."""

    def __init__(self) -> None:
        self.on = dict.fromkeys(Signal, True)
        self.told: list[tuple[Signal, bool]] = []

    def read(self) -> Inputs:
        return Inputs()

    def switch(self, signal: Signal, on: bool) -> None:
        self.on[signal] = on
        self.told.append((signal, on))

    def close(self) -> None:
        """Nothing is open."""


def test_the_buzzer_sounds_now_and_then_and_the_lamp_stays() -> None:
    now = 100.0
    board = Coils()
    desk = BoardDesk(board, lambda *_: None, crashed, clock=lambda: now)
    desk._look()
    assert not any(board.on.values()), "a lamp that was left on by a start before this one"
    desk.call_officer(True)
    heard: list[bool] = []
    for _ in range(300):
        desk._look()
        assert board.on[Signal.LAMP]
        heard.append(board.on[Signal.BUZZER])
        now += 0.1
    assert heard[0]
    assert sum(not one and other for one, other in pairwise(heard)) == 30 // int(BUZZ_EVERY_S) - 1
    assert sum(heard) / 10 == pytest.approx(2 * BUZZ_S, abs=0.3)
    desk.call_officer(False)
    desk._look()
    assert not any(board.on.values())
    assert len(board.told) < 20, "it is told what changes, and nothing again and again"


def test_a_board_that_is_gone_stops_nobody_and_comes_back(
    simulator: ModbusBoardSimulator,
) -> None:
    told: list[tuple[Inputs, Inputs]] = []
    desk = desk_of(simulator, told)
    simulator.unplug()
    desk.start()
    wait_for(lambda: not desk.present)
    assert not desk.lamp().ok
    assert not desk.check().passed
    desk.call_officer(True)
    simulator.replug()
    wait_for(lambda: desk.present)
    wait_for(lambda: simulator.is_on(Signal.LAMP))
    assert desk.lamp().ok
    desk.stop()
