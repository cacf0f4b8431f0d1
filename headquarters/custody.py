"""Write the forms that go with a branch's devices, media, cards and seals: who had what, when, what seal.

    <branch>.<language>.pdf               what is handed over, each hand-over with two signatures, seals as
                                          they were found in the morning, what goes into which bag at night
    districts/<number>.<language>.pdf     for who packs: devices and spares of a district, sums of its goods
    spares/<device>.<language>.pdf        a spare's own: into the store of its district, and out of it

The rows come from the package, so that no device of a branch is forgotten; numbers from the inventory, and
where it has none they are written by hand, as signatures are. The package names no spare: those that were
certified have no branch until one took over and its act was taken in; then it is on the form of its branch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from election.definition import Branch, BranchId, DeviceId, EnrolledDevice, Role
from election.files import PUBLIC, write_new
from election.register import in_groups
from election.sheets import Sheet, SheetTable
from headquarters.beginning import beginning
from headquarters.device_list import ListedDevice
from headquarters.inventory import (
    DistrictInventory,
    GoodsRow,
    Inventory,
    InventoryRow,
    by_district,
    goods_name,
)
from headquarters.inventory_tables import read_inventory
from headquarters.progress import ProgressCallback, no_progress
from headquarters.spares import spares_of
from headquarters.workspace import SPARES_FOLDER, FolderError, Workspace
from words.languages import installed
from words.message import Code, Latin, Message, m
from words.speaker import Speaker
from words.text import ENGLISH, PERSIAN

Draw: TypeAlias = Callable[[Sheet, Speaker], bytes]
"""Makes a PDF of a form."""
Spares: TypeAlias = Sequence[tuple[str, ListedDevice]]
"""Spares, each after its district."""
LANGUAGES: Final = (PERSIAN, ENGLISH)
HAND_OVERS: Final = (
    m("Headquarters to the carrier"),
    m("The carrier to the branch"),
    m("The branch to the carrier"),
    m("The carrier to headquarters"),
)
KINDS: Final[Mapping[Role, Message]] = {
    Role.IDENTITY_STATION: m("Identity station"),
    Role.BALLOT_TERMINAL: m("Ballot terminal"),
}
SPARE_WAYS: Final = (
    m("Headquarters to the carrier"),
    m("The carrier to the district's store"),
    m("The store to the branch where it takes over"),
    m("The store or the branch to headquarters"),
)
DISTRICTS: Final = "districts"
EMPTY: Final = ""
"""To be written by hand."""


def write_forms(
    workspace: Workspace,
    target: Path,
    draw: Draw,
    branches: Sequence[str] = (),
    progress: ProgressCallback = no_progress,
) -> tuple[Path, ...]:
    """Write the forms of all branches, districts and spares, or of some branches, into a new folder, or none.

    Raises `FolderError` for a branch that is not there or has no device, `ManifestError` for an inventory
    that cannot be read, `BeginningError`, `OSError`.
    """
    known = {branch.id: branch for branch in workspace.election.branches}
    chosen = tuple(
        dict.fromkeys([_named(known, name) for name in branches] or list(known.values()))
    )
    forms = Forms(workspace, read_inventory(workspace.folder), in_store(workspace))
    sums = () if branches else tuple(forms.districts())
    spares = () if branches else forms.spares
    speakers = [installed().speaker(each) for each in LANGUAGES]
    written: list[Path] = []
    total = len(chosen) + len(sums) + len(spares)
    with beginning(target) as aside:

        def put(name: str, form: Callable[[Speaker], Sheet]) -> None:
            for t in speakers:
                path = Path(f"{name}.{t.language}.pdf")
                write_new(aside / path, draw(form(t), t), PUBLIC)
                written.append(target / path)

        for done, branch in enumerate(chosen, 1):
            put(branch.id, partial(forms.of, branch))
            progress("forms", done, total)
        if sums:
            (aside / DISTRICTS).mkdir()
        for number, found in enumerate(sums, 1):
            put(f"{DISTRICTS}/{number:03}", partial(forms.of_district, found))
            progress("forms", len(chosen) + number, total)
        if spares:
            (aside / SPARES_FOLDER).mkdir()
        for number, (district, spare) in enumerate(spares, 1):
            put(f"{SPARES_FOLDER}/{spare.device}", partial(forms.of_spare, district, spare))
            progress("forms", len(chosen) + len(sums) + number, total)
    return tuple(written)


def in_store(workspace: Workspace) -> Spares:
    """Return the spares that are certified and took over from nobody, each after its district."""
    election, place = workspace.election, workspace.folder.path / SPARES_FOLDER
    at_work = {each.id for each in election.devices}
    return tuple(
        (district, spare)
        for district, spare in spares_of(workspace.folder, election.branches)
        if spare.device not in at_work and (place / f"{spare.device}.der").exists()
    )


class Forms:
    """What the forms of an election say."""

    def __init__(self, workspace: Workspace, inventory: Inventory, spares: Spares = ()) -> None:
        self.spares = spares
        self._workspace = workspace
        self._inventory = inventory
        self._numbers = inventory.numbers()
        self._bags = inventory.bags(workspace.election.branches)
        self._devices: dict[BranchId, list[EnrolledDevice]] = defaultdict(list)
        for each in workspace.election.devices:
            self._devices[each.branch].append(each)

    def of(self, branch: Branch, t: Speaker) -> Sheet:
        """Return the form of a branch. Raises `FolderError` if it has no device."""
        devices = self._of(branch.id)
        if not devices:
            raise FolderError.of(
                "branch {branch} has no device in the package: there is nothing to hand over",
                branch=branch.id,
            )
        return self._sheet(
            t("Hand-over form: branch {branch}", branch=t.of(branch.name)),
            t("Branch {id}, district {district}", id=Latin(branch.id), district=branch.district),
            tuple(_tables(devices, self._numbers, self._bags[branch.id], t)),
            t,
        )

    def districts(self) -> Iterator[DistrictInventory]:
        """Yield the sums of the districts."""
        election = self._workspace.election
        known = {branch.id for branch in election.branches}
        listed = [
            ListedDevice(each.id, each.role, each.branch)
            for each in election.devices
            if each.branch in known
        ]
        return by_district(self._inventory, election.branches, listed)

    def of_district(self, found: DistrictInventory, t: Speaker) -> Sheet:
        """Return the list by which a district's devices and goods are packed."""
        here = [x for x in self._workspace.election.branches if x.district == found.district]
        rows: list[tuple[str, ...]] = [
            (each.id, branch.id, t(KINDS[each.role]), *_numbered(each.id, self._numbers, t), EMPTY)
            for branch in here
            for each in self._of(branch.id)
        ]
        rows += [
            (
                spare.device,
                t("of no branch: spare"),
                t(KINDS[spare.role]),
                *_numbered(spare.device, self._numbers, t),
                EMPTY,
            )
            for district, spare in self.spares
            if district == found.district
        ]
        goods = [
            (_said(what, t), t.number(count) if count else EMPTY, EMPTY, EMPTY)
            for what, count in {
                **{row.what: 0 for branch in here for row in self._bags[branch.id]},
                **found.goods,
            }.items()
        ]
        return self._sheet(
            t("Inventory: district {district}", district=found.district),
            t(
                "Branches: {branches}; identity stations: {stations}; ballot terminals: {terminals}",
                branches=found.branches,
                stations=found.stations,
                terminals=found.terminals,
            ),
            (
                SheetTable(
                    t("Devices"),
                    EMPTY,
                    (
                        t("Device"),
                        t("Branch"),
                        t("Kind"),
                        t("Serial number"),
                        t("Seal number"),
                        t("First memory, number"),
                        t("Second memory, number"),
                        t("Packed"),
                    ),
                    tuple(rows),
                    (7, 6, 6, 7, 6, 6, 6, 4),
                ),
                SheetTable(
                    t("Goods"),
                    t("Sums of the district; what goes into which branch's bag is on its form."),
                    (t("What"), t("How many"), t("Packed"), t("Came back")),
                    tuple(goods),
                    (5, 2, 2, 2),
                ),
                SheetTable(
                    t("Signatures"),
                    EMPTY,
                    (t("Who"), t("Name"), t("Day and hour"), t("Signature")),
                    ((t("Who packed"), *(EMPTY,) * 3), (t("Who looked it over"), *(EMPTY,) * 3)),
                    (2, 4, 3, 4),
                    signed=True,
                ),
            ),
            t,
        )

    def of_spare(self, district: str, spare: ListedDevice, t: Speaker) -> Sheet:
        """Return the form of a spare, which lies in the store of its district."""
        numbers = _numbered(spare.device, self._numbers, t)
        return self._sheet(
            t("Hand-over form: spare {device}", device=Latin(spare.device)),
            t("District {district}; of no branch until it takes over", district=district),
            (
                _memories([(spare.device, t(KINDS[spare.role]), *numbers)], t),
                _hand_over(SPARE_WAYS, t),
                SheetTable(
                    t("In the store"),
                    t("Two look at the seal whenever the store is opened."),
                    (
                        t("Day and hour"),
                        t("Seal number found"),
                        t("As above?"),
                        t("Two signatures"),
                    ),
                    ((EMPTY,) * 4,) * 4,
                    (4, 4, 3, 6),
                    signed=True,
                ),
                SheetTable(
                    t("When it takes over"),
                    t("From then on it is written on the form of its branch."),
                    (
                        t("Branch"),
                        t("Device that it replaces"),
                        t("Day and hour"),
                        t("Two signatures"),
                    ),
                    ((EMPTY,) * 4,),
                    (4, 4, 3, 6),
                    signed=True,
                ),
                _broken(t),
            ),
            t,
        )

    def _of(self, branch: BranchId) -> list[EnrolledDevice]:
        """Return a branch's devices, terminals first, as a branch closes."""
        return sorted(
            self._devices[branch], key=lambda each: (each.role is Role.IDENTITY_STATION, each.id)
        )

    def _sheet(self, title: str, place: str, tables: tuple[SheetTable, ...], t: Speaker) -> Sheet:
        election, published = self._workspace.election, self._workspace.published
        number = EMPTY if published is None else in_groups(published.number)
        return Sheet(
            title,
            t("Rehearsal: no vote counts.") if election.rehearsal else EMPTY,
            (
                t.of(election.name),
                t("Day of the polls: {day}", day=election.day),
                place,
                t("Number of the election: {number}", number=Code(number or "……")),
                t(
                    "Numbers are written with a pen, and nothing is crossed out: a mistake gets a new line. "
                    "A seal that is broken or has another number is told to headquarters before anything is "
                    "opened."
                ),
            ),
            tables,
        )


