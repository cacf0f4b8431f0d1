"""Session with a Suprema SFM fingerprint module on a serial line.

    verify   SR/SW 62, 75, 96 | VH + templates -> 62 finger scanned -> 61 match, 6A no match, 6B, 63, 6C
    capture  SR/SW 62, 75, 96 | ST            -> 62 finger scanned -> 61 quality, size, template
    cancel   CA -> 81 of the cancelled command and 61 of CA, in either order

The codes of a scan become these hints:

    62  finger scanned    SCANNED
    63  scan failed       PRESS_HARDER
    6B  bad image         TRY_AGAIN (the module does not say how it is bad)
    6C  module's time-out NO_FINGER

The module forgets its settings when its power goes, without the line noticing; so they are read
before every scan and written where they differ. Every wait has a limit. After anything unexpected the
next command is preceded by CA until the module answers it, which also uses up late answers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drivers.errors import (
    CaptureError,
    DeviceTimeoutError,
    ProtocolError,
)
from drivers.fingerprint.seam import (
    Capture,
    MatchOutcome,
    NoCapture,
    ReaderState,
    ReaderStatus,
    SensorFeedback,
    Template,
    TemplateFormat,
    accept_templates,
)
from drivers.fingerprint.serial_module import SerialModule
from drivers.fingerprint.sfm_link import SfmLink
from drivers.fingerprint.sfm_wire import (
    BAUD_DEFAULT,
    FLAG_ADD_CHECKSUM,
    SECURITY_LEVELS,
    SEND_SCAN_SUCCESS_OFF,
    SEND_SCAN_SUCCESS_ON,
    TEMPLATE_TYPE_ISO,
    TIMEOUT_INFINITE,
    TIMEOUT_MAX_S,
    Packet,
    Parameter,
    SfmCode,
    SfmCommand,
    checksum32,
    encode_block,
    timeout_code,
)
from drivers.serial_line import ByteLine

HINTS = {
    SfmCode.SCANNED: SensorFeedback.SCANNED,
    SfmCode.SCAN_FAIL: SensorFeedback.PRESS_HARDER,
    SfmCode.TRY_AGAIN: SensorFeedback.TRY_AGAIN,
    SfmCode.TIMEOUT: SensorFeedback.NO_FINGER,
}


@dataclass(frozen=True, slots=True)
class SfmSettings:
    """Settings that the module gets before each scan; None leaves one as it is. Raises ValueError."""

    security: int | None = None
    """Parameter 66: 30 to 50 (hexadecimal), 33 is 1 false match in 10 000."""
    announce_scan: bool = True
    """Let the module say when the finger is scanned. Without it, a late result of an earlier scan
    cannot be told from this one's by its order, only by the silence before the scan."""
    network_id: int | None = None
    """The module's id on an RS-485 line with several; None for the plain packets."""

    def __post_init__(self) -> None:
        if self.security is not None and self.security not in SECURITY_LEVELS:
            raise ValueError("security levels are 0x30 to 0x50")


