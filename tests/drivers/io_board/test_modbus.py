"""Modbus RTU: published frames, pymodbus against both ends, no bytes that break a reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus import FramerType
from pymodbus.client import ModbusSerialClient
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU

from drivers.errors import (
    ChecksumError,
    DriverError,
)
from drivers.io_board import modbus_wire as wire
from drivers.io_board.seam import Inputs, Signal
from simulators.io_board.modbus import BAUD, ModbusBoardSimulator


@pytest.fixture
def board(tmp_path: Path) -> Iterator[ModbusBoardSimulator]:
    with ModbusBoardSimulator(tmp_path / "board") as made:
        yield made


def test_frames_are_those_that_pymodbus_makes() -> None:
    """An independent implementation checks and decodes every question of ours."""
    framer = FramerRTU(DecodePDU(is_server=True))
    for question in (
        wire.read_inputs(1, 3),
        wire.write_coil(17, 1, True),
        wire.write_coil(1, 0, False),
    ):
        used, address, _, pdu = framer.decode(question)
        assert (used, address) == (len(question), question[0])
        assert pdu == question[1:-2]
    # The example of MODBUS over Serial Line V1.02, appendix B: 02 07 → 41 12.
    assert wire.crc16(bytes.fromhex("0207")).hex() == "4112"


def test_pymodbus_uses_the_simulator(board: ModbusBoardSimulator) -> None:
    client = ModbusSerialClient(board.path, framer=FramerType.RTU, baudrate=BAUD, timeout=1)
    assert client.connect()
    board.set_inputs(Inputs(first=True, headphones=True))
    assert client.read_discrete_inputs(0, count=3, device_id=1).bits[:3] == [True, False, True]
    assert not client.write_coil(1, True, device_id=1).isError()
    assert board.is_on(Signal.BUZZER)
    assert client.read_discrete_inputs(6, count=9, device_id=1).isError()
    assert client.write_coil(99, True, device_id=1).isError()
    assert client.read_holding_registers(0, count=1, device_id=1).isError()
    client.close()  # type: ignore[no-untyped-call]


@pytest.mark.fuzz
@given(st.binary(max_size=300))
def test_no_answer_raises_anything_but_the_rooms_errors(data: bytes) -> None:
    try:
        answer = wire.parse(data)
        wire.inputs_of(answer, 1, 3)
        wire.check_written(answer, 1, 0, True)
    except DriverError:
        pass


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(0, 200), st.integers(1, 255))
def test_a_turned_bit_is_never_an_answer(inputs: list[bool], at: int, turned: int) -> None:
    bits = sum(on << place for place, on in enumerate(inputs))
    data = bits.to_bytes((len(inputs) + 7) // 8, "little")
    whole = bytearray(wire.frame(1, wire.READ_INPUTS, bytes((len(data),)) + data))
    assert wire.inputs_of(wire.parse(bytes(whole)), 1, len(inputs)) == tuple(inputs)
    whole[at % len(whole)] ^= turned
    with pytest.raises(ChecksumError):
        wire.parse(bytes(whole))
