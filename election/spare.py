"""Name a spare device of a district, before anybody knows which branch will need it.

`<device>.spare`, made by headquarters when it certifies the spare; it travels with the device, on a USB
drive in its box. An envelope signed by headquarters: the district, the certificate that the register lists
by its SHA-256, and the key to which a branch's device seals what the spare needs (`election.handover`).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Final

from annotated_types import Len

from crypto import sealing
from crypto.certificates import MAX_CERTIFICATE_SIZE, valid_from
from crypto.errors import CryptoError, DecodeError
from crypto.hybrid import HybridKey
from election.because import because
from election.definition import BranchId, Role
from election.device_acts import DeviceActError
from election.envelope import EnvelopeFormat, EnvelopeRefusedError, read_envelope, write_envelope
from election.fields import Word
from election.reasons import DeviceActReason, EnvelopeReason
from election.register import PublishedRegister, RegisteredDevice
from election.schema import SchemaError, from_cbor, to_cbor
from election.signed import SignatureRefusedError

SPARE: Final = BranchId("spare")
"""Stands for the branch in a spare's settings and request, before it has one; no branch is called so."""
SPARE_SUFFIX: Final = ".spare"
FORMAT, VERSION = "amin-spare", 1
_CONTEXT = "amin spare"
MAX_SPARE: Final = 64 * 1024
"""Bytes of the file."""


@dataclass(frozen=True, slots=True)
class Spare:
    """What headquarters signs of a spare."""

    election: Word
    """uuid"""
    district: Word
    certificate: Annotated[bytes, Len(1, MAX_CERTIFICATE_SIZE)]
    """Of the spare (DER): it names no branch."""
    sealing_key: Annotated[bytes, Len(sealing.PUBLIC_KEY_SIZE, sealing.PUBLIC_KEY_SIZE)]
    """Of its `crypto.sealing.SealingKey`."""


@dataclass(frozen=True, slots=True)
class VerifiedSpare:
    """A spare that headquarters and the register name."""

    said: Spare
    device: RegisteredDevice


def form() -> EnvelopeFormat:
    """Return the envelope format of a spare's file."""
    return EnvelopeFormat(FORMAT, VERSION, _CONTEXT, MAX_SPARE)


def write_spare(spare: Spare, signer: HybridKey, certificate: bytes) -> bytes:
    """Sign at headquarters; `certificate`: the signer's. `ValueError` for values out of bounds."""
    return write_envelope(form(), to_cbor(spare), [(signer, certificate)])


def open_spare(data: bytes, published: PublishedRegister) -> VerifiedSpare:
    """Verify the file by the register. Raises `DeviceActError`."""
    register = published.register
    try:
        envelope = read_envelope(form(), data)
        began = valid_from(envelope.signatures[0].certificate)
        spare = from_cbor(Spare, envelope.open([{Role.HEADQUARTERS}], register.root, began).content)
        sealing.check_public_key(spare.sealing_key)
    except EnvelopeRefusedError as error:
        of_version = error.reason is EnvelopeReason.VERSION
        reason = DeviceActReason.ACT_VERSION if of_version else DeviceActReason.ACT_FORMAT
        raise DeviceActError(reason) from error
    except SignatureRefusedError as error:
        raise DeviceActError(DeviceActReason.ACT_SPARE, because(error)) from error
    except (SchemaError, DecodeError, CryptoError) as error:
        raise DeviceActError(DeviceActReason.ACT_FORMAT, because(error)) from error
    if spare.election != register.election:
        raise DeviceActError(DeviceActReason.ACT_ELECTION)
    digest = sha256(spare.certificate).digest()
    for device in register.devices:
        if device.certificate == digest and device.branch is None:
            return VerifiedSpare(spare, device)
    raise DeviceActError(DeviceActReason.ACT_SPARE)
