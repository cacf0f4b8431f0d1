"""Judge the two copies of a terminal's votes, and save what a damaged one still holds.

    sound               open a copy and verify all of it
    set_damaged_aside   of a damaged and a good copy: keep the first under another name, with all that
                        verifies in it written into the second
    left                read what there is, for the closing of a device that cannot serve any more
    forget_damaged      erase what was set aside, once the store has all of it

A root says that a copy is untouched, never that it is the newest: a damaged one may hold votes that
the good one lacks. So entries are taken one by one from both. A cast ballot is taken with a spent
authorization only: headquarters takes no ballot that spent none, whoever says why. What is left stays
in the file that was set aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crypto.errors import SignatureError
from drivers.media.errors import (
    DamagedStoreError,
    MediumLostError,
    MigrationError,
    StorageError,
    TamperedStoreError,
    written,
)
from election.aside import kept_aside, set_aside
from election.left_behind import Salvaged, salvage
from election.records import (
    RecordKind,
    RecordSigner,
    SignedRoot,
    SpentAuthorization,
    StoredRecord,
    same_sets,
    summary,
)
from election.vote_slots import Entries
from kiosk.storage.medium import Medium
from words.message import m

_DAMAGED = (DamagedStoreError, TamperedStoreError, MigrationError)
"""The file is there and is not what this device wrote; another trouble is the medium's."""


class ForeignStoreError(StorageError):
    """The medium belongs to another device or another election."""


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """Numbers of a terminal's store."""

    cast: int
    spoiled: int
    capacity: int

    @property
    def free(self) -> int:
        """Slots that are not used yet."""
        return self.capacity - self.cast - self.spoiled


@dataclass(frozen=True, slots=True)
class Held:
    """What can be read of both copies, for closing and handing in; asked like a `VoteStore`."""

    found: tuple[StoredRecord, ...]
    authorizations: tuple[SpentAuthorization, ...]
    hashes: tuple[bytes, ...]
    """Of handles."""
    root: SignedRoot
    capacity: int

    def records(self) -> tuple[StoredRecord, ...]:
        """In the order of the digests."""
        return self.found

    def spent(self) -> tuple[SpentAuthorization, ...]:
        """In the order of their hashes."""
        return self.authorizations

    def handles(self) -> tuple[bytes, ...]:
        """Hashes of the handles of recorded ballots, sorted."""
        return self.hashes

    def signed_root(self) -> SignedRoot:
        """Return the root over just these, signed by the device."""
        return self.root

    def counts(self) -> StoreCounts:
        """Count the records."""
        return StoreCounts(self.root.cast, self.root.spoiled, self.capacity)


def sound(path: Path, signer: RecordSigner) -> Medium | None:
    """Open a copy and verify all of it; None if nothing was ever reserved there.

    Raises `TamperedStoreError` for a record without this device's signature or records that do not
    fit the signed root, `ForeignStoreError` for a copy of another device or election, and as
    `Medium.open`.
    """
    if path.is_symlink() or path.is_dir():
        raise DamagedStoreError(
            m("{name} is no file: look what lies on its medium", name=path.name)
        )
    medium = Medium.open(path)
    if medium is not None:
        try:
            _check(medium, signer)
        except BaseException:
            medium.close()
            raise
    return medium


def set_damaged_aside(paths: Mapping[str, Path], signer: RecordSigner) -> tuple[str, ...]:
    """Give a damaged copy beside a good one another name; return the names of `paths` it concerned.

    Raises `StorageError` if a copy is damaged and none is good, for a medium that cannot be read or
    written at all, and for a copy of another device.
    """
    good: Medium | None = None
    bad: dict[str, Path] = {}
    trouble: StorageError | None = None
    try:
        for name, path in paths.items():
            try:
                good = sound(path, signer) or good
            except (*_DAMAGED, ForeignStoreError) as error:
                # A byte of its header may have turned over; what this device signed is its own.
                mine = not isinstance(error, ForeignStoreError)
                if not mine and not salvage(path, signer.verifier).records:
                    raise
                bad[name], trouble = path, trouble or error
        if good is None and trouble is not None:
            raise trouble
        if good is None:
            return ()
        for path in bad.values():
            _take_over(good, salvage(path, signer.verifier), signer)
            with written(path.name):
                set_aside(path)
    finally:
        if good is not None:
            good.close()
    return tuple(bad)


