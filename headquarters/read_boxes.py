"""Compare what the reconciliation office read with what counts at headquarters.

The office's decisions rest on the closings and rescues that it was given: a box that was left out hides who
used a card there, and one that headquarters does not have takes a ballot out by what nobody counts. Each is
named by its device and by what it holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from hashlib import sha256

from crypto import merkle
from election.bundle import Bundle
from election.definition import DeviceId, Election, Role
from headquarters.decisions import DecisionList, ReadBox
from headquarters.import_report import FindingKind, ImportFinding
from words.message import Latin, m


def box_of(bundle: Bundle) -> ReadBox:
    """Name a closing: a terminal's by the authorizations it spent, a station's by its book.

    `content` is a Merkle root (`crypto.merkle`): of the spent hashes, as under the terminal's signed root; or
    of the hashes that a station lists as issued together with the SHA-256 of each check-in that it sealed.
    """
    if bundle.box is not None:
        return spent_box(bundle.device, frozenset(bundle.box.spent_hashes))
    book: set[bytes] = set()
    if (said := bundle.check_ins) is not None:
        sealed = (*said.provisional, *said.claims)
        book = {*said.issued, *(sha256(entry).digest() for entry in sealed)}
    return ReadBox(bundle.device, merkle.root(book))


def spent_box(device: DeviceId, spent: AbstractSet[bytes]) -> ReadBox:
    """Name what a terminal spent, by hash: of a closing, or found in its memories."""
    return ReadBox(device, merkle.root(spent))


def boxes_of(
    bundles: Iterable[Bundle], rescued: Mapping[DeviceId, AbstractSet[bytes]]
) -> tuple[ReadBox, ...]:
    """Name all that was read, sorted by device and content."""
    read = {box_of(bundle) for bundle in bundles}
    read |= {spent_box(device, spent) for device, spent in rescued.items()}
    return tuple(sorted(read, key=lambda box: (box.device, box.content)))


def other_boxes(
    statement: DecisionList, here: Mapping[DeviceId, bytes], election: Election
) -> Iterator[ImportFinding]:
    """Yield what the office left out, and what it read that does not count here, by device.

    `here`: the content of every closing and rescue that counts. An office that read no terminal takes every
    authorization as used, so no terminal is hidden from it; what it decides by are the stations' books.
    """
    read: dict[DeviceId, set[bytes]] = defaultdict(set)
    for box in statement.read:
        read[box.device].add(box.content)
    terminals = {each.id for each in election.devices if each.role is Role.BALLOT_TERMINAL}
    needless = frozenset() if read.keys() & terminals else terminals
    for device in sorted(here.keys() - read.keys() - needless):
        if device in terminals:
            message = m(
                "{device} is here, and the office did not read it: who used a card there may count twice",
                device=Latin(device),
            )
        else:
            message = m(
                "{device} is here, and the office did not read its book: who checked in there is not known",
                device=Latin(device),
            )
        yield ImportFinding(FindingKind.OTHER_BOXES, device, message)
    for device, contents in sorted(read.items()):
        if contents != {here.get(device)}:
            message = m(
                "the office read of {device} what does not count here: its decisions rest on that",
                device=Latin(device),
            )
            yield ImportFinding(FindingKind.OTHER_BOXES, device, message)
