"""What the Debian package brings besides the program: units, rules, and what it must not bring."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import click
import pytest

from commands.main import main
from scripts.debs import MAINTAINER_SCRIPTS, RECIPES, Recipe
from tests.needs import missing

ROOT = Path(__file__).parents[2]
DEVICE = ROOT / "packaging" / "device"
UNITS = ("amin.service", "amin-failed.service")
CENTRE = ROOT / "packaging" / "registry"
SERVICES = ("amin-registry.service", "amin-evaluator.service", "amin-board.service")
HIGHEST = 3.0
"""Of `systemd-analyze security`; the design's."""


def analyze(*words: str) -> str:
    if shutil.which("systemd-analyze") is None:
        missing("systemd is not installed")
    done = subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "unit",
    [*(DEVICE / x for x in UNITS), *(CENTRE / x for x in (*SERVICES, "amin-nginx.service"))],
    ids=lambda path: path.stem,
)
def test_a_unit_is_hardened(unit: Path) -> None:
    told = analyze("security", "--offline=true", "--threshold=100", str(unit))
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told)
    assert found
    assert float(found[1]) < HIGHEST


STUBS = ("sysinit", "basic", "shutdown", "network", "multi-user")
"""Targets that a machine has beside the package's units."""
PROGRAMS = ("usr/bin/amin", "usr/sbin/nginx")


def laid(recipe: Recipe, root: Path) -> list[str]:
    """Lay a package's units and scripts where Debian has them; return what systemd starts of them."""
    units = root / "usr" / "lib" / "systemd" / "system"
    units.mkdir(parents=True)
    (root / "lib").symlink_to("usr/lib")
    for name in STUBS:
        (units / f"{name}.target").write_text(f"[Unit]\nDescription={name}\n")
    for program in PROGRAMS:
        (root / program).parent.mkdir(parents=True)
        (root / program).write_text("#!/bin/sh\n")
        (root / program).chmod(0o755)
    for name, (place, mode) in recipe.places.items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((recipe.folder / name).read_bytes())
        path.chmod(mode)
    names = sorted(path.name for path in units.glob("*.service"))
    starts = [name for name in names if "@" not in name]
    fronts = [name for name in names if "@" in name]
    behind = [x for x in ("registry", "evaluator") if f"amin-{x}.service" in starts]
    return [*starts, *(front.replace("@", f"@{x}") for front in fronts for x in behind)]


def verified(root: Path, units: list[str]) -> tuple[int, str]:
    if shutil.which("systemd-analyze") is None:
        missing("systemd is not installed")
    command = ["systemd-analyze", "verify", "--man=no", f"--root={root}", *units]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_systemd_takes_every_unit_as_it_is_laid(recipe: Recipe, tmp_path: Path) -> None:
    """No key that it does not know, no program that is not there, no unit that cannot be joined."""
    units = laid(recipe, tmp_path)
    assert len(units) > 1
    assert verified(tmp_path, units) == (0, "")
    unit = tmp_path / "usr" / "lib" / "systemd" / "system" / units[-1].replace("@evaluator", "@")
    unit.write_text(
        unit.read_text().replace("\nExecStart=/", "\nExecStrat=/usr/bin\nExecStart=/no")
    )
    status, told = verified(tmp_path, units)
    assert "Unknown key 'ExecStrat'" in told
    assert "is not executable" in told
    assert status != 0


def test_a_station_that_was_started_twice_is_not_started_again() -> None:
    text = (DEVICE / "amin.service").read_text()
    assert "StartLimitIntervalSec=0" in text
    assert "RestartPreventExitStatus=75" in text
    assert "TimeoutAbortSec=180" in text
    assert "OnFailure=amin-failed.service" in text


