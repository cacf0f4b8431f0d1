"""`amin bench pipeline`: the night that it measures is a sound one, and what it makes of costs is right."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headquarters.import_report import FindingKind
from headquarters.intake import import_into
from headquarters.workspace import ElectionFolder, open_workspace
from simulators.benchmarks import pipeline
from simulators.benchmarks.importing import unlock
from simulators.benchmarks.measure import Figure
from simulators.benchmarks.pipeline import (
    Cost,
    Office,
    _growth,
    _leave_session,
    _measured,
    _night,
    _two_workers,
    _verify,
    run,
)


@pytest.mark.slow
def test_its_bundles_are_those_of_a_sound_day(tmp_path: Path) -> None:
    """Stations vouch for every vote; of evidence about voters alone nothing is counted."""
    office = Office.prepare(tmp_path, 2)
    workspace = open_workspace(ElectionFolder(office.folder))
    now = datetime.now(UTC).replace(microsecond=0)
    report = import_into(workspace, unlock, office.bundles, now).report
    assert (report.ballots, report.rejected, report.refused) == (2, (), ())
    assert {finding.kind for finding in report.findings} <= {
        FindingKind.EVIDENCE,
        FindingKind.VOTER_SUMS,
    }
    steps = [name for name, _, _ in office.steps()]
    assert steps[0] == "import"
    assert steps[-2:] == ["verify", "publish"]
    assert len(steps) == len(set(steps)) == 9


@pytest.mark.slow
def test_every_command_of_the_night_is_measured_and_clusters_verify_its_count(
    tmp_path: Path,
) -> None:
    """The commands leave what is verified, and it lies in more places than one."""
    office = Office.prepare(tmp_path, 2)
    costs = [*run(office)]
    assert [cost.step for cost in costs] == [name for name, _, _ in office.steps()]
    assert all(cost.seconds > cost.alone > 0 and cost.memory > 0 for cost in costs)
    assert [*office.place.glob("site/**/*.bel")]
    (ratio,) = _two_workers(office, 2, 1, lambda _: None)
    assert (ratio.samples, ratio.unit, ratio.note) == (1, "×", "2 ballots verified")
    assert ratio.value > 0
    (archive,) = office.result.rglob("*.bel")
    (half := tmp_path / "half.bel").write_bytes(archive.read_bytes()[:-1])
    for wrong in ([], [archive, half]):
        with pytest.raises(AssertionError, match="do not verify"):
            _verify(wrong, None)


def test_workers_verify_the_largest_election_of_the_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    """All are played in their order, two again on two cores, and kept until the workers had the last."""
    played: list[int] = []
    on: list[int] = []

    def prepare(place: Path, ballots: int) -> Office:
        played.append(ballots)
        return Office(place / "election", ())

    def workers(office: Office, ballots: int, pairs: int, _: object) -> Iterator[Figure]:
        assert office.place.is_dir()
        yield Figure(f"{office.place.name} of {ballots}", pairs, "pairs")

    monkeypatch.setattr(Office, "prepare", prepare)

    def run(office: Office, _: object, cores: int = 1) -> Iterator[Cost]:
        on.append(cores)
        size = int(office.place.name.split()[0])
        yield Cost("all", size / 100, size / 1000, 1)

    monkeypatch.setattr(pipeline, "run", run)
    monkeypatch.setattr(pipeline, "_two_workers", workers)
    found = [*pipeline.bench_pipeline(10, lambda _: None)]
    assert played == [10, 30, 100, 30, 100]
    assert on == [1, 1, 1, 2, 2]
    assert (found[-1].name, found[-1].value) == ("100 of 100", pipeline.PAIRS)
    assert found[-2].value == pytest.approx(1)
    assert found[-3].value == pytest.approx(1)
    assert len({figure.name for figure in found}) == len(found)


def test_growth_is_what_more_ballots_cost() -> None:
    """Starts of commands cost nothing of it; what is not linear shows."""

    def night(size: int, power: float) -> list[Cost]:
        return [
            Cost("import", 5 + 0.1 * size**power, 0, 60),
            Cost("verify", 1 + 0.05 * size, 0, 70),
        ]

    sizes = (100, 300, 1000)
    *more, ratio = _growth(sizes, [night(size, 1) for size in sizes])
    assert [figure.value for figure in more] == pytest.approx([0.15, 0.15])
    assert ratio.value == pytest.approx(1)
    assert ratio.kept
    *_, ratio = _growth(sizes, [night(size, 1.2) for size in sizes])
    assert ratio.kept is False
    *_, spent, memory = _night(1000, night(1000, 1), last=True)
    assert spent.value == pytest.approx(0.156)
    assert spent.kept
    assert memory.value == 70


def test_a_step_that_ends_otherwise_is_no_figure() -> None:
    """What the command said is shown."""
    words = ["/bin/sh", "-c", "echo what; echo why >&2; echo 0.5 >&2; exit 3"]
    measured = _measured("step", words, (3,), 1)
    assert measured.memory > 0
    assert measured.alone == 0.5
    with pytest.raises(AssertionError, match=r"what.*why"):
        _measured("step", words, (0, 1), 1)


def test_commands_run_as_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules that are compiled anew at each start would be half of what a small election costs."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    code = "import sys; print(0.5, file=sys.stderr); sys.exit(sys.dont_write_bytecode)"
    _measured("step", [sys.executable, "-c", code], (0,), 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, None),
        ("", ""),
        ("/autogroup-7\n", "/autogroup-7\n"),
        ("/autogroup-7 nice 0\n", "/autogroup-7 nice 0\n"),
        ("/autogroup-7 nice -9\n", "-9"),
    ],
)
def test_a_worker_becomes_a_session_whatever_the_kernel_says_of_sessions(
    tmp_path: Path, before: str | None, after: str | None
) -> None:
    """A container's kernel has the file without a line; another has none."""
    group = tmp_path / "autogroup"
    if before is not None:
        group.write_text(before, "ascii")
    worker = multiprocessing.get_context("fork").Process(target=_leave_session, args=(group,))
    worker.start()
    worker.join(20)
    assert worker.exitcode == 0
    assert (group.read_text("ascii") if group.exists() else None) == after
