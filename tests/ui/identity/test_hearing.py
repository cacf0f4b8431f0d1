"""The identity station by ear: every state says what the voter has to do, and nothing of the holder."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.sound.player import Outlet, Player
from drivers.sound.wave import Wave, beep
from kiosk.flows.common import ClosedReason
from kiosk.flows.identity import states as at
from kiosk.station.sound import SoundService, Speech
from tests.drivers.sound.capture import audible, drained
from tests.kiosk.flows.samples import PERSONAL
from tests.ui import samples_station
from ui.identity.hearing import IdentityHearing
from ui.identity.voter import voter_notice
from words.languages import installed


class Noted:
    def __init__(self) -> None:
        self.said: list[str] = []

    def speak(self, text: str, voice: str, wpm: int) -> Iterator[Wave]:
        self.said.append(text)
        yield beep((440.0,), 0.01)

    def cut(self) -> None:
        pass

    def rest(self) -> None:
        pass


def test_a_blind_voter_hears_each_step_at_the_identity_station() -> None:
    voice = Noted()
    speech = Speech(installed(), lambda failed: Player(voice, failed), lambda: None)
    hearing = IdentityHearing(speech)
    states = {**samples_station.identity_states(), "closed": at.Closed(ClosedReason.PAUSED)}
    for language in installed():
        before = None
        for name, state in states.items():
            voice.said.clear()
            told = voter_notice(state)
            said = tuple(one for one in (told.say, told.finger, told.hint) if one is not None)
            hearing.show(state, language.id)
            out = drained(speech.player, Outlet.SPEAKER)
            if said == before:
                assert voice.said == [], "said once"
                continue
            before = said
            assert voice.said, name
            assert audible(out)
            heard = " ".join(voice.said)
            assert not any(secret in heard for secret in PERSONAL)
            if isinstance(state, at.Fingerprint):
                assert len(voice.said) >= 2, "which finger, too"
    speech.player.close()


def test_without_speech_the_lamp_says_so() -> None:
    speech = Speech(installed(), lambda failed: Player(Noted(), failed), lambda: None, works=False)
    sound = SoundService(speech, (), lambda *_: None)
    assert not sound.lamp().ok
    assert not sound.check().passed
    sound.stop()
