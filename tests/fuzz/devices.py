"""What fingerprint modules, printers, scanners and power supplies say."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar
from unittest.mock import patch

from drivers.errors import DriverError, ProtocolError
from drivers.fingerprint import sfm_wire, zfm_wire
from drivers.fingerprint.limits import FingerprintLimits as FingerLimits
from drivers.fingerprint.seam import SensorFeedback, Template, TemplateFormat
from drivers.fingerprint.sfm import SfmModule
from drivers.fingerprint.sfm_wire import Packet, SfmCode, encode_block, encode_packet
from drivers.fingerprint.zfm import ZfmModule
from drivers.fingerprint.zfm_wire import (
    Pid,
    ZfmFrame,
    ZfmParameters,
    encode_frame,
    encode_parameters,
)
from drivers.io_board import modbus_wire as wire
from drivers.io_board.modbus import ModbusBoard
from drivers.io_board.seam import Signal
from drivers.power import nut, nut_wire
from drivers.power.seam import Supply
from drivers.printer import escpos_wire
from drivers.printer.escpos import EscposPrinter
from drivers.printer.seam import Raster
from drivers.scanner.serial_scanner import SerialScanner
from drivers.scanner.wire import Aim, Assembler, Framing
from drivers.serial_line import ByteLine
from drivers.sound.clips import decode_clip
from drivers.sound.wave import beep
from headquarters.listening import wave_file
from simulators.fingerprint.fingers import Finger
from simulators.fingerprint.zfm import R503
from tests.fuzz import frames
from tests.fuzz.lines import AnsweringLine, Clock, timeless
from tests.fuzz.target import Make, Target

CONNECT: Final = "drivers.power.nut.socket.create_connection"
LIMITS: Final = FingerLimits(poll_s=0.0001)
"""The usual ones, on a clock that does not wait; only the pause between two looks is a real one."""
FINGER_S: Final = 5.0
FRAMINGS: Final = (
    Framing(),
    Framing(prefix=b"\x02", suffix=b"\x03", max_length=40),
    Framing(aim=Aim.REQUIRE, max_length=20),
)


T = TypeVar("T")


def silent(_: SensorFeedback) -> None:
    """Nobody stands there."""


Session = Callable[[ByteLine], Sequence[object]]
"""Uses a device and returns what each call said, an error being None."""


def on_line(session: Session, *corpus: list[bytes]) -> Target:
    def read(data: bytes) -> Sequence[object]:
        with timeless() as clock:
            return session(AnsweringLine(data, clock))

    return Target(
        read, tuple(frames.pack(seed) for seed in corpus), (), framed=True, short_share=0.5
    )


def said(call: Callable[[], T]) -> T | None:
    """What a call said; None for the one thing it may raise."""
    try:
        return call()
    except DriverError:
        return None


# ---------------------------------------------------------------- SFM


def sfm_frames() -> Target:
    """Packets and blocks out of a stream, in both forms, and their exact decoders."""
    packet = Packet(0x22, 1, 384, SfmCode.SUCCESS)
    corpus = (
        encode_packet(packet) * 3 + encode_block(bytes(40)),
        encode_packet(packet, 7) + b"noise@" + encode_packet(packet, 8),
        b"\x40" * 30 + encode_packet(packet),
    )

    def read(data: bytes) -> None:
        for module in (None, 7):
            decoder = sfm_wire.SfmDecoder(module)
            for at in range(0, len(data), 17):
                decoder.feed(data[at : at + 17])
                while decoder.next_packet() is not None:
                    pass
        decoder = sfm_wire.SfmDecoder()
        decoder.feed(data)
        size = int.from_bytes(data[:2], "little")
        for decode in (
            lambda: decoder.next_block(size),
            lambda: sfm_wire.decode_packet(data),
            lambda: sfm_wire.decode_network_packet(data),
        ):
            with contextlib.suppress(ProtocolError):
                decode()

    return Target(read, corpus, ())


def sfm_sessions() -> Target:
    record = Finger.of(1).template()

    def answer(command: int, flag: int, param: int = 0, size: int = 0) -> bytes:
        return encode_packet(Packet(command, param, size, flag))

    def setting(value: int) -> bytes:
        return answer(0x03, SfmCode.SUCCESS, 0, value)

    idle = [answer(0x60, SfmCode.SUCCESS)]
    prepared = [setting(0x35), setting(0x31), setting(0x31)]
    matched = answer(0x22, SfmCode.SCANNED) + answer(0x22, SfmCode.SUCCESS)
    differs = answer(0x22, SfmCode.SCANNED) + answer(0x22, SfmCode.NOT_MATCH)
    block = encode_block(record + sfm_wire.checksum32(record))
    taken = answer(0x21, SfmCode.SCANNED) + answer(0x21, SfmCode.SUCCESS, 80, len(record)) + block
    written = [setting(0x31), answer(0x01, SfmCode.SUCCESS), setting(0x35), *prepared[1:]]
    ready = [answer(0x04, SfmCode.SUCCESS, 0x30), *[setting(0x30)] * 4]

    def session(line: ByteLine) -> Sequence[object]:
        module = SfmModule(lambda: line, limits=LIMITS)
        verified = said(lambda: module.verify([Template(record)], FINGER_S, silent))
        captured = said(lambda: module.capture(FINGER_S, silent))
        return verified, captured, module.status()

    return on_line(
        session,
        [*idle, *prepared, matched, *prepared, taken, *ready],
        [*idle, *written, differs, *prepared, taken, *ready],
    )


# ---------------------------------------------------------------- ZFM

GOOD: Final = encode_parameters(ZfmParameters(0, 9, 162, 3, 0xFFFFFFFF, 2, 6))


def zfm_frames() -> Target:
    corpus = (
        encode_frame(ZfmFrame(Pid.ACKNOWLEDGE, b"\x00" + GOOD)),
        encode_frame(ZfmFrame(Pid.DATA, bytes(128)))
        + encode_frame(ZfmFrame(Pid.END_OF_DATA, b"\x01")),
        b"\xef\x01" * 9 + encode_frame(ZfmFrame(Pid.ACKNOWLEDGE, b"\x09\x00\x00\x00\x00")),
    )

    def read(data: bytes) -> None:
        decoder = zfm_wire.ZfmDecoder()
        for at in range(0, len(data), 13):
            decoder.feed(data[at : at + 13])
            while decoder.next_frame() is not None:
                pass
        with contextlib.suppress(ProtocolError):
            zfm_wire.decode_frame(data)

    return Target(read, corpus, ())


def zfm_settings() -> Target:
    product = zfm_wire.encode_product(R503)

    def read(data: bytes) -> None:
        try:
            zfm_wire.parse_parameters(data)
        except ProtocolError:
            zfm_wire.parse_product(data)

    return Target(read, (GOOD, product), (ProtocolError,))


def zfm_sessions() -> Target:
    template = bytes(range(256)) * 2

    def done(results: bytes = b"", code: int = 0) -> bytes:
        return encode_frame(ZfmFrame(Pid.ACKNOWLEDGE, bytes((code,)) + results))

    settled = done(GOOD)
    begun = [done(), settled]
    sent = done() + b"".join(zfm_wire.data_frames(template, 128))
    taken = [done(code=2), done(), done(), settled]
    put = [done(), *[b""] * 4, settled, sent]
    matched = [*begun, *taken, *put, done(b"\x00\x50"), settled]
    captured = [*begun, *taken, sent, sent]
    ready = [*begun, done(zfm_wire.encode_product(R503))]

    def session(line: ByteLine) -> Sequence[object]:
        module = ZfmModule(lambda: line, limits=LIMITS)
        enrolled = Template(template, TemplateFormat.ZFM_OWN)
        verified = said(lambda: module.verify([enrolled], FINGER_S, silent))
        live = said(lambda: module.capture(FINGER_S, silent))
        return verified, live, module.status()

    return on_line(session, [*matched, *captured, *ready])


# ---------------------------------------------------------------- printer and scanner


def printer_bytes() -> Target:
    def read(data: bytes) -> None:
        for byte in set(data[:16]):
            for flags in (
                escpos_wire.PrinterFlag,
                escpos_wire.OfflineFlag,
                escpos_wire.ErrorFlag,
            ):
                with contextlib.suppress(ProtocolError):
                    escpos_wire.decode(byte, flags)
            for decode in (escpos_wire.decode_paper, escpos_wire.decode_paper_report):
                with contextlib.suppress(ProtocolError):
                    decode(byte)

    return Target(read, (b"\x12\x1a\x1e\x72\x7e\x16", bytes(range(0, 256, 5))), ())


def printer_sessions() -> Target:
    raster = Raster(8, b"\x01\xff\x00")

    def session(line: ByteLine) -> Sequence[object]:
        printer = EscposPrinter(lambda: line, 115_200)
        printed = said(lambda: printer.print_raster(raster))
        return printed, said(printer.status)

    fine = [b"\x12"] * 4
    return on_line(
        session,
        [*fine, b"\x00", b"\x00", *fine],
        [*fine, b"", b"\x12", b"\x00", b"\x0f", b"\x1a", b"\x16", b"\x12", b"\x7e"],
        [*fine, b"\x16", b"\x52\x00"],
    )


def scans() -> Target:
    """Never raises; what it gives is what the framing allows."""

    def read(data: bytes) -> None:
        for framing in FRAMINGS:
            assembler = Assembler(framing)
            for at in range(0, len(data), 11):
                list(assembler.feed(data[at : at + 11]))
            assembler.silence()

    corpus = (
        b"]Q3VOTER-12345\r\n\x02]C1hello\x03\r",
        b"AMIN:0123456789ABCDEF" * 9 + b"\r" + b"\xff\xfe\x00\n",
    )
    return Target(read, corpus, ())


def scanner_sessions() -> Target:
    """Pieces as they come, an empty one being a pause."""

    def read(data: bytes) -> None:
        clock = Clock()
        line = Pieces(data, clock)
        scanner = SerialScanner(lambda: line, clock=clock.monotonic)
        with contextlib.suppress(DriverError):
            while True:
                scanner.next(FINGER_S)

    corpus = (
        frames.pack([b"one\r", b"one\r\n", b"]Q3two", b"", b"\r"]),
        frames.pack([b"a" * 500, b"\r", b"b", b"c\n"]),
    )
    return Target(read, corpus, (), framed=True)


class Pieces(AnsweringLine):
    """Says its messages by itself."""

    def read(self, timeout_s: float) -> bytes:
        self.write(b"")
        return super().read(timeout_s)


# ---------------------------------------------------------------- switch box and recordings


def io_board_sessions() -> Target:
    inputs = wire.frame(1, wire.READ_INPUTS, b"\x01\x05")
    lamp = wire.write_coil(1, Signal.LAMP.value, True)
    refused = wire.frame(1, wire.READ_INPUTS | wire.EXCEPTION, b"\x02")

    def session(line: ByteLine) -> Sequence[object]:
        board = ModbusBoard(lambda: line)
        return [said(board.read), said(lambda: board.switch(Signal.LAMP, True)), said(board.read)]

    return on_line(session, [inputs, lamp, inputs], [refused, b"", lamp, inputs[:3], inputs[3:]])


def recordings() -> Target:
    """Ogg Vorbis of the usual encoder; a decoder of others reads it."""
    made = [
        subprocess.run(
            ["oggenc", "--quiet", "-"],
            input=wave_file(beep((500.0,), seconds)),
            capture_output=True,
            check=True,
        ).stdout
        for seconds in (0.05, 0.2)
    ]
    return Target(decode_clip, tuple(made), (ProtocolError,), share=0.05, short_share=0.05)


# ---------------------------------------------------------------- power


class Service:
    """The socket of an upsd that says the pieces of an input and hangs up."""

    def __init__(self, data: bytes) -> None:
        self._left = [frame for frame in frames.unpack(data) if frame][::-1]

    def settimeout(self, limit_s: float) -> None:
        """Nothing here waits."""

    def sendall(self, data: bytes) -> None: ...

    def send(self, data: bytes) -> int:
        return len(data)

    def recv(self, size: int) -> bytes:
        return self._left.pop()[:size] if self._left else b""

    def close(self) -> None: ...


def nut_lines() -> Target:
    lines = (
        b'VAR kiosk ups.status "OL CHRG"',
        b'UPS kiosk "a \\"quoted\\" \\\\ text"',
        b"ERR DATA-STALE",
        b'VAR kiosk battery.charge "99.5"',
        b"BEGIN LIST VAR kiosk",
    )

    def read(data: bytes) -> None:
        text = data.decode("utf-8", "replace").replace("\n", " ")
        words = nut_wire.split_words(text)
        assert nut_wire.split_words(" ".join(map(nut_wire.quote, words))) == words
        nut_wire.parse_status(text, nut_wire.parse_figure(text, 100), None)
        with contextlib.suppress(DriverError):
            nut_wire.parse_figure("".join(nut_wire.expect(text, "VAR", "kiosk")[1:]), 100)

    return Target(read, lines, (DriverError,))


def nut_sessions() -> Target:
    whole = [
        b'BEGIN LIST UPS\nUPS kiosk "demo"\nEND LIST UPS\n',
        b'VAR kiosk ups.status "OB LB"\n',
        b'VAR kiosk battery.charge "17"\n',
        b'VAR kiosk battery.runtime "300"\n',
    ]

    def read(data: bytes) -> None:
        source = nut.NutSource(limits=nut.NutLimits(0.01, 0.01))
        with patch(CONNECT, lambda *_, **__: Service(data)):
            for _ in range(2):
                state = source.read()
                assert (state.supply is Supply.UNKNOWN) == (state.doubt is not None)
        source.close()

    return Target(
        read,
        (frames.pack(whole * 2), frames.pack([*whole[:1], b"ERR DRIVER-NOT-CONNECTED\n"])),
        (),
        framed=True,
    )


TARGETS: Final[Mapping[str, Make]] = {
    "sfm-frames": sfm_frames,
    "sfm-session": sfm_sessions,
    "zfm-frames": zfm_frames,
    "zfm-settings": zfm_settings,
    "zfm-session": zfm_sessions,
    "printer-bytes": printer_bytes,
    "printer-session": printer_sessions,
    "scans": scans,
    "scanner-session": scanner_sessions,
    "io-board-session": io_board_sessions,
    "recordings": recordings,
    "nut-lines": nut_lines,
    "nut-session": nut_sessions,
}
