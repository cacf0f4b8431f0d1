"""Fingerprint readers, and whoever puts fingers on them: a simulator's control side, or a person."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.fingerprint.limits import FingerprintLimits
from drivers.fingerprint.seam import FingerprintReader, Template, TemplateFormat
from drivers.fingerprint.sfm import SfmModule
from drivers.fingerprint.sfm_wire import BAUD_DEFAULT as SFM_BAUD
from drivers.fingerprint.zfm import ZfmModule
from drivers.fingerprint.zfm_wire import BAUD_DEFAULT as ZFM_BAUD
from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.module import ModuleTiming, SimulatedModule
from simulators.fingerprint.sfm import SfmSimulator
from simulators.fingerprint.zfm import ZfmSimulator
from simulators.fingerprint.zfm_template import enrolled
from tests.contract.devices import Device, devices

QUICK = ModuleTiming(power_on_s=0.02, scan_s=0.02, match_s=0.02, extract_s=0.02)
STANDARD = FingerprintLimits(poll_s=0.02, settle_s=0.05)
BRISK = FingerprintLimits(
    answer_s=0.3,
    match_s=0.6,
    work_s=0.5,
    block_s=0.4,
    transfer_s=2.0,
    margin_s=0.5,
    cancel_s=0.6,
    settle_s=0.02,
    poll_s=0.01,
)
"""For lines that lose answers: nobody is waited for as long as a real module deserves."""
PERSON_S = 30.0

SIMULATED = ("sfm", "zfm")


def readers_under_test(config: pytest.Config) -> list[str | Device]:
    """Every simulated family of modules, then the real ones of `--device`."""
    return [*SIMULATED, *(device for kind in SIMULATED for device in devices(config, kind))]


def open_module(
    kind: str, path: str, baud: int | None, limits: FingerprintLimits
) -> FingerprintReader:
    if kind == "sfm":
        return SfmModule.open(path, baud or SFM_BAUD, limits=limits)
    return ZfmModule.open(path, baud or ZFM_BAUD, limits=limits)


class Rig(ABC):
    """`wait_s` is how long a finger may take to come."""

    def __init__(self, kind: str, path: str, baud: int | None, wait_s: float) -> None:
        self.kind = kind
        self.wait_s = wait_s
        self._path = path
        self._baud = baud
        self._opened: list[FingerprintReader] = []
        self.reader = self.open(STANDARD)

    def open(self, limits: FingerprintLimits) -> FingerprintReader:
        """A reader of its own for this module, in place of the one before."""
        self.close()
        self.reader = open_module(self.kind, self._path, self._baud, limits)
        self._opened.append(self.reader)
        return self.reader

    def open_another(self) -> FingerprintReader:
        return open_module(self.kind, self._path, self._baud, STANDARD)

    def close(self) -> None:
        while self._opened:
            self._opened.pop().close()

    @abstractmethod
    def place(self, finger: Finger) -> None:
        """Have this finger on the sensor, clean and well placed."""

    @abstractmethod
    def lift(self) -> None: ...

    @abstractmethod
    def wait_for_scan(self) -> bool: ...


class SimulatedRig(Rig):
    def __init__(self, kind: str, folder: Path) -> None:
        link = folder / "fingerprint"
        self.simulator: SimulatedModule = (
            SfmSimulator(link, seed=1, timing=QUICK)
            if kind == "sfm"
            else ZfmSimulator(link, seed=1, timing=QUICK, paced=False)
        )
        self.simulator.start()
        self.wake()
        super().__init__(kind, str(link), None, 5.0)

    def template(self, finger: Finger) -> Template:
        """What was enrolled of a finger, in this module's format."""
        if self.kind == "sfm":
            return Template(finger.template(), TemplateFormat.ISO_19794_2)
        return Template(enrolled(finger), TemplateFormat.ZFM_OWN)

    def place(self, finger: Finger) -> None:
        self.simulator.place(finger, Placement.CLEAN)

    def lift(self) -> None:
        self.simulator.lift()

    def wait_for_scan(self) -> bool:
        return self.simulator.wait_for_scan(5.0)

    def wake(self) -> None:
        time.sleep(2 * QUICK.power_on_s)

    def stop(self) -> None:
        self.close()
        self.simulator.stop()


class HandRig(Rig):
    """A real module and a person, told on the terminal what to do."""

    def __init__(self, device: Device, say: Callable[[str], None]) -> None:
        self._say = say
        super().__init__(device.kind, device.where, device.baud, PERSON_S)

    def place(self, finger: Finger) -> None:
        self._say(f"when the module wants it: your finger number {finger.seed}, flat and still")

    def lift(self) -> None:
        self._say("no finger on the sensor, please")
        time.sleep(3.0)

    def wait_for_scan(self) -> bool:
        time.sleep(1.0)
        return True
