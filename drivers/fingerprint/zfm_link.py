"""Link of a ZFM module: commands and answers on a line that may lose, double or damage them.

An acknowledgement does not say which command it answers, and most consist of one code. A doubled or
late one would pass for the answer to the next command, so it must not decide anything:

    ask        Send, wait for an answer of the right form. After silence or a wrong sum only commands
               that may run twice are repeated; 01 (the module got a damaged packet) repeats any.
    settle     Send READ_PARAMETERS, whose answer has a length of its own, and count what comes before
               it. The line keeps the order, so nothing older comes after it.
    confirmed  `ask`, then `settle`: the answer counts only if it was the only one.
    fetch      A template is believed when two readings are equal, or when it equals what was sent:
               a packet that is lost or doubled has a right sum.
"""

from __future__ import annotations

import time
from typing import Final

from drivers.errors import DeviceTimeoutError, ProtocolError
from drivers.fingerprint.limits import FingerprintLimits
from drivers.fingerprint.serial_link import SerialLink
from drivers.fingerprint.zfm_wire import (
    ADDRESS_DEFAULT,
    PARAMETERS_BYTES,
    PRODUCT_BYTES,
    Pid,
    ZfmCode,
    ZfmCommand,
    ZfmDecoder,
    ZfmFrame,
    ZfmParameters,
    data_frames,
    encode_command,
    parse_parameters,
)
from drivers.frame_log import FrameLog, code_name
from drivers.serial_line import ByteLine

_frames: Final = FrameLog(__name__)

RESULT_BYTES: Final = {
    ZfmCommand.MATCH: (2,),
    ZfmCommand.READ_PARAMETERS: (PARAMETERS_BYTES,),
    ZfmCommand.PRODUCT: (PRODUCT_BYTES, PRODUCT_BYTES - 4),
}
"""How many bytes may follow the confirmation code; 0 for all other commands of this driver."""

ONCE: Final = frozenset({ZfmCommand.MERGE})
"""Commands that must not run twice."""


class ZfmAnswer:
    """An acknowledgement: its confirmation code and the results behind it."""

    __slots__ = ("code", "results")

    def __init__(self, content: bytes) -> None:
        self.code = content[0]
        self.results = content[1:]

    def number(self, offset: int = 0) -> int:
        """Return two bytes of the results as a number; 0 if the module sent none."""
        return int.from_bytes(self.results[offset : offset + 2], "big")


