"""Tell how a registry stands, hand its claims over for the night, and destroy them afterwards."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from crypto.hybrid import HybridKey
from election.files import PUBLIC, replace_file, write_new
from election.register import PublishedRegister
from election.registry_export import ExportedClaim, ExportWriter
from election.registry_status import RegistryStatus, full_hour, write_status
from election.schema import to_json
from election.wiping import overwrite
from registry.book import Book, Destroyed
from words.message import Latin, Message, m

PAGE: Final = 5_000
"""Voters that are read at once."""
STATUS_SUFFIX: Final = ".json"


@dataclass(frozen=True, slots=True)
class Signer:
    """The registry. Never log this."""

    published: PublishedRegister
    key: HybridKey
    certificate: bytes

    def __repr__(self) -> str:
        return "Signer(…)"

    def sign(self, status: RegistryStatus) -> bytes:
        """Sign a status."""
        return write_status(status, self.key, self.certificate)


@dataclass(frozen=True, slots=True)
class DestructionRecord:
    """What was destroyed, for the offices' files; JSON."""

    format: Literal["amin-destruction-1"] = field(default="amin-destruction-1", kw_only=True)
    number: str
    destroyed: datetime
    claims: int
    """That were there."""
    done: tuple[str, ...]
    left: tuple[str, ...]
    """What people destroy by hand, and tick: this program does not reach it."""


def lines(status: RegistryStatus) -> Iterator[Message]:
    """Say a status, line by line."""
    sums = status.sums
    numbers: tuple[tuple[Message, int | None], ...] = (
        (m("voters with a claim"), sums.voters),
        (m("claims"), sums.claims),
        (m("cards written"), sums.written),
        (m("cards that came back"), sums.returned),
        (m("stations that have opened"), status.opened),
        (m("stations that have closed"), status.closed),
    )
    for what, number in numbers:
        value: int | Message = m("few") if number is None else number
        yield m("{what}: {value}", what=what, value=value)
    for device in status.suspended:
        yield m("{device}: suspended", device=Latin(device))
    for device in status.out_of_step:
        yield m("{device}: out of step, a copied key or an older disk", device=Latin(device))


async def status(
    signer: Signer, now: datetime, book: Book, *, export: bytes | None = None
) -> RegistryStatus:
    """Say how the registry stands; with the SHA-256 of an export in whole sums. Raises `StorageError`."""
    devices = await book.devices()
    sums = await book.sums()
    return RegistryStatus(
        bytes.fromhex(signer.published.number),
        full_hour(now),
        sums.told() if export is None else sums,
        sum(state.opened for state in devices.values()),
        sum(state.closed for state in devices.values()),
        tuple(sorted(device for device, state in devices.items() if state.suspended)),
        tuple(sorted(device for device, state in devices.items() if state.steps.out)),
        export,
    )


async def export(signer: Signer, target: Path, now: datetime, book: Book) -> RegistryStatus:
    """Write all claims to `target`, and beside it the signed status that names them.

    Raises `StorageError`, `OSError`; then neither file is there.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("wb") as stream:
            os.fchmod(stream.fileno(), 0o600)
            writer = ExportWriter(stream)
            async for claim in _claims(book):
                writer.write(claim)
            digest = writer.end()
            stream.flush()
            os.fsync(stream.fileno())
        found = await status(signer, now, book, export=digest)
        replace_file(target.with_name(target.name + STATUS_SUFFIX), signer.sign(found), PUBLIC)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return found


async def _claims(book: Book) -> AsyncIterator[ExportedClaim]:
    after = b""
    while voters := await book.claims(after, PAGE):
        after = voters[-1][0]
        for reference, held in voters:
            exported = [
                ExportedClaim(
                    reference,
                    each.device,
                    tuple(sorted(each.contests)),
                    each.written,
                    each.returned,
                    each.signed,
                )
                for each in held
            ]
            for claim in sorted(exported, key=lambda one: one.place):
                yield claim


async def destroy_claims(book: Book) -> tuple[int, Destroyed]:
    """Destroy all claims; return how many there were. Raises `StorageError`, `OSError`."""
    sums = await book.sums()
    return sums.claims or 0, await book.destroy()


def destroy_keys(own: Path) -> tuple[str, ...]:
    """Overwrite the closed keys of an office, and their lock; return the files. Raises `OSError`."""
    files = sorted((*own.rglob("*.key"), *own.glob("lock.json")))
    for path in files:
        overwrite(path)
        path.unlink()
    return tuple(map(str, files))


def write_record(record: DestructionRecord, target: Path) -> None:
    """Put the record where it was begun. Raises `OSError`."""
    replace_file(target, to_json(record), PUBLIC)


def begin_record(target: Path) -> None:
    """Begin the record, so that nothing is destroyed without one. Raises `OSError`."""
    write_new(target, b"begun\n", PUBLIC)
