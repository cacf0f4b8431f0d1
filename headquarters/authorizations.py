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
from election.bundle import Bundle, CheckIns
from election.cards_back import CardsBack, open_cards_back
from election.definition import BranchId, DeviceId, Election
from election.issuance import receipts_root
from election.voucher import Receipt, is_receipt_valid, voucher_station
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
        self.held: dict[DeviceId, tuple[Receipt, ...] | None] = {}
        """What cards brought back to each station; None if it cannot be opened or was not signed."""

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
            self._open(bundle, said)

    def _open(self, bundle: Bundle, said: CheckIns) -> None:
        back = CardsBack()
        try:
            if said.cards_back:
                back = open_cards_back(
                    said.cards_back,
                    bundle.election,
                    bundle.branch,
                    bundle.device,
                    self._sealing_key,
                )
            root = receipts_root((receipt.spent, receipt.terminal) for receipt in back.receipts)
        except (CryptoError, ValueError):
            root = None
        if root != said.receipts_root:
            self._unreadable.append(bundle.device)
            self.held[bundle.device] = None
            return
        self.held[bundle.device] = back.receipts
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
                FindingKind.CARDS_BACK,
                device,
                m("what cards brought back cannot be opened, or is not what it signed"),
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
