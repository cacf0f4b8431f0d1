"""Make a rehearsal of an office's own election: same contests, candidates and branches, keys of its own.

    copied     the plan, marked; who stands, with portraits; families, authorities and revocation lists
               of identity documents; lists of recordings; in `devices.csv` which devices a branch has
    made anew  the election's id, headquarters' keys, the trustees: no key of the election is here
    left       keys, trustees, requests, cards, codes, package, register, and all of the day and after it

What is copied is a list of files, so that nothing comes along unseen. The election's folder is only
read: it may lie on a medium that cannot be written. The root's certificate says that it is of a
rehearsal, whose package no device takes that is ready for the day.

In the same way an election that an earlier version began is made anew, as what it is and without marks
(`earlier_version`): its keys sign nothing any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from crypto.errors import CryptoError
from election import clips, signs
from election.because import because
from election.definition import Text
from election.errors import ElectionError
from election.files import PUBLIC, real_path, write_new
from headquarters.authority import Confirm, load_root
from headquarters.candidate_files import read_candidates
from headquarters.definition_builder import new_election_uuid
from headquarters.device_list import DEVICES_FILE, ListedDevice, read_devices, write_devices
from headquarters.documents import trusted_of
from headquarters.earlier_version import converted, had_its_day, is_earlier, signers_of
from headquarters.election_config import PlanFile, plan_content, plan_of, read_plan
from headquarters.keepers import Unlock
from headquarters.names import check_title
from headquarters.plan_check import check_day
from headquarters.preparation import begin_election, kept_slate, load_requests, new_election
from headquarters.recorded_lists import kept_recordings
from headquarters.revisions import packaged
from headquarters.toml_text import write_toml
from headquarters.workspace import ElectionFolder, FolderError, load_plan, read_file
from words.languages import installed
from words.message import Latin, Message, m
from words.text import Language

_REHEARSAL: Final = (
    "# A rehearsal of the election {uuid}: no vote counts. Then: amin election package\n"
)
_ANEW: Final = "# Made anew of the election {uuid}. Name the lots, then: amin election package\n"


@dataclass(frozen=True, slots=True)
class Copied:
    """What a rehearsal has of its election."""

    contests: int
    candidates: int
    branches: int
    devices: int

    @property
    def told(self) -> Message:
        """Say it."""
        return m(
            "Copied: {contests} contests, {candidates} candidates, {branches} branches, {devices} devices",
            contests=self.contests,
            candidates=self.candidates,
            branches=self.branches,
            devices=self.devices,
        )


def begin(
    folder: ElectionFolder,
    name: str | None,
    day: date | None,
    trustees: int | Path,
    now: datetime,
    confirm: Confirm,
    unlock: Unlock,
    *,
    rehearsal: bool,
    source: Path | None,
) -> Copied | None:
    """Make a new election, or with `source` the rehearsal of one, or one that an earlier version began.

    Returns what was copied, if anything was. Raises `ElectionError`, `OSError`.
    """
    if source is not None and (rehearsal or is_earlier(source)):
        return new_from(
            ElectionFolder(source),
            folder,
            trustees,
            now,
            confirm,
            unlock,
            rehearsal=rehearsal,
            name=name,
            day=day,
        )
    if source is not None or name is None or day is None:
        raise FolderError(m("give --name and --day, or --rehearsal with --from FOLDER"))
    new_election(folder, name, day, trustees, now, confirm, unlock, rehearsal=rehearsal)
    return None


def new_from(
    source: ElectionFolder,
    folder: ElectionFolder,
    trustees: int | Path,
    now: datetime,
    confirm: Confirm,
    unlock: Unlock,
    *,
    rehearsal: bool = True,
    name: str | None = None,
    day: date | None = None,
) -> Copied:
    """Make in `folder` the rehearsal of the election in `source`, or that election anew; all or nothing.

    `rehearsal` False: `source` was begun with an earlier version. `name`, `day`: instead of the election's
    name, which is marked in a rehearsal, and of its day, which is today's in a rehearsal. `trustees`,
    `confirm`, `unlock`: for the new keys. Raises `ElectionError` that names what cannot be copied, `OSError`.
    """
    _check_apart(source.path, folder.path)
    if not rehearsal and had_its_day(source.path):
        raise FolderError.of(
            "{folder} has had its day: count it with the version that it was begun with",
            folder=source.path,
        )
    content, files = _content(source)
    plan = plan_of(content, source.plan.name)
    day = day or (now.astimezone(plan.opens.tzinfo).date() if rehearsal else plan.day)
    check_day(day, now)
    files |= {path: path for path in copied_files(source, plan)}
    slates = [kept_slate(rules, source.contest(rules.id)) for rules in plan.contests]
    trusted_of(plan, source.path, source.documents)
    with _naming(source.recorded):
        kept_recordings(source)
    devices = devices_of(source, plan)
    named = plan.name if name is None else Text(name)
    title = marked(named) if rehearsal else named
    for text in title.mapping().values():
        check_title(text)
    written = _plan_text(content, plan, title, day, rehearsal=rehearsal)

    def fill(made: ElectionFolder) -> None:
        write_new(made.plan, written.encode(), PUBLIC)
        for path, to in files.items():
            target = made.path / to
            target.parent.mkdir(parents=True, exist_ok=True)
            write_new(target, read_file(source.path / path), PUBLIC)
        if devices:
            write_new(made.path / DEVICES_FILE, write_devices(devices), PUBLIC)
        # What changed under our hands is found here, not when a package is made.
        copied = load_plan(made)
        trusted_of(copied, made.path, made.documents)
        if [kept_slate(rules, made.contest(rules.id)) for rules in copied.contests] != slates:
            raise FolderError.of("{folder} was changed meanwhile: try again", folder=source.path)

    begin_election(folder, title.fa, trustees, now, confirm, unlock, fill, rehearsal=rehearsal)
    stand = sum(len(slate.contest.candidates) for slate in slates)
    return Copied(len(slates), stand, len(plan.branches), len(devices))


def marked(name: Text) -> Text:
    """Return a name that says of itself, in each of its languages, that it is a rehearsal's."""
    return Text.of({code: _marked(Language(code), each) for code, each in name.mapping().items()})


