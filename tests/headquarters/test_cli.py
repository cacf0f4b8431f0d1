"""`amin election`: the whole way through the commands, and what their exit status says."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands.main import main
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from election.bundle import BallotBox, Bundle, CheckIns, GrantedCount, write_bundle
from election.definition import BranchId, ContestId, DeviceId, DocumentCheck, Role, Rules
from election.enrolment import make_request, write_request
from election.errors import ManifestError
from election.marks import Marks
from election.register import number_of
from headquarters.election_config import plan_template, read_plan
from headquarters.workspace import ElectionFolder, FolderError, load_plan, open_workspace
from tests.acts import with_acts
from tests.headquarters.day import Terminal, hand_over_cards, hours_of, operator_cards
from tests.headquarters.small import DeviceKeys, Headquarters, jpeg
from tests.headquarters.unlocking import authority_of, run_election

pytestmark = pytest.mark.slow
"""Whole counts."""

BRANCH = BranchId("branch-1")
NOW = datetime.now(UTC).replace(microsecond=0)
PEOPLE = "\n".join(
    f"r{i},نامزد شمارهٔ {i},Candidate {i},{'hope' if i < 3 else ''},{'yes' if i % 2 else 'no'},{i}.jpg"
    for i in range(6)
)
COUNCIL = ContestId("council")


def run(*arguments: str | Path) -> Result:
    return run_election(*arguments)


def small_plan(folder: ElectionFolder) -> None:
    text = folder.plan.read_text(encoding="utf-8")
    text = text.replace("seats = 21", "seats = 3").replace("selections = 21", "selections = 3")
    folder.plan.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    (folder / "candidates.csv").write_text(
        "key,name_fa,name_en,list,woman,portrait\n" + PEOPLE, encoding="utf-8"
    )
    (folder / "lists.csv").write_text("key,name_fa,name_en\nhope,امید,Hope\n", encoding="utf-8")
    (folder / "portraits").mkdir()
    for i in range(6):
        (folder / "portraits" / f"{i}.jpg").write_bytes(jpeg(i))
    return folder


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, people: Path) -> ElectionFolder:
    """Everything up to the tally, through the commands."""
    folder = voted(tmp_path_factory.mktemp("election") / "e", people)
    counted = run("tally", folder.path, "--json")
    assert counted.exit_code == 0, counted.output
    assert json.loads(counted.stdout)["ballots"] == 2
    return folder


def prepared(path: Path, people: Path, *options: str | Path) -> ElectionFolder:
    """An election with candidates, ready to be packaged. `options`: of `new`."""
    folder = ElectionFolder(path)
    day = f"{NOW:%Y-%m-%d}"
    named = ("--name", "انتخابات", "--day", day, "--rehearsal")
    made = run("new", folder.path, *named, "--yes", *options)
    assert made.exit_code == 0, made.output
    small_plan(folder)
    added = run(
        "add-candidates",
        folder.path,
        "council",
        "--candidates",
        people / "candidates.csv",
        "--lists",
        people / "lists.csv",
        "--portraits",
        people / "portraits",
    )
    assert added.exit_code == 0, added.output
    assert "6 candidates with the codes 10 to 15" in added.output
    return folder


def enrolled_devices() -> dict[str, DeviceKeys]:
    return {
        name: DeviceKeys(DeviceId(name), role, HybridKey.generate(), SealingKey.generate())
        for name, role in (
            ("station-1", Role.IDENTITY_STATION),
            ("terminal-1", Role.BALLOT_TERMINAL),
        )
    }


def ask(folder: ElectionFolder, devices: dict[str, DeviceKeys]) -> None:
    """Put the devices' requests into the folder."""
    for device in devices.values():
        request = make_request(
            device.id, device.role, BRANCH, device.signing, device.sealing.public_bytes
        )
        (folder.requests / f"{device.id}.json").write_bytes(write_request(request))


def voted(path: Path, people: Path, *options: str | Path) -> ElectionFolder:
    """An election up to the import; votes straight into a store. `options`: of `new`."""
    folder, devices = prepared(path, people, *options), enrolled_devices()
    ask(folder, devices)
    packed = run("package", folder.path, "--yes", "--json")
    assert packed.exit_code == 0, packed.output
    workspace = open_workspace(folder)
    assert json.loads(packed.stdout)["digest"] == workspace.package_digest.hex()
    assert json.loads(packed.stdout)["fingerprint"] == workspace.fingerprint
    assert workspace.election.rehearsal
    assert b"REHEARSAL" in workspace.election.belenios_election
    hand_over_cards(folder.path, authority_of(folder.keys), BRANCH)
    registered = run("register", folder.path, "--yes", "--json")
    assert registered.exit_code == 0, registered.output
    assert json.loads(registered.stdout)["number"] == number_of(folder.register.read_bytes())
    vote(folder, devices)
    imported = run("import", folder.path, *folder.path.glob("out/*.bundle"), "--json")
    assert imported.exit_code == 0, imported.output
    assert json.loads(imported.stdout)["ballots"] == 2
    return folder


