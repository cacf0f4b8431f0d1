"""Play the day of a branch by robots: stations and terminals served at the same time.

While one voter is in a booth the next is identified. A voter belongs to one station, which also takes
the authorization card back; any terminal will do. What the voters meant is known here alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from queue import Empty, Queue

from drivers.smartcard.authorization import TOKEN_OBJECT
from election.evidence import DocumentKind
from headquarters.progress import ProgressCallback
from kiosk.flows.identity.states import VoterRefusal
from simulators.cards.piv import PivCard, authorization_card
from simulators.demo.booth import Booth
from simulators.demo.by_document import DocumentDesk
from simulators.demo.checkin import CheckIn, CheckInDesk, visitor_card
from simulators.demo.desk import Desk
from simulators.demo.electorate import VisitKind, Visitor
from simulators.demo.hands import Hands, StuckError, lane_hands
from simulators.demo.hardware import CardPlace
from simulators.demo.intents import Intent, contests_of
from simulators.demo.office import Prepared
from simulators.demo.personas import Persona
from simulators.demo.places import DayFolders
from simulators.demo.report import DayReport
from simulators.local_reader import VirtualCard

CARDS = 4
"""Reusable authorization cards of a station."""
FEW_CHOICES = 2
"""Persons whom somebody with switches chooses in one contest."""

HAND_BACK_S = 5.0
"""How long a station that closes before the last one has for the receipt of a card."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One coming of a visitor."""

    visitor: Visitor
    document: DocumentKind | None = None
    """Checked by eye; None: the card is read."""
    counts: bool = True
    """False for a ballot that another one of the person replaces in the night."""
    persona: Persona | None = None
    """How they vote; None: by the mouse, in Persian."""

    def meant(self, intent: Intent) -> Intent:
        """Return what they mean to vote, with few choices where each takes long."""
        if self.persona is None or not self.persona.few_choices:
            return intent
        return Intent(
            tuple(replace(one, persons=one.persons[:FEW_CHOICES]) for one in intent.choices)
        )


@dataclass(frozen=True, slots=True)
class VoterTurn:
    """Voter on the way from an identity station to a booth."""

    visit: Visit
    card: PivCard
    back: Queue[PivCard | None]
    """Where the card is handed back: at the station that gave it."""


@dataclass(slots=True)
class StationPost:
    """One identity station, its robot, and its authorization cards."""

    hands: Hands
    cards: Queue[PivCard | None] = field(default_factory=Queue)
    """None: no card comes back any more."""

    def free_card(self) -> PivCard:
        """Wait for a card. Raises `StuckError` if none comes back."""
        card = self.cards.get()
        if card is None:
            raise StuckError("a booth has stopped; no authorization card comes back")
        return card

    def cards_back(self) -> list[PivCard]:
        """Return the cards that lie at this station."""
        cards: list[PivCard] = []
        while True:
            try:
                card = self.cards.get_nowait()
            except Empty:
                return cards
            cards += [card] if card is not None else []


