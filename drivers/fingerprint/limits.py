"""Limits of every fingerprint session: seconds, repetitions and sizes, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FingerprintLimits:
    """Seconds and counts; a field that only one family of modules uses says so.

    How long a person has is not among them: every capture is given its own time.
    """

    answer_s: float = 0.5
    """For commands that need no finger. Answers take 3 ms (SFM, 115 200 baud) to 7 ms (ZFM, 57 600)."""
    tries: int = 3
    """How often a command that may be repeated safely is sent before the module counts as silent."""
    match_s: float = 5.0
    """SFM: from the scanned finger to the result. Parameter 88 is 3 s or less, plus 2 s."""
    work_s: float = 1.5
    """ZFM: for one look at the sensor (1 s at most), for the extraction of features (0.5 s), for one
    comparison. `tries` times this is less than a worker is waited
    for at its end."""
    block_s: float = 2.0
    """Silence inside a transfer after which it counts as broken off."""
    transfer_s: float = 5.0
    """ZFM: for a whole template; 0.1 s at 57 600 baud, 0.6 s at 9600."""
    margin_s: float = 2.0
    """SFM: how much longer than the module itself the host waits for the module's own time-out."""
    cancel_s: float = 1.0
    """For the module to become idle."""
    settle_s: float = 0.1
    """Silence after which nothing late is expected any more."""
    poll_s: float = 0.15
    """ZFM: pause between two looks at the sensor."""
    templates: int = 10
    """Templates that are compared in one verification."""
    template_bytes: int = 8 * 1024
    """The longest template that a module may send."""


DEFAULT = FingerprintLimits()
