"""ESC/POS bytes, against published status answers and against python-escpos."""

import json
from dataclasses import asdict
from enum import IntFlag
from pathlib import Path

import pytest
from escpos.printer import Dummy
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from drivers.errors import ProtocolError
from drivers.printer import escpos_wire as wire
from drivers.printer.seam import Raster

VECTORS = Path(__file__).parents[2] / "vectors" / "hardware"
STATUS = json.loads((VECTORS / "escpos_status.json").read_text())

# Bytes of real-time commands, far more often than chance would give them.
tricky = st.sampled_from([0x00, 0x04, 0x10, 0x14, 0xFF]) | st.integers(0, 255)


@st.composite
def rasters(draw: st.DrawFn) -> Raster:
    width = draw(st.integers(1, 12))
    height = draw(st.integers(1, 12) | st.integers(120, 140))
    few = draw(st.lists(tricky, min_size=1, max_size=40))
    return Raster(width * 8, bytes(few[i % len(few)] for i in range(width * height)))


def unpacked(commands: bytes, width: int) -> bytes:
    rows = b""
    while commands:
        assert commands.startswith(b"\x1dv0\0" + width.to_bytes(2, "little"))
        size = width * int.from_bytes(commands[6:8], "little")
        rows += commands[8 : 8 + size]
        commands = commands[8 + size :]
    return rows


FLAGS: tuple[type[IntFlag], ...] = (wire.PrinterFlag, wire.OfflineFlag, wire.ErrorFlag)


def named(flags: IntFlag) -> dict[str | None, bool]:
    return {flag.name and flag.name.lower(): flag in flags for flag in type(flags)}


@pytest.mark.parametrize("entry", STATUS["answers"], ids=lambda e: e["request"] + " " + e["answer"])
def test_published_answers_are_decoded(entry: dict[str, object]) -> None:
    byte = int(str(entry["answer"]), 16)
    match str(entry["request"])[-1]:
        case "1":
            assert named(wire.decode(byte, wire.PrinterFlag)) == entry["decoded"]
        case "2":
            assert named(wire.decode(byte, wire.OfflineFlag)) == entry["decoded"]
        case "4":
            assert asdict(wire.decode_paper(byte)) == entry["decoded"]
        case number:
            pytest.fail(f"no decoder for status {number}")


@pytest.mark.fuzz
@given(st.integers(0, 255))
def test_every_byte_is_decoded_or_refused(byte: int) -> None:
    if wire.is_status(byte):
        for flags in FLAGS:
            assert wire.encode(wire.decode(byte, flags)) == byte
        wire.decode_paper(byte)
    else:
        for flags in FLAGS:
            with pytest.raises(ProtocolError):
                wire.decode(byte, flags)
        with pytest.raises(ProtocolError):
            wire.decode_paper(byte)
    assert not (wire.is_status(byte) and wire.is_paper_report(byte))


@given(st.booleans(), st.booleans())
def test_paper_states_survive_the_way_there_and_back(near_end: bool, end: bool) -> None:
    paper = wire.PaperByte(near_end, end)
    assert wire.decode_paper(wire.encode_paper(paper)) == paper
    assert wire.is_paper_report(wire.encode_paper_report(paper))


@given(rasters())
def test_no_real_time_command_hides_in_a_receipt(bitmap: Raster) -> None:
    receipt = b"".join(p.data for p in wire.encode_strip(bitmap))
    assert b"\x10\x04" not in receipt
    assert b"\x10\x14" not in receipt


@given(rasters())
def test_bands_hold_the_bitmap_but_for_single_dots(bitmap: Raster) -> None:
    printed = unpacked(b"".join(wire.encode_bands(bitmap)), bitmap.row_bytes)
    assert len(printed) == len(bitmap.rows)
    for at, (there, here) in enumerate(zip(printed, bitmap.rows, strict=True)):
        if there != here:
            assert there == here | 0b1000
            assert bitmap.rows[at - 1] == 0x10
            assert here in (0x04, 0x14)
            assert at % bitmap.row_bytes > 0


@given(rasters())
def test_no_band_is_higher_than_allowed(bitmap: Raster) -> None:
    for band in wire.encode_bands(bitmap):
        assert 1 <= int.from_bytes(band[6:8], "little") <= wire.BAND_ROWS


def test_a_band_is_what_python_escpos_would_send() -> None:
    bitmap = Raster(32, bytes(range(0x20, 0x20 + 4 * 20)))
    image = ImageChops.invert(Image.frombytes("1", (32, 20), bitmap.rows).convert("L"))
    printer = Dummy()
    printer.image(image, impl="bitImageRaster")
    assert b"".join(wire.encode_bands(bitmap)) == printer.output


@pytest.mark.parametrize(
    ("width", "rows"), [(0, b""), (12, b"\0\0"), (16, b""), (16, b"\0\0\0"), (8, bytes(20_001))]
)
def test_an_impossible_bitmap_is_a_mistake(width: int, rows: bytes) -> None:
    with pytest.raises(ValueError, match="raster"):
        Raster(width, rows)
