"""Verify that every ballot spent an authorization that a station of its branch issued.

    spent.json        per terminal: spent authorizations with their vouchers, handles, their signature
    stations.json     per station: the hashes of all it issued (`headquarters.issuance_check`)
    decisions.json    each of the handles has a decision

Wrong: a list that is not the one a terminal signed, a voucher that no station of the branch signed, more
handles than provisional authorizations, a handle without a decision. Told, with its number: vouched for but
not listed as issued, and spent twice; ordinary mishaps lead there, too (`election.authorization_balance`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from crypto import merkle
from crypto.certificates import Subject, verify_chain
from crypto.errors import CryptoError
from crypto.signing import PublicKey
from election.authorization_balance import balance
from election.because import because
from election.definition import BranchId, DeviceId, Role
from election.errors import ElectionError
from election.fields import Hash, LongSignature
from election.files import PUBLIC, read_file, replace_file
from election.issuance import RecordedHandles
from election.records import SpentAuthorization, handle_hash
from election.schema import SchemaError, from_json, to_json
from election.voucher import is_voucher_valid
from headquarters.decisions import MAX_SIZE, DecisionError, Undecided, read_decisions
from headquarters.exclusion import DECISIONS_FILE
from headquarters.issuance_check import (
    IssuanceProblem,
    StationCount,
    read_certificate,
    read_stations,
)
from headquarters.published_acts import NO_ACTS, PublishedActs
from headquarters.receipts import Coverage
from headquarters.receipts_check import check_receipts
from headquarters.verification.report import ArchiveFinding, NoticeReason
from words.message import m

SPENT_FILE: Final = "spent.json"
_MAX_SPENT: Final = 1 << 28


@dataclass(frozen=True, slots=True)
class SpentList:
    """The authorizations that one terminal spent, and the handles it recorded, as published."""

    device: DeviceId
    spent: tuple[SpentAuthorization, ...]
    """By hash."""
    handles: tuple[Hash, ...]
    """Sorted."""
    signature: LongSignature | None
    """Of the handles (`election.issuance.RecordedHandles`); the spent ones are under the signed root.
    None where a rescue stands for it (`election.rescue`)."""


@dataclass(frozen=True, slots=True)
class SpentLists:
    """The content of spent.json."""

    items: tuple[SpentList, ...]
    """By device."""


@dataclass(slots=True)
class _Branch:
    stations: dict[DeviceId, PublicKey] = field(default_factory=dict)
    issued: dict[DeviceId, frozenset[bytes]] = field(default_factory=dict)
    provisional: int = 0
    ordinary: int = 0
    """Authorizations of its stations that were not provisional, at most."""
    spent: dict[DeviceId, dict[bytes, DeviceId | None]] = field(default_factory=dict)
    handles: set[bytes] = field(default_factory=set)

    def hidden(self) -> int:
        """Return how many votes were provisional, by what stations issued, and have no handle."""
        if not self.provisional:
            return 0
        listed = frozenset[bytes]().union(*self.issued.values())
        spent = {each for found in self.spent.values() for each in found}
        return max(0, len(spent & listed) - len(self.handles) - self.ordinary)


@dataclass(frozen=True, slots=True)
class CheckedAuthorizations:
    """What the lists of a supplement come to."""

    problems: tuple[IssuanceProblem, ...] = ()
    told: tuple[ArchiveFinding, ...] = ()
    coverage: Coverage = Coverage()


def write_spent(folder: Path, lists: Iterable[SpentList]) -> None:
    """Write spent.json. Raises `OSError`."""
    ordered = tuple(sorted(lists, key=lambda each: each.device))
    replace_file(folder / SPENT_FILE, to_json(SpentLists(ordered)), PUBLIC)


@dataclass(frozen=True, slots=True)
class SignedSpending:
    """What a terminal's summary says of the authorizations it spent."""

    root: bytes
    """Of their hashes."""
    cast: int
    """Ballots, each by an authorization of its own."""


def read_spent(folder: Path) -> tuple[SpentList, ...]:
    """Read spent.json. Raises `SchemaError`, `OSError`."""
    return from_json(SpentLists, read_file(folder / SPENT_FILE, _MAX_SPENT), _MAX_SPENT).items


