"""Photos of cards: two forms, bounded, and nothing else is ever decoded."""

from __future__ import annotations

import contextlib
import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, features

from drivers.errors import ProtocolError
from drivers.smartcard.photo import MAX_BYTES, MAX_PIXELS, CardPhoto, decode
from tests.pictures import encoded, jpeg, jpeg_2000, picture


def test_jpeg_2000_can_be_read_here() -> None:
    assert features.check("jpg_2000")


def test_a_jpeg_is_handed_on_byte_for_byte() -> None:
    for image in (jpeg(240, 320), encoded(picture(240, 320).convert("L"), "JPEG")):
        assert decode(image) == CardPhoto(240, 320, image)


@pytest.mark.parametrize("code_stream", [False, True])
def test_jpeg_2000_becomes_a_jpeg_of_the_same_picture(code_stream: bool) -> None:
    shown = decode(jpeg_2000(240, 320, code_stream=code_stream))
    assert (shown.width, shown.height) == (240, 320)
    with Image.open(io.BytesIO(shown.jpeg), formats=["JPEG"]) as again:
        assert again.size == (240, 320)
        for at in ((5, 5), (120, 160), (230, 310)):
            was, now = picture(240, 320).getpixel(at), again.getpixel(at)
            assert isinstance(was, tuple)
            assert isinstance(now, tuple)
            assert all(abs(a - b) <= 6 for a, b in zip(was, now, strict=True))


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA"])
def test_other_modes_become_grey_or_rgb(mode: str) -> None:
    shown = decode(encoded(picture(64, 80).convert(mode), "JPEG2000"))
    with Image.open(io.BytesIO(shown.jpeg)) as again:
        assert again.mode in ("L", "RGB")
    print_colours = encoded(picture(64, 80).convert("CMYK"), "JPEG")
    assert decode(print_colours).jpeg != print_colours


@pytest.mark.parametrize("form", ["PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
def test_other_forms_are_refused_unopened(form: str) -> None:
    with pytest.raises(ProtocolError, match="neither"):
        decode(encoded(picture(64, 80), form))


def test_a_false_start_is_refused() -> None:
    for start in (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP  \r\n\x87\n"):
        with pytest.raises(ProtocolError):
            decode(start + encoded(picture(64, 80), "PNG"))


def test_a_cut_picture_is_refused() -> None:
    whole = jpeg(240, 320, noise=20)
    with pytest.raises(ProtocolError):
        decode(whole[: len(whole) // 2])
    with pytest.raises(ProtocolError):
        decode(b"")


def test_sizes_are_bounded() -> None:
    with pytest.raises(ProtocolError, match="longer"):
        decode(jpeg(64, 80) + bytes(MAX_BYTES))
    with pytest.raises(ProtocolError, match="too large"):
        decode(jpeg(8, 80))


def claiming(width: int, height: int) -> bytes:
    """A small JPEG whose frame header (SOF0) claims another size."""
    image = bytearray(jpeg(64, 80))
    at = image.index(b"\xff\xc0")
    image[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(image)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(2000, 2000), (12_000, 12_000), (65_000, 65_000)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    assert size[0] * size[1] > MAX_PIXELS
    with pytest.raises(ProtocolError):
        decode(claiming(*size))
    claimed = bytearray(jpeg_2000(64, 80, code_stream=True))
    at = claimed.index(b"\xff\x51") + 6  # SIZ: the size of the image, then its offset
    claimed[at : at + 8] = struct.pack(">II", *size)
    with pytest.raises(ProtocolError):
        decode(bytes(claimed))


def test_the_picture_stays_out_of_messages() -> None:
    assert "xff" not in repr(decode(jpeg(64, 80)))


SAMPLES = (jpeg(40, 50), jpeg_2000(40, 50), jpeg_2000(40, 50, code_stream=True))


@pytest.mark.fuzz
@pytest.mark.filterwarnings("ignore")
@settings(max_examples=150)
@given(
    sample=st.sampled_from(SAMPLES),
    at=st.integers(0, 2000),
    noise=st.binary(min_size=1, max_size=4),
    cut=st.integers(0, 4),
)
def test_damage_raises_only_protocol_errors(sample: bytes, at: int, noise: bytes, cut: int) -> None:
    at %= len(sample)
    for damaged in (sample[:at] + noise + sample[at + cut :], sample[:at]):
        with contextlib.suppress(ProtocolError):
            assert decode(damaged).jpeg.startswith(b"\xff\xd8\xff")
