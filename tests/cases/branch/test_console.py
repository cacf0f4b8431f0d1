"""Tell operators at the console what is wrong with the package they brought."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.flows.operator.states import ConsoleAct
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import Office


def one_bit(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


DAMAGE: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "with-a-changed-bit": ("altered", one_bit),
    "that-is-cut": ("is damaged", lambda data: data[:5000]),
}
"""A word of the message, and what was done to the package."""


def loading_says(bench: TerminalBench) -> str:
    """Load what is on the USB drive; the message of the refusal."""
    bench.sign_in()
    outcome = bench.act(ConsoleAct.LOAD_PACKAGE)
    assert not outcome.ok
    return str(outcome.message)


def test_empty_stick(new_terminal: TerminalBench) -> None:
    assert "no election package" in loading_says(new_terminal)


@pytest.mark.parametrize(
    ("word", "change"), DAMAGE.values(), ids=[f"package-{what}" for what in DAMAGE]
)
def test_damaged_package(
    new_terminal: TerminalBench, office: Office, word: str, change: Callable[[bytes], bytes]
) -> None:
    (new_terminal.config.usb / "package.amin").write_bytes(change(office.package()))
    assert word in loading_says(new_terminal)


def test_package_with_a_number_in_its_name(new_terminal: TerminalBench, office: Office) -> None:
    """As an office's machine names the second copy: what is there is named, and what to do."""
    (new_terminal.config.usb / "package (1).amin").write_bytes(office.package())
    told = loading_says(new_terminal)
    assert "package (1).amin" in told
    assert "the name package.amin" in told


def test_drive_with_many_packages_names_a_few(new_terminal: TerminalBench) -> None:
    for number in range(9):
        (new_terminal.config.usb / f"old-{number}.AMIN").write_bytes(b"package")
    told = loading_says(new_terminal)
    assert [f"old-{n}" in told for n in range(4)] == [True, True, True, False]
