"""Kill both programs at random moments: headquarters counts every voter once.

One round each; more with `CASE_ROUNDS` in the environment, other moments with `CASE_SEED`.
"""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from drivers.smartcard.authorization import TOKEN_OBJECT
from election.definition import DeviceId
from simulators.cards.piv import PivCard
from simulators.demo.hardware import CardPlace
from simulators.demo.office import STATION, TERMINAL
from tests.cases.branch.kit import GONE, MOST, Branch
from tests.kiosk.station.office import token_on

ROUNDS = min(int(os.environ.get("CASE_ROUNDS", "1")), MOST // 2 - 1)
SEED = int(os.environ.get("CASE_SEED", "5"))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240 + 30 * ROUNDS)]


def on_again(made: Branch, *devices: DeviceId) -> None:
    """Cut the power and give it back; cards and finger are taken away meanwhile."""
    for device in devices:
        made.stations[device].kill()
    for slot in made.hardware.slots.values():
        slot.remove()
    made.hardware.finger.lift()
    time.sleep(0.6)
    made.start(*devices)
    for device in devices:
        made.hands[device].until_flow("Idle")


def go_on(made: Branch, number: int, card: PivCard) -> None:
    """Do what the voter does after the cut, until the vote is recorded."""
    if token_on(card) is None:
        refused = made.check_in(number, card)
        if refused == "already-voted":
            return  # the card was wiped, so the vote is recorded; the count will tell
        assert refused is None, f"voter {number} is refused: {refused}"
    slot = made.hardware.slots[CardPlace.TERMINAL]
    slot.insert(card)
    view = made.terminal.until_flow("Preferences", "Refused")
    slot.remove()
    made.terminal.until_flow("Idle", "Abandoned")
    if view.flow == "Refused":
        assert view.detail == "spent", f"voter {number} is refused: {view.detail}"
        return
    made.vote(card)


def count(made: Branch) -> int:
    """Close, export, import, count, verify; ballots at headquarters."""
    for hands in made.hands.values():
        hands.close_polls()
    found = made.count()
    assert found.verification.ok
    return found.imported.ballots


def test_cuts(opened: Branch) -> None:
    """Of both devices and of each, at moments of their own: one day, every voter counted once."""
    voters = itertools.count()
    cut_somewhere_in_a_visit(opened, voters)
    cut_between_claim_and_card(opened, voters)
    cut_right_after_the_cast(opened, voters)
    assert count(opened) == next(voters) == 2 * ROUNDS + 1


def cut_somewhere_in_a_visit(opened: Branch, voters: Iterator[int]) -> None:
    """Of both devices, between the identity card and "recorded"."""
    rng = random.Random(SEED)
    for number in itertools.islice(voters, ROUNDS):
        card = opened.blank()
        cut = threading.Timer(rng.uniform(0.05, 2.0), kill_all, (opened,))
        cut.start()
        with suppress(*GONE):
            opened.check_in(number, card)
            opened.vote(card)
        cut.join()
        on_again(opened, STATION, TERMINAL)
        go_on(opened, number, card)


def kill_all(made: Branch) -> None:
    for station in made.stations.values():
        if station.process is not None:
            station.process.kill()


def cut_between_claim_and_card(opened: Branch, voters: Iterator[int]) -> None:
    """The station has claimed the ballot and not written the card: it is issued once more."""
    number = next(voters)
    opened.claim(number)
    on_again(opened, STATION)
    card = opened.blank()
    assert opened.check_in(number, card) is None
    opened.vote(card)


def cut_right_after_the_cast(opened: Branch, voters: Iterator[int]) -> None:
    """Of the terminal, within 90 ms; afterwards a copy of the authorization opens nothing."""
    rng = random.Random(SEED)
    contests = opened.prepared.election.contests
    for number in itertools.islice(voters, ROUNDS):
        card, booth = opened.blank(), opened.booth
        assert opened.check_in(number, card) is None
        authorization = card.piv.objects[TOKEN_OBJECT]
        opened.hardware.slots[CardPlace.TERMINAL].insert(card)
        opened.terminal.until_flow("Preferences")
        opened.terminal.click("begin")
        booth._mark_all(contests, opened.intent)
        booth._review()
        opened.terminal.click("cast")
        time.sleep(rng.uniform(0, 0.09))
        on_again(opened, TERMINAL)
        go_on(opened, number, card)
        card.piv.store_object(TOKEN_OBJECT, authorization)
        assert booth.is_refused(card) == "spent"
