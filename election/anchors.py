"""Keep on both media where the log and the number of votes stood, and compare it at the start.

An anchor is small, signed by the device, and written anew after every entry of the log; a file of two
lies on each medium, and one beside the state of the polls. Whoever puts an older copy of one of these
back, or cuts the log, has to put back all of them, from the same moment. Against that only receipts,
printed reports and the acts that headquarters has help.

    Anchor      election.acts.LogPosition and the number of votes, canonical CBOR
    signed      {"anchor": bytes, "signature": bytes}, canonical CBOR; the device's Ed25519 key
    file        two places of 512 bytes: length of what is signed (2 bytes), that, zeros

The places are taken in turn, by the length of the log, and overwritten where they are: one sync, no
names to write through, nothing of older ones in freed blocks. Each is a sector, so a cut leaves one of
them whole.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crypto.errors import DecodeError, SignatureError
from crypto.signing import PublicKey, SigningKey
from election.acts import LogPosition
from election.fields import Number, ShortSignature
from election.files import read_file, replace_file
from election.schema import from_cbor, to_cbor

_CONTEXT: Final = "amin anchor"
MAX_SIZE: Final = 1024
"""Bytes of a file."""
PLACE: Final = MAX_SIZE // 2
_LENGTH: Final = 2
_OPEN: Final = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a device had at one moment."""

    log: LogPosition
    cast: Number
    """Votes in the store of a terminal, authorizations given by a station."""


@dataclass(frozen=True, slots=True)
class _SignedAnchor:
    anchor: bytes
    signature: ShortSignature


def write_anchor(anchor: Anchor, key: SigningKey) -> bytes:
    """Encode and sign."""
    content = to_cbor(anchor)
    return to_cbor(_SignedAnchor(content, key.sign(_CONTEXT, content)))


def read_anchor(data: bytes, key: PublicKey) -> Anchor | None:
    """Return the anchor; None for what this device did not sign."""
    try:
        signed = from_cbor(_SignedAnchor, data)
        key.verify(_CONTEXT, signed.anchor, signed.signature)
        return from_cbor(Anchor, signed.anchor)
    except (DecodeError, SignatureError):
        return None


def keep(data: bytes, paths: Iterable[Path], length: int) -> None:
    """Keep an anchor in its place, by the length of the log; a medium that is missing gets the next."""
    place = length % 2
    for path in paths:
        with suppress(OSError):
            if not _overwrite(path, _padded(data), place * PLACE):
                whole = [bytes(PLACE), bytes(PLACE)]
                whole[place] = _padded(data)
                replace_file(path, b"".join(whole))


def find(path: Path, key: PublicKey) -> Anchor | None:
    """Read the later anchor of a file; None if there is none that this device signed."""
    try:
        content = read_file(path, MAX_SIZE)
    except OSError:
        return None
    found = [
        anchor
        for at in (0, PLACE)
        if (anchor := read_anchor(_unpadded(content[at : at + PLACE]), key)) is not None
    ]
    return max(found, key=lambda anchor: (anchor.log.length, anchor.cast), default=None)


def _overwrite(path: Path, data: bytes, at: int) -> bool:
    """Write in place and through; False if the file is not there, or not of this form."""
    try:
        handle = os.open(path, _OPEN)
    except OSError:
        return False
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size != MAX_SIZE:
            return False
        os.pwrite(handle, data, at)
        os.fdatasync(handle)
    finally:
        os.close(handle)
    return True


def _padded(data: bytes) -> bytes:
    if len(data) > PLACE - _LENGTH:
        raise ValueError("an anchor is larger than its place")
    return (len(data).to_bytes(_LENGTH, "big") + data).ljust(PLACE, b"\0")


def _unpadded(place: bytes) -> bytes:
    length = int.from_bytes(place[:_LENGTH], "big")
    return place[_LENGTH : _LENGTH + length]
