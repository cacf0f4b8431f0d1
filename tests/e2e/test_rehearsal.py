"""A rehearsal of an office's own election: made by the command, played at the desk."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from election.definition import BranchId, DeviceId, Role
from election.enrolment import make_request, write_request
from headquarters.workspace import ElectionFolder
from simulators.demo.office import equip
from simulators.demo.places import DayFolders
from simulators.demo.rehearsal import ELSEWHERE, bring, chosen, visitors
from tests.headquarters.small import jpeg
from tests.headquarters.unlocking import PASSPHRASE_FILE, run_election, unlock
from tests.shares import share

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

HEAD = "key,name_fa,name_en,list,woman,portrait\n"
NAMES = ("مریم رضایی", "علی کریمی", "نرگس تهرانی", "حسین ملکی", "زهرا شریفی", "رضا نوری")
MORE = """[[contests]]
id = "mayor"
title = { fa = "شهردار", en = "Mayor" }
seats = 1
max_selections = 1
form = "choice"

[[contests]]
id = "judge"
title = { fa = "داور", en = "Judge" }
seats = 1
max_selections = 1
form = "choice"

[[styles]]
id = "village"
name = { fa = "روستا", en = "Village" }
contests = ["council"]
residence = ["لواسان"]

[[styles]]"""
"""Few to choose among, one person alone, and people who vote in one contest only."""
DEVICES = {
    "b1-i1": Role.IDENTITY_STATION,
    "b1-i2": Role.IDENTITY_STATION,
    "b1-t1": Role.BALLOT_TERMINAL,
    "b1-t2": Role.BALLOT_TERMINAL,
}


def office(place: Path) -> ElectionFolder:
    """Make an election as an office does, up to the requests of a branch's four devices."""
    folder = ElectionFolder(place / "office")
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    run("new", folder.path, "--name", "شورا", "--day", day, "--yes")
    plan = folder.plan.read_text(encoding="utf-8")
    plan = plan.replace("seats = 21", "seats = 3").replace("selections = 21", "selections = 3")
    plan = plan.replace("[[styles]]", MORE, 1)
    at = plan.rindex('contests = ["council"]')
    plan = plan[:at] + 'contests = ["council", "mayor", "judge"]' + plan[at + 22 :]
    folder.plan.write_text(plan, encoding="utf-8")
    portraits = place / "portraits"
    portraits.mkdir()
    for number in range(len(NAMES) + 4):
        (portraits / f"{number}.jpg").write_bytes(jpeg(number))
    people = {
        "council": [f"r{i},{n},,{'hope' if i < 3 else ''},no,{i}.jpg" for i, n in enumerate(NAMES)],
        "mayor": [f"r{i + 6},{n} زاده,,,no,{i + 6}.jpg" for i, n in enumerate(NAMES[:3])],
        "judge": ["r9,بیژن فرهادی,,,no,9.jpg"],
    }
    (place / "lists.csv").write_text("key,name_fa,name_en\nhope,امید,Hope\n", encoding="utf-8")
    for contest, rows in people.items():
        table = place / f"{contest}.csv"
        table.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
        given: list[object] = ["--candidates", table, "--portraits", portraits]
        lists = ["--lists", place / "lists.csv"] if contest == "council" else []
        run("add-candidates", folder.path, contest, *given, *lists)
    for device, role in DEVICES.items():
        keys = HybridKey.generate(), SealingKey.generate()
        name, branch = DeviceId(device), BranchId("branch-1")
        request = make_request(name, role, branch, keys[0], keys[1].public_bytes)
        (folder.requests / f"{device}.json").write_bytes(write_request(request))
    return folder


def run(*arguments: object) -> None:
    done = run_election(*arguments)
    assert done.exit_code == 0, done.output


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> ElectionFolder:
    """A rehearsal of such an election, by the command."""
    place = tmp_path_factory.mktemp("office")
    folder = office(place)
    run("new", place / "drill", "--rehearsal", "--from", folder.path, "--yes")
    return ElectionFolder(place / "drill")


def looked_at(drill: ElectionFolder, place: Path) -> None:
    """Prepare the branch up to the opening."""
    played = chosen(drill, None, None, None)
    places = DayFolders.make(place)
    bring(drill, places.office, datetime.now(UTC).replace(microsecond=0))
    prepared = equip(places, played.branch, played.devices, unlock, lambda *_: None)
    assert {each.id: each.role for each in prepared.branch_devices} == DEVICES
    assert prepared.election.rehearsal
    assert {one.residence for one in visitors(Random(1), 9, prepared)} == {"لواسان", ELSEWHERE}
    places.clear_wires()


SESSION = {
    "open b1-i1": "ok",
    "open b1-t1": "ok",
    "put officer b1-t1": "ok",
    "put officer b1-i1.authorization": "ok",
    "take officer": "ok",
    "vote person-1 b1-i1 b1-t1": "ok",
    "drill 212 b1-t1": "ok",
    "memory-in b1-t1": "ok",
    "score": '"passed": true',
    "unplug b1-t1": "error readers without a pcscd",
    "vote person-2 b1-i1 b1-t1": "ok",
    "close b1-t1": "ok",
    "close b1-i1": "ok",
    "count": '"verified": true, "tally_matches_votes": true',
}
"""What is typed, and what the answer holds."""


def moved_by_hand(drill: ElectionFolder, place: Path) -> None:
    """Play the shortest day by commands, with a drill in it."""
    done = subprocess.run(
        [sys.executable, "-m", "commands.main", "simulator", "desk", "--branch", str(drill.path)]
        + ["--by-hand", "--in-process", "--stations", "1", "--terminals", "1", "--voters", "2"]
        + ["--passphrase-file", str(PASSPHRASE_FILE), "--out", str(place)],
        input="\n".join(SESSION) + "\n",
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    ready, *answers = done.stdout.splitlines()
    assert ready == "ready branch-1"
    assert len(answers) == len(SESSION)
    for line, answer in zip(SESSION, answers, strict=True):
        assert SESSION[line] in answer, (line, answer)


@pytest.mark.parametrize("what", share(("package", "day", "by hand"), 3))
def test_a_rehearsal_is_played(drill: ElectionFolder, tmp_path: Path, what: str) -> None:
    """Every run looks at the package; the day of four devices is played by `make whole`."""
    if what == "package":
        looked_at(drill, tmp_path / "day")
        return
    if what == "by hand":
        moved_by_hand(drill, tmp_path / "day")
        return
    done = subprocess.run(
        [sys.executable, "-m", "commands.main", "simulator", "desk", "--branch", str(drill.path)]
        + ["--voters", "12", "--passphrase-file", str(PASSPHRASE_FILE), "--json"]
        + ["--out", str(tmp_path / "day")],
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    report = json.loads(done.stdout)
    assert (report["stations"], report["terminals"]) == (2, 2)
    assert report["election"].startswith("تمرین")
    assert report["branch"] == "branch-1"
    assert report["disagreements"] == []
    assert report["tally_matches_intent"]
    assert report["verify"] == "ok"
    assert report["receipts_cover"] == report["ballots_cast"] > 0
    assert {path.name for path in (tmp_path / "day/devices").iterdir()} == set(DEVICES)
