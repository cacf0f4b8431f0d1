"""What one more closing bundle costs at headquarters, with few and with many before it."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from crypto.passphrase import Cost
from headquarters.intake import import_into
from headquarters.keepers import PassphraseKeeper
from headquarters.workspace import ElectionFolder, open_workspace
from simulators.benchmarks.closings import ManyBranches
from simulators.benchmarks.measure import Figure, StatusCallback, peak_mib, sampled

BEFORE: Final = (10, 300, 2000)
BALLOTS: Final = 100
"""Of the bundle that is measured: a small branch."""
FEW: Final = 1
"""Ballots of those before it."""
AT_A_TIME: Final = 200
RATIO: Final = 1.2
PASSPHRASE: Final = "bench bench bench bench"
_CHEAP: Final = Cost(8192, 1, 1)


def bench_import(
    runs: int, tell: StatusCallback, before: tuple[int, ...] = BEFORE
) -> Iterator[Figure]:
    """Yield the seconds of one more bundle, and how they grow, in one process and of its CPU alone."""
    with tempfile.TemporaryDirectory(prefix="amin-bench-") as place:
        folder = Path(place) / "election"
        folder.mkdir()
        tell("an election of many branches")
        more = min(runs, 5)
        day = ManyBranches.begin(folder, before[-1] + more * len(before), unlock)
        imported = added = 0
        medians = []
        for number in before:
            while imported < number:
                tell(f"{imported} of {number} bundles")
                several = range(imported, min(number, imported + AT_A_TIME))
                bring(day, [day.closing(each, FEW) for each in several])
                imported += len(several)
            times = []
            for _ in range(more):
                tell(f"one more after {number}")
                bundle = day.closing(before[-1] + added, BALLOTS)
                start = time.process_time()
                bring(day, [bundle])
                times.append(time.process_time() - start)
                added += 1
            medians.append(statistics.median(times))
            yield sampled(f"one more bundle after {number}", times, "s", note=f"{BALLOTS} ballots")
        yield Figure(
            f"after {before[-1]}, as many times as after {before[0]}",
            medians[-1] / medians[0],
            "×",
            target=RATIO,
        )
        grown = (medians[-1] - medians[0]) / (before[-1] - before[0])
        yield Figure("for each bundle that was there before", grown * 1e6, "µs")
        yield Figure("memory at the most", peak_mib(), "MiB")
        journal = (folder / "journal.db").stat().st_size
        yield Figure("journal", journal / 1024 / (imported + added), "KiB", note="a bundle")


def bring(day: ManyBranches, bundles: list[bytes]) -> None:
    """Import bundles as the command does, with the definition opened before."""
    with tempfile.TemporaryDirectory(prefix="amin-bench-") as stick:
        paths = []
        for number, data in enumerate(bundles):
            paths.append(Path(stick) / f"{number}.bundle")
            paths[-1].write_bytes(data)
        workspace = open_workspace(ElectionFolder(day.folder))
        now = datetime.now(UTC).replace(microsecond=0)
        arrived = import_into(workspace, unlock, paths, now)
        if arrived.report.rejected or arrived.checked != len(bundles):
            raise AssertionError("a bundle of the bench was refused, or another was checked again")


def unlock(folder: Path) -> PassphraseKeeper:
    """Return who opens the keys of the bench."""
    del folder
    return PassphraseKeeper(lambda _: PASSPHRASE, _CHEAP, tries=1)
