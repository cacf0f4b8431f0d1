"""Let people look: an account has a passphrase and one-time codes of a telephone (RFC 6238).

    accounts/<name>.json    the code's secret, closed with the passphrase (Argon2id); the district that the
                            account sees, or the whole country
    looked.jsonl            who looked at what, and when

Nothing on the board can be changed by anybody: an account only reads. A code is good once; five wrong tries
make an account wait, and one try is computed at a time.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from annotated_types import MaxLen
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from crypto.errors import CryptoError
from crypto.passphrase import (
    Cost,
    check_new_passphrase,
    decrypt_with_passphrase,
    encrypt_with_passphrase,
)
from crypto.strict_json import read_json
from election.definition import ID_PATTERN
from election.errors import ElectionError
from election.fields import Pattern
from election.files import PRIVATE, read_file, replace_file, write_new
from election.schema import SchemaError, from_json, to_json
from words.digits import to_latin_digits
from words.message import m

ACCOUNTS_FOLDER: Final = "accounts"
LOOKED_FILE: Final = "looked.jsonl"
COST: Final = Cost(64 * 1024, 3, 4)
"""RFC 9106 section 4, the second recommendation."""
TRIES: Final = 5
WAIT_SECONDS: Final = 300
SESSION_SECONDS: Final = 8 * 3600
_MAX_ACCOUNT: Final = 16 * 1024
_SECRET_BYTES: Final = 20
_STEP: Final = 30
_DIGITS: Final = 6
_MAX_STEP: Final = 20
"""Bytes of the file beside an account, NAME.used: the step of the last code that was good."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may look."""

    format: Literal["amin-board-account"] = field(default="amin-board-account", kw_only=True)
    version: Literal[1] = field(default=1, kw_only=True)
    name: Annotated[str, Pattern(ID_PATTERN)]
    district: Annotated[str, MaxLen(200)]
    """Of the register; empty for the whole country."""
    box: Annotated[str, MaxLen(2000)]
    """JSON of the closed secret."""

    @property
    def context(self) -> bytes:
        """What the closed secret is bound to."""
        return _context(self.name, self.district)


def add_account(folder: Path, name: str, district: str, passphrase: str, issuer: str) -> str:
    """Make an account; return the otpauth address of its codes, which is shown once.

    Raises `ElectionError` for a name that is taken or impossible, `WeakPassphraseError`, `OSError`.
    """
    check_new_passphrase(passphrase)
    secret = secrets.token_bytes(_SECRET_BYTES)
    box = encrypt_with_passphrase(passphrase, secret, _context(name, district), COST)
    try:
        data = to_json(Account(name, district, json.dumps(box)))
        from_json(Account, data)
    except (SchemaError, ValueError) as error:
        raise ElectionError(m("a name has letters, digits and hyphens, 32 at most")) from error
    place = folder / ACCOUNTS_FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    try:
        write_new(place / f"{name}.json", data, PRIVATE)
    except FileExistsError as error:
        raise ElectionError(m("there is an account of this name already")) from error
    return _codes(secret).get_provisioning_uri(name, issuer)


@dataclass(slots=True)
class _Tries:
    wrong: int = 0
    until: float = 0.0
    used: int = 0
    """The step of the last code that was good."""


@dataclass(slots=True)
class Doorkeeper:
    """Signs people in, and remembers them by a random word in a cookie."""

    folder: Path
    clock: Callable[[], float]
    """Seconds since 1970."""
    _tries: dict[str, _Tries] = field(default_factory=dict)
    _sessions: dict[str, tuple[Account, float]] = field(default_factory=dict)

    def sign_in(self, name: str, passphrase: str, code: str) -> tuple[str, Account] | None:
        """Return the word of a new session and its account; None for whoever is not let in."""
        account, now = self._account(name), self.clock()
        tries = None if account is None else self._tries_of(account.name)
        if account is None or tries is None or now < tries.until:
            with suppress(CryptoError):  # as long as for a name that is there and does not wait
                encrypt_with_passphrase(passphrase, b"", b"", COST)
            return None
        step = _step_of(account, passphrase, to_latin_digits(code.strip()), now)
        if step is None or step <= tries.used:
            tries.wrong += 1
            if tries.wrong >= TRIES:
                tries.wrong, tries.until = 0, now + WAIT_SECONDS
            self.note(account.name, "refused")
            return None
        tries.wrong, tries.used = 0, step
        # A code is good once, also over a restart.
        replace_file(self._used(account.name), str(step).encode())
        word = secrets.token_urlsafe(32)
        self._forget(now)
        self._sessions[word] = account, now + SESSION_SECONDS
        self.note(account.name, "signed-in")
        return word, account

    def who(self, word: str) -> Account | None:
        """Return whose session it is; None for one that is over, or none."""
        found = self._sessions.get(word)
        return found[0] if found is not None and self.clock() < found[1] else None

    def sign_out(self, word: str) -> None:
        """End a session."""
        self._sessions.pop(word, None)

    def note(self, name: str, what: str) -> None:
        """Write down who looked. Raises `OSError`."""
        at = datetime.fromtimestamp(self.clock(), UTC).isoformat(timespec="seconds")
        line = json.dumps({"at": at, "who": name, "what": what}) + "\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self.folder / LOOKED_FILE, flags, PRIVATE)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)

    def _account(self, name: str) -> Account | None:
        listed = {path.stem: path for path in (self.folder / ACCOUNTS_FOLDER).glob("*.json")}
        if name not in listed:  # a name is looked up, never made a path
            return None
        try:
            account = from_json(Account, read_file(listed[name], _MAX_ACCOUNT))
        except (OSError, SchemaError):
            return None
        return account if account.name == name else None

    def _tries_of(self, name: str) -> _Tries:
        if name not in self._tries:
            used = 0
            with suppress(FileNotFoundError, ValueError):
                used = int(read_file(self._used(name), _MAX_STEP))
            self._tries[name] = _Tries(used=used)
        return self._tries[name]

    def _used(self, name: str) -> Path:
        return self.folder / ACCOUNTS_FOLDER / f"{name}.used"

    def _forget(self, now: float) -> None:
        # People sign in on a thread, and out on the loop.
        for word, (_, end) in tuple(self._sessions.items()):
            if end <= now:
                self._sessions.pop(word, None)


# ---------------------------------------------------------------- parts


def _step_of(account: Account, passphrase: str, code: str, now: float) -> int | None:
    """Return the step of a good code, this one or a neighbour; None for anything wrong."""
    try:
        box: Any = read_json(account.box.encode())
        secret = bytes(decrypt_with_passphrase(passphrase, box, account.context))
    except CryptoError:
        return None
    codes = _codes(secret)
    for step in (int(now) // _STEP + shift for shift in (-1, 0, 1)):
        try:
            codes.verify(code.encode(), step * _STEP)
        except InvalidToken:
            continue
        return step
    return None


def _codes(secret: bytes) -> TOTP:
    return TOTP(secret, _DIGITS, SHA1(), _STEP)


def _context(name: str, district: str) -> bytes:
    return f"account of a status board|{name}|{district}".encode()
