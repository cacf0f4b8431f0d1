"""Say how a registry stands, signed by it: sums over all voters, and stations by state. No voter, no branch.

Before the end of the day sums below ten are not told, and the hour is a full one: what is told every minute
would say when somebody came. With an export (`election.registry_export`) the sums are whole, and the document
names the file by its SHA-256: it is what vouches for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from crypto.certificates import valid_from
from crypto.errors import DecodeError
from crypto.hybrid import HybridKey
from election.definition import DeviceId, Role
from election.envelope import EnvelopeFormat, EnvelopeRefusedError
from election.fields import Hash, Number
from election.json_envelope import read_json_envelope, write_json_envelope
from election.office_lists import OfficeListError
from election.reasons import EnvelopeReason, OfficeListReason
from election.register import PublishedRegister
from election.schema import SchemaError, from_json, to_json
from election.signed import SignatureRefusedError

FORMAT, VERSION = "amin-registry-status", 1
FEW: Final = 10
"""Sums below are not told on the day."""
_CONTEXT = "amin registry status"
MAX_STATUS: Final = 4 * 1024 * 1024
"""Bytes of the file."""
_REASONS: Final = {EnvelopeReason.VERSION: OfficeListReason.LIST_VERSION}


@dataclass(frozen=True, slots=True)
class ClaimSums:
    """Over all voters; None for fewer than `FEW`."""

    voters: Number | None
    """With a claim."""
    claims: Number | None
    written: Number | None
    """Whose card was written."""
    returned: Number | None
    """Whose card came back."""

    def told(self) -> ClaimSums:
        """Return what may be told on the day."""
        sums = (self.voters, self.claims, self.written, self.returned)
        return ClaimSums(*(None if one is None or one < FEW else one for one in sums))


@dataclass(frozen=True, slots=True)
class RegistryStatus:
    """The content."""

    number: Hash
    """Of the election."""
    hour: datetime
    """The full hour in which it was asked, for people; nothing is decided by it."""
    sums: ClaimSums
    opened: Number
    """Stations that have opened."""
    closed: Number
    suspended: tuple[DeviceId, ...]
    """By name."""
    out_of_step: tuple[DeviceId, ...]
    """Copied keys or older disks, by name."""
    export: Hash | None
    """SHA-256 of the file of all claims, if it belongs to one."""


def full_hour(now: datetime) -> datetime:
    """Return the hour that has begun."""
    return now.replace(minute=0, second=0, microsecond=0)


def form() -> EnvelopeFormat:
    """Return the envelope format."""
    return EnvelopeFormat(FORMAT, VERSION, _CONTEXT, MAX_STATUS)


def write_status(status: RegistryStatus, key: HybridKey, certificate: bytes) -> bytes:
    """Sign as the registry. `ValueError` for values out of bounds."""
    return write_json_envelope(form(), to_json(status), [(key, certificate)])


def open_status(data: bytes, published: PublishedRegister) -> RegistryStatus:
    """Verify by the register, as of when the certificate began, and read. Raises `OfficeListError`."""
    register = published.register
    try:
        envelope = read_json_envelope(form(), data)
        (signature,) = envelope.signatures
        if signature.certificate not in register.registry:
            raise OfficeListError(OfficeListReason.LIST_SIGNATURE)
        began = valid_from(signature.certificate)
        content = envelope.open(({Role.REGISTRY},), register.root, began).content
        status = from_json(RegistryStatus, content)
    except EnvelopeRefusedError as error:
        reason = _REASONS.get(error.reason, OfficeListReason.LIST_FORMAT)
        raise OfficeListError(reason) from error
    except SignatureRefusedError as error:
        raise OfficeListError(OfficeListReason.LIST_SIGNATURE) from error
    except (SchemaError, DecodeError, ValueError) as error:
        raise OfficeListError(OfficeListReason.LIST_FORMAT) from error
    if status.number.hex() != published.number:
        raise OfficeListError(OfficeListReason.LIST_ELECTION)
    return status
