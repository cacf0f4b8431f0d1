"""Judge by the register whether everything is in: devices pending, missing, rescued, and spares.

A group of branches is mixed once, whole, when each of its devices is in, rescued, or finally missing. Until
that holds for all the index is interim. Findings are `headquarters.anchoring`'s; every document that is
believed here was verified by `headquarters.published_acts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from crypto.errors import DecodeError
from election.definition import BranchId, DeviceId, Role
from election.files import read_file
from election.missing import MissingDevice
from election.reasons import (
    Agreement,
    Notice,
    OfficeListReason,
    PublicationReason,
    RegisterReason,
)
from election.register import Register
from election.rescue import BoxNumbers
from election.schema import MAX_JSON, from_json
from headquarters.finding import Finding, told, wrong
from headquarters.index_document import INDEX_FILE, ArchiveIndex
from headquarters.issuance_check import STATIONS_FILE, StationCounts
from headquarters.published_acts import ACTS_FOLDER, PublishedActs
from headquarters.supplement import SUPPLEMENT_FOLDER
from headquarters.supplement_files import MAX_BOXES, PublishedBoxes


@dataclass(frozen=True, slots=True)
class PublishedNumbers:
    """The numbers of all supplements together; nothing in them is verified here."""

    boxes: Mapping[DeviceId, BoxNumbers]
    issued: Mapping[DeviceId, tuple[int, int]]
    """Of each station: issued, and claimed without a confirmed card."""
    receipts: Mapping[DeviceId, int] = field(default_factory=dict)
    """Receipts for which no vote is there, by terminal: those of a missing one are all it has."""

    @property
    def devices(self) -> frozenset[DeviceId]:
        """The devices that are in."""
        return frozenset(self.boxes) | frozenset(self.issued)


def read_numbers(folder: Path, index: ArchiveIndex) -> PublishedNumbers:
    """Read boxes and stations of every supplement; what cannot be read is left to its own check."""
    boxes: dict[DeviceId, BoxNumbers] = {}
    issued: dict[DeviceId, tuple[int, int]] = {}
    for batch in index.batches:
        place = folder / batch.name / SUPPLEMENT_FOLDER
        try:
            data = read_file(place / "boxes.json", MAX_BOXES)
            items = from_json(PublishedBoxes, data, MAX_BOXES).items
            boxes |= {item.device: item.numbers for item in items}
            stations = from_json(StationCounts, read_file(place / STATIONS_FILE, MAX_JSON)).items
            issued |= {station.device: (station.issued, station.claimed) for station in stations}
        except (OSError, DecodeError):
            continue
    return PublishedNumbers(boxes, issued)


def check_completeness(
    register: Register, index: ArchiveIndex, acts: PublishedActs, numbers: PublishedNumbers
) -> Iterator[Finding]:
    """Yield what is pending, missing or rescued, and what contradicts it."""
    expected, present = acts.branches.keys(), numbers.devices
    missing = acts.finally_missing
    pending = sorted(expected - present - missing)
    for device in pending:
        yield told(RegisterReason.REGISTER_PENDING, device)
    if pending and not index.interim:
        yield wrong(PublicationReason.INDEX_FINAL, INDEX_FILE, len(pending))
    if not pending:
        yield Finding.right(Agreement.RIGHT_COMPLETE, INDEX_FILE, len(expected))
    waiting = {acts.branches[device] for device in pending}
    mixed = {branch for batch in index.batches for branch in batch.branches}
    for group in register.groups:
        if waiting & set(group) and (early := mixed & set(group)):
            yield wrong(PublicationReason.INDEX_EARLY, min(early), len(waiting & set(group)))
    yield from _missing(register, index, acts, numbers, waiting)


def told_acts(acts: PublishedActs) -> Iterator[Finding]:
    """Yield what is wrong with acts and lists, and what they tell, each with its number."""
    for reason, entry in acts.problems:
        yield wrong(reason, entry)
    revoked = acts.revoked
    for takeover in acts.takeovers:
        spare, at = takeover.statement.spare, takeover.statement.at
        yield told(Notice.SPARE_USED, spare)
        if not takeover.witnesses:
            yield told(Notice.SPARE_UNWITNESSED, spare)
        since = revoked.get(sha256(takeover.certificate).digest())
        if since is not None and since <= at:
            yield told(Notice.SPARE_REVOKED, spare)
    for rescue in acts.rescues:
        device, found = rescue.statement.device, rescue.statement.found
        yield told(Notice.DEVICE_RESCUED, device, found.cast)
        if rescue.statement.last is None:
            yield told(Notice.RESCUE_WITHOUT_ROOT, device, found.cast)
        elif rescue.difference:
            yield told(Notice.RESCUE_DIFFERS, device, rescue.difference)
    if acts.rulings is not None:
        for closing in acts.rulings.closings:
            yield told(Notice.CLOSED_TWICE, closing.device)
        for revocation in acts.rulings.revocations:
            yield told(Notice.CARD_REVOKED, revocation.certificate.hex()[:16])
    if number := len(acts.takeovers) + len(acts.rescues):
        yield Finding.right(Agreement.RIGHT_ACTS, ACTS_FOLDER, number)
    for name, listed in (("missing.json", acts.missing), ("rulings.json", acts.rulings)):
        if listed is not None:
            yield Finding.right(Agreement.RIGHT_LISTS, name)


def bound_of(
    register: Register,
    device: DeviceId,
    branches: Mapping[DeviceId, BranchId],
    numbers: PublishedNumbers,
) -> int | None:
    """Return how many votes a missing device can have had; None if nothing bounds them, 0 of a station.

    Authorizations of the branch less the votes of its other terminals; every station has to be in.
    """
    registered, branch = register.device(device), branches.get(device)
    if registered is None or registered.role is not Role.BALLOT_TERMINAL:
        return 0
    here = {each for each, place in branches.items() if place == branch}
    stations = {each for each in here if _role(register, each) is Role.IDENTITY_STATION}
    if not stations or not stations <= numbers.issued.keys():
        return None
    issued = sum(sum(numbers.issued[station]) for station in stations)
    spent = sum(numbers.boxes[each].cast for each in here if each in numbers.boxes)
    return max(0, issued - spent)


# ---------------------------------------------------------------- parts


def _missing(
    register: Register,
    index: ArchiveIndex,
    acts: PublishedActs,
    numbers: PublishedNumbers,
    waiting: Collection[BranchId],
) -> Iterator[Finding]:
    """Yield what is missing; a bound can be compared when the branch does not wait any more."""
    listed = () if acts.missing is None else acts.missing.devices
    if index.missing != tuple(gone.device for gone in listed):
        yield wrong(OfficeListReason.LIST_CHANGED, INDEX_FILE)
    for gone in listed:
        if gone.device not in acts.branches:
            yield wrong(OfficeListReason.LIST_DEVICE, gone.device)
        elif gone.device in numbers.devices:
            yield wrong(PublicationReason.MISSING_PRESENT, gone.device)
        else:
            bound, receipts = gone.at_most, gone.receipts
            if acts.branches[gone.device] not in waiting:
                bound = bound_of(register, gone.device, acts.branches, numbers)
                receipts = numbers.receipts.get(gone.device, 0)
            yield from _bounded(gone, bound, receipts)
    yield from _uncompared(acts, numbers)


def _bounded(gone: MissingDevice, bound: int | None, receipts: int) -> Iterator[Finding]:
    if (gone.at_most, gone.receipts) != (bound, receipts):
        yield wrong(PublicationReason.MISSING_BOUND, gone.device, gone.at_most or 0)
    elif bound is None:
        yield told(Notice.MISSING_UNBOUNDED, gone.device)
    else:
        yield told(Notice.DEVICE_MISSING, gone.device, bound)
    if receipts:
        yield told(Notice.MISSING_RECEIPTS, gone.device, receipts)
    if gone.report:
        yield told(Notice.MISSING_REPORT, gone.device)


def _uncompared(acts: PublishedActs, numbers: PublishedNumbers) -> Iterator[Finding]:
    """Yield the ballots of branches of which a station is missing."""
    ballots: Counter[str] = Counter()
    for device, box in numbers.boxes.items():
        ballots[acts.branches.get(device, "")] += box.cast
    for branch in sorted(acts.stationless):
        yield told(Notice.AUTHORIZATIONS_UNKNOWN, branch, ballots[branch])


def _role(register: Register, device: DeviceId) -> Role | None:
    registered = register.device(device)
    return None if registered is None else registered.role
