"""Secrets under passphrases."""

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.compact_json import ParsedJson, as_text, dump, load_compact
from crypto.errors import CryptoError, DecodeError, UnsealError, UnsupportedVersionError
from crypto.passphrase import (
    STANDARD,
    Cost,
    WeakPassphraseError,
    check_new_passphrase,
    decrypt_with_passphrase,
    encrypt_with_passphrase,
)
from crypto.wiping import wipe

CHEAP = Cost(8192, 1, 1)
WORDS = "چراغ پیمانه درنا سنجاق"
CONTEXT = b"trustee 1"
SECRET = b"PF5nB71KBvFXyViKhC3npr"


def box() -> dict[str, ParsedJson]:
    made = encrypt_with_passphrase(WORDS, SECRET, CONTEXT, CHEAP)
    assert isinstance(made, dict)
    return made


BOX = box()


def test_argon2id_of_the_standard() -> None:
    """RFC 9106 section 5.3; the library under the box is the algorithm it says."""
    kdf = Argon2id(
        salt=b"\x02" * 16,
        length=32,
        iterations=3,
        lanes=4,
        memory_cost=32,
        ad=b"\x04" * 12,
        secret=b"\x03" * 8,
    )
    assert kdf.derive(b"\x01" * 32).hex() == (
        "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    )


def test_comes_back() -> None:
    assert decrypt_with_passphrase(WORDS, load_compact(dump(BOX)), CONTEXT) == SECRET
    assert (BOX["memory"], BOX["passes"], BOX["lanes"]) == (8192, 1, 1)
    assert SECRET.hex() not in dump(BOX).decode()


def test_two_boxes_have_nothing_in_common() -> None:
    other = box()
    assert not {BOX[name] for name in ("salt", "nonce", "data")} & {
        other[name] for name in ("salt", "nonce", "data")
    }


def test_another_keyboard_opens_it() -> None:
    made = encrypt_with_passphrase("کلید یاس و پیچک", SECRET, CONTEXT, CHEAP)
    assert decrypt_with_passphrase("كليد ياس و پيچك", made, CONTEXT) == SECRET


@pytest.mark.parametrize(
    ("passphrase", "context"), [(WORDS + " ", CONTEXT), ("", CONTEXT), (WORDS, b"trustee 2")]
)
def test_something_else_does_not_open_it(passphrase: str, context: bytes) -> None:
    with pytest.raises(UnsealError, match="passphrase is wrong"):
        decrypt_with_passphrase(passphrase, BOX, context)


@pytest.mark.parametrize("name", ["salt", "nonce", "data"])
def test_altered_bytes(name: str) -> None:
    text = as_text(BOX[name])
    altered = {**BOX, name: ("0" if text[0] != "0" else "1") + text[1:]}
    with pytest.raises(UnsealError):
        decrypt_with_passphrase(WORDS, altered, CONTEXT)


@pytest.mark.parametrize(("name", "value"), [("passes", 2), ("lanes", 2), ("memory", 8193)])
def test_altered_cost(name: str, value: int) -> None:
    with pytest.raises(UnsealError):
        decrypt_with_passphrase(WORDS, {**BOX, name: value}, CONTEXT)


@pytest.mark.parametrize(
    ("name", "value"),
    [("memory", 1 << 40), ("memory", 8), ("passes", 10**6), ("lanes", 0), ("passes", True)],
)
def test_costs_that_would_hang_the_machine_are_refused_unseen(name: str, value: int) -> None:
    with pytest.raises(DecodeError):
        decrypt_with_passphrase(WORDS, {**BOX, name: value}, CONTEXT)


def test_unknown_kind() -> None:
    with pytest.raises(UnsupportedVersionError):
        decrypt_with_passphrase(WORDS, {**BOX, "kdf": "scrypt"}, CONTEXT)


@pytest.mark.parametrize(
    "weak", ["", "password", "short words", "ab" * 20, "a" * 300, "x y z " * 99]
)
def test_weak_passphrases(weak: str) -> None:
    with pytest.raises(WeakPassphraseError):
        check_new_passphrase(weak)


def test_good_passphrases() -> None:
    check_new_passphrase(WORDS)
    check_new_passphrase("lantern ribbon oyster quilt")


def test_the_standard_cost_is_not_below_the_recommendation() -> None:
    """RFC 9106 section 4: 64 MiB, 3 passes, 4 lanes."""
    assert STANDARD.memory_kib >= 64 * 1024
    assert (STANDARD.passes, STANDARD.lanes) == (3, 4)


def test_wipe() -> None:
    buffer = bytearray(SECRET)
    wipe(buffer)
    assert buffer == bytes(len(SECRET))


@pytest.mark.fuzz
@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(BOX)),
    st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.just([]),
)
def test_any_field_of_any_kind(name: str, value: ParsedJson) -> None:
    if BOX[name] == value and type(BOX[name]) is type(value):
        return
    if name == "memory" and isinstance(value, int) and value > 16384:
        value += 1 << 21  # not to spend the memory that a value in between may ask for
    with pytest.raises(CryptoError):
        decrypt_with_passphrase(WORDS, {**BOX, name: value}, CONTEXT)
