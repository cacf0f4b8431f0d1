"""Take in what the branches bring back: closing bundles, and decisions about provisional ballots."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from election.because import because
from election.files import PUBLIC, replace_file
from election.reasons import DecisionReason
from headquarters.adopting import settled_devices
from headquarters.arrival_board import ARRIVALS_FOLDER, write_board
from headquarters.arrivals import Arrivals, Arrived, context_of
from headquarters.authority import AuthorityError, load_sealing_key
from headquarters.decisions import (
    DecisionError,
    DecisionList,
    Signed,
    check_still_read,
    check_successor,
    read_decisions,
    verify,
)
from headquarters.exclusion import FinalBallots, settle, write_handles
from headquarters.handed_in import Believed
from headquarters.import_report import ImportReport, report_json
from headquarters.importing import Imported, Office
from headquarters.journal import open_journal
from headquarters.keepers import Unlock
from headquarters.published_acts import DECISION_LOT_FILE
from headquarters.read_boxes import other_boxes
from headquarters.revisions import sent_digests
from headquarters.set_aside import BundleFolder
from headquarters.tally.work import ALONE, Work
from headquarters.workspace import (
    ElectionFolder,
    FolderError,
    Workspace,
    read_brought_file,
    read_file,
)
from words.message import Message, m

Accept: TypeAlias = Callable[[ImportReport], bool]
"""Decides about an import that is not sound."""


def import_into(
    workspace: Workspace, unlock: Unlock, bundles: Iterable[Path], now: datetime, work: Work = ALONE
) -> Arrived:
    """Keep copies of bundles under their hash, check those that are new, and report all that are here.

    `unlock`: of headquarters' keys. What is refused is set aside (`headquarters.set_aside`). Killed at any
    moment, the next import goes on. A board of arrivals that cannot be written is told beside the report.
    """
    folder = workspace.folder
    with _arrivals(workspace, unlock) as arrivals:
        arrivals.folder.bring(bundles)
        arrived = arrivals.report(arrivals.check(now, work))
    replace_file(folder.import_report, report_json(arrived.report), PUBLIC)
    listed = write_handles(workspace.election.uuid, workspace.fingerprint, arrived.handles)
    replace_file(folder.handles, listed, PUBLIC)
    try:
        write_board(workspace, arrived.report, now)
    except OSError as error:
        return replace(arrived, board_problem=because(error))
    return arrived


def believed_by(workspace: Workspace) -> Believed:
    """Return what closing bundles are verified by: earlier packages count, too.

    Raises `FolderError`, also where packages are not those of the register.
    """
    published = workspace.published
    register = None if published is None else published.register
    return Believed(
        workspace.election,
        sent_digests(workspace.folder, workspace.packages, register),
        workspace.root,
        published,
    )


def totals(arrived: Arrived, folder: ElectionFolder) -> Iterator[Message]:
    """Say what an import into `folder` found, in numbers."""
    report = arrived.report
    yield m(
        "{checked} bundles checked now, {known} known from before",
        checked=arrived.checked,
        known=arrived.known,
    )
    yield m(
        "{ballots} ballots to count, {spoiled} challenged ({report})",
        ballots=report.ballots,
        spoiled=report.spoiled,
        report=folder.import_report,
    )
    if report.provisional:
        yield m(
            "{provisional} provisional ballots to be decided on ({handles})",
            provisional=report.provisional,
            handles=folder.handles,
        )
    if arrived.board_problem is not None:
        yield m(
            "{board} could not be written: {error}; settle it, then: amin election arrivals {folder}",
            board=folder.path / ARRIVALS_FOLDER,
            error=arrived.board_problem,
            folder=folder.path,
        )


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
        # What is decided stays; what came since is told before the count.
        check_successor(before.statement, signed.statement)
        check_still_read(before.statement, signed.statement)
    imported = import_stored(workspace, unlock, now, work)
    others = tuple(other_boxes(signed.statement, imported.boxes, workspace.election))
    if before is None and others:
        raise DecisionError(
            DecisionReason.BOXES,
            m(
                "{finding}; {count} are such. Reconcile again with all that is here",
                finding=others[0].message,
                count=len(others),
            ),
        )
    settled = settle(imported, signed)
    replace_file(workspace.folder.decisions, data, PUBLIC)
    return settled


def settle_stored(
    workspace: Workspace, unlock: Unlock, now: datetime, accept: Accept, work: Work = ALONE
) -> FinalBallots:
    """Return the ballots to be counted: all bundles checked again, the kept decisions applied.

    Raises `FolderError` for an import that is neither sound nor accepted, `DecisionError`.
    """
    imported = import_stored(workspace, unlock, now, work)
    decisions = _stored_decisions(workspace, now)
    report = imported.report
    if decisions is not None:
        others = other_boxes(decisions.statement, imported.boxes, workspace.election)
        report = replace(report, findings=(*report.findings, *others))
        replace_file(workspace.folder.import_report, report_json(report), PUBLIC)
    # With a register devices may be pending: their branches wait (`headquarters.batch_tally`).
    sound = report.sound if workspace.published is None else report.sound_so_far
    if not sound and not accept(report):
        raise FolderError.of(
            "not counted: first settle what {report} names", report=workspace.folder.import_report
        )
    return settle(imported, decisions)


def import_stored(
    workspace: Workspace, unlock: Unlock, now: datetime, work: Work = ALONE
) -> Imported:
    """Compare all bundles in the folder; those that the journal knows are not checked again.

    Raises `FolderError` if there is none.
    """
    with _arrivals(workspace, unlock) as arrivals:
        if not arrivals.folder.places():
            raise FolderError.of("no bundle was imported; begin with: amin election import")
        arrivals.check(now, work)
        return arrivals.imported()


@contextmanager
def _arrivals(workspace: Workspace, unlock: Unlock) -> Iterator[Arrivals]:
    folder = workspace.folder
    key = load_sealing_key(folder.keys, unlock)
    if key.public_bytes != workspace.election.seal_public_key:
        raise AuthorityError.of(
            "{path} is not the key of the package; restore the copy",
            path=folder.keys / "sealing.key",
        )
    office = Office(believed_by(workspace), key)
    context = context_of(office.by, key)
    with open_journal(folder.path, key) as journal:
        yield Arrivals(
            office,
            journal,
            BundleFolder(folder.bundles, folder.set_aside),
            settled_devices(workspace),
            context,
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
