"""The roll over real TLS: whom it fits, and every way in which it says nothing."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from crypto import oprf
from crypto.oprf import EvaluatorKey
from drivers.registry.attendant import Attendant
from drivers.registry.line import Credentials, TlsLine
from election.persons import RollAnswer
from election.recorded import RecordedList
from election.roll import ENTRY_SIZE, ROLL, TABLE_FILE, RollState, find_roll, roll_input
from election.roll_asking import EvaluatedRoll
from registry.door import BURST, EVALUATIONS_PER_SECOND, ROLL_PER_SECOND, Door, Pace
from registry.evaluator import Evaluator, make_app
from simulators.registry.centre import FIRST, TERMINAL, Line, centre, serving
from simulators.registry.stations import ELECTION
from tests.election.test_roll import written

WORLD = centre()
KEY = WORLD.pseudonyms.apart(ROLL)
ANNA, BERTA, SPRING = "0499370899", "0013542419", date(1979, 3, 21)
FITS, NOT, SILENT = RollAnswer.FITS, RollAnswer.DOES_NOT_FIT, RollAnswer.SILENT


def entry_of(key: EvaluatorKey, election: str, number: str, born: date) -> bytes:
    """Return what a roll holds of a person."""
    blinded = oprf.blind(roll_input(election, number, born))
    (output,) = oprf.finalize([blinded], key.evaluate([blinded.element]), key.public)
    return output[:ENTRY_SIZE]


def roll_in(
    folder: Path, key: EvaluatorKey = KEY, election: str = ELECTION
) -> tuple[RecordedList, ...]:
    """Write a roll with Anna on it; return what the package lists."""
    entries = [entry_of(key, election, ANNA, SPRING), bytes(8), b"\xff" * 8]
    return written(folder, entries, key.public)


class Served:
    """An evaluator, and stations that ask it."""

    def __init__(self, port: int, folder: Path, clock: list[float]) -> None:
        self.port, self.folder, self.clock = port, folder, clock

    def line(self) -> TlsLine:
        shown = WORLD.certificates[FIRST], WORLD.keys[FIRST].classical.to_pem()
        root, expected = WORLD.root, (WORLD.certificates["evaluator"],)
        return TlsLine(f"127.0.0.1:{self.port}", Credentials(*shown, root, expected))

    @contextmanager
    def station(self, listed: tuple[RecordedList, ...], election: str = ELECTION) -> Iterator[Asks]:
        attendant = Attendant("evaluator", self.line(), lambda _: None, _crashed, probes=False)
        attendant.start()
        roll = EvaluatedRoll(attendant, partial(find_roll, self.folder, *listed), election)
        roll._opening.join()
        try:
            yield Asks(roll, attendant)
        finally:
            attendant.stop()
            roll.stop()


class Asks:
    def __init__(self, roll: EvaluatedRoll, attendant: Attendant) -> None:
        self.roll, self.attendant = roll, attendant

    def __call__(self, number: str, born: date = SPRING) -> RollAnswer:
        told: list[RollAnswer] = []
        over = Event()

        def done(said: RollAnswer) -> None:
            told.append(said)
            over.set()

        self.roll.compare(number, born, done)
        assert over.wait(20)
        (said,) = told
        return said


def _crashed(name: str, defect: BaseException) -> None:
    raise AssertionError(name) from defect


@contextmanager
def evaluator(folder: Path, key: EvaluatorKey = WORLD.pseudonyms) -> Iterator[Served]:
    clock = [0.0]
    paces = [Pace(lambda: clock[0], speed) for speed in (EVALUATIONS_PER_SECOND, ROLL_PER_SECOND)]
    app = make_app(Evaluator(Door(WORLD.published), key, *paces))
    with serving(app, WORLD, folder, "evaluator") as port:
        yield Served(port, folder, clock)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with evaluator(tmp_path) as made:
        yield made


def test_number_and_date_together(served: Served) -> None:
    with served.station(roll_in(served.folder)) as asks:
        assert asks(ANNA) is FITS
        assert asks(ANNA, date(1979, 3, 22)) is NOT
        assert asks(BERTA) is NOT
        assert asks.roll.state is RollState.THERE


def test_the_key_follows_from_that_of_pseudonyms_as_ever() -> None:
    """A roll that is made today is asked with the program of the day."""
    assert EvaluatorKey(b"\x01" + bytes(31)).apart(ROLL).public.hex() == (
        "b63f19526d3bddb7b9f5767876fdaf1caac6930e956501e3782342e5e27cf96a"
    )


def test_of_another_election_nobody_fits(served: Served) -> None:
    with served.station(roll_in(served.folder, election="another")) as asks:
        assert asks(ANNA) is NOT


def test_without_the_roll_of_the_package_nobody_is_asked(served: Served) -> None:
    """An earlier one lies there, or none."""
    listed = roll_in(served.folder)
    roll_in(served.folder, election="another")
    with served.station(listed) as asks:
        assert asks.roll.state is RollState.ANOTHER
        assert asks(ANNA) is SILENT
    (served.folder / TABLE_FILE).unlink()
    with served.station(listed) as asks:
        assert asks.roll.state is RollState.ANOTHER
        assert asks(ANNA) is SILENT
        assert asks.attendant.link.answered_at is None, "the evaluator was not asked"


def test_an_evaluator_with_another_key_says_nothing_and_the_line_stays(tmp_path: Path) -> None:
    """A roll that was made under another key must not cut the line of pseudonyms."""
    with (
        evaluator(tmp_path, EvaluatorKey.generate()) as served,
        served.station(roll_in(tmp_path)) as asks,
    ):
        assert [asks(ANNA) for _ in range(4)] == [SILENT] * 4
        assert asks.attendant.link.up


def test_the_key_of_pseudonyms_does_not_answer_for_the_roll(served: Served) -> None:
    with served.station(roll_in(served.folder, WORLD.pseudonyms)) as asks:
        assert asks(ANNA) is SILENT


def test_a_cut_line_is_silent(tmp_path: Path) -> None:
    with ExitStack() as stack:
        with evaluator(tmp_path) as served:
            asks = stack.enter_context(served.station(roll_in(tmp_path)))
            assert asks(ANNA) is FITS
        assert [asks(ANNA) for _ in range(3)] == [SILENT] * 3


def test_questions_have_a_pace_of_their_own(served: Served) -> None:
    """A thief of a station tries so many pairs; pseudonyms are asked for all the same."""
    with served.station(roll_in(served.folder)) as asks:
        said = [asks(ANNA) for _ in range(BURST + 1)]
        assert said == [FITS] * BURST + [SILENT]
        served.clock[0] += 1 / ROLL_PER_SECOND
        assert asks(ANNA) is FITS
        assert asks(ANNA) is SILENT
    assert post(served, FIRST, "/evaluate", oprf.blind(b"x").element) == 200


def test_one_pair_a_question_of_a_registered_station(served: Served) -> None:
    element = oprf.blind(b"x").element
    assert post(served, FIRST, "/roll", element) == 200
    assert post(served, FIRST, "/roll", element * 2) == 413
    for body in (b"", bytes(32), b"\xff" * 32, element[:31]):
        assert post(served, FIRST, "/roll", body) == 400
    for name in (TERMINAL, "office", "registry", "stranger"):
        assert post(served, name, "/roll", element) == 403


def test_who_has_the_roll_alone_finds_nobody(served: Served) -> None:
    """Whatever is computed from number and date without the evaluator's key is not in the table."""
    listed = roll_in(served.folder)
    table = find_roll(served.folder, *listed)
    guess = roll_input(ELECTION, ANNA, SPRING)
    tries: list[Callable[[bytes], bytes]] = [
        lambda data: hashlib.sha512(data).digest(),
        lambda data: oprf.blind(data, lambda: b"\x01" + bytes(31)).element + bytes(32),
    ]
    assert not any(table.has(each(guess)) for each in tries)
    other = EvaluatorKey.generate()
    blinded = oprf.blind(guess)
    (output,) = oprf.finalize([blinded], other.evaluate([blinded.element]), other.public)
    assert not table.has(output)
    table.close()


def test_nothing_of_a_question_is_logged(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with served.station(roll_in(served.folder)) as asks:
        assert asks(ANNA) is FITS
    told = " ".join(f"{record.name} {record.getMessage()}" for record in caplog.records)
    for text in (ANNA, FIRST, "/roll", "1979"):
        assert text not in told, told


def post(served: Served, name: str, path: str, body: bytes) -> int:
    line = Line(served.port, WORLD, name, served.folder)
    try:
        return line.post(path, body)[0]
    finally:
        line.close()
