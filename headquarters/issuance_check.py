"""Verify that no branch has more ballots than its identity stations gave authorizations.

    stations.json       {"items": [{"device", "issued", "claimed", "provisional", "hashes",
                         "receipts", "receipts_root", "signature"}]}
    devices/<id>.der    certificates of the stations, which name their branches

In the supplement. Each station signs its numbers, and the hashes of the authorizations it issued
(`election.issuance`). The check goes branch by branch, over the cast
records of the terminals whose certificates name it; excluded ballots had authorizations, too. That an
authorization was given to an entitled person is not to be seen here: observers count people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias

from crypto.certificates import MAX_CERTIFICATE_SIZE, verify_chain
from crypto.errors import CryptoError, DecodeError
from election.acts import SignedAct
from election.because import because, reason_of
from election.definition import BranchId, DeviceId, Role
from election.errors import ElectionError
from election.evidence import EvidenceSum
from election.fields import Hash, LongSignature, Number
from election.files import PUBLIC, FileRefusedError, read_file, replace_file
from election.issuance import IssuedCount
from election.schema import from_json, to_json
from election.voucher import Receipt
from words.message import Message, m

STATIONS_FILE: Final = "stations.json"
MAX_STATIONS: Final = 1 << 28
"""Bytes of stations.json: a hash of every authorization."""

IssuanceProblem: TypeAlias = tuple[str, Message]
"""(entry, what is wrong)."""


@dataclass(frozen=True, slots=True)
class StationEvidence:
    """The evidence of how many authorizations a station gave."""

    count: IssuedCount
    certificate: bytes
    signature: bytes
    acts: tuple[SignedAct, ...] = ()
    receipts: tuple[Receipt, ...] | None = ()
    """That cards brought back; None if they could not be opened, or are not those that it signed."""
    admitted: tuple[EvidenceSum, ...] = ()
    """With which evidence it admitted its voters: never published by station."""

    @property
    def device(self) -> DeviceId:
        """The station that signed."""
        return self.count.device


@dataclass(frozen=True, slots=True)
class HeldReceipt:
    """A receipt that a card brought back, without its signature."""

    hash: Hash
    """Of the authorization."""
    terminal: DeviceId


@dataclass(frozen=True, slots=True)
class StationCount:
    """The numbers of one station, as published."""

    device: DeviceId
    issued: Number
    claimed: Number
    """Voters claimed whose card was not confirmed as written."""
    provisional: Number
    hashes: tuple[Hash, ...]
    """Of the nonces of all issued authorizations, sorted."""
    receipts: tuple[HeldReceipt, ...] | None
    """By hash and terminal; None if headquarters could not open them."""
    receipts_root: Hash
    """Of these receipts (`election.issuance.receipts_root`)."""
    signature: LongSignature


@dataclass(frozen=True, slots=True)
class StationCounts:
    """The content of stations.json."""

    items: tuple[StationCount, ...]
    """By device."""


def write_stations(folder: Path, stations: Iterable[StationEvidence]) -> None:
    """Write stations.json, and the stations' certificates into `devices`, which exists.

    Raises `OSError`.
    """
    items = []
    for station in sorted(stations, key=lambda item: item.device):
        replace_file(folder / "devices" / f"{station.device}.der", station.certificate, PUBLIC)
        items.append(
            StationCount(
                station.device,
                station.count.issued,
                station.count.claimed,
                station.count.provisional,
                station.count.hashes,
                _held(station.receipts),
                station.count.receipts,
                station.signature,
            )
        )
    replace_file(folder / STATIONS_FILE, to_json(StationCounts(tuple(items))), PUBLIC)


def _held(receipts: Iterable[Receipt] | None) -> tuple[HeldReceipt, ...] | None:
    if receipts is None:
        return None
    held = {(receipt.spent, receipt.terminal) for receipt in receipts}
    return tuple(HeldReceipt(*each) for each in sorted(held))


def read_certificate(folder: Path, device: DeviceId) -> bytes:
    """Read a device's certificate (DER) from a supplement. Raises `ElectionError`, `OSError`."""
    try:
        return read_file(folder / "devices" / f"{device}.der", MAX_CERTIFICATE_SIZE)
    except FileNotFoundError as error:
        raise ElectionError.of("its certificate is missing") from error
    except FileRefusedError as error:
        raise ElectionError.of("its certificate: {reason}", reason=reason_of(error)) from error


def read_stations(folder: Path) -> tuple[StationCount, ...]:
    """Read stations.json. Raises `SchemaError`, `OSError`."""
    return from_json(
        StationCounts, read_file(folder / STATIONS_FILE, MAX_STATIONS), MAX_STATIONS
    ).items


@dataclass(frozen=True, slots=True)
class CheckedStations:
    """What is wrong with the numbers of stations."""

    problems: tuple[IssuanceProblem, ...] = ()
    strangers: tuple[IssuanceProblem, ...] = ()
    """Certificates that are no station's: nothing that these devices signed is judged."""


def check_stations(
    folder: Path,
    root: bytes,
    at: datetime,
    election: str,
    cast: Mapping[str, int],
    branches: Mapping[DeviceId, BranchId] | None = None,
) -> CheckedStations:
    """Check the stations' signed numbers against the cast records; return what is wrong.

    `election`: its uuid; `cast`: number of records the terminals signed as cast, by branch;
    `branches`: where a spare's act says which branch it serves. Raises `OSError` if the file cannot be read.
    """
    try:
        items = read_stations(folder)
    except DecodeError as error:
        return CheckedStations(((STATIONS_FILE, because(error)),))
    problems: list[IssuanceProblem] = []
    strangers: list[IssuanceProblem] = []
    given: Counter[str] = Counter()
    for device, times in Counter(item.device for item in items).items():
        if times > 1:
            problems.append((device, m("is listed more than once")))
    for entry in {item.device: item for item in items}.values():
        try:
            certificate = read_certificate(folder, entry.device)
            holder = verify_chain(certificate, root, at, {Role.IDENTITY_STATION})
        except (CryptoError, ElectionError) as error:
            strangers.append((entry.device, because(error)))
            continue
        if holder.name != entry.device:
            strangers.append((entry.device, m("is another device's")))
            continue
        try:
            branch = BranchId(holder.branch or (branches or {}).get(entry.device, ""))
            count = IssuedCount(
                election,
                entry.device,
                branch,
                entry.issued,
                entry.claimed,
                entry.provisional,
                entry.hashes,
                entry.receipts_root,
            )
            count.verify(certificate, entry.signature, root, at)
        except (CryptoError, ElectionError, ValueError) as error:
            problems.append((entry.device, because(error)))
        else:
            given[branch] += entry.issued + entry.claimed
    for name, number in sorted(cast.items()):
        if number > given[name]:
            message = m(
                "{ballots} ballots, but {authorizations} authorizations",
                ballots=number,
                authorizations=given[name],
            )
            problems.append((name, message))
    return CheckedStations(tuple(problems), tuple(strangers))
