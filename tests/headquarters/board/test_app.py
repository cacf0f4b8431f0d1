"""The board as a web application: who is let in, what is sent, and how fast a country is."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from crypto.passphrase import Cost, WeakPassphraseError
from election.definition import DeviceId
from election.errors import ElectionError
from election.station_status import Power, StationStatus, StatusRefusedError
from headquarters.board import accounts
from headquarters.board.accounts import TRIES, WAIT_SECONDS, Doorkeeper, add_account
from headquarters.board.app import COOKIE, Board, make_app
from headquarters.board.pages import BoardPages
from headquarters.board.rows import branch_rows, district_rows
from headquarters.board.serving import Place, read_levels
from headquarters.board.watching import Watch
from tests.headquarters.board.country import (
    CLOSES,
    NOON,
    OPENS,
    Clock,
    board_of,
    noon,
    register,
    said,
    signed,
)
from words.languages import installed

PASSPHRASE = "correct horse battery staple"
HOST = b"board.example"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "COST", Cost(8192, 1, 1))


@dataclass
class Person:
    """Somebody with a telephone."""

    door: Doorkeeper
    secret: bytes
    name: str

    def code(self, now: float) -> str:
        return TOTP(self.secret, 6, SHA1(), 30).generate(int(now)).decode()

    def cookie(self, now: float) -> str:
        found = self.door.sign_in(self.name, PASSPHRASE, self.code(now))
        assert found is not None
        return found[0]


@dataclass
class Hours:
    now: float = 1_781_000_000.0

    def __call__(self) -> float:
        return self.now


def person(
    folder: Path, name: str = "maryam", district: str = "", hours: Hours | None = None
) -> Person:
    import base64
    from urllib.parse import parse_qs, urlsplit

    address = add_account(folder, name, district, PASSPHRASE, "Amin")
    secret = parse_qs(urlsplit(address).query)["secret"][0]
    return Person(
        Doorkeeper(folder, hours or Hours()),
        base64.b32decode(secret + "=" * (-len(secret) % 8)),
        name,
    )


def last_of(board: Board, branch: str) -> StationStatus:
    """What the station of a branch said last."""
    return board.watch.heard[DeviceId(f"s1-{branch}")].status


# ---------------------------------------------------------------- who is let in


def test_passphrase_and_code_let_in_once(tmp_path: Path) -> None:
    hours = Hours()
    one = person(tmp_path, hours=hours)
    code = one.code(hours.now)
    word, account = one.door.sign_in("maryam", PASSPHRASE, code) or ("", None)
    assert account is not None
    assert one.door.who(word) == account
    assert one.door.sign_in("maryam", PASSPHRASE, code) is None, "a code is good once"
    hours.now += 30
    assert one.door.sign_in("maryam", PASSPHRASE, one.code(hours.now)) is not None
    hours.now += 9 * 3600
    assert one.door.who(word) is None, "a working day later it is over"
    looked = [json.loads(x)["what"] for x in (tmp_path / "looked.jsonl").read_text().splitlines()]
    assert looked == ["signed-in", "refused", "signed-in"]
    assert (tmp_path / "looked.jsonl").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "passphrase", "shift"),
    [
        ("maryam", "another horse battery", 0),
        ("maryam", PASSPHRASE, 3600),
        ("nobody", PASSPHRASE, 0),
        ("../accounts/maryam", PASSPHRASE, 0),
        ("", "", 0),
    ],
)
def test_nobody_else_is_let_in(tmp_path: Path, name: str, passphrase: str, shift: int) -> None:
    hours = Hours()
    one = person(tmp_path, hours=hours)
    assert one.door.sign_in(name, passphrase, one.code(hours.now + shift)) is None


def test_a_code_is_good_once_over_a_restart(tmp_path: Path) -> None:
    hours = Hours()
    one = person(tmp_path, hours=hours)
    code = one.code(hours.now)
    assert one.door.sign_in("maryam", PASSPHRASE, code) is not None
    again = Doorkeeper(tmp_path, lambda: hours.now)
    assert again.sign_in("maryam", PASSPHRASE, code) is None
    hours.now += 30
    assert again.sign_in("maryam", PASSPHRASE, one.code(hours.now)) is not None


def test_what_is_worst_stands_first(tmp_path: Path) -> None:
    """Whatever district it is in: only some are listed."""
    watch = Watch(register(12))
    for branch in watch.branches[:-1]:
        watch.receive(signed(said(branch, power=Power.LOW)), NOON)
    last = watch.branches[-1]
    watch.receive(signed(said(last)), NOON)
    with pytest.raises(StatusRefusedError):
        watch.receive(signed(said(last, power=Power.BATTERY)), NOON)
    rows = branch_rows(watch, NOON, OPENS, CLOSES, {})
    listed = BoardPages(watch, installed()).summary(rows, "en")
    assert re.findall(r"#b-(b\d+)", listed)[0] == last


def test_wrong_tries_make_wait(tmp_path: Path) -> None:
    hours = Hours()
    one = person(tmp_path, hours=hours)
    for _ in range(TRIES):
        assert one.door.sign_in("maryam", PASSPHRASE, "000000") is None
    assert one.door.sign_in("maryam", PASSPHRASE, one.code(hours.now)) is None
    hours.now += WAIT_SECONDS + 1
    assert one.door.sign_in("maryam", PASSPHRASE, one.code(hours.now)) is not None


def test_what_lies_on_the_disk_lets_nobody_in(tmp_path: Path) -> None:
    """The code's secret is closed with the passphrase; a changed district opens nothing."""
    hours = Hours()
    one = person(tmp_path, hours=hours)
    path = tmp_path / "accounts" / "maryam.json"
    text = path.read_text()
    assert one.secret.hex() not in text
    path.write_text(text.replace('"district": ""', '"district": "x"'))
    assert one.door.sign_in("maryam", PASSPHRASE, one.code(hours.now)) is None


