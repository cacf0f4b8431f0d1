"""The SFM session against a line that says whatever the test wants."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DeviceLost, DeviceNotFound, DriverError, ProtocolError
from drivers.fingerprint.seam import ReaderState, ReaderStatus
from drivers.fingerprint.sfm import SfmModule
from drivers.fingerprint.sfm_wire import Code, Command, Packet, encode_packet
from drivers.serial_line import Line

TEMPLATE = b"\x01" * 30


class ScriptedLine:
    """Says its chunks one by one whenever the driver listens; then the device is gone."""

    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks
        self.closed = False

    def read(self, timeout_s: float) -> bytes:
        if not self._chunks:
            raise DeviceLost("end of the script")
        return self._chunks.pop(0)

    def write(self, data: bytes) -> None: ...

    def discard_input(self) -> None: ...

    def close(self) -> None:
        self.closed = True


codes = st.sampled_from([*Code, 0x00, 0x6F, 0xFF])
commands = st.sampled_from([*Command, 0x00, 0x55])
answers = st.builds(
    lambda command, param, size, flag: encode_packet(Packet(command, param, size, flag)),
    commands,
    st.integers(0, 200),
    st.integers(0, 0xFFFFFFFF) | st.sampled_from([0x31, 0x35]),
    codes,
)


@pytest.mark.fuzz
@given(st.lists(st.binary(min_size=1, max_size=40) | answers, max_size=40))
def test_whatever_the_module_says_only_driver_errors_come_out(chunks: list[bytes]) -> None:
    module = SfmModule(lambda: ScriptedLine(chunks))
    with contextlib.suppress(DriverError):
        module.verify([TEMPLATE], 5.0, lambda _: None)
    with contextlib.suppress(DriverError):
        module.scan_template(5.0, lambda _: None)


def test_a_line_that_fails_is_closed_and_opened_again_for_the_next_call() -> None:
    lines: list[ScriptedLine] = []

    def open_line() -> Line:
        lines.append(ScriptedLine([]))
        return lines[-1]

    module = SfmModule(open_line)
    for _ in range(2):
        with pytest.raises(DeviceLost):
            module.verify([TEMPLATE], 1.0, lambda _: None)
    assert len(lines) == 2
    assert all(line.closed for line in lines)


def test_a_missing_device_is_a_status_and_no_error() -> None:
    def open_line() -> Line:
        raise DeviceNotFound("nothing there")

    assert SfmModule(open_line).status() == ReaderStatus(ReaderState.ABSENT)


def test_a_module_that_refuses_iso_templates_is_refused() -> None:
    quiet = b""
    sync = encode_packet(Packet(Command.CANCEL, flag=Code.SUCCESS))
    refused = encode_packet(Packet(Command.READ_PARAMETER, flag=Code.UNSUPPORTED))
    module = SfmModule(lambda: ScriptedLine([sync, quiet, refused]))
    with pytest.raises(ProtocolError, match="supported model"):
        module.verify([TEMPLATE], 5.0, lambda _: None)


@pytest.mark.parametrize("templates", [[], [b""], [TEMPLATE] * 11])
def test_the_number_of_templates_is_the_callers_duty(templates: list[bytes]) -> None:
    module = SfmModule(lambda: ScriptedLine([]))
    with pytest.raises(ValueError, match="templates"):
        module.verify(templates, 5.0, lambda _: None)
