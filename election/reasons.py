"""List the reasons why a file or a document is refused: a stable word and a sentence each.

The words are an interface: reports, logs, `--json` and tests name them, so none is renamed.
`docs/spec/reasons.md` is made of these tables by `scripts/reasons_page.py`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from words.message import Message, m

_NONE: Final = Message("")
"""Only for calls with a word alone, which find a member."""


class Refusal(StrEnum):
    """A reason: its value is the stable word, `sentence` says what is wrong and what to do."""

    sentence: Message

    def __new__(cls, word: str, sentence: Message = _NONE) -> Refusal:
        """Make a member of a word and its sentence."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.sentence = sentence
        return member


class FileReason(Refusal):
    """A file is not read (`election.files`)."""

    NOT_A_FILE = "not-a-file", m("It is a link, folder, pipe or device, not a regular file.")
    TOO_LARGE = "too-large", m("It is larger than a file of this kind can be.")
    VANISHED = (
        "vanished",
        m("It was changed or taken away while it was read. Put the medium in again and repeat."),
    )
    OTHER_MEDIUM = "other-medium", m("It lies on another medium than the folder it seems to be in.")
    NAME = "name", m("Its name has signs that no file of this election has. Rename it.")
    TWIN = (
        "twin",
        m("Another file has the same name in other letters. Keep the right one of them only."),
    )
    CROWDED = "crowded", m("Too many files are in its folder. Use a USB drive of the election.")


class EnvelopeReason(Refusal):
    """A file is no signed envelope of the kind that is expected (`election.envelope`)."""

    FORMAT = "format", m("The file is damaged, or it is another document.")
    VERSION = "version", m("The document is of another version. Update this program.")
    TOO_LARGE = "too-large", m("The file is larger than a document of this kind can be.")


class SignatureReason(Refusal):
    """The signatures of a document do not hold (`election.signed`)."""

    SIGNERS = "signers", m("It does not have exactly the signatures that it needs.")
    CERTIFICATE = "certificate", m("A signer's certificate cannot be read.")
    ISSUER = "issuer", m("A signer's certificate is not of this election's headquarters.")
    CERTIFICATE_SIGNATURE = (
        "certificate-signature",
        m("Headquarters did not sign a signer's certificate with both of its keys."),
    )
    NOT_YET_VALID = (
        "not-yet-valid",
        m("A signer's certificate is not valid yet. Check the clock of this device."),
    )
    EXPIRED = (
        "expired",
        m(
            "A signer's certificate has expired. Check the clock, or ask headquarters for a new one."
        ),
    )
    KEY_USAGE = "key-usage", m("A signer's certificate is not for signing with a pair of keys.")
    ROLE = "role", m("A signer's certificate names a role that does not sign this.")
    BRANCH = "branch", m("A signer's certificate is for another branch.")
    SIGNATURE = "signature", m("The document was altered, or signed with another key.")
    SAME_KEY = "same-key", m("Two roles signed with the same key.")


CERTIFICATES: Final = {
    "expired": SignatureReason.EXPIRED,
    "not-yet-valid": SignatureReason.NOT_YET_VALID,
    "issuer": SignatureReason.ISSUER,
    "signature": SignatureReason.CERTIFICATE_SIGNATURE,
    "role": SignatureReason.ROLE,
    "branch": SignatureReason.BRANCH,
    "key-usage": SignatureReason.KEY_USAGE,
}
"""By the words of `crypto.certificates.CertificateRefusedError`."""


