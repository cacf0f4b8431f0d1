"""Keep acts and lists about devices that are brought to headquarters, after they were verified.

    acts/<spare>.takeover     acts/<device>.rescue        as they are published later
    rescues/<device>.records                               what a rescue hands in
    missing.json   rulings.json                            lists of two offices
    spares/<device>.der                                    certificates of the spares, as registered

Everything is believed by the register alone, so it is made before; what was adopted stays, and a later list
repeats the earlier one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from election.definition import DeviceId
from election.device_acts import DeviceActError
from election.errors import ElectionError
from election.files import PUBLIC, read_file, replace_file
from election.missing import MISSING_FILE, check_missing_successor, open_missing
from election.office_lists import OfficeListError
from election.reasons import DeviceActReason, OfficeListReason, RegisterReason
from election.register import PublishedRegister
from election.rescue import covers, read_rescue
from election.rulings import RULINGS_FILE, check_rulings_successor, open_rulings
from election.takeover import branches_after, open_takeover
from headquarters.closings import SettledDevices
from headquarters.handed_in import verified_rescue
from headquarters.index_document import INDEX_FILE, read_index
from headquarters.published_acts import (
    ACTS_FOLDER,
    RESCUE_SUFFIX,
    TAKEOVER_SUFFIX,
    acts_in,
)
from headquarters.spares import check_spare
from headquarters.workspace import ElectionFolder, Workspace, read_brought_file

_MAX_RECORDS: Final = 1 << 30
_SUFFIXES: Final = frozenset({TAKEOVER_SUFFIX, RESCUE_SUFFIX, ".json"})


def is_adopted(path: Path) -> bool:
    """Return whether a file that is brought is an act or a list, by its suffix."""
    return path.suffix in _SUFFIXES


def adopt(workspace: Workspace, path: Path) -> Path:
    """Verify an act or a list and keep it; return its place. Raises `ElectionError`."""
    published = workspace.published
    if published is None:
        raise ElectionError(RegisterReason.REGISTER_MISSING.sentence)
    data = read_brought_file(path)
    match path.suffix:
        case ".takeover":
            return _adopt_takeover(workspace, published, data)
        case ".rescue":
            return _adopt_rescue(workspace, published, data)
        case _:
            return _adopt_list(workspace, published, data)


def settled_devices(workspace: Workspace) -> SettledDevices:
    """Return what was adopted, for an import."""
    acts, folder = workspace.acts, workspace.folder
    files = (
        (each.statement, read_rescue(read_file(_records(folder, device), _MAX_RECORDS)))
        for device, each in sorted(acts.rescued.items())
    )
    closings = () if acts.rulings is None else acts.rulings.closings
    return SettledDevices(
        tuple(files),
        acts.finally_missing,
        {closing.device: closing.digest for closing in closings},
        acts.stationless,
    )


def publish_acts(folder: ElectionFolder, target: Path) -> None:
    """Copy acts and lists beside the index. Raises `OSError`."""
    for path in acts_in(folder.path):
        place = target / path.relative_to(folder.path)
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, read_file(path, _MAX_RECORDS), PUBLIC)


# ---------------------------------------------------------------- parts


def _adopt_takeover(workspace: Workspace, published: PublishedRegister, data: bytes) -> Path:
    takeover = open_takeover(data, published)
    others = [each for each in workspace.acts.takeovers if each != takeover]
    branches_after([*others, takeover], published.register)
    said = takeover.statement
    check_spare(workspace.folder, workspace.election, published, said.spare, said.branch)
    return _keep(workspace.folder, f"{takeover.statement.spare}{TAKEOVER_SUFFIX}", data)


def _adopt_rescue(workspace: Workspace, published: PublishedRegister, data: bytes) -> Path:
    file, rescue = verified_rescue(data, workspace.election, published)
    place = _records(workspace.folder, rescue.device)
    if place.exists() and not covers(file, before := read_rescue(read_file(place, _MAX_RECORDS))):
        # Nothing that was handed in is lost: the other one stays, or one has to be made of all memories.
        if not covers(before, file):
            raise DeviceActError(DeviceActReason.ACT_TWICE)
        return workspace.folder.path / ACTS_FOLDER / f"{rescue.device}{RESCUE_SUFFIX}"
    place.parent.mkdir(exist_ok=True)
    replace_file(place, data)
    return _keep(workspace.folder, f"{rescue.device}{RESCUE_SUFFIX}", file.act)


def _adopt_list(workspace: Workspace, published: PublishedRegister, data: bytes) -> Path:
    folder, before = workspace.folder, workspace.acts
    try:
        missing = open_missing(data, published)
    except OfficeListError as error:
        if error.reason is not OfficeListReason.LIST_FORMAT:
            raise
        rulings = open_rulings(data, published)
        if before.rulings is not None:
            check_rulings_successor(before.rulings, rulings)
        place = folder.path / RULINGS_FILE
    else:
        if before.missing is not None:
            check_missing_successor(before.missing, missing)
        if {device.device for device in missing.devices} & _published_devices(folder):
            raise OfficeListError(OfficeListReason.LIST_DEVICE)
        place = folder.path / MISSING_FILE
    replace_file(place, data, PUBLIC)
    return place


def _published_devices(folder: ElectionFolder) -> set[DeviceId]:
    """Return the devices that an index has already: what is in stays in."""
    index = folder.result / INDEX_FILE
    if not index.exists():
        return set()
    return {device for batch in read_index(index).batches for device in batch.devices}


def _records(folder: ElectionFolder, device: DeviceId) -> Path:
    return folder.path / "rescues" / f"{device}.records"


def _keep(folder: ElectionFolder, name: str, data: bytes) -> Path:
    place = folder.path / ACTS_FOLDER / name
    place.parent.mkdir(exist_ok=True)
    replace_file(place, data, PUBLIC)
    return place
