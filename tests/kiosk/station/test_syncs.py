"""What a voter costs the media: syncs of a whole cast and of a whole check-in, whoever makes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.media import sqlite
from drivers.media.journal import Journal
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as at
from tests.kiosk.station.bench import IdentityBench, TerminalBench
from tests.kiosk.station.office import Office, people
from tests.kiosk.station.test_identity_station import check_in
from tests.recorder import Did, Recorder, recording

CAST, CHECK_IN = 16, 40


@pytest.fixture(autouse=True, params=Journal)
def journal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Journal:
    chosen: Journal = request.param
    monkeypatch.setattr(sqlite, "JOURNAL", chosen)
    return chosen


@pytest.fixture(autouse=True)
def recorder(journal: Journal) -> Iterator[Recorder]:
    """Listens from before the device's first file is opened."""
    del journal
    with recording() as found:
        yield found


def synced(recorder: Recorder) -> Counter[str]:
    names = {Did.SYNC, Did.SYNC_NAMES}
    return Counter(Path(op.path).name for op in recorder.ops if op.did in names)


def test_a_cast(recorder: Recorder, terminal: TerminalBench, office: Office) -> None:
    terminal.vote(office.voting_card(office.authorization(1)))
    terminal.to_the_cast_question(office.voting_card(office.authorization(2)))
    terminal.settle()
    recorder.ops.clear()
    terminal.touch(voter.CastChosen())
    terminal.see(at.Recorded)
    terminal.settle()
    found = synced(recorder)
    assert found["votes.db"] == 2, "the vote is on both media"
    assert sum(found.values()) <= CAST, found


def test_a_check_in(recorder: Recorder, station: IdentityBench) -> None:
    first, second = people(2)
    check_in(station, first)
    station.settle()
    recorder.ops.clear()
    check_in(station, second)
    station.settle()
    found = synced(recorder)
    assert found["pollbook.db"] >= 2
    assert sum(found.values()) <= CHECK_IN, found
