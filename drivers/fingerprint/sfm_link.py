"""Link of an SFM module: commands and answers on a line that may lose, double or damage them.

An answer repeats its command, so answers of other commands are passed over. After silence, CA is sent
until the module answers it, which also uses up what comes late.
"""

from __future__ import annotations

import threading
import time
from typing import Final

from drivers.errors import DeviceTimeoutError, ProtocolError
from drivers.fingerprint.limits import FingerprintLimits
from drivers.fingerprint.serial_link import SerialLink
from drivers.fingerprint.sfm_wire import (
    Packet,
    Parameter,
    SfmCode,
    SfmCommand,
    SfmDecoder,
    encode_packet,
)
from drivers.frame_log import FrameLog, code_name
from drivers.serial_line import ByteLine

_frames: Final = FrameLog(__name__)


class SfmLink(SerialLink[SfmDecoder]):
    """One open line. All methods raise DeviceLostError; after any error call `resynchronise` first."""

    def __init__(
        self, line: ByteLine, limits: FingerprintLimits, network_id: int | None = None
    ) -> None:
        super().__init__(line, limits, SfmDecoder(network_id))
        self._network_id = network_id

    def command(self, request: Packet, *accepted: SfmCode) -> Packet:
        """Send a command that may be repeated safely, and return its answer.

        `accepted` are the codes that count as an answer, SUCCESS if none is given. Raises ProtocolError
        for any other code, DeviceTimeoutError after `FingerprintLimits.tries` silences.
        """
        for _ in range(self._limits.tries):
            self.send(request)
            answer = self.receive(request.command, time.monotonic() + self._limits.answer_s)
            if answer is None:
                self.resynchronise()
            elif answer.flag in (accepted or (SfmCode.SUCCESS,)):
                return answer
            elif answer.flag == SfmCode.BUSY:
                self.resynchronise()
            else:
                raise ProtocolError(
                    f"the fingerprint module refused command {request.command:02X} with code "
                    f"{answer.flag:02X}; check that it is a supported model"
                )
        raise self.no_answer()

    def setting(self, parameter: Parameter) -> int | None:
        """Read a setting; None if this firmware does not have it. Raises as `command`."""
        read = Packet(SfmCommand.READ_PARAMETER, flag=parameter)
        answer = self.command(read, SfmCode.SUCCESS, SfmCode.UNSUPPORTED)
        return answer.size if answer.flag == SfmCode.SUCCESS else None

    def ensure(self, parameter: Parameter, value: int) -> None:
        """Write a setting if it differs, and read it back. Raises as `command`."""
        read = Packet(SfmCommand.READ_PARAMETER, flag=parameter)
        if self.command(read).size == value:
            return
        self.command(Packet(SfmCommand.WRITE_PARAMETER, size=value, flag=parameter))
        if self.command(read).size != value:
            raise ProtocolError(
                f"the fingerprint module does not accept setting {parameter:02X}; "
                "use a module that matches ISO/IEC 19794-2 templates"
            )

    def receive(
        self, command: int, deadline: float, stop: threading.Event | None = None
    ) -> Packet | None:
        """Wait for the next answer to `command`; None at the deadline or when `stop` is set."""
        while True:
            packet = self._decoder.next_packet()
            if packet is None:
                if (stop is not None and stop.is_set()) or not self._fill(deadline):
                    return None
            else:
                # Size and param may be a quality or a setting; they are not for the log.
                name = code_name(SfmCommand, packet.command)
                _frames.received(f"{name} {code_name(SfmCode, packet.flag)}")
                if packet.command == command:
                    return packet

    def receive_block(self, size: int) -> bytes:
        """Read the `size` bytes that follow an answer. Raises DeviceTimeoutError, ProtocolError."""
        deadline = time.monotonic() + self._limits.block_s
        while (block := self._decoder.next_block(size)) is None:
            if not self._fill(deadline):
                raise DeviceTimeoutError("the scanned finger did not arrive whole; scan it again")
        _frames.received("block", size)
        return block

    def resynchronise(self) -> None:
        """Make the module idle and the line empty. Raises DeviceTimeoutError if it stays silent."""
        tries, share_s = self._limits.tries, self._limits.cancel_s / self._limits.tries
        for _ in range(tries):
            self.send(Packet(SfmCommand.CANCEL))
            if self.receive(SfmCommand.CANCEL, time.monotonic() + share_s) is None:
                continue
            # What was cancelled may answer after the cancellation does.
            self.wait_until_quiet()
            return
        raise self.no_answer()

    def send(self, packet: Packet, blocks: bytes = b"") -> None:
        """Send a packet and the blocks of data that belong to it."""
        data = encode_packet(packet, self._network_id) + blocks
        _frames.sent(code_name(SfmCommand, packet.command), len(data))
        self._line.write(data)
