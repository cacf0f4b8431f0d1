"""The one plug-in: what counts, what never wins, and what is said where it is missing."""

from __future__ import annotations

import os
import re
import site
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import Distribution
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from commands import plugins
from commands.devices import card_reader
from commands.doctor import card_readers, devices, machine
from commands.main import COMMANDS, SIMULATED, main
from drivers.attached import FINGERPRINT_MODULES
from drivers.settings import DeviceLimits, FingerprintProtocol, SocketReaderSettings
from election.definition import Election
from kiosk.status import Mode, mode_of
from tests.election.samples import sample
from words.message import in_english

Install = Callable[..., None]

ADDED = """
import click

@click.command()
def word():
    "Say it."
    click.echo("added")

number = 5
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install distributions into a site-packages of its own; nothing else is installed then."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(folder)])
    monkeypatch.syspath_prepend(str(folder))

    def add(name: str, version: str, **points: str) -> None:
        metadata(folder, name, version, **points)

    add("amin", "7.1")
    return add


def metadata(folder: Path, name: str, version: str, **points: str) -> None:
    """A dist-info folder as an installer writes it; `points` are words of `amin.commands`."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [f"{word} = {target}" for word, target in points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[amin.commands]", *lines, ""]))
    (folder / "added.py").write_text(ADDED)


def amin(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="amin")


# ---------------------------------------------------------------- what counts


def test_a_plug_in_of_this_version_brings_its_words(install: Install) -> None:
    install("amin-simulators", "7.1", demo="added:word", other="added:word")
    assert amin("demo").output == "added\n"
    assert amin("other").output == "added\n"
    listed = amin("--help").output
    assert re.search(r"^  other +Say it\.$", listed, re.MULTILINE)
    # The words of the simulators are listed without importing them.
    assert re.search(r"^  demo +Play a whole polling day", listed, re.MULTILINE)
    assert "every station here is a simulation" in " ".join(listed.split())


@pytest.mark.parametrize("word", SIMULATED)
def test_without_it_one_sentence_says_what_to_install(install: Install, word: str) -> None:
    done = amin(word, "--help")
    assert done.exit_code == 2
    assert done.output == (
        f"Error: amin {word} comes with amin-simulators: install amin-simulators 7.1 beside amin\n"
    )


def test_help_without_it_lists_what_is_there_and_names_the_rest(install: Install) -> None:
    done = amin("--help")
    assert done.exit_code == 0
    listed = done.output.partition("Commands:")[2]
    assert [line.split()[0] for line in listed.splitlines() if line.startswith("  ")][
        : len(COMMANDS)
    ] == sorted(COMMANDS)
    assert "bench, demo, simulator comes with" in " ".join(listed.split())


@pytest.mark.parametrize("version", ["7.1.0", "7.0", "7.1.post1", "8"])
def test_another_version_brings_nothing_and_still_makes_a_simulation(
    install: Install, version: str
) -> None:
    install("amin-simulators", version, demo="added:word", other="added:word")
    assert plugins.words() == ()
    done = amin("demo")
    assert done.exit_code == 2
    assert f"{version} does not fit: install amin-simulators 7.1 beside amin" in done.output
    assert amin("other").exit_code == 2
    assert plugins.are_simulators_installed()


def test_a_built_in_word_always_wins(install: Install) -> None:
    install("amin-simulators", "7.1", station="added:word", doctor="added:word")
    assert "station.toml" in amin("station", "--help").output
    assert "which devices" in amin("doctor", "--help").output
    assert set(plugins.words()) == {"doctor", "station"}, "it did try"


def test_no_other_distribution_counts(install: Install) -> None:
    install("amin-extra", "7.1", demo="added:word", extra="added:word")
    assert amin("extra").exit_code == 2
    assert amin("demo").exit_code == 2
    assert not plugins.are_simulators_installed()


def test_a_word_that_is_no_command_is_damage(install: Install) -> None:
    install("amin-simulators", "7.1", demo="added:number")
    done = amin("demo")
    assert done.exit_code == 2
    assert "damaged; install it again" in done.output


def test_what_is_installed_is_looked_at_for_an_unknown_word_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def looked(*_: object, **__: object) -> None:
        raise AssertionError("nobody asked")

    monkeypatch.setattr(Distribution, "discover", looked)
    for word in COMMANDS:
        assert amin(word, "--help").exit_code == 0
    assert isinstance(amin("demo").exception, AssertionError)


def test_a_distribution_beside_the_reader_is_not_seen(tmp_path: Path) -> None:
    """Neither in the current folder nor on PYTHONPATH, also where Python is not isolated."""
    version = plugins._version("amin")
    assert version is not None
    metadata(tmp_path, "amin-simulators", version, intruder="added:word", station="added:word")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(Path.cwd())))}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "commands.main", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert "No such command 'intruder'" in run("intruder").stderr
    assert "station.toml" in run("station", "--help").stdout


# ---------------------------------------------------------------- robots, readers, the doctor


def test_robot_and_socket_reader_are_refused_without_it(install: Install, tmp_path: Path) -> None:
    with pytest.raises(plugins.NotInstalled, match=r"a robot comes with amin-simulators: install"):
        plugins.robot()
    with pytest.raises(plugins.NotInstalled, match="a card reader of kind socket comes with"):
        card_reader(SocketReaderSettings(tmp_path / "socket"), DeviceLimits())
    assert not (tmp_path / "socket").exists()


def test_the_doctor_says_that_there_are_no_simulators(install: Install, tmp_path: Path) -> None:
    found = {in_english(finding.name): finding for finding in machine.examine()}
    for name in ("simulators", "virtual readers"):
        assert not found[name].ok
        assert not found[name].needed
        assert "not installed" in in_english(found[name].detail)
    reader = card_readers.examine_reader(
        devices.CARD_READER, SocketReaderSettings(tmp_path / "socket"), DeviceLimits()
    )
    assert not reader.ok
    assert "install amin-simulators 7.1" in str(reader.advice)


def test_every_kind_of_fingerprint_module_is_in_the_table() -> None:
    assert set(FINGERPRINT_MODULES) == set(FingerprintProtocol)


# ---------------------------------------------------------------- the banner

REHEARSAL = sample().election
REAL = replace(REHEARSAL, rehearsal=False)


@pytest.mark.parametrize(
    ("election", "simulated", "mode"),
    [
        (None, False, Mode.REAL),
        (None, True, Mode.SIMULATION),
        (REHEARSAL, False, Mode.REHEARSAL),
        (REHEARSAL, True, Mode.SIMULATION),
        (REAL, False, Mode.REAL),
        (REAL, True, Mode.SIMULATION),
    ],
)
def test_presence_decides_what_screens_say(
    election: Election | None, simulated: bool, mode: Mode
) -> None:
    assert mode_of(election, simulated=simulated) is mode


def test_no_option_says_what_screens_say() -> None:
    station = main.get_command(click.Context(main), "station")
    assert station is not None
    assert {option.name for option in station.params} == {"config_path", "robot"}
