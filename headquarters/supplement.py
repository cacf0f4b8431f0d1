"""Publish and check the evidence that the counted ballots are those the terminals signed.

Beside the archive, in a folder:

    root.der            headquarters' root certificate (compare it with the one published before)
    devices/<id>.der    certificates of the terminals and stations
    boxes.json          per terminal: its signed summary, and its signature of every record
    challenged.json     challenged ballots with seed and answers: anybody can make them again
    stations.json       per identity station: the authorizations it gave (`headquarters.issuance_check`)
    lost.json           receipts for which no vote is there (`headquarters.receipts`)
    spent.json          per terminal: those it spent, and who vouches (`headquarters.authorizations_check`)
    acts.json           per device: who loaded, opened and closed it (`headquarters.day_acts`); judged by the
                        register, not here
    excluded.json       provisional ballots that are not counted (`headquarters.exclusion`), and
    decisions.json      … the decisions about them, signed by two roles; both may be missing
    decryptions.json    the trustees' strong proofs (`headquarters.tally.decryption_proofs`), written while
                        they decrypt, and checked with the archive (`headquarters.verification.strong`)

Every ballot that a terminal signed as cast is counted, or excluded by a signed decision about the
handle it was given with, or was challenged as well; anything else is a failure. No branch has more
of them than its stations gave authorizations.

A record's signature covers kind, digest of the ballot and hash of its sealed form
(`election.records`), so the sealed form is published too; it holds nothing that is not
public here anyway. Spent authorizations are published as hashes, in an order of their own: nothing puts
one together with a ballot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from crypto import merkle
from crypto.casting import open_challenge
from crypto.certificates import MAX_CERTIFICATE_SIZE, verify_chain
from crypto.election import BeleniosElection
from crypto.errors import CryptoError
from election.because import because
from election.definition import BranchId, DeviceId, Role
from election.errors import ElectionError
from election.files import PUBLIC, read_file, replace_file
from election.records import RecordKind, RecordVerifier, StoredRecord
from election.schema import SchemaError, from_json, to_json
from headquarters.authorizations_check import (
    SignedSpending,
    SpentList,
    check_authorizations,
    read_spent,
    spent_again,
    terminals_of_handles,
    write_spent,
)
from headquarters.day_acts import DeviceDay, write_day_acts
from headquarters.decisions import Signed
from headquarters.exclusion import ExcludedBallot, write_excluded
from headquarters.exclusion_check import check_exclusions
from headquarters.importing import DeviceEvidence, SpoiledBallot
from headquarters.issuance_check import (
    StationEvidence,
    check_stations,
    read_certificate,
    write_stations,
)
from headquarters.published_acts import NO_ACTS, PublishedActs
from headquarters.receipts import Coverage, write_lost
from headquarters.supplement_files import (
    BOXES_FILE,
    CHALLENGED_FILE,
    MAX_BOXES,
    ChallengedBallot,
    ChallengedBallots,
    PublishedBox,
    PublishedBoxes,
    answers_of,
    integers_of,
    published_box,
    read_challenged,
)
from headquarters.tally import decryption_proofs
from headquarters.tally.archive_reader import read_archive
from headquarters.verification.report import ArchiveFinding, Findings
from words.message import Latin, m

SUPPLEMENT_FOLDER = decryption_proofs.SUPPLEMENT_FOLDER


class SupplementReason(StrEnum):
    """Categories of what can be wrong with a supplement; the values are reported."""

    UNREADABLE = "supplement-unreadable"
    CERTIFICATE = "supplement-certificate"
    SIGNATURE = "supplement-signature"
    SUMMARY = "supplement-summary"
    """A terminal's signed summary is of other records."""
    COVER = "supplement-cover"
    """A counted ballot that no terminal signed, or that two did."""
    MISSING = "supplement-missing"
    """A ballot that a terminal signed as cast is neither counted nor excluded by a decision."""
    DECISION = "supplement-decision"
    """The decisions are not signed by both roles, or a ballot is excluded without one."""
    CHALLENGE = "supplement-challenge"
    """A challenged ballot is not what its opening gives, or is published without a record, or not."""
    ISSUED = "supplement-issued"
    """More ballots than authorizations in a branch, or numbers that no station signed."""
    AUTHORIZATIONS = "supplement-authorizations"
    """A ballot without a voucher, a provisional one without a decision, or lists that nobody signed."""


_Because = SupplementReason


@dataclass(frozen=True, slots=True)
class CheckedSupplement:
    """Everything that was found in a supplement, and how many votes receipts cover."""

    findings: tuple[ArchiveFinding, ...]
    coverage: Coverage = Coverage()


