"""A short pass of every target; `make fuzz` is the long one."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator

import pytest

from tests.fuzz import archive_bits, devices
from tests.fuzz.elections import counted
from tests.fuzz.registry import TARGETS
from tests.fuzz.run import attempt, fuzz
from tests.fuzz.target import Target

pytestmark = [
    pytest.mark.fuzz,
    # Certificates with impossible numbers make their library warn.
    pytest.mark.filterwarnings("ignore"),
]

INPUTS = 2000
SEED = "short"
BITS = 60


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Simulators log what they do not understand."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_target(name: str) -> None:
    target: Target = TARGETS[name]()
    for seed in target.corpus:
        assert attempt(target, seed) == (True, "")
    outcome = fuzz(name, target, max(20, round(INPUTS * target.short_share)), SEED)
    assert outcome.crash is None, f"{outcome.crash.error}: {outcome.crash.data.hex()}"


@pytest.mark.parametrize("name", ["sfm-session", "zfm-session", "printer-session"])
def test_sessions_get_far(name: str) -> None:
    """A session that breaks off at its first answer would try nothing behind it."""
    target = devices.TARGETS[name]()
    answers = target.read(target.corpus[0])
    assert isinstance(answers, tuple)
    assert None not in answers


@pytest.mark.slow
def test_a_sample_of_archive_bits() -> None:
    archive = counted(1).archive
    places = random.Random(SEED).sample(range(len(archive)), BITS)
    assert archive_bits.accepted(archive, places) == []


def test_the_archive_whose_bits_are_turned_is_good() -> None:
    def twice(archive: bytes, place: int) -> bytes:
        return archive_bits.turned(archive_bits.turned(archive, place), place)

    archive = counted(1).archive
    assert twice(archive, 1234) == archive
    assert attempt(TARGETS["archive"](), counted().archive) == (True, "")
    turned = {archive_bits.turned(archive, place)[place] ^ archive[place] for place in range(8)}
    assert turned == {1 << bit for bit in range(8)}
