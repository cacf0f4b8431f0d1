"""`election.toml` of the demonstration, with the decisions that people make for every election."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from election.definition import BranchId, Rules
from simulators.demo.electorate import COUNCIL, COUNCIL_SEATS, ELSEWHERE, EXPERTS

BRANCH: Final = BranchId("1042")
NAME: Final = "انتخابات آزمایشی امین"
SIGNER_FILE: Final = "country.der"
"""Certificate of the authority that issued the identity cards, beside the plan."""
_BEFORE: Final = timedelta(hours=1)
_AFTER: Final = timedelta(hours=10)


def demo_plan(uuid: str, now: datetime, seed: int, rules: Rules) -> str:
    """Return two contests in one branch, with polls that opened an hour ago.

    `rules`: capacity of the terminal and patience of the screens; the others have their defaults.
    """
    opens = now - _BEFORE
    return _PLAN.format(
        uuid=uuid,
        name=NAME,
        day=opens.date().isoformat(),
        opens=opens.isoformat(),
        closes=(now + _AFTER).isoformat(),
        signer=SIGNER_FILE,
        seed=seed,
        ballots=rules.ballots_per_terminal,
        inactivity=rules.inactivity_s,
        council=COUNCIL,
        experts=EXPERTS,
        seats=COUNCIL_SEATS,
        elsewhere=ELSEWHERE,
        branch=BRANCH,
    )


_PLAN: Final = """\
uuid = "{uuid}"
rehearsal = true
name = {{ fa = "{name}", en = "Amin demonstration election" }}
day = {day}
opens = {opens}
closes = {closes}
country_signers = ["{signer}"]

[seats]
lot_seed = "demonstration {seed}"

[rules]
ballots_per_terminal = {ballots}
inactivity_s = {inactivity}

[[contests]]
id = "{council}"
title = {{ fa = "شورای اسلامی شهر تهران", en = "Tehran city council" }}
seats = {seats}
max_selections = {seats}
form = "slots"

[[contests]]
id = "{experts}"
title = {{ fa = "میان‌دوره‌ای مجلس خبرگان", en = "Assembly of Experts, mid-term" }}
seats = 1
max_selections = 1
form = "choice"

[[styles]]
id = "both"
name = {{ fa = "هر دو انتخابات", en = "Both contests" }}
contests = ["{council}", "{experts}"]

[[styles]]
id = "council-only"
name = {{ fa = "فقط شورای شهر", en = "City council only" }}
contests = ["{council}"]
residence = ["{elsewhere}"]

[[branches]]
id = "{branch}"
name = {{ fa = "شعبه‌ی ۱۰۴۲، مسجد جامع", en = "Branch 1042" }}
district = "تهران"
"""
