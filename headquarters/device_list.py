"""List the devices of an election's branches in a table that people can edit: `devices.csv`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from election.because import because
from election.definition import ID_PATTERN, BranchId, DeviceId, Role
from election.errors import ManifestError
from election.fields import Pattern
from headquarters.candidate_files import as_table, in_column, numbered
from headquarters.names import text_problem
from headquarters.typed import plain
from headquarters.workspace import ElectionFolder, FolderError, read_file
from words.message import m

DEVICES_FILE: Final = "devices.csv"


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A device that a branch is to have."""

    device: DeviceId
    role: Role
    branch: BranchId


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A line of `devices.csv`."""

    device: Annotated[str, Pattern(ID_PATTERN)]
    role: Literal["identity-station", "ballot-terminal"]
    branch: Annotated[str, Pattern(ID_PATTERN)]


def read_devices(folder: ElectionFolder) -> tuple[ListedDevice, ...]:
    """Read `devices.csv`; empty where there is none. Raises `FolderError` naming the line."""
    path = folder.path / DEVICES_FILE
    if not path.exists():
        return ()
    try:
        return parse_devices(read_file(path), DEVICES_FILE)
    except ManifestError as error:
        raise FolderError(because(error)) from error


def parse_devices(
    data: bytes, name: str, branches: frozenset[BranchId] | None = None
) -> tuple[ListedDevice, ...]:
    """Read a table of devices, of these `branches` if given. Raises `ManifestError` with line and column."""
    found: list[ListedDevice] = []
    names: set[str] = set()
    for place, row in numbered(DeviceRow, data, name, text_problem, tidy):
        if row.device.casefold() in names:
            raise in_column(
                place, "device", m("the device {device} is there twice", device=row.device)
            )
        names.add(row.device.casefold())
        branch = BranchId(row.branch)
        if branches is not None and branch not in branches:
            raise in_column(place, "branch", m("there is no branch {branch}", branch=branch))
        found.append(ListedDevice(DeviceId(row.device), Role(row.role), branch))
    return tuple(found)


def tidy(column: str, cell: str) -> str:
    """Return a cell as it is meant: Latin digits and small letters, but in what people read and in names."""
    if column.startswith("name_") or column == "district":
        return cell
    tidied = plain(cell)
    named = column in {"id", "device", "branch", "registry", "evaluator"}
    return tidied if named else tidied.casefold()


def write_devices(devices: Sequence[ListedDevice]) -> bytes:
    """Return the table."""
    rows = [DeviceRow(each.device, _ROLES[each.role], each.branch) for each in devices]
    return as_table(DeviceRow, rows)


_ROLES: Final[dict[Role, Literal["identity-station", "ballot-terminal"]]] = {
    Role.IDENTITY_STATION: "identity-station",
    Role.BALLOT_TERMINAL: "ballot-terminal",
}
