"""Describe what a device puts on paper and on the screen: checks, labelled values, tickets, forms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from election.definition import Text
from election.evidence import DocumentKind
from words.message import Message, Value


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of a self-test or of the package check."""

    name: Message
    passed: bool
    detail: Value | None = None
    """Evidence, or what to do; no personal data."""


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


Printed: TypeAlias = Report | TicketSlip | DocumentForm
