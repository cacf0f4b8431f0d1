"""Hand in the records of a dead device, or of one that cannot be closed any more.

    {"act": envelope of `Rescue`, "records", "spent", "handles", "acts": […]}      canonical CBOR

Two registered operators and a registered device sign what was found on the medium: numbers and roots,
and the last root that the dead device signed, if there is one. The records are the dead device's own:
each is verified singly by its registered key, so a rescue can leave records out, and adds none. A
difference between what was found and the device's last root is told with its number; no vote is taken
out for it.

A station's numbers are signed at its closing only: a dead station is missing (`election.missing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from annotated_types import Len, MaxLen

from crypto import merkle
from crypto.errors import CryptoError
from crypto.hybrid import HybridKey, HybridPublicKey
from election.acts import MAX_ACTS, SignedAct
from election.because import because
from election.definition import BranchId, DeviceId, Role
from election.device_acts import (
    CardSigner,
    DeviceActError,
    SignedStatement,
    check_number,
    check_operators,
    open_act,
    read_statement,
    write_act,
)
from election.envelope import EnvelopeFormat, EnvelopeRefusedError, read_envelope
from election.fields import Hash, Mark, Number
from election.reasons import DeviceActReason
from election.records import (
    RecordKind,
    RecordVerifier,
    SignedRoot,
    SpentAuthorization,
    StoredRecord,
    same_sets,
    summary,
)
from election.register import PublishedRegister
from election.schema import SchemaError, from_cbor, to_cbor

FORMAT, VERSION = "amin-rescue", 1
_CONTEXT = "amin rescue"
_MAX_ACT = 64 * 1024
MAX_RESCUE = 256 * 1024 * 1024
"""Bytes of a file: 10,000 records take some 90 MB."""
_HEAD = b"\xa5\x63act"
"""A map of five, whose first key is the shortest."""


class RescueGround(StrEnum):
    """The reason why a device does not close by itself; the value is signed."""

    DEAD = "dead"
    CARD = "card"
    """A card that closing takes is lost, blocked, or gone with its officer."""


@dataclass(frozen=True, slots=True)
class BoxNumbers:
    """The numbers and roots of a box, as they were found."""

    cast: Number
    spoiled: Number
    records: Hash
    spent: Hash


@dataclass(frozen=True, slots=True)
class Rescue:
    """The statement that two cards sign."""

    number: Hash
    """Of the election."""
    branch: BranchId
    device: DeviceId
    """The dead one."""
    ground: RescueGround
    found: BoxNumbers
    handles: Hash
    """Merkle root of the hashes of the handles that were found."""
    last: SignedRoot | None
    """The last root that the device signed; None if none was found."""
    predecessor: Annotated[bytes, Len(32, 32)]
    """Hash of the device's last act; zeros if none was found."""
    log_head: Hash
    """Hash of the last entry of its log; zeros if none was found."""
    log_length: Number
    at: Annotated[datetime, Mark.SECONDS]


@dataclass(frozen=True, slots=True)
class RescueFile:
    """The act with what it hands in."""

    act: Annotated[bytes, Len(1, _MAX_ACT)]
    records: tuple[StoredRecord, ...]
    """By digest."""
    spent: tuple[SpentAuthorization, ...]
    """In the order of their hashes."""
    handles: tuple[Hash, ...]
    """Hashes of the handles of recorded ballots, sorted."""
    acts: Annotated[tuple[SignedAct, ...], MaxLen(MAX_ACTS)]
    """The dead device's own, oldest first, as far as they were found."""


@dataclass(frozen=True, slots=True)
class VerifiedRescue:
    """A rescue whose signatures hold."""

    statement: Rescue
    witnesses: tuple[DeviceId, ...]
    """The registered devices that countersigned."""

    @property
    def difference(self) -> int:
        """Records by which the device's last root differs from what was found; 0 without a root.

        At least 1 where the numbers are the same and the sets are not.
        """
        last, found = self.statement.last, self.statement.found
        if last is None or same_sets(last, _unsigned(found)):
            return 0
        return max(1, abs(last.cast + last.spoiled - found.cast - found.spoiled))


def form() -> EnvelopeFormat:
    """Return the envelope format of the act."""
    return EnvelopeFormat(FORMAT, VERSION, _CONTEXT, _MAX_ACT)


