"""The windowed day: the device bench in this process, the two stations in processes of their own.

Everything a robot does in the headless day a person does here by hand, or lets be done: each step of the
day can be played by the robots as well.
"""

from __future__ import annotations

import os
import random
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtWidgets import QApplication

from drivers.smartcard.authorization import decode_token
from drivers.smartcard.local import VirtualCard
from kiosk.cli.demo.booth import Booth, make_intent
from kiosk.cli.demo.checkin import CheckInDesk, identity_card
from kiosk.cli.demo.electorate import Kind, Visitor, make_visitors
from kiosk.cli.demo.hands import Hands, Stuck, View
from kiosk.cli.demo.hardware import Hardware, Place, choose_transport
from kiosk.cli.demo.office import PINS, STATION, TERMINAL, Counted, Prepared, count, prepare
from kiosk.cli.demo.places import Places
from kiosk.cli.demo.stations import Station, StationError, write_configurations
from kiosk.definition import Role, Rules, Text
from kiosk.errors import AMIN_ERRORS
from kiosk.station.console import BUNDLE_SUFFIX
from simulators.cards.piv import PivCard, authorization_card
from simulators.fingerprint.fingers import Placement
from simulators.people import portrait
from simulators.printer.escpos import Trouble
from simulators.robot import RobotError
from ui.bench.protocol import (
    BenchCard,
    BenchPrinter,
    BenchSensor,
    BenchSlot,
    BenchState,
    Cable,
    CardKey,
    CardKind,
    DayStep,
    PersonKey,
    PrinterFault,
    Slot,
    StepKey,
    Touch,
)
from ui.bench.window import BenchWindow
from ui.raster import Raster

PEOPLE = 12
CARDS = 3
LOOK_S = 0.3
"""How often the bench looks at the stations' screens."""
DPI = 96.0

_PLACES = {
    Slot.IDENTITY: Place.IDENTITY,
    Slot.AUTHORIZATION: Place.AUTHORIZATION,
    Slot.TERMINAL: Place.TERMINAL,
}
_READER_CABLES = {
    Cable.IDENTITY_READER: Slot.IDENTITY,
    Cable.AUTHORIZATION_READER: Slot.AUTHORIZATION,
    Cable.TERMINAL_READER: Slot.TERMINAL,
}
_TROUBLES = {
    PrinterFault.PAPER_OUT: Trouble.PAPER_END,
    PrinterFault.JAM: Trouble.CUTTER_JAM,
    PrinterFault.COVER: Trouble.COVER_OPEN,
}
_TOUCHES = {Touch.RIGHT: Placement.RIGHT, Touch.WRONG: Placement.CLEAN, Touch.WET: Placement.WET}

_NOTES = {
    Kind.UNDER_AGE: Text("زیر سن رأی", "under age"),
    Kind.OTHER_ISSUER: Text("کارت صادرکننده‌ی دیگر", "card of another issuer"),
    Kind.COUNCIL_ONLY: Text("فقط شورای شهر", "city council only"),
    Kind.WORN: Text("انگشت ساییده: تر بگذارید", "worn fingers: use a wet one"),
    Kind.IMPOSTOR: Text("کارت دیگری: انگشت نادرست", "somebody else's card: wrong finger"),
}

PREPARE, OPEN_STATION, OPEN_TERMINAL, VOTE, CLOSE_STATION, CLOSE_TERMINAL, COUNT = map(
    StepKey,
    (
        "prepare",
        "open-station",
        "open-terminal",
        "vote",
        "close-station",
        "close-terminal",
        "count",
    ),
)
_STEPS: tuple[tuple[StepKey, Text, Text], ...] = (
    (
        PREPARE,
        Text("ستاد: بسته‌ی انتخابات", "Headquarters: election package"),
        Text(
            "کلیدها، نامزدها و بسته‌ی امضاشده روی حافظه نوشته می‌شوند.",
            "Keys, candidates and the signed package are written to the stick.",
        ),
    ),
    (
        OPEN_STATION,
        Text("بازگشایی ایستگاه شناسایی", "Open the identity station"),
        Text(
            "کارت مسئول در کارت‌خوان، رمز، بارگذاری بسته، سپس کارت ناظر؛ آزمون و بازگشایی.",
            "Officer's card and PIN, load the package, supervisor's card; then test and open.",
        ),
    ),
    (
        OPEN_TERMINAL,
        Text("بازگشایی پایانه‌ی رأی", "Open the ballot terminal"),
        Text("همان کار روی پایانه‌ی رأی.", "The same on the ballot terminal."),
    ),
    (
        VOTE,
        Text("رأی‌دهندگان", "Voters"),
        Text(
            "کارت ملی در کارت‌خوان اول، کارت تعرفه در دوم، انگشت روی حسگر؛ سپس کارت تعرفه در پایانه.",
            "Identity card in the first reader, authorization card in the second, finger on the"
            " sensor; then the authorization card into the terminal.",
        ),
    ),
    (
        CLOSE_STATION,
        Text("بستن ایستگاه شناسایی", "Close the identity station"),
        Text(
            "دو کارت، پایان، و نوشتن بسته روی حافظه.",
            "Both cards, close, and export the bundle to the stick.",
        ),
    ),
    (
        CLOSE_TERMINAL,
        Text("بستن پایانه‌ی رأی", "Close the ballot terminal"),
        Text("همان کار روی پایانه‌ی رأی.", "The same on the ballot terminal."),
    ),
    (
        COUNT,
        Text("ستاد: شمارش", "Headquarters: count"),
        Text(
            "درهم‌ریزی، رمزگشایی، شمارش، کرسی‌ها و راستی‌آزمایی بایگانی.",
            "Mix, decrypt, count, allocate seats and verify the archive.",
        ),
    ),
)


