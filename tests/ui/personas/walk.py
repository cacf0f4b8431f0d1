"""Random acts of every temper: many in the pure flow, some with real hands at the real widgets.

After each step what may never be is looked for; `Promises` remembers what has to be true of a whole visit.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

from election.definition import Language, Rules, SelectionCode
from election.marks import Marks
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.ballot.flow import BallotFlow
from kiosk.flows.common import ClosedReason, PollsChanged, Tick
from tests.kiosk.flows.samples import CONTESTS, EXPERTS, LIST, OTHER_LIST, PERSONS, authorization
from tests.ui.ballot.ways import Machine, page_of
from tests.ui.hands import settle
from tests.ui.personas.body import body
from tests.ui.personas.persona import Temper, Way
from tests.ui.sample import Sample
from ui.ballot.heard import heard
from ui.ballot.window import BallotWindow
from ui.keys.stops import stops_of
from words.languages import for_voters

RULES = Rules(inactivity_ms=100_000, inactivity_alert_ms=30_000)
CODES = (*PERSONS[:6], *EXPERTS[:2], LIST, OTHER_LIST)
SURE = at.VoterState | at.Sealing | at.Recording | at.Spoiling | at.Helping | at.Inactive
"""States in which a voter's marks are known."""


class Promises:
    """What holds for one voter after another. `see` raises AssertionError."""

    def __init__(self, language: Language) -> None:
        self._t = for_voters().speaker(language)
        self._recorded = self._sealed = 0
        self.heard = 0

    def see(
        self,
        before: at.BallotState,
        event: object,
        after: at.BallotState,
        effects: tuple[on.BallotEffect, ...],
    ) -> None:
        if isinstance(event, on.CardAccepted) and isinstance(
            after, at.Preferences | at.ProvisionalNotice
        ):
            # One that comes when a voter is there already is ignored, whatever they have marked.
            if not isinstance(before, at.CheckingCard):
                assert (before, effects) == (after, ())
                return
            self._recorded = self._sealed = 0
            assert all(marks.empty and not marks.settled for marks in after.session.marks)
        session = session_of(after)
        assert (session is not None) is isinstance(after, SURE)
        if session is not None:
            for contest, marks in zip(session.contests, session.marks, strict=True):
                assert marks.contest == contest.id
                assert len(set(marks.persons)) == len(marks.persons) <= contest.max_selections
                assert all(contest.candidate(code) for code in marks.persons)
                assert marks.list_code is None or contest.list_of(marks.list_code)
                known = marks.list_code is not None
                assert bool(marks.persons) + known + marks.blank + marks.skipped <= 1
        elif session_of(before) is not None:
            assert on.ForgetBallot() in effects, "a voter's ballot stays in memory"
        self._kept(before, event, session)
        for effect in effects:
            match effect:
                case on.SealBallot(contests, given):
                    assert isinstance(before, at.Review)
                    assert (contests, given) == (before.session.contests, before.session.marks)
                    assert all(one.settled for one in given)
                    self._sealed += 1
                case on.RecordVote(spent):
                    assert isinstance(before, at.CastOrChallenge)
                    assert isinstance(event, on.CastChosen)
                    assert spent == before.session.authorization
                    self._recorded += 1
                case _:
                    pass
        assert self._recorded <= min(1, self._sealed), "one card, one vote, of what was sealed"
        said = heard(before, after)
        if said is not None:
            text = self._t(said)
            assert text.strip()
            assert "{" not in text
            self.heard += 1

    def _kept(self, before: at.BallotState, event: object, session: at.Session | None) -> None:
        """Neither time nor help, silence or the way it is shown changes a mark."""
        old = session_of(before)
        if old is None or session is None:
            return
        still = Tick | on.HelpAsked | on.StillHere | on.Attended | on.PresentationChosen
        if isinstance(event, still | PollsChanged):
            assert session.marks == old.marks


def session_of(state: at.BallotState) -> at.Session | None:
    """The voter's session, wherever it is kept."""
    if isinstance(state, at.Helping | at.Inactive):
        return state.interrupted.session
    found = getattr(state, "session", None)
    return found if isinstance(found, at.Session) else None


# ---------------------------------------------------------------- the pure flow


def flow_walk(
    temper: Temper, language: Language, seed: int, acts: int, flow: BallotFlow | None = None
) -> Counter[str]:
    """Let a temper act in the flow; return how often each state was met."""
    flow = flow or BallotFlow(RULES)
    rng = random.Random(f"{seed} {temper} {language}")
    promises = Promises(language)
    state: at.BallotState = at.Idle()
    met: Counter[str] = Counter()
    now = 0.0
    for _ in range(acts):
        now += rng.choice((0.25, 1.0, 5.0))
        event = _act(rng, temper, state, now, language)
        if isinstance(event, Tick):
            now = event.now
        step = flow.step(state, event)
        promises.see(state, event, step.state, step.effects)
        state = step.state
        met[type(state).__name__] += 1
    assert promises.heard
    return met


