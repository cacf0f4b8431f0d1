"""Describe what a device puts on paper: reports of labelled values, tickets, forms, records of votes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from election.definition import BranchId, Contest, DeviceId, DocumentCheck, Election, Text
from election.evidence import DocumentKind
from election.marks import Marks
from election.paper_record import record_text, settled_marks
from words.message import Message, Value


class ReportKind(StrEnum):
    """Occasion of a report."""

    ZERO = "zero"
    CLOSING = "closing"
    STATUS = "status"
    """In the middle of the day: how many were served, nothing of the records that the device holds."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A labelled value of a report."""

    label: Message
    value: Value


@dataclass(frozen=True, slots=True)
class Report:
    """Report of a device: its numbers at one moment."""

    kind: ReportKind
    title: Text
    made: datetime
    lines: tuple[ReportLine, ...]
    code: str = ""
    """Of a closing report, printed as a QR symbol (`election.report_code`)."""


@dataclass(frozen=True, slots=True)
class TicketSlip:
    """A challenged ballot's ticket for the voter to take home (`election.challenge`)."""

    election: Text
    ticket: str
    tracking: str
    """The full tracking code; its number is printed."""
    training: bool = False
    """Of a training: that stands on it, largest."""


@dataclass(frozen=True, slots=True)
class DocumentForm:
    """The form that a voter without a chip signs; what is personal is written by hand."""

    election: Text
    branch: Text | None
    station: str
    number: int
    """Of the station's forms, from 1."""
    kind: DocumentKind
    day: date
    provisional: bool
    """The ballot counts only if the person has voted nowhere else."""
    rehearsal: bool = False


def document_form(
    election: Election,
    branch: BranchId,
    station: DeviceId,
    number: int,
    kind: DocumentKind,
    day: date,
) -> DocumentForm:
    """Make the form of this number for a document that is checked by eye."""
    here = election.branch(branch)
    return DocumentForm(
        election.name,
        None if here is None else here.name,
        station,
        number,
        kind,
        day,
        provisional=election.document_check_at(branch) is DocumentCheck.PROVISIONAL,
        rehearsal=election.rehearsal,
    )


@dataclass(frozen=True, slots=True)
class TrackingSlip:
    """The tracking number of a recorded vote for the voter to take home: no time, no number of its own."""

    election: Text
    tracking: str
    """The full tracking code."""
    rehearsal: bool = False


@dataclass(frozen=True, slots=True)
class PaperRecord:
    """What was marked, on paper: the same for every voter who marks the same (`election.paper_record`)."""

    election: Text
    contests: tuple[Contest, ...]
    """All of the election, whatever the voter's ballot style is."""
    marks: tuple[Marks, ...]
    """One per contest, same order, codes ascending."""
    code: str
    rehearsal: bool = False

    @staticmethod
    def of(election: Election, marks: tuple[Marks, ...]) -> PaperRecord:
        """Make the paper of a vote."""
        return PaperRecord(
            election.name,
            election.contests,
            settled_marks(election, marks),
            record_text(election, marks),
            election.rehearsal,
        )


class PaperMark(StrEnum):
    """The word that ends a paper record, printed before it is cut off."""

    RECORDED = "recorded"
    VOID = "void"


Printed: TypeAlias = Report | TicketSlip | DocumentForm | TrackingSlip | PaperRecord | PaperMark
