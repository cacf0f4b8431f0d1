"""A device's request to be enrolled: what headquarters needs to put it on the list.

The device signs its own request with both of its keys (`crypto.hybrid`), which proves that it
holds them. Headquarters compares the fingerprint with the one the device shows before it issues a
certificate.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crypto import canonical, hybrid, sealing
from crypto.errors import DecodeError
from crypto.hybrid import HybridKey, HybridPublicKey
from election.definition import ID_PATTERN, BranchId, DeviceId, Role
from election.errors import ElectionError
from election.reasons import EnrolmentReason
from election.signed import SignatureRefused, verify_possession
from words.message import Message

_CONTEXT = "amin enrolment request"
_FORMAT = "amin-enrolment-request-2"
_MAX_SIZE = 16 * 1024


class EnrolmentError(ElectionError):
    """An enrolment request is refused."""

    def __init__(self, reason: EnrolmentReason, message: Message | str | None = None) -> None:
        super().__init__(message or reason.sentence)
        self.args = (reason, message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    device: DeviceId
    role: Role
    """Identity station or ballot terminal."""
    branch: BranchId
    signing_key: HybridPublicKey
    sealing_key: bytes
    """Public key of the device's `crypto.sealing.SealingKey`."""
    signature: bytes

    @property
    def fingerprint(self) -> str:
        """What two people read to each other: 8 groups of 4 hex digits."""
        digest = hashlib.sha256(_message(self)).hexdigest()[:32]
        return " ".join(digest[i : i + 4] for i in range(0, 32, 4))


def make_request(
    device: DeviceId, role: Role, branch: BranchId, key: HybridKey, sealing_key: bytes
) -> EnrolmentRequest:
    """On the device: a signed request for its own keys."""
    unsigned = EnrolmentRequest(device, role, branch, key.public, sealing_key, b"")
    signature = key.sign(_CONTEXT, _message(unsigned))
    return EnrolmentRequest(device, role, branch, key.public, sealing_key, signature)


def check_request(request: EnrolmentRequest) -> None:
    """`EnrolmentError` if the request is not signed with its own key, or its keys are none."""
    try:
        verify_possession(_message(request), _CONTEXT, request.signing_key, request.signature)
        sealing.check_public_key(request.sealing_key)
    except SignatureRefused as error:
        raise EnrolmentError(EnrolmentReason.SIGNATURE) from error
    except DecodeError as error:
        raise EnrolmentError(EnrolmentReason.KEY) from error


def write_request(request: EnrolmentRequest) -> bytes:
    """The file that travels to headquarters: JSON, bytes as hex."""
    value = {
        "format": _FORMAT,
        "device": request.device,
        "role": request.role.value,
        "branch": request.branch,
        "signing_key": request.signing_key.raw.hex(),
        "sealing_key": request.sealing_key.hex(),
        "signature": request.signature.hex(),
    }
    return json.dumps(value, indent=1).encode()


def read_request(data: bytes) -> EnrolmentRequest:
    """Inverse of `write_request`, checked. Raises `EnrolmentError`."""
    if len(data) > _MAX_SIZE:
        raise EnrolmentError(EnrolmentReason.TOO_LARGE)
    try:
        read = _Request.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        message = f"not an enrolment request: {place}: {first['msg']}"
        raise EnrolmentError(EnrolmentReason.FORMAT, message) from error
    request = EnrolmentRequest(
        DeviceId(read.device),
        Role(read.role),
        BranchId(read.branch),
        HybridPublicKey.from_bytes(bytes.fromhex(read.signing_key)),
        bytes.fromhex(read.sealing_key),
        bytes.fromhex(read.signature),
    )
    check_request(request)
    return request


def _hex(size: int) -> str:
    """Pattern of `size` bytes."""
    return rf"^([0-9a-f]{{2}}){{{size}}}$"


class _Request(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    format: Literal["amin-enrolment-request-2"]
    device: str = Field(pattern=ID_PATTERN)
    role: Literal["identity-station", "ballot-terminal"]
    branch: str = Field(pattern=ID_PATTERN)
    signing_key: str = Field(pattern=_hex(hybrid.PUBLIC_KEY_SIZE))
    sealing_key: str = Field(pattern=_hex(sealing.PUBLIC_KEY_SIZE))
    signature: str = Field(pattern=_hex(hybrid.SIGNATURE_SIZE))


def _message(request: EnrolmentRequest) -> bytes:
    return canonical.encode(
        [
            request.device,
            request.role.value,
            request.branch,
            request.signing_key.raw,
            request.sealing_key,
        ]
    )
