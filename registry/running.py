"""Run a registry or an evaluator until it is told to stop: by itself, or at a centre behind nginx."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from errno import ENOENT
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import uvicorn

from crypto.hybrid import HybridKey
from crypto.oprf import EvaluatorKey
from drivers.registry.line import in_memory
from election.errors import ElectionError
from election.register import PublishedRegister, RegisteredEvaluator
from registry import evaluator
from registry.book import Book, ThreadedBook
from registry.door import (
    EVALUATIONS_A_DAY,
    EVALUATIONS_PER_SECOND,
    ROLL_A_DAY,
    ROLL_PER_SECOND,
    Door,
    Pace,
)
from registry.postgres import PostgresBook
from registry.processes import serve_from_all, sockets
from registry.server import FromProxy, configuration, tls_context
from registry.service import Application, Registry, make_app
from words.message import m

_DATABASES: Final = ("postgresql://", "postgres://")
_SOCKET: Final = "unix:"

T = TypeVar("T")
Listens: TypeAlias = Path | tuple[str, int]
"""A Unix socket behind nginx, or address and port."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a registry listens, and where it keeps its claims."""

    book: Path | str
    """A SQLite file, or the address of a PostgreSQL database."""
    listens: Listens
    processes: int = 1
    restored: bool | None = None
    """The book is a backup that may lack claims: nothing new is granted. None: as it was."""

    def __post_init__(self) -> None:
        if self.processes > 1 and not (
            isinstance(self.book, str) and isinstance(self.listens, Path)
        ):
            raise ElectionError(
                m("several processes need PostgreSQL and nginx: postgresql://… and unix:PATH")
            )

    @classmethod
    def parse(
        cls, book: str, listen: str, processes: int = 1, restored: bool | None = None
    ) -> Place:
        """Read what an operator types: path or postgresql://…; unix:PATH or address:port.

        Raises `ElectionError`.
        """
        return cls(parse_book(book), parse_listens(listen), processes, restored)


def parse_book(book: str) -> Path | str:
    """Return what an operator types as a path, or as the address of a database."""
    return book if book.startswith(_DATABASES) else Path(book)


def in_book(book: str, do: Callable[[Book], Awaitable[T]]) -> T:
    """Do something with a book that is there, whether or not a registry runs on it.

    Raises `FileNotFoundError`, `StorageError`, and what `do` raises.
    """
    kept = parse_book(book)
    if isinstance(kept, Path) and not kept.exists():
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(kept))

    async def done() -> T:
        opened = await _opener(kept)()
        try:
            return await do(opened)
        finally:
            await opened.close()

    return asyncio.run(done())


def parse_listens(listen: str) -> Listens:
    """Read what an operator types: unix:PATH or address:port. Raises `ElectionError`."""
    if listen.startswith(_SOCKET):
        return Path(listen.removeprefix(_SOCKET))
    host, _, port = listen.rpartition(":")
    if not host or not is_port(port):
        raise ElectionError(m("say where to listen as address:port, or as unix:PATH"))
    return host.strip("[]"), int(port)


def is_port(text: str) -> bool:
    """Return whether somebody typed the number of a port."""
    return len(text) <= 5 and text.isascii() and text.isdecimal() and 0 < int(text) < 65536


@dataclass(frozen=True, slots=True)
class Keys:
    """The registry's keys and their certificate (DER). Never log this."""

    pair: HybridKey
    certificate: bytes

    def __repr__(self) -> str:
        return "Keys(…)"


