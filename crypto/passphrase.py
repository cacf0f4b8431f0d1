"""Encrypt a secret with a passphrase: Argon2id (RFC 9106) derives the key, AES-256-GCM encrypts.

    {"kdf":"argon2id","memory":262144,"passes":3,"lanes":4,"salt":hex,"nonce":hex,"data":hex}

Memory is in KiB. The parameters are stored, so that they can be raised later, and bounded when
read, so that a file from elsewhere can't take the machine's memory or hours. They, and a context
of the caller's, are authenticated with the secret.

The passphrase is normalised to Unicode's NFKC, and the Arabic yeh and kaf count as the Persian
ones: the same words typed on another keyboard decrypt the secret.

Keys and decrypted secrets are bytearrays, wiped as soon as they are not needed. What Python made
of them in between (the passphrase as a string, copies inside libraries) can't be wiped.
"""

import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from crypto.compact_json import ParsedJson, as_bytes, as_fields, as_number, dump
from crypto.errors import CryptoError, DecodeError, UnsealError, UnsupportedVersionError
from crypto.wiping import wipe

SHORTEST = 15
"""Characters; NIST SP 800-63B-4 section 3.1.1.2 asks for 15 where nothing else guards."""
LONGEST = 256
FEWEST_DIFFERENT = 6
ADVICE = (
    f"use at least {SHORTEST} characters: four or five words that do not belong together, "
    "drawn by lot rather than thought up, and found nowhere else"
)
LARGEST_SECRET = 65536

_KDF = "argon2id"
_KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE_BYTES = 12
_TAG_BYTES = 16
_ARABIC_TO_PERSIAN = str.maketrans({"\u064a": "\u06cc", "\u0649": "\u06cc", "\u0643": "\u06a9"})


class WeakPassphraseError(CryptoError):
    """A new passphrase is too short or too even; the message says what makes a good one."""


class NotEnoughMemoryError(CryptoError):
    """The machine cannot give the memory that the box asks for."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost parameters of Argon2id. Raises DecodeError outside the bounds allowed here."""

    memory_kib: int
    passes: int
    lanes: int

    def __post_init__(self) -> None:
        if not (
            8192 <= self.memory_kib <= 1024 * 1024
            and 1 <= self.passes <= 16
            and 1 <= self.lanes <= 16
        ):
            raise DecodeError("Argon2id with 8 MiB to 1 GiB, 1 to 16 passes, 1 to 16 lanes")


STANDARD = Cost(256 * 1024, 3, 4)
"""Four times the memory of RFC 9106 section 4, second recommendation; about a second."""


def check_new_passphrase(passphrase: str) -> None:
    """Refuse a new passphrase that is too weak to protect a trustee's secret.

    Raises WeakPassphraseError with advice, DecodeError if it is no Unicode text.
    """
    plain = _normal(passphrase).decode()
    if len(plain) < SHORTEST or len(set(plain)) < FEWEST_DIFFERENT:
        raise WeakPassphraseError(f"this passphrase can be guessed; {ADVICE}")
    if len(plain) > LONGEST:
        raise WeakPassphraseError(f"a passphrase has at most {LONGEST} characters")


def encrypt_with_passphrase(
    passphrase: str,
    secret: bytes | bytearray,
    context: bytes,
    cost: Cost = STANDARD,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> ParsedJson:
    """Encrypt a secret with a passphrase.

    secret: up to 65,536 bytes; context: authenticated, and has to be given again to decrypt;
    random(n): n random bytes. Raises NotEnoughMemoryError, UnsupportedVersionError without Argon2id.
    """
    salt, nonce = random(_SALT_BYTES), random(_NONCE_BYTES)
    header = _header(cost, salt, nonce)
    key = _derive(passphrase, cost, salt)
    try:
        data = AESGCM(key).encrypt(nonce, secret, dump(header) + context)
    finally:
        wipe(key)
    return {**header, "data": data.hex()}


def decrypt_with_passphrase(passphrase: str, box: ParsedJson, context: bytes) -> bytearray:
    """Decrypt a secret with its passphrase; `wipe` it after use.

    Raises UnsealError for another passphrase or an altered box, DecodeError or UnsupportedVersionError for
    what is no such box, NotEnoughMemoryError.
    """
    kdf, memory, passes, lanes, salt_text, nonce_text, data_text = as_fields(
        box, "kdf", "memory", "passes", "lanes", "salt", "nonce", "data"
    )
    if kdf != _KDF:
        raise UnsupportedVersionError("the secret is closed in a way this program does not know")
    cost = Cost(as_number(memory), as_number(passes), as_number(lanes))
    salt, nonce = as_bytes(salt_text, _SALT_BYTES), as_bytes(nonce_text, _NONCE_BYTES)
    data = as_bytes(data_text)
    if not _TAG_BYTES <= len(data) <= LARGEST_SECRET + _TAG_BYTES:
        raise DecodeError("the box has an impossible size")
    key = _derive(passphrase, cost, salt)
    secret = bytearray(len(data) - _TAG_BYTES)
    try:
        AESGCM(key).decrypt_into(nonce, data, dump(_header(cost, salt, nonce)) + context, secret)
    except InvalidTag as error:
        raise UnsealError("the passphrase is wrong, or the file was altered") from error
    finally:
        wipe(key)
    return secret


def _derive(passphrase: str, cost: Cost, salt: bytes) -> bytearray:
    key = bytearray(_KEY_BYTES)
    try:
        Argon2id(
            salt=salt,
            length=_KEY_BYTES,
            iterations=cost.passes,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        ).derive_into(_normal(passphrase), key)
    except MemoryError as error:
        needed = cost.memory_kib // 1024
        raise NotEnoughMemoryError(
            f"{needed} MiB of free memory are needed; close other programs and try again"
        ) from error
    except UnsupportedAlgorithm as error:
        raise UnsupportedVersionError(
            "this installation of cryptography has no Argon2id; install version 50 or newer"
        ) from error
    return key


def _normal(passphrase: str) -> bytes:
    try:
        return unicodedata.normalize("NFKC", passphrase).translate(_ARABIC_TO_PERSIAN).encode()
    except UnicodeEncodeError as error:
        raise DecodeError("the passphrase holds half of a character; type it again") from error


def _header(cost: Cost, salt: bytes, nonce: bytes) -> dict[str, ParsedJson]:
    return {
        "kdf": _KDF,
        "memory": cost.memory_kib,
        "passes": cost.passes,
        "lanes": cost.lanes,
        "salt": salt.hex(),
        "nonce": nonce.hex(),
    }