def terminals_of_handles(lists: Iterable[SpentList]) -> Counter[bytes]:
    """Count at how many terminals every handle was recorded, by its hash."""
    return Counter(handle for each in lists for handle in set(each.handles))


def spent_again(
    lists: Iterable[SpentList], branch_of: Mapping[DeviceId, BranchId]
) -> Counter[BranchId]:
    """Count by branch the spendings beyond the first of their authorization: cards at two terminals."""
    found: dict[BranchId, Counter[bytes]] = defaultdict(Counter)
    for each in lists:
        if (branch := branch_of.get(each.device)) is not None:
            found[branch].update({one.hash for one in each.spent})
    return Counter({branch: times.total() - len(times) for branch, times in found.items()})


def check_authorizations(
    folder: Path,
    root: bytes,
    at: datetime,
    election: str,
    summaries: Mapping[DeviceId, SignedSpending],
    acts: PublishedActs = NO_ACTS,
) -> CheckedAuthorizations:
    """Check the lists of a supplement: what is wrong, and what is told.

    `election`: its uuid; `summaries`: what each terminal signed; `acts`: spares have their branch from
    there, rescues stand for a signature, and a missing station's key is the registered one.
    Raises `OSError`.
    """
    try:
        items = read_spent(folder)
    except SchemaError as error:
        return CheckedAuthorizations(((SPENT_FILE, because(error)),))
    try:
        stations = read_stations(folder)
    except SchemaError:
        return CheckedAuthorizations()  # said where the numbers are checked
    check = _Check(folder, root, at, election, acts)
    for station in stations:
        check.station(station)
    check.listed(items, summaries)
    receipts = check_receipts(folder, election, stations, check.spent(), check.terminals)
    return CheckedAuthorizations(
        (*check.problems, *receipts.problems),
        (*check.told(), *receipts.told),
        receipts.coverage,
    )


