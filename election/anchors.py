"""Keep on both media where the log and the number of votes stood, and compare it at the start.

An anchor is small, signed by the device, and replaced after every entry of the log; one lies on each
medium and one beside the state of the polls. Whoever puts an older copy of one of these back, or cuts
the log, has to put back all of them, from the same moment. Against that only receipts, printed reports
and the acts that headquarters has help.

    Anchor      election.acts.LogPosition and the number of votes, canonical CBOR
    file        {"anchor": bytes, "signature": bytes}, canonical CBOR; the device's Ed25519 key
"""

from __future__ import annotations

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


def keep(data: bytes, paths: Iterable[Path]) -> None:
    """Replace the anchors; a medium that is missing or full gets its next one."""
    for path in paths:
        with suppress(OSError):
            replace_file(path, data)


def find(path: Path, key: PublicKey) -> Anchor | None:
    """Read an anchor; None if there is none that this device signed."""
    try:
        return read_anchor(read_file(path, MAX_SIZE), key)
    except OSError:
        return None
