"""The registry of a branch over real mutual TLS: who may ask, what is refused by name, nothing lost."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest

from crypto import canonical
from crypto.signing import SigningKey
from drivers.media.errors import StorageError
from election import claims
from election.acts import SignedActKind
from election.claims import AnswerKind, ClaimId, ClaimRefusedError, Note, NoteKind, Why
from election.definition import ContestId
from election.reasons import ClaimReason
from registry import server as server_module
from registry.book import Book, SqliteBook, ThreadedBook
from registry.door import BURST, Door, Pace
from registry.postgres import SCHEMA, PostgresBook
from registry.service import STATUS, Application, Registry, make_app
from registry.settling import Asked, Outcome
from simulators.registry.centre import (
    B1,
    B2,
    CARD,
    FIRST,
    OTHER_SPARE,
    SECOND,
    SPARE,
    TERMINAL,
    Line,
    centre,
    pem,
    serving,
    serving_behind_nginx,
)
from simulators.registry.cluster import postgres
from simulators.registry.servers import EMPTY, query
from simulators.registry.stations import ELECTION, Station, voter
from words.message import m

WORLD = centre()
ANSWERS = WORLD.keys["registry"].classical.public


_SQL = "'; DROP TABLE claim; --"


class Desk:
    """A served registry, and lines to it."""

    def __init__(self, port: int, folder: Path, clock: list[float]) -> None:
        self.port, self.folder, self.clock = port, folder, clock
        self._lines: dict[str | None, Line] = {}

    def line(self, name: str | None) -> Line:
        if name not in self._lines:
            self._lines[name] = Line(self.port, WORLD, name, self.folder)
        return self._lines[name]

    def post(self, name: str | None, path: str, body: bytes) -> tuple[int, object]:
        status, answer = self.line(name).post(path, body)
        if status >= 400:
            found = canonical.decode(answer)
            assert isinstance(found, dict)
            return status, found["reason"]
        return status, answer

    def claim(self, station: Station, whom: object, name: str | None = None) -> claims.Answer:
        request = station.request(station.claim(voter(whom)))
        status, answer = self.line(name or station.id).post("/claim", claims.write_request(request))
        assert status == 200, answer
        return claims.open_answer(answer, ANSWERS, request)

    def close(self) -> None:
        for line in self._lines.values():
            line.close()


def registry(book: Callable[[], Awaitable[Book]], pace: Pace) -> Registry:
    return Registry(Door(WORLD.published), book, WORLD.keys["registry"].classical, pace)


class Centre:
    """A registry with PostgreSQL behind nginx, emptied for every test."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.dsn, self.folder = dsn, folder
        self.clock = [0.0]
        self.pace = Pace(lambda: self.clock[0])
        query(dsn, *SCHEMA.split(";"))

    def app(self) -> Application:
        return make_app(registry(partial(PostgresBook.open, self.dsn), self.pace))

    def emptied(self) -> None:
        self.pace.forget()
        query(self.dsn, EMPTY)


@pytest.fixture(scope="module")
def centre_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Centre, int]]:
    folder = tmp_path_factory.mktemp("centre")
    with postgres(fsync=False) as dsn:
        made = Centre(dsn, folder)
        with serving_behind_nginx(made.app(), WORLD, folder, seconds=1) as port:
            yield made, port


