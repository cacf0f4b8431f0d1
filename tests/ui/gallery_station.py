"""Pictures of every situation of the identity station, the console and the bench, to be looked at.

    python -m tests.ui.gallery_station OUT [--language fa|en] [--size …] [--theme …] [--only TEXT]
                                           [--width 1280] [--height 800] [--sheet]

`--sheet` also puts them on contact sheets, nine to a page.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from election.definition import PERSIAN, Language
from kiosk.flows.ballot.states import Presentation, TextSize, Theme
from kiosk.flows.identity import states as at
from kiosk.flows.operator import states as console
from simulators.bench.protocol import Cable
from simulators.bench.window import BenchWindow
from tests.simulators.bench.fake import FakeBench, scenes
from tests.ui import samples_station as samples
from ui.identity.voter import VoterWindow
from ui.identity.window import IdentityWindow

DPI = 96.0
SHEET_COLUMNS, SHEET_ROWS = 3, 3


def identity(window: IdentityWindow) -> Iterator[tuple[str, QWidget]]:
    for name, state in samples.identity_states().items():
        timed = (
            isinstance(state, at.Fingerprint) and state.feedback is at.SensorFeedback.PLACE_FINGER
        )
        broken = isinstance(state, at.OutOfService)
        window.show_state(state, samples.status(broken=broken, deadline=23.0 if timed else None))
        yield f"identity-{name}", window


def voter(window: VoterWindow) -> Iterator[tuple[str, QWidget]]:
    for name, state in samples.identity_states().items():
        timed = (
            isinstance(state, at.Fingerprint) and state.feedback is at.SensorFeedback.PLACE_FINGER
        )
        window.show_state(state, samples.status(deadline=23.0 if timed else None))
        yield f"voter-{name}", window


def operator(window: IdentityWindow) -> Iterator[tuple[str, QWidget]]:
    for name, state in samples.operator_states().items():
        window.show_operator(console.Away())
        window.show_operator(state)
        yield f"operator-{name}", window
        if name == "console-closed":
            touch(window, "view-report")
            yield "operator-report", window
            touch(window, "settings")
            yield "operator-settings", window
            touch(window, "settings-close")
    window.show_operator(console.Away())


def touch(window: QWidget, name: str) -> None:
    for button in window.findChildren(QAbstractButton, name):
        if button.isVisible():
            button.click()
            return


def bench(presentation: Presentation, size: tuple[int, int]) -> Iterator[tuple[str, QWidget]]:
    for name, state in scenes().items():
        window = BenchWindow(DPI, FakeBench(state), presentation)
        window.resize(*size)
        window.show()
        window.look_again()
        yield f"bench-{name}", window
        if name == "busy":
            touch(window, "printer")
            yield "bench-strip", window
            touch(window, "strip-close")
            for device in Cable:
                touch(window, f"more-{device.value}")
                yield f"bench-sheet-{device.value}", window
                touch(window, "sheet-close")
        if name == "morning":
            window.start_tour()
            for number in range(6):
                yield f"bench-tour-{number}", window
                touch(window, "tour-next")
        window.close()
        window.deleteLater()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--language", type=Language, default=PERSIAN)
    parser.add_argument("--size", type=TextSize, default=TextSize.NORMAL)
    parser.add_argument("--theme", type=Theme, default=Theme.DEFAULT)
    parser.add_argument("--only", default="")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=800)
    parser.add_argument("--sheet", action="store_true")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    app = QApplication.instance() or QApplication([])
    presentation = Presentation(given.language, given.size, given.theme)
    window = IdentityWindow(DPI, presentation)
    window.resize(given.width, given.height)
    window.show()
    turned = VoterWindow(DPI, presentation)
    turned.resize(given.width, given.height)
    turned.show()
    pictures: list[tuple[str, QPixmap]] = []

    def all_of() -> Iterator[tuple[str, QWidget]]:
        yield from identity(window)
        yield from operator(window)
        yield from voter(turned)
        if given.only.startswith("bench") or not given.only:
            yield from bench(presentation, (given.width, given.height))

    for name, widget in all_of():
        if given.only not in name:
            continue
        for _ in range(4):
            app.processEvents()
        picture = widget.grab()
        if picture.width() > given.width or picture.height() > given.height:
            print(f"{name}: needs {picture.width()} × {picture.height()}")
        picture.save(str(given.out / f"{name}.png"))
        pictures.append((name, picture))
    if given.sheet:
        _sheets(pictures, given.out)


def _sheets(pictures: list[tuple[str, QPixmap]], out: Path) -> None:
    wide, high = 660, 430
    per = SHEET_COLUMNS * SHEET_ROWS
    for number in range(0, len(pictures), per):
        sheet = QImage(wide * SHEET_COLUMNS, high * SHEET_ROWS, QImage.Format.Format_RGB32)
        sheet.fill(Qt.GlobalColor.darkGray)
        painter = QPainter(sheet)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for place, (name, picture) in enumerate(pictures[number : number + per]):
            x, y = place % SHEET_COLUMNS * wide, place // SHEET_COLUMNS * high
            scaled = picture.scaled(
                wide - 8,
                high - 22,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            painter.drawPixmap(x + 4, y + 18, scaled)
            painter.drawText(QRectF(x + 4, y, wide, 18), name)
        painter.end()
        sheet.save(str(out / f"sheet-{number // per:02d}.png"))


if __name__ == "__main__":
    main()
