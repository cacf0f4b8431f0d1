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
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto
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


class RollState(Enum):
    """Whether the roll that a package vouches for is here."""

    OPENING = auto()
    """It is still being read."""
    THERE = auto()
    MISSING = auto()
    ANOTHER = auto()
    """Another one is: of another election, or an earlier one."""
    DAMAGED = auto()
    """It was cut or altered, or its medium cannot be read."""


class RollUnusableError(Exception):
    """The roll of the package is not here, or of no use."""

    def __init__(self, state: RollState) -> None:
        super().__init__(state.name.lower())
        self.state = state


class RollTable:
    """The table of one election, in its open file. From any thread.

    It is read and not mapped: a medium that fails has to be an error, and not the end of the program.
    """

    def __init__(self, key: bytes, table: BinaryIO, people: int) -> None:
        """`table`: whole entries, ascending, as `find_roll` has checked."""
        self.key = key
        """The evaluator's public key of the roll."""
        self.people = people
        self._table = table

    def has(self, output: bytes) -> bool:
        """Tell whether somebody on the roll has this output of the function (64 bytes). Raises `OSError`."""
        entry, low, high = output[:ENTRY_SIZE], 0, self.people
        while low < high:
            middle = (low + high) // 2
            if self._entry(middle) < entry:
                low = middle + 1
            else:
                high = middle
        return low < self.people and self._entry(low) == entry

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


def roll_of(folder: Path, recorded: Iterable[RecordedList]) -> Callable[[], RollTable] | None:
    """Return what opens the roll in `folder` (`find_roll`); None where the package vouches for none."""
    listed = of_kind(recorded, RecordedKind.ROLL)
    return None if listed is None else partial(find_roll, folder, listed)


def find_roll(folder: Path, listed: RecordedList) -> RollTable:
    """Open the roll that a package vouches for.

    The table is read once, in pieces: 0.5 GB of a country of 60 million, so it takes as long as the
    medium. Raises `RollUnusableError`, whatever lies there.
    """
    with _telling(), ExitStack() as stack:
        _, roll = _listed(folder, listed)
        stream = stack.enter_context(open_file(folder / TABLE_FILE))
        _read_through(stream, roll, lambda _: None)
        stack.pop_all()
        return RollTable(roll.key, stream, roll.people)


def read_roll(data: bytes) -> RollList:
    """Read a roll.json. Raises `SchemaError`."""
    return from_json(RollList, data, LARGEST_LIST)


def bring_roll(drive: Path, folder: Path, recorded: Iterable[RecordedList]) -> None:
    """Copy the roll that a package vouches for from a drive into `folder`, if it lies beside the package.

    What is there already and is the right one stays. The drive is read once, and what was written counts if
    it is the right table. Never raises: a full medium, or a drive that is pulled out, leaves what was there,
    and a station says that it has no roll.
    """
    listed = of_kind(recorded, RecordedKind.ROLL)
    if listed is None:
        return
    with suppress(RollUnusableError), closing(find_roll(folder, listed)):
        return
    with suppress(RollUnusableError), _telling():
        data, roll = _listed(drive, listed)
        with (
            open_file(drive / TABLE_FILE) as source,
            replacing(folder / TABLE_FILE, PUBLIC) as stream,
        ):
            _read_through(source, roll, stream.write)
        replace_file(folder / LIST_FILE, data, PUBLIC)


@contextmanager
def _telling() -> Iterator[None]:
    """Say of files what is the matter with the roll."""
    try:
        yield
    except FileNotFoundError as error:
        raise RollUnusableError(RollState.MISSING) from error
    except (OSError, SchemaError) as error:
        raise RollUnusableError(RollState.DAMAGED) from error


def _listed(folder: Path, listed: RecordedList) -> tuple[bytes, RollList]:
    data = read_file(folder / LIST_FILE, LARGEST_LIST)
    if hashlib.sha256(data).hexdigest() != listed.sha256:
        raise RollUnusableError(RollState.ANOTHER)
    return data, read_roll(data)


def _read_through(stream: BinaryIO, roll: RollList, do: Callable[[bytes], object]) -> None:
    """Read a table in pieces, handing each on; at the end it must have been the one of its list."""
    if os.fstat(stream.fileno()).st_size != roll.people * ENTRY_SIZE:
        raise RollUnusableError(RollState.DAMAGED)
    found = hashlib.sha256()
    for piece in iter(partial(stream.read, _PIECE), b""):
        found.update(piece)
        do(piece)
    if found.hexdigest() != roll.sha256:
        raise RollUnusableError(RollState.DAMAGED)
