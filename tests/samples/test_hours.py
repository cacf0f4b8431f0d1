"""The files that ask the time are found, and run at moments that come while they run."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests import hours
from tests.hours import BEFORE_S, MOMENTS, files, library, pairs, shifted
from tests.needs import BUSY_S, missing
from words.dates import jalali_parts

NOW = datetime(2026, 11, 30, 18, 40, tzinfo=UTC)
FILE = """
import os, subprocess, time
from datetime import datetime
def test_the_hour():
    said = datetime.now().strftime("%F %R")
    assert said >= {wanted!r}, said
    child = subprocess.run(["date", "+%F %R"], capture_output=True, text=True, check=True)
    assert child.stdout.strip() >= {wanted!r}
"""


WAITS = """
import multiprocessing, threading, time
began = time.monotonic()
time.sleep(0.2)
threading.Event().wait(0.2)
multiprocessing.Semaphore(0).acquire(timeout=0.2)
lock = threading.Lock()
lock.acquire()
lock.acquire(timeout=0.2)
assert 0.8 <= time.monotonic() - began < 20
"""


def _compiled(folder: Path) -> Path:
    made = library(folder)
    return missing(hours.NEEDED) if made is None else made


def test_files_that_ask_the_time_are_found_through_what_they_import() -> None:
    found = {str(path) for path in files()}
    assert {
        "tests/trust/attacks/test_publication.py",  # NOW of the day that it attacks
        "tests/headquarters/test_cli.py",  # NOW of its own
        "tests/headquarters/test_on_paper.py",  # commands, by a module of tests
        "tests/e2e/test_day.py",  # the demonstration's day
        "tests/registry/test_service.py",  # the centre of the simulators
    } <= found
    assert not {"tests/crypto/test_merkle.py", "tests/ui/test_layout.py"} & found
    assert all(path.is_file() for path in files())
    left = {str(path) for path in hours.short()}
    assert "tests/trust/attacks/test_office.py" in left < found
    assert "tests/trust/attacks/test_publication.py" not in left, "one of the longest"


def test_the_moments_are_what_their_names_say() -> None:
    parts = {name: jalali_parts(moment.at(NOW.date())) for name, moment in MOMENTS.items()}
    assert parts["leap-day-of-iran"][1:] == (12, 29)
    assert jalali_parts(MOMENTS["leap-day-of-iran"].at(NOW.date()) + timedelta(hours=4))[1:] == (
        12,
        30,
    )
    assert jalali_parts(MOMENTS["nowruz"].at(NOW.date()) + timedelta(hours=4))[1:] == (1, 1)
    assert MOMENTS["leap-day"].day == date(2028, 2, 29)


def test_every_file_comes_once_before_any_comes_again() -> None:
    paths = [Path(name) for name in "abcde"]
    found = list(pairs(paths, ["x", "y", "z"], 1))
    assert sorted(path for path, _ in found[:5]) == paths
    assert len(set(found)) == len(found) == 15
    assert found != list(pairs(paths, ["x", "y", "z"], 2))


@pytest.mark.parametrize("name", MOMENTS)
def test_a_moment_comes_while_the_tests_run(name: str) -> None:
    moment = MOMENTS[name]
    told = shifted(Path("hours.so"), moment, BEFORE_S[-1], NOW)
    begins = NOW + timedelta(seconds=int(told["SHIFT_S"]))
    wait = moment.at(NOW.date()) - begins
    assert wait == timedelta(seconds=BEFORE_S[-1])


def test_a_file_sees_the_hour_and_its_programs_do(tmp_path: Path) -> None:
    """In Iran's zone it is the leap day after midnight; at the moment itself, not before."""
    good, bad = tmp_path / "test_good.py", tmp_path / "test_bad.py"
    good.write_text(FILE.format(wanted="2030-03-20 01:0"), "utf-8")
    bad.write_text(FILE.format(wanted="2030-03-21"), "utf-8")
    _compiled(tmp_path)
    done = CliRunner().invoke(hours.main, ["--moment", "leap-day-of-iran", str(good), str(bad)])
    assert done.exit_code == 1, done.output
    assert f'again: make hours ARGS="{bad} --moment leap-day-of-iran"' in done.output
    assert f"{good} leap-day-of-iran: passed" in done.output
    assert "2 of 2 runs, 1 failed, seed 0" in done.output


@pytest.mark.parametrize("name", ["leap-day-of-iran", "morning"])
def test_who_waits_waits_as_long_at_every_hour(name: str, tmp_path: Path) -> None:
    """A sleep, a lock, and a semaphore whose end is an hour of the day (sem_timedwait(3))."""
    told = shifted(_compiled(tmp_path), MOMENTS[name], 2, datetime.now(UTC))
    subprocess.run([sys.executable, "-c", WAITS], env=told, check=True, timeout=BUSY_S)


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_without_a_compiler_it_says_so_and_fails_where_ci_runs(
    ci: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hours, "COMPILER", "no-compiler")
    done = CliRunner().invoke(hours.main, [], env={"CI": ci})
    assert (done.exit_code, "nothing was run" in done.output) == (status, True)


def test_what_there_is_no_time_for_is_counted(tmp_path: Path) -> None:
    _compiled(tmp_path)
    done = CliRunner().invoke(hours.main, ["--minutes", "0", "tests/none.py"])
    assert (done.exit_code, f"0 of {len(MOMENTS)} runs, 0 failed" in done.output) == (0, True)
