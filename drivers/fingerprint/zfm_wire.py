"""Packets of ZFM / R30x / R50x fingerprint modules, for both ends of the line.

    frame  EF01 | address(4) | pid(1) | length(2) | content | sum(2)

Numbers are big-endian. `length` counts content and sum; the sum is that of pid, length bytes and
content, modulo 65536. The content of a command is its code and parameters, that of an acknowledgement
a confirmation code and results. Longer data follows in frames of its own, at most as long as the
module's packet size, the last one with pid 08. An acknowledgement does not say which command it
answers. (Public manuals of ZFM-20, R305, R503; checked against tests/vectors/hardware/zfm_packets.json.)
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field
from enum import IntEnum
from typing import Final

from drivers.errors import ChecksumError, ProtocolError
from drivers.fingerprint.stream import StreamDecoder

START: Final = b"\xef\x01"
ADDRESS_DEFAULT: Final = 0xFFFFFFFF
MAX_CONTENT: Final = 256
"""The largest packet size (code 3), in bytes of content."""
BAUD_UNIT: Final = 9600
BAUD_DEFAULT: Final = 57600
READY_BYTE: Final = 0x55
"""What some modules send, outside any frame, when they have started."""

_HEADER = struct.Struct(">2sIBH")
_SUM = struct.Struct(">H")
HEADER_BYTES: Final = _HEADER.size
FRAME_BYTES: Final = HEADER_BYTES + _SUM.size
"""A frame without content."""


class Pid(IntEnum):
    """Packet identifiers: the kind of a frame."""

    COMMAND = 0x01
    DATA = 0x02
    ACKNOWLEDGE = 0x07
    END_OF_DATA = 0x08


class ZfmCommand(IntEnum):
    """Command codes; the maker's names are in the comments ("up": from the module, "down": to it)."""

    TAKE_IMAGE = 0x01  # GenImg
    EXTRACT = 0x02  # Img2Tz
    MATCH = 0x03
    SEARCH = 0x04
    MERGE = 0x05  # RegModel
    STORE = 0x06
    LOAD = 0x07  # LoadChar
    SEND_TEMPLATE = 0x08  # UpChar
    RECEIVE_TEMPLATE = 0x09  # DownChar
    SEND_IMAGE = 0x0A  # UpImage
    RECEIVE_IMAGE = 0x0B  # DownImage
    DELETE = 0x0C  # DeletChar
    EMPTY = 0x0D
    WRITE_PARAMETER = 0x0E  # SetSysPara
    READ_PARAMETERS = 0x0F  # ReadSysPara
    SET_PASSWORD = 0x12  # SetPwd
    VERIFY_PASSWORD = 0x13  # VfyPwd
    RANDOM = 0x14  # GetRandomCode
    SET_ADDRESS = 0x15  # SetAddr
    WRITE_NOTEPAD = 0x18
    READ_NOTEPAD = 0x19
    FAST_SEARCH = 0x1B  # HiSpeedSearch
    COUNT = 0x1D  # TempleteNum
    LIST = 0x1F  # ReadConList, ReadIndexTable
    AURA = 0x35  # AuraLedConfig (R503)
    CHECK_SENSOR = 0x36  # R503
    PRODUCT = 0x3C  # ReadProdInfo (R503)
    SOFT_RESET = 0x3D  # R503
    HANDSHAKE = 0x40  # R503
    LIGHT_ON = 0x50
    LIGHT_OFF = 0x51
    ECHO = 0x53  # GetEcho


class ZfmCode(IntEnum):
    """Confirmation codes: the first byte of an acknowledgement."""

    DONE = 0x00
    PACKET_ERROR = 0x01
    NO_FINGER = 0x02
    IMAGE_FAILED = 0x03
    TOO_DRY = 0x04
    TOO_WET = 0x05
    DISORDERLY = 0x06
    FEW_FEATURES = 0x07
    NO_MATCH = 0x08
    NOT_FOUND = 0x09
    MERGE_FAILED = 0x0A
    BAD_PAGE = 0x0B
    BAD_TEMPLATE = 0x0C
    SEND_TEMPLATE_FAILED = 0x0D
    CANNOT_RECEIVE = 0x0E
    SEND_IMAGE_FAILED = 0x0F
    DELETE_FAILED = 0x10
    EMPTY_FAILED = 0x11
    WRONG_PASSWORD = 0x13
    NO_IMAGE = 0x15
    FLASH_ERROR = 0x18
    UNDEFINED = 0x19
    BAD_REGISTER = 0x1A
    BAD_REGISTER_VALUE = 0x1B
    BAD_NOTEPAD_PAGE = 0x1C
    PORT_FAILED = 0x1D
    LIBRARY_FULL = 0x1F
    WRONG_ADDRESS = 0x20
    PASSWORD_NEEDED = 0x21
    ALIVE = 0x55
    UNSUPPORTED = 0xFC
    HARDWARE_ERROR = 0xFD
    FAILED = 0xFE


