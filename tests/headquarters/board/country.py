"""A drawn country of stations that speak to a board."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crypto.signing import SigningKey
from election.definition import BranchId, DeviceId, Role
from election.polls import PollsState
from election.register import ElectionNumber, PublishedRegister, RegisteredDevice, ReserveOperators
from election.station_status import DaySums, Power, StationStatus, write_status
from headquarters.board.app import Board, Setting
from headquarters.board.pages import BoardPages
from headquarters.board.watching import Watch
from tests.headquarters.site.drawn import example_facts
from words.languages import installed

OPENS = datetime(2026, 6, 18, 4, 30, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=12)
NOON = OPENS + timedelta(hours=4, minutes=20)
HOUR = int(NOON.timestamp()) // 3600
KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
"""One key for all stations: who has which is the register's business."""
DISTRICTS = ("تهران", "فارس", "گیلان", "کرمان", "خراسان رضوی", "یزد")


def register(branches: int, stations: int = 1, *, rehearsal: bool = False) -> PublishedRegister:
    """Return a register of so many branches in six districts, with a terminal and a spare each hundredth."""
    base = example_facts().published.register
    ids = [BranchId(f"b{number:04d}") for number in range(branches)]
    devices = [
        _device(f"s{place + 1}-{branch}", Role.IDENTITY_STATION, branch)
        for branch in ids
        for place in range(stations)
    ]
    devices += [_device(f"t-{branch}", Role.BALLOT_TERMINAL, branch) for branch in ids[:3]]
    devices += [_device("spare-1", Role.IDENTITY_STATION, None)]
    return PublishedRegister(
        replace(
            base,
            rehearsal=rehearsal,
            groups=tuple((branch,) for branch in ids),
            devices=tuple(sorted(devices, key=lambda device: device.id)),
            reserves=tuple(
                ReserveOperators(name, tuple(ids[place :: len(DISTRICTS) + 1]), (bytes(32),))
                for place, name in enumerate(DISTRICTS)
            ),
        ),
        ElectionNumber("a" * 64),
    )


def _device(name: str, role: Role, branch: BranchId | None) -> RegisteredDevice:
    return RegisteredDevice(DeviceId(name), role, branch, KEY.public.raw, bytes(32))


def said(branch: str, place: int = 1, number: int = 1, **changes: object) -> StationStatus:
    """Return a quiet message of an open station at noon."""
    status = StationStatus(
        example_facts().published.register.election,
        BranchId(branch),
        DeviceId(f"s{place}-{branch}"),
        number,
        NOON,
        PollsState.OPEN,
        Power.MAINS,
        True,
        "0.1.0",
        DaySums(HOUR, 140, 20, None, None, None),
    )
    return replace(status, **changes)  # type: ignore[arg-type]


def signed(status: StationStatus) -> bytes:
    """Sign a message."""
    return write_status(status, KEY)


def drawn(draw: Random, branch: str) -> StationStatus | None:
    """Return what a station of a drawn noon says; None of one that is silent."""
    if draw.random() < 0.02:
        return None
    issued = draw.choice([None, *range(10, 400)])
    sums = DaySums(
        HOUR,
        issued,
        None if issued is None else draw.choice([None, 12, 25]),
        draw.choice([None, None, None, 5, 7]),
        draw.choice([None, None, None, 6]),
        draw.choice([None, None, None, None, 9]),
    )
    return said(
        branch,
        state=PollsState.OPEN if draw.random() < 0.97 else PollsState.PAUSED,
        power=Power.MAINS if draw.random() < 0.95 else draw.choice([Power.BATTERY, Power.LOW]),
        linked=draw.random() < 0.97,
        sums=sums,
    )


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = field(default=NOON)

    def __call__(self) -> datetime:
        return self.now


def noon(branches: int, seed: int = 1, *, rehearsal: bool = False) -> Watch:
    """Return what a board knows at noon of a drawn country."""
    draw, watch = Random(seed), Watch(register(branches, rehearsal=rehearsal))
    for branch in watch.branches:
        if (status := drawn(draw, branch)) is not None:
            watch.receive(signed(status), NOON)
    return watch


def board_of(watch: Watch, clock: Clock | None = None) -> Board:
    """Return a board at a clock that stands; needs an event loop."""
    pages = BoardPages(watch, installed())
    return Board(watch, pages, Setting(OPENS, CLOSES, secure=False), clock or Clock())
