"""kill -9 at random instants: nothing is lost, nothing doubled, and headquarters counts every voter
once.

Three rounds a case; more with CASE_ROUNDS=25 in the environment (up to 60).
"""

import os
import random
import threading
import time

from drivers.smartcard.authorization import TOKEN_OBJECT
from simulators.cards.piv import PivCard
from simulators.demo.booth import Booth
from simulators.demo.hardware import Place
from simulators.demo.office import STATION, TERMINAL
from simulators.demo.stations import StationError
from tests.cases.branch.kit import GONE, Branch, branch
from tests.cases.runner import case, collect, expect
from tests.kiosk.station.office import token_on

ROUNDS = int(os.environ.get("CASE_ROUNDS", "3"))


def on_again(made: Branch, *devices: str) -> None:
    """The cards are taken out meanwhile."""
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
    """What the voter does after the cut, until the vote is recorded."""
    if token_on(card) is None:
        refused = made.check_in(number, card)
        if refused == "already-voted":
            return  # the card was wiped, so the vote is recorded; the count will tell
        expect(refused is None, f"voter {number} is refused: {refused}")
    slot = made.hardware.slots[Place.TERMINAL]
    slot.insert(card)
    view = made.terminal.until_flow("Preferences", "Refused")
    slot.remove()
    made.terminal.until_flow("Idle", "Abandoned")
    if view.flow == "Refused":
        expect(view.detail == "spent", f"voter {number} is refused: {view.detail}")
        return
    made.vote(card)


def counted(made: Branch, ballots: int) -> None:
    """Close, export, import, count, verify."""
    for hands in made.hands.values():
        hands.close_polls()
    found = made.count()
    number = found.imported.report.ballots
    expect(number == ballots, f"{number} of {ballots} ballots at headquarters")
    expect(found.verification.ok and not found.supplement, "what is published does not verify")


@case
def cut_somewhere_in_a_visit() -> None:
    """Of both devices, between the identity card and «recorded»."""
    rng = random.Random(5)
    with branch() as made:
        for number in range(ROUNDS):
            card = made.blank()
            both = [made.stations[device].process for device in (STATION, TERMINAL)]
            cut = threading.Timer(
                rng.uniform(0.05, 2.0), lambda both=both: [each.kill() for each in both]
            )
            cut.start()
            try:
                made.check_in(number, card)
                made.vote(card)
            except (*GONE, StationError):
                pass
            cut.join()
            on_again(made, STATION, TERMINAL)
            go_on(made, number, card)
        counted(made, ROUNDS)


@case
def cut_right_after_the_cast() -> None:
    """Of the terminal, within 90 ms; afterwards a copy of the authorization opens nothing."""
    rng = random.Random(7)
    with branch() as made:
        contests = made.prepared.election.contests
        for number in range(ROUNDS):
            card, booth = made.blank(), Booth(made.terminal)
            expect(made.check_in(number, card) is None, "no authorization")
            authorization = card.piv.objects[TOKEN_OBJECT]
            made.hardware.slots[Place.TERMINAL].insert(card)
            made.terminal.until_flow("Preferences")
            made.terminal.click("begin")
            booth._mark_all(contests, made.intent())
            booth._review()
            made.terminal.click("cast")
            time.sleep(rng.uniform(0, 0.09))
            on_again(made, TERMINAL)
            go_on(made, number, card)
            card.piv.store_object(TOKEN_OBJECT, authorization)
            reason = booth.is_refused(card)
            expect(reason == "spent", f"a copied authorization is refused as {reason}")
        counted(made, ROUNDS)


test_case = collect()
