"""Estimate means with a confidence interval from independent replications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from statistics import NormalDist, fmean, stdev
from typing import Final

LEAST_SAMPLES: Final = 5
"""Below, the expansion of `t_quantile` is too coarse."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and the interval that holds the true one with the chosen confidence."""

    mean: float
    low: float
    high: float


def estimate(samples: Sequence[float], confidence: float, most: float | None = None) -> Estimate:
    """Estimate the mean of at least `LEAST_SAMPLES` samples that are not negative.

    `most`: the largest possible value, such as 1 for a share; the interval ends there.
    """
    mean = fmean(samples)
    half = t_quantile((1 + confidence) / 2, len(samples) - 1) * stdev(samples) / sqrt(len(samples))
    high = mean + half
    return Estimate(mean, max(0.0, mean - half), high if most is None else min(most, high))


def t_quantile(p: float, freedom: int) -> float:
    """Return a quantile of Student's t (Abramowitz and Stegun, 26.7.5); `freedom` at least 4.

    Wrong by less than 0.3 % up to p = 0.995 from nine degrees of freedom on.
    """
    z = NormalDist().inv_cdf(p)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return z + fsum(term / float(freedom) ** power for power, term in enumerate(terms, 1))


def share_quantile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of all values does not exceed; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
