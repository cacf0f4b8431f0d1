"""Check rule `decryption-proof`: the strong proofs of partial decryptions (docs/spec/decryption.md).

Written from the specification, not from the code that makes the proofs.
"""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from hashlib import sha512
from pathlib import Path

from crypto.group import ORDER, Point, add, mul, mul_base, total
from crypto.scalar_mult import multi_scalar_mult
from crypto.strict_json import ParsedJson
from election.because import reason_of
from election.files import FileRefusedError, open_file
from headquarters.verification.report import FlawError, Rule
from headquarters.verification.values import (
    ParsedProof,
    fields,
    items,
    number,
    parse_compact,
    scalar,
    text,
)
from headquarters.verification.work import PORTION, in_order
from words.message import m

LABEL = b"amin-strong-decryption-1"
LARGEST_FILE = 1 << 20
_DIGEST = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ProofFile:
    """The content of a file of proofs: the event it is about, and a proof for each owner."""

    event: str
    proofs: Mapping[int, ParsedProof]


@dataclass(frozen=True, slots=True)
class StrongClaim:
    """A claim: every factor is alpha times the logarithm of the key. Points are in the group."""

    phi: str
    event: str
    owner: int
    key: Point
    alphas: Sequence[Point]
    factors: Sequence[Point]


def read_proof_file(path: Path) -> ProofFile:
    """Read the file; one that is not there has no proofs. Raises FlawError, or OSError."""
    if not (path.exists() or path.is_symlink()):
        return ProofFile("", {})
    try:
        with open_file(path) as stream:
            content = stream.read(LARGEST_FILE + 1)
    except FileRefusedError as error:
        raise FlawError(Rule.DECRYPTION_PROOF, reason_of(error)) from error
    if len(content) > LARGEST_FILE:
        raise FlawError(Rule.DECRYPTION_PROOF, m("larger than a file of proofs can be"))
    kind, version, event, listed = fields(parse_compact(content), "format version event proofs")
    if kind != "amin-decryption-proofs" or number(version) != 1:
        raise FlawError(Rule.DECRYPTION_PROOF, m("not a file of proofs, or of another version"))
    if not _DIGEST.fullmatch(text(event)):
        raise FlawError(Rule.DECRYPTION_PROOF, m("no event that the proofs are about"))
    proofs = [_owned_proof(item) for item in items(listed)]
    owners = [owner for owner, _ in proofs]
    if owners != sorted(set(owners)):
        raise FlawError(Rule.DECRYPTION_PROOF, m("a proof is there twice, or not in its order"))
    return ProofFile(text(event), dict(proofs))


def is_strong_decryption_valid(
    claim: StrongClaim, proof: ParsedProof, executor: Executor | None
) -> bool:
    """Return whether the proof holds.

    Then every factor is right but for a chance of 2^-128 for each try.
    """
    if len(claim.alphas) != len(claim.factors):
        return False
    seed = _seed(claim)
    alpha = _weighted_sum(seed, claim.alphas, executor)
    factor = _weighted_sum(seed, claim.factors, executor)
    commitments = (
        add(mul_base(proof.response), mul(proof.challenge, claim.key)),
        add(mul(proof.response, alpha), mul(proof.challenge, factor)),
    )
    digest = sha512(LABEL + b"\2" + seed + alpha + factor + b"".join(commitments)).digest()
    return int.from_bytes(digest, "big") % ORDER == proof.challenge


def _owned_proof(value: ParsedJson) -> tuple[int, ParsedProof]:
    owner, challenge, response = fields(value, "owner challenge response")
    return number(owner), ParsedProof(scalar(challenge), scalar(response))


def _seed(claim: StrongClaim) -> bytes:
    parts = [
        LABEL + b"\0",
        claim.phi.encode("ascii"),
        bytes.fromhex(claim.event),
        claim.owner.to_bytes(8, "big"),
        claim.key,
        len(claim.alphas).to_bytes(8, "big"),
        *claim.alphas,
        *claim.factors,
    ]
    return sha512(b"".join(parts)).digest()


def _weighted_sum(seed: bytes, points: Sequence[Point], executor: Executor | None) -> Point:
    starts = range(0, len(points), PORTION)
    work = partial(_portion, seed)
    pieces = [(start, points[start : start + PORTION]) for start in starts]
    return total(in_order(work, pieces, executor))


def _portion(seed: bytes, piece: tuple[int, Sequence[Point]]) -> Point:
    start, points = piece
    weights = [
        int.from_bytes(sha512(LABEL + b"\1" + seed + i.to_bytes(8, "big")).digest()[:16], "big")
        for i in range(start, start + len(points))
    ]
    return multi_scalar_mult(weights, points)