def vote(
    folder: ElectionFolder, devices: dict[str, DeviceKeys], package: bytes | None = None
) -> None:
    """Two votes, and both bundles in `out`. `package`: digest of what the devices loaded."""
    from headquarters.trustees import load_trustees

    workspace = open_workspace(folder)
    definition, digest = workspace.election, package or workspace.package_digest
    hq = Headquarters(
        folder.path,
        authority_of(folder.keys),
        load_trustees(folder.trustees / "trustees.json"),
        definition,
        {},
        devices,
        folder.package.read_bytes(),
    )
    terminal = Terminal(hq, "terminal-1", folder.path / "media")
    contest = definition.contests[0]
    terminal.vote(Marks(COUNCIL, list_code=contest.lists[0].code))
    terminal.vote(Marks(COUNCIL, persons=(contest.candidates[5].code,)))
    box = terminal.box()
    check_ins = CheckIns((GrantedCount((COUNCIL,), 2),), 0, (), (), issued=tuple(sorted(hq.issued)))
    (folder.path / "out").mkdir()
    contents: dict[str, BallotBox | CheckIns] = {"terminal-1": box, "station-1": check_ins}
    for name, content in contents.items():
        listed = definition.device(devices[name].id)
        assert listed is not None
        bundle = Bundle(
            definition.uuid,
            digest,
            devices[name].id,
            devices[name].role,
            BRANCH,
            (),
            bytes(32),
            box=content if isinstance(content, BallotBox) else None,
            check_ins=content if isinstance(content, CheckIns) else None,
        )
        cards, hours = operator_cards(hq.authority, BRANCH), hours_of(definition)
        number = bytes.fromhex(number_of(folder.register.read_bytes()))
        bundle = with_acts(bundle, cards, devices[name].signing, hours, number)
        data = write_bundle(bundle, devices[name].signing, listed.certificate)
        (folder.path / "out" / f"{name}.bundle").write_bytes(data)


def test_verify_says_valid(day: ElectionFolder) -> None:
    root = day.path / "public" / "root.der"
    done = run("verify", day.result / "election.bel", "--root", root)
    assert done.exit_code == 0
    assert done.stdout.startswith("valid: 2 ballots, device signatures included")
    done = run("verify", day.result / "election.bel", "--root", root, "--json")
    value = json.loads(done.stdout)
    assert value["valid"] is True
    assert value["failures"] == []


def test_verify_says_invalid_one_line_per_failure(day: ElectionFolder, tmp_path: Path) -> None:
    data = bytearray((day.result / "election.bel").read_bytes())
    data[data.index(b'"challenge":"') + 13] ^= 1
    (tmp_path / "e.bel").write_bytes(data)
    done = run("verify", tmp_path / "e.bel")
    assert done.exit_code == 1
    lines = [line for line in done.stdout.splitlines() if not line.startswith("told\t")]
    assert lines
    assert all(len(line.split("\t")) == 3 for line in lines)
    value = json.loads(run("verify", tmp_path / "e.bel", "--json").stdout)
    assert value["valid"] is False
    assert len(value["failures"]) == len(lines)
    assert len(value["told"]) == len(done.stdout.splitlines()) - len(lines)


def test_verify_of_a_cut_archive(day: ElectionFolder, tmp_path: Path) -> None:
    data = (day.result / "election.bel").read_bytes()
    (tmp_path / "e.bel").write_bytes(data[: data.index(b'"type":"EndBallots"') - 1024])
    assert run("verify", tmp_path / "e.bel").exit_code == 1
    assert "\t" in run("verify", tmp_path / "e.bel").stdout


def test_verify_checks_the_supplement_too(day: ElectionFolder, tmp_path: Path) -> None:
    shutil.copytree(day.result, tmp_path / "r")
    boxes = tmp_path / "r" / "supplement" / "boxes.json"
    boxes.write_text('{"items": []}')
    done = run("verify", tmp_path / "r" / "election.bel")
    assert done.exit_code == 1
    kinds = {line.split("\t")[0] for line in done.stdout.splitlines()}
    assert kinds == {"supplement-cover", "supplement-authorizations"}
    (tmp_path / "r" / "supplement" / "root.der").unlink()
    assert run("verify", tmp_path / "r" / "election.bel").exit_code == 2


