"""Cards that were used at two terminals, in a branch that gave no authorization too many.

A voter who pulls the card in time, or copies it, can do that. So many ballots are too many at most, which is
told with its number; the day stays valid. Of a provisional ballot, whose handle shows that both are of one
authorization, one counts at most.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from election.definition import DeviceId, Role
from election.marks import Marks
from election.provisional import new_handle
from headquarters.decisions import DecisionVerdict, read_decisions
from headquarters.exclusion import read_excluded
from headquarters.supplement import check_supplement
from headquarters.workspace import ElectionFolder, open_workspace
from tests.headquarters.day import Terminal
from tests.headquarters.small import DeviceKeys
from tests.headquarters.test_provisional import (
    COUNCIL,
    ONCE,
    ONLINE,
    begin,
    bundle,
    check_ins,
    fine,
    headquarters,
    make_devices,
    run,
)
from tests.headquarters.unlocking import own_folder
from tests.page.running import run_page

pytestmark = pytest.mark.slow
AUTHORIZATIONS, BALLOTS = 4, 7


@dataclass(frozen=True, slots=True)
class Day:
    """What came of it."""

    folder: ElectionFolder
    counts: bytes
    """Handle of the ballot that counts."""
    leaves: bytes
    """Handle of the one that does not: the registry knows a ballot of the person."""

    @property
    def supplement(self) -> Path:
        """What is published beside the archive."""
        return self.folder.result / "supplement"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """One ordinary card and two provisional ones at both terminals; one ordinary card at one."""
    folder = ElectionFolder(tmp_path_factory.mktemp("two") / "e")
    devices = make_devices()
    second = DeviceId("terminal-2")
    devices["terminal-2"] = DeviceKeys(
        second, Role.BALLOT_TERMINAL, HybridKey.generate(), SealingKey.generate()
    )
    begin(folder, devices)
    fine("register", folder.path, "--yes")
    hq = headquarters(folder, devices)
    digest = open_workspace(folder).package_digest
    terminals = [
        Terminal(hq, name, folder.path / "media" / name) for name in ("terminal-1", "terminal-2")
    ]
    persons = [candidate.code for candidate in hq.election.contests[0].candidates]
    handles = [new_handle(), new_handle()]
    twice: list[tuple[bytes, bytes | None]] = [
        (secrets.token_bytes(16), handle) for handle in (None, *handles)
    ]
    for terminal in terminals:
        for nonce, handle in twice:
            ballot, _ = terminal.ballot((Marks(COUNCIL, persons=(persons[0],)),))
            terminal.cast(ballot, nonce, handle=handle)
    terminals[0].vote(Marks(COUNCIL, persons=(persons[1],)))
    assert len(hq.issued) == AUTHORIZATIONS
    out = folder.path / "out"
    out.mkdir()
    given = zip(handles, (ONCE, ONLINE), strict=True)
    station = check_ins(hq, AUTHORIZATIONS, *given)
    for name, content in (
        ("station-1", station),
        ("terminal-1", terminals[0].box()),
        ("terminal-2", terminals[1].box()),
    ):
        (out / f"{name}.bundle").write_bytes(bundle(hq, digest, name, content))
    imported = run("import", folder.path, *out.glob("*.bundle"), "--json")
    assert imported.exit_code == 1, imported.output
    report = json.loads(imported.stdout)
    assert [each["kind"] for each in report["findings"]] == ["spent-twice"]
    assert [each["reason"] for each in report["refused"]] == ["handle-twice"] * 2
    assert (report["ballots"], report["provisional"]) == (3, 2)
    (out / "voted.txt").write_text(f"{ONLINE}\n", encoding="utf-8")
    fine(
        "reconcile",
        own_folder(folder, "officer"),
        *("--package", folder.package, "--root", folder.path / "public" / "root.der"),
        *("--handles", folder.handles, "--voted", out / "voted.txt"),
        *("--register", folder.register),
        *("--out", out / "decisions.json", out / "station-1.bundle"),
    )
    fine("countersign", own_folder(folder, "observer"), out / "decisions.json")
    fine("exclude", folder.path, out / "decisions.json")
    fine("tally", folder.path, "--despite-findings")
    return Day(folder, *handles)


def verified(folder: ElectionFolder) -> tuple[int, set[str], dict[str, int]]:
    """Return status, what is wrong, and what is told with its number."""
    done = run("verify", folder.result / "election.bel", "--json")
    said = json.loads(done.stdout)
    told = {each["reason"]: each.get("values", {}).get("number", 0) for each in said["told"]}
    return done.exit_code, {each["reason"] for each in said["failures"]}, told


def test_the_day_is_valid_and_the_number_is_told(day: Day) -> None:
    status, wrong, told = verified(day.folder)
    assert (status, wrong) == (3, set()), "nobody compared the root; nothing is wrong"
    assert told["spent-twice"] == 3
    result = json.loads((day.folder.result / "result.json").read_bytes())
    assert result["ballots"] == 4, "both ordinary ones, the other ordinary one, one provisional one"
    numbers = json.loads((day.folder.result / "provisional.json").read_bytes())
    assert numbers["excluded_by_reason"] == {"already-voted": 1, "handle-twice": 2}
    assert (numbers["included"], numbers["excluded"]) == (1, 3)


def test_of_one_handle_one_ballot_counts_at_most(day: Day) -> None:
    opened = read_excluded((day.supplement / "excluded.json").read_bytes())
    by_handle = [each.handle for each in opened]
    assert by_handle.count(day.counts) == 1
    assert by_handle.count(day.leaves) == 2
    decided = read_decisions((day.supplement / "decisions.json").read_bytes()).statement.by_handle
    assert decided[day.counts].decision is DecisionVerdict.INCLUDE


Edit = Callable[[list[Any]], object]


@pytest.mark.parametrize(
    ("edit", "reasons"),
    [
        (lambda items: [items[0]], {"supplement-missing", "supplement-decision"}),
        (lambda items: [*items, items[0]], {"supplement-missing", "supplement-decision"}),
    ],
    ids=["one is counted after all", "one is left out twice"],
)
def test_more_or_fewer_are_wrong(day: Day, tmp_path: Path, edit: Edit, reasons: set[str]) -> None:
    folder = tmp_path / "supplement"
    shutil.copytree(day.supplement, folder)
    path = folder / "excluded.json"
    value = json.loads(path.read_bytes())
    value["items"] = edit(value["items"])
    path.write_text(json.dumps(value), encoding="utf-8")
    found = check_supplement(folder, day.folder.result / "election.bel")
    assert {each.reason for each in found} >= reasons


def test_the_page_in_the_browser_says_the_same(day: Day, tmp_path: Path) -> None:
    place = tmp_path / "public"
    shutil.copytree(day.folder.result, place)
    (said,) = run_page([f"{place / 'index.json'}\t{'0' * 64}"])
    (report,) = said["reports"]
    assert report["findings"] == []
    assert {each["reason"]: each["count"] for each in report["told"]} == {"spent-twice": 3}
