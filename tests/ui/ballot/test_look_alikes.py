"""Names that can be taken for each other stand beside their codes, and headquarters says which they are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from election.definition import ENGLISH, Candidate, Contest, Text
from election.marks import Marks
from headquarters.names import alike as same_at_headquarters
from headquarters.names import name_problem
from kiosk.flows.ballot import states as at
from tests.ui.hands import settle
from tests.ui.sample import COUNCIL, EXPERTS, Sample, make_sample, status
from ui.ballot.rows import CandidateModel
from ui.ballot.search import CandidateIndex
from ui.ballot.window import BallotWindow
from ui.widgets import Button, Label
from words.folding import seen_as

HEARD = Qt.ItemDataRole.AccessibleTextRole
PAIRS = [
    ("Nova I", "Nova l"), ("Nova I", "Nova 1"), ("Nova l", "Nova 1"), ("Oslo", "0slo"),
    ("Burn", "Bum"), ("Ilia", "llia"), ("یوسفی", "يوسفي"), ("نیک", "نيك"), ("ماه", "ماھ"),
    ("ماه", "ماہ"), ("ماه", "ماە"), ("فهرست ۱", "فهرست ا"), ("فهرست ۱", "فهرست ١"), ("رضا", "رضآ"),
    ("مؤمن", "مومن"), ("همراهان", "هم‌راهان"), ("Nova", "NOVA"), ("Zoë", "Zoe"),
]  # fmt: skip


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample(220)


def twins(contest: Contest, one: str, other: str, places: tuple[int, int] = (3, 9)) -> Contest:
    """The contest with two candidates of such names."""
    standing: list[Candidate] = list(contest.candidates)
    for place, name in zip(places, (one, other), strict=True):
        standing[place] = replace(standing[place], name=Text(f"{name} الف", name))
    return replace(contest, candidates=tuple(standing))


@pytest.mark.parametrize("pair", PAIRS, ids=" / ".join)
def test_pairs_are_told_at_headquarters_and_marked_on_the_device(
    sample: Sample, pair: tuple[str, str]
) -> None:
    assert seen_as(pair[0]) == seen_as(pair[1])
    if all(name_problem(name) is None for name in pair):
        assert same_at_headquarters(["علی", *pair, "مریم"]) == ((1, 2),)
    index = CandidateIndex(twins(sample.council, *pair))
    codes = {index.contest.candidates[place].code for place in (3, 9)}
    assert codes <= index.alike
    assert len(index.alike) < len(index.contest.candidates)


LETTERS = st.text("Il1iO0orn mNvoaیيکكهھابرمن۱۲", min_size=1, max_size=6)


@given(st.lists(LETTERS, min_size=2, max_size=8, unique=True))
def test_what_headquarters_tells_the_device_marks(names: list[str]) -> None:
    assume(all(name_problem(name) is None for name in names))
    for group in same_at_headquarters(names):
        assert len({seen_as(names[place]) for place in group}) == 1


@given(st.lists(LETTERS, max_size=10))
def test_groups_are_whole_and_apart(names: list[str]) -> None:
    groups = same_at_headquarters(names)
    places = [place for group in groups for place in group]
    assert len(places) == len(set(places))
    for one, name in enumerate(names):
        for other in range(one):
            if names[other] == name and name:
                assert any({one, other} <= set(group) for group in groups)


@pytest.mark.slow
@pytest.mark.parametrize("size", [at.TextSize.SMALL, at.TextSize.LARGEST])
def test_both_names_stand_beside_their_codes_wherever_they_are(
    qtbot: QtBot, sample: Sample, size: at.TextSize
) -> None:
    """Cards, tray, review, question: what is painted and what is heard differ."""
    council = twins(sample.council, "Nova I", "Nova l")
    one, other = council.candidates[3], council.candidates[9]
    window = BallotWindow(96, sample.portraits)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    look = at.Presentation(ENGLISH, size)
    marks = Marks(COUNCIL, (one.code, other.code))
    session = replace(
        sample.session(look, marks, Marks(EXPERTS)), contests=(council, sample.experts)
    )
    codes = {council.format_code(person.code) for person in (one, other)}
    index = CandidateIndex(council)
    window.show_state(at.Marking(session, 0), status())
    settle()
    rows = CandidateModel(window.look, council)
    rows.show_rows((one, other))
    heard = {str(rows.data(rows.index(row, 0), HEARD)) for row in (0, 1)}
    assert len(heard) == 2
    assert all(any(code in text for text in heard) for code in codes)
    assert index.alike >= {one.code, other.code}
    shown = texts(window, Label)
    assert codes <= {code for code in codes if any(code in text for text in shown)}
    window.show_state(at.Review(session), status())
    settle()
    shown = texts(window, Label)
    assert codes <= {code for code in codes if any(code in text for text in shown)}
    third = council.candidates[11].code
    asked = replace(session, asked_over=third)
    window.show_state(at.Marking(asked, 0), status())
    settle()
    shown = [*texts(window, Label), *texts(window, Button)]
    assert codes <= {code for code in codes if any(code in text for text in shown)}


def texts(window: QWidget, kind: type[Label] | type[Button]) -> list[str]:
    return [widget.text() for widget in window.findChildren(kind)]