class PackageReason(Refusal):
    """An election package is refused (`election.package`)."""

    MISSING = "missing", m("There is no election package on the USB drive. Put in the right one.")
    REPLACED = (
        "replaced",
        m("The installed package is not the one that was loaded. Load it again."),
    )
    FORMAT = (
        "format",
        m("The file is damaged, or no election package. Get a fresh copy from headquarters."),
    )
    VERSION = "version", m("The package is of another version. Update this device.")
    UNTRUSTED_SIGNER = (
        "untrusted-signer",
        m("The package is not signed by this election's headquarters. Hand it to headquarters."),
    )
    EXPIRED_CERTIFICATE = (
        "expired-certificate",
        m("A certificate of the package has expired. Get a new package."),
    )
    NOT_YET_VALID = (
        "not-yet-valid",
        m("A certificate of the package is not valid yet. Check the clock of this device."),
    )
    SIGNATURE = ("signature", m("The package was altered. Get a fresh copy from headquarters."))
    WRONG_ELECTION = "wrong-election", m("The package is for another election.")
    MANIFEST = "manifest", m("The definition of the election contradicts itself.")
    PORTRAITS = (
        "portraits",
        m(
            "The portraits that belong to the package are not beside it. "
            "Copy portraits.cbor from headquarters to the USB drive."
        ),
    )
    WRONG_BRANCH = "wrong-branch", m("The package or this device is for another branch.")
    NOT_ENROLLED = (
        "not-enrolled",
        m("This device, or another of its branch, is not rightly on the enrolment list."),
    )
    WRONG_KEY = "wrong-key", m("The package names another key for this device. Call headquarters.")
    CLOCK = "clock", m("The clock does not fit the day of the election. Set it and load again.")
    DOCUMENTS = (
        "documents",
        m("What the package says of identity documents cannot be used. Hand it to headquarters."),
    )
    OWN_DOCUMENTS = (
        "own-documents",
        m(
            "The settings of this station trust identity documents of their own, for rehearsals. "
            "Take the part [identity] out of station.toml."
        ),
    )
    FOREIGN_LIST = (
        "foreign-list",
        m(
            "A revocation list on the USB drive is not signed by an authority of the package. "
            "Take it off the drive, and tell headquarters."
        ),
    )
    NO_LIST = (
        "no-list",
        m("There is no revocation list (.crl) on the USB drive. Put in the right one."),
    )
    LISTS_MISSING = (
        "lists-missing",
        m(
            "A revocation list that two roles had added is gone. "
            "Put in a USB drive with the same lists as then, and add them again."
        ),
    )
    REAL_ELECTION = (
        "real-election",
        m(
            "Simulators are installed on this device: it takes rehearsals only. Use one without them."
        ),
    )
    REHEARSAL = (
        "rehearsal",
        m("The package is a rehearsal, and this device is ready for the day. Put in the real one."),
    )
    REHEARSAL_KEYS = (
        "rehearsal-keys",
        m("The package is signed with the keys of a rehearsal. Hand it to headquarters."),
    )
    REHEARSAL_LOADED = (
        "rehearsal-loaded",
        m("The loaded package is a rehearsal. Load the election's package first."),
    )
    SIMULATORS = (
        "simulators",
        m("Simulators are installed on this device: it cannot be made ready for the day."),
    )
    EARLY = "early", m("The polls may not open yet. Wait for their hour, or set the clock.")


class BundleReason(Refusal):
    """A closing bundle is refused (`election.bundle`, `headquarters.importing`)."""

    FORMAT = (
        "format",
        m("The file is damaged, or no closing bundle. Fetch it from the device again."),
    )
    VERSION = "version", m("The bundle is of another version. Update this program.")
    NOT_ENROLLED = (
        "not-enrolled",
        m("No device with this certificate, name, role and branch is on the enrolment list."),
    )
    CERTIFICATE = "certificate", m("The device's certificate does not hold.")
    SIGNATURE = "signature", m("The bundle was altered. Fetch it from the device again.")
    WRONG_ELECTION = "wrong-election", m("The bundle is of another election.")
    NOT_CLOSED = (
        "not-closed",
        m("The polls of the device were not closed by two roles. Close them."),
    )
    ACTS = (
        "acts",
        m("The acts of the device are not signed by two cards of its branch, or are no chain."),
    )
    RECORD = "record", m("A record is not one that the device signed, or is not in its order.")
    ROOT = "root", m("Records or spent authorizations are missing or too many.")
    NUMBERS = "numbers", m("The numbers of the device contradict each other.")
    OTHER_PACKAGE = "other-package", m("The device worked with another package than was sent out.")
    CONFLICT = "conflict", m("The device has closed twice with different content.")
    FINALLY_MISSING = (
        "finally-missing",
        m("The device was declared finally missing: what it hands in later is not counted."),
    )


