"""Cost of a ballot, a mix and a verification, beside the reference tool.

The election is the project's own shape: 21 wide slots over 4,096 codes, and a second contest with
twelve candidates; two trustees. Everything is measured on one core unless the line says otherwise.
"""

from __future__ import annotations

import random
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from crypto.archive import read_position
from crypto.ballot import Ballot, check_ballot
from crypto.casting import Answer, BallotMaker, HomomorphicAnswer, SlotAnswer
from crypto.election import (
    BeleniosElection,
    HomomorphicQuestion,
    make_election,
    slot_integers,
    slot_question,
)
from crypto.embedding import EmbeddingTable
from crypto.group import Scalar, system_scalar
from crypto.proofs import Proof
from crypto.signing import SIGNATURE_SIZE
from crypto.strong_decryption import prove_strong_decryption, verify_strong_decryption
from crypto.trustees import generate_trustee, make_trustees
from election.sealed import sealed_size
from simulators.benchmarks.measure import (
    Figure,
    Limit,
    StatusCallback,
    core_seconds,
    peak_mib,
    sampled,
    timed,
)

SLOTS: Final = 21
CODES: Final = 4096
SECOND_CONTEST: Final = 12
UUID: Final = "4minBenchE1ect1onCrypto"
STORED_BESIDES: Final = 16 + 32 + SIGNATURE_SIZE
"""Of a stored record beside the sealed ballot: identifier, digest, the device's signature."""

BALLOT_MS, RECORD_BYTES = 15, 8 * 1024
SHUFFLE_MS, SHUFFLE_CHECK_MS = 1.3, 1.2
STRONG_MS: Final = 0.6
OVER_TOOL, ON_TWO_CORES = 4, 1.8
TOOL_LIMIT_S: Final = 3600


def bench_crypto(
    runs: int, ballots: int, tool: Path | None, tell: StatusCallback
) -> Iterator[Figure]:
    """Yield all figures, in the order of an election."""
    from headquarters.tally import relay

    keys = [generate_trustee() for _ in range(2)]
    trustees = make_trustees([key.trustee for key in keys])
    names = tuple(f"candidate {i + 1}" for i in range(SECOND_CONTEST))
    questions = [slot_question(f"slot {i + 1}") for i in range(SLOTS)]
    election = make_election(
        name="bench",
        description="bench",
        public_key=trustees.election_key,
        questions=[*questions, HomomorphicQuestion("second", names, True, 0, 1)],
        uuid=UUID,
    )
    tell("embedding the selection codes")
    codes = random.sample(range(1, 2**16), CODES)
    tables: list[EmbeddingTable] = []
    seconds = timed(lambda: tables.append(_table(codes)))
    yield Figure("embed 4,096 codes, once per package", seconds, "s")

    tell("making ballots")
    maker = BallotMaker(election, tables[0])
    made: list[Ballot] = []

    def make() -> float:
        answers, seed = _answers(codes), secrets.token_bytes(32)
        return timed(lambda: made.append(maker.make(answers, seed)))

    times = [make() for _ in range(ballots)]
    yield sampled(
        "encrypt, prove and sign a ballot", _ms(times), "ms", target=BALLOT_MS, note="21 slots + 12"
    )
    yield Figure(
        "stored record", sealed_size(election) + STORED_BESIDES, "bytes", target=RECORD_BYTES
    )
    yield sampled(
        "check a ballot",
        _ms([timed(partial(check_ballot, election, ballot)) for ballot in made[:50]]),
        "ms",
    )
    yield from _mixing(election, made, runs, tell)

    tell("counting, for the archive")
    with tempfile.TemporaryDirectory(prefix="amin-bench-") as folder:
        archive = Path(folder) / f"{UUID}.bel"
        now = int(datetime.now(UTC).timestamp())
        begun = relay.begin(archive, election, trustees, made, timestamp=now)
        relay.finish(begun, [key.private_key for key in keys])
        yield from _proving(archive, keys[0].private_key, runs, tell)
        yield Figure("archive", archive.stat().st_size / len(made) / 1000, "kB a ballot")
        yield from _verifying(archive, len(made), runs, tool, tell)


def _mixing(
    election: BeleniosElection, ballots: list[Ballot], runs: int, tell: StatusCallback
) -> Iterator[Figure]:
    """Yield the cost per ciphertext of one trustee's shuffle of all slots."""
    from headquarters.tally.steps import (
        Shuffle,
        check_shuffle,
        decrypt_lists,
        shuffle_slots,
        tally_ballots,
    )

    lists = tally_ballots(election, ballots).lists
    per_slot = 1000 / (SLOTS * len(ballots))
    proving, checking, decrypting = [], [], []
    shuffled: list[Shuffle] = []
    for run in range(runs):
        tell(f"mixing, {run + 1} of {runs}")
        proving.append(timed(lambda: shuffled.append(shuffle_slots(election, lists))) * per_slot)
        checking.append(timed(lambda: check_shuffle(election, lists, shuffled[-1])) * per_slot)
        decrypting.append(timed(lambda: decrypt_lists(election, lists, 12345678901)) * per_slot)
    unit = "ms a ciphertext"
    yield sampled("shuffle and prove", proving, unit, target=SHUFFLE_MS)
    yield sampled("check a shuffle, as a trustee does", checking, unit, target=SHUFFLE_CHECK_MS)
    yield sampled("decrypt and prove", decrypting, unit)


