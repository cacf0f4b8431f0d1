"""The evaluator over real TLS: pseudonyms that only both offices can make, under the published key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto import canonical, oprf
from crypto.oprf import Evaluation, EvaluatorKey
from registry.door import BURST, EVALUATIONS_PER_SECOND, Door, Pace
from registry.evaluator import MAX_ELEMENTS, Evaluator, make_app
from simulators.registry.centre import FIRST, SECOND, TERMINAL, Line, centre, serving

WORLD = centre()
KEY = EvaluatorKey.generate()


class Served:
    def __init__(self, port: int, folder: Path, clock: list[float]) -> None:
        self.port, self.folder, self.clock = port, folder, clock

    def post(self, name: str, body: bytes) -> tuple[int, bytes]:
        line = Line(self.port, WORLD, name, self.folder)
        try:
            return line.post("/evaluate", body)
        finally:
            line.close()

    def reference(self, name: str, person: bytes) -> bytes:
        blinded = oprf.blind(person)
        status, body = self.post(name, blinded.element)
        assert status == 200
        answer = Evaluation((body[: oprf.ELEMENT_SIZE],), body[oprf.ELEMENT_SIZE :])
        (output,) = oprf.finalize([blinded], answer, KEY.public)
        return output[:16]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    clock = [0.0]
    pace = Pace(lambda: clock[0], EVALUATIONS_PER_SECOND)
    app = make_app(Evaluator(Door(WORLD.published), KEY, pace))
    with serving(app, WORLD, tmp_path) as port:
        yield Served(port, tmp_path, clock)


def test_two_stations_have_one_name_for_a_person(served: Served) -> None:
    names = {served.reference(station, b"0012345679") for station in (FIRST, SECOND, FIRST)}
    assert len(names) == 1
    assert served.reference(FIRST, b"0012345687") not in names


def test_who_is_no_station(served: Served) -> None:
    for name in (TERMINAL, "office", "stranger"):
        status, body = served.post(name, bytes(32))
        assert (status, canonical.decode(body)) == (403, {"reason": "device-unknown"})


@pytest.mark.parametrize(
    "body",
    [b"", bytes(31), bytes(32), b"\xff" * 32, bytes(33), b"\x01" * 64],
    ids=["empty", "short", "identity", "not canonical", "long", "negative"],
)
def test_what_is_no_element(served: Served, body: bytes) -> None:
    assert served.post(FIRST, body)[0] == 400


def test_too_many_and_too_fast(served: Served) -> None:
    element = oprf.blind(b"x").element
    assert served.post(FIRST, element * (MAX_ELEMENTS + 1))[0] == 413
    for _ in range(BURST):
        assert served.post(FIRST, element)[0] == 200
    assert served.post(FIRST, element)[0] == 429
    assert served.post(SECOND, element)[0] == 200
    served.clock[0] += 1 / EVALUATIONS_PER_SECOND
    assert served.post(FIRST, element)[0] == 200
