"""Verify an archive, or all archives of an election: `amin election verify`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from commands.speaking import speaker, usage, write
from commands.working import FILE, JSON, SCHEDULER, leave, progress, workers
from words.message import Latin, Message, m
from words.plain import plain_message

if TYPE_CHECKING:
    from headquarters.verification import ArchiveFinding


def finding_line(finding: ArchiveFinding, *, told: bool = False) -> str:
    """Write a finding as a line of tab-separated fields: reason, entry, what."""
    t = speaker()
    where = f"{finding.batch}/{finding.entry}" if finding.batch else finding.entry
    fields = [finding.reason, where, t(finding.message)]
    return "\t".join(map(_printable, [t("told"), *fields] if told else fields))


def _printable(text: str) -> str:
    """Names from files of strangers stay in their line and their column."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


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
@SCHEDULER
@JSON
def verify(
    file: Path,
    in_progress: bool,
    supplement: Path | None,
    root: Path | None,
    scheduler: str | None,
    as_json: bool,
) -> None:
    """Check every proof, signature and number of FILE by the strict rules.

    FILE is an archive (.bel), which needs no key and no other file, or an index (index.json): then
    all archives it lists are checked, what their terminals signed, and what they add up to.
    One line per failure: reason, entry, what. A line that begins with "told" breaks no rule: a vote that is
    invalid, or what an archive without the trustees' strong proofs leaves open.

    \b
    Exit status: 0 valid, 1 invalid, 2 the file cannot be read, 3 valid as far as it could be checked:
    without --root, or an archive without a supplement.
    """
    published = None
    if root is not None:
        published = root.read_bytes()
    if file.suffix == ".json":
        if in_progress or supplement is not None:
            raise usage(m("an index is of finished archives with their own supplements"))
        _verify_index(file, published, scheduler, as_json)
    else:
        _verify_archive(file, in_progress, supplement, published, scheduler, as_json)


def _verify_archive(
    archive: Path,
    in_progress: bool,
    supplement: Path | None,
    root: bytes | None,
    scheduler: str | None,
    as_json: bool,
) -> None:
    from headquarters.supplement import SUPPLEMENT_FOLDER, check_supplement
    from headquarters.tally.decryption_proofs import PROOFS_FILE
    from headquarters.verification import verify_archive

    beside = archive.with_name(SUPPLEMENT_FOLDER)
    proofs = None
    if supplement is not None or beside.is_dir():
        proofs = (supplement or beside) / PROOFS_FILE
    folder = supplement or (beside if _is_supplement(beside) else None)
    if root is not None and folder is None:
        raise usage(m("--root needs a supplement: there is none beside the archive"))
    with progress() as told, workers(scheduler) as executor:
        verdict = verify_archive(
            archive, final=not in_progress, progress=told, executor=executor, proofs=proofs
        )
        failures = list(verdict.failures)
        if folder is not None and verdict.ok_but_for_proofs:
            failures += check_supplement(folder, archive, root)
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
        verdict.told,
        unchecked,
        valid,
    )


def _is_supplement(folder: Path) -> bool:
    """Whether there is more than the proofs, which is all that the archive of others has beside it."""
    from headquarters.tally.decryption_proofs import PROOFS_FILE

    return folder.is_dir() and any(entry.name != PROOFS_FILE for entry in folder.iterdir())


def _verify_index(index: Path, root: bytes | None, scheduler: str | None, as_json: bool) -> None:
    from headquarters.archive_index import verify_index

    with progress() as told, workers(scheduler) as executor:
        report = verify_index(index, root, progress=told, executor=executor)
    _report(
        as_json,
        {
            "ballots": report.ballots,
            "fingerprint": report.fingerprint,
            "batches": [asdict(each) for each in report.batches],
        },
        report.failures,
        report.told,
        _without(root),
        m(
            "valid: {ballots} ballots in {count} archives, device signatures and sums included; "
            "φ {fingerprint}",
            ballots=report.ballots,
            count=len(report.batches),
            fingerprint=Latin(report.fingerprint),
        ),
    )


def _without(root: bytes | None) -> list[str]:
    """Name what stays open without a published root: anybody can make a root, and devices of it."""
    return [] if root is not None else ["root"]


_UNCHECKED: Final = {
    "root": m(
        "not checked: whose root certificate it is; "
        "with --root give the one that was published before the day"
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
) -> None:
    """Print one object with `value` in it, or lines: `valid` is the one if nothing failed; then end."""
    if as_json:
        value = {
            "valid": not failures,
            **value,
            "unchecked": unchecked,
            "failures": [_as_json(each) for each in failures],
            "told": [_as_json(each) for each in told],
        }
        click.echo(json.dumps(value, ensure_ascii=False))
    else:
        for each in failures:
            click.echo(finding_line(each))
        for each in told:
            click.echo(finding_line(each, told=True))
        for line in () if failures else (valid, *(_UNCHECKED[name] for name in unchecked)):
            write(line)
    leave(not failures, complete=not unchecked)


def _as_json(finding: ArchiveFinding) -> dict[str, object]:
    return {
        "reason": finding.reason,
        "entry": finding.entry,
        "batch": finding.batch,
        **plain_message(finding.message),
    }
