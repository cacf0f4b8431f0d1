"""Refuse files of votes whose result is not what the file says, or say what is odd about them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result

from tests.cases.office.office import accepted, amin, refused

HEAD = "code,name_fa,name_en,list,votes\n"
ONE = '{"code":"1","name":{"fa":"a"},"votes":10}'
TWO = '{"code":"2","name":{"fa":"b"},"votes":20}'


def seats(folder: Path, text: str, *options: object) -> Result:
    path = folder / ("votes.json" if text.startswith("{") else "votes.csv")
    path.write_text(text, encoding="utf-8")
    number = () if path.suffix == ".json" else ("--seats", "1")
    return amin("seats", "--votes", path, *number, "--language", "en", *options)


TWICE = {
    "candidates": f'{{"seats":1,"candidates":[{ONE}],"candidates":[{TWO}]}}',
    "votes": f'{{"seats":1,"candidates":[{ONE[:-1]},"votes":1000}},{TWO}]}}',
    "seats": f'{{"seats":1,"seats":2,"candidates":[{ONE},{TWO}]}}',
    "name": f'{{"seats":1,"candidates":[{ONE[:-1]},"name":{{"fa":"c"}}}},{TWO}]}}',
}


@pytest.mark.parametrize("text", TWICE.values(), ids=TWICE)
def test_member_twice(tmp_path: Path, text: str) -> None:
    refused(seats(tmp_path, text), "votes.json")


def test_list_in_two_spellings(tmp_path: Path) -> None:
    """The lists «hope» and «Hope» have 12 of 20 votes; as two lists they lose to a third."""
    text = HEAD + "1,a,,hope,5\n2,b,,Hope,7\n3,c,,noor,8\n"
    refused(seats(tmp_path, text), "votes.csv", "hope", "Hope")
    file = '{"seats":1,"lists":[{"key":"x","name":{"fa":"a"}},{"key":"X","name":{"fa":"b"}}],'
    refused(seats(tmp_path, f'{file}"candidates":[{ONE}]}}'), "two spellings")


@pytest.mark.parametrize("votes", [11, 50, 10**9])
def test_more_votes_than_ballots(tmp_path: Path, votes: int) -> None:
    text = HEAD + f"1,a,,,{votes}\n2,b,,,3\n"
    told = seats(tmp_path, text, "--ballots", "10", "--selections", "21")
    refused(told, "votes.csv", "candidate 1")
    file = f'{{"seats":1,"candidates":[{ONE},{TWO}]}}'
    refused(seats(tmp_path, file, "--ballots", "19"), "candidate 2")


def test_as_many_votes_as_ballots(tmp_path: Path) -> None:
    accepted(seats(tmp_path, HEAD + "1,a,,,10\n2,b,,,3\n", "--ballots", "10", "--selections", "2"))


def test_tie_without_a_seed_stops(tmp_path: Path) -> None:
    tie = HEAD + "1,a,,x,5\n2,b,,y,5\n"
    told = seats(tmp_path, tie)
    assert told.exit_code == 1
    assert "--seed" in told.stdout
    accepted(seats(tmp_path, tie, "--seed", "published"))
    clear = HEAD + "1,a,,x,5\n2,b,,y,4\n"
    accepted(seats(tmp_path, clear))


@pytest.mark.parametrize("character", ["\x1b", "\x9b", "\u202e", "\u2066", "\u200b", "\ue000"])
def test_what_a_terminal_would_obey_is_in_no_name(tmp_path: Path, character: str) -> None:
    told = seats(tmp_path, HEAD + f"1,a{character}[31mred,,,50\n2,b,,,3\n")
    refused(told, "line 2", "name_fa")
    assert character not in told.output.replace("\x1b[0m", "")
    escaped = f"\\u{ord(character):04x}"
    told = seats(tmp_path, f'{{"seats":1,"candidates":[{ONE.replace("a", "a" + escaped)},{TWO}]}}')
    refused(told, "votes.json")
    assert character not in told.output
