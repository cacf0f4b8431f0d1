"""Examine what feeds a station, and what its voters hear."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, assert_never

from drivers.attached import power_source
from drivers.errors import DriverError
from drivers.examined.finding import DoctorFinding, bad, good
from drivers.power.seam import Doubt, PowerSource, PowerState, Supply
from drivers.power.supply_words import describe
from drivers.settings import Power
from drivers.sound.clips import check_decoder
from drivers.sound.espeak import EspeakVoice
from drivers.sound.output import MiniaudioOutput
from drivers.sound.sonic import check_library
from drivers.sound.wave import RATE, silence
from election.because import because
from election.clips import Clips
from election.signs import Films
from kiosk.settings import SignSettings, SoundSettings
from words.message import Items, Latin, Message, m

POWER: Final = m("power")
SOUND: Final = m("sound")
SIGNS: Final = m("films in sign language")
DOUBTS: Final[Mapping[Doubt, Message]] = {
    Doubt.NO_SERVICE: m("its service does not answer"),
    Doubt.SILENT: m("its service does not answer in time"),
    Doubt.STALE: m("its service has had no data for a while: stale"),
    Doubt.NO_DRIVER: m("its service has lost the driver"),
    Doubt.NO_DEVICE: m("there is no such device"),
    Doubt.REFUSED: m("its service refuses to answer"),
    Doubt.NONSENSE: m("its service answers what the protocol does not allow"),
    Doubt.NOT_SAID: m("its service names neither line nor battery"),
}


def examine_sound(sound: SoundSettings) -> DoctorFinding:
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
    if sound.clips:
        clips = Clips(Path(sound.clips), sound.clips_list)
        if not clips.usable:
            detail = m(
                "{path}: its list is missing, or not the published one", path=Path(sound.clips)
            )
            return bad(SOUND, detail, m("copy the folder of recordings again"))
        if wrong := clips.wrong():
            detail = m(
                "{wrong} of {count} recordings are missing or damaged, the first is {file}",
                wrong=len(wrong),
                count=len(clips),
                file=Latin(wrong[0]),
            )
            again = m("copy the folder of recordings again; until then these texts are spoken")
            return good(SOUND, detail, again)
        return good(SOUND, m("speech, and {count} recordings", count=len(clips)))
    return good(SOUND, m("speech"))


def examine_signs(signs: SignSettings) -> DoctorFinding:
    """Examine the films in sign language; without them a voter reads."""
    films = Films(Path(signs.films), signs.list)
    advice = m("copy the folder of films again")
    if not films.usable:
        detail = m("{path}: its list is missing, or not the published one", path=Path(signs.films))
        return bad(SIGNS, detail, advice)
    damaged = [step for step in films.steps() if not films.read(step)]
    if damaged:
        names = Items(tuple(Latin(step.value) for step in damaged))
        return bad(SIGNS, m("missing or damaged: {names}", names=names), advice)
    return good(SIGNS, m("films of {count} steps", count=len(films.steps())))


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
