"""Whole days, played by robots in the real windows of two processes, and what they leave behind."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from crypto import canonical
from drivers.smartcard.authorization import TOKEN_OBJECT, decode_token
from simulators.cards.piv_objects import Objects
from simulators.demo import day as day_module
from simulators.demo.branch_day import BranchDay
from simulators.demo.electorate import Visitor, make_visitors
from simulators.demo.intents import Intent, Meant
from simulators.demo.report import DayReport
from simulators.pcscd import unavailable_reason
from tests.e2e.conftest import CANDIDATES
from tests.needs import missing
from tests.shares import share

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

AMIN = [sys.executable, "-m", "commands.main"]
SEED = 5
VOTERS = 12
KEYS = {
    "voters",
    "checked_in",
    "refused",
    "ballots_cast",
    "ballots_spoiled",
    "stored_records",
    "receipts_cover",
    "tally_matches_intent",
    "seats",
    "verify",
    "timings",
    "number",
    "index",
}


MASK = 0x5A
NONCE_AT = 6
"""Its place among the fields of a token (`election.token`)."""


class Nonces:
    """The nonce of every token that a card was given, masked; hits by device while nobody was served."""

    def __init__(self) -> None:
        self.masked: set[bytes] = set()
        self.found: dict[str, int] = {}

    def note(self, tag: int, value: bytes) -> None:
        token = decode_token(value) if tag == TOKEN_OBJECT else None
        match None if token is None else canonical.decode(token):
            case [_, list(fields), _]:
                nonce = fields[NONCE_AT]
                assert isinstance(nonce, bytes)
                self.masked.add(bytes(byte ^ MASK for byte in nonce))

    def search(self, name: str, pid: int) -> None:
        """Search the whole memory of a process; only its root user may."""
        needles = [bytes(byte ^ MASK for byte in each) for each in sorted(self.masked)]
        hits = 0
        place = Path(f"/proc/{pid}")
        with (place / "maps").open() as maps, (place / "mem").open("rb", 0) as memory:
            for line in maps:
                span = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
                if span is None or "[v" in line:
                    continue
                start, end = (int(number, 16) for number in span.groups())
                with suppress(OSError):
                    memory.seek(start)
                    data = memory.read(end - start)
                    hits += sum(data.count(needle) for needle in needles)
        self.found[name] = hits


NONCES = Nonces()


@pytest.fixture(scope="module")
def played(
    tmp_path_factory: pytest.TempPathFactory, small_council: int
) -> tuple[Path, DayReport, list[Intent]]:
    """One whole day, its report, and what its voters meant."""
    root = tmp_path_factory.mktemp("day") / "day"
    meant: list[Intent] = []
    original = Meant.of

    def spy(intents: list[Intent]) -> Meant:
        meant.extend(intents)
        return original(intents)

    write, close = Objects.write, BranchDay.close

    def noting(objects: Objects, tag: int, value: bytes) -> None:
        NONCES.note(tag, value)
        write(objects, tag, value)

    def searching(branch: BranchDay) -> None:
        for hands in branch.hands:
            process = hands.station.process
            assert process is not None
            if os.access(f"/proc/{process.pid}/mem", os.R_OK):
                NONCES.search(str(hands.station.device), process.pid)
        close(branch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Meant, "of", spy)
        patch.setattr(Objects, "write", noting)
        patch.setattr(BranchDay, "close", searching)
        report = day_module.play_day(root, voters=VOTERS, seed=SEED, transport="in-process")
    return root, report, meant


def _visitors(root: Path) -> tuple[Visitor, ...]:
    """The day's visitors again: they come from the seed and the day."""
    definition = json.loads((root / "headquarters/public/definition.json").read_text())
    day = date.fromisoformat(definition["day"])
    return make_visitors(random.Random(f"voters {SEED}"), VOTERS, day)


def test_everything_agrees(played: tuple[Path, DayReport, list[Intent]]) -> None:
    _, report, meant = played
    assert report.disagreements == []
    assert report.verify == "ok"
    assert report.tally_matches_intent
    assert report.ballots_cast == len(meant) == report.imported_ballots
    assert report.checked_in == report.ballots_cast + report.abandoned
    assert report.stored_records == report.ballots_cast + report.ballots_spoiled
    assert report.refused["already-voted"] == 1
    assert report.refused["under-age"] == 1
    assert report.refused["pulled"] == 1
    assert report.refused["fingerprint"] == 1
    assert report.receipts_cover == report.ballots_cast > 0, "a card that nobody brought back"
    assert report.abandoned == 1
    assert report.ballots_spoiled == 1
    assert report.terminal_refused == {"no-token": 1, "spent": 1, "unknown-card": 1}
    assert sum(report.seats.values()) == 21


def test_no_voters_nonce_is_left_in_a_devices_memory(
    played: tuple[Path, DayReport, list[Intent]],
) -> None:
    """Before the closing, when the last voter is gone: in the real programs, with cards and windows."""
    if not NONCES.found:
        missing("the memory of another process can be read by its root user only")
    _, report, _ = played
    assert len(NONCES.masked) == report.checked_in
    assert NONCES.found == {"identity-1": 0, "terminal-1": 0}


