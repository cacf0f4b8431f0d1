"""The reasons why a file or a document is refused: a stable word and a sentence each.

The words are an interface: reports, logs, `--json` and tests name them, so none is renamed.
`docs/spec/reasons.md` is made of these tables by `scripts/reasons_page.py`.
"""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """A reason: its value is the stable word, `sentence` says what is wrong and what to do."""

    sentence: str

    def __new__(cls, word: str, sentence: str = "") -> Refusal:
        """Make a member of a word and its sentence."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.sentence = sentence
        return member


class FileReason(Refusal):
    """A file is not read (`election.files`)."""

    NOT_A_FILE = "not-a-file", "It is a link, folder, pipe or device, not a regular file."
    TOO_LARGE = "too-large", "It is larger than a file of this kind can be."
    VANISHED = (
        "vanished",
        "It was changed or taken away while it was read. Put the medium in again and repeat.",
    )


class EnvelopeReason(Refusal):
    """A file is no signed envelope of the kind that is expected (`election.envelope`)."""

    FORMAT = "format", "The file is damaged, or it is another document."
    VERSION = "version", "The document is of another version. Update this program."
    TOO_LARGE = "too-large", "The file is larger than a document of this kind can be."


class SignatureReason(Refusal):
    """The signatures of a document do not hold (`election.signed`)."""

    SIGNERS = "signers", "It does not have exactly the signatures that it needs."
    CERTIFICATE = "certificate", "A signer's certificate cannot be read."
    ISSUER = "issuer", "A signer's certificate is not of this election's headquarters."
    CERTIFICATE_SIGNATURE = (
        "certificate-signature",
        "Headquarters did not sign a signer's certificate with both of its keys.",
    )
    NOT_YET_VALID = (
        "not-yet-valid",
        "A signer's certificate is not valid yet. Check the clock of this device.",
    )
    EXPIRED = (
        "expired",
        "A signer's certificate has expired. Check the clock, or ask headquarters for a new one.",
    )
    KEY_USAGE = "key-usage", "A signer's certificate is not for signing with a pair of keys."
    ROLE = "role", "A signer's certificate names a role that does not sign this."
    BRANCH = "branch", "A signer's certificate is for another branch."
    SIGNATURE = "signature", "The document was altered, or signed with another key."
    SAME_KEY = "same-key", "Two roles signed with the same key."


class PackageReason(Refusal):
    """An election package is refused (`election.package`)."""

    MISSING = "missing", "There is no election package on the USB drive. Put in the right one."
    REPLACED = (
        "replaced",
        "The installed package is not the one that was loaded. Load it again.",
    )
    FORMAT = (
        "format",
        "The file is damaged, or no election package. Get a fresh copy from headquarters.",
    )
    VERSION = "version", "The package is of another version. Update this device."
    UNTRUSTED_SIGNER = (
        "untrusted-signer",
        "The package is not signed by this election's headquarters. Hand it to headquarters.",
    )
    EXPIRED_CERTIFICATE = (
        "expired-certificate",
        "A certificate of the package has expired. Get a new package.",
    )
    NOT_YET_VALID = (
        "not-yet-valid",
        "A certificate of the package is not valid yet. Check the clock of this device.",
    )
    SIGNATURE = (
        "signature",
        "The package was altered. Get a fresh copy from headquarters.",
    )
    WRONG_ELECTION = "wrong-election", "The package is for another election."
    MANIFEST = "manifest", "The definition of the election contradicts itself."
    WRONG_BRANCH = "wrong-branch", "The package or this device is for another branch."
    NOT_ENROLLED = (
        "not-enrolled",
        "This device, or another of its branch, is not rightly on the enrolment list.",
    )
    WRONG_KEY = "wrong-key", "The package names another key for this device. Call headquarters."
    CLOCK = "clock", "The clock does not fit the day of the election. Set it and load again."
    REAL_ELECTION = (
        "real-election",
        "Simulators are installed on this device: it takes rehearsals only. Use one without them.",
    )
    REHEARSAL = (
        "rehearsal",
        "The package is a rehearsal, and this device is ready for the day. Put in the real one.",
    )
    REHEARSAL_LOADED = (
        "rehearsal-loaded",
        "The loaded package is a rehearsal. Load the election's package first.",
    )
    SIMULATORS = (
        "simulators",
        "Simulators are installed on this device: it cannot be made ready for the day.",
    )
    EARLY = "early", "The polls may not open yet. Wait for their hour, or set the clock."


class BundleReason(Refusal):
    """A closing bundle is refused (`election.bundle`, `headquarters.importing`)."""

    FORMAT = "format", "The file is damaged, or no closing bundle. Fetch it from the device again."
    VERSION = "version", "The bundle is of another version. Update this program."
    NOT_ENROLLED = (
        "not-enrolled",
        "No device with this certificate, name, role and branch is on the enrolment list.",
    )
    CERTIFICATE = "certificate", "The device's certificate does not hold."
    SIGNATURE = "signature", "The bundle was altered. Fetch it from the device again."
    WRONG_ELECTION = "wrong-election", "The bundle is of another election."
    NOT_CLOSED = "not-closed", "The polls of the device were not closed by two roles. Close them."
    RECORD = "record", "A record is not one that the device signed, or is not in its order."
    ROOT = "root", "Records or spent authorizations are missing or too many."
    NUMBERS = "numbers", "The numbers of the device contradict each other."
    OTHER_PACKAGE = "other-package", "The device worked with another package than was sent out."
    CONFLICT = "conflict", "The device has closed twice with different content."


class EnrolmentReason(Refusal):
    """A request to be enrolled is refused (`election.enrolment`)."""

    TOO_LARGE = "too-large", "The file is too large for an enrolment request."
    FORMAT = "format", "The file is no enrolment request. Make it again on the device."
    SIGNATURE = (
        "signature",
        "The request was altered or made with another key. Make it again on the device.",
    )
    KEY = "key", "The sealing key of the request is none. Make it again on the device."


class AuthorizationRefusal(Refusal):
    """The authorization on a voter's card is refused (`election.token`)."""

    NO_TOKEN = "no-token", "The card is an authorization card, but nothing is written on it."
    MALFORMED = "malformed", "What is written on the card is no authorization."
    WRONG_ELECTION = "wrong-election", "The authorization is for another election."
    WRONG_BRANCH = "wrong-branch", "The authorization is for another branch."
    UNKNOWN_STATION = "unknown-station", "No identity station of this branch has this name."
    BAD_SIGNATURE = "bad-signature", "The identity station did not sign the authorization."
    EXPIRED = "expired", "The authorization has expired. Get a new one at the identity station."
    SPENT = "spent", "The vote is recorded; there is never a second ballot."
    UNKNOWN_STYLE = "unknown-style", "The ballot style has not the contests that are allowed."


class DecisionReason(Refusal):
    """Decisions about provisional ballots are refused (`headquarters.decisions`, `.exclusion`)."""

    FORMAT = "format", "The file is damaged, or of another kind."
    ELECTION = "election", "The file is of another election."
    HANDLE = "handle", "A handle is none, occurs twice, is out of order, or has no fitting reason."
    SIGNATURE = "signature", "The signatures of the two roles are missing or do not hold."
    CHANGED = "changed", "A decision differs from an earlier file. What is decided stays."
    UNKNOWN = "unknown", "A handle belongs to no ballot that was cast."
    UNDECIDED = "undecided", "A provisional ballot is not decided on. Reconcile first."


REFUSALS: tuple[type[Refusal], ...] = (
    FileReason,
    EnvelopeReason,
    SignatureReason,
    PackageReason,
    BundleReason,
    EnrolmentReason,
    AuthorizationRefusal,
    DecisionReason,
)
"""All tables, in the order in which they are published."""
