"""The doctor: every finding names what is wrong and what to do, and no device holds it up."""

from __future__ import annotations

import json
import os
import re
import resource
import ssl
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from commands.doctor import command, devices, machine, station, supply
from commands.doctor.devices import _failed
from commands.main import main
from crypto.certificates import create_root
from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from drivers.asking import DeviceQuestion, ask_all
from drivers.attached import serial_line
from drivers.errors import DeviceTimeoutError
from drivers.examined import secrecy, serial_devices
from drivers.examined.finding import Area, DoctorFinding, bad, good
from drivers.power.seam import Doubt, PowerState, Supply, unknown
from drivers.printer.seam import PaperState, PrinterStatus
from drivers.settings import (
    DeviceLimits,
    FingerprintLine,
    FingerprintProtocol,
    NutPower,
    PcscReaderSettings,
    PrinterLine,
    ScreenSettings,
    SerialLineSettings,
    SocketReaderSettings,
)
from election.board_client import StatusBoardSettings
from election.definition import BranchId, DeviceId, Role
from election.document_trust import OwnDocuments
from election.files import write_new
from kiosk.settings import IdentityReaders, StationConfiguration, TerminalReaders
from simulators.cards.piv import authorization_card
from simulators.demo.station_file import write_station
from simulators.fingerprint.sfm import SfmSimulator
from simulators.fingerprint.zfm import ZfmSimulator
from simulators.pcscd import PrivatePcscd, unavailable_reason
from simulators.printer.escpos import EscposSimulator, Trouble
from simulators.ups.upsd import UpsSimulator
from tests.needs import missing
from words.message import Latin, Value, in_english, m

NOW = datetime.now(UTC)
QUICK = DeviceLimits(finger_answer_s=0.2, printer_answer_s=0.3)
NOWHERE = "no-such-device"


def make_station(folder: Path, **changes: object) -> StationConfiguration:
    """An identity station whose files are all as they should be; its readers are simulated."""
    folder.mkdir(mode=0o700)
    for name in ("data", "mirror", "usb"):
        (folder / name).mkdir(mode=0o700)
    key = HybridKey.generate()
    write_new(folder / "signing.key", key.to_pem())
    write_new(folder / "sealing.key", SealingKey.generate().to_pem())
    day = timedelta(days=1)
    (folder / "root.der").write_bytes(create_root("HQ", key, NOW - day, NOW + day))
    reader = SocketReaderSettings(folder / "card")
    values: dict[str, object] = {
        "device": DeviceId("i1"),
        "role": Role.IDENTITY_STATION,
        "branch": BranchId("b1"),
        "data": folder / "data",
        "mirror": folder / "mirror",
        "usb": folder / "usb",
        "root_certificate": folder / "root.der",
        "signing_key": folder / "signing.key",
        "sealing_key": folder / "sealing.key",
        "readers": IdentityReaders(reader, reader),
        "fingerprint": FingerprintLine(str(folder / NOWHERE), 115_200),
        "printer": None,
        "screen": ScreenSettings(),
        "limits": QUICK,
    }
    return StationConfiguration(**{**values, **changes})  # type: ignore[arg-type]


def of(findings: tuple[DoctorFinding, ...], name: str) -> DoctorFinding:
    return next(finding for finding in findings if in_english(finding.name) == name)


def said(value: Value | None) -> str:
    return "" if value is None else in_english(value)


# ---------------------------------------------------------------- the machine


def test_this_machine_is_fit() -> None:
    findings = {in_english(finding.name): finding for finding in machine.examine()}
    assert {
        "Python",
        "SQLite",
        "PySide6-Essentials",
        "pyscard",
        "group arithmetic",
        "signatures",
    } <= set(findings)
    assert all(finding.ok for finding in findings.values() if finding.needed)


def test_json_has_the_promised_shape() -> None:
    done = CliRunner().invoke(main, ["doctor", "--json"])
    assert done.exit_code == 0
    for finding in json.loads(done.stdout):
        texts = {"name", "detail", "advice"}
        assert set(finding) == {"ok", "needed", "area", "word", "messages", *texts}
        assert finding["area"] == "machine"
        assert finding["messages"].keys() == texts
        for name in texts:
            message = finding["messages"][name]
            match message:
                case str():
                    assert finding[name] == message
                case {"values": values}:
                    assert set(re.findall(r"{(\w+)}", message["message"])) == set(values)
                    assert values or finding[name] == message["message"]
                case _:
                    assert (name, type(message)) == ("detail", list)
    disk = next(finding for finding in json.loads(done.stdout) if finding["name"] == "disk")
    assert disk["messages"]["detail"]["message"] == "{room} free in {folder}"
    assert disk["messages"]["detail"]["values"]["room"] > 0


