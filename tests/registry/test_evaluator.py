"""The evaluator over real TLS: pseudonyms that only both offices can make, under the published key."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto import canonical, oprf
from crypto.errors import ProofError
from crypto.oprf import Evaluation, EvaluatorKey
from election.claims import ClaimRefusedError
from election.reasons import ClaimReason
from registry.door import BURST, EVALUATIONS_A_DAY, EVALUATIONS_PER_SECOND, Door, Pace
from registry.evaluator import MAX_ELEMENTS, Evaluator, make_app
from simulators.registry.centre import FIRST, SECOND, TERMINAL, Line, centre, serving

WORLD = centre()
KEY = WORLD.pseudonyms


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
    app = make_app(Evaluator(Door(WORLD.published), KEY, pace, pace))
    with serving(app, WORLD, tmp_path, "evaluator") as port:
        yield Served(port, tmp_path, clock)


def test_two_stations_have_one_name_for_a_person(served: Served) -> None:
    names = {served.reference(station, b"0012345679") for station in (FIRST, SECOND, FIRST)}
    assert len(names) == 1
    assert served.reference(FIRST, b"0012345687") not in names


def test_who_is_no_station(served: Served) -> None:
    for name in (TERMINAL, "office", "registry", "evaluator", "stranger"):
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
    for _ in range(BURST - 1):
        assert served.post(FIRST, element)[0] == 200
    assert served.post(FIRST, element)[0] == 429
    assert served.post(SECOND, element)[0] == 200
    served.clock[0] += 1 / EVALUATIONS_PER_SECOND
    assert served.post(FIRST, element)[0] == 200


def test_what_is_refused_counts_too(served: Served) -> None:
    for _ in range(BURST):
        assert served.post(FIRST, b"")[0] == 400
    assert served.post(FIRST, oprf.blind(b"x").element)[0] == 429


def test_a_stolen_station_tries_no_more_people_than_a_day_has() -> None:
    """However slowly it asks: with the registry's table it would try numbers."""
    clock = [0.0]
    pace = Pace(lambda: clock[0], EVALUATIONS_PER_SECOND, most=EVALUATIONS_A_DAY)
    for _ in range(EVALUATIONS_A_DAY):
        clock[0] += 10
        pace.take(FIRST)
    clock[0] += 10
    with pytest.raises(ClaimRefusedError) as refused:
        pace.take(FIRST)
    assert refused.value.reason is ClaimReason.TOO_MANY
    pace.take(SECOND)


def test_an_answer_under_another_key_is_refused(served: Served) -> None:
    """One branch under another key has double voters that nobody sees."""
    blinded = oprf.blind(b"0012345679")
    other = EvaluatorKey.generate().evaluate([blinded.element])
    (registered,) = WORLD.published.register.evaluator
    with pytest.raises(ProofError):
        oprf.finalize([blinded], other, registered.key)
    _, body = served.post(FIRST, blinded.element)
    answer = Evaluation((body[: oprf.ELEMENT_SIZE],), body[oprf.ELEMENT_SIZE :])
    assert oprf.finalize([blinded], answer, registered.key)


def test_nothing_of_a_request_is_logged(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    element = oprf.blind(b"0012345679").element
    served.post(FIRST, element)
    served.post(FIRST, element + b"x")
    served.post(TERMINAL, element)
    told = " ".join(f"{record.name} {record.getMessage()}" for record in caplog.records)
    assert "refused: claim-format" in told
    for text in (element.hex(), FIRST, TERMINAL, "0012345679", "/evaluate"):
        assert text not in told, told
