"""Photographs of the demo as somebody sees it who starts it: `make photographs` (Xvfb, four sizes).

    python -m tests.ui.photographs OUT [--size 1366x768] [--seconds 60]

The first start shows the tour, the second one the branch. What is photographed is the frame buffer of the
server, without anything of the program's own.
"""

from __future__ import annotations

import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from PySide6.QtGui import QImage

SIZES = ("1366x768", "1280x1024", "1920x1080", "1080x1920")
FIRST_S = 2.0
"""Between two looks."""
STILL = 2
"""Looks at which nothing may have changed: the table is laid and the stations are drawn."""
LEAST_INKS = 40
"""Colours on a screen that shows something."""


class NoPictureError(Exception):
    """The demo showed nothing."""


@contextmanager
def server(size: str) -> Iterator[tuple[str, Path]]:
    """Run an X server with one screen; yield its display and the file with its frame buffer."""
    with tempfile.TemporaryDirectory(prefix="amin-x-") as folder:
        reading, writing = os.pipe()
        running = subprocess.Popen(
            [
                "Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24", "-fbdir", folder,
                "-nolisten", "tcp",
            ],
            pass_fds=[writing], stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(writing)
        try:
            with os.fdopen(reading) as told:
                number = told.readline().strip()
            if not number:
                raise NoPictureError("Xvfb did not start")
            yield f":{number}", Path(folder) / "Xvfb_screen0"
        finally:
            running.terminate()
            running.wait(20)


def photograph(buffer: Path) -> QImage:
    """Return what the screen shows, from the server's frame buffer (XWD, version 7)."""
    data = buffer.read_bytes()
    head = struct.unpack(">25I", data[:100])
    header, width, height, across, colours = head[0], head[4], head[5], head[12], head[19]
    start = header + colours * 12
    pixels = data[start : start + across * height]
    return QImage(pixels, width, height, across, QImage.Format.Format_RGB32).copy()


def drawn(picture: QImage) -> bool:
    """Whether there is something to see, and not an empty window."""
    small = picture.scaled(96, 54)
    seen = {small.pixel(x, y) for x in range(small.width()) for y in range(small.height())}
    return len(seen) >= LEAST_INKS


def settled(buffer: Path, seconds: float) -> QImage:
    """Return the picture once it stands still, or as it is at the end. Raises NoPictureError."""
    end = time.monotonic() + seconds
    last, same = QImage(), 0
    while time.monotonic() < end:
        time.sleep(FIRST_S)
        now = photograph(buffer) if buffer.exists() else QImage()
        same = same + 1 if not now.isNull() and now == last and drawn(now) else 0
        last = now
        if same >= STILL:
            break
    if last.isNull() or not drawn(last):
        raise NoPictureError("nothing was drawn")
    return last


@contextmanager
def demo(display: str, home: Path, day: Path) -> Iterator[None]:
    """Run the demo with windows on a display."""
    surroundings = {
        **os.environ, "DISPLAY": display, "XDG_STATE_HOME": str(home), "QT_QPA_PLATFORM": "xcb",
    }  # fmt: skip
    running = subprocess.Popen(
        [sys.executable, "-m", "commands.main", "demo", "--out", str(day)],
        env=surroundings,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        try:
            running.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--size", "sizes", multiple=True, default=SIZES, show_default=True)
@click.option("--seconds", default=60.0, show_default=True, help="Longest wait for a picture.")
def main(out: Path, sizes: tuple[str, ...], seconds: float) -> None:
    """Start the demo on a screen of each size, first with its tour; keep what is seen in OUT."""
    if shutil.which("Xvfb") is None:
        raise click.ClickException("Xvfb is missing: scripts/setup test installs it")
    out.mkdir(parents=True, exist_ok=True)
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="amin-day-") as folder:
            home = Path(folder) / "state"
            for what in ("tour", "branch"):
                with server(size) as (display, buffer), demo(display, home, Path(folder) / what):
                    picture = settled(buffer, seconds)
                picture.save(str(out / f"{size}-{what}.png"))
                click.echo(f"{out / f'{size}-{what}.png'}")
                (home / "amin").mkdir(parents=True, exist_ok=True)
                (home / "amin" / "tour-read").touch()


if __name__ == "__main__":
    main()
