"""A session with a Suprema SFM fingerprint module on a serial line.

    verify   SR/SW 62, 75, 96 | VH + templates -> 62 finger scanned -> 61 match, 6A no match, 6B, 63, 6C
    scan     SR/SW 62, 75, 96 | ST            -> 62 finger scanned -> 61 quality, size, template
    cancel   CA -> 81 of the cancelled command and 61 of CA, in either order

The module forgets its settings when its power goes, without the line noticing; so they are read
before every scan and written where they differ. Every wait has a limit. After anything unexpected the
next command is preceded by CA until the module answers it, which also uses up late answers.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from drivers.errors import (
    CaptureError,
    DeviceLost,
    DeviceNotFound,
    DeviceTimeout,
    DriverError,
    ProtocolError,
)
from drivers.fingerprint.seam import Feedback, MatchOutcome, ReaderState, ReaderStatus
from drivers.fingerprint.sfm_wire import (
    BAUD_DEFAULT,
    FLAG_ADD_CHECKSUM,
    SEND_SCAN_SUCCESS_ON,
    TEMPLATE_TYPE_ISO,
    TIMEOUT_INFINITE,
    TIMEOUT_MAX_S,
    Code,
    Command,
    Decoder,
    Packet,
    Parameter,
    checksum32,
    encode_block,
    encode_packet,
    timeout_code,
)
from drivers.serial_line import POLL_S, Line, SerialLine

ANSWER_S = 0.5
"""Limit for commands that need no finger; an answer takes about 3 ms at 115 200 baud."""

COMMAND_TRIES = 3
MATCH_S = 5.0
"""Limit from `scanned` to the result: parameter 88 is 3 s or less, plus 2 s."""

TIMEOUT_MARGIN_S = 2.0
"""How much longer than the module itself the host waits for the module's own time-out."""

BLOCK_S = 2.0
CANCEL_S = 1.0
SETTLE_S = 0.1
MAX_TEMPLATES = 10


@dataclass(frozen=True, slots=True)
class ScannedTemplate:
    """A live finger: an ISO/IEC 19794-2:2005 record and the module's quality from 0 to 100."""

    record: bytes
    quality: int


