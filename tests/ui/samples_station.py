"""Plausible data for the identity station and the console: one of every state, nobody real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QLinearGradient, QPainter, QPainterPath

from drivers.plugged import Plugged
from drivers.printer.paper_words import PAPER
from drivers.printer.seam import PaperState
from election.closing_order import BeforeClosing, Neighbour, Said, Standing
from election.definition import DeviceId, Role, StyleId, Text
from election.device_table import Choose, KeptDevices, Place, table_of
from election.evidence import DocumentKind, HolderCode, RollCode, of_document_check
from election.package.check_names import PACKAGE_CHECKS
from election.papers import Report, ReportKind, ReportLine
from election.polls import Operator, PollsState
from election.reasons import PackageReason
from election.signing_in import (
    CheckingPin,
    EnterPin,
    Mistyped,
    NeedCard,
    Rejected,
    Rejection,
    SignedIn,
    Unblocking,
    Wanted,
)
from kiosk.flows.common import ClosedReason
from kiosk.flows.identity import states as at
from kiosk.flows.operator import states as console
from kiosk.status import CheckLine, Counter, DeviceKind, DeviceNow, DeviceStatus, Doing, Lamp, Mode
from words.message import Bytes, Items, Latin, m

MOMENT = datetime(2026, 6, 14, 9, 41, tzinfo=UTC)
PLACE = Text("شعبهٔ ۱۴۷، دبستان دانش", "Branch 147, Danesh school")
NAME = "مریم سادات حسینی‌نژاد"
NUMBER = "0012345679"
PIN = "246813"


@cache
def portrait(hue: int = 0, *, scarf: bool = True) -> bytes:
    """A drawn person, JPEG."""
    image = QImage(300, 400, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    sky = QLinearGradient(0, 0, 0, 400)
    sky.setColorAt(0, QColor("#dfe8ea"))
    sky.setColorAt(1, QColor("#b9c9cd"))
    painter.fillRect(image.rect(), sky)
    painter.setPen(Qt.PenStyle.NoPen)
    cloth = QColor.fromHsv((200 + hue) % 360, 120, 110)
    painter.setBrush(cloth)
    shoulders = QPainterPath(QPointF(20, 400))
    shoulders.cubicTo(QPointF(30, 290), QPointF(90, 280), QPointF(150, 275))
    shoulders.cubicTo(QPointF(210, 280), QPointF(270, 290), QPointF(280, 400))
    painter.drawPath(shoulders)
    painter.setBrush(cloth.darker(150) if scarf else QColor("#2b211c"))
    painter.drawEllipse(QRectF(72, 58, 156, 214 if scarf else 150))
    painter.setBrush(QColor("#e0b48f"))
    painter.drawRect(QRectF(128, 230, 44, 50))
    painter.drawEllipse(QRectF(92, 92, 116, 160))
    painter.setBrush(QColor("#3a2a22"))
    for x in (124, 168):
        painter.drawEllipse(QRectF(x, 158, 10, 8))
        painter.drawRoundedRect(QRectF(x - 8, 142, 26, 5), 2, 2)
    painter.setBrush(QColor("#a8604f"))
    painter.drawRoundedRect(QRectF(132, 212, 38, 7), 3, 3)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"jpeg")).write(image)
    return bytes(data.data())


def holder() -> at.CardHolder:
    return at.CardHolder(
        name=NAME,
        latin_name="MARYAM SADAT HOSSEINI NEZHAD",
        national_number=NUMBER,
        born=date(1987, 3, 9),
        photo=portrait(),
        templates=(b"template",),
        style=StyleId("both"),
        style_name=Text("شورای شهر و مجلس خبرگان", "City council and Assembly of Experts"),
    )


STYLES = (
    at.StyleChoice(StyleId("both"), Text("هر دو انتخابات", "Both contests")),
    at.StyleChoice(StyleId("council-only"), Text("فقط شورای شهر", "City council only")),
)
OFFICER = Operator(Role.OFFICER, "زهرا کریمی", b"\xaa" * 32)
SUPERVISOR = Operator(Role.SUPERVISOR, "بهرام توکلی", b"\xbb" * 32)


PAPERS = (
    Text("مجلس شورای اسلامی", "Parliament"),
    Text("خبرگان رهبری", "Assembly of Experts"),
    Text("شورای اسلامی شهر تهران، ری و تجریش", "City council of Tehran, Rey and Tajrish"),
    Text("ریاست جمهوری", "President"),
)


def names() -> set[str]:
    """Names of people and places, which are given in other languages than the screen's."""
    who = holder()
    given = {who.name, who.latin_name, OFFICER.name, SUPERVISOR.name}
    now = status()
    styles = (each.name for each in STYLES)
    for text in (who.style_name, now.election, now.branch, PLACE, *styles, *PAPERS):
        if text is not None:
            given |= {translation for _, translation in text.by_language}
    return given


