"""I/O board on a pseudo-terminal: it answers Modbus RTU, and can have faults.

It is silent where a slave has to be: to other addresses, damaged frames and broadcasts (MODBUS over
Serial Line V1.02, 2.4.1).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from drivers.errors import ProtocolError
from drivers.io_board import modbus_wire as wire
from drivers.io_board.seam import Inputs, Signal
from simulators.line_device import LineDevice

BAUD: Final = 9600
COILS: Final = 8
INPUTS: Final = 8
POLL_S: Final = 0.05
QUESTION: Final = 8
"""Both questions that are asked have this many bytes."""
NO_FUNCTION, NO_ADDRESS, NO_VALUE = 1, 2, 3

PRESS_S: Final = 0.15
"""How long a switch is down for one press."""

FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "press 1": "switch 1 is pressed and let go",
        "press 2": "switch 2 is pressed and let go",
        "headphones in": "headphones are plugged in",
        "headphones out": "the headphones are pulled out",
        "silent": "the board answers nothing, until `fault none`",
        "busy": "the board answers with exception 6, until `fault none`",
    }
)
"""By name: what happens to it."""


class ModbusBoardSimulator(LineDevice):
    """I/O board; a context manager, or `start` and `stop`. Any thread may call any method."""

    def __init__(
        self, link: Path, *, baud: int = BAUD, address: int = 1, seed: int = 0, paced: bool = False
    ) -> None:
        super().__init__(link, baud, seed, paced=paced)
        self._address = address
        self._inputs = Inputs()
        self._coils = [False] * COILS
        self._fault = ""
        self._down_until = [0.0, 0.0]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="io board", daemon=True)

    def start(self) -> None:
        """Plug the board in and answer from now on."""
        super().start()
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._stop.set()
        self._thread.join()
        super().stop()

    def set_inputs(self, inputs: Inputs) -> None:
        """Press and release switches, plug the headphones in or out."""
        self._inputs = inputs

    @property
    def inputs(self) -> Inputs:
        """What is plugged in and held down."""
        return self._inputs

    def is_on(self, signal: Signal) -> bool:
        """Whether lamp or buzzer is on."""
        return self._coils[signal.value]

    def strike(self, fault: str) -> None:
        """Let something of `FAULTS` happen. Raises ValueError."""
        match fault:
            case "press 1" | "press 2":
                self._down_until[int(fault[-1]) - 1] = time.monotonic() + PRESS_S
            case "headphones in" | "headphones out":
                self._inputs = replace(self._inputs, headphones=fault.endswith(" in"))
            case "silent" | "busy":
                self._fault = fault
            case _:
                raise ValueError(f"name what happens to an I/O board: {', '.join(FAULTS)}")

    def clear_faults(self) -> None:
        """Work again."""
        self._fault = ""
        super().clear_faults()

    def _run(self) -> None:
        held = b""
        while not self._stop.is_set():
            data = self._line.read(POLL_S)
            # A pause ends a frame, whatever came of it (V1.02, 2.5.1.1).
            held = held + data if data else b""
            while len(held) >= QUESTION:
                question, held = held[:QUESTION], held[QUESTION:]
                answer = self._answer(question)
                if answer:
                    self._line.write(answer)

    def _answer(self, question: bytes) -> bytes:
        try:
            asked = wire.parse(question)
        except ProtocolError:
            return b""
        if asked.address != self._address or self._fault == "silent":
            return b""
        if self._fault == "busy":
            return self._refused(asked.function, 6)
        at = int.from_bytes(asked.data[:2], "big")
        match asked.function:
            case wire.READ_INPUTS:
                return self._read(at, int.from_bytes(asked.data[2:4], "big"))
            case wire.WRITE_COIL:
                return self._write(at, asked.data)
            case _:
                return self._refused(asked.function, NO_FUNCTION)

    def _read(self, first: int, count: int) -> bytes:
        if not 1 <= count <= wire.MOST_INPUTS:
            return self._refused(wire.READ_INPUTS, NO_VALUE)
        if first + count > INPUTS:
            return self._refused(wire.READ_INPUTS, NO_ADDRESS)
        now = self._inputs
        down = [time.monotonic() < until for until in self._down_until]
        first_down, second_down = now.first or down[0], now.second or down[1]
        all_inputs = [first_down, second_down, now.headphones, *[False] * (INPUTS - 3)]
        bits = sum(on << at for at, on in enumerate(all_inputs[first : first + count]))
        data = bits.to_bytes((count + 7) // 8, "little")
        return wire.frame(self._address, wire.READ_INPUTS, bytes((len(data),)) + data)

    def _write(self, coil: int, data: bytes) -> bytes:
        if data[2:4] not in (wire.ON, wire.OFF):
            return self._refused(wire.WRITE_COIL, NO_VALUE)
        if coil >= COILS:
            return self._refused(wire.WRITE_COIL, NO_ADDRESS)
        self._coils[coil] = data[2:4] == wire.ON
        return wire.frame(self._address, wire.WRITE_COIL, data)

    def _refused(self, function: int, code: int) -> bytes:
        return wire.frame(self._address, function | wire.EXCEPTION, bytes((code,)))
