"""A terminal whose data folder is full at the cast; run by a test in a mount name space of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as at
from kiosk.flows.operator.states import ConsoleAct
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import Office, token_on


def main(folder: Path) -> None:
    office = Office.open(folder / "office")
    terminal = TerminalBench(office, folder / "terminal")
    assert terminal.open_polls().ok
    card = office.voting_card()
    terminal.to_the_cast_question(card)
    ballast = terminal.config.data / "ballast"
    fill(ballast)
    terminal.touch(voter.CastChosen())
    state = terminal.see(at.NotRecorded, at.Recorded)
    assert isinstance(state, at.NotRecorded)
    print(f"not recorded: {state.reason.value}")
    terminal.take_card()
    out = terminal.see(at.OutOfService)
    assert isinstance(out, at.OutOfService)
    print(f"out of service: {out.incident}")
    print(f"self-test: {terminal.do(ConsoleAct.SELF_TEST).ok}")
    print(f"the card keeps its authorization: {token_on(card) is not None}")
    ballast.unlink()
    terminal.do(ConsoleAct.SELF_TEST)
    terminal.see(at.Idle)
    terminal.vote(card)
    print(f"recorded: {terminal.cast()}")
    terminal.terminal.stop()


def fill(ballast: Path) -> None:
    """Leave not a byte."""
    handle = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    for size in (65_536, 512, 1):
        try:
            while os.write(handle, bytes(size)) == size:
                pass
        except OSError:
            continue
    os.close(handle)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
