"""Compare what terminals spent with what stations issued, and with the receipts that came back.

One branch at a time; an authorization is named by the hash of its nonce. Only a spent authorization
without a voucher is *wrong*: the terminal invented it. Everything else is *told* with its number,
because an ordinary mishap leads there, too, and nothing is refused for it:

    unlisted    vouched for, but not in the list of the station that vouched: the station was put back
    twice       spent at two terminals: a card that was copied, or written twice
    lost        a receipt says that a terminal recorded a vote, and it hands none in for it
    returned    spent, although a card had come back with it
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from election.definition import DeviceId


@dataclass(frozen=True, slots=True)
class Balance:
    """The numbers of one branch."""

    spent: int
    """Ballots that spent an authorization."""
    unvouched: int
    unlisted: int
    twice: int
    """Spendings beyond the first of their authorization."""
    covered: int
    """Spendings for which a receipt came back."""
    lost: int
    returned: int

    @property
    def wrong(self) -> bool:
        """An authorization was invented."""
        return self.unvouched > 0


def balance(
    spent: Mapping[DeviceId, Mapping[bytes, DeviceId | None]],
    issued: Mapping[DeviceId, AbstractSet[bytes]],
    receipts: AbstractSet[tuple[bytes, DeviceId]],
    returned: Collection[bytes],
) -> Balance:
    """Compare the lists of one branch.

    `spent`: by terminal, each hash with the station whose voucher stands beside it (None: no station's).
    `issued`: by station that handed in its list. `receipts`: (hash, terminal); those of a terminal
    that handed nothing in are not judged, only counted elsewhere as a bound.
    """
    pairs = {(each, terminal) for terminal, found in spent.items() for each in found}
    times = Counter(each for each, _ in pairs)
    stations = [(each, by) for found in spent.values() for each, by in found.items()]
    judged = {(each, terminal) for each, terminal in receipts if terminal in spent}
    return Balance(
        spent=len(pairs),
        unvouched=sum(by is None for _, by in stations),
        unlisted=sum(by in issued and each not in issued[by] for each, by in stations if by),
        twice=sum(number - 1 for number in times.values()),
        covered=len(pairs & judged),
        lost=len(judged - pairs),
        returned=sum(time in returned for time in times),
    )