class ActReason(Refusal):
    """An act of a device is refused (`election.acts`)."""

    FORMAT = "format", m("The act is damaged, or of another version.")
    CERTIFICATE = (
        "certificate",
        m(
            "The certificate of an operator's card is not of this election's headquarters, or not valid."
        ),
    )
    ROLES = "roles", m("An act takes an officer and a supervisor, each with a card.")
    BRANCH = "branch", m("A card that signed the act is of another branch.")
    SIGNATURE = "signature", m("A card did not sign the act as it stands.")
    SAME_KEY = "same-key", m("Two roles signed the act with the same key.")
    DEVICE = "device", m("The device did not countersign the act.")
    CHAIN = "chain", m("The act does not follow the one before it, or is another device's.")
    ORDER = (
        "order",
        m("A device is loaded, then opened, then closed, and each act stands there once."),
    )
    OPERATOR = (
        "operator",
        m(
            "The register does not name a card that signed the act for this branch or its district. "
            "Hand the device's records in as a rescue."
        ),
    )
    NUMBER = "number", m("The act names another election's number, or none.")
    VOTERS = (
        "voters",
        m(
            "The closing has sums about voters, and closings are published. Have the device's program "
            "checked; hand its records in as a rescue."
        ),
    )


class StartReason(Refusal):
    """A device does not serve, because what it holds was put back or changed (`kiosk.station.anchoring`)."""

    LOG_SET_BACK = (
        "log-set-back",
        m(
            "The event log is shorter than it was, or another one. Put the right medium back and start "
            "again, or close the polls here and hand the device in."
        ),
    )
    POLLS_CHANGED = (
        "polls-changed",
        m(
            "The state of the polls is not what two cards signed. Put the right medium back and start "
            "again, or call headquarters."
        ),
    )
    VOTES_SET_BACK = (
        "votes-set-back",
        m(
            "Fewer votes are here than were recorded. Put the right media back and start again, or close "
            "the polls here and hand the device in."
        ),
    )


class LogReason(Refusal):
    """A device's audit log does not hold (`election.audit_log`)."""

    LOG_LINE = (
        "log-line",
        m("The line was not written by this device, or was changed afterwards. Keep the file."),
    )
    LOG_ORDER = (
        "log-order",
        m(
            "The line does not follow the line before it: lines were taken out, put in or exchanged. "
            "Keep the file."
        ),
    )
    LOG_TORN = (
        "log-torn",
        m("The last line is cut off, as a power cut does; it was never confirmed."),
    )
    LOG_CUT = (
        "log-cut",
        m(
            "The log does not hold the entry that was its last one at that time: its end is missing, or "
            "it was written anew. Keep the medium and ask for the other copy."
        ),
    )
    LOG_KEY = (
        "log-key",
        m(
            "The register names no such device. The file's name has to begin with the device's, or name "
            "it with --device."
        ),
    )
    LOG_BUNDLE = (
        "log-bundle",
        m("The closing bundle is not this device's, or its acts do not hold."),
    )


class EnrolmentReason(Refusal):
    """A request to be enrolled is refused (`election.enrolment`)."""

    TOO_LARGE = "too-large", m("The file is too large for an enrolment request.")
    FORMAT = "format", m("The file is no enrolment request. Make it again on the device.")
    SIGNATURE = (
        "signature",
        m("The request was altered or made with another key. Make it again on the device."),
    )
    KEY = "key", m("The sealing key of the request is none. Make it again on the device.")


