"""Use PIV cards of other tools, fingerprint modules of several makers, and scanners that lose lines."""

from __future__ import annotations

import gzip
import itertools
import time
from collections.abc import Mapping, Sequence

import pytest

from drivers.errors import DeviceTimeoutError
from drivers.fingerprint.limits import FingerprintLimits
from drivers.fingerprint.seam import ReaderState, ReaderStatus
from drivers.fingerprint.zfm import ZfmModule
from drivers.fingerprint.zfm_wire import (
    ADDRESS_DEFAULT,
    Pid,
    ZfmCode,
    ZfmCommand,
    ZfmFrame,
    ZfmParameters,
    decode_frame,
    encode_frame,
    encode_parameters,
)
from drivers.power.nut_wire import parse_figure, parse_status
from drivers.power.seam import Supply
from drivers.printer.escpos import EscposPrinter
from drivers.printer.strip import PrinterLimits
from drivers.smartcard import tlv
from drivers.smartcard.access_text import TOGETHER_S, ZoneLines, secret_of
from drivers.smartcard.piv_objects import parse_certificate
from kiosk.flows.identity.states import AccessWay
from tests.cases.documents.kit import DER, Country

PACKED = (b"\x01", b"\x80")
"""Of a PIV certificate object (NIST SP 800-73-4, part 1, appendix A)."""
ZONE = (
    "IDUTO123456789<07<<<<<<<<<<<<<",
    "8601012M3001019UTO<<<<<<<<<<<6",
    "SPECIMEN<<JANE<<<<<<<<<<<<<<<<",
)


@pytest.mark.parametrize("packed", PACKED)
def test_piv_certificate_packed(packed: bytes) -> None:
    certificate = Country().signer
    parts = (
        tlv.encode(0x70, gzip.compress(certificate.public_bytes(DER))),
        tlv.encode(0x71, packed),
        tlv.encode(0xFE),
    )
    assert parse_certificate(b"".join(parts)) == certificate


# ------------------------------------------------------------ fingerprint modules

PARAMETERS = encode_parameters(ZfmParameters(0, 9, 162, 3, ADDRESS_DEFAULT, 2, 6))
LIMITS = FingerprintLimits(answer_s=0.02, settle_s=0.005, poll_s=0.005)


class Module:
    """The line of a ZFM module that knows some commands, and answers others with a code.

    `answers`: to a command, an acknowledgement's content. `silent`: no answer to anything else. `noise`
    comes before every answer.
    """

    def __init__(
        self,
        answers: Mapping[ZfmCommand, bytes],
        unknown: int = ZfmCode.PACKET_ERROR,
        *,
        silent: bool = False,
        noise: bytes = b"",
    ) -> None:
        self._answers, self._unknown = answers, unknown
        self._silent, self._noise = silent, noise
        self._out = b""

    def write(self, data: bytes) -> None:
        frame = decode_frame(data)
        content = self._answers.get(ZfmCommand(frame.content[0]), bytes((self._unknown,)))
        if not self._silent:
            self._out += encode_frame(ZfmFrame(Pid.ACKNOWLEDGE, content))
        self._out = self._noise + self._out

    def read(self, timeout_s: float) -> bytes:
        if not self._out:
            time.sleep(min(timeout_s, 0.001))
        data, self._out = self._out, b""
        return data

    def discard_input(self) -> None:
        self._out = b""

    def close(self) -> None: ...


def status_of(module: Module) -> ReaderStatus:
    return ZfmModule(lambda: module, limits=LIMITS).status()


ACCEPTED = {ZfmCommand.VERIFY_PASSWORD: b"\0"}
KNOWS_ITSELF = {**ACCEPTED, ZfmCommand.READ_PARAMETERS: b"\0" + PARAMETERS}


