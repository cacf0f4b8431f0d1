"""Make a rehearsal of an office's own election: same contests, candidates and branches, keys of its own.

    copied     the plan, marked; who stands, with portraits; families, authorities and revocation lists
               of identity documents; lists of recordings; in `devices.csv` which devices a branch has
    made anew  the election's id, headquarters' keys, the trustees: no key of the election is here
    left       keys, trustees, requests, cards, codes, package, register, and all of the day and after it

What is copied is a list of files, so that nothing comes along unseen. The election's folder is only
read: it may lie on a medium that cannot be written. The root's certificate says that it is of a
rehearsal, whose package no device takes that is ready for the day.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from crypto.errors import CryptoError
from election import clips, signs
from election.because import because
from election.definition import BranchId, DeviceId, Role, Text
from election.errors import ElectionError
from election.files import PUBLIC, write_new
from headquarters.authority import Confirm, load_root
from headquarters.candidate_files import read_candidates
from headquarters.definition_builder import new_election_uuid
from headquarters.documents import trusted_of
from headquarters.election_config import PlanFile, read_plan
from headquarters.keepers import Unlock
from headquarters.names import check_title
from headquarters.plan_check import check_day
from headquarters.preparation import begin_election, kept_slate, load_requests, new_election
from headquarters.recorded_lists import kept_recordings
from headquarters.revisions import packaged
from headquarters.toml_text import write_toml
from headquarters.workspace import ElectionFolder, FolderError, load_plan, read_file
from words.languages import installed
from words.message import Latin, m
from words.text import Language

DEVICES_FILE: Final = "devices.csv"
"""In a rehearsal's folder: the devices that the election's branches have."""
_COLUMNS: Final = ("device", "role", "branch")
_WRITTEN: Final = (
    "# A rehearsal of the election {uuid}: no vote counts. Edit, then: amin election package\n"
)


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """One line of `devices.csv`."""

    device: DeviceId
    role: Role
    branch: BranchId


@dataclass(frozen=True, slots=True)
class Copied:
    """What a rehearsal has of its election."""

    contests: int
    candidates: int
    branches: int
    devices: int


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
) -> None:
    """Make a new election, or with `source` the rehearsal of one. Raises `ElectionError`, `OSError`."""
    if source is not None and rehearsal:
        place = ElectionFolder(source)
        new_rehearsal(place, folder, trustees, now, confirm, unlock, name=name, day=day)
    elif source is not None or name is None or day is None:
        raise FolderError(m("give --name and --day, or --rehearsal with --from FOLDER"))
    else:
        new_election(folder, name, day, trustees, now, confirm, unlock, rehearsal=rehearsal)


def new_rehearsal(
    source: ElectionFolder,
    folder: ElectionFolder,
    trustees: int | Path,
    now: datetime,
    confirm: Confirm,
    unlock: Unlock,
    *,
    name: str | None = None,
    day: date | None = None,
) -> Copied:
    """Make the rehearsal in `folder` of the election in `source`, all or nothing.

    `name`, `day`: instead of the election's name, which is marked in any case, and of today. `trustees`,
    `confirm`, `unlock`: for the keys of the rehearsal. Raises `ElectionError` that names what cannot be
    copied, `OSError`.
    """
    _check_apart(source.path, folder.path)
    plan = load_plan(source)
    day = day or now.astimezone(plan.opens.tzinfo).date()
    check_day(day, now)
    files = tuple(copied_files(source, plan))
    slates = [kept_slate(rules, source.contest(rules.id)) for rules in plan.contests]
    trusted_of(plan, source.path, source.documents)
    with _naming(source.recorded):
        kept_recordings(source)
    devices = devices_of(source, plan)
    title = marked(plan.name if name is None else Text(name))
    for text in title.mapping().values():
        check_title(text)
    text = _plan_text(read_file(source.plan).decode("utf-8-sig"), plan, title, day)

    def fill(made: ElectionFolder) -> None:
        write_new(made.plan, text.encode(), PUBLIC)
        for path in files:
            target = made.path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            write_new(target, read_file(source.path / path), PUBLIC)
        if devices:
            write_new(made.path / DEVICES_FILE, _table(devices).encode(), PUBLIC)
        # What changed under our hands is found here, not when a package is made.
        copied = load_plan(made)
        if [kept_slate(rules, made.contest(rules.id)) for rules in copied.contests] != slates:
            raise FolderError.of("{folder} was changed meanwhile: try again", folder=source.path)

    begin_election(folder, title.fa, trustees, now, confirm, unlock, fill, rehearsal=True)
    stand = sum(len(slate.contest.candidates) for slate in slates)
    return Copied(len(slates), stand, len(plan.branches), len(devices))


def marked(name: Text) -> Text:
    """Return a name that says of itself, in each of its languages, that it is a rehearsal's."""
    return Text.of({code: _marked(Language(code), each) for code, each in name.mapping().items()})


