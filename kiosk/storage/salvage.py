"""Read from a damaged store, row by row, what verifies by itself.

Every record is signed, so a file that is damaged somewhere still gives all others: of forty bytes
turned over few hit a record, and the other medium has that one. A spent authorization is not signed
by itself; the caller takes those only as far as records without one ask for them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeGuard

from crypto.errors import CryptoError
from crypto.signing import SIGNATURE_SIZE
from election.files import replace_file, sync_folder
from election.records import DIGEST_SIZE, RecordVerifier, SpentAuthorization, StoredRecord
from kiosk.storage.slots import KINDS, USED

_RECORDS: Final = "SELECT state, digest, sealed, signature FROM slot ORDER BY key {way}"
_SPENT: Final = "SELECT state, hash, voucher FROM spent ORDER BY key {way}"
_HANDLES: Final = "SELECT state, hash FROM handle ORDER BY key {way}"
_ASIDE: Final = ".damaged-"
_MOST: Final = 100
"""Copies that are kept beside a store."""


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
        for row in _rows(path, _RECORDS)
        if (record := _verified(row, verifier)) is not None
    }
    spent = {
        hashed: SpentAuthorization(hashed, voucher)
        for state, hashed, voucher in _rows(path, _SPENT)
        if state == USED and _has(hashed, DIGEST_SIZE) and _has(voucher, SIGNATURE_SIZE)
    }
    handles = frozenset(
        hashed
        for state, hashed in _rows(path, _HANDLES)
        if state == USED and _has(hashed, DIGEST_SIZE)
    )
    return Salvaged(
        tuple(records[digest] for digest in sorted(records)),
        tuple(spent[hashed] for hashed in sorted(spent)),
        handles,
    )


def set_aside(path: Path) -> Path:
    """Give a damaged file another name in its folder, with its journal. Raises `OSError`."""
    for number in range(1, _MOST + 1):
        aside = path.with_name(f"{path.name}{_ASIDE}{number}")
        if not aside.exists():
            break
    path.rename(aside)
    with suppress(FileNotFoundError):
        journal = path.with_name(path.name + "-journal")
        journal.rename(aside.with_name(aside.name + "-journal"))
    sync_folder(path.parent)
    return aside


def put(path: Path, content: bytes) -> None:
    """Write a file in the place of whatever is there; a folder is set aside. Raises `OSError`."""
    if path.is_dir() and not path.is_symlink():
        set_aside(path)
    replace_file(path, content)


def kept_aside(path: Path) -> tuple[Path, ...]:
    """List what `set_aside` has put beside a store, journals too."""
    return tuple(sorted(path.parent.glob(f"{path.name}{_ASIDE}*")))


def _rows(path: Path, query: str) -> Iterator[tuple[object, ...]]:
    """Read from either end until the damage; a row may come twice."""
    for way in ("ASC", "DESC"):
        with suppress(sqlite3.Error, OSError):
            # Immutable: neither a lock nor a journal is looked at, and nothing can be written.
            uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
            with closing(sqlite3.connect(uri, uri=True)) as connection:
                yield from connection.execute(query.format(way=way))


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
