"""Play what a player mixes, by miniaudio on ALSA or PulseAudio (a null device in tests)."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Final, Protocol

from drivers.errors import DeviceNotFoundError
from drivers.sound.wave import RATE, Wave

PERIOD_MS: Final = 10
"""Length of the pieces a device asks for: what was cut is silent after one or two of them."""

Fill = Callable[[int], Wave]
"""Returns exactly so many samples; called on the device's own thread, never blocks."""


class Output(Protocol):
    """An open sound device."""

    def close(self) -> None:
        """Release the device. Never raises."""


class MiniaudioOutput:
    """A sound device by its name; the system's usual one if there is none."""

    def __init__(self, fill: Fill, name: str = "", *, null: bool = False) -> None:
        """Open and start it. `null`: a device that plays nowhere, in real time.

        Raises DeviceNotFoundError.
        """
        import miniaudio

        backend = miniaudio.Backend
        backends = [backend.NULL] if null else [backend.ALSA, backend.PULSEAUDIO]
        try:
            found = None if null or not name else _device_id(name)
            self._device = miniaudio.PlaybackDevice(
                output_format=miniaudio.SampleFormat.SIGNED16,
                nchannels=1,
                sample_rate=RATE,
                buffersize_msec=PERIOD_MS,
                device_id=found,
                backends=backends,
                app_name="amin",
            )
            self._filling = _filled(fill)
            next(self._filling)
            self._device.start(self._filling)
        except miniaudio.MiniaudioError as error:
            raise DeviceNotFoundError(
                "no sound device can be opened: check [sound] and the sound card"
            ) from error

    def close(self) -> None:
        """Stop and release it."""
        self._device.close()
        self._filling.close()


def _filled(fill: Fill) -> Generator[Wave, int, None]:
    count = yield fill(0)
    while True:
        count = yield fill(count)


def _device_id(name: str) -> object:
    import miniaudio

    backends = [miniaudio.Backend.ALSA, miniaudio.Backend.PULSEAUDIO]
    for device in miniaudio.Devices(backends).get_playbacks():
        if device["name"] == name:
            return device["id"]
    raise DeviceNotFoundError(f"there is no sound device {name!r}")
