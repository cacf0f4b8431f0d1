"""The simulated printer's parser: one table, no guesses, nothing lost in pieces."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from simulators.printer.escpos import Receipt
from simulators.printer.parser import TEXT, Parser, PrinterCommand, RealTime, RealTimeFilter

PLAIN = st.binary(max_size=30).map(lambda data: data.replace(b"\x10", b""))
REAL_TIME = st.sampled_from([(b"\x10\x04\x01", RealTime(4, 1)), (b"\x10\x04\x04", RealTime(4, 4))])


def test_commands_and_their_parameters() -> None:
    parser = Parser()
    parser.feed(b"\x1b@\x1bd\x06text\n\x1dV\x01\x1dV\x42\x10\x1dr\x01\x1d(A\x02\x00xy\x1b2")
    commands = iter(parser.next_command, None)
    assert list(commands) == [
        PrinterCommand(b"\x1b@", b""),
        PrinterCommand(b"\x1bd", b"\x06"),
        *(PrinterCommand(TEXT, bytes((character,))) for character in b"text"),
        PrinterCommand(b"\n", b""),
        PrinterCommand(b"\x1dV", b"\x01"),
        PrinterCommand(b"\x1dV", b"\x42\x10"),
        PrinterCommand(b"\x1dr", b"\x01"),
        PrinterCommand(b"\x1d(", b"A\x02\x00xy"),
        PrinterCommand(b"\x1b2", b""),
    ]


def test_columns_are_counted_by_their_mode() -> None:
    parser = Parser()
    parser.feed(b"\x1b*\x21\x02\x00" + bytes(6) + b"\x1b*\x00\x02\x00" + bytes(2) + b"\x1b@")
    assert [command.prefix for command in iter(parser.next_command, None)] == [
        b"\x1b*",
        b"\x1b*",
        b"\x1b@",
    ]


def test_what_a_long_command_still_needs_is_known() -> None:
    parser = Parser()
    parser.feed(b"\x1d(L\x00\x40" + bytes(100))
    assert parser.next_command() is None
    assert parser.needed == 5 + 0x4000


def test_an_unknown_command_is_counted_and_skipped() -> None:
    parser = Parser()
    parser.feed(b"\x1b\xee\x1b@")
    assert parser.next_command() == PrinterCommand(b"\x1b@", b"")
    assert parser.unknown == 1


def test_a_command_waits_for_its_last_byte() -> None:
    parser = Parser()
    for byte in b"\x1dv0\x00\x48\x00\x01":
        parser.feed(bytes((byte,)))
        assert parser.next_command() is None
    parser.feed(b"\x00")
    assert parser.next_command() == PrinterCommand(b"\x1dv", b"0\x00\x48\x00\x01\x00")


@given(st.lists(st.tuples(PLAIN, REAL_TIME), max_size=5), PLAIN, st.integers(1, 7))
def test_real_time_commands_are_found_anywhere_and_nothing_else_is_lost(
    stream: list[tuple[bytes, tuple[bytes, RealTime]]], rest: bytes, piece: int
) -> None:
    data = b"".join(plain + code for plain, (code, _) in stream) + rest
    taker = RealTimeFilter()
    parts = [p for i in range(0, len(data), piece) for p in taker.feed(data[i : i + piece])]
    assert [p for p in parts if isinstance(p, RealTime)] == [command for _, (_, command) in stream]
    plain = b"".join(p for p in parts if isinstance(p, bytes))
    assert plain == b"".join(before for before, _ in stream) + rest


@pytest.mark.fuzz
@given(st.lists(st.binary(max_size=50), max_size=10))
def test_no_bytes_bring_the_parser_down(chunks: list[bytes]) -> None:
    taker, parser = RealTimeFilter(), Parser()
    for chunk in chunks:
        for part in taker.feed(chunk):
            if isinstance(part, bytes):
                parser.feed(part)
        while parser.next_command() is not None:
            pass
    assert len(parser) <= sum(map(len, chunks))


def test_a_receipt_is_a_picture_with_black_where_the_dots_are() -> None:
    receipt = Receipt(1, 16, b"\x80\x00\x00\x01")
    picture = Image.open(io.BytesIO(receipt.png()))
    assert picture.size == (16, 2)
    black = [(x, y) for y in range(2) for x in range(16) if picture.getpixel((x, y)) == 0]
    assert black == [(0, 0), (15, 1)]
