"""Orders of two offices about a station: what they do at a running registry, and who gives none."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands.main import main
from crypto import canonical
from election import claims
from election.acts import SignedActKind
from election.claims import AnswerKind, Why
from election.definition import DeviceId
from election.device_order import CLAIMS_A_DAY, open_order
from election.errors import ElectionError
from election.office_lists import OfficeListError
from registry.book import SqliteBook, ThreadedBook
from registry.door import Door, Pace
from registry.ordering import obey
from registry.running import in_book
from registry.service import Registry, make_app
from simulators.registry.centre import B1, B2, FIRST, SECOND, TERMINAL, Line, centre, serving
from simulators.registry.stations import Station, voter

WORLD = centre()
ANSWERS = WORLD.keys["registry"].classical.public


@pytest.fixture
def public(tmp_path: Path) -> Path:
    folder = tmp_path / "public"
    folder.mkdir()
    (folder / "register.json").write_bytes(WORLD.register_file)
    (folder / "root.der").write_bytes(WORLD.root)
    return folder


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, dict[DeviceId, Line]]]:
    """A running registry at a branch, its file, and the lines of two stations that have opened."""
    path = tmp_path / "claims.db"
    key = WORLD.keys["registry"].classical
    app = make_app(
        Registry(
            Door(WORLD.published),
            partial(ThreadedBook.open, path),
            key,
            Pace(lambda: 0.0, burst=99),
        )
    )
    with serving(app, WORLD, tmp_path) as port:
        lines = {name: Line(port, WORLD, name, tmp_path) for name in (FIRST, SECOND)}
        for name, branch in ((FIRST, B1), (SECOND, B2)):
            body = WORLD.act(SignedActKind.OPEN, name, branch)
            assert lines[name].post("/act", body)[0] == 204
        yield path, lines
        for line in lines.values():
            line.close()


def obeyed(public: Path, book: Path, *orders: bytes) -> Result:
    paths = []
    for order in orders:
        paths.append(public / f"order-{len(list(public.iterdir()))}.json")
        paths[-1].write_bytes(order)
    words = ["registry", "obey", public, book, *paths]
    return CliRunner().invoke(main, list(map(str, words)), env={"LC_ALL": "C"})


def said(line: Line, station: Station, whom: object) -> claims.Answer | str:
    request = station.request(station.claim(voter(whom)))
    status, body = line.post("/claim", claims.write_request(request))
    if status != 200:
        found = canonical.decode(body)
        assert isinstance(found, dict)
        return str(found["reason"])
    return claims.open_answer(body, ANSWERS, request)


def answer(line: Line, station: Station, whom: object) -> claims.Answer:
    found = said(line, station, whom)
    assert isinstance(found, claims.Answer), found
    return found


def test_a_suspended_station_is_answered_nothing_and_refuses_nobody(
    public: Path, served: tuple[Path, dict[DeviceId, Line]]
) -> None:
    """The thief of a station has used up nobody: from the next answer on, at a registry that runs."""
    book, lines = served
    first, second = WORLD.station(FIRST, B1), WORLD.station(SECOND, B2)
    granted = answer(lines[FIRST], first, 1)
    note = claims.Note(granted.election, FIRST, voter(1), granted.id, claims.NoteKind.WRITTEN)
    assert lines[FIRST].post("/note", claims.write_note(note, first.key))[0] == 204
    assert answer(lines[SECOND], second, 1).kind is AnswerKind.TAKEN
    done = obeyed(public, book, WORLD.order(FIRST, suspended=True))
    assert (done.exit_code, f"{FIRST}: suspended (order 1)" in done.output) == (0, True)
    assert said(lines[FIRST], first, 2) == "device-suspended"
    assert answer(lines[SECOND], second, 1).why is Why.SUSPENDED
    done = obeyed(public, book, WORLD.order(FIRST, 2))
    assert done.exit_code == 0, done.output
    assert answer(lines[FIRST], first, 2).kind is AnswerKind.GRANTED
    assert answer(lines[SECOND], second, 1).kind is AnswerKind.TAKEN


def test_two_offices_allow_more_or_fewer(
    public: Path, served: tuple[Path, dict[DeviceId, Line]]
) -> None:
    book, lines = served
    first = WORLD.station(FIRST, B1)
    obeyed(public, book, WORLD.order(FIRST, claims=2))
    assert [answer(lines[FIRST], first, whom).kind for whom in (1, 2)] == [AnswerKind.GRANTED] * 2
    assert said(lines[FIRST], first, 3) == "too-many"
    obeyed(public, book, WORLD.order(FIRST, 2, claims=3))
    assert answer(lines[FIRST], first, 3).kind is AnswerKind.GRANTED
    assert said(lines[FIRST], first, 4) == "too-many"


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))), ids=str)
def test_the_highest_number_holds_in_whatever_order_they_come(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    """An order that lifts a suspension, brought again after the next suspension, lifts nothing."""
    book = tmp_path / "claims.db"
    SqliteBook(book).close()
    meant = {1: True, 2: False, 3: True}
    highest = 0
    for number in order:
        data = WORLD.order(FIRST, number, suspended=meant[number])
        if number < highest:
            with pytest.raises(OfficeListError, match="earlier list"):
                in_book(str(book), partial(obey, WORLD.published, data))
        else:
            for _ in range(2):
                in_book(str(book), partial(obey, WORLD.published, data))
        highest = max(highest, number)
    state = SqliteBook(book).device(FIRST)
    assert (state.order, state.suspended, state.allowed) == (3, True, CLAIMS_A_DAY)


def test_one_number_says_one_thing(tmp_path: Path) -> None:
    book = tmp_path / "claims.db"
    SqliteBook(book).close()
    first, other = WORLD.order(FIRST, 1), WORLD.order(FIRST, 1, suspended=True)
    in_book(str(book), partial(obey, WORLD.published, first))
    with pytest.raises(OfficeListError):
        in_book(str(book), partial(obey, WORLD.published, other))
    assert not SqliteBook(book).device(FIRST).suspended


NOBODYS = {
    "one office": WORLD.order(FIRST, signers=("office",)),
    "one office twice": WORLD.order(FIRST, signers=("office", "office")),
    "the registry itself": WORLD.order(FIRST, signers=("office", "registry")),
    "a certified stranger": WORLD.order(FIRST, signers=("stranger", "observer")),
    "a station": WORLD.order(FIRST, signers=(FIRST, "observer")),
    "another election": WORLD.order(FIRST, number="ab" * 32),
    "a terminal": WORLD.order(TERMINAL),
    "nobody registered": WORLD.order("b09-s1"),  # type: ignore[arg-type]
    "changed": WORLD.order(FIRST).replace(b'"suspended\\": false', b'"suspended\\": true'),
    "empty": b"",
    "no order": b"{}",
}


@pytest.mark.parametrize("name", NOBODYS)
def test_who_orders_nothing(tmp_path: Path, public: Path, name: str) -> None:
    book = tmp_path / "claims.db"
    SqliteBook(book).close()
    before = book.read_bytes()
    if name == "changed":
        assert NOBODYS[name] != WORLD.order(FIRST)
    with pytest.raises(ElectionError):
        open_order(NOBODYS[name], WORLD.published)
    done = obeyed(public, book, NOBODYS[name])
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    assert book.read_bytes() == before


def test_no_book_is_made_by_an_order(tmp_path: Path, public: Path) -> None:
    """A path with a slip of the pen would be obeyed by nobody."""
    done = obeyed(public, tmp_path / "clams.db", WORLD.order(FIRST))
    assert done.exit_code == 2
    assert not (tmp_path / "clams.db").exists()
