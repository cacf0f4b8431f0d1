"""Use a fingerprint module once, with the finger of whoever records, and keep its trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from drivers.errors import DriverError
from drivers.fingerprint.module_recorder import ModuleNotes, RecordingLine, SfmNotes, ZfmNotes
from drivers.fingerprint.module_trace import ModuleTrace
from drivers.fingerprint.seam import Capture, FingerprintReader, ReaderState, SensorFeedback
from drivers.serial_line import ByteLine

FINGER_S: Final = 20.0
"""How long a finger is waited for."""
TAKEN: Final = "taken"
_NOTES: Final[dict[str, type[ModuleNotes]]] = {"sfm": SfmNotes, "zfm": ZfmNotes}


def record_module(
    protocol: Literal["sfm", "zfm"],
    baud: int,
    open_line: Callable[[], ByteLine],
    make: Callable[[Callable[[], ByteLine]], FingerprintReader],
    on_feedback: Callable[[SensorFeedback], None] = lambda _: None,
    *,
    finger_s: float = FINGER_S,
) -> ModuleTrace:
    """Ask the module what it is, take one finger and compare it with itself, as far as that goes.

    An error ends the recording, not the trace. The finger's template is in memory only, until it was
    compared. `make` builds the driver on a way to open its line.
    """
    notes = _NOTES[protocol]()
    reader = make(lambda: RecordingLine(open_line(), notes))
    outcomes: list[str] = []
    ended = ""
    try:
        state = reader.status().state
        if state is ReaderState.READY:
            taken = reader.capture(finger_s, on_feedback)
            outcomes.append(TAKEN if isinstance(taken, Capture) else taken.value)
            if isinstance(taken, Capture):
                outcomes.append(reader.verify([taken.template], finger_s, on_feedback).value)
    except DriverError as trouble:
        ended = type(trouble).__name__
    finally:
        reader.close()
    notes.finish()
    return ModuleTrace(
        format="amin-module-trace",
        version=1,
        protocol=protocol,
        baud=baud,
        state=state.value,
        outcomes=tuple(outcomes),
        noise=notes.noise,
        packet=notes.packet,
        settings=notes.settings_by_number(),
        exchanges=tuple(notes.exchanges),
        ended=ended,
    )
