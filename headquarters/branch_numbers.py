"""Add up what the devices of each branch say, and find what does not fit: more votes than authorizations.

Nothing is repaired: a finding names what is odd, people decide.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from election.bundle import BallotBox, Bundle, CheckIns
from election.definition import BranchId, DeviceId, Election
from election.records import handle_hash
from headquarters.closings import NOTHING_SETTLED, SettledDevices
from headquarters.evidence_check import no_answer
from headquarters.import_report import BranchNumbers, FindingKind, ImportFinding
from words.message import Latin, Message, m


def branch_numbers(
    election: Election, bundles: Sequence[Bundle], provisional: Mapping[BranchId, int]
) -> tuple[BranchNumbers, ...]:
    """Sum up over the devices of each branch. `provisional`: sound provisional ballots by branch."""
    stations: dict[BranchId, list[CheckIns]] = defaultdict(list)
    boxes: dict[BranchId, list[BallotBox]] = defaultdict(list)
    for bundle in bundles:
        if bundle.check_ins is not None:
            stations[bundle.branch].append(bundle.check_ins)
        if bundle.box is not None:
            boxes[bundle.branch].append(bundle.box)

    def numbers(branch: BranchId) -> BranchNumbers:
        on_paper = election.is_on_paper(branch)
        granted = sum(x.number for station in stations[branch] for x in station.by_contests)
        return BranchNumbers(
            branch,
            0 if on_paper else granted,
            sum(station.claimed_not_issued for station in stations[branch]),
            sum(len(box.spent) for box in boxes[branch]),
            sum(box.root.cast for box in boxes[branch]),
            sum(box.root.spoiled for box in boxes[branch]),
            sum(len(station.provisional) for station in stations[branch]),
            provisional.get(branch, 0),
            on_paper=granted if on_paper else 0,
        )

    return tuple(map(numbers, sorted({bundle.branch for bundle in bundles})))


def missing_bundles(election: Election, here: Collection[DeviceId]) -> Iterator[ImportFinding]:
    """Yield a finding for every device that is not `here`, which finally missing ones are, too."""
    for device in election.devices:
        if device.id not in here:
            words = m("no usable bundle of {device} is here yet", device=Latin(device.id))
            yield ImportFinding(FindingKind.MISSING_BUNDLE, device.id, words)


def findings(
    election: Election,
    bundles: Sequence[Bundle],
    numbers: Sequence[BranchNumbers],
    settled: SettledDevices = NOTHING_SETTLED,
) -> Iterator[ImportFinding]:
    """Yield authorizations that were spent twice, and what is odd in a branch.

    What two offices have settled is not odd any more: a station that is finally missing.
    """
    for devices, times in sorted(_spent_together(bundles).items()):
        words = m("{count} authorizations were spent at each of these terminals", count=times)
        yield ImportFinding(FindingKind.SPENT_TWICE, " ".join(devices), words)
    stations = {bundle.branch for bundle in bundles if bundle.check_ins is not None}
    yield from _odd_on_paper(election, bundles)
    unanswered, again = no_answer(bundles), _spent_again(bundles)
    for each in (number for number in numbers if number.branch not in settled.stationless):
        branch = election.branch(each.branch)
        offline = branch is not None and branch.offline
        may = offline or each.branch not in unanswered
        for kind, words in _odd(each, may, each.branch in stations, again[each.branch]):
            yield ImportFinding(kind, each.branch, words)


def odd_handles(
    bundles: Sequence[Bundle], opened: Mapping[DeviceId, Sequence[bytes | None]]
) -> Iterator[ImportFinding]:
    """Yield terminals whose signed list of handles is not that of their ballots.

    `opened`: of each cast record that could be opened, its handle, or None of an ordinary one. Whoever
    verifies compares what is left out with these lists, and would find the archive wrong.
    """
    for bundle in bundles:
        if bundle.box is None:
            continue
        found = opened.get(bundle.device, ())
        times = Counter(handle_hash(handle) for handle in found if handle is not None)
        listed = frozenset(bundle.box.handles)
        unread = bundle.box.root.cast - len(found)
        if times.total() > len(times.keys() & listed) or len(listed - times.keys()) > unread:
            words = m("its signed list of handles is not that of its provisional ballots")
            yield ImportFinding(FindingKind.HANDLES_MISSING, bundle.device, words)


def _odd_on_paper(election: Election, bundles: Sequence[Bundle]) -> Iterator[ImportFinding]:
    """Yield stations that tell of cards where voters get ballot papers, or list others than came."""
    for bundle in bundles:
        said = bundle.check_ins
        if said is None or not election.is_on_paper(bundle.branch):
            continue
        cards = len(said.provisional) + said.receipts + said.returned
        listed = len(said.issued) - sum(granted.number for granted in said.by_contests)
        if cards or listed:
            words = m("its branch votes on paper, and it tells of authorization cards")
            yield ImportFinding(FindingKind.NOT_ON_PAPER, bundle.device, words)


def _spent_together(bundles: Sequence[Bundle]) -> Counter[tuple[DeviceId, ...]]:
    """Count the authorizations that were spent at more than one terminal, by these terminals."""
    places: dict[bytes, list[DeviceId]] = defaultdict(list)
    for bundle in bundles:
        if bundle.box is not None:
            for nonce in bundle.box.spent_hashes:
                places[nonce].append(bundle.device)
    return Counter(tuple(sorted(set(at))) for at in places.values() if len(at) > 1)


def _spent_again(bundles: Sequence[Bundle]) -> Counter[BranchId]:
    """Count by branch the spendings beyond the first of their authorization."""
    spent: dict[BranchId, Counter[bytes]] = defaultdict(Counter)
    for bundle in bundles:
        if bundle.box is not None:
            spent[bundle.branch].update(bundle.box.spent_hashes)
    return Counter({branch: found.total() - len(found) for branch, found in spent.items()})


def _odd(
    numbers: BranchNumbers, may_be_provisional: bool, has_station: bool, again: int
) -> Iterator[tuple[FindingKind, Message]]:
    if numbers.provisional_claims and not may_be_provisional:
        yield (
            FindingKind.NOT_OFFLINE,
            m("checked voters in without the registry's answer, which this branch may not"),
        )
    if numbers.provisional > numbers.provisional_claims:
        yield (
            FindingKind.MORE_PROVISIONAL,
            m(
                "{votes} provisional votes, but {claims} provisional check-ins",
                votes=numbers.provisional,
                claims=numbers.provisional_claims,
            ),
        )
    # Claims that were never written on a card may all have been provisional ones.
    issued = numbers.issued - max(0, numbers.provisional_claims - numbers.claimed_not_issued)
    ordinary = numbers.cast - again - numbers.provisional
    if numbers.provisional_claims and ordinary > issued:
        yield (
            FindingKind.HANDLES_MISSING,
            m(
                "{votes} votes without a handle, but only {issued} authorizations without one",
                votes=ordinary,
                issued=issued,
            ),
        )
    spent = numbers.spent
    if spent and not has_station:
        yield (
            FindingKind.NO_STATION,
            m("{spent} votes, and no identity station to compare with", spent=spent),
        )
    elif has_station and spent - again > numbers.issued:
        yield (
            FindingKind.MORE_THAN_ISSUED,
            m(
                "{spent} votes, but {issued} issued authorizations",
                spent=spent,
                issued=numbers.issued,
            ),
        )