def lamps(*, broken: bool = False) -> tuple[Lamp, ...]:
    """One of every device, each doing something."""
    loose = m("Check the cable of the sensor.") if broken else None
    card_in = Doing(DeviceKind.READER, m("A card is in."), DeviceNow.BUSY)
    finger = Doing(DeviceKind.FINGER, m("A finger lies on it."), DeviceNow.BUSY)
    paper = Doing(DeviceKind.PRINTER, PAPER[PaperState.NEAR_END], DeviceNow.LOW)
    battery = Doing(DeviceKind.POWER, m("on battery"), DeviceNow.BUSY, 0.4)
    return (
        Lamp(
            "identity-reader",
            m("Identity card reader"),
            ok=True,
            doing=Doing(DeviceKind.READER, m("No card is in.")),
        ),
        Lamp("authorization-reader", m("Authorization card reader"), ok=True, doing=card_in),
        Lamp("fingerprint", m("Fingerprint sensor"), ok=not broken, detail=loose, doing=finger),
        Lamp("power", m("Power"), ok=True, doing=battery),
        Lamp("printer", m("Printer"), ok=True, doing=paper),
        Lamp(
            "scanner",
            m("Scanner"),
            ok=True,
            doing=Doing(DeviceKind.SCANNER, m("A code was read."), DeviceNow.BUSY),
        ),
        Lamp(
            "io-board",
            m("Switch box"),
            ok=True,
            doing=Doing(DeviceKind.BOARD, m("Nothing is pressed.")),
        ),
        Lamp("sound", m("Sound"), ok=True, doing=Doing(DeviceKind.SOUND, m("It can speak."))),
    )


def status(*, broken: bool = False, deadline: float | None = None) -> DeviceStatus:
    return DeviceStatus(
        device="station-147-1",
        election=Text("انتخابات شورای شهر تهران ۱۴۰۵", "Tehran city council election 2026"),
        branch=Text("شعبهٔ ۱۴۷، دبستان دانش", "Branch 147, Danesh school"),
        clock=MOMENT,
        mode=Mode.SIMULATION,
        lamps=lamps(broken=broken),
        counters=(
            Counter("checked-in", m("Checked in"), 1412),
            Counter("refused", m("Refused"), 9),
            Counter("override", m("Overrides"), 31),
            Counter("document", m("Documents checked"), 17),
        ),
        deadline_s=deadline,
        document_check=True,
    )


def earlier() -> Iterator[DeviceStatus]:
    """Yield what the desk showed before: voters by quarters of an hour, so that there is a day to show."""
    now = status()
    for minutes, checked_in, refused in (
        (61, 18, 1),
        (46, 13, 1),
        (31, 8, 1),
        (16, 4, 1),
        (1, 0, 0),
    ):
        less = {"checked-in": checked_in, "refused": refused}
        counters = tuple(replace(x, value=x.value - less.get(x.key, 0)) for x in now.counters)
        yield replace(now, clock=MOMENT - timedelta(minutes=minutes), counters=counters)