class ZfmLink(SerialLink[ZfmDecoder]):
    """One open line. All methods raise DeviceLostError; after any error call `wait_until_quiet` first."""

    def __init__(
        self, line: ByteLine, limits: FingerprintLimits, address: int = ADDRESS_DEFAULT
    ) -> None:
        super().__init__(line, limits, ZfmDecoder())
        self._address = address

    def ask(
        self,
        command: ZfmCommand,
        parameters: bytes = b"",
        *,
        limit_s: float | None = None,
        tries: int | None = None,
    ) -> ZfmAnswer:
        """Send a command and return its answer, with whatever code.

        `limit_s` is the time for one answer, `FingerprintLimits.answer_s` if None. Raises DeviceTimeoutError,
        and ProtocolError if the module takes the command for damaged to the end.
        """
        limit_s = self._limits.answer_s if limit_s is None else limit_s
        answer = None
        for _ in range(self._limits.tries if tries is None else tries):
            self._send(command.name, encode_command(command, parameters, self._address))
            answer = self._answer(command, time.monotonic() + limit_s)
            if answer is not None and answer.code != ZfmCode.PACKET_ERROR:
                return answer
            if answer is None and command in ONCE:
                raise DeviceTimeoutError("it is not known whether the module did it; begin again")
            self.wait_until_quiet()
        if answer is not None:
            raise _unknown_command(command, answer.code)
        raise self.no_answer()

    def settle(self) -> tuple[ZfmParameters, int]:
        """Read the module's parameters, and count the answers of other commands that came before them.

        Raises DeviceTimeoutError, ProtocolError (also if the module forgot that it had its password).
        """
        others, refused = 0, None
        for attempt in range(self._limits.tries):
            request = encode_command(ZfmCommand.READ_PARAMETERS, b"", self._address)
            self._send(ZfmCommand.READ_PARAMETERS.name, request)
            deadline = time.monotonic() + self._limits.answer_s
            damaged = self._decoder.damaged
            refused = None
            while (frame := self._frame(deadline)) is not None:
                if len(frame.content) == 1 + PARAMETERS_BYTES and frame.content[0] == ZfmCode.DONE:
                    if attempt:
                        # The first question may be answered yet, and would settle the next one.
                        self.wait_until_quiet()
                    return parse_parameters(frame.content[1:]), others
                if frame.content[0] == ZfmCode.PASSWORD_NEEDED:
                    raise ProtocolError("the fingerprint module has started anew; try again")
                if len(frame.content) == 1 and frame.content[0] != ZfmCode.DONE:
                    refused = frame.content[0]
                if refused == ZfmCode.PACKET_ERROR:
                    break
                others += 1
            # A damaged frame may have been an answer of any command.
            others += self._decoder.damaged - damaged
            self.wait_until_quiet()
        if refused is not None:
            raise _unknown_command(ZfmCommand.READ_PARAMETERS, refused)
        raise self.no_answer()

    def confirmed(
        self, command: ZfmCommand, parameters: bytes = b"", *, limit_s: float | None = None
    ) -> ZfmAnswer:
        """Return an answer that is certainly this command's. Raises as `ask` and `settle`."""
        for _ in range(self._limits.tries):
            answer = self.ask(command, parameters, limit_s=limit_s)
            _, others = self.settle()
            if not others:
                return answer
            if command in ONCE:
                raise ProtocolError("it is not known whether the module did it; begin again")
        raise ProtocolError("the fingerprint module answers more than it was asked; replug it")

    def fetch(self, buffer: int, expected: bytes | None = None) -> bytes:
        """Read the template in the module's `buffer`, 1 or 2.

        Raises ProtocolError if it does not arrive whole, or is not the `expected` one.
        """
        before = expected
        for _ in range(self._limits.tries):
            data = self._receive_template(buffer)
            if data is not None and data == before:
                return data
            before = expected if expected is not None else data
        raise ProtocolError(
            "a template did not arrive whole from the fingerprint module; try again"
        )

    def put(self, buffer: int, template: bytes, packet_size: int, *, check: bool) -> None:
        """Bring a template into the module's `buffer`, 1 or 2; with `check` read it back.

        Raises ProtocolError if it does not arrive whole, or the module refuses.
        """
        for _ in range(self._limits.tries):
            answer = self.ask(ZfmCommand.RECEIVE_TEMPLATE, bytes((buffer,)))
            if answer.code != ZfmCode.DONE:
                raise make_refusal(ZfmCommand.RECEIVE_TEMPLATE, answer.code)
            for frame in data_frames(template, packet_size, self._address):
                self._send(Pid.DATA.name, frame)
            _, others = self.settle()
            if not check:
                if others:
                    continue
                return
            try:
                self.fetch(buffer, expected=template)
            except ProtocolError:
                continue
            return
        raise ProtocolError("the template does not arrive whole in the fingerprint module")

    def _receive_template(self, buffer: int) -> bytes | None:
        """Let the module send its `buffer`; None if some of the data was lost or damaged."""
        answer = self.ask(ZfmCommand.SEND_TEMPLATE, bytes((buffer,)))
        if answer.code != ZfmCode.DONE:
            raise make_refusal(ZfmCommand.SEND_TEMPLATE, answer.code)
        data = bytearray()
        deadline = time.monotonic() + self._limits.transfer_s
        damaged = self._decoder.damaged
        while True:
            silence = min(deadline, time.monotonic() + self._limits.block_s)
            frame = self._frame(silence, Pid.DATA, Pid.END_OF_DATA)
            if frame is None or self._decoder.damaged > damaged:
                self.wait_until_quiet()
                return None
            data += frame.content
            if len(data) > self._limits.template_bytes:
                raise ProtocolError("the fingerprint module sends too much; check its model")
            if frame.pid == Pid.END_OF_DATA:
                return bytes(data)

    def _answer(self, command: ZfmCommand, deadline: float) -> ZfmAnswer | None:
        sizes = RESULT_BYTES.get(command, (0,))
        while (frame := self._frame(deadline)) is not None:
            code, results = frame.content[0], len(frame.content) - 1
            if results in sizes or (results == 0 and code != ZfmCode.DONE):
                return ZfmAnswer(frame.content)
        return None

    def _frame(self, deadline: float, *pids: Pid) -> ZfmFrame | None:
        """Wait for a frame of this module; None at the deadline and after a damaged one."""
        wanted = pids or (Pid.ACKNOWLEDGE,)
        damaged = self._decoder.damaged
        while True:
            frame = self._decoder.next_frame()
            if frame is None:
                if self._decoder.damaged > damaged or not self._fill(deadline):
                    return None
            else:
                _frames.received(_kind(frame), len(frame.content))
                if frame.pid in wanted and frame.address == self._address:
                    return frame

    def _send(self, kind: str, data: bytes) -> None:
        _frames.sent(kind, len(data))
        self._line.write(data)


def _kind(frame: ZfmFrame) -> str:
    if frame.pid == Pid.ACKNOWLEDGE:
        return f"{Pid.ACKNOWLEDGE.name} {code_name(ZfmCode, frame.content[0])}"
    return code_name(Pid, frame.pid)


def _unknown_command(command: ZfmCommand, code: int) -> ProtocolError:
    return ProtocolError(
        f"the fingerprint module answers {command.name} with code {code:02X} each time: it does not know "
        "the command, or its line is disturbed; use another module"
    )


def make_refusal(command: ZfmCommand, code: int) -> ProtocolError:
    """Make the error for a confirmation code that ends the matter."""
    if code == ZfmCode.PASSWORD_NEEDED:
        return ProtocolError("the fingerprint module has started anew; try again")
    if code in (ZfmCode.HARDWARE_ERROR, ZfmCode.FLASH_ERROR):
        return ProtocolError(f"the fingerprint module is faulty (code {code:02X}): exchange it")
    return ProtocolError(
        f"the fingerprint module refused command {command:02X} with code {code:02X}; "
        "check that it is a supported model"
    )
