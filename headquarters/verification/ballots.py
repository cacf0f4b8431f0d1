"""Check ballots, and sum what they add up to.

Rules `ballot-header`, `credential`, `signature`, `ballot-proof`, `ballot-duplicate`.
`read_ballot` looks at one ballot alone, on any core; `BallotChecker` at what they are together.
"""

from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain

from crypto.group import IDENTITY, Point, point_text
from crypto.scalar_mult import sums
from crypto.strict_json import ParsedJson
from headquarters.verification.container import ArchivedFile
from headquarters.verification.formulas import (
    Disjunction,
    are_disjunctions_valid,
    is_schnorr_valid,
)
from headquarters.verification.report import Findings, Rule
from headquarters.verification.setup import ElectionFrame, QuestionShape, Setup
from headquarters.verification.values import (
    Pair,
    ParsedProof,
    fields,
    items,
    pair,
    parse_compact,
    point,
    proof,
    to_json,
)
from headquarters.verification.work import WorkQueue
from words.message import Message, m

FEWEST_TOGETHER = 4
"""Ballots in a piece of work: few, so that two cores end at nearly the same time."""
MOST_TOGETHER = 12
"""Of a long archive: every piece costs its way to another process and back."""


@dataclass(slots=True)
class BallotFacts:
    """The content of one ballot as far as it could be read, and what is wrong with it alone.

    `name`: in the archive; `digest`: of its text; `answers`: the ciphertexts by question, from 0.
    """

    name: str
    digest: str
    credential: str = ""
    answers: dict[int, list[Pair]] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)


@dataclass(frozen=True, slots=True)
class _Read:
    """Ballots of a piece of work, and what their ciphertexts add up to, by question that is summed."""

    ballots: list[BallotFacts]
    sums: dict[int, list[Pair]]


