"""Report an import: bundles, records and numbers, and everything odd about them.

ImportReport ─ AcceptedBundle, RejectedBundle, RefusedRecord, ImportFinding, BranchNumbers
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from election.bundle import ReasonCount
from election.day_sums import DaySum
from election.definition import BranchId, DeviceId, Role
from election.evidence import EvidenceSum, SignerCount
from election.reasons import BundleReason
from election.records import RecordKind
from words.message import Latin, Message, in_context, m, plural
from words.plain import plain_message
from words.speaker import Speaker


class RecordReason(StrEnum):
    """The reasons why a record is not counted."""

    SEAL = "seal"
    """Sealed to another key, or altered."""
    MALFORMED = "malformed"
    BALLOT_SIGNATURE = "ballot-signature"
    BALLOT_PROOF = "ballot-proof"
    DUPLICATE = "duplicate"
    CHALLENGED = "challenged"
    """The same ballot was challenged, so its content is known."""
    HANDLE_TWICE = "handle-twice"
    """Another ballot with the same handle stays, to be decided on."""
    OPENING = "opening"
    """A challenged ballot is not what its opening says: the terminal is faulty."""


class FindingKind(StrEnum):
    """The kinds of findings that people have to look at."""

    MISSING_BUNDLE = "missing-bundle"
    CLOSED_TWICE = "closed-twice"
    """A device closed twice with different content, and no two offices have chosen one."""
    SPENT_TWICE = "spent-twice"
    """One authorization was spent at more than one terminal."""
    NOT_ON_PAPER = "not-on-paper"
    """A station of a branch that votes on paper tells of authorization cards."""
    MORE_THAN_ISSUED = "more-than-issued"
    """A branch has more votes than authorizations its stations issued."""
    NO_STATION = "no-station"
    """A branch has votes, but no bundle of an identity station to compare with."""
    NOT_OFFLINE = "not-offline"
    """A branch that has to be online checked voters in provisionally."""
    MORE_PROVISIONAL = "more-provisional"
    """A branch has more provisional votes than provisional check-ins."""
    HANDLES_MISSING = "handles-missing"
    """A branch has more ordinary votes than ordinary authorizations: a terminal dropped handles; or the list
    that a terminal signed is not that of its ballots."""
    ODD_TIME = "odd-time"
    """An act has a time at which it can hardly have been: a clock was wrong, or the act was."""
    SET_BACK = "set-back"
    """A device says at its closing less than it said before: votes or a log were put back or lost."""
    AFTER_CLOSING = "after-closing"
    """What a device hands over is not what two cards signed at its closing."""
    WENT_ON = "went-on"
    """Two roles went on without something: a device that was not closed, cards, or votes of a terminal."""
    SPENT_UNVOUCHED = "spent-unvouched"
    """Wrong: no station of the branch vouches for an authorization; the terminal invented it."""
    SPENT_UNLISTED = "spent-unlisted"
    """The station that vouches for an authorization does not list it: it was put back."""
    SPENT_RETURNED = "spent-returned"
    """An authorization was spent although a card had come back with it."""
    VOTES_LOST = "votes-lost"
    """A receipt says that a terminal recorded a vote, and it hands none in for it."""
    CARDS_BACK = "cards-back"
    """Headquarters cannot open what cards brought back to a station."""
    OTHER_TRUST = "other-trust"
    """A device opened with other trust in documents than the package's: lists were added, or more."""
    EVIDENCE = "evidence"
    """The sums of a station's evidence do not add up to the authorizations it issued."""
    PAPERS = "papers"
    """A terminal's paper records that count are not as many as its votes, or some have no last word."""
    RESCUED_SPENT = "rescued-spent"
    """A rescue has more spent authorizations than votes: some may be of people who voted elsewhere. Or it has
    fewer: some were left out, and their holders may count twice."""
    RESCUED_OTHERWISE = "rescued-otherwise"
    """What a rescue hands in is not what the terminal signed last."""
    OTHER_BOXES = "other-boxes"
    """The reconciliation office left out a closing or a rescue, or read one that does not count here."""
    VOTER_SUMS = "voter-sums"
    """What a device counted about its voters disagrees with itself, or with what it hands over."""


