"""Wire a booth: sound, switch box and keys of a ballot terminal; sound alone of an identity station."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from drivers.attached import io_board
from drivers.errors import DriverError
from drivers.io_board.seam import Inputs
from drivers.settings import SoundSettings
from drivers.sound.espeak import EspeakVoice
from drivers.sound.output import MiniaudioOutput, Output
from drivers.sound.player import Outlet, Player
from drivers.sound.sonic import check_library
from drivers.sound.speech import no_clips
from drivers.threads.worker import OnCrash
from election.clips import Clips
from election.recorded import Listed
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot.states import BallotState
from kiosk.settings import StationConfiguration
from kiosk.station.board import BoardDesk
from kiosk.station.equipment import Equipment
from kiosk.station.sound import SoundService, Speech
from ui.ballot.hearing import SoundDesk
from ui.ballot.window import BallotWindow
from ui.identity.hearing import IdentityHearing
from ui.keys.acts import KeyAct
from words.languages import Languages, for_voters


def open_speech(
    sound: SoundSettings, languages: Languages, call_officer: Callable[[], None], listed: Listed
) -> tuple[Speech, tuple[Output, ...]]:
    """Make what is heard, and open its devices. What is missing is told by the lamp and stops nothing."""
    voice = EspeakVoice()
    speech = Speech(
        languages,
        lambda failed: Player(voice, failed),
        call_officer,
        find_clip=Clips(Path(sound.clips), listed).find if sound.clips else no_clips,
    )
    player = speech.player
    outputs: list[Output] = []
    try:
        voice.check()
        check_library()
        if sound.speaker:
            outputs.append(
                MiniaudioOutput(lambda n: player.fill(Outlet.HEADPHONES, n), sound.headphones)
            )
            outputs.append(MiniaudioOutput(lambda n: player.fill(Outlet.SPEAKER, n), sound.speaker))
        else:
            # One device whose socket cuts its speaker off: what is heard goes where sound comes out.
            outputs.append(
                MiniaudioOutput(lambda n: player.fill(player.outlet, n), sound.headphones)
            )
    except DriverError:
        speech.works = False
    return speech, tuple(outputs)


def open_hearing(
    config: StationConfiguration, crashed: OnCrash, listed: Listed
) -> tuple[IdentityHearing, SoundService] | None:
    """Make what is heard at an identity station, and its equipment, if it has any."""
    if config.sound is None:
        return None
    speech, outputs = open_speech(config.sound, for_voters(), lambda: None, listed)
    return IdentityHearing(speech), SoundService(speech, outputs, crashed)


class Booth:
    """Sound and switch box of a ballot terminal, joined to its window."""

    def __init__(
        self,
        config: StationConfiguration,
        window: BallotWindow,
        crashed: OnCrash,
        listed: Listed,
    ) -> None:
        self._window = window
        self._relay = _Relay(window)
        self._desk: SoundDesk | None = None
        self.sound: SoundService | None = None
        self.board: BoardDesk | None = None
        if config.sound is not None:
            speech, outputs = open_speech(
                config.sound, for_voters(), lambda: self.call_officer(True), listed
            )
            window.hears = True
            desk = self._desk = SoundDesk(speech, jack=config.sound.jack)
            self.sound = SoundService(speech, outputs, crashed, self._attend)
            self._relay.plugged.connect(desk.plugged)
            window.control_said.connect(desk.say_control)
            window.control_added.connect(lambda text: desk.say_control(text, after=True))
            window.sound_asked.connect(self._asked)
        if config.io_board is not None:
            board = io_board(config.io_board, config.limits)
            self.board = BoardDesk(board, self._changed, crashed)

    @property
    def equipment(self) -> tuple[Equipment, ...]:
        """What the station starts, stops and tests."""
        return tuple(one for one in (self.sound, self.board) if one is not None)

    def show(self, state: BallotState, *, training: bool) -> None:
        """Let a state be heard. On the drawing thread."""
        if self._desk is not None:
            self._desk.show(state, training=training)

    def call_officer(self, wanted: bool) -> None:
        """Switch lamp and buzzer. No log: its time would tell which voter asked for help."""
        if self.board is not None:
            self.board.call_officer(wanted)

    def _attend(self) -> None:
        """From the sound's thread: the voter is listening."""
        self._window.acted.emit(on.Attended())

    def _asked(self, act: KeyAct) -> None:
        desk = self._desk
        if desk is None:
            return
        match act:
            case KeyAct.WHERE:
                desk.say_where()
            case KeyAct.REPEAT:
                desk.repeat()
            case KeyAct.PAUSE:
                desk.pause_or_resume()
            case _:
                pass

    def _changed(self, before: Inputs, now: Inputs) -> None:
        """From the board's thread."""
        if now.headphones is not before.headphones:
            self._relay.plugged.emit(now.headphones)
        moved = ((1, before.first, now.first), (2, before.second, now.second))
        for switch, was, down in moved:
            if was is not down:
                window = self._window
                (window.switch_pressed if down else window.switch_released).emit(switch)


class _Relay(QObject):
    """Brings what the board's thread tells to the drawing thread."""

    plugged = Signal(bool)