class AuthorizationRefusal(Refusal):
    """The authorization on a voter's card is refused (`election.token`)."""

    NO_TOKEN = "no-token", m("The card is an authorization card, but nothing is written on it.")
    MALFORMED = "malformed", m("What is written on the card is no authorization.")
    WRONG_ELECTION = "wrong-election", m("The authorization is for another election.")
    WRONG_BRANCH = "wrong-branch", m("The authorization is for another branch.")
    UNKNOWN_STATION = "unknown-station", m("No identity station of this branch has this name.")
    BAD_SIGNATURE = "bad-signature", m("The identity station did not sign the authorization.")
    EXPIRED = "expired", m("The authorization has expired. Get a new one at the identity station.")
    TOO_LONG = (
        "too-long",
        m(
            "The authorization ends later than any may: a clock is wrong. Compare the clocks of station "
            "and terminal."
        ),
    )
    SPENT = "spent", m("The vote is recorded; there is never a second ballot.")
    UNKNOWN_STYLE = "unknown-style", m("The ballot style has not the contests that are allowed.")
    ELSEWHERE = (
        "elsewhere",
        m("Another terminal began to record a vote with this card. Go back to that terminal."),
    )


class DecisionReason(Refusal):
    """Decisions about provisional ballots are refused (`headquarters.decisions`, `.exclusion`)."""

    FORMAT = "format", m("The file is damaged, or of another kind.")
    ELECTION = "election", m("The file is of another election.")
    HANDLE = (
        "handle",
        m("A handle is none, occurs twice, is out of order, or has no fitting reason."),
    )
    SIGNATURE = "signature", m("The signatures of the two roles are missing or do not hold.")
    CHANGED = "changed", m("A decision differs from an earlier file. What is decided stays.")
    UNKNOWN = "unknown", m("A handle belongs to no ballot that was cast.")
    UNDECIDED = "undecided", m("A provisional ballot is not decided on. Reconcile first.")
    LOT = (
        "lot",
        m(
            "It was chosen among equal ballots of one person without the recorded lot. Record it first."
        ),
    )
    BOXES = (
        "boxes",
        m(
            "The office read other closings and rescues than are here. Reconcile again with all of them."
        ),
    )


class RegisterReason(Refusal):
    """A register is refused, or what a device holds or was published differs from it."""

    REGISTER_MISSING = (
        "register-missing",
        m("There is no register beside it. Get register.json from where it was published."),
    )
    REGISTER_FORMAT = "register-format", m("The file is damaged, or no register. Get a fresh copy.")
    REGISTER_VERSION = (
        "register-version",
        m("The register is of another version. Update this program."),
    )
    REGISTER_SIGNATURE = (
        "register-signature",
        m("The register is not signed by this election's headquarters. Hand it to headquarters."),
    )
    REGISTER_NUMBER = (
        "register-number",
        m("The register has another number than the one that was published before the day."),
    )
    REGISTER_CONTRADICTION = "register-contradiction", m("The register contradicts itself.")
    REGISTER_ROOT = (
        "register-root",
        m("The register names another root certificate of headquarters."),
    )
    REGISTER_ELECTION = "register-election", m("The register is of another election.")
    REGISTER_DEFINITION = (
        "register-definition",
        m("The register names another definition: other names, codes or contests."),
    )
    REGISTER_PACKAGE = (
        "register-package",
        m("The register does not name this package for this branch."),
    )
    REGISTER_DEVICE = (
        "register-device",
        m("The register does not name this device with this key, certificate, role and branch."),
    )
    REGISTER_SPARE = "register-spare", m("A spare device was used, and no act gave it a branch.")
    REGISTER_SIGNER = "register-signer", m("The register does not name who signed this.")
    REGISTER_TRUSTEES = "register-trustees", m("The register names other trustees.")
    REGISTER_GROUP = "register-group", m("Branches were not mixed as the register groups them.")
    REGISTER_MINIMUM = "register-minimum", m("The register names another minimum of a batch.")
    REGISTER_SEATS = (
        "register-seats",
        m("The seats follow from other rules than the register names."),
    )
    REGISTER_PENDING = (
        "register-pending",
        m("Registered devices are still missing. What is in stays in; wait for the rest."),
    )
    REGISTER_REHEARSAL = "register-rehearsal", m("This was a rehearsal: no vote counts.")


