"""Hand over to a district's spare where no device of a branch lives: its neighbours cannot.

Two cards of the branch, or of its district's reserves, sign at headquarters; the spare's own drive gets the
handover, package and register. The act has no witness but the spare, and whoever verifies is told so.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from election.definition import BranchId, DeviceId, Role
from election.device_acts import DeviceActError
from election.errors import ElectionError
from election.handover import (
    HANDOVER_SUFFIX,
    HandoverDraft,
    draft,
    hand_over_from_headquarters,
)
from election.operator_card import Gate
from election.reasons import DeviceActReason, RegisterReason
from election.register import REGISTER_FILE, PublishedRegister
from election.rescuing import PACKAGE_FILE
from election.taken_over import spare_on
from election.usb_drive import open_drive
from headquarters.authority import branch_card_key, load_signer
from headquarters.keepers import Unlock
from headquarters.key_folder import open_key_folder
from headquarters.revisions import earlier
from headquarters.workspace import Workspace, read_file

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
    taken, spare = workspace.acts.takeovers, spare_on(drive, published)
    made = draft(spare, election, published, device.branch, replaces, taken, None, now)
    at = max(election.opens, min(now, election.closes))
    return made, Gate(_HERE, device.branch, workspace.root, published.register, now, at)


def finish_handover(
    workspace: Workspace,
    made: HandoverDraft,
    cards: Mapping[Role, tuple[bytes, bytes]],
    drive: Path,
    unlock: Unlock,
) -> None:
    """Put all that the spare needs onto its drive. Raises `ElectionError`, `OSError`."""
    keys, branch = workspace.folder.keys, made.statement.branch
    package = _package_of(workspace, branch)
    key, signer = branch_card_key(open_key_folder(keys, unlock), branch), load_signer(keys, unlock)
    data = hand_over_from_headquarters(made, cards, signer.key, signer.certificate, key)
    beside = {PACKAGE_FILE: package, REGISTER_FILE: read_file(workspace.folder.register)}
    with open_drive(drive) as opened:
        for name, content in beside.items():
            if opened.write(Path(name).stem, Path(name).suffix, content) != name:
                # The spare would read the other one.
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(drive / name))
        opened.write(made.statement.spare, HANDOVER_SUFFIX, data)


def _published(workspace: Workspace) -> PublishedRegister:
    if workspace.published is None:
        raise ElectionError(RegisterReason.REGISTER_MISSING.sentence)
    return workspace.published


def _package_of(workspace: Workspace, branch: BranchId) -> bytes:
    """Return the package that the register names for a branch."""
    named = {x.sha256 for x in _published(workspace).register.packages if branch in x.branches}
    for path in (workspace.folder.package, *reversed(earlier(workspace.folder))):
        data = read_file(path)
        if sha256(data).digest() in named:
            return data
    raise ElectionError(RegisterReason.REGISTER_PACKAGE.sentence)
