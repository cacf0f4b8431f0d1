"""Publish the acts of every device's day.

    supplement/acts.json    {"items": [{"device", "acts": [{"statement", "cards": [{"certificate", "value"}],
                            "countersignature"}]}]}          by device; Base64

One chain per device (`election.acts`): loaded, opened, closed; of a rescued device what was handed in with
its records. They are judged by the register (`headquarters.day_acts_check`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from annotated_types import MaxLen

from election.acts import MAX_ACTS, SignedAct
from election.definition import DeviceId
from election.files import PUBLIC, read_file, replace_file
from election.schema import from_json, to_json

ACTS_FILE: Final = "acts.json"
MAX_ACTS_FILE: Final = 1 << 28
"""Bytes: some 25,000 a device."""


@dataclass(frozen=True, slots=True)
class DeviceDay:
    """The acts of one device, oldest first."""

    device: DeviceId
    acts: Annotated[tuple[SignedAct, ...], MaxLen(MAX_ACTS)]


@dataclass(frozen=True, slots=True)
class DayActs:
    """The content of acts.json."""

    items: tuple[DeviceDay, ...]
    """By device."""


def write_day_acts(folder: Path, days: Iterable[DeviceDay]) -> None:
    """Write acts.json into a supplement. Raises `OSError`."""
    ordered = tuple(sorted(days, key=lambda day: day.device))
    replace_file(folder / ACTS_FILE, to_json(DayActs(ordered)), PUBLIC)


def read_day_acts(folder: Path) -> tuple[DeviceDay, ...]:
    """Read acts.json of a supplement; nothing in it is verified. Raises `SchemaError`, `OSError`."""
    return from_json(DayActs, read_file(folder / ACTS_FILE, MAX_ACTS_FILE), MAX_ACTS_FILE).items
