"""What encodes an element is what libsodium takes, and what RFC 9496 lists as bad is none."""

from __future__ import annotations

import random

import pysodium
import pytest

from crypto.ristretto import is_element

BAD = [
    # RFC 9496, appendix A.2: not canonical, negative, no square, negative xy, s = −1.
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
    "4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
    "0000000000000000000000000000000000000000000000000000000000000000",
]
GENERATOR = "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"


@pytest.mark.parametrize("encoded", BAD)
def test_the_bad_encodings_of_the_standard(encoded: str) -> None:
    assert not is_element(bytes.fromhex(encoded))


def test_the_generator() -> None:
    assert is_element(bytes.fromhex(GENERATOR))
    assert not is_element(bytes.fromhex(GENERATOR)[:-1])
    assert not is_element(bytes.fromhex(GENERATOR) + b"\x00")


@pytest.mark.parametrize("seed", range(3))
def test_what_libsodium_says_of_drawn_bytes_and_elements(seed: int) -> None:
    draw = random.Random(seed)
    found = {True: 0, False: 0}
    for _ in range(150):
        plain = bytes([*draw.randbytes(31), draw.randrange(128)])
        even = bytes([plain[0] & 0xFE]) + plain[1:]
        element = pysodium.crypto_core_ristretto255_from_hash(draw.randbytes(64))
        for data in (plain, even, element, pysodium.crypto_core_ristretto255_add(element, element)):
            wanted = bool(pysodium.crypto_core_ristretto255_is_valid_point(data))
            assert is_element(data) == wanted, data.hex()
            found[wanted] += 1
    assert min(found.values()) > 100, "both kinds are drawn"
