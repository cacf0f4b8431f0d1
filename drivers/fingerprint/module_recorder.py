"""Note what goes over the line of a fingerprint module, by codes and lengths, for its trace."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from drivers.errors import ProtocolError
from drivers.fingerprint import sfm_wire
from drivers.fingerprint.module_trace import CAPACITY, MAX_EXCHANGES, ModuleExchange, ModuleSetting
from drivers.fingerprint.sfm_wire import Parameter, SfmCode, SfmCommand, SfmDecoder, checksum32
from drivers.fingerprint.zfm_wire import (
    Pid,
    Register,
    ZfmCommand,
    ZfmDecoder,
    ZfmFrame,
    parse_parameters,
)
from drivers.serial_line import ByteLine

_SFM_SETTINGS: Final = frozenset(
    {
        Parameter.TIMEOUT,
        Parameter.TEMPLATE_SIZE,
        Parameter.SECURITY_LEVEL,
        Parameter.BAUD_RATE,
        Parameter.SEND_SCAN_SUCCESS,
        Parameter.MATCH_TIMEOUT,
        Parameter.TEMPLATE_TYPE,
    }
)
"""Whose values are kept; not the module's number, nor how many fingers are in its library."""
_BY_SETTING: Final = frozenset({SfmCommand.READ_PARAMETER, SfmCommand.WRITE_PARAMETER})

_Sent = tuple[int, int | None, int | None]


class ModuleNotes(ABC):
    """What was seen; each kind of exchange once. Stays when the line is opened anew."""

    def __init__(self) -> None:
        self.exchanges: list[ModuleExchange] = []
        self.settings: dict[int, int] = {}
        self.packet = 0
        self.noise = False
        self._last: _Sent | None = None
        self._answered = True

    @abstractmethod
    def sent(self, data: bytes) -> None:
        """Note what the driver wrote."""

    @abstractmethod
    def received(self, data: bytes) -> None:
        """Note what came."""

    def finish(self) -> None:
        """Note that the last command got no answer, if it did not."""
        if self._last is not None and not self._answered:
            self._add(ModuleExchange(*self._last, None, None))
        self._answered = True

    def settings_by_number(self) -> tuple[ModuleSetting, ...]:
        """Return the settings that were read, by their numbers."""
        return tuple(ModuleSetting(*pair) for pair in sorted(self.settings.items()))

    def _asked(self, command: int, setting: int | None, size: int | None) -> None:
        self.finish()
        self._last, self._answered = (command, setting, size), False

    def _got(self, code: int, size: int | None) -> None:
        if self._last is not None:
            self._answered = True
            self._add(ModuleExchange(*self._last, code, size))

    def _add(self, exchange: ModuleExchange) -> None:
        if exchange not in self.exchanges and len(self.exchanges) < MAX_EXCHANGES:
            self.exchanges.append(exchange)


class ZfmNotes(ModuleNotes):
    """Of a ZFM module: an answer belongs to the last command, since it does not say to which."""

    def __init__(self) -> None:
        super().__init__()
        self._out, self._in = ZfmDecoder(), ZfmDecoder()

    def sent(self, data: bytes) -> None:
        """Note commands; data that follow them are templates."""
        self._out.feed(data)
        while (frame := self._out.next_frame()) is not None:
            if frame.pid == Pid.COMMAND:
                command, parameters = frame.content[0], frame.content[1:]
                setting = parameters[0] if command == ZfmCommand.WRITE_PARAMETER else None
                self._asked(command, setting, len(parameters))

    def received(self, data: bytes) -> None:
        """Note answers; data that follow them are templates."""
        self._in.feed(data)
        while (frame := self._in.next_frame()) is not None:
            if frame.pid == Pid.ACKNOWLEDGE:
                self._acknowledged(frame)
        self.noise |= self._in.skipped > 0

    def _acknowledged(self, frame: ZfmFrame) -> None:
        code, results = frame.content[0], frame.content[1:]
        self._got(code, len(results))
        if self._last is None or self._last[0] != ZfmCommand.READ_PARAMETERS or code:
            return
        try:
            told = parse_parameters(results)
        except ProtocolError:
            return
        self.packet = told.packet_size
        kept = {
            CAPACITY: told.capacity,
            Register.BAUD: told.baud_factor,
            Register.SECURITY: told.security,
            Register.PACKET_SIZE: told.packet_size_code,
        }
        for number, value in kept.items():
            self.settings.setdefault(number, value)


class SfmNotes(ModuleNotes):
    """Of an SFM module, whose answers name their command; a live template follows its answer."""

    def __init__(self) -> None:
        super().__init__()
        self._in = SfmDecoder()
        self._block: int | None = None

    def sent(self, data: bytes) -> None:
        """Note commands; blocks behind them are templates."""
        try:
            packet = sfm_wire.decode_packet(data[: sfm_wire.PACKET_BYTES])
        except ProtocolError:
            return
        setting = packet.flag if packet.command in _BY_SETTING else None
        self._asked(packet.command, setting, None if data[sfm_wire.PACKET_BYTES :] else 0)

    def received(self, data: bytes) -> None:
        """Note answers, and pass over templates."""
        self._in.feed(data)
        while self._take():
            pass
        self.noise |= self._in.skipped > 0

    def _take(self) -> bool:
        if self._block is not None:
            try:
                whole = self._in.next_block(self._block)
            except ProtocolError:
                whole, self.noise = b"", True
            if whole is not None:
                self._block = None
            return whole is not None
        packet = self._in.next_packet()
        if packet is None:
            return False
        if self._last is None or self._last[0] != packet.command:
            return True  # what was cancelled answers in its own time
        asked = self._last[1]
        is_template = packet.command == SfmCommand.SCAN_TEMPLATE
        done = packet.flag == SfmCode.SUCCESS
        if is_template and done:
            self._block = packet.size + len(checksum32(b""))
        self._got(packet.flag, None if is_template and done else 0)
        if done and packet.command == SfmCommand.READ_PARAMETER and asked in _SFM_SETTINGS:
            self.settings.setdefault(asked, packet.size)
        return True


class RecordingLine:
    """A `ByteLine` that notes what goes over another."""

    def __init__(self, line: ByteLine, notes: ModuleNotes) -> None:
        self._line, self._notes = line, notes

    def read(self, timeout_s: float) -> bytes:
        """Read as the line does."""
        data = self._line.read(timeout_s)
        self._notes.received(data)
        return data

    def write(self, data: bytes) -> None:
        """Write as the line does."""
        self._notes.sent(data)
        self._line.write(data)

    def discard_input(self) -> None:
        """Forget what has arrived."""
        self._line.discard_input()

    def close(self) -> None:
        """Release the line."""
        self._line.close()
