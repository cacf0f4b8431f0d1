"""Say how a line to a registry is."""

from __future__ import annotations

from drivers.registry.link import Link
from words.message import Message, m


def describe(link: Link, now: float) -> Message:
    """Say how long the last answer took and when it came; `now`: monotonic seconds."""
    if link.latency_s is None or link.answered_at is None:
        return m("It has not answered yet.")
    return m(
        "It answered within {ms} ms, {seconds} s ago.",
        ms=round(link.latency_s * 1000),
        seconds=round(now - link.answered_at),
    )
