"""Check one question of a shuffle, of a partial decryption or of a result: pure, on any core."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from crypto.group import Point, mul, mul_base
from crypto.scalar_mult import differences
from crypto.strict_json import ParsedJson
from headquarters.verification.formulas import (
    GeneratorCache,
    ParsedShuffleProof,
    Shuffling,
    are_dleqs_valid,
    are_shuffles_valid,
    is_canonical,
    slot_integers,
)
from headquarters.verification.report import Findings, FlawError, Rule
from headquarters.verification.setup import QuestionShape
from headquarters.verification.values import (
    Pair,
    items,
    number,
    pair,
    parse_compact,
    point,
    proof,
    scalar,
    to_json,
)
from words.message import Message, m


@dataclass(frozen=True, slots=True)
class ShuffledRow:
    """Ciphertexts before a shuffle, and what the archive's entry `name` says of those after it."""

    name: str
    index: int
    phi: str
    key: Point
    before: list[Pair]
    after: bytes
    evidence: bytes


@dataclass(slots=True)
class Shuffled:
    """The ciphertexts after a shuffle (None if they cannot be read), and what is wrong with it."""

    after: list[Pair] | None = None
    findings: Findings = field(default_factory=Findings)


def check_shuffles(rows: Sequence[ShuffledRow]) -> list[Shuffled]:
    """Check some questions of a shuffle: together, and if that fails one by one."""
    results = [Shuffled() for _ in rows]
    claims: list[tuple[ShuffledRow, Shuffled, Shuffling]] = []
    for row, result in zip(rows, results, strict=True):
        with result.findings.catching(row.name):
            result.after = [pair(item) for item in items(parse_compact(row.after))]
            if len(result.after) != len(row.before):
                message = m(
                    "question {number}: not as many ciphertexts as before", number=row.index + 1
                )
                raise FlawError(Rule.SHUFFLE, message)
            proof = _shuffle_proof(parse_compact(row.evidence), len(result.after))
            claim = Shuffling(row.phi, row.key, row.before, result.after, proof)
            claims.append((row, result, claim))
    if not are_shuffles_valid([claim for _, _, claim in claims], _generators()):
        for row, result, claim in claims:
            if not are_shuffles_valid([claim], _generators()):
                message = m("question {number}: the proof does not hold", number=row.index + 1)
                result.findings.add(Rule.SHUFFLE, row.name, message)
    return results


@dataclass(frozen=True, slots=True)
class DecryptedRow:
    """Ciphertexts of a question, and what the entry `name` says of a trustee's factors of them."""

    name: str
    index: int
    question: QuestionShape
    phi: str
    key: Point
    ciphertexts: list[Pair]
    factors: bytes
    evidence: bytes


@dataclass(slots=True)
class Decrypted:
    """The factors (None if they cannot be read), and what is wrong with them."""

    factors: list[Point] | None = None
    findings: Findings = field(default_factory=Findings)


def check_decryption(row: DecryptedRow) -> Decrypted:
    """Read and check one trustee's factors of one question."""
    result = Decrypted()
    size = len(row.ciphertexts)
    with result.findings.catching(row.name):
        values = items(parse_compact(row.factors), size, Rule.DECRYPTION)
        evidence = items(parse_compact(row.evidence), size, Rule.DECRYPTION)
        proofs = [proof(item) for item in evidence]
        factors = [point(item, identity=not row.question.slot) for item in values]
        result.factors = factors
        alphas = [item.alpha for item in row.ciphertexts]
        for j, valid in enumerate(are_dleqs_valid(row.phi, row.key, alphas, factors, proofs), 1):
            if not valid:
                message = m("{where}: the proof does not hold", where=place(row.index, j))
                result.findings.add(Rule.DECRYPTION, row.name, message)
    return result


