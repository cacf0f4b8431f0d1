"""Read what is published beside an index about devices: acts, missing devices, rulings.

    acts/<device>.takeover     a spare that took over (`election.takeover`); the device is the spare
    acts/<device>.rescue       the act by which a dead device's records were handed in (`election.rescue`)
    missing.json               devices that are finally missing (`election.missing`)
    rulings.json               closings that were chosen, keys that were revoked (`election.rulings`)
    lot-decisions.json         the value by which equal provisional ballots were chosen (`election.lots`)
    …/supplement/evidence.json     of a batch: sums about its voters (`headquarters.published_evidence`)

All but the last are believed by the register alone. What they allow is narrow: a spare gets its branch, a
rescued box needs no root of its own, and a branch whose station is missing is compared with no number of
authorizations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from crypto.certificates import MAX_CERTIFICATE_SIZE
from election.definition import BranchId, DeviceId, Role
from election.device_acts import DeviceActError
from election.files import read_file
from election.lots import FILES, MAX_LOT, LotError, LotKind, RecordedLot, open_lot
from election.missing import MISSING_FILE, MissingList, open_missing
from election.office_lists import OfficeListError
from election.reasons import DeviceActReason, Refusal
from election.register import (
    MAX_REGISTER,
    REGISTER_FILE,
    PublishedRegister,
    RegisterError,
    open_published_register,
)
from election.rescue import VerifiedRescue, open_rescue
from election.rulings import RULINGS_FILE, Rulings, open_rulings
from election.takeover import VerifiedTakeOver, branches_after, open_takeover

ACTS_FOLDER: Final = "acts"
TAKEOVER_SUFFIX: Final = ".takeover"
RESCUE_SUFFIX: Final = ".rescue"
ROOT_FILE: Final = "root.der"
EVIDENCE_FILE: Final = "evidence.json"
"""In the supplement of a batch."""
DECISION_LOT_FILE: Final = FILES[LotKind.DECISIONS]
_MAX_ACT: Final = 64 * 1024
_MAX_LIST: Final = 16 * 1024 * 1024

Problem = tuple[Refusal, str]
"""(reason, name of the document)."""


@dataclass(frozen=True, slots=True)
class PublishedActs:
    """The acts and lists whose signatures hold, and what is wrong with the others."""

    takeovers: tuple[VerifiedTakeOver, ...] = ()
    rescues: tuple[VerifiedRescue, ...] = ()
    missing: MissingList | None = None
    rulings: Rulings | None = None
    decision_lot: RecordedLot | None = None
    branches: Mapping[DeviceId, BranchId] = field(default_factory=dict)
    """The branch of every device that has one, by register and take-overs."""
    missing_stations: Mapping[DeviceId, bytes] = field(default_factory=dict)
    """Ed25519 keys of the stations that are finally missing: their vouchers hold."""
    missing_terminals: Mapping[DeviceId, bytes] = field(default_factory=dict)
    """Ed25519 keys of the terminals that are finally missing: their receipts hold."""
    problems: tuple[Problem, ...] = ()

    @property
    def stationless(self) -> frozenset[str]:
        """The branches of which a station is finally missing."""
        return frozenset(self.branches[device] for device in self.missing_stations)

    @property
    def rescued(self) -> Mapping[DeviceId, VerifiedRescue]:
        """The rescues by the dead device."""
        return {rescue.statement.device: rescue for rescue in self.rescues}

    @property
    def revoked(self) -> Mapping[bytes, datetime]:
        """Since when cards and devices are revoked, by SHA-256 of the certificate."""
        listed = () if self.rulings is None else self.rulings.revocations
        return {each.certificate: each.since for each in listed}

    @property
    def finally_missing(self) -> frozenset[DeviceId]:
        """The devices that are called missing."""
        listed = () if self.missing is None else self.missing.devices
        return frozenset(gone.device for gone in listed)


NO_ACTS: Final = PublishedActs()
"""Of a publication without a register."""


def documents_in(folder: Path) -> Iterator[Path]:
    """Yield the documents that an index lists: acts and lists beside it, sums in its batches' supplements."""
    yield from acts_in(folder)
    for pattern in ("supplement", "*/supplement"):
        yield from sorted(folder.glob(f"{pattern}/{EVIDENCE_FILE}"))


