"""List the devices of an election's branches in a table that people can edit: `devices.csv`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from election.definition import BranchId, DeviceId, Role
from headquarters.workspace import ElectionFolder, FolderError, read_file

DEVICES_FILE: Final = "devices.csv"
_COLUMNS: Final = ("device", "role", "branch")
_ROLES: Final = frozenset({Role.IDENTITY_STATION.value, Role.BALLOT_TERMINAL.value})


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """One line of `devices.csv`."""

    device: DeviceId
    role: Role
    branch: BranchId


def read_devices(folder: ElectionFolder) -> tuple[ListedDevice, ...]:
    """Read `devices.csv`; empty where there is none. Raises `FolderError` naming the line."""
    path = folder.path / DEVICES_FILE
    if not path.exists():
        return ()
    line = 1
    try:
        rows = list(csv.reader(io.StringIO(read_file(path).decode("utf-8-sig")), strict=True))
        if tuple(rows[0] if rows else ()) != _COLUMNS:
            raise ValueError(_COLUMNS)
        found: dict[DeviceId, ListedDevice] = {}
        for row in rows[1:]:
            line += 1
            device, role, branch = row
            if not device or not branch or role not in _ROLES or device in found:
                raise ValueError(row)
            name = DeviceId(device)
            found[name] = ListedDevice(name, Role(role), BranchId(branch))
    except (ValueError, csv.Error) as error:
        raise FolderError.of(
            "{path}, line {line}: a device, its role and its branch are needed, and no device twice",
            path=path,
            line=line,
        ) from error
    return tuple(found.values())


def write_devices(devices: Sequence[ListedDevice]) -> bytes:
    """Return the table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows((each.device, each.role.value, each.branch) for each in devices)
    return text.getvalue().encode()
