"""Waves: samples in memory, and what is done to them."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Final, TypeAlias

RATE: Final = 22_050
"""Samples a second: what espeak-ng's voices are made in."""
BYTES_PER_SAMPLE: Final = 2
LOUDEST_SAMPLE: Final = 32_767
_FADE_S: Final = 0.008

Wave: TypeAlias = "array[int]"
"""Signed samples of 16 bits in the machine's order, one channel."""


def make_wave(samples: Sequence[int] = ()) -> Wave:
    """Make a wave of samples."""
    return array("h", samples)


def silence(seconds: float) -> Wave:
    """Return nothing for a while."""
    return array("h", bytes(BYTES_PER_SAMPLE * round(seconds * RATE)))


def amplified(wave: Wave, gain: float) -> Wave:
    """Return the wave with this gain, 0 … 1; nothing is ever louder than it was made."""
    if gain >= 1:
        return wave
    if gain <= 0:
        return array("h", bytes(len(wave) * BYTES_PER_SAMPLE))
    return array("h", [int(sample * gain) for sample in wave])


def beep(frequencies: Sequence[float], seconds: float, level: float = 0.4) -> Wave:
    """Return a tone of these frequencies in Hz together, with soft edges."""
    count = round(seconds * RATE)
    fade = max(1, round(_FADE_S * RATE))
    share = level * LOUDEST_SAMPLE / len(frequencies)
    turns = [2 * math.pi * frequency / RATE for frequency in frequencies]
    return array(
        "h",
        [
            int(
                sum(math.sin(turn * at) for turn in turns)
                * share
                * min(1.0, at / fade, (count - at) / fade)
            )
            for at in range(count)
        ],
    )
