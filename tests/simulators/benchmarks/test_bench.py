"""`amin bench` as a program: which figures it gives, and what it says when it cannot. Never how fast."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from simulators import pcscd
from simulators.benchmarks import command, measure, screens
from simulators.benchmarks.fleet import bench_fleet
from simulators.benchmarks.measure import Figure, Limit, core_seconds, sampled
from simulators.benchmarks.office import bench_office
from tests.needs import missing

AMIN: Final = (sys.executable, "-m", "commands.main", "bench")
LIMIT_S: Final = 240.0
README: Final = Path(__file__).parents[3] / "README.md"
KEPT, MISSED = 0, 1
FIELDS: Final = {
    "name", "value", "unit", "p99", "samples", "target", "limit", "note", "kept", "by_p99",
}  # fmt: skip


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*AMIN, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def figures(name: str, *arguments: str) -> dict[str, dict[str, Any]]:
    """What `--json` prints of one bench, by name. A busy machine may miss a target."""
    done = bench(name, *arguments, "--json")
    assert done.returncode in (KEPT, MISSED), done.stderr
    printed = json.loads(done.stdout)
    assert set(printed) == {"machine", "benches"}
    assert set(printed["benches"]) == {name}
    rows = printed["benches"][name]
    missed = any(row["kept"] is False for row in rows)
    assert done.returncode == (MISSED if missed else KEPT)
    found = {row["name"]: row for row in rows}
    assert len(found) == len(rows)
    for row in rows:
        assert set(row) == FIELDS
        assert row["kept"] is None or row["target"] is not None
    return found


@pytest.mark.slow
@pytest.mark.pcscd
def test_drivers() -> None:
    reason = pcscd.unavailable_reason()
    if reason is not None:
        missing(reason)
    found = figures("drivers", "--reads", "12", "--runs", "1")
    whole = found["card: read and check it whole, ours"]
    assert (whole["samples"], whole["unit"], whole["target"]) == (12, "ms", 80)
    assert found["ZFM: one match, ours"]["target"] == 5
    for step in (
        "card: open the reader",
        "card: PACE and SELECT",
        "card: read and parse the files",
        "card: passive authentication",
        "card: active and chip authentication",
        "card: close",
        "ZFM: one match",
        "SFM: one capture",
    ):
        for clock in ("ours", "wall"):
            row = found[f"{step}, {clock}"]
            assert row["samples"] == 12
            assert 0 < row["value"] <= row["p99"]
    for what in ("cards", "fingers"):
        for held in ("open files", "threads", "connections to pcscd"):
            row = found[f"{what}: {held} more"]
            # What leaks once a run would show even in so few.
            assert row["value"] < 10
            assert row["target"] == 0
        assert found[f"{what}: resident memory grown"]["target"] == 5
    for way in ("in", "out"):
        row = found[f"event: card {way}, service to flow"]
        assert row["samples"] >= 2
        assert row["target"] == 20


@pytest.mark.slow
def test_crypto() -> None:
    found = figures("crypto", "--ballots", "10", "--runs", "1")
    ballot = found["encrypt, prove and sign a ballot"]
    assert (ballot["samples"], ballot["unit"], ballot["limit"]) == (10, "ms", "≤")
    assert found["stored record"]["kept"] is True
    assert found["one core : two cores"]["limit"] == "≥"
    assert found["verify an archive, one core"]["value"] > 0


@pytest.mark.slow
def test_startup() -> None:
    found = figures("startup", "--runs", "1")
    assert found["amin --help"]["target"] == 0.15
    assert found["amin election verify"]["target"] == 0.5
    assert found["amin election verify"]["value"] > found["python -I"]["value"] > 0


def table(monkeypatch: pytest.MonkeyPatch, *rows: Figure) -> Result:
    """What is printed of these figures; only the measuring is left out."""
    monkeypatch.setattr("simulators.benchmarks.crypto.bench_crypto", lambda *_: iter(rows))
    return CliRunner().invoke(command.bench, ["crypto"])


def test_table(monkeypatch: pytest.MonkeyPatch) -> None:
    done = table(
        monkeypatch,
        sampled("step one", [1.0, 2.0, 30.0], "ms", target=2.0, note="of three"),
        Figure("size", 1234, "bytes"),
    )
    assert done.exit_code == KEPT
    assert "amin bench crypto" in done.stdout
    (one,) = (line for line in done.stdout.splitlines() if "step one" in line)
    cells = [cell.strip() for cell in one.split("│")[1:-1]]
    assert cells == ["step one", "2 ms", "30", "3", "≤ 2", "kept", "of three"]
    assert "1,234 bytes" in done.stdout


@pytest.mark.parametrize(("limit", "value"), [(Limit.AT_MOST, 2.1), (Limit.AT_LEAST, 1.9)])
def test_missed_target(monkeypatch: pytest.MonkeyPatch, limit: Limit, value: float) -> None:
    done = table(monkeypatch, Figure("step", value, "ms", target=2.0, limit=limit))
    assert done.exit_code == MISSED
    assert "MISSED" in done.stdout


def test_unknown_name() -> None:
    done = bench("printers")
    assert done.returncode == 2
    assert (
        "there is no bench 'printers'; there are: crypto, drivers, storage, import, fleet, office,"
        " pipeline, ui, startup" in done.stderr
    )
    assert not done.stdout
    # The front page and the help name all of them.
    known = set(done.stderr.rpartition("there are: ")[2].strip().split(", "))
    (line,) = re.findall(r"amin bench ((?:\[\w+\] )+)", README.read_text("utf-8"))
    assert set(re.findall(r"\w+", line)) == known
    told = CliRunner().invoke(command.bench, ["--help"]).output
    assert all(re.search(rf"^ +{name} +\w", told, re.MULTILINE) for name in known)


def test_no_card_service() -> None:
    """What to install is said; no figure is made up."""
    script = (
        "from pathlib import Path; from simulators import pcscd;"
        "pcscd.DRIVER = Path('/nowhere/libifdvpcd.so');"
        "from commands.main import main; main(['bench', 'drivers', '--json'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert done.returncode == 1
    assert "install the package" in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


@pytest.mark.slow
def test_screens(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small election and few voters: the rows are there, and none is empty."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(screens, "CANDIDATES", 60)
    monkeypatch.setattr(screens, "VOTERS", 10)
    found = {figure.name: figure for figure in screens.bench_ui(1, lambda _: None)}
    heard = 3 if shutil.which("espeak-ng") else 0
    assert len(found) == 2 * (6 + heard) + 2
    # The ratio of two sounds has none: it says where a change comes from.
    bare = [name for name, figure in found.items() if figure.target is None]
    assert all(name.startswith("first sound to that of a program") for name in bare), bare
    # A cut may be silent in the very piece of sound that is being played.
    least = [name for name, figure in found.items() if figure.value <= 0]
    assert all(name.startswith(("memory", "sentence cut")) for name in least), least


def test_rounds_end_with_their_time_and_never_before_the_least(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A machine that did much else never came to the end of a bench."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    told: list[str] = []
    for slow in (0.0, 0.5, 2.0, 100.0):
        turns, now[0] = 0, 0.0
        for turn in measure.rounds(20, 5.0, told.append, "acts"):
            assert turn == turns
            now[0] += slow
            turns += 1
        assert turns == {0.0: 20, 0.5: 11, 2.0: 3, 100.0: 3}[slow]
    assert told[0] == "acts: 1 of 20"


def test_a_target_of_the_slowest_is_not_kept_by_the_middle() -> None:
    samples = [10.0] * 98 + [80.0] * 2
    assert measure.sampled("painted", samples, "ms", target=50.0).kept
    assert not measure.sampled("painted", samples, "ms", target=50.0, by_p99=True).kept


@pytest.mark.slow
def test_office() -> None:
    """An office of eight branches; a country is a bench of its own."""
    told: list[str] = []
    found = {each.name: each for each in bench_office(1, told.append, branches=8)}
    assert list(found) == told
    assert list(found) == [
        *("plan of a branch", "survey", "inventory", "form of a branch", "board of arrivals")
    ]
    assert all(each.value > 0 and each.unit == "ms" for each in found.values())
    assert found["inventory"].note == "40 devices"


@pytest.mark.slow
def test_fleet() -> None:
    """A country of eight branches; its whole size is a bench of its own."""
    told: list[str] = []
    found = {each.name: each for each in bench_fleet(1, told.append, branches=8, candidates=30)}
    assert {name for name, each in found.items() if each.target is not None} == {
        *("packages", "one more branch, as many times", "size of a package"),
        *("size of all portraits", "memory at the most", "loaded and verified on a device"),
    }
    assert all(each.value > 0 for name, each in found.items() if "one more" not in name)
    assert found["packages"].note.startswith("40 devices; of a core ")
    assert found["size of a package"].kept
    assert found["size of all portraits"].kept
    assert "8 branches: package" in told


def test_work_of_other_programs_counts() -> None:
    """A program that is waited for counts, time that nothing was done does not."""
    work = [sys.executable, "-I", "-S", "-c", "sum(range(2_000_000))"]
    assert core_seconds(lambda: subprocess.run(work, check=True)) > 0.01
    assert core_seconds(lambda: time.sleep(0.05)) < 0.04
