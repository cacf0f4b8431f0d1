"""Verify an archive, or all archives of an election: `amin election verify`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from commands.speaking import speaker, usage, write
from commands.working import FILE, JSON, SCHEDULER, errors, leave, progress, workers
from words.message import Latin, Message, m

if TYPE_CHECKING:
    from election.register import ElectionNumber
    from headquarters.finding import Finding


_JOINER: Final = "\u200c"
"""The zero-width non-joiner of Persian words, which is no printable character."""


@dataclass(frozen=True, slots=True)
class BatchFailure:
    """One thing that does not hold; `batch` is empty for what is not about one batch."""

    reason: str
    entry: str
    message: str
    batch: str = ""

    @property
    def line(self) -> str:
        """The failure as a line of tab-separated fields."""
        where = f"{self.batch}/{self.entry}" if self.batch else self.entry
        return "\t".join(map(_printable, (self.reason, where, self.message)))


def _printable(text: str) -> str:
    """Names from files of strangers stay in their line and their column."""
    return "".join(each if each.isprintable() or each == _JOINER else "\ufffd" for each in text)


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
@SCHEDULER
@JSON
def verify(
    file: Path,
    in_progress: bool,
    supplement: Path | None,
    root: Path | None,
    number: str | None,
    scheduler: str | None,
    as_json: bool,
) -> None:
    """Check every proof, signature and number of FILE by the strict rules.

    FILE is an archive (.bel), which needs no key and no other file, or an index (index.json): then
    all archives it lists are checked, what their terminals signed, and what they add up to.
    One line per failure: reason, entry, what. A line that begins with "told" breaks no rule: a vote that is
    invalid, or what an archive without the trustees' strong proofs leaves open. With a register a
    line that begins with "right" says what agrees with it.

    \b
    Exit status: 0 valid, 1 invalid, 2 the file cannot be read, 3 valid as far as it could be checked
    (an index without --number is not anchored; an archive without --root, or without a supplement),
    4 interim: registered devices are still missing.
    """
    published = None
    with errors():
        if root is not None:
            published = root.read_bytes()
    if file.suffix == ".json":
        if in_progress or supplement is not None:
            raise usage(m("an index is of finished archives with their own supplements"))
        _verify_index(file, published, _number(number), scheduler, as_json)
    else:
        if number is not None:
            raise usage(m("--number is for an index: its register lies beside it"))
        _verify_archive(file, in_progress, supplement, published, scheduler, as_json)


def _verify_archive(
    archive: Path,
    in_progress: bool,
    supplement: Path | None,
    root: bytes | None,
    scheduler: str | None,
    as_json: bool,
) -> None:
    from headquarters.supplement import SUPPLEMENT_FOLDER, SupplementFailure, check_supplement
    from headquarters.tally.decryption_proofs import PROOFS_FILE
    from headquarters.verification import verify_archive

    beside = archive.with_name(SUPPLEMENT_FOLDER)
    proofs = None
    if supplement is not None or beside.is_dir():
        proofs = (supplement or beside) / PROOFS_FILE
    folder = supplement or (beside if _is_supplement(beside) else None)
    if root is not None and folder is None:
        raise usage(m("--root needs a supplement: there is none beside the archive"))
    extra: tuple[SupplementFailure, ...] = ()
    with errors(), progress() as told, workers(scheduler) as executor:
        verdict = verify_archive(
            archive, final=not in_progress, progress=told, executor=executor, proofs=proofs
        )
        if folder is not None and verdict.ok_but_for_proofs:
            extra = check_supplement(folder, archive, root)
    failures = [BatchFailure(f.reason, f.entry, f.message) for f in verdict.failures]
    failures += [BatchFailure(f.reason, f.entry, f.message) for f in extra]
    notices = [BatchFailure(f.reason, f.entry, f.message) for f in verdict.told]
    unchecked = ["devices"] if folder is None else _without(root)
    if as_json:
        value = {
            "valid": not failures,
            "ballots": verdict.ballots,
            "fingerprint": verdict.fingerprint,
            "complete": verdict.complete,
            "supplement": None if folder is None else str(folder),
            "unchecked": unchecked,
            "failures": [asdict(each) for each in failures],
            "told": [asdict(each) for each in notices],
        }
        click.echo(json.dumps(value, ensure_ascii=False))
    else:
        _print(failures, notices)
        if not failures:
            known = None if verdict.fingerprint is None else Latin(verdict.fingerprint)
            write(_valid(verdict.ballots, known or Latin(""), signed=folder is not None))
            _print_unchecked(unchecked)
    leave(not failures, complete=not unchecked)


def _is_supplement(folder: Path) -> bool:
    """Whether there is more than the proofs, which is all that the archive of others has beside it."""
    from headquarters.tally.decryption_proofs import PROOFS_FILE

    return folder.is_dir() and any(entry.name != PROOFS_FILE for entry in folder.iterdir())


def _without(root: bytes | None) -> list[str]:
    """Name what stays open without a published root: anybody can make a root, and devices of it."""
    return [] if root is not None else ["root"]


def _print_unchecked(names: Sequence[str]) -> None:
    for name in names:
        write(_UNCHECKED[name])


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


def _print(failures: Sequence[BatchFailure], notices: Sequence[BatchFailure]) -> None:
    for each in failures:
        click.echo(each.line)
    for each in notices:
        click.echo(f"told\t{each.line}")


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
    scheduler: str | None,
    as_json: bool,
) -> None:
    from headquarters.anchoring import check_register
    from headquarters.archive_index import verify_index
    from headquarters.finding import FindingClass

    with errors(), progress() as told, workers(scheduler) as executor:
        report = verify_index(index, root, progress=told, executor=executor)
        anchor = check_register(index, number)
    failures = [BatchFailure(f.reason, f.entry, f.message, f.batch) for f in report.failures]
    notices = [BatchFailure(f.reason, f.entry, f.message, f.batch) for f in report.told]
    wrong, noted, right = (list(map(_compared, anchor.of(each))) for each in FindingClass)
    unchecked = [] if anchor.anchored else [*_without(root), "number"]
    good = not failures and not wrong
    if as_json:
        value = {
            "valid": good,
            "anchored": anchor.anchored,
            "interim": anchor.interim,
            "number": anchor.number,
            "ballots": report.ballots,
            "fingerprint": report.fingerprint,
            "batches": [asdict(each) for each in report.batches],
            "unchecked": unchecked,
            "failures": [asdict(each) for each in (*failures, *wrong)],
            "told": [asdict(each) for each in (*notices, *noted)],
            "right": [asdict(each) for each in right],
        }
        click.echo(json.dumps(value, ensure_ascii=False))
    else:
        _print([*failures, *map(_spoken, anchor.of(FindingClass.WRONG))], notices)
        for verdict in (FindingClass.TOLD, FindingClass.RIGHT):
            for finding in anchor.of(verdict):
                click.echo(f"{verdict}\t{_spoken(finding).line}")
        write(
            m(
                "wrong: {wrong}; told: {told}; right: {right}",
                wrong=len(failures) + len(wrong),
                told=len(notices) + len(noted),
                right=len({b.name for b in report.batches} - {f.batch for f in failures})
                + len(right),
            )
        )
        if good:
            write(
                m(
                    "valid: {ballots} ballots in {count} archives, device signatures and sums included; "
                    "φ {fingerprint}",
                    ballots=report.ballots,
                    count=len(report.batches),
                    fingerprint=Latin(str(report.fingerprint)),
                )
            )
            _print_unchecked(unchecked)
    leave(good, complete=not unchecked, final=not anchor.interim)


@dataclass(frozen=True, slots=True)
class ComparedLine(BatchFailure):
    """One thing that was compared with the register, and how many it is about."""

    count: int = 1


def _compared(finding: Finding) -> ComparedLine:
    """Return a finding with its English sentence."""
    return ComparedLine(
        finding.reason, finding.entry, str(finding.sentence), finding.batch, finding.count
    )


def _spoken(finding: Finding) -> BatchFailure:
    """Return a finding with its number and its sentence in the language of the answer."""
    sentence = f"{finding.count}: {speaker()(finding.sentence)}"
    return BatchFailure(finding.reason, finding.entry, sentence, finding.batch)


def _valid(ballots: int, fingerprint: Latin, *, signed: bool) -> Message:
    if signed:
        return m(
            "valid: {ballots} ballots, device signatures included; φ {fingerprint}",
            ballots=ballots,
            fingerprint=fingerprint,
        )
    return m("valid: {ballots} ballots; φ {fingerprint}", ballots=ballots, fingerprint=fingerprint)