def test_verify_compares_the_published_root(day: ElectionFolder, tmp_path: Path) -> None:
    archive = day.result / "election.bel"
    assert run("verify", archive, "--root", day.path / "public" / "root.der").exit_code == 0
    (tmp_path / "other.der").write_bytes(b"another")
    done = run("verify", archive, "--root", tmp_path / "other.der")
    assert done.exit_code == 1
    assert done.stdout.startswith("supplement-certificate\troot.der")
    shutil.copyfile(archive, tmp_path / "alone.bel")
    assert run("verify", tmp_path / "alone.bel").exit_code == 3
    assert run("verify", tmp_path / "alone.bel", "--root", tmp_path / "other.der").exit_code == 2


def test_unusable_input_is_status_2(tmp_path: Path, people: Path) -> None:
    assert run("verify", tmp_path / "none.bel").exit_code == 2
    assert run("package", tmp_path / "none").exit_code == 2
    assert run("tally", tmp_path / "none").exit_code == 2
    (tmp_path / "b").write_bytes(b"x")
    done = run("import", tmp_path / "none", tmp_path / "b")
    assert done.exit_code == 2
    assert "amin election package" in done.stderr
    (tmp_path / "result.json").write_text("{}")
    done = run("seats", tmp_path / "result.json")
    assert done.exit_code == 2
    assert "result.json" in done.stderr


def test_seats_under_another_reading(day: ElectionFolder) -> None:
    file = day.result / "result.json"
    drawn = ("--seed", "the value of the lot")
    done = run("seats", file, "--left-overs", "largest-share", *drawn, "--json")
    assert done.exit_code == 0
    (contest,) = json.loads(done.stdout)["contests"]
    assert sum(contest["seats"].values()) == 3
    assert (
        run("seats", file, *drawn, "--language", "en").stdout.count("whole seats of a quota") == 1
    )


def test_an_odd_import_is_status_1_and_not_counted(day: ElectionFolder, tmp_path: Path) -> None:
    copy = ElectionFolder(tmp_path / "e")
    shutil.copytree(day.path, copy.path)
    for path in copy.bundles.glob("station-*"):
        path.unlink()
    done = run("import", copy.path, *copy.path.glob("out/terminal-1.bundle"))
    assert done.exit_code == 1
    assert "missing-bundle\tstation-1" in done.stderr
    for option in ((), ("--despite-findings",)):
        done = run("tally", copy.path, *option)
        assert done.exit_code == 2
        assert "devices are pending" in done.stderr
    copy.register.unlink()
    done = run("tally", copy.path)
    assert done.exit_code == 2
    assert "not counted" in done.stderr
    done = run("tally", copy.path, "--despite-findings")
    assert done.exit_code == 1, done.output
    assert "Ballots counted: " in done.stdout
    assert "supplement-issued" in done.output, "what was accepted shows to everybody"


def test_bundles_of_an_earlier_package_count(people: Path, tmp_path: Path) -> None:
    """Devices loaded revision 1; headquarters made a second before it registered both."""
    folder = prepared(tmp_path / "e", people)
    devices = enrolled_devices()
    ask(folder, devices)
    first = run("package", folder.path, "--yes")
    assert first.exit_code == 0, first.output
    loaded = open_workspace(folder).package_digest
    codes = folder.document_codes.read_bytes()
    again = run("package", folder.path, "--yes")
    assert again.exit_code == 0, again.output
    assert folder.document_codes.read_bytes() == codes, "what was read out yesterday counts today"
    assert folder.document_codes.stat().st_mode & 0o077 == 0
    hand_over_cards(folder.path, authority_of(folder.keys), BRANCH)
    assert run("register", folder.path, "--yes").exit_code == 0
    vote(folder, devices, loaded)
    imported = run("import", folder.path, *folder.path.glob("out/*.bundle"), "--json")
    assert imported.exit_code == 0, imported.output
    assert json.loads(imported.stdout)["ballots"] == 2
    assert run("tally", folder.path).exit_code == 0
    number = number_of(folder.register.read_bytes())
    told = run("verify", folder.result / "index.json", "--number", number)
    assert told.exit_code == 0, told.output


