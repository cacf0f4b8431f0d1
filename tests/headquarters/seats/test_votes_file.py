"""Files with votes: what is read, what is refused and where, and bytes that are no file at all."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election.errors import ManifestError
from headquarters.seats.model import INDEPENDENTS
from headquarters.seats.votes_file import (
    Missing,
    read_votes_csv,
    read_votes_json,
    write_votes_json,
)
from tests.headquarters.seats.elections import WORKED, contest_of, english, votes_of

CSV = """\
code,name_fa,name_en,list,votes
0012,مریم رضایی,Maryam Rezaei,hope,1520
۰۰۱۳,علی محمدی,,hope,۹۸۰
0014,سارا کریمی,Sara Karimi,,700
""".encode()
LISTS = "key,name_fa,name_en\nhope,فهرست امید,List of Hope\n".encode()
MISSING = Missing(2, 2, 3000)
JSON = write_votes_json(contest_of(votes_of(WORKED, members=3, ballots=5000)))


def test_csv() -> None:
    read = read_votes_csv(CSV, LISTS, MISSING)
    hope, pool = read.votes.groups
    assert (hope.key, english(hope.name), hope.votes) == ("hope", "List of Hope", 2500)
    assert (pool.key, pool.votes) == (INDEPENDENTS, 700)
    assert (read.seats, read.votes.selections, read.votes.ballots) == (2, 2, 3000)
    assert [read.format_code(member.code) for member in hope.members] == ["0012", "0013"]


def test_lists_may_be_left_out() -> None:
    read = read_votes_csv(CSV, None, MISSING)
    assert english(read.votes.groups[0].name) == "hope"
    assert english(read.title) == "Allocation of seats"
    assert read_votes_json(write_votes_json(read)).title == read.title


def test_json_is_read_as_it_was_written() -> None:
    contest = contest_of(votes_of(WORKED, members=3, ballots=5000))
    read = read_votes_json(JSON)
    assert read.votes == contest.votes
    assert (read.seats, read.title, read.code_width) == (21, contest.title, 4)
    assert write_votes_json(read) == JSON


def changed(**values: object) -> bytes:
    return json.dumps({**json.loads(JSON), **values}).encode()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("12,نام,,hope,x", "votes.csv, line 2, column votes"),
        ("12,نام,,hope,-1", "line 2, column votes"),
        ("123456,نام,,hope,1", "line 2, column code"),
        ("12,,,hope,1", "line 2, column name_fa"),
        ("12,نام,,ho|pe,1", "line 2, column list"),
        ("12,نام,,hope", "line 2: 4 cells in place of 5"),
        ("12,نام,,other,1", "no list has the key other"),
    ],
)
def test_csv_errors_name_the_place(line: str, message: str) -> None:
    data = f"code,name_fa,name_en,list,votes\n{line}\n".encode()
    with pytest.raises(ManifestError, match=r"votes\.csv") as caught:
        read_votes_csv(data, LISTS, MISSING)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "votes.json"),
        (changed(seats=0), "seats"),
        (changed(seats="21"), "seats"),
        (changed(more=1), "more"),
        (changed(lists=[]), "no list has the key A"),
        (changed(lists=[{"key": "A", "name": {"fa": "الف"}}] * 2), "twice"),
        (changed(lists=[{"key": INDEPENDENTS, "name": {"fa": "x"}}]), "cannot have the key"),
        (
            changed(candidates=[{"code": "1", "name": {"fa": "x"}, "votes": 1.5}]),
            "a number that is not whole",
        ),
    ],
)
def test_json_errors_name_the_place(data: bytes, message: str) -> None:
    with pytest.raises(ManifestError, match=r"votes\.json") as caught:
        read_votes_json(data)
    assert message in str(caught.value)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.data())
def test_random_and_mutated_bytes(noise: bytes, data: st.DataObject) -> None:
    for good in (CSV, JSON):
        place = data.draw(st.integers(0, len(good) - 1))
        bit = data.draw(st.binary(max_size=3))
        for text in (noise, good[:place] + bit + good[place + 1 :], good[:place]):
            with suppress(ManifestError):
                read_votes_json(text)
            with suppress(ManifestError):
                read_votes_csv(text, text, MISSING)
            with suppress(ManifestError):
                read_votes_csv(text, None, MISSING)
