"""From closing bundles to published pages: what every command costs a ballot on one core, and how that grows.

Every step is the command itself in a process of its own that may use one core; its time is the processor's
(user and system), which other programs lengthen little. Two trustees; a council of 21 seats and a second
contest.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from election.definition import Text
from election.records import spent_hash
from headquarters.packaging import PUBLIC_FOLDER
from headquarters.registering import OPERATORS_FOLDER, register_election
from headquarters.toml_text import write_toml
from headquarters.workspace import ElectionFolder
from simulators.benchmarks.closings import CITY, ManyBranches
from simulators.benchmarks.importing import PASSPHRASE, unlock
from simulators.benchmarks.measure import StatusCallback

A_BALLOT_S: Final = 0.2
LIMIT_S: Final = 3600
BRANCHES: Final = 2
TRUSTEES: Final = (1, 2)
_NOT_ANCHORED: Final = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """What one step took: seconds of a core, and MiB of memory at the most."""

    step: str
    seconds: float
    memory: float


@dataclass(frozen=True, slots=True)
class Office:
    """An election's folder at headquarters whose devices have closed, and the bundles they handed in."""

    folder: Path
    bundles: tuple[Path, ...]

    @classmethod
    def prepare(cls, place: Path, ballots: int, branches: int = BRANCHES) -> Office:
        """Play the day of an election with so many ballots, shared among the branches."""
        folder = place / "election"
        folder.mkdir()
        day = ManyBranches.begin(folder, branches, unlock, CITY, stations=True)
        (folder / "election.toml").write_text(_plan(day), "utf-8")
        day = _registered(day)
        (place / "passphrase").write_text(PASSPHRASE, "utf-8")
        shares = [ballots * at // branches for at in range(branches + 1)]
        bundles = []
        for number, (first, end) in enumerate(pairwise(shares)):
            spent = [spent_hash(secrets.token_bytes(32)) for _ in range(first, end)]
            box = day.close(number, [day.seal(vote) for vote in range(first, end)], spent)
            for name, data in (("terminal", box), ("station", day.admit(number, spent))):
                bundles.append(place / f"{number}-{name}.bundle")
                bundles[-1].write_bytes(data)
        return cls(folder, tuple(bundles))

    @property
    def place(self) -> Path:
        """The folder around it."""
        return self.folder.parent

    def steps(self) -> Iterator[tuple[str, Sequence[str], Sequence[int]]]:
        """Yield name, words and possible exit status of every command, in the order of the night."""
        folder, count = str(self.folder), str(self.folder / "result")
        opened = ("--passphrase-file", str(self.place / "passphrase"))
        # Status 1 of an import: the bench plays no identity stations, and that is told.
        yield "import", ("import", folder, *map(str, self.bundles), *opened), (0, 1)
        yield "batches", ("batches", folder, count, "--despite-findings", *opened), (0,)
        for number in TRUSTEES:
            yield f"mix {number}", ("mix", count, "--trustee", str(number)), (0,)
        for number in TRUSTEES:
            key = str(self.folder / "trustees" / f"trustee-{number}.key")
            yield f"decrypt {number}", ("decrypt", count, "--key", key, *opened), (0,)
        yield "conclude", ("conclude", folder, count, *opened), (0, 1)
        index = str(self.folder / "result" / "index.json")
        yield "verify", ("verify", index), (_NOT_ANCHORED,)
        yield "publish", ("publish", count, "--site", str(self.place / "site")), (_NOT_ANCHORED,)


def run(office: Office, tell: StatusCallback = lambda _: None) -> Iterator[Cost]:
    """Take every step as its command, each on one core, and yield what it cost."""
    for name, words, ends in office.steps():
        tell(name)
        yield _measured(name, [sys.executable, "-m", "commands.main", "election", *words], ends)


def _measured(name: str, words: Sequence[str], ends: Sequence[int]) -> Cost:
    with tempfile.TemporaryFile() as said:
        with _one_core():
            child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in ends:
            said.seek(0)
            raise AssertionError(f"{name} ended with {child.returncode}: {said.read()[-2000:]!r}")
    return Cost(name, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _registered(day: ManyBranches) -> ManyBranches:
    """Put the cards of all operators and everything else under a register."""
    place = ElectionFolder(day.folder)
    given = day.folder / OPERATORS_FOLDER
    given.mkdir()
    for branch in day.election.branches:
        for at, card in enumerate(day.cards(branch.id)):
            (given / f"{branch.id}-{at}.der").write_bytes(card)
    (day.folder / PUBLIC_FOLDER).mkdir(exist_ok=True)
    written = register_election(place, unlock, day.election.opens)
    return replace(day, number=bytes.fromhex(written.number))


@contextmanager
def _one_core() -> Iterator[None]:
    """Let what is begun meanwhile use one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _plan(day: ManyBranches) -> str:
    """Write what people had decided, as far as the count reads it again."""
    election = day.election
    return write_toml(
        {
            "uuid": election.uuid,
            "rehearsal": True,
            "name": _texts(election.name),
            "day": election.day,
            "opens": election.opens,
            "closes": election.closes,
            "lots": {"seats": "a bench", "decisions": "a bench"},
            "contests": [
                {
                    "id": contest.id,
                    "title": _texts(contest.title),
                    "seats": contest.seats,
                    "max_selections": contest.max_selections,
                    "form": contest.form.value,
                }
                for contest in election.contests
            ],
            "styles": [
                {"id": style.id, "name": _texts(style.name), "contests": list(style.contests)}
                for style in election.styles
            ],
            "branches": [
                {"id": branch.id, "name": _texts(branch.name), "district": branch.district}
                for branch in election.branches
            ],
        }
    )


def _texts(text: Text) -> dict[str, str]:
    return {"fa": text.fa, "en": text.en}
