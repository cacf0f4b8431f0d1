"""Trustees: every signature and key of threshold parameters, and every value of a shuffle proof."""

import copy
import json
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from crypto.compact_json import dump
from crypto.elgamal import Ciphertext, encrypt, reencrypt
from crypto.group import (
    BASE,
    IDENTITY,
    ORDER,
    Point,
    ScalarSource,
    hash_to_scalar,
    mul_base,
    point_text,
    system_scalar,
)
from crypto.proofs import prove_schnorr
from crypto.shuffle import Generators as OurGenerators
from crypto.shuffle import shuffle_ciphertexts
from crypto.trustees import SingleTrustee, generate_trustee
from headquarters.verification import Rule, verify_archive
from headquarters.verification.formulas import (
    GeneratorCache,
    ParsedShuffleProof,
    Shuffling,
    are_shuffles_valid,
)
from headquarters.verification.values import Pair
from tests.crypto.elections import VECTORS
from tests.headquarters.archives import Step, put_together, take_apart

PEDERSEN = take_apart(VECTORS / "pedersen" / "archive.bel")[0]
PARAMETERS = json.loads(PEDERSEN.objects[1])
DRAW: ScalarSource = system_scalar


def _reasons(path: Path, trustees: Any) -> frozenset[StrEnum]:
    election, _, credentials = PEDERSEN.objects
    step = Step("Setup", [election, dump(trustees), credentials])
    return verify_archive(put_together(path / "setup.bel", [step]), final=False).reasons


def _sign(trustee: int, message: str) -> dict[str, str]:
    """A valid signature by a trustee of the published ceremony (numbered from 1)."""
    seed = (VECTORS / "pedersen" / f"trustee{trustee}.key").read_text().strip()
    proof = prove_schnorr(f"sigmsg|{message}|", hash_to_scalar(f"sk|{seed}"), DRAW)
    return {"challenge": str(proof.challenge), "response": str(proof.response)}


def _sign_statements(item: Any) -> None:
    """Renew the signatures over all certificates."""
    for i in range(3):
        coefexps = json.loads(item["coefexps"][i]["message"])["coefexps"]
        statement = dump({"certs": item["certs"], "coefexps": coefexps}).decode()
        item["signatures"][i] = _sign(i + 1, f"certs_sig|{statement}")


def test_renewed_signatures_pass(tmp_path: Path) -> None:
    trustees = copy.deepcopy(PARAMETERS)
    _sign_statements(trustees[0][1])
    assert _reasons(tmp_path, trustees) == frozenset()


@pytest.mark.parametrize("index", [0, 1, 2])
@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("coefexps", "signature"),
        ("signatures", None),
        ("verification_keys", "pok"),
        ("verification_keys", "signature"),
    ],
)
def test_a_wrong_signature(field: str, name: str | None, index: int, tmp_path: Path) -> None:
    trustees = copy.deepcopy(PARAMETERS)
    target = trustees[0][1][field][index]
    proof = target if name is None else target[name]
    proof["response"] = str((int(proof["response"]) + 1) % ORDER)
    assert _reasons(tmp_path, trustees) == {Rule.SETUP}


def test_a_wrong_certificate_signature(tmp_path: Path) -> None:
    trustees = copy.deepcopy(PARAMETERS)
    item = trustees[0][1]
    proof = item["certs"][1]["signature"]
    proof["response"] = str((int(proof["response"]) + 1) % ORDER)
    _sign_statements(item)
    assert _reasons(tmp_path, trustees) == {Rule.SETUP}


@pytest.mark.parametrize(("name", "value"), [("index", 2), ("threshold", 3), ("size", 4)])
def test_a_certificate_of_another_ceremony(name: str, value: int, tmp_path: Path) -> None:
    trustees = copy.deepcopy(PARAMETERS)
    item = trustees[0][1]
    message = json.loads(item["certs"][0]["message"])
    message["context"][name] = value
    text = dump(message).decode()
    item["certs"][0] = {"message": text, "signature": _sign(1, text)}
    _sign_statements(item)
    assert _reasons(tmp_path, trustees) == {Rule.SETUP}


