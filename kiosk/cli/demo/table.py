"""The table of the device bench: cards in slots, the finger on the sensor, cables and printers."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

from drivers.smartcard.authorization import TOKEN_OBJECT, decode_token
from drivers.smartcard.local import VirtualCard
from kiosk.cli.demo.checkin import identity_card
from kiosk.cli.demo.electorate import Kind, Visitor
from kiosk.cli.demo.hardware import Hardware, Place
from kiosk.cli.demo.office import PINS, Prepared
from kiosk.definition import Role, Text
from simulators.cards.piv import PivCard, authorization_card
from simulators.fingerprint.fingers import Placement
from simulators.people import portrait
from simulators.printer.escpos import Trouble
from ui.bench.protocol import (
    BenchCard,
    BenchPrinter,
    BenchSensor,
    BenchSlot,
    Cable,
    CardKey,
    CardKind,
    PersonKey,
    PrinterFault,
    Slot,
    Touch,
)
from ui.raster import Raster

CARDS = 3
"""Reusable authorization cards."""

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


@dataclass(slots=True)
class Table:
    """What lies on the table and in the slots. From any thread."""

    hardware: Hardware
    visitors: dict[PersonKey, Visitor] = field(default_factory=dict)
    voted: set[CardKey] = field(default_factory=set)
    _cards: dict[CardKey, VirtualCard] = field(default_factory=dict)
    _faces: dict[CardKey, BenchCard] = field(default_factory=dict)
    _finger: tuple[PersonKey, Touch] | None = None
    _unplugged: set[Cable] = field(default_factory=set)
    _fault: PrinterFault = PrinterFault.NONE
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # ------------------------------------------------------------ what is seen

    def cards(self) -> tuple[BenchCard, ...]:
        with self._lock:
            return tuple(self._face(key) for key in self._cards)

    def slots(self) -> tuple[BenchSlot, ...]:
        with self._lock:
            return tuple(
                BenchSlot(slot, self.card_in(slot), cable not in self._unplugged)
                for cable, slot in _READER_CABLES.items()
            )

    def sensor(self) -> BenchSensor:
        finger = self._finger
        return BenchSensor(
            Cable.FINGERPRINT not in self._unplugged,
            self.hardware.finger.wait_for_scan(0.0),
            finger[0] if finger else None,
            finger[1] if finger else Touch.NONE,
        )

    def printer(self) -> BenchPrinter:
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

    def card_in(self, slot: Slot) -> CardKey | None:
        """What really is in the slot: robots put cards in as well."""
        card = self.hardware.slots[_PLACES[slot]].card
        if card is None:
            return None
        return next((key for key, held in self._cards.items() if held is card), None)

    def card(self, key: CardKey) -> VirtualCard:
        return self._cards[key]

    def blank_card(self) -> PivCard:
        """An authorization card of the branch."""
        return next(
            card
            for key, card in self._cards.items()
            if isinstance(card, PivCard) and self._faces[key].kind is CardKind.AUTHORIZATION
        )

    # ------------------------------------------------------------ what hands do

    def insert(self, slot: Slot, card: CardKey) -> None:
        with self._lock:
            if card not in self._cards:
                return
            for other in Slot:
                if self.card_in(other) == card:
                    self.remove(other)
            self.hardware.slots[_PLACES[slot]].insert(self._cards[card])

    def remove(self, slot: Slot) -> None:
        with self._lock:
            self.hardware.slots[_PLACES[slot]].remove()

    def clear(self) -> None:
        """Before robots take over: all cards out, no finger on the sensor."""
        for slot in Slot:
            self.remove(slot)
        self.lift()

    def place_finger(self, person: PersonKey, how: Touch) -> None:
        visitor = self.visitors.get(person)
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

    def cable(self, cable: Cable, *, plugged: bool) -> bool:
        """Pull or plug; False if this cable can't be pulled here."""
        with self._lock:
            cables = {cable}
            match cable:
                case Cable.FINGERPRINT:
                    (self.hardware.finger.replug if plugged else self.hardware.finger.unplug)()
                case Cable.PRINTER:
                    for printer in self.hardware.printers.values():
                        (printer.replug if plugged else printer.unplug)()
                case _:
                    # The virtual readers hang on one daemon: they come and go together.
                    if not self.hardware.transport.connect(plugged=plugged):
                        return False
                    cables = set(_READER_CABLES)
            self._unplugged = self._unplugged - cables if plugged else self._unplugged | cables
            return True

    def printer_fault(self, fault: PrinterFault) -> None:
        for printer in self.hardware.printers.values():
            for trouble in _TROUBLES.values():
                printer.mend(trouble)
            if fault is not PrinterFault.NONE:
                printer.cause(_TROUBLES[fault])
        self._fault = fault

    # ------------------------------------------------------------ laying out

    def lay_out(self, prepared: Prepared, visitors: tuple[Visitor, ...]) -> None:
        """Everybody's cards."""
        for number, visitor in enumerate(visitors):
            key = CardKey(f"person-{number}")
            foreign = visitor.kind is Kind.OTHER_ISSUER
            issuer = prepared.other_issuer if foreign else prepared.issuer
            person = visitor.person.name
            self._cards[key] = identity_card(visitor, issuer, prepared.election.day)
            self.visitors[PersonKey(key)] = visitor
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
            return replace(face, used=key in self.voted)
        if face.kind is CardKind.AUTHORIZATION and isinstance(card, PivCard):
            loaded = decode_token(card.piv.objects.get(TOKEN_OBJECT)) is not None
            note = Text("دارای مجوز", "loaded") if loaded else Text("خالی", "blank")
            return replace(face, used=loaded, note=note)
        return face
