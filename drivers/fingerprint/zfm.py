"""Session with a ZFM / R30x / R50x fingerprint module on a serial line.

    start    VfyPwd, ReadSysPara; SetSysPara and again ReadSysPara where a setting differs
    look     GenImg, every 100 to 200 ms, until a finger is there or the time is over
    verify   look | Img2Tz 1 | for each template: DownChar 2, UpChar 2 to check it, Match
    capture  look | Img2Tz 1 | UpChar 1
    enrol    look | Img2Tz 1 | finger off | look | Img2Tz 2 | RegModel | UpChar 1

These modules know their maker's own templates only, which are no ISO/IEC 19794-2 records: the
templates of a card cannot be compared here, unless this family of modules captured them.

The codes of GenImg and Img2Tz become these hints (04 and 05 come from some makers only):

    02  no finger            PLACE_FINGER
    03  image failed         PRESS_HARDER
    04  too dry, too faint   TOO_DRY
    05  too wet, blurred     TOO_WET
    06  too disorderly       MOVED
    07  too few features     PARTIAL
    15  no valid image       TRY_AGAIN

02 and 03 are looked at again until the time is over; the others end the try as a bad image.
A match needs both: code 00 and a score of at least `ZfmSettings.min_score`.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from drivers.errors import DeviceTimeoutError, ProtocolError
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
from drivers.fingerprint.zfm_link import ZfmLink, make_refusal
from drivers.fingerprint.zfm_wire import (
    ADDRESS_DEFAULT,
    BAUD_DEFAULT,
    PACKET_SIZES,
    SECURITY_LEVELS,
    Register,
    ZfmCode,
    ZfmCommand,
    ZfmParameters,
    parse_product,
)
from drivers.serial_line import ByteLine

LIVE, ENROLLED = 1, 2
"""The module's buffers: the finger on the sensor, and what it is compared with."""

HINTS = {
    ZfmCode.NO_FINGER: SensorFeedback.PLACE_FINGER,
    ZfmCode.IMAGE_FAILED: SensorFeedback.PRESS_HARDER,
    ZfmCode.TOO_DRY: SensorFeedback.TOO_DRY,
    ZfmCode.TOO_WET: SensorFeedback.TOO_WET,
    ZfmCode.DISORDERLY: SensorFeedback.MOVED,
    ZfmCode.FEW_FEATURES: SensorFeedback.PARTIAL,
    ZfmCode.NO_IMAGE: SensorFeedback.TRY_AGAIN,
}
_LOOK_AGAIN = (ZfmCode.NO_FINGER, ZfmCode.IMAGE_FAILED)


@dataclass(frozen=True, slots=True)
class ZfmSettings:
    """Settings that the module gets before each use; None leaves one as it is. Raises ValueError."""

    password: int = field(default=0, repr=False)
    address: int = ADDRESS_DEFAULT
    security: int | None = None
    """1 (most lenient) to 5; the makers do not say what rates they mean."""
    packet_size: int | None = None
    """32, 64, 128 or 256 bytes of data a packet."""
    min_score: int = 1
    """The least score of a match, in the maker's unit: 00 with a score of 0 is a contradiction."""
    check_templates: bool = True
    """Read a template back before it is compared, so that `no match` is about the finger."""

    def __post_init__(self) -> None:
        if self.security is not None and self.security not in SECURITY_LEVELS:
            raise ValueError("security levels are 1 to 5")
        if self.packet_size is not None and self.packet_size not in PACKET_SIZES:
            raise ValueError("packet sizes are 32, 64, 128 and 256 bytes")


