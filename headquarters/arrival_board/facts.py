"""Compute which devices' bundles are here, by branch and district.

A device is here when an import accepted its bundle or its rescue, finally missing when two offices said so,
and else pending. Nothing else of a report is looked at: no number of ballots, no record, no finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, cast

from crypto.errors import DecodeError
from crypto.strict_json import read_json
from election.definition import BranchId, DeviceId, EnrolledDevice, Role, Text
from headquarters.candidate_files import as_table
from headquarters.import_report import ImportReport
from headquarters.text_table import table
from headquarters.workspace import FolderError, Workspace, read_file
from words.message import Items, Latin, Message, in_context, m
from words.speaker import Speaker

MOST_LINES: Final = 20
_LARGEST: Final = 256 * 1024 * 1024


class Arrival(StrEnum):
    """How much of a branch is here; what is waited for comes first."""

    NOTHING = "nothing"
    PART = "part"
    COMPLETE = "complete"
    """Nothing is pending; devices that are finally missing are not waited for."""


STATES: Final[Mapping[Arrival, Message]] = {
    Arrival.NOTHING: in_context("arrival", "nothing yet"),
    Arrival.PART: in_context("arrival", "in part"),
    Arrival.COMPLETE: in_context("arrival", "complete"),
}


@dataclass(frozen=True, slots=True)
class BranchArrival:
    """What is here of a branch."""

    id: BranchId
    name: Text
    district: str
    here: tuple[DeviceId, ...]
    pending: tuple[DeviceId, ...]
    missing: tuple[DeviceId, ...]
    stations_pending: int
    """Identity stations among the pending ones."""

    @property
    def state(self) -> Arrival:
        """How much of it is here."""
        if not self.pending:
            return Arrival.COMPLETE
        return Arrival.PART if self.here else Arrival.NOTHING


@dataclass(frozen=True, slots=True)
class DistrictArrival:
    """What is here of a district, or of all."""

    name: str
    branches: int
    complete: int
    part: int
    nothing: int
    here: int
    """Devices."""
    pending: int
    stations_pending: int
    """Identity stations among them; the others are terminals."""
    missing: int

    @property
    def devices(self) -> int:
        """All devices."""
        return self.here + self.pending + self.missing


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that was brought and not accepted."""

    name: str
    reason: str
    """The word of its refusal, which is that of its folder in `set-aside`."""


@dataclass(frozen=True, slots=True)
class ArrivalBoard:
    """What is here, and what is not."""

    election: Text
    rehearsal: bool
    made: datetime
    branches: tuple[BranchArrival, ...]
    refused: tuple[RefusedFile, ...]

    @property
    def whole(self) -> DistrictArrival:
        """The sums of all."""
        return _summed("", self.branches)

    def districts(self) -> tuple[DistrictArrival, ...]:
        """Return the sums of the districts, by name."""
        here: dict[str, list[BranchArrival]] = {}
        for each in self.branches:
            here.setdefault(each.district, []).append(each)
        return tuple(_summed(name, here[name]) for name in sorted(here))

    def waiting(self, district: str | None = None) -> tuple[BranchArrival, ...]:
        """Return the branches of which something is pending, those with nothing first."""
        found = (
            each for each in self.branches if each.pending and district in {None, each.district}
        )
        return tuple(sorted(found, key=lambda each: (each.district, bool(each.here), each.id)))

    def plain(self) -> Mapping[str, object]:
        """Return it for programs."""
        whole = self.whole
        return {
            "complete": not whole.pending,
            "devices": {"here": whole.here, "pending": whole.pending, "missing": whole.missing},
            "branches": [
                {
                    "branch": each.id,
                    "district": each.district,
                    "state": each.state,
                    "here": each.here,
                    "pending": each.pending,
                    "missing": each.missing,
                }
                for each in self.branches
            ],
            "refused": [{"file": each.name, "reason": each.reason} for each in self.refused],
        }

    def lines(self, t: Speaker) -> Iterator[str]:
        """Yield the lines for a terminal: districts, then the first branches that are waited for."""
        yield from table(
            (
                m("district"),
                m("branches"),
                *(STATES[each] for each in (Arrival.COMPLETE, Arrival.PART, Arrival.NOTHING)),
                m("devices pending"),
                m("finally missing"),
            ),
            [
                (
                    *(each.name, each.branches, each.complete, each.part, each.nothing),
                    *(each.pending, each.missing),
                )
                for each in self.districts()
            ],
            t,
        )
        waiting = self.waiting()
        for branch in waiting[:MOST_LINES]:
            yield t(
                "{branch}, district {district}: pending {devices}",
                branch=t.latin(branch.id),
                district=branch.district,
                devices=Items(tuple(map(Latin, branch.pending))),
            )
        if len(waiting) > MOST_LINES:
            yield t("and {count} branches more", count=len(waiting) - MOST_LINES)
        for refused in self.refused[:MOST_LINES]:
            yield t("{file} was refused: {reason}", file=refused.name, reason=Latin(refused.reason))


