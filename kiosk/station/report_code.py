"""Make the code of a closing report (`election.report_code`) from what the device holds when it closes."""

from __future__ import annotations

from election.report_code import ReportedNumbers, write_report_code
from kiosk.reports import ReportKind
from kiosk.station.base import DeviceContext
from kiosk.station.loaded import Loaded


def code_of(context: DeviceContext, loaded: Loaded, kind: ReportKind) -> str:
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
