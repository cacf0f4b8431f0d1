"""`python -m tests.hours`: run the tests that ask what time it is at other hours and dates: `make hours`.

What is right at noon may be wrong at 22:00: polls have the hours of their country, where it is the next
day while it is still this one in UTC. Here tests, and all programs that they start, are told another
time, by a library that is loaded before all others (`tests/hours.c`), in UTC and in Iran's.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from functools import cache
from pathlib import Path
from typing import Final

import click

from tests.longest import longest

TESTS: Final = Path(__file__).parent
ROOT: Final = TESTS.parent
ASKS: Final = re.compile(r"datetime\.now\(|time\.time\(\)|SystemClock\(\)|\bcommands\.main\b")
"""How a test learns the time: of the machine, or of a command."""
IMPORT: Final = re.compile(r"^\s*(?:from|import) (\S+)(?: import (\([^)]*\)|.*))?$", re.MULTILINE)
NOT_A_TEST_OF_ROOMS: Final = ("samples", "packaging", "distributions")
"""Folders of tests about the tests and the packages themselves."""
COMPILER: Final = "cc"
LONGEST: Final = 40
"""Of `tests/longest.txt`, which has them in order: too long where there is half a minute."""
BEFORE_S: Final = range(2, 90)
"""How long before the moment a file is begun, so that it comes while its tests run."""
FAILED: Final = 1
NEEDED: Final = f"a C compiler, and programs that load what it makes ({COMPILER}, LD_PRELOAD)"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in UTC that comes while tests run, and the zone that the machine is set to."""

    hour: clock
    day: date | None = None
    """None for the day on which they run."""
    zone: str = "UTC"

    def at(self, today: date) -> datetime:
        """Return the moment in UTC."""
        return datetime.combine(self.day or today, self.hour, UTC)


IRAN: Final = "IRST-3:30"
"""By its offset, because a machine may know no names of zones."""
MOMENTS: Final[Mapping[str, Moment]] = {
    "morning": Moment(clock(4)),
    "morning-in-iran": Moment(clock(4), zone=IRAN),
    "noon": Moment(clock(12)),
    "last-hour-of-polls": Moment(clock(17, 30)),
    "midnight-in-iran": Moment(clock(20, 30)),
    "midnight-set-to-iran": Moment(clock(20, 30), zone=IRAN),
    "after-midnight-in-iran": Moment(clock(21, 40)),
    "midnight": Moment(clock(0)),
    "midnight-seen-in-iran": Moment(clock(0), zone=IRAN),
    "end-of-a-month": Moment(clock(20, 30), date(2027, 4, 30)),
    "end-of-february": Moment(clock(0), date(2027, 3, 1)),
    "new-year": Moment(clock(0), date(2027, 1, 1)),
    "leap-day": Moment(clock(12), date(2028, 2, 29)),
    "leap-day-begins": Moment(clock(0), date(2028, 2, 29), IRAN),
    "nowruz": Moment(clock(20, 30), date(2027, 3, 20), IRAN),
    "leap-day-of-iran": Moment(clock(21, 40), date(2030, 3, 19), IRAN),
}
"""30 Esfand 1408 is the leap day: 20 March 2030."""


# ---------------------------------------------------------------- which files


@cache
def files() -> tuple[Path, ...]:
    """Return the files of tests from which something that asks the time is imported, in their order."""
    modules = {_module(path): path for path in sorted(TESTS.rglob("*.py"))}
    uses = {name: _uses(modules, name) for name in modules}
    asking = {name for name, path in modules.items() if _begins(path)}
    while more := {name for name in modules if name not in asking and uses[name] & asking}:
        asking |= more
    found = (path.relative_to(ROOT) for name, path in modules.items() if name in asking)
    return tuple(
        path
        for path in found
        if path.name.startswith("test_") and path.parts[1] not in NOT_A_TEST_OF_ROOMS
    )


def short() -> tuple[Path, ...]:
    """Return those that are done within seconds."""
    long = {path for path, place in longest().items() if place < LONGEST}
    return tuple(path for path in files() if ROOT / path not in long)


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _imports(path: Path) -> frozenset[str]:
    """Return the modules, and what may be modules, that a file imports."""
    found = set()
    for module, names in IMPORT.findall(path.read_text("utf-8")):
        found |= {module, *(f"{module}.{name}" for name in re.findall(r"\w+", names))}
    return frozenset(found)


@cache
def _asks(path: Path) -> bool:
    return path.is_file() and ASKS.search(path.read_text("utf-8")) is not None


def _uses(modules: Mapping[str, Path], name: str) -> set[str]:
    """Return the modules of tests that a module uses; a test uses the fixtures above it, too."""
    folders = modules[name].relative_to(ROOT).parent.parts
    fixtures = {".".join((*folders[:depth], "conftest")) for depth in range(1, len(folders) + 1)}
    return {*_imports(modules[name]), *fixtures} & modules.keys() - {name}


