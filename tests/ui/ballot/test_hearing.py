"""What is said to whom: sentences by their voices, privacy, the next voter, trouble."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.errors import DeviceLostError
from drivers.sound.player import Outlet, Player
from drivers.sound.wave import Wave, beep
from election.clips import LIST_FILE, Clips
from election.definition import ENGLISH
from election.recorded import RecordedKind
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.common import DeviceFault
from kiosk.station.sound import Speech
from tests.drivers.sound.capture import audible, drained, wait_for
from tests.election.recording import vouched
from tests.kiosk.flows.samples import CONTESTS, PERSONS, authorization
from tests.kiosk.flows.test_ballot_walks import FLOW
from tests.ui.ballot.test_heard import TRACKING
from ui.ballot.hearing import SoundDesk
from words.languages import for_voters
from words.text import Language


class Noted:
    """A voice that writes down what it says."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.dead = False

    def speak(self, text: str, voice: str, wpm: int) -> Iterator[Wave]:
        if self.dead:
            raise DeviceLostError("gone")
        self.said.append((voice, text))
        yield beep((440.0,), 0.01)

    def cut(self) -> None:
        pass

    def rest(self) -> None:
        pass


class Booth:
    """A desk, a voter, and what was said."""

    def __init__(self, *, jack: bool = True, clips: Clips | None = None) -> None:
        self.voice = Noted()
        self.called = threading.Event()
        extra = {} if clips is None else {"find_clip": clips.find}
        speech = Speech(
            for_voters(),
            lambda failed: Player(self.voice, failed),
            self.called.set,
            **extra,  # type: ignore[arg-type]
        )
        self.desk = SoundDesk(speech, jack=jack)
        self.state: at.BallotState = at.Idle()
        self.desk.show(self.state)

    def do(self, *events: on.BallotEvent) -> str:
        """Play events and return what was said of the last."""
        for event in events:
            self.state = FLOW.step(self.state, event).state
            self.voice.said.clear()
            self.desk.show(self.state)
            drained(self.desk.speech.player, self.desk.speech.player.outlet)
        return " | ".join(f"{voice}: {text}" for voice, text in self.voice.said)


@pytest.fixture
def booth() -> Iterator[Booth]:
    made = Booth()
    yield made
    made.desk.speech.player.close()


ACCEPTED = (on.CardInserted(), on.CardAccepted(authorization(), CONTESTS))


def test_before_a_language_is_chosen_all_of_them_are_heard(booth: Booth) -> None:
    booth.desk.plugged(True)
    said = booth.do(*ACCEPTED)
    for number, language in enumerate(for_voters(), start=1):
        t = for_voters().speaker(language.id)
        if language.voice and language.voice != "az":
            assert f"{language.voice}: " in said
            assert t.digits(str(number)) in said


def test_a_sentence_is_in_the_voters_language_and_a_name_in_its_own(booth: Booth) -> None:
    booth.desk.plugged(True)
    english = on.PresentationChosen(at.Presentation(ENGLISH))
    said = booth.do(*ACCEPTED, english, on.Begin(), on.Toggled(PERSONS[0]))
    # The name is given in Persian only.
    assert said == "fa: نامزد 4711 | en: chosen. 1 of 3 chosen"


def test_without_headphones_nothing_of_a_vote_is_said_aloud(booth: Booth) -> None:
    said = booth.do(*ACCEPTED)
    assert "headphones" in said
    for event in (
        on.Begin(),
        on.Toggled(PERSONS[0]),
        on.Next(),
        on.Skipped(),
        on.ReviewAccepted(),
        on.BallotSealed(TRACKING),
        on.CastChosen(),
        on.VoteRecorded(),
    ):
        assert booth.do(event) == ""
    booth.desk.say_where()
    booth.desk.say_control("a name")
    drained(booth.desk.speech.player, Outlet.SPEAKER)
    assert booth.voice.said == []


def test_pulled_headphones_cut_the_sentence_and_plugging_says_where(booth: Booth) -> None:
    booth.desk.plugged(True)
    booth.do(*ACCEPTED, on.Begin())
    booth.desk.plugged(False)
    assert not booth.desk.speech.speaking
    assert not audible(booth.desk.speech.player.fill(Outlet.SPEAKER, 4000))
    booth.voice.said.clear()
    booth.desk.plugged(True)
    wait_for(lambda: booth.voice.said)
    drained(booth.desk.speech.player, Outlet.HEADPHONES)
    assert any("شورا" in text for _, text in booth.voice.said)


