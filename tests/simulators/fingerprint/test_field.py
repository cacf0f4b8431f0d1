"""Persons at both families of modules, through driver, line and module: the figures of the field."""

import random
from pathlib import Path

import pytest

from drivers.fingerprint.limits import FingerprintLimits
from drivers.fingerprint.seam import FingerprintReader, MatchOutcome, Template, TemplateFormat
from drivers.fingerprint.sfm import SfmModule
from drivers.fingerprint.zfm import ZfmModule
from simulators.fingerprint.fingers import Finger
from simulators.fingerprint.module import INSTANT, SimulatedModule
from simulators.fingerprint.sfm import SfmSimulator
from simulators.fingerprint.zfm import ZfmSimulator
from simulators.fingerprint.zfm_template import enrolled

PERSONS = 160
TRIES = 4
IMPOSTORS = 60


def bench(kind: str, link: Path) -> tuple[SimulatedModule, FingerprintReader]:
    limits = FingerprintLimits(poll_s=0.01, settle_s=0.01)
    if kind == "sfm":
        sfm = SfmSimulator(link, seed=11, timing=INSTANT, paced=False)
        sfm.start()
        return sfm, SfmModule.open(sfm.path, limits=limits)
    zfm = ZfmSimulator(link, seed=11, timing=INSTANT, paced=False)
    zfm.start()
    return zfm, ZfmModule.open(zfm.path, limits=limits)


def template(kind: str, finger: Finger) -> Template:
    if kind == "sfm":
        return Template(finger.template())
    return Template(enrolled(finger), TemplateFormat.ZFM_OWN)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sfm", "zfm"])
def test_success_by_try_follows_the_field_figures(tmp_path: Path, kind: str) -> None:
    simulator, reader = bench(kind, tmp_path / "module")
    by_try = [0] * (TRIES + 1)
    for seed in range(PERSONS):
        finger = Finger.of(seed)
        known = template(kind, finger)
        for attempt in range(TRIES):
            simulator.place(finger)
            if reader.verify([known], 5, lambda _: None) is MatchOutcome.MATCH:
                by_try[attempt] += 1
                break
        else:
            by_try[TRIES] += 1
    first, after_four = by_try[0] / PERSONS, 1 - by_try[TRIES] / PERSONS
    # 70.6 % and 93.4 % of 24 279 voters; three standard deviations of so many persons.
    assert first == pytest.approx(0.706, abs=3 * (0.706 * 0.294 / PERSONS) ** 0.5)
    assert after_four == pytest.approx(0.934, abs=3 * (0.934 * 0.066 / PERSONS) ** 0.5)
    rng = random.Random(12)
    for _ in range(IMPOSTORS):
        owner, other = rng.sample(range(PERSONS), 2)
        simulator.place(Finger.of(other))
        outcome = reader.verify([template(kind, Finger.of(owner))], 5, lambda _: None)
        assert outcome in {MatchOutcome.NO_MATCH, MatchOutcome.BAD_IMAGE}
    reader.close()
    simulator.stop()
