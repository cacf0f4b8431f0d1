"""List the events of a device's audit log: a stable word and a sentence each.

The words are an interface: logs, bundles and auditors' tools hold them, so none is renamed.
`docs/spec/audit-events.md` is made of this table by `scripts/audit_events_page.py`. Nothing here names a
voter, a ballot or a choice, and nothing is logged at which a ballot could be told from another: of each
voter there is one line, stamped with the quarter of an hour; all else about voters is summed.
"""

from __future__ import annotations

from enum import Enum, StrEnum, auto
from typing import Final

from words.message import Message, m

_NONE: Final = Message("")
"""Only for calls with a word alone, which find a member."""
_OPERATORS: Final = m("first 16 digits of the fingerprint of each operator's certificate")
_ERROR: Final = m("kind of the fault")
_INCIDENT: Final = m("incident code")
_TRY: Final = m("number of the try")
_REASON: Final = m("reason")


class EventForm(Enum):
    """The way in which an event is kept."""

    LINE = auto()
    """An entry of the log, with its second."""
    VOTER = auto()
    """An entry that stands for one voter, with its quarter of an hour; its reason is summed."""
    SUM = auto()
    """A number by reason, without a time, about voters: headquarters alone gets it, with the closing."""
    DAY = auto()
    """A number by reason, about the device: it stands in CLOSE, which becomes public."""


