"""Simulated I/O board of a booth on its line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from drivers.io_board.seam import Signal
from simulators.commands.host import ControlValue
from simulators.commands.options import SerialWire
from simulators.commands.serial import SerialDevice, link
from simulators.control import ControlCommand, Happen, SimulatedDevice
from simulators.io_board.modbus import BAUD, ModbusBoardSimulator


class IoBoardDevice(SerialDevice):
    """I/O board that obeys control commands."""

    device = SimulatedDevice.IO_BOARD

    def __init__(self, board: ModbusBoardSimulator) -> None:
        super().__init__(board)
        self._board = board

    def obey(self, command: ControlCommand) -> None:
        """Press a switch, plug headphones, cause a fault. Raises `ControlError`."""
        match command:
            case Happen(what):
                self._board.strike(what)
            case _:
                super().obey(command)

    def state(self) -> Mapping[str, ControlValue]:
        """Return whether it is plugged in, headphones are, and lamp and buzzer are on."""
        return {
            **super().state(),
            "headphones": self._board.inputs.headphones,
            "lamp": self._board.is_on(Signal.LAMP),
            "buzzer": self._board.is_on(Signal.BUZZER),
        }


@contextlib.contextmanager
def open_io_board(wire: SerialWire, address: int, *, seed: int) -> Iterator[IoBoardDevice]:
    """Start a board on its line. Raises `OptionsError`."""
    with (
        link(wire.link, "io-board") as path,
        ModbusBoardSimulator(
            path, baud=wire.baud or BAUD, address=address, seed=seed, paced=wire.paced
        ) as board,
        IoBoardDevice(board).on_network(wire.tcp) as device,
    ):
        yield device
