"""Keys at rest: closed by a passphrase or a card, one lock a folder, rehearsals marked."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import CryptoError, DecodeError, UnsealError
from crypto.locked import KEY_SIZE, LARGEST, MOST, lock, unlock
from headquarters.keepers import PassphraseKeeper
from headquarters.key_folder import (
    LOCK_FILE,
    KeyFolder,
    KeyFolderError,
    KeyUse,
    change_lock,
    create_key_folder,
    open_key_folder,
    parse_lock,
    read_lock,
)
from tests.headquarters.unlocking import CHEAP
from tests.headquarters.unlocking import unlock as opener

SECRET = b"a secret that would be found in the clear"
KEY = bytes(range(KEY_SIZE))


def other(_: Path) -> PassphraseKeeper:
    return PassphraseKeeper(lambda _: "another passphrase, long enough", CHEAP, tries=1)


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    made = create_key_folder(tmp_path / "own", KeyUse.ELECTION, opener)
    made.write_new("signing.key", SECRET)
    return made


def read(keys: KeyFolder, name: str = "signing.key") -> bytes:
    return keys.read(name, bytes)


def test_a_key_comes_back_and_lies_nowhere_in_the_clear(keys: KeyFolder) -> None:
    assert read(open_key_folder(keys.path, opener)) == SECRET
    for path in keys.path.iterdir():
        assert SECRET not in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o700
    assert repr(keys) == "KeyFolder(…)"


def test_a_wrong_passphrase_opens_nothing(keys: KeyFolder) -> None:
    with pytest.raises(KeyFolderError, match="stay closed"):
        open_key_folder(keys.path, other)


def test_no_key_is_replaced(keys: KeyFolder) -> None:
    with pytest.raises(FileExistsError):
        keys.write_new("signing.key", b"another")
    assert read(keys) == SECRET


def moved(keys: KeyFolder) -> None:
    keys.write_new("sealing.key", b"another")
    path = keys.path / "sealing.key"
    path.replace(keys.path / "signing.key")


def changed(keys: KeyFolder) -> None:
    path = keys.path / "signing.key"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def in_the_clear(keys: KeyFolder) -> None:
    (keys.path / "signing.key").write_bytes(SECRET)


def gone(keys: KeyFolder) -> None:
    (keys.path / "signing.key").unlink()


@pytest.mark.parametrize("harm", [moved, changed, in_the_clear, gone])
def test_a_key_that_was_exchanged_is_refused(
    keys: KeyFolder, harm: Callable[[KeyFolder], None]
) -> None:
    harm(keys)
    with pytest.raises(KeyFolderError, match=r"signing\.key"):
        read(keys)


def test_the_mark_of_a_rehearsal_cannot_be_taken_off(tmp_path: Path) -> None:
    made = create_key_folder(tmp_path / "own", KeyUse.REHEARSAL, opener)
    with pytest.raises(KeyFolderError, match="rehearsal"):
        made.check_use(rehearsal=False)
    made.check_use(rehearsal=True)
    file = made.path / LOCK_FILE
    file.write_bytes(file.read_bytes().replace(b'"rehearsal"', b'"election"'))
    assert read_lock(made.path).use is KeyUse.ELECTION
    with pytest.raises(KeyFolderError, match="stay closed"):
        open_key_folder(made.path, opener)


def test_keys_of_an_election_may_be_tried_in_a_rehearsal(keys: KeyFolder) -> None:
    keys.check_use(rehearsal=True)
    keys.check_use(rehearsal=False)


def test_the_lock_is_changed_and_the_keys_stay(keys: KeyFolder) -> None:
    before = (keys.path / "signing.key").read_bytes()
    assert change_lock(keys.path, opener(keys.path), other(keys.path)) == "passphrase"
    assert (keys.path / "signing.key").read_bytes() == before
    assert read(open_key_folder(keys.path, other)) == SECRET
    with pytest.raises(KeyFolderError, match="stay closed"):
        open_key_folder(keys.path, opener)


def test_a_lock_of_another_keeper_is_named(keys: KeyFolder) -> None:
    class Card(PassphraseKeeper):
        @property
        def name(self) -> str:
            return "card"

    with pytest.raises(KeyFolderError, match="closed by passphrase, not by card"):
        open_key_folder(keys.path, lambda _: Card(lambda _: "", CHEAP))


@pytest.mark.parametrize("content", [b"", b"{}", b'{"version":2}', b"\xff", b"[]"])
def test_a_damaged_lock_is_named(keys: KeyFolder, content: bytes) -> None:
    (keys.path / LOCK_FILE).write_bytes(content)
    with pytest.raises(KeyFolderError, match=r"lock\.json"):
        open_key_folder(keys.path, opener)


def test_locked_files_are_bounded() -> None:
    assert len(lock(KEY, bytes(MOST), b"")) == LARGEST
    with pytest.raises(ValueError, match="at most"):
        lock(KEY, bytes(MOST + 1), b"")
    with pytest.raises(DecodeError):
        unlock(KEY, lock(KEY, bytes(MOST), b"") + b"\0", b"")


def test_two_locks_of_one_secret_differ() -> None:
    assert lock(KEY, SECRET, b"") != lock(KEY, SECRET, b"")


LOCKED = lock(KEY, SECRET, b"name")


@settings(max_examples=200)
@given(st.integers(0, len(LOCKED) - 1), st.integers(1, 255), st.binary(max_size=64))
def test_any_change_of_a_locked_file_is_refused(place: int, byte: int, noise: bytes) -> None:
    harmed = LOCKED[:place] + bytes([LOCKED[place] ^ byte]) + LOCKED[place + 1 :]
    for data in (harmed, LOCKED[:place], noise, LOCKED + noise[:1] + b"x"):
        with pytest.raises((DecodeError, UnsealError)):
            unlock(KEY, data, b"name")
    with pytest.raises(UnsealError):
        unlock(KEY, LOCKED, noise)


@settings(max_examples=200)
@given(st.data())
def test_any_bytes_are_a_lock_or_a_decode_error(data: st.DataObject) -> None:
    good = b'{"version":1,"use":"election","keeper":"card","box":{}}'
    place = data.draw(st.integers(0, len(good) - 1))
    changed = good[:place] + data.draw(st.binary(max_size=4)) + good[place + 1 :]
    try:
        found = parse_lock(changed)
    except CryptoError:
        return
    assert found.text == changed
