"""The vote store: order hidden, nothing lost, nothing twice."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from crypto import merkle
from crypto.hybrid import SIGNATURE_SIZE, HybridKey
from drivers.file_system import forget_cached
from drivers.media import sqlite
from drivers.media.errors import (
    DamagedStoreError,
    MediumLostError,
    StorageError,
    TamperedStoreError,
)
from drivers.media.journal import journal_of
from election.aside import kept_aside
from election.definition import DeviceId
from election.left_behind import salvage
from election.records import RecordKind, RecordSigner, SpentAuthorization, handle_hash, spent_hash
from election.vote_slots import CapacityReachedError
from kiosk.storage.medium import Medium
from kiosk.storage.mending import ForeignStoreError, sound
from kiosk.storage.votes import (
    AlreadyRecordedError,
    MirrorFailedError,
    RecordInDoubtError,
    Spending,
    VoteStore,
)
from tests.needs import missing

KEY = HybridKey.generate()
PHI, DEVICE = "fingerprint", DeviceId("t1")
SIZE = 300
ROOT = Path(__file__).resolve().parents[3]


def spending(nonce: bytes, handle: bytes | None = None) -> Spending:
    """Spend an authorization with some voucher."""
    return Spending(nonce, nonce * 4, handle)


class Store:
    """A vote store in a folder of its own."""

    def __init__(self, folder: Path, key: HybridKey = KEY, election: str = PHI) -> None:
        self.primary, self.mirror = folder / "primary" / "votes.db", folder / "mirror" / "votes.db"
        for path in (self.primary, self.mirror):
            path.parent.mkdir(exist_ok=True)
        self.key, self.election = key, election
        self.store = self.again()

    def again(self) -> VoteStore:
        self.store = VoteStore(self.primary, self.mirror, self.key, self.election, DEVICE)
        return self.store

    def cast(self, count: int = 1, size: int = SIZE) -> list[bytes]:
        digests = []
        for _ in range(count):
            digest = secrets.token_bytes(32)
            nonce = secrets.token_bytes(16)
            self.store.record(RecordKind.CAST, digest, secrets.token_bytes(size), spending(nonce))
            digests.append(digest)
        return digests

    def held(self) -> set[bytes]:
        return {record.digest for record in self.store.records()}


@pytest.fixture
def box(tmp_path: Path) -> Store:
    made = Store(tmp_path)
    made.store.reserve(20, SIZE)
    return made


# ---------------------------------------------------------------- recording


def _asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of which medium the system is asked to forget pages, and when a commit begins and a reading-back."""
    told = list[str]()

    def watch(name: str) -> None:
        real = getattr(Medium, name)

        def told_first(medium: Medium, *given: object) -> object:
            told.append(f"{name} {medium.path.parent.name}")
            return real(medium, *given)

        monkeypatch.setattr(Medium, name, told_first)

    def told_first(path: Path, places: Sequence[int], size: int) -> None:
        told.append(f"ask {path.parent.name}")
        forget_cached(path, places, size)

    watch("commit")
    watch("read_back")
    monkeypatch.setattr("kiosk.storage.medium.forget_cached", told_first)
    return told


