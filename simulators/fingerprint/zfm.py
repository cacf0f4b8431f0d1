"""ZFM / R30x fingerprint module on a pseudo-terminal, with its sensor, flash and power supply.

Every command of `zfm_wire` is answered; unknown ones with FC. A damaged command is answered with 01,
half a packet is forgotten after `HALF_PACKET_S`, frames for another address are passed over. While an
image is taken or features are extracted, bytes wait in the module's input.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from drivers.fingerprint.zfm_wire import (
    BAUD_FACTORS,
    BAUD_UNIT,
    IMAGE_BYTES,
    NOTEPAD_PAGES,
    PACKET_SIZES,
    READY_BYTE,
    SECURITY_LEVELS,
    Pid,
    Product,
    Register,
    ZfmCode,
    ZfmCommand,
    ZfmDecoder,
    ZfmFrame,
    ZfmParameters,
    data_frames,
    encode_frame,
    encode_parameters,
    encode_product,
)
from simulators.fingerprint.module import HALF_PACKET_S, ModuleTiming, SimulatedModule
from simulators.fingerprint.zfm_commands import (
    PARAMETER_BYTES,
    WITHOUT_PASSWORD,
    score_bytes,
)
from simulators.fingerprint.zfm_core import Core
from simulators.fingerprint.zfm_store import Flash
from simulators.fingerprint.zfm_template import TEMPLATE_BYTES

SYSTEM_ID = 0x0009
SUM_BYTES = 2
"""At the end of every frame."""
TICK_S = 0.005
LOOK_SHARE = 0.3
"""A look at an empty sensor takes this share of the time for an image."""
WANTED_S = 0.6
"""So long after the last look the module counts as looking for a finger."""

NOTHING: Mapping[int, int | None] = {}

R503 = Product("R503", "0001", "00000001", (1, 4), "FPC1020", 256, 288, TEMPLATE_BYTES, 200)
"""For modules that describe themselves; a ZFM-20 does not know the question."""


@dataclass(slots=True)
class _Incoming:
    """Data that the host is sending."""

    most: int
    done: Callable[[bytes], None]
    data: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True)
class _Pending:
    """Action to do when the module has finished its present work."""

    ready_at: float
    act: Callable[[], None]


class ZfmSimulator(SimulatedModule):
    """ZFM module.

    `flash` may come from a file (`Flash.load`) and outlive the module. `ready_byte`: send 55
    when started, as many do. `tells_skin`: codes 04 and 05. `product`: the module's answer about
    itself, None if it does not know the question. `refuses`: commands that it always answers with this
    code, and not at all with None.
    """

    def __init__(
        self,
        link: Path,
        *,
        seed: int = 0,
        timing: ModuleTiming | None = None,
        paced: bool = True,
        flash: Flash | None = None,
        product: Product | None = None,
        ready_byte: bool = False,
        tells_skin: bool = False,
        refuses: Mapping[int, int | None] = NOTHING,
    ) -> None:
        self._refuses = refuses
        self._flash = flash or Flash()
        super().__init__(
            link,
            baud=self._flash.baud_factor * BAUD_UNIT,
            seed=seed,
            timing=timing,
            paced=paced,
            tick_s=TICK_S,
        )
        self._line.sum_bytes = lambda data: range(len(data))[-SUM_BYTES:]
        self._core = Core(self.sensor, self._flash, tells_skin=tells_skin)
        self._product = product
        self._ready_byte = ready_byte
        self._random = random.Random(f"module {seed}")
        self._forced: dict[ZfmCommand, list[ZfmCode]] = {}
        self._looked_at = 0.0
        self._cut()

    def force(self, code: ZfmCode, command: ZfmCommand = ZfmCommand.TAKE_IMAGE) -> None:
        """Give the next `command` this answer instead of what it would do."""
        with self._lock:
            self._forced.setdefault(command, []).append(code)

    # ------------------------------------------------------------ power and time

    def _power_on(self) -> None:
        self._decoder = ZfmDecoder()
        self._incoming: _Incoming | None = None
        self._pending: _Pending | None = None
        self._trusted = not self._flash.password
        self._say_ready = self._ready_byte
        self._line.baud = self._flash.baud_factor * BAUD_UNIT
        self._core.forget()

    def _received(self, data: bytes, now: float) -> None:
        self._decoder.feed(data)
        self._work(now)

    def _elapsed(self, now: float) -> None:
        if self._say_ready:
            self._say_ready = False
            self._line.write(bytes((READY_BYTE,)))
        if self._pending is not None and now >= self._pending.ready_at:
            act, self._pending = self._pending.act, None
            act()
            self._work(now)
        if self._pending is None and now - self._heard_at > HALF_PACKET_S:
            self._decoder.clear()
            self._incoming = None
        if self.sensor.wanted and now - self._looked_at > WANTED_S:
            self.sensor.want(False)

    def _after(self, seconds: float, now: float, act: Callable[[], None]) -> None:
        if seconds <= 0:
            act()
        else:
            self._pending = _Pending(now + seconds, act)

    def _work(self, now: float) -> None:
        """Take frames from the input until it is empty or the module is busy."""
        while self._pending is None:
            damaged = self._decoder.damaged
            frame = self._decoder.next_frame()
            if self._decoder.damaged > damaged:
                # In the middle of data there is nobody to tell: the transfer is broken off.
                if self._incoming is None:
                    self._answer(ZfmCode.PACKET_ERROR)
                self._incoming = None
            if frame is None:
                return
            if frame.address != self._flash.address:
                continue
            match frame.pid:
                case Pid.COMMAND:
                    self._incoming = None
                    self._command(frame, now)
                case Pid.DATA | Pid.END_OF_DATA if self._incoming is not None:
                    self._data(self._incoming, frame)
                case _:
                    pass

    def _data(self, incoming: _Incoming, frame: ZfmFrame) -> None:
        incoming.data += frame.content
        if len(incoming.data) > incoming.most:
            self._incoming = None
        elif frame.pid == Pid.END_OF_DATA:
            self._incoming = None
            incoming.done(bytes(incoming.data))

    # ------------------------------------------------------------ commands

    def _command(self, frame: ZfmFrame, now: float) -> None:
        if frame.content[0] in self._refuses:
            if (refusal := self._refuses[frame.content[0]]) is not None:
                self._answer(refusal)
            return
        try:
            command = ZfmCommand(frame.content[0])
        except ValueError:
            self._answer(ZfmCode.UNSUPPORTED)
            return
        parameters = frame.content[1:]
        if len(parameters) != PARAMETER_BYTES.get(command, 0):
            self._answer(ZfmCode.PACKET_ERROR)
        elif not self._trusted and command not in WITHOUT_PASSWORD:
            self._answer(ZfmCode.PASSWORD_NEEDED)
        elif forced := self._forced.get(command):
            self._answer(forced.pop(0), bytes(score_bytes(command)))
        else:
            self._execute(command, parameters, now)

    def _execute(self, command: ZfmCommand, parameters: bytes, now: float) -> None:
        core, timing = self._core, self._timing
        buffer = _buffer(parameters)
        match command:
            case ZfmCommand.TAKE_IMAGE:
                self._looked_at = now
                there = self.sensor.touch() is not None
                self.sensor.want(not there)
                seconds = timing.scan_s * (1 if there else LOOK_SHARE)
                self._after(seconds, now, lambda: self._answer(core.take_image()))
            case ZfmCommand.EXTRACT:
                self.sensor.want(False)
                self._after(timing.extract_s, now, lambda: self._answer(core.extract(buffer)))
            case ZfmCommand.MATCH:
                self._after(timing.match_s, now, self._match)
            case ZfmCommand.SEARCH | ZfmCommand.FAST_SEARCH:
                start, count = _number(parameters[1:3]), _number(parameters[3:5])
                self._after(timing.match_s, now, lambda: self._search(buffer, start, count))
            case ZfmCommand.MERGE:
                self._after(timing.match_s, now, lambda: self._answer(core.merge()))
            case ZfmCommand.SEND_TEMPLATE:
                self._send(core.template(buffer), ZfmCode.SEND_TEMPLATE_FAILED)
            case ZfmCommand.SEND_IMAGE:
                self._send(core.image(), ZfmCode.SEND_IMAGE_FAILED)
            case ZfmCommand.RECEIVE_TEMPLATE:
                self._incoming = _Incoming(
                    TEMPLATE_BYTES, lambda data: core.put_template(buffer, data)
                )
                self._answer(ZfmCode.DONE)
            case ZfmCommand.RECEIVE_IMAGE:
                self._incoming = _Incoming(IMAGE_BYTES, core.put_image)
                self._answer(ZfmCode.DONE)
            case ZfmCommand.WRITE_PARAMETER:
                self._answer(self._set(parameters[0], parameters[1]))
                # A new speed begins behind the answer.
                self._line.baud = self._flash.baud_factor * BAUD_UNIT
            case ZfmCommand.SOFT_RESET:
                self._answer(ZfmCode.DONE)
                self._cut()
                self._say_ready = True
            case _:
                self._answer(*self._at_once(command, parameters))

    def _match(self) -> None:
        code, score = self._core.match()
        self._answer(code, score.to_bytes(2, "big"))

    def _search(self, buffer: int, start: int, count: int) -> None:
        code, place, score = self._core.search(buffer, start, count)
        self._answer(code, place.to_bytes(2, "big") + score.to_bytes(2, "big"))

    def _at_once(self, command: ZfmCommand, parameters: bytes) -> tuple[ZfmCode, bytes]:
        """Answer a command that neither takes time nor moves data."""
        core, flash = self._core, self._flash
        buffer, page = _buffer(parameters), parameters[0] if parameters else 0
        code, results = ZfmCode.DONE, b""
        match command:
            case ZfmCommand.STORE:
                code = core.store(buffer, _number(parameters[1:]))
            case ZfmCommand.LOAD:
                code = core.load(buffer, _number(parameters[1:]))
            case ZfmCommand.DELETE:
                code = core.delete(_number(parameters[:2]), _number(parameters[2:]))
            case ZfmCommand.EMPTY:
                code = core.empty()
            case ZfmCommand.COUNT:
                results = len(flash.templates).to_bytes(2, "big")
            case ZfmCommand.LIST if page > 3:
                code = ZfmCode.BAD_PAGE
            case ZfmCommand.LIST:
                results = flash.listing(page)
            case ZfmCommand.WRITE_NOTEPAD | ZfmCommand.READ_NOTEPAD if page >= NOTEPAD_PAGES:
                code = ZfmCode.BAD_NOTEPAD_PAGE
            case ZfmCommand.WRITE_NOTEPAD:
                flash.notepad[page] = parameters[1:]
                flash.save()
            case ZfmCommand.READ_NOTEPAD:
                results = flash.note(page)
            case ZfmCommand.VERIFY_PASSWORD:
                good = _number(parameters) == flash.password
                self._trusted = not flash.password or good
                code = ZfmCode.DONE if good else ZfmCode.WRONG_PASSWORD
            case ZfmCommand.SET_PASSWORD:
                flash.password = _number(parameters)
                flash.save()
            case ZfmCommand.SET_ADDRESS:
                # The answer already comes from the new address (R503 manual).
                flash.address = _number(parameters)
                flash.save()
            case ZfmCommand.READ_PARAMETERS:
                results = encode_parameters(self._parameters())
            case ZfmCommand.RANDOM:
                results = self._random.randbytes(4)
            case ZfmCommand.ECHO:
                code = ZfmCode.ALIVE
            case ZfmCommand.PRODUCT if self._product is not None:
                results = encode_product(self._product)
            case ZfmCommand.PRODUCT:
                code = ZfmCode.UNSUPPORTED
            case _:
                pass  # lamp and self-checks: there is nothing to see or to fail here
        return code, results

    def _set(self, register: int, value: int) -> ZfmCode:
        flash = self._flash
        match register:
            case Register.BAUD if value in BAUD_FACTORS:
                flash.baud_factor = value
            case Register.SECURITY if value in SECURITY_LEVELS:
                flash.security = value
            case Register.PACKET_SIZE if value < len(PACKET_SIZES):
                flash.packet_size_code = value
            case Register.BAUD | Register.SECURITY | Register.PACKET_SIZE:
                return ZfmCode.BAD_REGISTER_VALUE
            case _:
                return ZfmCode.BAD_REGISTER
        flash.save()
        return ZfmCode.DONE

    def _parameters(self) -> ZfmParameters:
        flash = self._flash
        kept = (flash.address, flash.packet_size_code, flash.baud_factor)
        return ZfmParameters(0, SYSTEM_ID, flash.capacity, flash.security, *kept)

    # ------------------------------------------------------------ answers

    def _answer(self, code: int, results: bytes = b"") -> None:
        content = bytes((code,)) + results
        self._line.write(encode_frame(ZfmFrame(Pid.ACKNOWLEDGE, content, self._flash.address)))

    def _send(self, data: bytes | None, otherwise: ZfmCode) -> None:
        if data is None:
            self._answer(otherwise)
            return
        self._answer(ZfmCode.DONE)
        size = PACKET_SIZES[self._flash.packet_size_code]
        for frame in data_frames(data, size, self._flash.address):
            self._line.write(frame)


def _buffer(parameters: bytes) -> int:
    """Return the buffer that the first parameter names; modules take every other number for 2."""
    return 1 if parameters[:1] == b"\x01" else 2


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "big")
