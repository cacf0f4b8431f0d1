"""What a pollbook sums up, and what keeps document checks within bounds."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.admissions import Admissions
from election.definition import ContestId
from election.evidence import (
    FEWEST,
    Dimension,
    DocumentKind,
    RollCode,
    VoterEvidence,
    of_document_check,
    total,
)
from kiosk.storage.pollbook import Pollbook
from tests.acts import SHOWN

KEY = bytes(range(32))
COUNCIL = (ContestId("council"),)
NUMBERS = ("0013542419", "0013542427")
CHIP = SHOWN
PAPER = of_document_check(DocumentKind.BIRTH_CERTIFICATE, RollCode.NOT_COMPARED, dead=False)


@pytest.fixture
def book(tmp_path: Path) -> Pollbook:
    return Pollbook(tmp_path / "pollbook.db", KEY)


def issue(book: Pollbook, evidence: VoterEvidence) -> bytes:
    voter = secrets.token_bytes(32)
    book.claim(voter, COUNCIL)
    book.confirm_issued(voter, evidence)
    return voter


def test_every_dimension_adds_up_to_the_cards_issued(book: Pollbook) -> None:
    again = issue(book, CHIP)
    issue(book, PAPER)
    issue(book, PAPER)
    book.claim(secrets.token_bytes(32), COUNCIL)
    book.confirm_issued(again, CHIP)  # again is fine, and counts nothing
    sums = book.admissions.sums()
    assert all(total(sums, dimension) == 3 for dimension in Dimension)
    assert total(sums, Dimension.DOCUMENT, "birth-certificate") == 2


def test_signers_of_few_cards_are_not_told(book: Pollbook) -> None:
    many, few = bytes(32), b"\x01" * 32
    for _ in range(FEWEST):
        issue(book, replace(CHIP, signer=many))
    issue(book, replace(CHIP, signer=few))
    assert [(each.signer, each.number) for each in book.admissions.signers()] == [(many, FEWEST)]
    book.admissions.forget_day()
    assert few.hex().encode() not in (book._path).read_bytes()
    assert total(book.admissions.sums(), Dimension.CHIP) == FEWEST + 1


def test_a_refused_number_is_kept_as_a_keyed_hash_until_the_closing(
    book: Pollbook, tmp_path: Path
) -> None:
    copy = tmp_path / "mirror.db"
    book.keep_also(copy)
    one, other = NUMBERS
    book.admissions.bar(one.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")))
    book.admissions.bar("nothing that is a number")
    assert book.admissions.is_barred(one)
    assert not book.admissions.is_barred(other)
    for path in (tmp_path / "pollbook.db", copy):
        assert one.encode() not in path.read_bytes()
    on_copy = Pollbook(copy, KEY)
    assert on_copy.admissions.is_barred(one)
    assert not Pollbook(tmp_path / "x.db", bytes(32)).admissions.is_barred(one)
    on_copy.close()
    hashed = book.admissions._hash(one)
    book.admissions.forget_day()
    for path in (tmp_path / "pollbook.db", copy):
        assert hashed not in path.read_bytes()


@given(st.lists(st.integers(490_000, 490_004), max_size=40), st.integers(0, 4))
def test_no_hour_has_more_checks_than_allowed_whatever_the_clock_does(
    tmp_path_factory: pytest.TempPathFactory, hours: list[int], most: int
) -> None:
    admissions = _memory(tmp_path_factory)
    begun: Counter[int] = Counter()
    for place, hour in enumerate(hours):
        begun[max(hours[: place + 1])] += admissions.begin_check(hour, most)
    assert all(number <= most for number in begun.values())


def _memory(folders: pytest.TempPathFactory) -> Admissions:
    return Pollbook(folders.mktemp("book") / "pollbook.db", KEY).admissions


def test_no_form_has_a_number_twice_also_after_a_memory_was_lost(
    book: Pollbook, tmp_path: Path
) -> None:
    copy = tmp_path / "mirror.db"
    book.keep_also(copy)
    assert [book.admissions.new_form() for _ in range(3)] == [1, 2, 3]
    issue(book, PAPER)
    fresh = Pollbook(tmp_path / "new.db", KEY)
    fresh.admissions.new_form()
    issue(fresh, CHIP)
    fresh.keep_also(copy)
    assert fresh.admissions.new_form() == 4
    assert total(fresh.admissions.sums(), Dimension.DOCUMENT, "birth-certificate") == 1


def test_two_days_with_other_persons_and_the_same_classes_give_equal_bytes(tmp_path: Path) -> None:
    days = []
    for name, order in (("a", (CHIP, PAPER, CHIP)), ("b", (PAPER, CHIP, CHIP))):
        book = Pollbook(tmp_path / f"{name}.db", KEY)
        for evidence in order:
            issue(book, evidence)
        rows = book._connection.execute("SELECT * FROM evidence").fetchall()
        days.append((rows, book.admissions.sums(), book.admissions.signers()))
    assert days[0] == days[1]


STEP = st.tuples(st.integers(490_000, 490_002), st.sampled_from(["check", "code"]))


@given(st.lists(STEP, max_size=40), st.integers(1, 4))
def test_each_code_allows_the_hours_number_once_more(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str]], most: int
) -> None:
    """In the hour in which it is used, and in no other; whatever the clock does."""
    admissions = _memory(tmp_path_factory)
    now, codes = 0, 0
    begun: Counter[int] = Counter()
    allowed: Counter[int] = Counter()
    for hour, what in steps:
        now = max(now, hour)
        if what == "code":
            codes += 1
            admissions.allow(hour, most, codes)
            allowed[now] += most
        else:
            may = begun[now] < most + allowed[now]
            assert admissions.begin_check(hour, most) == may
            begun[now] += may
    assert admissions.numbers()[1] == codes


def test_a_code_counts_also_after_a_memory_was_lost(book: Pollbook, tmp_path: Path) -> None:
    """The memory that knows of more codes is right about the hour; none is used twice."""
    copy = tmp_path / "mirror.db"
    book.keep_also(copy)
    assert book.admissions.begin_check(490_000, 1)
    assert not book.admissions.begin_check(490_000, 1)
    behind = Pollbook(tmp_path / "behind.db", KEY)
    assert behind.admissions.begin_check(490_000, 1)
    book.admissions.allow(490_000, 1, 1)
    behind.keep_also(copy)
    assert behind.admissions.numbers()[1] == 1
    assert behind.admissions.begin_check(490_000, 1)
    assert not behind.admissions.begin_check(490_000, 1)
