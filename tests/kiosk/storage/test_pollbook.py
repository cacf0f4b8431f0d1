"""The registry seam and its local form."""

from __future__ import annotations

import itertools
import secrets
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from election.authorization_life import AlreadyVoted, ClaimedNotIssued, Granted
from election.definition import ContestId
from election.errors import PollsStateError
from election.pollbook_tables import PollbookCount
from election.voter_reference import voter_reference
from kiosk.storage.pollbook import Pollbook

KEY = bytes(range(32))
ROOT = Path(__file__).resolve().parents[3]
BOTH = (ContestId("council"), ContestId("experts"))
ONE = (ContestId("council"),)


@pytest.fixture
def registry(tmp_path: Path) -> Pollbook:
    return Pollbook(tmp_path / "pollbook.db", KEY)


def test_claim_and_issue(registry: Pollbook) -> None:
    seam = registry
    voter, other = secrets.token_bytes(32), secrets.token_bytes(32)
    nonce = secrets.token_bytes(16)
    assert seam.claim(voter, BOTH, nonce) == Granted()
    assert seam.claim(voter, BOTH, secrets.token_bytes(16)) == ClaimedNotIssued()
    assert seam.nonce(voter) == nonce
    assert seam.reissue(voter) == Granted()
    seam.confirm_issued(voter)
    seam.confirm_issued(voter)
    assert seam.claim(voter, BOTH, secrets.token_bytes(16)) == AlreadyVoted()
    assert seam.reissue(voter) == AlreadyVoted()
    assert seam.claim(other, ONE, secrets.token_bytes(16)) == Granted()
    assert registry.counts() == (PollbookCount(ONE, 1, 0), PollbookCount(BOTH, 0, 1))


def test_a_station_that_died_in_between(registry: Pollbook, tmp_path: Path) -> None:
    voter = secrets.token_bytes(32)
    registry.claim(voter, BOTH)
    registry.close()
    assert Pollbook(tmp_path / "pollbook.db", KEY).claim(voter, BOTH) == ClaimedNotIssued()


def test_nobody_is_confirmed_without_a_claim(registry: Pollbook) -> None:
    for step in (registry.confirm_issued, registry.reissue):
        with pytest.raises(PollsStateError):
            step(secrets.token_bytes(32))


def test_reference(registry: Pollbook) -> None:
    number = "0499370899"
    reference = registry.reference(number)
    assert len(reference) == 32
    assert reference == voter_reference(KEY, "۰۴۹۹۳۷۰۸۹۹")
    assert reference != voter_reference(bytes(32), number)
    with pytest.raises(ValueError, match="national"):
        registry.reference("0499370898")


CHILD = """
import sys
from functools import partial
from pathlib import Path
from election.authorization_life import Granted
from kiosk.storage.pollbook import Pollbook
registry = Pollbook(Path(sys.argv[1]), bytes(range(32)))
print(sum(registry.claim(bytes([n]) * 32, ("council",)) == Granted() for n in range(40)))
"""


@pytest.mark.slow
def test_several_processes_claim_once(tmp_path: Path) -> None:
    path = tmp_path / "pollbook.db"
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    granted = [int(child.communicate(timeout=60)[0]) for child in children]
    assert sum(granted) == 40


def test_no_times_and_no_row_numbers(registry: Pollbook, tmp_path: Path) -> None:
    registry.claim(secrets.token_bytes(32), BOTH)
    connection = sqlite3.connect(tmp_path / "pollbook.db")
    columns = [row[1] for row in connection.execute("PRAGMA table_info(voter)")]
    (without,) = connection.execute(
        "SELECT wr FROM pragma_table_list WHERE name = 'voter'"
    ).fetchone()
    connection.close()
    assert columns == ["reference", "contests", "state", "nonce", "handle"]
    assert without == 1


