"""Say what the paper record and the provisional notice mean to the voter, for the screen and for the ear."""

from __future__ import annotations

from typing import Final

from kiosk.flows.ballot import states as at
from words.message import Message, m

PROVISIONAL: Final = m("Your ballot is provisional")
PROVISIONAL_TEXT: Final = m(
    "You vote as everybody does. After the polls have closed two offices decide whether your ballot counts: "
    "it counts if you have voted nowhere else. Nobody learns what you chose."
)

PRINTING: Final = m("Your vote is being printed on paper")
COMPARE: Final = m("Compare the paper with your choices")
COMPARE_TEXT: Final = m(
    "Look through the window. Names and numbers on the paper have to be these. Nothing is recorded yet."
)
TRAINED: Final = m(
    "In this training nothing was printed. In an election you compare the paper here."
)
BEING_READ: Final = m("The paper is being read.")
WAS_READ: Final = m("The paper was read. This is what it says:")
UNREAD: Final = m("The paper could not be read by the scanner. Its text counts.")
BY_EYE_ALONE: Final = m("This terminal cannot read the paper aloud.")
ASK_FOR_HELP: Final = m("If you cannot see it, ask for help.")
IS_IT_RIGHT: Final = m("Is the paper right?")

VOID: Final = m("This paper is void and does not count")
VOID_TEXTS: Final = {
    at.PaperProblem.PRINTER: m(
        "The printer could not print all of it. Nothing is recorded; your sealed ballot waits. The officer "
        "has been called. Then print again."
    ),
    at.PaperProblem.DIFFERS: m(
        "Its code does not say what you chose. Nothing is recorded; your sealed ballot waits. The officer "
        "has been called."
    ),
}
REFUSED_TEXT: Final = m(
    "Nothing is recorded. Your choices are still there: change them, and a new paper is printed."
)
UNMARKED: Final = m("It could not be marked as void: the officer takes it out.")
TAKE_SLIP: Final = m("Your tracking number lies there on a slip. Take it along.")


def void_text(problem: at.PaperProblem) -> Message:
    """Return what happened to a void paper and what the voter can do."""
    return VOID_TEXTS.get(problem, REFUSED_TEXT)


def reading(state: at.Comparing) -> Message | None:
    """Return how far the scanner is, for the screen; None where there is none."""
    if not state.reads:
        return None
    if state.read is not None:
        return WAS_READ
    return UNREAD if state.unread else BEING_READ
