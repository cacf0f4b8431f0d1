"""Build the Debian packages twice, compare, look into them, and run them on a bare Debian.

    python -m tests.packaging OUT [--wheels FOLDER] [--built FOLDER] [--only device|centre]

debootstrap makes a Debian 12 with nothing in it; `apt` installs the package of a device with what it depends
on, and nothing that happens to lie on this machine. There its units are verified, its program runs by
Debian's Python, the compositor of its settings draws on an X server with two outputs (a terminal; a station
with its voter's screen), a day is played, and the package is upgraded and purged. Then the same of a
registry's package, with PostgreSQL and nginx. lintian judges both. OUT has the pictures.
"""

from __future__ import annotations

import ctypes
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
from PySide6.QtGui import QImage

from tests.packaging.bare import Bare, run
from tests.packaging.centre import run_centre
from tests.packaging.life import purge, upgrade
from tests.packaging.lint import Lint
from tests.packaging.rehearsal import play
from tests.ui.photographs import photograph as screen
from tests.ui.photographs import server

ROOT = Path(__file__).parents[2]
LARGEST = 250_000_000
WIDTH, HEIGHT = 1024, 768
LEAST_INKS = 8
FOREIGN = {
    "amin": re.compile(r"(^|/)(simulators|tests)(/|$)"),
    "amin-registry": re.compile(r"(^|/)(simulators|tests|kiosk|ui|PySide6|station\.py)(/|$)"),
}
PARTS = {
    "amin": {"amin", "pyside6-essentials", "cryptography", "pyscard"},
    "amin-registry": {"amin", "starlette", "uvicorn", "asyncpg", "cryptography", "pysodium"},
}
"""Some of the parts that the list has to name."""
KEPT = ("/etc/amin/signing.key", "/var/lib/amin/votes.db")
TERMINAL = """
[readers.card]
kind = "pcsc"
name = "None*"
"""
STATION = """
[readers.identity]
kind = "pcsc"
name = "None A*"

[readers.authorization]
kind = "pcsc"
name = "None B*"

[fingerprint]
path = "/dev/ttyNONE"
baud = 115200
"""


def build(out: Path, wheels: Path, name: str) -> Path:
    """Build a package twice, one build a core. Raises if they differ."""
    deb = (sys.executable, ROOT / "scripts" / "deb")
    options = ("--package", name, "--wheels", wheels)
    # The first of all builds fetches what both need.
    cores = 2 if wheels.exists() else 1
    with ThreadPoolExecutor(cores) as building:
        said = list(
            building.map(lambda at: run(*deb, out / at, *options).strip(), ("first", "second"))
        )
    click.echo(said[0])
    (first,), (second,) = ((out / at).glob(f"{name}_*.deb") for at in ("first", "second"))
    assert first.read_bytes() == second.read_bytes(), "two builds differ"
    click.echo("two builds are equal")
    return first


def look_into(package: Path) -> None:
    """Nothing foreign, not too large, every part listed with its hash."""
    kind = package.name.partition("_")[0]
    names = [line.split(maxsplit=5)[5] for line in run("dpkg-deb", "-c", package).splitlines()]
    assert len(names) > 1000
    assert not [name for name in names if FOREIGN[kind].search(name.removeprefix("./"))]
    assert package.stat().st_size <= LARGEST, package.stat().st_size
    with tempfile.TemporaryDirectory() as folder:
        run("dpkg-deb", "-x", package, folder)
        listed = json.loads((Path(folder) / f"usr/share/doc/{kind}/sbom.cdx.json").read_text())
    parts = {part["name"].lower().replace("_", "-"): part for part in listed["components"]}
    assert listed["bomFormat"] == "CycloneDX"
    assert PARTS[kind] <= parts.keys()
    if kind == "amin-registry":
        assert not {x for x in parts if x.startswith(("pyside6", "shiboken6"))}
    bare = [name for name, part in parts.items() if "hashes" not in part and name != "amin"]
    assert not bare, bare
    click.echo(
        f"{len(names)} files, {len(parts)} parts listed, {package.stat().st_size // 1_000_000} MB"
    )


