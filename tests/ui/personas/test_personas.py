"""Personas at the real terminal: each language, way and temper once; `make personas` plays them all."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from election.definition import SelectionCode
from election.marks import Marks
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.ballot.flow import BallotFlow, BallotStep
from tests.ui.ballot.conftest import open_window, sample  # noqa: F401 - fixtures
from tests.ui.personas.persona import Persona, Temper, Way, everybody, few
from tests.ui.personas.visit import Visit
from tests.ui.personas.walk import flow_walk, widget_walk
from tests.ui.sample import Sample
from ui.ballot.window import BallotWindow
from words.languages import for_voters
from words.text import PERSIAN

LANGUAGES = [one.id for one in for_voters()]
Open = Callable[..., BallotWindow]


def test_everybody_is_there() -> None:
    assert len(everybody()) == len(LANGUAGES) * len(Way) * len(Temper)
    assert {one.language for one in few()} == set(LANGUAGES)
    assert {one.way for one in few()} == set(Way)
    assert {one.temper for one in few()} == set(Temper)


@pytest.mark.slow
@pytest.mark.parametrize("persona", few(), ids=lambda persona: persona.name)
def test_what_a_persona_means_is_what_is_recorded(
    open_window: Open,  # noqa: F811
    sample: Sample,  # noqa: F811
    persona: Persona,
) -> None:
    Visit(open_window(), sample, persona, random.Random(f"7 {persona.name}")).play()


@pytest.mark.slow
@pytest.mark.parametrize(("way", "language"), [*zip(Way, LANGUAGES, strict=True)])
def test_random_acts_of_real_hands_do_nothing_impossible(
    open_window: Open,  # noqa: F811
    sample: Sample,  # noqa: F811
    way: Way,
    language: str,
) -> None:
    known = next(one for one in LANGUAGES if one == language)
    widget_walk(open_window(), sample, way, known, seed=1, acts=30)


@pytest.mark.slow
@pytest.mark.parametrize(("temper", "language"), [*zip(Temper, LANGUAGES, strict=True)])
def test_ten_thousand_acts_in_the_pure_flow(temper: Temper, language: str) -> None:
    known = next(one for one in LANGUAGES if one == language)
    met = flow_walk(temper, known, seed=1, acts=10_000)
    assert met["Marking"] > 500
    assert met["Recorded"] > 20
    wanted = {Temper.HELP: "Helping", Temper.OFFICER: "Inactive", Temper.LEAVING: "Abandoned"}
    assert met[wanted.get(temper, "Review")] > 20


class Forgetful(BallotFlow):
    """Forgets to forget."""

    def step(self, state: at.BallotState, event: on.BallotEvent) -> BallotStep:
        step = super().step(state, event)
        kept = tuple(one for one in step.effects if one != on.ForgetBallot())
        return type(step)(step.state, kept)


class Doubling(BallotFlow):
    """Marks a second person of its own."""

    def step(self, state: at.BallotState, event: on.BallotEvent) -> BallotStep:
        step = super().step(state, event)
        if isinstance(step.state, at.Marking) and isinstance(event, on.HelpAsked | on.Toggled):
            session = step.state.session
            codes = (SelectionCode(4711),) * 2
            marks = (Marks(session.contests[0].id, codes), *session.marks[1:])
            return type(step)(at.Marking(session.marked(0, marks[0]), 0), step.effects)
        return step


@pytest.mark.parametrize("flow", [Forgetful, Doubling])
def test_what_may_not_be_is_seen(flow: type[BallotFlow]) -> None:
    with pytest.raises(AssertionError):
        flow_walk(Temper.QUICK, PERSIAN, seed=1, acts=2_000, flow=flow())
