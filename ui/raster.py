"""Paper: reports and slips drawn as black-and-white bitmaps for the receipt printer.

Persian needs shaping and right-to-left layout that no receipt printer does by itself, so whole
pages are drawn with Qt and handed over as dots (`ui.strip`).
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import assert_never

from PySide6.QtGui import (
    QFont,
    QImage,
)

from election.challenge import GROUPS, tracking_groups
from election.evidence_words import DOCUMENTS
from election.papers import DocumentForm, Report, ReportKind, TicketSlip
from ui.strip import (
    HEAD_PX,
    SMALL_PX,
    TEXT_PX,
    TITLE_PX,
    WIDTH_80_MM,
    ReceiptRaster,
    Strip,
)
from words.speaker import Speaker


def render_report(report: Report, t: Speaker, width_px: int = WIDTH_80_MM) -> ReceiptRaster:
    """Return a zero, status or closing report as a strip of paper. Raises RasterError.

    Needs a QGuiApplication; runs on any thread.
    """
    strip = Strip(t, width_px)
    strip.text(t.of(report.title), TITLE_PX, QFont.Weight.Bold, centred=True)
    strip.text(kind_text(t, report.kind), HEAD_PX, QFont.Weight.DemiBold, centred=True)
    strip.text(t.say(report.made), TEXT_PX, QFont.Weight.Normal, centred=True)
    strip.rule()
    for line in report.lines:
        strip.pair(t(line.label), t.say(line.value))
    if report.code:
        strip.qr(report.code)
    strip.rule()
    for place in (t("Officer"), t("Supervisor")):
        strip.signature(place)
    return strip.raster()


def render_ticket(slip: TicketSlip, t: Speaker, width_px: int = WIDTH_80_MM) -> ReceiptRaster:
    """Return a challenged ballot's ticket as QR, and its tracking number. Raises RasterError."""
    strip = Strip(t, width_px)
    strip.text(t.of(slip.election), HEAD_PX, QFont.Weight.DemiBold, centred=True)
    if slip.training:
        strip.text(t("Training: no vote counts."), TITLE_PX, QFont.Weight.Bold, centred=True)
        strip.rule()
    strip.text(t("Challenged ballot"), TITLE_PX, QFont.Weight.Bold, centred=True)
    strip.text(t("Does not count"), HEAD_PX, QFont.Weight.DemiBold, centred=True)
    strip.qr(slip.ticket)
    strip.text(t("Tracking number"), TEXT_PX, QFont.Weight.Normal, centred=True)
    groups = tracking_groups(slip.tracking)
    for row in (groups[: GROUPS // 2], groups[GROUPS // 2 :]):
        strip.text(t.code("  ".join(row)), TITLE_PX, QFont.Weight.Bold, centred=True)
    strip.rule()
    strip.text(
        t("The election's checking page shows from this code what the machine had sealed. It has to "
          "be what you had chosen, under the number you saw before."),
        SMALL_PX, QFont.Weight.Normal, centred=False,
    )  # fmt: skip
    return strip.raster()


def render_form(form: DocumentForm, t: Speaker, width_px: int = WIDTH_80_MM) -> ReceiptRaster:
    """Return the form that a voter signs whose document has no chip. Raises RasterError.

    What is personal, and the document's own number, is written by hand.
    """
    strip = Strip(t, width_px)
    strip.text(t.of(form.election), HEAD_PX, QFont.Weight.DemiBold, centred=True)
    strip.text(t("Document without a chip"), TITLE_PX, QFont.Weight.Bold, centred=True)
    number = t("Form no. {number}", number=form.number)
    strip.text(number, TITLE_PX, QFont.Weight.Bold, centred=True)
    if form.rehearsal:
        strip.text(t("Rehearsal"), HEAD_PX, QFont.Weight.DemiBold, centred=True)
    strip.rule()
    branch = "" if form.branch is None else t.of(form.branch)
    strip.pair(t("Branch"), branch)
    strip.pair(t("Device"), t.latin(form.station))
    strip.pair(t("Date"), t.date(datetime.combine(form.day, time(), UTC)))
    strip.pair(t("Document"), t(DOCUMENTS[form.kind]))
    strip.rule()
    strip.text(
        t("I am the person whom this document names, and I have not voted in this election before."),
        TEXT_PX, QFont.Weight.Normal, centred=False,
    )  # fmt: skip
    if form.provisional:
        strip.text(
            t("I know that my ballot counts only if I vote nowhere else."),
            TEXT_PX, QFont.Weight.Normal, centred=False,
        )  # fmt: skip
    for place in (
        t("Given name and surname"),
        t("National number"),
        t("Number of the document"),
        t("Signature of the voter"),
        t("Officer"),
        t("Supervisor"),
    ):
        strip.signature(place)
    return strip.raster()


def to_image(raster: ReceiptRaster) -> QImage:
    """Return the same dots as a picture, for the screen."""
    image = QImage(
        raster.rows,
        raster.width_px,
        raster.height_px,
        raster.width_px // 8,
        QImage.Format.Format_Mono,
    )
    image.setColorTable([0xFFFFFFFF, 0xFF000000])
    return image.copy()


def kind_text(t: Speaker, kind: ReportKind) -> str:
    """Return the name of a kind of report."""
    match kind:
        case ReportKind.ZERO:
            return t("Zero report")
        case ReportKind.CLOSING:
            return t("Closing report")
        case ReportKind.STATUS:
            return t("Status report")
        case _:
            assert_never(kind)
