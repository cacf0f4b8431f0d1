"""The I/O board with its thread: presses, the socket, lamp and buzzer, a cable that is pulled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.io_board.modbus import ModbusBoard
from drivers.io_board.seam import Inputs, Signal
from drivers.serial_line import SerialLine
from kiosk.station.board import BoardDesk
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
