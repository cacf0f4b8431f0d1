"""Find what is odd about the acts of a device: their times, what was put back, what changed afterwards.

The signatures of acts are verified where the bundle is read (`election.bundle`). Nothing here takes a
vote out: it is told, and people decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final

from election.acts import SignedActKind, Statement, read_statement
from election.audit_events import AuditEvent
from election.bundle import Bundle
from election.definition import Election
from election.polls import ACTS, ActKind
from election.trusted_digest import trusted_digest
from headquarters.import_report import FindingKind, ImportFinding
from words.message import Code, Latin, Message, m, plural

LATE: Final = timedelta(hours=12)
"""After the hour of closing; a queue, or an extension by law, ends before."""
EARLY: Final = timedelta(days=60)
"""Before the hour of opening; nobody loads an election package earlier."""


def act_findings(election: Election, bundles: Sequence[Bundle]) -> Iterator[ImportFinding]:
    """Yield what is odd about the acts of accepted bundles, by device. A rescued device has none."""
    for bundle in (bundle for bundle in bundles if bundle.acts):
        statements = tuple(map(read_statement, bundle.acts))
        for kind, message in (
            *((FindingKind.ODD_TIME, odd_time) for odd_time in _odd_times(election, statements)),
            *((FindingKind.SET_BACK, each) for each in _set_back(statements)),
            *((FindingKind.WENT_ON, each) for each in _went_on(statements[-1])),
            *((FindingKind.OTHER_TRUST, each) for each in _other_trust(election, statements)),
            *((FindingKind.PAPERS, each) for each in _papers(election, bundle, statements[-1])),
            *((FindingKind.AFTER_CLOSING, each) for each in _changed(bundle, statements[-1])),
        ):
            yield ImportFinding(kind, bundle.device, message)


def _odd_times(election: Election, statements: Sequence[Statement]) -> Iterator[Message]:
    """Tell them by the polls' clock on the wall, whatever zone headquarters' machine is in."""
    wall = election.opens.tzinfo
    for before, after in pairwise(statements):
        if after.at < before.at:
            yield m(
                "{after} at {later}, before {before} at {earlier}",
                after=_name(after),
                later=after.at.astimezone(wall),
                before=_name(before),
                earlier=before.at.astimezone(wall),
            )
    for statement in statements:
        match statement.kind:
            case SignedActKind.LOAD:
                odd = not election.opens - EARLY <= statement.at <= election.closes + LATE
            case SignedActKind.CLOSE:
                odd = not election.closes <= statement.at <= election.closes + LATE
            case _:
                odd = not election.opens <= statement.at <= election.closes + LATE
        if odd:
            at = statement.at.astimezone(wall)
            yield m("{act} at {time}: not an hour for it", act=_name(statement), time=at)


def _other_trust(election: Election, statements: Sequence[Statement]) -> Iterator[Message]:
    """Tell whose documents were judged by more than the package: nothing else may be trusted on the day.

    Lists that two roles add are expected; in a rehearsal also what the settings name.
    """
    signed = {each.trusted for each in statements if each.kind is SignedActKind.OPEN}
    if signed - {None, trusted_digest(election.trusted)}:
        yield m("it opened with revocation lists, or documents of its own, beside the package's")


def _set_back(statements: Sequence[Statement]) -> Iterator[Message]:
    for before, after in pairwise(statements):
        if after.cast < before.cast:
            yield m("{before} cast, later {after}", before=before.cast, after=after.cast)
        if after.log.length < before.log.length:
            yield m(
                "{before} entries in the event log, later {after}",
                before=before.log.length,
                after=after.log.length,
            )
    last = statements[-1]
    for each in last.closing.sums if last.closing else ():
        if each.event == AuditEvent.SET_BACK:
            yield plural(
                "it was started {count} time with less than it had held: {reason}",
                "it was started {count} times with less than it had held: {reason}",
                each.number,
                reason=Latin(each.reason),
            )
    if last.cast < last.log.votes:
        yield m(
            "its event log tells of {logged} votes, but it holds {cast}",
            logged=last.log.votes,
            cast=last.cast,
        )


def _went_on(last: Statement) -> Iterator[Message]:
    """Tell what two roles went on without, by the sums of CLOSE (`docs/spec/audit-events.md`)."""
    for each in last.closing.sums if last.closing else ():
        match each.event:
            case AuditEvent.CLOSED_WITHOUT:
                yield m("it closed without {device}", device=Latin(each.reason))
            case AuditEvent.CARDS_MISSING:
                yield plural(
                    "it closed last, and {count} of its cards had not come back",
                    "it closed last, and {count} of its cards had not come back",
                    each.number,
                )
            case AuditEvent.ONE_MEMORY_HOURS:
                yield plural(
                    "it went on with one memory for up to {count} hour: what that one has nobody else has",
                    "it went on with one memory for up to {count} hours: what that one has nobody else has",
                    each.number,
                )
            case AuditEvent.CLOCK_BACK:
                yield plural(
                    "two roles set its clock back {count} time while its polls were open; its log says when",
                    "two roles set its clock back {count} times while its polls were open; its log says when",
                    each.number,
                )
            case AuditEvent.CARD_BLOCKED:
                yield m(
                    "two roles blocked the operator card {number} there", number=Code(each.reason)
                )
            case AuditEvent.VOTES_BEHIND:
                yield plural(
                    "it went on although {count} vote of which stations hold a receipt was missing",
                    "it went on although {count} votes of which stations hold receipts were missing",
                    each.number,
                )
            case _:
                pass


def _papers(election: Election, bundle: Bundle, last: Statement) -> Iterator[Message]:
    """Compare the paper records of a terminal with its votes, by the sums of CLOSE."""
    if not election.rules.paper_record or bundle.box is None or last.closing is None:
        return
    sums: Counter[str] = Counter()
    for each in last.closing.sums:
        sums[each.event] += each.number
    papers = sums["paper-printed"] - sums["paper-void"]
    if papers != last.cast:
        yield m("{papers} paper records count, and {cast} votes", papers=papers, cast=last.cast)
    if unmarked := sums["paper-unmarked"]:
        yield plural(
            "{count} paper record has no word at its end",
            "{count} paper records have no word at their end",
            unmarked,
        )


def _changed(bundle: Bundle, last: Statement) -> Iterator[Message]:
    """Compare the roots that two cards signed at the closing with what is handed over."""
    if bundle.box is None or last.closing is None:
        return
    root, closing = bundle.box.root, last.closing
    signed = (last.cast, closing.spoiled, closing.records, closing.spent)
    if signed != (root.cast, root.spoiled, root.records, root.spent):
        yield m(
            "{signed} votes at the closing, {handed} handed over",
            signed=last.cast,
            handed=root.cast,
        )


def _name(statement: Statement) -> Message:
    return ACTS[ActKind(statement.kind.value)]
