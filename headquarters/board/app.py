"""Answer people who look, and stations that speak.

| path | who | what |
|---|---|---|
| GET / | an account | the board: of the country, or of its district |
| GET /events | an account | rows that changed, as Server-Sent Events (HTML Living Standard, section 9.2) |
| GET /public | everybody | districts only, as of a full hour |
| GET, POST /sign-in; POST /sign-out | everybody | a session |
| POST /status | stations | `election.station_status`; nothing is answered but that it came |

Everything that is shown follows from the signed messages, the register, the clock and the levels; twice a
second it is computed anew, and what changed is sent to who looks. No page has a form but that of signing in.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from election.definition import BranchId
from election.reasons import StatusReason
from election.station_status import MAX_STATUS, StatusRefusedError
from headquarters.board.accounts import SESSION_SECONDS, Account, Doorkeeper
from headquarters.board.pages import BoardPages, Looked, policy
from headquarters.board.rows import BranchRow, Level, branch_rows, district_rows
from headquarters.board.watching import Watch

_DIGITS: Final = 18
"""Of the number of a change."""
TICK_SECONDS: Final = 0.5
"""Between two looks at what changed."""
MAX_FORM: Final = 4096
LOOKING: Final = 256
"""Who may look at once."""
COOKIE: Final = "board"
LANGUAGE: Final = "language"
_WAITING_SIGN_INS: Final = 8
_STATUS: Final[Mapping[StatusReason, int]] = {
    StatusReason.STATUS_DEVICE: 403,
    StatusReason.STATUS_NUMBER: 409,
    StatusReason.STATUS_FAST: 429,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What the board is started with."""

    opens: datetime | None = None
    closes: datetime | None = None
    levels: Mapping[BranchId, Level] = field(default_factory=dict)
    secure: bool = True
    """TLS ends here."""


class Board:
    """The rows as they are now, and since when."""

    def __init__(
        self, watch: Watch, pages: BoardPages, setting: Setting, clock: Callable[[], datetime]
    ) -> None:
        """Compute the first rows."""
        self.watch, self.pages, self.setting = watch, pages, setting
        self._clock = clock
        self.boot = secrets.token_hex(8)
        self.version = 0
        self.rows: list[BranchRow] = []
        self._since: dict[BranchId, int] = {}
        self._html: dict[tuple[BranchId, str], tuple[BranchRow, str]] = {}
        self.changed = asyncio.Event()
        self.looking = 0
        self.ending = False
        self.refresh()

    def now(self) -> datetime:
        """Return the time by the board's clock."""
        return self._clock()

    def refresh(self) -> bool:
        """Compute all rows anew; return whether any changed."""
        setting = self.setting
        rows = branch_rows(self.watch, self._clock(), setting.opens, setting.closes, setting.levels)
        before = {row.branch: row for row in self.rows}
        changed = [row.branch for row in rows if before.get(row.branch) != row]
        if not changed:
            return False
        self.version += 1
        self._since.update(dict.fromkeys(changed, self.version))
        self.rows = rows
        self.changed.set()
        self.changed = asyncio.Event()
        return True

    def end(self) -> None:
        """Let everybody who looks go, because the program ends."""
        self.ending = True
        self.changed.set()

    def seen_by(self, account: Account) -> list[BranchRow]:
        """Return the rows that an account may see."""
        return [row for row in self.rows if account.district in {"", row.district}]

    def html(self, row: BranchRow, language: str) -> str:
        """Return a row as it is shown, written once for all who look."""
        kept = self._html.get((row.branch, language))
        if kept is None or kept[0] != row:
            kept = self._html[row.branch, language] = row, self.pages.row(row, language)
        return kept[1]

    def after(self, version: int, account: Account, language: str) -> str:
        """Return an event with the rows that changed after a version, and what stands above them."""
        rows = self.seen_by(account)
        told = {
            "rows": {
                f"b-{row.branch}": self.html(row, language)
                for row in rows
                if self._since[row.branch] > version
            },
            "summary": self.pages.summary(rows, language),
        }
        return f"id: {self.version}\nevent: rows\ndata: {json.dumps(told)}\n\n"


Handler = Callable[[Request], Awaitable[Response]]


