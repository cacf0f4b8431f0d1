"""Search a text for a secret, in every form in which a log could show it, whole or in part."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Final

Log = Callable[[], list[str]]
"""The lines that the drivers have logged so far."""

PART: Final = 6
"""Bytes of a longer secret that count as a leak, if at least four of them differ."""
_SEPARATORS: Final = str.maketrans("", "", " :-,[]'\"\t")


def leaks(secret: bytes, text: str) -> list[str]:
    """List the forms of `secret`, or of a part of it, that stand in `text`."""
    lines = text.splitlines()
    # Spaced and escaped hexadecimal becomes plain; lines are not joined, which would make up digits.
    plain = "\n".join(line.lower().replace("\\x", "").translate(_SEPARATORS) for line in lines)
    return [
        form for part in _parts(secret) for form in _forms(part) if form in text or form in plain
    ]


def assert_hidden(lines: list[str], **secrets: bytes) -> None:
    """Check that there are lines, and that none shows one of the named secrets."""
    text = "\n".join(lines)
    assert lines
    for name, secret in secrets.items():
        assert not leaks(secret, text), name


def _parts(secret: bytes) -> Iterator[bytes]:
    if len(secret) <= PART:
        yield secret
        return
    for start in range(len(secret) - PART + 1):
        part = secret[start : start + PART]
        if len(set(part)) >= 4:
            yield part


def _forms(part: bytes) -> Iterator[str]:
    yield part.hex()
    yield ", ".join(map(str, part))
    try:
        characters = part.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        if characters.isprintable():
            yield characters
            yield characters.lower()
        if characters.isascii() and characters.isdigit():
            # Packed decimal with the halves of each byte exchanged; in order it is the digits.
            swapped = "".join(
                b + a for a, b in zip(characters[::2], characters[1::2], strict=False)
            )
            yield swapped
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + part).decode("ascii")
        first = -(-8 * before // 6)
        last = 8 * (before + len(part)) // 6
        yield encoded[first:last]