def test_what_is_missing_is_named_and_ends_in_1(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = bad(Latin("SQLite"), Latin("3.1"), m("install a newer one"))
    monkeypatch.setattr(machine, "examine", lambda: (missing,))
    done = CliRunner().invoke(main, ["doctor"])
    assert done.exit_code == 1
    assert "MISSING" in done.output
    assert "install a newer one" in done.output


def test_a_terminal_shows_the_words_without_colours_too() -> None:
    findings = {
        Area.MACHINE: [good("first", "it works"), good("second", "it works", m("see to it"))],
        Area.DEVICE: [bad("third", "is gone")],
    }
    console = Console(force_terminal=True, no_color=True, width=60, record=True)
    with console.capture() as shown:
        command._show(findings, console)
    for text in ("ok", "look", "MISSING", "see to it", "Its devices"):
        assert text in shown.get()


# ---------------------------------------------------------------- the station


def test_a_station_in_order_has_only_its_mirror_to_see_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Tests may keep their folders in memory; a station has disks.
    monkeypatch.setattr(secrecy, "keeps_old_blocks", lambda _folder: None)
    findings = station.examine(make_station(tmp_path / "s"), NOW)
    assert all(finding.ok for finding in findings)
    assert [in_english(finding.name) for finding in findings if finding.advice] == ["mirror"]
    assert "second disk" in said(of(findings, "mirror").advice)


@pytest.mark.parametrize("name", ["signing key", "sealing key"])
def test_keys_are_there_and_private(tmp_path: Path, name: str) -> None:
    config = make_station(tmp_path / "s")
    path = config.signing_key if name == "signing key" else config.sealing_key
    path.chmod(0o644)
    assert "chmod 600" in said(of(station.examine(config, NOW), name).advice)
    path.write_text("no key")
    assert not of(station.examine(config, NOW), name).ok
    path.unlink()
    assert "missing" in said(of(station.examine(config, NOW), name).detail)


@pytest.mark.parametrize("name", ["data", "mirror", "."])
@pytest.mark.parametrize("mode", [0o755, 0o710, 0o701])
def test_folders_that_others_may_open_are_named(tmp_path: Path, name: str, mode: int) -> None:
    config = make_station(tmp_path / "s")
    assert not of(station.examine(config, NOW), "rights of the folders").advice
    wide = tmp_path / "s" / name
    wide.chmod(mode)
    found = of(station.examine(config, NOW), "rights of the folders")
    assert f"{wide} ({mode:04o})" in said(found.detail)
    assert "chmod 700" in said(found.advice)


def test_swap_is_named(tmp_path: Path) -> None:
    swaps = tmp_path / "swaps"
    head = "Filename Type Size Used Priority\n"
    swaps.write_text(head)
    assert not of(secrecy.of_machine(swaps), "swap").advice
    swaps.write_text(head + "/dev/zram0 partition 8388604 0 100\n/swap file 1024 0 -2\n")
    found = of(secrecy.of_machine(swaps), "swap")
    assert "/dev/zram0" in said(found.detail)
    assert "/swap" in said(found.detail)
    assert "swapoff" in said(found.advice)
    swaps.unlink()
    assert of(secrecy.of_machine(swaps), "swap").advice


@pytest.mark.parametrize("limit", [0, 4096])
def test_core_files_are_named(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, resource.RLIM_INFINITY))
    assert bool(of(secrecy.of_machine(), "core files").advice) is bool(limit)


@pytest.mark.parametrize(("zone", "named"), [("UTC0", "UTC+00:00"), ("IRST-3:30", "UTC+03:30")])
def test_the_time_zone_of_reports_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str, named: str
) -> None:
    """A machine that is left at UTC prints UTC."""
    try:
        with monkeypatch.context() as machine:
            machine.setenv("TZ", zone)
            time.tzset()
            found = of(station.examine(make_station(tmp_path / "s"), NOW), "clock")
    finally:
        time.tzset()
    assert found.ok
    assert named in said(found.detail)


@pytest.mark.parametrize("wrong", [timedelta(days=-400), timedelta(days=400)])
def test_a_clock_that_cannot_be_right(tmp_path: Path, wrong: timedelta) -> None:
    found = of(station.examine(make_station(tmp_path / "s"), NOW + wrong), "clock")
    assert not found.ok
    assert "set the clock" in said(found.advice)


