"""Examine what feeds a station, and what its voters hear."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, assert_never

from drivers.attached import power_source
from drivers.errors import DriverError
from drivers.examined.finding import DoctorFinding, bad, good
from drivers.power.seam import PowerSource, PowerState, Supply
from drivers.power.supply_words import DOUBTS, describe
from drivers.settings import Power, SignSettings, SoundSettings
from drivers.sound.clips import check_decoder
from drivers.sound.espeak import EspeakVoice
from drivers.sound.output import MiniaudioOutput
from drivers.sound.sonic import check_library
from drivers.sound.wave import RATE, silence
from election.because import because
from election.clips import Clips
from election.recorded import RecordedKind, RecordedList, of_kind
from election.signs import Films
from words.message import m

POWER: Final = m("power")
SOUND: Final = m("sound")
SIGNS: Final = m("films in sign language")


def examine_sound(sound: SoundSettings, recorded: Sequence[RecordedList]) -> DoctorFinding:
    """Examine speech and its device; without them votes are given, but not by ear."""
    advice = m("voters who need speech cannot vote here alone until it works")
    try:
        EspeakVoice().check()
        check_library()
        if sound.clips:
            check_decoder()
        MiniaudioOutput(lambda count: silence(count / RATE), sound.headphones).close()
    except DriverError as trouble:
        return bad(SOUND, because(trouble), advice)
    if not sound.clips:
        return good(SOUND, m("speech"))
    clips = Clips(Path(sound.clips), lambda: of_kind(recorded, RecordedKind.SPEECH))
    if (wrong := clips.trouble()) is not None:
        again = m("copy the folder of recordings again; until then these texts are spoken")
        return good(SOUND, wrong, again)
    return good(SOUND, m("speech, and {count} recordings", count=len(clips)))


def examine_signs(signs: SignSettings, recorded: Sequence[RecordedList]) -> DoctorFinding:
    """Examine the films in sign language; without them a voter reads."""
    films = Films(Path(signs.films), lambda: of_kind(recorded, RecordedKind.SIGNS))
    if (trouble := films.trouble()) is not None:
        return bad(SIGNS, trouble, m("copy the folder of films again"))
    return good(SIGNS, m("films of {count} steps", count=len(films)))


def examine_power(power: Power) -> DoctorFinding:
    """Examine the power supply by its latest reading."""
    source: PowerSource = power_source(power)
    try:
        return _power_state(source.read())
    finally:
        source.close()


def _power_state(state: PowerState) -> DoctorFinding:
    detail, line = describe(state), m("bring the line power back")
    if state.closing:
        return bad(POWER, m("{supply}; it will switch off", supply=detail), m("close safely"))
    match state.supply:
        case Supply.UNKNOWN:
            why = detail if state.doubt is None else DOUBTS[state.doubt]
            return bad(POWER, why, m("see whether upsd runs, and [power] in station.toml"))
        case Supply.LOW:
            return bad(POWER, detail, line)
        case Supply.ON_BATTERY:
            return good(POWER, detail, line)
        case Supply.ON_LINE:
            worn = state.replace_battery or state.low_battery
            advice = m("the battery is worn or not charged yet") if worn else None
            return good(POWER, detail, advice)
        case _:
            assert_never(state.supply)
