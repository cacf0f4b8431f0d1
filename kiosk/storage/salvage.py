"""Read from a damaged store, row by row, what verifies by itself.

Every record is signed, so a file that is damaged somewhere still gives all others: of forty bytes
turned over few hit a record, and the other medium has that one. A spent authorization is not signed
by itself; the caller takes those only as far as records without one ask for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeGuard

from crypto.errors import CryptoError
from crypto.signing import SIGNATURE_SIZE
from drivers.media.damage import rows_of
from election.records import DIGEST_SIZE, RecordVerifier, SpentAuthorization, StoredRecord
from kiosk.storage.slots import KINDS, USED

_RECORDS: Final = "SELECT state, digest, sealed, signature FROM slot ORDER BY key {way}"
_SPENT: Final = "SELECT state, hash, voucher FROM spent ORDER BY key {way}"
_HANDLES: Final = "SELECT state, hash FROM handle ORDER BY key {way}"


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What a damaged file still gave."""

    records: tuple[StoredRecord, ...]
    """Verified, in the order of their digests."""
    spent: tuple[SpentAuthorization, ...]
    """Of the right lengths, sorted; a damaged one among them opens and refuses nothing."""
    handles: frozenset[bytes]
    """Hashes of the right length."""


def salvage(path: Path, verifier: RecordVerifier) -> Salvaged:
    """Read what there is; nothing from a file that is none of ours. Nothing is written."""
    records = {
        record.digest: record
        for row in rows_of(path, _RECORDS)
        if (record := _verified(row, verifier)) is not None
    }
    spent = {
        hashed: SpentAuthorization(hashed, voucher)
        for state, hashed, voucher in rows_of(path, _SPENT)
        if state == USED and _has(hashed, DIGEST_SIZE) and _has(voucher, SIGNATURE_SIZE)
    }
    handles = frozenset(
        hashed
        for state, hashed in rows_of(path, _HANDLES)
        if state == USED and _has(hashed, DIGEST_SIZE)
    )
    return Salvaged(
        tuple(records[digest] for digest in sorted(records)),
        tuple(spent[hashed] for hashed in sorted(spent)),
        handles,
    )


def _has(value: object, size: int) -> TypeGuard[bytes]:
    return isinstance(value, bytes) and len(value) == size


def _verified(row: tuple[object, ...], verifier: RecordVerifier) -> StoredRecord | None:
    match row:
        case (bytes(state), bytes(digest), bytes(sealed), bytes(signature)) if state in KINDS:
            record = StoredRecord(KINDS[state], digest, sealed, signature)
        case _:
            return None
    try:
        verifier.verify_record(record)
    except CryptoError:
        return None
    return record
