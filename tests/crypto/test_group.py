"""Points, scalars and hashes against the published primitives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl import bindings

from crypto import group
from crypto.errors import DecodeError, UnsupportedVersionError
from crypto.group import BASE, IDENTITY, ORDER, SeededScalars
from tests.crypto.elections import vector_json

PRIMITIVES = vector_json("primitives/primitives.json")


def test_group_constants() -> None:
    published = PRIMITIVES["group"]
    assert str(ORDER) == published["order"]
    assert group.point_text(BASE) == published["base_point"]
    assert group.point_text(IDENTITY) == published["identity"]


@pytest.mark.parametrize("text", PRIMITIVES["valid_points"])
def test_valid_points_come_back(text: str) -> None:
    assert group.point_text(group.point_from_text(text)) == text


@pytest.mark.parametrize("case", PRIMITIVES["invalid_points"], ids=lambda case: case["why"])
def test_invalid_points_are_refused(case: dict[str, str]) -> None:
    with pytest.raises(DecodeError):
        group.point_from_text(case["point"])


def test_identity_only_where_allowed() -> None:
    text = group.point_text(IDENTITY)
    assert group.point_from_text(text, identity=True) == IDENTITY
    for case in PRIMITIVES["invalid_points"][1:]:
        with pytest.raises(DecodeError):
            group.point_from_text(case["point"], identity=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "٣" * 64,
        "g" * 64,
        PRIMITIVES["valid_points"][1].upper(),
        "0" + PRIMITIVES["valid_points"][1],
    ],
)
def test_points_have_one_spelling(text: str) -> None:
    with pytest.raises(DecodeError):
        group.point_from_text(text)


@pytest.mark.parametrize("text", ["", "-1", "01", "1.0", " 1", "1\n", str(ORDER), "٣", "9" * 200])
def test_scalars_have_one_spelling(text: str) -> None:
    with pytest.raises(DecodeError):
        group.scalar_from_text(text)


@given(st.integers(0, ORDER - 1))
def test_scalars_come_back(scalar: int) -> None:
    assert group.scalar_from_text(str(scalar)) == scalar
    assert group.scalar_from_bytes(group.scalar_bytes(scalar)) == scalar


def test_zero_and_identity() -> None:
    assert group.mul(0, BASE) == group.mul(ORDER, BASE) == group.mul_base(0) == IDENTITY
    assert group.mul(7, IDENTITY) == IDENTITY
    assert group.add(BASE, IDENTITY) == BASE
    assert group.sub(BASE, BASE) == IDENTITY
    assert group.total([]) == IDENTITY


@given(st.integers(), st.integers())
def test_scalar_multiplication_is_linear(a: int, b: int) -> None:
    assert group.add(group.mul_base(a), group.mul_base(b)) == group.mul_base(a + b)
    assert group.mul(a, group.mul_base(b)) == group.mul_base(a * b)


@given(st.text(max_size=70) | st.text("0123456789abcdef", min_size=64, max_size=64))
def test_any_text_is_a_point_or_a_decode_error(text: str) -> None:
    try:
        point = group.point_from_text(text)
    except DecodeError:
        return
    assert group.point_text(point) == text
    assert group.mul(ORDER - 1, point) == group.sub(IDENTITY, point)


@given(st.binary(max_size=40))
def test_operations_on_any_bytes_raise_decode_errors_only(data: bytes) -> None:
    for operation in (group.add, group.sub):
        try:
            operation(group.Point(data), BASE)
        except DecodeError:
            continue
    try:
        group.mul(3, group.Point(data))
    except DecodeError:
        return
    assert group.is_member(data) or data == IDENTITY


def test_seeded_scalars_depend_on_seed_and_context() -> None:
    def first(seed: int, context: bytes) -> list[int]:
        draw = SeededScalars(bytes([seed]) * 32, context)
        return [draw() for _ in range(4)]

    assert first(1, b"a") == first(1, b"a")
    everything = first(1, b"a") + first(2, b"a") + first(1, b"b")
    assert len(set(everything)) == 12
    assert all(0 < scalar < ORDER for scalar in everything)


def test_seeded_scalars_are_pinned() -> None:
    """Challenged ballots of the past must stay checkable: the expansion may never change."""
    assert SeededScalars(bytes(32), b"ballot")() == PINNED_SCALAR


def test_short_seeds_are_refused() -> None:
    with pytest.raises(DecodeError):
        SeededScalars(bytes(31), b"")


def test_self_test_accepts_this_libsodium() -> None:
    group.self_test()


def test_self_test_refuses_a_library_that_accepts_order_2q(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad = bytes.fromhex("20b7da4d670151901fd391eb766db999ced7d13576bcf4a2ef2de07c29893700")[::-1]
    real = bindings.crypto_core_ed25519_is_valid_point
    monkeypatch.setattr(
        bindings, "crypto_core_ed25519_is_valid_point", lambda p: p == bad or real(p)
    )
    with pytest.raises(UnsupportedVersionError):
        group.self_test()


PINNED_SCALAR = 683567969230336311842947299271331832150783404410150527117024101665478861331