@dataclass(frozen=True, slots=True)
class AcceptedBundle:
    """A closing bundle that was read; `name` says where it came from."""

    name: str
    device: DeviceId
    role: Role
    branch: BranchId


@dataclass(frozen=True, slots=True)
class RejectedBundle:
    """A closing bundle that was not read, and why."""

    name: str
    reason: BundleReason
    message: Message


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A record that is not counted, by its tracking code, and why."""

    device: DeviceId
    tracking: str
    kind: RecordKind
    reason: RecordReason


@dataclass(frozen=True, slots=True)
class ImportFinding:
    """Something odd about a device or branch, for people to look at."""

    kind: FindingKind
    subject: str
    """A device or a branch."""
    message: Message


@dataclass(frozen=True, slots=True)
class BranchNumbers:
    """The numbers of one branch, summed over its devices."""

    branch: BranchId
    issued: int
    """Authorizations its identity stations wrote."""
    claimed_not_issued: int
    spent: int
    cast: int
    spoiled: int
    provisional_claims: int = 0
    """Voters its stations claimed without the registry's answer."""
    provisional: int = 0
    """Sound provisional ballots."""
    receipted: int = 0
    """Votes for which a receipt came back on a card."""
    on_paper: int = 0
    """Voters who were checked in and got ballot papers, which are counted by hand."""

    @property
    def unused(self) -> int:
        """Authorizations that were issued and never led to a vote."""
        return self.issued - self.spent


@dataclass(frozen=True, slots=True)
class BranchEvidence:
    """With which evidence the voters of a branch were admitted, summed over its stations."""

    branch: BranchId
    sums: tuple[EvidenceSum, ...]
    signers: tuple[SignerCount, ...]


