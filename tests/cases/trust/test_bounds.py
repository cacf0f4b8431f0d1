"""Bound the work that a stranger's file or card can make."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from crypto import canonical
from drivers.errors import ProtocolError
from drivers.smartcard.apdu import (
    JOB_COMMANDS,
    JOB_LIMIT_S,
    MAX_PIECES,
    ApduChannel,
    Command,
)
from drivers.smartcard.piv import PivSession
from election.bundle import BundleError, form, read_bundle
from election.definition import Branch, BranchId, Candidate, SelectionCode, Sha256Hex, Text
from election.envelope import write_envelope
from election.errors import PackageError
from election.package import Expected, open_package
from election.package.wire import Content, decode_content, encode_content
from headquarters.candidates import MOST_CANDIDATES
from headquarters.decisions import DecisionError, read_decisions
from tests.cases.day import Day
from tests.election import samples
from tests.headquarters.small import NOON as DAY_NOON
from tests.kiosk.station.office import BRANCH, NOON, TERMINAL, Office

MOST = 16
"""Bytes of memory for a byte of a file that nobody has signed."""
ITEMS = 1 << 20


def of_items(head: bytes) -> bytes:
    """A list of a million items of one byte each."""
    return b"\x9a" + ITEMS.to_bytes(4, "big") + head * ITEMS


def nested() -> bytes:
    """Lists in lists, a million deep."""
    return b"\x81" * ITEMS + b"\x80"


def many_members() -> bytes:
    """A map of many short keys."""
    pairs = b"".join(b"\x63" + format(x, "03x").encode() + b"\x80" for x in range(4096))
    return b"\xb9" + (4096).to_bytes(2, "big") + pairs


FILES: dict[str, Callable[[], bytes]] = {
    "empty-lists": lambda: of_items(b"\x80"),
    "empty-maps": lambda: of_items(b"\xa0"),
    "small-numbers": lambda: of_items(b"\x00"),
    "empty-texts": lambda: of_items(b"\x60"),
    "nested": nested,
    "many-members": many_members,
    "announced-and-missing": lambda: b"\x9b" + b"\xff" * 8 + bytes(1000),
    "long-text-announced": lambda: b"\x7b" + b"\x7f" + b"\xff" * 7 + bytes(1000),
}
EVERY_FILE = pytest.mark.parametrize("make", FILES.values(), ids=list(FILES))


def memory(work: Callable[[], object]) -> int:
    """Return the most memory, in bytes, that was taken meanwhile."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@EVERY_FILE
def test_bundle_that_nobody_signed(voted: Day, make: Callable[[], bytes]) -> None:
    data = make()

    def read() -> None:
        with pytest.raises(BundleError):
            read_bundle(data, voted.hq.election, voted.hq.authority.root, DAY_NOON)

    assert memory(read) <= MOST * len(data) + 200_000


@EVERY_FILE
def test_content_that_its_device_did_not_sign(voted: Day, make: Callable[[], bytes]) -> None:
    """The envelope is in order, so only the signature keeps the content from being read."""
    fields = canonical.decode(voted.one.close(voted.package))
    assert isinstance(fields, dict)
    data = canonical.encode({**fields, "content": make()})
    later = DAY_NOON + timedelta(hours=8)

    def read() -> None:
        with pytest.raises(BundleError) as refused:
            read_bundle(data, voted.hq.election, voted.hq.authority.root, later)
        assert refused.value.reason == "signature"

    assert memory(read) <= MOST * len(data) + 200_000


@EVERY_FILE
def test_package_that_nobody_signed(office: Office, make: Callable[[], bytes]) -> None:
    data = make()
    key = office.signing[TERMINAL].public_bytes
    expected = Expected(office.authority.root, None, BRANCH, TERMINAL, key)

    def read() -> None:
        with pytest.raises(PackageError):
            open_package(data, expected, NOON)

    assert memory(read) <= MOST * len(data) + 200_000


SIGNED = 8
"""Bytes of memory for a byte of a file that an enrolled device has signed."""
ALLOWED = 700_000
"""Bytes that a format may take whatever the file's size: its validators, and the items of a small file."""


@EVERY_FILE
def test_content_that_its_device_did_sign(voted: Day, make: Callable[[], bytes]) -> None:
    """A hostile device: envelope and signatures are in order, the content is no bundle's."""
    device = voted.hq.devices["terminal-1"]
    signer = (device.signing, voted.certificate("terminal-1"))
    data = write_envelope(form(), make(), [signer])
    later = DAY_NOON + timedelta(hours=8)

    def read() -> None:
        with pytest.raises(BundleError) as refused:
            read_bundle(data, voted.hq.election, voted.hq.authority.root, later)
        assert refused.value.reason == "format"

    read()  # validators are built when a form is first read
    assert memory(read) <= SIGNED * len(data) + ALLOWED