def test_accounts_are_made_once_and_well(tmp_path: Path) -> None:
    person(tmp_path)
    with pytest.raises(ElectionError):
        add_account(tmp_path, "maryam", "", PASSPHRASE, "Amin")
    with pytest.raises(ElectionError):
        add_account(tmp_path, "../maryam", "", PASSPHRASE, "Amin")
    with pytest.raises(WeakPassphraseError):
        add_account(tmp_path, "reza", "", "short", "Amin")


# ---------------------------------------------------------------- what is asked and answered


@dataclass
class Answered:
    status: int
    headers: dict[str, str]
    body: str


class Asking:
    """A client of the application, without a socket."""

    def __init__(self, app: Any, board: Board) -> None:
        self.app, self.board = app, board

    async def ask(
        self,
        path: str,
        body: bytes | None = None,
        cookie: str = "",
        origin: str = "",
        parts: int = 0,
    ) -> Answered:
        """Ask; of an endless answer read so many parts."""
        where, _, query = path.partition("?")
        headers = [(b"host", HOST)]
        headers += [(b"cookie", f"{COOKIE}={cookie}".encode())] if cookie else []
        headers += [(b"origin", origin.encode())] if origin else []
        scope = {
            "type": "http", "http_version": "1.1", "method": "GET" if body is None else "POST",
            "path": where, "raw_path": where.encode(), "query_string": query.encode(), "headers": headers,
            "scheme": "https", "server": ("board.example", 443), "client": ("1.2.3.4", 5), "root_path": "",
        }  # fmt: skip
        sent = [{"type": "http.request", "body": body or b"", "more_body": False}]
        got: list[dict[str, Any]] = []
        enough = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if sent:
                return sent.pop()
            await enough.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            got.append(message)
            if parts and sum(bool(x.get("body")) for x in got) >= parts:
                enough.set()

        await self.app(scope, receive, send)
        head = {k.decode().lower(): v.decode() for k, v in got[0]["headers"]}
        return Answered(
            got[0]["status"], head, b"".join(x.get("body", b"") for x in got[1:]).decode()
        )


@asynccontextmanager
async def asking(
    watch: Watch, door: Doorkeeper, clock: Clock | None = None
) -> AsyncIterator[Asking]:
    board = board_of(watch, clock)
    app = make_app(lambda: board, door)
    async with app.router.lifespan_context(app):
        yield Asking(app, board)


def played(
    tmp_path: Path, play: Callable[[Asking, Person, Clock], Awaitable[None]], branches: int = 20
) -> None:
    one, clock = person(tmp_path), Clock()

    async def run() -> None:
        async with asking(noon(branches), one.door, clock) as asked:
            await play(asked, one, clock)

    asyncio.run(run())