class DeviceActReason(Refusal):
    """A take-over or a rescue is refused (`election.takeover`, `election.rescue`)."""

    ACT_FORMAT = "act-format", m("The file is damaged, or no act of this kind. Get a fresh copy.")
    ACT_VERSION = "act-version", m("The act is of another version. Update this program.")
    ACT_ELECTION = "act-election", m("The act names another election's number.")
    ACT_CARDS = (
        "act-cards",
        m(
            "The act is not signed by an officer's and a supervisor's card that the register names "
            "for this branch or its district."
        ),
    )
    ACT_DEVICE = (
        "act-device",
        m("The act is not countersigned by the registered devices that it needs."),
    )
    ACT_SPARE = "act-spare", m("The device that takes over is no registered spare of this role.")
    ACT_DRIVE = (
        "act-drive",
        m(
            "No spare's file, or more than one, is on the USB drive. Put the drive of the spare's box in."
        ),
    )
    ACT_REVOKED = (
        "act-revoked",
        m(
            "Two offices revoked this spare: it was lost or stolen. Take another one, and report this."
        ),
    )
    ACT_DISTRICT = "act-district", m("The spare is for another district. Use one of your own.")
    ACT_HANDOVER = (
        "act-handover",
        m(
            "No handover for this spare is on the USB drive. A device of the branch that lives makes it: "
            "there a spare takes over, with this spare's own drive. Where none lives, headquarters makes it."
        ),
    )
    ACT_BRANCH = "act-branch", m("The device that is replaced or dead is not one of this branch.")
    ACT_TWICE = "act-twice", m("Another act is about the same device. One of them has to go.")
    ACT_RECORDS = (
        "act-records",
        m("The records are not those that the act names, or the device did not sign them."),
    )
    ACT_FOUND = (
        "act-found",
        m(
            "No votes of a terminal were found there. Put one of its memories in, or name the folder "
            "that holds votes.db."
        ),
    )
    ACT_MIXED = (
        "act-mixed",
        m("These memories are of two terminals. Hand in one terminal after the other."),
    )


class DayActReason(Refusal):
    """The published acts of a device's day do not hold (`headquarters.day_acts`): those of `ActReason`."""

    ACTS_MISSING = (
        "acts-missing",
        m("A device is in, and its closing by two cards is not published."),
    )
    ACTS_FORMAT = "acts-format", ActReason.FORMAT.sentence
    ACTS_CERTIFICATE = "acts-certificate", ActReason.CERTIFICATE.sentence
    ACTS_ROLES = "acts-roles", ActReason.ROLES.sentence
    ACTS_BRANCH = "acts-branch", ActReason.BRANCH.sentence
    ACTS_SIGNATURE = "acts-signature", ActReason.SIGNATURE.sentence
    ACTS_SAME_KEY = "acts-same-key", ActReason.SAME_KEY.sentence
    ACTS_DEVICE = "acts-device", ActReason.DEVICE.sentence
    ACTS_CHAIN = "acts-chain", ActReason.CHAIN.sentence
    ACTS_ORDER = "acts-order", ActReason.ORDER.sentence
    ACTS_OPERATOR = "acts-operator", ActReason.OPERATOR.sentence
    ACTS_NUMBER = "acts-number", ActReason.NUMBER.sentence
    ACTS_VOTERS = "acts-voters", ActReason.VOTERS.sentence


class OfficeListReason(Refusal):
    """A list that two offices sign is refused (`election.missing`, `election.rulings`)."""

    LIST_FORMAT = "list-format", m("The file is damaged, or no list of this kind. Make it again.")
    LIST_VERSION = "list-version", m("The list is of another version. Update this program.")
    LIST_SIGNATURE = (
        "list-signature",
        m("The list is not signed by the two offices that the register names for it."),
    )
    LIST_ELECTION = "list-election", m("The list names another election's number.")
    LIST_ORDER = "list-order", m("An entry of the list occurs twice or is out of order.")
    LIST_DEVICE = (
        "list-device",
        m("The list names a device that is not registered or not expected."),
    )
    LIST_CHANGED = "list-changed", m("An entry of an earlier list is missing or changed. It stays.")


