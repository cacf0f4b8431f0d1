"""Every path that a command takes × every kind of thing that may lie there.

A command ends with a status of its own and a sentence, never with an error that nobody wrote; it waits for
nobody at a pipe, reads no device and no hole to its end, writes through no link, and leaves alone what it
refused. The commands and their paths come from the command line's own description: a new one is in here.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

import click
import pytest
from click.testing import CliRunner, Result

from commands.main import main
from tests.cases.office.office import HEAD, accepted, add, begin, portraits, rows, table
from tests.shares import share

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]

Name: TypeAlias = tuple[str, ...]
Make: TypeAlias = Callable[[Path], None]

STATUSES: Final = {0, 1, 2, 3, 4}
BEFORE: Final = b"what somebody kept here"
SAID: Final = {
    "contest": "council",
    "branch": "branch-1",
    "device": "terminal-1",
    "devices": "terminal-1",
    "role": "ballot-terminal",
    "book": "claims.db",
}
"""What is given in places that are no paths."""


def _commands(
    group: click.Command, context: click.Context, name: Name
) -> Iterator[tuple[Name, click.Command]]:
    if isinstance(group, click.Group):
        for word in group.list_commands(context):
            command = group.get_command(context, word)
            assert command is not None
            yield from _commands(command, click.Context(command, context, word), (*name, word))
    else:
        yield name, group


COMMANDS: Final = dict(_commands(main, click.Context(main), ()))
PATHS: Final = [
    (name, parameter.name)
    for name, command in COMMANDS.items()
    for parameter in command.params
    if isinstance(parameter.type, click.Path) and name not in {("bench",), ("demo",)}
]
"""The bench measures for minutes before it looks for the tool that stands there; the demo plays a day."""


def _named(part: Name | str) -> str:
    return part if isinstance(part, str) else "-".join(part)


# ------------------------------------------------------------ what may lie there


def _nothing(path: Path) -> None:
    del path


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _some_file(path: Path) -> None:
    path.write_bytes(BEFORE)


def _random(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 300)


def _full_folder(path: Path) -> None:
    path.mkdir()
    (path / "letter.txt").write_bytes(BEFORE)


def _strange_folder(path: Path) -> None:
    """Names that commands look for, as pipes, devices, folders and links."""
    path.mkdir()
    for name in ("election.toml", "trustees.json", "package.amin", "register.json", "0.json"):
        os.mkfifo(path / name)
    for name in ("keys", "public", "results", "root.der", "index.json", "station.toml"):
        (path / name).symlink_to("/dev/zero")
    for name in ("documents", "contests", "a.csv"):
        (path / name).mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    here = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.chdir(path.parent)  # a socket's name is short
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.fchdir(here)
        os.close(here)


def _hole(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(3 << 30)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _link_to_nothing(path: Path) -> None:
    path.symlink_to(path.parent / "not-there")


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def _link_to_a_file(path: Path) -> None:
    kept = path.parent / "kept"
    kept.write_bytes(BEFORE)
    path.symlink_to(kept)


def _link_to_a_folder(path: Path) -> None:
    _full_folder(path.parent / "kept-folder")
    path.symlink_to(path.parent / "kept-folder")


KINDS: Final[dict[str, Make]] = {
    "nothing": _nothing,
    "an-empty-file": _empty,
    "a-file": _some_file,
    "random-bytes": _random,
    "an-empty-folder": Path.mkdir,
    "a-folder": _full_folder,
    "a-folder-of-strange-things": _strange_folder,
    "a-pipe": _pipe,
    "a-socket": _socket,
    "a-hole-of-3-gib": _hole,
    "a-device": _device,
    "a-link-to-nothing": _link_to_nothing,
    "a-link-to-itself": _link_to_itself,
    "a-link-to-a-file": _link_to_a_file,
    "a-link-to-a-folder": _link_to_a_folder,
}
NAMES: Final[dict[str, str]] = {
    "of-two-lines": "a\nb",
    "turned-around": "a\u202eb",
    "of-250-bytes": "ش" * 125,
    "of-300-bytes": "ش" * 150,
    "no-utf-8": os.fsdecode(b"a\xff\xfeb"),
    "a-dash": "-",
    "hidden": ".a",
    "below-a-file": "file/a",
    "below-nothing": "no/such/folder/a",
    "above": "../a",
    "with-braces": "{0}%s%(x)s",
}


# ------------------------------------------------------------ the command


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An election with candidates, and the files of an office."""
    place = tmp_path_factory.mktemp("office")
    accepted(begin(place / "election"))
    people = table(place / "people.csv", HEAD, rows())
    accepted(add(place / "election", people, portraits(place / "portraits")))
    return place


