"""The quick verifier takes what the other takes, and never more."""

from __future__ import annotations

import random

import pytest

from crypto.errors import SignatureError
from crypto.quick_key import QuickKey
from crypto.signing import PublicKey, SigningKey

ORDER = 2**252 + 27742317777372353535851937790883648493
SMALL = [
    # Encodings of points of small order (y = 1, −1, 0 and two of order 8).
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]


def takes(key: PublicKey, message: bytes, signature: bytes) -> bool:
    try:
        key.verify("amin claim", message, signature)
    except SignatureError:
        return False
    return True


@pytest.mark.parametrize("seed", range(4))
def test_drawn_signatures_and_what_becomes_of_them(seed: int) -> None:
    draw = random.Random(seed)
    key = SigningKey.generate()
    quick, other = QuickKey(key.public.raw), PublicKey(key.public.raw)
    for _ in range(40):
        message = draw.randbytes(draw.randrange(300))
        good = key.sign("amin claim", message)
        assert takes(quick, message, good)
        assert takes(other, message, good)
        changed = bytearray(good)
        changed[draw.randrange(64)] ^= 1 << draw.randrange(8)
        high = int.from_bytes(good[32:], "little") + ORDER
        for signature in (
            bytes(changed),
            good[:32] + high.to_bytes(32, "little"),
            good[:-1],
            good + b"x",
            b"",
            draw.randbytes(64),
        ):
            assert not takes(quick, message, signature)
            assert not takes(other, message, signature)
        assert not takes(quick, message + b"x", good)
        assert not takes(QuickKey(draw.randbytes(32)), message, good)
    with pytest.raises(SignatureError):
        quick.verify("amin note", b"m", key.sign("amin claim", b"m"))


@pytest.mark.parametrize("encoded", SMALL)
def test_a_key_of_small_order_signs_nothing(encoded: str) -> None:
    """Under it one signature fits many messages: who registers such a key has claims of anybody."""
    raw = bytes.fromhex(encoded)
    for response in range(4):
        signature = raw + response.to_bytes(32, "little")
        for number in range(8):
            message = number.to_bytes(4, "big")
            assert not takes(QuickKey(raw), message, signature)