def run_it(laid: Bare, folder: Path) -> None:
    """The program as it is installed, by Debian's Python."""
    version = laid.run("amin", "--version")
    assert version.returncode == 0, version.stdout + version.stderr
    found = laid.run("amin", "doctor", "--json")
    machine = {str(x["name"]): x for x in json.loads(found.stdout)}
    for name in ("PySide6-Essentials", "pyscard", "cryptography", "group arithmetic", "signatures"):
        assert machine[name]["ok"], machine[name]
    assert not machine["simulators"]["ok"], "no simulator is in it"
    demo = laid.run("amin", "demo")
    assert demo.returncode != 0
    assert "amin-simulators" in demo.stderr
    verified = laid.run(
        "/usr/lib/amin/bin/python3", "-I", "-c", "import commands.main as m; print(m.__file__)"
    )
    assert verified.stdout.startswith("/usr/lib/amin/"), verified.stdout + verified.stderr
    for unit in ("amin.service", "amin-failed.service"):
        checked = laid.run("systemd-analyze", "verify", f"/usr/lib/systemd/system/{unit}")
        told = [line for line in checked.stderr.splitlines() if "amin" in line]
        assert checked.returncode == 0, checked.stderr
        assert not told, told
    for name, role, equipment in (
        ("b0001-t1", "ballot-terminal", TERMINAL),
        ("b0001-s1", "identity-station", STATION),
    ):
        own = folder / name
        made = laid.run(
            *(
                "amin",
                "operator",
                "provision",
                str(own),
                "--device",
                name,
                "--role",
                role,
                "--branch",
                "b0001",
            )
        )
        assert made.returncode == 0, made.stdout + made.stderr
        (own / "root.der").write_bytes(b"none yet")
        for place in ("data", "mirror", "usb"):
            (own / place).mkdir()
        (own / "station.toml").write_text(
            f'device = "{name}"\nrole = "{role}"\nbranch = "b0001"\ndata = "data"\nmirror = "mirror"\n'
            'usb = "usb"\nroot_certificate = "root.der"\n'
            'signing_key = "signing.key"\nsealing_key = "sealing.key"\n' + equipment
        )
    click.echo("it runs by Debian's Python; units are clean; no simulator is in it")


def photograph(laid: Bare, own: Path, outputs: int, target: Path) -> None:
    """Let the compositor of the package draw a device on an X server with so many outputs."""
    own = own.resolve()
    apps = ("amin", "amin-voter")[:outputs]
    settings = "[core]\nshell=kiosk-shell.so\nidle-time=0\n[shell]\nlocking=false\n" + "".join(
        f"[output]\nname=X{n}\nmode={WIDTH}x{HEIGHT}\napp-ids={app}\n"
        for n, app in enumerate(apps, 1)
    )
    start = own / "start"
    start.write_text(
        "#!/bin/sh\nexport QT_QPA_PLATFORM=wayland QT_WAYLAND_DISABLE_WINDOWDECORATION=1\n"
        f"exec /usr/lib/amin/bin/python3 -I -m commands.main station --config {own}/station.toml\n"
    )
    start.chmod(0o755)
    (own / "weston.ini").write_text(f"{settings}[autolaunch]\npath={start}\nwatch=true\n")
    runtime = own / "runtime"
    runtime.mkdir(mode=0o700)
    with server(f"{WIDTH * outputs}x{HEIGHT}") as (display, buffer):
        env = {"PATH": "/usr/bin:/bin", "HOME": str(own), "LANG": "C.UTF-8", "DISPLAY": display}
        env["XDG_RUNTIME_DIR"] = str(runtime)
        words = ["weston", "--backend=x11-backend.so", f"--config={own}/weston.ini", "--use-pixman"]
        words += [f"--output-count={outputs}", f"--log={own}/weston.log"]
        weston = subprocess.Popen(
            laid.words(*words), env=env, stdout=subprocess.DEVNULL, stderr=(own / "err").open("w")
        )
        try:
            spread(display, outputs)
            picture = still(buffer, outputs, own)
        finally:
            weston.terminate()
            weston.wait(30)
    picture.save(str(target))
    click.echo(f"{target}")


