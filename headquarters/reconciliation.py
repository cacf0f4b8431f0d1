"""Decide at the reconciliation office whose provisional ballots count. It sees persons, never ballots.

A folder, made with headquarters' keys, whose parts belong to different people from then on:

    sealing.pub                          into the package: stations seal their check-ins to it
    officer/    sealing.key, signing.key, signing.der     to the reconciliation officer
    observer/   signing.key, signing.der                  to the supervision board's observer

After the day the office gets the bundles of the identity stations and `handles.json` from
headquarters, compares, and hands back `decisions.json` with both signatures. Of the persons it
keeps nothing; headquarters' sealing key, which opens ballots' records, is never here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crypto import certificates
from crypto.errors import CryptoError
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from election.bundle import Bundle, read_bundle
from election.definition import DeviceId, Election, Role
from election.errors import ElectionError
from election.files import PUBLIC, write_new
from election.national_number import is_national_number
from election.provisional import ProvisionalEntry, open_entry
from headquarters.authority import Authority, Validity
from headquarters.decisions import (
    Decision,
    DecisionGround,
    DecisionList,
    DecisionSignature,
    DecisionVerdict,
    Undecided,
    sign,
)
from words.digits import to_latin_digits

PUBLIC_FILE = "sealing.pub"
OFFICER_FOLDER, OBSERVER_FOLDER = "officer", "observer"
MAX_LIST = 256 * 1024 * 1024
"""Bytes of a file of national numbers."""


class ReconciliationError(ElectionError):
    """The office's keys or files cannot be used."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A proposal to be signed, and how many entries nobody could open."""

    statement: DecisionList
    check_ins: int
    """Provisional check-ins of all stations, whether their ballots were cast or not."""
    unreadable: int
    """Entries that are not sealed to this office: a station is faulty."""


def create_office(folder: Path, authority: Authority, name: str, validity: Validity) -> None:
    """Make the office's keys in a new folder. Raises `OSError`, `ReconciliationError`."""
    if folder.exists():
        raise ReconciliationError.of(
            "{folder} is there: the office's keys are made once", folder=folder
        )
    folder.mkdir(parents=True, mode=0o700)
    sealing = SealingKey.generate()
    for place, role in (
        (OFFICER_FOLDER, Role.RECONCILIATION_OFFICER),
        (OBSERVER_FOLDER, Role.OBSERVER),
    ):
        own = folder / place
        own.mkdir(mode=0o700)
        key = HybridKey.generate()
        common = certificates.common_name(name, f": {role}")
        certificate = authority.issue(common, key.public, role, validity)
        write_new(own / "signing.key", key.to_pem())
        write_new(own / "signing.der", certificate, PUBLIC)
    write_new(folder / OFFICER_FOLDER / "sealing.key", sealing.to_pem())
    write_new(folder / PUBLIC_FILE, sealing.public_bytes, PUBLIC)


def public_key(folder: Path) -> bytes:
    """Read the key that stations seal to; empty for an election without such an office."""
    path = folder / PUBLIC_FILE
    return path.read_bytes() if path.exists() else b""


def load_sealing_key(own: Path) -> SealingKey:
    """Load the sealing key from the officer's folder. Raises `ReconciliationError`."""
    try:
        return SealingKey.load(own / "sealing.key")
    except (OSError, CryptoError) as error:
        raise ReconciliationError.of(
            "{folder} holds no sealing.key of the officer", folder=own
        ) from error


def sign_as(own: Path, statement: DecisionList) -> DecisionSignature:
    """Sign with the keys in an officer's or observer's folder. Raises `ElectionError`."""
    try:
        key = HybridKey.load(own / "signing.key")
        return sign(statement, key, (own / "signing.der").read_bytes())
    except (OSError, CryptoError) as error:
        raise ReconciliationError.of(
            "{folder} holds no signing.key with its certificate", folder=own
        ) from error


