"""Count no ballot without an authorization that was issued, and none that waits for a decision."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

from headquarters.import_report import FindingKind
from kiosk.storage.votes import Spending
from tests.cases.day import A_VOTE, B_VOTE, Day, publish, verified
from tests.headquarters.day import station_bundle


def day_of_six(folder: Path) -> Day:
    """Three votes at each terminal."""
    day = Day.begin(folder)
    for _ in range(3):
        day.one.vote(*A_VOTE)
        day.two.vote(*A_VOTE)
    return day


def test_spent_authorizations_were_issued(tmp_path: Path) -> None:
    """Ten were given and six used; the terminal casts four ballots under nonces of its own."""
    day = day_of_six(tmp_path)
    for _ in range(4):
        ballot, _ = day.two.ballot(B_VOTE)
        invented = Spending(secrets.token_bytes(16), secrets.token_bytes(64))
        day.two.cast(ballot, spending=invented)
    station = station_bundle(day.hq, 10, day.package)
    found = day.bring(station, day.one.close(day.package), day.two.close(day.package))
    kinds = {finding.kind: finding.message for finding in found.report.findings}
    assert kinds.keys() == {FindingKind.SPENT_UNVOUCHED}
    status, told = verified(publish(day, tmp_path / "public", found), day.register)
    assert status == 1, told
    assert "supplement-authorizations\t./terminal-2\t4 votes" in told


def test_provisional_ballots_wait_for_a_decision(tmp_path: Path) -> None:
    """Two provisional ballots nobody decided on are counted by headquarters."""
    day = day_of_six(tmp_path)
    for _ in range(2):
        day.two.vote(*B_VOTE, handle=secrets.token_bytes(16))
    station = station_bundle(day.hq, 8, day.package)
    found = day.bring(station, day.one.close(day.package), day.two.close(day.package))
    assert len(found.provisional) == 2
    ballots = (*found.ballots, *(each.ballot for each in found.provisional))
    counted = replace(found, ballots=tuple(sorted(ballots, key=lambda ballot: ballot.digest)))
    status, told = verified(publish(day, tmp_path / "public", counted), day.register)
    assert status == 1, told
    assert "supplement-authorizations\t./b-1\t2 provisional votes that nobody decided on" in told
