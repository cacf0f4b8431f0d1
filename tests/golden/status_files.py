"""What a station tells the status board."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from election.polls import PollsState
from election.station_status import DaySums, Power, StationStatus, open_status, write_status
from tests.golden.day import UUID, World
from tests.golden.document import Document
from tests.golden.people import BRANCH, STATION

STATUSES = {
    "morning": StationStatus(
        UUID,
        BRANCH,
        STATION,
        1,
        datetime(2026, 6, 18, 4, 0, 7, tzinfo=UTC),
        PollsState.READY,
        Power.MAINS,
        True,
        "0.1.0",
        None,
    ),
    "noon": StationStatus(
        UUID,
        BRANCH,
        STATION,
        312,
        datetime(2026, 6, 18, 9, 12, 40, tzinfo=UTC),
        PollsState.OPEN,
        Power.BATTERY,
        False,
        "0.1.0",
        DaySums(494_937, 187, 12, None, 6, None),
    ),
}


def _write(world: World) -> Mapping[str, bytes]:
    key = world.people.keys[STATION].classical
    return {f"{name}.cbor": write_status(status, key) for name, status in STATUSES.items()}


def _read(world: World, files: Mapping[str, bytes]) -> object:
    key = world.people.keys[STATION].classical.public
    return [open_status(files[f"{name}.cbor"], key) for name in STATUSES]


def _says(_: World) -> object:
    return list(STATUSES.values())


DOCUMENTS = (Document("station-status", _write, _read, _says),)
