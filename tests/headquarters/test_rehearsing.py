"""A rehearsal has all that voters see of its election, and nothing with which that is made or counted."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from crypto.certificates import is_for_rehearsals
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from election.definition import BranchId, DeviceId, Role, Text
from election.enrolment import make_request, write_request
from election.errors import ElectionError
from headquarters.authority import load_root
from headquarters.device_list import DEVICES_FILE, ListedDevice, read_devices
from headquarters.preparation import kept_slate, make_package
from headquarters.rehearsing import marked, new_from
from headquarters.workspace import ElectionFolder, FolderError, load_plan, open_workspace
from tests.fuzz.mutate import Mutator
from tests.headquarters.small import jpeg
from tests.headquarters.unlocking import give_certificates, make_offices, run_election, unlock

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = f"{NOW:%Y-%m-%d}"
HEAD = "key,name_fa,name_en,list,woman,portrait\n"
PEOPLE = HEAD + "".join(f"r{i},نامزد {i},,,no,{i}.jpg\n" for i in range(22))
COPIED = ("contests/", "our-card.toml", "documents/", "recordings/")
BRANCH = BranchId("branch-1")
DEVICES = (
    ListedDevice(DeviceId("b1-i1"), Role.IDENTITY_STATION, BRANCH),
    ListedDevice(DeviceId("b1-t1"), Role.BALLOT_TERMINAL, BRANCH),
    ListedDevice(DeviceId("b1-t2"), Role.BALLOT_TERMINAL, BRANCH),
)


@pytest.fixture(scope="module")
def election(tmp_path_factory: pytest.TempPathFactory) -> ElectionFolder:
    """An office's election, packaged."""
    place = tmp_path_factory.mktemp("office")
    folder = ElectionFolder(place / "e")
    assert run_election("new", folder.path, "--name", "شورا", "--day", DAY, "--yes").exit_code == 0
    plan = folder.plan.read_text(encoding="utf-8")
    plan = plan.replace('["standard"]', '["our-card.toml"]')
    folder.plan.write_text(plan.replace("rehearsal = false", "rehearsal = true"), encoding="utf-8")
    family = Path(__file__).parents[2] / "drivers/smartcard/profiles/standard.toml"
    shutil.copy(family, folder.path / "our-card.toml")
    (place / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (place / "portraits").mkdir()
    for number in range(22):
        (place / "portraits" / f"{number}.jpg").write_bytes(jpeg(number))
    given = ("--candidates", place / "people.csv", "--portraits", place / "portraits")
    added = run_election("add-candidates", folder.path, "council", *given)
    assert added.exit_code == 0, added.output
    for each in DEVICES:
        keys = HybridKey.generate(), SealingKey.generate()
        asked = make_request(each.device, each.role, each.branch, keys[0], keys[1].public_bytes)
        (folder.requests / f"{each.device}.json").write_bytes(write_request(asked))
    make_offices(folder)
    make_package(folder, unlock, NOW)
    return folder


@pytest.fixture
def copy(election: ElectionFolder, tmp_path: Path) -> ElectionFolder:
    """A copy of it, to be spoiled."""
    return ElectionFolder(Path(shutil.copytree(election.path, tmp_path / "office")))


def rehearse(source: ElectionFolder, folder: Path, day: date | None = None) -> ElectionFolder:
    made = ElectionFolder(folder)
    new_from(source, made, 2, NOW, lambda _: True, unlock, day=day)
    return made


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_voters_see_the_same_election(election: ElectionFolder, tmp_path: Path) -> None:
    later = NOW.date() + timedelta(days=40)
    made = rehearse(election, tmp_path / "r", later)
    theirs, ours = load_plan(election), load_plan(made)
    moved = timedelta(days=(later - theirs.day).days)
    assert ours == replace(
        theirs,
        uuid=ours.uuid,
        rehearsal=True,
        name=Text("تمرین: شورا"),
        day=later,
        opens=theirs.opens + moved,
        closes=theirs.closes + moved,
    )
    for rules in theirs.contests:
        place = (election.contest(rules.id), made.contest(rules.id))
        assert kept_slate(rules, place[0]) == kept_slate(rules, place[1])
    assert read_devices(made) == DEVICES


def test_nothing_of_the_election_opens_or_signs_in_a_rehearsal(
    election: ElectionFolder, tmp_path: Path
) -> None:
    before = content(election.path)
    made = rehearse(election, tmp_path / "r")
    assert content(election.path) == before
    theirs = {hashlib.sha256(data).digest() for data, _ in before.values()}
    same = {
        name
        for name, (data, _) in content(made.path).items()
        if hashlib.sha256(data).digest() in theirs
    }
    assert same
    assert all(name.startswith(COPIED) for name in same)
    assert load_plan(made).uuid != load_plan(election).uuid
    assert not any(made.requests.iterdir())
    assert not any(made.offices.iterdir())
    root = load_root(made.keys)
    assert is_for_rehearsals(root)
    assert root != load_root(election.keys)
    # Every key of the election is a file that is not here, under whatever name.
    secret = [data for name, (data, _) in before.items() if name.startswith(("keys", "trustees"))]
    everything = b"".join(data for data, _ in content(made.path).values())
    assert not [data for data in secret if data in everything and len(data) > 8]


def test_a_rehearsal_becomes_a_package_that_is_one(
    election: ElectionFolder, tmp_path: Path
) -> None:
    made = rehearse(election, tmp_path / "r" / "rehearsal")
    for path in election.requests.iterdir():
        shutil.copy(path, made.requests)
    make_offices(made)
    make_package(made, unlock, NOW)
    give_certificates(made)
    ours, theirs = open_workspace(made).election, open_workspace(election).election
    assert ours.rehearsal
    assert (ours.contests, ours.styles, ours.branches, ours.rules) == (
        theirs.contests,
        theirs.styles,
        theirs.branches,
        theirs.rules,
    )
    # The same plan cannot become an election by one word.
    text = made.plan.read_text(encoding="utf-8")
    made.plan.write_text(text.replace("rehearsal = true", "rehearsal = false"), encoding="utf-8")
    with pytest.raises(ElectionError, match="rehearsal"):
        make_package(made, unlock, NOW)


def test_a_folder_that_cannot_be_written_is_enough(copy: ElectionFolder, tmp_path: Path) -> None:
    """As root, modes refuse nothing: whatever is written would show in names or times."""
    before = content(copy.path), sorted(copy.path.rglob("*"))
    rehearse(copy, tmp_path / "r")
    assert (content(copy.path), sorted(copy.path.rglob("*"))) == before


def link(folder: ElectionFolder, name: str) -> None:
    path = folder.path / name
    path.rename(folder.path.parent / "elsewhere")
    path.symlink_to(folder.path.parent / "elsewhere")


def damage(folder: ElectionFolder, name: str) -> None:
    """Write what is no document; what comes before it is asked, a package goes."""
    folder.package.unlink()
    path = folder.path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"{}")