@pytest.mark.parametrize("part", ["profile", "csca"])
def test_own_documents_that_cannot_be_used(tmp_path: Path, part: str) -> None:
    (tmp_path / "csca").mkdir()
    (tmp_path / "csca" / "a.pem").write_text("nonsense")
    own = OwnDocuments("unknown") if part == "profile" else OwnDocuments(csca=tmp_path / "csca")
    findings = station.examine(make_station(tmp_path / "s", identity=own), NOW)
    assert not of(findings, "trusted documents").ok


@pytest.mark.parametrize(
    ("text", "wrong"),
    [(None, "board.pem:"), ("x", "is no certificate"), ("\u00e9", "is no"), ("", "")],
)
def test_the_certificate_of_the_status_board(tmp_path: Path, text: str | None, wrong: str) -> None:
    """Without it nobody sees the station on the board, and nothing else says why."""
    path = tmp_path / "board.pem"
    board = StatusBoardSettings("board:8444", str(path))
    config = make_station(tmp_path / "s", status_board=board)
    if text is not None:
        shown = ssl.DER_cert_to_PEM_cert(config.root_certificate.read_bytes())
        path.write_text(text or shown * 2)
    found = of(station.examine(config, NOW), "certificate of the status board")
    assert found.ok is (text == "")
    assert wrong in said(found.detail)
    assert found.ok or said(found.advice) == "bring it from headquarters"


def test_missing_folders(tmp_path: Path) -> None:
    config = make_station(tmp_path / "s")
    for folder in (config.data, config.mirror, config.usb):
        folder.rmdir()
    findings = station.examine(config, NOW)
    assert not of(findings, "data").ok
    assert not of(findings, "mirror").ok
    assert not of(findings, "USB drive").needed


# ---------------------------------------------------------------- devices


def test_all_devices_in_order(tmp_path: Path) -> None:
    with (
        SfmSimulator(tmp_path / "finger", paced=False) as sensor,
        EscposSimulator(tmp_path / "printer", paced=False) as paper,
        UpsSimulator("ups") as ups,
    ):
        time.sleep(0.4)  # the module is deaf after power-on
        config = make_station(
            tmp_path / "s",
            fingerprint=FingerprintLine(sensor.path, 115_200),
            printer=PrinterLine(paper.path, 115_200),
            power=NutPower(ups.host, ups.port, ups.name),
        )
        findings = devices.examine(config)
        assert [in_english(finding.name) for finding in findings] == [
            "identity reader",
            "card reader",
            "fingerprint reader",
            "printer",
            "power",
        ]
        assert all(finding.ok for finding in findings)
        assert "Suprema" in said(of(findings, "fingerprint reader").detail)
        assert "100 %" in said(of(findings, "power").detail)
        paper.cause(Trouble.COVER_OPEN)
        ups.strike("stale")
        findings = devices.examine(config)
        assert said(of(findings, "printer").advice) == "close it"
        assert "stale" in said(of(findings, "power").detail)


def test_a_module_of_the_other_family_is_recognised(tmp_path: Path) -> None:
    with ZfmSimulator(tmp_path / "finger", paced=False) as sensor:
        line = FingerprintLine(sensor.path, 115_200, FingerprintProtocol.SFM)
        config = make_station(tmp_path / "s", fingerprint=line)
        found = of(devices.examine(config), "fingerprint reader")
    assert not found.ok
    assert 'protocol = "zfm", baud = 57600' in said(found.advice)


def test_lines_that_are_not_there_and_lines_in_use(tmp_path: Path) -> None:
    with EscposSimulator(tmp_path / "taken", paced=False) as paper:
        taken = SerialLineSettings(paper.path, 9600)
        config = make_station(
            tmp_path / "s", scanner=taken, printer=PrinterLine(str(tmp_path / NOWHERE), 9600)
        )
        assert of(devices.examine(config), "scanner").ok
        held = serial_line(taken, QUICK)
        findings = devices.examine(config)
        held.close()
    assert "stop the program that uses it" in said(of(findings, "scanner").advice)
    for name in ("printer", "fingerprint reader"):
        assert "is not there" in said(of(findings, name).detail)


def test_a_reader_without_its_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(tmp_path / "no-socket"))
    readers = IdentityReaders(PcscReaderSettings("A"), PcscReaderSettings("B*"))
    findings = devices.examine(make_station(tmp_path / "s", readers=readers))
    for name in ("identity reader", "card reader"):
        assert not of(findings, name).ok
        assert of(findings, name).advice


