"""Judge election.toml as people fill it in, and what is done to a folder twice or too late."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from election.definition import BranchId, Role
from headquarters.authority import Validity, issue_operator
from headquarters.election_config import TEMPLATE_SOURCE
from headquarters.workspace import ElectionFolder, open_workspace
from tests.cases.office.office import (
    DAY,
    accepted,
    add,
    amin,
    ask,
    begin,
    filled_in,
    put,
    refused,
    registered,
)
from tests.headquarters.unlocking import authority_of

DEVICES = ("terminal-1", "station-1")
SOURCE = (TEMPLATE_SOURCE, "نمایهٔ بورس روز ۱۲ خرداد")
SOON = f"{datetime.now(UTC) + timedelta(days=60):%Y-%m-%d}"
AGE = "min_age = 18"
CLOSES = f"{DAY}T20:00:00+03:30"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An election with candidates."""
    return filled_in(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def begun_soon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same within the life of headquarters' certificates, so that its package can be opened again."""
    return filled_in(tmp_path_factory.mktemp("office"), SOON)


@pytest.fixture
def soon(begun_soon: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(begun_soon, tmp_path / "election"))


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(begun, tmp_path / "election"))


def package(
    folder: Path, *changes: tuple[str, str], devices: tuple[str, ...] = DEVICES
) -> tuple[int, str]:
    """Run `package` after changes of text in the plan; status and all output."""
    plan = folder / "election.toml"
    text = plan.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    plan.write_text(text, encoding="utf-8")
    for number, name in enumerate(devices):
        role = Role.IDENTITY_STATION if name.startswith("station") else Role.BALLOT_TERMINAL
        put(folder, ask(name, role), str(number))
    told = amin("package", folder, "--yes")
    assert (folder / "package.amin").exists() == (told.exit_code == 0)
    return told.exit_code, told.output


def test_plan_of_an_ordinary_day(folder: Path) -> None:
    status, output = package(folder, SOURCE)
    assert status == 0, output
    assert "branch-1 has no" not in output


WRONG = {
    "jalali-dates": ((DAY, "1405-03-22"), "day"),
    "day-that-is-over": ((DAY, "2020-06-12"), "day"),
    "first-year": ((DAY, "0001-01-01"), "day"),
    "last-year": ((DAY, "9999-12-31"), "day"),
    "closes-in-another-year": ((CLOSES, "2100-06-12T20:00:00+03:30"), "closes"),
    "opens-in-another-year": ((f"{DAY}T08", "2098-06-12T08"), "opens"),
    "two-offsets": ((CLOSES, f"{DAY}T20:00:00+04:30"), "closes"),
    "no-offset": ((CLOSES, f"{DAY}T20:00:00"), "closes"),
    "closes-before-it-opens": ((CLOSES, f"{DAY}T06:00:00+03:30"), "clos"),
    "inactivity-without-end": ((AGE, f"{AGE}\ninactivity_s = inf"), "inactivity_s"),
    "inactivity-of-nan": ((AGE, f"{AGE}\ninactivity_s = nan"), "inactivity_s"),
    "inactivity-of-1e300-s": ((AGE, f"{AGE}\ninactivity_s = 1e300"), "inactivity_s"),
    "inactivity-of-0.0001-s": ((AGE, f"{AGE}\ninactivity_s = 0.0001"), "inactivity_s"),
    "negative-age": ((AGE, "min_age = -1"), "min_age"),
    "huge-age": ((AGE, f"min_age = {10**30}"), "min_age"),
    "age-in-persian-digits": ((AGE, "min_age = ۱۸"), "election.toml"),
    "no-seats": (("seats = 21", "seats = 0"), "seats"),
    "source-of-the-template": ((AGE, AGE), "lots.seats"),
}


@pytest.mark.parametrize(("change", "word"), WRONG.values(), ids=WRONG)
def test_plan_is_refused_with_the_key(folder: Path, change: tuple[str, str], word: str) -> None:
    changes = [change] if word == "lots.seats" else [SOURCE, change]
    status, output = package(folder, *changes)
    assert status == 2
    assert word in output


def test_rehearsal_may_keep_the_sources_of_the_template(folder: Path) -> None:
    status, output = package(folder, ("rehearsal = false", "rehearsal = true "))
    assert status == 0, output


@pytest.mark.parametrize("day", ["1405-03-22", "2020-06-12", "0001-01-01", "9999-12-31"])
def test_day_of_a_new_election(tmp_path: Path, day: str) -> None:
    refused(begin(tmp_path / "election", day=day), "day:", "Gregorian")
    assert list(tmp_path.iterdir()) == []


