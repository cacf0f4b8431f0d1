"""What every I/O board does, on a serial line and behind a network port."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.errors import (
    DeviceLostError,
    DeviceNotFoundError,
    DeviceTimeoutError,
    DriverError,
    ProtocolError,
)
from drivers.io_board.modbus import ModbusBoard
from drivers.io_board.seam import Inputs, IoBoard, Signal
from drivers.serial_line import SerialLine
from simulators.io_board.modbus import BAUD, ModbusBoardSimulator
from simulators.serial_line import LineFault
from simulators.serial_server import SerialServer
from tests.contract.devices import Device, devices


@pytest.fixture
def board(tmp_path: Path) -> Iterator[ModbusBoardSimulator]:
    with ModbusBoardSimulator(tmp_path / "board") as made:
        yield made


@pytest.fixture(params=["serial", "network"])
def driver(request: pytest.FixtureRequest, board: ModbusBoardSimulator) -> Iterator[IoBoard]:
    if request.param == "serial":
        serial = ModbusBoard(lambda: SerialLine.open(board.path, BAUD))
        yield serial
        serial.close()
        return
    with SerialServer(Path(board.path)) as server:
        network = ModbusBoard(lambda: SerialLine.open(server.url, BAUD), answer_s=1.0)
        # The box has to have opened its serial side before anything is asked.
        with contextlib.suppress(DriverError):
            network.read()
        yield network
        network.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`any_board`: both simulated lines, and the boards of `--device`."""
    if "any_board" in metafunc.fixturenames:
        real = devices(metafunc.config, "board")
        metafunc.parametrize("any_board", [None, *real], ids=["simulated", *map(str, real)])


def test_any_board_reads_switches_and_is_opened_again(
    board: ModbusBoardSimulator, any_board: Device | None
) -> None:
    """Nothing is asked of whoever stands beside it: lamp and buzzer are seen and heard for a moment."""
    path = board.path if any_board is None else any_board.where
    baud = BAUD if any_board is None else any_board.baud or BAUD
    driver = ModbusBoard(lambda: SerialLine.open(path, baud))
    for _ in range(2):
        assert isinstance(driver.read(), Inputs)
        for signal in Signal:
            driver.switch(signal, True)
            driver.switch(signal, True)
            driver.switch(signal, False)
        for _ in range(20):
            driver.read()
        driver.close()
        driver.close()


def test_the_driver_reads_and_switches(board: ModbusBoardSimulator, driver: IoBoard) -> None:
    for inputs in (Inputs(), Inputs(first=True), Inputs(second=True, headphones=True)):
        board.set_inputs(inputs)
        assert driver.read() == inputs
    for signal in Signal:
        for on in (True, False):
            driver.switch(signal, on)
            assert board.is_on(signal) is on


@pytest.mark.parametrize("fault", [LineFault.CORRUPT, LineFault.DROP, LineFault.GARBAGE])
def test_a_damaged_answer_is_asked_for_again(
    board: ModbusBoardSimulator, driver: IoBoard, fault: LineFault
) -> None:
    board.set_inputs(Inputs(second=True))
    board.fault(fault)
    assert driver.read() == Inputs(second=True)


def test_a_board_that_is_silent_refuses_or_goes_is_an_error(
    board: ModbusBoardSimulator, driver: IoBoard
) -> None:
    board.strike("silent")
    with pytest.raises(DeviceTimeoutError):
        driver.read()
    board.clear_faults()
    board.strike("busy")
    with pytest.raises(ProtocolError):
        driver.switch(Signal.LAMP, True)
    board.clear_faults()
    driver.read()
    board.unplug()
    with pytest.raises((DeviceLostError, DeviceTimeoutError)):
        driver.read()
    driver.close()
    with pytest.raises((DeviceNotFoundError, DeviceLostError, DeviceTimeoutError)):
        driver.read()