@pytest.mark.parametrize(("station", "weston", "unit"), [(75, 0, 75), (0, 0, 0), (None, 1, 1)])
def test_the_status_of_the_station_is_that_of_the_unit(
    tmp_path: Path, station: int | None, weston: int, unit: int
) -> None:
    """weston 10 ends with 0 whatever its only client said: RestartPreventExitStatus would never be met."""
    compositor = tmp_path / "weston"
    told = "" if station is None else f"echo {station} >$RUNTIME_DIRECTORY/status\n"
    compositor.write_text(f"#!/bin/sh\n{told}exit {weston}\n")
    compositor.chmod(0o755)
    (tmp_path / "status").write_text("3\n")  # of the start before
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "RUNTIME_DIRECTORY": str(tmp_path)}
    done = subprocess.run(["sh", str(DEVICE / "screen")], env=environment, check=False)
    assert done.returncode == unit
    assert "ExecStart=/usr/lib/amin/screen\n" in (DEVICE / "amin.service").read_text()
    # What it says is what the station's script leaves there.
    assert 'echo "$ended" >"${RUNTIME_DIRECTORY' in (DEVICE / "station").read_text()


def allowed() -> set[str]:
    return set(
        re.findall(r"^DeviceAllow=(\S+)", (DEVICE / "amin.service").read_text(), re.MULTILINE)
    )


def test_the_unit_reaches_what_a_device_has() -> None:
    """A policy of devices holds for the whole unit, also for what opens the keys as root before."""
    text = (DEVICE / "amin.service").read_text()
    assert "DevicePolicy=closed" in text
    assert "operator open-keys" in text
    assert "char-tpm" in allowed()
    assert {"char-ttyS", "char-ttyUSB", "char-ttyACM", "char-usb", "char-alsa"} <= allowed()


def test_whose_files_the_keys_are(tmp_path: Path) -> None:
    """Root makes them, the station's account reads them, and a token's PIN is for root alone."""
    if shutil.which("systemd-tmpfiles") is None:
        missing("systemd is not installed")
    if os.geteuid() != 0:
        missing("only root gives files away")
    etc = tmp_path / "etc"
    (etc / "amin").mkdir(parents=True)
    (etc / "passwd").write_text("root:x:0:0::/root:/bin/sh\namin:x:990:991::/:/bin/false\n")
    (etc / "group").write_text("root:x:0:\namin:x:991:\n")
    for name in ("signing.key", "sealing.key", "token-pin", "station.toml", "telephone"):
        (etc / "amin" / name).touch(0o600)
    rules = tmp_path / "usr" / "lib" / "tmpfiles.d"
    rules.mkdir(parents=True)
    shutil.copy(DEVICE / "tmpfiles.conf", rules / "amin.conf")
    subprocess.run(
        ["systemd-tmpfiles", "--create", f"--root={tmp_path}", "amin.conf"], check=True, timeout=60
    )
    found = {path.name: path.stat() for path in (etc / "amin").iterdir()}
    whose = {name: (x.st_uid, x.st_gid, x.st_mode & 0o777) for name, x in found.items()}
    assert whose == {
        "signing.key": (990, 991, 0o600),
        "sealing.key": (990, 991, 0o600),
        "token-pin": (0, 0, 0o600),
        "station.toml": (0, 991, 0o640),
        "telephone": (0, 991, 0o640),
    }


@pytest.mark.parametrize(
    ("result", "shown"), [("protocol", True), (None, True), ("success", False)]
)
def test_whom_to_call_is_shown_where_nothing_started(
    tmp_path: Path, result: str | None, shown: bool
) -> None:
    (tmp_path / "station.toml").write_text('device = "b0001-t1"\n')
    (tmp_path / "telephone").write_text("   021-1234\n")
    script = (DEVICE / "failed").read_text()
    script = script.replace("/etc/amin", str(tmp_path)).replace("/dev/tty1", f"{tmp_path}/tty")
    given = {} if result is None else {"SERVICE_RESULT": result}
    subprocess.run(["sh", "-c", script], check=True, env={"PATH": os.environ["PATH"], **given})
    assert (tmp_path / "tty").exists() is shown
    assert not shown or {"b0001-t1", "021-1234"} <= set((tmp_path / "tty").read_text().split())
    unit, service = (DEVICE / name for name in UNITS)
    assert "ExecStopPost=-+/usr/lib/amin/failed" in unit.read_text()
    groups = re.search(r"^SupplementaryGroups=(.*)$", service.read_text(), re.MULTILINE)
    assert groups
    assert "amin" in groups[1].split(), "/etc/amin is for this group"


