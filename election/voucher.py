"""Sign and verify vouchers and receipts, by which the devices of a branch vouch for each other.

    voucher    [election uuid, branch, hash]       by the identity station that issued the authorization
    receipt    [election uuid, terminal, hash]     by the terminal that recorded a vote with it

Canonical CBOR, Ed25519 (`crypto.signing`): 64 bytes. The hash is that of the authorization's nonce
(`election.records.spent_hash`). A terminal that has no voucher cannot invent an authorization, and one
that lost a vote cannot deny its receipt. Neither depends on a ballot, a number or a moment.

The terminal's object on the card holds a *note*, canonical CBOR of at most 300 bytes:

    ["intent", terminal, SHA-256 of the token]      from just before a vote is recorded
    ["receipt", terminal, hash, signature]          from just after

An intent names the token, not the nonce: a token that was renewed is free of it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from crypto import canonical
from crypto.certificates import read_subject
from crypto.errors import CryptoError, DecodeError
from crypto.signing import SIGNATURE_SIZE, PublicKey, SigningKey
from election.authorization import Authorization
from election.authorization_life import Shown
from election.definition import BranchId, DeviceId, Election, EnrolledDevice, Role
from election.records import spent_hash

HASH_SIZE: Final = 32
MAX_NOTE: Final = 300
"""Bytes that a note may take on the card."""
MAX_TERMINALS: Final = 16
"""Terminals of a branch whose receipts a token counts."""
_VOUCHER = "amin voucher"
_RECEIPT = "amin receipt"


@dataclass(frozen=True, slots=True)
class Intent:
    """A terminal's announcement that it begins to record a vote with this token."""

    terminal: DeviceId
    token: bytes
    """SHA-256 of the token."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A terminal's word that it recorded a vote with the authorization of this hash."""

    terminal: DeviceId
    spent: bytes
    signature: bytes


Note: TypeAlias = Intent | Receipt


def intent_of(terminal: DeviceId, token: bytes) -> Intent:
    """Return the intent of a terminal for a token."""
    return Intent(terminal, hashlib.sha256(token).digest())


def terminals(election: Election, branch: BranchId) -> tuple[DeviceId, ...]:
    """List the terminals whose receipts a token of this branch counts, in the order of the package."""
    # Not of spares: a device that was not told of one would count for the wrong terminal.
    found = _devices(election, branch, Role.BALLOT_TERMINAL)
    return tuple(device.id for device in found if device.sealed_card_key)[:MAX_TERMINALS]


def sign_voucher(key: SigningKey, election: str, branch: BranchId, spent: bytes) -> bytes:
    """Sign on the identity station, with its classical key: 64 bytes. `election`: its uuid."""
    return key.sign(_VOUCHER, canonical.encode([election, branch, spent]))


def voucher_station(
    election: Election, branch: BranchId, spent: bytes, voucher: bytes
) -> DeviceId | None:
    """Return the identity station of the branch that signed the voucher; None if none did."""
    message = canonical.encode([election.uuid, branch, spent])
    for device in _devices(election, branch, Role.IDENTITY_STATION):
        if _signed(device.certificate, _VOUCHER, message, voucher):
            return device.id
    return None


def is_voucher_valid(
    key: PublicKey, election: str, branch: BranchId, spent: bytes, voucher: bytes
) -> bool:
    """Tell whether the station with this key signed the voucher. `election`: its uuid."""
    try:
        key.verify(_VOUCHER, canonical.encode([election, branch, spent]), voucher)
    except CryptoError:
        return False
    return True


def sign_receipt(key: SigningKey, election: str, terminal: DeviceId, spent: bytes) -> Receipt:
    """Sign on the terminal, with its classical key. `election`: its uuid."""
    signature = key.sign(_RECEIPT, canonical.encode([election, terminal, spent]))
    return Receipt(terminal, spent, signature)


def is_receipt_valid(election: Election, branch: BranchId, receipt: Receipt) -> bool:
    """Tell whether a terminal of this branch signed the receipt."""
    message = canonical.encode([election.uuid, receipt.terminal, receipt.spent])
    return any(
        device.id == receipt.terminal
        and _signed(device.certificate, _RECEIPT, message, receipt.signature)
        for device in _devices(election, branch, Role.BALLOT_TERMINAL)
    )


def is_receipt_of(key: PublicKey, election: str, receipt: Receipt) -> bool:
    """Tell whether a key, of the receipt's terminal, signed it. `election`: its uuid."""
    try:
        message = canonical.encode([election, receipt.terminal, receipt.spent])
        key.verify(_RECEIPT, message, receipt.signature)
    except CryptoError:
        return False
    return True


def encode_note(note: Note) -> bytes:
    """Encode a note for the card. `ValueError` if it would not fit."""
    match note:
        case Intent(terminal, token):
            data = canonical.encode(["intent", terminal, token])
        case Receipt(terminal, spent, signature):
            data = canonical.encode(["receipt", terminal, spent, signature])
    if len(data) > MAX_NOTE:
        raise ValueError(f"a note of {len(data)} bytes does not fit on the card")
    return data


def decode_note(data: bytes | None) -> Note | None:
    """Decode what a card holds; None for nothing, and for what is no note: nobody relies on it."""
    if data is None:
        return None
    try:
        content = canonical.decode(data, MAX_NOTE)
    except DecodeError:
        return None
    match content:
        case ["intent", str(terminal), bytes(token)] if len(token) == HASH_SIZE:
            return Intent(DeviceId(terminal), token)
        case ["receipt", str(terminal), bytes(spent), bytes(signature)] if (
            len(spent) == HASH_SIZE and len(signature) == SIGNATURE_SIZE
        ):
            return Receipt(DeviceId(terminal), spent, signature)
        case _:
            return None


def show(
    authorization: Authorization,
    token: bytes,
    note: Note | None,
    now: datetime,
    election: Election,
    terminal: DeviceId | None = None,
) -> Shown:
    """Return what a card shows a device: a station, or the `terminal` that asks.

    `authorization`: what the card's `token` says, verified (`election.token`).
    """
    told = dict(
        zip(terminals(election, authorization.branch), authorization.receipts, strict=False)
    )
    spent = spent_hash(authorization.nonce)
    intent = receipt = None
    match note:
        case Intent(by) if note == intent_of(by, token):
            intent = by
        case Receipt(by) if note.spent == spent and is_receipt_valid(
            election, authorization.branch, note
        ):
            receipt = by
        case _:
            pass
    expired = now >= authorization.expires
    return Shown(spent, expired, intent, receipt, 0 if terminal is None else told.get(terminal, 0))


def _devices(election: Election, branch: BranchId, role: Role) -> tuple[EnrolledDevice, ...]:
    return tuple(
        device for device in election.devices if (device.role, device.branch) == (role, branch)
    )


def _signed(certificate: bytes, context: str, message: bytes, signature: bytes) -> bool:
    try:
        read_subject(certificate).signing_key.classical.verify(context, message, signature)
    except CryptoError:
        return False
    return True
