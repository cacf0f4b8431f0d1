"""Verify all archives of an index, what they add up to, and the register beside it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from election.register import ElectionNumber
from election.report_code import ReportedNumbers
from headquarters.anchoring import AnchorReport, check_register
from headquarters.archive_index import cover, verify_index
from headquarters.finding import FindingClass
from headquarters.receipts import Coverage
from headquarters.result_check import check_result
from headquarters.tally.work import Work
from headquarters.verdict import Verdict, without
from words.message import Latin, Message, m, plural


def judge_index(
    index: Path,
    root: bytes | None,
    number: ElectionNumber | None,
    earlier: Path | None,
    work: Work,
) -> Verdict:
    """Verify all archives of an index and compare them with the register. Raises `OSError`.

    `root`, `number`: as published before the day; `earlier`: an interim index that somebody kept.
    """
    report = verify_index(index, root, progress=work.progress, executor=work.executor)
    anchor = check_register(index, number, earlier)
    result = check_result(index, report, anchor)
    failures = (*report.failures, *anchor.of(FindingClass.WRONG), *result.failures)
    notices = (*report.told, *anchor.of(FindingClass.TOLD), *result.told)
    right = anchor.of(FindingClass.RIGHT)
    whole = {batch.name for batch in report.batches} - {failure.batch for failure in failures}
    facts = {
        "anchored": anchor.anchored,
        "interim": anchor.interim,
        "number": anchor.number,
        "ballots": report.ballots,
        "receipts": asdict(report.receipts),
        "fingerprint": report.fingerprint,
        "batches": [asdict(batch) for batch in report.batches],
        "reports": [_reported(closing) for closing in anchor.reports],
        "elected": [asdict(person) for person in result.elected],
    }
    return Verdict(
        facts,
        failures,
        notices,
        [] if anchor.anchored else [*without(root), "number"],
        m(
            "valid: {ballots} ballots in {count} archives, device signatures and sums included; "
            "φ {fingerprint}",
            ballots=report.ballots,
            count=len(report.batches),
            fingerprint=Latin(report.fingerprint),
        ),
        right,
        m(
            "wrong: {wrong}; told: {told}; right: {right}",
            wrong=len(failures),
            told=len(notices),
            right=len(whole) + len(right),
        ),
        anchor.reports,
        _said_of(report.receipts, anchor),
        not anchor.interim,
        result.elected,
    )


def _said_of(receipts: Coverage, anchor: AnchorReport) -> tuple[Message, ...]:
    """Return what the verdict says besides: what receipts cover, and what an interim index is."""
    if not anchor.interim:
        return (cover(receipts),)
    return (
        cover(receipts),
        plural(
            "interim: {count} registered device is pending; what is in stays in, and more will come",
            "interim: {count} registered devices are pending; what is in stays in, and more will come",
            anchor.pending,
        ),
    )


def _reported(report: ReportedNumbers) -> dict[str, object]:
    """Return what a closing report must show, without the election's number."""
    return {
        "device": report.device,
        "numbers": report.numbers,
        "roots": [root.hex() for root in report.roots],
    }
