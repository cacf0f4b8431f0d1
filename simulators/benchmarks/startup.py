"""How long a command takes from nothing: a line of help, and the verification of a tiny archive.

Each is a process of its own, as an installed `amin` starts one. An idle core is needed for the targets.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from crypto.casting import BallotMaker, SlotAnswer
from crypto.election import make_election, slot_integers, slot_question
from crypto.embedding import EmbeddingTable
from crypto.trustees import generate_trustee, make_trustees
from simulators.benchmarks.measure import Figure, StatusCallback, sampled, timed

HELP_S: Final = 0.15
VERIFY_S: Final = 0.5
LIMIT_S: Final = 120
BALLOTS: Final = 3
SLOTS: Final = 3
CODES: Final = (0, 1, 2, 3)
UUID: Final = "4minBenchE1ect1onStartup"
NOT_ALL_CHECKED: Final = 3
"""Exit status of `verify` for an archive without a supplement."""


def bench_startup(runs: int, tell: StatusCallback) -> Iterator[Figure]:
    """Yield the seconds of a bare interpreter, of help and of a verification."""
    tell("an interpreter")
    bare = [timed(lambda: _run("-I", "-c", "pass")) for _ in range(runs)]
    yield sampled("python -I", bare, "s", note="part of each time below")
    for words in ("--help", "election --help", "station --help"):
        name = f"amin {words}"
        tell(name)
        times = [timed(partial(_amin, *words.split())) for _ in range(runs)]
        yield sampled(name, times, "s", target=HELP_S)
    with tempfile.TemporaryDirectory(prefix="amin-bench-") as folder:
        tell("counting a tiny archive")
        archive = tiny_archive(Path(folder))
        tell("amin election verify")
        verify = partial(_amin, "election", "verify", str(archive), status=NOT_ALL_CHECKED)
        times = [timed(verify) for _ in range(runs)]
        note = f"{BALLOTS} ballots, 2 trustees"
        yield sampled("amin election verify", times, "s", target=VERIFY_S, note=note)


def tiny_archive(folder: Path) -> Path:
    """Write an archive of few ballots with a result."""
    from headquarters.tally import relay

    keys = [generate_trustee() for _ in range(2)]
    trustees = make_trustees([key.trustee for key in keys])
    election = make_election(
        name="bench",
        description="bench",
        public_key=trustees.election_key,
        questions=[slot_question(f"slot {number}") for number in range(SLOTS)],
        uuid=UUID,
    )
    answers = [slot_integers(code) for code in CODES]
    maker = BallotMaker(election, EmbeddingTable.of_vectors(answers), BALLOTS)
    ballots = [
        maker.make(
            [SlotAnswer(answers[1 + slot]) for slot in range(SLOTS)], secrets.token_bytes(32)
        )
        for _ in range(BALLOTS)
    ]
    archive = folder / f"{UUID}.bel"
    now = int(datetime.now(UTC).timestamp())
    begun = relay.begin(archive, election, trustees, ballots, timestamp=now)
    relay.finish(begun, [key.private_key for key in keys])
    return archive


def _amin(*words: str, status: int = 0) -> None:
    _run("-I", "-m", "commands.main", *words, status=status)


def _run(*arguments: str, status: int = 0) -> None:
    done = subprocess.run(
        [sys.executable, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT_S,
        check=False,
    )
    if done.returncode != status:
        raise AssertionError(f"{arguments} ended with {done.returncode}, not with {status}")
