"""Find, branch by branch, what terminals spent and no station issued, and votes that receipts prove lost.

Of the comparison (`election.authorization_balance`) one outcome is wrong: spent without a voucher. The
others are told with their number, and nothing is refused for them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from crypto.errors import CryptoError
from crypto.sealing import SealingKey
from election.authorization_balance import Balance, balance
from election.bundle import Bundle
from election.cards_back import open_cards_back
from election.definition import BranchId, DeviceId, Election
from election.voucher import is_receipt_valid, voucher_station
from headquarters.import_report import FindingKind, ImportFinding
from words.message import Message, m


class Authorizations:
    """What the devices of all branches say about authorizations; bundles are added one by one."""

    def __init__(self, election: Election, sealing_key: SealingKey) -> None:
        self._election = election
        self._sealing_key = sealing_key
        self._spent: dict[BranchId, dict[DeviceId, dict[bytes, DeviceId | None]]]
        self._spent = defaultdict(dict)
        self._issued: dict[BranchId, dict[DeviceId, frozenset[bytes]]] = defaultdict(dict)
        self._receipts: dict[BranchId, set[tuple[bytes, DeviceId]]] = defaultdict(set)
        self._returned: dict[BranchId, set[bytes]] = defaultdict(set)
        self._unreadable: list[DeviceId] = []

    def add(self, bundle: Bundle) -> None:
        """Take what one device's bundle says."""
        branch = bundle.branch
        if bundle.box is not None:
            self._spent[branch][bundle.device] = {
                each.hash: voucher_station(self._election, branch, each.hash, each.voucher)
                for each in bundle.box.spent
            }
        if (said := bundle.check_ins) is not None:
            self._issued[branch][bundle.device] = frozenset(said.issued)
            if said.cards_back:
                self._open(bundle, said.cards_back)

    def _open(self, bundle: Bundle, sealed: bytes) -> None:
        try:
            back = open_cards_back(
                sealed, bundle.election, bundle.branch, bundle.device, self._sealing_key
            )
        except CryptoError:
            self._unreadable.append(bundle.device)
            return
        self._receipts[bundle.branch] |= {
            (receipt.spent, receipt.terminal)
            for receipt in back.receipts
            if is_receipt_valid(self._election, bundle.branch, receipt)
        }
        self._returned[bundle.branch] |= set(back.returned)

    def balances(self) -> Mapping[BranchId, Balance]:
        """Compare the lists of every branch."""
        branches = sorted({*self._spent, *self._issued})
        return {
            branch: balance(
                self._spent[branch],
                self._issued[branch],
                self._receipts[branch],
                self._returned[branch],
            )
            for branch in branches
        }

    @property
    def receipts(self) -> Mapping[DeviceId, int]:
        """The number of receipts that the branches' stations hold from each terminal."""
        return Counter(device for receipt in self._receipts.values() for _, device in receipt)

    def findings(self, stationless: Collection[str] = ()) -> Iterable[ImportFinding]:
        """Yield everything that is not as it should be.

        `stationless`: branches whose station is finally missing, so nothing is listed as issued there.
        """
        for device in sorted(self._unreadable):
            yield ImportFinding(
                FindingKind.CARDS_BACK, device, m("what cards brought back cannot be opened")
            )
        for branch, found in self.balances().items():
            for kind, number, message in _told(found):
                settled = kind is FindingKind.SPENT_UNLISTED and branch in stationless
                if number and not settled:
                    yield ImportFinding(kind, branch, message)


def _told(found: Balance) -> Sequence[tuple[FindingKind, int, Message]]:
    return (
        (
            FindingKind.SPENT_UNVOUCHED,
            found.unvouched,
            m("{number} votes whose authorization no station vouches for", number=found.unvouched),
        ),
        (
            FindingKind.SPENT_UNLISTED,
            found.unlisted,
            m(
                "{number} votes whose authorization is vouched for, but not listed as issued",
                number=found.unlisted,
            ),
        ),
        (
            FindingKind.SPENT_RETURNED,
            found.returned,
            m(
                "{number} votes whose authorization had come back on its card",
                number=found.returned,
            ),
        ),
        (
            FindingKind.VOTES_LOST,
            found.lost,
            m("{number} votes are proven lost: there are receipts for them", number=found.lost),
        ),
    )
