"""A bench without devices: remembers what hands did, and shows what the test says."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from election.definition import PERSIAN, Text
from election.papers import ReportKind
from simulators.bench.protocol import (
    BenchCard,
    BenchCardId,
    BenchCardKind,
    BenchPair,
    BenchPrinter,
    BenchScanner,
    BenchSensor,
    BenchSlot,
    BenchState,
    BenchUps,
    Cable,
    DayStep,
    Grey,
    Monitor,
    PersonKey,
    Printing,
    ReaderSlot,
    Seen,
    StepKey,
    SupplySetting,
    TouchStyle,
)
from tests.ui.samples_station import portrait, report
from ui.raster import render_report
from words.languages import installed
from words.message import Message, m

MOMENT = datetime(2026, 6, 14, 8, 0, tzinfo=UTC)

PEOPLE = (
    ("مریم حسینی", "Maryam Hosseini", ""),
    ("رضا احمدی", "Reza Ahmadi", "worn fingers: use a wet one"),
    ("سارا موسوی", "Sara Mousavi", "under age"),
    ("علی‌اکبر رحیم‌پور", "Ali-Akbar Rahimpour", "card of another issuer"),
    ("نگار صادقی", "Negar Sadeghi", "somebody else's card: wrong finger"),
    ("حسن قاسمی", "Hassan Ghasemi", "city council only"),
    ("لیلا نوری", "Leila Nouri", ""),
    ("بابک کاظمی", "Babak Kazemi", ""),
)


def cards() -> tuple[BenchCard, ...]:
    people = tuple(
        BenchCard(
            BenchCardId(f"person-{n}"),
            BenchCardKind.PERSON,
            Text(fa, en),
            Message(note) if note else None,
            photo=portrait(n * 41, scarf=n in {0, 2, 4, 6}),
            person=PersonKey(f"p{n}"),
            used=n == 7,
        )
        for n, (fa, en, note) in enumerate(PEOPLE)
    )
    operators = (
        BenchCard(
            BenchCardId("officer"),
            BenchCardKind.OFFICER,
            Text("زهرا کریمی، مسئول", "Zahra Karimi, officer"),
            pin="246813",
        ),
        BenchCard(
            BenchCardId("supervisor"),
            BenchCardKind.SUPERVISOR,
            Text("بهرام توکلی، ناظر", "Bahram Tavakoli, supervisor"),
            pin="135790",
        ),
    )
    blanks = tuple(
        BenchCard(
            BenchCardId(f"authorization-{n}"),
            BenchCardKind.AUTHORIZATION,
            m("Card {number}", number=n),
            m("blank") if n > 1 else m("loaded"),
            used=n == 1,
        )
        for n in (1, 2, 3)
    )
    return (*people, *operators, *blanks)


STEPS = (
    DayStep(
        StepKey("package"),
        m("Headquarters: election package"),
        done=True,
    ),
    DayStep(
        StepKey("open-station"),
        m("Open the identity station"),
        m("The same on the ballot terminal."),
        next=True,
        possible=True,
    ),
    DayStep(StepKey("open-terminal"), m("Open the ballot terminal")),
    DayStep(StepKey("vote"), m("Voters")),
    DayStep(StepKey("close"), m("Close the identity station")),
    DayStep(StepKey("carry"), m("Close the ballot terminal")),
    DayStep(StepKey("count"), m("Headquarters: count")),
)


LINE = ("corrupt", "drop", "late", "split", "garbage", "duplicate", "silence", "short", "cut")
FAULTS: tuple[tuple[Cable, tuple[str, ...]], ...] = (
    (Cable.IDENTITY_READER, ("pull",)),
    (Cable.FINGERPRINT, LINE),
    (Cable.PRINTER, ("paper out", "paper ok", "cover open", "cover closed", "jam", "jam cleared")),
    (Cable.SCANNER, ("noise", "no end", *LINE)),
    (Cable.UPS, ("line", "battery", "low", "stale", "a new one")),
)


@cache
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
        tuple(BenchSlot(slot) for slot in ReaderSlot),
        steps=STEPS,
        ups=BenchUps(SupplySetting.LINE, 100.0, 1800.0),
        faults=FAULTS,
    )


def busy() -> BenchState:
    return replace(
        morning(),
        slots=(
            BenchSlot(ReaderSlot.IDENTITY, BenchCardId("person-1")),
            BenchSlot(ReaderSlot.AUTHORIZATION, BenchCardId("authorization-2")),
            BenchSlot(ReaderSlot.TERMINAL, BenchCardId("authorization-1")),
        ),
        sensor=BenchSensor(
            waiting=True,
            finger=PersonKey("p1"),
            how=TouchStyle.WET,
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
        ups=BenchUps(SupplySetting.BATTERY, 64.0, 1150.0),
        running=StepKey("open-station"),
        progress=0.4,
        message=m("The polls are open."),
    )


def broken() -> BenchState:
    return replace(
        morning(),
        slots=(
            BenchSlot(ReaderSlot.IDENTITY, plugged=False),
            BenchSlot(ReaderSlot.AUTHORIZATION, BenchCardId("officer")),
            BenchSlot(ReaderSlot.TERMINAL),
        ),
        sensor=BenchSensor(plugged=False),
        printer=BenchPrinter(Printing.STOPPED, ("cover open", "paper near end"), number=1),
        ups=BenchUps(SupplySetting.GONE, 12.0),
        scanner=BenchScanner(plugged=False),
        message=m("Not done: {reason}", reason=m("the card was taken out")),
        message_bad=True,
    )


def many() -> BenchState:
    """Two stations and three terminals; the last pair is a terminal alone."""
    both = tuple(
        BenchPair(
            ((Monitor.STATION, f"identity-{n}"), (Monitor.TERMINAL, f"terminal-{n}")),
        )
        for n in (1, 2)
    )
    return replace(morning(), pairs=(*both, BenchPair(((Monitor.TERMINAL, "terminal-3"),))))


def scenes() -> dict[str, BenchState]:
    return {"morning": morning(), "busy": busy(), "broken": broken()}


class FakeBench:
    def __init__(self, state: BenchState) -> None:
        self.now = state
        self.done: list[tuple[object, ...]] = []

    @property
    def hands(self) -> FakeBench:
        return self

    def state(self) -> BenchState:
        return self.now

    def cancel_step(self) -> None:
        self.done.append(("cancel",))

    def enlarge(self, monitor: Monitor) -> None:
        self.done.append(("enlarge", monitor))

    def turn_to(self, pair: int) -> None:
        self.done.append(("turn", pair))
        self.now = replace(self.now, pair=pair)

    def insert(self, slot: ReaderSlot, card: BenchCardId) -> None:
        self.done.append(("insert", slot, card))
        self._put(slot, card)

    def remove(self, slot: ReaderSlot) -> None:
        self.done.append(("remove", slot))
        self._put(slot, None)

    def _put(self, slot: ReaderSlot, card: BenchCardId | None) -> None:
        slots = tuple(replace(s, card=card) if s.slot is slot else s for s in self.now.slots)
        self.now = replace(self.now, slots=slots)

    def connect(self, cable: Cable, *, plugged: bool) -> None:
        self.done.append(("plug" if plugged else "pull", cable))
        if cable is Cable.FINGERPRINT:
            self.now = replace(self.now, sensor=replace(self.now.sensor, plugged=plugged))

    def place_finger(self, person: PersonKey, how: TouchStyle) -> None:
        self.done.append(("finger", person, how))

    def lift(self) -> None:
        self.done.append(("lift",))

    def strike(self, device: Cable, fault: str) -> None:
        self.done.append(("strike", device, fault))

    def scan(self, text: str) -> None:
        self.done.append(("scan", text))

    def do_step(self, key: StepKey) -> None:
        self.done.append(("step", key))
