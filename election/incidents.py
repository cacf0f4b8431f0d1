"""List the incidents of a device: what an officer says on the telephone, and what to do.

A code is two digits and a check digit, ISO/IEC 7064 MOD 11-2: a digit that was misheard and two digits that
were exchanged are noticed. Numbers whose check digit would be X are not given. An incident travels
as its word; after a space may follow what the log keeps for technicians, and no screen shows.
`docs/incidents.md` and its Persian page are made of this table by `scripts/incidents_page.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

from election.doubts import Doubt
from election.reasons import StartReason
from words.message import Message, m


class Who(Enum):
    """Who may do what is to be done."""

    OFFICER = m("The officer")
    TWO_ROLES = m("Officer and supervisor together, with their cards")
    SUPERVISOR = m("The supervisor, after a call to headquarters")
    SUPPORT = m("The officer, with technical support on the telephone")


class Votes(Enum):
    """What happens to the votes meanwhile."""

    SAFE = m("Votes that were recorded are safe; nobody votes here meanwhile.")
    NONE = m("No vote is here yet, or none is touched by this.")
    KEPT = m("Votes that were recorded are on the device's memories: leave these alone.")
    ASK = m("Votes may be missing on this memory: keep both memories, headquarters decides.")


class Incident(StrEnum):
    """What stops a device or an act, by its word; the log holds the word."""

    CARD_READER = "CARD-READER"
    IDENTITY_READER = "IDENTITY-READER"
    AUTHORIZATION_READER = "AUTHORIZATION-READER"
    RECORD_PRINTER = "RECORD-PRINTER"
    MEDIA = "MEDIA"
    MEDIUM = "MEDIUM"
    STALLED = "STALLED"
    CAPACITY = "CAPACITY"
    LOG_SET_BACK = "LOG-SET-BACK"
    VOTES_SET_BACK = "VOTES-SET-BACK"
    POLLS_CHANGED = "POLLS-CHANGED"
    CLOCK = "CLOCK"
    NEW_MEMORY = "NEW-MEMORY"
    POLLBOOK_LOST = "POLLBOOK-LOST"
    VOTES_BEHIND = "VOTES-BEHIND"
    NO_DRIVE = "NO-DRIVE"
    BROKEN_DRIVE = "BROKEN-DRIVE"
    FULL_DRIVE = "FULL-DRIVE"
    LOCKED_DRIVE = "LOCKED-DRIVE"
    NOT_ENROLLED = "NOT-ENROLLED"
    PACKAGE = "PACKAGE"
    KEYS = "KEYS"
    OTHER_VERSION = "OTHER-VERSION"
    IN_USE = "IN-USE"
    TERMINAL_DEAD = "TERMINAL-DEAD"
    STATION_DEAD = "STATION-DEAD"
    BRANCH_DEAD = "BRANCH-DEAD"
    OPERATOR_CARD_LOST = "OPERATOR-CARD-LOST"
    PIN_BLOCKED = "PIN-BLOCKED"
    VOTER_CARD = "VOTER-CARD"
    NO_POWER = "NO-POWER"
    FOREIGN_RECORD = "FOREIGN-RECORD"
    NO_MEMORY = "NO-MEMORY"
    START = "START"
    POWER = "POWER"
    DEFECT = "DEFECT"

    @property
    def row(self) -> IncidentRow:
        """Return what is known of it."""
        return INCIDENTS[self]


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """What an officer needs of an incident."""

    number: int
    """Two digits."""
    cause: Message
    remedy: Message
    who: Who = Who.OFFICER
    votes: Votes = Votes.SAFE

    @property
    def code(self) -> str:
        """Return number and check digit, as they are spoken: three digits."""
        return f"{self.number:02}{check_digit(self.number)}"


def check_digit(number: int) -> int:
    """Return the check digit of a number of two digits: ISO/IEC 7064 MOD 11-2; 10 stands for X."""
    tens, ones = divmod(number, 10)
    return (1 - 4 * tens - 2 * ones) % 11


def incident_of(text: str) -> Incident:
    """Return the incident of a word with whatever follows; `DEFECT` for a word that is none."""
    try:
        return Incident(text.partition(" ")[0])
    except ValueError:
        return Incident.DEFECT


def incident_code(incident: Incident, name: str, defect: BaseException) -> str:
    """Add to an incident's word what technicians look for: where and what kind, nothing of the content."""
    place = ""
    trace = defect.__traceback__
    while trace is not None:
        place = f"{Path(trace.tb_frame.f_code.co_filename).stem}:{trace.tb_lineno}"
        trace = trace.tb_next
    digest = sha256(f"{name}|{type(defect).__name__}|{place}".encode()).hexdigest()
    return f"{incident} {type(defect).__name__}-{digest[:6]}"


def spoken(code: str) -> Incident | None:
    """Return the incident of a code as it was heard; None for one that does not exist."""
    return next((each for each, row in INCIDENTS.items() if row.code == code), None)