def identity_states() -> dict[str, at.IdentityState]:
    """Every state, and every reason that has a text of its own."""
    who = holder()
    states: dict[str, at.IdentityState] = {f"closed-{r.value}": at.Closed(r) for r in ClosedReason}
    states["idle"] = at.Idle()
    states["reading"] = at.ReadingCard(0.62)
    ways = (at.AccessWay.CAN, at.AccessWay.MRZ)
    states["access-digits"] = at.AwaitingAccess(ways)
    states["access-zone"] = at.AwaitingAccess((at.AccessWay.MRZ,))
    for problem in at.AccessProblem:
        states[f"access-{problem.value}"] = at.AwaitingAccess(ways, problem, 1)
    on_card = replace(who, templates=(), on_card=(at.FingerName.RIGHT_INDEX,))
    states["finger-on-card"] = at.Fingerprint(on_card, 1)
    states["failed-on-card"] = at.FingerFailed(on_card, 1, at.SensorFeedback.NO_MATCH, tries_left=3)
    live = set(at.SensorFeedback) - {at.SensorFeedback.NO_FINGER, at.SensorFeedback.NO_MATCH}
    for feedback in sorted(live):
        states[f"finger-{feedback.value}"] = at.Fingerprint(who, 1, feedback, 30.0)
    for feedback in (
        at.SensorFeedback.NO_FINGER,
        at.SensorFeedback.TRY_AGAIN,
        at.SensorFeedback.NO_MATCH,
    ):
        states[f"failed-{feedback.value}"] = at.FingerFailed(who, 2, feedback)
    states["override-reason"] = at.Overriding(who)
    worn = at.OverrideReason.WORN
    states["override-card"] = at.Overriding(who, reason=worn)
    states["override-pin"] = at.Overriding(who, reason=worn, signin=EnterPin())
    states["override-wrong-pin"] = at.Overriding(who, reason=worn, signin=EnterPin(2))
    states["override-checking"] = at.Overriding(who, reason=worn, signin=CheckingPin())
    states["override-first"] = at.Overriding(
        who, reason=worn, first=OFFICER, signin=SignedIn(OFFICER)
    )
    states["override-second"] = at.Overriding(who, reason=worn, first=OFFICER, signin=EnterPin())
    states["override-same-role"] = at.Overriding(
        who, reason=worn, first=OFFICER, signin=Rejected(Rejection.SAME_ROLE)
    )
    states["override-reissue"] = at.Overriding(who, reissue=True, reason=at.OverrideReason.REISSUE)
    states["document-kinds"] = at.ChoosingDocument(STYLES)
    states["document-kinds-dead"] = at.ChoosingDocument(STYLES, dead=True)
    states["document-styles"] = at.ChoosingDocument(STYLES, kind=DocumentKind.DRIVING_LICENCE)
    choice = at.DocumentChoice(DocumentKind.BIRTH_CERTIFICATE, STYLES[0], dead=False)
    states["document-person"] = at.EnteringPerson(choice)
    for entry_problem in at.EntryProblem:
        states[f"document-{entry_problem.value}"] = at.EnteringPerson(choice, entry_problem)
    states["document-checking"] = at.CheckingPerson(choice)
    compared = of_document_check(choice.kind, RollCode.NOT_COMPARED, dead=False)
    by_eye = replace(who, name="", latin_name="", photo=b"", templates=(), document=choice.kind)
    by_eye = replace(by_eye, evidence=compared)
    states["document-printing"] = at.ConfirmingDocument(by_eye)
    states["document-not-printed"] = at.ConfirmingDocument(by_eye, 17, printed=False)
    states["document-form"] = at.ConfirmingDocument(by_eye, 17, printed=True)
    signed = at.ConfirmingDocument(by_eye, 17, printed=True, signed=True)
    states["document-card"] = signed
    states["document-pin"] = replace(signed, signin=EnterPin())
    states["document-first"] = replace(signed, first=OFFICER, signin=SignedIn(OFFICER))
    states["document-done"] = at.Done(by_eye, identity_out=True)
    states["document-refused"] = at.Refused(at.VoterRefusal.ALREADY_VOTED, by_eye, card_out=True)
    states["document-reissue"] = at.Overriding(
        by_eye, reissue=True, reason=at.OverrideReason.REISSUE
    )
    states["override-papers-cut"] = at.Overriding(
        who, reissue=True, reason=at.OverrideReason.PAPERS
    )
    protest = at.OverrideReason.PROTEST
    already = at.VoterRefusal.ALREADY_VOTED
    states["refused-may-protest"] = at.Refused(already, who, shown=HolderCode.MODULE)
    states["override-protest"] = at.Overriding(who, reason=protest)
    states["claiming"] = at.ClaimingBallot(who)
    states["claiming-waiting"] = at.ClaimingBallot(who, since=0.0, waiting=True)
    silent = at.OverrideReason.NO_ANSWER
    states["no-answer"] = at.Overriding(who, reason=silent)
    states["no-answer-pin"] = at.Overriding(who, reason=silent, first=OFFICER, signin=EnterPin())
    states["writing"] = at.WritingAuthorization(who)
    for write_problem in at.WriteProblem:
        states[f"writing-{write_problem.value}"] = at.WritingAuthorization(who, write_problem)
    states["done"] = at.Done(who)
    states["done-document-out"] = at.Done(who, identity_out=True)
    states["done-on-paper"] = at.Done(who, authorization_out=True, papers=PAPERS[:2])
    states["done-on-paper-document-out"] = at.Done(who, True, True, PAPERS[:2])
    states["done-on-paper-many"] = at.Done(who, authorization_out=True, papers=PAPERS)
    for reason in at.VoterRefusal:
        known = reason in {
            at.VoterRefusal.UNDER_AGE,
            at.VoterRefusal.ALREADY_VOTED,
            at.VoterRefusal.FINGERPRINT,
            at.VoterRefusal.CLAIMED_NOT_ISSUED,
            at.VoterRefusal.PAPERS_CUT,
            at.VoterRefusal.REGISTRY_UNREACHABLE,
            at.VoterRefusal.NOT_ON_PAPER,
        }
        out = reason in {at.VoterRefusal.PULLED, at.VoterRefusal.NO_CARDS}
        states[f"refused-{reason.value}"] = at.Refused(reason, who if known else None, out)
    states["out-of-service"] = at.OutOfService("FINGER-7F3A")
    states["battery-empty"] = at.OutOfService("POWER")
    return states