KEYBOARD = {"ACTION": "add", "SUBSYSTEM": "input", "KERNEL": "event7", "ENV{ID_INPUT_KEY}": "1"}


@pytest.mark.parametrize(
    ("more", "ignored"),
    [
        ({}, True),
        ({"ENV{ID_INPUT_KEYBOARD}": "1", "ENV{ID_BUS}": "usb"}, True),
        ({"ENV{AMIN_KEYBOARD}": "1"}, False),
        ({"ENV{ID_INPUT_TOUCHSCREEN}": "1"}, False),
        ({"ENV{ID_INPUT_KEY}": "", "ENV{ID_INPUT_MOUSE}": "1"}, False),
        ({"ACTION": "remove"}, False),
        ({"SUBSYSTEM": "tty", "KERNEL": "ttyUSB0"}, False),
    ],
)
def test_a_keyboard_types_only_where_its_port_is_named(more: dict[str, str], ignored: bool) -> None:
    has = {**KEYBOARD, **more}
    (rule,) = (
        line
        for line in (DEVICE / "amin.rules").read_text().splitlines()
        if not line.startswith("#")
    )
    parts = re.findall(r'([\w{}]+)(==|!=|=)"([^"]*)"', rule)
    assert ", ".join(f'{key}{how}"{value}"' for key, how, value in parts) == rule
    *wanted, done = parts
    assert done == ("ENV{LIBINPUT_IGNORE_DEVICE}", "=", "1")
    met = all(fnmatch(has.get(key, ""), value) == (how == "==") for key, how, value in wanted)
    assert met is ignored


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_every_file_has_its_place(recipe: Recipe) -> None:
    scripts = {x for x in MAINTAINER_SCRIPTS if (recipe.folder / x).exists()}
    places = [place for place, _ in recipe.places.values()]
    assert {path.name for path in recipe.folder.iterdir()} == {*recipe.places, "control", *scripts}
    assert len({*places, *recipe.links}) == len(places) + len(recipe.links)
    assert {f"/{place}" for place in places if place.startswith("etc/")} == {*recipe.configuration}
    assert all((ROOT / "docs" / f"{name}.md").exists() for name in recipe.guides)


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_starts_is_a_command(service: str) -> None:
    """As systemd reads it: every option that a unit gives is one that the command knows."""
    text = (CENTRE / service).read_text()
    started = re.findall(r"^ExecStart(?:Pre)?=/usr/bin/amin (.*)$", text, re.MULTILINE)
    assert started
    for line in started:
        words = line.split()
        known: click.Command = main
        while isinstance(known, click.Group):
            found = known.get_command(click.Context(known), words.pop(0))
            assert found is not None, line
            known = found
        options = {name for x in known.params for name in x.opts if name.startswith("--")}
        assert {word for word in words if word.startswith("--")} <= options
    settings = (CENTRE / "registry.env").read_text()
    named = set(re.findall(r"\$\{?([A-Z_]+)", " ".join(started))) - {"CREDENTIALS_DIRECTORY"}
    assert named
    known_names = re.findall(r"^([A-Z_]+)=", settings, re.MULTILINE)
    assert len(known_names) == len(set(known_names)), "the second one would hold"
    assert named <= set(known_names)


@pytest.mark.parametrize("service", [*SERVICES, "amin-nginx.service"])
def test_a_service_goes_on_whatever_fails_and_whoever_comes(service: str) -> None:
    """systemd gives up after five starts in ten seconds, and 1,024 files are fewer than a centre's lines."""
    unit, _, rest = (CENTRE / service).read_text().partition("\n[Service]\n")
    assert "\nStartLimitIntervalSec=0\n" in unit
    assert "\nLimitNOFILE=65536\n" in rest


