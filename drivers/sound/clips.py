"""Recorded speech: Ogg Vorbis files listed by the hash of what they hold.

A file that is missing, larger than it may be, or not what its list says is no clip: whoever asked for
it has the sentence made, or says it another way. Nothing here ever stops a terminal.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from drivers.errors import ProtocolError
from drivers.sound.wave import RATE, Wave, make_wave

LARGEST_CLIP: Final = 4_000_000
"""Bytes of a file: some ten minutes of speech."""
_OGG: Final = b"OggS"


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
    """Decode Ogg Vorbis into one channel at our rate. Raises ProtocolError."""
    import miniaudio

    if not data.startswith(_OGG):
        raise ProtocolError("a clip is no Ogg file")
    try:
        decoded = miniaudio.decode(
            data,
            output_format=miniaudio.SampleFormat.SIGNED16,
            nchannels=1,
            sample_rate=RATE,
        )
    except (miniaudio.MiniaudioError, ValueError, MemoryError) as error:
        raise ProtocolError("a clip cannot be decoded") from error
    return make_wave(decoded.samples)