@dataclass(frozen=True, slots=True)
class ArrivalRow:
    """A line of arrivals.csv."""

    branch: str
    name_fa: str
    district: str
    state: str
    here: str
    pending: str
    missing: str


def table_of(board: ArrivalBoard) -> bytes:
    """Return the table of all branches; devices are separated by blanks."""
    return as_table(
        ArrivalRow,
        (
            ArrivalRow(
                each.id,
                each.name.fa,
                each.district,
                each.state,
                *(" ".join(part) for part in (each.here, each.pending, each.missing)),
            )
            for each in board.branches
        ),
    )


def from_report(workspace: Workspace, report: ImportReport, now: datetime) -> ArrivalBoard:
    """Return what an import found."""
    here = {each.device for each in report.accepted}
    refused = [RefusedFile(each.name, each.reason) for each in report.rejected]
    return _board(workspace, here, refused, now)


def arrival_board(workspace: Workspace, now: datetime) -> ArrivalBoard:
    """Return what the report of the last import says; before the first, nothing is here.

    Raises `FolderError`.
    """
    path = workspace.folder.import_report
    if not path.exists():
        return _board(workspace, (), (), now)
    try:
        report = cast("dict[str, Any]", read_json(read_file(path), _LARGEST))
        here = {DeviceId(str(each["device"])) for each in report["accepted"]}
        refused = [
            RefusedFile(str(each["file"]), str(each["reason"])) for each in report["rejected"]
        ]
    except (DecodeError, KeyError, TypeError, ValueError) as error:
        raise FolderError(
            m("{path} cannot be read: import once more, it is written anew", path=path)
        ) from error
    return _board(workspace, here, refused, now)


# ---------------------------------------------------------------- parts


def _board(
    workspace: Workspace,
    here: Collection[str],
    refused: Sequence[RefusedFile],
    now: datetime,
) -> ArrivalBoard:
    election, listed = workspace.election, workspace.acts.missing
    missing = frozenset(() if listed is None else (each.device for each in listed.devices))
    devices: dict[BranchId, list[EnrolledDevice]] = {}
    for each in election.devices:
        devices.setdefault(each.branch, []).append(each)
    branches = []
    for branch in election.branches:
        parts: dict[str, list[EnrolledDevice]] = {"here": [], "pending": [], "missing": []}
        for each in sorted(devices.get(branch.id, ()), key=lambda each: each.id):
            state = "here" if each.id in here else "missing" if each.id in missing else "pending"
            parts[state].append(each)
        here_, pending, gone = (tuple(each.id for each in part) for part in parts.values())
        stations = sum(each.role is Role.IDENTITY_STATION for each in parts["pending"])
        branches.append(
            BranchArrival(branch.id, branch.name, branch.district, here_, pending, gone, stations)
        )
    return ArrivalBoard(election.name, election.rehearsal, now, tuple(branches), tuple(refused))


def _summed(name: str, branches: Sequence[BranchArrival]) -> DistrictArrival:
    states = Counter(each.state for each in branches)
    return DistrictArrival(
        name,
        len(branches),
        states[Arrival.COMPLETE],
        states[Arrival.PART],
        states[Arrival.NOTHING],
        sum(len(each.here) for each in branches),
        sum(len(each.pending) for each in branches),
        sum(each.stations_pending for each in branches),
        sum(len(each.missing) for each in branches),
    )