@pytest.mark.parametrize("noise", [b"", b"\x55", b"\xef", b"\xef\x01\xff", b"\0" * 40])
@pytest.mark.parametrize("unknown", [ZfmCode.PACKET_ERROR, ZfmCode.UNSUPPORTED, ZfmCode.UNDEFINED])
def test_module_with_few_commands(unknown: ZfmCode, noise: bytes) -> None:
    """What does not describe itself is ready all the same, whatever is on the line before an answer."""
    status = status_of(Module(KNOWS_ITSELF, unknown, noise=noise))
    assert (status.state, status.capacity, status.trouble) == (ReaderState.READY, 162, "")


@pytest.mark.parametrize("unknown", [0x01, 0x0E, 0x19, 0x1D, 0xFC, 0xFE])
def test_module_without_read_parameters(unknown: int) -> None:
    """It answers, and nothing would prove whose answer came: it is not used, and that is said."""
    status = status_of(Module(ACCEPTED, unknown))
    assert status.state is ReaderState.UNUSABLE
    assert f"READ_PARAMETERS with code {unknown:02X}" in status.trouble


@pytest.mark.parametrize(
    ("code", "heard"),
    [
        (ZfmCode.WRONG_PASSWORD, "another password"),
        (ZfmCode.PASSWORD_NEEDED, "started anew"),
        (ZfmCode.PACKET_ERROR, "VERIFY_PASSWORD with code 01"),
        (ZfmCode.HARDWARE_ERROR, "faulty"),
        (ZfmCode.UNSUPPORTED, "refused command 13 with code FC"),
    ],
)
def test_module_that_does_not_let_us_in(code: ZfmCode, heard: str) -> None:
    """Passwords are the configured ones, never guessed; the status says what was heard."""
    status = status_of(Module({**KNOWS_ITSELF, ZfmCommand.VERIFY_PASSWORD: bytes((code,))}))
    assert status.state is ReaderState.UNUSABLE
    assert heard in status.trouble


@pytest.mark.parametrize("noise", [b"", b"\x01\x02\x03", b"\xfe" * 30])
def test_module_that_does_not_answer(noise: bytes) -> None:
    """Silence and noise are told apart: noise hints at another speed."""
    status = status_of(Module({}, silent=True, noise=noise))
    assert status.state is ReaderState.SILENT
    assert ("baud rate" in status.trouble) == bool(noise)


# ------------------------------------------------------------ scanners


def test_zone_four_clean_passes() -> None:
    """Each opens the card."""
    zone = ZoneLines()
    whole = [text for text in map(zone.add, ZONE * 4) if text is not None]
    assert len(whole) == 4
    assert all(secret_of(text, (AccessWay.MRZ,)) for text in whole)


def opens(lines: Sequence[str]) -> list[bool]:
    """Tell which of the texts that the lines made opens the card."""
    zone = ZoneLines()
    whole = [text for text in map(zone.add, lines) if text is not None]
    return [secret_of(text, (AccessWay.MRZ,)) is not None for text in whole]


@pytest.mark.parametrize("passes", [2, 4])
@pytest.mark.parametrize(
    "before", [lines for size in range(4) for lines in itertools.product(ZONE, repeat=size)]
)
def test_zone_after_anything(before: Sequence[str], passes: int) -> None:
    """Whatever lines came first, twice or not at all: clean passes open the card again."""
    assert opens((*before, *ZONE * passes))[-1:] == [True]


@pytest.mark.parametrize("lost", range(3))
def test_zone_of_two_people(lost: int) -> None:
    """Lines of a document that was laid aside do not join those of the next one."""
    now = 100.0
    zone = ZoneLines(lambda: now)
    for line in ZONE[: lost + 1][-2:]:
        zone.add(line)
    now += TOGETHER_S + 0.1
    whole = [text for text in map(zone.add, ZONE) if text is not None]
    assert whole == ["".join(ZONE)]


@pytest.mark.parametrize(("pause", "is_whole"), [(4.9, True), (5.1, False)])
def test_zone_that_comes_slowly(pause: float, is_whole: bool) -> None:
    now = 0.0
    zone = ZoneLines(lambda: now)
    found = []
    for line in ZONE:
        found.append(zone.add(line))
        now += pause
    assert (found[-1] == "".join(ZONE)) == is_whole


