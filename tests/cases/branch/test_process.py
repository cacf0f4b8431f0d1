"""The station's program itself: how it starts, and how it ends when it is told to."""

import os
import signal
import subprocess
import sys
from functools import partial

from simulators.demo.office import TERMINAL
from tests.cases.branch.kit import branch, ends_within
from tests.cases.runner import add, case, collect, expect


def ends_well(number: signal.Signals) -> None:
    """Status 0, no traceback, and the polls are open at the next start."""
    with branch() as made:
        station = made.stations[TERMINAL]
        before = len(made.log(TERMINAL))
        station.process.send_signal(number)
        status = ends_within(station.process, 10)
        lines = made.log(TERMINAL)[before:]
        expect(status is not None, "goes on")
        expect(status == 0, f"ends with {status}{', a traceback' if 'Traceback' in lines else ''}")
        made.start(TERMINAL)
        expect(made.up(TERMINAL) == "Idle", f"then {made.up(TERMINAL)}")


add("terminated", partial(ends_well, signal.SIGTERM))
add("interrupted", partial(ends_well, signal.SIGINT))


@case
def without_a_display() -> None:
    """One line that says what is missing, and a status of the program's own."""
    with branch(opened=False) as made:
        path = made.places.device(TERMINAL).configuration
        made.stations[TERMINAL].stop()
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"}
        }
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "commands.main",
                "station",
                "--config",
                str(path),
                "--simulation",
            ],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    lines = done.stderr.strip().splitlines()
    told = (
        f"status {done.returncode}, {len(lines)} lines, the last is «{lines[-1] if lines else ''}»"
    )
    expect(done.returncode in (1, 2) and len(lines) <= 3, told)


test_case = collect()
