"""Split a provisional check-in into two halves that never meet, joined only by a random handle.

A check-in without the registry's answer draws a random handle (16 bytes). It goes two ways:

    voter → handle     the station seals both to the *reconciliation office*
    handle → ballot    the terminal seals both to *headquarters*, inside the ballot's record

The office finds out whose second ballot a handle stands for and decides by handle;
headquarters takes the ballot out by handle. Who holds one key sees persons without ballots, or
ballots without persons.

A station's entry, before sealing, has one length:

    handle             16 bytes; zeros of an ordinary check-in that a registry answered
    proof              1 byte: 1 a chip, 2 a document that two roles checked
    national number    10 ASCII digits; zero bytes of an ordinary check-in
    pseudonym          16 bytes, of the person at the registry; zeros if there was none
    spent              32 bytes: hash of the authorization's nonce, which tells whether it was used

Beside every sealed cast record stands a commitment, SHA-256 over

    "amin provisional handle v1" 00 ‖ digest of the ballot ‖ handle, or zeros ‖ salt (16 bytes)

with the salt inside the seal. It looks the same for every record. Headquarters opens it for the
ballots that are taken out, so that everybody can check that these were given with the handles
that were decided on, and that none was given without.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
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
_NUMBER_SIZE: Final = 10
_REFERENCE_SIZE: Final = 16
_SPENT_SIZE: Final = 32
_FORM: Final = struct.Struct(f"{HANDLE_SIZE}sB{_NUMBER_SIZE}s{_REFERENCE_SIZE}s{_SPENT_SIZE}s")
ENTRY_SIZE: Final = sealing.OVERHEAD + _FORM.size
"""Bytes of a sealed entry."""
_COMMITMENT = b"amin provisional handle v1\x00"


class Proof(IntEnum):
    """What proved the person; the value is sealed, and of several ballots of one the lower counts."""

    CHIP = 1
    DOCUMENT = 2


@dataclass(frozen=True, slots=True)
class ProvisionalEntry:
    """The part of a check-in that the reconciliation office reads. `ValueError` for what is none."""

    handle: bytes
    """`ORDINARY` where a registry answered, and nothing is to be decided."""
    national_number: str
    """In Latin digits; empty of an ordinary check-in: its pseudonym is enough."""
    proof: Proof = Proof.CHIP
    spent: bytes = bytes(_SPENT_SIZE)
    """Zeros if it is not known, as nobody's authorization has."""
    reference: bytes = b""
    """The person's pseudonym at the registry; empty if there was none."""

    def __post_init__(self) -> None:
        digits = self.national_number
        if len(self.handle) != HANDLE_SIZE or (self.handle == ORDINARY) is not (digits == ""):
            raise ValueError(
                "a provisional check-in has a handle and a number, an ordinary one neither"
            )
        if digits and not (digits.isascii() and is_national_number(digits)):
            raise ValueError("not a national number in Latin digits")
        if len(self.reference) not in {0, _REFERENCE_SIZE} or not (digits or self.reference):
            raise ValueError(
                "a check-in says who came: by a number, a pseudonym of 16 bytes, or both"
            )
        if len(self.spent) != _SPENT_SIZE:
            raise ValueError("the hash of a nonce has 32 bytes")

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

    `DecodeError` for a wrong key.
    """
    plain = _FORM.pack(
        entry.handle, entry.proof, entry.national_number.encode(), entry.reference, entry.spent
    )
    return sealing.seal(office_public_key, plain, _entry_info(election, branch, station))


def open_entry(
    sealed: bytes, election: str, branch: BranchId, station: DeviceId, key: SealingKey
) -> ProvisionalEntry:
    """Open a sealed entry, at the reconciliation office. Raises `UnsealError`, `DecodeError`."""
    plain = key.open(sealed, _entry_info(election, branch, station))
    try:
        handle, proof, digits, reference, spent = _FORM.unpack(plain)
        return ProvisionalEntry(
            handle,
            digits.rstrip(b"\x00").decode("ascii"),
            Proof(proof),
            spent,
            b"" if reference == bytes(_REFERENCE_SIZE) else reference,
        )
    except (struct.error, ValueError) as error:
        raise DecodeError(
            "a sealed check-in that says nothing of a person or an authorization"
        ) from error


def _entry_info(election: str, branch: BranchId, station: DeviceId) -> bytes:
    return encode(["amin-provisional-v3", election, branch, station])
