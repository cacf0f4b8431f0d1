"""Write and check the code that a closing report carries as a QR symbol.

    AMINR1: ‖ Base32 (RFC 4648, section 6), without padding, of
        canonical CBOR of {number (the election's, 32 bytes), device, numbers, roots} ‖ Ed25519 signature

numbers and roots:

    ballot terminal     [cast, spoiled]       [root of the records, root of spent authorizations]
    identity station    [issued, claimed]     []

About 210 bytes, 340 characters of the alphanumeric mode: both signatures of a root would be 3,373 bytes, more
than a symbol holds,
so the device's Ed25519 key signs alone, as it signs records. The roots are whole, because whoever makes
records could look for two sets with the same beginning. The code is signed, because an unsigned one would let
anybody claim a report; and by a key that the register holds, so that the report of a missing device can be
checked, too.
"""

from __future__ import annotations

import re
from base64 import b32decode, b32encode
from dataclasses import dataclass
from typing import Annotated, Final

from annotated_types import Len, MaxLen

from crypto.errors import CryptoError, DecodeError
from crypto.hybrid import HybridKey
from crypto.signing import SIGNATURE_SIZE, PublicKey
from election.definition import DeviceId
from election.errors import RefusedError
from election.fields import Hash, Number
from election.reasons import ReportReason
from election.schema import SchemaError, from_cbor, to_cbor

PREFIX: Final = "AMINR1:"
MAX_TEXT: Final = 1024
"""Characters of a code, spaces included."""
_CONTEXT: Final = "amin closing report"


class ReportError(RefusedError[ReportReason]):
    """The code of a report is refused."""


@dataclass(frozen=True, slots=True)
class ReportedNumbers:
    """The numbers and roots that a closing report shows."""

    number: Hash
    """Of the election."""
    device: DeviceId
    numbers: Annotated[tuple[Number, ...], Len(2, 2)]
    """Cast and spoiled; of a station issued, and claimed without a confirmed card."""
    roots: Annotated[tuple[Hash, ...], MaxLen(2)]
    """Of the records and of spent authorizations; none of a station."""


@dataclass(frozen=True, slots=True)
class ReportCode:
    """A code as it was read; nothing in it is believed before `verify`."""

    said: ReportedNumbers
    signature: bytes

    def verify(self, key: bytes) -> None:
        """Verify by the device's registered Ed25519 key (32 bytes). Raises `ReportError`."""
        try:
            PublicKey(key).verify(_CONTEXT, to_cbor(self.said), self.signature)
        except CryptoError as error:
            raise ReportError(ReportReason.REPORT_SIGNATURE) from error


def write_report_code(said: ReportedNumbers, key: HybridKey) -> str:
    """Sign what a report says, as the text of its QR symbol. `ValueError` for values out of bounds."""
    content = to_cbor(said)
    signed = content + key.classical.sign(_CONTEXT, content)
    return PREFIX + b32encode(signed).decode().rstrip("=")


def read_report_code(text: str) -> ReportCode:
    """Read a code as a camera or a person gives it: spaces and small letters do not matter.

    Raises `ReportError`.
    """
    packed = re.sub(r"\s", "", text).upper()
    if len(text) > MAX_TEXT or not packed.startswith(PREFIX):
        raise ReportError(ReportReason.REPORT_FORMAT)
    body = packed.removeprefix(PREFIX)
    try:
        data = b32decode(body + "=" * (-len(body) % 8))
        content, signature = data[:-SIGNATURE_SIZE], data[-SIGNATURE_SIZE:]
        said = from_cbor(ReportedNumbers, content)
    except (ValueError, SchemaError, DecodeError) as error:
        raise ReportError(ReportReason.REPORT_FORMAT) from error
    if b32encode(data).decode().rstrip("=") != body:
        raise ReportError(ReportReason.REPORT_FORMAT)
    return ReportCode(said, signature)
