"""Sign texts, and seal them from one trustee to another.

A trustee's secret is a seed of 22 characters: sk = H(`sk|` seed) signs, dk = H(`dk|` seed) opens
what is sealed to it; vk = sk·G and ek = dk·G are public.

A signature of the text M has the challenge H(`sigmsg|` M `|` S(w·G)).

A sealed text goes from sk to ek: R = {"recipient":S(ek),"message":M}; T = R with its signature;
alpha = r·G, K = t·G, beta = r·ek + K; AES-256-GCM over T with key SHA-256(`key|` S(K)) and, as
IV, all 32 bytes of SHA-256(`iv|` S(alpha)) (SP 800-38D 7.1 allows IVs of any length; every IV is
used once, because r is fresh). The text is {"algorithm":"AES-GCM","alpha":…,"beta":…,"data":hex}.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.compact_json import ParsedJson, as_bytes, as_fields, as_text, dump, load_compact
from crypto.election import ALPHABET
from crypto.elgamal import Ciphertext, encrypt
from crypto.errors import DecodeError, ProofError
from crypto.group import (
    Point,
    Scalar,
    ScalarSource,
    hash_to_scalar,
    mul,
    mul_base,
    point_from_text,
    point_text,
    sub,
)
from crypto.proofs import Proof, is_schnorr_valid, prove_schnorr

SEED_LENGTH = 22
ALGORITHM = "AES-GCM"
LARGEST_SEALED = 65536
"""Characters of a sealed text's data. A polynomial of 255 coefficients needs about 43,000."""

_SEED = re.compile(f"[{ALPHABET}]{{{SEED_LENGTH}}}")
_TAG = 16


class StepRefusedError(ProofError):
    """A part of a key ceremony is well-formed but does not hold; `reason` is a stable word.

    Reasons: context, keys, signature, recipient, sealed, polynomial, commitments, share, public-key,
    pok. `trustee` is whose part it is, from 1; None where the step knows only one.
    """

    def __init__(self, reason: str, message: str, trustee: int | None = None) -> None:
        super().__init__(message if trustee is None else f"trustee {trustee}: {message}")
        self.reason = reason
        self.trustee = trustee


@dataclass(frozen=True, slots=True)
class TrusteeSecret:
    """A trustee's seed and the keys that follow from it. Never print or log this."""

    seed: str

    def __post_init__(self) -> None:
        if not _SEED.fullmatch(self.seed):
            raise DecodeError(f"a trustee's seed has {SEED_LENGTH} characters of its alphabet")

    def __repr__(self) -> str:
        return "TrusteeSecret(…)"

    @classmethod
    def generate(cls, below: Callable[[int], int] = secrets.randbelow) -> "TrusteeSecret":
        """Draw a new seed; `below(n)` gives a uniform number in 0…n−1."""
        return cls("".join(ALPHABET[below(len(ALPHABET))] for _ in range(SEED_LENGTH)))

    @property
    def signing_key(self) -> Scalar:
        """The private signing key sk."""
        return hash_to_scalar(f"sk|{self.seed}")

    @property
    def opening_key(self) -> Scalar:
        """The private decryption key dk."""
        return hash_to_scalar(f"dk|{self.seed}")

    @property
    def verification(self) -> Point:
        """The public verification key vk."""
        return mul_base(self.signing_key)

    @property
    def encryption(self) -> Point:
        """The public encryption key ek."""
        return mul_base(self.opening_key)


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A text and its signature (`sigmsg|`)."""

    message: str
    signature: Proof

    @classmethod
    def make(cls, secret: TrusteeSecret, message: str, draw: ScalarSource) -> "SignedMessage":
        """Sign a text with the trustee's sk."""
        return cls(message, sign_text(secret, message, draw))

    def as_json(self) -> ParsedJson:
        """Return the object with the members `message` and `signature`."""
        return {"message": self.message, "signature": self.signature.as_json()}

    @property
    def text(self) -> bytes:
        """The compact JSON of `as_json`."""
        return dump(self.as_json())

    @classmethod
    def from_json(cls, value: ParsedJson) -> "SignedMessage":
        """Parse an object of `as_json`, without checking the signature. Raises DecodeError."""
        message, signature = as_fields(value, "message", "signature")
        return cls(as_text(message), Proof.from_json(signature))

    def is_signed_by(self, verification: Point) -> bool:
        """Return whether the signature holds for this verification key."""
        return text_is_signed(verification, self.message, self.signature)

    def fields(self, *names: str) -> list[ParsedJson]:
        """Return the values of a message that is an object with these fields. Raises DecodeError."""
        return inner_fields(self.message, *names)


