"""A folder that an earlier version began: nothing of it is lost, and nothing is signed with its keys."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from election.definition import Text
from election.errors import ElectionError
from headquarters.backup import back_up, restore
from headquarters.earlier_version import SIGNERS, converted, is_earlier, signers_of
from headquarters.election_config import plan_content, plan_of
from headquarters.preparation import kept_slate, make_package
from headquarters.workspace import ElectionFolder, FolderError, load_plan, open_workspace
from tests.headquarters.unlocking import give_certificates, make_offices, run_election, unlock

OLD = Path(__file__).parents[1] / "vectors" / "earlier" / "headquarters"
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def old(tmp_path: Path) -> ElectionFolder:
    return ElectionFolder(Path(shutil.copytree(OLD, tmp_path / "old")))


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def new(folder: Path, *options: object) -> ElectionFolder:
    done = run_election("new", folder, "--yes", *options)
    assert done.exit_code == 0, done.output
    return ElectionFolder(folder)


def test_it_is_known_by_its_open_keys_alone(tmp_path: Path) -> None:
    assert is_earlier(OLD)
    made = new(tmp_path / "new", "--name", "x", "--day", "2099-01-01")
    assert not is_earlier(made.path)
    # A lock that was lost does not make an election of today an old one.
    (made.keys / "lock.json").unlink()
    assert not is_earlier(made.path)
    assert not is_earlier(tmp_path / "nowhere")


def test_what_people_wrote_is_the_new_election(old: ElectionFolder, tmp_path: Path) -> None:
    before = content(old.path)
    made = new(tmp_path / "new", "--from", old.path)
    assert content(old.path) == before
    plan = load_plan(made)
    assert not plan.rehearsal
    wrote = plan_content((OLD / "election.toml").read_bytes(), "election.toml")
    assert (plan.name, plan.day) == (Text("شورای شهر"), wrote["day"])
    assert (plan.opens, plan.closes) == (wrote["opens"], wrote["closes"])
    assert plan.uuid != wrote["uuid"]
    assert [each.id for each in plan.contests] == [each["id"] for each in wrote["contests"]]
    assert [each.id for each in plan.branches] == [each["id"] for each in wrote["branches"]]
    assert plan.day_rules.min_age == wrote["rules"]["min_age"]
    (rules,) = plan.contests
    slate = kept_slate(rules, made.contest(rules.id))
    # Names, lists and codes are those that the earlier version gave.
    assert [each.code for each in slate.contest.candidates] == list(range(10, 16))
    assert len(slate.portraits) == 6
    assert [one.read_bytes() for one in made.documents.iterdir()] == [before["csca.der"]]
    keys = {name for name, data in before.items() if b"PRIVATE KEY" in data or "trustee-" in name}
    assert keys
    new_files = content(made.path).values()
    assert not [name for name in keys if before[name] in new_files]


def test_a_rehearsal_of_it_becomes_a_package(old: ElectionFolder, tmp_path: Path) -> None:
    made = new(tmp_path / "new", "--rehearsal", "--from", old.path)
    shutil.copytree(old.requests, made.requests, dirs_exist_ok=True)
    make_offices(made)
    make_package(made, unlock, NOW)
    give_certificates(made)
    election = open_workspace(made).election
    assert election.rehearsal
    assert election.name.fa == "تمرین: شورای شهر"
    assert len(election.devices) == 2


NEEDS = {
    "package": (),
    "add-candidates": ("council", "--candidates", "C", "--portraits", "P"),
    "add-authorities": ("C",),
    "register": ("--yes",),
    "import": ("B",),
    "missing": ("terminal-1=lost", "--observer", "T"),
    "tally": (),
    "batches": ("T",),
    "conclude": ("T",),
    "operator-cards": ("O",),
    "accuracy-deck": ("T",),
}
"""Steps that work on the folder, and what they are given besides."""


@pytest.mark.parametrize("step", NEEDS)
def test_every_step_says_what_to_do_and_changes_nothing(
    old: ElectionFolder, tmp_path: Path, step: str
) -> None:
    things = {
        "C": OLD / "contests/council/candidates.csv",
        "P": OLD / "contests/council/portraits",
        "B": OLD / "package.amin",
        "O": tmp_path / "operators.csv",
        "T": tmp_path / "target",
    }
    things["O"].write_text("number,role,branch,district\n1,officer,branch-1,\n")
    if step in {"conclude", "missing"}:
        things["T"].mkdir()
    before = content(old.path)
    done = run_election(step, old.path, *(things.get(each, each) for each in NEEDS[step]))
    assert done.exit_code == 2, done.output
    assert f"amin election new NEW --from {old.path}" in done.output
    assert content(old.path) == before


def test_it_can_be_kept_and_brought_back(old: ElectionFolder, tmp_path: Path) -> None:
    """Finishing it with the version it was begun with may need another machine."""
    back_up(old, tmp_path / "copy", NOW)
    restore(tmp_path / "copy", tmp_path / "back")
    assert content(tmp_path / "back") == content(OLD)


def edit(folder: ElectionFolder, old: str, new: str) -> None:
    text = folder.plan.read_text(encoding="utf-8")
    assert old in text
    folder.plan.write_text(text.replace(old, new), encoding="utf-8")


SPOILT: dict[str, tuple[Callable[[ElectionFolder], object], str]] = {
    "its day was": (lambda f: (f.path / "import.json").write_text("{}"), "its day"),
    "an authority elsewhere": (lambda f: edit(f, '"csca.der"', '"../csca.der"'), "../csca.der"),
    "no authority": (lambda f: (f.path / "csca.der").unlink(), "csca.der"),
    "an authority that is none": (lambda f: (f.path / "csca.der").write_bytes(b"x"), "csca"),
    "no portrait": (lambda f: (f.path / "contests/council/portraits/3.jpg").unlink(), "3.jpg"),
    "a key that nobody knows": (lambda f: edit(f, "[seats]", "x = 1\n[seats]"), "x"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_cannot_be_taken_over_is_named(old: ElectionFolder, tmp_path: Path, what: str) -> None:
    spoil, named = SPOILT[what]
    spoil(old)
    before = content(old.path)
    done = run_election("new", tmp_path / "new", "--yes", "--from", old.path)
    assert done.exit_code == 2, done.output
    assert named in done.output
    assert content(old.path) == before
    assert not (tmp_path / "new").exists()


def test_a_plan_keeps_all_but_the_seed_and_the_signers() -> None:
    wrote = plan_content((OLD / "election.toml").read_bytes(), "election.toml")
    plan = plan_of(converted(wrote))
    assert signers_of(wrote) == {"csca.der": "1-csca.cer"}
    twice = {**wrote, SIGNERS: ["a.der", "a.cer"]}
    assert len(set(signers_of(twice).values())) == 2
    names = re.findall(r'name = \{ fa = "([^"]+)"', (OLD / "election.toml").read_text("utf-8"))
    assert [plan.name.fa, plan.styles[0].name.fa, plan.branches[0].name.fa] == names
    # What is read so is written the same again.
    assert plan_of(converted(converted(wrote)) | {"lots": converted(wrote)["lots"]}) == replace(
        plan
    )


@pytest.mark.parametrize("seats", [[], ["a"], "text", 7, None, True])
def test_seats_that_are_no_table_are_left_to_the_reader_of_plans(seats: object) -> None:
    assert converted({"seats": seats})["seats"] == seats


def test_only_such_a_folder_is_made_anew_without_being_a_rehearsal(tmp_path: Path) -> None:
    made = new(tmp_path / "new", "--name", "x", "--day", "2099-01-01")
    done = run_election("new", tmp_path / "again", "--yes", "--from", made.path)
    assert done.exit_code == 2
    with pytest.raises((ElectionError, FolderError)):
        open_workspace(ElectionFolder(OLD))