class LotReason(Refusal):
    """The recorded value of a lot is refused, or was not kept to (`election.lots`)."""

    LOT_FORMAT = "lot-format", m("The file is damaged, or no recorded lot. Get a fresh copy.")
    LOT_VERSION = "lot-version", m("The lot is of another version. Update this program.")
    LOT_SIGNATURE = (
        "lot-signature",
        m("The lot is not signed by the two offices that the register names for it."),
    )
    LOT_ELECTION = "lot-election", m("The lot names another election's number.")
    LOT_KIND = "lot-kind", m("It is the other lot: one is for seats, one for decisions.")
    LOT_SOURCE = "lot-source", m("The lot names another public source than the register.")
    LOT_AFTER = (
        "lot-after",
        m("The lot was recorded for another index, or for other provisional ballots."),
    )
    LOT_RESULT = (
        "lot-result",
        m("Seats were drawn with another value than the recorded one, or before it was recorded."),
    )
    LOT_DECISIONS = (
        "lot-decisions",
        m("The decisions name no lot that is published beside the index, or another one."),
    )


class ReportReason(Refusal):
    """The code on a closing report is refused (`election.report_code`)."""

    REPORT_FORMAT = (
        "report-format",
        m("The text is no code of a closing report, or a part of it is missing. Read it again."),
    )
    REPORT_ELECTION = "report-election", m("The report names another election's number.")
    REPORT_DEVICE = "report-device", m("The report is of a device that the register does not name.")
    REPORT_SIGNATURE = (
        "report-signature",
        m("The device did not sign this report: it is forged or was altered."),
    )
    REPORT_DIFFERS = (
        "report-differs",
        m("The published records of the device are not those of its report. Publish this report."),
    )
    REPORT_BOUNDS = (
        "report-bounds",
        m("The missing device had more votes than the list of missing devices says."),
    )


class PublicationReason(Refusal):
    """A publication contradicts the register, an earlier one, or its lists (`headquarters.anchoring`)."""

    INDEX_FINAL = "index-final", m("The index calls itself final, and devices are still pending.")
    INDEX_EARLY = (
        "index-early",
        m("A group of branches was mixed before all of its devices were in."),
    )
    INDEX_PREDECESSOR = (
        "index-predecessor",
        m("The earlier index that it names is not beside it, or its signature does not hold."),
    )
    INDEX_SUBTRACTED = (
        "index-subtracted",
        m(
            "A batch, device or list of the earlier index is missing or changed. What is in stays in."
        ),
    )
    INDEX_BRANCHED = (
        "index-branched",
        m("An index that was published is none of its predecessors: there are two results."),
    )
    INDEX_DOCUMENT = (
        "index-document",
        m("A document beside the index is not listed, is missing, or is another one."),
    )
    MISSING_PRESENT = (
        "missing-present",
        m("A device is called missing, and its records are counted."),
    )
    MISSING_BOUND = (
        "missing-bound",
        m("The votes that a missing device can have had are not those that follow from the rest."),
    )
    EVIDENCE_FORMAT = (
        "evidence-format",
        m("The sums of evidence of a batch are damaged, or not in their order."),
    )
    EVIDENCE_MINIMUM = (
        "evidence-minimum",
        m("Sums of evidence are published of fewer voters than the minimum of a batch."),
    )
    RESULT_DIFFERS = (
        "result-differs",
        m(
            "The result says something else than follows from the archives. Believe what follows, and "
            "tell others."
        ),
    )
    RESULT_NEWER = (
        "result-newer",
        m(
            "The result is of a later version, and nobody compared it here. Verify with the program of "
            "that version."
        ),
    )


