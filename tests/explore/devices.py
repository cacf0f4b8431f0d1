"""Make a branch of two stations and two terminals, whose signatures are real and made once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache, lru_cache
from typing import Final

from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey, seal
from election import token, voucher
from election.authorization import Authorization
from election.authorization_life import Shown
from election.definition import DeviceId, Election, EnrolledDevice, Role
from election.records import spent_hash
from tests.election.samples import BOTH, BRANCH, COUNCIL, EXPERTS, NOW, UUID, sample

STATIONS: Final = (DeviceId("b0001-i1"), DeviceId("b0001-i2"))
TERMINALS: Final = (DeviceId("b0001-t1"), DeviceId("b0001-t2"))
_LIFETIME: Final = timedelta(minutes=30)


@lru_cache(maxsize=1)
def branch() -> tuple[Election, dict[DeviceId, HybridKey]]:
    """Return the election with these devices alone, and their keys."""
    made = sample()
    keys = {device: HybridKey.generate() for device in (*STATIONS, *TERMINALS)}
    devices = tuple(
        EnrolledDevice(
            device,
            role,
            BRANCH,
            made.issue(device, keys[device], role, BRANCH),
            seal(SealingKey.generate().public_bytes, bytes(32), b"card key"),
        )
        for role, names in (
            (Role.IDENTITY_STATION, STATIONS),
            (Role.BALLOT_TERMINAL, TERMINALS),
        )
        for device in names
    )
    return replace(made.election, devices=devices), keys


@cache
def make_token(station: int, nonce: bytes, receipts: tuple[int, ...], clock: int) -> bytes:
    """Return a token that ends one tick after `clock`."""
    _, keys = branch()
    authorization = Authorization(
        UUID,
        BRANCH,
        STATIONS[station],
        BOTH,
        (COUNCIL, EXPERTS),
        NOW.replace(microsecond=0) + (clock + 1) * _LIFETIME,
        nonce,
        None,
        receipts,
    )
    return token.issue(authorization, keys[STATIONS[station]].classical)


@cache
def read_token(data: bytes) -> tuple[Authorization, int]:
    """Read a token as a terminal does; the authorization, and the number of the station that vouches."""
    election, _ = branch()
    found = token.read(data, election, BRANCH)
    by = voucher.voucher_station(election, BRANCH, spent_hash(found.nonce), found.voucher)
    assert by is not None
    return found, STATIONS.index(by)


@cache
def read_note(data: bytes | None) -> voucher.Note | None:
    """Read a note; a receipt only if it holds."""
    election, _ = branch()
    note = voucher.decode_note(data)
    if isinstance(note, voucher.Receipt) and not voucher.is_receipt_valid(election, BRANCH, note):
        return None
    return note


@cache
def make_receipt(terminal: int, spent: bytes) -> bytes:
    """Return the note with a terminal's receipt."""
    _, keys = branch()
    name = TERMINALS[terminal]
    return voucher.encode_note(voucher.sign_receipt(keys[name].classical, UUID, name, spent))


@cache
def make_intent(terminal: int, data: bytes) -> bytes:
    """Return the note with a terminal's intent for a token."""
    return voucher.encode_note(voucher.intent_of(TERMINALS[terminal], data))


@cache
def hash_of(nonce: bytes) -> bytes:
    """Hash a nonce."""
    return spent_hash(nonce)


@cache
def shown(data: bytes, note: bytes | None, clock: int, terminal: int | None) -> Shown:
    """Return what a device sees on a card with a token."""
    election, _ = branch()
    found, _ = read_token(data)
    now = NOW.replace(microsecond=0) + clock * _LIFETIME
    return voucher.show(
        found,
        data,
        read_note(note),
        now,
        election,
        None if terminal is None else TERMINALS[terminal],
    )
