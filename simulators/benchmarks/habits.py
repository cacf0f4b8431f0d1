"""What a habit of a chip costs, beside a card without any: commands and time of a whole reading."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from drivers.smartcard.access_secret import Can
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.emrtd import IdentityCard
from drivers.smartcard.profile import load_profile
from simulators.benchmarks.measure import Figure, StatusCallback
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import ChipKeys
from simulators.cards.eid import EidCard
from simulators.cards.habits import HABITS, PLAIN, CardHabit
from simulators.cards.issuer import Issuer
from simulators.commands.identity import EidOptions, holder
from simulators.local_reader import LocalReader

CAN: Final = "123456"
COMMANDS: Final = 38
"""Most that reading a card without habits takes: no habit of another card may make it slower."""
COSTLIEST: Final = 8.0
"""Most commands with any habit, over those without one; small pieces of a large photo take the most."""
RUNS: Final = 7


class Counting(EidCard):
    """A card that counts the commands it answers."""

    commands = 0

    def process(self, apdu: bytes) -> bytes:
        """Answer as the card does."""
        self.commands += 1
        return super().process(apdu)


@dataclass(frozen=True, slots=True)
class Cost:
    """One reading."""

    commands: int
    ours_ms: float


def habit_figures(tell: StatusCallback) -> Iterator[Figure]:
    """Yield the figures; card and driver run in this process, so the time is of both."""
    now = datetime.now(UTC)
    issuer = Issuer.create("Bench", now)
    person, _ = holder(EidOptions(ca=Path()), now.date())
    access = CardAccess(AccessMode.PACE, CAN)
    plain_card = issuer.issue(person, access=access, keys=ChipKeys.create())
    quick = {
        name: habit
        for name, habit in HABITS.items()
        if not (habit.wrong_delay_s or habit.card_access or habit.card_access_content)
    }
    costs: dict[str, list[Cost]] = {"": [], **{name: [] for name in quick}}
    for run in range(RUNS):
        tell(f"reading cards with habits, {run} of {RUNS}")
        for name, found in costs.items():
            found.append(_read(plain_card, quick.get(name, PLAIN), now))
    plain = costs.pop("")
    commands = {name: found[0].commands / plain[0].commands for name, found in costs.items()}
    times = {name: _median(found) / _median(plain) for name, found in costs.items()}
    yield Figure(
        "card: commands of a whole reading", plain[0].commands, "", target=COMMANDS, note="PACE"
    )
    for what, ratios, target in (("commands", commands, COSTLIEST), ("time", times, None)):
        worst = max(ratios, key=lambda name: ratios[name])
        usual = statistics.median(ratios.values())
        yield Figure(f"habits: median {what}, over a plain card", usual, "×", samples=len(ratios))
        yield Figure(
            f"habits: most {what}, over a plain card",
            ratios[worst],
            "×",
            samples=len(ratios),
            target=target,
            note=worst,
        )


def _read(like: EidCard, habit: CardHabit, now: datetime) -> Cost:
    card = Counting(like.groups, like.sod, access=like.access, habit=habit)
    reader = LocalReader("bench")
    reader.insert(card)
    begun = time.process_time()
    session = IdentityCard(ApduChannel(reader.open()), load_profile("icao"), Can(CAN))
    session.read_identity(now.date())
    return Cost(card.commands, 1000 * (time.process_time() - begun))


def _median(costs: list[Cost]) -> float:
    return statistics.median(cost.ours_ms for cost in costs)
