"""Keep a device's private keys on its disk closed: by its TPM, or by a PKCS#11 token.

Neither holds the keys themselves, because none knows ML-DSA or ML-KEM: it holds what opens them. Whoever
takes the disk alone has nothing. The programs are those of the system (Debian: systemd, opensc), called
without a shell; secrets pass through pipes, a PIN through the environment, none through arguments.

    tpm      systemd-creds(1): AES-256-GCM, its key sealed by the TPM, to the state of secure boot (PCR 7)
    token    AES-256-GCM, its key encrypted to an RSA key that stays in the token (RSAES-OAEP, RFC 8017)
"""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from drivers.errors import DriverError

ANSWER_S: Final = 60.0
"""How long a TPM or a token may take; a TPM makes an RSA key in up to half a minute."""
MAX_CLOSED: Final = 64 * 1024
"""Bytes of a closed key; the longest pair has six kilobytes."""
_KEY_SIZE: Final = 32
_NONCE_SIZE: Final = 12
_LARGEST_MODULUS: Final = 512
_PIN_VARIABLE: Final = "AMIN_TOKEN_PIN"


class KeyKeeper(Protocol):
    """Closes secrets, and opens them on this machine only."""

    def close(self, name: str, secret: bytes) -> bytes:
        """Close a secret under a name. Raises `DriverError`."""

    def open(self, name: str, closed: bytes) -> bytes:
        """Open what was closed under this name. Raises `DriverError`."""


@dataclass(frozen=True, slots=True)
class TpmKeeper:
    """The TPM of the machine; `device` is a device node, or driver and argument of another TCTI."""

    device: str = "auto"

    def close(self, name: str, secret: bytes) -> bytes:
        """Close a secret under a name. Raises `DriverError`."""
        sealing = ("--with-key=tpm2", "--tpm2-pcrs=7", "encrypt", "-", "-")
        return _run(("systemd-creds", *self._options(name), *sealing), secret)

    def open(self, name: str, closed: bytes) -> bytes:
        """Open what was closed under this name. Raises `DriverError`."""
        return _run(("systemd-creds", *self._options(name), "decrypt", "-", "-"), closed)

    def _options(self, name: str) -> tuple[str, str]:
        return f"--name={name}", f"--tpm2-device={self.device}"


@dataclass(frozen=True, slots=True)
class TokenKeeper:
    """An RSA key in a PKCS#11 token, found by its label."""

    module: Path
    token: str
    key: str
    pin: str = field(repr=False)

    def close(self, name: str, secret: bytes) -> bytes:
        """Close a secret under a name. Raises `DriverError`."""
        inner, nonce = secrets.token_bytes(_KEY_SIZE), secrets.token_bytes(_NONCE_SIZE)
        wrapped = self._public().encrypt(inner, _OAEP)
        sealed = AESGCM(inner).encrypt(nonce, secret, name.encode())
        return len(wrapped).to_bytes(2) + wrapped + nonce + sealed

    def open(self, name: str, closed: bytes) -> bytes:
        """Open what was closed under this name. Raises `DriverError`."""
        length = int.from_bytes(closed[:2])
        wrapped, rest = closed[2 : 2 + length], closed[2 + length :]
        if not 0 < length <= _LARGEST_MODULUS or len(rest) <= _NONCE_SIZE:
            raise DriverError("the closed key is damaged; restore it, or enrol the device anew")
        oaep = ("--mechanism", "RSA-PKCS-OAEP", "--hash-algorithm", "SHA-1", "--mgf", "MGF1-SHA1")
        login = ("--login", "--pin", f"env:{_PIN_VARIABLE}", "--decrypt", *oaep)
        inner = _run((*self._tool(), *login, "--label", self.key), wrapped, self.pin)
        try:
            return AESGCM(inner).decrypt(rest[:_NONCE_SIZE], rest[_NONCE_SIZE:], name.encode())
        except (InvalidTag, ValueError) as error:
            raise DriverError("the token opened something else than what was closed") from error

    def _public(self) -> rsa.RSAPublicKey:
        found = _run((*self._tool(), "--read-object", "--type", "pubkey", "--label", self.key), b"")
        try:
            key = serialization.load_der_public_key(found)
        except ValueError as error:
            raise DriverError("the token shows no key; make one of type rsa:3072") from error
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
            raise DriverError("the token's key is no RSA key of 2048 bits or more")
        return key

    def _tool(self) -> tuple[str, ...]:
        return "pkcs11-tool", "--module", str(self.module), "--token-label", self.token


_OAEP: Final = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
"""SHA-1 as a mask, not as a signature: RFC 8017, B.1, still recommends it for RSAES-OAEP."""


def _run(command: Sequence[str], given: bytes, pin: str | None = None) -> bytes:
    """Run a program of the system; what it wrote. Raises `DriverError` with its last line."""
    surroundings = {**os.environ, "LC_ALL": "C"}
    if pin is not None:
        surroundings[_PIN_VARIABLE] = pin
    try:
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            timeout=ANSWER_S,
            check=False,
            env=surroundings,
        )
    except FileNotFoundError as error:
        raise DriverError(f"{command[0]} is not installed") from error
    except (subprocess.TimeoutExpired, OSError) as error:
        raise DriverError(f"{command[0]} did not answer; look at TPM or token") from error
    if done.returncode != 0 or not done.stdout:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise DriverError(f"{command[0]}: {said[-1][:200] if said else 'no answer'}")
    return done.stdout
