"""Make a simulated fingerprint module of a trace: it refuses, and stays silent, as the recorded one did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from drivers.fingerprint.module_trace import CAPACITY, ModuleExchange, ModuleTrace
from drivers.fingerprint.sfm_wire import BAUD_CODES, SfmCode, SfmCommand
from drivers.fingerprint.zfm_wire import (
    BAUD_FACTORS,
    BAUD_UNIT,
    PACKET_SIZES,
    SECURITY_LEVELS,
    Register,
    ZfmCode,
    ZfmCommand,
)
from simulators.fingerprint.module import ModuleTiming, SimulatedModule
from simulators.fingerprint.sfm import SfmSimulator
from simulators.fingerprint.zfm import R503, ZfmSimulator
from simulators.fingerprint.zfm_store import CAPACITY as PLACES
from simulators.fingerprint.zfm_store import Flash

_ZFM_OF_FINGERS: Final = frozenset(
    {
        ZfmCode.NO_FINGER,
        ZfmCode.IMAGE_FAILED,
        ZfmCode.TOO_DRY,
        ZfmCode.TOO_WET,
        ZfmCode.DISORDERLY,
        ZfmCode.FEW_FEATURES,
        ZfmCode.NO_MATCH,
        ZfmCode.NO_IMAGE,
    }
)
_SFM_OF_FINGERS: Final = frozenset(
    {
        SfmCode.SCANNED,
        SfmCode.SCAN_FAIL,
        SfmCode.NOT_FOUND,
        SfmCode.NOT_MATCH,
        SfmCode.TRY_AGAIN,
        SfmCode.TIMEOUT,
        SfmCode.CANCELLED,
        SfmCode.BUSY,
    }
)
"""Answers that the copy gives by itself, by the finger that lies on it."""


def replay_module(
    trace: ModuleTrace,
    link: Path,
    *,
    seed: int = 0,
    paced: bool = True,
    timing: ModuleTiming | None = None,
    password: int = 0,
) -> SimulatedModule:
    """Return a module that answers as the recorded one. Raises ValueError for one that cannot be made."""
    if trace.protocol == "sfm":
        if trace.baud not in BAUD_CODES:
            raise ValueError(f"an SFM module has no speed of {trace.baud} baud")
        asked = ((one.command, one.setting) for one in trace.exchanges)
        refusals = {
            key: _refusal(trace, key, SfmCode.SUCCESS, _SFM_OF_FINGERS)
            for key in dict.fromkeys(asked)
        }
        refuses = {key: code[0] for key, code in refusals.items() if code}
        return SfmSimulator(
            link, baud=trace.baud, seed=seed, paced=paced, timing=timing, refuses=refuses
        )
    return _zfm(trace, Flash(password=password), link, seed, paced=paced, timing=timing)


def _zfm(
    trace: ModuleTrace,
    flash: Flash,
    link: Path,
    seed: int,
    *,
    paced: bool,
    timing: ModuleTiming | None,
) -> ZfmSimulator:
    told = {one.setting: one.value for one in trace.settings}
    flash.capacity = told.get(CAPACITY, PLACES)
    flash.baud_factor = told.get(Register.BAUD, trace.baud // BAUD_UNIT)
    flash.security = told.get(Register.SECURITY, flash.security)
    flash.packet_size_code = told.get(Register.PACKET_SIZE, flash.packet_size_code)
    if (
        not 1 <= flash.capacity <= 0xFFFF
        or flash.baud_factor not in BAUD_FACTORS
        or flash.packet_size_code >= len(PACKET_SIZES)
        or flash.security not in SECURITY_LEVELS
    ):
        raise ValueError("a ZFM module has no such settings")
    refuses: dict[int, int | None] = {}
    describes = False
    for command in dict.fromkeys(one.command for one in trace.exchanges):
        codes = {one.code for one in trace.exchanges if one.command == command}
        describes |= command == ZfmCommand.PRODUCT and ZfmCode.DONE in codes
        if ZfmCode.DONE not in codes and not codes & _ZFM_OF_FINGERS:
            refuses[command] = next((code for code in codes if code is not None), None)
    return ZfmSimulator(
        link,
        seed=seed,
        timing=timing,
        paced=paced,
        flash=flash,
        product=R503 if describes else None,
        refuses=refuses,
    )


def _refusal(
    trace: ModuleTrace, key: tuple[int, int | None], done: int, of_fingers: frozenset[SfmCode]
) -> tuple[int | None] | None:
    """Return the one answer to a command that never succeeded, None inside for silence."""
    codes = [one.code for one in trace.exchanges if (one.command, one.setting) == key]
    if done in codes or any(code in of_fingers for code in codes):
        return None
    return (next((code for code in codes if code is not None), None),)


def module_differences(wanted: ModuleTrace, made: ModuleTrace) -> Iterator[str]:
    """Say what the copy does otherwise than the recorded module."""
    for name in ("state", "outcomes", "packet", "ended"):
        if getattr(wanted, name) != getattr(made, name):
            yield f"{name}: {getattr(wanted, name)}, here {getattr(made, name)}"
    for kind, those, others in (
        ("only recorded", wanted.exchanges, made.exchanges),
        ("only here", made.exchanges, wanted.exchanges),
    ):
        for one in those:
            if one not in others:
                yield f"{kind}: {_named(wanted.protocol, one)}"


_COMMANDS: Final[Mapping[str, type[ZfmCommand] | type[SfmCommand]]] = {
    "zfm": ZfmCommand,
    "sfm": SfmCommand,
}


def _named(protocol: str, one: ModuleExchange) -> str:
    kind = _COMMANDS[protocol]
    known = one.command in set(kind)
    name = kind(one.command).name if known else f"command {one.command:02X}"
    setting = "" if one.setting is None else f" {one.setting:02X}"
    answer = "no answer" if one.code is None else f"{one.code:02X}"
    size = "" if one.gave is None else f", {one.gave} bytes"
    return f"{name}{setting}: {answer}{size}"
