"""Verify an archive, or all archives of an election: `amin election verify`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from commands.speaking import speaker, usage, write
from commands.working import FILE, JSON, SCHEDULER, errors, leave, progress, workers
from words.message import Latin, Message, m, plural
from words.plain import plain_message

if TYPE_CHECKING:
    from election.register import ElectionNumber
    from election.report_code import ReportedNumbers
    from headquarters.anchoring import AnchorReport
    from headquarters.receipts import Coverage
    from headquarters.verification import ArchiveFinding


FEW_BYTES: Final = 256 * 1024
"""Of an archive whose ballots are verified before other processes would have begun."""
_JOINER: Final = "\u200c"
"""The zero-width non-joiner of Persian words, which is no printable character."""


def finding_line(finding: ArchiveFinding, verdict: Message | None = None) -> str:
    """Write a finding as a line of tab-separated fields: verdict if given, reason, entry, what."""
    t = speaker()
    where = f"{finding.batch}/{finding.entry}" if finding.batch else finding.entry
    fields = [finding.reason, where, t(finding.message)]
    return "\t".join(map(_printable, fields if verdict is None else [t(verdict), *fields]))


def _printable(text: str) -> str:
    """Names from files of strangers stay in their line and their column."""
    return "".join(sign if sign.isprintable() or sign == _JOINER else "\ufffd" for sign in text)


@click.command()
@click.argument("file", type=FILE)
@click.option("--in-progress", is_flag=True, help="Accept an archive that has no result yet.")
@click.option(
    "--supplement",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Folder of what the terminals signed; checked too if it lies beside an archive.",
)
@click.option(
    "--root",
    type=FILE,
    default=None,
    help="Headquarters' root certificate as published before the day: everything must lead to it.",
)
@click.option(
    "--number",
    default=None,
    help="The election's number as published before the day (64 hex digits), with an index: its "
    "register.json then says whose devices and signatures count.",
)
@click.option(
    "--earlier",
    type=FILE,
    default=None,
    help="An interim index that you kept: it has to be one of this index's predecessors.",
)
@SCHEDULER
@JSON
def verify(
    file: Path,
    in_progress: bool,
    supplement: Path | None,
    root: Path | None,
    number: str | None,
    earlier: Path | None,
    scheduler: str | None,
    as_json: bool,
) -> None:
    """Check every proof, signature and number of FILE by the strict rules.

    FILE is an archive (.bel), which needs no key and no other file, or an index (index.json): then
    all archives it lists are checked, what their terminals signed, and what they add up to.
    One line per failure: reason, entry, what. A line that begins with "told" breaks no rule: a vote that is
    invalid, or what an archive without the trustees' strong proofs leaves open. With a register a
    line that begins with "right" says what agrees with it, and a line that begins with "report" what the
    closing report of a device must show (see `check-report`).

    \b
    Exit status: 0 valid, 1 invalid, 2 the file cannot be read, 3 valid as far as it could be checked
    (an index without --number is not anchored; an archive without --root, or without a supplement),
    4 interim: registered devices are still pending.
    """
    published = None
    if root is not None:
        from crypto.certificates import MAX_CERTIFICATE_SIZE
        from election.files import read_file

        with errors():
            published = read_file(root, MAX_CERTIFICATE_SIZE)
    if file.suffix == ".json":
        if in_progress or supplement is not None:
            raise usage(m("an index is of finished archives with their own supplements"))
        _verify_index(file, published, _number(number), earlier, scheduler, as_json)
    else:
        if number is not None or earlier is not None:
            raise usage(m("--number and --earlier are for an index: its register lies beside it"))
        _verify_archive(file, in_progress, supplement, published, scheduler, as_json)


def _verify_archive(
    archive: Path,
    in_progress: bool,
    supplement: Path | None,
    root: bytes | None,
    scheduler: str | None,
    as_json: bool,
) -> None:
    from headquarters.tally.decryption_proofs import PROOFS_FILE, SUPPLEMENT_FOLDER
    from headquarters.verification import verify_archive

    beside = archive.with_name(SUPPLEMENT_FOLDER)
    proofs = None
    if supplement is not None or beside.is_dir():
        proofs = (supplement or beside) / PROOFS_FILE
    folder = supplement or (beside if _is_supplement(beside) else None)
    if root is not None and folder is None:
        raise usage(m("--root needs a supplement: there is none beside the archive"))
    few = archive.stat().st_size < FEW_BYTES
    with progress() as told, workers(scheduler, few=few) as executor:
        verdict = verify_archive(
            archive, final=not in_progress, progress=told, executor=executor, proofs=proofs
        )
        failures, notices = list(verdict.failures), verdict.told
        if folder is not None and verdict.ok_but_for_proofs:
            from headquarters.supplement import check_supplement
            from headquarters.verification.report import apart

            broken, told_too = apart(check_supplement(folder, archive, root))
            failures += broken
            notices += told_too
    phi, ballots = Latin(verdict.fingerprint or ""), verdict.ballots
    valid = m("valid: {ballots} ballots; φ {fingerprint}", ballots=ballots, fingerprint=phi)
    unchecked = ["devices"]
    if folder is not None:
        valid = m(
            "valid: {ballots} ballots, device signatures included; φ {fingerprint}",
            ballots=ballots,
            fingerprint=phi,
        )
        unchecked = _without(root)
    _report(
        as_json,
        {
            "ballots": verdict.ballots,
            "fingerprint": verdict.fingerprint,
            "complete": verdict.complete,
            "supplement": None if folder is None else str(folder),
        },
        failures,
        notices,
        unchecked,
        valid,
    )


def _is_supplement(folder: Path) -> bool:
    """Whether there is more than the proofs, which is all that the archive of others has beside it."""
    from headquarters.tally.decryption_proofs import PROOFS_FILE

    return folder.is_dir() and any(entry.name != PROOFS_FILE for entry in folder.iterdir())


def _number(text: str | None) -> ElectionNumber | None:
    from election.register import parse_number

    try:
        return None if text is None else parse_number(text)
    except ValueError as error:
        raise usage(m("--number: all 64 hex digits are needed, in groups or not")) from error


def _verify_index(
    index: Path,
    root: bytes | None,
    number: ElectionNumber | None,
    earlier: Path | None,
    scheduler: str | None,
    as_json: bool,
) -> None:
    from headquarters.anchoring import check_register
    from headquarters.archive_index import verify_index
    from headquarters.finding import FindingClass

    with progress() as told, workers(scheduler) as executor:
        report = verify_index(index, root, progress=told, executor=executor)
        anchor = check_register(index, number, earlier)
    failures = (*report.failures, *anchor.of(FindingClass.WRONG))
    notices = (*report.told, *anchor.of(FindingClass.TOLD))
    right = anchor.of(FindingClass.RIGHT)
    whole = {batch.name for batch in report.batches} - {failure.batch for failure in failures}
    _report(
        as_json,
        {
            "anchored": anchor.anchored,
            "interim": anchor.interim,
            "number": anchor.number,
            "ballots": report.ballots,
            "receipts": asdict(report.receipts),
            "fingerprint": report.fingerprint,
            "batches": [asdict(batch) for batch in report.batches],
            "reports": [_reported(report) for report in anchor.reports],
        },
        failures,
        notices,
        [] if anchor.anchored else [*_without(root), "number"],
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
        final=not anchor.interim,
        reports=anchor.reports,
        more=_said_of(report.receipts, anchor),
    )


def _said_of(receipts: Coverage, anchor: AnchorReport) -> tuple[Message, ...]:
    """Return what the verdict says besides: what receipts cover, and what an interim index is."""
    from headquarters.archive_index import cover

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


def _without(root: bytes | None) -> list[str]:
    """Name what stays open without a published root: anybody can make a root, and devices of it."""
    return [] if root is not None else ["root"]


_UNCHECKED: Final = {
    "root": m(
        "not checked: whose root certificate it is; "
        "with --root give the one that was published before the day"
    ),
    "number": m(
        "not anchored: devices and offices may have been made after the day; "
        "with --number give the number that was published before it"
    ),
    "devices": m("not checked: what the devices signed; there is no supplement beside the archive"),
}
"""By its word in the JSON."""


def _report(
    as_json: bool,
    value: dict[str, object],
    failures: Sequence[ArchiveFinding],
    told: Sequence[ArchiveFinding],
    unchecked: Sequence[str],
    valid: Message,
    right: Sequence[ArchiveFinding] = (),
    classes: Message | None = None,
    *,
    final: bool = True,
    reports: Sequence[ReportedNumbers] = (),
    more: Sequence[Message] = (),
) -> None:
    """Print one object with `value` in it, or lines: `valid` is the one if nothing failed; then end.

    `right`: what agrees with the register; `classes`: how many are in each class of verdict;
    `reports`: what closing reports must show; `more`: what the verdict says besides.
    """
    if as_json:
        value = {
            "valid": not failures,
            **value,
            "unchecked": unchecked,
            "failures": [_as_json(failure) for failure in failures],
            "told": [_as_json(line) for line in told],
            "right": [_as_json(each) for each in right],
        }
        click.echo(json.dumps(value, ensure_ascii=False))
    else:
        for failure in failures:
            click.echo(finding_line(failure))
        for each in told:
            click.echo(finding_line(each, m("told")))
        for each in right:
            click.echo(finding_line(each, m("right")))
        for report in reports:
            words = (
                "report",
                report.device,
                *report.numbers,
                *(root.hex() for root in report.roots),
            )
            click.echo("\t".join(map(str, words)))
        if classes is not None:
            write(classes)
        for line in more:
            write(line)
        for line in () if failures else (valid, *(_UNCHECKED[name] for name in unchecked)):
            write(line)
    leave(not failures, complete=not unchecked, final=final)


def _as_json(finding: ArchiveFinding) -> dict[str, object]:
    return {
        "reason": finding.reason,
        "entry": finding.entry,
        "batch": finding.batch,
        **plain_message(finding.message),
    }
