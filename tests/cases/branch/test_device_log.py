"""The log that came on the USB drive is verified by the register, the bundle, an anchor and a report."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from commands.main import main
from crypto.election import parse_election
from election.audit_log import AUDIT_SUFFIX
from election.register import REGISTER_FILE, number_of, open_published_register
from election.rescue import BoxNumbers, Rescue, RescueGround, VerifiedRescue
from headquarters.log_arrivals import BroughtLog, bring_logs
from headquarters.published_acts import ROOT_FILE
from headquarters.set_aside import BundleFolder
from headquarters.workspace import ElectionFolder, Workspace
from kiosk.flows.operator.states import ConsoleAct
from kiosk.station.export import BUNDLE_SUFFIX
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import Office

SCHEMA = Path(__file__).parents[2] / "vectors/nist/NIST_V1_election_event_logging.json"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, words)])


@pytest.fixture
def drive(terminal: TerminalBench, office: Office) -> Path:
    """What headquarters gets of a day with one vote; register and root lie beside it."""
    terminal.vote(office.voting_card())
    assert terminal.do(ConsoleAct.CLOSE).ok
    assert terminal.do(ConsoleAct.EXPORT).ok
    drive = terminal.config.usb
    (drive / REGISTER_FILE).write_bytes(terminal.files.register.read_bytes())
    (drive / ROOT_FILE).write_bytes(office.authority.root)
    return drive


@pytest.mark.slow
def test_a_log_through_the_commands(drive: Path, terminal: TerminalBench, tmp_path: Path) -> None:
    device, register = terminal.config.device, drive / REGISTER_FILE
    log, bundle = drive / f"{device}{AUDIT_SUFFIX}", drive / f"{device}{BUNDLE_SUFFIX}"
    number = number_of(register.read_bytes())
    whole = ("--register", register, "--number", number)
    good = run("operator", "log", "verify", log, *whole, "--json")
    assert good.exit_code == 0, good.output
    said = json.loads(good.stdout)
    assert said["findings"] == []
    assert said["end_known_by"] == ["act load", "act open", "act close", "closing bundle"]

    assert run("operator", "log", "verify", log, "--register", register).exit_code == 3
    assert run("operator", "log", "verify", log).exit_code == 2
    other = "0" * 64
    answer = run("operator", "log", "verify", log, "--register", register, "--number", other)
    assert answer.exit_code == 2

    lines = log.read_bytes().splitlines(keepends=True)
    last = json.loads(lines[-1])
    for length, digest, status in (
        (last["number"] - 1, last["previous"], 0),
        (last["number"] - 1, last["previous"][:12], 0),
        (last["number"] - 2, last["previous"], 1),
    ):
        answer = run("operator", "log", "verify", log, *whole, "--printed", str(length), digest)
        assert answer.exit_code == status, answer.output

    anchor = terminal.files.anchors[0]
    assert run("operator", "log", "verify", log, *whole, "--anchor", anchor).exit_code in {0, 1}
    assert run("operator", "log", "verify", log, *whole, "--anchor", register).exit_code == 2

    shown = run("operator", "log", "show", log, "--what", "polls-closed")
    assert shown.exit_code == 3
    assert shown.stdout.count("polls-closed") == shown.stdout.count("\n") == 1

    out, words = tmp_path / "nist.json", tmp_path / "words.json"
    made = run("operator", "log", "export", log, *whole, "--out", out, "--documentation", words)
    assert made.exit_code == 0, made.output
    schema = json.loads(SCHEMA.read_text("utf-8"))
    for file in (out, words):
        jsonschema.Draft4Validator(schema).validate(json.loads(file.read_text("utf-8")))
    events = json.loads(out.read_text("utf-8"))["Device"][0]["Event"]
    assert [each["Sequence"] for each in events] == [str(n + 1) for n in range(len(lines))]

    # The end is cut off: no chain shows it, the closing bundle does.
    log.write_bytes(b"".join(lines[: len(lines) // 2]))
    cut = run("--language", "fa", "operator", "log", "verify", log, *whole)
    assert cut.exit_code == 1
    assert "log-cut" in cut.stdout
    assert "دفتر" in cut.stdout
    assert run("operator", "log", "export", log, *whole, "--out", tmp_path / "no").exit_code == 1
    assert not (tmp_path / "no").exists()

    bundle.write_bytes(bundle.read_bytes()[:-1])
    assert run("operator", "log", "verify", log, *whole).exit_code == 2
    bundle.unlink()
    assert run("operator", "log", "verify", log, *whole).exit_code == 3


# ---------------------------------------------------------------- at headquarters


@pytest.fixture
def workspace(drive: Path, terminal: TerminalBench, office: Office, tmp_path: Path) -> Workspace:
    """Headquarters after the bundle was imported; its log has not come yet."""
    folder = ElectionFolder(tmp_path / "hq")
    folder.path.mkdir()
    bundle = drive / f"{terminal.config.device}{BUNDLE_SUFFIX}"
    BundleFolder(folder.bundles, folder.set_aside).bring([bundle])
    package = terminal.package
    assert package is not None
    root = office.authority.root
    published = open_published_register((drive / REGISTER_FILE).read_bytes(), root)
    encrypted = parse_election(package.election.belenios_election)
    return Workspace(folder, root, package.election, package.digest, encrypted, published)


def words(found: BroughtLog) -> list[str]:
    return sorted({each.reason.value for each in found.findings})


def test_what_acts_and_bundle_anchor_is_checked_at_import(
    workspace: Workspace, drive: Path, terminal: TerminalBench
) -> None:
    """The end cut at every line: what the bundle anchors shows each cut, the chain alone none."""
    device = terminal.config.device
    log = drive / f"{device}{AUDIT_SUFFIX}"
    whole = log.read_bytes()
    (good,) = bring_logs(workspace, [log])
    assert (good.findings, good.device) == ((), device)
    assert good.end_known_by == ("act load", "act open", "act close", "closing bundle")
    kept = workspace.folder.path / "logs" / f"{device}{AUDIT_SUFFIX}"
    assert kept.read_bytes() == whole

    lines = whole.splitlines(keepends=True)
    closed = len(lines) - 1  # the export is logged after the closing
    for length in range(closed):
        log.write_bytes(b"".join(lines[:length]))
        (cut,) = bring_logs(workspace, [log])
        assert words(cut) == ["log-cut"], length
    assert kept.read_bytes() == whole, "a worse one replaces nothing"

    log.write_bytes(b"".join([*lines[:3], *lines[4:]]))
    (out,) = bring_logs(workspace, [log])
    assert "log-order" in words(out)
    log.write_bytes(whole.replace(b"polls-opened", b"polls-paused"))
    (changed,) = bring_logs(workspace, [log])
    assert "log-line" in words(changed)


def test_a_rescue_anchors_the_log_of_a_dead_device(
    workspace: Workspace, drive: Path, terminal: TerminalBench
) -> None:
    """The memories said forty entries when two cards signed the rescue; a log of thirty is cut."""
    device = terminal.config.device
    log = drive / f"{device}{AUDIT_SUFFIX}"
    for path in workspace.folder.bundles.iterdir():
        path.unlink()
    head = sha256(b"the fortieth").digest()
    assert workspace.published is not None
    said = Rescue(
        bytes.fromhex(workspace.published.number),
        terminal.config.branch,
        device,
        RescueGround.DEAD,
        BoxNumbers(1, 0, bytes(32), bytes(32)),
        bytes(32),
        None,
        bytes(32),
        head,
        40,
        terminal.clock.now(),
    )
    acts = replace(workspace.acts, rescues=(VerifiedRescue(said, ()),))
    (found,) = bring_logs(replace(workspace, acts=acts), [log])
    assert [(each.reason.value, each.source) for each in found.findings] == [
        ("log-cut", f"rescue {device}")
    ]


@pytest.mark.parametrize("name", ["nobody.audit.jsonl", ".audit.jsonl", "b9-t9.audit.jsonl"])
def test_a_log_of_nobody_is_told(workspace: Workspace, drive: Path, name: str) -> None:
    (drive / name).write_bytes(b"{}")
    (found,) = bring_logs(workspace, [drive / name])
    assert words(found) == ["log-key"]
