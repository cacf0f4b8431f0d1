"""Traces of fingerprint modules: what is not in them, and copies that answer as the recorded ones did."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.errors import CryptoError
from drivers.fingerprint.limits import FingerprintLimits
from drivers.fingerprint.module_recording import record_module
from drivers.fingerprint.module_trace import MAX_MODULE_TRACE, ModuleTrace
from drivers.fingerprint.seam import FingerprintReader, SensorFeedback
from drivers.fingerprint.sfm import SfmModule
from drivers.fingerprint.sfm_wire import BAUD_CODES, Parameter, SfmCode, SfmCommand
from drivers.fingerprint.zfm import ZfmModule, ZfmSettings
from drivers.fingerprint.zfm_wire import ZfmCode, ZfmCommand
from drivers.serial_line import ByteLine, SerialLine
from election.schema import from_json, to_json
from simulators.commands.device_commands import fingerprint
from simulators.commands.errors import OptionsError
from simulators.commands.fingerprint import ModuleMemory, open_fingerprint
from simulators.commands.options import SerialWire
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.module import INSTANT, SimulatedModule
from simulators.fingerprint.replay import module_differences, replay_module
from simulators.fingerprint.sfm import SfmSimulator
from simulators.fingerprint.zfm import R503, ZfmSimulator
from simulators.fingerprint.zfm_store import Flash

Protocol = Literal["sfm", "zfm"]
LIMITS = FingerprintLimits(answer_s=0.15, settle_s=0.02, poll_s=0.005, cancel_s=0.3)
FINGER_S = 2.0
BAUD = {"sfm": 115_200, "zfm": 57_600}


def recorded(
    module: SimulatedModule, protocol: Protocol, finger: Finger | None, password: int = 0
) -> ModuleTrace:
    """Record a simulated module with a finger on it, as a workbench records a real one."""
    baud = BAUD[protocol]

    def make(opened: Callable[[], ByteLine]) -> FingerprintReader:
        if protocol == "sfm":
            return SfmModule(opened, limits=LIMITS)
        return ZfmModule(opened, limits=LIMITS, settings=ZfmSettings(password))

    def line() -> ByteLine:
        return SerialLine.open(module.path, baud)

    if finger is not None:
        module.place(finger, Placement.CLEAN)

    def ignore(_: SensorFeedback) -> None: ...

    return record_module(protocol, baud, line, make, ignore, finger_s=FINGER_S)


def module_of(
    protocol: Protocol, folder: Path, seed: int = 1, kind: Mapping[str, object] = {}
) -> SimulatedModule:
    make = SfmSimulator if protocol == "sfm" else ZfmSimulator
    return make(folder / f"{protocol}-{seed}", seed=seed, timing=INSTANT, paced=False, **kind)  # type: ignore[arg-type]


@pytest.mark.parametrize("protocol", ["sfm", "zfm"])
def test_nothing_of_a_finger_is_in_a_trace(protocol: Protocol, tmp_path: Path) -> None:
    """Equal modules give equal traces, whoever's finger is on them; guesses find nothing."""
    traces = []
    for seed, finger in enumerate((Finger.of(1), Finger.of(2), Finger.of(77))):
        with module_of(protocol, tmp_path, seed) as module:
            traces.append(recorded(module, protocol, finger))
        record = finger.template()
        written = to_json(traces[-1]).lower()
        for secret in (record, hashlib.sha256(record).digest(), record[24:60]):
            for form in (secret.hex().encode(), base64.b64encode(secret).lower()):
                assert form not in written
        told = {size for one in traces[-1].exchanges for size in (one.sent, one.gave)}
        assert len(record) not in told
    assert traces[0].outcomes == ("taken", "match")
    assert traces[0] == traces[1] == traces[2]
    assert from_json(ModuleTrace, to_json(traces[0]), MAX_MODULE_TRACE) == traces[0]


Z, S = ZfmCommand, SfmCommand
ZFM_KINDS: Mapping[str, dict[str, object]] = {
    "plain": {},
    "describes-itself": {"product": R503},
    "says-when-it-is-ready": {"ready_byte": True},
    "packets-of-32": {"flash": Flash(packet_size_code=0, security=1, capacity=1000)},
    "packets-of-256": {"flash": Flash(packet_size_code=3, security=5, capacity=20)},
    "no-parameters": {"refuses": {Z.READ_PARAMETERS: ZfmCode.UNSUPPORTED}},
    "another-password": {"flash": Flash(password=7)},
    "no-templates": {"refuses": {Z.SEND_TEMPLATE: ZfmCode.SEND_TEMPLATE_FAILED}},
    "takes-no-templates": {"refuses": {Z.RECEIVE_TEMPLATE: ZfmCode.CANNOT_RECEIVE}},
    "silent-about-itself": {"refuses": {Z.READ_PARAMETERS: None}},
    "silent": {"refuses": {Z.VERIFY_PASSWORD: None}},
}
SFM_KINDS: Mapping[str, dict[str, object]] = {
    "plain": {},
    "no-firmware": {"refuses": {(S.READ_PARAMETER, Parameter.FIRMWARE): SfmCode.UNSUPPORTED}},
    "no-iso": {"refuses": {(S.WRITE_PARAMETER, Parameter.TEMPLATE_TYPE): SfmCode.UNSUPPORTED}},
    "gives-no-template": {"refuses": {(S.SCAN_TEMPLATE, None): SfmCode.UNSUPPORTED}},
    "takes-no-template": {"refuses": {(S.VERIFY_HOST_TEMPLATE, None): SfmCode.DATA_ERROR}},
    "silent": {"refuses": {(S.STATUS, None): None}},
}
KINDS = [
    *(
        (protocol, name)
        for protocol, kinds in (("zfm", ZFM_KINDS), ("sfm", SFM_KINDS))
        for name in kinds
    )
]