def test_new_asks_and_does_nothing_twice(tmp_path: Path) -> None:
    arguments = ("new", tmp_path / "e", "--name", "x", "--day", "2099-01-01")
    declined = CliRunner().invoke(main, ["election", *map(str, arguments)], input="n\n")
    assert declined.exit_code == 2
    assert not (tmp_path / "e" / "keys").exists()
    assert run(*arguments, "--yes").exit_code == 0
    again = run(*arguments, "--yes")
    assert again.exit_code == 2
    assert "was begun before" in again.stderr


def test_package_before_its_steps_says_what_comes_first(tmp_path: Path, people: Path) -> None:
    folder = ElectionFolder(tmp_path / "e")
    named = ("--name", "x", "--day", "2099-01-01", "--yes")
    assert run("new", folder.path, *named, "--rehearsal").exit_code == 0
    assert "requests" in run("package", folder.path, "--yes").stderr
    key, sealing = HybridKey.generate(), SealingKey.generate()
    request = make_request(DeviceId("t-1"), Role.BALLOT_TERMINAL, BRANCH, key, sealing.public_bytes)
    (folder.requests / "t-1.json").write_bytes(write_request(request))
    assert "amin election add-candidates" in run("package", folder.path, "--yes").stderr
    wrong = run(
        "add-candidates",
        folder.path,
        "mayor",
        "--candidates",
        people / "candidates.csv",
        "--portraits",
        people / "portraits",
    )
    assert wrong.exit_code == 2
    assert "there are: council" in wrong.stderr
    with pytest.raises(FolderError, match="amin election package"):
        open_workspace(folder)


@pytest.mark.parametrize(
    "command", ["new", "add-candidates", "package", "import", "tally", "seats", "verify"]
)
def test_every_command_explains_itself(command: str) -> None:
    done = run(command, "--help")
    assert done.exit_code == 0
    assert len(done.output.splitlines()) > 10


# ---------------------------------------------------------------- the plan

PLAN = plan_template("Mf4VPQhYzYqYyL", 'a "quoted" name', (NOW + timedelta(days=30)).date())


def test_the_template_is_a_plan() -> None:
    plan = read_plan(PLAN.encode())
    assert plan.uuid == "Mf4VPQhYzYqYyL"
    assert plan.name.fa == 'a "quoted" name'
    assert plan.contests[0].seats == 21
    assert plan.rules.min_age == 18
    assert not plan.rehearsal


def test_a_rehearsal_is_one_from_its_beginning(tmp_path: Path) -> None:
    named = ("--name", "x", "--day", "2099-01-01", "--yes")
    assert run("new", tmp_path / "real", *named).exit_code == 0
    assert run("new", tmp_path / "rehearsal", *named, "--rehearsal").exit_code == 0
    for name, rehearsal in (("real", False), ("rehearsal", True)):
        assert load_plan(ElectionFolder(tmp_path / name)).rehearsal is rehearsal


def test_every_rule_of_the_day_can_be_written() -> None:
    written = """min_age = 20
finger_tries = 5
first_capture_s = 31.5
next_capture_s = 16.25
authorization_minutes = 31
clock_tolerance_minutes = 11
inactivity_s = 151.0
inactivity_alert_s = 32.0
ballots_per_terminal = 40
challenges_per_voter = 4
document_check = "off"
document_checks_per_hour = 7
paper_record = true"""
    given = [line.partition(" =")[0] for line in written.splitlines()]
    kept = [line for line in PLAN.splitlines() if line.partition(" ")[0] not in given[1:]]
    plan = "\n".join(kept).replace("min_age = 18", written)
    rules = read_plan(
        plan.replace("challenge_allowed = true", "challenge_allowed = false").encode()
    ).day_rules
    assert rules == Rules(
        20, 5, 31_500, 16_250, 31, 11, 151_000, 32_000, 40, False, 4, DocumentCheck.OFF, 7, True
    )
    defaults = Rules()
    assert read_plan(PLAN.encode()).day_rules == defaults
    same = [f.name for f in fields(Rules) if getattr(rules, f.name) == getattr(defaults, f.name)]
    assert not same


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("min_age = 18", "min_aeg = 18", r"rules\.min_aeg"),
        ("min_age = 18", 'min_age = "18"', r"rules\.min_age"),
        ('form = "slots"', 'form = "slot"', r"contests\.0\.form"),
        ("[seats]", "[seats", "line"),
        ('id = "branch-1"', 'id = "../x"', r"branches\.0\.id"),
    ],
)
def test_errors_of_the_plan_name_the_key(old: str, new: str, place: str) -> None:
    assert old in PLAN
    with pytest.raises(ManifestError, match=place):
        read_plan(PLAN.replace(old, new).encode())
