"""Name the long targets of `make samples`, their commands, and their shares of its time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.fuzz.registry import TARGETS as FUZZED

BUDGET_MINUTES: Final = 25.0
"""On two cores, all targets together."""

Command = Callable[[int, Path], Sequence[str]]
"""What Python is given, from a seed of 32 bits and an empty folder."""


@dataclass(frozen=True, slots=True)
class Target:
    """A command that samples something for `minutes` and ends with status 0 if all is well."""

    minutes: float
    command: Command
    environment: Callable[[int], Mapping[str, str]] = field(default=lambda _: {})

    def words(self, seed: int, folder: Path) -> list[str]:
        """Return the whole command."""
        return [sys.executable, *self.command(seed, folder)]


def _fuzz(seed: int, _: Path) -> Sequence[str]:
    """A little more than a second a parser; `make fuzz` takes as long as it needs, and an archive's bits."""
    return ["-m", "tests.fuzz", *FUZZED, "--seconds", "1.2", "--seed", str(seed)]


def _power_cut(seed: int, _: Path) -> Sequence[str]:
    """A share of `make powercut`, with real programs and two of the mistakes made on purpose."""
    counts = ["--raw", "1700", "--chains", "70", "--second", "4", "--processes", "3"]
    mistakes = ["--no-mistakes", "--mistake", "deleted-full", "--mistake", "quarantine-by-root"]
    return ["-m", "tests.powercut", *counts, *mistakes, "--seed", str(seed)]


def _arrivals(_: int, __: Path) -> Sequence[str]:
    """Six drawn days of bundles that share something, and imports that are stopped everywhere."""
    return ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/headquarters/test_arrivals.py"]


def _page(_: int, __: Path) -> Sequence[str]:
    """Archives changed in other ways, judged by the program and by the page."""
    return [
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--timeout=600",
        "-k",
        "archives",
        "tests/page",
    ]


def _every_byte(_: int, __: Path) -> Sequence[str]:
    """The tests take every tenth byte of signed files; here all are changed."""
    files = ("tests/election/test_bundle.py", "tests/election/test_package.py")
    return ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "every_changed_byte", *files]


def _explore(seed: int, _: Path) -> Sequence[str]:
    return ["-m", "tests.explore", "--states", "600000", "--seed", str(seed)]


def _order(seed: int, _: Path) -> Sequence[str]:
    """Some of the votes of `make order`, whose chance is as much larger."""
    return ["-m", "tests.order", "--votes", "300", "--seed", str(seed)]


def _flat(seed: int, _: Path) -> Sequence[str]:
    """A few of the voters of `make flat`."""
    return ["-m", "tests.long_days.flat", "--voters", "300", "--seed", str(seed)]


def _fault_day(seed: int, _: Path) -> Sequence[str]:
    """A few voters of `make faultday`, at two stations and two terminals."""
    counts = ["--voters", "10", "--stations", "2", "--terminals", "2", "--every", "2"]
    return ["-m", "tests.long_days.faults", *counts, "--seed", str(seed)]


def _worst_day(seed: int, _: Path) -> Sequence[str]:
    """Two voters between any two of its misfortunes."""
    return ["-m", "tests.long_days.worst", "--voters", "8", "--seed", str(seed)]


def _outages(seed: int, _: Path) -> Sequence[str]:
    """Five kinds of outage once; `make outages` takes all of them twice."""
    return ["-m", "tests.outages", "--outages", "5", "--seed", str(seed)]


def _day(*options: str) -> Command:
    """A demonstration's day by robots."""

    def command(seed: int, folder: Path) -> Sequence[str]:
        day = ["-m", "commands.main", "demo", "--headless", "--voters", "16", *options]
        return [*day, "--seed", str(seed), "--out", str(folder / "day")]

    return command


def _walks(seed: int, _: Path) -> Sequence[str]:
    """A few forms of `make walks`, all screens."""
    return ["-m", "tests.ui.walks", "--minutes", "0.7", "--seed", str(seed)]


def _personas(seed: int, _: Path) -> Sequence[str]:
    """Some of the voters of `make personas`, and fewer random acts."""
    command = ["-m", "tests.ui.personas", "--minutes", "0.4", "--acts", "40"]
    return [*command, "--seed", str(seed)]


def _whole(seed: int, _: Path) -> Sequence[str]:
    """Some of the files of `make whole`, others each day; it says what there was no time for."""
    return ["-m", "tests.whole", "--minutes", "0.5", "--seed", str(seed)]


def _hours(seed: int, _: Path) -> Sequence[str]:
    """Some of the short tests that ask the time, each at another hour, other pairs each day."""
    return ["-m", "tests.hours", "--quick", "--minutes", "0.5", "--seed", str(seed)]


# Those that use less than their share come first: what they leave is for the ones behind them.
TARGETS: Final[Mapping[str, Target]] = {
    "arrivals": Target(0.5, _arrivals, lambda seed: {"ARRIVALS": str(seed)}),
    "order": Target(0.75, _order),
    "explore": Target(1.75, _explore),
    "every-byte": Target(2.5, _every_byte, lambda seed: {"EVERY_BYTE": str(seed)}),
    "page": Target(1.75, _page, lambda seed: {"PAGE_MUTANTS": "150", "PAGE_SEED": str(seed)}),
    "power-cut": Target(2.25, _power_cut),
    "fuzz": Target(4, _fuzz),
    "outages": Target(0.5, _outages),
    "walks": Target(1.25, _walks),
    "personas": Target(0.5, _personas),
    "whole": Target(1, _whole),
    "hours": Target(1, _hours),
    "flat": Target(1, _flat),
    "fault-day": Target(2, _fault_day),
    "worst-day": Target(1.75, _worst_day),
    "day-by-sockets": Target(1, _day("--in-process")),
    "day-by-pcscd": Target(1.25, _day("--pcscd")),
}
