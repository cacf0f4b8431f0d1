"""Import bundles one by one: each once, nothing lost, and what is said is what comparing all says."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import random
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

import headquarters.set_aside
from crypto.sealing import SealingKey
from election.records import RecordKind, spent_hash
from headquarters import intake, record_check
from headquarters.arrivals import Arrived
from headquarters.authority import load_sealing_key
from headquarters.import_report import FindingKind, ImportReport, RecordReason
from headquarters.journal import JOURNAL_FILE, Journal, open_journal
from headquarters.revisions import kept_row, write_list
from headquarters.workspace import ElectionFolder, FolderError, open_workspace
from simulators.benchmarks.closings import ManyBranches, Sealed
from simulators.benchmarks.importing import unlock
from tests.headquarters.at_once import BundleFile, import_bundles

BRANCHES: Final = 4
SEED: Final = int(os.environ.get("ARRIVALS", "7"))
SEEDS: Final = range(SEED, SEED + (6 if "ARRIVALS" in os.environ else 1))
"""One drawn day; six others in the long run."""
PASSPHRASE: Final = "bench bench bench bench"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> ManyBranches:
    return ManyBranches.begin(tmp_path_factory.mktemp("day"), BRANCHES, unlock)


@pytest.fixture
def place(day: ManyBranches, tmp_path: Path) -> ElectionFolder:
    """A copy of the election's folder, in which nothing was imported."""
    shutil.copytree(day.folder, tmp_path / "election")
    return ElectionFolder(tmp_path / "election")