class _Check:
    def __init__(
        self, folder: Path, root: bytes, at: datetime, election: str, acts: PublishedActs
    ) -> None:
        self._folder, self._root, self._at, self._election = folder, root, at, election
        self._acts = acts
        self._branches: dict[BranchId, _Branch] = defaultdict(_Branch)
        for device, key in acts.missing_stations.items():
            self._branches[acts.branches[device]].stations[device] = PublicKey(key)
        self.problems: list[IssuanceProblem] = []
        self.terminals = {device: PublicKey(key) for device, key in acts.missing_terminals.items()}
        """The keys of terminals that are in or finally missing."""
        self._unjudged: dict[DeviceId, frozenset[bytes]] = {}
        """What terminals list whose certificate does not hold: receipts are compared with it all the same."""

    def spent(self) -> Mapping[DeviceId, frozenset[bytes]]:
        """Return the hashes that each terminal spent."""
        judged = {
            device: frozenset(found)
            for branch in self._branches.values()
            for device, found in branch.spent.items()
        }
        return {**self._unjudged, **judged}

    def station(self, count: StationCount) -> None:
        """Take a station's list; whether it signed it is checked with its numbers."""
        try:
            certificate = read_certificate(self._folder, count.device)
            holder = verify_chain(certificate, self._root, self._at, {Role.IDENTITY_STATION})
        except (CryptoError, ElectionError):
            return
        if holder.name != count.device:
            return
        branch = self._branches[self._place(count.device, holder)]
        branch.stations[count.device] = holder.signing_key.classical
        branch.issued[count.device] = frozenset(count.hashes)
        branch.provisional += count.provisional
        # Claims that were never written on a card may all have been provisional ones.
        written = len(set(count.hashes)) - max(0, count.provisional - count.claimed)
        branch.ordinary += min(count.issued + count.claimed - count.provisional, written)

    def listed(
        self, items: Sequence[SpentList], summaries: Mapping[DeviceId, SignedSpending]
    ) -> None:
        """Check the list of every terminal, and the handles of every branch."""
        devices = Counter(item.device for item in items)
        for device in sorted(devices.keys() | summaries.keys()):
            if devices[device] != 1 or device not in summaries:
                self.problems.append((device, m("has not one list of spent authorizations")))
        for item in items:
            if item.device in summaries:
                self._terminal(item, summaries[item.device])
        for name, branch in sorted(self._branches.items()):
            if len(branch.handles) > branch.provisional and name not in self._acts.stationless:
                message = m(
                    "{votes} provisional votes, but {claims} provisional check-ins",
                    votes=len(branch.handles),
                    claims=branch.provisional,
                )
                self.problems.append((name, message))
            if waiting := self._waiting(branch.handles):
                message = m("{number} provisional votes that nobody decided on", number=waiting)
                self.problems.append((name, message))

    def _terminal(self, each: SpentList, summary: SignedSpending) -> None:
        self._unjudged[each.device] = frozenset(one.hash for one in each.spent)
        try:
            certificate = read_certificate(self._folder, each.device)
            holder = verify_chain(certificate, self._root, self._at, {Role.BALLOT_TERMINAL})
        except (CryptoError, ElectionError):
            return  # said where its box is checked
        if holder.name != each.device:
            return
        try:
            name = self._place(each.device, holder)
            rescue = self._acts.rescued.get(each.device)
            if each.signature is not None or rescue is None:
                handles = RecordedHandles(self._election, each.device, name, each.handles)
                handles.verify(certificate, each.signature or b"", self._root, self._at)
            elif merkle.root(each.handles) != rescue.statement.handles:
                raise ElectionError(m("its handles are not those of its rescue"))
            same = merkle.root([one.hash for one in each.spent]) == summary.root
        except (CryptoError, ElectionError, ValueError) as error:
            self.problems.append((each.device, because(error)))
            return
        if not same:
            message = m("the spent authorizations are not those under the signed summary")
            self.problems.append((each.device, message))
        # What a medium lost of a dead device is told with its rescue.
        if len(each.spent) != summary.cast and rescue is None:
            message = m(
                "{votes} votes, but {spent} spent authorizations",
                votes=summary.cast,
                spent=len(each.spent),
            )
            self.problems.append((each.device, message))
        self.terminals[each.device] = holder.signing_key.classical
        branch = self._branches[name]
        branch.handles |= set(each.handles)
        branch.spent[each.device] = {
            one.hash: self._voucher_of(branch, name, one) for one in each.spent
        }
        unvouched = sum(by is None for by in branch.spent[each.device].values())
        if unvouched:
            message = m(
                "{number} votes whose authorization no station vouches for", number=unvouched
            )
            self.problems.append((each.device, message))

    def _place(self, device: DeviceId, holder: Subject) -> BranchId:
        """Return the branch of a device: a spare's certificate names none."""
        return self._acts.branches.get(device, BranchId(holder.branch))

    def _voucher_of(
        self, branch: _Branch, name: BranchId, spent: SpentAuthorization
    ) -> DeviceId | None:
        for device, key in branch.stations.items():
            if is_voucher_valid(key, self._election, name, spent.hash, spent.voucher):
                return device
        return None

    def _waiting(self, handles: AbstractSet[bytes]) -> int:
        """Count the handles that nobody decided on; the decisions' signatures are checked elsewhere."""
        path = self._folder / DECISIONS_FILE
        if not path.exists():
            return len(handles)
        try:
            statement = read_decisions(read_file(path, MAX_SIZE)).statement
        except DecisionError:
            return len(handles)
        if statement.undecided is not Undecided.REFUSE:
            return 0
        return len(handles - {handle_hash(decision.handle) for decision in statement.decisions})

    def told(self) -> Iterator[ArchiveFinding]:
        """Yield what breaks no rule, with its number."""
        for name, branch in sorted(self._branches.items()):
            found = balance(branch.spent, branch.issued, frozenset(), frozenset())
            hidden = 0 if name in self._acts.stationless else branch.hidden()
            for reason, number, message in (
                (
                    NoticeReason.HANDLES_MISSING,
                    hidden,
                    m(
                        "{number} votes without a handle more than ordinary authorizations",
                        number=hidden,
                    ),
                ),
                (
                    NoticeReason.UNLISTED,
                    found.unlisted,
                    m(
                        "{number} votes whose authorization is vouched for, but not listed as issued",
                        number=found.unlisted,
                    ),
                ),
                (
                    NoticeReason.SPENT_TWICE,
                    found.twice,
                    m("{number} votes whose authorization was spent before", number=found.twice),
                ),
            ):
                if number:
                    yield ArchiveFinding(reason, name, message)
