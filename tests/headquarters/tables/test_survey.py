"""The survey of places: answers in and out, a score that can be computed by hand, charts, what is missing."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.definition import Authority, Branch, BranchId, Text
from headquarters.readiness.charts import districts_chart, questions_chart
from headquarters.readiness.phrases import MOST_BRANCHES, MOST_DISTRICTS, lines
from headquarters.readiness.questions import BY_COLUMN, LINE, QUESTIONS
from headquarters.readiness.score import (
    ENOUGH,
    State,
    asked_of,
    by_district,
    by_question,
    judge,
    judge_all,
)
from headquarters.readiness.survey import ASKED, SurveyRow, parse_survey, write_survey
from tests.cases.office.office import accepted, amin, begun_in, refused
from tests.headquarters.tables.sheets import workbook
from words.languages import installed
from words.text import ENGLISH, PERSIAN

BRANCHES = (
    Branch(BranchId("b1"), Text("نور"), "3"),
    Branch(BranchId("b2"), Text("جامع"), "شمیران", authority=Authority.CENTRE),
)
ALONE, CENTRE = BRANCHES
HEAD = ",".join(("branch", *ASKED)) + "\n"
TABLE = HEAD + f"b1,{','.join(['yes'] * 13)}\nb2,بله,خیر,تا حدی,YES,No{',' * 8}\n"
YES = dict.fromkeys(ASKED, "yes")


def row(branch: Branch, answers: Mapping[str, str]) -> SurveyRow:
    return replace(SurveyRow(branch.id), **answers)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = begun_in(tmp_path_factory.mktemp("office"))
    table = "id,name_fa,district,authority,registry,evaluator\n"
    table += "b1,نور,3,alone,,\nb2,جامع,شمیران,alone,,\n"
    (folder / "t.csv").write_text(table, "utf-8")
    accepted(amin("branches", folder, "--branches", folder / "t.csv"))
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(begun, tmp_path / "election"))


def test_columns_are_the_questions() -> None:
    assert tuple(each.column for each in QUESTIONS) == ASKED
    assert len(BY_COLUMN) == len(QUESTIONS)
    assert {each.weight for each in QUESTIONS} == {1, 2, 3}


def test_the_score_by_hand() -> None:
    """The weights of what is asked where there is no registry add up to 26, of the country's to 29."""
    assert [sum(each.weight for each in asked_of(x)) for x in BRANCHES] == [26, 29]
    whole = judge(ALONE, row(ALONE, YES))
    assert (whole.score, whole.state, whole.mend, whole.unanswered) == (100, State.READY, (), ())
    steps = judge(ALONE, row(ALONE, YES | {"step_free": "no"}))
    assert (steps.score, steps.state) == (100 * 23 // 26, State.READY)
    assert [each.column for each in steps.mend] == ["step_free"]
    half = judge(ALONE, row(ALONE, YES | {"step_free": "partly", "light": "partly"}))
    assert half.score == 100 * 24 // 26
    nothing = judge(CENTRE, SurveyRow(CENTRE.id))
    assert (nothing.score, nothing.state) == (0, State.NOT_ASKED)
    assert len(nothing.unanswered) == 13


@pytest.mark.parametrize("needed", [each.column for each in QUESTIONS if each.needed])
def test_nothing_makes_up_for_what_is_needed(needed: str) -> None:
    states = [
        judge(CENTRE, row(CENTRE, YES | {needed: answer})).state
        for answer in ("no", "", "partly", "yes")
    ]
    assert states == [State.NOT_READY, State.NOT_ASKED, State.TO_MEND, State.READY]


def test_the_line_is_asked_where_there_is_a_registry() -> None:
    without = {**YES, LINE: "no"}
    assert judge(ALONE, row(ALONE, without)).state is State.READY
    assert judge(CENTRE, row(CENTRE, without)).state is State.NOT_READY


_ANSWERS = st.fixed_dictionaries(dict.fromkeys(ASKED, st.sampled_from(["yes", "partly", "no", ""])))


@given(_ANSWERS, st.sampled_from(BRANCHES), st.sampled_from(ASKED))
def test_a_better_answer_is_never_a_worse_place(
    answers: dict[str, str], branch: Branch, column: str
) -> None:
    order = list(State)
    found = judge(branch, row(branch, answers))
    better = judge(branch, row(branch, answers | {column: "yes"}))
    assert 0 <= found.score <= better.score <= 100
    assert order.index(found.state) <= order.index(better.state)
    if found.state is State.READY:
        assert found.score >= ENOUGH
        assert not any(each.needed for each in (*found.mend, *found.unanswered))
    asked = {each.column for each in asked_of(branch)}
    named = [each.column for each in (*found.mend, *found.unanswered)]
    assert sorted(named) == sorted(x for x in asked if answers[x] != "yes")


def test_answers_come_back_as_they_were() -> None:
    found = {each.branch: each for each in parse_survey(TABLE.encode(), "s.csv", BRANCHES)}
    assert found["b2"].backup_power == "no"
    assert (found["b2"].line, found["b2"].telephone) == ("partly", "yes")
    again = write_survey(found, BRANCHES)
    assert parse_survey(again, "s.csv", BRANCHES) == tuple(found.values())
    cells = [line.split(",") for line in TABLE.splitlines()]
    assert parse_survey(workbook(cells), "s.xlsx", BRANCHES) == tuple(found.values())


REFUSED: dict[str, tuple[str, tuple[str, ...]]] = {
    "maybe": (TABLE.replace("تا حدی", "maybe"), ("line 3", "column line")),
    "no-branch": (TABLE.replace("b2", "b9"), ("line 3", "column branch", "b9")),
    "twice": (TABLE.replace("b2", "b1"), ("line 3", "column branch", "twice")),
    "columns": (TABLE.replace("power", "electricity", 1), ("line 1", "backup_power")),
    "unseen": (
        "branch,weaknesses\nb1,a\u202eb\n",
        ("line 2", "column weaknesses", "U+202E"),
    ),
    "long": (f"branch,strengths\nb1,{'x' * 201}\n", ("line 2", "column strengths")),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_fit_is_named_and_nothing_changes(begun: Path, what: str) -> None:
    data, words = REFUSED[what]
    (begun / "t.csv").write_text(data, "utf-8")
    good = begun.parent / "good.csv"
    good.write_text("branch,power\nb1,yes\n", "utf-8")
    before = {x: x.read_bytes() for x in begun.rglob("*") if x.is_file()}
    refused(amin("readiness", begun, good, begun / "t.csv"), "t.csv", *words)
    assert {x: x.read_bytes() for x in begun.rglob("*") if x.is_file()} == before


def test_districts_send_their_parts(folder: Path, tmp_path: Path) -> None:
    survey, north, south = (tmp_path / name for name in ("survey.csv", "n.csv", "s.csv"))
    told = amin("readiness", folder, "--out", survey)
    assert told.exit_code == 1, "nobody has answered"
    assert len(survey.read_text("utf-8").splitlines()) == 3
    refused(amin("readiness", folder, "--out", survey), "survey.csv")
    first, second = TABLE.replace(",خیر", "").splitlines()[1], "b2" + ",yes" * 13
    north.write_text(HEAD + first, "utf-8")
    south.write_text(HEAD + second, "utf-8")
    told = amin("readiness", folder, north, "--json")
    assert told.exit_code == 1
    states = [each["state"] for each in json.loads(told.stdout)["branches"]]
    assert states == ["ready", "not-asked"]
    assert "Next: ask" in told.stderr
    out = tmp_path / "report"
    told = accepted(amin("readiness", folder, south, "--report", out))
    assert "package" in told.stderr
    assert {path.name for path in out.iterdir()} == {
        *(
            f"{x}.{y}.{z}"
            for x in ("districts", "questions")
            for y in ("fa", "en")
            for z in ("svg", "png")
        ),
        *("readiness.csv", "readiness.json"),
    }
    assert json.loads((out / "readiness.json").read_bytes())["ready"] is True
    both = amin("readiness", folder, north, north)
    refused(both, "n.csv", "b1")
    changed = "branch,locked\nb1,no\n"
    north.write_text(changed, "utf-8")
    told = amin("readiness", folder, north)
    assert told.exit_code == 1
    assert "change the lock" in told.stdout
    assert "b2" not in told.stdout.splitlines()[-1]


def country(size: int) -> tuple[Branch, ...]:
    drawn = random.Random(size)
    return tuple(
        Branch(
            BranchId(f"b{n}"), Text(f"شعبه {n}"), f"حوزهٔ {drawn.randrange(60)} " + "ی" * (n % 40)
        )
        for n in range(size)
    )


@pytest.mark.parametrize("size", [0, 1, 300])
def test_sums_hold_and_long_lists_are_cut_and_say_so(size: int) -> None:
    branches = country(size)
    drawn = random.Random(1)
    rows = {
        str(each.id): row(
            each, {x: drawn.choice(["yes", "yes", "partly", "no", ""]) for x in ASKED}
        )
        for each in branches
    }
    places = judge_all(branches, rows)
    districts = by_district(places)
    assert sum(each.branches for each in districts) == size
    assert [each.score for each in districts] == sorted(each.score for each in districts)
    for question, answers in by_question(places):
        assert question.column != LINE
        assert sum(answers.values()) == size
    for language in (PERSIAN, ENGLISH):
        t = installed().speaker(language)
        for chart in (districts_chart, questions_chart):
            drawing = ET.fromstring(chart(places, t, "x").document())
            width, height = (float(drawing.attrib[x]) for x in ("width", "height"))
            for each in drawing.iter("{http://www.w3.org/2000/svg}rect"):
                if "x" in each.attrib:
                    right = float(each.attrib["x"]) + float(each.attrib["width"])
                    assert -0.1 <= float(each.attrib["x"]) <= right <= width + 0.1
                    assert float(each.attrib["y"]) < height
        said = list(lines(places, t.without_isolates()))
        assert len(said) <= MOST_DISTRICTS + MOST_BRANCHES + 25
    if size > MOST_BRANCHES:
        assert "more: --report" in "\n".join(lines(places, installed().speaker(ENGLISH)))