def acts_in(folder: Path) -> Iterator[Path]:
    """Yield the acts and lists beside an index, by name."""
    for name in (MISSING_FILE, RULINGS_FILE, DECISION_LOT_FILE):
        if (folder / name).exists():
            yield folder / name
    yield from sorted((folder / ACTS_FOLDER).glob("*"))


def register_in(folder: Path) -> PublishedRegister | None:
    """Return the register beside an index, whoever made it; None where none can be believed."""
    try:
        data = read_file(folder / REGISTER_FILE, MAX_REGISTER)
        return open_published_register(data, read_file(folder / ROOT_FILE, MAX_CERTIFICATE_SIZE))
    except (OSError, RegisterError):
        return None


def read_acts(folder: Path, published: PublishedRegister | None) -> PublishedActs:
    """Verify all acts and lists by the register; without one nothing is believed."""
    if published is None:
        return NO_ACTS
    takeovers: list[VerifiedTakeOver] = []
    rescues: list[VerifiedRescue] = []
    missing: MissingList | None = None
    rulings: Rulings | None = None
    lot: RecordedLot | None = None
    problems: list[Problem] = []
    for path in acts_in(folder):
        try:
            match path.suffix, path.name:
                case _, "missing.json":
                    missing = open_missing(read_file(path, _MAX_LIST), published)
                case _, "rulings.json":
                    rulings = open_rulings(read_file(path, _MAX_LIST), published)
                case _, "lot-decisions.json":
                    lot = open_lot(read_file(path, MAX_LOT), published, LotKind.DECISIONS)
                case ".takeover", _:
                    takeover = open_takeover(read_file(path, _MAX_ACT), published)
                    _check_name(path, takeover.statement.spare)
                    takeovers.append(takeover)
                case ".rescue", _:
                    rescue = open_rescue(read_file(path, _MAX_ACT), published)
                    _check_name(path, rescue.statement.device)
                    rescues.append(rescue)
                case _:
                    problems.append((DeviceActReason.ACT_FORMAT, path.name))
        except OSError:
            problems.append((DeviceActReason.ACT_FORMAT, path.name))
        except (DeviceActError, LotError, OfficeListError) as error:
            problems.append((error.reason, path.name))
    try:
        branches = branches_after(takeovers, published.register)
    except DeviceActError as error:
        problems.append((error.reason, ACTS_FOLDER))
        takeovers, branches = [], branches_after((), published.register)
    for rescue in [rescue for rescue in rescues if not _in_branch(rescue, branches)]:
        problems.append((DeviceActReason.ACT_BRANCH, rescue.statement.device))
        rescues.remove(rescue)
    return PublishedActs(
        tuple(takeovers),
        tuple(rescues),
        missing,
        rulings,
        lot,
        branches,
        _missing(Role.IDENTITY_STATION, published, missing, branches),
        _missing(Role.BALLOT_TERMINAL, published, missing, branches),
        tuple(problems),
    )


# ---------------------------------------------------------------- parts


def _check_name(path: Path, device: DeviceId) -> None:
    if path.stem != device:
        raise DeviceActError(DeviceActReason.ACT_TWICE)


def _in_branch(rescue: VerifiedRescue, branches: Mapping[DeviceId, BranchId]) -> bool:
    return branches.get(rescue.statement.device) == rescue.statement.branch


def _missing(
    role: Role,
    published: PublishedRegister,
    missing: MissingList | None,
    branches: Mapping[DeviceId, BranchId],
) -> Mapping[DeviceId, bytes]:
    listed = () if missing is None else missing.devices
    found = {}
    for gone in listed:
        device = published.register.device(gone.device)
        if device is not None and device.role is role and gone.device in branches:
            found[gone.device] = device.key
    return found
