"""Tell the status board how a station is: one way, at nobody's cost.

A thread looks twice a second, through the store's thread, whether there is something to tell: another state
of the polls, of power or line, a full hour, or a minute since the last message. What it tells is signed
(`election.station_status`) and sent once; what does not arrive is superseded by the next message. Nothing
waits for the board, and nothing that it answers changes anything here.
"""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from crypto.signing import SigningKey
from drivers.errors import DriverError
from drivers.media.errors import StorageError
from drivers.power.seam import PowerState, Supply
from drivers.registry.line import Credentials, Exchange, Post
from drivers.threads.watcher import Watcher
from drivers.threads.worker import OnCrash
from election.claim_book import ClaimBook, Told
from election.definition import Address, BranchId, DeviceId, Election
from election.files import read_file
from election.polls import PollsState
from election.registry_client import Connect
from election.schema import from_cbor, to_cbor
from election.station_status import (
    AHEAD,
    DayCounts,
    DaySums,
    Power,
    StationStatus,
    next_sums,
    write_status,
)

EVERY_S: Final = 60.0
"""Between two messages of a station where nothing happens; a board misses it after five minutes."""
LOOK_S: Final = 0.5
"""What one look finds goes with the next one, as the store is on a thread of its own."""
CHANGED_S: Final = 1.0
"""At least between two messages, whatever changes."""
AGAIN_S: Final = 5.0
"""After a message that did not arrive."""
SEND_S: Final = 2.0
_MAX_SUMS: Final = 16
_MAX_PEM: Final = 64 * 1024
_HOUR_S: Final = 3600
_POWER: Final = {
    Supply.ON_LINE: Power.MAINS,
    Supply.ON_BATTERY: Power.BATTERY,
    Supply.LOW: Power.LOW,
    Supply.UNKNOWN: Power.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class StatusBoardSettings:
    """Where a station says how it is."""

    address: Address
    certificate: str
    """File (PEM) of the board's certificate of TLS, beside `station.toml`: no other is believed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How a station is now; a change of it is told at once."""

    state: PollsState
    power: Power
    linked: bool


def power_of(reading: PowerState | None) -> Power:
    """Say a reading of the supply; None: none is attached."""
    return Power.UNKNOWN if reading is None else _POWER[reading.supply]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks. Never log this."""

    election: str
    branch: BranchId
    device: DeviceId
    key: SigningKey

    def __repr__(self) -> str:
        return "Speaker(…)"


class Teller:
    """What a station tells, and when. On the store's thread."""

    def __init__(self, speaker: Speaker, book: ClaimBook) -> None:
        """`book`: keeps what was told."""
        self._speaker = speaker
        self._book = book
        self._version = _version()
        self._last: tuple[Seen, datetime] | None = None
        self._number = self._limit = 0

    def tell(self, seen: Seen, now: datetime, counts: Callable[[], DayCounts]) -> bytes | None:
        """Return a message that is due. `counts` is asked once in an hour. Raises `StorageError`."""
        hour = _hour(now)
        if self._last is not None:
            before, at = self._last
            changed = seen != before or hour != _hour(at)
            # A clock that was set back holds nothing up.
            if 0 <= (now - at).total_seconds() < (CHANGED_S if changed else EVERY_S):
                return None
        sums = self._sums(seen, hour, counts)
        self._last = (seen, now)
        return write_status(
            StationStatus(
                self._speaker.election,
                self._speaker.branch,
                self._speaker.device,
                self._next(),
                now.replace(microsecond=0),
                seen.state,
                seen.power,
                seen.linked,
                self._version,
                sums,
            ),
            self._speaker.key,
        )

    def _sums(self, seen: Seen, hour: int, counts: Callable[[], DayCounts]) -> DaySums | None:
        told = self._book.told()
        sums = from_cbor(DaySums, told.sums, _MAX_SUMS) if told.sums else None
        if not told.since:
            if seen.state.is_running:
                self._keep(replace(told, since=hour))
        elif hour > (told.since if sums is None else sums.hour):
            sums = next_sums(sums, hour, counts())
            self._keep(replace(told, sums=to_cbor(sums)))
        return sums

    def _keep(self, told: Told) -> None:
        """Keep it under a larger number; it is the next one that is sent, so no message is missed."""
        self._book.set_told(replace(told, number=told.number + 1))
        if self._limit == told.number:
            self._limit += 1

    def _next(self) -> int:
        """Return a number that is larger than all before, also after a start."""
        if self._number >= self._limit:
            told = self._book.told()
            self._number, self._limit = told.number, told.number + AHEAD
            self._book.set_told(replace(told, number=self._limit))
        self._number += 1
        return self._number


class BoardClient:
    """The thread that sends."""

    def __init__(
        self,
        line: Exchange,
        collect: Callable[[], bytes | None],
        submit: Callable[[Callable[[], None]], None],
        on_crash: OnCrash,
    ) -> None:
        """`collect`: returns what is due, on the store's thread; `submit`: does a job there."""
        self._line = line
        self._collect = collect
        self._submit = submit
        self._asked = False
        # Each is written on one thread alone, so that neither undoes what the other just did.
        self._due: bytes | None = None
        self._sent: bytes | None = None
        self._not_before = 0.0
        self._watcher = Watcher("status board", self._look, on_crash, every_s=LOOK_S)

    def start(self) -> None:
        """Begin to speak."""
        self._watcher.start()

    def stop(self) -> None:
        """End the thread and the connection."""
        self._watcher.stop()
        self._line.close()

    def _look(self) -> None:
        # A store that hangs gets one job, not one a look.
        if not self._asked:
            self._asked = True
            self._submit(self._collected)
        message = self._due
        if message is self._sent or message is None or time.monotonic() < self._not_before:
            return
        try:
            self._line.exchange(Post("/status", message), SEND_S)
        except DriverError:
            self._not_before = time.monotonic() + AGAIN_S
            return
        self._sent = message

    def _collected(self) -> None:
        with suppress(StorageError):
            if (found := self._collect()) is not None:
                self._due = found
        self._asked = False


def board_certificate(settings: StatusBoardSettings) -> bytes:
    """Return the certificate (DER) that the board has to show: the first one of a chain.

    Raises `OSError`, or `ValueError` if the file has none.
    """
    data = read_file(Path(settings.certificate), _MAX_PEM)
    return x509.load_pem_x509_certificate(data).public_bytes(Encoding.DER)


def open_board(
    settings: StatusBoardSettings | None,
    election: Election,
    device: DeviceId,
    key: SigningKey,
    connect: Connect,
    look: Callable[[], tuple[Seen, datetime]],
    submit: Callable[[Callable[[], None]], None],
    on_crash: OnCrash,
    book: ClaimBook,
    counts: Callable[[], DayCounts],
) -> BoardClient | None:
    """Begin to tell the board; None without one, or if its certificate cannot be read: the doctor tells.

    `look`: how the station is, and its time; `counts`: what it counted.
    """
    here = election.device(device)
    if settings is None or here is None:
        return None
    try:
        board = board_certificate(settings)
        shown = Credentials(here.certificate, key.to_pem(), board, (board,))
        line = connect(settings.address, shown)
    except (OSError, ValueError, DriverError):
        return None
    teller = Teller(Speaker(election.uuid, here.branch, device, key), book)
    client = BoardClient(line, lambda: teller.tell(*look(), counts), submit, on_crash)
    client.start()
    return client


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // _HOUR_S


def _version() -> str:
    try:
        return importlib.metadata.version("amin")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