def test_a_device_that_hangs_costs_its_own_line_only() -> None:
    release = threading.Event()

    def hang() -> DoctorFinding:
        release.wait()
        return good("hanging", "")

    def broken() -> DoctorFinding:
        raise DeviceTimeoutError("it said nothing")

    asked = [
        DeviceQuestion(m("hanging"), hang),
        DeviceQuestion(m("broken"), broken),
        DeviceQuestion(m("good"), lambda: good("good", "")),
    ]
    hanging, failed, working = ask_all(asked, 0.5, _failed)
    release.set()
    assert "no result" in said(hanging.detail)
    assert "it said nothing" in said(failed.detail)
    assert working.ok


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (PrinterStatus(True, PaperState.OK), ""),
        (PrinterStatus(True, PaperState.NEAR_END), "roll"),
        (PrinterStatus(False, PaperState.END), "new roll"),
        (PrinterStatus(False, PaperState.OK, cover_open=True), "close"),
        (PrinterStatus(False, PaperState.OK, cutter_fault=True), "free"),
        (PrinterStatus(False, PaperState.OK, mechanical_fault=True), "exchange"),
        (PrinterStatus(False, PaperState.OK, head_hot=True), "wait"),
        (PrinterStatus(False, PaperState.OK), "button"),
    ],
)
def test_what_a_printer_says(status: PrinterStatus, advice: str) -> None:
    found = serial_devices._printer_status(PrinterLine("/dev/x", 9600), status)
    assert advice in said(found.advice)
    assert found.ok == (status.can_print)


@pytest.mark.parametrize(
    ("state", "ok"),
    [
        (PowerState(Supply.ON_LINE, 100), True),
        (PowerState(Supply.ON_LINE, 100, closing=True), False),
        (PowerState(Supply.ON_BATTERY, 50), True),
        (PowerState(Supply.LOW, 5), False),
        *((unknown(doubt), False) for doubt in Doubt),
    ],
)
def test_what_a_supply_says(state: PowerState, ok: bool) -> None:
    assert supply._power_state(state).ok == ok


# ---------------------------------------------------------------- the command


def test_a_station_from_its_file(tmp_path: Path) -> None:
    config = make_station(tmp_path / "s")
    write_station(config, tmp_path / "station.toml")
    done = CliRunner().invoke(main, ["doctor", "--config", str(tmp_path / "station.toml")])
    assert done.exit_code == 1
    assert "i1, Identity station" in done.stdout
    assert f"{tmp_path / 's' / NOWHERE} is not there" in done.stdout


@pytest.mark.slow
@pytest.mark.pcscd
def test_readers_of_the_card_service(tmp_path: Path) -> None:
    reason = unavailable_reason()
    if reason is not None:
        missing(reason)
    with PrivatePcscd(["One", "Two"]) as daemon:
        config = make_station(tmp_path / "s", fingerprint=None)
        config = replace(
            config,
            role=Role.BALLOT_TERMINAL,
            readers=TerminalReaders(PcscReaderSettings("On? 00 00")),
        )
        slot = daemon.slot("One")
        slot.insert(authorization_card(bytes(32)))
        for readers, told in (
            (config.readers, "an authorization card"),
            (TerminalReaders(PcscReaderSettings("Two 00 00")), "no card is in"),
            (TerminalReaders(PcscReaderSettings("Three")), "there: One"),
        ):
            write_station(replace(config, readers=readers), tmp_path / "station.toml")
            done = subprocess.run(
                [sys.executable, "-m", "commands.main", "doctor", "--json"]
                + ["--config", str(tmp_path / "station.toml")],
                env={**os.environ, **daemon.env()},
                capture_output=True,
                timeout=60,
                check=False,
            )
            found = {finding["name"]: finding for finding in json.loads(done.stdout)}["card reader"]
            assert told in found["detail"]
            assert found["ok"] == (told != "there: One")
        slot.remove()


def test_a_file_that_cannot_be_used_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_text("device = 1")
    for path in (tmp_path / "station.toml", tmp_path / "missing.toml"):
        for arguments in (["doctor", "--json"], ["doctor"], ["station"]):
            done = CliRunner().invoke(main, [*arguments, "--config", str(path)])
            assert done.exit_code == 2, arguments
            assert done.stdout == ""
            assert str(path) in done.stderr
