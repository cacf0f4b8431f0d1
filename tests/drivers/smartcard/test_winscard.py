"""What is sent over T=0, and what becomes of return codes, without a reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.smartcard.apdu import Command
from drivers.smartcard.winscard import is_extended, t0_form


@pytest.mark.parametrize(
    ("apdu", "sent"),
    [
        ("00200080", "0020008000"),
        ("00B0000004", "00B0000004"),
        ("00B0000000", "00B0000000"),
        ("00A4020C02011E", "00A4020C02011E"),
        ("00CB3FFF035C017E00", "00CB3FFF035C017E"),
        ("00CB3FFF035C017E08", "00CB3FFF035C017E"),
        ("0020008000", "0020008000"),
        ("00B00000000100", "00B00000000100"),
        ("00EE00000000020102", "00EE00000000020102"),
        ("00EE000000000201020000", "00EE000000000201020000"),
    ],
)
def test_forms_of_t0(apdu: str, sent: str) -> None:
    assert t0_form(bytes.fromhex(apdu)).hex().upper() == sent


@given(
    data=st.binary(max_size=255),
    le=st.none() | st.integers(1, 256),
)
def test_a_card_gets_the_same_header_and_data(data: bytes, le: int | None) -> None:
    command = Command(0x00, 0xCB, 0x3F, 0xFF, data, le)
    got = Command.decode(t0_form(command.encode()))
    assert (got.ins, got.p1, got.p2, got.data) == (0xCB, 0x3F, 0xFF, data)
    assert got.le == (None if data else le or 256)


@given(data=st.binary(max_size=300), le=st.none() | st.integers(1, 65_536))
def test_extended_commands_are_known_by_their_form(data: bytes, le: int | None) -> None:
    long = Command(0x00, 0xCB, 0x3F, 0xFF, data, le, extended=True).encode()
    assert is_extended(long) == (bool(data) or le is not None)
    short = Command(0x00, 0xCB, 0x3F, 0xFF, data[:255], None if le is None else 1 + le % 256)
    assert not is_extended(short.encode())
