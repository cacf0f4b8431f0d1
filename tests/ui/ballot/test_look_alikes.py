"""Names that can be taken for each other stand beside their codes, and headquarters says which they are."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from election.definition import (
    ENGLISH,
    PERSIAN,
    Candidate,
    CandidateList,
    Contest,
    Language,
    SelectionCode,
    Text,
)
from election.marks import Marks
from headquarters.names import alike as same_at_headquarters
from headquarters.names import name_problem
from kiosk.flows.ballot import states as at
from tests.ui.hands import settle
from tests.ui.sample import COUNCIL, EXPERTS, TRACKING, Sample, make_sample, status
from tests.ui.walks.forms import LANGUAGES
from ui.ballot.by_code import ByCode
from ui.ballot.cards import CardDelegate, CardForm
from ui.ballot.contest_view_state import ContestViewState, Tab
from ui.ballot.finding import ByAll
from ui.ballot.heard import heard, where
from ui.ballot.portraits import PortraitCache
from ui.ballot.rows import CandidateModel
from ui.ballot.search import CandidateIndex, look_alikes
from ui.ballot.window import BallotWindow
from ui.widgets import Button, Label, Photo, make_look
from words.folding import seen_as
from words.languages import for_voters
from words.text import without_controls

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
    contest = twins(sample.council, *pair)
    codes = {contest.candidates[place].code for place in (3, 9)}
    assert codes <= look_alikes(contest)
    assert len(look_alikes(contest)) < len(contest.candidates)


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


# ---------------------------------------------------------------- every text that speaks of one


def voters_states(sample: Sample, council: Contest, look: at.Presentation) -> list[at.BallotState]:
    """Whatever a voter can be told of the one at place 3, whose twin at place 9 nobody has chosen."""
    one = council.candidates[3].code
    other, third, fourth = (council.candidates[place].code for place in (20, 30, 31))
    alone = replace(council, max_selections=1)
    pair = replace(council, max_selections=2)

    def session(contest: Contest, *persons: SelectionCode, **more: object) -> at.Session:
        made = sample.session(look, Marks(COUNCIL, persons), Marks(EXPERTS, skipped=True))
        return replace(made, contests=(contest, sample.experts), **more)  # type: ignore[arg-type]

    listed = replace(
        session(council),
        marks=(Marks(COUNCIL, list_code=council.lists[0].code), Marks(EXPERTS, skipped=True)),
    )
    chosen = session(council, one, other)
    return [
        at.Marking(session(council), 0),
        at.Marking(session(council, one), 0),
        at.Marking(session(council, other), 0),
        at.Marking(chosen, 0),
        at.Marking(session(pair, one, other, asked_over=third), 0),
        at.Marking(session(pair, other, third, asked_over=one), 0),
        at.Marking(session(alone, one, asked_over=other), 0),
        at.Marking(session(alone, other, asked_over=one), 0),
        at.Marking(replace(listed, asked_over=one), 0),
        at.Marking(listed, 0),
        at.Marking(session(pair, third, fourth), 0),
        at.Review(chosen),
        at.Review(listed),
        at.Comparing(chosen, "", reads=True, read=chosen.marks),
        at.Comparing(chosen, ""),
        at.CastOrChallenge(chosen, TRACKING),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", ["persons", "lists"])
def test_every_sentence_that_is_heard_of_a_look_alike_has_the_code(
    sample: Sample, language: Language, form: str
) -> None:
    """From each state to each other one, with the twin chosen or not: names are followed by their codes."""
    council = twins(sample.council, "Nova I", "Nova l")
    if form == "lists":
        first, *others = council.lists
        named_so = replace(first, name=Text("Nova 1 الف", "Nova 1"))
        council = replace(council, lists=(named_so, *others))
    t = for_voters().speaker(language).without_isolates()
    states = voters_states(sample, council, at.Presentation(language))
    said = {t(where(state)) for state in states}
    for before, after in product(states, repeat=2):
        told = heard(before, after)
        said |= {t(told)} if told is not None else set()
    standing: list[Candidate | CandidateList] = [*council.candidates, *council.lists]
    named_alike = [one for one in standing if one.code in look_alikes(council)]
    assert len(named_alike) == (2 if form == "persons" else 3)
    for one in named_alike:
        name, code = t.of(one.name), t.code(council.format_code(one.code))
        spoken = [text for text in said if name in text]
        assert all(text.count(name) == text.count(f"{name} ({code})") for text in spoken), spoken
    assert any(t.of(council.candidates[3].name) in text for text in said)


@pytest.mark.slow
@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
def test_every_text_on_the_screens_about_a_look_alike_has_the_code_in_it_or_beside_it(
    qtbot: QtBot, sample: Sample, language: Language
) -> None:
    """The twin is not chosen: questions, buttons that take away, review and paper name one alone."""
    council = twins(sample.council, "Nova I", "Nova l")
    window = BallotWindow(96, sample.portraits)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    t = for_voters().speaker(language).without_isolates()
    one = council.candidates[3]
    name, code = t.of(one.name), t.code(council.format_code(one.code))
    found = 0
    for state in voters_states(sample, council, at.Presentation(language)):
        window.show_state(at.Idle(), status())
        window.show_state(state, status())
        settle()
        widgets: list[Label | Button] = [*window.findChildren(Label), *window.findChildren(Button)]
        for photo in window.findChildren(Photo):
            heard_of = without_controls(photo.accessibleName())
            assert name not in heard_of or f"({code})" in heard_of, (state, heard_of)
        for widget in widgets:
            for text in (widget.text(), widget.accessibleName()):
                plain = without_controls(text)
                if widget.isVisible() and name in plain:
                    found += 1
                    assert code in plain or code in beside(widget), (state, text)
    assert found > 10


def beside(widget: QWidget) -> list[str]:
    """What the labels say that stand in one piece with a widget."""
    holder = widget.parentWidget()
    return [] if holder is None else [without_controls(x.text()) for x in texts_in(holder)]


def texts_in(holder: QWidget) -> list[Label]:
    return holder.findChildren(Label, options=Qt.FindChildOption.FindDirectChildrenOnly)


def test_who_is_found_by_letters_or_by_a_code_is_heard_with_the_code(
    qtbot: QtBot, sample: Sample
) -> None:
    council = twins(sample.council, "Nova I", "Nova l")
    one = council.candidates[3]
    look = make_look(96, at.Presentation(ENGLISH), for_voters().load())
    index, cache = CandidateIndex(council), PortraitCache(sample.portraits)
    by_code = ByCode(look, index, cache, ContestViewState(Tab.CODE))
    qtbot.addWidget(by_code)
    code = council.format_code(one.code)
    told = [by_code.type(digit) for digit in code][-1]
    assert f"({code})" in without_controls(told)
    by_name = ByAll(look, index, cache, ContestViewState(Tab.ALL))
    qtbot.addWidget(by_name)
    told = [by_name.type(letter) for letter in "nova"][-1]
    assert f"({code})" in without_controls(told)


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
def test_a_list_that_looks_like_another_has_its_code_where_its_members_are(
    qtbot: QtBot, sample: Sample, language: Language
) -> None:
    """A member's card and what is heard of it, the page of codes, and the width that is kept for them."""
    first, second, *others = sample.council.lists
    named_so = [replace(one, name=Text("Nova الف", "Nova")) for one in (first, second)]
    council = replace(sample.council, lists=(*named_so, *others))
    look = make_look(96, at.Presentation(language), for_voters().load())
    rows, cache = CandidateModel(look, council), PortraitCache(sample.portraits)
    for of in (first, second):
        by_code = ByCode(look, CandidateIndex(council), cache, ContestViewState(Tab.CODE))
        qtbot.addWidget(by_code)
        code = without_controls(f"({look.t.code(council.format_code(of.code))})")
        member = next(one for one in council.candidates if one.list_code == of.code)
        rows.show_rows((member,))
        assert code in without_controls(rows.list_name(member))
        assert code in without_controls(str(rows.data(rows.index(0), HEARD)))
        for digit in council.format_code(member.code):
            by_code.type(digit)
        assert any(code in without_controls(x.text()) for x in by_code.findChildren(Label))
    twice, once = (
        CardDelegate(look, replace(council, lists=lists), cache, CardForm.ROW).least_width()
        for lists in (tuple(named_so), tuple(named_so[:1]))
    )
    assert twice > once


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
    window.show_state(at.Marking(session, 0), status())
    settle()
    rows = CandidateModel(window.look, council)
    rows.show_rows((one, other))
    heard = {str(rows.data(rows.index(row, 0), HEARD)) for row in (0, 1)}
    assert len(heard) == 2
    assert all(any(code in text for text in heard) for code in codes)
    assert look_alikes(council) >= {one.code, other.code}
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
