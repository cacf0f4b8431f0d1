"""Drills: made of the table of incidents alone, and nobody passes by chance or by what would cost votes."""

from __future__ import annotations

import json
import random
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands.main import main
from election.incidents import INCIDENTS, TOLD_BY_PEOPLE, Incident, Votes, spoken
from simulators.demo.drill_report import is_passed, page
from simulators.demo.exercises import (
    PAR_S,
    PASS,
    Answered,
    Asked,
    Exercise,
    Score,
    Step,
    draw,
    exercise,
    is_right,
)
from simulators.languages import bench_languages
from words.text import ENGLISH, PERSIAN

SEEDS = range(20)


@pytest.mark.parametrize("incident", Incident)
def test_every_incident_has_an_exercise_with_one_right_answer(incident: Incident) -> None:
    row = INCIDENTS[incident]
    for seed in SEEDS:
        made = exercise(incident, random.Random(seed))
        steps = [each.step for each in made.asked]
        assert steps[-3:] == [Step.REMEDY, Step.WHO, Step.VOTES]
        assert set(steps[:-3]) == {Step.TREE if incident in TOLD_BY_PEOPLE else Step.CODE}
        for each in made.asked:
            assert len(set(each.answers)) == len(each.answers)
            right = answer(each)
            verdicts = [is_right(each, str(n + 1)) for n in range(len(each.answers))]
            assert verdicts.count(True) == (1 if each.answers else 0)
            assert is_right(each, right)
        chosen = {x.step: x.answers[x.right] for x in made.asked if x.answers}
        assert chosen[Step.REMEDY] == row.remedy
        assert chosen[Step.WHO] == row.who.value
        assert chosen[Step.VOTES] == row.votes.value
        # Where a device shows it, the cause is what is seen; the answers are not.
        assert row.remedy not in (made.seen, row.cause)


def answer(asked: Asked) -> str:
    return str(asked.right + 1) if asked.answers else f"{asked.right:03}"


def test_a_misheard_code_is_never_right() -> None:
    asked = exercise(Incident.MEDIA, random.Random(1)).asked[0]
    good = [text for n in range(1000) if is_right(asked, text := f"{n:03}")]
    assert good == [Incident.MEDIA.row.code]
    for text in ("", "2", "21", "2121", "۲۱۲x", "-12", "1e2", " ", "²¹²"):
        assert is_right(asked, text) is None


@pytest.mark.parametrize("count", range(1, 31))
def test_drawn_incidents_differ_and_some_are_told_by_people(count: int) -> None:
    for seed in SEEDS:
        drawn = draw(count, random.Random(seed))
        assert len(drawn) == len(set(drawn)) == count
        if count > 2:
            assert set(drawn) & TOLD_BY_PEOPLE
            assert set(drawn) - TOLD_BY_PEOPLE


def score(incident: Incident, tries: tuple[int, ...], seconds: float) -> Score:
    steps = (Step.CODE, Step.REMEDY, Step.WHO, Step.VOTES)
    return Score(
        incident, tuple(Answered(s, t, seconds) for s, t in zip(steps, tries, strict=True))
    )


def test_points_fall_with_every_wrong_answer_and_with_time() -> None:
    for tries in product(range(1, 5), repeat=4):
        for seconds in (1.0, PAR_S, 1.5 * PAR_S, 3 * PAR_S):
            here = score(Incident.MEDIA, tries, seconds)
            assert 0 <= here.percent <= 100
            assert here.wrong == sum(tries) - 4
            worse = score(Incident.MEDIA, (tries[0], tries[1] + 1, *tries[2:]), seconds)
            assert worse.percent <= here.percent
            assert score(Incident.MEDIA, tries, seconds * 2).percent <= here.percent
            assert not (here.passed and here.percent < PASS)
    assert score(Incident.MEDIA, (1, 1, 1, 1), PAR_S).percent == 100
    assert score(Incident.MEDIA, (1, 1, 1, 1), 3 * PAR_S).passed, "slow, and right in all"


@pytest.mark.parametrize("incident", Incident)
def test_what_would_touch_votes_has_to_be_right_at_once(incident: Incident) -> None:
    once = score(incident, (1, 2, 1, 1), 1.0)
    assert once.percent >= PASS
    assert once.passed is (incident.row.votes is Votes.NONE)


