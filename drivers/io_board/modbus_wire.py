"""Modbus RTU frames, as far as an I/O board needs them: pure functions, both ways.

    address · function · data · CRC-16 (low byte first)

Functions and exceptions: MODBUS Application Protocol V1.1b3, 6.2 (read discrete inputs), 6.5 (write
single coil), 7 (exceptions); frame and CRC: MODBUS over Serial Line V1.02, 2.5.1, 6.2.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drivers.errors import ChecksumError, ProtocolError

READ_INPUTS: Final = 0x02
WRITE_COIL: Final = 0x05
EXCEPTION: Final = 0x80
ON, OFF = b"\xff\x00", b"\x00\x00"
LONGEST: Final = 256
"""Bytes of a frame (V1.02, 2.5.1)."""
MOST_INPUTS: Final = 2000


def crc16(data: bytes) -> bytes:
    """Return the check value in the order of the wire."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


def frame(address: int, function: int, data: bytes) -> bytes:
    """Return a whole frame."""
    body = bytes((address, function)) + data
    return body + crc16(body)


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame whose check value is right."""

    address: int
    function: int
    data: bytes


def parse(data: bytes) -> Frame:
    """Read a whole frame. Raises ProtocolError, ChecksumError."""
    if not 4 <= len(data) <= LONGEST:
        raise ProtocolError("an answer of the I/O board has an impossible length")
    if crc16(data[:-2]) != data[-2:]:
        raise ChecksumError("an answer of the I/O board is damaged")
    return Frame(data[0], data[1], data[2:-2])


def read_inputs(address: int, count: int) -> bytes:
    """Ask for the first `count` inputs."""
    return frame(address, READ_INPUTS, bytes(2) + count.to_bytes(2, "big"))


def write_coil(address: int, coil: int, on: bool) -> bytes:
    """Switch one output."""
    return frame(address, WRITE_COIL, coil.to_bytes(2, "big") + (ON if on else OFF))


def answer_length(head: bytes) -> int:
    """Return how long an answer will be, from its first three bytes."""
    if head[1] & EXCEPTION:
        return 5
    return 5 + head[2] if head[1] == READ_INPUTS else 8


def inputs_of(answer: Frame, address: int, count: int) -> tuple[bool, ...]:
    """Return the inputs of an answer to `read_inputs`. Raises ProtocolError."""
    data = _answered(answer, address, READ_INPUTS)
    size = (count + 7) // 8
    if len(data) != size + 1 or data[0] != size:
        raise ProtocolError("the I/O board answers with another number of inputs")
    return tuple(bool(data[1 + at // 8] >> at % 8 & 1) for at in range(count))


def check_written(answer: Frame, address: int, coil: int, on: bool) -> None:
    """Check the answer to `write_coil`, which repeats it. Raises ProtocolError."""
    if _answered(answer, address, WRITE_COIL) != coil.to_bytes(2, "big") + (ON if on else OFF):
        raise ProtocolError("the I/O board did not switch what it was told to")


def _answered(answer: Frame, address: int, function: int) -> bytes:
    if answer.address != address:
        raise ProtocolError("another device answers in place of the I/O board")
    if answer.function == function | EXCEPTION:
        raise ProtocolError(f"the I/O board refuses, with exception {answer.data.hex()}")
    if answer.function != function:
        raise ProtocolError("the I/O board answers something else")
    return answer.data
