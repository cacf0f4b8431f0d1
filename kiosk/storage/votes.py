"""Keep the ballot records of a terminal on two media.

The commit of the *primary* medium decides: from then on the vote is recorded, whatever happens
next, and its authorization is spent. Both transactions are prepared before the first is
committed, so that a missing or full mirror is met while nothing has been recorded. Three things
can go wrong afterwards, and `record` tells them apart:

- nothing was recorded: `MediumFullError`, `CapacityReachedError`, `MediumLostError`; the card is not spent;
- the vote is recorded, but on one medium only: `MirrorFailedError`; the voter is done, the
  terminal takes no further votes until the medium is replaced and `reconcile` has copied;
- nobody can tell before the media are read again: `RecordInDoubtError`; out of service. After
  `reconcile`, `is_spent` answers the voter's card.

A vote is never taken back: undoing a committed record would be one more write that can be cut.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from pathlib import Path

from crypto.hybrid import HybridKey
from drivers.media.errors import MediumLostError, StorageError, TamperedStoreError
from election.definition import DeviceId
from election.records import (
    DIGEST_SIZE,
    GrowingSets,
    RecordKind,
    RecordSigner,
    SignedRoot,
    SpentAuthorization,
    StoredRecord,
    handle_hash,
    spent_hash,
)
from election.vote_slots import Entries, FreeSlots, Header
from kiosk.storage import mending
from kiosk.storage.medium import Digests, Medium
from kiosk.storage.mending import Held, StoreCounts
from words.message import m


class MirrorFailedError(MediumLostError):
    """The vote IS recorded and its authorization spent, but only one medium holds it."""


class RecordInDoubtError(MediumLostError):
    """Whether the vote is recorded shows when the media can be read again (`reconcile`)."""


class AlreadyRecordedError(StorageError):
    """The authorization is spent, or a record with this digest exists; nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Spending:
    """The authorization that a cast ballot spends."""

    nonce: bytes
    voucher: bytes
    """The identity station's, 64 bytes."""
    handle: bytes | None = None
    """Of a provisional authorization."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What `reconcile` found and did."""

    records: int
    copied_to_primary: int
    copied_to_mirror: int
    rebuilt: tuple[str, ...] = ()
    """Of "primary", "mirror": media that had to be written anew."""
    damaged: tuple[str, ...] = ()
    """Of the rebuilt: those whose file was damaged; it was set aside, and what verifies in it was taken."""


@dataclass(frozen=True, slots=True)
class _Pair:
    primary: Medium
    mirror: Medium | None
    """None: two roles let the device go on with one medium."""

    @property
    def media(self) -> tuple[Medium, ...]:
        """The mirror first: it is prepared before the primary."""
        return (self.primary,) if self.mirror is None else (self.mirror, self.primary)

    def rollback(self) -> None:
        for medium in self.media:
            medium.rollback()

    def close(self) -> None:
        for medium in self.media:
            medium.close()