def _words(command: click.Command, place: Path, changed: str, path: Path) -> list[str]:
    """Return arguments and options: what is needed, and the one path that is tried."""
    words: list[str] = []
    for parameter in command.params:
        tried = parameter.name == changed
        if not (tried or parameter.required):
            continue
        value = str(path) if tried else _usual(parameter, place)
        values = [value] * (max(1, parameter.nargs))
        words += [parameter.opts[0], *values] if isinstance(parameter, click.Option) else values
    return words


def _usual(parameter: click.Parameter, place: Path) -> str:
    kind: Any = parameter.type
    assert parameter.name is not None
    if isinstance(kind, click.Path):
        if not kind.exists and not kind.dir_okay:
            return str(place / "written")
        return str(place / ("election" if kind.dir_okay else "people.csv"))
    if isinstance(kind, click.Choice):
        return str(kind.choices[0])
    return SAID.get(parameter.name, "3")


def _run(name: Name, words: list[str], place: Path) -> Result:
    runner = CliRunner()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        if words and words[-1].startswith("-"):
            words = ["--", *words]
        return runner.invoke(main, [*name, *words], env={"TERM": "dumb"})


def _judge(told: Result, what: object) -> None:
    assert told.exception is None or isinstance(told.exception, SystemExit), (what, told.exception)
    assert told.exit_code in STATUSES, (what, told.exit_code, told.output[-300:])
    assert "Traceback" not in told.output, what
    if told.exit_code:
        assert told.output.strip(), (what, "nothing is said")


def _kept(place: Path) -> dict[str, bytes]:
    found = {}
    for path in (place / "kept", place / "kept-folder" / "letter.txt"):
        if path.exists():
            found[path.name] = path.read_bytes()
    return found


def _tried(values: list[str], place: int) -> tuple[str, ...]:
    return share(values, 12, place)


@pytest.mark.parametrize(
    ("name", "parameter"), PATHS, ids=lambda x: "-".join(x) if isinstance(x, tuple) else x
)
def test_every_kind_at_every_path(name: Name, parameter: str, begun: Path, tmp_path: Path) -> None:
    command = COMMANDS[name]
    for number, kind in enumerate(_tried(sorted(KINDS), PATHS.index((name, parameter)))):
        place = tmp_path / str(number)
        shutil.copytree(begun, place)
        KINDS[kind](place / "tried")
        before = _kept(place)
        told = _run(name, _words(command, place, parameter, place / "tried"), place)
        _judge(told, (kind, told.output[-300:]))
        assert _kept(place) == before, (kind, "something was written through a link")
        if told.exit_code == 2 and kind == "a-file":
            assert (place / "tried").read_bytes() == BEFORE
        shutil.rmtree(place)


@pytest.mark.parametrize(
    ("name", "parameter"), PATHS, ids=lambda x: "-".join(x) if isinstance(x, tuple) else x
)
def test_every_name_at_every_path(name: Name, parameter: str, begun: Path, tmp_path: Path) -> None:
    command = COMMANDS[name]
    for number, kind in enumerate(_tried(sorted(NAMES), PATHS.index((name, parameter)))):
        place = tmp_path / str(number) / "in"
        shutil.copytree(begun, place)
        (place / "file").write_bytes(BEFORE)
        if "/" not in NAMES[kind] and kind != "of-300-bytes":
            (place / NAMES[kind]).write_bytes(BEFORE)
        told = _run(name, _words(command, place, parameter, Path(NAMES[kind])), place)
        _judge(told, (kind, told.output[-300:]))
        assert "\u202e" not in told.output.replace("\\u202e", ""), "a name turns the line around"
        assert "a\nb" not in told.output, "a name breaks the line"
        shutil.rmtree(place.parent)
