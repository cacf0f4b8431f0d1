"""Serve a board until a signal comes, and keep what stations said last over a restart.

    heard.cbor      the last message of each station, when it came and what was noticed; once in half a
                    minute and at the end

TLS is the board's own (certificate and key as PEM), or that of a web server in front, which reaches a
loopback address or a Unix socket. Another address without TLS is refused: passphrases would travel openly.
"""

from __future__ import annotations

import asyncio
import csv
import ipaddress
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import uvicorn
from annotated_types import MaxLen
from starlette.applications import Starlette

from election.definition import BranchId
from election.errors import ElectionError
from election.files import read_file, replace_file
from election.register import PublishedRegister, in_groups
from election.schema import SchemaError, from_cbor, to_cbor
from headquarters.board.accounts import Doorkeeper
from headquarters.board.app import Board, Setting, make_app, utc_now
from headquarters.board.pages import BoardPages
from headquarters.board.rows import Level
from headquarters.board.watching import Kept, Watch
from headquarters.published_acts import register_in
from words.languages import Languages
from words.message import Latin, Message, m

HEARD_FILE: Final = "heard.cbor"
MAX_HEARD: Final = 64 * 1024 * 1024
MAX_LEVELS: Final = 4 * 1024 * 1024
KEEP_SECONDS: Final = 30.0
CONNECTIONS: Final = 4096
_SOCKET: Final = "unix:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a board listens."""

    listens: Path | tuple[str, int]
    tls: tuple[Path, Path] | None
    """Certificate and key (PEM); None where a web server in front ends TLS."""

    @classmethod
    def parse(cls, listen: str, tls: tuple[Path, Path] | None) -> Place:
        """Read what an operator types. Raises `ElectionError`."""
        if listen.startswith(_SOCKET):
            return cls(Path(listen.removeprefix(_SOCKET)), None)
        host, _, port = listen.rpartition(":")
        if not host or not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ElectionError(m("say where to listen as address:port, or as unix:PATH"))
        if tls is None and not _is_loopback(host.strip("[]")):
            raise ElectionError(
                m(
                    "passphrases would travel openly: give --tls, or listen on {address} "
                    "or unix:PATH behind a web server with TLS",
                    address=Latin("127.0.0.1"),
                )
            )
        return cls((host.strip("[]"), int(port)), tls)


@dataclass(frozen=True, slots=True)
class _KeptFile:
    items: Annotated[tuple[Kept, ...], MaxLen(100_000)]


def read_levels(path: Path | None) -> Mapping[BranchId, Level]:
    """Read a table `branch,level`. Raises `ElectionError`, `OSError`."""
    if path is None:
        return {}
    found: dict[BranchId, Level] = {}
    lines = read_file(path, MAX_LEVELS).decode("utf-8-sig", "replace").splitlines()
    for number, row in enumerate(csv.DictReader(lines), 2):
        try:
            found[BranchId(row["branch"].strip())] = Level(row["level"].strip().lower())
        except (KeyError, ValueError, AttributeError) as error:
            raise ElectionError(
                m(
                    "{name}, line {line}: say a branch and a level: normal, important or sensitive",
                    name=Latin(path.name),
                    line=number,
                )
            ) from error
    return found


def serve(
    folder: Path,
    published: PublishedRegister,
    languages: Languages,
    place: Place,
    setting: Setting,
    ready: Callable[[], None],
) -> None:
    """Serve a board until a signal comes; `ready` is called when it may be looked at.

    `folder`: of accounts and of what is kept. Raises `ElectionError`, `OSError`.
    """
    watch = Watch(published)
    _restore(watch, folder / HEARD_FILE)
    board = lambda: Board(watch, BoardPages(watch, languages), setting, utc_now)  # noqa: E731
    app = kept_app(make_app(board, Doorkeeper(folder, time.time)), watch, folder / HEARD_FILE)
    options: dict[str, Any] = (
        {"uds": str(place.listens)}
        if isinstance(place.listens, Path)
        else {"host": place.listens[0], "port": place.listens[1]}
    )
    if place.tls is not None:
        options |= {"ssl_certfile": str(place.tls[0]), "ssl_keyfile": str(place.tls[1])}
    server = BoardServer(app, ready, **options)
    try:
        server.run()
    except SystemExit as error:
        raise ElectionError(
            m("the board could not start: is its address free, and are certificate and key right?")
        ) from error


class BoardServer(uvicorn.Server):
    """Tells when it listens, and lets those who look go before it ends."""

    def __init__(self, app: Starlette, ready: Callable[[], None], **options: Any) -> None:
        """Serve an application of `make_app`."""
        super().__init__(configuration(app, **options))
        self._app, self._ready = app, ready

    async def startup(self, sockets: Any = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: Any = None) -> None:
        """End; changes that nobody waits for any more hold nothing up."""
        self._app.state.service.end()
        await super().shutdown(sockets)


def serve_published(
    folder: Path,
    public: Path,
    languages: Languages,
    listen: str,
    tls: tuple[Path, Path] | None,
    hours: tuple[datetime, datetime] | None,
    levels: Path | None,
    say: Callable[[Message], None],
) -> None:
    """Serve a board as an operator asks for it.

    `public`: with register.json and root.der; `tls`: certificate and key; `hours`: of opening and closing;
    `say`: tells the operator. Raises `ElectionError`, `OSError`.
    """
    published = register_in(public)
    if published is None:
        raise ElectionError(m("{folder} has no register.json with its root.der", folder=public))
    place = Place.parse(listen, tls)
    opens, closes = hours or (None, None)
    setting = Setting(opens, closes, read_levels(levels), secure=place.tls is not None)
    say(m("election's number: {number}", number=Latin(in_groups(published.number))))
    ready = m("People may look at {place}. Stop with Ctrl+C.", place=Latin(listen))
    serve(folder, published, languages, place, setting, lambda: say(ready))


def configuration(app: Starlette, **options: Any) -> uvicorn.Config:
    """Make what uvicorn is started with: no access log, no headers of its own."""
    return uvicorn.Config(
        app,
        loop="asyncio",
        lifespan="on",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=2,
        **options,
    )


def kept_app(app: Starlette, watch: Watch, path: Path) -> Starlette:
    """Wrap an application so that what stations said is kept now and then, and at the end."""
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def serving(served: Starlette) -> AsyncIterator[None]:
        async with inner(served):
            keeping = asyncio.create_task(_keep(watch, path))
            try:
                yield
            finally:
                keeping.cancel()
                _write(watch, path)

    app.router.lifespan_context = serving
    return app


# ---------------------------------------------------------------- parts


async def _keep(watch: Watch, path: Path) -> None:
    while True:
        await asyncio.sleep(KEEP_SECONDS)
        with suppress(OSError):  # a full disk stops nobody from looking
            _write(watch, path)


def _write(watch: Watch, path: Path) -> None:
    replace_file(path, to_cbor(_KeptFile(watch.kept())))


def _restore(watch: Watch, path: Path) -> None:
    try:
        file = from_cbor(_KeptFile, read_file(path, MAX_HEARD), 1_000_000)
    except FileNotFoundError:
        return
    except SchemaError as error:
        raise ElectionError(
            m("{name} is damaged: take it away, and the board begins anew", name=Latin(path.name))
        ) from error
    watch.restore(file.items)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
