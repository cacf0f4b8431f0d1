"""Verify the signatures of a document: certificates, roles, keys and message, in one way for all.

Package, closing bundle, numbers of a station, decisions, index: each is signed by holders of
certificates that hang on headquarters' root (`crypto.certificates`), with pairs of keys
(`crypto.hybrid`). `verify` takes the signed bytes as they are and knows nothing of the document. A
request to be enrolled has no certificate yet; it is signed with the key it asks for
(`verify_possession`).

An error is a `SignatureRefusedError`; each document says in its table of `election.reasons` what it
makes of it. A library without ML-DSA raises `crypto.errors.UnsupportedVersionError`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from crypto.certificates import Subject, verify_chain
from crypto.errors import CertificateRefusedError, DecodeError, SignatureError
from crypto.hybrid import HybridPublicKey
from election.because import because
from election.errors import RefusedError
from election.reasons import CERTIFICATES, SignatureReason
from words.message import Message


@dataclass(frozen=True, slots=True)
class Signature:
    """The certificate and signature that one signer added to a document."""

    certificate: bytes
    """DER."""
    value: bytes
    """With both keys: 3,373 bytes."""


class SignatureRefusedError(RefusedError[SignatureReason]):
    """The signatures of a document do not hold; `place`: which one, from 0."""

    def __init__(
        self, reason: SignatureReason, detail: Message | str | None = None, place: int = 0
    ) -> None:
        super().__init__(reason, detail)
        self.args = (reason, detail, place)
        self.place = place


def verify(
    message: bytes,
    context: str,
    signatures: Sequence[Signature],
    roles: Sequence[Collection[str]],
    root: bytes,
    now: datetime,
    *,
    branch: str | None = None,
) -> tuple[Subject, ...]:
    """Return who signed `message`, one for each entry of `roles` and in its order.

    `roles`: of each signature those that may make it, at least one. `root`: headquarters'
    certificate (DER), trusted beforehand. `now` (aware): when certificates have to be valid.
    `branch`: the one that all signers' certificates name; None where any will do. The signers have
    different keys. Raises `SignatureRefusedError`; nothing of the message may be believed then.
    """
    if not roles or len(signatures) != len(roles):
        raise SignatureRefusedError(SignatureReason.SIGNERS)
    holders = []
    for place, (signature, allowed) in enumerate(zip(signatures, roles, strict=True)):
        holder, key = _signer(signature, allowed, root, now, branch, place)
        _check(message, context, key, signature.value, place)
        holders.append(holder)
    if len({holder.signing_key.raw for holder in holders}) != len(holders):
        raise SignatureRefusedError(SignatureReason.SAME_KEY, place=len(holders) - 1)
    return tuple(holders)


def verify_possession(message: bytes, context: str, key: HybridPublicKey, value: bytes) -> None:
    """Return if whoever holds `key` signed `message`; who that is nobody has said yet.

    Raises `SignatureRefusedError`.
    """
    _check(message, context, key, value, 0)


# ---------------------------------------------------------------- parts


def _signer(
    signature: Signature,
    roles: Collection[str],
    root: bytes,
    now: datetime,
    branch: str | None,
    place: int,
) -> tuple[Subject, HybridPublicKey]:
    try:
        holder = verify_chain(signature.certificate, root, now, roles, branch)
        return holder, holder.signing_key
    except CertificateRefusedError as error:
        raise SignatureRefusedError(CERTIFICATES[error.reason], because(error), place) from error
    except DecodeError as error:
        raise SignatureRefusedError(SignatureReason.CERTIFICATE, because(error), place) from error


def _check(message: bytes, context: str, key: HybridPublicKey, value: bytes, place: int) -> None:
    try:
        key.verify(context, message, value)
    except SignatureError as error:
        raise SignatureRefusedError(SignatureReason.SIGNATURE, because(error), place) from error
    except DecodeError as error:
        raise SignatureRefusedError(SignatureReason.CERTIFICATE, because(error), place) from error