def sign_text(secret: TrusteeSecret, text: str, draw: ScalarSource) -> Proof:
    """Sign a text with the trustee's sk."""
    return prove_schnorr(f"sigmsg|{text}|", secret.signing_key, draw)


def text_is_signed(verification: Point, text: str, signature: Proof) -> bool:
    """Return whether the owner of the key `verification` signed the text."""
    return is_schnorr_valid(f"sigmsg|{text}|", verification, signature)


def inner_fields(text: str, *names: str) -> list[ParsedJson]:
    """Return the values of a JSON object inside a text. Raises DecodeError."""
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise DecodeError("a text with half of a character") from error
    return as_fields(load_compact(data), *names)


@dataclass(frozen=True, slots=True)
class SealedMessage:
    """A text sealed to one trustee."""

    key: Ciphertext
    data: bytes

    @property
    def text(self) -> str:
        """The compact JSON that other steps embed as a string."""
        value = {
            "algorithm": ALGORITHM,
            "alpha": point_text(self.key.alpha),
            "beta": point_text(self.key.beta),
            "data": self.data.hex(),
        }
        return dump(value).decode()

    @classmethod
    def parse(cls, text: str) -> "SealedMessage":
        """Parse a `text`; nothing is opened. Raises DecodeError."""
        algorithm, alpha, beta, data = inner_fields(text, "algorithm", "alpha", "beta", "data")
        if algorithm != ALGORITHM:
            raise DecodeError("a sealed text of another algorithm; use belenios-tool 3.1 or later")
        key = Ciphertext(point_from_text(as_text(alpha)), point_from_text(as_text(beta)))
        sealed = as_bytes(data)
        if not _TAG <= len(sealed) <= LARGEST_SEALED // 2:
            raise DecodeError("sealed data has an impossible size")
        return cls(key, sealed)


def seal_to(
    secret: TrusteeSecret, recipient: Point, message: str, draw: ScalarSource
) -> SealedMessage:
    """Sign a text and seal it to the recipient's ek."""
    bound = dump({"recipient": point_text(recipient), "message": message}).decode()
    signed = SignedMessage.make(secret, bound, draw)
    key = mul_base(draw())
    envelope = encrypt(recipient, key, draw())
    return SealedMessage(envelope, _cipher(key).encrypt(_iv(envelope.alpha), signed.text, None))


def open_sealed(secret: TrusteeSecret, sender: Point, sealed: SealedMessage) -> str:
    """Open a text that `sender` (a vk) sealed to this secret, and verify its signature.

    Raises StepRefusedError (`sealed`, `signature`, `recipient`) or DecodeError.
    """
    key = sub(sealed.key.beta, mul(secret.opening_key, sealed.key.alpha))
    try:
        plain = _cipher(key).decrypt(_iv(sealed.key.alpha), sealed.data, None)
    except InvalidTag as error:
        raise StepRefusedError(
            "sealed", "a sealed text cannot be opened; it was altered"
        ) from error
    signed = SignedMessage.from_json(load_compact(plain))
    if not signed.is_signed_by(sender):
        raise StepRefusedError("signature", "a sealed text is not signed by its sender")
    recipient, message = signed.fields("recipient", "message")
    if recipient != point_text(secret.encryption):
        raise StepRefusedError("recipient", "a sealed text was meant for another trustee")
    return as_text(message)


def _cipher(key: Point) -> AESGCM:
    return AESGCM(hashlib.sha256(f"key|{point_text(key)}".encode()).digest())


def _iv(alpha: Point) -> bytes:
    return hashlib.sha256(f"iv|{point_text(alpha)}".encode()).digest()