@pytest.fixture(scope="module")
def closings(day: ManyBranches) -> tuple[bytes, ...]:
    return tuple(day.closing(number, 2) for number in range(BRANCHES))


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def sticks(folder: Path, *bundles: bytes) -> list[Path]:
    """Files as they are brought."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{hashlib.sha256(each).hexdigest()[:6]}.bundle" for each in bundles]
    for path, data in zip(paths, bundles, strict=True):
        path.write_bytes(data)
    return paths


def bring(place: ElectionFolder, *bundles: bytes) -> Arrived:
    paths = sticks(place.path / "stick", *bundles)
    arrived = intake.import_into(open_workspace(place), unlock, paths, now())
    assert all(path.exists() for path in paths), "what was brought stays where it was"
    return arrived


def waited_for(place: ElectionFolder) -> set[str]:
    """Devices that are pending by the table which the import wrote beside its page."""
    text = (place.path / "arrivals" / "arrivals.csv").read_text("utf-8-sig")
    return {
        device for row in csv.DictReader(io.StringIO(text)) for device in row["pending"].split()
    }


def at_once(place: ElectionFolder) -> ImportReport:
    """What comparing every file at once says, without a journal."""
    workspace = open_workspace(place)
    kept = [*place.bundles.glob("*.bundle"), *place.set_aside.glob("*/*.bundle")]
    return import_bundles(
        workspace.election,
        workspace.package_digest,
        workspace.root,
        load_sealing_key(place.keys, unlock),
        [BundleFile(path.name, path.read_bytes()) for path in kept],
        now(),
    ).report


def stored(place: ElectionFolder) -> ImportReport:
    return intake.import_stored(open_workspace(place), unlock, now()).report


# ---------------------------------------------------------------- the same


def drawn(day: ManyBranches, draw: random.Random) -> list[bytes]:
    """Closings that share ballots, handles and authorizations, and have broken records among them."""
    handles = [secrets.token_bytes(16) for _ in range(2)]
    cast = [day.seal(vote, draw.choice([None, None, *handles])) for vote in range(6)]
    opened = [day.seal(vote, opened=True) for vote in range(2)]
    (_, digest, _) = cast[0]
    challenged: Sealed = (RecordKind.SPOILED, digest, opened[0][2])
    kind, digest, sealed = cast[1]
    broken: Sealed = (kind, digest, sealed[:-40] + bytes(40))
    spent = [spent_hash(secrets.token_bytes(32)) for _ in range(12)]
    found = []
    for number in draw.choices(range(BRANCHES), k=BRANCHES + 2):
        pool = [*cast, *opened, challenged, broken]
        taken = {each[1]: each for each in draw.sample(pool, k=3)}
        votes = sum(each[0] is RecordKind.CAST for each in taken.values())
        some = [*draw.sample(spent, k=votes)]
        if draw.random() < 0.5:
            some = [spent_hash(secrets.token_bytes(32)) for _ in range(votes)]
        found.append(day.close(number, taken.values(), some))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_one_by_one_says_what_all_at_once_says(
    day: ManyBranches, place: ElectionFolder, seed: int
) -> None:
    draw = random.Random(seed)
    waiting, seen = drawn(day, draw), set[object]()
    while waiting:
        several, waiting = waiting[: (size := draw.choice([1, 2]))], waiting[size:]
        report = bring(place, *several).report
        assert waited_for(place) == report.pending, "the board says what the import says"
        if draw.random() < 0.5 or not waiting:
            assert report == at_once(place)
        seen |= {each.reason for each in report.refused} | {each.kind for each in report.findings}
    assert stored(place) == at_once(place)
    handles = json.loads(place.handles.read_bytes())["handles"]
    assert len(handles) == at_once(place).provisional
    assert len(seen) > 2, "the day has something to compare"


def test_a_board_that_cannot_be_written_is_a_line_of_the_report(
    closings: Sequence[bytes], place: ElectionFolder
) -> None:
    (place.path / "arrivals").write_text("in the way")
    arrived = bring(place, closings[0])
    assert arrived.board_problem is not None
    assert len(arrived.report.accepted) == 1
    lines = [str(each) for each in intake.totals(arrived, place)]
    assert len([each for each in lines if "arrivals could not be written" in each]) == 1
    assert json.loads(place.import_report.read_bytes())["accepted"], "as without the board"
    (place.path / "arrivals").unlink()
    arrived = bring(place)
    assert arrived.board_problem is None
    assert waited_for(place) == arrived.report.pending
    assert not [each for each in intake.totals(arrived, place) if "could not" in str(each)]


def test_a_ballot_in_two_branches_counts_once(day: ManyBranches, place: ElectionFolder) -> None:
    """Each bundle is fine by itself; only beside the other it is not."""
    vote, spent = day.seal(0), [[spent_hash(secrets.token_bytes(32))] for _ in range(2)]
    assert bring(place, day.close(0, [vote], spent[0])).report.refused == ()
    refused = bring(place, day.close(3, [vote], spent[1])).report.refused
    assert [each.reason for each in refused] == [RecordReason.DUPLICATE]


def test_an_authorization_of_two_branches_is_told(day: ManyBranches, place: ElectionFolder) -> None:
    spent = [spent_hash(secrets.token_bytes(32))]
    bring(place, day.close(0, [day.seal(0)], spent))
    report = bring(place, day.close(2, [day.seal(1)], spent)).report
    told = [each.subject for each in report.findings if each.kind is FindingKind.SPENT_TWICE]
    assert told == ["b-00000 b-00002"]


def test_branches_hang_together_through_what_does_not_count(
    day: ManyBranches, place: ElectionFolder
) -> None:
    """The first that had the ballot closed twice: neither counts, and the other two still share it."""
    vote = day.seal(0)
    for number in (0, 1, 2):
        bring(place, day.close(number, [vote], [spent_hash(secrets.token_bytes(32))]))
    report = bring(place, day.closing(0, 1)).report
    assert [(each.device, each.reason) for each in report.refused] == [
        ("b-00002", RecordReason.DUPLICATE)
    ]
    assert report == at_once(place)


def test_a_second_closing_takes_the_first_one_out(day: ManyBranches, place: ElectionFolder) -> None:
    first, second = day.closing(0, 1), day.closing(0, 2)
    assert bring(place, first, day.closing(1, 2)).report.ballots == 3
    report = bring(place, second).report
    assert report.ballots == 2
    assert FindingKind.CLOSED_TWICE in {each.kind for each in report.findings}
    for path in place.bundles.glob("*.bundle"):
        if path.read_bytes() == second:
            path.unlink()
    assert bring(place).report.ballots == 3, "what is taken out of the folder is out"


# ---------------------------------------------------------------- once


def test_what_was_checked_is_not_checked_again(
    place: ElectionFolder, closings: Sequence[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bring(place, *closings)
    assert (before.checked, before.known) == (BRANCHES, 0)

    def again(*_: object) -> None:
        raise AssertionError("checked again")

    monkeypatch.setattr(record_check, "check_ballot", again)
    monkeypatch.setattr(record_check, "open_sealed", again)
    monkeypatch.setattr("headquarters.handed_in.read_bundle", again)
    arrived = bring(place, *closings)
    assert (arrived.checked, arrived.known) == (0, BRANCHES)
    assert arrived.report == before.report == stored(place)


def test_another_root_or_package_checks_everything_again(
    day: ManyBranches, place: ElectionFolder, closings: Sequence[bytes]
) -> None:
    bring(place, *closings)
    place.revision(1).parent.mkdir()
    kept, data = place.revision(1), day.package + b"x"
    kept.write_bytes(data)
    write_list(place, [kept_row(place, kept, data)])
    assert bring(place).checked == BRANCHES


# ---------------------------------------------------------------- a memory of this machine alone


def database(place: ElectionFolder) -> sqlite3.Connection:
    return sqlite3.connect(place.path / JOURNAL_FILE)


def garbage(place: ElectionFolder) -> None:
    (place.path / JOURNAL_FILE).write_bytes(b"no database" * 1000)


def described_by_no_text(place: ElectionFolder) -> None:
    """SQLite quotes a description of a table that is no text, which is another error of Python's."""
    path = place.path / JOURNAL_FILE
    content = path.read_bytes().replace(b"tablebundlebundle", b"table\xffundlebundle")
    path.write_bytes(content.replace(b"CREATE TABLE bundle", b"\xffREATE TABLE bundle"))