def copied(trace: ModuleTrace, folder: Path) -> ModuleTrace:
    with replay_module(trace, folder / "copy", paced=False, timing=INSTANT) as copy:
        return recorded(copy, trace.protocol, Finger.of(5))


@pytest.mark.parametrize(("protocol", "name"), KINDS)
def test_a_copy_answers_as_the_recorded_module(
    protocol: Protocol, name: str, tmp_path: Path
) -> None:
    kind = (ZFM_KINDS if protocol == "zfm" else SFM_KINDS)[name]
    with module_of(protocol, tmp_path, kind=kind) as module:
        trace = recorded(module, protocol, Finger.of(1))
    made = copied(trace, tmp_path)
    assert list(module_differences(trace, made)) == []
    assert replace(trace, noise=made.noise) == made
    plain = name in ("plain", "describes-itself", "no-firmware", "packets-of-32", "packets-of-256")
    assert (trace.outcomes == ("taken", "match")) >= plain
    assert trace.noise == (name == "says-when-it-is-ready")


def test_what_differs_is_named(tmp_path: Path) -> None:
    with module_of("zfm", tmp_path) as module:
        trace = recorded(module, "zfm", Finger.of(1))
    with module_of("zfm", tmp_path, 2, {"refuses": {Z.SEND_TEMPLATE: 0x0D}}) as module:
        other = recorded(module, "zfm", Finger.of(1))
    told = list(module_differences(trace, other))
    assert "only here: SEND_TEMPLATE: 0D, 0 bytes" in told
    assert any(line.startswith("outcomes: ") for line in told)


# ------------------------------------------------------------ any trace


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> ModuleTrace:
    with module_of("zfm", tmp_path_factory.mktemp("module")) as module:
        return recorded(module, "zfm", Finger.of(1))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    protocol=st.sampled_from(["sfm", "zfm"]),
    baud=st.one_of(st.sampled_from([9600, 57_600, *BAUD_CODES]), st.integers(0, 10_000_000)),
    value=st.integers(0, 0xFFFFFFFF),
    setting=st.integers(0, 8),
)
def test_any_trace_makes_a_module_or_is_refused(
    trace: ModuleTrace, tmp_path: Path, protocol: Protocol, baud: int, value: int, setting: int
) -> None:
    changed = tuple(
        replace(one, value=value) if one.setting == setting else one for one in trace.settings
    )
    odd = replace(trace, protocol=protocol, baud=baud, settings=changed)
    if _impossible(odd):
        with pytest.raises(ValueError, match="has no"):
            replay_module(odd, tmp_path / "copy", timing=INSTANT)
    else:
        replay_module(odd, tmp_path / "copy", timing=INSTANT)


def _impossible(trace: ModuleTrace) -> bool:
    """A speed, a size of packets or a level that no module has."""
    if trace.protocol == "sfm":
        return trace.baud not in BAUD_CODES
    told = {one.setting: one.value for one in trace.settings}
    return not (
        1 <= told[0] <= 0xFFFF and told[4] in range(1, 13) and 1 <= told[5] <= 5 and told[6] < 4
    )


@given(data=st.binary(max_size=200))
def test_other_files_are_no_trace(data: bytes) -> None:
    with pytest.raises(CryptoError):
        from_json(ModuleTrace, data, MAX_MODULE_TRACE)


# ------------------------------------------------------------ the command


def test_command_serves_the_copy(trace: ModuleTrace, tmp_path: Path) -> None:
    file = tmp_path / "module.json"
    file.write_bytes(to_json(replace(trace, exchanges=trace.exchanges[:1])))
    wire = SerialWire(tmp_path / "finger", None, None, paced=False)
    memory = ModuleMemory()
    with open_fingerprint(
        None, wire, replay=file, seed=1, population="clean", memory=memory
    ) as device:
        assert device.state()["result"] == "none"
        with contextlib.closing(ZfmModule.open(str(wire.link), limits=LIMITS)) as module:
            assert module.status().capacity == trace.settings[0].value
    file.write_bytes(b"{}")
    for text, others in (
        ("no trace of a module", memory),
        ("without --replay", replace(memory, password=1)),
    ):
        with (
            pytest.raises(OptionsError, match=text),
            open_fingerprint(None, wire, replay=file, seed=1, population="clean", memory=others),
        ):
            pass


@pytest.mark.parametrize("options", [[], ["--protocol", "zfm", "--replay", __file__]])
def test_command_takes_a_protocol_or_a_trace(options: list[str]) -> None:
    done = CliRunner().invoke(fingerprint, options)
    assert done.exit_code == 2
    assert "--protocol" in done.output
