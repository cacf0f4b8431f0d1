"""Rules for ballots: `ballot-header`, `credential`, `signature`, `ballot-proof`,
`ballot-duplicate`; and what the ballots add up to."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256

from crypto.group import IDENTITY, Point, add, point_text
from headquarters.verification.container import Entry
from headquarters.verification.formulas import encrypts_one_of, knows_logarithm
from headquarters.verification.report import Findings, Reason
from headquarters.verification.setup import Question, Setup
from headquarters.verification.values import (
    Json,
    Pair,
    Proof,
    fields,
    items,
    pair,
    parse_compact,
    point,
    proof,
    to_json,
)


class BallotBox:
    """Checks ballots one by one and keeps what the tally has to be."""

    def __init__(self, setup: Setup, findings: Findings) -> None:
        self._setup = setup
        self._findings = findings
        self._credentials: set[str] = set()
        self._alphas: set[Point] = set()
        self._texts: set[str] = set()
        self._slots: dict[int, list[Pair]] = {i: [] for i in setup.slots}
        self._sums = {
            i: [Pair(IDENTITY, IDENTITY)] * question.width
            for i, question in enumerate(setup.questions)
            if not question.slot
        }
        self.count = 0

    def add(self, entry: Entry) -> None:
        """Check a ballot; what can be read of it counts, whether its proofs hold or not."""
        self.count += 1
        with self._findings.catching(entry.name):
            value = parse_compact(entry.content)
            uuid, phi, credential, answers, signature = fields(
                value, "election_uuid election_hash credential answers signature"
            )
            if (uuid, phi) != (self._setup.uuid, self._setup.phi):
                self._fail(Reason.BALLOT_HEADER, entry, "made for another election")
            public = point(credential)
            self._check_identity(entry, point_text(public))
            self._check_signature(entry, value, public, signature)
            questions = self._setup.questions
            parts = items(answers, len(questions), Reason.BALLOT_PROOF)
            context = f"{self._setup.phi}|{point_text(public)}"
            for i, (question, answer) in enumerate(zip(questions, parts, strict=True)):
                with self._findings.catching(entry.name):
                    self._answer(entry, i, question, answer, context)

    def tally(self) -> list[list[Pair]]:
        """What the encrypted tally has to be: slots sorted as bytes, other questions summed."""
        return [
            sorted(self._slots[i]) if question.slot else self._sums[i]
            for i, question in enumerate(self._setup.questions)
        ]

    def _check_identity(self, entry: Entry, credential: str) -> None:
        if credential not in self._setup.credentials:
            self._fail(Reason.CREDENTIAL, entry, "its credential is not listed")
        if entry.digest in self._texts:
            self._fail(Reason.BALLOT_DUPLICATE, entry, "this ballot was there before")
        if credential in self._credentials:
            self._fail(Reason.BALLOT_DUPLICATE, entry, "a second ballot of its credential")
        self._texts.add(entry.digest)
        self._credentials.add(credential)

    def _check_signature(self, entry: Entry, value: Json, public: Point, signature: Json) -> None:
        stated, proof_value = fields(signature, "hash proof")
        unsigned = dict(value) if isinstance(value, dict) else {}
        unsigned.pop("signature", None)
        digest = b64encode(sha256(to_json(unsigned)).digest()).decode().rstrip("=")
        if stated != digest:
            self._fail(Reason.SIGNATURE, entry, "signs the hash of something else")
        if not knows_logarithm(f"sig|{digest}|", public, proof(proof_value)):
            self._fail(Reason.SIGNATURE, entry, "the signature does not fit")

    def _answer(
        self, entry: Entry, index: int, question: Question, answer: Json, context: str
    ) -> None:
        key = self._setup.key
        if question.slot:
            choices, evidence = fields(answer, "choices proof", Reason.BALLOT_PROOF)
            pairs = [pair(choices)]
            self._slots[index].append(pairs[0])
            prefix = f"raweg|{context}|{point_text(key)},{pairs[0].text}|"
            faults = (
                []
                if knows_logarithm(prefix, pairs[0].alpha, proof(evidence))
                else ["the proof of a slot"]
            )
        else:
            choices, individual, overall, *blank = fields(
                answer,
                "choices individual_proofs overall_proof" + " blank_proof" * question.blank,
                Reason.BALLOT_PROOF,
            )
            listed = items(choices, question.width, Reason.BALLOT_PROOF)
            pairs = [pair(item) for item in listed]
            self._sums[index] = [
                Pair(add(a.alpha, b.alpha), add(a.beta, b.beta))
                for a, b in zip(self._sums[index], pairs, strict=True)
            ]
            faults = list(
                _choice_faults(question, key, context, pairs, (individual, overall, *blank))
            )
        for fault in faults:
            self._fail(Reason.BALLOT_PROOF, entry, f"question {index + 1}: {fault} does not hold")
        for ciphertext in pairs:
            if ciphertext.alpha in self._alphas:
                self._fail(Reason.BALLOT_DUPLICATE, entry, "a ciphertext that was there before")
            self._alphas.add(ciphertext.alpha)

    def _fail(self, reason: Reason, entry: Entry, message: str) -> None:
        self._findings.add(reason, entry.name, message)


def _choice_faults(
    question: Question, key: Point, context: str, pairs: list[Pair], proofs: tuple[Json, ...]
) -> Iterator[str]:
    individual, overall, *blank = proofs
    for ciphertext, value in zip(
        pairs, items(individual, question.width, Reason.BALLOT_PROOF), strict=True
    ):
        prefix = f"prove|{context}|{ciphertext.text}|"
        cases = [(ciphertext, 0), (ciphertext, 1)]
        if not encrypts_one_of(prefix, key, cases, _proofs(value, 2)):
            yield "the proof of a single choice"
    inner = f"{context}|{','.join(ciphertext.text for ciphertext in pairs)}"
    total = _sum(pairs[question.blank :])
    allowed = [(total, value) for value in range(question.least, question.most + 1)]
    if not blank:
        prefix = f"prove|{inner}|{total.text}|"
        if not encrypts_one_of(prefix, key, allowed, _proofs(overall, len(allowed))):
            yield "the proof of the number of choices"
        return
    cases = [(pairs[0], 1), *allowed]
    if not encrypts_one_of(f"bproof1|{inner}|", key, cases, _proofs(overall, len(cases))):
        yield "the proof of the number of choices"
    cases = [(pairs[0], 0), (total, 0)]
    if not encrypts_one_of(f"bproof0|{inner}|", key, cases, _proofs(blank[0], 2)):
        yield "the proof of the blank vote"


def _proofs(value: Json, length: int) -> list[Proof]:
    return [proof(item) for item in items(value, length, Reason.BALLOT_PROOF)]


def _sum(pairs: list[Pair]) -> Pair:
    result = pairs[0]
    for ciphertext in pairs[1:]:
        result = Pair(add(result.alpha, ciphertext.alpha), add(result.beta, ciphertext.beta))
    return result
