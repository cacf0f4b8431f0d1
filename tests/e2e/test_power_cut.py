"""kill -9 of the ballot terminal at random moments of the day: no recorded vote lost, none doubled."""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crypto.election import parse_election
from crypto.hybrid import HybridKey
from drivers.smartcard.authorization import TOKEN_OBJECT, encode_token
from drivers.smartcard.piv import ADMIN_KEY, INS_GENERAL_AUTHENTICATE
from election import token
from election.authorization import Authorization
from election.definition import Rules
from election.records import RecordKind
from kiosk.storage.votes import VoteStore
from simulators.cards.piv import PivCard, authorization_card
from simulators.demo.booth import Booth
from simulators.demo.electorate import VisitKind
from simulators.demo.hands import Hands, StuckError
from simulators.demo.hardware import CardPlace, Hardware, SocketTransport
from simulators.demo.intents import ContestChoice, Intent, make_intent
from simulators.demo.office import STATION, TERMINAL, Prepared, prepare
from simulators.demo.places import DayFolders
from simulators.demo.plan import BRANCH
from simulators.demo.stations import StationError, StationProcess, write_configurations
from simulators.robot import RobotError
from tests.shares import few

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

VOTERS = few(5, 14)
CUTS = few(3, 9)
SEED = 11


@dataclass
class Booths:
    places: DayFolders
    prepared: Prepared
    station: StationProcess
    hands: Hands


@pytest.fixture
def booths(tmp_path: Path, small_council: int) -> Iterator[Booths]:
    places = DayFolders.make(tmp_path / "day")
    prepared = prepare(
        places, SEED, Rules(ballots_per_terminal=VOTERS + CUTS), None, lambda *_: None
    )
    transport = SocketTransport(places.wires)
    with Hardware.make(transport, places.wires, SEED, hurried=True) as hardware:
        write_configurations(places, hardware, fullscreen=False)
        station = StationProcess(TERMINAL, places, {}, headless=True)
        hands = Hands(station, hardware, places.screens, prepared.operators, CardPlace.TERMINAL)
        station.start()
        station.connect()
        try:
            hands.open_polls()
            yield Booths(places, prepared, station, hands)
        finally:
            station.stop()
            places.clear_wires()


def _card(booths: Booths) -> PivCard:
    """A card as the identity station writes it."""
    election = booths.prepared.election
    key = HybridKey.load(booths.places.device(STATION).keys / "signing.pem")
    style = election.styles[0]
    lifetime = timedelta(minutes=election.rules.authorization_minutes)
    data = token.issue(
        Authorization(
            election.uuid,
            BRANCH,
            STATION,
            style.id,
            style.contests,
            (datetime.now(UTC) + lifetime).replace(microsecond=0),
            secrets.token_bytes(token.NONCE_SIZE),
        ),
        key.classical,
    )
    card = authorization_card(booths.prepared.card_key)
    card.piv.store_object(TOKEN_OBJECT, encode_token(data))
    return card


def _vote_until_recorded(booths: Booths, card: PivCard, intent: Intent) -> bool:
    """One voter who comes back after every cut. True: saw "recorded"; False: was told "spent"."""
    election = booths.prepared.election
    slot = booths.hands.hardware.slots[CardPlace.TERMINAL]
    while True:
        try:
            booths.hands.until_flow("Idle", "Abandoned")
            slot.insert(card)
            view = booths.hands.until_flow("Preferences", "Refused")
            if view.flow == "Refused":
                # "no-token": the cut came after the card was wiped, before "recorded" was seen.
                assert view.detail in {"spent", "no-token"}
                slot.remove()
                return False
            slot.remove()
            booths.hands.until_flow("Abandoned")
            Booth(booths.hands).vote(card, VisitKind.ORDINARY, intent, election.contests)
        except (StuckError, RobotError, StationError):
            slot.remove()
            _revive(booths)
        else:
            return True


def _revive(booths: Booths) -> None:
    """Start again, as often as the power is cut in the middle of starting."""
    station = booths.station
    while True:
        try:
            if station.process is None or station.process.poll() is not None:
                station.start()
            station.connect()
            booths.hands.until_flow("Idle", "Abandoned", "Recorded", "Refused")
        except (StuckError, RobotError, StationError):
            continue
        return