@pytest.fixture(params=["branch", "centre"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    if request.param == "centre":
        made, port = request.getfixturevalue("centre_desk")
        made.emptied()
        asked = Desk(port, tmp_path, made.clock)
        yield asked
        asked.close()
        return
    clock = [0.0]
    book = partial(ThreadedBook.open, tmp_path / "registry.db")
    app = make_app(registry(book, Pace(lambda: clock[0])))
    with serving(app, WORLD, tmp_path) as port:
        asked = Desk(port, tmp_path, clock)
        yield asked
        asked.close()


def opened(desk: Desk) -> tuple[Station, Station]:
    for device, branch in ((FIRST, B1), (SECOND, B2)):
        assert desk.post(device, "/act", WORLD.act(SignedActKind.OPEN, device, branch))[0] == 204
    return WORLD.station(FIRST, B1), WORLD.station(SECOND, B2)


def test_a_day_of_two_stations(desk: Desk) -> None:
    first, second = opened(desk)
    answer = desk.claim(first, 1)
    assert (answer.kind, answer.contests, answer.before) == (
        AnswerKind.GRANTED,
        ("assembly", "council"),
        0,
    )
    assert desk.claim(second, 1).why is Why.CLAIMED
    note = Note(ELECTION, FIRST, voter(1), answer.id, NoteKind.WRITTEN)
    assert desk.post(FIRST, "/note", claims.write_note(note, first.key))[0] == 204
    taken = desk.claim(second, 1)
    assert taken.kind is AnswerKind.TAKEN
    assert taken.other is not None
    assert claims.open_claim(taken.other, first.key.public).device == FIRST
    assert desk.post(SECOND, "/act", WORLD.act(SignedActKind.CLOSE, SECOND, B2))[0] == 204
    request = second.request(second.claim(voter(9)))
    assert desk.post(SECOND, "/claim", claims.write_request(request)) == (409, "after-close")


def test_a_lost_answer_is_answered_again(desk: Desk) -> None:
    first, _ = opened(desk)
    signed = first.claim(voter(1))
    for attempt in range(3):
        request = first.request(signed)
        _, answer = desk.line(FIRST).post("/claim", claims.write_request(request))
        found = claims.open_answer(answer, ANSWERS, request)
        assert (found.kind, found.before) == (AnswerKind.GRANTED, attempt)


STRANGERS = {
    "stranger": 403,  # certified by headquarters, and not in the register
    TERMINAL: 403,
    CARD: 403,
    "office": 403,
    "registry": 403,
}


@pytest.mark.parametrize(("name", "status"), STRANGERS.items(), ids=str)
@pytest.mark.parametrize("path", ["/claim", "/note", "/act", "/takeover"])
def test_who_is_no_station_of_the_register(desk: Desk, name: str, status: int, path: str) -> None:
    assert desk.post(name, path, b"") == (status, "device-unknown")


def said(line: Line, path: str, body: bytes) -> tuple[int, bytes] | None:
    """Return what a line was answered, None if it was ended first: both are right, nothing else is."""
    try:
        return line.post(path, body)
    except OSError:
        return None


def test_without_a_certificate_there_is_no_line(desk: Desk) -> None:
    """nginx may still say what it thinks before it ends the line; the claim is a good one."""
    first, second = opened(desk)
    answer = said(desk.line(None), "/claim", _request(first))
    assert answer is None or (answer[0], b"No required SSL" in answer[1]) == (400, True)
    assert desk.claim(second, 1).kind is AnswerKind.GRANTED


def test_of_another_root_there_is_no_line(desk: Desk, tmp_path: Path) -> None:
    first, second = opened(desk)
    other = centre.__wrapped__()
    (tmp_path / "other").mkdir()
    line = Line(desk.port, replace(other, root=WORLD.root), FIRST, tmp_path / "other")
    answer = said(line, "/claim", _request(first))
    assert answer is None or (answer[0], b"SSL certificate error" in answer[1]) == (400, True)
    assert desk.claim(second, 1).kind is AnswerKind.GRANTED


def test_nobody_says_in_a_header_who_asks(desk: Desk) -> None:
    """What nginx writes there, nobody else does: alone, twice, or as some servers read it."""
    opened(desk)
    escaped = quote(pem(WORLD.certificates[FIRST]).decode(), safe="/+= ")
    for header in ("X-Client-Certificate", "x-client-certificate", "X_Client_Certificate"):
        line = desk.line(TERMINAL)
        assert line.post("/claim", b"", headers={header: escaped})[0] == 403


def test_before_the_opening(desk: Desk) -> None:
    station = WORLD.station()
    request = claims.write_request(station.request(station.claim(voter(1))))
    assert desk.post(FIRST, "/claim", request) == (409, "before-open")


def test_openings_that_are_none(desk: Desk) -> None:
    officer, _ = WORLD.cards[B1]
    other_officer, other_supervisor = WORLD.cards[B2]
    opening = SignedActKind.OPEN
    for body, reason in (
        (b"", "claim-format"),
        (WORLD.act(opening, SECOND, B2), "device"),
        (WORLD.act(opening, cards=(other_officer, other_supervisor)), "branch"),
        (WORLD.act(opening, cards=(officer, officer)), "roles"),
        (WORLD.act(opening, number="ab" * 32), "number"),
    ):
        assert desk.post(FIRST, "/act", body) == (400, reason)
    assert desk.post(FIRST, "/claim", _request(WORLD.station())) == (409, "before-open")


def _request(station: Station, whom: object = 1) -> bytes:
    return claims.write_request(station.request(station.claim(voter(whom))))


def test_a_spare_needs_its_take_over(desk: Desk) -> None:
    spare = WORLD.station(SPARE, B1)
    opening = WORLD.act(SignedActKind.OPEN, SPARE, B1)
    assert desk.post(SPARE, "/act", opening) == (400, "branch")
    assert desk.post(SPARE, "/claim", _request(spare)) == (403, "claim-branch")
    assert desk.post(FIRST, "/takeover", WORLD.takeover()) == (403, "device-unknown")
    assert desk.post(SPARE, "/takeover", WORLD.takeover())[0] == 204
    assert desk.post(SPARE, "/claim", _request(spare)) == (409, "before-open")
    assert desk.post(SPARE, "/act", opening)[0] == 204
    assert desk.claim(spare, 1).kind is AnswerKind.GRANTED
    assert desk.post(SPARE, "/takeover", WORLD.takeover())[0] == 204
    assert desk.post(SPARE, "/takeover", WORLD.takeover(B2, SECOND)) == (403, "claim-branch")
    assert desk.claim(spare, 2).kind is AnswerKind.GRANTED
    elsewhere = WORLD.station(SPARE, B2)
    assert desk.post(SPARE, "/claim", _request(elsewhere)) == (403, "claim-branch")


def test_a_station_that_a_spare_replaced_claims_nothing_more(desk: Desk) -> None:
    """The disk of a dead station lives in other hands: what it was granted stays, and no more comes."""
    first, second = opened(desk)
    granted = desk.claim(first, 1)
    assert granted.kind is AnswerKind.GRANTED
    assert desk.post(SPARE, "/takeover", WORLD.takeover(B2, FIRST))[0] == 400, "another branch's"
    assert desk.claim(first, 2).kind is AnswerKind.GRANTED, "a refused act closes nobody"
    assert desk.post(SPARE, "/takeover", WORLD.takeover())[0] == 204
    assert desk.post(FIRST, "/claim", _request(first, 3)) == (409, "after-close")
    assert desk.post(SPARE, "/takeover", WORLD.takeover(B2, SECOND)) == (403, "claim-branch")
    assert desk.claim(second, 4).kind is AnswerKind.GRANTED, "that act is refused as well"
    spare = WORLD.station(SPARE, B1)
    assert desk.post(SPARE, "/act", WORLD.act(SignedActKind.OPEN, SPARE, B1))[0] == 204
    assert desk.claim(spare, 3).kind is AnswerKind.GRANTED
    assert desk.claim(spare, 1).kind is not AnswerKind.GRANTED, "granted stays granted"


def test_a_spare_that_serves_is_replaced_in_its_branch_alone(desk: Desk) -> None:
    """Two cards of a branch and one spare's key close no station of another branch."""
    _, second = opened(desk)
    hostile = WORLD.takeover(B2, SPARE, OTHER_SPARE)
    assert desk.post(OTHER_SPARE, "/takeover", hostile) == (403, "claim-branch"), "it waits still"
    assert desk.post(SPARE, "/takeover", WORLD.takeover())[0] == 204
    assert desk.post(SPARE, "/act", WORLD.act(SignedActKind.OPEN, SPARE, B1))[0] == 204
    spare = WORLD.station(SPARE, B1)
    assert desk.claim(spare, 1).kind is AnswerKind.GRANTED
    assert desk.post(OTHER_SPARE, "/takeover", hostile) == (403, "claim-branch")
    assert desk.claim(spare, 2).kind is AnswerKind.GRANTED, "a refused act closes nobody"
    opening = WORLD.act(SignedActKind.OPEN, OTHER_SPARE, B2)
    assert desk.post(OTHER_SPARE, "/act", opening) == (400, "branch"), "and moves nobody"
    for _ in range(2):
        took = desk.post(OTHER_SPARE, "/takeover", WORLD.takeover(B1, SPARE, OTHER_SPARE))
        assert took[0] == 204, "in its branch it is replaced, also when the act comes again"
    assert desk.post(SPARE, "/claim", _request(spare, 3)) == (409, "after-close")
    assert desk.claim(second, 4).kind is AnswerKind.GRANTED


def test_claims_that_are_not_the_askers(desk: Desk) -> None:
    first, second = opened(desk)
    cases = {
        "another station's": (_request(second), 400, "claim-signature"),
        "another branch": (_request(Station(FIRST, B2, first.key)), 403, "claim-branch"),
        "another key": (
            _request(Station(FIRST, B1, SigningKey.generate())),
            400,
            "claim-signature",
        ),
        "another name": (_request(Station(SECOND, B1, first.key)), 403, "device-unknown"),
        "SQL": (_with_member(first, "device", _SQL), 400, "claim-format"),
        "SQL in contests": (_with_member(first, "contests", [_SQL]), 400, "claim-format"),
        "empty": (b"", 400, "claim-format"),
        "text": (_SQL.encode(), 400, "claim-format"),
        "JSON": (b'{"claim": 1}', 400, "claim-format"),
    }
    for name, (body, status, reason) in cases.items():
        assert desk.post(FIRST, "/claim", body) == (status, reason), name
    assert desk.claim(first, 1).kind is AnswerKind.GRANTED


def _with_member(station: Station, member: str, value: canonical.CanonicalValue) -> bytes:
    """A signed request with a text that no station writes."""
    claim = canonical.decode(station.claim(voter(1)).claim)
    assert isinstance(claim, dict)
    content = canonical.encode({**claim, member: value})
    signed = claims.SignedClaim(content, station.key.sign("amin claim", content))
    return claims.write_request(station.request(signed))


def test_every_bit_of_a_request_counts(desk: Desk) -> None:
    """Nothing that was changed on the way is granted as it was not meant."""
    first, _ = opened(desk)
    signed = first.claim(voter(1))
    body = claims.write_request(first.request(signed))
    for place in range(0, len(body), 7):
        changed = bytearray(body)
        changed[place] ^= 1 << place % 8
        desk.clock[0] += 100
        status, answer = desk.post(FIRST, "/claim", bytes(changed))
        if status == 200:
            # The number of the request is TLS's to guard; claim and voter are the signed ones.
            assert isinstance(answer, bytes)
            assert bytes(signed.id) in answer


def test_bodies_that_are_too_large(desk: Desk) -> None:
    opened(desk)
    assert desk.post(FIRST, "/claim", bytes(claims.MAX_REQUEST + 1)) == (413, "too-large")
    desk.line(FIRST).close()
    # The server may end the line before all of a giant body is sent, and serves on.
    answer = said(desk.line(FIRST), "/act", bytes(2 * 1024 * 1024))
    assert answer is None or answer[0] == 413
    assert desk.claim(WORLD.station(), 1).kind is AnswerKind.GRANTED


def test_too_fast_and_then_again(desk: Desk) -> None:
    first, second = opened(desk)
    desk.clock[0] += 10.0
    for whom in range(BURST):
        desk.claim(first, whom)
    assert desk.post(FIRST, "/claim", _request(first, "more")) == (429, "too-fast")
    assert desk.claim(second, "other").kind is AnswerKind.GRANTED
    desk.clock[0] += 10.0
    assert desk.claim(first, "more").kind is AnswerKind.GRANTED


@pytest.mark.parametrize("path", ["/claim", "/note", "/act", "/takeover"])
def test_what_is_refused_counts_too(desk: Desk, path: str) -> None:
    """A stolen station keeps neither the processor nor the store busy with what is nothing."""
    for _ in range(BURST):
        assert desk.post(SPARE, path, b"")[0] == 400
    assert desk.post(SPARE, path, b"") == (429, "too-fast")


def test_a_copied_station_shows(desk: Desk) -> None:
    first, _ = opened(desk)
    desk.claim(first, 1)
    copy = WORLD.station(FIRST, B1)
    assert desk.claim(copy, 2).why is Why.OUT_OF_STEP
    assert desk.claim(first, 3).why is Why.OUT_OF_STEP


def test_notes_that_are_not_the_askers(desk: Desk) -> None:
    first, second = opened(desk)
    answer = desk.claim(first, 1)
    right = Note(ELECTION, FIRST, voter(1), answer.id, NoteKind.WRITTEN)
    for name, note, key, reason in (
        (SECOND, right, second.key, (403, "device-unknown")),
        (SECOND, right, first.key, (400, "claim-signature")),
        (FIRST, replace(right, id=ClaimId(bytes(16))), first.key, (409, "claim-unknown")),
        (FIRST, replace(right, election="another"), first.key, (400, "claim-election")),
        (SECOND, replace(right, device=SECOND), second.key, (409, "claim-unknown")),
    ):
        assert desk.post(name, "/note", claims.write_note(note, key)) == reason
    assert desk.claim(second, 1).why is Why.CLAIMED


def test_slow_clients_lose_their_line_and_nobody_waits_for_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = opened(desk)
    monkeypatch.setattr(server_module, "REQUEST_SECONDS", 0.5)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=WORLD.root)
    context.load_cert_chain(*WORLD.files(FIRST, desk.folder))
    head = b"POST /claim HTTP/1.1\r\nHost: x\r\n"
    for beginning in (b"", head, head + b"Content-Length: 100\r\n\r\nabc"):
        raw = socket.create_connection(("127.0.0.1", desk.port))
        with raw, context.wrap_socket(raw) as line:
            line.settimeout(20)
            line.sendall(beginning)
            assert desk.claim(first, beginning).kind is AnswerKind.GRANTED
            began = time.monotonic()
            assert ended(line)
            assert time.monotonic() - began < 15


class Failing(ThreadedBook):
    """A store that fails when the test says so: before anything is written, or after all is."""

    when = "never"

    async def settle(self, batch: Sequence[Asked]) -> tuple[Outcome, ...]:
        error = StorageError(m("the registry's database does not answer"))
        if self.when == "before":
            raise error
        outcomes = await super().settle(batch)
        if self.when == "after":
            raise error
        return outcomes


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_store_that_fails_and_then_answers(tmp_path: Path, when: str) -> None:
    """The same claim again is granted, whether the answer or the claim was lost."""
    book = Failing(tmp_path / "registry.db")

    async def opened_book() -> Book:
        return book

    with serving(make_app(registry(opened_book, Pace(lambda: 0.0))), WORLD, tmp_path) as port:
        desk = Desk(port, tmp_path, [])
        first, second = opened(desk)
        signed = first.claim(voter(1))
        book.when = when
        waits = []
        for _ in range(12):
            body = claims.write_request(first.request(signed))
            assert desk.post(FIRST, "/claim", body) == (503, "store")
            waits.append(desk.line(FIRST).retry_after)
        assert set(waits) <= {"1", "2", "3", "4", "5"}
        assert len(set(waits)) > 1, "a country's stations come back together"
        book.when = "never"
        request = first.request(signed)
        _, answer = desk.line(FIRST).post("/claim", claims.write_request(request))
        assert claims.open_answer(answer, ANSWERS, request).kind is AnswerKind.GRANTED
        assert desk.claim(second, 1).why is Why.CLAIMED
        desk.close()


def test_the_page_says_the_statuses_that_are_answered() -> None:
    page = (Path(__file__).parents[2] / "docs/registry.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*) \| (\d+)", page, re.MULTILINE)
    told = {word: int(status) for words, status in rows for word in re.findall(r"`(\S+)`", words)}
    assert told == {str(reason): status for reason, status in STATUS.items()}


def ended(line: ssl.SSLSocket) -> bool:
    """Wait for the end of a line: politely, or cut off; whoever still waits then has no end."""
    try:
        return line.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_what_was_granted_is_there_after_a_stop(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"

    def served() -> Registry:
        return registry(partial(ThreadedBook.open, path), Pace(lambda: 0.0))

    with serving(make_app(served()), WORLD, tmp_path) as port:
        desk = Desk(port, tmp_path, [])
        first, second = opened(desk)
        answer = desk.claim(first, 1)
        desk.close()
    with serving(make_app(served()), WORLD, tmp_path) as port:
        desk = Desk(port, tmp_path, [])
        found = desk.claim(second, 1)
        assert found.why is Why.CLAIMED
        desk.close()
    book = SqliteBook(path)
    ((reference, (held,)),) = book.claims()
    book.close()
    assert (reference, held.signed.id) == (voter(1), answer.id)


def test_answers_are_the_registrys_and_to_this_claim() -> None:
    station = WORLD.station()
    request, other = (station.request(station.claim(voter(whom))) for whom in (1, 2))
    key = WORLD.keys["registry"].classical
    right = claims.Answer(
        ELECTION,
        request.signed.id,
        request.number,
        0,
        AnswerKind.GRANTED,
        (ContestId("council"),),
        None,
        None,
    )
    proof = claims.Answer(
        ELECTION, request.signed.id, request.number, 0, AnswerKind.TAKEN, (), None, other.signed
    )
    for answer, signer, reason in (
        (right, SigningKey.generate(), ClaimReason.CLAIM_SIGNATURE),
        (replace(right, id=other.signed.id), key, ClaimReason.CLAIM_OTHER),
        (replace(right, number=99), key, ClaimReason.CLAIM_OTHER),
        (replace(right, election="another"), key, ClaimReason.CLAIM_OTHER),
        (replace(right, contests=(ContestId("x"),)), key, ClaimReason.CLAIM_CONTESTS),
        (proof, key, ClaimReason.CLAIM_PROOF),
        (replace(proof, other=request.signed), key, ClaimReason.CLAIM_PROOF),
    ):
        with pytest.raises(ClaimRefusedError) as refused:
            claims.open_answer(claims.write_answer(answer, signer), key.public, request)
        assert refused.value.reason is reason
    assert claims.open_answer(claims.write_answer(right, key), key.public, request) == right
