"""Bytes that are nearly valid, made from valid ones.

Every input comes from a seed of the corpus by one to a dozen changes: bits and bytes turned, pieces left
out, put in, doubled, exchanged with another seed's, lengths and decimal numbers made wrong, the end cut
off. A few are plain noise. Equal generators give equal inputs.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Final

from tests.fuzz import frames

LONGEST: Final = 1 << 20
"""No input is longer; changes that double pieces would let it grow for ever."""
NOISE: Final = 0.02
"""Share of inputs that are noise."""
MORE: Final = 0.55
"""Chance of one more change after each."""
MOST_CHANGES: Final = 12
LONGEST_PIECE: Final = 64
INTERESTING: Final = (
    0x00,
    0x01,
    0x02,
    0x0A,
    0x20,
    0x22,
    0x30,
    0x7F,
    0x80,
    0x81,
    0x82,
    0x84,
    0xFE,
    0xFF,
)
INTERESTING_LONG: Final = (0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF)
NUMBERS: Final = (b"0", b"-1", b"1e999", b"1.5", b"00", b"4294967296", b"9" * 40, b"NaN", b"null")
_NUMBER: Final = re.compile(rb"[0-9]+")

Change = Callable[[bytearray], None]


class Mutator:
    """Gives input after input. `framed`: seeds are several messages, of which single ones change."""

    def __init__(
        self, corpus: Sequence[bytes], rng: random.Random, *, framed: bool = False
    ) -> None:
        if not corpus:
            raise ValueError("at least one valid input is needed")
        self._corpus = corpus
        self._split = [frames.unpack(seed) for seed in corpus] if framed else []
        self._parts = [part for seed in self._split for part in seed if part] or list(corpus)
        self._rng = rng
        self._changes: tuple[Change, ...] = (
            self._bit,
            self._bit,
            self._byte,
            self._interesting,
            self._length,
            self._cut,
            self._put_in,
            self._double,
            self._exchange,
            self._splice,
            self._end,
            self._number,
        )

    def next(self) -> bytes:
        rng = self._rng
        if rng.random() < NOISE:
            return rng.randbytes(rng.randrange(256))
        if self._split:
            return self._framed()
        return self._changed(rng.choice(self._corpus))

    def _framed(self) -> bytes:
        """Messages of a seed, some changed, left out, doubled or out of order."""
        rng = self._rng
        messages = list(rng.choice(self._split))
        for _ in range(self._count()):
            if not messages:
                break
            at = rng.randrange(len(messages))
            match rng.randrange(10):
                case 0:
                    del messages[at]
                case 1:
                    messages.insert(at, rng.choice(self._parts))
                case 2:
                    other = rng.randrange(len(messages))
                    messages[at], messages[other] = messages[other], messages[at]
                case 3:
                    messages[at] = rng.choice(self._parts)
                case _:
                    messages[at] = self._changed(messages[at])[: frames.MOST]
        return frames.pack(messages)

    def _changed(self, seed: bytes) -> bytes:
        data = bytearray(seed)
        for _ in range(self._count()):
            self._rng.choice(self._changes)(data)
        return bytes(data[:LONGEST])

    def _count(self) -> int:
        count = 1
        while count < MOST_CHANGES and self._rng.random() < MORE:
            count += 1
        return count

    def _bit(self, data: bytearray) -> None:
        if data:
            data[self._rng.randrange(len(data))] ^= 1 << self._rng.randrange(8)

    def _byte(self, data: bytearray) -> None:
        if data:
            data[self._rng.randrange(len(data))] = self._rng.randrange(256)

    def _interesting(self, data: bytearray) -> None:
        if data:
            data[self._rng.randrange(len(data))] = self._rng.choice(INTERESTING)

    def _length(self, data: bytearray) -> None:
        """What may be a length becomes a little longer or shorter, or far too long."""
        if not data:
            return
        rng = self._rng
        at = rng.randrange(len(data))
        if rng.random() < 0.5:
            data[at] = (data[at] + rng.randint(-3, 3)) & 0xFF
        else:
            order = rng.choice(("big", "little"))
            size = rng.choice((2, 2, 4))
            value = rng.choice((*INTERESTING_LONG, len(data), len(data) - at))
            data[at : at + size] = (value & 0xFFFFFFFF if size == 4 else value & 0xFFFF).to_bytes(
                size, "big" if order == "big" else "little"
            )

    def _cut(self, data: bytearray) -> None:
        start, end = self._piece(len(data))
        del data[start:end]

    def _put_in(self, data: bytearray) -> None:
        at = self._rng.randrange(len(data) + 1)
        data[at:at] = self._rng.randbytes(self._rng.randrange(1, 9))

    def _double(self, data: bytearray) -> None:
        start, end = self._piece(len(data))
        if len(data) < LONGEST:
            data[end:end] = data[start:end] * self._rng.choice((1, 1, 1, 2, 64))

    def _exchange(self, data: bytearray) -> None:
        start, end = self._piece(len(data))
        piece = data[start:end]
        del data[start:end]
        at = self._rng.randrange(len(data) + 1)
        data[at:at] = piece

    def _splice(self, data: bytearray) -> None:
        """A piece of another seed in place of one of this."""
        other = self._rng.choice(self._parts)
        begin, stop = self._piece(len(other))
        start, end = self._piece(len(data))
        data[start:end] = other[begin:stop]

    def _end(self, data: bytearray) -> None:
        if data:
            del data[self._rng.randrange(len(data)) :]

    def _number(self, data: bytearray) -> None:
        """A decimal number of a text becomes another one, or none."""
        if not data:
            return
        found = _NUMBER.search(data, self._rng.randrange(len(data)))
        if found is not None:
            data[found.start() : found.end()] = self._rng.choice(NUMBERS)

    def _piece(self, size: int) -> tuple[int, int]:
        start = self._rng.randrange(size + 1)
        return start, min(size, start + self._rng.randrange(1, LONGEST_PIECE))
