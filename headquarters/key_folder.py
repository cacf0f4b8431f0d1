"""Keep an office's private keys in a folder of its own, encrypted, with one lock for all of them.

    lock.json     {"version":1,"use":"election","keeper":name,"box":…}: the folder's key
    *.key         private keys, locked with it under their names (`crypto.locked`)

Whoever uses a key opens the lock first, once per command: with a passphrase (Argon2id) or a PIV card,
as trustees do (`headquarters.keepers`). There is no way without. `use` says whether the keys are of a
rehearsal; it is bound to the box and to every file, and a real election refuses such keys.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from crypto.compact_json import ParsedJson, as_fields, as_text, dump, load_compact
from crypto.errors import CryptoError, DecodeError
from crypto.locked import KEY_SIZE, LARGEST, lock, unlock
from crypto.wiping import wipe
from election.because import because
from election.errors import ElectionError
from election.files import read_file, replace_file, write_new
from headquarters.keepers import SecretKeeper, Unlock
from words.message import Latin

T = TypeVar("T")

LOCK_FILE: Final = "lock.json"
_VERSION: Final = 1
_LARGEST_LOCK: Final = 256 * 1024


class KeyFolderError(ElectionError):
    """An office's keys are missing, damaged, stay closed, or are for something else."""


class KeyUse(StrEnum):
    """The purpose for which keys were made."""

    ELECTION = "election"
    REHEARSAL = "rehearsal"

    @classmethod
    def of(cls, rehearsal: bool) -> KeyUse:
        """Return the use of the keys of a rehearsal, or of an election."""
        return cls.REHEARSAL if rehearsal else cls.ELECTION


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """A folder of keys whose lock is open. Never log this."""

    path: Path
    use: KeyUse
    _key: bytes

    def __repr__(self) -> str:
        return "KeyFolder(…)"

    def write_new(self, name: str, secret: bytes) -> None:
        """Lock a key and write it, once. Raises `OSError`, `FileExistsError`."""
        target = self.path / name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        write_new(target, lock(self._key, secret, self._context(name)))

    def read(self, name: str, parse: Callable[[bytes], T]) -> T:
        """Unlock a key and parse it. Raises `KeyFolderError`."""
        path = self.path / name
        try:
            plain = unlock(self._key, read_file(path, LARGEST), self._context(name))
            try:
                return parse(bytes(plain))
            finally:
                wipe(plain)
        except FileNotFoundError as error:
            raise missing(path) from error
        except OSError as error:
            raise unreadable(path, error) from error
        except DecodeError as error:
            raise damaged(path, error) from error
        except CryptoError as error:
            raise KeyFolderError.of(
                "{path} cannot be used: {error}", path=path, error=because(error)
            ) from error

    def has(self, name: str) -> bool:
        """Tell whether there is a key of that name."""
        return (self.path / name).exists()

    def check_use(self, rehearsal: bool) -> None:
        """Raise `KeyFolderError` if the keys are for rehearsals, and the election is none."""
        if self.use is KeyUse.REHEARSAL and not rehearsal:
            raise KeyFolderError.of(
                "the keys in {folder} were made for a rehearsal: a real election needs keys of "
                "its own; begin it with: amin election new",
                folder=self.path,
            )

    def _context(self, name: str) -> bytes:
        return dump({"use": self.use.value, "name": name})


@dataclass(frozen=True, slots=True)
class FolderLock:
    """lock.json, still closed."""

    use: KeyUse
    keeper: str
    box: ParsedJson

    @property
    def context(self) -> bytes:
        """The bytes that are bound to the box."""
        return dump(self._head())

    @property
    def text(self) -> bytes:
        """The bytes of lock.json."""
        return dump({**self._head(), "box": self.box})

    def _head(self) -> dict[str, ParsedJson]:
        return {"version": _VERSION, "use": self.use.value, "keeper": self.keeper}


