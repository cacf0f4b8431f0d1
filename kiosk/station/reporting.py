"""Make what a device reports of itself: zero, status and closing report, and its self-test."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.media.errors import StorageError
from drivers.media.presence import MediaReport
from election.definition import Role
from election.papers import Report, ReportKind, ReportLine
from election.report_code import ReportedNumbers, write_report_code
from election.report_lines import acts_by, log_lines, trust_lines
from kiosk.station.base import ONE_DISK, DeviceContext
from kiosk.station.loaded import Loaded
from kiosk.station.paper import ReportPrinter
from kiosk.status import CheckLine
from words.message import Bytes, Items, Latin, Message, m

_ROOM = 200_000_000
"""Bytes that a medium needs free."""


def make_report(context: DeviceContext, loaded: Loaded, kind: ReportKind) -> Report:
    """Say what the device has; of an open one nothing but how many were served. Raises `StorageError`."""
    branch = context.election.branch(context.config.branch)
    lines = (
        *([_OF_A_REHEARSAL] if context.election.rehearsal else []),
        ReportLine(m("Branch"), branch.name if branch else Latin(context.config.branch)),
        ReportLine(m("Device"), Latin(context.config.device)),
        ReportLine(m("Package"), Latin(context.package_name())),
        ReportLine(m("Number of the election"), Latin(context.number())),
        *(_cards_registered(context) if kind is ReportKind.ZERO else ()),
        *(trust_lines(context.trust, in_full=_reads(context)) if kind is ReportKind.ZERO else ()),
        *loaded.report_lines(kind),
        *acts_by(context.polls.acts()),
        *log_lines(context.audit.position),
    )
    made = context.clock.now().astimezone()
    return Report(kind, context.election.name, made, lines, _code_of(context, loaded, kind))


def _code_of(context: DeviceContext, loaded: Loaded, kind: ReportKind) -> str:
    """Return the code for a report of this kind; empty for any other than a closing report.

    Roots and the number of challenges leave a device at its closing only. Without a register there is no
    number to be checked by, and no code.
    """
    if kind is not ReportKind.CLOSING or context.register is None:
        return ""
    numbers, roots = loaded.reported()
    number = bytes.fromhex(context.register.number)
    said = ReportedNumbers(number, context.config.device, numbers, roots)
    return write_report_code(said, context.signing)


def self_checks(context: DeviceContext, paper: ReportPrinter | None) -> Iterator[CheckLine]:
    """Test the media, the clock and the printer."""
    try:
        report = context.media.look()
        enough = min(report.primary_free, report.mirror_free) > _ROOM
        one = context.is_one_disk()
        yield CheckLine(m("Media"), enough and not one, ONE_DISK if one else _free_room(report))
    except StorageError as trouble:
        yield CheckLine(m("Media"), False, trouble.message)
    if context.package is not None:
        election = context.package.election
        near = abs((context.clock.now() - election.opens).total_seconds()) < 2 * 86_400
        yield CheckLine(m("Clock"), near, context.clock.now().astimezone())
    if paper is not None:
        yield paper.check()


def _reads(context: DeviceContext) -> bool:
    return context.config.role is Role.IDENTITY_STATION


_OF_A_REHEARSAL = ReportLine(m("Rehearsal; votes that count"), 0)
"""On paper there is no banner: a report of a rehearsal must not pass for one of the day."""


def _cards_registered(context: DeviceContext) -> Iterator[ReportLine]:
    """Say how many cards may act here, so that those present can count them."""
    if context.register is not None:
        register, branch = context.register.register, context.config.branch
        yield ReportLine(m("Operators' cards of the branch"), len(register.operators_of(branch)))
        if reserves := len(register.reserves_of(branch)):
            yield ReportLine(m("Operators' cards in reserve"), reserves)


def _free_room(report: MediaReport) -> Message:
    free = (Bytes(report.primary_free), Bytes(report.mirror_free))
    return m("{free} are free", free=Items(free))
