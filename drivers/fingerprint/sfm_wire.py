"""Packets of Suprema SFM fingerprint modules, for both ends of the line.

    packet   40 | command(1) | param(4) | size(4) | flag or error(1) | sum(1) | 0A
    network  41 | module id(2) | command(1) | param(4) | size(4) | flag or error(1) | sum(1) | 0A
    block    `size` raw bytes, then 0A

Numbers are little-endian, the sum is that of all bytes before it modulo 256. The module's answer
repeats the command code. The network form, for several modules on one RS-485 line, carries the id of
the module that is meant or that answers. (Vendor's public protocol description; checked against the
bytes that the vendor's Linux library writes, tests/vectors/hardware/sfm_packets.json.)
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from drivers.errors import ChecksumError, ProtocolError
from drivers.fingerprint.stream import StreamDecoder

START = 0x40
NETWORK_START = 0x41
END = 0x0A
PACKET_BYTES = 13
NETWORK_PACKET_BYTES = 15
MAX_BLOCK_BYTES = 64 * 1024
BAUD_DEFAULT = 115200

_BODY = struct.Struct("<BBIIB")
_NETWORK_BODY = struct.Struct("<BHBIIB")


class SfmCommand(IntEnum):
    """Command codes; the maker's abbreviations are in the comments."""

    WRITE_PARAMETER = 0x01  # SW
    SAVE_PARAMETERS = 0x02  # SF
    READ_PARAMETER = 0x03  # SR
    STATUS = 0x04  # SS
    SCAN_TEMPLATE = 0x21  # ST
    VERIFY_HOST_TEMPLATE = 0x22  # VH
    CANCEL = 0x60  # CA
    MODULE_ID = 0x85  # ID
    RESET = 0xD0  # RS


class SfmCode(IntEnum):
    """Codes in the last field of an answer."""

    FAILED = 0x60
    SUCCESS = 0x61
    SCANNED = 0x62
    SCAN_FAIL = 0x63
    NOT_FOUND = 0x69
    NOT_MATCH = 0x6A
    TRY_AGAIN = 0x6B
    TIMEOUT = 0x6C
    UNSUPPORTED = 0x75
    MATCH_TIMEOUT = 0x7A
    BUSY = 0x80
    CANCELLED = 0x81
    DATA_ERROR = 0x82
    FAKE_FINGER = 0xB0


class Parameter(IntEnum):
    """Settings that READ_PARAMETER and WRITE_PARAMETER name."""

    TIMEOUT = 0x62
    TEMPLATE_SIZE = 0x64
    SECURITY_LEVEL = 0x66
    MODULE_ID = 0x6D
    FIRMWARE = 0x6E
    BAUD_RATE = 0x71
    ENROLLED = 0x73  # templates in the module's library
    AVAILABLE = 0x74  # places left in it
    SEND_SCAN_SUCCESS = 0x75
    MATCH_TIMEOUT = 0x88
    TEMPLATE_TYPE = 0x96


STATUS_ALIVE = 0x30
TIMEOUT_INFINITE = 0x30
TIMEOUT_MAX_S = 20
TEMPLATE_TYPE_ISO = 0x31
SEND_SCAN_SUCCESS_ON = 0x31
SEND_SCAN_SUCCESS_OFF = 0x30
SECURITY_LEVELS = range(0x30, 0x51)
"""30 = 1/1000, 33 = 1/10 000 (factory), ... 50 = automatic."""
BAUD_CODES = {
    9600: 0x31,
    19200: 0x32,
    38400: 0x33,
    57600: 0x34,
    115200: 0x35,
    230400: 0x36,
    460800: 0x37,
    921600: 0x38,
}
FLAG_ADD_CHECKSUM = 0x70


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet; `flag` holds the request's flag or the answer's code."""

    command: int
    param: int = 0
    size: int = 0
    flag: int = 0


def timeout_code(seconds: int) -> int:
    """Return the value of parameter 62 for `seconds`: 31 = 1 s to 44 = 20 s. Raises ValueError."""
    if not 1 <= seconds <= TIMEOUT_MAX_S:
        raise ValueError(f"the module counts 1 to {TIMEOUT_MAX_S} seconds")
    return TIMEOUT_INFINITE + seconds


def encode_packet(packet: Packet, module: int | None = None) -> bytes:
    """Encode a packet in 13 bytes, or with a `module` id in the 15 bytes of the network form."""
    fields = (packet.command, packet.param, packet.size, packet.flag)
    body = (
        _BODY.pack(START, *fields)
        if module is None
        else _NETWORK_BODY.pack(NETWORK_START, module, *fields)
    )
    return body + bytes((sum(body) & 0xFF, END))


def decode_packet(data: bytes) -> Packet:
    """Decode exactly 13 bytes. Raises ProtocolError, and ChecksumError for a wrong sum."""
    _check(data, START, PACKET_BYTES)
    _, command, param, size, flag = _BODY.unpack_from(data)
    return Packet(command, param, size, flag)


def decode_network_packet(data: bytes) -> tuple[int, Packet]:
    """Decode exactly 15 bytes to module id and packet. Raises as `decode_packet`."""
    _check(data, NETWORK_START, NETWORK_PACKET_BYTES)
    _, module, command, param, size, flag = _NETWORK_BODY.unpack_from(data)
    return module, Packet(command, param, size, flag)


def _check(data: bytes, start: int, length: int) -> None:
    if len(data) != length or data[0] != start or data[-1] != END:
        raise ProtocolError("these bytes are no packet of a fingerprint module; repeat the command")
    if sum(data[:-2]) & 0xFF != data[-2]:
        raise ChecksumError("a packet was damaged on the fingerprint module's line; repeat it")


def encode_block(data: bytes) -> bytes:
    """Append the end mark to a block of data."""
    return data + bytes((END,))


def checksum32(data: bytes) -> bytes:
    """Sum up `data`: the four bytes that follow a template when `FLAG_ADD_CHECKSUM` asked for them."""
    return (sum(data) & 0xFFFFFFFF).to_bytes(4, "little")


class SfmDecoder(StreamDecoder):
    """Find packets and blocks in a stream, and the way back after bytes that are neither.

    With a `module` id it looks for the network form, and passes over the packets of other modules.
    """

    def __init__(self, module: int | None = None) -> None:
        super().__init__()
        self._module = module

    def next_packet(self) -> Packet | None:
        """Take out the next whole packet; None until more bytes have come."""
        network = self._module is not None
        mark, length = (NETWORK_START, NETWORK_PACKET_BYTES) if network else (START, PACKET_BYTES)
        while True:
            start = self._buffer.find(mark)
            self._skip(len(self._buffer) if start < 0 else start)
            if len(self._buffer) < length:
                return None
            raw = bytes(self._buffer[:length])
            try:
                sender, packet = (
                    decode_network_packet(raw) if network else (None, decode_packet(raw))
                )
            except ProtocolError:
                self._skip(1)
                continue
            del self._buffer[:length]
            if sender == self._module:
                return packet
            self.skipped += length

    def next_block(self, size: int) -> bytes | None:
        """Take out the next `size` bytes; None until they have come with their end mark.

        Raises ProtocolError if the end mark is not where the size says.
        """
        if not 0 <= size <= MAX_BLOCK_BYTES:
            raise ProtocolError(
                "the fingerprint module announces an impossible size; repeat the scan"
            )
        if len(self._buffer) <= size:
            return None
        if self._buffer[size] != END:
            raise ProtocolError("data was lost on the fingerprint module's line; repeat the scan")
        block = bytes(self._buffer[:size])
        del self._buffer[: size + 1]
        return block