def test_a_power_cut_at_any_moment_loses_and_doubles_nothing(booths: Booths) -> None:
    rng = random.Random(SEED)
    contests = booths.prepared.election.contests
    small = [
        Intent(
            tuple(
                ContestChoice(c.contest, c.list_code, c.persons[:2], c.takes_part, c.way)
                for c in make_intent(rng, VisitKind.ORDINARY, contests).choices
            )
        )
        for _ in range(VOTERS)
    ]
    seen: list[bool] = []
    cuts = 0
    stopping = threading.Event()

    def cut_power() -> None:
        nonlocal cuts
        while not stopping.is_set() and cuts < CUTS:
            # A whole turn takes about a second: the cuts fall everywhere in it.
            time.sleep(rng.uniform(0.2, 2.0))
            process = booths.station.process
            if booths.station.robot is not None and process is not None and process.poll() is None:
                process.kill()
                process.wait()
                cuts += 1
                time.sleep(rng.uniform(3.0, 5.0))

    killer = threading.Thread(target=cut_power)
    killer.start()
    try:
        seen = [_vote_until_recorded(booths, _card(booths), intent) for intent in small]
    finally:
        stopping.set()
        killer.join()
    assert len(seen) == VOTERS
    assert cuts >= CUTS // 3, "the test must have cut the power"
    process = booths.station.process
    if process is None or process.poll() is not None:
        # The last cut came when the last vote was recorded already.
        _revive(booths)
    booths.hands.until_flow("Idle", "Abandoned", "Recorded")
    booths.station.kill()
    records, spent = _stored(booths)
    assert len(records) == VOTERS
    assert len(set(records)) == VOTERS
    assert spent == VOTERS


class CutAtWriting(PivCard):
    """A card at whose first or second writing the power goes."""

    def __init__(self, booths: Booths, like: PivCard, command: int) -> None:
        """`command`: of those that authenticate with the administrator's key, two at each writing."""
        super().__init__("00000000", "00000000", booths.prepared.card_key)
        self.piv.store_object(TOKEN_OBJECT, like.piv.objects[TOKEN_OBJECT])
        self._booths = booths
        self._left = command
        self.cut = False

    def process(self, apdu: bytes) -> bytes:
        """The authentication with the administrator's key is the beginning of a writing."""
        if apdu[1] == INS_GENERAL_AUTHENTICATE and apdu[3] == ADMIN_KEY and not self.cut:
            self._left -= 1
            if self._left == 0:
                self.cut = True
                process = self._booths.station.process
                assert process is not None
                process.kill()
                process.wait()
        return super().process(apdu)


INTENT, RECEIPT = 1, 3


@pytest.mark.parametrize(
    ("command", "view", "votes"), [(INTENT, "Preferences", 0), (RECEIPT, "Refused", 1)]
)
def test_a_cut_before_and_after_recording(
    booths: Booths, command: int, view: str, votes: int
) -> None:
    """Before the vote is recorded, at the intent; and after, before the voter is told."""
    contests = booths.prepared.election.contests
    intent = make_intent(random.Random(SEED), VisitKind.BLANK, contests)
    card = CutAtWriting(booths, _card(booths), command)
    with pytest.raises((StuckError, RobotError)):
        Booth(booths.hands).vote(card, VisitKind.BLANK, intent, contests)
    assert card.cut
    slot = booths.hands.hardware.slots[CardPlace.TERMINAL]
    slot.remove()
    _revive(booths)
    slot.insert(card)
    found = booths.hands.until_flow(view)
    assert found.detail == ("spent" if votes else "")
    slot.remove()
    booths.station.kill()
    records, spent = _stored(booths)
    assert (len(records), spent) == (votes, votes)


def _stored(booths: Booths) -> tuple[list[bytes], int]:
    """What the media hold after the last cut, as the next start finds it."""
    places = booths.places.device(TERMINAL)
    election = parse_election(booths.prepared.election.belenios_election)
    key = HybridKey.load(places.keys / "signing.pem")
    for_both = VoteStore(
        places.data / "votes.db", places.mirror / "votes.db", key, election.fingerprint, TERMINAL
    )
    for_both.reconcile()
    records = [r.digest for r in for_both.records() if r.kind is RecordKind.CAST]
    spent = len(for_both.spent())
    for_both.close()
    return records, spent
