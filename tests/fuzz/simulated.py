"""What clients say to the simulators: command lines, frames and APDUs."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Final

from drivers.errors import ProtocolError
from drivers.smartcard.apdu import Command
from simulators.cards.eid import EMRTD_AID
from simulators.control import ControlError, SimulatedDevice, parse
from simulators.fingerprint.fingers import Finger
from simulators.fingerprint.zfm_template import decode_template, enrolled
from simulators.local_reader import VirtualCard
from simulators.printer.parser import Parser, RealTimeFilter
from simulators.ups.upsd import UpsSimulator
from tests.fuzz import frames
from tests.fuzz.piv_sessions import ADMIN, operator
from tests.fuzz.target import Make, Target
from tests.fuzz.world import comparing_card, world


def control_lines() -> Target:
    def read(data: bytes) -> None:
        line = data.decode("utf-8", "replace")
        for device in SimulatedDevice:
            with contextlib.suppress(ControlError):
                parse(line, device)

    lines = (b"insert", b"fault drop at 3 to device", b"finger right index", b"fault none", b"#")
    return Target(read, lines, ())


def upsd_lines() -> Target:
    ups = UpsSimulator()

    def read(data: bytes) -> None:
        answer = ups.answer(data.decode("utf-8", "replace").replace("\n", " "))
        assert answer
        assert all("\n" not in line for line in answer)

    return Target(read, (b"LIST VAR kiosk", b"GET VAR kiosk ups.status", b"LIST UPS", b"VER"), ())


def printer_streams() -> Target:
    def read(data: bytes) -> None:
        real_time, parser = RealTimeFilter(), Parser()
        for at in range(0, len(data), 19):
            for part in real_time.feed(data[at : at + 19]):
                if isinstance(part, bytes):
                    parser.feed(part)
            while parser.next_command() is not None:
                pass
        assert len(parser) <= len(data)

    raster = b"\x1dv0\x00\x02\x00\x02\x00\xff\x00\xff\x00"
    return Target(
        read,
        (b"\x1b@" + raster + b"\x1dr\x01\x1bd\x03\x1dVB\x00", b"\x10\x04\x01text\n\x1da\xff"),
        (),
    )


def templates() -> Target:
    return Target(
        decode_template, (enrolled(Finger.of(1)), enrolled(Finger.of(2))), (ProtocolError,)
    )


def _commands(card: VirtualCard, *commands: bytes) -> Target:
    """Any commands get a status word."""

    def read(data: bytes) -> None:
        card.reset()
        for apdu in frames.unpack(data):
            assert len(card.process(apdu)) >= 2

    return Target(read, (frames.pack(commands),), (), framed=True)


def identity_cards() -> Target:
    return _commands(
        world().card,
        Command(0, 0xA4, 4, 12, EMRTD_AID).encode(),
        Command(0, 0xA4, 2, 12, b"\x01\x01").encode(),
        Command(0, 0xB0, 0, 0, le=256).encode(),
        Command(0, 0xB1, 0, 0, b"\x54\x02\x00\x10", 4096, extended=True).encode(),
        Command(0, 0x88, 0, 0, bytes(8), 256).encode(),
        Command(0, 0x22, 0x41, 0xA4, bytes.fromhex("800A04007F00070202030202")).encode(),
    )


def piv_cards() -> Target:
    return _commands(
        operator(),
        bytes.fromhex("00A4040005A00000030800"),
        bytes.fromhex("0020008008343832393135FFFF"),
        bytes.fromhex("00CB3FFF055C035FC10500"),
        bytes.fromhex("0087039B047C02800000"),
        bytes.fromhex("00DB3FFF0B5C035FC105530470020102"),
        bytes.fromhex("00870A9B147C128010") + ADMIN[:16] + b"\x00",
    )


def comparing_cards() -> Target:
    return _commands(
        comparing_card(),
        bytes.fromhex("00CA7F6100"),
        bytes.fromhex("00200096"),
        bytes.fromhex("002100960B7F2E088106010203040506"),
    )


TARGETS: Final[Mapping[str, Make]] = {
    "control-line": control_lines,
    "upsd-line": upsd_lines,
    "printer-stream": printer_streams,
    "zfm-template": templates,
    "identity-card": identity_cards,
    "piv-card": piv_cards,
    "comparing-card": comparing_cards,
}