def write_supplement(
    folder: Path,
    root: bytes,
    evidence: Iterable[DeviceEvidence],
    spoiled: Iterable[SpoiledBallot],
    stations: Iterable[StationEvidence] = (),
    excluded: Sequence[ExcludedBallot] = (),
    decisions: Signed | None = None,
) -> None:
    """Write the folder. Raises `OSError`."""
    devices = folder / "devices"
    devices.mkdir(parents=True, exist_ok=True)
    replace_file(folder / "root.der", root, PUBLIC)
    boxes, spent, stations = [], [], tuple(stations)
    days = []
    for station in sorted(evidence, key=lambda item: item.device):
        replace_file(devices / f"{station.device}.der", station.certificate, PUBLIC)
        boxes.append(published_box(station))
        days.append(DeviceDay(station.device, station.acts))
        spent.append(
            SpentList(
                station.device, station.spent, station.handles, station.handles_signature or None
            )
        )
    challenged = tuple(
        ChallengedBallot(
            ballot.device,
            ballot.ballot.text.decode(),
            ballot.opening.seed,
            tuple(map(integers_of, ballot.opening.answers)),
        )
        for ballot in sorted(spoiled, key=lambda item: item.ballot.digest)
    )
    replace_file(folder / BOXES_FILE, to_json(PublishedBoxes(tuple(boxes))), PUBLIC)
    replace_file(folder / CHALLENGED_FILE, to_json(ChallengedBallots(challenged)), PUBLIC)
    write_spent(folder, spent)
    write_stations(folder, stations)
    write_lost(
        folder, stations, {each.device: frozenset(one.hash for one in each.spent) for each in spent}
    )
    write_day_acts(folder, (*days, *(DeviceDay(each.device, each.acts) for each in stations)))
    write_excluded(folder, excluded, decisions)


def check_supplement(
    folder: Path,
    archive: Path,
    published_root: bytes | None = None,
    acts: PublishedActs = NO_ACTS,
) -> tuple[ArchiveFinding, ...]:
    """Return what `judge_supplement` finds."""
    return judge_supplement(folder, archive, published_root, acts).findings


def judge_supplement(
    folder: Path,
    archive: Path,
    published_root: bytes | None = None,
    acts: PublishedActs = NO_ACTS,
) -> CheckedSupplement:
    """Find everything that does not hold, and with a `NoticeReason` what is told only.

    Certificates are judged at the archive's own time. `acts`: verified by the register; they give spares
    their branch and stand for the roots of rescued boxes.
    """
    read = read_archive(archive)
    election, counted, at = read.election, read.ballots, datetime.fromtimestamp(read.time, UTC)
    root = read_file(folder / "root.der", MAX_CERTIFICATE_SIZE)
    check = _Check(folder, election, at, root, acts)
    if published_root not in (None, check.root):
        check.findings.add(
            _Because.CERTIFICATE, "root.der", m("is not the published root certificate")
        )
    try:
        boxes = from_json(
            PublishedBoxes, read_file(folder / BOXES_FILE, MAX_BOXES), MAX_BOXES
        ).items
        challenged = read_challenged(read_file(folder / CHALLENGED_FILE, MAX_BOXES))
    except SchemaError as error:
        check.findings.add(_Because.UNREADABLE, error.place, error.problem)
        return CheckedSupplement(check.findings.all())
    try:
        lists = read_spent(folder)
    except SchemaError:
        lists = ()  # said where they are checked
    check.boxes(boxes)
    check.ballots(counted, terminals_of_handles(lists))
    again = spent_again(lists, check.branch_of)
    compared = {
        branch: number - again[BranchId(branch)]
        for branch, number in check.by_branch.items()
        if branch not in acts.stationless
    }
    stations = check_stations(folder, check.root, at, election.uuid, compared, acts.branches)
    for entry, problem in stations.strangers:
        check.findings.add(_Because.CERTIFICATE, entry, problem)
    for entry, problem in stations.problems:
        check.findings.add(_Because.ISSUED, entry, problem)
    signed = {box.device: SignedSpending(box.spent_root, box.cast) for box in boxes}
    checked = check_authorizations(folder, check.root, at, election.uuid, signed, acts)
    for entry, problem in checked.problems:
        check.findings.add(_Because.AUTHORIZATIONS, entry, problem)
    for line in checked.told:
        check.findings.add(line.reason, line.entry, line.message)
    check.challenges(challenged)
    return CheckedSupplement(check.findings.all(), checked.coverage)


