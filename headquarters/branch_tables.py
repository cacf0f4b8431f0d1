"""Take the branches of a country, and their devices, from tables; give them out as tables again.

    branches.csv   id, name_fa, district, and as far as needed: name_en, mobile, offline, authority,
                   registry, evaluator, paper_ballots, stations, terminals
    devices.csv    device, role, branch

as CSV or .xlsx, with all the habits of `candidate_files`. Branches are written into `election.toml`, in
place of those that stand there, the comments between and behind those included: it stays the one plan, and
everything else in it stays letter by letter.
Devices are kept in the folder's `devices.csv` (`device_list`). `stations` and `terminals` are numbers:
they have to agree with the table of devices that is given, or else with the list that the folder has, which
then stays as it is; only where there is neither are devices named `<branch>-s1` …, `<branch>-t1` ….
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

from annotated_types import Len

from election.definition import (
    ID_PATTERN,
    Address,
    Authority,
    Branch,
    BranchId,
    DeviceId,
    Role,
    Text,
)
from election.errors import ManifestError
from election.fields import Pattern
from election.files import PUBLIC, replace_file, write_new
from election.spare import SPARE
from headquarters.beginning import beginning
from headquarters.candidate_files import as_table, in_column, numbered
from headquarters.device_list import (
    DEVICES_FILE,
    ListedDevice,
    parse_devices,
    read_devices,
    tidy,
    write_devices,
)
from headquarters.election_config import PlanFile, plan_content, plan_of
from headquarters.names import text_problem
from headquarters.preparation import check_not_registered
from headquarters.rehearsing import devices_of
from headquarters.toml_text import write_toml
from headquarters.typed import answer, one_spelling
from headquarters.workspace import ElectionFolder, FolderError, load_plan, read_file
from words.message import Latin, Message, m

BRANCHES_FILE: Final = "branches.csv"
ROLES: Final[Mapping[Role, str]] = {Role.IDENTITY_STATION: "s", Role.BALLOT_TERMINAL: "t"}
"""The letters in the names of devices."""
_BLOCK: Final = re.compile(r"\s*\[\[\s*branches\s*\]\]\s*(#.*)?")
_INSIDE: Final = re.compile(r"\s*\[\s*branches\s*\.")
"""A table of a branch, such as a name that is too long for its line."""
_HEADER: Final = re.compile(r"\s*\[")
_FLAGS: Final = ("mobile", "offline", "paper_ballots")
_MARK: Final = "  # from a table: amin election branches"

_YesNo: TypeAlias = Literal["yes", "no", ""]
_Number: TypeAlias = Annotated[str, Pattern("[0-9]{0,2}")]
_Word: TypeAlias = Annotated[str, Len(1, 200)]


@dataclass(frozen=True, slots=True)
class BranchRow:
    """A line of branches.csv. What is empty is as the plan has it by default."""

    id: Annotated[str, Pattern(ID_PATTERN)]
    name_fa: _Word
    district: _Word
    name_en: Annotated[str, Len(0, 200)] = ""
    mobile: _YesNo = ""
    offline: _YesNo = ""
    authority: Literal["alone", "branch", "centre", ""] = ""
    registry: Address = ""
    evaluator: Address = ""
    paper_ballots: _YesNo = ""
    stations: _Number = ""
    terminals: _Number = ""

    @property
    def branch(self) -> Branch:
        """The branch as a plan holds it."""
        return Branch(
            BranchId(self.id),
            Text(self.name_fa, self.name_en),
            self.district,
            self.mobile == "yes",
            self.offline == "yes",
            Authority(self.authority or Authority.ALONE.value),
            self.registry,
            self.evaluator,
            paper_ballots=self.paper_ballots == "yes",
        )

    def number(self, role: Role) -> int | None:
        """Return how many devices of a role the line asks for; None if it does not say."""
        written = self.stations if role is Role.IDENTITY_STATION else self.terminals
        return int(written) if written else None


@dataclass(frozen=True, slots=True)
class BranchTables:
    """Branches and devices of an election, as its tables have them."""

    branches: tuple[Branch, ...]
    devices: tuple[ListedDevice, ...]

    def count(self, role: Role) -> int:
        """Return how many devices there are of a role."""
        return sum(each.role is role for each in self.devices)

    @property
    def districts(self) -> int:
        """How many districts the branches are in."""
        return len({each.district for each in self.branches})


@dataclass(frozen=True, slots=True)
class TablesDone:
    """What was taken in or given out, and what comes next."""

    tables: BranchTables
    next_step: Message

    def counted(self) -> dict[str, object]:
        """Return the numbers for people and programs."""
        return {
            "branches": len(self.tables.branches),
            "districts": self.tables.districts,
            "stations": self.tables.count(Role.IDENTITY_STATION),
            "terminals": self.tables.count(Role.BALLOT_TERMINAL),
        }


def run(
    folder: ElectionFolder, branches: Path | None, devices: Path | None, target: Path | None
) -> TablesDone:
    """Take tables in, or give them out into `target`: one of both. Raises `ElectionError`, `OSError`."""
    given = branches is not None or devices is not None
    if given == (target is not None):
        raise FolderError(m("give --branches, --devices or both; or --out alone"))
    if target is None:
        tables = take_in(folder, branches, devices)
        return TablesDone(
            tables,
            m(
                "Next: amin election add-candidates {folder} …; devices ask as they are named in {list}",
                folder=folder.path,
                list=folder.path / DEVICES_FILE,
            ),
        )
    plan = load_plan(folder)
    tables, (first, second) = give_out(
        plan, read_devices(folder) or devices_of(folder, plan), target
    )
    return TablesDone(
        tables,
        m(
            "Next: edit {branches} and {devices}, then: amin election branches {folder} --branches … "
            "--devices …",
            branches=first,
            devices=second,
            folder=folder.path,
        ),
    )


def take_in(folder: ElectionFolder, branches: Path | None, devices: Path | None) -> BranchTables:
    """Check the tables that are given and put them in the place of what the folder has.

    All is judged before anything is written; the plan is exchanged whole, then the list of devices, so that
    the same command goes on after a power cut. A list of devices that the folder has is replaced by a table
    of devices only, never by numbers: devices may have asked under its names. Raises `ManifestError` that
    names line and column, `FolderError`, `OSError`.
    """
    plan = load_plan(folder)
    check_not_registered(folder)
    plan_data = read_file(folder.plan)
    found: Sequence[tuple[Message, BranchRow]] = ()
    if branches is not None:
        _check_languages(plan.branches)
        found = read_branches(read_file(branches), branches.name)
        plan_data = with_branches(plan_data, [row.branch for _, row in found], folder.plan.name)
        plan = plan_of(plan_content(plan_data, folder.plan.name), folder.plan.name)
    known = frozenset(branch.id for branch in plan.branches)
    kept = read_devices(folder) if devices is None else ()
    if devices is not None:
        listed = parse_devices(read_file(devices), devices.name, known)
    else:
        listed = kept or _named(found)
        _check_known(kept, known)
    _check_numbers(found, listed, kept=bool(kept))
    if branches is not None:
        replace_file(folder.plan, plan_data, PUBLIC)
    if listed and not kept:
        replace_file(folder.path / DEVICES_FILE, write_devices(listed), PUBLIC)
    return BranchTables(plan.branches, listed)


def give_out(
    plan: PlanFile, devices: Sequence[ListedDevice], target: Path
) -> tuple[BranchTables, tuple[Path, Path]]:
    """Write both tables into a new folder, all or nothing: read again they are the same.

    Raises `ManifestError` for a branch that the table cannot hold, `BeginningError`, `OSError`.
    """
    _check_languages(plan.branches)
    tables = BranchTables(plan.branches, tuple(devices))
    with beginning(target) as aside:
        write_new(aside / BRANCHES_FILE, write_branches(tables), PUBLIC)
        write_new(aside / DEVICES_FILE, write_devices(devices), PUBLIC)
    return tables, (target / BRANCHES_FILE, target / DEVICES_FILE)


def read_branches(data: bytes, name: str = BRANCHES_FILE) -> list[tuple[Message, BranchRow]]:
    """Read a table of branches; each row after its place, districts in one spelling.

    Raises `ManifestError` with line and column.
    """
    found: list[tuple[Message, BranchRow]] = []
    ids: set[str] = set()
    for place, row in numbered(BranchRow, data, name, text_problem, _tidy):
        if problem := text_problem(row.district):
            raise in_column(place, "district", problem)
        if row.id.casefold() in ids:
            raise in_column(place, "id", m("the branch {id} is there twice", id=row.id))
        if row.id == SPARE:
            raise in_column(
                place, "id", m("no branch is called {name}: spares have none", name=Latin(SPARE))
            )
        ids.add(row.id.casefold())
        found.append((place, row))
    if not found:
        raise ManifestError.of("{name}: it names no branch", name=name)
    districts = one_spelling(row.district for _, row in found)
    return [
        (place, replace(row, district=district))
        for (place, row), district in zip(found, districts, strict=True)
    ]


def write_branches(tables: BranchTables) -> bytes:
    """Return the table of branches, with how many devices the list has of them."""
    listed = Counter((each.branch, each.role) for each in tables.devices)
    rows = [
        BranchRow(
            each.id,
            each.name.fa,
            each.district,
            each.name.en,
            "yes" if each.mobile else "no",
            "yes" if each.offline else "no",
            each.authority.value,
            each.registry,
            each.evaluator,
            "yes" if each.paper_ballots else "no",
            *(str(listed[each.id, role]) for role in ROLES),
        )
        for each in tables.branches
    ]
    return as_table(BranchRow, rows)


def with_branches(plan: bytes, branches: Sequence[Branch], name: str) -> bytes:
    """Return election.toml with these branches in the place of its own and of their comments.

    Nothing else of it changes; comments between its last branch and what follows stay.
    Raises `ManifestError` for a plan whose branches are not tables of their own.
    """
    text = plan.decode("utf-8-sig")
    new = "\n".join(_exchanged(text.split("\n"), _toml(branches)))
    before = plan_content(plan, name)
    try:
        now: Mapping[str, Any] = tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        now = {}
    if _without_branches(now) != _without_branches(before) or len(now["branches"]) != len(branches):
        raise ManifestError.of(
            "{name}: its branches are not tables of their own, [[branches]]; take them away by hand, then "
            "repeat",
            name=name,
        )
    return new.encode()


# ---------------------------------------------------------------- parts


def _exchanged(lines: Sequence[str], branches: str) -> Iterator[str]:
    """Yield the lines with all [[branches]] taken out, and the new ones where the first of them was."""
    inside = put = False
    kept: list[str] = []
    for line in lines:
        if _HEADER.match(line) and not (inside and _INSIDE.match(line)):
            inside = _BLOCK.fullmatch(line.rstrip("\r")) is not None
            if inside and not put:
                put = True
                yield branches
            elif not inside:
                yield from kept
            kept = []
        if not inside:
            yield line
        elif line.strip() and not line.lstrip().startswith("#"):
            kept = []
        else:  # a comment behind a branch is about what follows, if anything does
            kept.append(line)
    if not put:
        yield from ("", branches)
    if inside or not put:
        yield ""


def _tidy(column: str, cell: str) -> str:
    return answer(cell) if column in _FLAGS else tidy(column, cell)


def _toml(branches: Sequence[Branch]) -> str:
    rows = []
    for each in branches:
        row: dict[str, Any] = {
            "id": each.id,
            "name": each.name.mapping(),
            "district": each.district,
        }
        row |= {key: True for key in _FLAGS if getattr(each, key)}
        if each.authority is not Authority.ALONE:
            row["authority"] = each.authority.value
        row |= {key: getattr(each, key) for key in ("registry", "evaluator") if getattr(each, key)}
        rows.append(row)
    text = write_toml({"branches": rows}).rstrip("\n")
    return text.replace("[[branches]]", f"[[branches]]{_MARK}", 1)


def _without_branches(content: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in content.items() if key != "branches"}


def _check_languages(branches: Sequence[Branch]) -> None:
    for branch in branches:
        more = sorted(set(branch.name.mapping()) - {"fa", "en"})
        if more:
            raise ManifestError.of(
                "branch {branch} has a name in the language {language}, for which the table has no column: "
                "such branches are written in election.toml by hand",
                branch=branch.id,
                language=Latin(more[0]),
            )


def _named(found: Sequence[tuple[Message, BranchRow]]) -> tuple[ListedDevice, ...]:
    """Give names to as many devices as the lines ask for."""
    made: list[ListedDevice] = []
    for place, row in found:
        for role, letter in ROLES.items():
            for number in range(1, (row.number(role) or 0) + 1):
                device = f"{row.id}-{letter}{number}"
                if not re.fullmatch(ID_PATTERN, device):
                    raise in_column(
                        place,
                        "id",
                        m("the device {device} has a name of more than 32 letters", device=device),
                    )
                made.append(ListedDevice(DeviceId(device), role, BranchId(row.id)))
    names = Counter(each.device.casefold() for each in made)
    if twice := next((each.device for each in made if names[each.device.casefold()] > 1), None):
        raise ManifestError.of(
            "two branches have a device {device}: give a table of devices", device=twice
        )
    return tuple(made)


def _check_numbers(
    found: Sequence[tuple[Message, BranchRow]], listed: Sequence[ListedDevice], *, kept: bool
) -> None:
    """Refuse numbers that differ from the devices that are given, or `kept` in the folder."""
    there = Counter((each.branch, each.role) for each in listed)
    for place, row in found:
        for role, column in (
            (Role.IDENTITY_STATION, "stations"),
            (Role.BALLOT_TERMINAL, "terminals"),
        ):
            number = row.number(role)
            count = there[BranchId(row.id), role]
            if number is None or number == count:
                continue
            if kept:
                problem = m(
                    "{file} lists {count} of them for branch {branch}: give a table of devices, too",
                    file=Latin(DEVICES_FILE),
                    count=count,
                    branch=row.id,
                )
            else:
                problem = m(
                    "the table of devices has {count} of them for branch {branch}",
                    count=count,
                    branch=row.id,
                )
            raise in_column(place, column, problem)


def _check_known(listed: Sequence[ListedDevice], known: frozenset[BranchId]) -> None:
    for each in listed:
        if each.branch not in known:
            raise FolderError.of(
                "{file} lists {device} of branch {branch}, which is not among the branches: give a table of "
                "devices, too",
                file=Latin(DEVICES_FILE),
                device=each.device,
                branch=each.branch,
            )
