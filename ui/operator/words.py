"""Texts and icons of the console's acts and states."""

from __future__ import annotations

from dataclasses import dataclass

from election.polls import PollsState
from kiosk.flows.operator.states import ConsoleAct
from ui.widgets.band import Mood
from ui.widgets.buttons import ButtonKind
from words.message import Message, m


@dataclass(frozen=True, slots=True)
class ActWords:
    """Texts, icon and button kind of an act."""

    name: Message
    """On the button."""
    going_on: Message
    icon: str
    kind: ButtonKind = ButtonKind.PLAIN


ACTS: dict[ConsoleAct, ActWords] = {
    ConsoleAct.LOAD_PACKAGE: ActWords(
        m("Load the election package"), m("Loading the election package"), "usb"
    ),
    ConsoleAct.SELF_TEST: ActWords(m("Test the devices"), m("Testing the devices"), "check"),
    ConsoleAct.OPEN: ActWords(m("Open the polls"), m("Opening the polls"), "play"),
    ConsoleAct.PAUSE: ActWords(m("Pause the polls"), m("Pausing the polls"), "pause"),
    ConsoleAct.RESUME: ActWords(m("Resume the polls"), m("Resuming the polls"), "play"),
    ConsoleAct.CLOSE: ActWords(
        m("Close the polls for good"), m("Closing the polls"), "lock", ButtonKind.WARN
    ),
    ConsoleAct.PRINT_REPORT: ActWords(m("Print the report"), m("Printing the report"), "printer"),
    ConsoleAct.EXPORT: ActWords(
        m("Export to the USB drive"), m("Exporting to the USB drive"), "usb"
    ),
    ConsoleAct.CONFIRM: ActWords(
        m("Confirm what was found"), m("Confirming what was found"), "check", ButtonKind.WARN
    ),
    ConsoleAct.ADD_LISTS: ActWords(
        m("Add revocation lists"), m("Adding revocation lists"), "usb", ButtonKind.QUIET
    ),
    ConsoleAct.MORE_DOCUMENTS: ActWords(
        m("Allow more documents"), m("Allowing more documents"), "key", ButtonKind.QUIET
    ),
    ConsoleAct.BLOCK_CARD: ActWords(
        m("Block a lost operator card"), m("Blocking a lost operator card"), "key", ButtonKind.QUIET
    ),
    ConsoleAct.RESCUE: ActWords(
        m("Rescue a dead terminal"), m("Rescuing a dead terminal"), "usb", ButtonKind.QUIET
    ),
    ConsoleAct.TAKE_OVER: ActWords(
        m("A spare takes over"), m("Letting a spare take over"), "usb", ButtonKind.QUIET
    ),
    ConsoleAct.ADMIT_SPARE: ActWords(
        m("Admit a spare"), m("Admitting a spare"), "usb", ButtonKind.QUIET
    ),
    ConsoleAct.SET_CLOCK: ActWords(
        m("Set the clock"), m("Setting the clock"), "clock", ButtonKind.QUIET
    ),
    ConsoleAct.KEEP_DEVICES: ActWords(
        m("Keep the chosen devices"), m("Keeping the chosen devices"), "check"
    ),
    ConsoleAct.TRAIN: ActWords(
        m("Training"), m("Beginning or ending the training"), "people", ButtonKind.QUIET
    ),
    ConsoleAct.READY_FOR_DAY: ActWords(
        m("Ready for the day"), m("Making the device ready for the day"), "check"
    ),
}

CLOCK_FIRST = m(
    "The machine's clock cannot be right. Set it with both roles, then take the card out and sign in again."
)
"""Where the card is one of an operator who may set the clock alone."""
END_TRAINING = m("End the training")
"""On the button of `TRAIN` while one goes on."""

ORDER = (
    ConsoleAct.CONFIRM,
    ConsoleAct.OPEN,
    ConsoleAct.RESUME,
    ConsoleAct.EXPORT,
    ConsoleAct.LOAD_PACKAGE,
    ConsoleAct.SELF_TEST,
    ConsoleAct.PRINT_REPORT,
    ConsoleAct.PAUSE,
    ConsoleAct.TRAIN,
    ConsoleAct.ADD_LISTS,
    ConsoleAct.MORE_DOCUMENTS,
    ConsoleAct.BLOCK_CARD,
    ConsoleAct.RESCUE,
    ConsoleAct.TAKE_OVER,
    ConsoleAct.ADMIT_SPARE,
    ConsoleAct.SET_CLOCK,
    ConsoleAct.KEEP_DEVICES,
    ConsoleAct.READY_FOR_DAY,
    ConsoleAct.CLOSE,
)
"""From what is probably next to what ends the day."""


@dataclass(frozen=True, slots=True)
class PollsWords:
    """Text, mood and icon of a state of the polls."""

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
class ConfirmationText:
    """Question before an act, and the text on its confirming button."""

    title: Message
    text: Message
    yes: Message


CLOSING_ORDER = m(
    "Order of closing: all terminals, then the cards that come back, then the stations; "
    "the last station asks for the cards that are missing."
)
"""Stands on every screen about closing."""

QUESTIONS: dict[ConsoleAct, ConfirmationText] = {
    ConsoleAct.OPEN: ConfirmationText(
        m("Open the polls?"),
        m("The zero report is made and the device takes votes from then on. "
           "Officer and supervisor both sign."),
        m("Yes, open"),
    ),
    ConsoleAct.CONFIRM: ConfirmationText(
        m("Go on with what was found?"),
        m("Read what stands under «To confirm» first: it says what to do if it is not right. "
           "It is logged. Officer and supervisor both sign."),
        m("Yes, go on"),
    ),
    ConsoleAct.RESCUE: ConfirmationText(
        m("Rescue what a dead terminal recorded?"),
        m("Take the second memory out of the dead terminal and put it into the USB port of this device. "
           "It is only read, and goes into the bag afterwards. Officer and supervisor both sign."),
        m("Yes, it is in"),
    ),
    ConsoleAct.READY_FOR_DAY: ConfirmationText(
        m("Is this device ready for the day?"),
        m("It takes no rehearsal any more from then on, and it cannot be undone. "
           "Officer and supervisor both sign."),
        m("Yes, it is ready"),
    ),
    ConsoleAct.CLOSE: ConfirmationText(
        m("Close the polls for good?"),
        m("{question} {order}",
          question=m("Nobody can vote on this device afterwards, and it cannot be undone. "
                     "Let everybody who is still in the queue vote first. "
                     "Officer and supervisor both sign."),
          order=CLOSING_ORDER),
        m("Yes, close for good"),
    ),
}  # fmt: skip
