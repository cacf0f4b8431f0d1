"""Split a provisional check-in into two halves that never meet, joined only by a random handle.

A check-in without the registry's answer draws a random handle (16 bytes). It goes two ways:

    voter → handle     the station seals both to the *reconciliation office*
    handle → ballot    the terminal seals both to *headquarters*, inside the ballot's record

The office finds out whose second ballot a handle stands for and decides by handle;
headquarters takes the ballot out by handle. Who holds one key sees persons without ballots, or
ballots without persons.

A station's entry, before sealing, has one length:

    handle             16 bytes
    proof              1 byte: 1 a chip, 2 a document that two roles checked
    national number    10 ASCII digits

Beside every sealed cast record stands a commitment, SHA-256 over

    "amin provisional handle v1" 00 ‖ digest of the ballot ‖ handle, or zeros ‖ salt (16 bytes)

with the salt inside the seal. It looks the same for every record. Headquarters opens it for the
ballots that are taken out, so that everybody can check that these were given with the handles
that were decided on, and that none was given without.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from crypto import sealing
from crypto.canonical import encode
from crypto.errors import DecodeError
from crypto.sealing import SealingKey
from election.definition import BranchId, DeviceId
from election.national_number import is_national_number

HANDLE_SIZE: Final = 16
SALT_SIZE: Final = 16
COMMITMENT_SIZE: Final = 32
ORDINARY: Final = bytes(HANDLE_SIZE)
"""Stands where a provisional ballot has its handle."""
ENTRY_SIZE: Final = sealing.OVERHEAD + HANDLE_SIZE + 1 + 10
"""Bytes of a sealed entry."""
_COMMITMENT = b"amin provisional handle v1\x00"


class Proof(IntEnum):
    """What proved the person; the value is sealed, and of several ballots of one the lower counts."""

    CHIP = 1
    DOCUMENT = 2


@dataclass(frozen=True, slots=True)
class ProvisionalEntry:
    """The part of a provisional check-in that the reconciliation office reads."""

    handle: bytes
    national_number: str
    proof: Proof = Proof.CHIP

    def __repr__(self) -> str:
        return "Entry(…)"


def new_handle() -> bytes:
    """Draw 16 random bytes, never `ORDINARY`."""
    while (handle := secrets.token_bytes(HANDLE_SIZE)) == ORDINARY:
        pass
    return handle


def commitment(digest: bytes, handle: bytes | None, salt: bytes) -> bytes:
    """Compute the 32 bytes that bind a ballot to its handle, or to having none."""
    name = ORDINARY if handle is None else handle
    if (
        len(name) != HANDLE_SIZE
        or len(salt) != SALT_SIZE
        or len(digest) != hashlib.sha256().digest_size
    ):
        raise ValueError("digest, handle or salt has a wrong length")
    return hashlib.sha256(_COMMITMENT + digest + name + salt).digest()


def seal_entry(
    entry: ProvisionalEntry,
    election: str,
    branch: BranchId,
    station: DeviceId,
    office_public_key: bytes,
) -> bytes:
    """Seal a check-in to the reconciliation office: `ENTRY_SIZE` bytes. `election`: its uuid.

    `ValueError` for what is no handle or no national number, `DecodeError` for a wrong key.
    """
    if len(entry.handle) != HANDLE_SIZE or entry.handle == ORDINARY:
        raise ValueError("a handle is 16 bytes that are not all zero")
    digits = entry.national_number
    if not (digits.isascii() and is_national_number(digits)):
        raise ValueError("not a national number in Latin digits")
    plain = entry.handle + bytes((entry.proof,)) + digits.encode()
    return sealing.seal(office_public_key, plain, _entry_info(election, branch, station))


def open_entry(
    sealed: bytes, election: str, branch: BranchId, station: DeviceId, key: SealingKey
) -> ProvisionalEntry:
    """Open a sealed entry, at the reconciliation office. Raises `UnsealError`, `DecodeError`."""
    plain = key.open(sealed, _entry_info(election, branch, station))
    handle, proof = plain[:HANDLE_SIZE], plain[HANDLE_SIZE : HANDLE_SIZE + 1]
    digits = plain[HANDLE_SIZE + 1 :].decode("ascii", "replace")
    if len(handle) != HANDLE_SIZE or handle == ORDINARY or not is_national_number(digits):
        raise DecodeError("a sealed check-in without a handle or a national number")
    if proof[0] not in tuple(Proof):
        raise DecodeError("a sealed check-in that does not say what proved the person")
    return ProvisionalEntry(handle, digits, Proof(proof[0]))


def _entry_info(election: str, branch: BranchId, station: DeviceId) -> bytes:
    return encode(["amin-provisional-v2", election, branch, station])