def test_strangers_see_districts_and_nothing_else(tmp_path: Path) -> None:
    async def play(asked: Asking, _: Person, __: Clock) -> None:
        assert (await asked.ask("/")).status == 303
        assert (await asked.ask("/", cookie="x" * 43)).status == 303
        assert (await asked.ask("/events")).status == 401
        public = await asked.ask("/public?language=en")
        assert public.status == 200
        assert "b0001" not in public.body
        assert "فارس" in public.body
        assert (await asked.ask("/row")).status == 404
        assert "script-src 'sha256-" in public.headers["content-security-policy"]
        assert public.headers["cache-control"] == "no-store"

    played(tmp_path, play)


@pytest.mark.parametrize("who", ["nobody", "waiting", "another passphrase"])
def test_who_is_not_let_in_waits_as_long_for_every_reason(
    tmp_path: Path, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One computation of Argon2 each: the time tells neither that a name exists nor that it waits."""
    one = person(tmp_path)
    for _ in range(TRIES if who == "waiting" else 0):
        assert one.door.sign_in("maryam", "another horse battery", "000000") is None
    computed: list[str] = []

    def counted(name: str) -> Callable[..., object]:
        real = getattr(accounts, name)

        def compute(*given: object) -> object:
            computed.append(name)
            return real(*given)

        return compute

    for name in ("encrypt_with_passphrase", "decrypt_with_passphrase"):
        monkeypatch.setattr(accounts, name, counted(name))
    name = "nobody" if who == "nobody" else "maryam"
    assert one.door.sign_in(name, "another horse battery", "000000") is None
    assert len(computed) == 1


@pytest.mark.parametrize("box", ["", "{", "[]", "7", '{"kdf":"none"}'])
def test_a_damaged_account_is_refused(tmp_path: Path, box: str) -> None:
    one = person(tmp_path)
    path = tmp_path / "accounts" / "maryam.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"box": box}))
    assert one.door.sign_in("maryam", PASSPHRASE, one.code(one.door.clock())) is None


def test_a_change_of_any_number_of_digits_is_answered(tmp_path: Path) -> None:
    async def play(asked: Asking, one: Person, _: Clock) -> None:
        word = one.cookie(one.door.clock())
        for digits in (18, 19, 5000):
            told = await asked.ask(
                f"/events?since={'9' * digits}&boot={asked.board.boot}", cookie=word, parts=1
            )
            assert told.status == 200

    played(tmp_path, play)


def test_signing_in_by_the_form(tmp_path: Path) -> None:
    async def play(asked: Asking, one: Person, _: Clock) -> None:
        form = {"name": "maryam", "passphrase": PASSPHRASE, "code": one.code(one.door.clock())}
        body = urlencode(form).encode()
        assert (await asked.ask("/sign-in", body)).status == 403, "no browser of ours"
        assert (await asked.ask("/sign-in", body, origin="https://evil.example")).status == 403
        wrong = urlencode(form | {"code": "12345"}).encode()
        assert (await asked.ask("/sign-in", wrong, origin="https://board.example")).status == 403
        let = await asked.ask("/sign-in", body, origin="https://board.example")
        assert let.status == 303
        assert "HttpOnly" in let.headers["set-cookie"]
        assert "SameSite=strict" in let.headers["set-cookie"]
        word = let.headers["set-cookie"].partition("=")[2].partition(";")[0]
        page = await asked.ask("/?language=en", cookie=word)
        assert page.status == 200
        assert page.body.count('<tr id="b-b') == 20
        out = await asked.ask("/sign-out", b"", cookie=word, origin="https://board.example")
        assert out.status == 303
        assert (await asked.ask("/", cookie=word)).status == 303
        assert (
            await asked.ask("/sign-in", b"x" * 5000, origin="https://board.example")
        ).status == 413

    played(tmp_path, play)


def test_an_account_of_a_district_sees_its_district(tmp_path: Path) -> None:
    one = person(tmp_path, district="فارس")

    async def run() -> None:
        async with asking(noon(21), one.door) as asked:
            word = one.cookie(one.door.clock())
            page = await asked.ask("/?language=fa", cookie=word)
            here = {x.branch for x in asked.board.rows if x.district == "فارس"}
            assert {x[:5] for x in page.body.split('<tr id="b-')[1:]} == here
            assert "گیلان" not in page.body
            clock = await asked.ask(
                f"/events?since=0&boot={asked.board.boot}&language=fa", cookie=word, parts=2
            )
            data = json.loads(clock.body.split("data: ")[1].split("\n")[0])
            assert {x.removeprefix("b-") for x in data["rows"]} == here

    asyncio.run(run())


def test_what_changes_is_sent_within_two_seconds(tmp_path: Path) -> None:
    async def play(asked: Asking, one: Person, _: Clock) -> None:
        word = one.cookie(one.door.clock())
        version = asked.board.version
        path = f"/events?since={version}&boot={asked.board.boot}&language=en"
        listening = asyncio.create_task(asked.ask(path, cookie=word, parts=2))
        await asyncio.sleep(0.05)
        began = time.monotonic()
        changed = replace(last_of(asked.board, "b0003"), number=2, power=Power.LOW)
        assert (await asked.ask("/status", signed(changed))).status == 204
        told = await asyncio.wait_for(listening, 5)
        assert time.monotonic() - began < 2
        data = json.loads(told.body.split("data: ")[1].split("\n")[0])
        assert list(data["rows"]) == ["b-b0003"]
        assert "battery nearly empty" in data["rows"]["b-b0003"]
        assert "b0003" in data["summary"]

    played(tmp_path, play)


def test_a_board_that_began_anew_is_read_anew(tmp_path: Path) -> None:
    async def play(asked: Asking, one: Person, _: Clock) -> None:
        word = one.cookie(one.door.clock())
        told = await asked.ask("/events?since=1&boot=another", cookie=word)
        assert "event: anew" in told.body

    played(tmp_path, play)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (b"\xa0", 400),
        (b"x" * 2000, 413),
        (signed(said("b0001", election="another", number=9)), 400),
        (signed(said("b0001", device="nobody")), 403),
    ],
)
def test_messages_that_are_refused(data: bytes, status: int, tmp_path: Path) -> None:
    async def play(asked: Asking, _: Person, __: Clock) -> None:
        before = asked.board.rows
        assert (await asked.ask("/status", data)).status == status
        asked.board.refresh()
        assert asked.board.rows == before

    played(tmp_path, play)


def test_a_country_is_on_one_page_in_a_second(tmp_path: Path) -> None:
    """2,874 branches: the page, a second look, and what a second costs when nothing happens."""

    async def play(asked: Asking, one: Person, _: Clock) -> None:
        word = one.cookie(one.door.clock())
        times = []
        for _turn in range(2):
            began = time.process_time()
            page = await asked.ask("/?language=fa", cookie=word)
            times.append(time.process_time() - began)
        assert page.body.count('<tr id="b-b') == 2874
        assert max(times) < 1.0, times
        began = time.process_time()
        assert asked.board.refresh() is False
        assert time.process_time() - began < 0.5

    played(tmp_path, play, branches=2874)


def test_the_board_shows_no_more_than_districts_to_everybody() -> None:
    """The public page follows from district rows: nothing of a branch goes into it."""
    watch = noon(40)

    async def run() -> None:
        board = board_of(watch)
        rows = district_rows(board.rows)
        text = board.pages.public(rows, board.now(), "en")
        again = board.pages.public(
            district_rows([replace(row, version="secret", alerts=()) for row in board.rows]),
            board.now(),
            "en",
        )
        assert text == again.replace("secret", "")

    asyncio.run(run())


# ---------------------------------------------------------------- where it listens


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:80", "example.org:443", "10.0.0.1:8444", "8444", "a:b"]
)
def test_no_passphrase_travels_openly(listen: str) -> None:
    with pytest.raises(ElectionError):
        Place.parse(listen, None)


def test_places(tmp_path: Path) -> None:
    assert Place.parse("127.0.0.1:8444", None).listens == ("127.0.0.1", 8444)
    assert Place.parse("[::1]:8444", None).listens == ("::1", 8444)
    assert Place.parse("unix:/run/b.sock", None).listens == Path("/run/b.sock")
    pair = tmp_path / "c", tmp_path / "k"
    assert Place.parse("0.0.0.0:443", pair).tls == pair


@pytest.mark.parametrize("text", ["branch,level\nb1,secret\n", "a,b\n1,2\n", "branch,level\nb1\n"])
def test_levels_that_are_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "levels.csv").write_text(text)
    with pytest.raises(ElectionError):
        read_levels(tmp_path / "levels.csv")


def test_levels(tmp_path: Path) -> None:
    (tmp_path / "levels.csv").write_text("\ufeffbranch,level\nb1, Important \nb2,sensitive\n")
    assert {str(k): str(v) for k, v in read_levels(tmp_path / "levels.csv").items()} == {
        "b1": "important",
        "b2": "sensitive",
    }
    assert read_levels(None) == {}
