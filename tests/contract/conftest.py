"""Benches of the card suite, and real devices where the command line names some."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.smartcard.channel import CardReader, Inserted
from drivers.smartcard.pcsc import PcscReader
from simulators.cards.slot import CardSlot
from simulators.local_reader import LocalReader
from simulators.pcscd import PrivatePcscd, unavailable_reason
from simulators.readers import SocketReader
from simulators.vpcd import SocketSlot
from tests.contract.benches import (
    ANSWER_S,
    PERSON_S,
    READERS,
    Bench,
    HandSlot,
    claim_library,
)
from tests.contract.devices import HELP, Device, devices, parse_device
from tests.needs import missing

_HOME = pytest.StashKey[tempfile.TemporaryDirectory[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", action="append", default=[], metavar="KIND:WHERE", help=HELP)


def pytest_configure(config: pytest.Config) -> None:
    try:
        for text in config.getoption("--device"):
            parse_device(text)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    if not devices(config, "pcsc"):
        # With real readers the library belongs to the system's daemon.
        config.stash[_HOME] = claim_library()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`bench`: every simulated transport. `any_bench`: these, and the readers of `--device`."""
    real = devices(metafunc.config, "pcsc")
    simulated = ["local", "socket"]
    private = [] if real else [pytest.param("pcsc", marks=pytest.mark.pcscd)]
    for name in ("bench", "any_bench"):
        if name in metafunc.fixturenames:
            also = real if name == "any_bench" else []
            metafunc.parametrize(name, [*simulated, *private, *also], indirect=True, ids=str)


@pytest.fixture
def device_for(request: pytest.FixtureRequest) -> Callable[[str], Device]:
    """The first `--device` of a kind; a test that needs one and has none is skipped."""

    def first(kind: str) -> Device:
        found = devices(request.config, kind)
        if not found:
            pytest.skip(f"no --device {kind}:… was given")
        return found[0]

    return first


@pytest.fixture(scope="session")
def pcscd_home(request: pytest.FixtureRequest) -> Path:
    """Where the private daemon of this process has its socket."""
    home = request.config.stash.get(_HOME, None)
    if home is None:
        pytest.skip("--device pcsc: the system's daemon is in use")
    return Path(home.name)


@pytest.fixture(scope="module")
def daemon(pcscd_home: Path) -> Iterator[PrivatePcscd]:
    reason = unavailable_reason()
    if reason is not None:
        missing(reason)
    with PrivatePcscd(READERS, pcscd_home) as running:
        yield running


@pytest.fixture
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    yield from _bench(request, tmp_path)


@pytest.fixture
def any_bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    yield from _bench(request, tmp_path)


def _bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    reader: CardReader
    slot: CardSlot
    match request.param:
        case Device() as device:
            reader = PcscReader(device.where)
            hand = HandSlot(device.where, _say(request))
            bench = Bench(reader, hand, PERSON_S)
            if isinstance(reader.wait_event(0.5), Inserted):
                hand.take_out(reader)
        case "local":
            reader = slot = LocalReader("slot", answer_timeout_s=ANSWER_S)
            bench = Bench(reader, slot)
        case "socket":
            path = tmp_path / "reader"
            reader = SocketReader("slot", path, answer_timeout_s=ANSWER_S)
            bench = Bench(reader, SocketSlot(path))
        case _:
            private: PrivatePcscd = request.getfixturevalue("daemon")
            reader = PcscReader(private.reader_name(READERS[0]), answer_timeout_s=ANSWER_S)
            bench = Bench(reader, private.slot(READERS[0]))
    yield bench
    if isinstance(bench.slot, HandSlot):
        bench.slot.take_out(reader)
    else:
        bench.slot.remove()
    if isinstance(reader, PcscReader):
        bench.drain()
    reader.close()


def _say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def say(text: str) -> None:
        with capture.global_and_fixture_disabled():
            sys.stderr.write(f"\n  ▶ {text}\n")
            sys.stderr.flush()

    return say
