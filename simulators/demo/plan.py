"""Write the plan of the demonstration: `election.template`, filled in for one day."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta
from importlib import resources
from string import Template
from typing import Final

from election.definition import BranchId, Rules
from simulators.demo.electorate import COUNCIL, COUNCIL_SEATS, ELSEWHERE, EXPERTS

BRANCH: Final = BranchId("1042")
NAME: Final = "انتخابات آزمایشی امین"
_BEFORE: Final = timedelta(hours=1)
_ASKED: Final = 'authority = "branch"\nregistry = "{}"\noffline = {}\n'
_ON_PAPER: Final = "paper_ballots = true\n"
_AFTER: Final = timedelta(hours=10)


def demo_plan(
    uuid: str, now: datetime, seed: int, rules: Rules, registry: str = "", *, on_paper: bool = False
) -> str:
    """Return two contests in one branch, with polls that opened an hour ago.

    `rules`: capacity of the terminal and patience of the screens; the others have their defaults.
    `registry`: where the branch's registry answers; without one its only station's pollbook is asked.
    `on_paper`: the branch has no terminals, and its ballots are papers, of which none is provisional.
    """
    opens = now - _BEFORE
    asked = _ASKED.format(registry, "false" if on_paper else "true") if registry else ""
    template = resources.files(__package__).joinpath("election.template")
    return Template(template.read_text(encoding="utf-8")).substitute(
        uuid=uuid,
        name=NAME,
        day=opens.date().isoformat(),
        opens=opens.isoformat(),
        closes=(now + _AFTER).isoformat(),
        seed=seed,
        ballots=rules.ballots_per_terminal,
        inactivity=rules.inactivity_s,
        paper_record=str(rules.paper_record).lower(),
        council=COUNCIL,
        experts=EXPERTS,
        seats=COUNCIL_SEATS,
        elsewhere=ELSEWHERE,
        branch=BRANCH,
        authority=asked + (_ON_PAPER if on_paper else ""),
    )


def free_address() -> str:
    """Return host and port of loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return f"127.0.0.1:{found.getsockname()[1]}"