def test_a_day_of_a_large_terminal_is_within_the_bounds(voted: Day) -> None:
    """Items of a full bundle, by the sizes of its parts: it is read, and not refused for its items."""
    spent = canonical.encode([bytes(32)] * 1500)
    records = canonical.encode([["cast", bytes(32), bytes(2200), bytes(64)]] * 1500)
    items, size = 1500 + 5 * 1500, len(spent) + len(records)
    assert items * 16 < size / 10


def json_of(part: bytes) -> bytes:
    return b"[" + part * (ITEMS // len(part)) + b"0]"


DENSE = {
    "empty-lists": b"[],",
    "empty-objects": b"{},",
    "lists-of-one": b"[0],",
    "objects-of-one": b'{"a":0},',
    "texts": b'"ab",',
    "numbers": b"1234,",
    "small-numbers": b"1,",
    "wide-texts": '"😀",'.encode(),
    "escaped": b'"\\ud83d\\ude00",',
}


@pytest.mark.parametrize("part", DENSE.values(), ids=list(DENSE))
def test_json_that_nobody_signed(part: bytes) -> None:
    data = json_of(part)

    def read() -> None:
        with pytest.raises(DecisionError):
            read_decisions(data)

    with pytest.raises(DecisionError):
        read_decisions(b"[]")
    assert memory(read) <= MOST * len(data) + ALLOWED


class Drip:
    """A card that answers every command with some bytes and "there is more"."""

    atr = b"\x3b\x00"

    def __init__(self, piece: bytes, seconds: float = 0.0) -> None:
        self.piece = piece
        self.seconds = seconds
        self.commands = 0
        self.now = 0.0

    def transmit(self, command: bytes) -> bytes:
        assert command
        self.commands += 1
        self.now += self.seconds
        return self.piece + b"\x61\x01"

    def restart(self) -> None: ...

    def close(self, reset: bool = True) -> None: ...


@pytest.mark.parametrize("size", [0, 1, 2, 100, 255])
def test_card_that_drips(size: int) -> None:
    card = Drip(bytes(size))
    with pytest.raises(ProtocolError):
        PivSession(ApduChannel(card)).select()
    assert card.commands <= MAX_PIECES + 1


class Endless(Drip):
    """A card that answers every command in full, and is never done."""

    def transmit(self, command: bytes) -> bytes:
        assert command
        self.commands += 1
        self.now += self.seconds
        return self.piece + b"\x90\x00"


def keep_asking(channel: ApduChannel) -> None:
    """Read as long as the card gives something, as a reader of files does."""
    while channel.call(Command(0x00, 0xB0, 0x00, 0x00, le=1), "read"):
        pass


def test_a_job_on_a_card_ends_by_its_commands() -> None:
    card = Endless(b"\x01")
    channel = ApduChannel(card)
    for _ in range(2):
        channel.begin_job()
        card.commands = 0
        with pytest.raises(ProtocolError, match="does not end"):
            keep_asking(channel)
        assert card.commands == JOB_COMMANDS


def test_a_job_on_a_card_ends_by_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    card = Endless(b"\x01", seconds=29.0)
    monkeypatch.setattr(time, "monotonic", lambda: card.now)
    channel = ApduChannel(card)
    channel.begin_job()
    with pytest.raises(ProtocolError, match="does not end"):
        keep_asking(channel)
    assert JOB_LIMIT_S < card.now <= JOB_LIMIT_S + 29.0


def test_card_that_drips_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds a piece are within the limits of a reader, but not for ever."""
    card = Drip(b"\x53", seconds=10.0)
    monkeypatch.setattr(time, "monotonic", lambda: card.now)
    with pytest.raises(ProtocolError):
        PivSession(ApduChannel(card)).select()
    assert card.commands <= 8


@pytest.mark.slow
@pytest.mark.parametrize("races", [2, 6])
def test_races_of_4096_candidates_in_eight_languages_are_within_the_bounds(races: int) -> None:
    """The largest slates that headquarters takes, with the shortest names and without portraits."""
    election = samples.sample().election
    others = dict.fromkeys(("en", "ckb", "az", "ar", "bal", "ur", "tr"), "x")
    contests = tuple(
        replace(
            contest,
            candidates=tuple(
                Candidate(
                    SelectionCode(1000 + MOST_CANDIDATES * number + at),
                    Text.of({"fa": "ن", **others}),
                    None,
                    Sha256Hex("0" * 64),
                    False,
                )
                for at in range(MOST_CANDIDATES)
            ),
            lists=(),
        )
        for number, contest in enumerate([election.contests[0]] * races)
    )
    content = Content(replace(election, contests=contests), {})
    assert decode_content(encode_content(content)) == content


@pytest.mark.slow
def test_a_country_of_branches_in_eight_languages_is_within_the_bounds() -> None:
    election = samples.sample().election
    name = Text.of(dict.fromkeys(("fa", "en", "ckb", "az", "ar", "bal", "ur", "tr"), "x"))
    branches = tuple(Branch(BranchId(f"b-{at}"), name, "d") for at in range(30_000))
    content = Content(replace(election, branches=branches), {})
    assert decode_content(encode_content(content)) == content
