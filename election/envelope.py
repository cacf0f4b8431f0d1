"""Write and read the file around a signed document: raw content, certificates and signatures.

    {"format", "content", "version", "signatures": [bytes …], "certificates": [bytes …]}

Canonical CBOR; `content` is a byte string that nobody decodes before its signatures are verified.
Each signer signs, with both keys (`crypto.hybrid`), the same bytes

    [format, version, SHA-256(content), [SHA-256(certificate) …]]                canonical CBOR

under the context of the format, so content, version and the set of signers cannot change. The n-th
signature is that of the n-th certificate. No byte of the file is outside of what is signed or is a
signature, so none can be changed unseen.

What is read before a signature is checked is bounded: the file's size, the number of CBOR items
(counted before anything is built), of signers, and the size of each certificate and signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from crypto import canonical
from crypto.certificates import MAX_CERTIFICATE_SIZE, Subject
from crypto.errors import DecodeError
from crypto.hybrid import SIGNATURE_SIZE, HybridKey
from election import signed
from election.errors import RefusedError
from election.reasons import EnvelopeReason
from election.signed import Signature

MAX_SIGNERS: Final = 4
_KEYS: Final = {"format", "version", "content", "certificates", "signatures"}
_MAX_ITEMS: Final = 1 + 2 * len(_KEYS) + 2 * MAX_SIGNERS
"""CBOR items of the largest envelope: the map, its keys and values, certificates and signatures."""


@dataclass(frozen=True, slots=True)
class EnvelopeFormat:
    """One kind of document."""

    name: str
    version: int
    context: str
    """Of its signatures."""
    max_size: int = canonical.MAX_SIZE
    """Bytes of the whole file."""


class EnvelopeRefusedError(RefusedError[EnvelopeReason]):
    """The file is no envelope of the wanted format."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A content whose signatures hold."""

    content: bytes
    signers: tuple[Subject, ...]


class Envelope:
    """An envelope as it was read. Its content is to be had by `open`, and by `reopen` later."""

    __slots__ = ("_content", "form", "signatures")

    def __init__(
        self, form: EnvelopeFormat, content: bytes, signatures: tuple[Signature, ...]
    ) -> None:
        self.form = form
        self.signatures = signatures
        self._content = content

    def reopen(self) -> bytes:
        """Return the content of an envelope that was opened before, byte for byte, on this machine."""
        return self._content

    def open(
        self,
        roles: Sequence[Collection[str]],
        root: bytes,
        now: datetime,
        *,
        branch: str | None = None,
    ) -> Opened:
        """Verify as `election.signed.verify` does. Raises `SignatureRefusedError`."""
        certificates = [signature.certificate for signature in self.signatures]
        message = _to_be_signed(self.form, self._content, certificates)
        signers = signed.verify(
            message, self.form.context, self.signatures, roles, root, now, branch=branch
        )
        return Opened(self._content, signers)


def write_envelope(
    form: EnvelopeFormat, content: bytes, signers: Sequence[tuple[HybridKey, bytes]]
) -> bytes:
    """Sign `content` with each key; beside it stands its certificate (DER).

    Raises `EnvelopeRefusedError` if the file is too large, `ValueError` for signers that are none or too
    many, or too large a certificate.
    """
    certificates = [certificate for _, certificate in signers]
    return join_envelope(
        form,
        content,
        [
            Signature(certificate, sign_part(form, content, certificates, key))
            for key, certificate in signers
        ],
    )


def sign_part(
    form: EnvelopeFormat, content: bytes, certificates: Sequence[bytes], key: HybridKey
) -> bytes:
    """Return the signature of one signer of several, who sign at different places.

    `certificates`: of all of them, in order; `join_envelope` takes the signatures.
    """
    return key.sign(form.context, _to_be_signed(form, content, certificates))


def join_envelope(form: EnvelopeFormat, content: bytes, signatures: Sequence[Signature]) -> bytes:
    """Put signatures of `sign_part` beside their content. Raises as `write_envelope` does."""
    if not 0 < len(signatures) <= MAX_SIGNERS:
        raise ValueError(f"an envelope has 1 to {MAX_SIGNERS} signers")
    if any(len(each.certificate) > MAX_CERTIFICATE_SIZE for each in signatures):
        raise ValueError(f"a certificate has {MAX_CERTIFICATE_SIZE} bytes at most")
    data = canonical.encode(
        {
            "format": form.name,
            "version": form.version,
            "content": content,
            "certificates": [each.certificate for each in signatures],
            "signatures": [each.value for each in signatures],
        }
    )
    if len(data) > form.max_size:
        raise EnvelopeRefusedError(EnvelopeReason.TOO_LARGE)
    return data


def read_envelope(form: EnvelopeFormat, data: bytes) -> Envelope:
    """Take an envelope apart; nothing in it is believed yet. Raises `EnvelopeRefusedError`."""
    if len(data) > form.max_size:
        raise EnvelopeRefusedError(EnvelopeReason.TOO_LARGE)
    try:
        value = canonical.decode(data, form.max_size, _MAX_ITEMS)
    except DecodeError as error:
        raise EnvelopeRefusedError(EnvelopeReason.FORMAT) from error
    if not isinstance(value, dict) or value.get("format") != form.name:
        raise EnvelopeRefusedError(EnvelopeReason.FORMAT)
    version = value.get("version")
    if type(version) is not int or version != form.version:
        raise EnvelopeRefusedError(EnvelopeReason.VERSION)
    content = value.get("content")
    certificates = _byte_strings(value.get("certificates"), MAX_CERTIFICATE_SIZE)
    signatures = _byte_strings(value.get("signatures"), SIGNATURE_SIZE)
    if (
        value.keys() != _KEYS
        or not isinstance(content, bytes)
        or not 0 < len(certificates) == len(signatures) <= MAX_SIGNERS
    ):
        raise EnvelopeRefusedError(EnvelopeReason.FORMAT)
    return Envelope(form, content, tuple(map(Signature, certificates, signatures)))


def is_envelope(form: EnvelopeFormat, data: bytes) -> bool:
    """Tell by its first bytes whether a file calls itself one of this format; nothing else is read."""
    head = canonical.encode(dict.fromkeys(_KEYS, ""))[:1]
    return data.startswith(head + canonical.encode("format") + canonical.encode(form.name))


# ---------------------------------------------------------------- parts


def _to_be_signed(form: EnvelopeFormat, content: bytes, certificates: Sequence[bytes]) -> bytes:
    hashes = [hashlib.sha256(certificate).digest() for certificate in certificates]
    return canonical.encode([form.name, form.version, hashlib.sha256(content).digest(), hashes])


def _byte_strings(value: object, limit: int) -> list[bytes]:
    """Return the byte strings of a list; none if it is anything else, or one is longer than `limit`."""
    if not isinstance(value, list):
        return []
    found = [item for item in value if isinstance(item, bytes) and len(item) <= limit]
    return found if len(found) == len(value) else []
