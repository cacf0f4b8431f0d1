"""Hardware of the branch as simulators.

Three card readers, a fingerprint module, two printers, a code scanner, and a UPS that feeds both
devices.

Cards reach the stations through the project's own private pcscd with virtual readers or, without
a daemon, through sockets with the same frames (`--in-process`). The stations can't tell.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol, Self

from drivers.settings import (
    FingerprintLine,
    NutPower,
    PcscReaderSettings,
    PrinterLine,
    ReaderSettings,
    SerialLineSettings,
    SocketReaderSettings,
)
from simulators.cards.slot import CardSlot
from simulators.demo.handing_back import ReturnSlot
from simulators.fingerprint.module import ModuleTiming
from simulators.fingerprint.sfm import SfmSimulator
from simulators.pcscd import PrivatePcscd, unavailable_reason
from simulators.printer.escpos import EscposSimulator
from simulators.scanner.serial_scanner import BAUD as SCANNER_BAUD
from simulators.scanner.serial_scanner import ScannerSimulator
from simulators.ups.upsd import UpsSimulator
from simulators.vpcd import SocketSlot

FINGER_BAUD = 115_200
PRINTER_BAUD = 115_200
RECORD = "record"
"""Name of the printer of paper records."""
READER_NAMES = ("Amin identity", "Amin authorization", "Amin terminal")

WiredDevice = SfmSimulator | EscposSimulator | ScannerSimulator | UpsSimulator


class CardPlace(StrEnum):
    """Card slot of the branch."""

    IDENTITY = "identity"
    AUTHORIZATION = "authorization"
    TERMINAL = "terminal"


class Transport(Protocol):
    """Connection between virtual cards and the stations."""

    name: str

    def reader(self, place: CardPlace) -> ReaderSettings:
        """Return the reader for the station's configuration."""

    def slot(self, place: CardPlace) -> CardSlot:
        """Return the slot to put cards in."""

    def environment(self, place: CardPlace) -> dict[str, str]:
        """Return variables for the process of the device that has this reader."""

    def connect(self, place: CardPlace, *, plugged: bool) -> bool:
        """Pull or plug the cable of a device's readers; False if this transport has none."""

    def stop(self) -> None:
        """End the transport."""


class SocketTransport:
    """Readers that are Unix sockets in `wires`, without a daemon."""

    name = "in-process"

    def __init__(self, wires: Path) -> None:
        self._wires = wires

    def _path(self, place: CardPlace) -> Path:
        return self._wires / f"{place}.card"

    def reader(self, place: CardPlace) -> ReaderSettings:
        """Return the reader that listens on the place's socket."""
        return SocketReaderSettings(self._path(place))

    def slot(self, place: CardPlace) -> CardSlot:
        """Return the slot that joins the place's socket."""
        return SocketSlot(self._path(place))

    def environment(self, place: CardPlace) -> dict[str, str]:
        """Return no variables."""
        del place
        return {}

    def connect(self, place: CardPlace, *, plugged: bool) -> bool:
        """Return False: there is no cable."""
        del place, plugged
        return False

    def stop(self) -> None:
        """Do nothing: slots end with their readers."""


DEVICES: Final = ((CardPlace.IDENTITY, CardPlace.AUTHORIZATION), (CardPlace.TERMINAL,))
"""Readers of a station, and that of a terminal."""


class PcscdTransport:
    """Readers of a private pcscd for each device: one takes eight readers, and one cable is one device's."""

    name = "pcscd"

    def __init__(self, places: Collection[CardPlace] = tuple(CardPlace)) -> None:
        """Start the daemons of the devices that have these readers. Raises `PcscdError`."""
        self._names = dict(zip(CardPlace, READER_NAMES, strict=True))
        self._homes: list[tempfile.TemporaryDirectory[str]] = []
        self._daemons: dict[CardPlace, PrivatePcscd] = {}
        try:
            for readers in DEVICES:
                if not set(readers).isdisjoint(places):
                    self._start(readers)
        except BaseException:
            self.stop()
            raise

    def _start(self, readers: Collection[CardPlace]) -> None:
        # A folder of its own: after a restart the socket is where the device looks for it.
        home = tempfile.TemporaryDirectory(prefix="amin-pcscd-")
        self._homes.append(home)
        daemon = PrivatePcscd([self._names[place] for place in readers], Path(home.name))
        daemon.start()
        self._daemons |= dict.fromkeys(readers, daemon)

    def reader(self, place: CardPlace) -> ReaderSettings:
        """Return the reader by its PC/SC name."""
        return PcscReaderSettings(self._daemons[place].reader_name(self._names[place]))

    def slot(self, place: CardPlace) -> CardSlot:
        """Return the slot of the place's virtual reader."""
        return self._daemons[place].slot(self._names[place])

    def environment(self, place: CardPlace) -> dict[str, str]:
        """Return the variables that lead PC/SC to the device's daemon."""
        return self._daemons[place].env()

    def connect(self, place: CardPlace, *, plugged: bool) -> bool:
        """Start or stop the device's daemon: its readers depend on it, and go and come with it."""
        if plugged:
            self._daemons[place].start()
        else:
            self._daemons[place].stop()
        return True

    def stop(self) -> None:
        """Stop the daemons and remove their folders."""
        for daemon in self._daemons.values():
            daemon.stop()
        for home in self._homes:
            home.cleanup()