def cut(place: ElectionFolder) -> None:
    data = (place.path / JOURNAL_FILE).read_bytes()
    (place.path / JOURNAL_FILE).write_bytes(data[:5000])


def gone(place: ElectionFolder) -> None:
    (place.path / JOURNAL_FILE).unlink()


def flipped(place: ElectionFolder) -> None:
    with database(place) as rows:
        for name, head in rows.execute("SELECT name, head FROM bundle").fetchall():
            changed = bytes([*head[:20], head[20] ^ 1, *head[21:]])
            rows.execute("UPDATE bundle SET head = ? WHERE name = ?", (changed, name))


def exchanged(place: ElectionFolder) -> None:
    """Heads of one bundle stand under the name of another."""
    with database(place) as rows:
        found = rows.execute("SELECT name, head FROM bundle").fetchall()
        for (name, _), (_, head) in zip(found, found[1:] + found[:1], strict=True):
            rows.execute("UPDATE bundle SET head = ? WHERE name = ?", (head, name))


def of_another_key(place: ElectionFolder) -> None:
    with open_journal(place.path, load_sealing_key(place.keys, unlock)) as journal:
        known = tuple(journal.bundles.values())
    gone(place)
    with open_journal(place.path, SealingKey.generate()) as forged:
        for each in known:
            forged.keep(each)


@pytest.mark.parametrize(
    "damage", [garbage, described_by_no_text, cut, gone, flipped, exchanged, of_another_key]
)
def test_what_this_machine_did_not_write_is_not_believed(
    place: ElectionFolder, closings: Sequence[bytes], damage: Callable[[ElectionFolder], None]
) -> None:
    before = bring(place, *closings[:2])
    damage(place)
    arrived = bring(place)
    assert arrived.checked == 2
    assert arrived.report == before.report


def test_records_that_were_exchanged_are_noticed_and_checked_again(
    place: ElectionFolder, closings: Sequence[bytes]
) -> None:
    before = bring(place, *closings[:2]).report
    with database(place) as rows:
        found = rows.execute("SELECT name, records FROM bundle").fetchall()
        for (name, _), (_, records) in zip(found, reversed(found), strict=True):
            rows.execute("UPDATE bundle SET records = ? WHERE name = ?", (records, name))
    for _ in range(2):
        with pytest.raises(FolderError, match="repeat"):
            stored(place)
    assert stored(place) == before


def test_the_count_needs_no_marks(day: ManyBranches, place: ElectionFolder) -> None:
    """Whoever deletes marks from the journal hides nothing from the count."""
    vote, spent = day.seal(0), [spent_hash(secrets.token_bytes(32))]
    bring(place, day.close(0, [vote], spent), day.close(3, [vote], spent))
    with database(place) as rows:
        for table in ("tag", "link", "part", "content"):
            rows.execute(f"DELETE FROM {table}")
    assert [each.reason for each in stored(place).refused] == [RecordReason.DUPLICATE]


