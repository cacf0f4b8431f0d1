"""Choose which plugged device serves as what: places of a station, what is there, what was before.

    look ──▶ table ── choose, as before ──▶ table ── kept by two roles ──▶ devices.json ──▶ the next start

A device serves in one place only: choosing one that serves elsewhere exchanges the two. What is kept lies on
the device, over `station.toml`, whose speeds and protocols stay; what was kept before lies beside it, so that
it can be undone. Pure, but for reading and writing the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from annotated_types import Len, MaxLen

from drivers.plugged import Plugged
from election.files import read_file, replace_file
from election.schema import SchemaError, from_json, to_json
from words.message import Message, m

DEVICES_FILE: Final = "devices.json"
_MAX_FILE: Final = 16 * 1024


class Place(StrEnum):
    """What a plugged device serves as; the value is stored."""

    IDENTITY_READER = "identity-reader"
    AUTHORIZATION_READER = "authorization-reader"
    CARD_READER = "card-reader"
    """The one of a ballot terminal."""
    FINGERPRINT = "fingerprint"
    PRINTER = "printer"
    RECORD_PRINTER = "record-printer"
    SCANNER = "scanner"
    IO_BOARD = "io-board"

    @property
    def is_reader(self) -> bool:
        """Whether PC/SC names it; all others are ports."""
        return self in _READERS


_READERS: Final = frozenset({Place.IDENTITY_READER, Place.AUTHORIZATION_READER, Place.CARD_READER})
PLACES: Final[Mapping[Place, Message]] = {
    Place.IDENTITY_READER: m("Reader for identity cards"),
    Place.AUTHORIZATION_READER: m("Reader for authorization cards"),
    Place.CARD_READER: m("Card reader"),
    Place.FINGERPRINT: m("Finger module"),
    Place.PRINTER: m("Printer of reports"),
    Place.RECORD_PRINTER: m("Printer of paper records"),
    Place.SCANNER: m("Scanner"),
    Place.IO_BOARD: m("Switch box"),
}
"""What a person calls it."""

# ---------------------------------------------------------------- the table


@dataclass(frozen=True, slots=True)
class Look:
    """Look what is plugged in now; what was chosen and not kept is forgotten."""


@dataclass(frozen=True, slots=True)
class Choose:
    """Let a plugged device serve in a place."""

    place: Place
    name: str


@dataclass(frozen=True, slots=True)
class AsBefore:
    """Choose what was kept before the last change."""


@dataclass(frozen=True, slots=True)
class TryOut:
    """Ask the chosen devices whether they answer; nothing is kept."""


DeviceChange: TypeAlias = Look | Choose | AsBefore | TryOut


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A place of the station."""

    place: Place
    now: str
    """What serves there since the start."""
    chosen: str

    @property
    def changed(self) -> bool:
        """Whether another one would serve there."""
        return self.now != self.chosen


@dataclass(frozen=True, slots=True)
class DeviceTable:
    """Which device serves as what, and which are there."""

    rows: tuple[DeviceRow, ...] = ()
    plugged: Plugged = Plugged()
    before: tuple[tuple[Place, str], ...] = ()
    """What served before the last change that was kept; empty: there was none."""

    @property
    def changed(self) -> bool:
        """Whether anything was chosen that does not serve now."""
        return any(row.changed for row in self.rows)

    def candidates(self, place: Place) -> tuple[str, ...]:
        """Return what may serve in a place: what is plugged in, and what is configured."""
        there = self.plugged.readers if place.is_reader else self.plugged.ports
        own = [each.now for each in self.rows if each.place.is_reader is place.is_reader]
        return tuple(dict.fromkeys((*there, *own)))

    def is_there(self, name: str) -> bool:
        """Tell whether a device of this name is plugged in; readers are found by part of their name."""
        return name in self.plugged.ports or any(name in each for each in self.plugged.readers)

    def after(self, change: Choose | AsBefore) -> DeviceTable:
        """Return the table after a choice; the same for what is no candidate."""
        if isinstance(change, AsBefore):
            was = dict(self.before)
            rows = (replace(row, chosen=was.get(row.place, row.chosen)) for row in self.rows)
            return replace(self, rows=tuple(rows))
        mine = next((row for row in self.rows if row.place is change.place), None)
        if mine is None or change.name not in self.candidates(change.place):
            return self

        def chosen(row: DeviceRow) -> str:
            if row.place is change.place:
                return change.name
            swapped = row.place.is_reader is mine.place.is_reader and row.chosen == change.name
            return mine.chosen if swapped else row.chosen

        return replace(self, rows=tuple(replace(row, chosen=chosen(row)) for row in self.rows))


# ---------------------------------------------------------------- the file

_Name: TypeAlias = Annotated[str, Len(1, 300)]


@dataclass(frozen=True, slots=True)
class KeptDevice:
    """What serves in a place."""

    place: Place
    name: _Name


@dataclass(frozen=True, slots=True)
class KeptDevices:
    """The file: JSON."""

    format: Literal["amin-devices-1"] = field(default="amin-devices-1", kw_only=True)
    chosen: Annotated[tuple[KeptDevice, ...], MaxLen(len(Place))] = ()
    before: Annotated[tuple[KeptDevice, ...], MaxLen(len(Place))] = ()


def read_kept(folder: Path) -> KeptDevices:
    """Read what two roles kept; nothing where there is no file, or one that says nothing."""
    with suppress(OSError, SchemaError):
        return from_json(KeptDevices, read_file(folder / DEVICES_FILE, _MAX_FILE), _MAX_FILE)
    return KeptDevices()


def keep(folder: Path, table: DeviceTable) -> None:
    """Keep what was chosen, and beside it what serves now. Raises `OSError`."""
    chosen = tuple(KeptDevice(row.place, row.chosen) for row in table.rows)
    before = tuple(KeptDevice(row.place, row.now) for row in table.rows)
    replace_file(folder / DEVICES_FILE, to_json(KeptDevices(chosen=chosen, before=before)))


def table_of(serving: Mapping[Place, str], plugged: Plugged, kept: KeptDevices) -> DeviceTable:
    """Put the table together. `serving`: what the station was started with, by place."""
    rows = tuple(DeviceRow(place, name, name) for place, name in serving.items())
    # Before the change was kept this served: after a start with the change, that is what is undone.
    return DeviceTable(rows, plugged, tuple((each.place, each.name) for each in kept.before))
