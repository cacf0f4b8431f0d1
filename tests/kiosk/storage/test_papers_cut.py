"""Cut a check-in on paper at every point: the very person gets the papers afterwards, and nobody twice.

Real pollbooks on two memories. A point is before and after every commit and every copy. What is left after
the cut is both memories, or one of them.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

import pytest

from drivers.media import sqlite
from drivers.media.errors import MediumLostError, MigrationError
from election import second_copy
from election.authorization_life import (
    AlreadyVoted,
    ClaimedNotIssued,
    Granted,
    PapersCut,
)
from election.definition import ContestId
from kiosk.storage.pollbook import Pollbook

KEY = bytes(range(32))
ONE = (ContestId("council"),)
FIRST, SECOND, THIRD = VOTERS = tuple(bytes([number]) * 32 for number in range(1, 4))
OLD = Path(__file__).with_name("pollbook-7.sql")


class Cut(BaseException):
    """The power fails: nothing that follows is done."""


class Left(Enum):
    """Which memories are there after the cut."""

    BOTH = auto()
    PRIMARY = auto()
    COPY = auto()


@dataclass
class Desk:
    """A day of visits, and what became of the papers; `cut_at`: the point where the power fails."""

    folder: Path
    cut_at: int = -1
    points: int = 0
    handed: list[bytes] = field(default_factory=list)
    """Who has a paper in the hand."""
    over: list[bytes] = field(default_factory=list)
    """Whose visit is over."""
    visiting: bytes | None = None

    def point(self) -> None:
        self.points += 1
        if self.points == self.cut_at:
            raise Cut

    @contextmanager
    def power(self) -> Iterator[None]:
        """Count the points, and fail at one of them."""
        transaction, copy = sqlite.transaction, second_copy.copy

        @contextmanager
        def cut_transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
            with transaction(connection) as inner:
                yield inner
                self.point()
            self.point()

        def cut_copy(connection: sqlite3.Connection, path: Path) -> None:
            self.point()
            copy(connection, path)
            self.point()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sqlite, "transaction", cut_transaction)
            patch.setattr(second_copy, "copy", cut_copy)
            yield

    def visit(self, book: Pollbook, voter: bytes) -> None:
        """Confirm, name the papers, hand them out."""
        book.confirm_issued(voter, papers=True)
        self.point()
        self.handed.append(voter)
        self.point()
        book.handed_out()
        self.over.append(voter)
        self.visiting = None

    def book(self) -> Pollbook:
        book = Pollbook(self.folder / "pollbook.db", KEY)
        book.keep_also(self.folder / "copy.db")
        return book

    def start_again(self, left: Left) -> Pollbook:
        """As `recovery.restore` does, before the two are joined."""
        primary, copy = self.folder / "pollbook.db", self.folder / "copy.db"
        if left is Left.COPY and copy.exists():
            shutil.copyfile(copy, primary)
        if left is Left.PRIMARY:
            copy.unlink(missing_ok=True)
        return self.book()


def cut_visit(before: Path, folder: Path, at: int) -> Desk:
    """Play the second visit of the day until the cut."""
    desk = Desk(shutil.copytree(before, folder), at, handed=[FIRST], over=[FIRST])
    book = desk.book()
    with desk.power(), suppress(Cut):
        desk.visiting = SECOND
        assert book.claim(SECOND, ONE) == Granted()
        desk.visit(book, SECOND)
    book.close()
    return desk


@pytest.mark.parametrize("left", Left)
def test_the_very_person_gets_the_papers_and_nobody_twice(tmp_path: Path, left: Left) -> None:
    before = Desk(tmp_path / "before")
    before.folder.mkdir()
    book = before.book()
    book.claim(FIRST, ONE)
    before.visit(book, FIRST)
    book.close()
    last, finished = cut_visit(before.folder, tmp_path / "whole", -1).points, 0
    assert last > 10
    for at in range(1, last + 1):
        desk = cut_visit(before.folder, tmp_path / f"{at}", at)
        assert desk.points == at
        book = desk.start_again(left)
        for voter in VOTERS:
            known = book.known(voter)
            if voter in desk.over:
                assert known == AlreadyVoted(), (at, "whoever left with papers gets no more")
            elif voter != desk.visiting:
                assert known is None
            elif voter not in desk.handed:
                assert known != AlreadyVoted(), (at, "nobody is told to have what was never given")
                assert book.cut == isinstance(known, PapersCut)
                if known is None:
                    assert book.claim(voter, ONE) == Granted()
                else:
                    assert book.claim(voter, ONE) == known, "not without two roles"
                    assert book.reissue(voter) == Granted()
                    finished += isinstance(known, PapersCut)
                desk.visit(book, voter)
                assert not book.cut
        assert len(desk.handed) == len(set(desk.handed))
        for voter in desk.over:
            assert book.reissue(voter) == book.claim(voter, ONE) == AlreadyVoted()
        assert sum(each.issued for each in book.counts()) == len(desk.over) + (
            desk.visiting is not None and book.known(desk.visiting) in (AlreadyVoted(), PapersCut())
        )
        book.close()
    assert finished > 1, "there are cuts between confirmation and paper"


def test_a_second_cut_while_it_is_finished(tmp_path: Path) -> None:
    """The mark stays until the visit is over, and whoever was counted is counted once."""
    desk = Desk(tmp_path)
    book = desk.book()
    book.claim(FIRST, ONE)
    book.confirm_issued(FIRST, papers=True)
    for _ in range(3):
        book.close()
        book = desk.book()
        assert book.cut
        assert book.reissue(FIRST) == Granted()
        book.confirm_issued(FIRST, papers=True)
    assert not book.cut
    book.handed_out()
    book.close()
    book = desk.book()
    assert (book.known(FIRST), book.cut) == (AlreadyVoted(), False)
    assert [each.issued for each in book.counts()] == [1]


def test_the_next_person_ends_it(tmp_path: Path) -> None:
    """One mark: who comes first after the cut is served, and whoever was cut has to have come before."""
    desk = Desk(tmp_path)
    book = desk.book()
    for voter in (FIRST, SECOND):
        book.claim(voter, ONE)
        book.confirm_issued(voter, papers=True)
    book.close()
    book = desk.book()
    assert [book.known(each) for each in VOTERS] == [AlreadyVoted(), PapersCut(), None]
    book.claim(THIRD, ONE)
    assert book.cut, "a claim alone gives nobody papers"
    book.confirm_issued(THIRD, papers=True)
    book.handed_out()
    assert book.known(SECOND) == AlreadyVoted()
    assert not book.cut


def test_without_a_restart_nobody_gets_papers_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the memory does not take that they were handed out."""
    book = Desk(tmp_path).book()
    book.claim(FIRST, ONE)
    book.confirm_issued(FIRST, papers=True)

    def lost(*_: object) -> None:
        raise MediumLostError("gone")

    monkeypatch.setattr(sqlite, "transaction", lost)
    with pytest.raises(MediumLostError):
        book.handed_out()
    assert book.known(FIRST) == AlreadyVoted() == book.reissue(FIRST)


