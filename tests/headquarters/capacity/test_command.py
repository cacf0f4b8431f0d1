"""`amin election plan-capacity`: inputs, outputs, and what its exit status says."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from commands.main import main

BASE = ("--voters", "60", "--closes", "11:00", "--replications", "10")
CSV = "start,voters,check_in_minutes,voting_minutes\n08:00,40,30,120\n09:00,20,15,60\n"


def run(*arguments: str | Path, language: str = "en") -> Result:
    words = ["--language", language, "election", "plan-capacity", *map(str, arguments)]
    return CliRunner().invoke(main, words)


def test_the_help_teaches() -> None:
    shown = run("--help")
    assert shown.exit_code == 0
    for word in ("Measure before you trust it", "counters.csv", "--seed", "Exit status", "[45]"):
        assert word in shown.stdout


def test_the_answer_is_said_and_can_be_repeated() -> None:
    shown = run(*BASE)
    assert shown.exit_code == 0, shown.output
    assert "Enough: 1 identity station and 2 ballot terminals." in shown.stdout
    assert "--seed 1 --replications 10" in shown.stdout
    assert run(*BASE, "--seed", "1").stdout == shown.stdout
    assert run(*BASE, "--seed", "2").stdout != shown.stdout


def test_json_is_the_same_in_every_language() -> None:
    english, persian = run(*BASE, "--json"), run(*BASE, "--json", language="fa")
    assert english.stdout == persian.stdout
    found = json.loads(english.stdout)
    assert (found["stations"], found["terminals"], found["kept"]) == (1, 2, True)
    assert found["question"]["seed"] == 1
    assert found["chosen"]["within"]["low"] >= found["question"]["target"]["share"]
    assert [len(found["chosen"]["parts"]), len(found["tried"])] == [10, 6]


def test_persian_numbers_and_words() -> None:
    shown = run("--voters", "۶۰", "--closes", "۱۱:۰۰", "--replications", "۱۰", language="fa")
    assert shown.exit_code == 0
    assert "بس است: ۱ ایستگاه احراز هویت و ۲ پایانهٔ رأی." in shown.stdout


def test_given_devices_that_are_too_few_end_with_1() -> None:
    shown = run(*BASE, "--stations", "1", "--terminals", "1")
    assert shown.exit_code == 1
    assert "Not enough: 1 identity station and 1 ballot terminal." in shown.stdout


def test_counters_of_an_earlier_day(tmp_path: Path) -> None:
    file = tmp_path / "counters.csv"
    file.write_text(CSV, "utf-8")
    shown = run("--counters", file, "--replications", "10", "--json")
    assert shown.exit_code == 0, shown.output
    load = json.loads(shown.stdout)["question"]["load"]
    assert load["arrivals"]["expected"] == [40, 20]
    assert load["check_in"] == {"mean": 45, "spread": 22.5}
    assert load["voting"] == {"mean": 180, "spread": 90}
    shown = run("--counters", file, "--replications", "10", "--voting", "100", "--json")
    assert json.loads(shown.stdout)["question"]["load"]["voting"]["mean"] == 100


def test_a_report_has_charts_and_the_plan(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shown = run(*BASE, "--report", folder)
    assert shown.exit_code == 0, shown.output
    assert sorted(x.name for x in folder.iterdir()) == sorted(
        [
            *(
                f"{x}.{y}.{z}"
                for x in ("day", "devices")
                for y in ("en", "fa")
                for z in ("png", "svg")
            ),
            "plan.json",
        ]
    )
    assert (folder / "day.en.png").read_bytes().startswith(b"\x89PNG")
    chart = ET.fromstring((folder / "devices.en.svg").read_text("utf-8"))
    texts = " ".join(chart.itertext())
    assert "1 identity station and 2 ballot terminals" in texts
    assert json.loads((folder / "plan.json").read_text("utf-8"))["terminals"] == 2
    assert str(folder / "plan.json") in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give either --voters or --counters"),
        (("--voters", "0"), "--voters: a whole number from 1 to 20,000"),
        (("--voters", "nan"), "--voters"),
        (
            ("--voters", "60", "--opens", "18:00", "--closes", "8"),
            "--closes has to be after --opens",
        ),
        (("--voters", "60", "--opens", "25"), "--opens: a time"),
        (("--voters", "60", "--profile", "1,x"), "--profile: a number"),
        (("--voters", "60", "--profile", "0,0"), "--profile: 1 to 96 weights"),
        (("--voters", "60", "--check-in", "0"), "--check-in: a number"),
        (("--voters", "60", "--check-in-spread", "200"), "--check-in-spread may be 3 times"),
        (("--voters", "60", "--voting", "inf"), "--voting: a number"),
        (("--voters", "60", "--voting-spread", "-1"), "--voting-spread: a number"),
        (("--voters", "60", "--wait", "0"), "--wait: a number from 0.5 to 600"),
        (("--voters", "60", "--share", "100%"), "--share: a number from 50 to 99.9"),
        (("--voters", "60", "--confidence", "99.9"), "--confidence: a number from 80 to 99"),
        (("--voters", "60", "--stations", "61"), "--stations: a whole number from 1 to 60"),
        (("--voters", "60", "--terminals", "0"), "--terminals: a whole number"),
        (("--voters", "60", "--replications", "9"), "--replications: a whole number from 10"),
        (("--voters", "60", "--seed", "x"), "--seed: a whole number"),
    ],
)
def test_refusals(arguments: tuple[str, ...], said: str) -> None:
    shown = run(*arguments)
    assert shown.exit_code == 2
    assert said in shown.stderr
    assert shown.stdout == ""


def test_a_file_has_its_hours(tmp_path: Path) -> None:
    file = tmp_path / "counters.csv"
    file.write_text(CSV, "utf-8")
    assert run("--counters", file, "--voters", "60").exit_code == 2
    shown = run("--counters", file, "--opens", "9")
    assert shown.exit_code == 2
    assert "the file has its hours" in shown.stderr
    file.write_text("start,voters\n8,x\n9,1\n", "utf-8")
    assert "voters: a whole number" in run("--counters", file).stderr