def _act(
    rng: random.Random, temper: Temper, state: at.BallotState, now: float, language: Language
) -> on.BallotEvent:
    if rng.random() < 0.01:
        return rng.choice(_ODD)
    if not isinstance(state, at.VoterState):
        return _device(rng, state, now)
    odd = rng.random()
    match temper:
        case Temper.HESITANT if odd < 0.3:
            look = replace(state.session.presentation, language=language)
            sizes = replace(look, size=rng.choice(list(at.TextSize)))
            return rng.choice((on.Attended(), Tick(now), on.PresentationChosen(sizes), on.Back()))
        case Temper.CHANGING if odd < 0.4:
            back = (on.Back(), on.ChangeContest(rng.randrange(2)), on.Cleared())
            return rng.choice((*back, on.ChallengeChosen()))
        case Temper.LEAVING if odd < 0.05:
            return on.CardRemoved()
        case Temper.HELP if odd < 0.1:
            return on.HelpAsked()
        case Temper.OFFICER if odd < 0.1:
            return Tick(now + RULES.inactivity_s)
        case _:
            return _forward(rng, state)


def _forward(rng: random.Random, state: at.VoterState) -> on.BallotEvent:
    match state:
        case at.Preferences() | at.Challenged() | at.ProvisionalNotice():
            return on.Begin()
        case at.Marking(confirming_blank=True):
            return on.BlankAnswered(rng.random() < 0.5)
        case at.Marking() if state.session.asked_over is not None:
            return on.OverAnswered(rng.choice((None, *state.marks.persons)))
        case at.Marking() if state.asking:
            return on.ListReplacesAnswered(rng.random() < 0.5)
        case at.Marking():
            touches: list[on.BallotEvent] = [on.Toggled(code) for code in CODES]
            return rng.choice([*touches, on.Next(), on.Next(), on.Skipped()])
        case at.Review():
            return rng.choice((on.ReviewAccepted(), on.ReviewAccepted(), on.ChangeContest(1)))
        case at.CastOrChallenge():
            return rng.choice((on.CastChosen(), on.CastChosen(), on.Back()))
        case at.Comparing():
            return rng.choice((on.PaperConfirmed(), on.PaperConfirmed(), on.PaperRefused()))
        case at.PaperVoid():
            return rng.choice((on.PrintAgain(), on.Begin(), on.Back()))


def _device(rng: random.Random, state: at.BallotState, now: float) -> on.BallotEvent:
    """What card, media and officer do where nothing waits for the voter."""
    match state:
        case at.Idle():
            return on.CardInserted()
        case at.CheckingCard():
            return on.CardAccepted(authorization(rng.randbytes(16)), CONTESTS)
        case at.Sealing():
            return on.BallotSealed("TRACKING")
        case at.Printing():
            return rng.choice((on.PaperPrinted(), on.PaperPrinted(), on.PaperNotPrinted()))
        case at.Recording():
            lost = on.VoteNotRecorded(at.RecordingProblem.MEDIUM_LOST)
            return rng.choice((on.VoteRecorded(), on.VoteRecorded(card_busy=True), lost))
        case at.Recorded(card_busy=True):
            return on.CardDone()
        case at.Spoiling():
            return on.BallotSpoiled("OPENING")
        case at.Helping() | at.Inactive():
            return rng.choice((on.StillHere(), Tick(now + RULES.inactivity_alert_s)))
        case _:
            return rng.choice((on.CardRemoved(), Tick(now + 60.0), PollsChanged(None)))


_ODD: tuple[on.BallotEvent, ...] = (
    on.CardInserted(),
    on.CardAccepted(authorization(), CONTESTS[:1]),
    on.Toggled(SelectionCode(6666)),
    on.Begin(),
    on.CastChosen(),
    on.ReviewAccepted(),
    on.VoteRecorded(),
    on.BallotSealed("OTHER"),
    on.ChangeContest(-1),
    PollsChanged(ClosedReason.PAUSED),
    on.CardRemoved(),
)

# ---------------------------------------------------------------- the real widgets


def widget_walk(
    window: BallotWindow, sample: Sample, way: Way, language: Language, seed: int, acts: int
) -> int:
    """Let hands act at random; return how many ballots were recorded."""
    rng = random.Random(f"{seed} {way} {language}")
    machine = Machine(window, sample)
    hands = body(way, machine)
    machine.seen = Promises(language).see
    size, now = window.size(), 0.0
    try:
        for _ in range(acts):
            state = machine.state
            if isinstance(state, at.Idle):
                machine.insert(at.Presentation(language))
            elif isinstance(state, at.Helping | at.Inactive):
                machine.act(on.StillHere())
            elif not isinstance(state, at.VoterState):
                machine.act(on.CardRemoved())
                machine.act(Tick(now := now + 60.0))
            else:
                hands.anything(rng)
                machine.act(Tick(now := now + 1.0))
            settle()
            assert window.size() == size, "a screen widens the window"
            if isinstance(machine.state, at.VoterState):
                assert window.focusWidget() is not None
                assert stops_of(page_of(window)), "there is always something to choose"
    finally:
        hands.close()
    for ballot in machine.ballots:
        assert all(isinstance(marks, Marks) and marks.settled for marks in ballot)
    return len(machine.ballots)
