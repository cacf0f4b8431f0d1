"""An election office: commands of `amin election`, and the files it gives to them."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from click.testing import Result

from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from election.definition import BranchId, DeviceId, Role
from election.enrolment import EnrolmentRequest, make_request, write_request
from election.register import Register
from election.schema import from_json
from tests.headquarters.documents import keep_documents
from tests.headquarters.small import jpeg
from tests.headquarters.unlocking import run_election

DAY = "2099-06-12"
HEAD = ("key", "name_fa", "name_en", "list", "woman", "portrait")
LIST_HEAD = ("key", "name_fa", "name_en")
SOME = 22
"""As many candidates as the council of the plan's template needs, and one more."""

Row = list[str]


def amin(*arguments: object) -> Result:
    """Run `amin election …`; an error that nobody raised on purpose goes on."""
    told = run_election(*arguments, color=True)
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    return told


def begin(folder: Path, name: str = "شورا", day: str = DAY) -> Result:
    return amin("new", folder, "--name", name, "--day", day, "--yes")


def begun_in(place: Path) -> Path:
    """Return the folder of a new election, in `place`."""
    folder = place / "election"
    accepted(begin(folder))
    return folder


def filled_in(place: Path, day: str = DAY) -> Path:
    """Return that of one that lacks devices only."""
    folder = place / "election"
    accepted(begin(folder, day=day))
    keep_documents(folder, datetime.fromisoformat(f"{day}T20:00:00+03:30"))
    accepted(add(folder, table(place / "people.csv", HEAD, rows()), portraits(place / "portraits")))
    return folder


def ask(device: str, role: Role, branch: str = "branch-1") -> EnrolmentRequest:
    """Return the request of a new device."""
    sealing = SealingKey.generate().public_bytes
    return make_request(DeviceId(device), role, BranchId(branch), HybridKey.generate(), sealing)


def put(folder: Path, request: EnrolmentRequest, name: str) -> None:
    """Put a request among those of an election, as `<name>.json`."""
    (folder / "requests" / f"{name}.json").write_bytes(write_request(request))


def registered(folder: Path) -> Register:
    """Read the register that was made."""
    content = json.loads((folder / "register.json").read_bytes())["content"]
    return from_json(Register, content.encode())


def refused(told: Result, *words: str) -> None:
    """Expect status 2 and a message with all of `words`."""
    assert told.exit_code == 2, told.output
    for word in words:
        assert word in told.output


def accepted(told: Result) -> Result:
    assert told.exit_code == 0, told.output
    return told


def rows() -> list[Row]:
    """Independent candidates."""
    return [[f"r{i}", f"نامزد {i}", "", "", "no", f"{i}.jpg"] for i in range(SOME)]


def portraits(folder: Path) -> Path:
    """Fill a new folder with the portraits of `rows`."""
    folder.mkdir(parents=True)
    for number in range(SOME):
        (folder / f"{number}.jpg").write_bytes(jpeg(number))
    return folder


def table(path: Path, head: Sequence[str], body: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *body])
    return path


def add(folder: Path, people: Path, pictures: Path, lists: Path | None = None) -> Result:
    """Run `add-candidates` for the council."""
    options: list[object] = ["--candidates", people, "--portraits", pictures]
    if lists is not None:
        options += ["--lists", lists]
    return amin("add-candidates", folder, "council", *options)