class BranchDay:
    """The devices of a branch as processes, and the robots at them."""

    def __init__(
        self,
        places: DayFolders,
        desk: Desk,
        prepared: Prepared,
        report: DayReport,
        progress: ProgressCallback,
        *,
        headless: bool = True,
    ) -> None:
        self.places = places
        self._prepared = prepared
        self._report = report
        self._progress = progress
        self.cast: list[Intent] = []
        """Intended votes of the cast ballots, one a person: who has two means the same by both."""
        self._voted: set[str] = set()
        """Numbers of the persons whose intents are there."""
        self._lock = threading.Lock()
        """Of report and `cast`: booths and stations work at the same time."""
        self._served = self._identifying = 0
        lanes = [
            lane_hands(
                places,
                hardware,
                prepared.operators,
                lane,
                headless=headless,
                branch=prepared.branch,
                operators_free=desk.operators,
            )
            for lane, hardware in zip(desk.lanes, desk.hardware, strict=True)
        ]
        self.stations = [
            StationPost(hands[CardPlace.IDENTITY]) for hands in lanes if CardPlace.IDENTITY in hands
        ]
        self.terminals = [
            hands[CardPlace.TERMINAL] for hands in lanes if CardPlace.TERMINAL in hands
        ]
        for post in self.stations:
            for _ in range(0 if prepared.on_paper else CARDS):
                post.cards.put(authorization_card(prepared.card_key))

    @property
    def hands(self) -> list[Hands]:
        """Robots of all devices, stations first."""
        return [*(post.hands for post in self.stations), *self.terminals]

    def open(self) -> None:
        """Start all devices, then open one after the other: operators have one card each."""
        for hands in self.hands:
            hands.station.start()
        for done, hands in enumerate(self.hands):
            hands.station.connect()
            hands.keep_pictures()
            self._progress("polls opened", done, len(self.hands))
            if hands in self.terminals[:1]:
                hands.train()
            hands.open_polls()
        self._progress("polls opened", len(self.hands), len(self.hands))

    def close(self) -> None:
        """Close the terminals, then each station with its cards; what is still open is said to be so."""
        for hands in self.terminals:
            hands.close_polls()
        waiting = [post.hands.station.device for post in self.stations]
        for post in self.stations:
            waiting.remove(post.hands.station.device)
            post.hands.still_open = frozenset(waiting)
            cards = post.cards_back()
            if waiting:
                # Only the last station asks for cards. A reader that is away takes none: the last one's
                # closing tells what is missing.
                with suppress(StuckError):
                    post.hands.hand_back(cards, HAND_BACK_S)
            post.hands.close_polls(() if waiting else cards)
        self._progress("polls closed", len(self.hands), len(self.hands))

    def stop(self) -> None:
        """Stop all devices."""
        for hands in self.hands:
            hands.station.stop()

    def vote(self, visits: Sequence[Visit], intents: Mapping[Visit, Intent]) -> None:
        """Let everybody come, in this order, to the stations in turn.

        Who comes again goes to the next station where a registry is asked, else to the same one.
        """
        turns: Queue[VoterTurn | None] = Queue()
        lines: list[list[Visit]] = [[] for _ in self.stations]
        place: dict[str, int] = {}
        for visit in visits:
            number = visit.visitor.person.national_number
            again = number in place and self._prepared.asks
            here = place.setdefault(number, len(place) % len(lines))
            lines[(here + again) % len(lines)].append(visit)
        self._identifying = len(self.stations)
        with ThreadPoolExecutor(len(self.hands)) as all_at_once:
            stations = [
                all_at_once.submit(self._identify, post, line, turns, len(visits))
                for post, line in zip(self.stations, lines, strict=True)
            ]
            booths = [
                all_at_once.submit(self._vote, hands, intents, turns, odd=not number)
                for number, hands in enumerate(self.terminals)
            ]
            wait([*stations, *booths])
        # A booth that fails lets the stations go: its own failure is the cause.
        failures = [e for each in (*booths, *stations) if (e := each.exception()) is not None]
        if failures:
            raise failures[0]

    # ------------------------------------------------------------ at a station

    def _identify(
        self,
        post: StationPost,
        visits: Sequence[Visit],
        turns: Queue[VoterTurn | None],
        count: int,
    ) -> None:
        try:
            self._serve_all(post, visits, turns, count)
        finally:
            with self._lock:
                self._identifying -= 1
                over = not self._identifying
            for _ in self.terminals if over else ():
                turns.put(None)

    def _serve_all(
        self,
        post: StationPost,
        visits: Sequence[Visit],
        turns: Queue[VoterTurn | None],
        count: int,
    ) -> None:
        for visit in visits:
            authorization = None if self._prepared.on_paper else post.free_card()
            outcome = self._serve(post.hands, visit, authorization)
            with self._lock:
                self._note(visit, outcome)
                self._served += 1
                self._progress("visits", self._served, count)
            if authorization is None:
                continue
            if outcome.refused is None:
                turns.put(VoterTurn(visit, authorization, post.cards))
            else:
                post.cards.put(authorization)

    def _note(self, visit: Visit, outcome: CheckIn) -> None:
        report = self._report
        report.identity_s.append(outcome.seconds)
        if visit.document is not None and visit.document.has_chip:
            report.refused[VoterRefusal.CHIP_DEAD.value] += 1
        if visit.visitor.kind is VisitKind.PULLS_CARD:
            report.refused[VoterRefusal.PULLED.value] += 1
        if outcome.refused is not None:
            report.refused[outcome.refused] += 1
        else:
            report.checked_in += 1
            report.overridden += outcome.overridden

    def _serve(self, hands: Hands, visit: Visit, authorization: PivCard | None) -> CheckIn:
        visitor = visit.visitor
        if visit.document is None or authorization is None:
            desk = CheckInDesk(hands, hands.hardware)
            return desk.serve(visitor, visitor_card(visitor, self._prepared), authorization)
        style = self._prepared.election.style_for(visitor.residence)
        if style is None:
            raise StuckError("nobody may vote who lives there")
        started = time.monotonic()
        by_eye = DocumentDesk(hands, hands.hardware)
        refused = by_eye.serve(visitor, visit.document, style.id, authorization)
        return CheckIn(refused, overridden=False, seconds=time.monotonic() - started)

    # ------------------------------------------------------------ at a terminal

    def _vote(
        self,
        hands: Hands,
        intents: Mapping[Visit, Intent],
        turns: Queue[VoterTurn | None],
        *,
        odd: bool,
    ) -> None:
        try:
            self._serve_booth(Booth(hands), intents, turns, odd=odd)
        finally:
            for post in self.stations:
                post.cards.put(None)

    def _serve_booth(
        self,
        booth: Booth,
        intents: Mapping[Visit, Intent],
        turns: Queue[VoterTurn | None],
        *,
        odd: bool,
    ) -> None:
        copies: list[bytes] = []
        while (turn := turns.get()) is not None:
            visitor = turn.visit.visitor
            written = turn.card.piv.objects[TOKEN_OBJECT]
            intent = intents[turn.visit]
            contests = contests_of(visitor, self._prepared.election)
            took = booth.vote(turn.card, visitor.kind, intent, contests, turn.visit.persona)
            with self._lock:
                self._note_ballot(turn.visit, intent, took)
            if took is not None:
                copies.append(written)
            turn.back.put(turn.card)
        if odd:
            self._put_odd_cards_in(booth, copies)

    def _note_ballot(self, visit: Visit, intent: Intent, took: float | None) -> None:
        report = self._report
        if took is None:
            report.abandoned += 1
            return
        report.cast_s.append(took)
        report.ballots_cast += 1
        report.ballots_spoiled += visit.visitor.kind is VisitKind.CHALLENGES
        number = visit.visitor.person.national_number
        if visit.counts and number not in self._voted:
            self._voted.add(number)
            self.cast.append(intent)
        elif visit.counts:
            report.doubles += 1

    def _put_odd_cards_in(self, booth: Booth, copies: list[bytes]) -> None:
        """Insert cards that open no ballot, among them a copy of an authorization that was spent here."""
        odd: list[VirtualCard] = [
            authorization_card(self._prepared.card_key),
            PivCard("000000", "00000000", bytes(32)),
        ]
        if copies:
            copy = authorization_card(self._prepared.card_key)
            copy.piv.store_object(TOKEN_OBJECT, copies[0])
            odd.append(copy)
        for card in odd:
            self._report.terminal_refused[booth.is_refused(card)] += 1
