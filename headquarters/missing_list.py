"""Make the list of devices that are finally missing, with the bounds that follow from what is here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from election.definition import DeviceId
from election.errors import ElectionError
from election.files import PUBLIC, replace_file
from election.missing import (
    MISSING_FILE,
    MissingDevice,
    MissingGround,
    MissingList,
    open_missing,
    write_missing,
)
from election.office_lists import OfficeListError
from election.reasons import OfficeListReason, RegisterReason
from election.rescue import BoxNumbers
from headquarters.authority import load_signer
from headquarters.completeness import PublishedNumbers, bound_of
from headquarters.grounds import check_same
from headquarters.importing import Imported
from headquarters.intake import import_stored
from headquarters.keepers import Unlock
from headquarters.offices import open_office
from headquarters.workspace import Workspace


def declare(
    workspace: Workspace,
    grounds: Mapping[DeviceId, MissingGround],
    observer: Path,
    unlock: Unlock,
    now: datetime,
    reported: Iterable[str],
) -> dict[str, object]:
    """Write the list of `declare_missing` into the folder, and count: devices, votes that can be lost.

    Raises what that does, and `OSError`.
    """
    devices = list(map(DeviceId, reported))
    data = declare_missing(workspace, grounds, observer, unlock, now, devices)
    assert workspace.published is not None
    listed = open_missing(data, workspace.published).devices
    replace_file(workspace.folder.path / MISSING_FILE, data, PUBLIC)
    bounds = [device.at_most for device in listed]
    lost = sum(bound for bound in bounds if bound is not None)
    return {"missing": len(listed), "at_most": lost, "unbounded": bounds.count(None)}


def declare_missing(
    workspace: Workspace,
    grounds: Mapping[DeviceId, MissingGround],
    observer: Path,
    unlock: Unlock,
    now: datetime,
    reported: Collection[DeviceId] = (),
) -> bytes:
    """Sign the list as headquarters and, with the keys in `observer`, as the supervision board.

    The entries of the list that is there stay; their bounds are those of today. `reported`: devices of which
    somebody showed a closing report. Raises `ElectionError` for a device that is here, not expected, or
    declared with another ground.
    """
    published = workspace.published
    if published is None:
        raise ElectionError(RegisterReason.REGISTER_MISSING.sentence)
    before = () if workspace.acts.missing is None else workspace.acts.missing.devices
    for each in before:
        check_same(each.device, each.ground, grounds.get(each.device, each.ground))
    all_grounds = {**grounds, **{each.device: each.ground for each in before}}
    all_reported = {*reported, *(each.device for each in before if each.report)}
    imported = import_stored(workspace, unlock, now)
    expected = workspace.acts.branches
    here = {each.device for each in imported.report.accepted}
    if here & all_grounds.keys() or not all_grounds.keys() <= expected.keys():
        raise OfficeListError(OfficeListReason.LIST_DEVICE)
    numbers = numbers_of(imported)
    entries = tuple(
        MissingDevice(
            device,
            all_grounds[device],
            bound_of(published.register, device, expected, numbers),
            imported.receipts.get(device, 0),
            device in all_reported,
        )
        for device in sorted(all_grounds)
    )
    signer = load_signer(workspace.folder.keys, unlock)
    listed = MissingList(bytes.fromhex(published.number), entries)
    return write_missing(listed, [(signer.key, signer.certificate), open_office(observer, unlock)])


def numbers_of(imported: Imported) -> PublishedNumbers:
    """Return the numbers of an import as they will be published."""
    return PublishedNumbers(
        {
            evidence.device: BoxNumbers(
                evidence.root.cast,
                evidence.root.spoiled,
                evidence.root.records,
                evidence.root.spent,
            )
            for evidence in imported.evidence
        },
        {
            station.device: (station.count.issued, station.count.claimed)
            for station in imported.stations
        },
    )