def test_a_provisional_claim_keeps_the_handle_until_it_is_issued(
    registry: Pollbook, tmp_path: Path
) -> None:
    voter, handles = secrets.token_bytes(32), list[bytes]()

    def seal(handle: bytes, _: bytes) -> bytes:
        handles.append(handle)
        return b"sealed" + bytes(200) + bytes(byte ^ 0xFF for byte in handle)

    assert registry.claim(voter, BOTH, None, seal, provisional=True) == Granted()
    assert registry.claim(voter, BOTH, None, seal, provisional=True) == ClaimedNotIssued()
    assert registry.claim(voter, BOTH) == ClaimedNotIssued() == registry.known(voter)
    (handle,) = handles
    assert registry.reissue(voter) == Granted()
    assert registry.handle(voter) == handle
    assert handle in (tmp_path / "pollbook.db").read_bytes()
    registry.confirm_issued(voter)
    assert registry.handle(voter) is None
    assert handle not in (tmp_path / "pollbook.db").read_bytes()
    assert registry.known(voter) == AlreadyVoted()
    assert registry.claim(voter, BOTH, None, seal, provisional=True) == AlreadyVoted()
    (entry,) = registry.provisional()
    assert entry.startswith(b"sealed")
    assert registry.counts() == (PollbookCount(BOTH, 0, 1),)


def test_an_ordinary_claim_has_no_handle(registry: Pollbook) -> None:
    voter = secrets.token_bytes(32)
    assert registry.known(voter) is None
    registry.claim(voter, BOTH)
    assert registry.handle(voter) is None
    assert registry.provisional() == ()


def _the_entry(entry: bytes, *_: bytes) -> bytes:
    return entry


def test_provisional_entries_lie_in_no_order_of_time(tmp_path: Path) -> None:
    """Whoever came first: the same entries lie in the same order in the file."""
    entries = [secrets.token_bytes(300) for _ in range(40)]

    def order(name: str, coming: list[bytes]) -> list[bytes]:
        book = Pollbook(tmp_path / name, KEY)
        for entry in coming:
            seal = partial(_the_entry, entry)
            book.claim(secrets.token_bytes(32), ONE, None, seal, provisional=True)
        book.close()
        kept = (tmp_path / name).read_bytes()
        return sorted(entries, key=lambda entry: kept.index(entry[:40]))

    assert order("a.db", entries) == order("b.db", entries[::-1]) != entries


def test_two_cards_of_one_claim_are_worth_one_ballot(registry: Pollbook) -> None:
    voter = secrets.token_bytes(32)
    assert registry.claim(voter, BOTH) == Granted()
    first = registry.nonce(voter)
    assert len(first) == 16
    assert registry.claim(voter, BOTH) == ClaimedNotIssued()
    assert registry.reissue(voter) == Granted()
    assert registry.nonce(voter) == first


def test_the_nonce_is_gone_with_the_confirmation(registry: Pollbook, tmp_path: Path) -> None:
    voter = secrets.token_bytes(32)
    registry.claim(voter, BOTH)
    nonce = registry.nonce(voter)
    assert nonce in (tmp_path / "pollbook.db").read_bytes()
    registry.confirm_issued(voter)
    assert nonce not in (tmp_path / "pollbook.db").read_bytes()
    with pytest.raises(PollsStateError):
        registry.nonce(voter)
    with pytest.raises(PollsStateError):
        registry.nonce(secrets.token_bytes(32))


@pytest.mark.slow
def test_the_file_does_not_keep_the_order_of_check_in(registry: Pollbook, tmp_path: Path) -> None:
    """A page keeps its rows in the order of arrival unless it is written anew."""
    voters = [secrets.token_bytes(32) for _ in range(200)]
    for voter in voters:
        registry.claim(voter, BOTH)
        registry.confirm_issued(voter)
    data = (tmp_path / "pollbook.db").read_bytes()
    places = [data.index(voter) for voter in voters]
    rank = {place: number for number, place in enumerate(sorted(places))}
    n = len(voters)
    apart = sum((arrival - rank[place]) ** 2 for arrival, place in enumerate(places))
    rho = 1 - 6 * apart / (n * (n * n - 1))
    assert abs(rho) < 0.25
    # Within a page as well: neighbours in the file are not neighbours in time.
    by_place = sorted(range(n), key=places.__getitem__)
    steps = [abs(a - b) for a, b in itertools.pairwise(by_place)]
    assert sum(steps) / len(steps) > n / 5
