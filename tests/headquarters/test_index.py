"""Batches by different people, the signed index of their archives, and what is refused about it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from crypto.result import TallyResult, add_up
from election.register import number_of
from headquarters.archive_index import IndexReason, verify_index
from headquarters.authority import load_signer
from headquarters.index_document import (
    ARCHIVE_FILE,
    INDEX_FILE,
    ListedBatch,
    published_sums,
    write_index,
)
from headquarters.supplement import SUPPLEMENT_FOLDER
from headquarters.tally.archive_reader import read_archive
from headquarters.workspace import ElectionFolder
from tests.crypto.elections import VECTORS
from tests.headquarters.archives import take_apart
from tests.headquarters.ceremony.people import make_room, passphrase
from tests.headquarters.test_cli import day, people, run, voted
from tests.headquarters.unlocking import unlock

pytestmark = pytest.mark.slow
"""Whole counts."""

__all__ = ["day", "people"]


@pytest.fixture(scope="module")
def counted(day: ElectionFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Carried from trustee to trustee, every command twice."""
    target = tmp_path_factory.mktemp("stick") / "count"
    begun = run("batches", day.path, target, "--json")
    assert begun.exit_code == 0, begun.output
    assert json.loads(begun.stdout) == {"batches": 1, "branches": 1}
    assert run("batches", day.path, target).exit_code == 2
    early = run("conclude", day.path, target)
    assert early.exit_code == 2
    assert "waits for mixing" in early.output
    for number in (1, 2):
        mixed = run("mix", target, "--trustee", str(number), "--json")
        assert mixed.exit_code == 0, mixed.output
        again = run("mix", target, "--trustee", str(number), "--json")
        assert json.loads(again.stdout) == {"mixed": 0, "done already": 1}
    for number in (2, 1):
        key = day.trustees / f"trustee-{number}.key"
        done = run("decrypt", target, "--key", key, "--json")
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout) == {"decrypted": 1, "done already": 0}
    assert run("decrypt", target).exit_code == 2
    concluded = run("conclude", day.path, target, "--json")
    assert concluded.exit_code == 0, concluded.output
    assert run("conclude", day.path, target).exit_code == 0
    return target


def test_the_count_is_that_of_one_machine(day: ElectionFolder, counted: Path) -> None:
    ours = json.loads((counted / "result.json").read_bytes())
    theirs = json.loads((day.result / "result.json").read_bytes())
    assert ours["contests"] == theirs["contests"]
    by_hands, at_once = (take_apart(folder / ARCHIVE_FILE) for folder in (counted, day.result))
    assert [step.kind for step in by_hands] == [step.kind for step in at_once]


def test_anybody_verifies_the_index(day: ElectionFolder, counted: Path) -> None:
    number = number_of(day.register.read_bytes())
    for folder in (counted, day.result):
        done = run("verify", folder / INDEX_FILE, "--number", number)
        assert done.exit_code == 0, done.output
        assert "2 ballots in 1 archives" in done.stdout
    assert run("verify", counted / INDEX_FILE, "--in-progress").exit_code == 2
    assert run("verify", counted / INDEX_FILE, "--root", day.keys / "signer.der").exit_code == 1


def test_two_of_three_trustees_count_with_what_they_kept_of_the_ceremony(
    people: Path, tmp_path: Path
) -> None:
    room = make_room(tmp_path / "room", 3, 2)
    room.rounds(6)
    published = tmp_path / "trustees.json"
    finished = run("ceremony", "finish", room.stick, "-o", published)
    assert finished.exit_code == 0, finished.output
    folder = voted(tmp_path / "e", people, "--ceremony", published)
    alone = run("tally", folder.path)
    assert alone.exit_code == 2
    assert "no private keys of trustees" in alone.output
    target = tmp_path / "count"
    assert run("batches", folder.path, target).exit_code == 0
    for who in (1, 3):
        assert run("mix", target, "--trustee", str(who)).exit_code == 0
    for who in (3, 1):
        assert run("conclude", folder.path, target).exit_code == 2
        word = tmp_path / "passphrase"
        word.write_text(passphrase(who), encoding="utf-8")
        secrets = room.people[who - 1].folder
        done = run("decrypt", target, "--secrets", secrets, "--passphrase-file", word)
        assert done.exit_code == 0, done.output
    concluded = run("conclude", folder.path, target, "--json")
    assert concluded.exit_code == 0, concluded.output
    assert json.loads(concluded.stdout)["ballots"] == 2
    number = number_of(folder.register.read_bytes())
    assert run("verify", target / INDEX_FILE, "--number", number).exit_code == 0
    (council,) = json.loads(concluded.stdout)["contests"]
    assert "amin election lot" in council["why_none"]["text"], "candidates without votes are equal"


