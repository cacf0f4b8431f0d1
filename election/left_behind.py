"""Read what lies on a terminal's memories, row by row: everything that verifies by itself.

Every record is signed, so a file that is damaged somewhere still gives all others: of forty bytes
turned over few hit a record, and the other medium has that one. A spent authorization is not signed
by itself; the caller takes those only as far as records without one ask for them, or with a voucher.

    salvage     one file of votes
    find        all that a dead terminal left on its memories, whoever's machine they are in now

No key of the device is needed: records are sealed to headquarters. Nothing is written to a memory that
is read here, and nothing on it is followed: a file is copied within its limit before it is opened.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeGuard

from crypto.certificates import named_pair
from crypto.errors import CryptoError
from crypto.hybrid import SIGNATURE_SIZE as LONG_SIGNATURE_SIZE
from crypto.signing import SIGNATURE_SIZE
from drivers.media.damage import rows_of
from election.acts import FIRST, ActRefusedError, SignedAct
from election.audit_log import MAX_LOG, check_log
from election.definition import BranchId, DeviceId, Election, Role
from election.device_acts import DeviceActError
from election.reasons import DeviceActReason
from election.records import (
    DIGEST_SIZE,
    RecordKind,
    RecordVerifier,
    SignedRoot,
    SpentAuthorization,
    StoredRecord,
)
from election.register import PublishedRegister
from election.registered_acts import check_registered_acts
from election.schema import SchemaError, from_cbor
from election.usb_drive import read_brought
from election.voucher import voucher_station

STATES: Final = {RecordKind.CAST: b"\x01", RecordKind.SPOILED: b"\x02"}
"""What a used slot of a medium begins with."""
KINDS: Final = {state: kind for kind, state in STATES.items()}
USED: Final = b"\x01"
COUNT_BYTES: Final = 4

_RECORDS: Final = "SELECT state, digest, sealed, signature FROM slot ORDER BY key {way}"
_SPENT: Final = "SELECT state, hash, voucher FROM spent ORDER BY key {way}"
_HANDLES: Final = "SELECT state, hash FROM handle ORDER BY key {way}"
_HEADER: Final = "SELECT device, election FROM header ORDER BY id {way}"
_ROOT: Final = "SELECT counts, records, spent, signature FROM root ORDER BY id {way}"
_ACTS: Final = "SELECT number, act FROM signed_act ORDER BY number {way}"
VOTES_FILE: Final = "votes.db"
POLLS_FILE: Final = "polls.db"
LOG_FILE: Final = "audit.jsonl"
_MOST_BYTES: Final = 512 * 1024 * 1024
"""Of a file of votes: 10,000 slots take some 100 MB."""
_MOST_FOLDERS: Final = 64
_MOST_ACTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What a file still gave."""

    records: tuple[StoredRecord, ...]
    """Verified, in the order of their digests."""
    spent: tuple[SpentAuthorization, ...]
    """Of the right lengths, sorted; a damaged one among them opens and refuses nothing."""
    handles: frozenset[bytes]
    """Hashes of the right length."""

    def more(
        self, records: Set[bytes], spent: Set[bytes]
    ) -> tuple[tuple[StoredRecord, ...], tuple[SpentAuthorization, ...]]:
        """Take what is not known yet: challenged ballots, and as many cast ones as authorizations."""
        new = [record for record in self.records if record.digest not in records]
        spendings = tuple(each for each in self.spent if each.hash not in spent)
        cast = [record for record in new if record.kind is RecordKind.CAST][: len(spendings)]
        others = [record for record in new if record.kind is not RecordKind.CAST]
        return (*cast, *others), spendings[: len(cast)]


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What a dead terminal left."""

    device: DeviceId
    box: Salvaged
    last: SignedRoot | None
    """The last root that it signed, as far as was found."""
    acts: tuple[SignedAct, ...]
    log_head: bytes
    log_length: int

    @property
    def cast(self) -> int:
        """Votes that were found."""
        return sum(record.kind is RecordKind.CAST for record in self.box.records)


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


def find(memories: Iterable[Path], election: Election, published: PublishedRegister) -> LeftBehind:
    """Read the memories of one dead terminal: mount points, or folders of them.

    `election`: of the package, with the terminal's certificate and those of its branch's stations. Raises
    `DeviceActError` (`ACT_FOUND`: no votes of a terminal; `ACT_MIXED`: of two of them; `ACT_BRANCH`: of one
    that is not enrolled), `OSError` if nothing can be copied.
    """
    with TemporaryDirectory(prefix="rescue-") as temporary:
        places = list(_places(memories))
        copies = [
            copy for n, place in enumerate(places) if (copy := _copy(place, Path(temporary), n))
        ]
        device = election.device(_owner(copies, election, published.register.fingerprint))
        if device is None or device.role is not Role.BALLOT_TERMINAL:
            raise DeviceActError(DeviceActReason.ACT_BRANCH)
        key = named_pair(device.certificate)
        verifier = RecordVerifier(key, published.register.fingerprint, device.id)
        found = [salvage(copy / VOTES_FILE, verifier) for copy in copies]
        roots = [root for copy in copies for root in _roots(copy / VOTES_FILE, verifier)]
        branch = device.branch

        def verified(acts: Sequence[SignedAct]) -> bool:
            try:
                check_registered_acts(acts, key, device.id, branch, published)
            except ActRefusedError:
                return False
            return True

        acts = max((_acts(copy / POLLS_FILE, verified) for copy in copies), key=len, default=())
        logs = [check_log(_log(copy / LOG_FILE), key.classical).entries for copy in copies]
    log = max(logs, key=len, default=())
    return LeftBehind(
        device.id,
        _joined(found, election, device.branch),
        max(roots, key=lambda root: root.cast + root.spoiled, default=None),
        acts,
        log[-1].hash if log else FIRST,
        len(log),
    )


# ---------------------------------------------------------------- memories


def _places(memories: Iterable[Path]) -> Iterator[Path]:
    """Yield the folders that hold votes: a memory's own, or one of its folders."""
    for memory in memories:
        below = []
        with suppress(OSError), os.scandir(memory) as entries:
            below = sorted(each.name for each in entries if each.is_dir(follow_symlinks=False))
        for place in (memory, *(memory / name for name in below[:_MOST_FOLDERS])):
            if (place / VOTES_FILE).exists():
                yield place


