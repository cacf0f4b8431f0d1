"""Decide what a station's screens say about its votes. Nothing else decides it: screens are told."""

from __future__ import annotations

from election.definition import Election
from kiosk.status import Mode


def mode_of(election: Election | None, *, simulated: bool) -> Mode:
    """The banner of a station with this election loaded.

    `simulated`: simulators are installed here (`commands.plugins`). No option and no setting asks.
    """
    if simulated:
        return Mode.SIMULATION
    if election is not None and election.rehearsal:
        return Mode.REHEARSAL
    return Mode.REAL