def test_who_gets_a_card_leaves_no_mark(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    book = desk.book()
    book.claim(FIRST, ONE)
    book.confirm_issued(FIRST)
    book.close()
    book = desk.book()
    assert (book.known(FIRST), book.cut) == (AlreadyVoted(), False)


def test_a_mark_is_of_one_person_and_gone_with_the_visit(tmp_path: Path) -> None:
    """Neither file tells who was at the desk once the visit is over, nor who before."""
    book = Desk(tmp_path).book()
    for voter in VOTERS:
        book.claim(voter, ONE)
        book.confirm_issued(voter, papers=True)
        for name in ("pollbook.db", "copy.db"):
            with closing(sqlite3.connect(tmp_path / name)) as connection:
                rows = connection.execute("SELECT voter FROM handing").fetchall()
                (at_all,) = connection.execute("SELECT count(*) FROM handing").fetchone()
            assert (rows, at_all) == ([(voter,)], 1)
    book.handed_out()
    for name in ("pollbook.db", "copy.db"):
        data = (tmp_path / name).read_bytes()
        assert [data.count(voter) for voter in VOTERS] == [1, 1, 1], "in the list alone"


@pytest.mark.parametrize("later", [False, True])
def test_an_older_copy_brings_back_no_mark(tmp_path: Path, *, later: bool) -> None:
    """Of two memories that differ the later one holds, whichever it is."""
    desk = Desk(tmp_path)
    book = desk.book()
    book.claim(FIRST, ONE)
    book.confirm_issued(FIRST, papers=True)
    names = ("pollbook.db", "copy.db")
    before = {name: (tmp_path / name).read_bytes() for name in names}
    book.handed_out()
    book.close()
    older = names[later]
    (tmp_path / older).write_bytes(before[older])
    book = desk.book()
    assert (book.known(FIRST), book.cut) == (AlreadyVoted(), False)


def write_old(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLD.read_text())


def not_there(_: Path) -> None:
    """No copy."""


@pytest.mark.parametrize("copy", [not_there, write_old], ids=["alone", "both"])
@pytest.mark.parametrize("primary", [not_there, write_old], ids=["new", "old"])
def test_a_pollbook_of_the_version_before_is_taken(
    tmp_path: Path, primary: Callable[[Path], None], copy: Callable[[Path], None]
) -> None:
    """On either memory, with all that is in it; and nobody of it is cut."""
    primary(tmp_path / "pollbook.db")
    copy(tmp_path / "copy.db")
    desk = Desk(tmp_path)
    book = desk.book()
    anything = write_old in (primary, copy)
    assert not book.cut
    known = [book.known(voter) for voter in VOTERS]
    there = [AlreadyVoted(), AlreadyVoted(), ClaimedNotIssued()]
    assert known == (there if anything else [None] * 3)
    assert (len(book.issued()), len(book.returned())) == ((3, 1) if anything else (0, 0))
    if anything:
        assert book.nonce(THIRD) == bytes([3]) * 16
    else:
        book.claim(THIRD, ONE)
    book.confirm_issued(THIRD, papers=True)
    book.close()
    book = desk.start_again(Left.COPY)
    assert book.known(THIRD) == PapersCut()
    book.close()


@pytest.mark.parametrize("version", [6, 9])
def test_another_version_is_refused_and_left_as_it_is(tmp_path: Path, version: int) -> None:
    path = tmp_path / "pollbook.db"
    write_old(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version={version}")
    before = path.read_bytes()
    with pytest.raises(MigrationError, match=f"{version}"):
        Pollbook(path, KEY)
    assert path.read_bytes() == before
