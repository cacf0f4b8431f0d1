"""Change the speed of speech without its pitch: libsonic, which comes along with espeak-ng, by ctypes.

The functions used and their types are those of its public header, sonic.h 0.2 (Apache 2.0).
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Final

from drivers.errors import DeviceNotFoundError
from drivers.sound.wave import BYTES_PER_SAMPLE, RATE, Wave, make_wave

LIBRARY: Final = "libsonic.so.0"
SLOWEST, FASTEST = 0.2, 4.0
_READ: Final = 4096


@cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise DeviceNotFoundError(
            f"{LIBRARY} is not installed: install the package libsonic0"
        ) from error
    samples = ctypes.POINTER(ctypes.c_short)
    library.sonicCreateStream.argtypes = [ctypes.c_int, ctypes.c_int]
    library.sonicCreateStream.restype = ctypes.c_void_p
    library.sonicDestroyStream.argtypes = [ctypes.c_void_p]
    library.sonicDestroyStream.restype = None
    library.sonicSetSpeed.argtypes = [ctypes.c_void_p, ctypes.c_float]
    library.sonicSetSpeed.restype = None
    library.sonicWriteShortToStream.argtypes = [ctypes.c_void_p, samples, ctypes.c_int]
    library.sonicReadShortFromStream.argtypes = [ctypes.c_void_p, samples, ctypes.c_int]
    library.sonicFlushStream.argtypes = [ctypes.c_void_p]
    return library


def check_library() -> None:
    """Raise DeviceNotFoundError if the library is not installed."""
    _library()


class Stretcher:
    """A stream of speech at another speed; `close` it when it is no longer needed."""

    def __init__(self, speed: float) -> None:
        """`speed`: 1 is unchanged, 2 twice as fast. Raises DeviceNotFoundError, ValueError."""
        if not SLOWEST <= speed <= FASTEST:
            raise ValueError("no such speed of speech")
        self._library = _library()
        self._stream = self._library.sonicCreateStream(RATE, 1)
        if not self._stream:
            raise MemoryError("libsonic has no memory for a stream")
        self._library.sonicSetSpeed(self._stream, speed)

    def feed(self, wave: Wave) -> Wave:
        """Take a piece and return what is ready by now."""
        if wave:
            samples = (ctypes.c_short * len(wave)).from_buffer(wave)
            if not self._library.sonicWriteShortToStream(self._stream, samples, len(wave)):
                raise MemoryError("libsonic has no memory for a piece")
        return self._ready()

    def rest(self) -> Wave:
        """Return what is left at the end."""
        self._library.sonicFlushStream(self._stream)
        return self._ready()

    def close(self) -> None:
        """Free the stream; may be called again."""
        if self._stream:
            self._library.sonicDestroyStream(self._stream)
            self._stream = None

    def _ready(self) -> Wave:
        ready = make_wave()
        buffer = (ctypes.c_short * _READ)()
        while count := self._library.sonicReadShortFromStream(self._stream, buffer, _READ):
            ready.frombytes(bytes(buffer)[: count * BYTES_PER_SAMPLE])
        return ready
