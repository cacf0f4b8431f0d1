"""Several messages in one input: each as two bytes of length, big-endian, and the message."""

from __future__ import annotations

from collections.abc import Iterable

MOST = 0xFFFF


def pack(frames: Iterable[bytes]) -> bytes:
    return b"".join(len(frame).to_bytes(2, "big") + frame for frame in frames)


def unpack(data: bytes) -> list[bytes]:
    """The messages of any bytes; the last one is as long as there are bytes."""
    frames = []
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        frames.append(data[at + 2 : at + 2 + size])
        at += 2 + size
    return frames
