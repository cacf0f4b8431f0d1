"""An election office: commands of `amin election` in this process, folders and candidate files to
give them.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from click.testing import CliRunner
from PIL import Image

from commands.election import election
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from election.definition import BranchId, DeviceId, Role
from election.enrolment import make_request, write_request
from tests.cases.runner import expect, new_folder
from tests.headquarters.test_cli import PEOPLE, voted

DAY = "2099-06-12"
HEAD = ("key", "name_fa", "name_en", "list", "woman", "portrait")
LIST_HEAD = ("key", "name_fa", "name_en")
SOME = 22
"""As many candidates as the council of the template needs, and one more."""

Row = list[str]


@dataclass(frozen=True)
class Told:
    """What a command did."""

    status: int
    text: str
    crashed: bool

    @property
    def line(self) -> str:
        """The last line; the first one of a defect that escaped."""
        lines = self.text.strip().splitlines() or ["no output"]
        return lines[0 if self.crashed else -1]


def amin(*arguments: object) -> Told:
    """`amin election …`"""
    result = CliRunner().invoke(election, [str(each) for each in arguments], color=True)
    defect = result.exception
    if defect is None or isinstance(defect, SystemExit):
        return Told(result.exit_code, result.output, False)
    return Told(result.exit_code, f"traceback: {type(defect).__name__} {defect}", True)


def refused(told: Told, *words: str) -> None:
    """The command ended with status 2 and its own message, which has one of `words` in it."""
    expect(not told.crashed, told.line)
    expect(told.status == 2, "accepted" if told.status == 0 else told.line)
    if words:
        expect(any(word in told.text for word in words), f"says only «{told.line}»")


def accepted(told: Told) -> Told:
    expect(told.status == 0 and not told.crashed, told.line)
    return told


# ------------------------------------------------------------ candidate files


@cache
def portraits() -> Path:
    folder = new_folder()
    for number in range(SOME):
        (folder / f"{number}.jpg").write_bytes(picture(number))
    return folder


def picture(number: int, **options: object) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (60, 80), (number * 8 % 255, 10, 10)).save(data, "JPEG", **options)
    return data.getvalue()


def rows(change: Callable[[int, Row], Row] = lambda _, row: row) -> list[Row]:
    """Independent candidates; `change(number, row)`."""
    return [change(i, [f"r{i}", f"نامزد {i}", "", "", "no", f"{i}.jpg"]) for i in range(SOME)]


def table(name: str, head: Sequence[str], body: Sequence[Row]) -> Path:
    path = new_folder() / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *body])
    return path


def stand(
    folder: Path,
    body: Sequence[Row] | Path,
    lists: Sequence[Row] | Path | None = None,
    pictures: Path | None = None,
) -> Told:
    """`add-candidates` for the council; rows, or a file as it is."""
    people = body if isinstance(body, Path) else table("candidates.csv", HEAD, body)
    options: list[object] = ["--candidates", people, "--portraits", pictures or portraits()]
    if lists is not None:
        options += [
            "--lists",
            lists if isinstance(lists, Path) else table("lists.csv", LIST_HEAD, lists),
        ]
    return amin("add-candidates", folder, "council", *options)


# ------------------------------------------------------------ election folders


def begin(name: str = "شورا", day: str = DAY) -> tuple[Path, Told]:
    """`new` in a folder of its own."""
    folder = new_folder() / "election"
    return folder, amin("new", folder, "--name", name, "--day", day, "--yes")


@cache
def _begun() -> Path:
    folder, told = begin()
    accepted(told)
    accepted(stand(folder, rows()))
    return folder


def prepared(
    *, plan: Sequence[tuple[str, str]] = (), devices: Sequence[str] = ("terminal-1", "station-1")
) -> Path:
    """A folder that is ready for `package`, with changes of text in its plan."""
    folder = new_folder() / "election"
    shutil.copytree(_begun(), folder)
    for number, name in enumerate(devices):
        role = Role.IDENTITY_STATION if name.startswith("station") else Role.BALLOT_TERMINAL
        signing, sealing = HybridKey.generate(), SealingKey.generate()
        request = make_request(
            DeviceId(name), role, BranchId("branch-1"), signing, sealing.public_bytes
        )
        (folder / "requests" / f"{number}.json").write_bytes(write_request(request))
    text = (folder / "election.toml").read_text(encoding="utf-8")
    for old, new in plan:
        if old not in text:
            raise RuntimeError(f"the plan's template has no {old!r} any more")
        text = text.replace(old, new)
    (folder / "election.toml").write_text(text, encoding="utf-8")
    return folder


def package(folder: Path) -> Told:
    return amin("package", folder, "--yes")


@cache
def _voted() -> Path:
    people = new_folder()
    (people / "portraits").mkdir()
    for number in range(6):
        (people / "portraits" / f"{number}.jpg").write_bytes(picture(number))
    (people / "candidates.csv").write_text(",".join(HEAD) + "\n" + PEOPLE, encoding="utf-8")
    shutil.copy(table("lists.csv", LIST_HEAD, [["hope", "امید", "Hope"]]), people)
    return voted(new_folder() / "election", people).path


def voted_election() -> Path:
    """A folder of its own, up to the import of two votes; the bundles are in `out`, too."""
    folder = new_folder() / "election"
    shutil.copytree(_voted(), folder)
    return folder