def test_a_bundle_that_was_changed_afterwards_is_not_counted(
    place: ElectionFolder, closings: Sequence[bytes]
) -> None:
    bring(place, *closings[:2])
    path = min(place.bundles.glob("*.bundle"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(FolderError, match="changed"):
        stored(place)
    assert stored(place).ballots == 2
    assert [each.name for each in stored(place).rejected] == [path.name]


def test_the_journal_shows_nothing(day: ManyBranches, place: ElectionFolder) -> None:
    handle, spent = secrets.token_bytes(16), [spent_hash(secrets.token_bytes(32))]
    vote = day.seal(0, handle)
    bring(place, day.close(0, [vote, day.seal(1, opened=True)], spent))
    data = (place.path / JOURNAL_FILE).read_bytes()
    assert not [each for each in (handle, vote[1], spent[0], b"cast") if each in data]
    assert (place.path / JOURNAL_FILE).stat().st_mode & 0o777 == 0o600


def test_two_imports_at_once_are_refused(place: ElectionFolder) -> None:
    key = load_sealing_key(place.keys, unlock)
    with (
        open_journal(place.path, key),
        pytest.raises(FolderError, match="another command"),
        open_journal(place.path, key),
    ):
        pass


# ---------------------------------------------------------------- set aside


def test_a_photo_is_set_aside_and_told_once(
    place: ElectionFolder, closings: Sequence[bytes]
) -> None:
    told = bring(place, b"a photo", closings[0]).report.rejected
    assert [each.reason for each in told] == ["format"]
    (aside,) = place.set_aside.glob("*/*")
    assert (aside.parent.name, aside.read_bytes()) == ("format", b"a photo")
    assert bring(place).report.rejected == ()
    assert [each.reason for each in bring(place, b"a photo").report.rejected] == ["format"]


def test_an_altered_bundle_stays_in_the_report_until_it_is_deleted(
    place: ElectionFolder, closings: Sequence[bytes]
) -> None:
    data = bytearray(closings[0])
    data[data.index(b"b-00000")] ^= 1
    assert [each.reason for each in bring(place, bytes(data)).report.rejected] == ["signature"]
    again = bring(place, closings[0])
    assert again.checked == 1
    assert [each.reason for each in again.report.rejected] == ["signature"]
    (aside,) = place.set_aside.glob("signature/*")
    aside.unlink()
    assert bring(place).report.rejected == ()


# ---------------------------------------------------------------- killed


class Killed(BaseException):
    """Stands for signal 9."""


@pytest.mark.slow
def test_stopped_at_any_step_the_next_import_goes_on(
    day: ManyBranches, place: ElectionFolder, closings: Sequence[bytes], tmp_path: Path
) -> None:
    """Before everything that is written; in the long run after it as well."""
    bundles = (closings[0], closings[1][:-1] + b"?")
    paths = sticks(tmp_path / "stick", *bundles)
    expected = bring(place, *bundles).report
    steps: list[tuple[Any, str]] = [
        (headquarters.set_aside, "replace_file"),
        (intake, "replace_file"),
        (Path, "unlink"),
        (Journal, "keep"),
        (Journal, "keep_part"),
    ]
    stops = 0
    for where, name in steps:
        for after in (False, True) if "ARRIVALS" in os.environ else (False,):
            for number in range(20):
                copy = tmp_path / f"{name}-{after}-{number}"
                shutil.copytree(day.folder, copy)
                with pytest.MonkeyPatch.context() as patch:
                    stop(patch, where, name, number, after)
                    try:
                        intake.import_into(
                            open_workspace(ElectionFolder(copy)), unlock, paths, now()
                        )
                    except Killed:
                        stops += 1
                    else:
                        break
                report = bring(ElectionFolder(copy), *bundles).report
                assert report == expected, (name, number, after)
                shutil.rmtree(copy)
    assert stops > 5


def stop(patch: pytest.MonkeyPatch, where: Any, name: str, number: int, after: bool) -> None:
    """Stop before or after a call, counted from 0."""
    real, calls = getattr(where, name), iter(range(1000))

    def stopping(*given: Any, **named: Any) -> Any:
        last = next(calls) == number
        if last and not after:
            raise Killed
        done = real(*given, **named)
        if last:
            raise Killed
        return done

    patch.setattr(where, name, stopping)


@pytest.mark.slow
def test_the_command_is_killed_and_goes_on(
    place: ElectionFolder, closings: Sequence[bytes], tmp_path: Path
) -> None:
    expected = bring(place, *closings).report
    copy = ElectionFolder(tmp_path / "killed")
    shutil.copytree(place.path, copy.path)
    for path in (copy.bundles, copy.path / JOURNAL_FILE, copy.import_report, copy.handles):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE)
    paths = sticks(tmp_path / "stick", *closings)
    words = ("election", "import", copy.path, *paths, "--json", "--passphrase-file", secret)
    command = [sys.executable, "-m", "commands.main", *map(str, words)]
    draw = random.Random(SEED)
    for kept in (draw.choice([1, 2, 3]), BRANCHES):
        running = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while running.poll() is None and len(list(copy.bundles.glob("*.bundle"))) < kept:
            time.sleep(0.005)
        time.sleep(draw.random() * 0.2)
        # Its workers too: they would wait for ever for a process that is gone.
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr  # no station came
    assert json.loads(done.stdout)["ballots"] == expected.ballots
    assert copy.import_report.read_bytes() == place.import_report.read_bytes()
    assert "Next: " in done.stderr
