"""Find the one plug-in of `amin`: the distribution `amin-simulators`.

It counts only if it is installed beside this program and is exactly of this program's version. Whether it
is there is read from the metadata in the interpreter's own site-packages: nothing is imported to find out,
and a distribution in the current folder, on PYTHONPATH or behind a `.pth` file is not seen at all.

Nothing is looked up for a command or a device that `amin` itself has. Drivers of real devices are a table
in `drivers.attached`: no package can add one to a voting machine.
"""

from __future__ import annotations

import site
from collections.abc import Callable
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, cast

import click

from words.errors import MessageError
from words.message import Latin, Message, Value, m

if TYPE_CHECKING:
    from drivers.smartcard.channel import CardReader

AMIN: Final = "amin"
SIMULATORS: Final = "amin-simulators"
COMMANDS: Final = "amin.commands"
"""Entry points: the words of `amin`."""
SIMULATED: Final = "amin.simulated"
"""Entry points a station and the doctor ask for: `socket-reader`, `robot`, `virtual-readers`."""

SOCKET_READER: Final = m("a card reader of kind socket")


class NotInstalled(MessageError):  # noqa: N818 - as it is said
    """What was asked for comes with `amin-simulators`, which is not here or does not fit."""


class MakeSocketReader(Protocol):
    """A card reader behind a Unix socket: cards of another process come in through it."""

    def __call__(self, name: str, path: Path, *, answer_timeout_s: float) -> CardReader:
        """Make a card reader that is a socket."""


def are_simulators_installed() -> bool:
    """Tell whether `amin-simulators` is installed, of whatever version.

    This alone decides that a station is a simulation: another version brings nothing in, but a machine
    that has it is no voting machine either.
    """
    return _distribution(SIMULATORS) is not None


def words() -> tuple[str, ...]:
    """List the commands that the plug-in adds, sorted; none if it does not count."""
    return tuple(sorted(entry.name for entry in _entries(COMMANDS)))


def command(word: str) -> click.Command | None:
    """Return the plug-in's command of that name; None if it has none, or does not count."""
    loaded = _load(COMMANDS, word)
    if loaded is None:
        return None
    if not isinstance(loaded, click.Command):
        raise NotInstalled(
            m(
                "{command} is no command: {distribution} is damaged; install it again",
                command=Latin(f"amin {word}"),
                distribution=Latin(SIMULATORS),
            )
        )
    return loaded


def socket_reader() -> MakeSocketReader:
    """Return the maker of simulated card readers. Raises `NotInstalled`."""
    return cast(MakeSocketReader, _needed("socket-reader", SOCKET_READER))


def robot() -> Callable[[Path], object]:
    """Hands and eyes for a station's windows, behind a Unix socket. Raises `NotInstalled`."""
    return cast(Callable[[Path], object], _needed("robot", m("a robot")))


def virtual_readers() -> Callable[[], str | None] | None:
    """Return what tells why this machine can have no private pcscd; None without the plug-in."""
    return cast(Callable[[], str | None] | None, _load(SIMULATED, "virtual-readers"))


def advice(what: Value) -> Message:
    """One sentence: what to install so that `what` is there."""
    version, found = _version(AMIN), _version(SIMULATORS)
    if version is None:
        return m(
            "{what} comes with amin-simulators: install it and amin in one environment", what=what
        )
    if found in (None, version):
        return m(
            "{what} comes with amin-simulators: install amin-simulators {version} beside amin",
            what=what,
            version=Latin(version),
        )
    return m(
        "{what} comes with amin-simulators, but {found} does not fit: install amin-simulators "
        "{version} beside amin",
        what=what,
        found=Latin(str(found)),
        version=Latin(version),
    )


def _needed(name: str, what: Value) -> object:
    loaded = _load(SIMULATED, name)
    if loaded is None:
        raise NotInstalled(advice(what))
    return loaded


def _load(group: str, name: str) -> object | None:
    entry = next((entry for entry in _entries(group) if entry.name == name), None)
    if entry is None:
        return None
    loaded: object = entry.load()
    return loaded


def _entries(group: str) -> tuple[EntryPoint, ...]:
    """Return the plug-in's entry points of a group, if it is of exactly this program's version."""
    found = _distribution(SIMULATORS)
    if found is None or found.version != _version(AMIN):
        return ()
    return tuple(entry for entry in found.entry_points if entry.group == group)


def _version(name: str) -> str | None:
    found = _distribution(name)
    return None if found is None else found.version


def _distribution(name: str) -> Distribution | None:
    return next(iter(Distribution.discover(name=name, path=site.getsitepackages())), None)
