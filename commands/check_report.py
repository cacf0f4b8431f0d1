"""Check a closing report against the published index: `amin election check-report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.speaking import refusal, speaker
from commands.working import FILE, JSON, NUMBER, leave, print_json

if TYPE_CHECKING:
    from election.register import ElectionNumber


@click.command("check-report")
@click.argument("text")
@click.option("--index", type=FILE, required=True, help="The published index.json.")
@click.option(
    "--number",
    type=NUMBER,
    help="The election's number as published before the day (64 hex digits).",
)
@JSON
def check_report(text: str, index: Path, number: ElectionNumber | None, as_json: bool) -> None:
    """Check by the TEXT of the QR code on a device's closing report whether its votes are in the result.

    \b
    TEXT begins with AMINR1: and holds the number of the election, the device, its numbers and full
    roots, signed by the device. The register beside the index holds the device's key, also of a device
    that is missing: then the report proves that its votes are lost, and how many.

    \b
    Exit status: 0 the published records are those of the report, or the device is told as missing,
    rescued or pending; 1 they are not, or no registered device signed the report (keep it and show it);
    2 TEXT or index cannot be used; 3 the report agrees, but without --number anybody may have made the
    register; 4 the device is still pending.
    """
    from election.reasons import RegisterReason, ReportReason
    from election.report_code import ReportError
    from headquarters import report_check
    from headquarters.finding import Finding, FindingClass, wrong
    from headquarters.published_acts import register_in

    published = register_in(index.parent)
    if published is None:
        raise refusal(RegisterReason.REGISTER_MISSING.sentence)
    if number not in (None, published.number):
        raise refusal(RegisterReason.REGISTER_NUMBER.sentence)
    found: tuple[Finding, ...]
    try:
        found = report_check.check_report(text, index, published)
    except ReportError as error:
        if error.reason is ReportReason.REPORT_FORMAT:
            raise
        found = (wrong(error.reason, "report"),)
    if as_json:
        print_json(
            {
                "number": published.number,
                "anchored": number is not None,
                "findings": [each.as_plain for each in found],
            }
        )
    else:
        t = speaker()
        for each in found:
            sentence = t(each.as_archive_finding.message)
            click.echo(f"{each.verdict}\t{each.reason}\t{each.entry}\t{sentence}")
    leave(
        all(each.verdict is not FindingClass.WRONG for each in found),
        complete=number is not None,
        final=all(each.reason is not RegisterReason.REGISTER_PENDING for each in found),
    )
