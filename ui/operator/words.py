"""What the console calls its acts and states."""

from __future__ import annotations

from dataclasses import dataclass

from election.polls import PollsState
from kiosk.flows.operator.states import Act
from ui.widgets.band import Mood
from ui.widgets.buttons import Kind
from words.message import Message, m


@dataclass(frozen=True, slots=True)
class ActWords:
    name: Message
    """On the button."""
    going_on: Message
    icon: str
    kind: Kind = Kind.PLAIN


ACTS: dict[Act, ActWords] = {
    Act.LOAD_PACKAGE: ActWords(
        m("Load the election package"), m("Loading the election package"), "usb"
    ),
    Act.SELF_TEST: ActWords(m("Test the devices"), m("Testing the devices"), "check"),
    Act.OPEN: ActWords(m("Open the polls"), m("Opening the polls"), "play"),
    Act.PAUSE: ActWords(m("Pause the polls"), m("Pausing the polls"), "pause"),
    Act.RESUME: ActWords(m("Resume the polls"), m("Resuming the polls"), "play"),
    Act.CLOSE: ActWords(m("Close the polls for good"), m("Closing the polls"), "lock", Kind.WARN),
    Act.PRINT_REPORT: ActWords(m("Print the report"), m("Printing the report"), "printer"),
    Act.EXPORT: ActWords(m("Export to the USB stick"), m("Exporting to the USB stick"), "usb"),
    Act.READY_FOR_DAY: ActWords(
        m("Ready for the day"), m("Making the device ready for the day"), "check"
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
    name: Message
    mood: Mood
    icon: str


POLLS: dict[PollsState, PollsWords] = {
    PollsState.UNCONFIGURED: PollsWords(m("No election package is loaded"), Mood.STILL, "usb"),
    PollsState.READY: PollsWords(m("Ready to open the polls"), Mood.BUSY, "check"),
    PollsState.OPEN: PollsWords(m("The polls are open"), Mood.GOOD, "play"),
    PollsState.PAUSED: PollsWords(m("The polls are paused"), Mood.WARN, "pause"),
    PollsState.CLOSED: PollsWords(m("The polls are closed"), Mood.STILL, "lock"),
}


@dataclass(frozen=True, slots=True)
class Question:
    title: Message
    text: Message
    yes: Message


QUESTIONS: dict[Act, Question] = {
    Act.OPEN: Question(
        m("Open the polls?"),
        m("The zero report is made and the device takes votes from then on. "
           "Officer and supervisor both sign."),
        m("Yes, open"),
    ),
    Act.READY_FOR_DAY: Question(
        m("Is this device ready for the day?"),
        m("It takes no rehearsal any more from then on, and it cannot be undone. "
           "Officer and supervisor both sign."),
        m("Yes, it is ready"),
    ),
    Act.CLOSE: Question(
        m("Close the polls for good?"),
        m("Nobody can vote on this device afterwards, and it cannot be undone. "
           "Let everybody who is still in the queue vote first. Officer and supervisor both sign."),
        m("Yes, close for good"),
    ),
}  # fmt: skip
