"""Suprema SFM fingerprint module on a pseudo-terminal, with its sensor and its power supply.

A command damaged on the line gets no answer, as does half a packet, which is forgotten after
`HALF_PACKET_S`. What real firmware answers to a template of the wrong format is not known; here it is
82 (data error). A changed speed is used after the next start, if it was saved.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from drivers.errors import ProtocolError
from drivers.fingerprint.iso19794 import Minutia, parse_record
from drivers.fingerprint.sfm_wire import (
    BAUD_CODES,
    BAUD_DEFAULT,
    FLAG_ADD_CHECKSUM,
    MAX_BLOCK_BYTES,
    NETWORK_PACKET_BYTES,
    PACKET_BYTES,
    SEND_SCAN_SUCCESS_ON,
    STATUS_ALIVE,
    TEMPLATE_TYPE_ISO,
    TIMEOUT_INFINITE,
    Packet,
    Parameter,
    SfmCode,
    SfmCommand,
    SfmDecoder,
    checksum32,
    encode_block,
    encode_packet,
)
from simulators.fingerprint.fingers import Impression
from simulators.fingerprint.matcher import compare
from simulators.fingerprint.module import HALF_PACKET_S, ModuleTiming, SimulatedModule
from simulators.fingerprint.sensor import CaptureResult

MAX_TEMPLATES = 10

FACTORY_SETTINGS: dict[int, int] = {
    Parameter.TIMEOUT: 0x3A,
    Parameter.TEMPLATE_SIZE: 384,
    Parameter.SECURITY_LEVEL: 0x33,
    Parameter.MODULE_ID: 0x1A,
    Parameter.FIRMWARE: int.from_bytes(b"S1.0", "little"),
    Parameter.BAUD_RATE: 0x35,
    Parameter.ENROLLED: 0,
    Parameter.AVAILABLE: 1900,
    Parameter.SEND_SCAN_SUCCESS: SEND_SCAN_SUCCESS_ON,
    Parameter.MATCH_TIMEOUT: 0x33,
    Parameter.TEMPLATE_TYPE: 0x30,
}
READ_ONLY = {
    Parameter.MODULE_ID,
    Parameter.FIRMWARE,
    Parameter.ENROLLED,
    Parameter.AVAILABLE,
}
_RESULTS = {
    SfmCode.SUCCESS: CaptureResult.MATCH,
    SfmCode.NOT_MATCH: CaptureResult.NO_MATCH,
    SfmCode.TIMEOUT: CaptureResult.TIMEOUT,
    SfmCode.TRY_AGAIN: CaptureResult.BAD_IMAGE,
    SfmCode.SCAN_FAIL: CaptureResult.BAD_IMAGE,
    SfmCode.CANCELLED: CaptureResult.CANCELLED,
}


@dataclass(slots=True)
class _Upload:
    """Templates of a VH command that are still arriving."""

    count: int
    size: int
    blocks: list[bytes]


@dataclass(slots=True)
class _Scan:
    """Command that waits for a finger, then (`impression` set) for its comparison."""

    command: SfmCommand
    templates: tuple[bytes, ...]
    flag: int
    deadline: float
    ready_at: float = 0.0
    impression: Impression | None = None


NOTHING: Mapping[tuple[int, int | None], int | None] = {}


class SfmSimulator(SimulatedModule):
    """SFM module. `network_id` is its id on a line with several; None for plain packets.

    `refuses`: commands, with the setting that some name, that it always answers with this code, and not at
    all with None.
    """

    def __init__(
        self,
        link: Path,
        *,
        baud: int = BAUD_DEFAULT,
        seed: int = 0,
        timing: ModuleTiming | None = None,
        paced: bool = True,
        network_id: int | None = None,
        refuses: Mapping[tuple[int, int | None], int | None] = NOTHING,
    ) -> None:
        self._refuses = refuses
        super().__init__(link, baud=baud, seed=seed, timing=timing, paced=paced)
        self._line.sum_bytes = _sum_bytes
        self._order = random.Random(f"order {seed}")
        self._network_id = network_id
        # The vendor's tool has brought it to the line's speed.
        self._flash: dict[int, int] = {
            **FACTORY_SETTINGS,
            Parameter.BAUD_RATE: BAUD_CODES.get(baud, 0x35),
        }
        self._forced: list[SfmCode] = []
        self._cut()

    def force(self, code: SfmCode) -> None:
        """Give the next scan this result, whatever lies on the sensor."""
        with self._lock:
            self._forced.append(code)

    def setting(self, parameter: Parameter) -> int:
        """Return the present value of a setting."""
        with self._lock:
            return self._settings[parameter]

    def _power_on(self) -> None:
        self._settings = dict(self._flash)
        code = self._settings[Parameter.BAUD_RATE]
        self._line.baud = next(b for b, known in BAUD_CODES.items() if known == code)
        self._decoder = SfmDecoder(self._network_id)
        self._upload: _Upload | None = None
        self._scan: _Scan | None = None

    def _received(self, data: bytes, now: float) -> None:
        self._decoder.feed(data)
        while self._next(now):
            pass

    def _elapsed(self, now: float) -> None:
        if now - self._heard_at > HALF_PACKET_S and (self._decoder.pending or self._upload):
            self._decoder.clear()
            self._upload = None
        if self._scan is not None:
            self._advance(self._scan, now)

    def _next(self, now: float) -> bool:
        """Take one packet or block from the decoder; False if there is none yet."""
        upload = self._upload
        if upload is None:
            packet = self._decoder.next_packet()
            if packet is not None:
                self._execute(packet, now)
            return packet is not None
        try:
            block = self._decoder.next_block(upload.size)
        except ProtocolError:
            self._upload = None
            self._answer(SfmCommand.VERIFY_HOST_TEMPLATE, SfmCode.DATA_ERROR)
            return True
        if block is None:
            return False
        upload.blocks.append(block)
        if len(upload.blocks) == upload.count:
            self._upload = None
            self._begin(SfmCommand.VERIFY_HOST_TEMPLATE, now, templates=tuple(upload.blocks))
        return True

    def _execute(self, packet: Packet, now: float) -> None:
        if self._scan is not None and packet.command != SfmCommand.CANCEL:
            self._answer(packet.command, SfmCode.BUSY)
            return
        by_setting = packet.command in (SfmCommand.READ_PARAMETER, SfmCommand.WRITE_PARAMETER)
        asked = packet.command, packet.flag if by_setting else None
        if asked in self._refuses:
            if (refusal := self._refuses[asked]) is not None:
                self._answer(packet.command, refusal)
            return
        match packet.command:
            case SfmCommand.READ_PARAMETER:
                value = self._settings.get(packet.flag)
                code = SfmCode.UNSUPPORTED if value is None else SfmCode.SUCCESS
                self._answer(packet.command, code, size=value or 0)
            case SfmCommand.WRITE_PARAMETER:
                self._answer(packet.command, self._write(packet.flag, packet.size))
            case SfmCommand.SAVE_PARAMETERS:
                self._flash = dict(self._settings)
                self._answer(packet.command, SfmCode.SUCCESS)
            case SfmCommand.STATUS:
                self._answer(packet.command, SfmCode.SUCCESS, param=STATUS_ALIVE)
            case SfmCommand.MODULE_ID:
                self._answer(packet.command, SfmCode.SUCCESS, param=1)
            case SfmCommand.RESET:
                self._answer(packet.command, SfmCode.SUCCESS)
                self._cut()
            case SfmCommand.CANCEL:
                self._cancel()
            case SfmCommand.SCAN_TEMPLATE:
                self._begin(SfmCommand.SCAN_TEMPLATE, now, flag=packet.flag)
            case SfmCommand.VERIFY_HOST_TEMPLATE:
                if 1 <= packet.param <= MAX_TEMPLATES and 1 <= packet.size <= MAX_BLOCK_BYTES:
                    self._upload = _Upload(packet.param, packet.size, [])
                else:
                    self._answer(packet.command, SfmCode.DATA_ERROR)
            case _:
                self._answer(packet.command, SfmCode.UNSUPPORTED)

    def _write(self, parameter: int, value: int) -> SfmCode:
        if parameter not in self._settings or parameter in READ_ONLY:
            return SfmCode.UNSUPPORTED
        if parameter == Parameter.BAUD_RATE and value not in BAUD_CODES.values():
            return SfmCode.DATA_ERROR
        self._settings[parameter] = value
        return SfmCode.SUCCESS

    def _begin(
        self, command: SfmCommand, now: float, *, templates: tuple[bytes, ...] = (), flag: int = 0
    ) -> None:
        seconds = self._settings[Parameter.TIMEOUT] - TIMEOUT_INFINITE
        deadline = now + seconds if seconds else math.inf
        self._scan = _Scan(command, templates, flag, deadline)
        self.sensor.want(True)

    def _cancel(self) -> None:
        answers = [(int(SfmCommand.CANCEL), SfmCode.SUCCESS)]
        if self._scan is not None:
            answers.append((int(self._scan.command), SfmCode.CANCELLED))
            self._end(CaptureResult.CANCELLED)
        # Real modules answer in either order.
        self._order.shuffle(answers)
        for command, code in answers:
            self._answer(command, code)

    def _advance(self, scan: _Scan, now: float) -> None:
        if scan.impression is None:
            if self._forced:
                self._finish(scan, self._forced.pop(0))
                return
            touch = self.sensor.touch()
            if touch is None:
                if now >= scan.deadline:
                    self._finish(scan, SfmCode.TIMEOUT)
                return
            if now < touch.since + self._timing.scan_s:
                return
            if not touch.usable:
                self._finish(scan, SfmCode.TRY_AGAIN)
                return
            scan.impression = touch.impression
            scan.ready_at = now + self._timing.match_s
            self.sensor.want(False)
            if self._settings[Parameter.SEND_SCAN_SUCCESS] == SEND_SCAN_SUCCESS_ON:
                self._answer(scan.command, SfmCode.SCANNED)
        if now >= scan.ready_at:
            self._conclude(scan, scan.impression)

    def _conclude(self, scan: _Scan, impression: Impression) -> None:
        if self._settings[Parameter.TEMPLATE_TYPE] != TEMPLATE_TYPE_ISO:
            self._finish(scan, SfmCode.DATA_ERROR)
            return
        if scan.command is SfmCommand.SCAN_TEMPLATE:
            record = impression.record()
            self._answer(scan.command, SfmCode.SUCCESS, param=impression.quality, size=len(record))
            check = checksum32(record) if scan.flag == FLAG_ADD_CHECKSUM else b""
            self._line.write(encode_block(record + check))
            self._end(CaptureResult.TAKEN)
            return
        try:
            enrolled = [_minutiae(template) for template in scan.templates]
        except ProtocolError:
            self._finish(scan, SfmCode.DATA_ERROR)
            return
        fits = any(compare(impression.minutiae, minutiae).is_match for minutiae in enrolled)
        self._finish(scan, SfmCode.SUCCESS if fits else SfmCode.NOT_MATCH)

    def _finish(self, scan: _Scan, code: SfmCode) -> None:
        self._end(_RESULTS.get(code, CaptureResult.NONE))
        self._answer(scan.command, code)

    def _end(self, result: CaptureResult) -> None:
        self._scan = None
        self.sensor.want(False)
        self.sensor.note(result)

    def _answer(self, command: int, code: int, *, param: int = 0, size: int = 0) -> None:
        self._line.write(encode_packet(Packet(command, param, size, code), self._network_id))


def _sum_bytes(answer: bytes) -> range:
    """Return where the check sum is: before a packet's end mark, in a template's last four bytes."""
    last = len(answer) - 1
    is_packet = len(answer) in (PACKET_BYTES, NETWORK_PACKET_BYTES)
    return range(last - 1, last) if is_packet else range(max(0, last - 4), last)


def _minutiae(template: bytes) -> tuple[Minutia, ...]:
    # Shorter templates are filled up with zeros; the record says its own length.
    length = int.from_bytes(template[8:12], "big")
    if any(template[length:]):
        raise ProtocolError("bytes other than zeros follow the record")
    record = parse_record(template[:length])
    return tuple(m for view in record.views for m in view.minutiae)