def read_persons(data: bytes, name: str) -> frozenset[str]:
    """Read a file of national numbers, one a line: of the registry, or of those who may not vote.

    Raises `ReconciliationError` with the line, without the number.
    """
    if len(data) > MAX_LIST:
        raise ReconciliationError.of("{name} is too large", name=name)
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ReconciliationError.of("{name} is no UTF-8 text", name=name) from error
    persons: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if not is_national_number(line.strip()):
            raise ReconciliationError.of(
                "{name}, line {number}: no national number", name=name, number=number
            )
        persons.add(to_latin_digits(line.strip()))
    return frozenset(persons)


def read_stations(
    files: Iterable[bytes],
    election: Election,
    package_digests: Collection[bytes],
    root: bytes,
    now: datetime,
) -> tuple[Bundle, ...]:
    """Read and verify closing bundles, one of each device.

    Raises `BundleError`, `ReconciliationError`.
    """
    found: dict[DeviceId, Bundle] = {}
    for data in files:
        bundle = read_bundle(data, election, root, now)
        if bundle.package_digest not in package_digests:
            raise ReconciliationError.of(
                "{device} worked with another package", device=bundle.device
            )
        if found.setdefault(bundle.device, bundle) != bundle:
            raise ReconciliationError.of(
                "{device} has closed twice with different content", device=bundle.device
            )
    return tuple(found.values())


def open_check_ins(
    bundles: Iterable[Bundle], election: str, key: SealingKey
) -> tuple[tuple[ProvisionalEntry, ...], int]:
    """Open all provisional check-ins of the stations; return them and how many cannot be read."""
    entries: list[ProvisionalEntry] = []
    unreadable = 0
    for bundle in bundles:
        if bundle.check_ins is None:
            continue
        for sealed in bundle.check_ins.provisional:
            try:
                entries.append(open_entry(sealed, election, bundle.branch, bundle.device, key))
            except CryptoError:
                unreadable += 1
    return tuple(entries), unreadable


def reconcile(
    handles: Iterable[bytes],
    entries: Sequence[ProvisionalEntry],
    voted: Collection[str],
    not_eligible: Collection[str] = (),
) -> tuple[Decision, ...]:
    """Decide on every handle of a ballot that was cast; at most one ballot per person counts.

    `voted`: persons of whom the registry knows a ballot. Of several provisional ballots of one
    person the one with the smallest handle counts: handles are random, so nobody chooses it.
    """
    persons: dict[bytes, list[str]] = defaultdict(list)
    for entry in entries:
        persons[entry.handle].append(entry.national_number)
    counted: set[str] = set()
    decisions = []
    for handle in sorted(set(handles)):
        match persons.get(handle, []):
            case []:
                reason = DecisionGround.UNKNOWN_HANDLE
            case [person]:
                reason = _reason(person, voted, not_eligible, counted)
                if reason is DecisionGround.ELIGIBLE:
                    counted.add(person)
            case _:
                reason = DecisionGround.CONTRADICTION
        verdict = (
            DecisionVerdict.INCLUDE
            if reason is DecisionGround.ELIGIBLE
            else DecisionVerdict.EXCLUDE
        )
        decisions.append(Decision(handle, verdict, reason))
    return tuple(decisions)


def propose(
    handles: Iterable[bytes],
    bundles: Iterable[Bundle],
    key: SealingKey,
    *,
    election: str,
    fingerprint: str,
    voted: Collection[str],
    not_eligible: Collection[str] = (),
    undecided: Undecided = Undecided.REFUSE,
) -> Reconciled:
    """Open the stations' check-ins and decide on the handles. Nothing is signed yet."""
    entries, unreadable = open_check_ins(bundles, election, key)
    decisions = reconcile(handles, entries, voted, not_eligible)
    statement = DecisionList(election, fingerprint, decisions, undecided=undecided)
    return Reconciled(statement, len(entries), unreadable)


def _reason(
    person: str, voted: Collection[str], not_eligible: Collection[str], counted: Collection[str]
) -> DecisionGround:
    if person in voted:
        return DecisionGround.ALREADY_VOTED
    if person in not_eligible:
        return DecisionGround.NOT_ELIGIBLE
    return DecisionGround.ANOTHER_PROVISIONAL if person in counted else DecisionGround.ELIGIBLE
