"""Hold a station's settings as the program uses them; `kiosk.configuration` reads and writes their file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from drivers.settings import (
    DeviceLimits,
    FingerprintLine,
    IoBoardLine,
    PcscReaderSettings,
    Power,
    PrinterLine,
    ReaderSettings,
    ScreenSettings,
    SerialLineSettings,
    SignSettings,
    SoundSettings,
)
from election.board_client import StatusBoardSettings
from election.definition import BranchId, DeviceId, Role
from election.device_table import Place
from election.document_trust import OwnDocuments


@dataclass(frozen=True, slots=True)
class IdentityReaders:
    """The two card readers of an identity station."""

    identity: ReaderSettings
    authorization: ReaderSettings


@dataclass(frozen=True, slots=True)
class TerminalReaders:
    """The one card reader of a ballot terminal."""

    card: ReaderSettings


@dataclass(frozen=True, slots=True)
class StationConfiguration:
    """All settings of a station."""

    device: DeviceId
    role: Role
    """Identity station or ballot terminal."""
    branch: BranchId
    data: Path
    mirror: Path
    """A folder on the second medium."""
    usb: Path
    """Where packages are read from and bundles are written to."""
    root_certificate: Path
    signing_key: Path
    sealing_key: Path
    readers: IdentityReaders | TerminalReaders
    fingerprint: FingerprintLine | None
    """Set for an identity station, None for a ballot terminal."""
    printer: PrinterLine | None
    """Of reports, forms and slips, whose paper is taken by hand."""
    screen: ScreenSettings
    scanner: SerialLineSettings | None = None
    power: Power | None = None
    sound: SoundSettings | None = None
    io_board: IoBoardLine | None = None
    record_printer: PrinterLine | None = None
    """Of paper records, over a sealed box; None for an identity station."""
    signs: SignSettings | None = None
    identity: OwnDocuments = OwnDocuments()
    """Without meaning for a ballot terminal."""
    status_board: StatusBoardSettings | None = None
    limits: DeviceLimits = DeviceLimits()

    def serving(self) -> dict[Place, str]:
        """Say which plugged device serves as what; none of a simulated reader."""
        match self.readers:
            case IdentityReaders(identity, authorization):
                readers = {
                    Place.IDENTITY_READER: identity,
                    Place.AUTHORIZATION_READER: authorization,
                }
            case TerminalReaders(card):
                readers = {Place.CARD_READER: card}
        named = {p: x.name for p, x in readers.items() if isinstance(x, PcscReaderSettings)}
        lines = {p: getattr(self, name) for p, name in _LINES.items()}
        return named | {place: line.path for place, line in lines.items() if line is not None}

    def served_by(self, chosen: Mapping[Place, str]) -> StationConfiguration:
        """Return the settings with other devices in some places; speeds and protocols stay."""

        def reader(place: Place, own: ReaderSettings) -> ReaderSettings:
            return (
                PcscReaderSettings(chosen[place]) if place in chosen and place in serving else own
            )

        serving, lines = self.serving(), {}
        for place in (chosen.keys() & serving.keys()) & _LINES.keys():
            lines[_LINES[place]] = replace(getattr(self, _LINES[place]), path=chosen[place])
        match self.readers:
            case IdentityReaders(identity, authorization):
                readers: IdentityReaders | TerminalReaders = IdentityReaders(
                    reader(Place.IDENTITY_READER, identity),
                    reader(Place.AUTHORIZATION_READER, authorization),
                )
            case TerminalReaders(card):
                readers = TerminalReaders(reader(Place.CARD_READER, card))
        return replace(self, readers=readers, **lines)


_LINES: Final = {
    Place.FINGERPRINT: "fingerprint",
    Place.PRINTER: "printer",
    Place.RECORD_PRINTER: "record_printer",
    Place.SCANNER: "scanner",
    Place.IO_BOARD: "io_board",
}
"""Fields of the devices on a line."""
