"""All that a device prints, drawn as a strip of paper: which of them is drawn by what, in which language.

What voters compare and keep is in two languages, the same for every voter.
"""

from __future__ import annotations

from typing import assert_never

from election.definition import ENGLISH, PERSIAN
from election.papers import (
    DocumentForm,
    PaperMark,
    PaperRecord,
    Printed,
    Report,
    TicketSlip,
    TrackingSlip,
)
from ui.paper_record import render_mark, render_record, render_slip
from ui.raster import render_form, render_report, render_ticket
from ui.strip import WIDTH_80_MM, ReceiptRaster
from words.languages import installed


def render(printed: Printed, width: int = WIDTH_80_MM) -> ReceiptRaster:
    """Draw a paper, `width` in dots. Raises `RasterError`. Needs a QGuiApplication; runs on any thread."""
    persian = installed().speaker(PERSIAN)
    both = persian, installed().speaker(ENGLISH)
    match printed:
        case Report():
            return render_report(printed, persian, width)
        case TicketSlip():
            return render_ticket(printed, persian, width)
        case DocumentForm():
            return render_form(printed, persian, width)
        case TrackingSlip():
            return render_slip(printed, *both, width)
        case PaperRecord():
            return render_record(printed, *both, width)
        case PaperMark():
            return render_mark(printed, *both, width)
        case _:
            assert_never(printed)
