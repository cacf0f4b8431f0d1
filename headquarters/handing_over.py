"""Hand over to a district's spare where no device of a branch lives: its neighbours cannot.

Two cards of the branch, or of its district's reserves, sign at headquarters; the spare's own drive gets the
handover, package and register. The act has no witness but the spare, and whoever verifies is told so.
What was handed over is kept: the same may be given again, but no second spare for one device. A spare that
two offices revoked gets nothing.

    handed-over/<device>.handover     by the device that is replaced, as the spare's drive got it
    brought-back                      the folder came from a copy, and may have forgotten some

A folder that forgot one would let a second spare take over from one device. So nothing is handed over while
the mark of `headquarters.backup` lies there, or where an act or the drive shows what the folder does not
know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from election.definition import BranchId, DeviceId, Role
from election.device_acts import DeviceActError
from election.errors import ElectionError
from election.files import write_new
from election.handover import (
    HANDOVER_SUFFIX,
    HandoverDraft,
    draft,
    hand_over_from_headquarters,
    is_from_headquarters,
    statement_of,
)
from election.operator_card import Gate
from election.package.portraits import PACKAGE_FILE, PORTRAITS_FILE
from election.reasons import DeviceActReason, RegisterReason
from election.register import REGISTER_FILE, PublishedRegister
from election.taken_over import spare_on
from election.takeover import TakeOver
from election.usb_drive import UsbDrive, folded, open_drive
from headquarters.authority import branch_card_key, load_signer
from headquarters.keepers import Unlock
from headquarters.key_folder import open_key_folder
from headquarters.revisions import earlier
from headquarters.sent import files_in
from headquarters.workspace import FolderError, Workspace, read_brought_file, read_file

_HERE: Final = DeviceId("headquarters")
"""Stands for the device where the cards prove themselves."""


def begin_handover(
    workspace: Workspace, drive: Path, replaces: DeviceId, now: datetime
) -> tuple[HandoverDraft, Gate]:
    """Freeze that the spare of this drive takes over, and by what its cards are judged.

    Raises `DeviceActError`, `ElectionError` before the register is made, `OSError`.
    """
    published, election = _published(workspace), workspace.election
    device = election.device(replaces)
    if device is None:
        raise DeviceActError(DeviceActReason.ACT_BRANCH)
    _check_memory(workspace, drive)
    taken, spare = workspace.acts.takeovers, spare_on(drive, published)
    if spare.device.certificate in workspace.acts.revoked:
        raise DeviceActError(DeviceActReason.ACT_REVOKED)
    made = draft(spare, election, published, device.branch, replaces, taken, None, now)
    made = replace(made, statement=_once(workspace, made.statement))
    # Whatever is missing or in the way is told before a card signs.
    beside = _beside(workspace, device.branch)
    with open_drive(drive) as opened:
        _check_free(opened, drive, beside)
    at = max(election.opens, min(now, election.closes))
    return made, Gate(_HERE, device.branch, workspace.root, published.register, now, at)


def finish_handover(
    workspace: Workspace,
    made: HandoverDraft,
    cards: Mapping[Role, tuple[bytes, bytes]],
    drive: Path,
    unlock: Unlock,
) -> None:
    """Keep the handover, and put all that the spare needs onto its drive.

    Raises `DeviceActError`, `ElectionError`, `OSError`.
    """
    keys, branch = workspace.folder.keys, made.statement.branch
    beside = _beside(workspace, branch)
    key, signer = branch_card_key(open_key_folder(keys, unlock), branch), load_signer(keys, unlock)
    data = hand_over_from_headquarters(made, cards, signer.key, signer.certificate, key)
    with open_drive(drive) as opened:
        _check_free(opened, drive, beside)
        data = _keep(workspace, made.statement, data)
        for name, content in beside.items():
            opened.write(Path(name).stem, Path(name).suffix, content)
        opened.write(made.statement.spare, HANDOVER_SUFFIX, data)


def _published(workspace: Workspace) -> PublishedRegister:
    if workspace.published is None:
        raise ElectionError(RegisterReason.REGISTER_MISSING.sentence)
    return workspace.published


def _beside(workspace: Workspace, branch: BranchId) -> Mapping[str, bytes]:
    """Return what a spare of a branch loads: the package that the register names for it, and the rest."""
    folder = workspace.folder
    named = {x.sha256 for x in _published(workspace).register.packages if branch in x.branches}
    for place in (folder.package, *reversed(earlier(folder))):
        for path in files_in(place):
            data = read_file(path)
            if sha256(data).digest() in named:
                found = {PACKAGE_FILE: data, REGISTER_FILE: read_file(folder.register)}
                if place.is_dir():
                    found[PORTRAITS_FILE] = read_file(folder.districts / PORTRAITS_FILE)
                return found
    raise ElectionError(RegisterReason.REGISTER_PACKAGE.sentence)


def _check_free(opened: UsbDrive, drive: Path, beside: Mapping[str, bytes]) -> None:
    """Raise `FolderError` where another file has a name that the spare reads: it would take that one."""
    alike = opened.names_alike()
    for name, content in beside.items():
        found = list(alike.get(folded(name), ()))
        if found and (found != [name] or not opened.holds(name, content)):
            raise FolderError.of(
                "{path} is not the one that the spare needs: take it off the drive, and begin again",
                path=drive / found[0],
            )


def _check_memory(workspace: Workspace, drive: Path) -> None:
    """Raise `FolderError` where the folder does not know all that headquarters handed over."""
    folder, published = workspace.folder, _published(workspace)
    if folder.brought_back.exists():
        raise FolderError.of(
            "{folder} was brought back from a copy, and may not know all that was handed over since: ask who "
            "gave drives to spares, lay the *.handover of each drive into {kept}, then delete {mark}",
            folder=folder.path,
            kept=folder.handed_over,
            mark=folder.brought_back,
        )
    known = [act for act, _ in _handed_over(workspace)]
    unwitnessed = (x.statement for x in workspace.acts.takeovers if not x.witnesses)
    shown: list[tuple[str, TakeOver]] = [(act.spare, act) for act in unwitnessed]
    for path in sorted(drive.glob(f"*{HANDOVER_SUFFIX}")):
        data = read_brought_file(path)
        if is_from_headquarters(data, published):
            shown.append((path.name, statement_of(data, published)))
    for what, act in shown:
        if act not in known:
            raise FolderError.of(
                "headquarters let {spare} take over from {device} ({what}), and {folder} does not know "
                "it: it was brought back from an older copy. Lay the *.handover of every drive that was "
                "given into {kept}, then repeat",
                spare=act.spare,
                device=act.replaces,
                what=what,
                folder=folder.path,
                kept=folder.handed_over,
            )


def _handed_over(workspace: Workspace) -> Iterator[tuple[TakeOver, bytes]]:
    """Yield what was handed over before. Raises `DeviceActError` for a file that is none of ours."""
    for path in sorted(workspace.folder.handed_over.glob(f"*{HANDOVER_SUFFIX}")):
        data = read_file(path)
        yield statement_of(data, _published(workspace)), data


def _once(workspace: Workspace, new: TakeOver) -> TakeOver:
    """Return the act as it was frozen the first time, so that both are one. Raises `DeviceActError`."""
    for before, _ in _handed_over(workspace):
        if (before.spare, before.replaces) == (new.spare, new.replaces):
            return before
        if before.spare == new.spare or before.replaces == new.replaces:
            raise DeviceActError(DeviceActReason.ACT_TWICE)
    return new


def _keep(workspace: Workspace, act: TakeOver, data: bytes) -> bytes:
    """Keep what the drive gets, before it does; return what was kept before if it was this act."""
    if _once(workspace, act) != act:  # another run was faster
        raise DeviceActError(DeviceActReason.ACT_TWICE)
    for before, kept in _handed_over(workspace):
        if before == act:
            return kept
    workspace.folder.handed_over.mkdir(exist_ok=True)
    write_new(workspace.folder.handed_over / f"{act.replaces}{HANDOVER_SUFFIX}", data)
    return data
