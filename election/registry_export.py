"""Hand a registry's claims over for the night: one file, sorted, whose SHA-256 the registry's status names.

    "amin-registry-export-1" 0A ‖ for each claim: length (4 bytes) ‖ canonical CBOR of `ExportedClaim` ‖ 0000

Sorted by reference, and claims of one voter by their id: neither tells who came first. A claim is the
station's own, with its signature; the night compares the stations' books, and the export checks them. A file
of a country is read from front to back, never whole in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, BinaryIO, Final

from annotated_types import MaxLen, MinLen

from crypto.signing import PublicKey
from election.claims import (
    MAX_CONTESTS,
    ClaimRefusedError,
    Reference,
    SignedClaim,
    open_claim,
)
from election.definition import ContestId, DeviceId
from election.office_lists import OfficeListError
from election.reasons import OfficeListReason
from election.register import PublishedRegister
from election.schema import SchemaError, from_cbor, to_cbor

HEAD: Final = b"amin-registry-export-1\n"
_LENGTH: Final = 4
_MAX_ENTRY: Final = 8 * 1024
_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ExportedClaim:
    """A claim that was granted."""

    reference: Reference
    device: DeviceId
    contests: Annotated[tuple[ContestId, ...], MinLen(1), MaxLen(MAX_CONTESTS)]
    """Granted ones, sorted."""
    written: bool
    returned: bool
    signed: SignedClaim

    @property
    def place(self) -> tuple[bytes, bytes]:
        """Its place in the file."""
        return self.reference, self.signed.id


class ExportWriter:
    """Writes claims, which come by reference, and takes the file's SHA-256."""

    def __init__(self, stream: BinaryIO) -> None:
        """Write the head."""
        self._stream, self._digest = stream, hashlib.sha256()
        self._put(HEAD)

    def write(self, claim: ExportedClaim) -> None:
        """Append a claim. Raises `OSError`."""
        entry = to_cbor(claim)
        self._put(len(entry).to_bytes(_LENGTH, "big") + entry)

    def end(self) -> bytes:
        """Write the end; return the SHA-256 of the file. Raises `OSError`."""
        self._put(bytes(_LENGTH))
        return self._digest.digest()

    def _put(self, data: bytes) -> None:
        self._stream.write(data)
        self._digest.update(data)


def read_export(
    stream: BinaryIO, digest: bytes, published: PublishedRegister
) -> Iterator[ExportedClaim]:
    """Compare the file with its SHA-256 first, and then yield its claims, each verified by the register.

    Raises `OfficeListError`: of another file (`list-changed`), out of order, or with a claim that no
    registered station signed.
    """
    found = hashlib.sha256()
    stream.seek(0)
    while chunk := stream.read(_CHUNK):
        found.update(chunk)
    if found.digest() != digest:
        raise OfficeListError(OfficeListReason.LIST_CHANGED)
    stream.seek(0)
    if stream.read(len(HEAD)) != HEAD:
        raise OfficeListError(OfficeListReason.LIST_FORMAT)
    keys = {each.id: PublicKey(each.key) for each in published.register.devices}
    before: tuple[bytes, bytes] | None = None
    while (entry := _entry(stream)) is not None:
        claim = _checked(entry, keys, published)
        if before is not None and claim.place <= before:
            raise OfficeListError(OfficeListReason.LIST_ORDER)
        before = claim.place
        yield claim
    if stream.read(1):
        raise OfficeListError(OfficeListReason.LIST_FORMAT)


def _entry(stream: BinaryIO) -> bytes | None:
    length = stream.read(_LENGTH)
    size = int.from_bytes(length, "big")
    if len(length) != _LENGTH or size > _MAX_ENTRY:
        raise OfficeListError(OfficeListReason.LIST_FORMAT)
    if not size:
        return None
    entry = stream.read(size)
    if len(entry) != size:
        raise OfficeListError(OfficeListReason.LIST_FORMAT)
    return entry


def _checked(
    entry: bytes, keys: dict[DeviceId, PublicKey], published: PublishedRegister
) -> ExportedClaim:
    try:
        exported = from_cbor(ExportedClaim, entry, 256)
        key = keys.get(exported.device)
        if key is None:
            raise OfficeListError(OfficeListReason.LIST_DEVICE)
        claim = open_claim(exported.signed, key)
    except SchemaError as error:
        raise OfficeListError(OfficeListReason.LIST_FORMAT) from error
    except ClaimRefusedError as error:
        raise OfficeListError(OfficeListReason.LIST_SIGNATURE) from error
    if claim.election != published.register.election:
        raise OfficeListError(OfficeListReason.LIST_ELECTION)
    same = (claim.reference, claim.device) == (exported.reference, exported.device)
    if not same or not set(exported.contests) <= set(claim.contests):
        raise OfficeListError(OfficeListReason.LIST_SIGNATURE)
    return exported