def test_guessing_passes_hardly_anybody() -> None:
    rng = random.Random(7)
    passed = 0
    for _ in range(2000):
        made = exercise(rng.choice(list(Incident)), rng)
        answered = []
        for each in made.asked:
            places = list(range(max(1, len(each.answers))))
            rng.shuffle(places)
            tries = places.index(each.right) + 1 if each.answers else 1
            answered.append(Answered(each.step, tries, 1.0))
        passed += Score(made.incident, tuple(answered)).passed
    assert passed < 2000 * 0.15


# ---------------------------------------------------------------- the command


def run(typed: str, *options: str, language: str = "en") -> Result:
    words = ["--language", language, "simulator", "drill", *options]
    return CliRunner().invoke(main, words, input=typed)


def typed_for(incidents: list[Incident], seed: int, *, wrong: bool = False) -> str:
    """What a perfect officer types, or one who is wrong once at every step."""
    rng = random.Random(seed)
    lines: list[str] = []
    for each in incidents:
        made: Exercise = exercise(each, rng)
        for asked in made.asked:
            if wrong:
                lines.append(str((asked.right + 1) % 2 + 1) if asked.answers else "999")
            lines.append(answer(asked))
    return "\n".join(lines) + "\n"


def test_who_knows_the_page_passes_and_gets_a_page(tmp_path: Path) -> None:
    incidents = [Incident.STALLED, Incident.TERMINAL_DEAD, Incident.POWER]
    chosen = [x for each in incidents for x in ("--incident", each.row.code)]
    report = tmp_path / "drill.html"
    done = run(
        typed_for(incidents, 3), *chosen, "--seed", "3", "--json", "--report", str(report),
        "--who", "<b>مریم</b>",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["passed"]
    assert [each["incident"] for each in told["exercises"]] == [x.value for x in incidents]
    assert all(each["percent"] == 100 for each in told["exercises"])
    text = report.read_text("utf-8")
    assert "&lt;b&gt;مریم&lt;/b&gt;" in text
    assert "script" not in text
    again = run(typed_for(incidents, 3), *chosen, "--report", str(report))
    assert again.exit_code == 2
    assert report.read_text("utf-8") == text


def test_who_is_wrong_everywhere_repeats_it_in_their_language() -> None:
    incidents = [Incident.STALLED]
    lines = typed_for(incidents, 3, wrong=True)
    persian = lines.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    code = Incident.STALLED.row.code
    done = run(persian, "--incident", code, "--seed", "3", language="fa")
    assert done.exit_code == 1
    assert "آزمون باید تکرار شود" in done.stdout
    assert "یک دقیقه صبر کنید" in done.stdout, "the remedy is said at the end"


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_the_end_of_input_ends_it_and_counts_nothing_begun(cut: int) -> None:
    incidents = list(draw(4, random.Random(5)))
    rng = random.Random(5)
    draw(4, rng)
    lines = []
    for each in incidents:
        lines += [answer(asked) for asked in exercise(each, rng).asked]
    done = run("\n".join(lines[:cut]) + "\n" * (cut > 0), "--count", "4", "--seed", "5", "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == (0 if told["passed"] else 1)
    assert all(each["percent"] == 100 for each in told["exercises"])
    assert len(told["exercises"]) <= 4
    assert told["passed"] is (len(told["exercises"]) > 0)


def test_a_code_that_does_not_exist_is_named() -> None:
    wrong = next(text for n in range(1000) if spoken(text := f"{n:03}") is None)
    done = run("", "--incident", wrong)
    assert done.exit_code == 2
    assert wrong in done.output


class Closed(HTMLParser):
    """Fails for a tag that is not closed in its place."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_in_both_languages() -> None:
    scores = [score(each, (1, 2, 1, 3), 4.0) for each in Incident]
    for language in (PERSIAN, ENGLISH):
        t = bench_languages().speaker(language).without_isolates()
        text = page(scores, "x", datetime(2026, 6, 1, 8, tzinfo=UTC), 3, t)
        Closed(text)
        assert all(t.code(each.row.code) in text for each in Incident)
        shown = re.sub("<style>.*</style>", "", text, flags=re.DOTALL)
        latin = set(re.findall("[A-Za-z]{2,}", " ".join(re.findall(">([^<]+)<", shown))))
        assert language == ENGLISH or latin <= {"USB", "PUK", "UPS"}, latin
    assert not is_passed([])
