"""What the console calls its acts and states. Texts are msgids: the screen translates them."""

from __future__ import annotations

from dataclasses import dataclass

from election.polls import PollsState
from kiosk.flows.operator.states import Act
from ui.text import N_
from ui.widgets.band import Mood
from ui.widgets.buttons import Kind


@dataclass(frozen=True, slots=True)
class ActWords:
    name: str
    """On the button."""
    going_on: str
    icon: str
    kind: Kind = Kind.PLAIN


ACTS: dict[Act, ActWords] = {
    Act.LOAD_PACKAGE: ActWords(
        N_("Load the election package"), N_("Loading the election package"), "usb"
    ),
    Act.SELF_TEST: ActWords(N_("Test the devices"), N_("Testing the devices"), "check"),
    Act.OPEN: ActWords(N_("Open the polls"), N_("Opening the polls"), "play"),
    Act.PAUSE: ActWords(N_("Pause the polls"), N_("Pausing the polls"), "pause"),
    Act.RESUME: ActWords(N_("Resume the polls"), N_("Resuming the polls"), "play"),
    Act.CLOSE: ActWords(N_("Close the polls for good"), N_("Closing the polls"), "lock", Kind.WARN),
    Act.PRINT_REPORT: ActWords(N_("Print the report"), N_("Printing the report"), "printer"),
    Act.EXPORT: ActWords(N_("Export to the USB stick"), N_("Exporting to the USB stick"), "usb"),
    Act.READY_FOR_DAY: ActWords(
        N_("Ready for the day"), N_("Making the device ready for the day"), "check"
    ),
}

ORDER = (
    Act.OPEN, Act.RESUME, Act.EXPORT, Act.LOAD_PACKAGE, Act.SELF_TEST, Act.PRINT_REPORT, Act.PAUSE,
    Act.READY_FOR_DAY, Act.CLOSE,
)  # fmt: skip
"""From what is probably next to what ends the day."""

NEXT: dict[PollsState, Act | None] = {
    PollsState.UNCONFIGURED: Act.LOAD_PACKAGE,
    PollsState.READY: Act.OPEN,
    PollsState.OPEN: None,
    PollsState.PAUSED: Act.RESUME,
    PollsState.CLOSED: Act.EXPORT,
}
"""The act that brings the day on, drawn as the main one."""


@dataclass(frozen=True, slots=True)
class PollsWords:
    name: str
    mood: Mood
    icon: str


POLLS: dict[PollsState, PollsWords] = {
    PollsState.UNCONFIGURED: PollsWords(N_("No election package is loaded"), Mood.STILL, "usb"),
    PollsState.READY: PollsWords(N_("Ready to open the polls"), Mood.BUSY, "check"),
    PollsState.OPEN: PollsWords(N_("The polls are open"), Mood.GOOD, "play"),
    PollsState.PAUSED: PollsWords(N_("The polls are paused"), Mood.WARN, "pause"),
    PollsState.CLOSED: PollsWords(N_("The polls are closed"), Mood.STILL, "lock"),
}


@dataclass(frozen=True, slots=True)
class Question:
    title: str
    text: str
    yes: str


QUESTIONS: dict[Act, Question] = {
    Act.OPEN: Question(
        N_("Open the polls?"),
        N_("The zero report is made and the device takes votes from then on. "
           "Officer and supervisor both sign."),
        N_("Yes, open"),
    ),
    Act.READY_FOR_DAY: Question(
        N_("Is this device ready for the day?"),
        N_("It takes no rehearsal any more from then on, and it cannot be undone. "
           "Officer and supervisor both sign."),
        N_("Yes, it is ready"),
    ),
    Act.CLOSE: Question(
        N_("Close the polls for good?"),
        N_("Nobody can vote on this device afterwards, and it cannot be undone. "
           "Let everybody who is still in the queue vote first. Officer and supervisor both sign."),
        N_("Yes, close for good"),
    ),
}  # fmt: skip