ELECTION_NUMBER = "3f0a 91bc 77d0 a1e3 0c5b 9d12 44ef 8b60 d7c2 5a19 e3f4 02b8 6cd1 90ae 1f57 b3c8"
CHECKS = (
    CheckLine(PACKAGE_CHECKS["signature"], True, Latin("HQ-1 · 4F2A 91BC")),
    CheckLine(
        PACKAGE_CHECKS["enrolment"],
        True,
        Latin("station-147-1"),
    ),
    CheckLine(m("Clock"), True, MOMENT),
    CheckLine(
        m("Fingerprint sensor"),
        False,
        m("Check the cable of the sensor."),
    ),
    CheckLine(m("Printer"), True, PAPER[PaperState.OK]),
    CheckLine(
        m("Media"),
        True,
        m("{free} are free", free=Items((Bytes(31_000_000_000), Bytes(8_400_000)))),
    ),
)


BRANCH = BeforeClosing(
    (
        *(Neighbour(DeviceId(f"b0147-t{n}"), Role.BALLOT_TERMINAL) for n in (1, 2)),
        Neighbour(DeviceId("b0147-i2"), Role.IDENTITY_STATION),
    ),
    14,
)


def report(kind: ReportKind) -> Report:
    counted = 0 if kind is ReportKind.ZERO else 1412
    return Report(
        kind,
        Text("انتخابات شورای شهر تهران ۱۴۰۵", "Tehran city council election 2026"),
        MOMENT,
        (
            ReportLine(m("Branch"), PLACE),
            ReportLine(m("Device"), Latin("terminal-147-2")),
            ReportLine(m("Ballots cast"), counted),
            ReportLine(m("Ballots challenged (spoiled)"), 0),
            ReportLine(m("Capacity"), 20417),
            ReportLine(m("Opened by"), Items((OFFICER.name, SUPERVISOR.name))),
            ReportLine(m("Package"), Latin("4F2A 91BC 77D0 A1E3 0C5B 9D12")),
            ReportLine(m("Number of the election"), Latin(ELECTION_NUMBER)),
        ),
    )


