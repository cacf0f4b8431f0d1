"""Play a rehearsal that an office made of its own election, at a desk with simulated devices.

Its folder is copied first: it stays as it is and can be played again. Of the copy the hours are those of
today, and identity documents those of an invented state, because nobody has cards of the real one.
Everything else is the election's: contests, candidates, styles, rules, and the keys that the rehearsal
was made with, which sign the package and open the ballots.
"""

from __future__ import annotations

import random
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TextIO

from election.definition import BranchId, DeviceId, Election, Role
from election.files import PUBLIC, write_new
from headquarters.keepers import Unlock
from headquarters.key_folder import LOCK_FILE, open_key_folder
from headquarters.progress import ProgressCallback, no_progress
from headquarters.rehearsing import copied_files, devices_of
from headquarters.toml_text import write_toml
from headquarters.workspace import ElectionFolder, FolderError, load_plan, read_file
from simulators.demo.branch_day import BranchDay
from simulators.demo.by_hand import HandDesk, as_object
from simulators.demo.comparing import is_as_meant
from simulators.demo.day import play
from simulators.demo.desk import Desk, lanes_of
from simulators.demo.electorate import SPECIAL, VisitKind, Visitor, make_visitors
from simulators.demo.intents import Meant
from simulators.demo.office import Prepared, count, equip
from simulators.demo.places import DayFolders
from simulators.demo.registry import hand_over, registry_of
from simulators.demo.report import DayReport

ELSEWHERE: Final = "روستای بالا"
"""Where those live whom no style names."""
_BEFORE: Final = timedelta(hours=1)
_AFTER: Final = timedelta(hours=10)
_SECRETS: Final = ("keys", "trustees")


@dataclass(frozen=True, slots=True)
class Played:
    """What of a rehearsal is played: one branch and its devices."""

    branch: BranchId
    devices: tuple[tuple[DeviceId, Role], ...]


def chosen(
    source: ElectionFolder, branch: str | None, stations: int | None, terminals: int | None
) -> Played:
    """Choose the branch, the first with devices if none is named, and its devices as they are listed.

    `stations`, `terminals`: another number of them. Raises `ElectionError` for an election that is no
    rehearsal, whose trustees keep their keys, or without the branch.
    """
    plan = load_plan(source)
    if not plan.rehearsal:
        raise FolderError.of(
            "{folder} is an election and is not played; make a rehearsal of it with: "
            "amin election new DRILL --rehearsal --from {folder}",
            folder=source.path,
        )
    if not (source.trustees / LOCK_FILE).exists():
        raise FolderError.of(
            "{folder} holds no keys of trustees, so nobody could count; make the rehearsal without "
            "--ceremony",
            folder=source.trustees,
        )
    listed = devices_of(source, plan)
    names = [each.id for each in plan.branches]
    with_devices = {each.branch for each in listed}
    at = branch or next((name for name in names if name in with_devices), names[0])
    if at not in names:
        raise FolderError.of(
            "there is no branch {branch} in election.toml; there are: {known}",
            branch=at,
            known=", ".join(names),
        )
    own = [(each.device, each.role) for each in listed if each.branch == at]
    devices = (
        *_number(own, Role.IDENTITY_STATION, stations, f"{at}-i"),
        *_number(own, Role.BALLOT_TERMINAL, terminals, f"{at}-t"),
    )
    return Played(BranchId(at), devices)


def play_rehearsal(
    root: Path,
    source: ElectionFolder,
    played: Played,
    unlock: Unlock,
    *,
    voters: int,
    seed: int,
    transport: str | None,
) -> DayReport:
    """Play a day of the branch in `root`, which is new or empty. `unlock`: opens the rehearsal's keys.

    Raises as `simulators.demo.day.play`, `ElectionError`.
    """

    def prepared(places: DayFolders, _: Executor, progress: ProgressCallback) -> Prepared:
        return _prepare(places, source, played, unlock, progress)

    _check_keys(source, unlock)
    return play(root, prepared, visitors, voters=voters, seed=seed, transport=transport)


def play_at_bench(
    root: Path,
    source: ElectionFolder,
    played: Played,
    unlock: Unlock,
    *,
    voters: int,
    seed: int,
    transport: str | None,
) -> int:
    """Open the bench with the branch's devices, and return when its window is closed.

    Raises as `play_rehearsal`.
    """
    from simulators.demo.bench import run_bench

    def brought(places: DayFolders) -> tuple[Prepared, Sequence[Visitor]]:
        prepared = _prepare(places, source, played, unlock, no_progress)
        return prepared, visitors(random.Random(f"voters {seed}"), voters, prepared)

    _check_keys(source, unlock)
    return run_bench(
        root,
        seed,
        transport,
        devices=played.devices,
        paper_record=load_plan(source).rules.paper_record,
        brought=brought,
    )