_PLUG: Final = m("Put its cable right. The device goes on by itself; do not start it again.")
_AGAIN: Final = m(
    "Start the device again once. If it says the same, use another device and call technical support."
)
_LAST: Final = m(
    "Call headquarters. If nothing helps: take the second memory out, put it into a bag, note the "
    "seal's number, and hand it over."
)

TOLD_BY_PEOPLE: Final = frozenset(
    {
        Incident.TERMINAL_DEAD,
        Incident.STATION_DEAD,
        Incident.BRANCH_DEAD,
        Incident.OPERATOR_CARD_LOST,
        Incident.PIN_BLOCKED,
        Incident.VOTER_CARD,
        Incident.NO_POWER,
    }
)
"""What no device says of itself: the officer finds the code in the tree (`election.ways_out`)."""

INCIDENTS: Final = {
    Incident.CARD_READER: IncidentRow(11, m("The card reader is missing."), _PLUG),
    Incident.IDENTITY_READER: IncidentRow(
        12, m("The reader for identity cards is missing."), _PLUG, votes=Votes.NONE
    ),
    Incident.AUTHORIZATION_READER: IncidentRow(
        14, m("The reader for authorization cards is missing."), _PLUG, votes=Votes.NONE
    ),
    Incident.RECORD_PRINTER: IncidentRow(
        13,
        m("The printer of paper records cannot print."),
        m(
            "Put paper in, close its cover, put its cable right. A piece that hangs out without a word at "
            "its end goes into the bag for such papers. The terminal goes on by itself."
        ),
    ),
    Incident.TERMINAL_DEAD: IncidentRow(
        15,
        m("A ballot terminal does not start any more."),
        m(
            "Send its voters to another terminal. Take its second memory out, put it into the USB port of "
            "another device of the branch and rescue it there; then the memory goes into a bag, and the "
            "seal's number to headquarters. A spare of the district can take over: its own drive into "
            "another device, A spare takes over. "
            "Say at the closing of the station that the terminal is broken."
        ),
        Who.TWO_ROLES,
        Votes.KEPT,
    ),
    Incident.STATION_DEAD: IncidentRow(
        16,
        m("An identity station does not start any more."),
        m(
            "Voters go to the other station; terminals take the cards that are out. Take both memories of "
            "the dead station out, put them into a bag, note the seal's number, and call headquarters. A "
            "spare of the district can take over: its own drive into another device, A spare takes over."
        ),
        Who.SUPERVISOR,
        Votes.NONE,
    ),
    Incident.BRANCH_DEAD: IncidentRow(
        17,
        m("No device of the branch starts any more."),
        m(
            "Call headquarters. Cards that are out stay with their voters, and are renewed by two roles. "
            "Take both memories out of every device, put those of one device into one bag, and note the "
            "seals' numbers: nothing on them is lost. Headquarters lets spares of the district take over; "
            "the branch's operators, or the reserves of the district, sign there with their cards. Where "
            "spares serve, the memory of a dead terminal goes into a USB port of theirs and is rescued "
            "there; otherwise headquarters rescues it."
        ),
        Who.SUPERVISOR,
        Votes.KEPT,
    ),
    Incident.OPERATOR_CARD_LOST: IncidentRow(
        24,
        m("An operator card is lost."),
        m(
            "Use the second card of that role, from its sealed bag. Two other cards block the lost one at "
            "every device: «Block a lost operator card», with the number on its letter. Tell headquarters "
            "the number, too: what it signed from then on is looked at."
        ),
        Who.TWO_ROLES,
        Votes.NONE,
    ),
    Incident.PIN_BLOCKED: IncidentRow(
        25,
        m("The PIN of an operator card is blocked."),
        m(
            "Open the sealed letter of this card, put the card in, touch «I have the sealed letter», and "
            "enter the PUK and a new PIN twice. Three wrong PUKs, and the card is lost."
        ),
        Who.OFFICER,
        Votes.NONE,
    ),
    Incident.VOTER_CARD: IncidentRow(
        26,
        m("A voter's card is refused at another terminal, because it began at a dead one."),
        m(
            "If the dead terminal's screen said that the vote is recorded, the card goes back to the "
            "station. If not, take voter and card to the station: two roles renew the card there, or give "
            "a provisional ballot where a registry is asked. If the first was recorded after all, that is "
            "told, and the provisional one does not count."
        ),
        Who.TWO_ROLES,
        Votes.KEPT,
    ),
    Incident.MEDIA: IncidentRow(
        21,
        m("A memory is missing, locked or full, or belongs to another device."),
        m(
            "Put the device's own memory in again, take off its lock, or make room. "
            "The device looks again every half minute. A second memory that does not serve any more is "
            "pulled out, and a spare put in; without one both roles let the device go on with one memory."
        ),
    ),
    Incident.MEDIUM: IncidentRow(
        22,
        m("The event log cannot be written."),
        m("Make room on the first memory, or put it in again, and start the device again."),
    ),
    Incident.STALLED: IncidentRow(
        27,
        m("A memory does not answer."),
        m(
            "Wait a minute, and do not switch off. If it stays so, pull out the memory that the screen "
            "names, or the second one. If that does not help, switch the device off and on once. A voter "
            "who waits stays: whether the vote is recorded is said when the device goes on."
        ),
        Who.OFFICER,
        Votes.KEPT,
    ),
    Incident.CAPACITY: IncidentRow(
        23,
        m("Every place for a vote that was made at the opening is used."),
        m("Send voters to another terminal. Close this one when the polls close."),
    ),
    Incident.LOG_SET_BACK: IncidentRow(
        31,
        m("The event log is shorter than it was, or another one."),
        StartReason.LOG_SET_BACK.sentence,
        Who.SUPERVISOR,
        Votes.ASK,
    ),
    Incident.VOTES_SET_BACK: IncidentRow(
        32,
        m("Fewer votes are here than were recorded."),
        StartReason.VOTES_SET_BACK.sentence,
        Who.SUPERVISOR,
        Votes.ASK,
    ),
    Incident.POLLS_CHANGED: IncidentRow(
        33,
        m("The state of the polls is not what two cards signed."),
        StartReason.POLLS_CHANGED.sentence,
        Who.SUPERVISOR,
        Votes.ASK,
    ),
    Incident.CLOCK: IncidentRow(
        41, m("The clock cannot be right."), Doubt.CLOCK.sentence, Who.TWO_ROLES
    ),
    Incident.NEW_MEMORY: IncidentRow(
        42,
        m("The second memory is not the one of before."),
        Doubt.MEMORY.sentence,
        Who.TWO_ROLES,
        Votes.KEPT,
    ),
    Incident.POLLBOOK_LOST: IncidentRow(
        43,
        m("The list of those who got a card is on neither memory."),
        Doubt.POLLBOOK.sentence,
        Who.SUPERVISOR,
        Votes.NONE,
    ),
    Incident.VOTES_BEHIND: IncidentRow(
        45,
        m("A card shows that this terminal held more votes before."),
        Doubt.VOTES.sentence,
        Who.SUPERVISOR,
        Votes.ASK,
    ),
    Incident.NO_DRIVE: IncidentRow(
        51,
        m("There is no USB drive to export to."),
        m("Put a USB drive in, and export again."),
        votes=Votes.KEPT,
    ),
    Incident.BROKEN_DRIVE: IncidentRow(
        57,
        m("The USB drive was pulled, or does not work."),
        m("Put in another USB drive, and export again."),
        votes=Votes.KEPT,
    ),
    Incident.FULL_DRIVE: IncidentRow(
        53,
        m("The USB drive is full."),
        m("Put in another USB drive, and export again."),
        votes=Votes.KEPT,
    ),
    Incident.LOCKED_DRIVE: IncidentRow(
        54,
        m("The USB drive cannot be written."),
        m("Take off its lock or put in another USB drive, and export again."),
        votes=Votes.KEPT,
    ),
    Incident.NOT_ENROLLED: IncidentRow(
        56, m("This device is not on the enrolment list."), _LAST, Who.SUPERVISOR, Votes.KEPT
    ),
    Incident.PACKAGE: IncidentRow(
        61,
        m("The election package or its register is not accepted."),
        m(
            "Put in the USB drive with this branch's package and load it again; the console says why."
        ),
        Who.TWO_ROLES,
        Votes.KEPT,
    ),
    Incident.KEYS: IncidentRow(
        62, m("The device's keys do not open."), _LAST, Who.SUPERVISOR, Votes.KEPT
    ),
    Incident.OTHER_VERSION: IncidentRow(
        63,
        m("A memory was written by another version of the program."),
        m("Put the device's own memories in. If they are, do not go on: call headquarters."),
        Who.SUPERVISOR,
        Votes.KEPT,
    ),
    Incident.IN_USE: IncidentRow(
        64,
        m("Another program uses a memory."),
        m("Switch the device off and on once."),
    ),
    Incident.FOREIGN_RECORD: IncidentRow(
        65, m("A memory holds what this device did not write."), _LAST, Who.SUPERVISOR, Votes.ASK
    ),
    Incident.NO_MEMORY: IncidentRow(
        67,
        m("A memory could not be read at the start, or is full."),
        m("Put both memories of this device in, and start it again."),
        votes=Votes.KEPT,
    ),
    Incident.START: IncidentRow(
        68, m("The start did not succeed."), _AGAIN, Who.SUPPORT, Votes.KEPT
    ),
    Incident.POWER: IncidentRow(
        71,
        m("The battery is nearly empty."),
        m(
            "Connect line power; it goes on by itself. Until then nothing is begun "
            "that could be cut off."
        ),
    ),
    Incident.NO_POWER: IncidentRow(
        72,
        m("There is no power, and the batteries are empty."),
        m(
            "Leave memories and cards where they are, and lock the room. Voters wait, or come back: a card "
            "that is out is renewed by two roles. When the power is back, start every device; each goes on "
            "as it was left. If the closing hour passes, headquarters decides about an extension."
        ),
        Who.SUPERVISOR,
        Votes.KEPT,
    ),
    Incident.DEFECT: IncidentRow(
        81, m("The program met a fault of its own."), _AGAIN, Who.SUPPORT, Votes.KEPT
    ),
}