@dataclass(slots=True)
class _Seen:
    """What was last seen on a station's screen; None: not running or not drawn yet."""

    view: View | None = None


@dataclass(slots=True)
class TableBench:
    """The hands' side of the devices; satisfies `ui.bench.protocol.Bench`."""

    places: Places
    hardware: Hardware
    seed: int
    _cards: dict[CardKey, VirtualCard] = field(default_factory=dict)
    _faces: dict[CardKey, BenchCard] = field(default_factory=dict)
    _visitors: dict[PersonKey, Visitor] = field(default_factory=dict)
    _in: dict[Slot, CardKey] = field(default_factory=dict)
    _voted: set[CardKey] = field(default_factory=set)
    _finger: tuple[PersonKey, Touch] | None = None
    _unplugged: set[Cable] = field(default_factory=set)
    _fault: PrinterFault = PrinterFault.NONE
    _running: StepKey | None = None
    _progress: float | None = None
    _message: Text = Text("")
    _bad: bool = False
    _counted: bool = False
    _prepared: Prepared | None = None
    _stations: dict[Place, Station] = field(default_factory=dict)
    _hands: dict[Place, Hands] = field(default_factory=dict)
    _seen: dict[Place, _Seen] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _stopping: threading.Event = field(default_factory=threading.Event)

    # ------------------------------------------------------------ the Bench protocol

    def state(self) -> BenchState:
        with self._lock:
            return BenchState(
                cards=tuple(self._face(key) for key in self._cards),
                slots=tuple(
                    BenchSlot(slot, self._card_in(slot), cable not in self._unplugged)
                    for cable, slot in _READER_CABLES.items()
                ),
                sensor=BenchSensor(
                    Cable.FINGERPRINT not in self._unplugged,
                    self.hardware.finger.wait_for_scan(0.0),
                    self._finger[0] if self._finger else None,
                    self._finger[1] if self._finger else Touch.NONE,
                ),
                printer=self._printer(),
                steps=self._steps(),
                running=self._running,
                progress=self._progress,
                message=self._message,
                message_bad=self._bad,
            )

    def insert(self, slot: Slot, card: CardKey) -> None:
        with self._lock:
            if card not in self._cards:
                return
            for other, held in list(self._in.items()):
                if held == card:
                    self.remove(other)
            self.hardware.slots[_PLACES[slot]].insert(self._cards[card])
            self._in[slot] = card

    def remove(self, slot: Slot) -> None:
        with self._lock:
            self.hardware.slots[_PLACES[slot]].remove()
            self._in.pop(slot, None)

    def pull_cable(self, cable: Cable) -> None:
        self._cable(cable, plugged=False)

    def plug(self, cable: Cable) -> None:
        self._cable(cable, plugged=True)

    def place_finger(self, person: PersonKey, how: Touch) -> None:
        visitor = self._visitors.get(person)
        if visitor is None or how is Touch.NONE:
            self.lift()
            return
        finger = visitor.person.finger()
        if how is Touch.WRONG:
            finger = type(finger).of(visitor.person.finger_seed + 1)
        self.hardware.finger.place(finger, _TOUCHES[how])
        self._finger = (person, how)

    def lift(self) -> None:
        self.hardware.finger.lift()
        self._finger = None

    def paper_out(self) -> None:
        self._printer_fault(PrinterFault.PAPER_OUT)

    def jam(self) -> None:
        self._printer_fault(PrinterFault.JAM)

    def cover(self) -> None:
        self._printer_fault(PrinterFault.COVER)

    def paper_ok(self) -> None:
        self._printer_fault(PrinterFault.NONE)

    def do_step(self, key: StepKey) -> None:
        with self._lock:
            if self._running is not None:
                return
            self._running, self._progress = key, None
            self._say(Text(""))
        threading.Thread(target=self._do, args=(key,), name="step", daemon=True).start()

    # ------------------------------------------------------------ life

    def start(self) -> None:
        """Begin the first step by itself, and look at the stations from now on."""
        threading.Thread(target=self._watch, name="bench watcher", daemon=True).start()
        self.do_step(PREPARE)

    def stop(self) -> None:
        self._stopping.set()
        for station in self._stations.values():
            station.stop()

    # ------------------------------------------------------------ steps

    def _do(self, key: StepKey) -> None:
        work: dict[StepKey, Callable[[], Text]] = {
            PREPARE: self._do_prepare,
            OPEN_STATION: lambda: self._do_open(Place.IDENTITY),
            OPEN_TERMINAL: lambda: self._do_open(Place.TERMINAL),
            VOTE: self._do_vote,
            CLOSE_STATION: lambda: self._do_close(Place.IDENTITY),
            CLOSE_TERMINAL: lambda: self._do_close(Place.TERMINAL),
            COUNT: self._do_count,
        }
        try:
            done, bad = work[key](), False
        except (*AMIN_ERRORS, Stuck, StationError, RobotError, OSError) as trouble:
            done, bad = Text(f"انجام نشد: {trouble}", f"Not done: {trouble}"), True
        with self._lock:
            self._running = None
            self._say(done, bad=bad)

    def _tell(self, step: str, done: int, total: int) -> None:
        del step
        self._progress = done / total if total else None

    def _do_prepare(self) -> Text:
        prepared = prepare(self.places, self.seed, Rules(), None, self._tell)
        rng = random.Random(f"voters {self.seed}")
        visitors = make_visitors(rng, PEOPLE, datetime.now(UTC).date())
        write_configurations(self.places, self.hardware, fullscreen=False)
        environment = self.hardware.transport.environment()
        with self._lock:
            self._prepared = prepared
            self._lay_out(prepared, visitors)
            for place, device, reader in (
                (Place.IDENTITY, STATION, Place.AUTHORIZATION),
                (Place.TERMINAL, TERMINAL, Place.TERMINAL),
            ):
                station = Station(device, self.places, environment, headless=False)
                self._stations[place] = station
                self._hands[place] = Hands(
                    station, self.hardware, self.places.screens, prepared.operators, reader
                )
                station.start()
        for station in self._stations.values():
            station.connect()
        return Text(
            "بسته آماده است. دستگاه‌ها را باز کنید.", "The package is ready. Open the devices."
        )

    def _do_open(self, place: Place) -> Text:
        self._clear_table()
        self._hands[place].open_polls()
        return Text("رأی‌گیری باز است.", "The polls are open.")

    def _do_close(self, place: Place) -> Text:
        self._clear_table()
        self._hands[place].close_polls()
        return Text("بسته شد و بسته روی حافظه است.", "Closed; the bundle is on the stick.")

    def _do_vote(self) -> Text:
        prepared = self._must_be_prepared()
        self._clear_table()
        key = next((k for k in self._visitors if CardKey(k) not in self._voted), None)
        if key is None:
            return Text("همه رأی داده‌اند.", "Everybody has voted.")
        visitor = self._visitors[key]
        blank = next(c for k, c in self._cards.items() if k.startswith("authorization"))
        if not isinstance(blank, PivCard):
            raise Stuck("the card is no authorization card")
        desk = CheckInDesk(self._hands[Place.IDENTITY], self.hardware)
        outcome = desk.serve(visitor, self._cards[CardKey(key)], blank)
        self._voted.add(CardKey(key))
        if outcome.refused is not None:
            return Text(f"پذیرفته نشد: {outcome.refused}", f"Refused: {outcome.refused}")
        style = prepared.election.style_for(visitor.residence)
        contests = tuple(c for c in prepared.election.contests if style and c.id in style.contests)
        rng = random.Random(f"vote {visitor.person.national_number}")
        intent = make_intent(rng, visitor.kind, contests)
        Booth(self._hands[Place.TERMINAL]).vote(blank, visitor.kind, intent, contests)
        return Text("یک نفر رأی داد.", "One person has voted.")

    def _do_count(self) -> Text:
        counted = count(self.places, self._must_be_prepared(), None, self._tell)
        self._counted = True
        return _result(counted, self.places)

    def _must_be_prepared(self) -> Prepared:
        if self._prepared is None:
            raise Stuck("headquarters has not written the package yet")
        return self._prepared

    def _steps(self) -> tuple[DayStep, ...]:
        done = {
            PREPARE: self._prepared is not None and bool(self._hands),
            OPEN_STATION: self._was_opened(Place.IDENTITY),
            OPEN_TERMINAL: self._was_opened(Place.TERMINAL),
            VOTE: bool(self._voted),
            CLOSE_STATION: (self.places.usb / f"{STATION}{BUNDLE_SUFFIX}").exists(),
            CLOSE_TERMINAL: (self.places.usb / f"{TERMINAL}{BUNDLE_SUFFIX}").exists(),
            COUNT: self._counted,
        }
        opened = done[OPEN_STATION] and done[OPEN_TERMINAL]
        possible = {
            PREPARE: not done[PREPARE],
            OPEN_STATION: done[PREPARE] and not done[OPEN_STATION],
            OPEN_TERMINAL: done[PREPARE] and not done[OPEN_TERMINAL],
            VOTE: opened and not done[CLOSE_STATION] and not done[CLOSE_TERMINAL],
            CLOSE_STATION: done[OPEN_STATION] and not done[CLOSE_STATION],
            CLOSE_TERMINAL: done[OPEN_TERMINAL] and not done[CLOSE_TERMINAL],
            COUNT: done[CLOSE_STATION] and done[CLOSE_TERMINAL] and not done[COUNT],
        }
        idle = self._running is None
        following = next((key for key, _, _ in _STEPS if not done[key]), None)
        return tuple(
            DayStep(key, title, hint, done[key], key == following, possible[key] and idle)
            for key, title, hint in _STEPS
        )

    def _was_opened(self, place: Place) -> bool:
        view = self._seen.setdefault(place, _Seen()).view
        closed_before = {"no-package", "not-opened"}
        return view is not None and not (view.flow == "Closed" and view.detail in closed_before)

    # ------------------------------------------------------------ the table

    def _lay_out(self, prepared: Prepared, visitors: tuple[Visitor, ...]) -> None:
        for number, visitor in enumerate(visitors):
            key = CardKey(f"person-{number}")
            foreign = visitor.kind is Kind.OTHER_ISSUER
            issuer = prepared.other_issuer if foreign else prepared.issuer
            person = visitor.person.name
            self._cards[key] = identity_card(visitor, issuer, prepared.election.day)
            self._visitors[PersonKey(key)] = visitor
            self._faces[key] = BenchCard(
                key,
                CardKind.PERSON,
                Text(person.fa, person.latin),
                _NOTES.get(visitor.kind, Text("")),
                portrait(visitor.person),
                PersonKey(key),
            )
        for role, kind, name in (
            (Role.OFFICER, CardKind.OFFICER, Text("مسئول شعبه", "Officer")),
            (Role.SUPERVISOR, CardKind.SUPERVISOR, Text("ناظر", "Supervisor")),
        ):
            key = CardKey(role.value)
            self._cards[key] = prepared.operators[role]
            self._faces[key] = BenchCard(key, kind, name, pin=PINS[role])
        for number in range(1, CARDS + 1):
            key = CardKey(f"authorization-{number}")
            self._cards[key] = authorization_card(prepared.card_key)
            self._faces[key] = BenchCard(
                key, CardKind.AUTHORIZATION, Text(f"کارت تعرفه {number}", f"Card {number}")
            )
        key = CardKey("other")
        self._cards[key] = PivCard("000000", "00000000", bytes(32))
        self._faces[key] = BenchCard(key, CardKind.OTHER, Text("کارتی دیگر", "Some other card"))

    def _face(self, key: CardKey) -> BenchCard:
        face, card = self._faces[key], self._cards[key]
        if face.kind is CardKind.PERSON:
            return _with(face, used=key in self._voted)
        if face.kind is CardKind.AUTHORIZATION and isinstance(card, PivCard):
            loaded = _is_loaded(card)
            note = Text("دارای مجوز", "loaded") if loaded else Text("خالی", "blank")
            return _with(face, used=loaded, note=note)
        return face

    def _card_in(self, slot: Slot) -> CardKey | None:
        """What really is in the slot: robots put cards in as well."""
        card = self.hardware.slots[_PLACES[slot]].card
        if card is None:
            return None
        return next((key for key, held in self._cards.items() if held is card), None)

    def _clear_table(self) -> None:
        """Before robots take over: all cards out, no finger on the sensor."""
        for slot in Slot:
            self.remove(slot)
        self.lift()

    def _cable(self, cable: Cable, *, plugged: bool) -> None:
        with self._lock:
            cables: set[Cable]
            match cable:
                case Cable.FINGERPRINT:
                    (self.hardware.finger.replug if plugged else self.hardware.finger.unplug)()
                    cables = {cable}
                case Cable.PRINTER:
                    for printer in self.hardware.printers.values():
                        (printer.replug if plugged else printer.unplug)()
                    cables = {cable}
                case _:
                    # The virtual readers hang on one daemon: they come and go together.
                    if not self.hardware.transport.connect(plugged=plugged):
                        self._say(
                            Text(
                                "بدون pcscd کابل کارت‌خوان جدا نمی‌شود.",
                                "Without pcscd the readers' cables can't be pulled.",
                            ),
                            bad=True,
                        )
                        return
                    cables = set(_READER_CABLES)
            self._unplugged = self._unplugged - cables if plugged else self._unplugged | cables

    def _printer_fault(self, fault: PrinterFault) -> None:
        for printer in self.hardware.printers.values():
            for trouble in _TROUBLES.values():
                printer.mend(trouble)
            if fault is not PrinterFault.NONE:
                printer.cause(_TROUBLES[fault])
        self._fault = fault

    def _printer(self) -> BenchPrinter:
        receipts = [r for p in self.hardware.printers.values() for r in p.receipts()]
        hanging = any(printer.hanging() for printer in self.hardware.printers.values())
        latest = receipts[-1] if receipts else None
        return BenchPrinter(
            Cable.PRINTER not in self._unplugged,
            self._fault,
            hanging,
            len(receipts),
            Raster(latest.width_px, latest.rows) if latest else None,
        )

    def _say(self, message: Text, *, bad: bool = False) -> None:
        self._message, self._bad = message, bad

    # ------------------------------------------------------------ watching the stations

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_S):
            for place, hands in list(self._hands.items()):
                if hands.station.robot is None or self._running is not None:
                    continue
                try:
                    view = hands.look()
                except (RobotError, Stuck):
                    continue
                with self._lock:
                    self._seen[place] = _Seen(view)
                    if place is Place.IDENTITY and view.flow == "Done":
                        inside = self._card_in(Slot.IDENTITY)
                        self._voted |= {inside} if inside else set()


