"""Guide of the console: what is done in which order in the morning and in the evening, and what shows it.

Lines are data. They say what is true now; the flow decides what is allowed (`states.allowed`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from election.papers import ReportKind
from election.polls import PollsState
from kiosk.flows.operator.states import ConsoleAct, ConsoleView, allowed
from kiosk.status import CheckLine, Lamp
from words.message import Items, Latin, Message, Value, m


class GuideState(StrEnum):
    """How far a line of the guide is."""

    DONE = "done"
    NOW = "now"
    """What comes next."""
    LATER = "later"
    WRONG = "wrong"
    """The evidence says what is wrong."""
    LOOK = "look"
    """No device can see it: people look."""


@dataclass(frozen=True, slots=True)
class GuideLine:
    """One line: what, how far, what shows it, and the act that does it."""

    key: str
    title: Message
    state: GuideState
    evidence: Value | None = None
    act: ConsoleAct | None = None


CLOCK, PRINTER, MEDIA = m("Clock"), m("Printer"), m("Media")
"""Names of the self-test's checks that are lines of their own (`kiosk.station`)."""


def guide(view: ConsoleView, lamps: Iterable[Lamp] = ()) -> tuple[GuideLine, ...]:
    """Return the lines for the present state of the polls; the first open one is what comes next."""
    lamps = tuple(lamps)
    match view.polls:
        case PollsState.UNCONFIGURED | PollsState.READY:
            lines = _opening(view, lamps)
        case PollsState.OPEN | PollsState.PAUSED:
            lines = _day(view, lamps)
        case PollsState.CLOSED:
            lines = _closing(view)
    return _with_next(lines, allowed(view))


def _opening(view: ConsoleView, lamps: tuple[Lamp, ...]) -> list[GuideLine]:
    done, later = GuideState.DONE, GuideState.LATER
    package = GuideLine(
        "package",
        m("Election package"),
        done if view.package else later,
        Latin(view.package) if view.package else m("On the USB drive from headquarters."),
        ConsoleAct.LOAD_PACKAGE,
    )
    zero = GuideLine(
        "zero-report",
        m("Zero report and opening"),
        later,
        m("The report is printed: every sum is zero. Both sign it."),
        ConsoleAct.OPEN,
    )
    return [
        package,
        _seals(m("Compare the numbers of the seals with the sheet, before the doors open.")),
        _devices(view, lamps),
        *_checked(view, (CLOCK, PRINTER, MEDIA)),
        zero,
    ]


def _day(view: ConsoleView, lamps: tuple[Lamp, ...]) -> list[GuideLine]:
    paused = view.polls is PollsState.PAUSED
    opened = GuideLine(
        "polls",
        m("Polls"),
        GuideState.LATER if paused else GuideState.DONE,
        m("Paused: nobody can begin.") if paused else m("Open."),
        ConsoleAct.RESUME if paused else None,
    )
    queue = GuideLine(
        "queue",
        m("Closing"),
        GuideState.LOOK,
        m("In the evening: whoever stands in the queue votes first."),
        ConsoleAct.CLOSE,
    )
    return [opened, _devices(view, lamps), queue]


def _closing(view: ConsoleView) -> list[GuideLine]:
    made = view.report is not None and view.report.kind is ReportKind.CLOSING
    report = GuideLine(
        "closing-report",
        m("Closing report"),
        GuideState.DONE if made else GuideState.LATER,
        m("Printed once; both sign it. It can be printed again.") if made else None,
        ConsoleAct.PRINT_REPORT,
    )
    export = GuideLine(
        "export",
        m("Closing bundle"),
        GuideState.LATER,
        m("Onto the USB drive; the drive travels in the sealed bag."),
        ConsoleAct.EXPORT,
    )
    closed = GuideLine("polls", m("Polls"), GuideState.DONE, m("Closed for good."))
    return [closed, report, export, _seals(m("Seal the device and write the number on the sheet."))]


def _seals(what: Message) -> GuideLine:
    return GuideLine("seals", m("Seals"), GuideState.LOOK, what)


def _devices(view: ConsoleView, lamps: tuple[Lamp, ...]) -> GuideLine:
    broken = tuple(lamp.name for lamp in lamps if not lamp.ok)
    evidence: Message
    if broken:
        state, evidence = GuideState.WRONG, m("Not working: {names}", names=Items(broken))
    elif not view.checks:
        state, evidence = GuideState.LATER, m("Not tested yet.")
    else:
        failed = tuple(check.name for check in view.checks if not check.passed)
        state = GuideState.WRONG if failed else GuideState.DONE
        working = tuple(lamp.name for lamp in lamps)
        evidence = m("Not passed: {names}", names=Items(failed)) if failed else m("All work.")
        if working and not failed:
            evidence = m("Working: {names}", names=Items(working))
    return GuideLine("devices", m("Devices"), state, evidence, ConsoleAct.SELF_TEST)


def _checked(view: ConsoleView, names: tuple[Message, ...]) -> list[GuideLine]:
    """Return a line for each of these checks that the self-test made."""
    found = {check.name: check for check in view.checks}
    return [_of_check(found[name]) for name in names if name in found]


def _of_check(check: CheckLine) -> GuideLine:
    state = GuideState.DONE if check.passed else GuideState.WRONG
    return GuideLine(check.name.source.lower().replace(" ", "-"), check.name, state, check.detail)


def _with_next(lines: list[GuideLine], acts: frozenset[ConsoleAct]) -> tuple[GuideLine, ...]:
    """Mark the first line that is not done and whose act is allowed; others offer no act that is not."""
    marked: list[GuideLine] = []
    found = False
    for line in lines:
        act = line.act if line.act in acts else None
        state = line.state
        if not found and act is not None and state is GuideState.LATER:
            state, found = GuideState.NOW, True
        marked.append(GuideLine(line.key, line.title, state, line.evidence, act))
    return tuple(marked)
