"""Seam of a fingerprint reader: the interface that the other rooms use.

    verify   templates -> MATCH, NO_MATCH, BAD_IMAGE, TIMEOUT, CANCELLED
    capture            -> a template of the finger on the sensor, or BAD_IMAGE, TIMEOUT, CANCELLED

Whether a finger matches, does not match or never came is an outcome, not an error. Errors are for
readers that are gone, silent or send nonsense; after one of them no try has been made.

Templates of one family of modules mean nothing to another. A reader declares in `formats` what it
takes and gives; every template carries its format, and a wrong one is refused before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Literal, Protocol

from drivers.errors import DriverError


class TemplateFormat(Enum):
    """Formats of fingerprint templates."""

    ISO_19794_2 = "ISO/IEC 19794-2:2005 record"  # what cards hold
    ZFM_OWN = "ZFM template"  # the maker's own; of no use outside these modules


@dataclass(frozen=True, slots=True)
class Template:
    """One finger. Personal data: it is never shown and never logged."""

    data: bytes = field(repr=False)
    format: TemplateFormat = TemplateFormat.ISO_19794_2


@dataclass(frozen=True, slots=True)
class Capture:
    """A live finger; `quality` is the module's own, 0 to 100, None if it gives none."""

    template: Template
    quality: int | None = None

    @property
    def format(self) -> TemplateFormat:
        """Format of the template."""
        return self.template.format


class TemplateFormatError(DriverError):
    """A template is in a format that this reader cannot use; nothing was sent."""


class SensorFeedback(StrEnum):
    """Hints for the person while a finger is wanted, and reasons why one was not good.

    Modules say all but `NO_MATCH`; that one is for whoever made the comparison.
    """

    PLACE_FINGER = "place-finger"
    SCANNED = "scanned"  # the finger may be lifted, the comparison runs
    LIFT_FINGER = "lift-finger"  # before it is put on again
    NO_FINGER = "no-finger"  # nobody put one on in time
    TOO_DRY = "too-dry"
    TOO_WET = "too-wet"
    PARTIAL = "partial"  # too little of it: put it in the middle
    MOVED = "moved"  # smeared, or a dirty sensor: clean it, hold still
    PRESS_HARDER = "press-harder"
    TRY_AGAIN = "try-again"  # bad, and the module does not say how: clean, centre, press
    NO_MATCH = "no-match"  # a good picture of another finger


class MatchOutcome(Enum):
    """Outcomes of a comparison."""

    MATCH = "match"
    NO_MATCH = "no match"
    BAD_IMAGE = "bad image"  # too wet, dry, partial: ask for a better placement
    TIMEOUT = "timeout"  # no finger came in time
    CANCELLED = "cancelled"


NoCapture = Literal[MatchOutcome.BAD_IMAGE, MatchOutcome.TIMEOUT, MatchOutcome.CANCELLED]
"""Why there is no finger to compare or to keep."""


class ReaderState(Enum):
    """States of a reader."""

    READY = "ready"
    SILENT = "silent"  # the line is there, the module does not answer
    UNUSABLE = "unusable"  # it answers, and cannot be used as it is
    ABSENT = "absent"  # there is no line


@dataclass(frozen=True, slots=True)
class ReaderStatus:
    """Status of a reader; `firmware` and `model` are the module's texts, empty if it gives none.

    `capacity` is the number of places in the module's own library, None if it is not known. `trouble` says
    what was heard of one that is silent or unusable, and the next thing to try; empty for others.
    """

    state: ReaderState
    firmware: str = ""
    model: str = ""
    capacity: int | None = None
    trouble: str = ""


class FingerprintReader(Protocol):
    """One reader, used by one worker thread; only `cancel` may come from another thread."""

    @property
    def formats(self) -> frozenset[TemplateFormat]:
        """Formats of templates that `verify` takes; `capture` gives one of them."""

    def verify(
        self,
        templates: Sequence[Template],
        timeout_s: float,
        on_feedback: Callable[[SensorFeedback], None],
    ) -> MatchOutcome:
        """Ask for a finger and compare it with `templates`; one that matches is enough.

        `timeout_s` is the time the person has; `on_feedback` is called in this thread. Raises
        TemplateFormatError, DeviceNotFoundError, DeviceLostError, DeviceTimeoutError,
        ProtocolError, CaptureError,
        and ValueError for no, empty or too many templates. After DeviceLostError the next call looks for the
        device again.
        """

    def capture(
        self, timeout_s: float, on_feedback: Callable[[SensorFeedback], None]
    ) -> Capture | NoCapture:
        """Take one live finger as a template. Raises as `verify`."""

    def cancel(self) -> None:
        """End a running `verify` or `capture` with CANCELLED; nothing happens if none runs."""

    def status(self) -> ReaderStatus:
        """Report whether the reader can work. Never raises for a device that is missing or silent."""

    def close(self) -> None:
        """Release the reader. Never raises."""


def accept_templates(
    templates: Sequence[Template], formats: frozenset[TemplateFormat], most: int
) -> tuple[bytes, ...]:
    """Return the bytes of `templates` if a reader with `formats` can use them all.

    Raises TemplateFormatError for another format, ValueError for none, empty or more than `most`.
    """
    if not 1 <= len(templates) <= most or not all(template.data for template in templates):
        raise ValueError(f"1 to {most} templates can be compared at a time")
    for template in templates:
        if template.format not in formats:
            taken = " or ".join(sorted(known.value for known in formats))
            raise TemplateFormatError(
                f"this fingerprint module takes {taken}, not {template.format.value}: "
                "use another module, or enrol the finger with this one"
            )
    return tuple(template.data for template in templates)
