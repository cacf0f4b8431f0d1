"""The log that came on the USB drive is verified by the register, the bundle, an anchor and a report."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from commands.main import main
from election.audit_log import AUDIT_SUFFIX
from election.register import REGISTER_FILE, number_of
from headquarters.published_acts import ROOT_FILE
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
