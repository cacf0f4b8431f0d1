"""Tell whether 32 bytes encode an element of ristretto255 (RFC 9496), where no library of it is at hand.

For public keys that are registered: nothing here is secret, and nothing is computed with the element. What
computes (`crypto.oprf`) asks libsodium.
"""

from __future__ import annotations

from typing import Final

ELEMENT_SIZE: Final = 32
_P: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _P) % _P
_SQRT_M1: Final = pow(2, (_P - 1) // 4, _P)


def is_element(data: bytes) -> bool:
    """Tell whether `data` is the encoding of an element other than the identity (RFC 9496, section 4.3.1)."""
    s = int.from_bytes(data, "little")
    if len(data) != ELEMENT_SIZE or not 0 < s < _P or s & 1:
        return False
    square = s * s % _P
    u1, u2 = (1 - square) % _P, (1 + square) % _P
    u2_squared = u2 * u2 % _P
    v = (-_D * u1 * u1 - u2_squared) % _P
    is_square, inverse = _inverse_root(v * u2_squared % _P)
    x = _absolute(2 * s * inverse * u2)
    y = u1 * inverse * inverse * u2 * v % _P
    return is_square and not (x * y % _P) & 1 and y != 0


def _absolute(value: int) -> int:
    value %= _P
    return _P - value if value & 1 else value


def _inverse_root(w: int) -> tuple[bool, int]:
    """Return whether `w` is a square other than zero, and 1/√w (RFC 9496, section 4.2, u = 1)."""
    root = pow(w, 3, _P) * pow(pow(w, 7, _P), (_P - 5) // 8, _P) % _P
    check = w * root * root % _P
    if check in {_P - 1, -_SQRT_M1 % _P}:
        root = root * _SQRT_M1 % _P
    return check in {1, _P - 1}, _absolute(root)