@dataclass(frozen=True, slots=True)
class CountedVoters:
    """What one device counted about its voters: to be compared with its printed closing report."""

    device: DeviceId
    events: tuple[DaySum, ...]
    """By event and reason."""
    refusals: tuple[ReasonCount, ...]
    overrides: tuple[ReasonCount, ...]
    evidence: tuple[EvidenceSum, ...]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The report of an import; no personal data, no votes."""

    accepted: tuple[AcceptedBundle, ...]
    rejected: tuple[RejectedBundle, ...]
    refused: tuple[RefusedRecord, ...]
    findings: tuple[ImportFinding, ...]
    branches: tuple[BranchNumbers, ...]
    ballots: int
    """To be counted."""
    spoiled: int
    """With a correct opening."""
    provisional: int = 0
    """To be decided on; not among `ballots`."""
    evidence: tuple[BranchEvidence, ...] = ()
    """By branch."""
    voters: tuple[CountedVoters, ...] = ()
    """By device."""

    @property
    def sound(self) -> bool:
        """Nothing is odd that nobody has settled."""
        return self.sound_so_far and not self.pending

    @property
    def sound_so_far(self) -> bool:
        """Nothing is odd about what is here; devices may be pending."""
        rejected = any(each.reason not in _SETTLED for each in self.rejected)
        odd = any(finding.kind not in _MAY_COME for finding in self.findings)
        return not (rejected or self.refused or odd)

    @property
    def pending(self) -> frozenset[str]:
        """The devices of which nothing that counts is here yet, and that are not finally missing."""
        return frozenset(
            finding.subject
            for finding in self.findings
            if finding.kind is FindingKind.MISSING_BUNDLE
        )


_SETTLED: Final = frozenset({BundleReason.CONFLICT, BundleReason.FINALLY_MISSING})
"""Two offices have decided about these bundles."""
_MAY_COME: Final = frozenset({FindingKind.MISSING_BUNDLE, FindingKind.NO_STATION})
"""Findings that end when what is pending comes."""
_NUMBERS: Final = (
    *("branch", "issued", "claimed_not_issued", "spent", "cast", "spoiled", "unused"),
    *("provisional_claims", "provisional", "receipted", "on_paper"),
)
"""What the report says of a branch, in this order."""


def report_json(report: ImportReport) -> bytes:
    """Write the report as JSON, for people and scripts; no personal data, no votes."""
    value = {
        "ballots": report.ballots,
        "spoiled": report.spoiled,
        "provisional": report.provisional,
        "sound": report.sound,
        "accepted": [
            {
                "file": bundle.name,
                "device": bundle.device,
                "role": bundle.role,
                "branch": bundle.branch,
            }
            for bundle in report.accepted
        ],
        "rejected": [
            {"file": rejection.name, "reason": rejection.reason, **plain_message(rejection.message)}
            for rejection in report.rejected
        ],
        "refused": [
            {**asdict(refusal), **plain_message(_not_counted(refusal))}
            for refusal in report.refused
        ],
        "findings": [
            {"kind": finding.kind, "subject": finding.subject, **plain_message(finding.message)}
            for finding in report.findings
        ],
        "branches": [
            {name: getattr(branch, name) for name in _NUMBERS} for branch in report.branches
        ],
        "evidence": [
            {
                "branch": branch.branch,
                "sums": [[each.dimension, each.code, each.number] for each in branch.sums],
                "signers": {each.signer.hex(): each.number for each in branch.signers},
            }
            for branch in report.evidence
        ],
        "voters": [
            {
                "device": each.device,
                "events": [[row.event, row.reason, row.number] for row in each.events],
                "refusals": {row.reason: row.number for row in each.refusals},
                "overrides": {row.reason: row.number for row in each.overrides},
                "evidence": [[row.dimension, row.code, row.number] for row in each.evidence],
            }
            for each in report.voters
        ],
    }
    members = (f"{json.dumps(name)}: {_rows(item)}" for name, item in value.items())
    return ("{\n " + ",\n ".join(members) + "\n}\n").encode()


def _rows(item: object) -> str:
    """Write a list with each of its items on a line: thousands of bundles are written at each import."""
    if not isinstance(item, list) or not item:
        return json.dumps(item, ensure_ascii=False)
    rows = (json.dumps(row, ensure_ascii=False) for row in item)
    return "[\n  " + ",\n  ".join(rows) + "\n ]"


def report_lines(report: ImportReport, t: Speaker) -> tuple[str, ...]:
    """Yield one line per odd thing, and per branch that votes on paper: category, place, what."""
    return (
        *(
            f"{rejection.reason}\t{rejection.name}\t{t(rejection.message)}"
            for rejection in report.rejected
        ),
        *(
            f"{refusal.reason}\t{refusal.device}\t{t(_not_counted(refusal))}"
            for refusal in report.refused
        ),
        *(
            f"{finding.kind}\t{finding.subject}\t{t(finding.message)}"
            for finding in report.findings
        ),
        *(
            f"on-paper\t{branch.branch}\t{t(_by_hand(branch.on_paper))}"
            for branch in report.branches
            if branch.on_paper
        ),
    )


def _by_hand(voters: int) -> Message:
    return plural(
        "{count} voter was checked in for ballot papers, which are counted by hand",
        "{count} voters were checked in for ballot papers, which are counted by hand",
        voters,
    )


def next_step(report: ImportReport, set_aside: Path, folder: Path) -> Message:
    """Say what comes after an import into `folder`; what was refused lies in `set_aside`."""
    if not report.sound_so_far:
        return m(
            "Next: settle what is named above; what was refused lies in {place}; then import again",
            place=set_aside,
        )
    if report.pending:
        return plural(
            "Next: import the bundle of {count} device that is pending",
            "Next: import the bundles of {count} devices that are pending",
            len(report.pending),
        )
    if report.provisional:
        return m("Next, the reconciliation office: amin election reconcile")
    if not report.ballots and any(branch.on_paper for branch in report.branches):
        return m(
            "Next: count the ballot papers by hand. amin election tally {folder} signs how many voters were"
            " checked in, and that no other ballot was cast",
            folder=folder,
        )
    return m("Next: amin election tally {folder}, or: amin election batches", folder=folder)


def _not_counted(record: RefusedRecord) -> Message:
    return m(
        "{kind} record {tracking} is not counted",
        kind=_RECORD_KINDS[record.kind],
        tracking=Latin(record.tracking),
    )


_RECORD_KINDS: Final[Mapping[RecordKind, Message]] = {
    RecordKind.CAST: in_context("kind of record", "cast"),
    RecordKind.SPOILED: in_context("kind of record", "spoiled"),
}