def _copy(place: Path, temporary: Path, number: int) -> Path | None:
    """Copy the files of a memory; None if its votes cannot be read at all."""
    copy = temporary / str(number)
    copy.mkdir()
    for name, most in ((VOTES_FILE, _MOST_BYTES), (POLLS_FILE, _MOST_BYTES), (LOG_FILE, MAX_LOG)):
        with suppress(OSError):
            (copy / name).write_bytes(read_brought(place / name, most))
    return copy if (copy / VOTES_FILE).exists() else None


def _owner(copies: Sequence[Path], election: Election, fingerprint: str) -> DeviceId:
    """Return whose memories they are."""
    owners = {owner for copy in copies for owner in _owners(copy, election, fingerprint)}
    if len(owners) > 1:
        raise DeviceActError(DeviceActReason.ACT_MIXED)
    if not owners:
        raise DeviceActError(DeviceActReason.ACT_FOUND)
    return owners.pop()


def _owners(copy: Path, election: Election, fingerprint: str) -> set[DeviceId]:
    """Return whose a memory is: by its header, or by who signed what lies on it.

    A header is not signed: a name that damage made up says less than one record.
    """
    header = rows_of(copy / VOTES_FILE, _HEADER)
    named = {DeviceId(device) for device, _ in header if isinstance(device, str)}
    if known := {device for device in named if election.device(device) is not None}:
        return known
    signers = {
        each.id
        for each in election.devices
        if each.role is Role.BALLOT_TERMINAL
        and salvage(
            copy / VOTES_FILE, RecordVerifier(named_pair(each.certificate), fingerprint, each.id)
        ).records
    }
    return signers or named


# ---------------------------------------------------------------- what is on them


def _joined(found: Sequence[Salvaged], election: Election, branch: BranchId) -> Salvaged:
    """Join the copies; an authorization that no station of the branch vouches for was damaged."""
    records = {record.digest: record for each in found for record in each.records}
    spent = {
        paid.hash: paid
        for each in found
        for paid in each.spent
        if voucher_station(election, branch, paid.hash, paid.voucher) is not None
    }
    handles = frozenset(handle for each in found for handle in each.handles)
    everything = Salvaged(
        tuple(records[digest] for digest in sorted(records)),
        tuple(spent[hashed] for hashed in sorted(spent)),
        handles,
    )
    kept, _ = everything.more(frozenset(), frozenset())
    cast = sum(record.kind is RecordKind.CAST for record in kept)
    return Salvaged(
        tuple(sorted(kept, key=lambda record: record.digest)),
        everything.spent,
        frozenset(sorted(handles)[:cast]),
    )


def _roots(path: Path, verifier: RecordVerifier) -> Iterator[SignedRoot]:
    for row in rows_of(path, _ROOT):
        match row:
            case (bytes(counts), bytes(records), bytes(spent), bytes(signature)) if [
                len(counts),
                len(records),
                len(spent),
                len(signature),
            ] == [2 * COUNT_BYTES, DIGEST_SIZE, DIGEST_SIZE, LONG_SIGNATURE_SIZE]:
                cast, spoiled = (
                    int.from_bytes(counts[at : at + COUNT_BYTES], "big") for at in (0, COUNT_BYTES)
                )
                root = SignedRoot(cast, spoiled, records, spent, signature)
            case _:
                continue
        with suppress(CryptoError):
            verifier.verify_root(root)
            yield root


def _acts(path: Path, verified: Callable[[Sequence[SignedAct]], bool]) -> tuple[SignedAct, ...]:
    """Return the longest beginning of the chain that holds."""
    rows: dict[int, SignedAct] = {}
    for row in rows_of(path, _ACTS):
        match row:
            case (int(number), bytes(act)) if len(rows) < _MOST_ACTS:
                with suppress(SchemaError):
                    rows[number] = from_cbor(SignedAct, act)
    acts = [rows[number] for number in sorted(rows)]
    while acts and not verified(acts):
        acts.pop()
    return tuple(acts)


def _log(path: Path) -> bytes:
    with suppress(OSError):
        return path.read_bytes()
    return b""


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