def serve(
    published: PublishedRegister,
    keys: Keys,
    place: Place,
    ready: Callable[[], None],
    pace: Pace | None = None,
) -> None:
    """Answer stations until a signal comes; `ready` is called when the first one may ask.

    `pace`: of stations whose days last minutes.

    Raises `ElectionError` if the register does not name this registry, `StorageError`, `OSError`.
    """
    if keys.certificate not in published.register.registry:
        raise ElectionError(
            m(
                "the register names another registry, or none: bring this one's request to headquarters "
                "before the package is made (amin election office-key --office registry)"
            )
        )
    open_book = _opener(place.book)
    asyncio.run(_opened_once(open_book, place.restored))
    app = make_app(
        Registry(Door(published), open_book, keys.pair.classical, pace or Pace(time.monotonic))
    )
    if isinstance(place.listens, Path) and place.processes > 1:
        with ExitStack() as stack:
            paths = sockets(place.listens, place.processes)
            listening = [stack.enter_context(_unix_socket(path)) for path in paths]
            serve_from_all(
                listening,
                lambda one, begun: _run(configuration(FromProxy(app)), begun, one),
                ready,
            )
        return
    _answer(app, published, keys, place.listens, ready)


def evaluate(
    published: PublishedRegister,
    keys: Keys,
    key: EvaluatorKey,
    listens: Listens,
    ready: Callable[[], None],
) -> None:
    """Evaluate pseudonyms, and questions about the roll, until a signal comes.

    `ready` is called when the first station may ask.

    Raises `ElectionError` if the register does not name this evaluator with this key, `OSError`.
    """
    if RegisteredEvaluator(keys.certificate, key.public) not in published.register.evaluator:
        raise ElectionError(
            m(
                "the register names another evaluator, another key, or none: bring this one's request to "
                "headquarters before the package is made (amin election office-key --office evaluator)"
            )
        )
    pace = Pace(time.monotonic, EVALUATIONS_PER_SECOND, most=EVALUATIONS_A_DAY)
    roll_pace = Pace(time.monotonic, ROLL_PER_SECOND, most=ROLL_A_DAY)
    app = evaluator.make_app(evaluator.Evaluator(Door(published), key, pace, roll_pace))
    _answer(app, published, keys, listens, ready)


# ---------------------------------------------------------------- parts


def _answer(
    app: Application,
    published: PublishedRegister,
    keys: Keys,
    listens: Listens,
    ready: Callable[[], None],
) -> None:
    if isinstance(listens, Path):
        with _unix_socket(listens) as listening:
            _run(configuration(FromProxy(app)), ready, listening)
        return
    shown = ssl.DER_cert_to_PEM_cert(keys.certificate).encode()
    with in_memory(shown, keys.pair.classical.to_pem()) as (certificate, key):
        context = tls_context(certificate, key, None, published.register.root)
    host, port = listens
    _run(configuration(app, host=host, port=port, ssl_context_factory=lambda *_: context), ready)


def _opener(book: Path | str) -> Callable[[], Awaitable[Book]]:
    if isinstance(book, Path):
        return partial(ThreadedBook.open, book)
    return partial(PostgresBook.open, book)


async def _opened_once(open_book: Callable[[], Awaitable[Book]], restored: bool | None) -> None:
    """Tell what is wrong with the store: uvicorn would only show a traceback."""
    book = await open_book()
    try:
        if restored is not None:
            await book.set_restored(restored=restored)
    finally:
        await book.close()


class _Server(uvicorn.Server):
    """Tells when it listens, and ends the program with an error if it cannot."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            parent = multiprocessing.parent_process()
            if parent is not None:
                # However that one ended, nobody is left who answers behind its back.
                asyncio.get_running_loop().add_reader(parent.sentinel, self._leave)
            self._ready()

    def _leave(self) -> None:
        self.should_exit = True


def _run(
    config: uvicorn.Config, ready: Callable[[], None], listening: socket.socket | None = None
) -> None:
    server = _Server(config, ready)
    try:
        server.run(None if listening is None else [listening])
    except SystemExit as error:
        raise ElectionError(
            m("the registry could not start: is its address free, and does its store open?")
        ) from error


def _unix_socket(path: Path) -> socket.socket:
    """Bind where nginx connects. Raises `OSError`.

    Whoever reaches it says who asks (`FromProxy`), so it is for this account and the folder's group alone;
    nobody connects before uvicorn listens.
    """
    if path.is_socket():
        path.unlink()
    listening = socket.socket(socket.AF_UNIX)
    try:
        listening.bind(str(path))
        path.chmod(0o660)
    except OSError:
        listening.close()
        raise
    return listening
