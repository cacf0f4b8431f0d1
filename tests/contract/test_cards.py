"""One suite for every smart card transport: in process, over a socket, over PC/SC."""

from __future__ import annotations

import secrets
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime

import pytest

from drivers.errors import (
    CardError,
    CardInUseError,
    CardMuteError,
    CardRemovedError,
    DeviceLostError,
    DeviceNotFoundError,
    WrongPinError,
)
from drivers.smartcard.apdu import ApduChannel, Command
from drivers.smartcard.authorization import MAX_TOKEN, AuthorizationCard
from drivers.smartcard.channel import (
    Inserted,
    ReaderBack,
    ReaderEvent,
    ReaderGone,
    Removed,
    ServiceDown,
)
from drivers.smartcard.emrtd import IdentityCard
from drivers.smartcard.pcsc import PcscReader, list_readers
from drivers.smartcard.piv import PivSession
from drivers.smartcard.profile import load_profile
from drivers.smartcard.recognise import CardKind, recognise
from drivers.smartcard.trust import CscaStore
from simulators.cards.eid import EID_ATR, PersonData
from simulators.cards.issuer import Issuer
from simulators.cards.piv import PIV_ATR, PivCard, authorization_card
from simulators.pcscd import PrivatePcscd
from simulators.vpcd import VpcdSlot
from tests.contract.benches import READERS, WAIT_S, Bench
from tests.pictures import jpeg

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PIN = "482915"
SELECT_PIV = bytes.fromhex("00A404000BA00000030800001000010000")
OK = b"\x90\x00"


def piv_card() -> PivCard:
    return PivCard(PIN, "12345678", secrets.token_bytes(32))


class Gate:
    """A card that holds its answer until it is let go."""

    def __init__(self) -> None:
        self.atr = PIV_ATR
        self.asked = threading.Event()
        self.go = threading.Event()

    def process(self, apdu: bytes) -> bytes:
        self.asked.set()
        assert self.go.wait(WAIT_S)
        return OK

    def reset(self) -> None:
        """Nothing volatile."""


class Mute:
    atr = b""

    def process(self, apdu: bytes) -> bytes:
        raise AssertionError("a mute card is never asked")

    def reset(self) -> None:
        """Nothing volatile."""


def test_a_card_that_is_in_already_is_inserted(bench: Bench) -> None:
    bench.slot.insert(piv_card())
    assert bench.next_event() == Inserted(PIV_ATR)
    assert bench.reader.wait_event(0.01) is None


def test_insert_and_remove_are_seen_in_order(bench: Bench) -> None:
    assert bench.reader.wait_event(0) is None
    for _ in range(2):
        bench.slot.insert(piv_card())
        assert bench.next_event() == Inserted(PIV_ATR)
        assert bench.slot.card is not None
        bench.slot.remove()
        assert bench.next_event() == Removed()
        assert bench.slot.card is None


def test_a_wait_ends_after_its_time(any_bench: Bench) -> None:
    start = time.monotonic()
    assert any_bench.reader.wait_event(0.2) is None
    assert 0.15 <= time.monotonic() - start < WAIT_S


def test_cancel_ends_a_wait_at_once(any_bench: Bench) -> None:
    threading.Timer(0.2, any_bench.reader.cancel).start()
    start = time.monotonic()
    assert any_bench.reader.wait_event(30) is None
    assert time.monotonic() - start < WAIT_S


def test_a_wait_goes_on_while_a_session_runs(bench: Bench) -> None:
    channel = bench.insert(piv_card())
    seen: list[ReaderEvent | None] = []
    watcher = threading.Thread(target=lambda: seen.append(bench.next_event()))
    watcher.start()
    for _ in range(20):
        PivSession(channel).select()
    bench.slot.remove()
    watcher.join(WAIT_S)
    assert seen == [Removed()]


def test_open_without_a_card_is_refused(any_bench: Bench) -> None:
    with pytest.raises(CardRemovedError):
        any_bench.reader.open()


def test_a_card_is_opened_exclusively(any_bench: Bench) -> None:
    channel = any_bench.insert(piv_card())
    with pytest.raises(CardInUseError):
        any_bench.reader.open()
    channel.close()
    again = any_bench.reader.open()
    assert again.atr == channel.atr
    assert len(again.transmit(SELECT_PIV)) >= 2
    again.close()


def test_a_closed_channel_stays_closed(any_bench: Bench) -> None:
    channel = any_bench.insert(piv_card())
    channel.close()
    channel.close()
    with pytest.raises(CardRemovedError):
        PivSession(channel).select()


def test_a_mute_card_is_seen_and_cannot_be_opened(bench: Bench) -> None:
    bench.slot.insert(Mute())
    if isinstance(bench.reader, PcscReader):
        # vpcd takes a card without an answer to reset for an empty slot.
        assert bench.reader.wait_event(1.0) is None
        with pytest.raises(CardRemovedError):
            bench.reader.open()
        return
    assert bench.next_event() == Inserted(b"")
    with pytest.raises(CardMuteError):
        bench.reader.open()