def test_the_day_leaves_its_evidence(played: tuple[Path, DayReport, list[Intent]]) -> None:
    root, report, _ = played
    assert (root / "election.bel").stat().st_size > 100_000
    for device in ("identity-1", "terminal-1"):
        assert (root / "usb" / f"{device}.bundle").exists()
        assert (root / "devices" / device / "data" / "polls.db").exists()
    assert (root / "devices/terminal-1/data/votes.db").exists()
    assert (root / "devices/terminal-1/mirror/votes.db").exists()
    screens = {path.stem for path in (root / "screens").glob("*.png")}
    # Not the one while a card is read: a simulated card may answer before it is drawn.
    assert {
        "identity-1-Idle",
        "identity-1-Fingerprint",
        "identity-1-FingerFailed",
        "identity-1-Overriding",
        "identity-1-WritingAuthorization",
        "identity-1-Done",
        "identity-1-Refused",
        "terminal-1-Idle",
        "terminal-1-Preferences",
        "terminal-1-Marking",
        "terminal-1-Review",
        "terminal-1-CastOrChallenge",
        "terminal-1-Challenged",
        "terminal-1-Recorded",
        "terminal-1-Abandoned",
        "terminal-1-Refused",
        "terminal-1-Helping",
        "terminal-1-Closed",
        "terminal-1-operator-Console",
        "terminal-1-operator-SigningIn",
        "terminal-1-operator-SecondSignature",
    } <= screens
    # Zero and closing report, twice; a ticket for every ballot that was challenged, and a slip for
    # every vote.
    receipts = list((root / "receipts").glob("*.png"))
    assert len(receipts) == 4 + report.ballots_spoiled + report.ballots_cast


def test_the_archive_is_verified_by_the_command(
    played: tuple[Path, DayReport, list[Intent]],
) -> None:
    root, report, _ = played
    published = str(root / "headquarters/public/root.der")
    assert report.index == str(root / "index.json")
    for options in (
        (str(root / "election.bel"), "--root", published),
        (report.index, "--number", report.number),
    ):
        done = subprocess.run(
            [*AMIN, "election", "verify", *options], check=False, capture_output=True
        )
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


def test_no_person_in_any_file_of_the_branch(
    played: tuple[Path, DayReport, list[Intent]],
) -> None:
    """Every byte the devices wrote, and all that left the branch: no number, no name, no finger."""
    root, _, _ = played
    visitors = _visitors(root)
    numbers = [v.person.national_number.encode() for v in visitors]
    names = [
        text.encode()
        for v in visitors
        for text in (v.person.name.fa, v.person.name.latin, v.person.name.latin.upper())
    ]
    templates = [v.person.finger().template()[28:60] for v in visitors]
    for path in _written(root):
        data = path.read_bytes()
        assert not [n for n in numbers if n in data], path
        assert not [t for t in templates if t in data], path
        if path.name != "package.amin":
            # Candidates are people with names too; the package lists them all.
            assert not [n for n in names if n in data], path


def test_no_vote_in_the_clear_in_any_file_of_the_branch(
    played: tuple[Path, DayReport, list[Intent]],
) -> None:
    """Nothing a device wrote names a selection: by code, by name, or as a slot's 30 integers."""
    root, _, meant = played
    package = next(root.glob("devices/*/data/package.amin")).read_bytes()
    names = _candidate_names(root)
    codes = {
        code
        for intent in meant
        for choice in intent.choices
        for code in (*choice.persons, *([choice.list_code] if choice.list_code else []))
    }
    assert codes
    # A small code behind 28 zeros looks like any number in a database page.
    slots = [bytes(28) + code.to_bytes(2, "big") for code in codes if code > 0xFF]
    shown = {f"{code:04d}" for code in codes}
    for path in _written(root):
        data = path.read_bytes()
        if data == package:
            continue
        assert not [s for s in slots if s in data], path
        text = re.sub(r'"time": "[^"]*"', "", data.decode("latin-1"))
        words = set(re.findall(r"[0-9A-Za-z]+", text))
        if path.suffix in {".db", ".log", ".jsonl"} and path.name != "votes.db":
            assert not shown & words, path
        assert not [n for n in names if n in data], path


def _candidate_names(root: Path) -> list[bytes]:
    definition = json.loads((root / "headquarters/public/definition.json").read_text())
    found: list[str] = re.findall(
        r'"fa": ?"([^"]+ [^"]+)"', json.dumps(definition["contests"], ensure_ascii=False)
    )
    assert len(found) >= CANDIDATES
    return [name.encode() for name in found if len(name) > 8]


def _written(root: Path) -> list[Path]:
    """Every file a device wrote: its data, its media, its log, and the USB drive."""
    files = [
        path
        for folder in ("devices", "usb")
        for path in (root / folder).rglob("*")
        if path.is_file() and "keys" not in path.parts
    ]
    assert len(files) > 10
    return files


SMALL_DAYS = {
    "pcscd": ("--pcscd", "--personas"),
    "in-process": ("--in-process", "--personas"),
    "five devices": ("--in-process", "--stations", "2", "--terminals", "3"),
}


@pytest.mark.parametrize("what", share(SMALL_DAYS, 3))
def test_the_command_plays_a_small_day(what: str, tmp_path: Path) -> None:
    transport, *options = SMALL_DAYS[what]
    if transport == "--pcscd" and (reason := unavailable_reason()):
        missing(reason)
    done = subprocess.run(
        [*AMIN, "demo", "--headless", transport, "--voters", "3", "--seed", "7", "--json"]
        + [*options, "--out", str(tmp_path / "day")],
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    report = json.loads(done.stdout)
    assert set(report) >= KEYS
    assert report["transport"] == transport.removeprefix("--")
    assert report["verify"] == "ok"
    assert {"identity_ms", "cast_ms"} <= set(report["timings"])


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    done = subprocess.run(
        [*AMIN, "demo", "--headless", "--out", str(tmp_path)], check=False, capture_output=True
    )
    assert done.returncode != 0
    assert b"--out" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