def numbers_of(records: Sequence[StoredRecord], spent: Sequence[SpentAuthorization]) -> BoxNumbers:
    """Return the numbers and roots of records that were found. `ValueError` if one is there twice."""
    kinds = {
        kind: [record.digest for record in records if record.kind is kind] for kind in RecordKind
    }
    found = summary(
        kinds[RecordKind.CAST], kinds[RecordKind.SPOILED], [seconds.hash for seconds in spent]
    )
    return BoxNumbers(found.cast, found.spoiled, found.records, found.spent)


def write_rescue(
    statement: Rescue,
    records: Sequence[StoredRecord],
    spent: Sequence[SpentAuthorization],
    handles: Sequence[bytes],
    cards: Sequence[tuple[CardSigner, bytes]],
    devices: Sequence[tuple[HybridKey, bytes]],
    acts: Sequence[SignedAct] = (),
) -> bytes:
    """Sign as `election.device_acts.write_act` does; `devices`: registered ones, not the dead one.

    `acts`: those of the dead device that were found.
    """
    act = write_act(form(), statement, cards, devices)
    ordered = sorted(records, key=lambda record: record.digest)
    paid = sorted(spent, key=lambda each: each.hash)
    return to_cbor(
        RescueFile(act, tuple(ordered), tuple(paid), tuple(sorted(handles)), tuple(acts))
    )


def read_rescue(data: bytes) -> RescueFile:
    """Take a rescue apart; nothing in it is believed yet. Raises `DeviceActError`."""
    try:
        return from_cbor(RescueFile, data)
    except SchemaError as error:
        raise DeviceActError(DeviceActReason.ACT_FORMAT, error.message) from error


def is_rescue(data: bytes) -> bool:
    """Tell by its first bytes whether a file is a rescue: no other document begins with an act."""
    return data.startswith(_HEAD)


def said_in(file: RescueFile) -> Rescue | None:
    """Return the statement of a rescue that was made and kept here; nothing of it is verified again."""
    try:
        content = read_envelope(form(), file.act).reopen()
        return from_cbor(Rescue, from_cbor(SignedStatement, content).statement)
    except (EnvelopeRefusedError, SchemaError):
        return None


def has_all_votes(file: RescueFile) -> bool:
    """Tell whether a rescue has a vote for every authorization that was spent."""
    return sum(record.kind is RecordKind.CAST for record in file.records) >= len(file.spent)


def covers(one: RescueFile, other: RescueFile) -> bool:
    """Tell whether a rescue has every record of another one of the same device."""
    return {record.digest for record in other.records} <= {each.digest for each in one.records}


def open_rescue(act: bytes, published: PublishedRegister) -> VerifiedRescue:
    """Verify the act by the register. Raises `DeviceActError`.

    Whether the device is one of the branch is known after the take-overs (`takeover.branches_after`).
    """
    register = published.register
    opened = open_act(form(), act, register)
    statement = read_statement(Rescue, opened)
    check_number(statement.number, published)
    check_operators(opened, statement.branch, register)
    device = register.device(statement.device)
    if device is None or device.role is not Role.BALLOT_TERMINAL:
        raise DeviceActError(DeviceActReason.ACT_BRANCH)
    witnesses = tuple(device.id for device in opened.devices)
    if statement.device in witnesses:
        raise DeviceActError(DeviceActReason.ACT_DEVICE)
    return VerifiedRescue(statement, witnesses)


def check_records(file: RescueFile, rescue: Rescue, key: HybridPublicKey, election: str) -> None:
    """Verify each record by the dead device's key, and that they are those of the act.

    `election`: the fingerprint φ. Raises `DeviceActError`.
    """
    verifier = RecordVerifier(key, election, rescue.device)
    digests = [record.digest for record in file.records]
    paid = [each.hash for each in file.spent]
    try:
        if any(list(each) != sorted(set(each)) for each in (digests, paid, file.handles)):
            raise DeviceActError(DeviceActReason.ACT_RECORDS)
        for record in file.records:
            verifier.verify_record(record)
        if rescue.last is not None:
            verifier.verify_root(rescue.last)
    except CryptoError as error:
        raise DeviceActError(DeviceActReason.ACT_RECORDS, because(error)) from error
    found = numbers_of(file.records, file.spent), merkle.root(file.handles)
    if found != (rescue.found, rescue.handles):
        raise DeviceActError(DeviceActReason.ACT_RECORDS)


def _unsigned(found: BoxNumbers) -> SignedRoot:
    return SignedRoot(found.cast, found.spoiled, found.records, found.spent, b"")
