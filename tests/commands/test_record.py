"""`amin doctor --record`: refused where voters are served, and silent about whoever holds the card."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from commands.doctor.record import record, record_finger
from commands.main import main
from crypto.hybrid import HybridKey
from drivers.fingerprint.module_trace import ModuleTrace
from drivers.settings import SocketReaderSettings
from drivers.smartcard.trace import CardTrace
from election.audit_events import AuditEvent
from election.device_files import Files
from election.document_trust import OwnDocuments
from election.schema import from_json
from kiosk.configuration import ConfigurationError
from kiosk.settings import IdentityReaders, StationConfiguration, TerminalReaders
from kiosk.storage.audit import AuditLog
from kiosk.storage.polls import Polls
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.habits import HABITS
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.module import INSTANT
from simulators.fingerprint.sfm import SfmSimulator
from simulators.vpcd import SocketSlot
from tests.cases.documents.kit import NOW, person
from tests.cases.documents.test_habits import ISSUER
from tests.commands.test_doctor import make_station
from tests.kiosk.station.office import NOON, Office

CAN = "271828"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office.open(tmp_path_factory.mktemp("office"))


@pytest.fixture
def config(tmp_path: Path) -> StationConfiguration:
    return make_station(tmp_path / "station", identity=OwnDocuments(profile="icao"))


def put_in(config: StationConfiguration, habit: str = "extended-6982") -> SocketSlot:
    readers = config.readers
    assert isinstance(readers, IdentityReaders)
    assert isinstance(readers.identity, SocketReaderSettings)
    slot = SocketSlot(readers.identity.path)
    access = CardAccess(AccessMode.PACE, CAN)
    slot.insert(ISSUER.issue(person(), access=access, habit=HABITS[habit]))
    return slot


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(click, "prompt", lambda *_, **__: text)


def test_card_is_recorded(
    config: StationConfiguration,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    typed(monkeypatch, CAN)
    slot, path = put_in(config), tmp_path / "trace.json"
    try:
        record(config, path, NOW)
    finally:
        slot.remove()
    trace = from_json(CardTrace, path.read_bytes())
    assert trace.ended == ""
    assert any(e.extended and e.status in ("", "6982") for e in trace.exchanges)
    assert path.stat().st_mode & 0o077 == 0
    told = capsys.readouterr().err
    assert "Not passed: issuer" in told or "Not passed: trust-store" in told
    for secret in (CAN, person().national_number, person().latin_surname):
        assert secret not in told + path.read_text()
    with pytest.raises(ConfigurationError, match="new file"):
        record(config, path, NOW)


@pytest.mark.parametrize(
    ("text", "ended"), [("314159", "WrongAccessSecretError"), ("12345", None), ("", None)]
)
def test_wrong_secret(
    config: StationConfiguration,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    ended: str | None,
) -> None:
    """A number that does not open the card is recorded as such; one that opens none is refused."""
    typed(monkeypatch, text)
    slot, path = put_in(config), tmp_path / "trace.json"
    try:
        if ended is None:
            with pytest.raises(ConfigurationError):
                record(config, path, NOW)
            assert not path.exists()
            return
        record(config, path, NOW)
    finally:
        slot.remove()
    assert json.loads(path.read_text())["ended"] == ended


def provision(config: StationConfiguration, office: Office, state: str) -> None:
    files = Files(config.data, config.mirror)
    if state in ("rehearsal", "real", "open", "paused"):
        rehearsal = state != "real"
        files.package.write_bytes(office.package(replace(office.election, rehearsal=rehearsal)))
    if state == "unreadable":
        files.package.write_bytes(b"what nobody can read")
    if state in ("open", "paused"):
        polls = Polls(files.polls)
        polls._database.table("polls").update(1, {"state": state})
        polls.close_store()
    if state == "torn":
        files.polls.write_bytes(b"no database" * 100)
    if state == "ready":
        log = AuditLog(files.audit, HybridKey.load(config.signing_key).classical)
        log.append(AuditEvent.READY_FOR_THE_DAY, NOON, "0011223344556677 8899aabbccddeeff")
        log.close()


@pytest.mark.parametrize("state", ["real", "unreadable", "open", "paused", "torn", "ready"])
def test_refused_where_voters_are_served(
    config: StationConfiguration,
    office: Office,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
) -> None:
    """Before anything is asked, and before the reader is opened."""
    provision(config, office, state)
    monkeypatch.setattr(click, "prompt", lambda *_, **__: pytest.fail("asked"))
    with pytest.raises(ConfigurationError, match="nothing is recorded"):
        record(config, tmp_path / "trace.json", NOW)
    assert not (tmp_path / "trace.json").exists()


def test_rehearsal_may_record(
    config: StationConfiguration, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision(config, office, "rehearsal")
    typed(monkeypatch, CAN)
    with pytest.raises(ConfigurationError, match="nothing was recorded"):
        record(config, tmp_path / "trace.json", NOW)  # no card is in


def test_terminal_has_no_identity_cards(config: StationConfiguration, tmp_path: Path) -> None:
    readers = config.readers
    assert isinstance(readers, IdentityReaders)
    terminal = replace(config, readers=TerminalReaders(readers.identity))
    with pytest.raises(ConfigurationError, match="identity station"):
        record(terminal, tmp_path / "trace.json", NOW)


def test_needs_a_station(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["doctor", "--record", str(tmp_path / "trace.json")])
    assert done.exit_code == 2
    assert "--config" in done.output


def test_goes_without_json(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["doctor", "--json", "--record", str(tmp_path / "x.json")])
    assert done.exit_code == 2
    assert "--json" in done.output


# ------------------------------------------------------------ fingerprint modules


@pytest.fixture
def sensor(config: StationConfiguration) -> Iterator[SfmSimulator]:
    line = config.fingerprint
    assert line is not None
    path = Path(line.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with SfmSimulator(path, timing=INSTANT, paced=False) as module:
        module.place(Finger.of(3), Placement.CLEAN)
        yield module


def test_module_is_recorded(
    config: StationConfiguration,
    sensor: SfmSimulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "module.json"
    record_finger(config, path)
    trace = from_json(ModuleTrace, path.read_bytes())
    assert (trace.state, trace.outcomes) == ("ready", ("taken", "match"))
    assert path.stat().st_mode & 0o077 == 0
    assert "kinds of answers" in capsys.readouterr().err
    with pytest.raises(ConfigurationError, match="new file"):
        record_finger(config, path)


def test_module_that_is_not_there_is_recorded_as_absent(
    config: StationConfiguration, tmp_path: Path
) -> None:
    path = tmp_path / "module.json"
    record_finger(config, path)
    trace = from_json(ModuleTrace, path.read_bytes())
    assert (trace.state, trace.outcomes, trace.exchanges) == ("absent", (), ())


@pytest.mark.parametrize("state", ["real", "open", "paused", "ready"])
def test_no_finger_is_recorded_where_voters_are_served(
    config: StationConfiguration, office: Office, tmp_path: Path, state: str
) -> None:
    provision(config, office, state)
    with pytest.raises(ConfigurationError, match="nothing is recorded"):
        record_finger(config, tmp_path / "module.json")
    assert not (tmp_path / "module.json").exists()


def test_terminal_has_no_module(config: StationConfiguration, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="fingerprint module"):
        record_finger(replace(config, fingerprint=None), tmp_path / "module.json")


def test_finger_needs_a_file() -> None:
    done = CliRunner().invoke(main, ["doctor", "--finger"])
    assert done.exit_code == 2
    assert "--record" in done.output
