"""Ask an officer what is the matter, until it has a code: the tree behind the table of incidents.

    question ── answer ──▶ question ── answer ──▶ incident: cause, what to do, who, the votes, the code

Every incident of the table is an end of the tree, once, and every way through it ends at one: the console
shows it (`ui/operator/ways_out.py`), and a code that was said on the telephone has the same words. A place
in the tree is the numbers of the answers up to there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from election.incidents import Incident
from words.message import Message, m


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and where each answer leads."""

    text: Message
    answers: tuple[tuple[Message, Question | Incident], ...]


Path: TypeAlias = tuple[int, ...]
"""Numbers of the answers that were given, from 0."""


def _ends(text: Message, *incidents: Incident) -> Question:
    """Ask which of these it is, in the words of their cause."""
    return Question(text, tuple((each.row.cause, each) for each in incidents))


ROOT: Final = Question(
    m("What is the matter?"),
    (
        (
            m("A device does not start, or its screen stays dark"),
            _ends(
                m("Which device is it?"),
                Incident.TERMINAL_DEAD,
                Incident.STATION_DEAD,
                Incident.BRANCH_DEAD,
                Incident.START,
                Incident.DEFECT,
                Incident.IN_USE,
            ),
        ),
        (
            m("Something with a card"),
            _ends(
                m("Which card is it?"),
                Incident.OPERATOR_CARD_LOST,
                Incident.PIN_BLOCKED,
                Incident.VOTER_CARD,
            ),
        ),
        (
            m("A reader or the printer"),
            _ends(
                m("Which one is it?"),
                Incident.CARD_READER,
                Incident.IDENTITY_READER,
                Incident.AUTHORIZATION_READER,
                Incident.RECORD_PRINTER,
            ),
        ),
        (
            m("A memory of a device"),
            Question(
                m("What does the device say of it?"),
                (
                    (
                        m("It is missing, full or cannot be written"),
                        _ends(
                            m("Which of these is it?"),
                            Incident.MEDIA,
                            Incident.MEDIUM,
                            Incident.STALLED,
                            Incident.CAPACITY,
                            Incident.NO_MEMORY,
                        ),
                    ),
                    (
                        m("It holds less than before, or something else"),
                        _ends(
                            m("Which of these is it?"),
                            Incident.LOG_SET_BACK,
                            Incident.VOTES_SET_BACK,
                            Incident.VOTES_BEHIND,
                            Incident.POLLBOOK_LOST,
                            Incident.POLLS_CHANGED,
                        ),
                    ),
                    (
                        m("It is another one"),
                        _ends(
                            m("Which of these is it?"),
                            Incident.NEW_MEMORY,
                            Incident.OTHER_VERSION,
                            Incident.FOREIGN_RECORD,
                        ),
                    ),
                ),
            ),
        ),
        (
            m("The USB drive, or the export"),
            _ends(
                m("What does the device say of it?"),
                Incident.NO_DRIVE,
                Incident.BROKEN_DRIVE,
                Incident.FULL_DRIVE,
                Incident.LOCKED_DRIVE,
            ),
        ),
        (
            m("The clock, or the power"),
            _ends(m("Which of these is it?"), Incident.CLOCK, Incident.POWER, Incident.NO_POWER),
        ),
        (
            m("The election package, or the keys"),
            _ends(
                m("Which of these is it?"),
                Incident.PACKAGE,
                Incident.NOT_ENROLLED,
                Incident.KEYS,
            ),
        ),
    ),
)


def at(path: Path) -> Question | Incident:
    """Return what stands at a place. `ValueError` for a place that is none."""
    here: Question | Incident = ROOT
    for number in path:
        if isinstance(here, Incident) or not 0 <= number < len(here.answers):
            raise ValueError("no such place in the tree")
        here = here.answers[number][1]
    return here


def answered(path: Path, number: int) -> Path:
    """Return the place after an answer; the same if there is no such answer."""
    here = at(path)
    possible = isinstance(here, Question) and 0 <= number < len(here.answers)
    return (*path, number) if possible else path