# ------------------------------------------------------------ power supplies


@pytest.mark.parametrize("others", ["", "CHRG", "BOOST", "TRIM", "OVER", "ALARM", "CAL", "ECO HB"])
@pytest.mark.parametrize(
    ("words", "supply"),
    [
        ("OL", Supply.ON_LINE),
        ("ol", Supply.ON_LINE),
        ("OB", Supply.ON_BATTERY),
        ("OL OB", Supply.ON_BATTERY),
        ("OB LB", Supply.LOW),
        ("OL OFF", Supply.UNKNOWN),
        ("OL BYPASS", Supply.UNKNOWN),
        ("WAIT", Supply.UNKNOWN),
        ("", Supply.UNKNOWN),
    ],
)
def test_words_of_power_supplies(words: str, supply: Supply, others: str) -> None:
    """Words that say other things change nothing, wherever they stand."""
    for status in (f"{words} {others}", f"{others}  {words} "):
        state = parse_status(status, None, None)
        assert state.supply is supply
        assert (state.doubt is None) == (supply is not Supply.UNKNOWN)


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("99.5", 99.5),
        ("99,5", 99.5),
        ("100 %", 100.0),
        ("100%", 100.0),
        (" 57", 57.0),
        ("0", 0.0),
        ("-1", None),
        ("101", None),
        ("nan", None),
        ("inf", None),
        ("1_0", None),
        ("1,000.5", None),
        ("N/A", None),
        ("", None),
    ],
)
def test_figures_of_power_supplies(text: str, figure: float | None) -> None:
    """With a unit or the comma of another language; what is no figure counts as not reported."""
    assert parse_figure(text, 100) == figure


# ------------------------------------------------------------ printers


class Speaker:
    """A line on which something answers every question with the same bytes."""

    def __init__(self, answer: bytes) -> None:
        self._answer, self._out = answer, b""

    def write(self, data: bytes) -> None:
        self._out = self._answer

    def read(self, timeout_s: float) -> bytes:
        if not self._out:
            time.sleep(min(timeout_s, 0.001))
        data, self._out = self._out, b""
        return data

    def discard_input(self) -> None:
        self._out = b""

    def close(self) -> None: ...


def printer_on(answer: bytes) -> EscposPrinter:
    limits = PrinterLimits(status_s=0.01, status_tries=2)
    return EscposPrinter(lambda: Speaker(answer), 115_200, limits=limits)


@pytest.mark.parametrize("before", [b"", b"\x00", b"\x0f", b"\xff\xfe", b"OK\r\n"])
def test_printer_status_after_noise(before: bytes) -> None:
    """Late reports, noise and greetings before a status do not hide it."""
    status = printer_on(before + b"\x12").status()
    assert status.can_print


@pytest.mark.parametrize("answer", [b"", b"\x00", b"\xff" * 9, b"OK\r\n", b"\x10"])
def test_printer_that_speaks_otherwise(answer: bytes) -> None:
    """Silence and another language are told apart, by what was heard."""
    with pytest.raises(DeviceTimeoutError) as refused:
        printer_on(answer).status()
    heard = f"{2 * len(answer)} bytes" if answer else "does not answer"
    assert heard in str(refused.value)


def test_every_byte_as_a_printer_status() -> None:
    """A status is any byte with the fixed bits of the standard, whatever other flags it carries."""
    for byte in range(256):
        is_status = byte & 0b1001_0011 == 0b0001_0010
        printer = printer_on(bytes((byte,)))
        if is_status:
            assert printer.status().online == (not byte & 8)
        else:
            with pytest.raises(DeviceTimeoutError):
                printer.status()


def test_names_are_no_line_of_numbers() -> None:
    """First and second line read again in place of the third, which no check digit covers."""
    zone = ZoneLines()
    texts = [zone.add(line) for line in (*ZONE[:2], *ZONE)]
    assert texts[-1] == "".join(ZONE)
