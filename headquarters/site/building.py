"""Make a site: copy a publication, verify the copy, compute the pages from it, put them in their place.

What is verified is the copy that is published, so that nothing can change in between. The same publication
gives the same bytes: no clock and no chance is asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from election.evidence import Dimension
from election.files import PUBLIC, real_path, replace_file
from election.register import ElectionNumber
from election.schema import to_json
from headquarters.anchoring import check_register
from headquarters.archive_index import verify_index
from headquarters.finding import FindingClass
from headquarters.index_document import INDEX_FILE, read_index, sha256_of
from headquarters.progress import ProgressCallback
from headquarters.result import votes_of
from headquarters.result_check import check_result
from headquarters.seats.report.writing import Fonts, write_report
from headquarters.site.errors import SiteError
from headquarters.site.facts import SiteFacts, read_facts
from headquarters.site.pages import Announcement, ListedFile, SitePages
from headquarters.site.place import (
    MARK_FILE,
    SUMS_FILE,
    SiteMark,
    built_beside,
    check_place,
    check_successor,
)
from headquarters.site.publication import copy_publication
from headquarters.site.results_json import RESULTS_FILE, results_json
from headquarters.verification import ArchiveFinding
from words.languages import Languages
from words.message import Bytes, Latin, Message, m, plural

FILES_FOLDER: Final = "files"
VERIFIER_FILE: Final = "verify.html"


class UnverifiedError(SiteError):
    """A publication that does not verify; nothing was written."""

    def __init__(self, failures: Sequence[ArchiveFinding]) -> None:
        self.failures = tuple(failures)
        super().__init__(
            plural(
                "{count} thing is wrong with this count: no site is made of it, and nothing was changed",
                "{count} things are wrong with this count: no site is made of it, and nothing was changed",
                len(failures),
            )
        )


@dataclass(frozen=True, slots=True)
class MadeSite:
    """A site that is in its place."""

    facts: SiteFacts
    files: int
    size: int
    """Bytes."""
    sums: str
    """SHA-256 of SHA256SUMS, hex."""

    def plain(self) -> dict[str, object]:
        """Return what a program may want to know."""
        facts = self.facts
        return {
            "files": self.files,
            "bytes": self.size,
            "sums": self.sums,
            "number": facts.published.number,
            "index": facts.index_digest,
            "anchored": facts.anchored,
            "interim": facts.interim,
            "ballots": facts.turnout.counted,
            "batches": len(facts.batches),
        }

    def told(self, out: Path) -> Iterator[Message]:
        """Say what was made at `out`, and what comes next."""
        yield m(
            "{site}: {count} files, {size}; SHA256SUMS has the SHA-256 {sums}",
            site=out,
            count=self.files,
            size=Bytes(self.size),
            sums=Latin(self.sums),
        )
        if not self.facts.anchored:
            yield m(
                "The number was not compared, and every page says so: give --number with the one that was "
                "published before the day."
            )
        yield m(
            "Next: open {page}, read it in every language, then copy the whole folder to web servers and "
            "publish the SHA-256 above where the number was.",
            page=out / "index.html",
        )


def make_site(
    folder: Path,
    out: Path,
    number: ElectionNumber | None,
    languages: Languages,
    fonts: Fonts,
    named: Callable[[Dimension, str], Message],
    *,
    announced: Announcement = Announcement(),  # noqa: B008 (frozen)
    progress: ProgressCallback | None = None,
    executor: Executor | None = None,
) -> MadeSite:
    """Make a site of the publication in `folder` at `out`.

    `number`: as it was published before the day. `named`: labels the sums of evidence. `announced`: said on
    the overview beside what was verified. Raises `UnverifiedError` for a count that does not verify,
    `SiteError` for a next result after a final one, a place that is taken or a publication without a
    register, `SchemaError` for an index that cannot be read, `OSError`. After an error `out` is as it was.
    """
    index, place = read_index(folder / INDEX_FILE), _absolute(out)
    check_place(place)  # before the long work
    with built_beside(place) as building:
        copied = building / FILES_FOLDER
        names = copy_publication(folder, index, copied)
        facts = _verified(copied, number, progress, executor)
        check_successor(place, facts.index.uuid, {facts.index_digest, *facts.earlier})
        if announced.next is not None and not facts.interim:
            raise SiteError(m("this result is final: no next one can be announced"))
        copies = [Path(FILES_FOLDER) / name for name in names]
        _write(building, facts, copies, languages, fonts, named, announced)
        sums, count, size = _seal(building)
    return MadeSite(facts, count, size, sums)


# ---------------------------------------------------------------- parts


def _absolute(out: Path) -> Path:
    """Return a path whose name is that of the folder, also for `.` and `x/..`; links stay links."""
    return real_path(out.parent) / out.name if out.name not in {"", ".."} else real_path(out)


def _verified(
    copied: Path,
    number: ElectionNumber | None,
    progress: ProgressCallback | None,
    executor: Executor | None,
) -> SiteFacts:
    verified = verify_index(copied / INDEX_FILE, progress=progress, executor=executor)
    anchor = check_register(copied / INDEX_FILE, number)
    result = check_result(copied / INDEX_FILE, verified, anchor)
    if failures := (*verified.failures, *anchor.of(FindingClass.WRONG), *result.failures):
        raise UnverifiedError(failures)
    return read_facts(copied, verified, anchor)


def _write(
    building: Path,
    facts: SiteFacts,
    names: Sequence[Path],
    languages: Languages,
    fonts: Fonts,
    named: Callable[[Dimension, str], Message],
    announced: Announcement,
) -> None:
    verifier = files("headquarters").joinpath("page", "verify.html").read_bytes()
    replace_file(building / VERIFIER_FILE, verifier, PUBLIC)
    replace_file(building / RESULTS_FILE, results_json(facts), PUBLIC)
    for place, contest in enumerate(facts.contests, 1):
        if contest.result is not None and contest.result.comparison is not None:
            votes = votes_of(contest.result)
            report = building / f"seats-{place}"
            write_report(report, votes, contest.result.comparison, fonts, languages.speakers())
    shown = [Path(RESULTS_FILE), Path(VERIFIER_FILE), *names]
    pages = SitePages(
        facts,
        [
            _listed(building, name)
            for name in shown
            if name.suffix != ".der" or len(name.parts) == 2
        ],
        [(languages.speaker(data.id), data.name) for data in languages],
        hashlib.sha256(verifier).hexdigest(),
        named,
        announced,
    )
    for name, content in pages.render():
        place_of = building / name
        place_of.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place_of, content, PUBLIC)
    mark = SiteMark(
        facts.definition.uuid, facts.published.number, facts.index_digest, facts.interim
    )
    replace_file(building / MARK_FILE, to_json(mark), PUBLIC)


def _seal(building: Path) -> tuple[str, int, int]:
    """Write SHA256SUMS of everything, by name; return its SHA-256, and how many files and bytes."""
    paths = sorted(path.relative_to(building) for path in _all_files(building))
    lines = "".join(f"{sha256_of(building / path)}  {path.as_posix()}\n" for path in paths).encode()
    replace_file(building / SUMS_FILE, lines, PUBLIC)
    size = sum((building / path).stat().st_size for path in paths) + len(lines)
    return hashlib.sha256(lines).hexdigest(), len(paths) + 1, size


def _all_files(building: Path) -> Iterator[Path]:
    found: Iterable[Path] = building.rglob("*")
    return (path for path in found if path.is_file())


def _listed(building: Path, name: Path) -> ListedFile:
    path = building / name
    return ListedFile(name.as_posix(), path.stat().st_size, sha256_of(path))
