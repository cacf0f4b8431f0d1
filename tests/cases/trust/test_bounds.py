"""GOING ON. Work that a stranger's file or card can make without end."""

import resource
from collections.abc import Callable

from crypto import canonical
from drivers.errors import DriverError
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.piv import PivSession
from election.bundle import BundleError, read_bundle
from election.errors import PackageError
from election.package import Expected, open_package
from tests.cases.runner import apart, case, collect, expect, new_folder
from tests.cases.stations import Office
from tests.cases.trust.kit import AFTER, headquarters
from tests.kiosk.station.office import BRANCH, NOON, TERMINAL

MIB = 1 << 20
ITEMS = 2 * MIB
MANY = b"\x9a" + ITEMS.to_bytes(4, "big") + b"\x80" * ITEMS
"""A list of two million empty lists, one byte each: 64 MiB of it are allowed."""
MOST = 16
"""Bytes of memory for a byte of a file that nobody has signed."""


def reads_within_bounds(read: Callable[[bytes], object], data: bytes) -> None:
    def work() -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            read(data)
        except (BundleError, PackageError):
            pass
        else:
            expect(False, "accepted")
        taken = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
        times = taken // len(data)
        most = times * canonical.MAX_SIZE >> 30
        expect(
            times <= MOST,
            f"{times} bytes of memory for each of the file: {most} GiB for the largest",
        )

    apart(work, seconds=60)


@case
def bundle_of_many_items() -> None:
    hq, _, _ = headquarters()
    reads_within_bounds(lambda data: read_bundle(data, hq.election, hq.authority.root, AFTER), MANY)


@case
def bundle_with_content_of_many_items() -> None:
    """The envelope is in order; what is inside is not signed by any device."""
    hq, one, _ = headquarters()
    fields = canonical.decode(one.close(bytes(32)))
    data = canonical.encode({**fields, "content": MANY})
    reads_within_bounds(lambda data: read_bundle(data, hq.election, hq.authority.root, AFTER), data)


@case
def package_of_many_items() -> None:
    office = Office.open(new_folder() / "office")
    expected = Expected(
        office.authority.root, None, BRANCH, TERMINAL, office.signing[TERMINAL].public_bytes
    )
    reads_within_bounds(lambda data: open_package(data, expected, NOON), MANY)


class Drip:
    """A card that answers every command with one byte and "there is more"."""

    atr = b"\x3b\x00"
    commands = 0

    def transmit(self, apdu: bytes) -> bytes:
        self.commands += 1
        return b"\x53\x61\x01"

    def close(self, reset: bool = True) -> None: ...


@case
def card_that_drips() -> None:
    card = Drip()
    try:
        PivSession(ApduChannel(card)).select()
    except DriverError:
        pass
    else:
        expect(False, "accepted")
    told = f"{card.commands} commands for one answer; each may take 30 s, a whole job has no limit"
    expect(card.commands <= 1000, told)


test_case = collect()
