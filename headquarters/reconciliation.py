"""Decide at the reconciliation office whose provisional ballots count. It sees persons, never ballots.

The officer and the supervision board's observer each have a folder with keys of their own
(`headquarters.offices`). After the day the office gets the bundles of the identity stations and
`handles.json` from headquarters, compares, and hands back `decisions.json` with both signatures. Of the
persons it keeps nothing; headquarters' sealing key, which opens ballots' records, is never here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from crypto.errors import CryptoError
from crypto.sealing import SealingKey
from election.bundle import Bundle
from election.definition import BranchId, DeviceId, EnrolledDevice
from election.errors import ElectionError
from election.lots import rank
from election.national_number import is_national_number
from election.provisional import ORDINARY, Proof, ProvisionalEntry, open_entry
from election.registry_export import ExportedClaim
from headquarters.decisions import (
    Decision,
    DecisionGround,
    DecisionList,
    DecisionVerdict,
    Undecided,
)
from headquarters.export_check import ExportCheck, check_export
from headquarters.night import NO_RESCUES, People, spent_in, unread_terminals, used_ordinary
from headquarters.read_boxes import boxes_of
from words.digits import to_latin_digits
from words.message import Latin, Message, m

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
    ordinary: int = 0
    """Check-ins that a registry answered."""
    twice: int = 0
    """Persons with more than one ordinary ballot: nobody can take those out any more."""
    export: ExportCheck = ExportCheck()
    """What the registry's export says besides the books."""
    unread: tuple[DeviceId, ...] = ()
    """Terminals that were not given, where others were: who voted there is not known."""
    closed: tuple[DeviceId, ...] = ()
    """Devices whose rescue was left out, because their closing was given, too."""

    def lines(self) -> Iterator[Message]:
        """Tell what the offices have to look at before they sign."""
        if self.unreadable:
            yield m(
                "{unreadable} check-ins are not sealed to this office: a station is faulty",
                unreadable=self.unreadable,
            )
        if self.twice:
            yield m(
                "{count} persons have two ordinary ballots, which cannot be taken out: tell both offices",
                count=self.twice,
            )
        if self.unread:
            yield m(
                "{count} terminals are not among the files, such as {device}: who voted there and has a "
                "provisional ballot, too, counts twice. Give their bundles or rescues",
                count=len(self.unread),
                device=Latin(self.unread[0]),
            )
        if self.closed:
            yield m(
                "{count} rescues are of devices whose closing is here, too, such as {device}: as at "
                "headquarters the closing counts, and what was rescued is left out",
                count=len(self.closed),
                device=Latin(self.closed[0]),
            )
        yield from self.export.lines()


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


def open_books(
    bundles: Iterable[Bundle], election: str, key: SealingKey
) -> tuple[dict[DeviceId, list[ProvisionalEntry]], int]:
    """Open the sealed check-ins of every station; return them and how many cannot be read."""
    books: dict[DeviceId, list[ProvisionalEntry]] = {}
    unreadable = 0
    for bundle in bundles:
        if bundle.check_ins is None:
            continue
        book = books.setdefault(bundle.device, [])
        for sealed in (*bundle.check_ins.provisional, *bundle.check_ins.claims):
            try:
                book.append(open_entry(sealed, election, bundle.branch, bundle.device, key))
            except CryptoError:
                unreadable += 1
    return books, unreadable