class ClaimReason(Refusal):
    """What a station and a registry say to each other is not believed (`election.claims`, `registry`)."""

    CLAIM_FORMAT = "claim-format", m("The message is damaged, or it is another one.")
    CLAIM_SIGNATURE = (
        "claim-signature",
        m("The message was altered, or signed with another key than the registered one."),
    )
    CLAIM_ELECTION = "claim-election", m("The message is of another election.")
    CLAIM_BRANCH = (
        "claim-branch",
        m("The device is of another branch. A spare needs its take-over first."),
    )
    CLAIM_CONTESTS = "claim-contests", m("The message names contests that do not belong there.")
    CLAIM_OTHER = "claim-other", m("The registry answered to another claim.")
    CLAIM_PROOF = (
        "claim-proof",
        m("The registry names a claim that does not show that this person claimed elsewhere."),
    )
    CLAIM_UNKNOWN = "claim-unknown", m("The note is about a claim that the registry does not have.")
    DEVICE_UNKNOWN = (
        "device-unknown",
        m("The certificate is not of an identity station in the register of this election."),
    )
    DEVICE_SUSPENDED = (
        "device-suspended",
        m("Two offices suspended this device. Go on with provisional ballots and call them."),
    )
    BEFORE_OPEN = (
        "before-open",
        m("The registry does not have this station's opening yet. Open the polls with two cards."),
    )
    AFTER_CLOSE = "after-close", m("This station has closed. Nobody is checked in after that.")
    TOO_FAST = (
        "too-fast",
        m("This device asks more often than people can stand in front of it. Wait a moment."),
    )
    TOO_MANY = (
        "too-many",
        m("This device has had its claims of the day. Two offices can allow more."),
    )
    TOO_BUSY = "too-busy", m("The registry has more to do than it can. Ask again in a moment.")


class StatusReason(Refusal):
    """A station's message to the status board is not believed (`election.station_status`)."""

    STATUS_FORMAT = "status-format", m("The message is damaged, or it is another one.")
    STATUS_SIGNATURE = (
        "status-signature",
        m("The message was altered, or signed with another key than the registered one."),
    )
    STATUS_ELECTION = "status-election", m("The message is of another election.")
    STATUS_DEVICE = (
        "status-device",
        m("The message names a device or a branch that the register has no station for."),
    )
    STATUS_NUMBER = (
        "status-number",
        m(
            "Another message had this number already: the station’s key was copied, or its disk is an older "
            "one. Call the branch."
        ),
    )
    STATUS_SUMS = (
        "status-sums",
        m(
            "The sums moved by fewer voters than may be told, or went back. Have the station’s program "
            "and disk checked."
        ),
    )
    STATUS_FAST = "status-fast", m("The station sends more often than every few seconds.")


class Notice(Refusal):
    """Nothing is refused: this was told with its number and breaks no rule."""

    DEVICE_MISSING = (
        "device-missing",
        m("A device is finally missing; so many votes can be lost with it."),
    )
    MISSING_UNBOUNDED = (
        "missing-unbounded",
        m("A device is finally missing, and nothing says how many votes it had."),
    )
    MISSING_RECEIPTS = (
        "missing-receipts",
        m("Receipts of a missing device came back: so many of its votes are provably lost."),
    )
    MISSING_REPORT = (
        "missing-report",
        m("A closing report of a missing device exists: its votes are provably lost."),
    )
    DEVICE_RESCUED = "device-rescued", m("Records of a dead device were rescued.")
    RESCUE_DIFFERS = (
        "rescue-differs",
        m("The rescued records are not those of the last root that the device signed."),
    )
    RESCUE_WITHOUT_ROOT = (
        "rescue-without-root",
        m("Records were rescued, and no root was found that the device signed."),
    )
    SPARE_USED = "spare-used", m("A spare took over from a device of this branch.")
    SPARE_UNWITNESSED = (
        "spare-unwitnessed",
        m("A spare took over, and no other registered device of the branch signed it."),
    )
    SPARE_REVOKED = (
        "spare-revoked",
        m("A spare took over after two offices had revoked it. Its votes stay; ask who had it."),
    )
    CLOSED_TWICE = (
        "closed-twice",
        m("A device closed twice with different content; two offices chose one."),
    )
    CARD_REVOKED = (
        "card-revoked",
        m("A card or device was revoked. Its acts stay, and no vote is taken out."),
    )
    ACTS_SET_BACK = (
        "acts-set-back",
        m("A device had fewer votes or log entries at an act than at the one before."),
    )
    ACTS_TIME = "acts-time", m("An act has a time at which it can hardly have been.")
    ACTS_DIFFER = (
        "acts-differ",
        m("What a device handed in is not what two cards signed at its closing."),
    )
    ACTS_REVOKED = (
        "acts-revoked",
        m("A card or device signed acts after it was revoked. They stay."),
    )
    ACTS_RESERVE = "acts-reserve", m("Reserve operators of the district signed acts of a device.")
    ACTS_LOST = (
        "acts-lost",
        m("Of a rescued device no acts were handed in, or not all that its rescue names."),
    )
    EVIDENCE_DIFFERS = (
        "evidence-differs",
        m(
            "The evidence of a batch's voters is of more or fewer than its stations gave authorizations."
        ),
    )
    AUTHORIZATIONS_UNKNOWN = (
        "authorizations-unknown",
        m("A station of the branch is missing, so its ballots cannot be compared with it."),
    )
    RESULT_MISSING = (
        "result-missing",
        m("No result is published beside the final index. What follows from the archives is told."),
    )
    RESULT_UNREAD = (
        "result-unread",
        m("Other files beside the index state a result. Nobody compared them with the archives."),
    )


