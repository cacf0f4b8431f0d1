"""Wire a booth: sound, switch box and keys of a ballot terminal; sound alone of an identity station."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from commands.devices import io_board
from drivers.errors import DriverError
from drivers.io_board.seam import Inputs
from drivers.sound.espeak import EspeakVoice
from drivers.sound.output import MiniaudioOutput, Output
from drivers.sound.player import Outlet, Player
from drivers.sound.sonic import check_library
from kiosk.runtime.worker import OnCrash
from kiosk.settings import SoundSettings, StationConfiguration
from kiosk.station.board import BoardDesk
from kiosk.station.clips import Clips
from kiosk.station.sound import FindClip, SoundDesk, no_clips
from words.languages import Languages


def sound_desk(
    sound: SoundSettings, languages: Languages, call_officer: Callable[[], None]
) -> tuple[SoundDesk, tuple[Output, ...]]:
    """Make what is heard, and open its devices. What is missing is told by the lamp and stops nothing."""
    voice = EspeakVoice()
    desk = SoundDesk(
        languages,
        lambda failed: Player(voice, failed),
        call_officer,
        jack=sound.jack,
        find_clip=_clips(sound),
    )
    player = desk.player
    outputs: list[Output] = []
    try:
        voice.check()
        check_library()
        if sound.speaker:
            outputs = [
                MiniaudioOutput(lambda n: player.fill(Outlet.HEADPHONES, n), sound.headphones),
                MiniaudioOutput(lambda n: player.fill(Outlet.SPEAKER, n), sound.speaker),
            ]
        else:
            # One device whose socket cuts its speaker off: what is heard goes where sound comes out.
            outputs = [MiniaudioOutput(lambda n: player.fill(player.outlet, n), sound.headphones)]
    except DriverError:
        desk.works = False
    return desk, tuple(outputs)


def _clips(sound: SoundSettings) -> FindClip:
    return Clips(Path(sound.clips), sound.clips_list).find if sound.clips else no_clips


def board_desk(
    config: StationConfiguration, changed: Callable[[Inputs, Inputs], None], crashed: OnCrash
) -> BoardDesk | None:
    """Make the switch box, if there is one."""
    if config.io_board is None:
        return None
    return BoardDesk(io_board(config.io_board, config.limits), changed, crashed)
