"""Use PIV cards of other tools, fingerprint modules of several makers, and scanners that lose lines."""

from __future__ import annotations

import gzip
import itertools
import time
from collections.abc import Mapping, Sequence

import pytest

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
from drivers.smartcard import tlv
from drivers.smartcard.piv_objects import parse_certificate
from kiosk.access import ZoneLines, secret_of
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