def test_a_share_nobody_committed_to(tmp_path: Path) -> None:
    trustees = copy.deepcopy(PARAMETERS)
    trustee = generate_trustee().trustee.as_json()
    assert isinstance(trustee, dict)
    signature = _sign(1, str(trustee["public_key"]))
    trustees[0][1]["verification_keys"][0] = {**trustee, "signature": signature}
    assert _reasons(tmp_path, trustees) == {Rule.SETUP}


def test_the_same_trustee_twice(tmp_path: Path) -> None:
    key = generate_trustee()
    election = json.loads(PEDERSEN.objects[0])
    election["public_key"] = point_text(mul_base(2 * key.private_key))
    trustee: SingleTrustee = key.trustee
    step = Step(
        "Setup",
        [dump(election), dump([["Single", trustee.as_json()]] * 2), PEDERSEN.objects[2]],
    )
    report = verify_archive(put_together(tmp_path / "twice.bel", [step]), final=False)
    assert report.reasons == {Rule.SETUP}


class _Shuffled:
    """A shuffle of three ciphertexts as the verifier sees it."""

    def __init__(self) -> None:
        self.key = mul_base(system_scalar())
        inputs = [encrypt(self.key, mul_base(i), DRAW()) for i in range(3)]
        generators = OurGenerators.up_to(3)
        outputs, ours = shuffle_ciphertexts("phi", self.key, inputs, generators, DRAW)
        self.before = [Pair(item.alpha, item.beta) for item in inputs]
        self.after = [Pair(item.alpha, item.beta) for item in outputs]
        self.proof = ParsedShuffleProof(
            t=(ours.t1, ours.t2, ours.t3, ours.t41, ours.t42),
            t_hat=ours.t_hat,
            s=(ours.s1, ours.s2, ours.s3, ours.s4),
            s_hat=ours.s_hat,
            s_prime=ours.s_prime,
            c=ours.c,
            c_hat=ours.c_hat,
        )

    def holds(self, proof: ParsedShuffleProof, after: list[Pair]) -> bool:
        return are_shuffles_valid(
            [Shuffling("phi", self.key, self.before, after, proof)], GeneratorCache()
        )


def test_every_value_of_a_shuffle_proof_counts() -> None:
    shuffled = _Shuffled()
    proof, after = shuffled.proof, shuffled.after
    assert shuffled.holds(proof, after)
    assert not shuffled.holds(proof, after[::-1])
    for name, values in proof._asdict().items():
        for i, value in enumerate(values):
            other = (value + 1) % ORDER if isinstance(value, int) else shuffled.key
            changed = (*values[:i], other, *values[i + 1 :])
            assert not shuffled.holds(proof._replace(**{name: changed}), after), f"{name}[{i}]"


def test_claims_are_checked_together_and_no_two_errors_cancel() -> None:
    claims = []
    for _ in range(3):
        shuffled = _Shuffled()
        claims.append(
            Shuffling("phi", shuffled.key, shuffled.before, shuffled.after, shuffled.proof)
        )
    assert are_shuffles_valid([], GeneratorCache())
    assert are_shuffles_valid(claims, GeneratorCache())
    first, second = (claim.proof for claim in claims[:2])
    wrong = [
        replace(claims[0], proof=first._replace(s=((first.s[0] + 1) % ORDER, *first.s[1:]))),
        replace(claims[1], proof=second._replace(s=((second.s[0] - 1) % ORDER, *second.s[1:]))),
        claims[2],
    ]
    assert not are_shuffles_valid(wrong, GeneratorCache())
    assert not are_shuffles_valid([claims[2], wrong[0]], GeneratorCache())


@pytest.mark.parametrize("error", [(BASE, IDENTITY), (IDENTITY, BASE)], ids=["alpha", "beta"])
def test_a_trustee_who_changes_a_vote_while_shuffling(
    error: tuple[Point, Point], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything else in the proof is honest; just the equation of that component fails."""
    monkeypatch.setattr(
        "crypto.shuffle.reencrypt",
        lambda *given: reencrypt(*given) + Ciphertext(*error),
    )
    shuffled = _Shuffled()
    assert not shuffled.holds(shuffled.proof, shuffled.after)