class AuditEvent(StrEnum):
    """What happened: its value is the stable word, `sentence` says it to people."""

    sentence: Message
    detail: Message | None
    """What the entry's detail, or the sum's reason, holds; None if it is empty."""
    form: EventForm

    def __new__(
        cls,
        word: str,
        sentence: Message = _NONE,
        detail: Message | None = None,
        form: EventForm = EventForm.LINE,
    ) -> AuditEvent:
        """Make a member of a word, its sentence, what its detail holds, and how it is kept."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.sentence = sentence
        member.detail = detail
        member.form = form
        return member

    @property
    def is_sum(self) -> bool:
        """Whether it is counted and no line of the log."""
        return self.form in {EventForm.SUM, EventForm.DAY}

    # Both devices: the device itself
    STARTED = "started", m("The program was started.")
    STARTED_TWICE = (
        "started-twice",
        m("The program was started again while it ran; the second one ended."),
    )
    START_FAILED = (
        "start-failed",
        m("The program was started, but the device cannot serve."),
        m("reason and incident code"),
    )
    OUT_OF_SERVICE = "out-of-service", m("The device went out of service."), _INCIDENT
    MENDED = "mended", m("The device serves again."), _INCIDENT
    LOG_RESUMED = (
        "log-resumed",
        m("The log can be written again; what happened meanwhile is missing from it."),
    )
    POWER = "power", m("Line power or battery changed."), m("supply and what it means")
    REGISTRY_LINE = "registry-line", m("The line to the registry."), m("up or down")
    MEDIA_FAULT = "media-fault", m("A memory could not be read or written."), _ERROR
    SET_BACK = (
        "set-back",
        m("The device was started, and held less than before."),
        _REASON,
        EventForm.DAY,
    )
    FOUND_AT_START = (
        "found-at-start",
        m(
            "The device was started, and its memories held more than the log said: it is entered here."
        ),
        m("what was found, and how many"),
    )
    MEDIA_RECONCILED = (
        "media-reconciled",
        m("The two memories were compared and hold the same."),
        m("number of records that were copied"),
    )

    MEDIA_DAMAGED = (
        "media-damaged",
        m("A memory was damaged: its file was set aside and written anew from the other one."),
        m("which memory: primary or mirror"),
    )

    ONE_MEMORY = (
        "one-memory",
        m(
            "The device has one memory only: two roles let it go on so. Said at each start and hour."
        ),
    )
    ONE_MEMORY_HOURS = (
        "one-memory-hours",
        m("The device began an hour with one memory only, or was started so."),
        None,
        EventForm.DAY,
    )
    ONE_MEMORY_ENDED = "one-memory-ended", m("The device has two memories again.")
    DOUBT_FOUND = (
        "doubt-found",
        m("Something was found that two roles have to confirm before anybody is served."),
        m("clock, clock-set, new-memory, one-memory, pollbook-lost or votes-behind"),
    )

    # Both devices: operators' acts
    DOUBT_CONFIRMED = (
        "doubt-confirmed",
        m("Two roles confirmed what was found."),
        m(
            "clock, clock-set, clock-typed with what the machine's clock and the device's own showed, "
            "new-memory, one-memory, pollbook-lost or votes-behind, and the fingerprint of each certificate"
        ),
    )
    CLOCK_BACK = (
        "clock-back",
        m("Two roles set the time back while the polls were open; the log says when."),
        None,
        EventForm.DAY,
    )
    PACKAGE_LOADED = (
        "package-loaded",
        m("An election package was verified and installed."),
        m("first 16 digits of its digest, and of the election's number"),
    )
    LISTS_ADDED = (
        "lists-added",
        m("Two roles added revocation lists of identity documents to those of the package."),
        m("first 32 digits of the digest of all that is trusted about documents, since then"),
    )
    DOCUMENTS_ALLOWED = (
        "documents-allowed",
        m("Two roles used a code of headquarters: more documents can be checked in this hour."),
        m("number of the code, and the fingerprint of each certificate"),
    )
    READY_FOR_THE_DAY = (
        "ready-for-the-day",
        m("Two roles made the device ready for the day; it takes no rehearsal any more."),
        _OPERATORS,
    )
    TRAINING_BEGUN = (
        "training-begun",
        m("An operator began a training: nothing of it is stored."),
        _OPERATORS,
    )
    TRAINING_ENDED = "training-ended", m("The training ended."), None
    PIN_UNBLOCKED = (
        "pin-unblocked",
        m(
            "An operator card that had blocked itself got a new PIN, by the PUK of its sealed letter."
        ),
        m("first 16 digits of the fingerprint of the card's certificate"),
    )
    CARD_BLOCKED = (
        "card-blocked",
        m("Two roles blocked an operator card that was lost: it does nothing here any more."),
        m("the card's number, and the fingerprint of each certificate"),
    )
    DEVICES_KEPT = (
        "devices-kept",
        m("Two roles chose which plugged devices serve from the next start on."),
        m("the number of places that changed, and the fingerprint of each certificate"),
    )
    RESCUED = (
        "rescued",
        m("Two roles handed in what a dead terminal had recorded; this device countersigned."),
        m("the dead terminal, the number of votes found, and the fingerprint of each certificate"),
    )
    HANDED_OVER = (
        "handed-over",
        m("Two roles let a district's spare take over from a device of this branch."),
        m("the spare, the device that it replaces, and the fingerprint of each certificate"),
    )
    TOOK_OVER = (
        "took-over",
        m("This spare took over from a device of the branch."),
        m("the spare, the device that it replaces, and the fingerprint of each certificate"),
    )
    SPARE_ADMITTED = (
        "spare-admitted",
        m(
            "A spare that took over is known here as a device of the branch; who it replaces serves nobody."
        ),
        m("the spare, the device that it replaces, and the fingerprint of each certificate"),
    )
    SELF_TEST = "self-test", m("The devices were tested."), m("number of tests that failed")
    POLLS_OPENED = "polls-opened", m("Two roles opened the polls."), _OPERATORS
    POLLS_PAUSED = "polls-paused", m("The polls were paused."), _OPERATORS
    POLLS_RESUMED = "polls-resumed", m("The polls were resumed."), _OPERATORS
    POLLS_CLOSED = "polls-closed", m("Two roles closed the polls for good."), _OPERATORS
    CLOSED_WITHOUT = (
        "closed-without",
        m("A station closed while another device of the branch was not."),
        m("the device, and what two roles said of it: open, dead or taken-over"),
        EventForm.DAY,
    )
    CARDS_MISSING = (
        "cards-missing",
        m("The last station closed, and so many of its cards had not come back."),
        None,
        EventForm.DAY,
    )
    VOTES_BEHIND = (
        "votes-behind",
        m("Two roles let a terminal go on that holds fewer votes than stations hold receipts for."),
        None,
        EventForm.DAY,
    )
    REPORT_MADE = (
        "report-made",
        m("A report was made, or printed again."),
        m("kind of the report, and first 16 digits of the fingerprint of each certificate"),
    )
    EXPORTED = "exported", m("The closing bundle was written to the USB drive."), _OPERATORS
    ACT_FAILED = "act-failed", m("An operator's act failed."), m("the act and the reason")

    # Identity station
    AUTHORIZATION_ISSUED = (
        "authorization-issued",
        m("An authorization card was written."),
        None,
        EventForm.VOTER,
    )
    CHECKED_IN = (
        "checked-in",
        m("A voter was checked in, for a ballot paper."),
        None,
        EventForm.VOTER,
    )
    REFUSED = "refused", m("A person was not checked in."), _REASON, EventForm.VOTER
    CARD_NOT_OPENED = (
        "card-not-opened",
        m("What was typed or scanned did not open an identity card."),
        _TRY,
        EventForm.SUM,
    )
    CHIP_NOT_GENUINE = (
        "chip-not-genuine",
        m("The chip of an identity card is a copy or damaged."),
        m("how each proof ended"),
        EventForm.SUM,
    )
    EXCEPTION_USED = (
        "exception-used",
        m("A row of the table of exceptions let a document through."),
        m("what it let through"),
        EventForm.SUM,
    )
    NO_TEMPLATE = "no-template", m("An identity card holds no fingerprint."), None, EventForm.SUM
    FINGER_MATCHED = "finger-matched", m("A finger matched the card."), _TRY, EventForm.SUM
    FINGER_NOT_MATCHED = (
        "finger-not-matched",
        m("A finger did not match the card."),
        _TRY,
        EventForm.SUM,
    )
    FINGER_BLOCKED = (
        "finger-blocked",
        m("An identity card compares no finger any more."),
        None,
        EventForm.SUM,
    )
    CHIP_NOT_PROVEN = (
        "chip-not-proven",
        m("The chip of an identity card offers no proof, or none that can be made here."),
        m("how each proof ended"),
        EventForm.SUM,
    )
    FINGER_SUSPECT = (
        "finger-suspect",
        m("The sensor took a finger for none, or for no living one; it counts as a try."),
        None,
        EventForm.SUM,
    )
    SENSOR_LOST = (
        "sensor-lost",
        m("The fingerprint sensor failed while a person was checked in."),
        None,
        EventForm.SUM,
    )
    OVERRIDE_ASKED = (
        "override-asked",
        m("The officer asked to check in without a fingerprint."),
        None,
        EventForm.SUM,
    )
    AGE_OPEN = (
        "age-open",
        m("A document left open whether its holder is old enough to vote."),
        None,
        EventForm.SUM,
    )
    REISSUE_ASKED = (
        "reissue-asked",
        m("A check-in that was not finished is to be finished."),
        None,
        EventForm.SUM,
    )
    OVERRIDE = (
        "override",
        m("Officer and supervisor checked in a person without a fingerprint."),
        m("reason, and fingerprints of both certificates"),
        EventForm.SUM,
    )
    WITHOUT_ANSWER = (
        "without-answer",
        m("Officer and supervisor went on with a provisional ballot: the registry did not answer."),
        None,
        EventForm.SUM,
    )
    PROTESTED = (
        "protested",
        m("Officer and supervisor signed the protest of somebody who was said to have voted."),
        None,
        EventForm.SUM,
    )
    DOCUMENT_CHECKED = (
        "document-checked",
        m("Officer and supervisor accepted a document without a chip that answers."),
        m("kind of the document, and fingerprints of both certificates"),
        EventForm.SUM,
    )
    DOCUMENT_GIVEN_UP = (
        "document-given-up",
        m("The check of a document without a chip was ended before a ballot was claimed."),
        m("form: a numbered form had been made; otherwise empty"),
        EventForm.SUM,
    )
    DOCUMENT_FORM = (
        "document-form",
        m("A form for a document without a chip was numbered; its sum is the last number."),
        None,
        EventForm.SUM,
    )
    ROLL_ASKED = (
        "roll-asked",
        m("Number and birth date of a person without a chip were compared with the roll."),
        m("fits, does-not-fit, silent or not-compared"),
        EventForm.SUM,
    )
    VOTER_LEFT = (
        "voter-left",
        m("A person left before an authorization card was written."),
        None,
        EventForm.SUM,
    )

    # Ballot terminal
    VOTE_RECORDED = (
        "vote-recorded",
        m("A vote was recorded on both memories."),
        None,
        EventForm.VOTER,
    )
    AUTHORIZATION_ACCEPTED = (
        "authorization-accepted",
        m("An authorization card opened a ballot."),
        None,
        EventForm.SUM,
    )
    CARD_REFUSED = "card-refused", m("A card opened no ballot."), _REASON, EventForm.SUM
    HELP_ASKED = "help-asked", m("The voter called the officer."), None, EventForm.SUM
    INACTIVITY_ALERT = (
        "inactivity-alert",
        m("The voter was asked whether somebody is there."),
        None,
        EventForm.SUM,
    )
    VOTER_INACTIVE = (
        "voter-inactive",
        m("Nobody answered; the officer was called."),
        None,
        EventForm.SUM,
    )
    PAPER_PRINTED = (
        "paper-printed",
        m("A paper record was begun."),
        None,
        EventForm.DAY,
    )
    PAPER_VOID = (
        "paper-void",
        m("A paper record does not count."),
        m("why: the voter, the printer, or what became of the vote"),
        EventForm.DAY,
    )
    PAPER_UNMARKED = (
        "paper-unmarked",
        m("A paper record could not be marked as recorded or void at its end."),
        m("recorded, void, or in-doubt if that is not known"),
        EventForm.DAY,
    )
    ABANDONED = (
        "abandoned",
        m("The voter left before the vote was cast."),
        None,
        EventForm.SUM,
    )
    VOTE_NOT_RECORDED = (
        "vote-not-recorded",
        m("A vote could not be recorded."),
        _REASON,
        EventForm.SUM,
    )
