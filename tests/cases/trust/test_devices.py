"""Judge publications by the devices they name."""

from __future__ import annotations

from pathlib import Path

from tests.cases.day import A_VOTE, B_VOTE, Day, publish, verified
from tests.headquarters.day import station_bundle


def test_honest_day(tmp_path: Path) -> None:
    """Three votes at each of two terminals, imported and published, are valid."""
    day = Day.begin(tmp_path)
    for _ in range(3):
        day.one.vote(*A_VOTE)
        day.two.vote(*B_VOTE)
    station = station_bundle(day.hq, 6, day.package)
    found = day.bring(station, day.one.close(day.package), day.two.close(day.package))
    assert found.report.sound
    index = publish(day, tmp_path / "public", found)
    status, told = verified(index, day.hq.authority.root)
    assert status == 0, told