def test_a_restored_registry_can_be_told() -> None:
    """Without braces: an empty value is no word, and two options are two."""
    text = (CENTRE / "amin-registry.service").read_text()
    assert re.search(r"^ExecStart=.* \$REGISTRY_OPTIONS$", text, re.MULTILINE)
    assert "--restored" in (CENTRE / "registry.env").read_text()


def test_a_centre_is_set_up_in_ten_commands() -> None:
    """Debian's own nginx, with its logs, is stopped among them."""
    page = (ROOT / "docs" / "registry.md").read_text(encoding="utf-8")
    block = page.split("## Set up a centre in ten commands")[1].split("```")[1].strip()
    assert len(block.splitlines()) == 10
    assert "systemctl disable --now nginx" in block.splitlines()


def test_no_service_of_a_centre_logs_who_asks() -> None:
    assert "access_log off;" in (ROOT / "registry" / "nginx.conf").read_text()
    database = (CENTRE / "database").read_text()
    for setting in ("log_parameter_max_length", "log_parameter_max_length_on_error"):
        assert f"{setting} = '0'" in database
    assert "-e stderr" in (CENTRE / "amin-nginx.service").read_text()


@pytest.mark.parametrize(
    ("script", "units"),
    [
        (DEVICE / "prerm", ["amin"]),
        (CENTRE / "prerm", ["amin-registry", "amin-evaluator", "amin-board"]),
    ],
    ids=["device", "centre"],
)
def test_nothing_is_replaced_under_what_runs(
    tmp_path: Path, script: Path, units: list[str]
) -> None:
    """dpkg asks `prerm` before it unpacks; where it refuses, the installed version stays."""
    (tmp_path / "systemd").mkdir()
    text = script.read_text().replace("/run/systemd/system", str(tmp_path / "systemd"))
    stub = tmp_path / "systemctl"
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    for running in (*units, "another"):
        stub.write_text(f'#!/bin/sh\n[ "$*" = "--quiet is-active {running}.service" ]\n')
        stub.chmod(0o755)
        for action in ("upgrade", "remove", "failed-upgrade"):
            words = ["sh", "-c", text, "prerm", action, "9.0"]
            done = subprocess.run(
                words, env=environment, capture_output=True, text=True, check=False
            )
            assert (done.returncode == 0) is (running == "another")
            assert running == "another" or f"systemctl stop {running}" in done.stderr


def test_a_wheel_of_an_older_lock_is_not_packed() -> None:
    check = runpy.run_path(str(ROOT / "scripts" / "deb"))["check_locked"]
    lock = "Some-Name==1.2.0\nother==2024.07.04\n"
    wheel = "{}-py3-none-any.whl".format
    both = [Path(wheel("some_name-1.2.0")), Path(wheel("other-2024.7.4"))]
    check(both, lock, ["Some.Name>=1", "other; python_version >= '3'", "no; python_version < '3'"])
    check([Path(wheel("pip-26.0"))], lock, [])  # no part of the package
    for wrong in ("some_name-1.1.9", "unknown-1.0"):
        with pytest.raises(SystemExit, match=r"requirements\.lock has"):
            check([Path(wheel(wrong))], lock, [])
    with pytest.raises(
        SystemExit, match="other has no wheel"
    ):  # it came after the folder was filled
        check(both[:1], lock, ["some-name", "other[extra]>=2"])


@pytest.mark.parametrize(
    "script",
    [
        *(DEVICE / x for x in ("failed", "screen", "station", "postinst", "prerm", "postrm")),
        *(CENTRE / x for x in ("database", "postinst", "prerm", "postrm")),
    ],
    ids=lambda path: f"{path.parent.name}-{path.name}",
)
def test_scripts_are_plain_shell(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)


def test_the_voters_screen_has_a_window_of_its_own() -> None:
    settings = (DEVICE / "weston.ini").read_text()
    program = (ROOT / "commands" / "station.py").read_text()
    names = re.findall(r"^app-ids=(\S+)$", settings, re.MULTILINE)
    assert names == ["amin", "amin-voter"]
    for name in names:
        assert f'setDesktopFileName("{name}")' in program
