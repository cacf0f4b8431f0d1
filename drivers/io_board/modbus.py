"""I/O board that speaks Modbus RTU: the usual relay board with inputs, on a serial line.

Inputs 0 … 2: switch 1, switch 2, the socket's own contact. Coils 0 and 1: lamp, buzzer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from drivers.errors import DeviceLostError, DeviceTimeoutError, ProtocolError
from drivers.io_board import modbus_wire as wire
from drivers.io_board.seam import Inputs, Signal
from drivers.serial_line import ByteLine

INPUTS: Final = 3
TRIES: Final = 3
"""A damaged answer is asked for again: reading changes nothing, and a coil is set to what it is to be."""
_HEAD: Final = 3


class ModbusBoard:
    """An `IoBoard`. It opens its line at the first use, and again after a loss."""

    def __init__(
        self, open_line: Callable[[], ByteLine], address: int = 1, *, answer_s: float = 0.3
    ) -> None:
        """`address`: 1 … 247. `answer_s`: longest wait for an answer."""
        if not 1 <= address <= 247:
            raise ValueError("an address of Modbus is 1 to 247")
        self._open_line, self._address, self._answer_s = open_line, address, answer_s
        self._line: ByteLine | None = None

    def read(self) -> Inputs:
        """Ask for the inputs. Raises DriverError."""
        question = wire.read_inputs(self._address, INPUTS)
        first, second, headphones = self._ask(
            question, lambda answer: wire.inputs_of(answer, self._address, INPUTS)
        )
        return Inputs(first, second, headphones)

    def switch(self, signal: Signal, on: bool) -> None:
        """Switch lamp or buzzer. Raises DriverError."""
        coil = signal.value
        question = wire.write_coil(self._address, coil, on)

        def understood(answer: wire.Frame) -> tuple[bool, ...]:
            wire.check_written(answer, self._address, coil, on)
            return ()

        self._ask(question, understood)

    def close(self) -> None:
        """Release the line. Never raises."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _ask(
        self, question: bytes, understood: Callable[[wire.Frame], tuple[bool, ...]]
    ) -> tuple[bool, ...]:
        for attempt in range(TRIES):
            try:
                return understood(wire.parse(self._exchange(question)))
            except (ProtocolError, DeviceTimeoutError):
                if attempt + 1 == TRIES:
                    raise
            except DeviceLostError:
                self.close()
                raise
        raise AssertionError("the last try raises")

    def _exchange(self, question: bytes) -> bytes:
        if self._line is None:
            self._line = self._open_line()
        line = self._line
        line.discard_input()
        line.write(question)
        deadline = time.monotonic() + self._answer_s
        answer = b""
        wanted = _HEAD
        while len(answer) < wanted:
            left = deadline - time.monotonic()
            piece = line.read(left) if left > 0 else b""
            if not piece:
                raise DeviceTimeoutError("the I/O board does not answer: check its cable and power")
            answer += piece
            if len(answer) >= _HEAD:
                wanted = wire.answer_length(answer)
        return answer[:wanted]
