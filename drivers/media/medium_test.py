"""Try out a medium before it is given a vote: whether it keeps what it takes, all of it, and how fast.

Sticks are sold that claim ten times the room they have: the rest is dropped, or overwrites what was
written first. Every free block is written with content that only its place and this run can have, synced,
forgotten by the system and read back. A medium that lies may harm other files, so these are copied
elsewhere before, compared after, and their copies stay if one differs. The test's files go in any case.

What is written is a keystream (ChaCha20, RFC 8439) by number of file and place: no controller can pack it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

from drivers.errors import DriverError
from drivers.file_system import forget_cached
from words.message import Bytes, Detail, Latin, Message, m

BLOCK: Final = 4096
"""Bytes: what is compared at once."""
_CHUNK: Final = 1024 * 1024
_FILE: Final = 64 * _CHUNK
"""Bytes of one file of the test; FAT takes 4 GiB at most, and a pulled stick loses one of them."""
_FOLDER: Final = "amin-medium-test"
_SMALL: Final = 4096
"""Bytes of a small write: a page of SQLite."""
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

Told = Callable[[str, int, int], None]
"""Step, done, of how many (MiB or writes)."""


@dataclass(frozen=True, slots=True)
class MediumReport:
    """Outcome of the test of one medium."""

    written: int
    """Bytes that the medium took."""
    right: int
    """Bytes that came back as they were written."""
    first_wrong: int | None
    """Byte at which the first wrong block began, in the order of writing."""
    syncs: int
    half_ms: float
    most_ms: float
    """99 of 100 took no longer."""
    longest_ms: float
    findings: tuple[Message, ...]

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.findings


def as_plain(report: MediumReport) -> dict[str, object]:
    """Give the report for JSON."""
    return {**asdict(report), "findings": [str(line) for line in report.findings]}


def lines(report: MediumReport) -> tuple[Message, ...]:
    """Say the report for people."""
    return (
        m(
            "{right} of {claimed} that it claims to have free came back as they were written",
            right=Bytes(report.right),
            claimed=Bytes(report.written),
        ),
        m(
            "a small write, synced: half in {half} ms, 99 of 100 in {most} ms, the longest {longest} ms",
            half=Latin(f"{report.half_ms:.1f}"),
            most=Latin(f"{report.most_ms:.1f}"),
            longest=Latin(f"{report.longest_ms:.1f}"),
        ),
        *report.findings,
    )


def files_on(folder: Path) -> tuple[Path, ...]:
    """List the files on a medium, by paths within it; links and what tests left behind are none."""
    files = (x for x in sorted(folder.rglob("*")) if x.is_file() and not x.is_symlink())
    found = (path.relative_to(folder) for path in files)
    return tuple(path for path in found if path.parts[0] != _FOLDER)


def test(folder: Path, aside: Path | None, syncs: int, told: Told) -> MediumReport:
    """Fill, read back, compare, time. Raises `DriverError` where the test itself cannot be done, `OSError`.

    `aside`: a folder on another medium for copies of what is on this one; needed if there is something.
    An interruption removes what the test wrote.
    """
    kept = _copied(folder, aside)
    place = folder / _FOLDER
    shutil.rmtree(place, ignore_errors=True)
    findings: list[Message] = []
    try:
        place.mkdir()
        written, right, first_wrong = _filled(place, told, findings)
        _clear(place)
        times = _small_writes(place, syncs, told, findings)
    except OSError as error:
        if error.errno not in {errno.EIO, errno.EROFS, errno.EUCLEAN, errno.ENODEV, errno.ENOENT}:
            raise
        findings.append(m("it stopped answering{detail}", detail=Detail(error.strerror or "")))
        written, right, first_wrong, times = 0, 0, None, [0.0]
    finally:
        shutil.rmtree(place, ignore_errors=True)
    if right < written:
        findings.insert(
            0,
            m(
                "false capacity: from {place} on it does not keep what it takes; do not use it",
                place=Bytes(first_wrong or 0),
            ),
        )
    findings += _harmed(folder, aside, kept)
    times.sort()
    half, most = times[len(times) // 2], times[len(times) * 99 // 100]
    return MediumReport(
        written, right, first_wrong, len(times), half, most, times[-1], tuple(findings)
    )


test.__test__ = False  # type: ignore[attr-defined]  # no test of pytest's


# ---------------------------------------------------------------- what is on it


def _copied(folder: Path, aside: Path | None) -> dict[Path, bytes]:
    """Copy what is on the medium elsewhere, and see that the copies are right; digests by path."""
    names = files_on(folder)
    if not names:
        return {}
    if aside is None or aside.resolve().is_relative_to(folder.resolve()):
        raise DriverError("there are files on the medium: name a folder elsewhere for their copies")
    aside.mkdir(parents=True, exist_ok=True)
    if aside.stat().st_dev == folder.stat().st_dev:
        raise DriverError("the folder for the copies lies on the same medium: name one elsewhere")
    if any(aside.iterdir()):
        raise DriverError("the folder for the copies is not empty: name a new one")
    with suppress(OSError):  # FAT has no modes
        aside.chmod(0o700)
    kept = {}
    for name in names:
        target = aside / name
        target.parent.mkdir(parents=True, exist_ok=True)
        kept[name] = _digest(folder / name)
        shutil.copyfile(folder / name, target)
        _sync(target)
        if _digest(target) != kept[name]:
            raise DriverError("a copy differs from what was copied: nothing was tested")
    return kept


def _harmed(folder: Path, aside: Path | None, kept: dict[Path, bytes]) -> Iterator[Message]:
    """Compare what was on the medium with its copies; they go if all is as it was."""
    harmed = []
    for name, digest in kept.items():
        path = folder / name
        try:
            forget_cached(path)
            same = _digest(path) == digest
        except OSError:
            same = False
        if not same:
            harmed.append(name)
            yield m(
                "it lost {file}; its copy is in {folder}",
                file=Latin(str(name)),
                folder=aside or Path(),
            )
    if not harmed and aside is not None and kept:
        shutil.rmtree(aside)


def _digest(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


# ---------------------------------------------------------------- room


def _filled(place: Path, told: Told, findings: list[Message]) -> tuple[int, int, int | None]:
    """Fill the medium and read it back: bytes written, bytes right, where the first wrong block began."""
    key = secrets.token_bytes(32)
    total = max(shutil.disk_usage(place).free // _CHUNK, 1)
    sizes: list[int] = []
    while True:
        size, full = _write(
            place / f"{len(sizes):06}", _stream(key, len(sizes)), told, sizes, total
        )
        sizes.append(size)
        if full:
            break
    right, first_wrong, read = 0, None, 0
    for number, size in enumerate(sizes):
        good, wrong = _read(place / f"{number:06}", _stream(key, number), size)
        if wrong is not None and first_wrong is None:
            first_wrong = read + wrong
        right += good
        read += size
        told("reading back", min(read // _CHUNK, total), total)
    if read < total * _CHUNK * 3 // 4:
        findings.append(
            m(
                "it took {written} of {free} that it says are free",
                written=Bytes(read),
                free=Bytes(total * _CHUNK),
            )
        )
    return read, right, first_wrong


def _stream(key: bytes, number: int) -> Iterator[bytes]:
    """Give the content of a file of the test, a chunk after the other."""
    nonce = bytes(4) + number.to_bytes(12)
    encryptor = Cipher(ChaCha20(key, nonce), mode=None).encryptor()
    zeros = bytes(_CHUNK)
    while True:
        yield encryptor.update(zeros)


def _write(
    path: Path, content: Iterator[bytes], told: Told, sizes: list[int], total: int
) -> tuple[int, bool]:
    """Write a file till it is long enough or the medium is full; its size, and whether it is full."""
    before = sum(sizes) // _CHUNK
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    full, size = False, 0
    try:
        while size < _FILE and not full:
            full = _write_chunk(handle, next(content))
            size = os.lseek(handle, 0, os.SEEK_CUR)
            told("writing", min(before + size // _CHUNK, total), total)
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            full = True
        size = os.fstat(handle).st_size
    finally:
        os.close(handle)
    return size, full


def _write_chunk(handle: int, chunk: bytes) -> bool:
    """Write a chunk as far as there is room; whether there is none left."""
    view = memoryview(chunk)
    while view:
        try:
            view = view[os.write(handle, view) :]
        except OSError as error:
            if error.errno in _FULL:
                return True
            raise
    return False


def _read(path: Path, content: Iterator[bytes], size: int) -> tuple[int, int | None]:
    """Read a file from the medium: bytes of right blocks, and where the first wrong one begins."""
    with suppress(OSError):
        forget_cached(path)
    good, wrong, at = 0, None, 0
    with path.open("rb", buffering=0) as stream:
        while at < size:
            expected = next(content)[: size - at]
            found = _read_chunk(stream.fileno(), at, len(expected))
            for start in range(0, len(expected), BLOCK):
                block = expected[start : start + BLOCK]
                if found[start : start + BLOCK] == block:
                    good += len(block)
                elif wrong is None:
                    wrong = at + start
            at += len(expected)
    return good, wrong


def _read_chunk(handle: int, at: int, size: int) -> bytes:
    """Read a part of a file; where the medium fails, block by block, and nothing where it still does."""
    try:
        return os.pread(handle, size, at)
    except OSError:
        pieces = []
        for start in range(at, at + size, BLOCK):
            wanted = min(BLOCK, at + size - start)
            try:
                piece = os.pread(handle, wanted, start)
            except OSError:
                piece = b""
            pieces.append(piece.ljust(wanted, b"\0"))
        return b"".join(pieces)


def _clear(place: Path) -> None:
    for path in place.iterdir():
        path.unlink()


# ---------------------------------------------------------------- time


def _small_writes(place: Path, syncs: int, told: Told, findings: list[Message]) -> list[float]:
    """Overwrite and sync a block in place, again and again; milliseconds of each."""
    path = place / "small"
    times = []
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        last = b""
        for number in range(syncs):
            last = secrets.token_bytes(_SMALL)
            began = time.perf_counter()
            os.pwrite(handle, last, 0)
            os.fdatasync(handle)
            times.append((time.perf_counter() - began) * 1000)
            if number % 100 == 99 or number + 1 == syncs:
                told("small writes", number + 1, syncs)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        if os.pread(handle, _SMALL, 0) != last:
            findings.append(m("it does not keep a small write that it said it had written"))
    finally:
        os.close(handle)
    return times


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