def create_key_folder(path: Path, use: KeyUse, unlock: Unlock) -> KeyFolder:
    """Begin a folder of keys (mode 0700) with a new lock. Raises `OSError` or what the keeper raises."""
    path.mkdir(parents=True, mode=0o700, exist_ok=True)
    key = bytearray(secrets.token_bytes(KEY_SIZE))
    made = _closed(use, unlock(path), key)
    write_new(path / LOCK_FILE, made.text)
    return _opened(path, use, key)


def open_key_folder(path: Path, unlock: Unlock) -> KeyFolder:
    """Open the lock of a folder. Raises `KeyFolderError`, or what the keeper raises."""
    found = read_lock(path)
    return _opened(path, found.use, _key_of(found, path, unlock(path)))


def change_lock(path: Path, old: SecretKeeper, new: SecretKeeper) -> str:
    """Close a folder anew: another passphrase, or from one kind of keeper to another; return its name.

    The keys stay as they are. Copies of lock.json elsewhere still open the old way. Raises
    `KeyFolderError`, `OSError`, or what the keepers raise.
    """
    found = read_lock(path)
    key = _key_of(found, path, old)
    try:
        made = _closed(found.use, new, key)
    finally:
        wipe(key)
    replace_file(path / LOCK_FILE, made.text)
    return made.keeper


def read_lock(path: Path) -> FolderLock:
    """Read the lock of a folder without opening it. Raises `KeyFolderError`."""
    file = path / LOCK_FILE
    try:
        return parse_lock(read_file(file, _LARGEST_LOCK))
    except FileNotFoundError as error:
        raise missing(file) from error
    except OSError as error:
        raise unreadable(file, error) from error
    except DecodeError as error:
        raise damaged(file, error) from error


def parse_lock(content: bytes) -> FolderLock:
    """Parse lock.json. Raises `DecodeError`."""
    version, use, keeper, box = as_fields(load_compact(content), "version", "use", "keeper", "box")
    text = as_text(use)
    if version != _VERSION or version is True or text not in set(KeyUse):
        raise DecodeError("not a lock of this version")
    found = FolderLock(KeyUse(text), as_text(keeper), box)
    if found.text != content:
        raise DecodeError("not a lock of this version")
    return found


def missing(path: Path) -> KeyFolderError:
    """Say that a file of keys is not there."""
    return KeyFolderError.of(
        "{path} is missing; make the keys first (amin election new), or restore the copy",
        path=path,
    )


def unreadable(path: Path, error: OSError) -> KeyFolderError:
    """Say that a file of keys cannot be read."""
    return KeyFolderError.of("{path} cannot be read: {reason}", path=path, reason=because(error))


def damaged(path: Path, error: DecodeError) -> KeyFolderError:
    """Say that a file of keys is damaged."""
    return KeyFolderError.of(
        "{path} is damaged; restore the copy: {error}", path=path, error=because(error)
    )


# ---------------------------------------------------------------- parts


def _opened(path: Path, use: KeyUse, key: bytearray) -> KeyFolder:
    try:
        return KeyFolder(path, use, bytes(key))
    finally:
        wipe(key)


def _closed(use: KeyUse, keeper: SecretKeeper, key: bytearray) -> FolderLock:
    empty = FolderLock(use, keeper.name, None)
    return FolderLock(use, keeper.name, keeper.wrap(key, empty.context))


def _key_of(found: FolderLock, path: Path, keeper: SecretKeeper) -> bytearray:
    if keeper.name != found.keeper:
        raise KeyFolderError.of(
            "the keys in {folder} are closed by {keeper}, not by {name}",
            folder=path,
            keeper=Latin(found.keeper),
            name=Latin(keeper.name),
        )
    try:
        return keeper.unwrap(found.box, found.context)
    except CryptoError as error:
        raise KeyFolderError.of(
            "the keys in {folder} stay closed: {reason}",
            folder=path,
            reason=because(error),
        ) from error
