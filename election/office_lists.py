"""Sign and verify a document of which two offices are jointly the authors, as the register names them.

An envelope in JSON (`election.json_envelope`) signed by headquarters and by the observer of the
supervision board. Their certificates stand in the register (`signers.missing`, `signers.lot`): a second
pair that headquarters makes after the day is nobody. They are judged as of when they began.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from crypto.certificates import valid_from
from crypto.errors import DecodeError
from crypto.hybrid import HybridKey
from election.because import because
from election.definition import DeviceId, Role
from election.envelope import Envelope, EnvelopeFormat, EnvelopeRefusedError
from election.errors import RefusedError
from election.json_envelope import read_json_envelope, write_json_envelope
from election.reasons import EnvelopeReason, OfficeListReason
from election.register import PublishedRegister
from election.schema import SchemaError, from_json, to_json
from election.signed import SignatureRefusedError

SIGNERS: Final = (Role.HEADQUARTERS, Role.OBSERVER)
"""Both sign, in this order."""
_ENVELOPE: Final = {
    EnvelopeReason.FORMAT: OfficeListReason.LIST_FORMAT,
    EnvelopeReason.TOO_LARGE: OfficeListReason.LIST_FORMAT,
    EnvelopeReason.VERSION: OfficeListReason.LIST_VERSION,
}
T = TypeVar("T")
Key = TypeVar("Key", DeviceId, bytes)


class OfficeListError(RefusedError[OfficeListReason]):
    """A list is refused."""


def write_list(
    form: EnvelopeFormat, content: object, signers: Sequence[tuple[HybridKey, bytes]]
) -> bytes:
    """Sign a list; `signers`: headquarters, then the observer, each with the certificate (DER).

    `ValueError` for values out of bounds.
    """
    return write_json_envelope(form, to_json(content), signers)


def open_list(
    form: EnvelopeFormat,
    document: type[T],
    data: bytes,
    published: PublishedRegister,
    believed: Sequence[bytes] | None = None,
) -> T:
    """Verify a list by the register and read it. Raises `OfficeListError`.

    `believed`: the certificates that may sign it; those of `signers.missing` if not given.
    """
    envelope = _envelope(form, data)
    register = published.register
    named = register.signers.missing if believed is None else believed
    certificates = [signature.certificate for signature in envelope.signatures]
    if not set(certificates) <= set(named):
        raise OfficeListError(OfficeListReason.LIST_SIGNATURE)
    try:
        began = max(map(valid_from, certificates))
        opened = envelope.open([{role} for role in SIGNERS], register.root, began)
    except (SignatureRefusedError, DecodeError) as error:
        raise OfficeListError(OfficeListReason.LIST_SIGNATURE, because(error)) from error
    try:
        return from_json(document, opened.content)
    except SchemaError as error:
        raise OfficeListError(OfficeListReason.LIST_FORMAT, error.message) from error


def check_number(number: bytes, published: PublishedRegister) -> None:
    """Raise `OfficeListError` for a list of another election. `number`: 32 bytes."""
    if number.hex() != published.number:
        raise OfficeListError(OfficeListReason.LIST_ELECTION)


def check_order(keys: Sequence[Key]) -> None:
    """Raise `OfficeListError` unless keys are in their order, each once."""
    if list(keys) != sorted(set(keys)):
        raise OfficeListError(OfficeListReason.LIST_ORDER)


def _envelope(form: EnvelopeFormat, data: bytes) -> Envelope:
    try:
        return read_json_envelope(form, data)
    except EnvelopeRefusedError as error:
        raise OfficeListError(_ENVELOPE[error.reason]) from error
