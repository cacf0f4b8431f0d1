"""Check the receipts of a supplement: votes that are proven lost, and how many votes receipts cover.

Wrong: a list of receipts that is not the one a station signed, or a receipt without vote whose signature
is not shown, or one that no station holds. Told with its number: votes proven lost, receipts that a terminal
did not sign, stations whose receipts could not be opened, votes that no receipt covers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

from crypto.errors import DecodeError
from crypto.signing import PublicKey
from election.because import because
from election.definition import DeviceId
from election.issuance import NO_RECEIPTS, receipts_root
from election.register import Register
from election.voucher import is_receipt_of
from headquarters.issuance_check import IssuanceProblem, StationCount
from headquarters.receipts import LOST_FILE, Coverage, held_by, read_lost
from headquarters.verification.report import ArchiveFinding, NoticeReason
from words.message import m, plural


@dataclass(slots=True)
class CheckedReceipts:
    """What the receipts of a supplement come to."""

    problems: list[IssuanceProblem] = field(default_factory=list)
    told: list[ArchiveFinding] = field(default_factory=list)
    coverage: Coverage = Coverage()


def check_receipts(
    folder: Path,
    election: str,
    stations: Sequence[StationCount],
    spent: Mapping[DeviceId, AbstractSet[bytes]],
    keys: Mapping[DeviceId, PublicKey],
) -> CheckedReceipts:
    """Compare the stations' receipts with the spent authorizations, by terminal that is in.

    `election`: its uuid; `keys`: of terminals that are in or finally missing. Raises `OSError`.
    """
    checked = CheckedReceipts()
    checked.problems += _unsigned(stations)
    held = held_by(stations)
    votes = {(terminal, each) for terminal, found in spent.items() for each in found}
    checked.coverage = Coverage(len(held & votes), len(votes))
    try:
        shown = read_lost(folder)
    except DecodeError as error:
        checked.problems.append((LOST_FILE, because(error)))
        return checked
    named = {(lost.terminal, lost.hash) for lost in shown}
    if number := len(named ^ (held - votes)):
        message = plural(
            "{count} receipt without a vote is not shown, or no station holds it",
            "{count} receipts without a vote are not shown, or no station holds them",
            number,
        )
        checked.problems.append((LOST_FILE, message))
    proven = {
        (lost.terminal, lost.hash)
        for lost in shown
        if lost.terminal in keys and is_receipt_of(keys[lost.terminal], election, lost.receipt)
    }
    checked.told += _told(
        Counter(t for t, _ in proven if t in spent), len(named - proven), stations
    )
    return checked


def proven_receipts(folders: Iterable[Path], register: Register) -> Mapping[DeviceId, int]:
    """Count the receipts without a vote that hold, by terminal; the key of each is the registered one."""
    proven: set[tuple[DeviceId, bytes]] = set()
    for folder in folders:
        try:
            shown = read_lost(folder)
        except (OSError, DecodeError):  # said where the receipts are checked
            continue
        for lost in shown:
            device = register.device(lost.terminal)
            if device is not None and is_receipt_of(
                PublicKey(device.key), register.election, lost.receipt
            ):
                proven.add((lost.terminal, lost.hash))
    return Counter(terminal for terminal, _ in proven)


# ---------------------------------------------------------------- parts


def _unsigned(stations: Sequence[StationCount]) -> Iterator[IssuanceProblem]:
    for station in stations:
        if station.receipts is None:
            continue
        try:
            same = station.receipts_root == receipts_root(
                (receipt.hash, receipt.terminal) for receipt in station.receipts
            )
        except ValueError:
            same = False
        if not same:
            yield station.device, m("its receipts are not those that it signed")


def _told(
    lost: Mapping[DeviceId, int], unproven: int, stations: Sequence[StationCount]
) -> Iterator[ArchiveFinding]:
    for terminal, number in sorted(lost.items()):
        message = m("{number} votes are proven lost: there are receipts for them", number=number)
        yield ArchiveFinding(NoticeReason.VOTES_LOST, terminal, message)
    if unproven:
        message = m("{number} receipts that no terminal signed", number=unproven)
        yield ArchiveFinding(NoticeReason.RECEIPT_INVALID, LOST_FILE, message)
    for station in stations:
        if station.receipts is None and station.receipts_root != NO_RECEIPTS:
            message = m("what cards brought back could not be opened")
            yield ArchiveFinding(NoticeReason.RECEIPTS_CLOSED, station.device, message)
