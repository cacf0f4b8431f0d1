"""Speech by espeak-ng: a helper process for each sentence, text in and wave out over pipes.

The process sees what a voter chose. It is given the text over its standard input, not in its arguments
(which every user of the machine can read), writes its wave to a pipe and ends with the sentence;
a sentence that is cut kills it. espeak-ng is GPL-3 and stays a program of its own.

While a sentence is heard the process of the next one starts, so that an act does not wait until a voice is
loaded; it knows the language and nothing else, and `rest` ends it with the voter. What voices write before
their first sound (53 ms of silence in Persian and Arabic) is left out.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
from collections.abc import Iterator
from typing import Final

from drivers.errors import DeviceLostError, DeviceNotFoundError, ProtocolError
from drivers.sound.wave import BYTES_PER_SAMPLE, RATE, Wave, make_wave

PROGRAM: Final = "espeak-ng"
NATURAL_WPM: Final = 160
"""Words a minute the voices are made in; every other speed is made by `sonic`."""
LONGEST_TEXT: Final = 4000
"""Characters of one sentence; more is no sentence."""
_CLEAREST_WPM: Final = 80
"""Below it the pauses between the words are lengthened first."""
_HEADER: Final = 44
"""Bytes of the WAVE header that espeak-ng writes."""
_PIECE: Final = 2048
_QUIET: Final = 40
"""Of 32,767: what is less is not heard."""
_BEFORE: Final = RATE // 200
"""Samples that are kept before the first sound: its beginning, 5 ms."""
_MOST_BYTES: Final = 600 * RATE * BYTES_PER_SAMPLE
"""Ten minutes: a process that writes more is out of its mind."""


class EspeakVoice:
    """One sentence at a time. `cut` may be called from any thread."""

    def __init__(self, program: str = PROGRAM) -> None:
        self._program = program
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._waiting: tuple[tuple[str, ...], subprocess.Popen[bytes]] | None = None
        """A process that has loaded its voice and waits for a text, and what it was started with."""

    def check(self) -> None:
        """Raise DeviceNotFoundError if the program is not installed."""
        if shutil.which(self._program) is None:
            raise DeviceNotFoundError(
                f"{self._program} is not installed: install the package espeak-ng"
            )

    def speak(self, text: str, voice: str, wpm: int = NATURAL_WPM) -> Iterator[Wave]:
        """Yield the wave of a text piece by piece, at `NATURAL_WPM`.

        `wpm` is what the listener asked for: very slow speech gets longer pauses here. Ends early
        when it is cut. Raises DeviceNotFoundError, DeviceLostError (the process died), ProtocolError.
        """
        command = self._command(voice, wpm)
        process = self._taken(command)
        try:
            first = True
            for wave in _from_first_sound(self._pieces(process, text[:LONGEST_TEXT])):
                yield wave
                if first:
                    first = False
                    self._prepare(command, process)
        finally:
            with self._lock:
                self._running = None
            _end(process)

    def cut(self) -> None:
        """End the sentence that is being made."""
        with self._lock:
            if self._running is not None:
                self._running.kill()
                self._running = None

    def rest(self) -> None:
        """End what is being made, and what waits for a next sentence: the voter has gone."""
        self.cut()
        with self._lock:
            waiting, self._waiting = self._waiting, None
        if waiting is not None:
            _end(waiting[1])

    def _command(self, voice: str, wpm: int) -> tuple[str, ...]:
        pause = ["-g", str(round((_CLEAREST_WPM - wpm) / 2))] if wpm < _CLEAREST_WPM else []
        # Utf-8 in, a wave out; no markup: a name cannot hold commands.
        natural = ("-s", str(NATURAL_WPM), *pause)
        return (self._program, "-v", voice, *natural, "-b", "1", "--stdin", "--stdout")

    def _taken(self, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
        """Return the process that waits for such a sentence, or a new one; it is the one that runs."""
        with self._lock:
            waiting, self._waiting = self._waiting, None
        if waiting is not None and waiting[0] == command and waiting[1].poll() is None:
            process = waiting[1]
        else:
            if waiting is not None:
                _end(waiting[1])
            process = self._started(command)
        with self._lock:
            self._running = process
        return process

    def _prepare(self, command: tuple[str, ...], running: subprocess.Popen[bytes]) -> None:
        """Let a process wait for the next sentence, unless this one was cut."""
        try:
            made = self._started(command)
        except DeviceNotFoundError:
            return
        with self._lock:
            left: subprocess.Popen[bytes] | None = made
            if self._running is running and self._waiting is None:
                self._waiting, left = (command, made), None
        if left is not None:
            _end(left)

    def _started(self, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise DeviceNotFoundError(
                f"{self._program} cannot be started: install the package espeak-ng"
            ) from error

    def _pieces(self, process: subprocess.Popen[bytes], text: str) -> Iterator[Wave]:
        source, sink = process.stdout, process.stdin
        assert source is not None
        assert sink is not None
        with contextlib.suppress(BrokenPipeError):
            sink.write(text.encode("utf-8", "replace"))
        with contextlib.suppress(BrokenPipeError):
            sink.close()
        header = source.read(_HEADER)
        if self._was_cut(process):
            return
        if not header:
            raise DeviceLostError("the speech ended before its first sound")
        if len(header) < _HEADER or header[:4] != b"RIFF":
            raise ProtocolError("the speech is no wave")
        if int.from_bytes(header[24:28], "little") != RATE or header[34] != 16 or header[22] != 1:
            raise ProtocolError("the speech has another sample rate or form")
        taken, odd = 0, b""
        while data := source.read1(_PIECE) if hasattr(source, "read1") else source.read(_PIECE):
            data, odd = odd + data, b""
            if len(data) % BYTES_PER_SAMPLE:
                data, odd = data[:-1], data[-1:]
            taken += len(data)
            if taken > _MOST_BYTES:
                raise ProtocolError("the speech does not end")
            wave = make_wave()
            wave.frombytes(data)
            yield wave
        if not self._was_cut(process) and process.wait() != 0:
            raise DeviceLostError("the speech died in the middle of a sentence")

    def _was_cut(self, process: subprocess.Popen[bytes]) -> bool:
        with self._lock:
            return self._running is not process


def _from_first_sound(waves: Iterator[Wave]) -> Iterator[Wave]:
    """Leave out the silence before the first sound, but for its beginning."""
    for wave in waves:
        loud = next((at for at, sample in enumerate(wave) if abs(sample) > _QUIET), None)
        if loud is not None:
            yield wave[max(0, loud - _BEFORE) :]
            break
    yield from waves


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    process.wait()
