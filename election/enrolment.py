"""Write and check a device's request to be enrolled: what headquarters needs to put it on the list.

The device signs its own request with both of its keys (`crypto.hybrid`), which proves that it
holds them. Headquarters compares the fingerprint with the one the device shows before it issues a
certificate.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Annotated, Final, Literal

from annotated_types import Len

from crypto import canonical, hybrid, sealing
from crypto.errors import DecodeError
from crypto.hybrid import HybridKey, HybridPublicKey
from election.because import because
from election.definition import BranchId, DeviceId, DeviceRole, Role
from election.errors import RefusedError
from election.fields import LongSignature
from election.reasons import EnrolmentReason
from election.schema import from_json, to_json
from election.signed import SignatureRefusedError, verify_possession

_CONTEXT = "amin enrolment request"
_MAX_SIZE: Final = 16 * 1024
_CONSONANTS: Final = "bdfghjklmnprstvz"
_VOWELS: Final = "aiou"


class EnrolmentError(RefusedError[EnrolmentReason]):
    """An enrolment request is refused."""


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """The file: JSON, bytes as hex digits."""

    format: Literal["amin-enrolment-request-2"] = field(
        default="amin-enrolment-request-2", kw_only=True
    )
    device: DeviceId
    role: DeviceRole
    branch: BranchId
    signing_key: Annotated[bytes, Len(hybrid.PUBLIC_KEY_SIZE, hybrid.PUBLIC_KEY_SIZE)]
    """Of the device's `crypto.hybrid.HybridKey`."""
    sealing_key: Annotated[bytes, Len(sealing.PUBLIC_KEY_SIZE, sealing.PUBLIC_KEY_SIZE)]
    """Of the device's `crypto.sealing.SealingKey`."""
    signature: LongSignature

    @property
    def key(self) -> HybridPublicKey:
        """The key to be enrolled. Raises `DecodeError` for bytes that are none."""
        return HybridPublicKey.from_bytes(self.signing_key)

    @property
    def fingerprint(self) -> str:
        """What two people read to each other: 8 groups of 4 hex digits."""
        digest = hashlib.sha256(_message(self)).hexdigest()[:32]
        return " ".join(digest[i : i + 4] for i in range(0, 32, 4))

    @property
    def spoken(self) -> str:
        """The same fingerprint as eight words that can be said over a telephone."""
        return spoken(bytes.fromhex(self.fingerprint))


def spoken(data: bytes) -> str:
    """Say bytes, an even number of them, as words of five letters, 16 bits each.

    "Proquints" (arXiv:0901.4016): consonants stand for four bits, vowels for two.
    """
    groups = (int.from_bytes(data[i : i + 2]) for i in range(0, len(data), 2))
    return "-".join(
        _CONSONANTS[word >> 12]
        + _VOWELS[word >> 10 & 3]
        + _CONSONANTS[word >> 6 & 15]
        + _VOWELS[word >> 4 & 3]
        + _CONSONANTS[word & 15]
        for word in groups
    )


def make_request(
    device: DeviceId, role: Role, branch: BranchId, key: HybridKey, sealing_key: bytes
) -> EnrolmentRequest:
    """Make and sign a device's request for its own keys, on the device."""
    unsigned = EnrolmentRequest(device, role, branch, key.public.raw, sealing_key, b"")
    return replace(unsigned, signature=key.sign(_CONTEXT, _message(unsigned)))


def check_request(request: EnrolmentRequest) -> None:
    """Raise `EnrolmentError` if the request is not signed with its own key, or its keys are none."""
    try:
        verify_possession(_message(request), _CONTEXT, request.key, request.signature)
        sealing.check_public_key(request.sealing_key)
    except SignatureRefusedError as error:
        raise EnrolmentError(EnrolmentReason.SIGNATURE) from error
    except DecodeError as error:
        raise EnrolmentError(EnrolmentReason.KEY) from error


def write_request(request: EnrolmentRequest) -> bytes:
    """Write the file that travels to headquarters."""
    return to_json(request).removesuffix(b"\n")


def read_request(data: bytes) -> EnrolmentRequest:
    """Parse and check a request. Raises `EnrolmentError`."""
    if len(data) > _MAX_SIZE:
        raise EnrolmentError(EnrolmentReason.TOO_LARGE)
    try:
        request = from_json(EnrolmentRequest, data)
    except DecodeError as error:
        raise EnrolmentError(EnrolmentReason.FORMAT, because(error)) from error
    check_request(request)
    return request


def _message(request: EnrolmentRequest) -> bytes:
    return canonical.encode(
        [
            request.device,
            request.role.value,
            request.branch,
            request.signing_key,
            request.sealing_key,
        ]
    )
