"""Choose what counts of each device: its closing, the one of two that was chosen, or what was rescued.

    one content         however often it was exported, and with whichever signatures: accepted
    two contents        told; none counts until two offices have chosen one (`election.rulings`)
    finally missing     what it hands in afterwards is not counted (`election.missing`)
    rescued             the records of a dead device, if there is no closing of it (`election.rescue`)

Nobody's second closing makes the first one invalid.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from election.bundle import BallotBox, Bundle
from election.definition import DeviceId, Election
from election.reasons import BundleReason
from election.records import SignedRoot
from election.rescue import Rescue, RescueFile
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
class CountedBundles:
    """What counts of each device, by device, and what was said about the rest."""

    accepted: tuple[tuple[str, Bundle], ...]
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


def choose(
    by_device: Mapping[DeviceId, Sequence[tuple[str, Bundle]]],
    election: Election,
    settled: SettledDevices,
) -> CountedBundles:
    """Choose what counts; `by_device`: verified bundles, each with its name."""
    accepted: list[tuple[str, Bundle]] = []
    rejected: list[RejectedBundle] = []
    found: list[ImportFinding] = []
    for device, bundles in sorted(by_device.items()):
        contents = {content_digest(bundle): (name, bundle) for name, bundle in reversed(bundles)}
        if device in settled.missing:
            reason = BundleReason.FINALLY_MISSING
            rejected += [RejectedBundle(name, reason, reason.sentence) for name, _ in bundles]
        elif len(contents) == 1:
            accepted += contents.values()
        elif (chosen := settled.chosen.get(device)) in contents:
            accepted.append(contents.pop(chosen))
            reason = BundleReason.CONFLICT
            rejected += [
                RejectedBundle(name, reason, reason.sentence) for name, _ in contents.values()
            ]
        else:
            words = m(
                "{device} has closed twice with different content; two offices choose one of {names}: "
                "amin election rule",
                device=Latin(device),
                names=Latin(", ".join(sorted(name for name, _ in contents.values()))),
            )
            found.append(ImportFinding(FindingKind.CLOSED_TWICE, device, words))
    closed = {bundle.device for _, bundle in accepted}
    for rescue, file in settled.rescues:
        if rescue.device not in closed | settled.missing:
            accepted.append((f"{rescue.device}.rescue", _as_bundle(rescue, file, election)))
    return CountedBundles(tuple(accepted), tuple(rejected), tuple(found))


def _as_bundle(rescue: Rescue, file: RescueFile, election: Election) -> Bundle:
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
