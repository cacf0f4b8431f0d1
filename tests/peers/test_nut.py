"""NUT itself, both ways: its client reads the simulated UPS, our driver reads its server and driver."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.power.nut import NutLimits, NutSource, UpsdClient
from drivers.power.nut_wire import NutCode, NutError
from drivers.power.policy import PowerAdvice, Thresholds, choose_advice, update_history
from drivers.power.seam import Doubt, PowerState, Supply
from simulators.ups.upsd import UpsSimulator
from tests.needs import missing

NUT_FOLDER = Path("/lib/nut")
START_S = 15.0
CHANGE_S = 15.0
"""The dummy driver looks at its file every second or so."""


@dataclass
class RealUpsd:
    """Debian's `upsd` with its `dummy-ups`, in a folder of its own, as the current user."""

    folder: Path
    port: int
    driver: subprocess.Popen[bytes]
    server: subprocess.Popen[bytes]

    @classmethod
    def start(cls, folder: Path) -> "RealUpsd":
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = int(probe.getsockname()[1])
        files = {
            "ups.conf": '[kiosk]\n driver = dummy-ups\n port = kiosk.dev\n desc = "Test \\"UPS\\""\n'
            " pollinterval = 1\n",
            "upsd.conf": f"LISTEN 127.0.0.1 {port}\nMAXAGE 15\nSTATEPATH {folder}\n",
            "upsd.users": "",
        }
        for name, text in files.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o600)
        write(folder, "OL CHRG", 97, 1500)
        driver = run(folder, "dummy-ups", "-a", "kiosk")
        until((folder / "dummy-ups-kiosk").exists, START_S)
        return cls(folder, port, driver, run(folder, "upsd"))

    def set(self, status: str, charge: float, runtime_s: float) -> None:
        write(self.folder, status, charge, runtime_s)

    def stop(self) -> None:
        for process in (self.server, self.driver):
            if process.poll() is None:
                process.terminate()
        for process in (self.server, self.driver):
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(30)


def write(folder: Path, status: str, charge: float, runtime_s: float) -> None:
    text = (
        f"ups.status: {status}\nbattery.charge: {charge:g}\nbattery.runtime: {runtime_s:g}\n"
        'ups.mfr: A "quoted" \\name\nTIMER 1\n'
    )
    # Whole at once, for the driver reads whenever it likes.
    (folder / "new").write_text(text)
    (folder / "new").replace(folder / "kiosk.dev")


