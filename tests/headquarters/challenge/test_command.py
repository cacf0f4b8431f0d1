"""`amin election check-challenge` and `check-page`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands.main import main
from crypto.election import parse_election
from election.challenge import ticket_text, tracking_number
from election.definition import SelectionCode
from election.marks import Marks
from election.sealed import Opening
from tests.headquarters.challenge.tickets import Challenged, public_folder, voted
from tests.headquarters.small import COUNCIL, Headquarters, set_up


@pytest.fixture(scope="module")
def hq(tmp_path_factory: pytest.TempPathFactory) -> Headquarters:
    return set_up(tmp_path_factory.mktemp("hq"))


@pytest.fixture(scope="module")
def honest(hq: Headquarters) -> Challenged:
    return voted(hq, Marks(COUNCIL, (SelectionCode(1004),)))


@pytest.fixture
def public(hq: Headquarters, tmp_path: Path) -> Path:
    return public_folder(hq, tmp_path / "public")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["election", *map(str, arguments)])


def check(public: Path, *arguments: str | Path) -> Result:
    return run("check-challenge", *arguments, "--election", public / "election.json")


def test_an_honest_machine(public: Path, honest: Challenged) -> None:
    names = ("--definition", public / "definition.json", "--language", "fa")
    done = check(public, honest.text, *names)
    assert done.exit_code == 0, done.output
    assert "نامزد شمارهٔ 4" in done.output
    english = check(public, honest.text, *names, "--language", "en")
    assert "1004  Candidate 4" in english.output
    number = tracking_number(honest.ballot.digest)
    assert number[:5] + " " + number[5:10] in english.output


def test_a_file_and_what_was_noted(public: Path, honest: Challenged, tmp_path: Path) -> None:
    file = tmp_path / "ticket.txt"
    file.write_text("\ufeff" + honest.text[:80] + "\n" + honest.text[80:] + "\n", encoding="utf-8")
    number = tracking_number(honest.ballot.digest)
    assert check(public, "--file", file, "--noted", number).exit_code == 0
    wrong = check(public, "--file", file, "--noted", "1" * 30, "--json")
    assert wrong.exit_code == 1
    value = json.loads(wrong.stdout)
    assert (value["honest"], value["faults"]) == (False, ["other-than-noted"])
    assert value["number"] == number
    assert value["made"] == value["tracking"] == honest.ballot.tracking
    file.write_bytes(b"\xff\xfe\x00")
    assert check(public, "--file", file).exit_code == 2


def test_a_machine_that_lied(public: Path, honest: Challenged) -> None:
    election_ = parse_election((public / "election.json").read_bytes())
    lie = replace(honest.ticket, opening=Opening(bytes(32), honest.ticket.opening.answers))
    done = check(public, ticket_text(election_, lie), "--language", "en")
    assert done.exit_code == 1
    assert "NOT honest" in done.output


def test_what_cannot_be_used(public: Path, honest: Challenged, tmp_path: Path) -> None:
    assert check(public).exit_code == 2
    misread = check(public, honest.text[:-1])
    assert misread.exit_code == 2
    assert "read it again" in misread.output
    assert check(public, honest.text, "--noted", "12").exit_code == 2
    other = tmp_path / "definition.json"
    other.write_text("{}")
    assert check(public, honest.text, "--definition", other).exit_code == 2


def test_the_page_is_written_with_its_sum(public: Path, tmp_path: Path) -> None:
    page = tmp_path / "check.html"
    for folder in (public, public.parent):
        done = run("check-page", folder, "-o", page)
        assert done.exit_code == 0, done.output
        assert hashlib.sha256(page.read_bytes()).hexdigest() in done.output
        assert b'id="election-data"' in page.read_bytes()
    assert run("check-page", public, "-o", page, "--empty").exit_code == 0
    assert b'id="election-data"' not in page.read_bytes()
    (public / "definition.json").unlink()
    missing = run("check-page", public, "-o", page)
    assert missing.exit_code == 2
    assert "definition.json" in missing.output


def test_the_help_teaches_a_voter() -> None:
    text = run("check-challenge", "--help").output
    for step in ("tracking number", "Photograph", "AMIN1:", "Exit status"):
        assert step in text