class SfmModule:
    """A `FingerprintReader`. Opens its line at the first use, and again after it was lost."""

    def __init__(self, open_line: Callable[[], Line]) -> None:
        self._open_line = open_line
        self._line: Line | None = None
        self._decoder = Decoder()
        self._settled = False
        self._cancel_asked = threading.Event()
        self._busy = threading.Lock()

    @classmethod
    def open(cls, path: str, baud: int = BAUD_DEFAULT) -> Self:
        """Open the module at `path` and shake hands. Raises DeviceNotFound, DeviceTimeout."""
        module = cls(lambda: SerialLine.open(path, baud))
        try:
            with module._session():
                module._command(Packet(Command.STATUS))
        except DriverError:
            module.close()
            raise
        return module

    def verify(
        self,
        templates: Sequence[bytes],
        timeout_s: float,
        on_feedback: Callable[[Feedback], None],
    ) -> MatchOutcome:
        if not 1 <= len(templates) <= MAX_TEMPLATES or not all(templates):
            raise ValueError(f"1 to {MAX_TEMPLATES} templates can be compared at a time")
        self._cancel_asked.clear()
        with self._session():
            self._prepare(timeout_s)
            # The command has one size for all templates. A record says its own length, so zeros
            # behind a shorter one are outside it.
            size = max(map(len, templates))
            request = encode_packet(Packet(Command.VERIFY_HOST_TEMPLATE, len(templates), size))
            blocks = b"".join(encode_block(t.ljust(size, b"\0")) for t in templates)
            answer = self._scan(
                Command.VERIFY_HOST_TEMPLATE, request + blocks, timeout_s, on_feedback
            )
            return answer if isinstance(answer, MatchOutcome) else MatchOutcome.MATCH

    def scan_template(
        self, timeout_s: float, on_feedback: Callable[[Feedback], None]
    ) -> ScannedTemplate | MatchOutcome:
        """Take one live finger as a template, for enrolment and for matching on a card.

        Returns BAD_IMAGE, TIMEOUT or CANCELLED instead if there is none. Raises as `verify`.
        """
        self._cancel_asked.clear()
        with self._session():
            self._prepare(timeout_s)
            request = encode_packet(Packet(Command.SCAN_TEMPLATE, flag=FLAG_ADD_CHECKSUM))
            answer = self._scan(Command.SCAN_TEMPLATE, request, timeout_s, on_feedback)
            if isinstance(answer, MatchOutcome):
                return answer
            # The four bytes of the sum stand between the template and the end mark.
            block = self._receive_block(answer.size + len(checksum32(b"")))
            record, check = block[: answer.size], block[answer.size :]
            if check != checksum32(record):
                raise ProtocolError("the scanned finger arrived damaged; scan it again")
            return ScannedTemplate(record, min(answer.param, 100))

    def cancel(self) -> None:
        self._cancel_asked.set()

    def status(self) -> ReaderStatus:
        try:
            with self._session():
                self._command(Packet(Command.STATUS))
                answer = self._command(Packet(Command.READ_PARAMETER, flag=Parameter.FIRMWARE))
        except (DeviceNotFound, DeviceLost):
            return ReaderStatus(ReaderState.ABSENT)
        except (DeviceTimeout, ProtocolError):
            return ReaderStatus(ReaderState.SILENT)
        raw = answer.size.to_bytes(4, "little")
        return ReaderStatus(ReaderState.READY, raw.decode("ascii", "replace").strip("\0 "))

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    @contextlib.contextmanager
    def _session(self) -> Iterator[None]:
        """One exchange: line open and module idle at its start, closed if the line is lost."""
        with self._busy:
            try:
                self._connect()
                if not self._settled:
                    self._resynchronise()
                self._settled = False
                yield
                self._settled = True
            except DeviceLost:
                self.close()
                raise

    def _connect(self) -> None:
        if self._line is not None:
            try:
                self._line.discard_input()
            except DeviceLost:
                # Unplugged while nobody used it; it may be back under the same name.
                self.close()
        if self._line is None:
            self._line = self._open_line()
            self._settled = False
        self._decoder.clear()

    def _prepare(self, timeout_s: float) -> None:
        seconds = max(1, math.ceil(timeout_s))
        # Beyond what the module can count, it waits for ever and the host ends the wait.
        timeout = timeout_code(seconds) if seconds <= TIMEOUT_MAX_S else TIMEOUT_INFINITE
        self._ensure(Parameter.TIMEOUT, timeout)
        self._ensure(Parameter.SEND_SCAN_SUCCESS, SEND_SCAN_SUCCESS_ON)
        self._ensure(Parameter.TEMPLATE_TYPE, TEMPLATE_TYPE_ISO)

    def _ensure(self, parameter: Parameter, value: int) -> None:
        read = Packet(Command.READ_PARAMETER, flag=parameter)
        if self._command(read).size == value:
            return
        self._command(Packet(Command.WRITE_PARAMETER, size=value, flag=parameter))
        if self._command(read).size != value:
            raise ProtocolError(
                f"the fingerprint module does not accept setting {parameter:02X}; "
                "use a module that matches ISO/IEC 19794-2 templates"
            )

    def _command(self, request: Packet) -> Packet:
        """Send a command that may be repeated safely, and return its answer."""
        for _ in range(COMMAND_TRIES):
            self._send(encode_packet(request))
            answer = self._receive(request.command, time.monotonic() + ANSWER_S)
            if answer is None:
                self._resynchronise()
            elif answer.flag == Code.SUCCESS:
                return answer
            elif answer.flag == Code.BUSY:
                self._resynchronise()
            else:
                raise ProtocolError(
                    f"the fingerprint module refused command {request.command:02X} with code "
                    f"{answer.flag:02X}; check that it is a supported model"
                )
        raise DeviceTimeout("the fingerprint module does not answer: check its cable and power")

    def _scan(
        self,
        command: Command,
        request: bytes,
        timeout_s: float,
        on_feedback: Callable[[Feedback], None],
    ) -> Packet | MatchOutcome:
        """Run a command that needs a finger; return its success packet or another outcome."""
        self._send(request)
        on_feedback(Feedback.PLACE_FINGER)
        limit_s = timeout_s if timeout_s > TIMEOUT_MAX_S else timeout_s + TIMEOUT_MARGIN_S
        deadline = time.monotonic() + limit_s
        scanned = False
        while True:
            answer = self._receive(command, deadline, self._cancel_asked)
            if answer is None:
                self._resynchronise()
                if self._cancel_asked.is_set():
                    return MatchOutcome.CANCELLED
                if scanned:
                    raise DeviceTimeout("the comparison of the finger gave no result; try again")
                return MatchOutcome.TIMEOUT
            match answer.flag:
                case Code.SCANNED:
                    if not scanned:
                        scanned = True
                        deadline = time.monotonic() + MATCH_S
                        on_feedback(Feedback.SCANNED)
                case Code.SUCCESS if scanned:
                    return answer
                case Code.SUCCESS:
                    # Nobody's finger was seen, so this may be a late answer about somebody else's.
                    raise ProtocolError("a result arrived before the finger was scanned; try again")
                case Code.NOT_MATCH | Code.NOT_FOUND:
                    return MatchOutcome.NO_MATCH
                case Code.TRY_AGAIN | Code.SCAN_FAIL:
                    return MatchOutcome.BAD_IMAGE
                case Code.TIMEOUT:
                    return MatchOutcome.TIMEOUT
                case Code.CANCELLED:
                    return MatchOutcome.CANCELLED
                case Code.FAKE_FINGER:
                    raise CaptureError(
                        "suspected fake finger",
                        "the module suspects that this is not a living finger: call the supervisor",
                    )
                case Code.MATCH_TIMEOUT:
                    raise DeviceTimeout("the comparison of the finger took too long; try again")
                case code:
                    raise ProtocolError(
                        f"the fingerprint module ended the scan with code {code:02X}; try again"
                    )

    def _resynchronise(self) -> None:
        """Make the module idle and the line empty. Raises DeviceTimeout if it stays silent."""
        for _ in range(COMMAND_TRIES):
            self._send(encode_packet(Packet(Command.CANCEL)))
            if self._receive(Command.CANCEL, time.monotonic() + CANCEL_S / COMMAND_TRIES) is None:
                continue
            # What was cancelled may answer after the cancellation does.
            while self._opened().read(SETTLE_S):
                pass
            self._decoder.clear()
            return
        raise DeviceTimeout("the fingerprint module does not answer: check its cable and power")

    def _send(self, data: bytes) -> None:
        self._opened().write(data)

    def _receive(
        self, command: int, deadline: float, stop: threading.Event | None = None
    ) -> Packet | None:
        """The next answer to `command`; None at the deadline or when `stop` is set."""
        while True:
            packet = self._decoder.next_packet()
            if packet is not None:
                if packet.command == command:
                    return packet
                continue
            left = deadline - time.monotonic()
            if left <= 0 or (stop is not None and stop.is_set()):
                return None
            self._decoder.feed(self._opened().read(min(left, POLL_S)))

    def _receive_block(self, size: int) -> bytes:
        deadline = time.monotonic() + BLOCK_S
        while (block := self._decoder.next_block(size)) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise DeviceTimeout("the scanned finger did not arrive whole; scan it again")
            self._decoder.feed(self._opened().read(min(left, POLL_S)))
        return block

    def _opened(self) -> Line:
        if self._line is None:
            raise DeviceLost("the fingerprint module is not connected: check its cable")
        return self._line
