"""Table of the device bench: cards in slots, the finger on the sensor, cables, paper, power, faults."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

from drivers.smartcard.authorization import TOKEN_OBJECT, decode_token
from election.definition import Role, Text
from simulators.bench.protocol import (
    BenchCard,
    BenchCardId,
    BenchCardKind,
    BenchPrinter,
    BenchScanner,
    BenchSensor,
    BenchSlot,
    BenchUps,
    Cable,
    PersonKey,
    Printing,
    ReaderSlot,
    Seen,
    SupplySetting,
    TouchStyle,
)
from simulators.cards.piv import PivCard, authorization_card
from simulators.demo.checkin import visitor_card
from simulators.demo.desk import Desk, Reader
from simulators.demo.electorate import VisitKind, Visitor
from simulators.demo.handing_back import brings_receipt, has_receipt
from simulators.demo.hardware import DEVICES, CardPlace, Hardware, WiredDevice
from simulators.demo.office import PINS, Prepared
from simulators.demo.ridges import Pictures
from simulators.fingerprint.fingers import Placement
from simulators.local_reader import VirtualCard
from simulators.people import portrait
from simulators.printer.mechanism import NEAR_END_MM, Trouble
from simulators.printer.view import FAULTS as PRINTER_FAULTS
from simulators.printer.view import StripView
from simulators.scanner.serial_scanner import FAULTS as SCANNER_FAULTS
from simulators.serial_line import LineFault
from simulators.ups.battery import FAULTS as UPS_FAULTS
from ui.strip import ReceiptRaster
from words.message import Latin, m

CARDS = 3
"""Reusable authorization cards."""

_PLACES = {
    ReaderSlot.IDENTITY: CardPlace.IDENTITY,
    ReaderSlot.AUTHORIZATION: CardPlace.AUTHORIZATION,
    ReaderSlot.TERMINAL: CardPlace.TERMINAL,
}
_READER_CABLES = {Cable(slot): slot for slot in ReaderSlot}
_TOUCHES: dict[TouchStyle, Placement] = {
    touch: Placement(touch.value)
    for touch in TouchStyle
    if touch not in {TouchStyle.WRONG, TouchStyle.NONE}
}
_TOUCHES[TouchStyle.WRONG] = Placement.CLEAN
_SUPPLIES = {"OL": SupplySetting.LINE, "OB": SupplySetting.BATTERY}
_LINE_FAULTS = tuple(fault.value for fault in LineFault)
PULL = "pull"
"""The one thing that can happen to a card beside a hand that takes it: it is pulled in the middle."""
PULL_AFTER = 3
"""Commands from now."""
STRIP_ROWS = 900
"""Rows of a hanging strip that are shown: 11 cm."""

FAULTS: tuple[tuple[Cable, tuple[str, ...]], ...] = (
    *((cable, (PULL,)) for cable in _READER_CABLES),
    (Cable.FINGERPRINT, _LINE_FAULTS),
    (Cable.PRINTER, tuple(PRINTER_FAULTS)),
    (Cable.SCANNER, (*SCANNER_FAULTS, *_LINE_FAULTS)),
    (Cable.UPS, tuple(UPS_FAULTS)),
)

_NOTES = {
    VisitKind.UNDER_AGE: m("under age"),
    VisitKind.OTHER_ISSUER: m("card of another issuer"),
    VisitKind.COUNCIL_ONLY: m("city council only"),
    VisitKind.WORN: m("worn fingers: use a wet one"),
    VisitKind.IMPOSTOR: m("somebody else's card: wrong finger"),
}


@dataclass(slots=True)
class LeftAt:
    """What hands did to the devices of a lane, and what its printers had cut off when they were looked at."""

    finger: tuple[PersonKey, TouchStyle] | None = None
    unplugged: set[Cable] = field(default_factory=set)
    ups_fault: str = "line"
    strips: tuple[int, ...] = (0, 0)
    printed: int = 0


@dataclass(slots=True)
class Table:
    """Everything on the table and in the slots; to be used from any thread."""

    desk: Desk
    visitors: dict[PersonKey, Visitor] = field(default_factory=dict)
    voted: set[BenchCardId] = field(default_factory=set)
    _cards: dict[BenchCardId, VirtualCard] = field(default_factory=dict)
    _faces: dict[BenchCardId, BenchCard] = field(default_factory=dict)
    at: int = 0
    """The lane whose devices are on the table."""
    _left: dict[int, LeftAt] = field(default_factory=dict)
    """By lane."""
    _pictures: Pictures = field(default_factory=Pictures)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def hardware(self) -> Hardware:
        """Devices of the lane that is on the table."""
        return self.desk.hardware[self.at]

    @property
    def _here(self) -> LeftAt:
        return self._left.setdefault(self.at, LeftAt())

    def turn_to(self, lane: int) -> None:
        """Put the devices of another lane on the table; nothing for a number that there is not."""
        with self._lock:
            if 0 <= lane < len(self.desk.lanes):
                self.at = lane

    # ------------------------------------------------------------ what is seen

    def cards(self) -> tuple[BenchCard, ...]:
        """Return all cards of the tray."""
        with self._lock:
            return tuple(self._face(key) for key in self._cards)

    def slots(self) -> tuple[BenchSlot, ...]:
        """Return the slots with their cards."""
        with self._lock:
            return tuple(
                BenchSlot(slot, self.card_in(slot), cable not in self._here.unplugged)
                for cable, slot in _READER_CABLES.items()
            )

    def sensor(self) -> BenchSensor:
        """Return the sensor's state and its picture."""
        view = self.hardware.finger.view()
        finger = self._here.finger
        if view.how is None:
            how = TouchStyle.NONE
        elif finger is not None and finger[1] is TouchStyle.WRONG:
            how = TouchStyle.WRONG
        else:
            how = (
                TouchStyle(view.how.value) if view.how is not Placement.CLEAN else TouchStyle.RIGHT
            )
        return BenchSensor(
            Cable.FINGERPRINT not in self._here.unplugged,
            view.waiting,
            finger[0] if finger and view.how is not None else None,
            how,
            Seen(view.result.value),
            self._pictures.of(view),
        )

    def printer(self) -> BenchPrinter:
        """Return the state of the printer that prints, or printed last."""
        printers = tuple(self.hardware.printers.values())
        views = tuple(printer.view(STRIP_ROWS) for printer in printers)
        at = next((i for i, view in enumerate(views) if view.rows), self._last_printer(views))
        view, receipts = views[at], printers[at].receipts()
        strip = None
        if view.rows:
            strip = ReceiptRaster(view.width_px, view.rows)
        elif receipts:
            strip = ReceiptRaster(receipts[-1].width_px, receipts[-1].rows)
        return BenchPrinter(
            Printing(view.state.value),
            _troubles(view),
            strip,
            bool(view.rows),
            view.paper_left_mm,
            sum(one.strips for one in views),
        )

    def _last_printer(self, views: tuple[StripView, ...]) -> int:
        """Return the index of the printer that cut a strip last."""
        counts = tuple(view.strips for view in views)
        for place, (before, now) in enumerate(zip(self._here.strips, counts, strict=False)):
            if now != before:
                self._here.printed = place
        self._here.strips = counts
        return self._here.printed

    def ups(self) -> BenchUps:
        """Return the state of the UPS."""
        told = self.hardware.ups.variables()
        words = told["ups.status"].split()
        supply = next((_SUPPLIES[word] for word in words if word in _SUPPLIES), SupplySetting.STALE)
        if not self.hardware.ups.plugged:
            supply = SupplySetting.GONE
        elif self._here.ups_fault in {"stale", "gone"}:
            supply = SupplySetting.STALE
        elif supply is SupplySetting.BATTERY and "LB" in words:
            supply = SupplySetting.LOW
        return BenchUps(supply, float(told["battery.charge"]), float(told["battery.runtime"]))

    def scanner(self) -> BenchScanner:
        """Return the state of the code scanner."""
        return BenchScanner(self.hardware.scanner.plugged)

    def card_in(self, slot: ReaderSlot) -> BenchCardId | None:
        """Return the card that is really in the slot: robots insert cards as well."""
        reader = self._reader(slot)
        return None if reader is None else self.key_in(reader)

    def key_in(self, reader: Reader) -> BenchCardId | None:
        """Return the card that is in any reader of the desk."""
        card = self.desk.card_in(reader)
        if card is None:
            return None
        return next((key for key, held in self._cards.items() if held is card), None)

    def _reader(self, slot: ReaderSlot) -> Reader | None:
        place = _PLACES[slot]
        device = self.desk.lanes[self.at].device(place)
        return None if device is None else Reader(device, place)

    def card(self, key: BenchCardId) -> VirtualCard:
        """Return the card with this key. Raises KeyError."""
        return self._cards[key]

    def blank_card(self) -> PivCard:
        """Return an authorization card of the branch."""
        blank = [
            card
            for key, card in self._cards.items()
            if isinstance(card, PivCard) and self._faces[key].kind is BenchCardKind.AUTHORIZATION
        ]
        return next((card for card in blank if not has_receipt(card)), blank[0])

    def to_hand_back(self) -> tuple[PivCard, ...]:
        """Return the cards with a receipt that no station has read yet, as they lie or stick in a slot."""
        return tuple(filter(has_receipt, self.with_receipts()))

    def with_receipts(self) -> tuple[PivCard, ...]:
        """Return the cards with a receipt: no hand sees which station gave one."""
        with self._lock:
            cards = list(self._cards.values())
        return tuple(card for card in cards if isinstance(card, PivCard) and brings_receipt(card))

    # ------------------------------------------------------------ what hands do

    def insert(self, slot: ReaderSlot, card: BenchCardId) -> None:
        """Put a card into a slot; it leaves the slot it is in. Nothing happens for an unknown card."""
        with self._lock:
            reader = self._reader(slot)
            if card in self._cards and reader is not None:
                self.desk.put(self._cards[card], reader)

    def remove(self, slot: ReaderSlot) -> None:
        """Take the card out of a slot."""
        with self._lock:
            if (reader := self._reader(slot)) is not None:
                self.desk.clear(reader)

    def clear(self) -> None:
        """Take all cards out and lift the fingers, before robots take over."""
        for reader in self.desk.readers():
            self.desk.clear(reader)
        for lane, hardware in enumerate(self.desk.hardware):
            hardware.finger.lift()
            self._left.setdefault(lane, LeftAt()).finger = None

    def place_finger(self, person: PersonKey, how: TouchStyle) -> None:
        """Put a person's finger on the sensor; lift it for an unknown person or no touch."""
        visitor = self.visitors.get(person)
        if visitor is None or how is TouchStyle.NONE:
            self.lift()
            return
        finger = visitor.person.finger()
        if how is TouchStyle.WRONG:
            finger = type(finger).of(visitor.person.finger_seed + 1)
        self.hardware.finger.place(finger, _TOUCHES[how])
        self._here.finger = (person, how)

    def lift(self) -> None:
        """Lift the finger."""
        self.hardware.finger.lift()
        self._here.finger = None

    def scan(self, text: str) -> None:
        """Show the scanner a code, on a thread: sending takes as long as the line takes."""
        scanner = self.hardware.scanner
        threading.Thread(target=scanner.scan, args=(text,), name="scan", daemon=True).start()

    def cable(self, cable: Cable, *, plugged: bool) -> bool:
        """Pull or plug a cable; False if it can't be pulled here."""
        hardware = self.hardware
        with self._lock:
            cables = {cable}
            if cable in _READER_CABLES:
                # The virtual readers of a device hang on one daemon: they come and go together.
                place = _PLACES[_READER_CABLES[cable]]
                if not hardware.transport.connect(place, plugged=plugged):
                    return False
                together = next(readers for readers in DEVICES if place in readers)
                cables = {x for x, slot in _READER_CABLES.items() if _PLACES[slot] in together}
            wired: dict[Cable, tuple[WiredDevice, ...]] = {
                Cable.FINGERPRINT: (hardware.finger,),
                Cable.SCANNER: (hardware.scanner,),
                Cable.UPS: (hardware.ups,),
                Cable.PRINTER: tuple(hardware.printers.values()),
            }
            for device in wired.get(cable, ()):
                (device.replug if plugged else device.unplug)()
            self._here.unplugged = (
                self._here.unplugged - cables if plugged else self._here.unplugged | cables
            )
            return True

    def strike(self, device: Cable, fault: str) -> None:
        """Make a fault of `FAULTS` happen to a device; nothing for another name."""
        if fault not in dict(FAULTS).get(device, ()):
            return
        hardware = self.hardware
        match device:
            case Cable.FINGERPRINT:
                hardware.finger.fault(LineFault(fault))
            case Cable.PRINTER:
                for printer in hardware.printers.values():
                    printer.strike(fault)
            case Cable.SCANNER if fault in SCANNER_FAULTS:
                hardware.scanner.strike(fault)
            case Cable.SCANNER:
                hardware.scanner.fault(LineFault(fault))
            case Cable.UPS:
                hardware.ups.strike(fault)
                self._here.ups_fault = fault
            case _:
                hardware.slots[_PLACES[_READER_CABLES[device]]].pull_after(PULL_AFTER)

    # ------------------------------------------------------------ laying out

    def lay_out(self, prepared: Prepared, visitors: tuple[Visitor, ...]) -> None:
        """Lay everybody's cards on the table."""
        laid: list[tuple[VirtualCard, BenchCard]] = []
        for number, visitor in enumerate(visitors):
            key = BenchCardId(f"person-{number}")
            name, note = visitor.person.name, _NOTES.get(visitor.kind)
            face = BenchCard(
                key,
                BenchCardKind.PERSON,
                Text(name.fa, name.latin),
                note,
                portrait(visitor.person),
                PersonKey(key),
            )
            laid.append((visitor_card(visitor, prepared), face))
        for role, kind, title in (
            (Role.OFFICER, BenchCardKind.OFFICER, m("Officer")),
            (Role.SUPERVISOR, BenchCardKind.SUPERVISOR, m("Supervisor")),
        ):
            face = BenchCard(BenchCardId(role.value), kind, title, pin=PINS[role])
            laid.append((prepared.operators[role], face))
        stations = 0 if prepared.on_paper else len(self.desk.posts(CardPlace.IDENTITY))
        for number in range(1, CARDS * stations + 1):
            key, title = BenchCardId(f"authorization-{number}"), m("Card {number}", number=number)
            face = BenchCard(key, BenchCardKind.AUTHORIZATION, title)
            laid.append((authorization_card(prepared.card_key), face))
        face = BenchCard(BenchCardId("other"), BenchCardKind.OTHER, m("Some other card"))
        laid.append((PivCard("000000", "00000000", bytes(32)), face))
        people = {PersonKey(f"person-{n}"): visitor for n, visitor in enumerate(visitors)}
        # At once: the window reads the table meanwhile, and a card without its face is none.
        with self._lock:
            self.visitors = people
            self._faces = {face.key: face for _, face in laid}
            self._cards = {face.key: card for card, face in laid}

    def _face(self, key: BenchCardId) -> BenchCard:
        face = self._own_face(key)
        inside = self.desk.reader_of(self._cards[key]) if len(self.desk.lanes) > 1 else None
        here = self.desk.lanes[self.at]
        if inside is None or inside.device in {here.station, here.terminal}:
            return face
        return replace(face, note=m("in a reader of {device}", device=Latin(inside.device)))

    def _own_face(self, key: BenchCardId) -> BenchCard:
        face, card = self._faces[key], self._cards[key]
        if face.kind is BenchCardKind.PERSON:
            return replace(face, used=key in self.voted)
        if face.kind is BenchCardKind.AUTHORIZATION and isinstance(card, PivCard):
            loaded = decode_token(card.piv.objects.get(TOKEN_OBJECT)) is not None
            held = loaded or has_receipt(card)
            note = (
                m("loaded") if loaded else m("has a receipt: hand it back") if held else m("blank")
            )
            return replace(face, used=held, note=note)
        return face


def _troubles(view: StripView) -> tuple[str, ...]:
    """Return a printer's troubles, with those that only the roll shows."""
    paper: tuple[str, ...] = ()
    if view.paper_left_mm <= 0:
        paper = (Trouble.PAPER_END.value,)
    elif view.paper_left_mm <= NEAR_END_MM:
        paper = (Trouble.PAPER_NEAR_END.value,)
    return (*(trouble.value for trouble in view.troubles), *paper)