@pytest.mark.parametrize("reset", [True, False])
def test_reset_forgets_the_pin(bench: Bench, reset: bool) -> None:
    channel = bench.insert(piv_card())
    session = PivSession(channel)
    session.select()
    with pytest.raises(WrongPinError) as wrong:
        session.verify_pin("000000")
    assert wrong.value.tries_left == 2
    session.verify_pin(PIN)
    channel.close(reset)
    session = PivSession(ApduChannel(bench.reader.open()))
    session.select()
    assert session.tries_left() == (3 if reset else None)


def test_restart_forgets_the_pin_and_keeps_the_card(bench: Bench) -> None:
    """No event comes of it, and the session goes on."""
    channel = bench.insert(piv_card())
    session = PivSession(channel)
    session.select()
    session.verify_pin(PIN)
    channel.restart()
    session.select()
    assert session.tries_left() == 3
    assert bench.reader.wait_event(0.0) is None
    session.verify_pin(PIN)


def test_restart_of_a_card_that_has_left_ends_the_session(bench: Bench) -> None:
    """Also if another one is in: it is never met without an event of its own."""
    channel = bench.insert(piv_card())
    bench.slot.remove()
    bench.slot.insert(piv_card())

    def restart_and_ask() -> None:
        channel.restart()
        channel.send(Command(0x00, 0xA4, 0x04, 0x00, b"\xa0"))

    for _ in range(2):
        with pytest.raises(CardRemovedError):
            restart_and_ask()


def test_long_commands_and_answers_pass(bench: Bench) -> None:
    key = secrets.token_bytes(32)
    card = authorization_card(key)
    session = PivSession(bench.insert(card))
    session.select()
    authorization = AuthorizationCard(session, key)
    assert authorization.read_token() is None
    token = secrets.token_bytes(MAX_TOKEN)
    authorization.write_token(token)
    assert authorization.read_token() == token
    authorization.erase_token()
    assert authorization.read_token() is None


@pytest.mark.parametrize("apdu", [1, 2, 3])
def test_a_card_pulled_in_a_command_ends_the_session(bench: Bench, apdu: int) -> None:
    card = piv_card()
    bench.slot.insert(card)
    assert bench.next_event() == Inserted(PIV_ATR)
    channel = bench.reader.open()
    bench.slot.pull_after(apdu)
    for _ in range(apdu - 1):
        assert channel.transmit(SELECT_PIV)[-2:] == OK
    for _ in range(3):
        with pytest.raises(CardRemovedError):
            channel.transmit(SELECT_PIV)
    assert bench.slot.card is None
    assert bench.next_event() == Removed()
    with pytest.raises(CardRemovedError):
        bench.reader.open()
    PivSession(bench.insert(card)).select()


def test_a_card_pulled_while_it_computes_ends_the_session(bench: Bench) -> None:
    card = Gate()
    bench.slot.insert(card)
    bench.next_event()
    channel = bench.reader.open()
    errors: list[Exception] = []

    def ask() -> None:
        try:
            channel.transmit(SELECT_PIV)
        except CardError as error:
            errors.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    assert card.asked.wait(WAIT_S)
    pulling = threading.Thread(target=bench.slot.remove)
    pulling.start()
    time.sleep(0.05)
    card.go.set()
    pulling.join(WAIT_S)
    asking.join(WAIT_S)
    assert [type(error) for error in errors] == [CardRemovedError]
    assert bench.next_event() == Removed()


def test_a_session_never_goes_on_with_another_card(bench: Bench) -> None:
    issuer = Issuer.create("Test", NOW)
    other = issuer.issue(person(1000))
    bench.insert(piv_card()).close()
    channel = bench.reader.open()
    bench.slot.insert(other)
    # Keep talking, as a program would that did not notice.
    limit = time.monotonic() + WAIT_S
    try:
        while time.monotonic() < limit:
            assert channel.transmit(SELECT_PIV)[-2:] == OK
        pytest.fail("the exchange was not noticed")
    except CardRemovedError:
        pass
    for _ in range(5):
        with pytest.raises(CardRemovedError):
            channel.transmit(SELECT_PIV)
    bench.settle()
    assert bench.reader.open().atr == EID_ATR


def test_a_silent_exchange_is_reported(bench: Bench) -> None:
    first = bench.insert(piv_card())
    bench.slot.insert(piv_card())
    bench.settle()
    with pytest.raises(CardRemovedError):
        PivSession(first).select()
    first.close()
    PivSession(ApduChannel(bench.reader.open())).select()


def person(photo_size: int) -> PersonData:
    return PersonData(
        national_number="1234567891",
        surname="نمونه",
        given_names="مریم",
        latin_surname="NEMUNEH",
        latin_given_names="MARYAM",
        birth_date=date(1985, 3, 21),
        sex="F",
        document_number="K00000001",
        expiry=date(2033, 3, 20),
        photo=jpeg(32, 40) + bytes(photo_size),
        photo_size=(240, 320),
    )