class SfmModule(SerialModule[SfmLink, SfmSettings]):
    """A `FingerprintReader`. It opens its line at the first use, and again after a loss."""

    FORMATS = frozenset({TemplateFormat.ISO_19794_2})
    BAUD = BAUD_DEFAULT
    STANDARD = SfmSettings()

    def verify(
        self,
        templates: Sequence[Template],
        timeout_s: float,
        on_feedback: Callable[[SensorFeedback], None],
    ) -> MatchOutcome:
        """Compare a finger with `templates` as `FingerprintReader.verify`, in one command (VH)."""
        records = accept_templates(templates, self.formats, self._limits.templates)
        self._cancel_asked.clear()
        with self._exchange() as link:
            self._prepare(link, timeout_s)
            # The command has one size for all templates. A record says its own length, so zeros
            # behind a shorter one are outside it.
            size = max(map(len, records))
            request = Packet(SfmCommand.VERIFY_HOST_TEMPLATE, len(records), size)
            blocks = b"".join(encode_block(record.ljust(size, b"\0")) for record in records)
            answer = self._scan(link, request, blocks, timeout_s, on_feedback)
            return answer if isinstance(answer, MatchOutcome) else MatchOutcome.MATCH

    def capture(
        self, timeout_s: float, on_feedback: Callable[[SensorFeedback], None]
    ) -> Capture | NoCapture:
        """Take one live finger as an ISO/IEC 19794-2 record. Raises as `verify`."""
        self._cancel_asked.clear()
        with self._exchange() as link:
            self._prepare(link, timeout_s)
            request = Packet(SfmCommand.SCAN_TEMPLATE, flag=FLAG_ADD_CHECKSUM)
            answer = self._scan(link, request, b"", timeout_s, on_feedback)
            match answer:
                case MatchOutcome.BAD_IMAGE | MatchOutcome.TIMEOUT | MatchOutcome.CANCELLED:
                    return answer
                case MatchOutcome():
                    raise ProtocolError("the fingerprint module compared instead of scanning")
            if answer.size > self._limits.template_bytes:
                raise ProtocolError("the scanned finger is too long; check the module's model")
            # The four bytes of the sum stand between the template and the end mark.
            block = link.receive_block(answer.size + len(checksum32(b"")))
            record, check = block[: answer.size], block[answer.size :]
            if check != checksum32(record):
                raise ProtocolError("the scanned finger arrived damaged; scan it again")
            template = Template(record, TemplateFormat.ISO_19794_2)
            return Capture(template, min(answer.param, 100))

    def _new_link(self, line: ByteLine) -> SfmLink:
        return SfmLink(line, self._limits, self._settings.network_id)

    def _settle(self, link: SfmLink) -> None:
        link.resynchronise()

    def _greet(self, link: SfmLink) -> None:
        link.command(Packet(SfmCommand.STATUS))

    def _describe(self, link: SfmLink) -> ReaderStatus:
        self._greet(link)
        firmware = (link.setting(Parameter.FIRMWARE) or 0).to_bytes(4, "little")
        model = link.setting(Parameter.MODULE_ID)
        enrolled = link.setting(Parameter.ENROLLED)
        available = link.setting(Parameter.AVAILABLE)
        return ReaderStatus(
            ReaderState.READY,
            firmware.decode("ascii", "replace").strip("\0 "),
            "Suprema SFM" if model is None else f"Suprema SFM, module {model:X}",
            None if enrolled is None or available is None else enrolled + available,
        )

    def _prepare(self, link: SfmLink, timeout_s: float) -> None:
        seconds = max(1, math.ceil(timeout_s))
        # Beyond what the module can count, it waits for ever and the host ends the wait.
        timeout = timeout_code(seconds) if seconds <= TIMEOUT_MAX_S else TIMEOUT_INFINITE
        link.ensure(Parameter.TIMEOUT, timeout)
        announce = SEND_SCAN_SUCCESS_ON if self._settings.announce_scan else SEND_SCAN_SUCCESS_OFF
        link.ensure(Parameter.SEND_SCAN_SUCCESS, announce)
        link.ensure(Parameter.TEMPLATE_TYPE, TEMPLATE_TYPE_ISO)
        if self._settings.security is not None:
            link.ensure(Parameter.SECURITY_LEVEL, self._settings.security)

    def _scan(
        self,
        link: SfmLink,
        request: Packet,
        blocks: bytes,
        timeout_s: float,
        on_feedback: Callable[[SensorFeedback], None],
    ) -> Packet | MatchOutcome:
        """Run a command that needs a finger; return its success packet or another outcome."""
        link.send(request, blocks)
        on_feedback(SensorFeedback.PLACE_FINGER)
        margin_s = 0.0 if timeout_s > TIMEOUT_MAX_S else self._limits.margin_s
        deadline = time.monotonic() + timeout_s + margin_s
        scanned = False
        busy = 0
        while True:
            answer = link.receive(request.command, deadline, self._cancel_asked)
            if answer is None:
                link.resynchronise()
                if self._cancel_asked.is_set():
                    return MatchOutcome.CANCELLED
                if scanned:
                    raise DeviceTimeoutError(
                        "the comparison of the finger gave no result; try again"
                    )
                on_feedback(SensorFeedback.NO_FINGER)
                return MatchOutcome.TIMEOUT
            match answer.flag:
                case SfmCode.SCANNED:
                    if not scanned:
                        scanned = True
                        deadline = time.monotonic() + self._limits.match_s
                        on_feedback(HINTS[SfmCode.SCANNED])
                case SfmCode.SUCCESS if scanned:
                    return answer
                case SfmCode.SUCCESS if not self._settings.announce_scan:
                    on_feedback(HINTS[SfmCode.SCANNED])
                    return answer
                case SfmCode.SUCCESS:
                    # No finger was seen, so this may be a late answer about another person's.
                    raise ProtocolError("a result arrived before the finger was scanned; try again")
                case SfmCode.NOT_MATCH | SfmCode.NOT_FOUND:
                    return MatchOutcome.NO_MATCH
                case SfmCode.TRY_AGAIN | SfmCode.SCAN_FAIL as code:
                    on_feedback(HINTS[SfmCode(code)])
                    return MatchOutcome.BAD_IMAGE
                case SfmCode.TIMEOUT:
                    on_feedback(HINTS[SfmCode.TIMEOUT])
                    return MatchOutcome.TIMEOUT
                case SfmCode.CANCELLED:
                    return MatchOutcome.CANCELLED
                case SfmCode.BUSY if busy < self._limits.tries and not scanned:
                    # The module still runs an earlier command, whose answer nobody waits for.
                    busy += 1
                    link.resynchronise()
                    link.send(request, blocks)
                case SfmCode.FAKE_FINGER:
                    raise CaptureError(
                        "suspected fake finger",
                        "the module suspects that this is not a living finger: call the supervisor",
                    )
                case SfmCode.MATCH_TIMEOUT:
                    raise DeviceTimeoutError(
                        "the comparison of the finger took too long; try again"
                    )
                case code:
                    raise ProtocolError(
                        f"the fingerprint module ended the scan with code {code:02X}; try again"
                    )