def test_day_of_a_new_election_may_be_today(tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    accepted(begin(tmp_path / "election", day=today.isoformat()))
    later = today + timedelta(days=1)
    accepted(begin(tmp_path / "other", day=later.isoformat()))


# ------------------------------------------------------------ devices


@pytest.mark.parametrize(
    "devices",
    [
        ("Terminal-1", "terminal-1", "station-1"),
        ("CON", "station-1"),
        ("nul", "station-1"),
        ("lpt9", "station-1"),
    ],
    ids=lambda devices: devices[0],
)
def test_device_names_that_cannot_lie_in_one_folder(folder: Path, devices: tuple[str, ...]) -> None:
    status, _ = package(folder, SOURCE, devices=devices)
    assert status == 2


@pytest.mark.parametrize(
    ("devices", "missing"),
    [(("terminal-1",), "identity station"), (("station-1",), "ballot terminal")],
)
def test_branch_without_a_device_is_told(
    folder: Path, devices: tuple[str, ...], missing: str
) -> None:
    _, output = package(folder, SOURCE, devices=devices)
    assert f"branch-1 has no {missing}" in output


# ------------------------------------------------------------ too late


def test_package_made_again(soon: Path) -> None:
    """Devices may have loaded the first one: it is kept, and counts; so do their certificates."""
    folder = soon
    status, output = package(folder, SOURCE)
    assert status == 0, output
    first = (folder / "package.amin").read_bytes()
    before = open_workspace(ElectionFolder(folder)).election.devices
    put(folder, ask("terminal-2", Role.BALLOT_TERMINAL), "late")
    accepted(amin("package", folder, "--yes"))
    assert (folder / "packages" / "1.amin").read_bytes() == first
    after = open_workspace(ElectionFolder(folder)).election.devices
    assert [each.id for each in after] == ["station-1", "terminal-1", "terminal-2"]
    assert [x.certificate for x in after[:2]] == [x.certificate for x in before]
    accepted(amin("register", folder, "--yes"))
    second = (folder / "package.amin").read_bytes()
    digests = [hashlib.sha256(data).digest() for data in (first, second)]
    found = registered(folder)
    assert [(x.revision, x.sha256) for x in found.packages] == list(enumerate(digests, 1))
    assert [device.id for device in found.devices] == ["station-1", "terminal-1", "terminal-2"]


def test_package_of_another_ballot(soon: Path) -> None:
    """Who loaded the first would make ballots that cannot be counted with the second."""
    folder = soon
    status, output = package(folder, SOURCE)
    assert status == 0, output
    first = (folder / "package.amin").read_bytes()
    plan = folder / "election.toml"
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text.replace("شورای شهر", "شورای ده"), encoding="utf-8")
    refused(amin("package", folder, "--yes"), "package.amin")
    assert (folder / "package.amin").read_bytes() == first
    assert not (folder / "packages").exists()


def test_nothing_after_the_register(soon: Path) -> None:
    folder = soon
    refused(amin("register", folder, "--yes"), "package.amin")
    status, output = package(folder, SOURCE)
    assert status == 0, output
    told = accepted(amin("register", folder, "--yes", "--json", "--minimum", "20"))
    register = (folder / "register.json").read_bytes()
    value = json.loads(told.stdout)
    assert value["number"] == hashlib.sha256(register).hexdigest()
    assert (value["packages"], value["devices"], value["branches"]) == (1, 2, 1)
    assert registered(folder).minimum == 20
    assert (folder / "public" / "register.json").read_bytes() == register
    first = (folder / "package.amin").read_bytes()
    refused(amin("package", folder, "--yes"), "register.json")
    refused(amin("register", folder, "--yes"), "register.json")
    (folder / "package.amin").unlink()
    refused(amin("package", folder, "--yes"), "register.json")
    (folder / "package.amin").write_bytes(first)
    assert (folder / "register.json").read_bytes() == register
    refused(amin("tally", folder, "--minimum", "3"), "20", "--minimum")


def test_operators_are_registered_by_branch(soon: Path) -> None:
    folder = soon
    status, output = package(folder, SOURCE)
    assert status == 0, output
    authority = authority_of(folder / "keys")
    day = datetime.fromisoformat(f"{SOON}T08:00:00+03:30")
    now = datetime.now(UTC)
    (folder / "operators").mkdir()
    cards = [
        issue_operator(
            authority,
            "17",
            ec.generate_private_key(ec.SECP256R1()).public_key(),
            role=role,
            branch=BranchId("branch-1"),
            validity=Validity(now - timedelta(days=1), day),
        )
        for role in (Role.OFFICER, Role.SUPERVISOR)
    ]
    for number, card in enumerate(cards):
        (folder / "operators" / f"{number}.der").write_bytes(card)
    (folder / "operators" / "signer.der").write_bytes(authority.signer)
    refused(amin("register", folder, "--yes"), "signer.der")
    assert not (folder / "register.json").exists()
    (folder / "operators" / "signer.der").unlink()

    def reserve(number: str, branch: BranchId | None = None) -> bytes:
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        validity = Validity(now - timedelta(days=1), day)
        return issue_operator(
            authority, number, key, role=Role.OFFICER, branch=branch, validity=validity
        )

    district = open_workspace(ElectionFolder(folder)).election.branches[0].district
    for place, card in (
        ("operators", reserve("18")),
        (f"reserves/{district}", reserve("19", BranchId("branch-1"))),
        ("reserves/nowhere", reserve("20")),
    ):
        wrong = folder / place / "wrong.der"
        wrong.parent.mkdir(parents=True, exist_ok=True)
        wrong.write_bytes(card)
        refused(amin("register", folder, "--yes"), "")
        wrong.unlink()
        if place != "operators":
            wrong.parent.rmdir()
    (folder / "reserves" / district).mkdir()
    (folder / "reserves" / district / "1.der").write_bytes(right := reserve("21"))
    accepted(amin("register", folder, "--yes"))
    (reserves,) = registered(folder).reserves
    assert (reserves.district, reserves.branches) == (district, (BranchId("branch-1"),))
    assert reserves.certificates == (hashlib.sha256(right).digest(),)
    (branch,) = registered(folder).operators
    assert branch.branch == "branch-1"
    assert set(branch.certificates) == {hashlib.sha256(card).digest() for card in cards}


def test_candidates_after_the_package(folder: Path, begun: Path) -> None:
    status, output = package(folder, SOURCE)
    assert status == 0, output
    contest_folder = begun / "contests" / "council"
    refused(
        add(folder, contest_folder / "candidates.csv", contest_folder / "portraits"), "package.amin"
    )
