"""A polling branch: its devices in this process (`stations`), or as the real programs with
simulated hardware.
"""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import simulators.demo.office as demo
from election.definition import Rules
from kiosk.flows.operator.states import Outcome
from simulators.cards.piv import PivCard, authorization_card
from simulators.demo.booth import Booth, Choice, Intent
from simulators.demo.checkin import CheckInDesk, identity_card
from simulators.demo.electorate import Kind, Visitor
from simulators.demo.hands import Hands, Stuck
from simulators.demo.hardware import Hardware, PcscdTransport, Place, SocketTransport
from simulators.demo.office import STATION, TERMINAL, Counted, Prepared, count, prepare
from simulators.demo.places import Places
from simulators.demo.stations import Station, write_configurations
from simulators.robot import RobotError
from tests.cases.runner import begin_again, expect, new_folder
from tests.cases.stations import (
    Bench,
)
from tests.kiosk.station.office import people, slates

# ------------------------------------------------------------ media that come and go


def own_mounts() -> None:
    """Begin the script again where it may mount: in name spaces of its own, gone with it."""
    if os.environ.get("CASE_MOUNTS") != "own":
        os.environ["CASE_MOUNTS"] = "own"
        begin_again("unshare", "--user", "--map-root-user", "--mount")


def mount(folder: Path, megabytes: int = 64) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))
    return folder


def unmount(folder: Path) -> None:
    """Pulled: who has a file open keeps it, who comes later finds the bare mount point."""
    _run("umount", "--lazy", str(folder))


def read_only(folder: Path, on: bool) -> None:
    _run("mount", "-o", f"remount,{'ro' if on else 'rw'}", str(folder))


def fill(folder: Path) -> Path:
    """A file that leaves no room."""
    path = folder / "film"
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))
    with suppress(OSError), path.open("ab", buffering=0) as file:
        while True:
            file.write(b"\0")
    return path


def _run(*command: str) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)}: {ended.stderr.strip()}")


def flip(path: Path, count: int = 40) -> None:
    """Some bytes of a store, behind its first page, become others."""
    raw, rng = bytearray(path.read_bytes()), random.Random(1)
    for _ in range(count):
        raw[rng.randrange(4096, len(raw))] ^= 0xFF
    path.write_bytes(raw)


def serves(bench: Bench) -> bool:
    """A voter can be let in."""
    return type(bench.state).__name__ == "Idle"


def said(outcome: Outcome) -> str:
    return outcome.message.en


# ------------------------------------------------------------ the real programs


@dataclass
class Branch:
    """Both devices as processes, with the windows they show; hands click in them."""

    places: Places
    hardware: Hardware
    prepared: Prepared
    stations: dict[str, Station] = field(default_factory=dict)
    hands: dict[str, Hands] = field(default_factory=dict)

    @property
    def terminal(self) -> Hands:
        return self.hands[TERMINAL]

    def start(self, *devices: str) -> None:
        for device in devices or self.stations:
            self.stations[device].start()
        for device in devices or self.stations:
            self.stations[device].connect()

    def up(self, device: str) -> str:
        """The screen of a device that has started, once it says something."""
        view = self.hands[device].until(lambda view: view.flow not in {"Closed", ""}, "a start", 40)
        return view.flow

    def blank(self) -> PivCard:
        return authorization_card(self.prepared.card_key)

    def check_in(self, number: int, card: PivCard) -> str | None:
        """The reason of a refusal; None: the card holds an authorization."""
        visitor = Visitor(people(60, "cases")[number], Kind.ORDINARY)
        desk = CheckInDesk(self.hands[STATION], self.hardware)
        identity = identity_card(visitor, self.prepared.issuer, self.prepared.election.day)
        return desk.serve(visitor, identity, card).refused

    def intent(self) -> Intent:
        council, experts = self.prepared.election.contests
        persons = (council.candidates[0].code, council.candidates[7].code)
        return Intent(
            (
                Choice(council.id, persons=persons),
                Choice(experts.id, persons=(experts.candidates[1].code,)),
            )
        )

    def vote(self, card: PivCard) -> None:
        """A whole voter. Raises `Stuck`."""
        contests = self.prepared.election.contests
        Booth(self.terminal).vote(card, Kind.ORDINARY, self.intent(), contests)

    def voter(self, number: int) -> PivCard:
        """Checks in and votes; the used card."""
        card = self.blank()
        refused = self.check_in(number, card)
        expect(refused is None, f"voter {number} is refused: {refused}")
        self.vote(card)
        return card

    def count(self) -> Counted:
        """Headquarters imports what is on the stick, and counts."""
        return count(self.places, self.prepared, None, lambda *_: None)

    def log(self, device: str) -> str:
        return self.places.device(device).log.read_text(errors="replace")


@contextmanager
def branch(*, opened: bool = True, pcscd: bool = False) -> Iterator[Branch]:
    """A branch with a small election of this hour; its devices run.

    `pcscd`: cards come through a private pcscd (Debian packages pcscd and vsmartcard-vpcd), else
    through sockets.
    """
    places = Places.make(new_folder() / "day")
    # Two contests of a few persons in place of the demonstration's thousands.
    demo.make_slates = lambda *_: slates()
    rules = Rules(ballots_per_terminal=60, inactivity_s=600.0)
    prepared = prepare(places, 1, rules, None, lambda *_: None)
    transport = PcscdTransport() if pcscd else SocketTransport(places.wires)
    with Hardware.make(transport, places.wires, 1, hurried=True) as hardware:
        write_configurations(places, hardware, fullscreen=False)
        made = Branch(places, hardware, prepared)
        for device, reader in ((STATION, Place.AUTHORIZATION), (TERMINAL, Place.TERMINAL)):
            made.stations[device] = Station(device, places, transport.environment(), headless=True)
            made.hands[device] = Hands(
                made.stations[device], hardware, places.screens, prepared.operators, reader
            )
        try:
            made.start()
            if opened:
                for hands in made.hands.values():
                    hands.open_polls()
            yield made
        finally:
            for station in made.stations.values():
                station.stop()
            places.clear_wires()


def ends_within(process: subprocess.Popen, seconds: float) -> int | None:
    """Its exit status; None if it goes on."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        status = process.poll()
        if status is not None:
            return status
        time.sleep(0.1)
    return None


GONE = (Stuck, RobotError, OSError)
"""What hands meet at a station whose process has ended."""
