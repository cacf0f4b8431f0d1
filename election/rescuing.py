"""Rescue a dead terminal: what was found on its memories, signed by two cards and a device that lives.

    find (election.left_behind) → draft → officer's card, supervisor's card → hand_in → DEVICE.rescue

A draft is frozen before the first card signs, so both sign the same bytes. No key of the dead terminal is
needed, and none would help: its records are signed one by one, and are sealed to headquarters. What is
handed in is verified as headquarters will, before it leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from crypto import merkle
from crypto.canonical import MAX_SIZE
from crypto.certificates import named_pair
from crypto.hybrid import HybridKey
from election.acts import FIRST, act_hash
from election.definition import BranchId, DeviceId, Election, EnrolledDevice, Role
from election.device_acts import CardSigner, DeviceActError, card_message
from election.errors import PollsStateError
from election.files import read_file
from election.left_behind import LeftBehind
from election.operator_card import Gate
from election.package import open_sent_package
from election.package.portraits import PACKAGE_FILE
from election.reasons import DeviceActReason
from election.register import (
    MAX_REGISTER,
    REGISTER_FILE,
    PublishedRegister,
    open_published_register,
)
from election.register_match import compare
from election.rescue import (
    Rescue,
    RescueFile,
    RescueGround,
    check_records,
    form,
    numbers_of,
    open_rescue,
    read_rescue,
    write_rescue,
)
from election.schema import to_cbor
from words.message import m

RESCUE_SUFFIX: Final = ".rescue"
CARD_ROLES: Final = (Role.OFFICER, Role.SUPERVISOR)


@dataclass(frozen=True, slots=True)
class RescueDraft:
    """A frozen rescue that no card has signed yet."""

    left: LeftBehind
    statement: Rescue
    election: Election
    published: PublishedRegister

    @property
    def message(self) -> bytes:
        """What both cards sign."""
        return card_message(form(), to_cbor(self.statement))

    def gate(self, witness: DeviceId, root: bytes, now: datetime) -> Gate:
        """Judge the cards as of the election's day: with a wrong clock nobody could sign."""
        at = max(self.election.opens, min(now, self.election.closes))
        return Gate(witness, self.statement.branch, root, self.published.register, now, at)


def draft(
    left: LeftBehind,
    election: Election,
    published: PublishedRegister,
    witness: DeviceId,
    ground: RescueGround,
    at: datetime,
) -> RescueDraft:
    """Freeze what was found. `witness`: the device that countersigns; `at`: aware.

    Raises `DeviceActError` (`ACT_DEVICE`) if that is the dead terminal itself, (`ACT_BRANCH`) for one that is
    not enrolled.
    """
    if left.device == witness:
        raise DeviceActError(DeviceActReason.ACT_DEVICE)
    device = election.device(left.device)
    if device is None:
        raise DeviceActError(DeviceActReason.ACT_BRANCH)
    statement = Rescue(
        bytes.fromhex(published.number),
        device.branch,
        left.device,
        ground,
        numbers_of(left.box.records, left.box.spent),
        merkle.root(sorted(left.box.handles)),
        left.last,
        act_hash(left.acts[-1]) if left.acts else FIRST,
        left.log_head,
        left.log_length,
        at.replace(microsecond=0),
    )
    return RescueDraft(left, statement, election, published)


def installed_at(
    folder: Path, root: bytes, branch: BranchId, device: DeviceId
) -> tuple[EnrolledDevice, Election, PublishedRegister]:
    """Read package and register as they are installed in the folder of a device of the branch; the device.

    `root`: headquarters' root certificate (DER). Raises `PackageError`, `RegisterError`, `PollsStateError`
    for a device that is not enrolled, `OSError`.
    """
    package = open_sent_package(read_file(folder / PACKAGE_FILE, MAX_SIZE), root)
    published = open_published_register(read_file(folder / REGISTER_FILE, MAX_REGISTER), root)
    compare(published, package, branch)
    own = package.election.device(device)
    if own is None:
        raise PollsStateError(m("this device is not on the enrolment list; load its package"))
    return own, package.election, published


def hand_in(
    made: RescueDraft,
    cards: Mapping[Role, tuple[bytes, bytes]],
    key: HybridKey,
    certificate: bytes,
) -> bytes:
    """Return the file for headquarters. Raises `DeviceActError` for what headquarters would refuse.

    `cards`: certificate (DER) and signature over the draft's message of officer and supervisor; `key`,
    `certificate`: of the device that countersigns.
    """

    def signer(role: Role) -> tuple[CardSigner, bytes]:
        known, value = cards[role]
        return (lambda _: value), known

    left = made.left
    data = write_rescue(
        made.statement,
        left.box.records,
        left.box.spent,
        sorted(left.box.handles),
        [signer(role) for role in CARD_ROLES],
        [(key, certificate)],
        left.acts,
    )
    verify(data, made.election, made.published)
    return data


def verify(data: bytes, election: Election, published: PublishedRegister) -> RescueFile:
    """Verify a rescue as headquarters will, and return it. Raises `DeviceActError`.

    `election`: with the spares that took over.
    """
    file = read_rescue(data)
    rescue = open_rescue(file.act, published).statement
    dead = election.device(rescue.device)
    if dead is None:
        raise DeviceActError(DeviceActReason.ACT_BRANCH)
    fingerprint = published.register.fingerprint
    check_records(file, rescue, named_pair(dead.certificate), fingerprint)
    return file


def sound_one(
    copies: Sequence[bytes], election: Election, published: PublishedRegister
) -> bytes | None:
    """Return the copy of a rescue that headquarters will take; None if it would take none of several.

    One alone is taken as it is: each of its records has two signatures to verify.
    """
    if len(copies) == 1:
        return copies[0]
    return next((data for data, _ in sound(copies, election, published)), None)


def sound(
    copies: Iterable[bytes], election: Election, published: PublishedRegister
) -> Iterator[tuple[bytes, RescueFile]]:
    """Yield the copies of a rescue that headquarters will take, with what they hold."""
    for data in copies:
        with suppress(DeviceActError):
            yield data, verify(data, election, published)