def edit(folder: ElectionFolder, old: str, new: str) -> None:
    text = folder.plan.read_text(encoding="utf-8")
    assert old in text
    folder.plan.write_text(text.replace(old, new), encoding="utf-8")


Spoil = Callable[[ElectionFolder], object]
SPOILT: dict[str, tuple[Spoil, str]] = {
    "no plan": (lambda f: f.plan.unlink(), "election.toml"),
    "a plan that is none": (lambda f: edit(f, "[seats]", "[seats"), "election.toml"),
    "no candidates": (lambda f: (f.path / "contests/council/candidates.csv").unlink(), "council"),
    "a broken table": (
        lambda f: (f.path / "contests/council/candidates.csv").write_text(HEAD + "x\n"),
        "candidates.csv",
    ),
    "no portrait": (lambda f: (f.path / "contests/council/portraits/7.jpg").unlink(), "7.jpg"),
    "a portrait that is none": (
        lambda f: (f.path / "contests/council/portraits/7.jpg").write_bytes(b"x"),
        "7.jpg",
    ),
    "a linked portrait": (lambda f: link(f, "contests/council/portraits/7.jpg"), "7.jpg"),
    "linked portraits": (lambda f: link(f, "contests/council/portraits"), "0.jpg"),
    "a linked contest": (lambda f: link(f, "contests/council"), "candidates.csv"),
    "a linked family": (lambda f: link(f, "our-card.toml"), "our-card.toml"),
    "a family elsewhere": (lambda f: edit(f, '"our-card.toml"', '"../o.toml"'), "../o.toml"),
    "no family": (lambda f: (f.path / "our-card.toml").unlink(), "our-card.toml"),
    "a cut exchange": (
        lambda f: (f.path / "contests/council").rename(f.path / "contests/.council.before"),
        "council",
    ),
    "a damaged package": (lambda f: f.package.write_bytes(b"x"), "package.amin"),
    "a damaged request": (
        lambda f: damage(f, "requests/b1-t1.json"),
        "b1-t1.json",
    ),
    "a name with no room": (lambda f: edit(f, "شورا", "ش" * 198), "200"),
    "a damaged list": (
        lambda f: damage(f, "recordings/clips.json"),
        "recordings",
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_cannot_be_copied_is_named_and_nothing_is_made(
    copy: ElectionFolder, tmp_path: Path, what: str
) -> None:
    spoil, named = SPOILT[what]
    spoil(copy)
    before = content(copy.path)
    with pytest.raises((ElectionError, OSError)) as told:
        rehearse(copy, tmp_path / "r")
    assert named in str(told.value)
    assert content(copy.path) == before
    assert not any(path.name.startswith(("r", ".r")) for path in tmp_path.iterdir())


@pytest.mark.parametrize("place", [".", "drill", "requests"])
def test_a_rehearsal_never_lies_in_its_election(copy: ElectionFolder, place: str) -> None:
    with pytest.raises(FolderError):
        rehearse(copy, copy.path / place)
    with pytest.raises(FolderError):
        rehearse(ElectionFolder(copy.path / "requests"), copy.path)


def test_a_name_says_in_each_language_that_it_is_a_rehearsals() -> None:
    name = marked(Text("شورا", "Council", ckb="ئەنجومەن"))
    assert (name.fa, name.en) == ("تمرین: شورا", "Rehearsal: Council")
    assert dict(name.mapping())["ckb"].endswith("ئەنجومەن")
    assert marked(name) == name


def test_the_command_makes_one(election: ElectionFolder, tmp_path: Path) -> None:
    made = tmp_path / "r"
    done = run_election("new", made, "--rehearsal", "--from", election.path, "--yes")
    assert done.exit_code == 0, done.output
    assert load_plan(ElectionFolder(made)).rehearsal
    assert "1 contests, 22 candidates, 1 branches, 3 devices" in done.output
    alone = run_election("new", tmp_path / "x", "--from", election.path, "--yes")
    assert alone.exit_code == 2
    assert "--rehearsal" in alone.output
    assert run_election("new", tmp_path / "x", "--yes").exit_code == 2
    assert not (tmp_path / "x").exists()


def test_a_table_of_devices_is_read_or_refused(tmp_path: Path) -> None:
    text = "device,role,branch\n" + "".join(
        f"{each.device},{each.role.value},{each.branch}\n" for each in DEVICES
    )
    folder = ElectionFolder(tmp_path)
    (tmp_path / DEVICES_FILE).write_text(text)
    assert read_devices(folder) == DEVICES
    inputs = Mutator([text.encode()], random.Random())
    for _ in range(300):
        (tmp_path / DEVICES_FILE).write_bytes(inputs.next())
        try:
            found = read_devices(folder)
        except FolderError:
            continue
        assert len({each.device for each in found}) == len(found)
