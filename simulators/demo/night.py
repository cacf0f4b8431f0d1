"""The reconciliation office in the demo: the steps of `amin election reconcile`, `countersign`, `exclude`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from election.files import PUBLIC, replace_file
from election.lots import FILES, LotKind
from election.package.portraits import PACKAGE_FILE
from election.register import REGISTER_FILE
from headquarters.decisions import Undecided, add_signature, write_decisions
from headquarters.exclusion import FinalBallots
from headquarters.intake import adopt_decisions
from headquarters.keepers import Unlock
from headquarters.lots import record_decision_lot
from headquarters.offices import Office, sign_as
from headquarters.reconciliation import ReconciliationError
from headquarters.reconciling import OfficeFiles, reconcile_files
from headquarters.tally.work import Work
from headquarters.workspace import Workspace
from simulators.demo.places import DayFolders


def decide(
    places: DayFolders,
    workspace: Workspace,
    unlock: Unlock,
    bundles: Sequence[Path],
    now: datetime,
    work: Work,
    export: Path | None = None,
) -> FinalBallots:
    """Decide which provisional ballots count, with both signatures, and take the decisions over.

    `export`: all claims of the branch's registry. Where one was asked a person can have two provisional
    ballots, and the lot is recorded, which chooses. Nobody is on a list of those who got an ordinary
    ballot: the stations' sealed entries tell.
    """
    officer, observer = places.own(Office.OFFICER), places.own(Office.OBSERVER)
    files = OfficeFiles(
        package=places.usb / PACKAGE_FILE,
        root=workspace.folder.keys / "root.der",
        handles=workspace.folder.handles,
        voted=None,
        bundles=tuple(bundles),
        register=places.usb / REGISTER_FILE,
        export=export,
    )
    try:
        _, signed = reconcile_files(officer, files, unlock, Undecided.REFUSE, now)
    except ReconciliationError:
        if workspace.published is None:
            raise
        # The source that a demonstration names is a value by itself.
        source = workspace.published.register.decision_lot
        record_decision_lot(workspace, source, observer, unlock, now)
        files = replace(files, lot=workspace.folder.path / FILES[LotKind.DECISIONS])
        _, signed = reconcile_files(officer, files, unlock, Undecided.REFUSE, now)
    signed = add_signature(signed, sign_as(observer, signed.statement, unlock))
    written = places.root / "decisions.json"
    replace_file(written, write_decisions(signed), PUBLIC)
    return adopt_decisions(workspace, unlock, written, now, work)
