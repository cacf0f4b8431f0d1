"""The reconciliation office in the demo: the steps of `amin election reconcile`, `countersign`, `exclude`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from crypto.election import parse_election
from election.bundle import form
from election.files import PUBLIC, read_file, replace_file
from headquarters.decisions import MAX_SIZE, Signed, add_signature, write_decisions
from headquarters.exclusion import read_handles
from headquarters.intake import adopt_decisions
from headquarters.keepers import Unlock
from headquarters.offices import Office, load_sealing_key, sign_as
from headquarters.reconciliation import propose, read_stations
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
) -> None:
    """Decide which provisional ballots count, with both signatures, and take the decisions over.

    The only registry is the station's own pollbook, which names nobody: nobody is on the list of those
    who got an ordinary ballot.
    """
    election = workspace.election
    fingerprint = parse_election(election.belenios_election).fingerprint
    officer, observer = places.own(Office.OFFICER), places.own(Office.OBSERVER)
    told = propose(
        read_handles(read_file(workspace.folder.handles, MAX_SIZE), election.uuid, fingerprint),
        read_stations(
            [read_file(path, form().max_size) for path in bundles],
            election,
            {workspace.package_digest},
            workspace.root,
            now,
        ),
        load_sealing_key(officer, unlock),
        election=election.uuid,
        fingerprint=fingerprint,
        voted=(),
    )
    signed = Signed(told.statement, (sign_as(officer, told.statement, unlock),))
    signed = add_signature(signed, sign_as(observer, signed.statement, unlock))
    written = places.root / "decisions.json"
    replace_file(written, write_decisions(signed), PUBLIC)
    adopt_decisions(workspace, unlock, written, now, work)
