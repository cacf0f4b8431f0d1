"""VOPRF against the vectors of RFC 9497 (appendix A.1.2), and against those who answer or ask dishonestly."""

from __future__ import annotations

import json
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import oprf
from crypto.errors import DecodeError, ProofError
from crypto.oprf import Blinded, Evaluation, EvaluatorKey

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors/oprf/rfc9497-ristretto255-voprf.json").read_text()
)
KEY = EvaluatorKey.derive(bytes(32), b"test")
ORDER = 2**252 + 27742317777372353535851937790883648493
NOT_ELEMENTS = {
    "identity": bytes(32),
    "short": b"\x01" * 31,
    "long": b"\x01" * 33,
    "negative": b"\x01" + bytes(31),
    "not canonical": b"\xff" * 32,
    "field's modulus": bytes.fromhex("ed" + "ff" * 30 + "7f"),
}


def _bytes(text: str) -> list[bytes]:
    return [bytes.fromhex(part) for part in text.split(",")]


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda each: f"{len(each['Input'])}")
def test_published_vectors(vector: dict[str, object]) -> None:
    key = EvaluatorKey.derive(bytes.fromhex(VECTORS["seed"]), bytes.fromhex(VECTORS["keyInfo"]))
    assert key.public.hex() == VECTORS["pkSm"]
    blinds = iter(_bytes(str(vector["Blind"])))
    sent = [oprf.blind(text, lambda: next(blinds)) for text in _bytes(str(vector["Input"]))]
    assert [each.element for each in sent] == _bytes(str(vector["BlindedElement"]))
    proof = vector["Proof"]
    assert isinstance(proof, dict)
    answer = key.evaluate([each.element for each in sent], lambda: bytes.fromhex(proof["r"]))
    assert list(answer.elements) == _bytes(str(vector["EvaluationElement"]))
    assert answer.proof.hex() == proof["proof"]
    assert list(oprf.finalize(sent, answer, key.public)) == _bytes(str(vector["Output"]))


@given(st.lists(st.binary(max_size=64), min_size=1, max_size=4))
def test_output_depends_on_the_input_alone(inputs: list[bytes]) -> None:
    def outputs() -> tuple[bytes, ...]:
        sent = [oprf.blind(text) for text in inputs]
        return oprf.finalize(sent, KEY.evaluate([each.element for each in sent]), KEY.public)

    first = outputs()
    assert first == outputs()
    assert len(set(first)) == len(set(inputs))


def test_what_the_evaluator_sees_differs_each_time() -> None:
    assert len({oprf.blind(b"0012345679").element for _ in range(50)}) == 50


def _asked() -> tuple[list[Blinded], Evaluation]:
    sent = [oprf.blind(text) for text in (b"one", b"two")]
    return sent, KEY.evaluate([each.element for each in sent])


def test_another_key_is_noticed() -> None:
    sent, _ = _asked()
    other = EvaluatorKey.generate()
    answer = other.evaluate([each.element for each in sent])
    assert oprf.finalize(sent, answer, other.public)
    with pytest.raises(ProofError):
        oprf.finalize(sent, answer, KEY.public)


def test_another_key_for_one_of_two_is_noticed() -> None:
    sent, honest = _asked()
    other = EvaluatorKey.generate().evaluate([sent[1].element])
    mixed = Evaluation((honest.elements[0], other.elements[0]), honest.proof)
    with pytest.raises(ProofError):
        oprf.finalize(sent, mixed, KEY.public)


def test_exchanged_answers_are_noticed() -> None:
    sent, honest = _asked()
    with pytest.raises(ProofError):
        oprf.finalize(sent, Evaluation(honest.elements[::-1], honest.proof), KEY.public)
    with pytest.raises(ProofError):
        oprf.finalize(sent[::-1], honest, KEY.public)


@given(st.integers(0, 64 * 8 - 1))
def test_every_bit_of_the_proof_counts(bit: int) -> None:
    sent, honest = ASKED
    flipped = bytearray(honest.proof)
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises((ProofError, DecodeError)):
        oprf.finalize(sent, Evaluation(honest.elements, bytes(flipped)), KEY.public)


ASKED = _asked()


@pytest.mark.parametrize("element", NOT_ELEMENTS.values(), ids=NOT_ELEMENTS.keys())
def test_what_is_no_element_is_refused_everywhere(element: bytes) -> None:
    sent, honest = ASKED
    with pytest.raises(DecodeError):
        KEY.evaluate([element])
    with pytest.raises(DecodeError):
        oprf.finalize(sent, Evaluation((element, honest.elements[1]), honest.proof), KEY.public)
    with pytest.raises(DecodeError):
        oprf.finalize(sent, honest, element)


@pytest.mark.parametrize("value", [ORDER, ORDER + 1, 2**256 - 1])
def test_what_is_no_scalar_is_refused(value: int) -> None:
    scalar = value.to_bytes(32, "little")
    sent, honest = ASKED
    for proof in (scalar + honest.proof[32:], honest.proof[:32] + scalar):
        with pytest.raises(DecodeError):
            oprf.finalize(sent, Evaluation(honest.elements, proof), KEY.public)
    with pytest.raises(DecodeError):
        EvaluatorKey(scalar)


def test_zero_is_no_key_and_zero_proofs_show_nothing() -> None:
    sent, honest = ASKED
    with pytest.raises(DecodeError):
        EvaluatorKey(bytes(32))
    with pytest.raises(ProofError):
        oprf.finalize(sent, Evaluation(honest.elements, bytes(64)), KEY.public)


def test_sizes_are_bounded() -> None:
    sent, honest = ASKED
    with pytest.raises(ValueError, match="1024 bytes"):
        oprf.blind(bytes(oprf.MAX_INPUT + 1))
    with pytest.raises(DecodeError):
        KEY.evaluate([])
    with pytest.raises(DecodeError):
        KEY.evaluate([sent[0].element] * (oprf.MAX_BATCH + 1))
    with pytest.raises(DecodeError):
        oprf.finalize(sent, Evaluation(honest.elements[:1], honest.proof), KEY.public)
    with pytest.raises(DecodeError):
        oprf.finalize(sent, Evaluation(honest.elements, honest.proof[:-1]), KEY.public)


def test_nothing_secret_is_shown() -> None:
    secret = b"0012345679"
    draws = cycle([oprf.random_scalar()])
    blinded = oprf.blind(secret, lambda: next(draws))
    for text in (repr(KEY), repr(blinded)):
        assert "…" in text
        assert "0012345679" not in text
        assert blinded.blind.hex() not in text
