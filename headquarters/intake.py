"""Take in what the branches bring back: closing bundles, and decisions about provisional ballots."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias

from election.files import PUBLIC, replace_file
from election.reasons import BundleReason, DecisionReason
from headquarters.adopting import settled_devices
from headquarters.authority import AuthorityError, load_sealing_key
from headquarters.decisions import (
    DecisionError,
    DecisionList,
    Signed,
    check_successor,
    read_decisions,
    verify,
)
from headquarters.exclusion import FinalBallots, settle, write_handles
from headquarters.import_report import ImportReport, report_json
from headquarters.importing import BundleFile, Imported, import_bundles
from headquarters.keepers import Unlock
from headquarters.published_acts import DECISION_LOT_FILE
from headquarters.revisions import earlier_digests
from headquarters.tally.work import ALONE, Work
from headquarters.workspace import FolderError, Workspace, read_brought_file, read_file

_NO_BUNDLE: Final = frozenset({BundleReason.FORMAT, BundleReason.VERSION})
"""Why a file is something else than a closing bundle, or only a part of one."""

Accept: TypeAlias = Callable[[ImportReport], bool]
"""Decides about an import that is not sound."""


def import_into(
    workspace: Workspace, unlock: Unlock, bundles: Iterable[Path], now: datetime, work: Work = ALONE
) -> ImportReport:
    """Keep copies of bundles under their hash, and check all that are there by now.

    `unlock`: of headquarters' keys.
    What is brought and is no bundle at all is in the report of this import, and not kept.
    """
    folder = workspace.folder
    folder.bundles.mkdir(exist_ok=True)
    brought: set[str] = set()
    for path in bundles:
        data = read_brought_file(path)
        name = f"{path.stem[:40]}-{hashlib.sha256(data).hexdigest()[:12]}.bundle"
        if not (folder.bundles / name).exists():
            brought.add(name)
        replace_file(folder.bundles / name, data)
    imported = import_stored(workspace, unlock, now, work)
    for rejection in imported.report.rejected:
        if rejection.name in brought and rejection.reason in _NO_BUNDLE:
            (folder.bundles / rejection.name).unlink()
    replace_file(folder.import_report, report_json(imported.report), PUBLIC)
    handles = (entry.handle for entry in imported.provisional)
    listed = write_handles(workspace.election.uuid, workspace.fingerprint, handles)
    replace_file(folder.handles, listed, PUBLIC)
    return imported.report


def adopt_decisions(
    workspace: Workspace, unlock: Unlock, file: Path, now: datetime, work: Work = ALONE
) -> FinalBallots:
    """Keep the decisions about provisional ballots, if they fit the ballots that were imported.

    Raises `DecisionError`; then nothing is kept. Decisions that were kept before stay.
    """
    data = read_brought_file(file)
    signed = _verified(workspace, data, now)
    _check_lot(workspace, signed.statement)
    before = _stored_decisions(workspace, now)
    if before is not None:
        check_successor(before.statement, signed.statement)
    settled = settle(import_stored(workspace, unlock, now, work), signed)
    replace_file(workspace.folder.decisions, data, PUBLIC)
    return settled


def settle_stored(
    workspace: Workspace, unlock: Unlock, now: datetime, accept: Accept, work: Work = ALONE
) -> FinalBallots:
    """Return the ballots to be counted: all bundles checked again, the kept decisions applied.

    Raises `FolderError` for an import that is neither sound nor accepted, `DecisionError`.
    """
    imported = import_stored(workspace, unlock, now, work)
    report = imported.report
    # With a register devices may be pending: their branches wait (`headquarters.batch_tally`).
    sound = report.sound if workspace.published is None else report.sound_so_far
    if not sound and not accept(report):
        raise FolderError.of(
            "not counted: first settle what {report} names", report=workspace.folder.import_report
        )
    return settle(imported, _stored_decisions(workspace, now))


def import_stored(
    workspace: Workspace, unlock: Unlock, now: datetime, work: Work = ALONE
) -> Imported:
    """Check all bundles in the folder again. Raises `FolderError` if there is none."""
    folder = workspace.folder
    files = [BundleFile(path.name, read_file(path)) for path in folder.bundles.glob("*.bundle")]
    if not files:
        raise FolderError.of("no bundle was imported; begin with: amin election import")
    sealing_key = load_sealing_key(folder.keys, unlock)
    if sealing_key.public_bytes != workspace.election.seal_public_key:
        raise AuthorityError.of(
            "{path} is not the key of the package; restore the copy",
            path=folder.keys / "sealing.key",
        )
    return import_bundles(
        workspace.election,
        workspace.package_digest,
        workspace.root,
        sealing_key,
        files,
        now,
        work,
        earlier=earlier_digests(workspace.folder),
        settled=settled_devices(workspace),
        published=workspace.published,
    )


# ---------------------------------------------------------------- decisions


def _stored_decisions(workspace: Workspace, now: datetime) -> Signed | None:
    """Read and verify the kept decisions again; None if there are none."""
    kept = workspace.folder.decisions
    return _verified(workspace, read_file(kept), now) if kept.exists() else None


def _check_lot(workspace: Workspace, statement: DecisionList) -> None:
    """Raise `DecisionError` for decisions by another lot than the one that is recorded here."""
    place = workspace.folder.path / DECISION_LOT_FILE
    recorded = hashlib.sha256(read_file(place)).digest() if place.exists() else None
    if statement.lot not in (None, recorded):
        raise DecisionError(DecisionReason.LOT, DecisionReason.LOT.sentence)


def _verified(workspace: Workspace, data: bytes, now: datetime) -> Signed:
    signed = read_decisions(data)
    verify(signed, workspace.root, now, workspace.election.uuid, workspace.fingerprint)
    return signed
