"""Recorded speech: Ogg Vorbis files listed by the hash of what they hold.

A file that is missing, larger than it may be, or not what its list says is no clip: whoever asked for
it has the sentence made, or says it another way. Nothing here ever stops a terminal.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Final

from drivers.errors import DeviceNotFoundError, ProtocolError
from drivers.sound.wave import BYTES_PER_SAMPLE, RATE, Wave, make_wave

LARGEST_CLIP: Final = 4_000_000
"""Bytes of a file: some ten minutes of speech."""
DECODER: Final = "oggdec"
LONGEST_S: Final = 5.0
_OGG: Final = b"OggS"
_HEADER: Final = 44
_RATES: Final = (8_000, 48_000)


def check_decoder() -> None:
    """Raise DeviceNotFoundError if recordings cannot be played here."""
    if shutil.which(DECODER) is None:
        raise DeviceNotFoundError(f"{DECODER} is not installed: install the package vorbis-tools")


def read_clip(path: Path, sha256: str) -> Wave:
    """Decode a clip. Raises ProtocolError for a file that is missing, damaged or not the listed one."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_CLIP + 1)
    except OSError as error:
        raise ProtocolError("a clip cannot be read") from error
    if len(data) > LARGEST_CLIP or hashlib.sha256(data).hexdigest() != sha256:
        raise ProtocolError("a clip is not the one that is listed")
    return decode_clip(data)


def decode_clip(data: bytes) -> Wave:
    """Decode Ogg Vorbis into one channel at our rate. Raises ProtocolError, DeviceNotFoundError.

    In a process of its own: decoders are C, and mutated files have ended one that ran in ours.
    """
    if not data.startswith(_OGG):
        raise ProtocolError("a clip is no Ogg file")
    try:
        done = subprocess.run(
            [DECODER, "--quiet", "--bits", "16", "--output", "-", "-"],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST_S,
            check=False,
        )
    except OSError as error:
        raise DeviceNotFoundError(
            f"{DECODER} is not installed: install the package vorbis-tools"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ProtocolError("a clip takes too long to decode") from error
    if done.returncode != 0:
        raise ProtocolError("a clip cannot be decoded")
    return _wave_of(done.stdout)


def _wave_of(data: bytes) -> Wave:
    """Read a WAVE file that was written to a pipe: its lengths mean nothing."""
    if len(data) < _HEADER or data[:4] != b"RIFF" or data[34:36] != b"\x10\0":
        raise ProtocolError("a clip cannot be decoded")
    channels = int.from_bytes(data[22:24], "little")
    rate = int.from_bytes(data[24:28], "little")
    if channels not in (1, 2) or not _RATES[0] <= rate <= _RATES[1]:
        raise ProtocolError("a clip has a form that is not played")
    import miniaudio

    pcm = data[_HEADER : len(data) - (len(data) - _HEADER) % (BYTES_PER_SAMPLE * channels)]
    wave = make_wave()
    if not pcm:
        return wave
    signed = miniaudio.SampleFormat.SIGNED16
    wave.frombytes(miniaudio.convert_frames(signed, channels, rate, pcm, signed, 1, RATE))
    return wave