class BallotChecker:
    """Checks ballots and keeps what the tally has to be."""

    def __init__(self, setup: Setup, findings: Findings, executor: Executor | None) -> None:
        self._setup = setup
        self._findings = findings
        self._own = Findings()
        self._credentials: set[str] = set()
        self._alphas: set[Point] = set()
        self._texts: set[str] = set()
        self._slots: dict[int, list[Pair]] = {i: [] for i in setup.slots}
        self._sums = {
            i: [Pair(IDENTITY, IDENTITY)] * question.width
            for i, question in enumerate(setup.questions)
            if not question.slot
        }
        self._line = WorkQueue(_read_ballots, self._fetch, executor)
        self._together: list[ArchivedFile] = []
        self.count = 0

    def add(self, entry: ArchivedFile) -> None:
        """Check a ballot; what can be read of it counts, whether its proofs hold or not."""
        self.count += 1
        self._together.append(entry)
        if len(self._together) >= min(max(FEWEST_TOGETHER, self.count // 16), MOST_TOGETHER):
            self._hand_over()

    def close(self) -> None:
        """Wait for the checks of all ballots, and report them.

        They are reported here, so that a report has the same order whether the checks ran ahead or not.
        """
        self._hand_over()
        self._line.drain()
        self._findings.extend(self._own)
        self._own = Findings()

    def tally(self) -> list[list[Pair]]:
        """Return what the encrypted tally has to be: slots sorted as bytes, other questions summed.

        Those of slots are not kept here: after a shuffle nothing needs what was before it.
        """
        slots, self._slots = self._slots, {i: [] for i in self._setup.slots}
        return [
            sorted(slots[i]) if question.slot else self._sums[i]
            for i, question in enumerate(self._setup.questions)
        ]

    def _hand_over(self) -> None:
        if self._together:
            self._line.put((self._setup.frame, tuple(self._together)))
            self._together.clear()

    def _fetch(self, read: _Read) -> None:
        for ballot in read.ballots:
            self._own.extend(ballot.findings)
            self._compare(ballot)
        for index, pairs in read.sums.items():
            self._sums[index] = _both(self._sums[index], pairs)

    def _compare(self, ballot: BallotFacts) -> None:
        """Apply the rules about a ballot among the others."""
        if ballot.credential and ballot.credential not in self._setup.credentials:
            self._fail(Rule.CREDENTIAL, ballot, m("its credential is not listed"))
        if ballot.digest in self._texts:
            self._fail(Rule.BALLOT_DUPLICATE, ballot, m("this ballot was there before"))
        if ballot.credential in self._credentials:
            self._fail(Rule.BALLOT_DUPLICATE, ballot, m("a second ballot of its credential"))
        self._texts.add(ballot.digest)
        if ballot.credential:
            self._credentials.add(ballot.credential)
        for index, pairs in ballot.answers.items():
            if self._setup.questions[index].slot:
                self._slots[index] += pairs
            for ciphertext in pairs:
                if ciphertext.alpha in self._alphas:
                    self._fail(
                        Rule.BALLOT_DUPLICATE, ballot, m("a ciphertext that was there before")
                    )
                self._alphas.add(ciphertext.alpha)

    def _fail(self, reason: Rule, ballot: BallotFacts, message: Message) -> None:
        self._own.add(reason, ballot.name, message)


def _read_ballots(piece: tuple[ElectionFrame, tuple[ArchivedFile, ...]]) -> _Read:
    frame, entries = piece
    ballots = [read_ballot(frame, entry) for entry in entries]
    added: dict[int, list[Pair]] = {}
    for ballot in ballots:
        for index, pairs in ballot.answers.items():
            if not frame.questions[index].slot:
                added[index] = _both(added[index], pairs) if index in added else pairs
    return _Read(ballots, added)


def read_ballot(frame: ElectionFrame, entry: ArchivedFile) -> BallotFacts:
    """Read a ballot and check its header, signature and proofs."""
    ballot = BallotFacts(entry.name, entry.digest)
    findings = ballot.findings
    with findings.catching(entry.name):
        value = parse_compact(entry.content)
        uuid, phi, credential, answers, signature = fields(
            value, "election_uuid election_hash credential answers signature"
        )
        if (uuid, phi) != (frame.uuid, frame.phi):
            findings.add(Rule.BALLOT_HEADER, entry.name, m("made for another election"))
        public = point(credential)
        ballot.credential = point_text(public)
        for fault in _signature_faults(value, public, signature):
            findings.add(Rule.SIGNATURE, entry.name, fault)
        parts = items(answers, len(frame.questions), Rule.BALLOT_PROOF)
        context = f"{frame.phi}|{ballot.credential}"
        for i, (question, answer) in enumerate(zip(frame.questions, parts, strict=True)):
            with findings.catching(entry.name):
                ballot.answers[i], evidence = _choices(question, answer)
                faults = _slot_faults if question.slot else _choice_faults
                for fault in faults(question, frame.key, context, ballot.answers[i], evidence):
                    message = m(
                        "question {number}: {proof} does not hold", number=i + 1, proof=fault
                    )
                    findings.add(Rule.BALLOT_PROOF, entry.name, message)
    return ballot


def _signature_faults(value: ParsedJson, public: Point, signature: ParsedJson) -> Iterator[Message]:
    stated, proof_value = fields(signature, "hash proof")
    unsigned = dict(value) if isinstance(value, dict) else {}
    unsigned.pop("signature", None)
    digest = b64encode(sha256(to_json(unsigned)).digest()).decode().rstrip("=")
    if stated != digest:
        yield m("signs the hash of something else")
    if not is_schnorr_valid(f"sig|{digest}|", public, proof(proof_value)):
        yield m("the signature does not fit")


def _choices(
    question: QuestionShape, answer: ParsedJson
) -> tuple[list[Pair], tuple[ParsedJson, ...]]:
    """Return the ciphertexts of an answer, and its proofs, not read yet."""
    if question.slot:
        choice, evidence = fields(answer, "choices proof", Rule.BALLOT_PROOF)
        return [pair(choice)], (evidence,)
    names = "choices individual_proofs overall_proof" + " blank_proof" * question.blank
    choices, *proofs = fields(answer, names, Rule.BALLOT_PROOF)
    listed = items(choices, question.width, Rule.BALLOT_PROOF)
    return [pair(item) for item in listed], tuple(proofs)


def _slot_faults(
    question: QuestionShape,
    key: Point,
    context: str,
    pairs: list[Pair],
    proofs: tuple[ParsedJson, ...],
) -> Iterator[Message]:
    del question
    prefix = f"raweg|{context}|{point_text(key)},{pairs[0].text}|"
    if not is_schnorr_valid(prefix, pairs[0].alpha, proof(proofs[0])):
        yield m("the proof of a slot")


def _choice_faults(
    question: QuestionShape,
    key: Point,
    context: str,
    pairs: list[Pair],
    proofs: tuple[ParsedJson, ...],
) -> Iterator[Message]:
    individual, overall, *blank = proofs
    single, number = m("the proof of a single choice"), m("the proof of the number of choices")
    claims: list[tuple[Message, Disjunction]] = []
    for ciphertext, value in zip(
        pairs, items(individual, question.width, Rule.BALLOT_PROOF), strict=True
    ):
        prefix = f"prove|{context}|{ciphertext.text}|"
        cases = [(ciphertext, 0), (ciphertext, 1)]
        claims.append((single, Disjunction(prefix, cases, _proofs(value, 2))))
    inner = f"{context}|{','.join(ciphertext.text for ciphertext in pairs)}"
    total = _sum(pairs[question.blank :])
    # Read first: a ballot with so many proofs bounds the limits of the question.
    proofs_overall = _proofs(overall, question.blank + question.most - question.least + 1)
    allowed = [(total, value) for value in range(question.least, question.most + 1)]
    if blank:
        cases = [(pairs[0], 1), *allowed]
        claims.append((number, Disjunction(f"bproof1|{inner}|", cases, proofs_overall)))
        cases = [(pairs[0], 0), (total, 0)]
        claim = Disjunction(f"bproof0|{inner}|", cases, _proofs(blank[0], 2))
        claims.append((m("the proof of the blank vote"), claim))
    else:
        prefix = f"prove|{inner}|{total.text}|"
        claims.append((number, Disjunction(prefix, allowed, proofs_overall)))
    hold = are_disjunctions_valid(key, [claim for _, claim in claims])
    yield from (fault for (fault, _), holds in zip(claims, hold, strict=True) if not holds)


def _proofs(value: ParsedJson, length: int) -> list[ParsedProof]:
    return [proof(item) for item in items(value, length, Rule.BALLOT_PROOF)]


def _sum(pairs: list[Pair]) -> Pair:
    """Add ciphertexts up, half of them to the other half at a time."""
    while half := len(pairs) // 2:
        pairs = _both(pairs[:half], pairs[half : 2 * half]) + pairs[2 * half :]
    return pairs[0]


def _both(left: list[Pair], right: list[Pair]) -> list[Pair]:
    """Add ciphertexts pair by pair."""
    points = iter(sums([*chain(*left)], [*chain(*right)]))
    return [Pair(alpha, next(points)) for alpha in points]
