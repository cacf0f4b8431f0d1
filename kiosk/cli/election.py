"""`amin election`: an election at headquarters, step by step, each a command.

Exit status: 0 done, 1 done and something is wrong (named, one line each), 2 unusable input.
With `--json` one object goes to standard output; progress and messages go to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from crypto.errors import CryptoError
from crypto.group import self_test
from kiosk.cli.ceremony import ceremony
from kiosk.cli.seats import seats
from kiosk.definition import ContestId, Language
from kiosk.errors import ElectionError, StorageError

T = TypeVar("T")
Told = Callable[[str, int, int], None]

INVALID = 1
UNUSABLE = 2

_FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_YES = click.option("--yes", is_flag=True, help="Answer every question with yes (for rehearsals).")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class _Failure:
    """A failure of the archive or of its supplement."""

    reason: str
    entry: str
    message: str

    @property
    def line(self) -> str:
        return f"{self.reason}\t{self.entry}\t{self.message}"


@click.group()
def election() -> None:
    """An election at headquarters: before and after the day.

    \b
    The steps, in order, all in one folder:
        amin election new FOLDER             keys, trustees, a plan to edit
        amin election ceremony …             or: trustees at machines of their own, k of n
        amin election add-candidates …       who stands, from CSV files
        amin election package FOLDER         enrol devices, sign the package
        …                                    the day, in the branches
        amin election import FOLDER FILES    check what the branches bring back
        amin election tally FOLDER           mix, decrypt, count, seats, archive
        amin election verify ARCHIVE         check it, like anybody else can

    Do this on a machine that is never on a network. The folder keys/ opens the sealed votes and
    signs packages; each file in trustees/ belongs to one person. Keep them apart.
    """
    try:
        self_test()
    except CryptoError as trouble:
        raise click.ClickException(str(trouble)) from trouble


@election.command()
@_FOLDER
@click.option("--name", required=True, help="Name of the election, in Persian.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Day of the polls.")
@click.option("--trustees", default=2, show_default=True, help="How many; all have to decrypt.")
@_YES
def new(folder: Path, name: str, day: datetime, trustees: int, yes: bool) -> None:
    """Make keys and trustees for a new election, and a plan to edit.

    Afterwards edit FOLDER/election.toml, and give every trustee one file of FOLDER/trustees.
    """
    from headquarters.folder import ElectionFolder, new_election

    place = ElectionFolder(folder)
    with _errors():
        new_election(place, name, day.date(), trustees, _now(), _asker(yes))
    click.echo(f"Keys: {place.keys}\nTrustees: {place.trustees}\nNow edit {place.plan}")


@election.command("add-candidates")
@_FOLDER
@click.argument("contest")
@click.option("--candidates", type=_FILE, required=True, help="CSV, see below.")
@click.option("--lists", type=_FILE, default=None, help="CSV, see below.")
@click.option(
    "--portraits",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Folder of JPEG files.",
)
def add_candidates(
    folder: Path, contest: str, candidates: Path, lists: Path | None, portraits: Path
) -> None:
    """Read who stands in CONTEST, check the rules, and show how codes are given.

    \b
    candidates.csv   key,name_fa,name_en,list,woman,portrait
                     r1,مریم رضایی,Maryam Rezaei,hope,yes,r1.jpg
    lists.csv        key,name_fa,name_en
                     hope,فهرست امید,List of Hope

    UTF-8. `key` is the registration number; an empty `list` is an independent. The order of the
    lines is the order of the codes. Can be repeated until the package is made.
    """
    from headquarters.folder import ElectionFolder, add_candidates

    with _errors():
        slate = add_candidates(
            ElectionFolder(folder), ContestId(contest), candidates, lists, portraits
        )
    found = slate.contest
    first, last = (found.format_code(found.candidates[i].code) for i in (0, -1))
    click.echo(f"{len(found.candidates)} candidates with the codes {first} to {last}")
    for each in found.lists:
        click.echo(f"list {found.format_code(each.code)}: {each.name.fa}, {len(each.members)}")
    click.echo(f"blank: {found.format_code(found.blank_code)}")


@election.command()
@_FOLDER
@_YES
@_JSON
def package(folder: Path, yes: bool, as_json: bool) -> None:
    """Enrol the devices that asked, freeze the definition, sign the package.

    Put the devices' requests (*.json) into FOLDER/requests first, and compare each fingerprint with
    what the device shows: a device that is enrolled can make votes.
    """
    from headquarters.folder import ElectionFolder, load_requests, make_package

    place = ElectionFolder(folder)
    with _errors():
        requests = load_requests(place)
        for each in requests:
            _say(f"{each.device}  {each.role}  branch {each.branch}  {each.fingerprint}")
        if not _asker(yes)("Do all fingerprints agree with what the devices show?"):
            raise ElectionError("nothing was packaged")
        with _progress() as told:
            written = make_package(place, _now(), told)
    _report(
        as_json,
        {
            "package": str(written.path),
            "bytes": written.size,
            "digest": written.digest,
            "fingerprint": written.fingerprint,
            "devices": len(requests),
        },
    )


@election.command("import")
@_FOLDER
@click.argument("bundles", type=_FILE, nargs=-1, required=True)
@_JSON
def import_(folder: Path, bundles: tuple[Path, ...], as_json: bool) -> None:
    """Check the closing BUNDLES of the branches, together with those imported before.

    Exit status 1 if something is odd: every bundle or record that was not taken, every number that
    does not fit. Nothing is repaired; settle it, bring what is missing, and import again.
    """
    from headquarters.folder import ElectionFolder, import_into
    from headquarters.import_report import report_json, report_lines

    place = ElectionFolder(folder)
    with _errors(), _progress() as told, _workers() as executor:
        report = import_into(place, bundles, _now(), executor=executor, progress=told)
    if as_json:
        click.echo(report_json(report).decode(), nl=False)
    for line in report_lines(report):
        _say(line)
    _say(f"{report.ballots} ballots to count, {report.spoiled} challenged ({place.import_report})")
    _leave(report.sound)


@election.command()
@_FOLDER
@click.option(
    "--trustees",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Folder with all trustee-N.key files; FOLDER/trustees if not given.",
)
@click.option("--despite-findings", is_flag=True, help="Count although the import is not sound.")
@_JSON
def tally(folder: Path, trustees: Path | None, despite_findings: bool, as_json: bool) -> None:
    """Mix, decrypt and count the imported ballots, allocate seats, write and verify the archive.

    All bundles are checked again first. FOLDER/result then holds the archive, what the terminals
    signed, and the result in Persian and English. Exit status 1 if the archive does not verify or
    the result breaks a bound.
    """
    from headquarters.folder import ElectionFolder, tally_into
    from headquarters.result import ARCHIVE_FILE, result_json, result_text
    from headquarters.supplement import SUPPLEMENT_FOLDER, check_supplement
    from headquarters.verification import verify_archive

    place = ElectionFolder(folder)
    with _errors(), _progress() as told, _workers() as executor:
        result = tally_into(
            place,
            trustees or place.trustees,
            _now(),
            lambda _: despite_findings,
            executor=executor,
            progress=told,
        )
        archive = place.result / ARCHIVE_FILE
        verdict = verify_archive(archive, progress=told)
        extra = check_supplement(place.result / SUPPLEMENT_FOLDER, archive)
    if as_json:
        click.echo(result_json(result).decode(), nl=False)
    else:
        click.echo(result_text(result, Language.PERSIAN))
    failures = [_Failure(f.reason, f.entry, f.message) for f in verdict.failures]
    failures += [_Failure(f.reason, f.entry, f.message) for f in extra]
    for failure in failures:
        _say(failure.line)
    _leave(not failures and result.sound)


@election.command()
@click.argument("archive", type=_FILE)
@click.option("--in-progress", is_flag=True, help="Accept an archive that has no result yet.")
@click.option(
    "--supplement",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Folder of what the terminals signed; checked too if it lies beside ARCHIVE.",
)
@click.option(
    "--root",
    type=_FILE,
    default=None,
    help="Headquarters' root certificate as published before the day: the supplement's must be it.",
)
@_JSON
def verify(
    archive: Path, in_progress: bool, supplement: Path | None, root: Path | None, as_json: bool
) -> None:
    """Check every proof, signature and number of ARCHIVE (a .bel file) by the strict rules.

    Needs no key and no other file. One line per failure: reason, entry of the archive, what.

    \b
    Exit status: 0 valid, 1 invalid, 2 the file cannot be read.
    """
    from headquarters.supplement import SUPPLEMENT_FOLDER, SupplementFailure, check_supplement
    from headquarters.verification import verify_archive

    beside = archive.with_name(SUPPLEMENT_FOLDER)
    folder = supplement or (beside if beside.is_dir() else None)
    if root is not None and folder is None:
        raise click.UsageError("--root needs a supplement: there is none beside the archive")
    extra: tuple[SupplementFailure, ...] = ()
    with _errors(), _progress() as told, _workers() as executor:
        verdict = verify_archive(
            archive, final=not in_progress, progress=told, executor=executor
        )
        if folder is not None and verdict.ok:
            published = None if root is None else root.read_bytes()
            extra = check_supplement(folder, archive, published)
    failures = [_Failure(f.reason, f.entry, f.message) for f in verdict.failures]
    failures += [_Failure(f.reason, f.entry, f.message) for f in extra]
    if as_json:
        value = {
            "valid": not failures,
            "ballots": verdict.ballots,
            "fingerprint": verdict.fingerprint,
            "complete": verdict.complete,
            "supplement": None if folder is None else str(folder),
            "failures": [asdict(each) for each in failures],
        }
        click.echo(json.dumps(value, ensure_ascii=False))
    else:
        for each in failures:
            click.echo(each.line)
        if not failures:
            signed = "" if folder is None else ", device signatures included"
            click.echo(f"valid: {verdict.ballots} ballots{signed}; φ {verdict.fingerprint}")
    _leave(not failures)


election.add_command(ceremony)
election.add_command(seats)


# ---------------------------------------------------------------- parts


@contextmanager
def _errors() -> Iterator[None]:
    """What the project raises on purpose, and files that cannot be read, end with status 2."""
    try:
        yield
    except (ElectionError, CryptoError, StorageError) as error:
        _say(f"Error: {error}")
        raise click.exceptions.Exit(UNUSABLE) from error
    except OSError as error:
        _say(f"Error: {error.filename or 'a file'}: {error.strerror or error}")
        raise click.exceptions.Exit(UNUSABLE) from error


@contextmanager
def _progress() -> Iterator[Told]:
    """Bars on standard error, one per step; nothing where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not sys.stderr.isatty()
    ) as bars:
        tasks = {task.description: task.id for task in bars.tasks}

        def told(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done, total=total)

        yield told


@contextmanager
def _workers() -> Iterator[Executor | None]:
    """Processes for the long steps; none on a machine with one core."""
    cores = os.cpu_count() or 1
    if cores == 1:
        yield None
        return
    with ProcessPoolExecutor(cores) as executor:
        yield executor


def _asker(yes: bool) -> Callable[[str], bool]:
    def ask(question: str) -> bool:
        return yes or click.confirm(question, err=True)

    return ask


def _report(as_json: bool, value: dict[str, object]) -> None:
    if as_json:
        click.echo(json.dumps(value, ensure_ascii=False))
        return
    for name, each in value.items():
        click.echo(f"{name}: {each}")


def _say(line: str) -> None:
    click.echo(line, err=True)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _leave(good: bool) -> None:
    if not good:
        raise click.exceptions.Exit(INVALID)