class Agreement(Refusal):
    """Nothing is refused: this was compared with the register, and it agrees."""

    RIGHT_NUMBER = (
        "right-number",
        m("The register has the number that was published before the day."),
    )
    RIGHT_REGISTER = "right-register", m("Headquarters signed the register.")
    RIGHT_ELECTION = "right-election", m("It is the registered election.")
    RIGHT_MINIMUM = "right-minimum", m("The minimum of a batch is the registered one.")
    RIGHT_DEFINITION = "right-definition", m("Names, codes and contests are the registered ones.")
    RIGHT_SIGNERS = "right-signers", m("Who signed this is registered.")
    RIGHT_GROUPS = (
        "right-groups",
        m("Every branch is registered, and mixed as the register groups it."),
    )
    RIGHT_DEVICES = "right-devices", m("These devices are registered, each with its certificate.")
    RIGHT_TRUSTEES = "right-trustees", m("The trustees are the registered ones.")
    RIGHT_ACTS = "right-acts", m("Registered cards and devices signed the acts.")
    RIGHT_DAY_ACTS = (
        "right-day-acts",
        m("Two registered cards and the device signed each of these acts, one chain per device."),
    )
    RIGHT_EVIDENCE = (
        "right-evidence",
        m("The sums of evidence are of all whom the stations of the batch gave an authorization."),
    )
    RIGHT_SEATS = "right-seats", m("The rules of seats and lots are the registered ones.")
    RIGHT_LISTS = "right-lists", m("The two registered offices signed the list.")
    RIGHT_LOT = (
        "right-lot",
        m("The two registered offices recorded the lot, after what it separates was fixed."),
    )
    RIGHT_CHAIN = "right-chain", m("Everything that the earlier indexes had is still in.")
    RIGHT_COMPLETE = (
        "right-complete",
        m("Every registered device is in, was rescued, or is finally missing."),
    )
    RIGHT_REPORT = (
        "right-report",
        m("The device signed the report, and the published records are those of it."),
    )


REFUSALS: tuple[type[Refusal], ...] = (
    FileReason,
    EnvelopeReason,
    SignatureReason,
    PackageReason,
    BundleReason,
    ActReason,
    StartReason,
    LogReason,
    EnrolmentReason,
    AuthorizationRefusal,
    DecisionReason,
    RegisterReason,
    DeviceActReason,
    DayActReason,
    OfficeListReason,
    LotReason,
    ReportReason,
    PublicationReason,
    ClaimReason,
    StatusReason,
    Notice,
    Agreement,
)
"""All tables, in the order in which they are published."""
