"""What every power source does over its real wire, and what a client survives."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DeviceLostError, DeviceNotFoundError, DeviceTimeoutError, DriverError
from drivers.power.nut import NutLimits, NutSource, UpsdClient
from drivers.power.nut_wire import MAX_LIST, NutLimitError
from drivers.power.policy import PowerAdvice, Thresholds, choose_advice, update_history
from drivers.power.seam import Doubt, PowerSource, PowerState, Supply, unknown
from simulators.ups.upsd import UpsSimulator

QUICK = NutLimits(connect_s=1.0, answer_s=0.5)


@pytest.fixture
def ups() -> Iterator[UpsSimulator]:
    with UpsSimulator(capacity_s=1800) as simulator:
        yield simulator


@pytest.fixture(params=["kiosk", None], ids=["by name", "the only one"])
def source(request: pytest.FixtureRequest, ups: UpsSimulator) -> Iterator[PowerSource]:
    source = NutSource(request.param, port=ups.port)
    yield source
    source.close()


def test_each_state_is_told(source: PowerSource, ups: UpsSimulator) -> None:
    assert source.read() == PowerState(Supply.ON_LINE, 100, 1800)
    ups.strike("battery")
    assert source.read().supply is Supply.ON_BATTERY
    ups.strike("low")
    state = source.read()
    assert (state.supply, state.low_battery) == (Supply.LOW, True)
    assert state.charge_percent is not None
    assert state.charge_percent <= 10
    ups.strike("stale")
    assert source.read() == unknown(Doubt.STALE)
    ups.strike("gone")
    assert source.read() == unknown(Doubt.NO_DRIVER)
    ups.strike("line")
    ups.strike("replace")
    assert source.read().replace_battery
    ups.strike("shutdown")
    assert source.read().closing


def test_a_service_that_ends_is_no_service_and_found_again(
    source: PowerSource, ups: UpsSimulator
) -> None:
    assert source.read().supply is Supply.ON_LINE
    ups.unplug()
    assert source.read() == unknown(Doubt.NO_SERVICE)
    ups.replug()
    assert source.read().supply is Supply.ON_LINE


def test_a_service_that_was_restarted_between_two_readings_is_no_doubt(
    source: PowerSource, ups: UpsSimulator
) -> None:
    assert source.read().supply is Supply.ON_LINE
    ups.unplug()
    ups.replug()
    assert source.read().supply is Supply.ON_LINE


def test_a_day_with_an_outage(source: PowerSource, ups: UpsSimulator) -> None:
    limits = Thresholds()
    history, advice = None, []
    for now, name in [(0, "line"), (5, "battery"), (64, "battery"), (65, "stale"), (70, "line")] + [
        (75, "low"),
        (80, "gone"),
        (85, "line"),
    ]:
        ups.strike(name)
        history = update_history(history, source.read(), now, limits)
        advice.append(choose_advice(history, now, limits))
    assert advice == [
        PowerAdvice.NORMAL,
        PowerAdvice.WARN,
        PowerAdvice.WARN,
        PowerAdvice.FINISH_RUNNING_VOTER,
        PowerAdvice.NORMAL,
        PowerAdvice.CLOSE_SAFELY,
        PowerAdvice.CLOSE_SAFELY,
        PowerAdvice.WARN,  # line power is back, the battery is still low
    ]


def test_another_name_is_no_device(ups: UpsSimulator) -> None:
    source = NutSource("other", port=ups.port)
    assert source.read() == unknown(Doubt.NO_DEVICE)
    source.close()
    with pytest.raises(ValueError, match="name"):
        NutSource("a b")


class Script:
    """A service that answers each line, or each connection, with bytes of a script."""

    def __init__(self, answer: bytes, *, hang_up: bool = False) -> None:
        self._answer = answer
        self._hang_up = hang_up
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Script":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        self._listener.settimeout(0.05)
        while not self._stop.is_set():
            with contextlib.suppress(OSError):
                client, _ = self._listener.accept()
                with client:
                    client.settimeout(0.05)
                    self._serve(client)

    def _serve(self, client: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                if not client.recv(4096):
                    return
            except TimeoutError:
                continue
            client.settimeout(1)
            client.sendall(self._answer)
            client.settimeout(0.05)
            if self._hang_up:
                return


@pytest.mark.parametrize(
    ("answer", "hang_up", "doubt"),
    [
        (b"", False, Doubt.SILENT),
        (b"VAR kiosk ups.st", False, Doubt.SILENT),
        (b"", True, Doubt.NO_SERVICE),
        (b"HTTP/1.1 400 Bad Request\r\n", False, Doubt.NONSENSE),
        (b"x" * 100_000, False, Doubt.NONSENSE),
        (b"VAR kiosk ups.status \xff\n", False, Doubt.NONSENSE),
        (b'VAR kiosk battery.charge "5"\n', False, Doubt.NONSENSE),
        (b'VAR kiosk ups.status "OL" "OB"\n', False, Doubt.NONSENSE),
        (b"ERR ACCESS-DENIED\n", False, Doubt.REFUSED),
        (b"ERR\n", False, Doubt.REFUSED),
    ],
)
def test_whatever_answers_instead_is_a_doubt(answer: bytes, hang_up: bool, doubt: Doubt) -> None:
    with Script(answer, hang_up=hang_up) as service:
        source = NutSource("kiosk", port=service.port, limits=QUICK)
        begun = time.monotonic()
        assert source.read() == unknown(doubt)
        assert time.monotonic() - begun < 10
        source.close()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"BEGIN LIST UPS\n" + b'UPS a "b"\n' * (MAX_LIST + 1), NutLimitError),
        (b'BEGIN LIST UPS\nUPS a "b"\n', DeviceTimeoutError),
        (b"BEGIN LIST UPS\nUPS a\n", DriverError),
        (b"BEGIN LIST VAR x\n", DriverError),
    ],
)
def test_a_list_is_bounded_and_whole(answer: bytes, error: type[Exception]) -> None:
    with Script(answer) as service:
        client = UpsdClient("127.0.0.1", service.port, QUICK)
        with pytest.raises(error):
            client.supplies()
        client.close()


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert NutSource("kiosk", port=port).read() == unknown(Doubt.NO_SERVICE)
    with pytest.raises(DeviceNotFoundError, match="upsd"):
        UpsdClient("127.0.0.1", port, QUICK)


def test_a_client_whose_service_has_gone(ups: UpsSimulator) -> None:
    client = UpsdClient(ups.host, ups.port, QUICK)
    assert client.variables("kiosk") == ups.variables()
    ups.unplug()
    with pytest.raises(DeviceLostError):
        client.version()
    client.close()


@pytest.mark.fuzz
@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=60) | st.just(b'VAR kiosk ups.status "OL"'))
def test_any_line_is_a_state(line: bytes) -> None:
    with Script(line + b"\n") as service:
        source = NutSource("kiosk", port=service.port, limits=NutLimits(1.0, 0.2))
        state = source.read()
        assert (state.supply is Supply.UNKNOWN) == (state.doubt is not None)
        source.close()
