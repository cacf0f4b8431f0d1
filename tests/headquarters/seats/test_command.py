"""`amin election seats`: inputs, options, outputs, and what its exit status says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands.main import main
from headquarters.seats.votes_file import write_votes_json
from tests.headquarters.seats.elections import WORKED, contest_of, votes_of

CSV = "code,name_fa,name_en,list,votes\n" + "\n".join(
    f"{100 * i + j},نامزد,Person {i}-{j},{key},{total // 10}"
    for i, (key, total) in enumerate({"a": 940, "b": 630, "": 190}.items(), 1)
    for j in range(10)
)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["election", "seats", *map(str, arguments)])


def test_the_language_is_asked_for(votes: Path) -> None:
    assert "Quotas" in run("--votes", votes, "--language", "en").stdout
    assert "سهمیه‌ها" in run("--votes", votes, "--language", "fa").stdout
    done = run("--votes", votes, "--language", "xx")
    assert done.exit_code == 2
    assert "there are: fa, en" in done.stderr


def test_json_has_messages_with_values(votes: Path) -> None:
    found = {
        language: run("--votes", votes, "--language", language, "--json").stdout
        for language in ("fa", "en")
    }
    assert found["fa"] == found["en"]
    (contest,) = json.loads(found["fa"])["contests"]
    assert contest["steps"][0] == {
        "message": "{group}: {votes} of {total}, times {seats}, is {quota}: {given}.",
        "values": {
            "group": {"fa": "فهرست امید", "en": "List of Hope"},
            "votes": {"message": "{count} vote", "values": {"count": 9400}},
            "total": 21000,
            "seats": {"message": "{count} seat", "values": {"count": 21}},
            "quota": "47/5",
            "given": {"message": "{count} seat", "values": {"count": 9}},
        },
        "text": "List of Hope: 9,400 votes of 21,000, times 21 seats, is 9.4: 9 seats.",
    }


@pytest.fixture
def votes(tmp_path: Path) -> Path:
    path = tmp_path / "votes.json"
    path.write_bytes(write_votes_json(contest_of(votes_of(WORKED, ballots=1000))))
    return path


def seats(done: Result) -> dict[str, int]:
    assert done.exit_code == 0, done.output
    (contest,) = json.loads(done.stdout)["contests"]
    found = contest["seats"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), [9, 6, 3, 1, 2]),
        (("--left-overs", "largest-share"), [10, 7, 3, 0, 1]),
        (("--method", "dhondt"), [10, 7, 2, 0, 2]),
        (("--quota", "droop"), [10, 6, 2, 1, 2]),
        (("--threshold", "5%"), [10, 6, 3, 0, 2]),
        (("--threshold", "۵٪"), [10, 6, 3, 0, 2]),
        (("--threshold", "1/20"), [10, 6, 3, 0, 2]),
        (("--rounding", "half-up", "--over-sum", "smallest-share"), [9, 6, 3, 1, 2]),
        (("--seats", "1"), [1, 0, 0, 0, 0]),
    ],
)
def test_options_are_readings(votes: Path, options: tuple[str, ...], expected: list[int]) -> None:
    assert list(seats(run("--votes", votes, "--json", *options)).values()) == [
        row for _, row in sorted(zip((0, 1, 2, 4, 3), expected, strict=True))
    ]


def test_csv_with_and_without_lists(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "l.csv").write_text(
        "key,name_fa,name_en\na,الف,Alpha\nb,ب,Beta\n", encoding="utf-8"
    )
    plain = run("--votes", tmp_path / "v.csv", "--seats", "11", "--language", "en", "--seed", "s")
    assert plain.exit_code == 0, plain.output
    named = run(
        "--votes",
        tmp_path / "v.csv",
        "--lists",
        tmp_path / "l.csv",
        "--seats",
        "11",
        "--json",
        "--seed",
        "s",
    )
    assert seats(named) == {"a": 6, "b": 4, "independents": 1}
    done = run("--votes", tmp_path / "v.csv")
    assert done.exit_code == 2
    assert "add --seats" in done.stderr


def test_compare_and_vacancies(votes: Path) -> None:
    done = run("--votes", votes, "--compare", "--language", "en", "--vacant", "1000")
    assert done.exit_code == 0
    assert "Other readings of the law:" in done.stdout
    assert "D’Hondt" in done.stdout
    assert "follows" in done.stdout
    persian = run("--votes", votes, "--compare", "--language", "fa")
    assert "خوانش‌های دیگر قانون" in persian.stdout
    assert run("--votes", votes, "--vacant", "9").exit_code == 2
    assert run("--votes", votes, "--vacant", "x").exit_code == 2


def test_a_report_and_its_command(votes: Path, tmp_path: Path) -> None:
    done = run("--votes", votes, "--report", tmp_path / "out", "--seed", "s", "--json")
    value = json.loads(done.stdout)["contests"][0]
    assert {Path(file).name for file in value["files"]} >= {"report.fa.html", "seats.fa.png"}
    assert all(Path(file).exists() for file in value["files"])
    assert len(value["outcomes"]) > 1
    words = value["command"].split()
    again = run(*words[3:4], tmp_path / "out" / "votes.json", *words[5:], "--json")
    assert json.loads(again.stdout)["contests"][0]["groups"] == value["groups"]
    (tmp_path / "file").write_text("")
    blocked = run("--votes", votes, "--report", tmp_path / "file" / "out")
    assert blocked.exit_code == 2
    assert "Traceback" not in blocked.output


def test_exit_status(votes: Path, tmp_path: Path) -> None:
    assert run().exit_code == 2
    assert run(votes, "--votes", votes).exit_code == 2
    assert run(tmp_path).exit_code == 2
    assert "count first" in run(tmp_path).stderr
    assert run("--votes", votes, "--lists", votes).exit_code == 2
    assert run("--votes", votes, "--threshold", "2").exit_code == 2
    assert run("--votes", votes, "--threshold", "1/0").exit_code == 2
    assert run("--votes", votes, "--contest", "none").exit_code == 2
    votes.write_bytes(write_votes_json(contest_of(votes_of({"A": 0}))))
    done = run("--votes", votes, "--language", "en")
    assert done.exit_code == 1
    assert "Nobody elected" in done.stdout
    votes.write_bytes(b"{")
    assert run("--votes", votes).exit_code == 2


def test_help_teaches() -> None:
    help_text = run("--help").stdout
    for text in ("votes.csv", "lists.csv", "sha256sum", "Exit status", "largest-remainder"):
        assert text in help_text
