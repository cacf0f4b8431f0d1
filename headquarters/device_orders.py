"""Order with the observer how a registry treats a station: FOLDER/orders/DEVICE.json, the last of each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from election.definition import DeviceId
from election.device_order import CLAIMS_A_DAY, DeviceOrder, open_order, write_order
from election.errors import ElectionError
from election.files import PUBLIC, read_file, replace_file
from election.office_lists import OfficeListError
from election.reasons import OfficeListReason, RegisterReason
from election.register import PublishedRegister
from headquarters.authority import load_signer
from headquarters.keepers import Unlock
from headquarters.offices import open_office
from headquarters.workspace import Workspace

ORDERS_FOLDER: Final = "orders"
_LARGEST: Final = 64 * 1024


def order_device(
    workspace: Workspace,
    device: DeviceId,
    observer: Path,
    unlock: Unlock,
    *,
    suspended: bool | None = None,
    claims: int | None = None,
) -> tuple[Path, DeviceOrder]:
    """Sign the next order about a station; what is None stays as it is. Return file and order.

    Raises `ElectionError`, `OSError`.
    """
    published = workspace.published
    if published is None:
        raise ElectionError(RegisterReason.REGISTER_MISSING.sentence)
    if published.register.device(device) is None:
        raise OfficeListError(OfficeListReason.LIST_DEVICE)
    path = workspace.folder.path / ORDERS_FOLDER / f"{device}.json"
    before = _before(path, device, published)
    order = replace(
        before,
        order=before.order + 1,
        suspended=before.suspended if suspended is None else suspended,
        claims=before.claims if claims is None else claims,
    )
    signer = load_signer(workspace.folder.keys, unlock)
    data = write_order(order, [(signer.key, signer.certificate), open_office(observer, unlock)])
    open_order(data, published)
    path.parent.mkdir(exist_ok=True)
    replace_file(path, data, PUBLIC)
    return path, order


def _before(path: Path, device: DeviceId, published: PublishedRegister) -> DeviceOrder:
    if path.exists():
        return open_order(read_file(path, _LARGEST), published)
    return DeviceOrder(bytes.fromhex(published.number), device, 0, False, CLAIMS_A_DAY)
