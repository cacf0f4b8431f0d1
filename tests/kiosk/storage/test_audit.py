"""The audit log."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.signing import SigningKey
from drivers.media.errors import MediumLostError, TamperedStoreError
from election.audit_events import AuditEvent
from election.audit_log import FIRST
from kiosk.storage.audit import AuditLog, verify
from words.message import m

KEY = SigningKey.generate()
AT = datetime(2026, 6, 14, 4, 30, 1, 999, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    log = AuditLog(tmp_path / "audit.log", KEY)
    for number in range(5):
        log.append(AuditEvent.POWER, AT + timedelta(minutes=number), f"try {number}")
    log.close()
    return tmp_path / "audit.log"


def test_chain(path: Path) -> None:
    entries = verify(path, KEY.public)
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5]
    assert entries[0].previous == FIRST
    assert all(b.previous == a.hash for a, b in pairwise(entries))
    assert entries[0].time == AT.replace(microsecond=0)
    assert (entries[4].what, entries[4].detail) == ("power", "try 4")


def test_a_voter_has_the_quarter_of_an_hour(path: Path) -> None:
    """Whoever reads the log must not learn in which minute somebody left the booth."""
    log = AuditLog(path, KEY)
    for minute in range(60):
        at = AT.replace(minute=minute, second=59)
        entry = log.append(AuditEvent.VOTE_RECORDED, at)
        assert (entry.time.minute, entry.time.second) == (minute // 15 * 15, 0)
        assert entry.time.hour == at.hour
    log.close()
    assert log.position.votes == 60


def test_a_copy_that_cannot_be_found_spoils_no_chain(path: Path) -> None:
    """The place of the second medium is asked for at every line, and may fail like any medium."""

    def lost() -> Path:
        raise MediumLostError(m("the medium does not answer"))

    log = AuditLog(path, KEY, lost)
    for number in (6, 7):
        assert log.append(AuditEvent.POWER, AT).number == number
    log.close()
    assert len(verify(path, KEY.public)) == log.position.length == 7


def test_going_on(path: Path) -> None:
    log = AuditLog(path, KEY)
    assert log.tail == verify(path, KEY.public)[-1].hash
    entry = log.append(AuditEvent.POLLS_CLOSED, AT)
    log.close()
    assert entry.number == 6
    assert verify(path, KEY.public)[-1] == entry


def test_a_torn_last_line_is_taken_away(path: Path) -> None:
    whole = path.read_bytes()
    for length in range(1, 40):
        path.write_bytes(whole + whole.splitlines()[-1][:length])
        AuditLog(path, KEY).close()
        assert path.read_bytes() == whole


def test_so_is_one_whose_end_is_there_and_whose_beginning_is_not(path: Path) -> None:
    """Sectors go to a medium in any order; what is missing between them reads as zeros."""
    whole = path.read_bytes()
    line = whole.splitlines(keepends=True)[-1]
    for lost in (slice(0, 1), slice(0, 100), slice(50, 150)):
        torn = bytearray(line)
        torn[lost] = bytes(lost.stop - lost.start)
        path.write_bytes(whole + torn)
        AuditLog(path, KEY).close()
        assert path.read_bytes() == whole
    path.write_bytes(whole + line.replace(b"{", b"[", 1))
    with pytest.raises(TamperedStoreError):
        AuditLog(path, KEY)


@pytest.mark.slow
def test_every_changed_byte_is_seen(path: Path) -> None:
    content = path.read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        path.write_bytes(bytes(changed))
        with pytest.raises(TamperedStoreError):
            verify(path, KEY.public)


@pytest.mark.parametrize(
    "order", [[1, 0, 2, 3, 4], [0, 2, 3, 4], [1, 2, 3, 4], [0, 0, 1, 2], [0, 1, 1]]
)
def test_lines_moved_removed_or_repeated(path: Path, order: list[int]) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[place] for place in order))
    with pytest.raises(TamperedStoreError):
        AuditLog(path, KEY)


def test_of_another_device(path: Path) -> None:
    with pytest.raises(TamperedStoreError):
        AuditLog(path, SigningKey.generate())


@pytest.mark.parametrize(
    "detail",
    [
        "0499370899",
        "number=0499370899.",
        "۰۴۹۹۳۷۰۸۹۹",
        "علی رضایی",
        "two\nlines",
        "x" * 201,
    ],
)
def test_nothing_personal_gets_in(path: Path, detail: str) -> None:
    before = path.read_bytes()
    log = AuditLog(path, KEY)
    with pytest.raises(ValueError, match="plain"):
        log.append(AuditEvent.MEDIA_FAULT, AT, detail)
    log.close()
    assert path.read_bytes() == before


def test_fingerprints_of_certificates_are_allowed(path: Path) -> None:
    log = AuditLog(path, KEY)
    log.append(AuditEvent.OVERRIDE, AT, f"no-match {'1234567890abcdef' * 4} {'0' * 64}")
    log.close()
    assert len(verify(path, KEY.public)) == 6


def test_lines_are_json(path: Path) -> None:
    first = json.loads(path.read_text().splitlines()[0])
    assert list(first) == ["number", "time", "what", "detail", "previous", "signature"]


def test_no_place_to_write(tmp_path: Path) -> None:
    with pytest.raises(MediumLostError):
        AuditLog(tmp_path / "missing" / "audit.log", KEY)


@pytest.mark.fuzz
@given(
    content=st.binary(min_size=1, max_size=200)
    | st.text(max_size=100).map(json.dumps).map(str.encode)
)
def test_random_files(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("random") / "audit.log"
    path.write_bytes(content + b"\n")
    if b"\0" in content.rpartition(b"\n")[2]:
        # As a sector that was not written; lines before it are judged as ever.
        content = content[: content.rfind(b"\n") + 1]
        if not content:
            AuditLog(path, KEY).close()
            return
    with pytest.raises(TamperedStoreError):
        AuditLog(path, KEY)