def _edit(change: Callable[[dict[str, object]], None]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        index = json.loads((folder / INDEX_FILE).read_bytes())
        change(index)
        (folder / INDEX_FILE).write_text(json.dumps(index))

    return edit


def _flip(name: str) -> Callable[[Path], None]:
    def flip(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[len(data) // 2] ^= 1
        (folder / name).write_bytes(data)

    return flip


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (_edit(lambda index: index.update(ballots=3)), IndexReason.SUMS),
        (_edit(lambda index: index.update(minimum=1)), IndexReason.SIGNATURE),
        (_edit(lambda index: index.update(fingerprint="x" * 43)), IndexReason.ELECTION),
        (_edit(lambda index: index.update(sums=[])), IndexReason.SUMS),
        (_edit(lambda index: index.update(more=1)), IndexReason.UNREADABLE),
        (lambda folder: (folder / INDEX_FILE).write_bytes(b"["), IndexReason.UNREADABLE),
        (_flip(ARCHIVE_FILE), IndexReason.ARCHIVE),
        (_flip("index.sig"), IndexReason.SIGNATURE),
        (lambda folder: (folder / "index.sig").unlink(), IndexReason.SIGNATURE),
        (lambda folder: (folder / ARCHIVE_FILE).unlink(), IndexReason.ARCHIVE),
        (lambda folder: shutil.rmtree(folder / SUPPLEMENT_FOLDER), IndexReason.ARCHIVE),
    ],
)
def test_what_was_changed_is_named(
    counted: Path, tmp_path: Path, harm: Callable[[Path], None], reason: IndexReason
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(counted, folder)
    harm(folder)
    report = verify_index(folder / INDEX_FILE)
    assert reason in {failure.reason for failure in report.failures}, report.failures


def test_a_ballot_box_cannot_be_listed_twice(
    day: ElectionFolder, counted: Path, tmp_path: Path
) -> None:
    """Both archives hold, and the signature too: only together they are wrong."""
    for name in ("batch-001", "batch-002"):
        (tmp_path / name).mkdir()
        shutil.copy(counted / ARCHIVE_FILE, tmp_path / name)
        shutil.copytree(counted / SUPPLEMENT_FOLDER, tmp_path / name / SUPPLEMENT_FOLDER)
    index = write_index(
        tmp_path,
        [ListedBatch("batch-001", ("b1",)), ListedBatch("batch-002", ("b1",))],
        1,
        load_signer(day.keys, unlock),
        _twice(counted),
    )
    report = verify_index(index)
    assert {failure.reason for failure in report.failures} == {IndexReason.DUPLICATE}
    entries = {failure.entry for failure in report.failures}
    assert {"b1", "terminal-1", "station-1"} < entries
    assert len(entries) == 3 + 2, "and two credentials"


def test_a_batch_with_too_few_ballots_is_named(
    day: ElectionFolder, counted: Path, tmp_path: Path
) -> None:
    for name in ("batch-001", "batch-002"):
        (tmp_path / name).mkdir()
        shutil.copy(counted / ARCHIVE_FILE, tmp_path / name)
        shutil.copytree(counted / SUPPLEMENT_FOLDER, tmp_path / name / SUPPLEMENT_FOLDER)
    index = write_index(
        tmp_path,
        [ListedBatch("batch-001", ("b1",)), ListedBatch("batch-002", ("b2",))],
        500,
        load_signer(day.keys, unlock),
        _twice(counted),
    )
    reasons = [failure.reason for failure in verify_index(index).failures]
    assert reasons.count(IndexReason.MINIMUM) == 2


def _twice(counted: Path) -> TallyResult:
    result = read_archive(counted / ARCHIVE_FILE).result
    assert result is not None
    return add_up([result] * 2)


def test_results_add_up() -> None:
    result = read_archive(VECTORS / "single" / "archive.bel").result
    assert result is not None
    once, twice = published_sums(add_up([result])), published_sums(add_up([result] * 2))
    assert len(once) == len(result.questions)
    for one, two in zip(once, twice, strict=True):
        if isinstance(one, dict) and isinstance(two, dict):
            assert {key: 2 * rows for key, rows in one.items()} == two
        else:
            assert isinstance(one, tuple)
            assert isinstance(two, tuple)
            assert tuple(2 * count for count in one) == two
