"""Choose what counts of each device: its closing, the one of two that was chosen, or what was rescued.

    one content         however often it was exported, and with whichever signatures: accepted
    two contents        told; none counts until two offices have chosen one (`election.rulings`)
    finally missing     what it hands in afterwards is not counted (`election.missing`)
    rescued             the records of a dead device, if there is no closing of it (`election.rescue`)

Nobody's second closing makes the first one invalid.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from election.bundle import BallotBox, Bundle
from election.definition import BranchId, DeviceId, Election, Role
from election.reasons import BundleReason
from election.records import SignedRoot
from election.rescue import Rescue, RescueFile, VerifiedRescue
from election.schema import to_cbor
from headquarters.import_report import FindingKind, ImportFinding, RejectedBundle
from words.message import Latin, m

_NO_SIGNATURE: Final = bytes(3373)


@dataclass(frozen=True, slots=True)
class SettledDevices:
    """What acts and two offices said about devices; every document was verified."""

    rescues: tuple[tuple[Rescue, RescueFile], ...] = ()
    missing: frozenset[DeviceId] = frozenset()
    chosen: Mapping[DeviceId, bytes] = field(default_factory=dict)
    """The digest of the closing that counts, of devices that closed twice."""
    stationless: frozenset[str] = frozenset()
    """Branches of which a station is finally missing."""


NOTHING_SETTLED: Final = SettledDevices()


@dataclass(frozen=True, slots=True)
class Closing:
    """A verified closing bundle, as far as it has to be known to choose among those of a device."""

    name: str
    """Of the file, for the report."""
    device: DeviceId
    role: Role
    branch: BranchId
    content: bytes
    """`content_digest`"""

    @classmethod
    def of(cls, name: str, bundle: Bundle) -> Closing:
        """Return what has to be known of a verified bundle."""
        content = content_digest(bundle)
        return cls(name, bundle.device, Role(bundle.role), bundle.branch, content)


@dataclass(frozen=True, slots=True)
class CountedClosings:
    """What counts of each device, by device, and what was said about the rest."""

    accepted: tuple[Closing, ...]
    rescued: tuple[tuple[Rescue, RescueFile], ...]
    """Of devices without a closing."""
    rejected: tuple[RejectedBundle, ...]
    findings: tuple[ImportFinding, ...]


def content_digest(bundle: Bundle) -> bytes:
    """Return the SHA-256 of all that a bundle says, without its signatures, which are random."""
    if bundle.box is not None:
        root = replace(bundle.box.root, signature=_NO_SIGNATURE)
        box = replace(bundle.box, root=root, signature=_NO_SIGNATURE)
        bundle = replace(bundle, box=box)
    if bundle.check_ins is not None:
        said = replace(bundle.check_ins, signature=_NO_SIGNATURE, cards_back=b"")
        bundle = replace(bundle, check_ins=said)
    return hashlib.sha256(to_cbor(bundle)).digest()


def choose(closings: Iterable[Closing], settled: SettledDevices) -> CountedClosings:
    """Choose what counts of verified closings; of one content the first name does."""
    by_device: dict[DeviceId, list[Closing]] = defaultdict(list)
    for closing in sorted(closings, key=lambda each: each.name):
        by_device[closing.device].append(closing)
    accepted: list[Closing] = []
    rejected: list[RejectedBundle] = []
    found: list[ImportFinding] = []
    for device, given in sorted(by_device.items()):
        contents = {closing.content: closing for closing in reversed(given)}
        if device in settled.missing:
            reason = BundleReason.FINALLY_MISSING
            rejected += [RejectedBundle(each.name, reason, reason.sentence) for each in given]
        elif len(contents) == 1:
            accepted += contents.values()
        elif (chosen := settled.chosen.get(device)) in contents:
            accepted.append(contents.pop(chosen))
            reason = BundleReason.CONFLICT
            rejected += [
                RejectedBundle(each.name, reason, reason.sentence) for each in contents.values()
            ]
        else:
            words = m(
                "{device} has closed twice with different content; two offices choose one of {names}: "
                "amin election rule",
                device=Latin(device),
                names=Latin(", ".join(sorted(each.name for each in contents.values()))),
            )
            found.append(ImportFinding(FindingKind.CLOSED_TWICE, device, words))
    instead = {closing.device for closing in accepted} | settled.missing
    rescued = tuple(each for each in settled.rescues if each[0].device not in instead)
    found += [one for rescue, file in rescued for one in _odd_rescue(rescue, file)]
    return CountedClosings(tuple(accepted), rescued, tuple(rejected), tuple(found))


def rescue_name(rescue: Rescue) -> str:
    """Return what stands for the name of a file in the report."""
    return f"{rescue.device}.rescue"


def _odd_rescue(rescue: Rescue, file: RescueFile) -> Iterator[ImportFinding]:
    """Yield what two operators and a witness could have put into a rescue, or left out of it.

    Nothing ties a spent authorization to a vote, so only their numbers say that one is foreign or was left
    out. A damaged medium leads to too many, too; never to too few, since a vote is rescued with an
    authorization only (`election.left_behind`).
    """
    foreign = len(file.spent) - rescue.found.cast
    if foreign:
        words = m(
            "{count} authorizations were found spent, and no vote for them: their holders lose other ballots",
            count=foreign,
        )
        if foreign < 0:
            words = m(
                "{count} votes were brought without the authorizations that they spent: whose they are may "
                "count twice, and an honest rescue leaves none out",
                count=-foreign,
            )
        yield ImportFinding(FindingKind.RESCUED_SPENT, rescue.device, words)
    if differing := VerifiedRescue(rescue, ()).difference:
        words = m(
            "what was found differs by {count} from the last root that the terminal signed",
            count=differing,
        )
        yield ImportFinding(FindingKind.RESCUED_OTHERWISE, rescue.device, words)


def as_bundle(rescue: Rescue, file: RescueFile, election: Election) -> Bundle:
    """Return rescued records as what a closing would have handed in; nobody signed its root."""
    found = rescue.found
    device = election.device(rescue.device)
    assert device is not None  # the act was verified by the register
    root = SignedRoot(found.cast, found.spoiled, found.records, found.spent, b"")
    return Bundle(
        election.uuid,
        bytes(32),
        device.id,
        device.role,
        rescue.branch,
        file.acts,
        bytes(32),
        box=BallotBox(file.records, root, file.spent, file.handles),
    )