def reconcile(
    handles: Iterable[bytes],
    entries: Sequence[ProvisionalEntry],
    voted: Collection[str],
    not_eligible: Collection[str] = (),
    lot: str | None = None,
    spent: AbstractSet[bytes] | None = None,
    claimed: Collection[bytes] = (),
) -> tuple[Decision, ...]:
    """Decide on every handle of a ballot that was cast; at most one ballot per person counts.

    `voted`: numbers of persons with an ordinary ballot, which counts before any provisional one; so do those
    of the stations' own books that were used, by `spent` (`headquarters.night`), and pseudonyms with a claim
    whose book is lost, `claimed` (`headquarters.export_check`). Of
    several provisional ballots of one person one that a chip has proven counts before one of a checked
    document; among equals the lot chooses (`election.lots.rank`); `lot`: its recorded value. Raises
    `ReconciliationError` where it is needed and missing.
    """
    cast = frozenset(handles)
    persons: dict[bytes, list[ProvisionalEntry]] = defaultdict(list)
    for entry in entries:
        persons[entry.handle].append(entry)
    people = People(entries)
    voted = {*map(people.named, voted), *used_ordinary(entries, people, spent, cast).used}
    voted |= {reference.hex() for reference in claimed}
    not_eligible = {*map(people.named, not_eligible)}
    proven: dict[str, dict[Proof, list[bytes]]] = defaultdict(lambda: defaultdict(list))
    for handle in sorted(cast):
        if len(persons[handle]) == 1:
            (entry,) = persons[handle]
            proven[people.who(entry)][entry.proof].append(handle)
    first = {
        _first(by_proof[min(by_proof)], lot)
        for person, by_proof in proven.items()
        if person not in voted and person not in not_eligible
    }
    decisions = []
    for handle in sorted(cast):
        match persons[handle]:
            case []:
                reason = DecisionGround.UNKNOWN_HANDLE
            case [ProvisionalEntry() as entry]:
                person = people.who(entry)
                best = proven[person][min(proven[person])]
                reason = _reason(person, voted, not_eligible, handle in first, handle in best)
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
    lot: tuple[bytes, str] | None = None,
    exported: Iterable[ExportedClaim] = (),
    on_paper: Collection[BranchId] = (),
    devices: Iterable[EnrolledDevice] = (),
    rescued: Mapping[DeviceId, AbstractSet[bytes]] = NO_RESCUES,
) -> Reconciled:
    """Open the stations' check-ins and decide on the handles. Nothing is signed yet.

    `lot`: SHA-256 of the recorded lot's file, and its value. `exported`: of the registry, to check the books.
    `on_paper`: branches that vote on paper. `devices`: all that are expected, to tell which are not here.
    `rescued`: hashes that were found in dead terminals, verified (`headquarters.handed_in`); a closing counts
    in place of them, as at headquarters (`headquarters.closings`).
    """
    bundles = tuple(bundles)
    closed = tuple(sorted(rescued.keys() & {bundle.device for bundle in bundles}))
    rescued = {device: found for device, found in rescued.items() if device not in closed}
    books, unreadable = open_books(bundles, election, key)
    entries = tuple(entry for book in books.values() for entry in book)
    cast = frozenset(handles)
    checked = check_export(
        exported, {device: {entry.reference for entry in book} for device, book in books.items()}
    )
    digest, value = (None, None) if lot is None else lot
    spent = spent_in(bundles, on_paper, rescued)
    decisions = reconcile(cast, entries, voted, not_eligible, value, spent, checked.used)
    read = boxes_of(bundles, rescued)
    statement = DecisionList(
        election, fingerprint, decisions, undecided=undecided, lot=digest, read=read
    )
    ordinary = sum(entry.handle == ORDINARY for entry in entries)
    # Without the terminals nobody knows which cards were used, and so who has two.
    twice = 0 if spent is None else used_ordinary(entries, People(entries), spent, cast).twice
    unread = () if spent is None else unread_terminals(devices, bundles, rescued)
    return Reconciled(
        statement, len(entries) - ordinary, unreadable, ordinary, twice, checked, unread, closed
    )


def _reason(
    person: str,
    voted: Collection[str],
    not_eligible: Collection[str],
    first: bool,
    best: bool,
) -> DecisionGround:
    """Return the ground; `first`: this ballot counts, `best`: none of the person is better proven."""
    if person in voted:
        return DecisionGround.ALREADY_VOTED
    if person in not_eligible:
        return DecisionGround.NOT_ELIGIBLE
    if first:
        return DecisionGround.ELIGIBLE
    return DecisionGround.ANOTHER_PROVISIONAL if best else DecisionGround.PROVEN_BY_CHIP


def _first(handles: Sequence[bytes], lot: str | None) -> bytes:
    """Return the one of a person's handles whose ballot counts."""
    if len(handles) == 1:
        return handles[0]
    if lot is None:
        raise ReconciliationError.of(
            "a person has {count} provisional ballots, and the lot chooses; record its public value first "
            "(amin election lot FOLDER decisions VALUE), then give the file with --lot",
            count=len(handles),
        )
    return min(handles, key=lambda handle: rank(handle, lot))