def _proving(
    archive: Path, private_key: Scalar, runs: int, tell: StatusCallback
) -> Iterator[Figure]:
    """One trustee's strong proof of a whole decryption, made and checked, per row of it."""
    from headquarters.tally.archive_status import read_status
    from headquarters.verification.strong import StrongClaim, is_strong_decryption_valid
    from headquarters.verification.values import ParsedProof

    statement = read_status(archive, read_position(archive), {}).statement(1)
    claim = StrongClaim(
        statement.fingerprint,
        statement.event.hex(),
        1,
        statement.public_key,
        statement.alphas,
        statement.factors,
    )
    rows = len(statement.alphas)
    made: list[Proof] = []

    def prove() -> None:
        made.append(prove_strong_decryption(statement, private_key, system_scalar))

    def check() -> None:
        verify_strong_decryption(statement, made[-1])

    def check_independently() -> None:
        proof = ParsedProof(made[-1].challenge, made[-1].response)
        _must(is_strong_decryption_valid(claim, proof, None))

    proving, checking, again = [], [], []
    for run in range(runs):
        tell(f"strong proofs, {run + 1} of {runs}")
        proving.append(timed(prove) * 1000 / rows)
        checking.append(timed(check) * 1000 / rows)
        again.append(timed(check_independently) * 1000 / rows)
    unit = "ms a row"
    note = f"{rows} rows"
    yield sampled("prove a decryption strongly", proving, unit, target=STRONG_MS, note=note)
    yield sampled("check a strong proof, factors included", checking, unit, target=STRONG_MS)
    yield sampled("check a strong proof, as the verifier does", again, unit, target=STRONG_MS)


def _verifying(
    archive: Path, ballots: int, runs: int, tool: Path | None, tell: StatusCallback
) -> Iterator[Figure]:
    """Yield the times to verify one file: our verifier on one core and on two, the reference tool."""
    from headquarters.verification import verify_archive
    from simulators.benchmarks.profile import profile_verification

    program = str(tool) if tool else shutil.which("belenios-tool")
    alone, together, ours, theirs = [], [], [], []

    def verify() -> None:
        _must(verify_archive(archive).ok)

    with ProcessPoolExecutor(2) as executor:
        list(executor.map(abs, range(4)))
        for run in range(runs):
            tell(f"verifying {ballots} ballots, {run + 1} of {runs}")
            ours.append(core_seconds(lambda: alone.append(timed(verify))))
            together.append(timed(lambda: _must(verify_archive(archive, executor=executor).ok)))
            if program is not None:
                theirs.append(core_seconds(lambda: _their_verdict(program, archive)))
    note = f"{ballots} ballots, 2 trustees"
    yield sampled("verify an archive, one core", alone, "s", note=note)
    yield sampled("verify an archive, two cores", together, "s")
    yield sampled(
        "one core : two cores",
        [a / b for a, b in zip(alone, together, strict=True)],
        "×",
        target=ON_TWO_CORES,
        limit=Limit.AT_LEAST,
    )
    if theirs:
        yield sampled("belenios-tool election verify", theirs, "s of a core", note="checks less")
        yield sampled(
            "belenios-tool : Amin, one core",
            [t / a for t, a in zip(theirs, ours, strict=True)],
            "×",
            target=OVER_TOOL,
            limit=Limit.AT_LEAST,
        )
    else:
        yield Figure(
            "belenios-tool : Amin", 0, "×", samples=0, note="not measured: the tool is not here"
        )
    yield Figure("most memory so far", peak_mib(), "MiB")
    tell("profiling a verification")
    yield from profile_verification(archive)


def _table(codes: list[int]) -> EmbeddingTable:
    return EmbeddingTable.of_vectors(slot_integers(code) for code in (0, *codes))


def _answers(codes: list[int]) -> list[Answer]:
    chosen = random.sample(codes, SLOTS)
    one = random.randrange(SECOND_CONTEST)
    second = HomomorphicAnswer((0, *(int(i == one) for i in range(SECOND_CONTEST))))
    return [*(SlotAnswer(slot_integers(code)) for code in chosen), second]


def _their_verdict(program: str, archive: Path) -> None:
    # The tool wants one archive alone in the folder it works on.
    subprocess.run(
        [program, "election", "verify", "--dir", str(archive.parent)],
        check=True,
        capture_output=True,
        timeout=TOOL_LIMIT_S,
    )


def _must(ok: bool) -> None:
    if not ok:
        raise AssertionError("the bench's own archive does not verify")


def _ms(seconds: list[float]) -> list[float]:
    return [1000 * second for second in seconds]
