"""Readers of PC/SC that come and go, change their names, look alike, or whose service hangs."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from drivers.errors import CardRemovedError, DeviceLostError, DeviceNotFoundError, DriverError
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.channel import (
    Inserted,
    ReaderBack,
    ReaderEvent,
    ReaderGone,
    Removed,
    ServiceDown,
)
from drivers.smartcard.pcsc import PcscReader, list_readers
from drivers.smartcard.piv import PivSession
from simulators.cards.piv import PIV_ATR, PivCard
from simulators.pcscd import PrivatePcscd, unavailable_reason
from tests.contract.benches import WAIT_S
from tests.needs import missing

pytestmark = pytest.mark.pcscd

SELECT_PIV = bytes.fromhex("00A404000BA00000030800001000010000")
DESK = "ACME ICC Reader [CCID] (5320)"


@pytest.fixture
def home(pcscd_home: Path) -> Path:
    reason = unavailable_reason()
    if reason is not None:
        missing(reason)
    return pcscd_home


def piv_card() -> PivCard:
    return PivCard("482915", "12345678", bytes(32))


def test_a_reader_is_found_by_pattern(home: Path) -> None:
    with PrivatePcscd([DESK], home) as daemon:
        slot = daemon.slot(DESK)
        reader = PcscReader("ACME ICC Reader [CCID]*00 00")
        slot.insert(piv_card())
        assert reader.wait_event(WAIT_S) == Inserted(PIV_ATR)
        assert reader.bound_name == f"{DESK} 00 00"
        channel = reader.open()
        assert channel.transmit(SELECT_PIV)[-2:] == b"\x90\x00"
        channel.close()
        slot.remove()
        assert reader.wait_event(WAIT_S) == Removed()
        reader.close()


def test_a_pattern_that_fits_two_readers_chooses_none(home: Path) -> None:
    with PrivatePcscd(["ACME Reader (1)", "ACME Reader (2)"], home):
        reader = PcscReader("ACME Reader*00")
        assert reader.wait_event(WAIT_S) == ReaderGone()
        with pytest.raises(DeviceNotFoundError, match="fits 2 readers"):
            reader.open()
        reader.close()


def test_two_readers_of_one_model_are_told_apart_by_their_serial_numbers(home: Path) -> None:
    names = ["ACME Reader (1)", "ACME Reader (2)"]
    with PrivatePcscd(names, home) as daemon:
        readers = [PcscReader(f"*({n})* 00") for n in (1, 2)]
        slots = [daemon.slot(name) for name in names]
        slots[1].insert(piv_card())
        assert readers[1].wait_event(WAIT_S) == Inserted(PIV_ATR)
        assert readers[0].wait_event(0.05) is None
        slots[0].insert(piv_card())
        assert readers[0].wait_event(WAIT_S) == Inserted(PIV_ATR)
        channels = [reader.open() for reader in readers]
        slots[0].remove()
        assert readers[0].wait_event(WAIT_S) == Removed()
        with pytest.raises(CardRemovedError):
            channels[0].transmit(SELECT_PIV)
        assert channels[1].transmit(SELECT_PIV)[-2:] == b"\x90\x00"
        channels[1].close()
        slots[1].remove()
        for reader in readers:
            reader.close()


def test_a_reader_gone_with_its_open_card_comes_back_under_another_name(home: Path) -> None:
    reader = PcscReader("ACME Card*00 00")
    other = "Another"
    with PrivatePcscd(["ACME Card (1)"], home) as daemon:
        slot = daemon.slot("ACME Card (1)")
        slot.insert(piv_card())
        assert reader.wait_event(WAIT_S) == Inserted(PIV_ATR)
        assert reader.bound_name == "ACME Card (1) 00 00"
        channel = reader.open()
        slot.remove()
    with pytest.raises(DriverError):
        channel.transmit(SELECT_PIV)
    seen: list[ReaderEvent | None] = []
    while not seen or seen[-1] not in (ServiceDown(), None):
        seen.append(reader.wait_event(WAIT_S))
    assert seen in ([ServiceDown()], [Removed(), ServiceDown()])
    with PrivatePcscd([other], home):
        assert reader.wait_event(WAIT_S) == ReaderGone()
        assert reader.bound_name is None
    assert reader.wait_event(WAIT_S) == ServiceDown()
    with PrivatePcscd([other, "ACME Card (7)"], home) as daemon:
        assert reader.wait_event(WAIT_S) == ReaderBack()
        assert reader.bound_name == "ACME Card (7) 00 00"
        slot = daemon.slot("ACME Card (7)")
        slot.insert(piv_card())
        assert reader.wait_event(WAIT_S) == Inserted(PIV_ATR)
        again = reader.open()
        assert again.transmit(SELECT_PIV)[-2:] == b"\x90\x00"
        again.close()
        slot.remove()
    reader.close()


def test_a_card_that_knows_t0_only_can_be_used(home: Path) -> None:
    class Simple(PivCard):
        @property
        def atr(self) -> bytes:
            return b"\x3b\x04PIV0"

    with PrivatePcscd([DESK], home) as daemon:
        slot = daemon.slot(DESK)
        reader = PcscReader(f"{DESK} 00 00")
        slot.insert(Simple("482915", "12345678", bytes(32)))
        assert reader.wait_event(WAIT_S) == Inserted(b"\x3b\x04PIV0")
        channel = reader.open()
        session = PivSession(ApduChannel(channel))
        session.select()
        session.authenticate_admin(bytes(32))
        session.put_data(0x5FFF10, bytes(600))
        assert session.get_data(0x5FFF10) == bytes(600)
        # T=0 has no extended lengths; the session goes on all the same.
        assert channel.transmit(bytes.fromhex("00CB3FFF0000055C035FFF100000")) == b"\x67\x00"
        assert session.tries_left() == 3
        channel.close()
        slot.remove()
        assert reader.wait_event(WAIT_S) == Removed()
        reader.close()


@pytest.mark.slow
def test_a_service_that_hangs_is_down_and_comes_back(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.smartcard.winscard.CALL_LIMIT_S", 0.5)
    with PrivatePcscd(["Hanging"], home) as daemon:
        reader = PcscReader(daemon.reader_name("Hanging"))
        late = PcscReader(daemon.reader_name("Hanging"))
        assert reader.wait_event(0.1) is None
        pid = daemon.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            assert reader.wait_event(WAIT_S) == ServiceDown()
            threads = threading.active_count()
            with pytest.raises(DeviceLostError):
                reader.open()
            assert reader.wait_event(2.5) is None
            # One thread may hang in the service for each who asked, not one more each second.
            assert threading.active_count() <= threads + 2
            with pytest.raises(DeviceNotFoundError):
                list_readers()
            # A reader that meets the service hanging already does not pile up threads either.
            threads = threading.active_count()
            assert late.wait_event(WAIT_S) == ServiceDown()
            assert late.wait_event(5.0) is None
            assert threading.active_count() <= threads + 2
        finally:
            os.kill(pid, signal.SIGCONT)
        assert reader.wait_event(WAIT_S) == ReaderBack()
        assert late.wait_event(WAIT_S) == ReaderBack()
        begun = time.monotonic()
        reader.close()
        late.close()
        assert time.monotonic() - begun < WAIT_S