def _begins(path: Path) -> bool:
    """Tell whether a file asks the time itself, or imports what does so in a room."""
    rooms = (name for name in _imports(path) if name.startswith(("commands.", "simulators.")))
    return _asks(path) or any(
        _asks(ROOT.joinpath(*name.split(".")).with_suffix(".py")) for name in rooms
    )


# ---------------------------------------------------------------- at which hours


def pairs(chosen: Sequence[Path], moments: Sequence[str], seed: int) -> Iterator[tuple[Path, str]]:
    """Yield every file at every moment; each file comes once before any comes again."""
    rng = random.Random(seed)
    paths, names = list(chosen), list(moments)
    rng.shuffle(paths)
    rng.shuffle(names)
    for turn in range(len(names)):
        for place, path in enumerate(paths):
            yield path, names[(place + turn) % len(names)]


def library(folder: Path) -> Path | None:
    """Compile in a folder what tells another time; None where that cannot be done, or changes nothing."""
    made = folder / "hours.so"
    words = [COMPILER, "-O2", "-shared", "-fPIC", "-o", str(made), str(TESTS / "hours.c")]
    if shutil.which(COMPILER) is None or subprocess.run(words, check=False).returncode:
        return None
    ask = [sys.executable, "-c", "import time; print(time.strftime('%F'))"]
    told = shifted(made, Moment(clock(12), date(2028, 2, 29)), 0, datetime.now(UTC))
    said = subprocess.run(ask, env=told, capture_output=True, text=True, check=False).stdout
    return made if said.strip() == "2028-02-29" else None


def shifted(made: Path, moment: Moment, before_s: int, now: datetime) -> dict[str, str]:
    """Return an environment in which it is so many seconds before the moment."""
    ahead = moment.at(now.date()) - timedelta(seconds=before_s) - now
    return {
        **os.environ,
        "LD_PRELOAD": str(made),
        "SHIFT_S": str(round(ahead.total_seconds())),
        "TZ": moment.zone,
        "QT_QPA_PLATFORM": "offscreen",
    }


def run(made: Path, file: Path, moment: Moment, before_s: int, options: Iterable[str]) -> int:
    """Run a file's tests; the status of pytest, and 0 if none of them was chosen."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(file)]
    environment = shifted(made, moment, before_s, datetime.now(UTC))
    status = subprocess.run(words, cwd=ROOT, env=environment, check=False).returncode
    return 0 if status == NOTHING_CHOSEN else status


NOTHING_CHOSEN: Final = 5
"""pytest's status where it ran no test."""


@click.command()
@click.argument("names", nargs=-1, metavar="[FILE]…", type=click.Path(path_type=Path))
@click.option("--seed", default=0, envvar="SEED", help="Which file comes when, and at which hour.")
@click.option("--minutes", default=40.0, show_default=True, help="No new file is begun afterwards.")
@click.option("--moment", "only", multiple=True, type=click.Choice(list(MOMENTS)), help="At these.")
@click.option(
    "--quick", is_flag=True, help="Leave out the longest files, and tests of two seconds or more."
)
def main(
    names: tuple[Path, ...], seed: int, minutes: float, only: tuple[str, ...], quick: bool
) -> None:
    """Run the files, or those named, at one moment after the other; status 1 if one failed.

    It is said how many there was no time for: other seeds take others. Without a compiler nothing
    is run, which is an error where CI runs.
    """
    options = ["-m", "not slow"] if quick else []
    chosen = names or (short() if quick else files())
    wanted = list(pairs(chosen, only or tuple(MOMENTS), seed))
    with tempfile.TemporaryDirectory(prefix="amin-hours-") as folder:
        made = library(Path(folder))
        if made is None:
            click.echo(f"{NEEDED}: nothing was run")
            raise click.exceptions.Exit(FAILED if os.environ.get("CI") == "true" else 0)
        failed, done = _all(made, wanted, seed, time.monotonic() + minutes * 60, options)
    click.echo(f"{done} of {len(wanted)} runs, {len(failed)} failed, seed {seed}")
    for words in failed:
        click.echo(f'again: make hours ARGS="{words}"', err=True)
    if failed:
        raise click.exceptions.Exit(FAILED)


def _all(
    made: Path, wanted: Iterable[tuple[Path, str]], seed: int, end: float, options: Sequence[str]
) -> tuple[list[str], int]:
    """Run one after the other until `end`; return what plays those that failed again, and how many ran."""
    rng, failed, done = random.Random(seed), [], 0
    for file, name in wanted:
        if time.monotonic() > end:
            break
        began = time.monotonic()
        status = run(made, file, MOMENTS[name], rng.choice(BEFORE_S), options)
        click.echo(f"{file} {name}: {status or 'passed'}, {time.monotonic() - began:.0f} s")
        done += 1
        if status:
            failed.append(f"{file} --moment {name}")
    return failed, done


if __name__ == "__main__":
    main()
