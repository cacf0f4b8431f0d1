"""Every smart card transport at its limits: silent cards, longest APDUs, many sessions, prompt cancels."""

from __future__ import annotations

import gc
import secrets
import threading
import time

import psutil
import pytest

from drivers.errors import CardMuteError, CardRemovedError, DeviceTimeoutError
from drivers.smartcard.apdu import SW, ApduChannel, Command
from drivers.smartcard.channel import Inserted
from drivers.smartcard.piv import PIV_AID
from drivers.smartcard.recognise import CardKind, recognise
from simulators.cards.base import IsoCard
from simulators.cards.piv import PIV_ATR, PivCard
from tests.contract.benches import ANSWER_S, WAIT_S, Bench

PIN = "482915"
SELECT_PIV = bytes.fromhex("00A404000BA00000030800001000010000")
OK = b"\x90\x00"
ADMIN = bytes(32)


class Silent:
    """A card that does not answer until it is let go."""

    def __init__(self) -> None:
        self.atr = PIV_ATR
        self.asked = threading.Event()
        self.go = threading.Event()

    def process(self, apdu: bytes) -> bytes:
        self.asked.set()
        self.go.wait(10 * WAIT_S)
        return OK

    def reset(self) -> None:
        """Nothing volatile."""


class Echo:
    """An application that gives back what it got, in one piece if the command asks for it."""

    aids = (b"\xf0ECHO",)

    def select(self) -> bytes:
        return b""

    def deselect(self) -> None:
        """Nothing."""

    def reset(self) -> None:
        """Nothing."""

    def process(self, command: Command) -> bytes:
        return command.data


def piv_card() -> PivCard:
    return PivCard(PIN, "12345678", ADMIN)


def held(process: psutil.Process) -> tuple[int, int]:
    """Open descriptors and threads, when those about to end have ended."""
    gc.collect()
    time.sleep(0.1)
    return process.num_fds(), threading.active_count()


def comes_down_to(process: psutil.Process, before: tuple[int, int]) -> bool:
    """Whether nothing more is held than before, soon."""
    limit = time.monotonic() + WAIT_S
    while time.monotonic() < limit:
        fds, threads = held(process)
        if fds <= before[0] and threads <= before[1]:
            return True
    return False


@pytest.mark.slow
def test_a_silent_card_ends_the_session_within_the_limit(bench: Bench) -> None:
    card = Silent()
    bench.insert(card).close(reset=False)
    channel = bench.reader.open()
    begun = time.monotonic()
    with pytest.raises(DeviceTimeoutError):
        channel.transmit(SELECT_PIV)
    assert ANSWER_S * 0.9 <= time.monotonic() - begun < ANSWER_S + WAIT_S
    with pytest.raises(CardRemovedError):
        channel.transmit(SELECT_PIV)
    # The card still computes: nobody may open it, and asking does not block.
    begun = time.monotonic()
    with pytest.raises(CardMuteError):
        bench.reader.open()
    assert time.monotonic() - begun < ANSWER_S
    bench.take()
    card.go.set()
    with pytest.raises(CardRemovedError):
        bench.reader.open()
    assert bench.insert(piv_card()).call(Command(0, 0xA4, 4, 0, PIV_AID, 256), "select")


@pytest.mark.slow
def test_a_card_that_answers_too_late_can_be_used_again(bench: Bench) -> None:
    class Slow(PivCard):
        def process(self, apdu: bytes) -> bytes:
            if apdu[:2] == b"\x00\xee":
                gate.wait(10 * WAIT_S)
            return super().process(apdu)

    gate = threading.Event()
    bench.insert(Slow(PIN, "12345678", ADMIN)).close()
    channel = bench.reader.open()
    with pytest.raises(DeviceTimeoutError):
        channel.transmit(b"\x00\xee\x00\x00")
    gate.set()
    limit = time.monotonic() + 2 * WAIT_S
    while True:
        try:
            again = bench.reader.open()
            break
        except (CardMuteError, CardRemovedError):
            assert time.monotonic() < limit
            # The events go on meanwhile: the card may be reported as exchanged.
            bench.reader.wait_event(0.1)
    answer = again.transmit(SELECT_PIV)
    assert answer[:1] == b"\x61"
    assert answer[-2:] == OK


def test_the_longest_commands_and_answers_pass_in_one_piece(bench: Bench) -> None:
    bench.insert(IsoCard(PIV_ATR, (Echo(),), {})).close()
    channel = ApduChannel(bench.reader.open(), extended=True)
    channel.call(Command(0, 0xA4, 4, 0x0C, Echo.aids[0]), "select")
    for size in (256, 4_096, 65_520):
        data = secrets.token_bytes(size)
        assert channel.call(Command(0, 0xEE, 0, 0, data, 65_536, extended=True), "echo") == data


def test_an_interrupted_chain_is_forgotten_with_its_session(bench: Bench) -> None:
    channel = bench.insert(piv_card())
    channel.call(Command(0, 0xA4, 4, 0, PIV_AID, 256), "select")
    raw = bench.reader
    first = Command(0x10, 0xDB, 0x3F, 0xFF, bytes.fromhex("5C035FFF10"))
    assert channel.send(first).sw == SW.OK
    channel.close()
    channel = ApduChannel(raw.open())
    channel.call(Command(0, 0xA4, 4, 0, PIV_AID, 256), "select")
    rest = Command(0x00, 0xDB, 0x3F, 0xFF, bytes.fromhex("53020102"))
    assert channel.send(rest).sw != SW.OK


def test_cancel_is_heard_within_50_ms(any_bench: Bench) -> None:
    took = []
    for _ in range(5):
        ended: list[float] = []

        def wait(ended: list[float] = ended) -> None:
            assert any_bench.reader.wait_event(30) is None
            ended.append(time.monotonic())

        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.05)
        begun = time.monotonic()
        any_bench.reader.cancel()
        waiting.join(WAIT_S)
        took.append(ended[0] - begun)
    # The quickest of five: the others may have met a busy machine.
    assert min(took) < 0.05


def test_many_sessions_leave_nothing_behind(bench: Bench) -> None:
    bench.insert(piv_card()).close()
    process = psutil.Process()

    def session() -> None:
        channel = bench.reader.open()
        assert channel.transmit(SELECT_PIV)[-2:] == OK
        channel.close()

    session()
    before = held(process)
    for _ in range(200):
        session()
    assert comes_down_to(process, before)


def test_a_failed_opening_leaves_nothing_behind(bench: Bench) -> None:
    for _ in range(3):
        with pytest.raises(CardRemovedError):
            bench.reader.open()
    process = psutil.Process()
    before = held(process)
    for _ in range(50):
        with pytest.raises(CardRemovedError):
            bench.reader.open()
    assert comes_down_to(process, before)


def test_a_person_can_change_cards(any_bench: Bench) -> None:
    for _ in range(2):
        channel = any_bench.insert(piv_card())
        any_bench.take()
        with pytest.raises(CardRemovedError):
            channel.send(Command(0, 0xA4, 4, 0, PIV_AID, 256))


def test_a_card_has_a_kind(any_bench: Bench) -> None:
    channel = any_bench.insert(piv_card())
    assert isinstance(recognise(channel), CardKind)
    channel.close()


def test_a_card_that_is_in_is_told_once(any_bench: Bench) -> None:
    any_bench.put(piv_card())
    assert any_bench.reader.wait_event(0.01) is None
    assert not isinstance(any_bench.reader.wait_event(0.5), Inserted)
