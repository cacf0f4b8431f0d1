"""Simulated fingerprint module and the fingers placed on it."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from crypto.errors import CryptoError
from drivers.fingerprint.module_trace import MAX_MODULE_TRACE, ModuleTrace
from drivers.fingerprint.sfm_wire import BAUD_DEFAULT as SFM_BAUD
from drivers.fingerprint.zfm_wire import BAUD_FACTORS, BAUD_UNIT
from election.files import read_file
from election.schema import from_json
from simulators.commands.errors import OptionsError
from simulators.commands.host import ControlValue
from simulators.commands.named import default_placement, named_finger
from simulators.commands.options import SerialWire
from simulators.commands.serial import SerialDevice, link
from simulators.control import ControlCommand, Deed, PlaceFinger, SimulatedDevice
from simulators.fingerprint.fingers import Placement
from simulators.fingerprint.module import ModuleTiming, SimulatedModule
from simulators.fingerprint.replay import replay_module
from simulators.fingerprint.sfm import SfmSimulator
from simulators.fingerprint.zfm import ZfmSimulator
from simulators.fingerprint.zfm_store import Flash
from simulators.fingerprint.zfm_template import MAX_VIEWS, encode_template, seen

ZFM: Final = "zfm"
POWER_ON_S: Final = ModuleTiming().power_on_s
"""A module is deaf for so long; `ready` and the answer to `replug` come when it listens."""


@dataclass(frozen=True, slots=True)
class ModuleMemory:
    """Memory of a ZFM module: `stored` are names of fingers, in the first places of its library."""

    file: Path | None = None
    password: int | None = field(default=None, repr=False)
    stored: tuple[str, ...] = ()


class FingerprintDevice(SerialDevice):
    """Fingerprint module that obeys control commands."""

    device = SimulatedDevice.FINGERPRINT

    def __init__(self, module: SimulatedModule, population: str) -> None:
        super().__init__(module)
        self._module = module
        self._population = population

    def obey(self, command: ControlCommand) -> None:
        """Place or lift a finger, or do what any serial device can. Raises `ControlError`."""
        match command:
            case PlaceFinger(name, how):
                finger = named_finger(name, self._population)
                self._module.place(finger, how or default_placement(self._population), name)
            case Deed.LIFT:
                self._module.lift()
            case Deed.REPLUG:
                super().obey(command)
                time.sleep(POWER_ON_S)
            case _:
                super().obey(command)

    def state(self) -> Mapping[str, ControlValue]:
        """Return what lies on the sensor and the outcome of the latest finger."""
        view = self._module.view()
        return {
            **super().state(),
            "finger": view.finger or None,
            "placement": None if view.how is None else view.how.value,
            "quality": view.quality,
            "minutiae": len(view.minutiae),
            "waiting": view.waiting,
            "result": view.result.value,
        }


@contextlib.contextmanager
def open_fingerprint(
    protocol: str | None,
    wire: SerialWire,
    *,
    replay: Path | None = None,
    seed: int,
    population: str,
    memory: ModuleMemory,
) -> Iterator[FingerprintDevice]:
    """Start a module that listens; `memory` is a ZFM module's. Raises `OptionsError`.

    `replay`: a trace of the module that it is a copy of, in place of a protocol.
    """
    with link(wire.link, "fingerprint") as path:
        module: SimulatedModule
        if replay is not None:
            if memory != ModuleMemory():
                raise OptionsError("--flash, --store and --password go without --replay")
            module = _replayed(replay, path, seed, paced=wire.paced)
        elif protocol == ZFM:
            flash = _flash(memory, wire.baud, population)
            module = ZfmSimulator(path, seed=seed, paced=wire.paced, flash=flash)
        elif memory != ModuleMemory():
            raise OptionsError("--flash, --store and --password are for --protocol zfm only")
        else:
            module = SfmSimulator(path, baud=wire.baud or SFM_BAUD, seed=seed, paced=wire.paced)
        with module:
            time.sleep(POWER_ON_S)
            with FingerprintDevice(module, population).on_network(wire.tcp) as device:
                yield device


def _replayed(file: Path, path: Path, seed: int, *, paced: bool) -> SimulatedModule:
    try:
        trace = from_json(ModuleTrace, read_file(file, MAX_MODULE_TRACE), MAX_MODULE_TRACE)
        return replay_module(trace, path, seed=seed, paced=paced)
    except (OSError, CryptoError, ValueError) as trouble:
        raise OptionsError(f"--replay: {file} is no trace of a module: {trouble}") from trouble


def _flash(memory: ModuleMemory, baud: int | None, population: str) -> Flash:
    try:
        flash = Flash() if memory.file is None else Flash.load(memory.file)
    except (ValueError, KeyError, TypeError) as error:
        raise OptionsError(f"--flash: {memory.file} is no memory of a simulated module") from error
    if baud is not None:
        if baud % BAUD_UNIT or baud // BAUD_UNIT not in BAUD_FACTORS:
            raise OptionsError(f"--baud: a ZFM module takes a multiple of {BAUD_UNIT}")
        flash.baud_factor = baud // BAUD_UNIT
    if memory.password is not None:
        flash.password = memory.password
    if len(memory.stored) > flash.capacity:
        raise OptionsError(f"--store: the library has {flash.capacity} places")
    for place, name in enumerate(memory.stored):
        rng = random.Random(f"enrolment {name}")
        finger = named_finger(name, population)
        views = [seen(finger.impression(rng, Placement.CLEAN)) for _ in range(MAX_VIEWS)]
        flash.templates[place] = encode_template(views)
    return flash