def spread(display: str, outputs: int) -> None:
    """Put the compositor's windows beside each other, as two screens stand (Xlib, by its C functions)."""
    x = ctypes.CDLL("libX11.so.6")
    x.XOpenDisplay.restype = ctypes.c_void_p
    x.XDefaultRootWindow.restype = ctypes.c_ulong
    opened = ctypes.c_void_p(x.XOpenDisplay(display.encode()))
    root = ctypes.c_ulong(x.XDefaultRootWindow(opened))
    limit = time.monotonic() + 60
    while True:
        parent, above = ctypes.c_ulong(), ctypes.c_ulong()
        windows, count = ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_uint()
        x.XQueryTree(opened, root, *map(ctypes.byref, (parent, above, windows, count)))
        if count.value >= outputs:
            break
        assert time.monotonic() < limit, "the compositor opened too few windows"
        time.sleep(0.5)
    for number, window in enumerate(sorted(windows[: count.value])[-outputs:]):
        x.XMoveWindow(opened, ctypes.c_ulong(window), WIDTH * number, 0)
    x.XSync(opened, 0)
    x.XCloseDisplay(opened)


def still(buffer: Path, outputs: int, own: Path) -> QImage:
    """Wait until every output shows something and nothing changes any more."""
    limit, last = time.monotonic() + 120, b""
    while time.monotonic() < limit:
        time.sleep(3)
        picture = screen(buffer)
        halves = [picture.copy(WIDTH * n, 0, WIDTH, HEIGHT) for n in range(outputs)]
        now = bytes(picture.constBits())
        if now == last and all(inks(half) >= LEAST_INKS for half in halves):
            return picture
        last = now
    log = (own / "weston.log").read_text()[-1500:] + (own / "err").read_text()[-1500:]
    picture.save(str(Path(tempfile.gettempdir()) / "amin-package-test.png"))
    raise click.ClickException(f"an output stayed empty: {log}")


def inks(picture: QImage) -> int:
    return len(
        {
            picture.pixel(x, y)
            for x in range(0, picture.width(), 7)
            for y in range(0, picture.height(), 7)
        }
    )


def device(built: Path, wheels: Path, out: Path, folder: Path) -> None:
    """Install the package of a device, use it, and take it out again."""
    bare = Bare(folder)
    bare.install(built)
    click.echo(
        f"installed on {len(bare.had)} packages, with {len(bare.packages() - bare.had)} more"
    )
    run_it(bare, folder)
    photograph(bare, folder / "b0001-t1", 1, out / "terminal.png")
    photograph(bare, folder / "b0001-s1", 2, out / "station.png")
    play(bare, wheels, folder / "day")
    upgrade(bare, built, "/etc/amin/weston.ini", KEPT, "amin.service")
    purge(bare, "amin", "/etc/amin/weston.ini", KEPT)


WHAT = {"device": ("amin", device), "centre": ("amin-registry", run_centre)}


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--wheels", type=click.Path(path_type=Path))
@click.option(
    "--built",
    type=click.Path(path_type=Path, exists=True),
    help="Folder with built packages; nothing is built.",
)
@click.option("--only", type=click.Choice(list(WHAT)))
def main(out: Path, wheels: Path | None, built: Path | None, only: str | None) -> None:
    """Build, compare, judge, install, run, photograph, play, upgrade, purge."""
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    for name, (package, use) in WHAT.items():
        if only not in {None, name}:
            continue
        kept = (wheels or out / "wheels") / package
        if built is None:
            made = build(out / package, kept, package)
        else:
            (made,) = built.glob(f"{package}_*.deb")
        look_into(made)
        lint = Lint(made)
        place = Path(tempfile.mkdtemp(prefix="amin-package-"))
        try:
            use(made, kept, out, place)
        finally:
            shutil.rmtree(place, ignore_errors=True)
        lint.verdict()
    click.echo(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