def test_the_next_voter_hears_nothing_of_the_last_one(booth: Booth) -> None:
    booth.desk.plugged(True)
    loud = at.Presentation(hearing=at.Hearing(wpm=250, volume=10))
    booth.do(*ACCEPTED, on.PresentationChosen(loud), on.Begin(), on.Toggled(PERSONS[0]))
    booth.do(on.CardRemoved(), on.CardInserted())
    booth.voice.said.clear()
    booth.desk.repeat()
    drained(booth.desk.speech.player, Outlet.HEADPHONES)
    assert not any("4711" in text for _, text in booth.voice.said)
    assert booth.desk.speech.player._gain == at.Hearing().volume / at.LOUDEST


def test_repeat_where_and_pause(booth: Booth) -> None:
    booth.desk.plugged(True)
    first = booth.do(*ACCEPTED, on.Begin(), on.Toggled(PERSONS[0]))
    for again in (booth.desk.repeat, booth.desk.say_where):
        booth.voice.said.clear()
        again()
        drained(booth.desk.speech.player, Outlet.HEADPHONES)
        assert any("4711" in text for _, text in booth.voice.said)
    booth.desk.repeat()
    booth.desk.pause_or_resume()
    assert not audible(booth.desk.speech.player.fill(Outlet.HEADPHONES, 4000))
    booth.desk.pause_or_resume()
    assert "4711" in first


def test_speech_that_dies_is_a_tone_and_the_officer_and_the_vote_goes_on(booth: Booth) -> None:
    booth.desk.plugged(True)
    booth.do(*ACCEPTED)
    booth.voice.dead = True
    booth.state = FLOW.step(booth.state, on.Begin()).state
    booth.desk.show(booth.state)
    assert booth.called.wait(30)
    assert audible(drained(booth.desk.speech.player, Outlet.HEADPHONES))
    assert not booth.desk.speech.works
    booth.voice.dead = False
    assert "4711" in booth.do(on.Toggled(PERSONS[0]))


def test_a_training_says_first_and_last_that_nothing_counts(booth: Booth) -> None:
    """And never how a card is put in, or that a vote is recorded."""
    booth.desk.plugged(True)

    def said_of(state: at.BallotState, *, training: bool = True) -> str:
        booth.voice.said.clear()
        booth.desk.show(state, training=training)
        drained(booth.desk.speech.player, booth.desk.speech.player.outlet)
        return " | ".join(text for _, text in booth.voice.said)

    begun = said_of(booth.state)
    assert "Try out how to vote. The names are invented." in begun
    assert "Press select to begin the training." in begun
    assert "آموزش" in begun
    assert "voting card" not in begun
    english = on.PresentationChosen(at.Presentation(ENGLISH))
    state: at.BallotState = at.Idle()
    for event in (*ACCEPTED, english, on.Begin(), on.Skipped(), on.Skipped(), on.ReviewAccepted()):
        state = FLOW.step(state, event).state
        said_of(state)
    assert isinstance(state, at.Sealing)
    compared = said_of(at.Comparing(state.session, TRACKING))
    assert "nothing was printed" in compared
    assert "cannot read the paper" not in compared
    over = said_of(at.Recorded(TRACKING, state.session.presentation))
    assert over.startswith("The training is over. Nothing was recorded.")
    assert "Your vote is recorded" not in over
    booth.desk.say_where()
    booth.voice.said.clear()
    assert "Try out how to vote" in said_of(at.Idle())
    assert "voting card" in said_of(at.Idle(), training=False), "the training has ended"


def test_who_listens_is_told_that_a_code_can_be_typed(booth: Booth) -> None:
    booth.desk.plugged(True)
    english = on.PresentationChosen(at.Presentation(ENGLISH))
    said = booth.do(*ACCEPTED, english, on.Begin())
    assert "You may type a code with the digits, or go through the names." in said
    booth.do(on.Toggled(PERSONS[0]), on.Next())
    assert "You may type a code" not in booth.do(on.Back())


def test_every_trouble_has_its_tone(booth: Booth) -> None:
    booth.desk.show(FLOW.step(at.Idle(), DeviceFault("X")).state)
    assert audible(drained(booth.desk.speech.player, Outlet.SPEAKER))


def test_a_handset_is_always_private() -> None:
    booth = Booth(jack=False)
    assert booth.desk.speech.private
    booth.desk.speech.player.close()


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b'{"clips": 1}', b'{"clips": [{"language": "ckb"}]}', b'{"clips": []} '],
)
def test_a_list_of_recordings_that_is_not_the_published_one_is_none(
    tmp_path: Path, data: bytes
) -> None:
    (tmp_path / LIST_FILE).write_bytes(data)
    listed = replace(vouched(tmp_path, RecordedKind.SPEECH), sha256="0" * 64)
    clips = Clips(tmp_path, lambda: listed)
    assert not clips.usable
    assert clips.find(Language("ckb"), "x") is None
    assert not Clips(tmp_path / "missing", lambda: listed).usable
