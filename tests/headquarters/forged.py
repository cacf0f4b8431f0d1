"""Decryptions as trustees forge them, in archives whose hashes are right again."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from crypto import group
from crypto.archive import read_position
from crypto.compact_json import dump
from crypto.decryption import combine, discrete_logarithms, lagrange
from crypto.election import NonHomomorphicQuestion
from crypto.embedding import unembed
from crypto.group import ORDER, Point, Scalar, point_from_text, point_text
from crypto.proofs import Proof
from crypto.result import QuestionCounts, SlotRows, TallyResult
from crypto.trustees import ThresholdTrustees
from headquarters.tally.archive_status import ArchiveStatus, read_status
from headquarters.tally.decryption_proofs import DecryptionProofs, proofs_path
from headquarters.tally.relay import owner_of
from headquarters.verification.formulas import is_canonical, slot_integers
from tests.crypto.forging import forced_proof
from tests.headquarters.archives import Step, put_together, take_apart

Shifts = Mapping[tuple[int, int], Point]
"""What is added to factors, by (question, row)."""


def decryptions(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if step.kind == "PartialDecryption"]


def status_of(path: Path) -> ArchiveStatus:
    """What an archive says, looked at by nobody before."""
    return read_status(path, read_position(path), {})


def grind(path: Path, private_key: Scalar, question: int, row: int) -> int:
    """Make a slot vote an invalid one, with a proof that holds, in a second; return whose decryption it is.

    The challenge of a decryption proof covers neither alpha nor the factor (Belenios specification
    3.3), so the factor can be chosen after the challenge; tries go on until the wrong point looks
    canonical.
    """
    steps, status = take_apart(path), status_of(path)
    owner = owner_of(status.trustees, private_key)
    width = status.election.questions[question].width
    alpha = status.lists[question][row].alpha
    plain = combine(status.trustees, status.lists, status.partials)[question][row]
    weight = weight_of(status, owner)
    prefix = f"decrypt|{status.election.fingerprint}|{point_text(group.mul_base(private_key))}|"
    witness = secrets.randbelow(ORDER)
    left, right = point_text(group.mul_base(witness)), group.mul(witness, alpha)
    while True:
        chosen = secrets.randbelow(ORDER - 1) + 1
        commitment = group.add(right, group.mul_base(chosen))
        challenge = group.hash_to_scalar(f"{prefix}{left},{point_text(commitment)}")
        shift = chosen * group.inverse(challenge)
        wrong = group.sub(plain, group.mul_base(weight * shift))
        integers = slot_integers(wrong, width)
        if wrong[31] < 0x40 and is_canonical(wrong, integers):
            break
    (part,) = (part for part in decryptions(steps) if part.owner == owner)
    ground = json.loads(part.objects[0])
    factor = group.add(group.mul(private_key, alpha), group.mul_base(shift))
    ground["decryption_factors"][question][row] = point_text(factor)
    response = (witness - challenge * private_key) % ORDER
    ground["decryption_proofs"][question][row] = Proof(challenge, response).as_json()
    part.objects[0] = dump(ground)
    put_together(path, steps)
    steps[-1].objects[0] = _result(status_of(path)).text
    put_together(path, steps)
    return owner


def weight_of(status: ArchiveStatus, owner: int) -> Scalar:
    """What the owner's factors are multiplied by."""
    who = status.trustees.owners[owner]
    if not isinstance(status.trustees.items[who.item], ThresholdTrustees):
        return 1
    return lagrange(
        who.index, [status.trustees.owners[partial].index for partial in status.partials]
    )


def shift_factors(path: Path, shifts: Mapping[int, Shifts]) -> None:
    """Add errors to the factors of some owners, and make the result that follows.

    The archive's own proofs of these rows do not hold any more: finding errors for which they do is
    what takes a trustee much computing.
    """
    steps = take_apart(path)
    for part in decryptions(steps):
        value = json.loads(part.objects[0])
        for (question, row), error in shifts.get(part.owner or 0, {}).items():
            factors = value["decryption_factors"][question]
            true = point_from_text(factors[row], identity=True)
            factors[row] = point_text(group.add(true, error))
        part.objects[0] = dump(value)
    put_together(path, steps)
    steps[-1].objects[0] = _result(status_of(path)).text
    put_together(path, steps)


def force_proofs(path: Path, keys: Mapping[int, Scalar]) -> None:
    """Replace the strong proofs of these owners by what they can make of their lists as they are."""
    status = status_of(path)
    kept = json.loads(proofs_path(path).read_bytes())["proofs"]
    proofs = {
        entry["owner"]: Proof(int(entry["challenge"]), int(entry["response"])) for entry in kept
    } | {owner: forced_proof(status.statement(owner), key) for owner, key in keys.items()}
    proofs_path(path).write_bytes(DecryptionProofs(status.event, proofs).text)


def _result(status: ArchiveStatus) -> TallyResult:
    plain = combine(status.trustees, status.lists, status.partials)
    return TallyResult(
        tuple(
            SlotRows(tuple(unembed(point, question.width) for point in points))
            if isinstance(question, NonHomomorphicQuestion)
            else QuestionCounts(discrete_logarithms(points, status.ballots))
            for question, points in zip(status.election.questions, plain, strict=True)
        )
    )
