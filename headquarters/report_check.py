"""Compare a closing report with what was published: by its code, or by eye.

A report is a photograph of the minute in which a device closed. With the register's key anybody can tell
whether the device signed it, and then there are four answers: the published records are those of the report;
they are not (wrong: the report is the proof); the device is finally missing, and its votes are provably lost;
or it is still pending.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from election.definition import DeviceId
from election.reasons import Agreement, Notice, RegisterReason, ReportReason
from election.register import PublishedRegister
from election.report_code import ReportCode, ReportedNumbers, ReportError, read_report_code
from headquarters.completeness import PublishedNumbers, bound_of, read_numbers
from headquarters.finding import Finding, told, wrong
from headquarters.index_document import read_index
from headquarters.published_acts import PublishedActs, read_acts


def check_report(text: str, index: Path, published: PublishedRegister) -> tuple[Finding, ...]:
    """Check the text of a report's QR symbol against an index whose register is `published`.

    Raises `ReportError` for what no registered device signed, `SchemaError` or `OSError` for an index
    that cannot be read.
    """
    code = read_report_code(text)
    _check_signature(code, published)
    acts = read_acts(index.parent, published)
    numbers = read_numbers(index.parent, read_index(index))
    return tuple(_compare(code.said, published, acts, numbers))


def expected_reports(
    published: PublishedRegister, numbers: PublishedNumbers
) -> tuple[ReportedNumbers, ...]:
    """Return what the closing report of each device that is in must show, by device."""
    number = bytes.fromhex(published.number)
    boxes: Mapping[DeviceId, ReportedNumbers] = {
        device: ReportedNumbers(
            number, device, (each.cast, each.spoiled), (each.records, each.spent)
        )
        for device, each in numbers.boxes.items()
    }
    stations = {
        device: ReportedNumbers(number, device, counts, ())
        for device, counts in numbers.issued.items()
    }
    both = {**boxes, **stations}
    return tuple(both[device] for device in sorted(both))


# ---------------------------------------------------------------- parts


def _check_signature(code: ReportCode, published: PublishedRegister) -> None:
    if code.said.number.hex() != published.number:
        raise ReportError(ReportReason.REPORT_ELECTION)
    device = published.register.device(code.said.device)
    if device is None:
        raise ReportError(ReportReason.REPORT_DEVICE)
    code.verify(device.key)


def _compare(
    said: ReportedNumbers,
    published: PublishedRegister,
    acts: PublishedActs,
    numbers: PublishedNumbers,
) -> list[Finding]:
    device = said.device
    rescue = acts.rescued.get(device)
    if said in expected_reports(published, numbers):
        return [Finding.right(Agreement.RIGHT_REPORT, device)]
    if rescue is not None:
        lost = said.numbers[0] - rescue.statement.found.cast
        return [told(Notice.RESCUE_DIFFERS, device, max(1, abs(lost)))]
    if device in numbers.devices:
        return [wrong(ReportReason.REPORT_DIFFERS, device)]
    if device not in acts.finally_missing:
        return [told(RegisterReason.REGISTER_PENDING, device)]
    bound = bound_of(published.register, device, acts.branches, numbers)
    found = [told(Notice.MISSING_REPORT, device, said.numbers[0])]
    if said.roots and bound is not None and said.numbers[0] > bound:
        found.append(wrong(ReportReason.REPORT_BOUNDS, device, said.numbers[0]))
    return found