def test_a_medium_is_asked_while_the_other_is_written(
    box: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its commit and before it is read back: none is believed for what the system remembers."""
    told = _asked(monkeypatch)
    box.cast()
    assert told == [
        "commit primary",
        "ask primary",
        "commit mirror",
        "ask mirror",
        "read_back primary",
        "read_back mirror",
    ]


def test_a_commit_that_did_not_end_has_its_medium_asked_at_the_reading(
    box: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = _asked(monkeypatch)
    with monkeypatch.context() as fault:

        def ended(_: object) -> tuple[int, ...]:
            raise MediumLostError("the journal cannot be wiped")

        fault.setattr(sqlite, "ended", ended)
        box.cast()
    assert told.index("read_back primary") < told.index("ask primary") < told.index("commit mirror")
    assert told[-4:] == ["read_back primary", "ask primary", "read_back mirror", "ask mirror"]


def test_record_and_read(box: Store) -> None:
    nonce, sealed = secrets.token_bytes(16), secrets.token_bytes(SIZE)
    cast, spoiled = secrets.token_bytes(32), secrets.token_bytes(32)
    assert not box.store.is_spent(nonce)
    box.store.record(RecordKind.CAST, cast, sealed, spending(nonce))
    box.store.record(RecordKind.SPOILED, spoiled, secrets.token_bytes(SIZE), None)
    assert box.store.is_spent(nonce)
    assert box.store.spent() == (SpentAuthorization(spent_hash(nonce), nonce * 4),)
    counts = box.store.counts()
    assert (counts.cast, counts.spoiled, counts.capacity, counts.free) == (1, 1, 20, 18)
    records = box.store.records()
    assert [record.digest for record in records] == sorted([cast, spoiled])
    verifier = RecordSigner(KEY, PHI, DEVICE).verifier
    for record in records:
        verifier.verify_record(record)
    assert next(record for record in records if record.digest == cast).sealed == sealed
    root = box.store.signed_root()
    verifier.verify_root(root)
    assert root.records == merkle.root([cast, spoiled])


def test_an_authorization_or_a_digest_is_recorded_once(box: Store) -> None:
    nonce, (digest,) = secrets.token_bytes(16), box.cast()
    box.store.record(RecordKind.CAST, secrets.token_bytes(32), bytes(SIZE), spending(nonce))
    with pytest.raises(AlreadyRecordedError):
        box.store.record(RecordKind.CAST, secrets.token_bytes(32), bytes(SIZE), spending(nonce))
    with pytest.raises(AlreadyRecordedError):
        box.store.record(RecordKind.CAST, digest, bytes(SIZE), spending(secrets.token_bytes(16)))
    assert box.store.counts().cast == 2


def test_vouchers_and_handles_are_kept_on_both_media(box: Store) -> None:
    """Also on a medium that is written anew; ordinary ballots leave no handle."""
    box.cast(3)
    nonce, handle = secrets.token_bytes(16), secrets.token_bytes(16)
    digest, sealed = secrets.token_bytes(32), bytes(SIZE)
    box.store.record(RecordKind.CAST, digest, sealed, spending(nonce, handle))
    spent, handles = box.store.spent(), box.store.handles()
    assert handles == (handle_hash(handle),)
    assert SpentAuthorization(spent_hash(nonce), nonce * 4) in spent
    assert len(spent) == 4
    for lost in (box.primary, box.mirror):
        box.store.close()
        lost.unlink()
        assert box.again().reconcile().rebuilt
        assert (box.store.spent(), box.store.handles()) == (spent, handles)


@pytest.mark.parametrize(
    ("kind", "digest", "sealed", "nonce"),
    [
        (RecordKind.CAST, bytes(32), bytes(SIZE), None),
        (RecordKind.SPOILED, bytes(32), bytes(SIZE), bytes(16)),
        (RecordKind.CAST, bytes(31), bytes(SIZE), bytes(16)),
        (RecordKind.CAST, bytes(32), bytes(SIZE - 1), bytes(16)),
    ],
)
def test_wrong_use(
    box: Store, kind: RecordKind, digest: bytes, sealed: bytes, nonce: bytes | None
) -> None:
    with pytest.raises(ValueError, match=r"length|spends"):
        box.store.record(kind, digest, sealed, None if nonce is None else spending(nonce))


def test_capacity(box: Store) -> None:
    digests = box.cast(20)
    with pytest.raises(CapacityReachedError):
        box.cast()
    assert box.held() == set(digests)
    assert box.again().reconcile().records == 20


def test_nothing_is_recorded_before_reserving(tmp_path: Path) -> None:
    fresh = Store(tmp_path)
    assert fresh.store.reconcile().records == 0
    assert not fresh.store.reserved
    with pytest.raises(MediumLostError):
        fresh.cast()


def test_slots_are_reserved_once(box: Store) -> None:
    box.cast()
    with pytest.raises(StorageError):
        box.store.reserve(20, SIZE)
    assert box.again().reconcile().records == 1


# ---------------------------------------------------------------- secrecy of the order


def rank_correlation(values: list[int]) -> float:
    """Spearman's rho between the values and their order in the list."""
    order = sorted(range(len(values)), key=values.__getitem__)
    size = len(values)
    distance = sum((rank - place) ** 2 for rank, place in enumerate(order))
    return 1 - 6 * distance / (size * (size * size - 1))


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: hundreds of synchronous commits take a while."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        yield Path(folder)


@pytest.mark.slow
def test_places_say_nothing_about_the_order(quick: Path) -> None:
    """400 of 500 slots; the same 400 in an ordinary table show what is being avoided.

    For a random order rho has a standard deviation of 0.05, so 0.2 is four of them.
    """
    box = Store(quick)
    box.store.reserve(500, 3000)
    size = box.primary.stat().st_size
    digests = box.cast(400, 3000)
    places: list[list[int]] = []
    for path in (box.primary, box.mirror):
        content = path.read_bytes()
        assert len(content) == size
        places.append([content.index(digest) for digest in digests])
        assert abs(rank_correlation(places[-1])) < 0.2
    # The order on one medium is no key to the order on the other either.
    by_first = [second for _, second in sorted(zip(*places, strict=True))]
    assert abs(rank_correlation(by_first)) < 0.2

    ordinary = sqlite3.connect(quick / "ordinary.db")
    ordinary.execute("CREATE TABLE vote(id INTEGER PRIMARY KEY, digest BLOB, sealed BLOB)")
    for digest in digests:
        ordinary.execute(
            "INSERT INTO vote(digest, sealed) VALUES (?, ?)", (digest, secrets.token_bytes(3000))
        )
        ordinary.commit()
    ordinary.close()
    content = (quick / "ordinary.db").read_bytes()
    assert rank_correlation([content.index(digest) for digest in digests]) > 0.9


def test_casting_changes_only_a_slot(tmp_path: Path) -> None:
    """Everything else stays byte for byte where it was, so no slot ever moves."""
    box = Store(tmp_path)
    box.store.reserve(200, 9000)
    before = box.primary.read_bytes()
    (digest,) = box.cast(1, 9000)
    after = box.primary.read_bytes()
    changed = [place for place, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    place = after.index(digest)
    far = [offset for offset in changed if not place - 100 <= offset <= place + 9000 + 200]
    # header counter, signed root, one slot of spent authorizations, an overflow page's remainder
    assert len(far) < 9000 + SIGNATURE_SIZE
    # 33 + 32 + 64 + 9000 bytes of slot and 3,373 of the root's signature, 1 in 256 equal by chance
    assert 9000 + 3300 < len(changed) < 9500 + SIGNATURE_SIZE
    assert not any(any(path.read_bytes()) for path in tmp_path.glob("*/*-journal"))


def test_every_place_is_there_before_the_first_vote_and_stays(box: Store) -> None:
    """Keys count places, not votes: the same ones, on the same pages, before and after any vote."""

    def places() -> dict[str, list[int]]:
        connection = sqlite3.connect(box.primary)
        found = {
            table: [key for (key,) in connection.execute(f"SELECT key FROM {table}")]
            for table in ("slot", "spent", "handle")
        }
        tables = connection.execute("SELECT name, strict FROM pragma_table_list").fetchall()
        free = connection.execute("PRAGMA freelist_count").fetchone()
        connection.close()
        strict = {name for name, is_strict in tables if is_strict}
        assert strict == {"header", "root", "slot", "spent", "handle"}
        assert free == (0,)
        return found

    before = places()
    assert set(map(tuple, before.values())) == {tuple(range(1, 21))}
    box.cast(12)
    assert places() == before


def _read_so_far() -> int:
    """Bytes that this process has read (proc(5), io)."""
    return int(Path("/proc/self/io").read_text("ascii").split()[1])


def test_a_vote_reads_no_ballot_but_its_own(tmp_path: Path) -> None:
    """It writes and reads as many pages among 900 slots as among 9, but for a deeper tree."""
    read, written = [], []
    for capacity in (9, 900):
        (folder := tmp_path / str(capacity)).mkdir()
        box = Store(folder)
        box.store.reserve(capacity, 7445)
        box.cast(2, 7445)
        votes = []
        for _ in range(3):  # the least of some: another thread may read something meanwhile
            before = _read_so_far()
            box.cast(1, 7445)
            votes.append(_read_so_far() - before)
        read.append(min(votes))
        written.append((journal_of(box.primary).stat().st_size - 512) // (4096 + 8))
    # The header, the root, a slot on two pages, a spent authorization.
    assert written == [5, 5]
    assert read[1] - read[0] < 2 * 6 * 4096


# ---------------------------------------------------------------- reconciling


def test_restart(box: Store) -> None:
    digests = box.cast(5)
    done = box.again().reconcile()
    assert (done.records, done.copied_to_primary, done.copied_to_mirror, done.rebuilt) == (
        5,
        0,
        0,
        (),
    )
    assert box.held() == set(digests)


@pytest.mark.parametrize("which", ["primary", "mirror"])
@pytest.mark.parametrize("how", ["missing", "empty", "older"])
def test_a_medium_behind_is_brought_up(box: Store, which: str, how: str) -> None:
    path = box.primary if which == "primary" else box.mirror
    first = box.cast(3)
    shutil.copy(path, path.with_suffix(".old"))
    second = box.cast(4)
    spent = box.store.spent()
    box.store.close()
    match how:
        case "missing":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "older":
            path.with_suffix(".old").replace(path)
    done = box.again().reconcile()
    copied = done.copied_to_primary if which == "primary" else done.copied_to_mirror
    assert (done.records, copied) == (7, 4 if how == "older" else 7)
    assert done.rebuilt == (() if how == "older" else (which,))
    assert box.held() == {*first, *second}
    assert box.store.spent() == spent
    box.cast(2)
    assert box.again().reconcile().records == 9


def test_both_media_have_what_the_other_lacks(tmp_path: Path) -> None:
    """Each was the only one in use for a while: the union is kept."""
    box = Store(tmp_path)
    box.store.reserve(20, SIZE)
    common = box.cast(2)
    copies = {path: path.with_suffix(".copy") for path in (box.primary, box.mirror)}
    for path, copy in copies.items():
        shutil.copy(path, copy)
    one = box.cast(3)
    box.store.close()
    shutil.copy(box.primary, tmp_path / "primary-with-one")
    for path, copy in copies.items():
        copy.replace(path)
    box.again().reconcile()
    two = box.cast(4)
    box.store.close()
    (tmp_path / "primary-with-one").replace(box.primary)
    done = box.again().reconcile()
    assert (done.records, done.copied_to_primary, done.copied_to_mirror) == (9, 4, 3)
    assert box.held() == {*common, *one, *two}
    assert len(box.store.spent()) == 9


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE slot SET sealed = zeroblob({size}) WHERE key = (SELECT key FROM slot WHERE state = x'01')",
        "UPDATE slot SET state = x'02' WHERE key = (SELECT key FROM slot WHERE state = x'01')",
        "UPDATE slot SET state = x'07' WHERE key = (SELECT key FROM slot WHERE state = x'01')",
        "UPDATE slot SET state = x'00' WHERE key = (SELECT key FROM slot WHERE state = x'01')",
        "UPDATE slot SET state = x'01' WHERE key = (SELECT key FROM slot WHERE state = x'00')",
        "DELETE FROM slot WHERE state = x'01'",
        "UPDATE spent SET state = x'00'",
        "UPDATE spent SET hash = zeroblob(32) WHERE key = (SELECT key FROM spent WHERE state = x'01')",
        "UPDATE root SET counts = x'0000000900000000'",
        "DELETE FROM root",
        (
            "INSERT INTO slot SELECT 0, state, digest, signature, sealed FROM slot"
            " WHERE state = x'01' LIMIT 1"
        ),
    ],
)
@pytest.mark.parametrize("which", ["primary", "mirror"])
def test_tampering_is_seen_and_mended_from_the_other(
    box: Store, statement: str, which: str
) -> None:
    digests = box.cast(3)
    box.store.close()
    path = box.primary if which == "primary" else box.mirror
    alter(path, statement)
    with pytest.raises(TamperedStoreError):
        sound(path, RecordSigner(KEY, PHI, DEVICE))
    done = box.again().reconcile()
    assert (done.damaged, done.rebuilt, done.records) == ((which,), (which,), 3)
    assert box.held() == set(digests)
    assert len(kept_aside(path)) == 1
    box.cast(2)
    assert box.again().reconcile().damaged == ()
    box.store.forget_damaged()
    assert not kept_aside(path)


def alter(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement.format(size=SIZE))
    connection.commit()
    connection.close()


def test_two_tampered_media_serve_nobody_and_still_hand_in(box: Store) -> None:
    """What verifies by itself is read; nothing is written."""
    digests = box.cast(3)
    box.store.close()
    for path in (box.primary, box.mirror):
        alter(path, "UPDATE root SET counts = x'0000000900000000'")
    before = {path: path.read_bytes() for path in (box.primary, box.mirror)}
    with pytest.raises(TamperedStoreError):
        box.again().reconcile()
    assert not box.store.reserved
    left = box.store.left()
    assert {record.digest for record in left.records()} == set(digests)
    assert (left.counts().cast, len(left.spent())) == (3, 3)
    RecordSigner(KEY, PHI, DEVICE).verifier.verify_root(left.signed_root())
    assert {path: path.read_bytes() for path in (box.primary, box.mirror)} == before


def test_a_foreign_copy_is_neither_read_nor_set_aside(box: Store, tmp_path: Path) -> None:
    box.cast()
    box.store.close()
    (tmp_path / "other").mkdir()
    other = Store(tmp_path / "other", HybridKey.generate())
    other.store.reserve(20, SIZE)
    other.cast(2)
    other.store.close()
    shutil.copy(other.primary, box.mirror)
    alter(box.mirror, "UPDATE header SET device = 't9'")
    with pytest.raises(ForeignStoreError):
        box.again().reconcile()
    assert not kept_aside(box.mirror)
    assert box.store.left().counts().cast == 1


@pytest.mark.parametrize("seed", range(12))
def test_bytes_that_turned_over_lose_no_vote_of_the_other_copy(box: Store, seed: int) -> None:
    """The damaged primary is some votes ahead of the mirror: those that verify are kept as well."""
    common = box.cast(3)
    shutil.copy(box.mirror, box.mirror.with_suffix(".old"))
    ahead = box.cast(4)
    box.store.close()
    box.mirror.with_suffix(".old").replace(box.mirror)
    raw, rng = bytearray(box.primary.read_bytes()), random.Random(seed)
    for _ in range(3):
        raw[rng.randrange(4096, len(raw))] ^= 0xFF
    box.primary.write_bytes(raw)
    box.again().reconcile()
    held = box.held()
    assert set(common) <= held <= {*common, *ahead}
    verifier = RecordSigner(KEY, PHI, DEVICE).verifier
    aside = kept_aside(box.primary)
    left = {x.digest for each in aside for x in salvage(each, verifier).records} - held
    assert len(held | left) >= 4, "a byte hits one record, or a page between them"
    assert len(box.store.spent()) == len(held)
    box.cast()
    assert box.again().reconcile().damaged == ()
    box.store.forget_damaged()
    assert bool(kept_aside(box.primary)) is bool(left), "what only the damaged file has is kept"


def test_media_of_another_device_or_election(box: Store, tmp_path: Path) -> None:
    box.cast()
    box.store.close()
    with pytest.raises(ForeignStoreError):
        VoteStore(box.primary, box.mirror, KEY, "another", DEVICE).reconcile()
    with pytest.raises(TamperedStoreError):
        VoteStore(box.primary, box.mirror, HybridKey.generate(), PHI, DEVICE).reconcile()


@pytest.mark.parametrize("content", [b"no database" * 500, b"SQLite format 3\x00" + bytes(5000)])
def test_a_damaged_file_is_not_overwritten(box: Store, content: bytes) -> None:
    digests = box.cast()
    box.store.close()
    box.mirror.write_bytes(content)
    assert box.again().reconcile().damaged == ("mirror",)
    assert box.held() == set(digests)
    kept, journal = kept_aside(box.mirror)
    assert journal.name.endswith("-journal")
    assert kept.read_bytes() == content


def test_two_damaged_files_stay_as_they_are(box: Store) -> None:
    box.cast()
    box.store.close()
    for path in (box.primary, box.mirror):
        path.write_bytes(b"no database" * 500)
    with pytest.raises(DamagedStoreError):
        box.again().reconcile()
    with pytest.raises(DamagedStoreError):
        box.store.left()
    assert {path.read_bytes() for path in (box.primary, box.mirror)} == {b"no database" * 500}


# ---------------------------------------------------------------- failing media


def test_mirror_pulled_before_the_vote(box: Store) -> None:
    digests = box.cast(2)
    away = box.mirror.parent.with_name("pulled")
    box.mirror.parent.rename(away)
    with pytest.raises(MediumLostError) as lost:
        box.cast()
    assert not isinstance(lost.value, MirrorFailedError | RecordInDoubtError)
    away.rename(box.mirror.parent)
    box.again().reconcile()
    assert box.held() == set(digests)


@pytest.mark.parametrize("which", ["primary", "mirror"])
def test_a_medium_exchanged_unseen_takes_no_vote(box: Store, which: str) -> None:
    path = box.primary if which == "primary" else box.mirror
    digests = box.cast(2)
    copy = path.with_suffix(".copy")
    shutil.copy(path, copy)
    copy.replace(path)
    with pytest.raises(MediumLostError):
        box.cast()
    box.again().reconcile()
    assert box.held() == set(digests)


def test_mirror_fails_between_the_commits(box: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The vote is recorded, and the store says so and stops."""
    digests = box.cast(2)
    nonce = secrets.token_bytes(16)
    digest = secrets.token_bytes(32)
    pair = box.store._pair
    assert pair is not None
    mirror = pair.mirror
    assert mirror is not None
    monkeypatch.setattr(type(mirror), "commit", _failing_commit(type(mirror).commit, mirror))
    with pytest.raises(MirrorFailedError):
        box.store.record(RecordKind.CAST, digest, bytes(SIZE), spending(nonce))
    monkeypatch.undo()
    with pytest.raises(MediumLostError):
        box.cast()
    done = box.again().reconcile()
    assert done.copied_to_mirror == 1
    assert box.held() == {*digests, digest}
    assert box.store.is_spent(nonce)


def test_primary_fails_at_its_commit(box: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The primary is readable and does not have it: nothing was recorded, on both media."""
    digests = box.cast(2)
    primary = box.store._pair.primary  # type: ignore[union-attr]
    monkeypatch.setattr(type(primary), "commit", _failing_commit(type(primary).commit, primary))
    with pytest.raises(MediumLostError) as lost:
        box.cast()
    assert not isinstance(lost.value, MirrorFailedError | RecordInDoubtError)
    monkeypatch.undo()
    assert box.again().reconcile().copied_to_primary == 0
    assert box.held() == set(digests)


def _failing_commit(real: Callable[[Medium], None], broken: Medium) -> Callable[[Medium], None]:
    def commit(medium: Medium) -> None:
        if medium is broken:
            raise MediumLostError("pulled")
        real(medium)

    return commit


# ---------------------------------------------------------------- full media, and kill -9

CHILD = """
import os, resource, secrets, sys
from pathlib import Path
from crypto.hybrid import HybridKey
from election.definition import DeviceId
from election.records import RecordKind
from kiosk.storage.votes import Spending, VoteStore
folder, action, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
key = HybridKey.load(folder / "key")
store = VoteStore(folder / "primary/votes.db", folder / "mirror/votes.db", key, "fingerprint", DeviceId("t1"))
def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
if action == "reserve-limited":
    limit(200_000)
    store.reserve(200, size)
store.reconcile()
if action == "record-limited":
    limit(2_000)
def tell(word, digest, nonce):
    # One write: a kill between two of them would leave half a line.
    os.write(1, f"{word} {digest.hex()} {nonce.hex()}\\n".encode())
while True:
    digest, nonce = secrets.token_bytes(32), secrets.token_bytes(16)
    tell("try", digest, nonce)
    store.record(RecordKind.CAST, digest, secrets.token_bytes(size), Spending(nonce, nonce * 4))
    tell("ack", digest, nonce)
    if action == "record-limited":
        break
"""


def child(folder: Path, action: str, size: int = SIZE) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), action, str(size)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_no_room_at_opening_leaves_nothing(tmp_path: Path) -> None:
    box = Store(tmp_path)
    (tmp_path / "key").write_bytes(KEY.to_pem())
    _, error = child(tmp_path, "reserve-limited", 3000).communicate(timeout=60)
    assert "MediumLost" in error or "MediumFull" in error
    assert not list(tmp_path.glob("*/votes*"))
    box.store.reserve(5, SIZE)


def test_writes_refused_at_cast_lose_nothing(box: Store, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(KEY.to_pem())
    digests = box.cast(3)
    box.store.close()
    _, error = child(tmp_path, "record-limited").communicate(timeout=60)
    assert "MediumLost" in error or "MediumFull" in error
    box.again().reconcile()
    assert box.held() == set(digests)
    assert box.store.counts().cast == len(box.store.spent()) == 3


def test_a_really_full_medium(tmp_path: Path) -> None:
    """A file system of 1 MiB, in a mount name space of its own."""
    script = f"""
set -e
mount -t tmpfs -o size=1m tmpfs "{tmp_path}/mirror"
exec "{sys.executable}" - <<'END'
import os, secrets
from pathlib import Path
from crypto.hybrid import HybridKey
from election.definition import DeviceId
from drivers.media.errors import MediumFullError
from election.records import RecordKind
from kiosk.storage.votes import Spending, VoteStore
folder = Path("{tmp_path}")
primary, mirror = folder / "primary/votes.db", folder / "mirror/votes.db"
store = VoteStore(primary, mirror, HybridKey.generate(), "f", DeviceId("t"))
try:
    store.reserve(400, 9000)
except MediumFullError:
    print("full at opening", sorted(p.name for p in folder.glob("*/votes*")))
store.reserve(50, 9000)
ballast = os.open(folder / "mirror/ballast", os.O_WRONLY | os.O_CREAT)
try:
    while True:
        os.write(ballast, bytes(512))
except OSError:
    os.close(ballast)
try:
    store.record(RecordKind.CAST, secrets.token_bytes(32), bytes(9000), Spending(bytes(16), bytes(64)))
except MediumFullError:
    print("full at cast", store.counts().cast)
(folder / "mirror/ballast").unlink()
store.record(RecordKind.CAST, secrets.token_bytes(32), bytes(9000), Spending(bytes(16), bytes(64)))
print("cast", store.counts().cast, store.reconcile().records)
END
"""
    for name in ("primary", "mirror"):
        (tmp_path / name).mkdir()
    if subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", str(tmp_path / "mirror")],
        check=False,
        capture_output=True,
    ).returncode:
        missing("mount name spaces")
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == ["full at opening []", "full at cast 0", "cast 1 1"], (
        done.stderr
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_kill_9_at_any_instant(tmp_path: Path, seed: int) -> None:
    """Several lives of one terminal, each killed: what was acknowledged is there exactly once."""
    rng = random.Random(seed)
    box = Store(tmp_path)
    (tmp_path / "key").write_bytes(KEY.to_pem())
    box.store.reserve(5000, SIZE)
    box.store.close()
    acknowledged: dict[str, str] = {}
    tried: dict[str, str] = {}
    for life in range(4):
        process = child(tmp_path, "record")
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [process.stdout.readline()]
        while life == 0 and not lines[-1].startswith("ack"):
            # One life lasts until something is acknowledged, however slow the machine is.
            assert lines[-1], process.stderr.read()
            lines.append(process.stdout.readline())
        time.sleep(rng.uniform(0.0, 0.15))
        os.kill(process.pid, signal.SIGKILL)
        for line in [*lines, *process.stdout.read().splitlines()]:
            word, digest, nonce = line.split()
            (acknowledged if word == "ack" else tried)[digest] = nonce
        process.wait()
        assert process.stderr.read() == ""
        process.stdout.close()
        process.stderr.close()
        box.again().reconcile()
        held = [record.digest.hex() for record in box.store.records()]
        assert len(held) == len(set(held))
        assert acknowledged.keys() <= set(held) <= tried.keys()
        spent = {spent_hash(bytes.fromhex(tried[digest])) for digest in held}
        assert spent == box.store.spent_hashes()
        assert box.store.counts().cast == box.store.signed_root().cast == len(held)
        box.store.close()
    assert acknowledged
