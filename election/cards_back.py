"""Seal to headquarters what cards brought back to an identity station: receipts, and returned authorizations.

    [[[hash, terminal, signature] …], [hash …]]      canonical CBOR, both lists sorted

A hostile terminal could write anything in place of a signature, and the desk that reads it knows the
person: so nobody but headquarters sees the signatures, and what is published are hashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from crypto import canonical, sealing
from crypto.errors import DecodeError
from crypto.sealing import SealingKey
from crypto.signing import SIGNATURE_SIZE
from election.definition import BranchId, DeviceId
from election.voucher import HASH_SIZE, Receipt

MAX_CARDS_BACK: Final = 1 << 22
"""Bytes, sealed: more than 20,000 receipts."""


@dataclass(frozen=True, slots=True)
class CardsBack:
    """What cards brought back to one station."""

    receipts: tuple[Receipt, ...] = ()
    """By hash and terminal."""
    returned: tuple[bytes, ...] = ()
    """Hashes, sorted."""


def seal_cards_back(
    back: CardsBack, election: str, branch: BranchId, station: DeviceId, public_key: bytes
) -> bytes:
    """Seal to headquarters. `election`: its uuid. `DecodeError` for a wrong key."""
    receipts: list[canonical.CanonicalValue] = [
        [receipt.spent, receipt.terminal, receipt.signature] for receipt in back.receipts
    ]
    plain = canonical.encode([receipts, list(back.returned)])
    return sealing.seal(public_key, plain, _info(election, branch, station))


def open_cards_back(
    sealed: bytes, election: str, branch: BranchId, station: DeviceId, key: SealingKey
) -> CardsBack:
    """Open at headquarters. Raises `UnsealError`, `DecodeError`."""
    data = key.open(sealed, _info(election, branch, station))
    content = canonical.decode(data, MAX_CARDS_BACK)
    match content:
        case [list(receipts), list(returned)]:
            back = CardsBack(tuple(map(_receipt, receipts)), tuple(map(_hash, returned)))
            keys = [(receipt.spent, receipt.terminal) for receipt in back.receipts]
            if keys != sorted(set(keys)) or list(back.returned) != sorted(set(back.returned)):
                raise DecodeError("not sorted, or one is there twice")
            return back
        case _:
            raise DecodeError("not what cards brought back")


def _receipt(value: canonical.CanonicalValue) -> Receipt:
    match value:
        case [bytes(spent), str(terminal), bytes(signature)] if (
            len(spent) == HASH_SIZE and len(signature) == SIGNATURE_SIZE
        ):
            return Receipt(DeviceId(terminal), spent, signature)
        case _:
            raise DecodeError("not a receipt")


def _hash(value: canonical.CanonicalValue) -> bytes:
    if not isinstance(value, bytes) or len(value) != HASH_SIZE:
        raise DecodeError("not a hash")
    return value


def _info(election: str, branch: BranchId, station: DeviceId) -> bytes:
    return canonical.encode(["amin-cards-back-v1", election, branch, station])