def run(folder: Path, program: str, *arguments: str) -> subprocess.Popen[bytes]:
    """In the foreground (-D); the wrapper in /usr/sbin would ask the machine's own configuration."""
    user = ("-u", "root") if os.geteuid() == 0 else ()
    places = {"NUT_CONFPATH": folder, "NUT_STATEPATH": folder, "NUT_ALTPIDPATH": folder}
    environment = {**os.environ, **{name: str(path) for name, path in places.items()}}
    return subprocess.Popen(
        [NUT_FOLDER / program, *arguments, *user, "-D"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def until(true: Callable[[], bool], limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def upsd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealUpsd]:
    for program in ("upsd", "dummy-ups"):
        if not (NUT_FOLDER / program).exists():
            missing(f"{program} of Debian's nut-server")
    running = RealUpsd.start(tmp_path_factory.mktemp("nut"))
    try:
        source = NutSource("kiosk", port=running.port)
        until(lambda: source.read().supply is Supply.ON_LINE, START_S)
        source.close()
        yield running
    finally:
        running.stop()


@pytest.fixture
def source(upsd: RealUpsd) -> Iterator[NutSource]:
    source = NutSource("kiosk", port=upsd.port)
    yield source
    source.close()


@pytest.mark.slow
def test_our_driver_reads_the_real_service(upsd: RealUpsd, source: NutSource) -> None:
    upsd.set("OL CHRG", 97, 1500)
    wanted = PowerState(Supply.ON_LINE, charge_percent=97, runtime_s=1500)
    until(lambda: source.read() == wanted, CHANGE_S)
    upsd.set("OB DISCHRG", 60, 900)
    until(lambda: source.read().supply is Supply.ON_BATTERY, CHANGE_S)
    upsd.set("OB LB DISCHRG RB", 9, 100)
    until(lambda: source.read().supply is Supply.LOW, CHANGE_S)
    state = source.read()
    assert state == PowerState(Supply.LOW, 9, 100, low_battery=True, replace_battery=True)
    limits = Thresholds()
    assert (
        choose_advice(update_history(None, state, 0, limits), 0, limits) is PowerAdvice.CLOSE_SAFELY
    )
    upsd.set("FSD OL", 97, 1500)
    until(lambda: source.read().closing, CHANGE_S)


def test_its_quotes_lists_and_refusals_are_understood(upsd: RealUpsd) -> None:
    client = UpsdClient("127.0.0.1", upsd.port, NutLimits())
    assert client.version() == "1.3"
    assert list(client.supplies()) == ["kiosk"]
    assert client.supplies()["kiosk"] == 'Test "UPS"'
    told = client.variables("kiosk")
    assert told["driver.name"] == "dummy-ups"
    assert client.variable("kiosk", "ups.mfr") == told["ups.mfr"]
    for ups, name, code in [
        ("nosuch", "ups.status", NutCode.UNKNOWN_UPS),
        ("kiosk", "no.var", NutCode.VAR_NOT_SUPPORTED),
    ]:
        with pytest.raises(NutError) as refused:
            client.variable(ups, name)
        assert refused.value.code is code
    client.close()


def test_a_driver_that_dies_is_told_as_such_and_found_again(
    upsd: RealUpsd, source: NutSource
) -> None:
    upsd.set("OL", 100, 1800)
    until(lambda: source.read().supply is Supply.ON_LINE, CHANGE_S)
    upsd.driver.kill()
    upsd.driver.wait(30)
    until(lambda: source.read().doubt in (Doubt.NO_DRIVER, Doubt.STALE), CHANGE_S + 15)
    assert source.read().supply is Supply.UNKNOWN
    upsd.driver = run(upsd.folder, "dummy-ups", "-a", "kiosk")
    until(lambda: source.read().supply is Supply.ON_LINE, CHANGE_S + 15)


def test_a_service_that_ends_is_no_service(tmp_path: Path, upsd: RealUpsd) -> None:
    del upsd  # the programs are here
    service = RealUpsd.start(tmp_path)
    source = NutSource("kiosk", port=service.port)
    try:
        until(lambda: source.read().supply is Supply.ON_LINE, START_S)
        service.server.terminate()
        service.server.wait(30)
        assert source.read() == PowerState(Supply.UNKNOWN, doubt=Doubt.NO_SERVICE)
    finally:
        source.close()
        service.stop()


def upsc(*arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("upsc") is None:
        missing("upsc of Debian's nut-client")
    return subprocess.run(
        ["upsc", *arguments], capture_output=True, text=True, timeout=30, check=False
    )


def test_upsc_reads_our_simulated_ups() -> None:
    with UpsSimulator(description='The "branch" UPS') as ups:
        listed = upsc("-L", f"{ups.host}:{ups.port}")
        assert listed.stdout == 'kiosk: The "branch" UPS\n'
        told = dict(line.split(": ", 1) for line in upsc(ups.where).stdout.splitlines())
        assert told == ups.variables()
        for name, status in [
            ("battery", "OB DISCHRG"),
            ("low", "OB LB DISCHRG"),
            ("replace", "OB LB DISCHRG RB"),
            ("shutdown", "FSD OB LB DISCHRG RB"),
        ]:
            ups.strike(name)
            assert upsc(ups.where, "ups.status").stdout == status + "\n"
        assert "Variable not supported" in upsc(ups.where, "no.var").stderr
        assert "Unknown UPS" in upsc(f"other@{ups.host}:{ups.port}").stderr
        ups.strike("stale")
        assert "Data stale" in upsc(ups.where).stderr
        ups.strike("gone")
        assert "Driver not connected" in upsc(ups.where).stderr
        ups.unplug()
        assert "Connection failure" in upsc(ups.where).stderr