def play_by_hand(
    root: Path,
    source: ElectionFolder,
    played: Played,
    unlock: Unlock,
    *,
    voters: int,
    seed: int,
    transport: str | None,
    headless: bool,
    stdin: TextIO,
    stdout: TextIO,
    as_json: bool = False,
) -> None:
    """Prepare the branch, start its devices, and do what each line of `stdin` says, until it ends.

    `as_json`: every answer is an object.

    Raises as `play_rehearsal`, `StationError`.
    """
    _check_keys(source, unlock)
    places = DayFolders.make(root)
    try:
        prepared = _prepare(places, source, played, unlock, no_progress)
        paper = prepared.election.rules.paper_record
        lanes = lanes_of(played.devices)
        with (
            registry_of(places, prepared),
            Desk.make(lanes, transport, places.wires, seed, hurried=headless, paper=paper) as desk,
        ):
            report = DayReport(voters, seed, desk.transport)
            branch = BranchDay(places, desk, prepared, report, no_progress, headless=headless)
            people = visitors(random.Random(f"voters {seed}"), voters, prepared)

            def counted() -> Mapping[str, object]:
                export = hand_over(places, prepared, datetime.now(UTC).replace(microsecond=0))
                found = count(places, prepared, None, no_progress, export)
                meant = Meant.of(hands.cast)
                return {
                    "ballots": found.imported.ballots,
                    "verified": found.verified,
                    "tally_matches_votes": all(
                        is_as_meant(each.count, each.contest, meant)
                        for each in found.result.contests
                    ),
                }

            hands = HandDesk(desk, branch, prepared, people, counted)
            hands.lay_out()
            try:
                for each in branch.hands:
                    each.station.start()
                for each in branch.hands:
                    each.station.connect()
                form = as_object if as_json else str
                _tell(stdout, form(f"ready {played.branch}"))
                for line in stdin:
                    if (answer := hands.answer(line.rstrip("\r\n"))) is not None:
                        _tell(stdout, form(answer))
            finally:
                branch.stop()
    finally:
        places.clear_wires()


def _tell(stdout: TextIO, line: str) -> None:
    stdout.write(line + "\n")
    stdout.flush()


def bring(source: ElectionFolder, folder: ElectionFolder, now: datetime) -> None:
    """Copy a rehearsal up to its package, for polls that opened an hour ago.

    Raises `ElectionError`, `OSError`.
    """
    plan = load_plan(source)
    documents = set(source.documents.glob("*"))
    for path in copied_files(source, plan):
        if source.path / path not in documents:
            _copy(source.path / path, folder.path / path)
    for name in _SECRETS:
        shutil.copytree(source.path / name, folder.path / name, symlinks=True)
    folder.requests.mkdir()
    folder.offices.mkdir()
    content = tomllib.loads(read_file(source.plan).decode("utf-8-sig"))
    opens = now - _BEFORE
    content |= {"day": opens.date(), "opens": opens, "closes": now + _AFTER, "documents": {}}
    write_new(folder.plan, write_toml(content).encode(), PUBLIC)


def visitors(rng: random.Random, count: int, prepared: Prepared) -> Sequence[Visitor]:
    """Return who comes: people of all styles, and each special case that the election has."""
    election = prepared.election
    left_out = {VisitKind.COUNCIL_ONLY} | (
        set() if election.rules.challenge_allowed else {VisitKind.CHALLENGES}
    )
    special = [kind for kind in SPECIAL if kind not in left_out]
    homes = _homes(election)
    people = make_visitors(rng, count, election.day, special)
    return [replace(each, home=homes[n % len(homes)]) for n, each in enumerate(people)]


# ---------------------------------------------------------------- parts


def _check_keys(source: ElectionFolder, unlock: Unlock) -> None:
    """Open the keys now, not in the middle of the day: a wrong passphrase ends before anything begins."""
    for name in _SECRETS:
        open_key_folder(source.path / name, unlock)


def _prepare(
    places: DayFolders,
    source: ElectionFolder,
    played: Played,
    unlock: Unlock,
    progress: ProgressCallback,
) -> Prepared:
    bring(source, places.office, datetime.now(UTC).replace(microsecond=0))
    return equip(places, played.branch, played.devices, unlock, progress)


def _number(
    own: Sequence[tuple[DeviceId, Role]], role: Role, wanted: int | None, prefix: str
) -> list[tuple[DeviceId, Role]]:
    """Return as many devices of a role as are wanted: those that are listed, then others; one at least."""
    listed = [each for each in own if each[1] is role]
    count = max(1, len(listed)) if wanted is None else wanted
    taken = {device for device, _ in listed}
    others = (name for n in range(count) if (name := DeviceId(f"{prefix}{n + 1}")) not in taken)
    return [*listed, *((name, role) for name in others)][:count]


def _homes(election: Election) -> list[str]:
    """Return a place of residence for every ballot style."""
    return [style.residence[0] if style.residence else ELSEWHERE for style in election.styles]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    write_new(target, read_file(source), PUBLIC)