# ---------------------------------------------------------------- parts


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name in a refusal what cannot be copied."""
    try:
        yield
    except (ElectionError, CryptoError) as error:
        raise FolderError.of(
            "{path} cannot be copied: {reason}", path=path, reason=because(error)
        ) from error


def _marked(language: Language, name: str) -> str:
    known = {each.id for each in installed()}
    speaker = installed().speaker(language if language in known else Language("en"))
    said = speaker.without_isolates().say(m("Rehearsal: {name}", name=name))
    # Who makes a rehearsal of a rehearsal need not read it twice.
    mark = said[: len(said) - len(name)]
    return name if name.startswith(mark) else said


def _check_apart(source: Path, folder: Path) -> None:
    here, there = real_path(folder), real_path(source)
    if here.is_relative_to(there) or there.is_relative_to(here):
        raise FolderError.of(
            "{folder} and {source} lie in each other: a rehearsal begins in a folder of its own",
            folder=folder,
            source=source,
        )


def copied_files(source: ElectionFolder, plan: PlanFile) -> Iterator[Path]:
    """Yield the files that go along, relative to the folder. Raises `FolderError` for a link."""
    for rules in plan.contests:
        place = source.contest(rules.id)
        yield from _present(source, place, ("candidates.csv", "lists.csv"))
        people = place / "candidates.csv"
        if people.exists():
            yield from _present(source, place / "portraits", _portraits(people))
    for name in plan.documents.profiles:
        if name.endswith(".toml"):
            if Path(name).name != name:
                raise _elsewhere(name)
            yield from _present(source, source.path, (name,))
    if source.documents.is_dir():
        names = sorted(path.name for path in source.documents.iterdir())
        yield from _present(source, source.documents, tuple(names))
    yield from _present(source, source.recorded, (clips.LIST_FILE, signs.LIST_FILE))


def _portraits(people: Path) -> tuple[str, ...]:
    """Return the portraits that the table names: whatever else lies beside them stays."""
    named: list[str] = []

    def note(portrait: str) -> bytes:
        named.append(portrait)
        return b""

    read_candidates(read_file(people), note, people.name)
    return tuple(dict.fromkeys(named))


def _present(source: ElectionFolder, place: Path, names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        path = place / name
        inside = [path, *path.parents][: len(path.relative_to(source.path).parts)]
        if any(each.is_symlink() for each in inside):
            raise FolderError.of(
                "{path} is a link and is not copied: put the file there", path=path
            )
        if path.exists():
            yield path.relative_to(source.path)


def devices_of(source: ElectionFolder, plan: PlanFile) -> list[ListedDevice]:
    """Return the devices that the package enrols, else that asked, else that `devices.csv` lists.

    Raises `ElectionError` that names the file.
    """
    earlier = is_earlier(source.path)
    with _naming(source.package):
        packaged_there = source.package.exists() and not earlier
        before = packaged(source, load_root(source.keys)) if packaged_there else None
    if before is not None:
        found = [ListedDevice(each.id, each.role, each.branch) for each in before.devices]
    elif not earlier and source.requests.is_dir() and any(source.requests.glob("*.json")):
        found = [ListedDevice(x.device, x.role, x.branch) for x in load_requests(source)]
    else:
        found = list(read_devices(source))
    branches = {branch.id for branch in plan.branches}
    return [each for each in found if each.branch in branches]


def _content(source: ElectionFolder) -> tuple[dict[str, Any], dict[Path, Path]]:
    """Return what the plan holds, as it is written now, and files beside it that go among the documents."""
    if not source.plan.exists():
        raise FolderError.of("{plan} is missing; begin with: amin election new", plan=source.plan)
    content = plan_content(read_file(source.plan), source.plan.name)
    if not is_earlier(source.path):
        return content, {}
    signers: dict[Path, Path] = {}
    for name, called in signers_of(content).items():
        if Path(name).name != name:
            raise _elsewhere(name)
        found = list(_present(source, source.path, (name,)))
        if not found:
            raise FolderError.of("{path} is missing", path=source.path / name)
        signers[found[0]] = Path(source.documents.name) / called
    return converted(content), signers


def _elsewhere(name: str) -> FolderError:
    return FolderError.of(
        "{name} does not lie beside the plan and cannot be copied: put it there, and name it so in "
        "election.toml",
        name=Latin(name),
    )


def _plan_text(
    content: Mapping[str, Any], plan: PlanFile, title: Text, day: date, *, rehearsal: bool
) -> str:
    """Return the plan with an id of its own, on another day; nothing else of it differs."""
    later = timedelta(days=(day - plan.day).days)
    expected = replace(
        plan,
        uuid=new_election_uuid(),
        rehearsal=rehearsal,
        name=title,
        day=day,
        opens=plan.opens + later,
        closes=plan.closes + later,
    )
    changed = {
        "uuid": expected.uuid,
        "rehearsal": rehearsal,
        "name": title.mapping(),
        "day": day,
        "opens": expected.opens,
        "closes": expected.closes,
    }
    head = (_REHEARSAL if rehearsal else _ANEW).format(uuid=plan.uuid)
    new = head + write_toml({**changed, **content, **changed})
    if read_plan(new.encode()) != expected:
        raise FolderError.of(
            "{plan} cannot be copied as it is written", plan=Latin("election.toml")
        )
    return new
