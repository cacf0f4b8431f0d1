"""What a device holds is what the register names, or it is not loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from election.aside import kept_aside
from election.package.portraits import PACKAGE_FILE
from election.register import (
    REGISTER_FILE,
    Register,
    RegisteredDevice,
    RegisteredPackage,
    in_groups,
    number_of,
    write_register,
)
from kiosk.flows.ballot.states import Closed, OutOfService
from kiosk.flows.operator.states import ActOutcome, Console, ConsoleAct
from tests.kiosk.station.bench import IdentityBench, TerminalBench
from tests.kiosk.station.office import BRANCH, OTHER_BRANCH, TERMINAL, Office
from words.languages import installed
from words.message import Latin
from words.text import PERSIAN

Change = Callable[[Register], Register]


def bring(bench: TerminalBench, office: Office, change: Change) -> bytes:
    package = office.package()
    (bench.config.usb / PACKAGE_FILE).write_bytes(package)
    register = office.register(package, change)
    (bench.config.usb / REGISTER_FILE).write_bytes(register)
    return register


def load(bench: TerminalBench) -> ActOutcome:
    bench.sign_in()
    outcome = bench.act(ConsoleAct.LOAD_PACKAGE)
    bench.sign_out()
    return outcome


def terminal_with(**members: object) -> Change:
    def change(register: Register) -> Register:
        devices = [
            RegisteredDevice(
                device.id,
                device.role,
                device.branch,
                bytes.fromhex(str(members["key"])) if "key" in members else device.key,
                bytes(32) if "certificate" in members else device.certificate,
            )
            if device.id == TERMINAL
            else device
            for device in register.devices
        ]
        return replace(register, devices=tuple(devices))

    return change


def without_terminal(register: Register) -> Register:
    return replace(
        register, devices=tuple(device for device in register.devices if device.id != TERMINAL)
    )


def for_elsewhere(register: Register) -> Register:
    (package,) = register.packages
    return replace(register, packages=(RegisteredPackage(1, (OTHER_BRANCH,), package.sha256),))


DIFFERENT: dict[str, tuple[str, Change]] = {
    "uuid": ("register-election", lambda x: replace(x, election="another")),
    "phi": ("register-election", lambda x: replace(x, fingerprint="A" * 43)),
    "earnest": ("register-election", lambda x: replace(x, rehearsal=False)),
    "names": ("register-definition", lambda x: replace(x, definition=bytes(32))),
    "package": (
        "register-package",
        lambda x: replace(x, packages=(RegisteredPackage(1, (BRANCH,), bytes(32)),)),
    ),
    "branch": ("register-package", for_elsewhere),
    "device": ("register-device", without_terminal),
    "key": ("register-device", terminal_with(key="11" * 32)),
    "certificate": ("register-device", terminal_with(certificate=None)),
    "root": ("register-root", lambda x: replace(x, root=b"another")),
}


@pytest.mark.parametrize(("reason", "change"), DIFFERENT.values(), ids=list(DIFFERENT))
def test_a_register_that_differs_is_refused(
    new_terminal: TerminalBench, office: Office, reason: str, change: Change
) -> None:
    bring(new_terminal, office, change)
    outcome = load(new_terminal)
    assert not outcome.ok
    assert new_terminal.package is None
    assert not new_terminal.files.register.exists()
    assert not new_terminal.files.package.exists()
    assert new_terminal.logged("act-failed") == [f"load-package {reason}"]
    assert installed().speaker(PERSIAN)(outcome.message) != str(outcome.message)
    bring(new_terminal, office, lambda same: same)
    assert load(new_terminal).ok, "the right one is taken afterwards"


def test_no_register(new_terminal: TerminalBench, office: Office) -> None:
    (new_terminal.config.usb / PACKAGE_FILE).write_bytes(office.package())
    assert not load(new_terminal).ok
    assert new_terminal.logged("act-failed") == ["load-package register-missing"]


def test_register_of_somebody_else(new_terminal: TerminalBench, office: Office) -> None:
    """Everything in it is right, but no certificate of headquarters signed it."""
    made: list[Register] = []

    def keep(register: Register) -> Register:
        made.append(register)
        return register

    bring(new_terminal, office, keep)
    listed = office.election.device(TERMINAL)
    assert listed is not None
    forged = write_register(made[0], office.signing[TERMINAL], listed.certificate)
    (new_terminal.config.usb / REGISTER_FILE).write_bytes(forged)
    assert not load(new_terminal).ok
    assert new_terminal.logged("act-failed") == ["load-package register-signature"]


@pytest.mark.parametrize("damage", [lambda p: p.write_bytes(b"other"), Path.unlink])
def test_an_installed_register_that_was_exchanged(
    new_terminal: TerminalBench, office: Office, damage: Callable[[Path], object]
) -> None:
    assert new_terminal.load(office.package()).ok
    new_terminal.sign_out()
    new_terminal.terminal.stop()
    damage(new_terminal.files.register)
    damage(new_terminal.files.mirror / REGISTER_FILE)
    new_terminal.boot()
    assert isinstance(new_terminal.state, OutOfService)
    assert new_terminal.package is None
    assert new_terminal.load(office.package()).ok, "loading it again mends"


@pytest.mark.parametrize("name", [REGISTER_FILE, PACKAGE_FILE])
def test_what_is_exchanged_while_the_device_runs_replaces_no_good_copy(
    new_terminal: TerminalBench, office: Office, name: str
) -> None:
    assert new_terminal.load(office.package()).ok
    kept = new_terminal.files.mirror / name
    good = kept.read_bytes()
    (new_terminal.files.data / name).write_bytes(b"other")
    assert new_terminal.act(ConsoleAct.SELF_TEST).ok
    assert kept.read_bytes() == good
    new_terminal.sign_out()
    new_terminal.terminal.stop()
    new_terminal.boot()
    assert new_terminal.package is not None, "put back from the second memory"
    assert (new_terminal.files.data / name).read_bytes() == good


def test_register_of_another_package_is_noticed_at_the_start(
    new_terminal: TerminalBench, office: Office
) -> None:
    assert new_terminal.load(office.package()).ok
    new_terminal.sign_out()
    new_terminal.terminal.stop()
    other = office.register(office.package(office.election))
    new_terminal.files.register.write_bytes(other)
    (new_terminal.files.mirror / REGISTER_FILE).write_bytes(other)
    new_terminal.boot()
    assert isinstance(new_terminal.state, OutOfService)
    (said,) = new_terminal.logged("start-failed")
    assert said.startswith("register-package ")
    assert new_terminal.files.register.read_bytes() == other, "nothing was put in its place"


def test_a_register_exchanged_on_one_memory_comes_back_from_the_other(
    new_terminal: TerminalBench, office: Office
) -> None:
    assert new_terminal.load(office.package()).ok
    new_terminal.sign_out()
    new_terminal.terminal.stop()
    register = new_terminal.files.register
    right, other = register.read_bytes(), office.register(office.package(office.election))
    register.write_bytes(other)
    new_terminal.boot()
    assert isinstance(new_terminal.state, Closed)
    assert register.read_bytes() == right
    assert new_terminal.logged("media-damaged") == ["primary"]
    (aside,) = kept_aside(register)
    assert aside.read_bytes() == other, "what was there is kept"
    new_terminal.restart()
    assert new_terminal.logged("media-damaged") == ["primary"], "said once"


def numbers_of(bench: TerminalBench | IdentityBench) -> list[object]:
    """Values of the lines of the last report that show the number."""
    bench.sign_in()
    state = bench.console
    assert isinstance(state, Console)
    assert state.view.report is not None
    lines = state.view.report.lines
    bench.sign_out()
    return [line.value for line in lines if "Number of the election" in str(line.label)]


def test_number_is_on_zero_and_closing_report(new_terminal: TerminalBench) -> None:
    terminal = new_terminal
    assert terminal.open_polls().ok
    number = number_of((terminal.config.usb / REGISTER_FILE).read_bytes())
    assert number == hashlib.sha256(terminal.files.register.read_bytes()).hexdigest()
    shown = [Latin(in_groups(number))]
    assert numbers_of(terminal) == shown
    assert terminal.do(ConsoleAct.CLOSE).ok
    assert numbers_of(terminal) == shown
    terminal.restart()
    terminal.sign_in()
    state = terminal.console
    assert isinstance(state, Console)
    assert state.view.number == in_groups(number)


def test_number_is_on_the_stations_report(new_station: IdentityBench) -> None:
    station = new_station
    assert station.open_polls().ok
    number = number_of((station.config.usb / REGISTER_FILE).read_bytes())
    assert numbers_of(station) == [Latin(in_groups(number))]