class Register(IntEnum):
    """Settings that `WRITE_PARAMETER` changes."""

    BAUD = 4
    SECURITY = 5
    PACKET_SIZE = 6


PACKET_SIZES: Final = (32, 64, 128, 256)
"""Bytes of content by the packet size code 0 to 3."""
BAUD_FACTORS: Final = range(1, 13)
SECURITY_LEVELS: Final = range(1, 6)
NOTEPAD_PAGES: Final = 16
NOTEPAD_BYTES: Final = 32
LIST_BYTES: Final = 32
"""One page of the list: a bit for each of 256 places, the lowest bit of the first byte is place 0."""

IMAGE_WIDTH: Final = 256
IMAGE_HEIGHT: Final = 288
IMAGE_BYTES: Final = IMAGE_WIDTH * IMAGE_HEIGHT // 2
"""4 bits a pixel, the left one in the high half; ridges are dark."""


@dataclass(frozen=True, slots=True)
class ZfmFrame:
    """A frame's pid, content and module address; contents may be templates and are not shown."""

    pid: int
    content: bytes = field(repr=False)
    address: int = ADDRESS_DEFAULT


@dataclass(frozen=True, slots=True)
class ZfmParameters:
    """The answer to `READ_PARAMETERS`, 16 bytes after the confirmation code."""

    status: int
    system_id: int
    capacity: int
    security: int
    address: int
    packet_size_code: int
    baud_factor: int

    @property
    def packet_size(self) -> int:
        """Bytes of content in a data frame."""
        return PACKET_SIZES[self.packet_size_code]

    @property
    def baud(self) -> int:
        """Speed of the line in bits per second."""
        return self.baud_factor * BAUD_UNIT


@dataclass(frozen=True, slots=True)
class Product:
    """The answer to `PRODUCT` (R503 manual), 50 bytes after the confirmation code; texts in ASCII."""

    model: str
    batch: str
    serial: str
    hardware: tuple[int, int]
    sensor: str
    width: int
    height: int
    template_bytes: int
    capacity: int


_PARAMETERS = struct.Struct(">HHHHIHH")
_PRODUCT = struct.Struct(">16s4s8sBB8sHHHH4x")
PARAMETERS_BYTES: Final = _PARAMETERS.size
PRODUCT_BYTES: Final = _PRODUCT.size


def encode_frame(frame: ZfmFrame) -> bytes:
    """Encode a frame of 1 to `MAX_CONTENT` bytes of content. Raises ValueError for any other."""
    if not 1 <= len(frame.content) <= MAX_CONTENT:
        raise ValueError(f"a frame holds 1 to {MAX_CONTENT} bytes")
    length = len(frame.content) + _SUM.size
    header = _HEADER.pack(START, frame.address, frame.pid, length)
    return header + frame.content + _SUM.pack(_checksum(frame.pid, length, frame.content))


def encode_command(
    command: ZfmCommand, parameters: bytes = b"", address: int = ADDRESS_DEFAULT
) -> bytes:
    """Encode a command with its parameters. Raises ValueError if they do not fit one frame."""
    return encode_frame(ZfmFrame(Pid.COMMAND, bytes((command,)) + parameters, address))


def decode_frame(data: bytes) -> ZfmFrame:
    """Decode exactly one frame. Raises ProtocolError, and ChecksumError for a wrong sum."""
    if len(data) < FRAME_BYTES + 1 or data[:2] != START:
        raise ProtocolError("these bytes are no frame of a fingerprint module; repeat the command")
    _, address, pid, length = _HEADER.unpack_from(data)
    if not _plausible(pid, length) or len(data) != HEADER_BYTES + length:
        raise ProtocolError("a frame of the fingerprint module has a wrong length; repeat it")
    content = data[HEADER_BYTES : -_SUM.size]
    if _SUM.unpack(data[-_SUM.size :])[0] != _checksum(pid, length, content):
        raise ChecksumError("a frame was damaged on the fingerprint module's line; repeat it")
    return ZfmFrame(pid, content, address)