def view(polls: PollsState) -> console.ConsoleView:
    loaded = polls is not PollsState.UNCONFIGURED
    made = {
        PollsState.OPEN: ReportKind.ZERO,
        PollsState.CLOSED: ReportKind.CLOSING,
    }.get(polls)
    return console.ConsoleView(
        polls,
        Text("انتخابات شورای شهر تهران ۱۴۰۵", "Tehran city council election 2026")
        if loaded
        else None,
        "4F2A 91BC 77D0 A1E3" if loaded else "",
        CHECKS if loaded else (),
        report(made) if made else None,
        number=ELECTION_NUMBER if loaded else "",
    )


def operator_states() -> dict[str, console.ConsoleState]:
    states: dict[str, console.ConsoleState] = {
        "signin-card": console.SigningIn(NeedCard()),
        "signin-pin": console.SigningIn(EnterPin()),
        "signin-wrong": console.SigningIn(EnterPin(1)),
        "signin-checking": console.SigningIn(CheckingPin()),
        "unblock-puk": console.SigningIn(Unblocking()),
        "unblock-puk-wrong": console.SigningIn(Unblocking(tries_left=1)),
        "unblock-pin": console.SigningIn(Unblocking(Wanted.PIN, puk="12345678")),
        "unblock-differed": console.SigningIn(
            Unblocking(Wanted.PIN, mistyped=Mistyped.DIFFERED, puk="12345678")
        ),
        "unblock-again": console.SigningIn(Unblocking(Wanted.AGAIN, puk="12345678", pin="135790")),
    }
    for reason in Rejection:
        states[f"signin-{reason.value}"] = console.SigningIn(Rejected(reason))
    for polls in PollsState:
        states[f"console-{polls.value}"] = console.Console(OFFICER, view(polls))
    ready, closed = view(PollsState.READY), view(PollsState.CLOSED)
    fresh = replace(view(PollsState.UNCONFIGURED), can_be_ready=True)
    states["console-fresh"] = console.Console(OFFICER, fresh)
    states["confirm-ready"] = console.Console(
        OFFICER, fresh, confirming=console.ConsoleAct.READY_FOR_DAY
    )
    states["confirm-open"] = console.Console(OFFICER, ready, confirming=console.ConsoleAct.OPEN)
    states["confirm-close"] = console.Console(
        OFFICER, view(PollsState.OPEN), confirming=console.ConsoleAct.CLOSE
    )
    states["busy-load"] = console.Console(
        OFFICER, ready, busy=console.ConsoleAct.LOAD_PACKAGE, progress=0.4
    )
    states["busy-card-out"] = console.Console(
        OFFICER, closed, busy=console.ConsoleAct.EXPORT, card_out=True
    )
    states["outcome-good"] = console.Console(
        OFFICER,
        closed,
        outcome=console.ActOutcome(
            console.ConsoleAct.EXPORT,
            True,
            m("The closing bundle is written to the USB drive."),
        ),
    )
    states["outcome-bad"] = console.Console(
        OFFICER,
        ready,
        outcome=console.ActOutcome(
            console.ConsoleAct.LOAD_PACKAGE,
            False,
            PackageReason.SIGNATURE.sentence,
        ),
    )
    for name, inner in (
        ("out", SignedIn(OFFICER)),
        ("card", NeedCard()),
        ("pin", EnterPin()),
        ("same", Rejected(Rejection.SAME_ROLE)),
    ):
        states[f"second-{name}"] = console.SecondSignature(
            OFFICER, console.ConsoleAct.OPEN, ready, inner
        )
    closing = replace(view(PollsState.OPEN), order=BRANCH)
    said = tuple(Said(each.device, Standing.CLOSED) for each in BRANCH.neighbours)
    states["closing-devices"] = console.AskingDevices(OFFICER, closing, said[:2])
    states["closing-all-told"] = console.AskingDevices(OFFICER, closing, said, counted=True)
    states["entering-code"] = console.EnteringCode(
        OFFICER, replace(view(PollsState.OPEN), takes_codes=True)
    )
    states["blocking-card"] = console.EnteringCode(
        OFFICER, view(PollsState.OPEN), console.ConsoleAct.BLOCK_CARD
    )
    states["blocking-second"] = console.SecondSignature(
        OFFICER, console.ConsoleAct.BLOCK_CARD, view(PollsState.OPEN), NeedCard(), "1004"
    )
    dead = tuple(each.device for each in BRANCH.neighbours)
    states["taking-over"] = console.EnteringCode(
        OFFICER,
        replace(view(PollsState.OPEN), replaceable=dead),
        console.ConsoleAct.TAKE_OVER,
    )
    states["clock-only"] = console.Console(
        replace(OFFICER, clock_only=True), view(PollsState.UNCONFIGURED)
    )
    states["setting-clock"] = console.EnteringCode(
        OFFICER, view(PollsState.OPEN), console.ConsoleAct.SET_CLOCK
    )
    states["setting-clock-second"] = console.SecondSignature(
        OFFICER, console.ConsoleAct.SET_CLOCK, view(PollsState.OPEN), NeedCard(), "140503241205"
    )
    serving = {
        Place.IDENTITY_READER: "ACS ACR1252 00 00",
        Place.AUTHORIZATION_READER: "ACS ACR1252 01 00",
        Place.FINGERPRINT: "/dev/serial/by-id/usb-Suprema_SFM-if00",
        Place.PRINTER: "/dev/serial/by-id/usb-EPSON_TM-T20-if00",
    }
    there = Plugged(
        ("ACS ACR1252 00 00", "ACS ACR1252 01 00", "HID OMNIKEY 5022 02 00"),
        ("/dev/serial/by-id/usb-Suprema_SFM-if00", "/dev/serial/by-id/usb-FTDI_A10K3X-if00"),
    )
    table = table_of(serving, there, KeptDevices())
    other = table.after(Choose(Place.IDENTITY_READER, "HID OMNIKEY 5022 02 00"))
    for name, shown in (("devices", table), ("devices-chosen", other)):
        fresh_view = replace(view(PollsState.UNCONFIGURED), devices=shown)
        states[name] = console.ChoosingDevices(OFFICER, fresh_view)
    for path in ((), (3,), (0, 0), (1, 2), (5, 2)):
        name = "-".join(["guided", *map(str, path)])
        states[name] = console.Guided(OFFICER, view(PollsState.OPEN), path)
    states["closing-cards"] = console.AskingCards(OFFICER, closing, said)
    none_out = replace(closing, order=replace(BRANCH, cards_out=0))
    states["closing-all-back"] = console.AskingCards(OFFICER, none_out, said)
    states["second-close"] = console.SecondSignature(
        OFFICER, console.ConsoleAct.CLOSE, closing, NeedCard()
    )
    states["acting-close"] = console.Acting(OFFICER, SUPERVISOR, console.ConsoleAct.CLOSE, closing)
    states["acting"] = console.Acting(OFFICER, SUPERVISOR, console.ConsoleAct.OPEN, ready, 0.3)
    return states