class _Check:
    """The check of a supplement: the boxes as far as their signatures hold, and what does not fit."""

    def __init__(
        self,
        folder: Path,
        election: BeleniosElection,
        at: datetime,
        root: bytes,
        acts: PublishedActs,
    ) -> None:
        self.folder, self.election, self.at, self.root = folder, election, at, root
        self.acts = acts
        self.findings = Findings()
        self.signed: Counter[str] = Counter()
        """By digest: how many terminals signed it as cast."""
        self.cast: dict[str, bytes] = {}
        """Digest → sealed record."""
        self.by_branch: Counter[str] = Counter()
        """Cast records."""
        self.branch_of: dict[DeviceId, BranchId] = {}
        self.spoiled: set[tuple[str, str]] = set()
        """(device, digest)."""

    def boxes(self, boxes: Sequence[PublishedBox]) -> None:
        for device, times in Counter(box.device for box in boxes).items():
            if times > 1:
                self.findings.add(_Because.SUMMARY, device, m("has more than one signed summary"))
        for box in boxes:
            try:
                certificate = read_certificate(self.folder, box.device)
                holder = verify_chain(certificate, self.root, self.at, {Role.BALLOT_TERMINAL})
                key = RecordVerifier(holder.signing_key, self.election.fingerprint, box.device)
            except (CryptoError, ElectionError) as error:
                self.findings.add(_Because.CERTIFICATE, box.device, because(error))
                continue
            if holder.name != box.device:
                # Nobody knows the device's key: what it signed is not judged by another's.
                self.findings.add(_Because.CERTIFICATE, box.device, m("is another device's"))
                continue
            valid = self.records(box, key)
            own = {
                record.digest.hex(): record.sealed
                for record in valid
                if record.kind is RecordKind.CAST
            }
            self.signed.update(own.keys())
            self.cast |= own
            branch = self.acts.branches.get(box.device, BranchId(holder.branch))
            self.branch_of[box.device] = branch
            self.by_branch[branch] += len(own)
            self.spoiled |= {
                (box.device, record.digest.hex())
                for record in valid
                if record.kind is RecordKind.SPOILED
            }

    def records(self, box: PublishedBox, verifier: RecordVerifier) -> list[StoredRecord]:
        """Check one terminal's signatures; return the records whose signatures hold."""
        counts = Counter(record.kind for record in box.records)
        rescue = self.acts.rescued.get(box.device)
        try:
            if box.signature is not None or rescue is None or rescue.statement.found != box.numbers:
                verifier.verify_root(box.root)
            elif rescue.statement.last is not None:
                # What is told about the difference rests on it: operators may state any root.
                verifier.verify_root(rescue.statement.last)
            same = box.records_root == merkle.root([record.digest for record in box.records])
        except (CryptoError, ValueError):
            same = False
        numbers = counts[RecordKind.CAST], counts[RecordKind.SPOILED]
        if not same or numbers != (box.cast, box.spoiled):
            self.findings.add(
                _Because.SUMMARY, box.device, m("the signed summary is of other records")
            )
        valid: list[StoredRecord] = []
        for record in box.records:
            try:
                verifier.verify_record(record)
                valid.append(record)
            except CryptoError as error:
                self.findings.add(_Because.SIGNATURE, record.digest.hex(), because(error))
        return valid

    def ballots(self, counted: Sequence[str], listed: Mapping[bytes, int]) -> None:
        """Check that cast records are counted, excluded or challenged, and counted ballots are cast.

        `listed`: at how many terminals a handle was recorded, by its hash.
        """
        excluded, problems = check_exclusions(
            self.folder, self.root, self.at, self.election, self.cast, listed
        )
        for entry, problem in problems:
            self.findings.add(_Because.DECISION, entry, problem)
        for digest in sorted(excluded & set(counted)):
            self.findings.add(_Because.DECISION, digest, m("is counted, and listed as excluded"))
        challenged = {digest for _, digest in self.spoiled}
        for digest in sorted(self.cast.keys() - excluded - challenged - set(counted)):
            self.findings.add(
                _Because.MISSING, digest, m("was cast, and is neither counted nor excluded")
            )
        for digest in counted:
            if (times := self.signed[digest]) != 1:
                self.findings.add(
                    _Because.COVER,
                    digest,
                    m("{count} terminals signed this counted ballot", count=times),
                )

    def challenges(self, challenged: Sequence[ChallengedBallot]) -> None:
        """Check that exactly the spoiled records are opened, and each is what its opening gives."""
        opened = {
            (spoiled.device, sha256(spoiled.ballot.encode()).hexdigest()) for spoiled in challenged
        }
        for device, digest in sorted(self.spoiled - opened):
            self.findings.add(
                _Because.CHALLENGE,
                digest,
                m("was challenged at {device}, and is not opened", device=Latin(device)),
            )
        for device, digest in sorted(opened - self.spoiled):
            self.findings.add(
                _Because.CHALLENGE,
                digest,
                m("is opened, and was not challenged at {device}", device=Latin(device)),
            )
        for spoiled in challenged:
            try:
                answers = answers_of(spoiled, self.election)
                text = spoiled.ballot.encode()
                open_challenge(self.election, text, spoiled.seed, answers, len(challenged))
            except CryptoError as error:
                self.findings.add(_Because.CHALLENGE, spoiled.device, because(error))
