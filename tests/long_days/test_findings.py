"""What the long days measure is judged: each thing that grows is found, and what stands still is not."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.long_days.faults import AT_STATIONS, AT_TERMINALS, Happened
from tests.long_days.flat import MORE_MIB, PASSING, SLOWER, TENTHS, Tenth, findings

FLAT = [Tenth(500 * n, 25.0, 130.0, 12, 5) for n in range(1, TENTHS + 1)]


def grown(what: str, by: float) -> list[Tenth]:
    """The same day, with one thing that grows by so much from the first tenth to the last."""
    return [
        replace(tenth, **{what: type(getattr(tenth, what))(getattr(tenth, what) + by * n / 9)})
        for n, tenth in enumerate(FLAT)
    ]


def test_what_is_flat_is_flat() -> None:
    assert findings(FLAT) == []
    rng = random.Random(3)
    noisy = [
        replace(
            tenth,
            cpu_ms=tenth.cpu_ms * rng.uniform(0.95, 1.05),
            files=tenth.files + rng.randint(0, PASSING),
        )
        for tenth in FLAT
    ]
    noisy[1] = replace(noisy[1], files=12)
    assert findings(noisy) == []


@pytest.mark.parametrize(
    ("what", "by", "said"),
    [
        ("cpu_ms", 25.0 * (SLOWER - 1) * 2, "ms at the end"),
        ("mib", MORE_MIB * 1.3, "MiB more"),
        ("files", 2 * PASSING + 3, "more files"),
        ("threads", 2 * PASSING + 3, "more threads"),
    ],
)
def test_what_grows_is_told(what: str, by: float, said: str) -> None:
    (told,) = findings(grown(what, by))
    assert said in told


def test_a_station_may_grow_by_its_pollbook_and_no_more() -> None:
    by_two_a_thousand = grown("cpu_ms", 2.0 * 4.5)
    assert findings(by_two_a_thousand, per_thousand_ms=2.0) == []
    assert findings(grown("cpu_ms", 40.0), per_thousand_ms=2.0)


@pytest.mark.parametrize("kinds", [AT_STATIONS, AT_TERMINALS])
def test_a_seed_draws_the_same_faults_at_each_device(kinds: tuple[str, ...]) -> None:
    class Somewhere:
        def __init__(self, device: str) -> None:
            self.station = type("Process", (), {"device": device})()

    def drawn(seed: int, device: str) -> list[str | None]:
        happened = Happened(seed, 4.0)
        return [happened.drawn(Somewhere(device), kinds) for _ in range(400)]  # type: ignore[arg-type]

    assert drawn(1, "t-1") == drawn(1, "t-1")
    assert drawn(1, "t-1") != drawn(1, "t-2")
    assert drawn(1, "t-1") != drawn(2, "t-1")
    happened = [each for each in drawn(1, "t-1") if each is not None]
    assert 60 <= len(happened) <= 140, "one in four"
    assert set(happened) == set(kinds)