# ---------------------------------------------------------------- parts


def _named(known: Mapping[BranchId, Branch], name: str) -> Branch:
    found = known.get(BranchId(name))
    if found is None:
        raise FolderError.of("there is no branch {branch} in the package", branch=name)
    return found


def _numbered(
    device: DeviceId, numbers: Mapping[str, InventoryRow], t: Speaker
) -> tuple[str, str, str, str]:
    """Return the numbers of a device: serial, seal, memories."""
    row = numbers.get(device, InventoryRow(device))
    return (
        t.latin(row.serial),
        t.latin(row.seal),
        t.latin(row.memory_1),
        t.latin(row.memory_2),
    )


def _said(what: str, t: Speaker) -> str:
    return t.say(goods_name(what))


def _tables(
    devices: Sequence[EnrolledDevice],
    numbers: Mapping[str, InventoryRow],
    bag: Sequence[GoodsRow],
    t: Speaker,
) -> Iterator[SheetTable]:
    yield _memories([(x.id, t(KINDS[x.role]), *_numbered(x.id, numbers, t)) for x in devices], t)
    yield SheetTable(
        t("The branch's bag"),
        EMPTY,
        (t("What"), t("How many"), t("Bag or seal number"), t("Given"), t("Came back")),
        tuple(
            (
                _said(row.what, t),
                t.number(int(row.count)) if row.count else EMPTY,
                t.latin(row.number),
                EMPTY,
                EMPTY,
            )
            for row in bag
        ),
        (8, 3, 5, 3, 3),
    )
    yield _hand_over(HAND_OVERS, t)
    yield SheetTable(
        t("In the morning"),
        t("Officer and supervisor, before a device is switched on; observers look on."),
        (t("Device"), t("Seal number found"), t("As above?"), t("Votes on the zero report")),
        tuple((each.id, EMPTY, EMPTY, EMPTY) for each in devices),
    )
    yield SheetTable(
        t("At night"),
        t(
            "In this order: terminals, then stations. The second memory of each device goes into a bag of "
            "its own; the closing report goes along."
        ),
        (
            t("Device"),
            t("Hour of closing"),
            t("Votes on the closing report"),
            t("Bag of the second memory"),
            t("New seal of the device"),
        ),
        tuple((each.id, EMPTY, EMPTY, EMPTY, EMPTY) for each in devices),
    )
    yield _broken(t)