def data_frames(data: bytes, packet_size: int, address: int = ADDRESS_DEFAULT) -> Iterator[bytes]:
    """Cut `data` into frames of `packet_size` bytes, the last with pid 08. Raises ValueError for none."""
    if not data:
        raise ValueError("there is no data to send")
    for start in range(0, len(data), packet_size):
        last = start + packet_size >= len(data)
        pid = Pid.END_OF_DATA if last else Pid.DATA
        yield encode_frame(ZfmFrame(pid, data[start : start + packet_size], address))


def parse_parameters(data: bytes) -> ZfmParameters:
    """Parse the 16 bytes after the confirmation code of `READ_PARAMETERS`.

    Raises ProtocolError for another length and for values that no module can have.
    """
    if len(data) != _PARAMETERS.size:
        raise ProtocolError("the fingerprint module's settings have a wrong length; ask again")
    parameters = ZfmParameters(*_PARAMETERS.unpack(data))
    if (
        parameters.packet_size_code >= len(PACKET_SIZES)
        or parameters.baud_factor not in BAUD_FACTORS
        or not parameters.capacity
    ):
        raise ProtocolError(
            "the fingerprint module reports impossible settings; check that it is a supported model"
        )
    return parameters


def encode_parameters(parameters: ZfmParameters) -> bytes:
    """Encode parameters in the 16 bytes that `parse_parameters` reads."""
    return _PARAMETERS.pack(*astuple(parameters))


def parse_product(data: bytes) -> Product:
    """Parse the bytes after the confirmation code of `PRODUCT`: 50, or 46 without the unused last four.

    Raises ProtocolError.
    """
    if len(data) not in (_PRODUCT.size, _PRODUCT.size - 4):
        raise ProtocolError("the fingerprint module's description has a wrong length; ask again")
    model, batch, serial, major, minor, sensor, *numbers = _PRODUCT.unpack(
        data.ljust(_PRODUCT.size, b"\0")
    )
    names = (_text(model), _text(batch), _text(serial))
    return Product(*names, (major, minor), _text(sensor), *numbers)


def encode_product(product: Product) -> bytes:
    """Encode a description in the 50 bytes that `parse_product` reads."""
    return _PRODUCT.pack(
        product.model.encode("ascii"),
        product.batch.encode("ascii"),
        product.serial.encode("ascii"),
        *product.hardware,
        product.sensor.encode("ascii"),
        product.width,
        product.height,
        product.template_bytes,
        product.capacity,
    )


class ZfmDecoder(StreamDecoder):
    """Find frames in a stream, and the way back after bytes that are none."""

    def __init__(self) -> None:
        super().__init__()
        self.damaged = 0
        """Frames seen so far whose sum was wrong."""

    def next_frame(self) -> ZfmFrame | None:
        """Take out the next whole frame; None until more bytes have come."""
        while True:
            self._skip_noise()
            if len(self._buffer) < HEADER_BYTES:
                return None
            _, _, pid, length = _HEADER.unpack_from(self._buffer)
            end = HEADER_BYTES + length
            if _plausible(pid, length):
                if len(self._buffer) < end:
                    return None
                try:
                    frame = decode_frame(bytes(self._buffer[:end]))
                except ProtocolError:
                    self.damaged += 1
                else:
                    del self._buffer[:end]
                    return frame
            # A whole frame may lie inside what looked like one.
            self._skip(1)

    def _skip_noise(self) -> None:
        start = self._buffer.find(START)
        if start < 0:
            # Its first byte may be the beginning of a start mark.
            start = len(self._buffer) - self._buffer.endswith(START[:1])
        self._skip(start)


def _plausible(pid: int, length: int) -> bool:
    return pid in _PIDS and _SUM.size < length <= MAX_CONTENT + _SUM.size


_PIDS = frozenset(Pid)


def _checksum(pid: int, length: int, content: bytes) -> int:
    return (pid + (length >> 8) + (length & 0xFF) + sum(content)) & 0xFFFF


def _text(raw: bytes) -> str:
    return raw.split(b"\0")[0].decode("ascii", "replace").strip()
