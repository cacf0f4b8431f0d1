"""Verify the archive of a finished or running election, strictly.

Belenios' own tool checks less: it does not dependably check ballots, the order of events, missing
shuffles, or whether a decrypted slot is canonical. Here *accept* means that every rule holds.
This package shares with the code that writes archives only the group's arithmetic, `crypto.group` and
`crypto.scalar_mult`. One core or many give the same report.
"""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from crypto.group import Point
from election.files import open_file
from headquarters.progress import ProgressCallback
from headquarters.verification.ballots import BallotChecker
from headquarters.verification.container import ChainEvent, read_entries, read_events
from headquarters.verification.counting import PROOF_FILE, CountCheck
from headquarters.verification.report import Findings, Rule, VerificationReport
from headquarters.verification.setup import Setup, read_setup
from headquarters.verification.strong import ProofFile, read_proof_file
from headquarters.verification.values import Pair, ParsedProof
from words.message import m

FactorLists: TypeAlias = tuple[tuple[Point, ...], ...]
"""A trustee's factors, a list per question."""


@dataclass(frozen=True, slots=True)
class VerifiedArchive:
    """What a verified archive holds for the step that follows, so that nothing is read or checked again."""

    election: bytes
    """Text of the election."""
    trustees: bytes
    """Text of the trustees."""
    ballots: int
    lists: tuple[tuple[Pair, ...], ...]
    """Ciphertexts after the last shuffle, a list per question; none before the tally."""
    shufflers: tuple[int, ...]
    factors: Mapping[int, FactorLists]
    """By owner, whose proofs hold."""
    proofs: Mapping[int, ParsedProof]
    """Strong proofs that hold, by owner."""
    kinds: frozenset[str]
    """Kinds of the events that are there."""
    event: str
    """SHA-256 (hex) of the last event before the first partial decryption."""
    last: str
    """SHA-256 (hex) of the last event."""


def verify_archive(
    path: Path,
    final: bool = True,
    progress: ProgressCallback | None = None,
    executor: Executor | None = None,
    proofs: Path | None = None,
) -> VerificationReport:
    """Check an archive by every rule, going on after a failure as far as it can.

    final: the archive must end with a result; otherwise any prefix that ends after an event may
    be accepted. progress: called with ("verify", bytes done, bytes in all), and with
    ("shuffle" or "decryption", questions done, questions in all) while one of those is checked.
    executor: where the checks run, such as a pool of processes; here, one by one, without.
    proofs: the file of strong decryption proofs. With it a finished archive needs one for every
    decryption, and a crooked row is told as an invalid vote. Without, such a row is a failure, and what
    stays open is told.
    Raises OSError if a file cannot be read.
    """
    return _verified(path, final, progress, executor, proofs).report()


def verify_standing(
    path: Path, progress: ProgressCallback | None, executor: Executor | None, proofs: Path
) -> tuple[VerificationReport, VerifiedArchive | None]:
    """Check an archive that is worked on as `verify_archive` does; return report and what was verified.

    None if anything does not hold. Raises OSError if a file cannot be read.
    """
    verification = _verified(path, False, progress, executor, proofs)
    report = verification.report()
    return report, verification.verified() if report.ok else None


def _verified(
    path: Path,
    final: bool,
    progress: ProgressCallback | None,
    executor: Executor | None,
    proofs: Path | None,
) -> "_Verification":
    findings = Findings()
    strong: ProofFile | None = None
    if proofs is not None:
        strong = ProofFile("", {})
        with findings.catching(PROOF_FILE):
            strong = read_proof_file(proofs)
    verification = _Verification(findings, progress or _silent, executor, strong)
    size = path.stat().st_size

    def bytes_read(done: int) -> None:
        if progress is not None:
            progress("verify", done, size)

    with open_file(path) as stream:
        for event in read_events(read_entries(stream, findings, bytes_read), findings):
            verification.step(event)
            del event  # or the next one would be read beside it
    verification.end(final)
    if not verification.finished and (final or not verification.started):
        findings.add(Rule.INCOMPLETE, "@end", m("there is no result"))
    return verification


class _Verification:
    """Hands each event to its rules."""

    def __init__(
        self,
        findings: Findings,
        progress: ProgressCallback,
        executor: Executor | None,
        proofs: ProofFile | None,
    ) -> None:
        self._findings = findings
        self._proofs = proofs
        self._progress = progress
        self._executor = executor
        self._setup: Setup | None = None
        self._box: BallotChecker | None = None
        self._count: CountCheck | None = None
        self._texts: tuple[bytes, bytes] = (b"", b"")
        self._kinds: set[str] = set()
        self._event = self._last = ""
        self.started = False
        self.finished = False

    def step(self, event: ChainEvent) -> None:
        objects = event.objects
        self._kinds.add(event.kind)
        self._last = event.digest
        if event.kind not in ("PartialDecryption", "Result"):
            self._event = event.digest
        match event.kind, self._box, self._count:
            case "Setup", None, _:
                self.started = True
                self._texts = (objects[0].content, objects[1].content)
                self._setup = read_setup(event, self._findings)
                if self._setup is not None:
                    self._box = BallotChecker(self._setup, self._findings, self._executor)
            case "Ballot", BallotChecker() as box, _:
                box.add(objects[0])
            case "EncryptedTally", BallotChecker() as box, None if self._setup:
                box.close()
                self._count = CountCheck(
                    self._setup, self._findings, self._progress, self._executor, self._proofs
                )
                self._count.add_tally(
                    event.digest, *objects, ballots=box.count, expected=box.tally()
                )
            case "Shuffle", _, CountCheck() as count:
                count.add_shuffle(*objects)
            case "EndShuffles", _, CountCheck() as count:
                count.end_shuffles(event.name, event.digest)
            case "PartialDecryption", _, CountCheck() as count:
                count.add_decryption(*objects)
            case "Result", _, CountCheck() as count:
                count.add_result(objects[0])
            case "EndBallots", BallotChecker() as box, None:
                box.close()
            case _ if not self._findings.all():  # else the cause has been named
                message = m("cannot be checked without what has to be in front of it")
                self._findings.add(Rule.CHAIN, event.name, message)
        self.finished = event.kind == "Result"

    def end(self, final: bool) -> None:
        """Wait for what is still being checked, after the archive was read."""
        if self._box is not None:
            self._box.close()
        if self._count is not None:
            self._count.end(final)

    def verified(self) -> VerifiedArchive:
        """Return what was read; to be used only if the report is free of failures."""
        count = self._count
        return VerifiedArchive(
            *self._texts,
            ballots=self._box.count if self._box else 0,
            lists=() if count is None else count.lists,
            shufflers=() if count is None else count.shufflers,
            factors={} if count is None else count.factors,
            proofs={} if count is None else count.proofs,
            kinds=frozenset(self._kinds),
            event=self._event,
            last=self._last,
        )

    def report(self) -> VerificationReport:
        return VerificationReport(
            failures=self._findings.all(),
            ballots=self._box.count if self._box else 0,
            fingerprint=self._setup.frame.phi if self._setup else None,
            complete=self.finished,
            told=self._count.told.all() if self._count else (),
            irregular=tuple(self._count.irregular) if self._count else (),
        )


def _silent(step: str, done: int, total: int) -> None:
    """Report no progress."""
