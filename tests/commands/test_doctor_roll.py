"""The doctor says of the roll whether anybody will be compared with it, and what to do if not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.examined.finding import DoctorFinding
from election.definition import Authority, DocumentCheck, Role
from election.device_files import Files
from election.package import encode_package
from election.recorded import RecordedList
from election.roll import LIST_FILE, TABLE_FILE
from election.roll_examined import examine
from tests.election.test_roll import written
from tests.kiosk.station.asking import RECONCILIATION
from tests.kiosk.station.office import BRANCH, Office
from words.languages import installed
from words.message import in_english
from words.text import Language

AGAIN = "Nobody's number is compared. Load the package again, with the roll beside it."
ENTRIES = [b"entry--1", b"entry--2"]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office.open(tmp_path_factory.mktemp("office"))


def install(
    office: Office,
    data: Path,
    listed: tuple[RecordedList, ...],
    *,
    authority: Authority = Authority.CENTRE,
    check: DocumentCheck = DocumentCheck.ORDINARY,
) -> None:
    asked = authority is Authority.CENTRE
    registry, evaluator = ("127.0.0.1:8443", "127.0.0.1:8444") if asked else ("", "")
    election = replace(
        office.election,
        branches=tuple(
            replace(branch, authority=authority, registry=registry, evaluator=evaluator)
            if branch.id == BRANCH
            else branch
            for branch in office.election.branches
        ),
        reconciliation_public_key=RECONCILIATION.public_bytes,
        rules=replace(office.election.rules, document_check=check),
    )
    signing = office.authority.signer_key, office.authority.signer
    package = encode_package(election, office.portraits, *signing, listed)
    Files(data, data).package.write_bytes(package)


def told(data: Path, role: Role = Role.IDENTITY_STATION) -> list[tuple[str, str, str]]:
    """Word, detail and advice of each finding."""
    return [_texts(finding) for finding in examine(data, role, BRANCH)]


def _texts(finding: DoctorFinding) -> tuple[str, str, str]:
    advice = "" if finding.advice is None else in_english(finding.advice)
    return finding.word.value, in_english(finding.detail), advice


def test_what_is_there(office: Office, tmp_path: Path) -> None:
    install(office, tmp_path, written(tmp_path, ENTRIES))
    found = "2 people, of key 0001020304050607"
    assert told(tmp_path) == [("ok", found, "")]
    assert told(tmp_path, Role.BALLOT_TERMINAL) == []
    install(office, tmp_path, written(tmp_path, ENTRIES), authority=Authority.ALONE)
    nobody = "this branch asks no evaluator: nobody's number is compared"
    assert told(tmp_path) == [("look", found, nobody)]


def test_where_no_roll_is_named(office: Office, tmp_path: Path) -> None:
    assert told(tmp_path) == [], "no package"
    install(office, tmp_path, ())
    assert told(tmp_path) == [("ok", "the package names none: nobody's number is compared", "")]
    install(office, tmp_path, (), check=DocumentCheck.OFF)
    assert told(tmp_path) == []


def other_election(folder: Path) -> None:
    written(folder, [b"entry--9"])


def shortened(folder: Path) -> None:
    (folder / TABLE_FILE).write_bytes((folder / TABLE_FILE).read_bytes()[:-1])


def changed(folder: Path) -> None:
    (folder / TABLE_FILE).write_bytes(b"entry--1entry--3")


def link(folder: Path) -> None:
    (folder / TABLE_FILE).unlink()
    (folder / TABLE_FILE).symlink_to("/dev/zero")


TROUBLES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no list": (lambda folder: (folder / LIST_FILE).unlink(), "The roll is not here"),
    "no table": (lambda folder: (folder / TABLE_FILE).unlink(), "The roll is not here"),
    "another": (other_election, "The roll here is not the package's"),
    "shortened": (shortened, "The roll is damaged"),
    "changed": (changed, "The roll is damaged"),
    "link": (link, "The roll is damaged"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_what_is_wrong_is_named_and_fails(office: Office, tmp_path: Path, name: str) -> None:
    install(office, tmp_path, written(tmp_path, ENTRIES))
    do, said = TROUBLES[name]
    do(tmp_path)
    assert told(tmp_path) == [("MISSING", said, AGAIN)]


def test_in_persian(office: Office, tmp_path: Path) -> None:
    install(office, tmp_path, written(tmp_path, ENTRIES))
    (finding,) = examine(tmp_path, Role.IDENTITY_STATION, BRANCH)
    t = installed().speaker(Language("fa")).without_isolates()
    assert t.say(finding.name) == "فهرست رأی‌دهندگان"
    assert "۲ نفر" in t.say(finding.detail)