@pytest.mark.slow
def test_a_card_taken_out_soon_after_an_exchange_is_missed(bench: Bench) -> None:
    """Closing the handle of the gone card must not power the new one past pcscd's own watch: then
    the next removal would never be seen."""
    for pause_s in (0.0, 0.03, 0.1):
        channel = bench.insert(authorization_card(bytes(32)))
        recognise(channel)
        bench.slot.remove()
        time.sleep(pause_s)
        bench.slot.insert(authorization_card(bytes(32)))
        bench.settle()
        channel = ApduChannel(bench.reader.open())
        recognise(channel)
        bench.slot.remove()
        assert bench.next_event() == Removed()
        channel.close(reset=False)


def test_an_identity_card_is_read_and_verified(bench: Bench) -> None:
    issuer = Issuer.create("Test", NOW)
    bench.slot.insert(issuer.issue(person(15_000)))
    bench.next_event()
    channel = ApduChannel(bench.reader.open())
    assert recognise(channel) is CardKind.IDENTITY
    card = IdentityCard(channel, load_profile())
    identity = card.read_identity(NOW.date())
    assert identity.name == "مریم نمونه"
    assert identity.photo == jpeg(32, 40) + bytes(15_000)
    store = CscaStore.from_der([issuer.authority_der])
    assert card.verify_authenticity(store, NOW).authentic


@pytest.mark.slow
def test_a_pulled_card_can_break_off_reading_anywhere(bench: Bench) -> None:
    card = Issuer.create("Test", NOW).issue(person(400))
    for apdu in (1, 5, 9, 14):
        bench.slot.insert(card)
        assert isinstance(bench.next_event(), Inserted)
        session = IdentityCard(ApduChannel(bench.reader.open()), load_profile())
        bench.slot.pull_after(apdu)
        with pytest.raises(CardRemovedError):
            session.read_identity(NOW.date())
        assert bench.next_event() == Removed()


@pytest.mark.pcscd
def test_pcsc_survives_a_restart_of_the_service(daemon: PrivatePcscd) -> None:
    reader = PcscReader(daemon.reader_name(READERS[1]))
    slot = daemon.slot(READERS[1])
    slot.insert(piv_card())
    assert reader.wait_event(WAIT_S) == Inserted(PIV_ATR)
    channel = reader.open()
    daemon.stop()
    with pytest.raises((DeviceLostError, CardRemovedError)):
        channel.transmit(SELECT_PIV)
    assert reader.wait_event(WAIT_S) == ServiceDown()
    assert reader.wait_event(0.1) is None
    with pytest.raises(DeviceLostError):
        reader.open()
    daemon.start()
    assert reader.wait_event(WAIT_S) == ReaderBack()
    assert reader.wait_event(WAIT_S) == Inserted(PIV_ATR)
    assert reader.open().transmit(SELECT_PIV)[-2:] == OK
    slot.remove()
    reader.close()


@pytest.mark.pcscd
def test_pcsc_tells_a_missing_reader(daemon: PrivatePcscd) -> None:
    assert daemon.reader_name(READERS[0]) in list_readers()
    reader = PcscReader("No such reader 00 00")
    assert reader.wait_event(WAIT_S) == ReaderGone()
    assert reader.wait_event(0.05) is None
    with pytest.raises(DeviceNotFoundError):
        reader.open()
    reader.close()


@pytest.mark.pcscd
def test_pcsc_waits_without_burning_the_processor(daemon: PrivatePcscd) -> None:
    reader = PcscReader(daemon.reader_name(READERS[0]))
    slot = daemon.slot(READERS[0])
    slot.insert(piv_card())
    assert reader.wait_event(WAIT_S) == Inserted(PIV_ATR)
    channel = reader.open()
    used = time.thread_time()
    assert reader.wait_event(1.0) is None
    assert time.thread_time() - used < 0.05
    channel.close()
    slot.remove()
    assert reader.wait_event(WAIT_S) == Removed()
    reader.close()


@pytest.mark.pcscd
def test_the_private_daemon_ends_with_its_owner(daemon: PrivatePcscd) -> None:
    script = (
        "from simulators.pcscd import PrivatePcscd\n"
        "d = PrivatePcscd(['Amin 9'])\n"
        "d.start()\n"
        "print(d.slot('Amin 9')._address[1], d.socket_path.parent, flush=True)\n"
        "input()\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    port, home = owner.stdout.readline().split()
    assert _joined(int(port))
    owner.kill()
    owner.communicate()
    limit = time.monotonic() + WAIT_S
    while _joined(int(port)):
        assert time.monotonic() < limit, "the daemon outlived its owner"
        time.sleep(0.05)
    subprocess.run(["rm", "-r", home], check=True)


def _joined(port: int) -> bool:
    """Whether a virtual card finds a reader at this port."""
    slot = VpcdSlot("127.0.0.1", port)
    card = Listening()
    slot.insert(card)
    found = card.powered.wait(1.0)
    slot.remove()
    return found


class Listening:
    """A card that notes that a reader asked it something."""

    def __init__(self) -> None:
        self.powered = threading.Event()

    @property
    def atr(self) -> bytes:
        self.powered.set()
        return PIV_ATR

    def process(self, apdu: bytes) -> bytes:
        return OK

    def reset(self) -> None:
        """Nothing volatile."""
