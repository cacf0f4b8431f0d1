"""Keep the roll of an election where nobody can read it: sorted outputs of `crypto.oprf`, without a name.

    roll.json   the evaluator's key of the roll, how many people, SHA-256 of the table
    roll.bin    of each person the first 8 bytes of the output over number and birth date, ascending

The package vouches for `roll.json` (`election.recorded`), which vouches for the table; both lie in the data
folder of an identity station. Whoever steals the table learns who is on it one question to the evaluator at
a time, and the evaluator counts. A station's guess of a wrong pair hits by chance once in 2⁶⁴ / people.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO, Final, Literal

from annotated_types import Interval, Len

from election.definition import Sha256Hex
from election.files import PUBLIC, open_file, read_file, replace_file, replacing
from election.recorded import RecordedKind, RecordedList, of_kind
from election.schema import SchemaError, from_json

ROLL: Final = b"amin roll"
"""The purpose of the evaluator's key (`crypto.oprf.EvaluatorKey.apart`)."""
LIST_FILE: Final = "roll.json"
TABLE_FILE: Final = "roll.bin"
ENTRY_SIZE: Final = 8
"""Bytes of a person."""
LARGEST_LIST: Final = 4096
MOST_PEOPLE: Final = 200_000_000
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class RollList:
    """The content of roll.json; bytes as hex digits."""

    format: Literal["amin-roll-1"] = field(default="amin-roll-1", kw_only=True)
    key: Annotated[bytes, Len(32, 32)]
    """The evaluator's public key of the roll, which is not that of pseudonyms."""
    people: Annotated[int, Interval(ge=1, le=MOST_PEOPLE)]
    sha256: Sha256Hex
    """Of the table."""


class RollTable:
    """The table of one election, in its open file. From any thread.

    It is read and not mapped: a medium that fails has to be an error, and not the end of the program.
    """

    def __init__(self, key: bytes, table: BinaryIO, people: int) -> None:
        """`table`: whole entries, ascending, as `open_table` has checked."""
        self.key = key
        """The evaluator's public key of the roll."""
        self._table = table
        self._people = people

    def has(self, output: bytes) -> bool:
        """Tell whether somebody on the roll has this output of the function (64 bytes). Raises `OSError`."""
        entry, low, high = output[:ENTRY_SIZE], 0, self._people
        while low < high:
            middle = (low + high) // 2
            if self._entry(middle) < entry:
                low = middle + 1
            else:
                high = middle
        return low < self._people and self._entry(low) == entry

    def copy(self, to: BinaryIO) -> None:
        """Write the whole table to another file. Raises `OSError`."""
        self._table.seek(0)
        shutil.copyfileobj(self._table, to, _PIECE)

    def close(self) -> None:
        """Close the file."""
        self._table.close()

    def _entry(self, place: int) -> bytes:
        found = os.pread(self._table.fileno(), ENTRY_SIZE, place * ENTRY_SIZE)
        if len(found) != ENTRY_SIZE:
            raise OSError(errno.EIO, "the roll was cut")
        return found


def roll_input(election: str, number: str, born: date) -> bytes:
    """Return what goes into the function: the election's uuid, ten Latin digits, the day as ISO 8601."""
    return f"{election}|{number}|{born.isoformat()}".encode()


def vouched(data: bytes) -> RecordedList:
    """Return what a package says of a roll, from the bytes of its `roll.json`."""
    return RecordedList(RecordedKind.ROLL, (), 1, len(data), hashlib.sha256(data).hexdigest())


def roll_of(
    folder: Path, recorded: Iterable[RecordedList]
) -> Callable[[], RollTable | None] | None:
    """Return what opens the roll in `folder`; None where the package vouches for none."""
    if of_kind(recorded, RecordedKind.ROLL) is None:
        return None
    return partial(open_roll, folder, recorded)


def open_roll(folder: Path, recorded: Iterable[RecordedList]) -> RollTable | None:
    """Open the roll that a package vouches for; None if there is none, or another one is there.

    The table is read once, whole: 0.5 GB of a country of 60 million. Takes as long
    as the medium; never raises for what lies there.
    """
    listed = of_kind(recorded, RecordedKind.ROLL)
    if listed is None:
        return None
    try:
        data = read_file(folder / LIST_FILE, LARGEST_LIST)
        if hashlib.sha256(data).hexdigest() != listed.sha256:
            return None
        return open_table(folder, read_roll(data))
    except (OSError, SchemaError):
        return None


def read_roll(data: bytes) -> RollList:
    """Read a roll.json. Raises `SchemaError`."""
    return from_json(RollList, data, LARGEST_LIST)


def open_table(folder: Path, roll: RollList) -> RollTable | None:
    """Open the table beside a `roll.json`; None if it is another one. Raises `OSError`."""
    with ExitStack() as stack:
        stream = stack.enter_context(open_file(folder / TABLE_FILE))
        size = os.fstat(stream.fileno()).st_size
        if size != roll.people * ENTRY_SIZE:
            return None
        found = hashlib.sha256()
        for piece in iter(partial(stream.read, _PIECE), b""):
            found.update(piece)
        if found.hexdigest() != roll.sha256:
            return None
        stack.pop_all()
        return RollTable(roll.key, stream, roll.people)


def bring_roll(drive: Path, folder: Path, recorded: Iterable[RecordedList]) -> None:
    """Copy the roll that a package vouches for from a drive into `folder`, if it lies beside the package.

    What is there already and is the right one stays. Never raises: a full medium or a drive that is pulled
    out leaves what was there, and a station says that it has no roll.
    """
    for place in (folder, drive):
        found = open_roll(place, recorded)
        if found is None:
            continue
        with suppress(OSError), closing(found):
            if place is drive:
                with replacing(folder / TABLE_FILE, PUBLIC) as stream:
                    found.copy(stream)
                replace_file(folder / LIST_FILE, read_file(drive / LIST_FILE, LARGEST_LIST), PUBLIC)
        return
