"""A branch whose station is finally missing: nothing bounds what a terminal had, and that is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from election.missing import MissingDevice, MissingGround, MissingList
from election.reasons import Notice, PublicationReason, Refusal
from election.rescue import BoxNumbers
from headquarters.completeness import PublishedNumbers, check_completeness
from headquarters.index_document import read_index
from headquarters.published_acts import PublishedActs
from tests.golden.day import world
from tests.golden.device_files import published
from tests.golden.people import BRANCH, STATION, TERMINAL

INDEX: Final = read_index(Path("docs/spec/example/index.json"))
BOX: Final = BoxNumbers(7, 0, bytes(32), bytes(32))


def told(numbers: PublishedNumbers, *missing: MissingDevice) -> set[tuple[Refusal, str, int]]:
    known = published(world())
    gone = {each.device for each in missing}
    acts = PublishedActs(
        missing=MissingList(bytes(32), missing),
        branches={STATION: BRANCH, TERMINAL: BRANCH},
        missing_stations={STATION: bytes(32)} if STATION in gone else {},
    )
    index = replace(INDEX, missing=tuple(each.device for each in missing), batches=())
    found = check_completeness(known.register, index, acts, numbers)
    return {(each.reason, each.entry, each.count) for each in found}


def missing(device: object, at_most: int | None) -> MissingDevice:
    return MissingDevice(device, MissingGround.DESTROYED, at_most, 0, report=False)  # type: ignore[arg-type]


def test_its_terminals_ballots_stay_and_are_not_compared() -> None:
    found = told(PublishedNumbers({TERMINAL: BOX}, {}), missing(STATION, 0))
    assert (Notice.AUTHORIZATIONS_UNKNOWN, BRANCH, 7) in found
    assert (Notice.DEVICE_MISSING, STATION, 0) in found


def test_nothing_bounds_a_terminal_that_is_missing_with_it() -> None:
    found = told(PublishedNumbers({}, {}), missing(STATION, 0), missing(TERMINAL, None))
    assert (Notice.MISSING_UNBOUNDED, TERMINAL, 1) in found


@pytest.mark.parametrize("at_most", [0, 3])
def test_an_invented_bound_is_wrong(at_most: int) -> None:
    found = told(PublishedNumbers({}, {}), missing(STATION, 0), missing(TERMINAL, at_most))
    assert (PublicationReason.MISSING_BOUND, TERMINAL, at_most) in found


def test_with_its_station_it_is_bounded() -> None:
    found = told(PublishedNumbers({}, {STATION: (5, 1)}), missing(TERMINAL, 6))
    assert (Notice.DEVICE_MISSING, TERMINAL, 6) in found
    assert not any(reason is Notice.AUTHORIZATIONS_UNKNOWN for reason, _, _ in found)