class ZfmModule(SerialModule[ZfmLink, ZfmSettings]):
    """A `FingerprintReader`. It opens its line at the first use, and again after a loss."""

    FORMATS = frozenset({TemplateFormat.ZFM_OWN})
    BAUD = BAUD_DEFAULT
    STANDARD = ZfmSettings()

    def verify(
        self,
        templates: Sequence[Template],
        timeout_s: float,
        on_feedback: Callable[[SensorFeedback], None],
    ) -> MatchOutcome:
        """Compare a finger with `templates` as `FingerprintReader.verify`, one after the other."""
        enrolled = accept_templates(templates, self.formats, self._limits.templates)
        self._cancel_asked.clear()
        with self.session() as (link, parameters):
            missed = self._take(link, LIVE, timeout_s, on_feedback)
            if missed is not None:
                return missed
            for template in enrolled:
                if self._cancel_asked.is_set():
                    return MatchOutcome.CANCELLED
                link.put(
                    ENROLLED,
                    template,
                    parameters.packet_size,
                    check=self._settings.check_templates,
                )
                answer = link.confirmed(ZfmCommand.MATCH, limit_s=self._limits.work_s)
                if answer.code not in (ZfmCode.DONE, ZfmCode.NO_MATCH):
                    raise make_refusal(ZfmCommand.MATCH, answer.code)
                if answer.code == ZfmCode.DONE and answer.number() >= self._settings.min_score:
                    return MatchOutcome.MATCH
            return MatchOutcome.NO_MATCH

    def capture(
        self, timeout_s: float, on_feedback: Callable[[SensorFeedback], None]
    ) -> Capture | NoCapture:
        """Take one live finger as a template of the maker. Raises as `verify`."""
        self._cancel_asked.clear()
        with self.session() as (link, _):
            missed = self._take(link, LIVE, timeout_s, on_feedback)
            if missed is not None:
                return missed
            return Capture(Template(link.fetch(LIVE), TemplateFormat.ZFM_OWN))

    def enrol(
        self, timeout_s: float, on_feedback: Callable[[SensorFeedback], None]
    ) -> Capture | NoCapture:
        """Take one finger twice and merge it into a better template; `timeout_s` for each time.

        Two fingers that do not fit each other are a bad image. Raises as `verify`.
        """
        self._cancel_asked.clear()
        with self.session() as (link, _):
            missed = self._take(link, LIVE, timeout_s, on_feedback)
            if missed is None:
                missed = self._lifted(link, timeout_s, on_feedback)
            if missed is None:
                missed = self._take(link, ENROLLED, timeout_s, on_feedback)
            if missed is not None:
                return missed
            answer = link.confirmed(ZfmCommand.MERGE, limit_s=self._limits.work_s)
            match answer.code:
                case ZfmCode.DONE:
                    return Capture(Template(link.fetch(LIVE), TemplateFormat.ZFM_OWN))
                case ZfmCode.MERGE_FAILED:
                    on_feedback(SensorFeedback.TRY_AGAIN)
                    return MatchOutcome.BAD_IMAGE
                case code:
                    raise make_refusal(ZfmCommand.MERGE, code)

    @contextlib.contextmanager
    def session(self) -> Iterator[tuple[ZfmLink, ZfmParameters]]:
        """Lend link and parameters for one exchange: line open, module idle and set up."""
        with self._exchange() as link:
            yield link, self._started(link)

    def _new_link(self, line: ByteLine) -> ZfmLink:
        return ZfmLink(line, self._limits, self._settings.address)

    def _settle(self, link: ZfmLink) -> None:
        link.wait_until_quiet()

    def _greet(self, link: ZfmLink) -> None:
        self._started(link)

    def _started(self, link: ZfmLink) -> ZfmParameters:
        password = self._settings.password.to_bytes(4, "big")
        answer = link.ask(ZfmCommand.VERIFY_PASSWORD, password)
        if answer.code == ZfmCode.WRONG_PASSWORD:
            raise ProtocolError("the fingerprint module has another password; configure it")
        if answer.code != ZfmCode.DONE:
            raise make_refusal(ZfmCommand.VERIFY_PASSWORD, answer.code)
        parameters, _ = link.settle()
        wanted = parameters
        if self._settings.security is not None:
            wanted = replace(wanted, security=self._settings.security)
        if self._settings.packet_size is not None:
            wanted = replace(
                wanted, packet_size_code=PACKET_SIZES.index(self._settings.packet_size)
            )
        if wanted == parameters:
            return parameters
        # They are kept in the module's flash memory, so only what differs is written.
        if wanted.security != parameters.security:
            self._write(link, Register.SECURITY, wanted.security)
        if wanted.packet_size_code != parameters.packet_size_code:
            self._write(link, Register.PACKET_SIZE, wanted.packet_size_code)
        parameters, _ = link.settle()
        if parameters != replace(wanted, status=parameters.status):
            raise ProtocolError("the fingerprint module does not keep its settings; exchange it")
        return parameters

    def _write(self, link: ZfmLink, register: Register, value: int) -> None:
        answer = link.ask(ZfmCommand.WRITE_PARAMETER, bytes((register, value)))
        if answer.code != ZfmCode.DONE:
            raise make_refusal(ZfmCommand.WRITE_PARAMETER, answer.code)

    def _take(
        self,
        link: ZfmLink,
        buffer: int,
        timeout_s: float,
        on_feedback: Callable[[SensorFeedback], None],
    ) -> NoCapture | None:
        """Wait for a finger and extract its features into `buffer`; None if they are there."""
        on_feedback(SensorFeedback.PLACE_FINGER)
        last_hint = SensorFeedback.PLACE_FINGER
        deadline = time.monotonic() + timeout_s
        while (code := self._look(link)) != ZfmCode.DONE:
            if (hint := HINTS[ZfmCode(code)]) is not last_hint:
                last_hint = hint
                on_feedback(hint)
            if self._pause(deadline):
                return self._missed(on_feedback)
        on_feedback(SensorFeedback.SCANNED)
        answer = link.confirmed(ZfmCommand.EXTRACT, bytes((buffer,)), limit_s=self._limits.work_s)
        if answer.code == ZfmCode.DONE:
            return None
        if answer.code not in HINTS:
            raise make_refusal(ZfmCommand.EXTRACT, answer.code)
        on_feedback(HINTS[ZfmCode(answer.code)])
        return MatchOutcome.BAD_IMAGE

    def _lifted(
        self, link: ZfmLink, timeout_s: float, on_feedback: Callable[[SensorFeedback], None]
    ) -> NoCapture | None:
        """Wait until no finger is on the sensor."""
        on_feedback(SensorFeedback.LIFT_FINGER)
        deadline = time.monotonic() + timeout_s
        while self._look(link) != ZfmCode.NO_FINGER:
            if self._pause(deadline):
                return self._missed(on_feedback)
        return None

    def _look(self, link: ZfmLink) -> int:
        code = link.ask(ZfmCommand.TAKE_IMAGE, limit_s=self._limits.work_s).code
        if code != ZfmCode.DONE and code not in _LOOK_AGAIN:
            raise make_refusal(ZfmCommand.TAKE_IMAGE, code)
        return code

    def _pause(self, deadline: float) -> bool:
        """Wait until the next look; True if there shall be none."""
        left = deadline - time.monotonic()
        return left <= 0 or self._cancel_asked.wait(min(left, self._limits.poll_s))

    def _missed(self, on_feedback: Callable[[SensorFeedback], None]) -> NoCapture:
        if self._cancel_asked.is_set():
            return MatchOutcome.CANCELLED
        on_feedback(SensorFeedback.NO_FINGER)
        return MatchOutcome.TIMEOUT

    def _describe(self, link: ZfmLink) -> ReaderStatus:
        parameters = self._started(link)
        model, firmware = f"ZFM, system {parameters.system_id:04X}", ""
        try:
            answer = link.ask(ZfmCommand.PRODUCT, tries=1)
        except (DeviceTimeoutError, ProtocolError):
            # Older modules do not know the question; some say nothing to it, or take it for damaged.
            link.wait_until_quiet()
        else:
            if answer.code == ZfmCode.DONE:
                product = parse_product(answer.results)
                model = product.model
                firmware = ".".join(map(str, product.hardware))
        return ReaderStatus(ReaderState.READY, firmware, model, parameters.capacity)