def _with(face: BenchCard, *, used: bool, note: Text | None = None) -> BenchCard:
    return BenchCard(
        face.key,
        face.kind,
        face.name,
        face.note if note is None else note,
        face.photo,
        face.person,
        face.pin,
        used,
    )


def _is_loaded(card: PivCard) -> bool:
    value = card.piv.objects.get(0x5FFF10)
    return decode_token(value) is not None


def _result(counted: Counted, places: Places) -> Text:
    council = counted.seats[0]
    seats = (
        "، ".join(f"{g.name.fa} {g.seats}" for g in council.groups if g.seats) if council else "-"
    )
    verdict = "✓" if counted.verification.ok else "✗"
    return Text(
        f"بایگانی {verdict} کرسی‌ها: {seats}. نتیجه در {places.root}",
        f"Archive {verdict} Seats: {seats}. Everything is in {places.root}",
    )


def run_bench(root: Path, seed: int, wanted: str | None) -> int:
    """Open the bench; returns when its window is closed. Raises `FileExistsError`."""
    places = Places.make(root)
    app = QApplication(sys.argv[:1])
    transport, notice = choose_transport(wanted, places.wires)
    with Hardware.make(transport, places.wires, seed, hurried=False) as hardware:
        bench = TableBench(places, hardware, seed)
        window = BenchWindow(DPI, bench)
        window.setWindowTitle("Amin – device bench")
        window.resize(1280, 800)
        window.show()
        window.start()
        bench.start()
        if notice:
            print(notice, file=sys.stderr)
        remembered = _tour_mark()
        if not remembered.exists():
            window.tour_finished.connect(lambda: _remember(remembered))
            window.start_tour()
        try:
            return app.exec()
        finally:
            window.stop()
            bench.stop()
            places.clear_wires()


def _tour_mark() -> Path:
    """Where it is noted that the tour was read (XDG base directories)."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "amin" / "tour-read"


def _remember(mark: Path) -> None:
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
