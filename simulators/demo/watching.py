"""What the devices of the bench show: the state of their screens, and pictures of them."""

from __future__ import annotations

import threading
from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass, field

from simulators.bench.protocol import BenchPair, Monitor
from simulators.demo.desk import Post, Reader
from simulators.demo.hands import Hands, RobotView, StuckError
from simulators.demo.hardware import CardPlace
from simulators.demo.table import Table
from simulators.robot import RobotError

MONITORS = {Monitor.STATION: CardPlace.IDENTITY, Monitor.TERMINAL: CardPlace.TERMINAL}
PICTURE_PX = 640
"""Width of the pictures of the devices on the table."""
SMALL_PX = 200
"""Of the others."""


@dataclass(slots=True)
class Watcher:
    """Looks at the devices through their robots and keeps what it saw; to be used from any thread."""

    table: Table
    hands: dict[Post, Hands] = field(default_factory=dict)
    """Robots of the devices, once these are started."""
    _seen: dict[Post, RobotView] = field(default_factory=dict)
    _pictures: dict[Post, bytes] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def look(self) -> None:
        """Keep the state of all screens; whoever is seen to be done has voted."""
        for post, hands in list(self.hands.items()):
            if hands.station.robot is None:
                continue
            try:
                view = hands.look()
            except (RobotError, StuckError):
                continue
            with self._lock:
                self._seen[post] = view
                if post.place is CardPlace.IDENTITY and view.flow == "Done":
                    reader = Reader(self.table.desk.device_at(post), post.place)
                    inside = self.table.key_in(reader)
                    self.table.voted |= {inside} if inside else set()

    def was_opened(self, post: Post) -> bool:
        """Return whether the device was seen after its polls were opened."""
        view = self._seen.get(post)
        closed_before = {"no-package", "not-opened"}
        return view is not None and not (view.flow == "Closed" and view.detail in closed_before)

    def take_pictures(self) -> None:
        """Keep what the devices show; the last picture of one that has ended goes."""
        for post, hands in list(self.hands.items()):
            robot, picture = hands.station.robot, b""
            width = PICTURE_PX if post.lane == self.table.at else SMALL_PX
            if robot is not None:
                with suppress(RobotError):
                    picture = b64decode(str(robot.ask(do="picture", width=width)["png"]))
            with self._lock:
                if picture:
                    self._pictures[post] = picture
                else:
                    self._pictures.pop(post, None)

    def pictures(self, lane: int) -> tuple[tuple[Monitor, bytes], ...]:
        """Return what the devices of a lane show, as PNG."""
        with self._lock:
            return tuple(
                (monitor, self._pictures[post])
                for monitor, place in MONITORS.items()
                if (post := Post(lane, place)) in self._pictures
            )

    def pairs(self) -> tuple[BenchPair, ...]:
        """Return all devices, two by two, where it is not one pair."""
        lanes = self.table.desk.lanes
        if len(lanes) == 1 and None not in (lanes[0].station, lanes[0].terminal):
            return ()
        return tuple(
            BenchPair(
                tuple(
                    (monitor, device)
                    for monitor, place in MONITORS.items()
                    if (device := lane.device(place)) is not None
                ),
                self.pictures(number),
            )
            for number, lane in enumerate(lanes)
        )