def _memories(rows: Sequence[tuple[str, ...]], t: Speaker) -> SheetTable:
    return SheetTable(
        t("Devices and memories"),
        t("The number of a memory is written on it."),
        (
            t("Device"),
            t("Kind"),
            t("Serial number"),
            t("Seal number"),
            t("First memory, number"),
            t("Second memory, number"),
        ),
        tuple(rows),
    )


def _hand_over(ways: Sequence[Message], t: Speaker) -> SheetTable:
    return SheetTable(
        t("Hand-over"),
        t("Both sign, after both have looked at every seal."),
        (
            t("From whom to whom"),
            t("Day and hour"),
            t("Gives: name, signature"),
            t("Takes: name, signature"),
            t("All seals whole?"),
        ),
        tuple((t(way), EMPTY, EMPTY, EMPTY, EMPTY) for way in ways),
        (4, 3, 5, 5, 3),
        signed=True,
    )


def _broken(t: Speaker) -> SheetTable:
    return SheetTable(
        t("Broken or replaced"),
        t(
            "A seal that had to be broken, a memory or a card that was exchanged, a device that came or went."
        ),
        (t("Hour"), t("What, and why"), t("Old number"), t("New number"), t("Two signatures")),
        tuple((EMPTY,) * 5 for _ in range(5)),
        (2, 6, 3, 3, 5),
        signed=True,
    )