class VoteStore:
    """Call `reconcile` at start-up, `reserve` once when the polls open, then `record`."""

    def __init__(
        self,
        primary: Path,
        mirror: Path,
        signer: HybridKey,
        election_fingerprint: str,
        device_id: DeviceId,
    ) -> None:
        """`primary`, `mirror`: database files on two media. Nothing is opened yet."""
        self._primary_path = primary
        self._mirror_path = mirror
        self._paths = {"primary": primary, "mirror": mirror}
        self._signer = RecordSigner(signer, election_fingerprint, device_id)
        self._pair: _Pair | None = None
        self._sets: GrowingSets | None = None
        """Of the open pair; None until they are read, and after a vote that did not end well."""

    @property
    def reserved(self) -> bool:
        """Slots are reserved and both media are in use."""
        return self._pair is not None

    @property
    def is_alone(self) -> bool:
        """It is in use, and with one medium."""
        return self._pair is not None and self._pair.mirror is None

    def reserve(self, capacity: int, sealed_size: int) -> None:
        """Write all slots on both media, which must not hold any yet.

        `sealed_size`: bytes of every sealed ballot of this election. Raises `MediumFullError`,
        `MediumLostError`; what was begun is removed then.
        """
        if capacity < 1 or sealed_size < 1:
            raise ValueError("capacity and sealed size are positive")
        if self.reconcile().rebuilt or self._pair is not None:
            raise StorageError(m("slots are already reserved on this device"))
        header = Header(self._signer.election, self._signer.device, capacity, sealed_size)
        root = self._signer.sign_root((), (), ())
        primary = Medium.create(self._primary_path, header, Entries(), root)
        try:
            mirror = Medium.create(self._mirror_path, header, Entries(), root)
        except StorageError:
            primary.close()
            self._primary_path.unlink(missing_ok=True)
            raise
        self._pair = _Pair(primary, mirror)

    def record(
        self, kind: RecordKind, digest: bytes, sealed: bytes, spending: Spending | None
    ) -> None:
        """Record a ballot on both media and read it back; see the module's text for errors.

        A cast ballot spends an authorization; a spoiled one spends none (None), because
        its voter goes on to cast. `AlreadyRecordedError` if the authorization is spent already.
        """
        pair = self._open_pair()
        if (kind is RecordKind.CAST) != (spending is not None):
            raise ValueError("a cast ballot spends an authorization, a spoiled one does not")
        if len(digest) != DIGEST_SIZE or len(sealed) != pair.primary.header.sealed_size:
            raise ValueError("digest or sealed ballot has a wrong length")
        record = self._signer.sign_record(kind, digest, sealed)
        entries = Entries((record,))
        if spending is not None:
            spent = SpentAuthorization(spent_hash(spending.nonce), spending.voucher)
            handle = spending.handle
            entries = Entries((record,), (spent,), () if handle is None else (handle_hash(handle),))
        root = self._prepare(pair, entries)
        self._commit(pair, entries, root)

    def is_spent(self, nonce: bytes) -> bool:
        """Tell whether an authorization has been used. Raises `StorageError`."""
        return spent_hash(nonce) in self.spent_hashes()

    def spent_hashes(self) -> Set[bytes]:
        """Return the hashes of all spent authorizations; they grow with every vote. Raises `StorageError`."""
        return self._open_pair().primary.slots().spent

    def counts(self) -> StoreCounts:
        """Count the records. Raises `StorageError`."""
        primary = self._open_pair().primary
        held = primary.slots()
        return StoreCounts(len(held.cast), len(held.spoiled), primary.header.capacity)

    def records(self) -> tuple[StoredRecord, ...]:
        """In the order of the digests, which says nothing about time."""
        return self._open_pair().primary.records()

    def spent(self) -> tuple[SpentAuthorization, ...]:
        """Return all spent authorizations with their vouchers, in the order of their hashes."""
        return self._open_pair().primary.spent()

    def handles(self) -> tuple[bytes, ...]:
        """Hashes of the handles of recorded ballots (`records.handle_hash`), sorted."""
        return self._open_pair().primary.handles()

    def signed_root(self) -> SignedRoot:
        """Return the root over all records, signed by the device. Raises `StorageError`."""
        return self._open_pair().primary.root()

    def reconcile(self, *, alone: bool = False) -> Reconciliation:
        """Bring both media to the union of what they hold; at start-up and after a replacement.

        `alone`: there is no second medium, and none is touched.

        Everything is verified first. A damaged file beside a good one is set aside and kept, and
        written anew with all that verifies in either. `DamagedStoreError`, `TamperedStoreError` if
        neither is good: a record without this device's signature, records that do not fit the
        signed root; `ForeignStoreError` for a medium of another device or election. A missing or
        empty medium is written anew. Finding nothing on both is fine: then `reserved` stays false.
        """
        self.close()
        paths = {"primary": self._primary_path} if alone else self._paths
        damaged = mending.set_damaged_aside(paths, self._signer)
        primary = Medium.open(self._primary_path)
        try:
            mirror = None if alone else Medium.open(self._mirror_path)
        except StorageError:
            if primary is not None:
                primary.close()
            raise
        opened = [medium for medium in (primary, mirror) if medium is not None]
        try:
            if not opened:
                return Reconciliation(0, 0, 0)
            union, digests = self._union(opened)
            root = self._signer.sign_root(digests.cast, digests.spoiled, digests.spent)
            header = opened[0].header
            spent = {each.hash: each for medium in opened for each in medium.spent()}
            handles = frozenset(handle for medium in opened for handle in medium.handles())
            complete = _Complete(header, union, spent, handles, root)
            pair_primary, to_primary = complete.bring(primary, self._primary_path)
            opened.append(pair_primary)
            pair_mirror, to_mirror = (
                (None, 0) if alone else complete.bring(mirror, self._mirror_path)
            )
        except BaseException:
            for medium in opened:
                medium.close()
            raise
        self._pair = _Pair(pair_primary, pair_mirror)
        found = {"primary": primary, "mirror": mirror}
        rebuilt = tuple(name for name in paths if found[name] is None)
        return Reconciliation(len(union), to_primary, to_mirror, rebuilt, damaged)

    def left(self) -> Held:
        """Read what there is on both media, damaged or not, and change nothing (`mending.left`)."""
        self.close()
        return mending.left(self._paths.values(), self._signer)

    def forget_damaged(self) -> None:
        """Erase what was set aside (`mending.forget_damaged`). Raises `StorageError`, `OSError`."""
        mending.forget_damaged(self._paths.values(), self.records(), self._signer)

    def close(self) -> None:
        """Close both media."""
        if self._pair is not None:
            self._pair.close()
            self._pair = self._sets = None

    # ------------------------------------------------------------ recording

    def _open_pair(self) -> _Pair:
        if self._pair is None:
            raise MediumLostError(
                m("the media are not in use: reconcile them, or reserve slots first")
            )
        return self._pair

    def _root_with(self, held: FreeSlots, entries: Entries) -> SignedRoot:
        (record,), spent = entries.records, {each.hash for each in entries.spent}
        if spent & held.spent or record.digest in held.cast or record.digest in held.spoiled:
            raise AlreadyRecordedError(
                m("this vote is recorded; it is never recorded a second time")
            )
        sets, self._sets = self._sets or GrowingSets(held.cast, held.spoiled, held.spent), None
        sets.add(record.kind, record.digest, spent)
        root = self._signer.sign_summary(sets.summary())
        self._sets = sets
        return root

    def _prepare(self, pair: _Pair, entries: Entries) -> SignedRoot:
        try:
            root = self._root_with(pair.primary.slots(), entries)
            # The mirror is still while the primary is written: a cut finds one medium at work.
            for medium in pair.media:
                medium.check_present()
                medium.prepare(entries, root)
                if medium is pair.mirror:
                    medium.hold_still()
        except BaseException as error:
            self._sets = None
            pair.rollback()
            if isinstance(error, MediumLostError):
                self.close()
            raise
        return root

    def _commit(self, pair: _Pair, entries: Entries, root: SignedRoot) -> None:
        def holds(medium: Medium) -> bool | None:
            """None: it cannot be read."""
            try:
                return medium.read_back(entries, root)
            except StorageError:
                return None

        failure = _attempt(pair.primary.commit)
        if failure is not None:
            self._sets = None
            pair.primary.rollback()
            if holds(pair.primary) is False:
                pair.rollback()
                if isinstance(failure, MediumLostError):
                    self.close()
                raise failure
        # The primary has it, or can no longer be asked. In both cases the mirror gets it too:
        # a vote on the mirror alone is certain, one on an unreadable primary alone is not.
        if pair.mirror is not None:
            failure = _attempt(pair.mirror.commit) or failure
        kept = [holds(medium) for medium in reversed(pair.media)]
        if all(kept):
            return
        self.close()
        if any(kept):
            which = "mirror" if kept[0] else "primary"
            raise MirrorFailedError(
                f"the vote is recorded, but the {which} medium failed: replace it"
            ) from failure
        raise RecordInDoubtError("both media failed: replace nothing, call for help") from failure

    # ------------------------------------------------------------ reconciling

    def _union(self, media: list[Medium]) -> tuple[dict[bytes, StoredRecord], Digests]:
        union: dict[bytes, StoredRecord] = {}
        spent: frozenset[bytes] = frozenset()
        for medium in media:
            if medium.header != media[0].header:
                raise TamperedStoreError(m("the media were reserved differently"))
            spent |= medium.digests().spent
            for record in medium.records():
                if union.setdefault(record.digest, record) != record:
                    raise TamperedStoreError(m("the media hold different records under one digest"))
        kinds = {kind: set[bytes]() for kind in RecordKind}
        for record in union.values():
            kinds[record.kind].add(record.digest)
        cast, spoiled = frozenset(kinds[RecordKind.CAST]), frozenset(kinds[RecordKind.SPOILED])
        if len(spent) != len(cast):
            raise TamperedStoreError(m("cast ballots and spent authorizations differ in number"))
        return union, Digests(cast, spoiled, spent)


@dataclass(frozen=True, slots=True)
class _Complete:
    """What both media shall hold."""

    header: Header
    records: dict[bytes, StoredRecord]
    spent: dict[bytes, SpentAuthorization]
    handles: frozenset[bytes]
    root: SignedRoot

    def bring(self, medium: Medium | None, path: Path) -> tuple[Medium, int]:
        """Write what is missing; the medium, and how many records were copied."""
        if medium is None:
            whole = Entries(
                tuple(self.records.values()), tuple(self.spent.values()), tuple(self.handles)
            )
            return Medium.create(path, self.header, whole, self.root), len(whole.records)
        held = medium.digests()
        missing = Entries(
            tuple(self.records[d] for d in self.records.keys() - held.cast - held.spoiled),
            tuple(self.spent[each] for each in self.spent.keys() - held.spent),
            tuple(self.handles - set(medium.handles())),
        )
        if missing:
            medium.prepare(missing, self.root)
            medium.commit()
        return medium, len(missing.records)


def _attempt(action: Callable[[], None]) -> StorageError | None:
    try:
        action()
    except StorageError as error:
        return error
    return None