def left(paths: Iterable[Path], signer: RecordSigner) -> Held:
    """Read all that verifies in any copy, and change nothing. Raises `StorageError` if that is nothing."""
    records: dict[bytes, StoredRecord] = {}
    spent: dict[bytes, SpentAuthorization] = {}
    damaged: list[Salvaged] = []
    handles: set[bytes] = set()
    capacity, trouble = 0, None
    for path in paths:
        try:
            medium = sound(path, signer)
        except StorageError as error:
            trouble = error
            damaged.append(salvage(path, signer.verifier))
            continue
        if medium is None:
            continue
        records |= {record.digest: record for record in medium.records()}
        spent |= {each.hash: each for each in medium.spent()}
        handles |= set(medium.handles())
        capacity = medium.header.capacity
        medium.close()
    for found in damaged:
        more, spendings = found.more(records.keys(), spent.keys())
        records |= {record.digest: record for record in more}
        spent |= {spending.hash: spending for spending in spendings}
        handles |= found.handles
    if not capacity and not records:
        raise trouble or MediumLostError(
            m("no memory of this device can be read: put one in again")
        )
    cast = {x.digest for x in records.values() if x.kind is RecordKind.CAST}
    handles = set(sorted(handles)[: len(cast)])
    root = signer.sign_root(cast, records.keys() - cast, spent)
    ordered = tuple(records[digest] for digest in sorted(records))
    return Held(
        ordered,
        tuple(spent[hashed] for hashed in sorted(spent)),
        tuple(sorted(handles)),
        root,
        capacity or len(records),
    )


def forget_damaged(
    paths: Iterable[Path], held: Iterable[StoredRecord], signer: RecordSigner
) -> None:
    """Erase what was set aside, if all that verifies in it is held.

    After the closing: a copy from the middle of the day says which ballots came before. Raises
    `OSError`.
    """
    known = {record.digest for record in held}
    for path in paths:
        kept = kept_aside(path)
        found = (salvage(entry, signer.verifier).records for entry in kept)
        if all(record.digest in known for records in found for record in records):
            for each in kept:
                each.unlink()


# ---------------------------------------------------------------- parts


def _check(medium: Medium, signer: RecordSigner) -> None:
    if (medium.header.election, medium.header.device) != (signer.election, signer.device):
        raise ForeignStoreError(
            m("{name} belongs to another device or election", name=medium.path.name)
        )
    medium.check_pages()
    medium.slots()
    held, root, verifier = medium.digests(), medium.root(), signer.verifier
    try:
        verifier.verify_root(root)
        for record in medium.records():
            verifier.verify_record(record)
    except SignatureError as error:
        raise TamperedStoreError(
            m("{name} holds something this device did not sign", name=medium.path.name)
        ) from error
    if not same_sets(summary(held.cast, held.spoiled, held.spent), root):
        raise TamperedStoreError(
            m("the records of {name} do not fit its signed root", name=medium.path.name)
        )


def _take_over(good: Medium, found: Salvaged, signer: RecordSigner) -> None:
    """Write into a good copy what a damaged one had more."""
    held = good.digests()
    more, spent = found.more(held.cast | held.spoiled, held.spent)
    if not more:
        return
    cast = held.cast | {x.digest for x in more if x.kind is RecordKind.CAST}
    spoiled = held.spoiled | {x.digest for x in more if x.kind is RecordKind.SPOILED}
    known = good.handles()
    handles = sorted(found.handles - set(known))[: len(cast) - len(known)]
    entries = Entries(more, spent, tuple(handles))
    hashes = held.spent | {seconds.hash for seconds in spent}
    good.prepare(entries, signer.sign_root(cast, spoiled, hashes))
    good.commit()