def read_devices(folder: ElectionFolder) -> tuple[ListedDevice, ...]:
    """Read `devices.csv`; empty where there is none. Raises `FolderError` naming the line."""
    path = folder.path / DEVICES_FILE
    if not path.exists():
        return ()
    try:
        rows = list(csv.reader(io.StringIO(read_file(path).decode("utf-8-sig")), strict=True))
        if tuple(rows[:1][0] if rows else ()) != _COLUMNS:
            raise ValueError(1)
        found = [_listed(row, number) for number, row in enumerate(rows[1:], 2)]
        if len({each.device for each in found}) < len(found):
            raise ValueError(len(rows))
    except (ValueError, csv.Error) as error:
        line = error.args[0] if error.args and isinstance(error.args[0], int) else 1
        raise FolderError.of(
            "{path}, line {line}: a device, its role and its branch are needed, and no device twice",
            path=path,
            line=line,
        ) from error
    return tuple(found)


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


def _listed(row: list[str], number: int) -> ListedDevice:
    device_roles = {Role.IDENTITY_STATION.value, Role.BALLOT_TERMINAL.value}
    if len(row) != len(_COLUMNS) or row[1] not in device_roles or not row[0] or not row[2]:
        raise ValueError(number)
    return ListedDevice(DeviceId(row[0]), Role(row[1]), BranchId(row[2]))


def _marked(language: Language, name: str) -> str:
    known = {each.id for each in installed()}
    speaker = installed().speaker(language if language in known else Language("en"))
    said = speaker.without_isolates().say(m("Rehearsal: {name}", name=name))
    # Who makes a rehearsal of a rehearsal need not read it twice.
    mark = said[: len(said) - len(name)]
    return name if name.startswith(mark) else said


def _check_apart(source: Path, folder: Path) -> None:
    here, there = folder.resolve(), source.resolve()
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
                raise FolderError.of(
                    "{name} does not lie beside the plan and cannot be copied: put it there, and name "
                    "it so in documents.profiles",
                    name=Latin(name),
                )
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
    with _naming(source.package):
        before = packaged(source, load_root(source.keys)) if source.package.exists() else None
    if before is not None:
        found = [ListedDevice(each.id, each.role, each.branch) for each in before.devices]
    elif source.requests.is_dir() and any(source.requests.glob("*.json")):
        found = [ListedDevice(x.device, x.role, x.branch) for x in load_requests(source)]
    else:
        found = list(read_devices(source))
    branches = {branch.id for branch in plan.branches}
    return [each for each in found if each.branch in branches]


def _plan_text(text: str, plan: PlanFile, title: Text, day: date) -> str:
    """Return the plan with an id of its own, marked, on another day; nothing else of it differs."""
    later = timedelta(days=(day - plan.day).days)
    expected = replace(
        plan,
        uuid=new_election_uuid(),
        rehearsal=True,
        name=title,
        day=day,
        opens=plan.opens + later,
        closes=plan.closes + later,
    )
    changed = {
        "uuid": expected.uuid,
        "rehearsal": True,
        "name": title.mapping(),
        "day": day,
        "opens": expected.opens,
        "closes": expected.closes,
    }
    content = tomllib.loads(text)
    new = _WRITTEN.format(uuid=plan.uuid) + write_toml({**changed, **content, **changed})
    if read_plan(new.encode()) != expected:
        raise FolderError.of(
            "{plan} cannot be copied as it is written", plan=Latin("election.toml")
        )
    return new


def _table(devices: Sequence[ListedDevice]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows((each.device, each.role.value, each.branch) for each in devices)
    return text.getvalue()
