"""Hold the runner of long targets to its promises, with targets that take a moment."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.samples import __main__ as program
from tests.samples.registry import BUDGET_MINUTES, TARGETS, Target
from tests.samples.run import run_all, run_one, seed_of, slowness


def short(python: str, minutes: float = 0.01) -> Target:
    """Return a target that runs a line of Python; the seed is its argument."""

    def command(seed: int, _: Path) -> Sequence[str]:
        return ["-c", python, str(seed)]

    return Target(minutes, command)


GOOD, BAD = short("pass"), short("raise SystemExit(3)")


def run(monkeypatch: pytest.MonkeyPatch, targets: Mapping[str, Target]) -> tuple[int, list[str]]:
    """Run the program on these targets; its status and lines."""
    monkeypatch.setattr(program, "TARGETS", targets)
    done = CliRunner().invoke(program.main, [], env={"SEED": "7"})
    return done.exit_code, done.output.splitlines()


def test_shares_fit_into_the_budget() -> None:
    assert sum(target.minutes for target in TARGETS.values()) <= BUDGET_MINUTES


def test_a_failure_does_not_keep_the_others_from_running(monkeypatch: pytest.MonkeyPatch) -> None:
    status, lines = run(monkeypatch, {"bad": BAD, "good": GOOD})
    assert status == 1
    assert lines[0].startswith("seed 7;")
    assert "again: SEED=7 make samples ARGS=bad" in lines
    assert lines[-1] == "1 passed, 1 failed"


def test_all_well(monkeypatch: pytest.MonkeyPatch) -> None:
    status, lines = run(monkeypatch, {"one": GOOD, "two": GOOD})
    assert (status, lines[-1]) == (0, "2 passed, 0 failed")


def test_unknown_target() -> None:
    assert CliRunner().invoke(program.main, ["nothing"]).exit_code == 2


def test_a_target_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    child = f"import time, pathlib; time.sleep(2); pathlib.Path({str(alive)!r}).touch()"
    hanging = short(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])")
    assert "not done" in run_one(hanging, 1, 0.5, lambda: 1)
    time.sleep(2)
    assert not alive.exists()


def test_shares_of_the_targets_behind_are_kept() -> None:
    told: list[str] = []
    hanging, good = short("import time; time.sleep(60)"), short("pass", minutes=1)
    assert run_all({"hanging": hanging, "good": good}, 1, 61, told.append, lambda: 1) == ["hanging"]
    assert "failed, not done after 1 s" in told[1]


def test_seeds_differ_by_target_and_run() -> None:
    assert len({seed_of(name, seed) for name in TARGETS for seed in (1, 2)}) == 2 * len(TARGETS)
    seed = seed_of("good", 5)
    assert (
        run_all({"good": short(f"import sys; assert sys.argv[1] == '{seed}'")}, 5, 9, print) == []
    )


def test_every_seed_of_the_day_can_be_given_again() -> None:
    assert program.seed_of_the_day() in range(2**32)
    assert program.seed_of_the_day() == program.seed_of_the_day()


@pytest.mark.parametrize("name", TARGETS)
def test_targets_change_with_the_seed(name: str, tmp_path: Path) -> None:
    one, other = (
        (TARGETS[name].words(seed, tmp_path), TARGETS[name].environment(seed)) for seed in (1, 2)
    )
    assert one != other


def test_a_slow_machine_gets_more_time() -> None:
    """A share of three seconds holds five where everything takes twice as long."""
    some = {"some": short("import time; time.sleep(4)", minutes=0.05)}
    assert run_all(some, 1, 3, print, lambda: 1) == ["some"]
    assert run_all(some, 1, 3, print, lambda: 2) == []
    assert 1 <= slowness() <= 2
