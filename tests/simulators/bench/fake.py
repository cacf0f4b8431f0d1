"""A bench without devices: remembers what hands did, and shows what the test says."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

from election.definition import PERSIAN, Text
from kiosk.reports import ReportKind
from simulators.bench.protocol import (
    BenchCard,
    BenchPrinter,
    BenchScanner,
    BenchSensor,
    BenchSlot,
    BenchState,
    BenchUps,
    Cable,
    CardKey,
    CardKind,
    DayStep,
    Grey,
    PersonKey,
    Printing,
    Seen,
    Slot,
    StepKey,
    Supply,
    Touch,
)
from tests.ui.samples_station import portrait, report
from ui.raster import render_report
from words.languages import installed

MOMENT = datetime(2026, 6, 14, 8, 0, tzinfo=UTC)

PEOPLE = (
    ("مریم حسینی", "Maryam Hosseini", "", ""),
    ("رضا احمدی", "Reza Ahmadi", "انگشت کارکرده", "worn finger"),
    ("سارا موسوی", "Sara Mousavi", "۱۷ ساله", "under age"),
    ("علی‌اکبر رحیم‌پور", "Ali-Akbar Rahimpour", "کارت صادرکنندهٔ دیگر", "other issuer"),
    ("نگار صادقی", "Negar Sadeghi", "شیاد", "impostor"),
    ("حسن قاسمی", "Hassan Ghasemi", "دو بار می‌آید", "comes twice"),
    ("لیلا نوری", "Leila Nouri", "کارت خراب", "broken chip"),
    ("بابک کاظمی", "Babak Kazemi", "", ""),
)


def cards() -> tuple[BenchCard, ...]:
    people = tuple(
        BenchCard(
            CardKey(f"person-{n}"),
            CardKind.PERSON,
            Text(fa, en),
            Text(note_fa, note_en),
            photo=portrait(n * 41, scarf=n in {0, 2, 4, 6}),
            person=PersonKey(f"p{n}"),
            used=n == 7,
        )
        for n, (fa, en, note_fa, note_en) in enumerate(PEOPLE)
    )
    operators = (
        BenchCard(
            CardKey("officer"),
            CardKind.OFFICER,
            Text("زهرا کریمی، مسئول", "Zahra Karimi, officer"),
            pin="246813",
        ),
        BenchCard(
            CardKey("supervisor"),
            CardKind.SUPERVISOR,
            Text("بهرام توکلی، ناظر", "Bahram Tavakoli, supervisor"),
            pin="135790",
        ),
    )
    blanks = tuple(
        BenchCard(
            CardKey(f"authorization-{n}"),
            CardKind.AUTHORIZATION,
            Text(f"کارت تعرفهٔ {n}", f"Authorization card {n}"),
            Text("خالی", "empty") if n > 1 else Text("آمادهٔ رأی", "carries a ballot"),
            used=n == 1,
        )
        for n in (1, 2, 3)
    )
    return (*people, *operators, *blanks)


STEPS = (
    DayStep(
        StepKey("package"),
        Text("بسته را روی حافظهٔ USB بنویس", "Write the package to the USB stick"),
        done=True,
    ),
    DayStep(
        StepKey("open-station"),
        Text("شعبه را در ایستگاه باز کن", "Open the polls at the identity station"),
        Text(
            "کارت مسئول را در کارت‌خوان دوم بگذار و رمزش را بزن.",
            "Officer's card into the second reader, then the PIN.",
        ),
        next=True,
        possible=True,
    ),
    DayStep(
        StepKey("open-terminal"), Text("در پایانهٔ رأی هم باز کن", "Open at the ballot terminal")
    ),
    DayStep(StepKey("vote"), Text("رأی‌دهندگان", "Voters come")),
    DayStep(StepKey("close"), Text("شعبه را ببند", "Close the polls on both")),
    DayStep(StepKey("carry"), Text("بسته را به ستاد ببر", "Carry the bundle to headquarters")),
    DayStep(StepKey("count"), Text("شمارش و راستی‌آزمایی", "Count and verify")),
)


LINE = ("corrupt", "drop", "late", "split", "garbage", "duplicate", "silence", "short", "cut")
FAULTS: tuple[tuple[Cable, tuple[str, ...]], ...] = (
    (Cable.IDENTITY_READER, ("pull",)),
    (Cable.FINGERPRINT, LINE),
    (Cable.PRINTER, ("paper out", "paper ok", "cover open", "cover closed", "jam", "jam cleared")),
    (Cable.SCANNER, ("noise", "no end", *LINE)),
    (Cable.UPS, ("line", "battery", "low", "stale", "a new one")),
)


def ridges() -> Grey:
    """Arcs, as on a fingertip."""
    wide, high = 130, 170
    pixels = bytes(
        128 + round(100 * math.sin(math.hypot(x - 65, (y - 110) * 0.8) * 0.9))
        for y in range(high)
        for x in range(wide)
    )
    return Grey(wide, high, pixels)


def morning() -> BenchState:
    return BenchState(
        cards(),
        tuple(BenchSlot(slot) for slot in Slot),
        steps=STEPS,
        ups=BenchUps(Supply.LINE, 100.0, 1800.0),
        faults=FAULTS,
    )


def busy() -> BenchState:
    return replace(
        morning(),
        slots=(
            BenchSlot(Slot.IDENTITY, CardKey("person-1")),
            BenchSlot(Slot.AUTHORIZATION, CardKey("authorization-2")),
            BenchSlot(Slot.TERMINAL, CardKey("authorization-1")),
        ),
        sensor=BenchSensor(
            waiting=True,
            finger=PersonKey("p1"),
            how=Touch.WET,
            seen=Seen.BAD_IMAGE,
            picture=ridges(),
        ),
        printer=BenchPrinter(
            Printing.PRINTING,
            strip=render_report(report(ReportKind.ZERO), installed().speaker(PERSIAN)),
            hanging=True,
            paper_left_mm=71_400.0,
            number=3,
        ),
        ups=BenchUps(Supply.BATTERY, 64.0, 1150.0),
        running=StepKey("open-station"),
        progress=0.4,
        message=Text("ایستگاه باز می‌شود …", "Opening the station …"),
    )


def broken() -> BenchState:
    return replace(
        morning(),
        slots=(
            BenchSlot(Slot.IDENTITY, plugged=False),
            BenchSlot(Slot.AUTHORIZATION, CardKey("officer")),
            BenchSlot(Slot.TERMINAL),
        ),
        sensor=BenchSensor(plugged=False),
        printer=BenchPrinter(Printing.STOPPED, ("cover open", "paper near end"), number=1),
        ups=BenchUps(Supply.GONE, 12.0),
        scanner=BenchScanner(plugged=False),
        message=Text("کارت‌خوان اول جدا شده است.", "The first reader is unplugged."),
        message_bad=True,
    )


def scenes() -> dict[str, BenchState]:
    return {"morning": morning(), "busy": busy(), "broken": broken()}


class FakeBench:
    def __init__(self, state: BenchState) -> None:
        self.now = state
        self.done: list[tuple[object, ...]] = []

    def state(self) -> BenchState:
        return self.now

    def insert(self, slot: Slot, card: CardKey) -> None:
        self.done.append(("insert", slot, card))
        self._put(slot, card)

    def remove(self, slot: Slot) -> None:
        self.done.append(("remove", slot))
        self._put(slot, None)

    def _put(self, slot: Slot, card: CardKey | None) -> None:
        slots = tuple(replace(s, card=card) if s.slot is slot else s for s in self.now.slots)
        self.now = replace(self.now, slots=slots)

    def pull_cable(self, cable: Cable) -> None:
        self.done.append(("pull", cable))
        if cable is Cable.FINGERPRINT:
            self.now = replace(self.now, sensor=replace(self.now.sensor, plugged=False))

    def plug(self, cable: Cable) -> None:
        self.done.append(("plug", cable))

    def place_finger(self, person: PersonKey, how: Touch) -> None:
        self.done.append(("finger", person, how))

    def lift(self) -> None:
        self.done.append(("lift",))

    def strike(self, device: Cable, fault: str) -> None:
        self.done.append(("strike", device, fault))

    def scan(self, text: str) -> None:
        self.done.append(("scan", text))

    def do_step(self, key: StepKey) -> None:
        self.done.append(("step", key))