@dataclass(frozen=True, slots=True)
class Published:
    """The result's entry `name` for one question, and what it has to follow from.

    That is the betas, and the factors to take off with their weights.
    """

    name: str
    index: int
    question: QuestionShape
    ballots: int
    betas: list[Point]
    parts: list[tuple[int, list[Point]]]
    value: ParsedJson
    proven: bool
    """All decryptions have strong proofs, so a crooked row is a ballot's."""


@dataclass(slots=True)
class Compared:
    """The rows that no honest terminal makes, from 0, and what is wrong with a question's result."""

    irregular: list[int] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)


def check_result(published: Published) -> Compared:
    """Combine the decryptions and compare; without strong proofs every slot must be canonical."""
    compared = Compared()
    with compared.findings.catching(published.name):
        points = _plain(published)
        rows = items(published.value, len(points), Rule.RESULT)
        if published.question.slot:
            _check_slots(published, points, rows, compared)
        else:
            _check_counts(published, points, rows, compared.findings)
    return compared


def _plain(published: Published) -> list[Point]:
    points = published.betas
    for weight, factors in published.parts:
        taken = factors if weight == 1 else [mul(weight, factor) for factor in factors]
        points = differences(points, taken)
    return points


def _check_slots(
    published: Published, points: Sequence[Point], rows: Sequence[ParsedJson], compared: Compared
) -> None:
    question, findings = published.question, compared.findings
    for j, (plain, row) in enumerate(zip(points, rows, strict=True), 1):
        integers = slot_integers(plain, question.width)
        where = place(published.index, j)
        canonical = is_canonical(plain, integers)
        if published.proven:
            if not canonical:
                compared.irregular.append(j - 1)
        elif not canonical:
            message = m("{where}: a decryption nobody encrypted", where=where)
            findings.add(Rule.ENCODING, published.name, message)
        elif any(integers[: question.padding]):
            message = m(
                "{where}: something in front of the code, and a decryption without strong proof",
                where=where,
            )
            findings.add(Rule.ENCODING, published.name, message)
        if to_json(row) != to_json(integers):
            message = m("{where}: not what was decrypted", where=where)
            findings.add(Rule.RESULT, published.name, message)


def _check_counts(
    published: Published, points: Sequence[Point], counts: Sequence[ParsedJson], findings: Findings
) -> None:
    for j, (plain, value) in enumerate(zip(points, counts, strict=True), 1):
        count = number(value)
        if count > published.ballots or mul_base(count) != plain:
            where = m("question {number}, answer {answer}", number=published.index + 1, answer=j)
            message = m("{where}: not what was decrypted", where=where)
            findings.add(Rule.RESULT, published.name, message)


def place(index: int, row: int) -> Message:
    """Name a row, from 1, of the question with this index, from 0."""
    return m("question {number}, row {row}", number=index + 1, row=row)


@lru_cache(maxsize=1)
def _generators() -> GeneratorCache:
    """Make the generators once per process; they are the same for every election."""
    return GeneratorCache()


def _shuffle_proof(value: ParsedJson, size: int) -> ParsedShuffleProof:
    commitments, responses, c, c_hat = items(value, 4)
    t1, t2, t3, t4, t_hat = items(commitments, 5)
    s1, s2, s3, s4, s_hat, s_prime = items(responses, 6)
    return ParsedShuffleProof(
        t=_points([t1, t2, t3, *items(t4, 2)], 5),
        t_hat=_points(t_hat, size),
        s=_scalars([s1, s2, s3, s4], 4),
        s_hat=_scalars(s_hat, size),
        s_prime=_scalars(s_prime, size),
        c=_points(c, size),
        c_hat=_points(c_hat, size),
    )


def _points(value: ParsedJson, size: int) -> tuple[Point, ...]:
    return tuple(point(item) for item in items(value, size, Rule.SHUFFLE))


def _scalars(value: ParsedJson, size: int) -> tuple[int, ...]:
    return tuple(scalar(item) for item in items(value, size, Rule.SHUFFLE))
