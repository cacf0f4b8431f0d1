"""The packet protocol of Suprema SFM fingerprint modules, for both ends of the line.

    packet  40 | command(1) | param(4) | size(4) | flag or error(1) | sum(1) | 0A
    block   `size` raw bytes, then 0A

Numbers are little-endian, the sum is that of the first eleven bytes modulo 256. The module's answer
repeats the command code. (Vendor's public protocol description; checked against the bytes that the
vendor's Linux library writes, tests/vectors/hardware/sfm_packets.json.)
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from drivers.errors import ChecksumError, ProtocolError

START = 0x40
END = 0x0A
PACKET_BYTES = 13
MAX_BLOCK_BYTES = 64 * 1024
BAUD_DEFAULT = 115200

_BODY = struct.Struct("<BBIIB")


class Command(IntEnum):
    WRITE_PARAMETER = 0x01  # SW
    SAVE_PARAMETERS = 0x02  # SF
    READ_PARAMETER = 0x03  # SR
    STATUS = 0x04  # SS
    SCAN_TEMPLATE = 0x21  # ST
    VERIFY_HOST_TEMPLATE = 0x22  # VH
    CANCEL = 0x60  # CA
    MODULE_ID = 0x85  # ID
    RESET = 0xD0  # RS


class Code(IntEnum):
    """Values of the last field in an answer."""

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
    TIMEOUT = 0x62
    TEMPLATE_SIZE = 0x64
    SECURITY_LEVEL = 0x66
    FIRMWARE = 0x6E
    BAUD_RATE = 0x71
    SEND_SCAN_SUCCESS = 0x75
    MATCH_TIMEOUT = 0x88
    TEMPLATE_TYPE = 0x96


STATUS_ALIVE = 0x30
TIMEOUT_INFINITE = 0x30
TIMEOUT_MAX_S = 20
TEMPLATE_TYPE_ISO = 0x31
SEND_SCAN_SUCCESS_ON = 0x31
FLAG_ADD_CHECKSUM = 0x70


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet; `flag` holds the request's flag or the answer's code."""

    command: int
    param: int = 0
    size: int = 0
    flag: int = 0


def timeout_code(seconds: int) -> int:
    """The value of parameter 62 for `seconds`: 31 = 1 s to 44 = 20 s. Raises ValueError."""
    if not 1 <= seconds <= TIMEOUT_MAX_S:
        raise ValueError(f"the module counts 1 to {TIMEOUT_MAX_S} seconds")
    return TIMEOUT_INFINITE + seconds


def encode_packet(packet: Packet) -> bytes:
    body = _BODY.pack(START, packet.command, packet.param, packet.size, packet.flag)
    return body + bytes((sum(body) & 0xFF, END))


def decode_packet(data: bytes) -> Packet:
    """Decode exactly 13 bytes. Raises ProtocolError, and ChecksumError for a wrong sum."""
    if len(data) != PACKET_BYTES or data[0] != START or data[-1] != END:
        raise ProtocolError("these bytes are no packet of a fingerprint module; repeat the command")
    if sum(data[:11]) & 0xFF != data[11]:
        raise ChecksumError("a packet was damaged on the fingerprint module's line; repeat it")
    _, command, param, size, flag = _BODY.unpack_from(data)
    return Packet(command, param, size, flag)


def encode_block(data: bytes) -> bytes:
    return data + bytes((END,))


def checksum32(data: bytes) -> bytes:
    """The four bytes that follow a template when `FLAG_ADD_CHECKSUM` asked for them."""
    return (sum(data) & 0xFFFFFFFF).to_bytes(4, "little")


class Decoder:
    """Finds packets and blocks in a stream, and finds its way back after bytes that are neither."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.skipped = 0
        """Bytes passed over so far because no packet could start there."""

    @property
    def pending(self) -> bool:
        """True while part of something has arrived."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def clear(self) -> None:
        self._buffer.clear()

    def next_packet(self) -> Packet | None:
        """The next whole packet, or None until more bytes have come."""
        while True:
            start = self._buffer.find(START)
            noise = len(self._buffer) if start < 0 else start
            del self._buffer[:noise]
            self.skipped += noise
            if len(self._buffer) < PACKET_BYTES:
                return None
            try:
                packet = decode_packet(bytes(self._buffer[:PACKET_BYTES]))
            except ProtocolError:
                del self._buffer[0]
                self.skipped += 1
                continue
            del self._buffer[:PACKET_BYTES]
            return packet

    def next_block(self, size: int) -> bytes | None:
        """The next `size` bytes, or None until they have come with their end mark.

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