def choose_transport(
    wanted: str | None, wires: Path, places: Collection[CardPlace] = tuple(CardPlace)
) -> tuple[Transport, str]:
    """Return the transport, and a notice if it is not the one wished for.

    `wanted`: pcscd, in-process or None; `places`: the readers that there are.
    """
    if wanted == "in-process":
        return SocketTransport(wires), ""
    reason = unavailable_reason()
    if reason is None:
        return PcscdTransport(places), ""
    return SocketTransport(wires), f"cards without pcscd: {reason}"


@dataclass(slots=True)
class Hardware:
    """Simulated devices of the branch."""

    transport: Transport
    slots: dict[CardPlace, CardSlot]
    finger: SfmSimulator
    printers: dict[str, EscposSimulator] = field(default_factory=dict)
    """The printers of the identity station (IDENTITY) and of the ballot terminal (TERMINAL, RECORD)."""
    scanner: ScannerSimulator = field(kw_only=True)
    ups: UpsSimulator = field(kw_only=True)

    @classmethod
    def make(
        cls,
        transport: Transport,
        wires: Path,
        seed: int,
        *,
        hurried: bool,
        paper: bool = False,
        places: Collection[CardPlace] = tuple(CardPlace),
    ) -> Self:
        """Create all devices; `hurried`: faster than real ones, for automated days.

        `paper`: with a printer of paper records. `places`: the readers that there are.
        """
        timing = ModuleTiming(0.05, 0.08, 0.04) if hurried else ModuleTiming()
        rng = random.Random(f"hardware {seed}")
        return cls(
            transport,
            {place: _slot(transport, place) for place in places},
            SfmSimulator(
                wires / "finger", baud=FINGER_BAUD, seed=rng.getrandbits(32), timing=timing
            ),
            {
                place: EscposSimulator(
                    wires / f"{place}.printer", baud=PRINTER_BAUD, paced=not hurried
                )
                for place in (CardPlace.IDENTITY, CardPlace.TERMINAL, *([RECORD] if paper else []))
            },
            scanner=ScannerSimulator(wires / "scanner", seed=rng.getrandbits(32)),
            ups=UpsSimulator("branch"),
        )

    @property
    def finger_line(self) -> FingerprintLine:
        """Line of the fingerprint module."""
        return FingerprintLine(self.finger.path, FINGER_BAUD)

    def printer_line(self, place: str) -> PrinterLine:
        """Return the line of a device's printer."""
        return PrinterLine(self.printers[place].path, PRINTER_BAUD)

    @property
    def record_line(self) -> PrinterLine | None:
        """Line of the printer of paper records, if there is one."""
        return self.printer_line(RECORD) if RECORD in self.printers else None

    @property
    def scanner_line(self) -> SerialLineSettings:
        """Line of the code scanner."""
        return SerialLineSettings(self.scanner.path, SCANNER_BAUD)

    @property
    def power(self) -> NutPower:
        """Return the UPS's address; its port is known once it was started."""
        return NutPower(self.ups.host, self.ups.port, self.ups.name)

    @property
    def _devices(self) -> tuple[WiredDevice, ...]:
        return self.ups, self.scanner, self.finger, *self.printers.values()

    def __enter__(self) -> Self:
        for device in self._devices:
            device.start()
        return self

    def __exit__(self, *_: object) -> None:
        for slot in self.slots.values():
            slot.remove()
        for device in self._devices:
            device.stop()
        self.transport.stop()


def _slot(transport: Transport, place: CardPlace) -> CardSlot:
    slot = transport.slot(place)
    return ReturnSlot(slot) if place is CardPlace.AUTHORIZATION else slot
