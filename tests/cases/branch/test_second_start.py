"""`amin station` is started twice on one folder, by the desktop and by hand. Both run, and
both write into one log; from the next start on the terminal is out of service, with the votes in
it. Needs pcscd and vsmartcard-vpcd: two programs can share its readers, as they can share real
ones.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache

from election.definition import Role
from simulators.demo.office import TERMINAL
from tests.cases.branch.kit import GONE, Branch, branch, ends_within
from tests.cases.runner import case, collect, expect

OFFICER, SUPERVISOR = Role.OFFICER, Role.SUPERVISOR


@dataclass
class Seen:
    second: int | None = None
    """Exit status of the second program; None: it ran beside the first."""
    told: str = ""
    """Its last line."""
    restarted: str = ""
    """The screen of the terminal at the next start."""
    offered: str = ""
    closing: str = ""
    """How closing and exporting ended; empty: well."""
    ballots: int = 0
    """Headquarters counts."""


def start_beside(made: Branch, seen: Seen) -> None:
    path = made.places.device(TERMINAL).configuration
    second = subprocess.Popen(
        [sys.executable, "-m", "commands.main", "station", "--config", str(path), "--simulation"],
        env={**os.environ, **made.hardware.transport.environment(), "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    seen.second = ends_within(second, 20)
    if seen.second is None:
        second.terminate()
    seen.told = (second.communicate()[1].strip().splitlines() or [""])[-1]


def close(made: Branch, seen: Seen) -> None:
    """As an officer would, with what the console offers."""
    hands = made.terminal
    hands.sign_in(OFFICER)
    hands.until_console("Console")
    offered = sorted(name for name in hands.look().names if name.startswith("act-"))
    seen.offered = " ".join(name.removeprefix("act-") for name in offered)
    first, second = OFFICER, SUPERVISOR
    began = time.monotonic()
    try:
        if "act-close" not in offered:
            hands.act_together("load-package", first, second)
            first, second = second, first
        hands.act_together("close", first, second)
        hands.act_alone("export")
    except GONE as trouble:
        seconds = time.monotonic() - began
        seen.closing = f"after {seconds:.0f} s: {type(trouble).__name__} {trouble}"


@cache
def day() -> Seen:
    """A vote, the second program comes and goes, one more vote, and a new start."""
    seen = Seen()
    with branch(pcscd=True) as made:
        made.voter(1)
        start_beside(made, seen)
        made.voter(2)
        made.stations[TERMINAL].stop()
        made.start(TERMINAL)
        seen.restarted = made.up(TERMINAL)
        close(made, seen)
        if not seen.closing:
            seen.ballots = made.count().imported.report.ballots
    return seen


@case
def second_program_ends_at_once() -> None:
    seen = day()
    expect(seen.second is not None, "it runs beside the first one, on the same files")
    expect(seen.second in (1, 2) and seen.told, f"status {seen.second}, «{seen.told}»")


@case
def terminal_serves_after_the_next_start() -> None:
    seen = day()
    told = f"{seen.restarted}; the console offers {seen.offered}"
    expect(seen.restarted in {"Idle", "Abandoned", "Recorded"}, told)


@case
def votes_leave_the_terminal() -> None:
    seen = day()
    expect(not seen.closing, f"the package loaded again, then closing: {seen.closing}")
    expect(seen.ballots == 2, f"{seen.ballots} of 2 ballots at headquarters")


test_case = collect()