class Service:
    """The handlers; made in the event loop that serves them."""

    def __init__(self, board: Board, door: Doorkeeper) -> None:
        """Serve a board to whom the doorkeeper lets in."""
        self._board, self._door = board, door
        self._signing_in = asyncio.Lock()
        self._waiting = 0

    def end(self) -> None:
        """Let everybody who looks go."""
        self._board.end()

    async def tick(self) -> None:
        """Look for changes until cancelled."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._board.refresh()

    async def show(self, request: Request) -> Response:
        """Show the board to an account."""
        account = self._account(request)
        if account is None:
            return RedirectResponse("/sign-in", 303)
        self._door.note(account.name, "board")
        board, language = self._board, self._language(request)
        rows = board.seen_by(account)
        events = f"/events?since={board.version}&boot={board.boot}&{LANGUAGE}={language}"
        looked = Looked(account.name, account.district, events)
        page = board.pages.board(
            [board.html(row, language) for row in rows],
            board.pages.summary(rows, language),
            looked,
            language,
        )
        return self._spoken(page, request, language)

    async def events(self, request: Request) -> Response:
        """Send what changes, for as long as somebody looks and the session lasts."""
        account = self._account(request)
        if account is None:
            return PlainTextResponse("", 401)
        if self._board.looking >= LOOKING:
            return PlainTextResponse("", 503)
        language = self._language(request)
        asked = request.headers.get("last-event-id") or request.query_params.get("since", "")
        same = request.query_params.get("boot") == self._board.boot
        whole = len(asked) <= _DIGITS and asked.isascii() and asked.isdecimal()
        version = int(asked) if same and whole else -1
        word = request.cookies.get(COOKIE, "")
        return StreamingResponse(
            self._changes(version, account, language, word),
            media_type="text/event-stream",
            headers={"X-Accel-Buffering": "no"},
        )

    async def public(self, request: Request) -> Response:
        """Show districts to everybody."""
        board, language = self._board, self._language(request)
        page = board.pages.public(district_rows(board.rows), board.now(), language)
        return self._spoken(page, request, language)

    async def sign_in(self, request: Request) -> Response:
        """Ask who looks, and let them in."""
        language = self._language(request)
        if request.method == "GET":
            return self._spoken(
                self._board.pages.sign_in(language, refused=False), request, language
            )
        if not _from_here(request):
            return PlainTextResponse("", 403)
        form = parse_qs((await _body(request, MAX_FORM)).decode("utf-8", "replace"))
        name, passphrase, code = (form.get(x, [""])[0] for x in ("name", "passphrase", "code"))
        if self._waiting >= _WAITING_SIGN_INS:
            return PlainTextResponse("", 503, {"Retry-After": "5"})
        self._waiting += 1
        try:
            async with self._signing_in:
                found = await asyncio.to_thread(self._door.sign_in, name, passphrase, code)
        finally:
            self._waiting -= 1
        if found is None:
            page = self._board.pages.sign_in(language, refused=True)
            return HTMLResponse(page, 403)
        response = RedirectResponse("/", 303)
        response.set_cookie(
            COOKIE,
            found[0],
            max_age=SESSION_SECONDS,
            secure=self._secure(request),
            httponly=True,
            samesite="strict",
        )
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        if not _from_here(request):
            return PlainTextResponse("", 403)
        self._door.sign_out(request.cookies.get(COOKIE, ""))
        response = RedirectResponse("/sign-in", 303)
        response.delete_cookie(COOKIE)
        return response

    async def status(self, request: Request) -> Response:
        """Take a station's message."""
        try:
            self._board.watch.receive(await _body(request, MAX_STATUS), self._board.now())
        except StatusRefusedError as error:
            return PlainTextResponse(error.reason, _STATUS.get(error.reason, 400))
        return Response(status_code=204)

    async def _changes(
        self, version: int, account: Account, language: str, word: str
    ) -> AsyncIterator[str]:
        board = self._board
        board.looking += 1
        try:
            if version < 0:
                yield "event: anew\ndata: \n\n"
                return
            yield "retry: 2000\n\n"
            while self._door.who(word) is not None:
                if board.ending:
                    return
                changed = board.changed
                if board.version > version:
                    yield board.after(version, account, language)
                    version = board.version
                    continue
                try:
                    await asyncio.wait_for(changed.wait(), 15)
                except TimeoutError:
                    yield ": still here\n\n"
            yield "event: anew\ndata: \n\n"
        finally:
            board.looking -= 1

    def _account(self, request: Request) -> Account | None:
        return self._door.who(request.cookies.get(COOKIE, ""))

    def _secure(self, request: Request) -> bool:
        """Whether cookies travel over TLS alone: that of the board, or of the web server in front."""
        proxied = request.headers.get("x-forwarded-proto") == "https"
        return self._board.setting.secure or proxied

    def _language(self, request: Request) -> str:
        asked = request.query_params.get(LANGUAGE) or request.cookies.get(LANGUAGE, "")
        return self._board.pages.language(asked)

    def _spoken(self, page: str, request: Request, language: str) -> Response:
        response = HTMLResponse(page)
        if request.query_params.get(LANGUAGE):
            response.set_cookie(LANGUAGE, language, secure=self._secure(request), samesite="lax")
        return response


def make_app(board: Callable[[], Board], door: Doorkeeper) -> Starlette:
    """Make the web application; `board` is called in the event loop that serves it."""

    @asynccontextmanager
    async def serving(app: Starlette) -> AsyncIterator[None]:
        app.state.service = service = Service(board(), door)
        ticking = asyncio.create_task(service.tick())
        try:
            yield
        finally:
            ticking.cancel()

    return Starlette(
        routes=[
            Route("/", _answering(Service.show)),
            Route("/events", _answering(Service.events)),
            Route("/public", _answering(Service.public)),
            Route("/sign-in", _answering(Service.sign_in), methods=["GET", "POST"]),
            Route("/sign-out", _answering(Service.sign_out), methods=["POST"]),
            Route("/status", _answering(Service.status), methods=["POST"]),
        ],
        lifespan=serving,
    )


# ---------------------------------------------------------------- parts


class _TooLargeError(Exception):
    """A body is larger than anything that belongs here."""


async def _body(request: Request, limit: int) -> bytes:
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > limit:
            raise _TooLargeError
    return bytes(parts)


def _from_here(request: Request) -> bool:
    """Whether the browser says that the form is of this board."""
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.headers.get("host", "")


def _answering(handle: Callable[[Any, Request], Awaitable[Response]]) -> Handler:
    async def answered(request: Request) -> Response:
        try:
            response = await handle(request.app.state.service, request)
        except _TooLargeError:
            response = PlainTextResponse("", 413)
        except ClientDisconnect:
            response = Response(status_code=400)
        response.headers.update(
            {
                "Content-Security-Policy": policy(),
                "Cache-Control": "no-store",
                "Referrer-Policy": "same-origin",
                "X-Content-Type-Options": "nosniff",
            }
        )
        return response

    return answered


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)
