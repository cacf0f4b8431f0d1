"""What a photograph of a closing report proves, whoever made it: `amin election check-report`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from crypto.hybrid import HybridKey
from election.definition import DeviceId
from election.report_code import ReportedNumbers, write_report_code
from tests.page.running import run_page
from tests.trust.attacks.day import AttackedDay, digest, run
from tests.trust.attacks.publication import Publication

pytestmark = pytest.mark.slow
Code = Callable[[AttackedDay], str]


def _forged(day: AttackedDay) -> str:
    said = ReportedNumbers(
        day.number, DeviceId("terminal-1"), (9, 0), (digest(b"one"), digest(b"two"))
    )
    return write_report_code(said, HybridKey.generate())


def _of(day: AttackedDay, number: bytes, device: str) -> str:
    said = ReportedNumbers(number, DeviceId(device), (1, 0), ())
    return write_report_code(said, day.devices["terminal-1"].signing)


REPORTS: list[tuple[str, Code, str, str, int]] = [
    ("honest", lambda day: day.honest_report("terminal-1"), "right", "right-report", 0),
    ("honest spare", lambda day: day.honest_report("spare-1"), "right", "right-report", 0),
    ("station", lambda day: day.report("station-1", (8, 0)), "right", "right-report", 0),
    ("rescued", lambda day: day.honest_report("terminal-2"), "right", "right-report", 0),
    (
        "votes were added after the report",
        lambda day: day.report("terminal-1", (5, 1), digest(b"a"), digest(b"b")),
        "wrong",
        "report-differs",
        1,
    ),
    (
        "a rescue left votes out",
        lambda day: day.report("terminal-2", (4, 0), digest(b"a"), digest(b"b")),
        "told",
        "rescue-differs",
        0,
    ),
    (
        "station gave more",
        lambda day: day.report("station-1", (9, 0)),
        "wrong",
        "report-differs",
        1,
    ),
    ("missing", lambda day: day.honest_report("terminal-5"), "told", "missing-report", 0),
    (
        "missing with more than its bound",
        lambda day: day.report("terminal-5", (4, 0), digest(b"a"), digest(b"b")),
        "wrong",
        "report-bounds",
        1,
    ),
    ("forged", _forged, "wrong", "report-signature", 1),
    (
        "unknown device",
        lambda day: _of(day, day.number, "terminal-9"),
        "wrong",
        "report-device",
        1,
    ),
    (
        "another election",
        lambda day: _of(day, bytes(32), "terminal-1"),
        "wrong",
        "report-election",
        1,
    ),
]


@pytest.mark.parametrize(
    ("code", "verdict", "reason", "status"),
    [report[1:] for report in REPORTS],
    ids=[report[0] for report in REPORTS],
)
def test_report(attacked: AttackedDay, code: Code, verdict: str, reason: str, status: int) -> None:
    index = attacked.folder.result / "index.json"
    number = ("--number", attacked.number.hex())
    done = run("check-report", code(attacked), "--index", index, *number, "--json")
    contests = json.loads(done.stdout)
    assert (verdict, reason) in {
        (finding["class"], finding["reason"]) for finding in contests["findings"]
    }
    assert done.exit_code == status


def test_page_says_the_same_of_every_report(attacked: AttackedDay) -> None:
    index, number = attacked.folder.result / "index.json", attacked.number.hex()
    codes = [code(attacked) for _, code, _, _, _ in REPORTS]
    said = run_page(f"{index}\t{number}\t\t\t{each}" for each in codes)
    found = [each["whole"]["report"] for each in said]
    wanted = [(name, verdict, reason) for name, _, verdict, reason, _ in REPORTS]
    assert [
        (name, each["kind"], each["reason"])
        for (name, *_), each in zip(REPORTS, found, strict=True)
    ] == wanted


def test_report_of_a_pending_device(attacked: AttackedDay, tmp_path: Path) -> None:
    site = Publication.copied(attacked, tmp_path / "public")
    for path in (site.folder / "earlier").iterdir():
        path.rename(site.folder / f"index{path.suffix}")
    done = run(
        "check-report",
        attacked.honest_report("terminal-4"),
        *("--index", site.folder / "index.json", "--number", attacked.number.hex()),
    )
    assert done.exit_code == 4
    assert done.stdout.startswith("told\tregister-pending\tterminal-4\t")


def test_without_the_number_anybody_may_have_made_the_register(attacked: AttackedDay) -> None:
    index = attacked.folder.result / "index.json"
    assert (
        run("check-report", attacked.honest_report("terminal-1"), "--index", index).exit_code == 3
    )


def test_unusable_input(attacked: AttackedDay, tmp_path: Path) -> None:
    index = attacked.folder.result / "index.json"
    text = attacked.honest_report("terminal-1")
    assert run("check-report", text[:100], "--index", index).exit_code == 2
    assert run("check-report", text, "--index", index, "--number", "0" * 64).exit_code == 2
    (tmp_path / "index.json").write_bytes(index.read_bytes())
    assert run("check-report", text, "--index", tmp_path / "index.json").exit_code == 2


def test_verify_prints_what_each_report_must_show(attacked: AttackedDay) -> None:
    index = attacked.folder.result / "index.json"
    done = run("verify", index, "--number", attacked.number.hex())
    shown = {
        line.split("\t")[1]: line.split("\t")[2:]
        for line in done.stdout.splitlines()
        if line.startswith("report\t")
    }
    root = attacked.boxes["terminal-1"].root
    assert shown["terminal-1"] == ["6", "1", root.records.hex(), root.spent.hex()]
    assert shown["station-1"] == ["8", "0"]
    assert "terminal-5" not in shown
