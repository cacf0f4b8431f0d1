"""The registry of a branch with several stations: the real service in a process of its own, and its line.

It is asked over mutual TLS on loopback. Where the line is to be cut, a relay stands in between, which
ends every connection while it is down: a station sees a line that breaks, not one that hangs (`make outages`
cuts the network itself).
"""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final

from crypto.certificates import MAX_CERTIFICATE_SIZE
from crypto.hybrid import HybridKey
from election.definition import Authority
from election.files import read_file
from election.register import MAX_REGISTER, REGISTER_FILE, open_published_register
from headquarters.offices import Office, open_office
from simulators.demo.office import Prepared
from simulators.demo.places import DayFolders
from simulators.demo.plan import free_address
from simulators.demo.stations import START_S, STOP_S, StationError

UP_S: Final = (10.0, 45.0)
DOWN_S: Final = (0.5, 15.0)
"""A cut is shorter, or longer, than two failures and three good answers take."""
_BURST: Final = 1_000_000
"""Robots' days last minutes, so nobody is too fast."""
_CHUNK: Final = 64 * 1024


@contextmanager
def registry_of(
    places: DayFolders, prepared: Prepared, cut_by: int | None = None
) -> Iterator[Relay | None]:
    """Serve the branch's stations, if its package names a registry; give the line that is cut.

    `cut_by`: seed of the moments in which the line is cut; None: never. Raises `StationError` if the
    registry does not start.
    """
    branch = prepared.election.branch(prepared.branch)
    if branch is None or branch.authority is not Authority.BRANCH:
        yield None
        return
    listens = branch.registry if cut_by is None else free_address()
    with ExitStack() as opened:
        opened.enter_context(_serving(places, prepared, listens))
        relay = None
        if cut_by is not None:
            relay = opened.enter_context(Relay(branch.registry, listens).running())
            opened.enter_context(relay.cut_at_random(random.Random(f"line {cut_by}")))
        yield relay


def hand_over(places: DayFolders, prepared: Prepared, now: datetime) -> Path | None:
    """Export the registry's claims for the night (`amin registry export`); None without a registry."""
    if not places.claims.exists():
        return None
    from registry import telling
    from registry.running import in_book

    pair, certificate = open_office(places.own(Office.REGISTRY), prepared.unlock)
    signer = telling.Signer(open_published_register(*_register(places)), pair, certificate)
    target = places.root / "claims.export"
    in_book(str(places.claims), partial(telling.export, signer, target, now))
    return target


def _register(places: DayFolders) -> tuple[bytes, bytes]:
    """Return register and root as everybody gets them."""
    root = read_file(places.office.keys / "root.der", MAX_CERTIFICATE_SIZE)
    return read_file(places.usb / REGISTER_FILE, MAX_REGISTER), root


@contextmanager
def _serving(places: DayFolders, prepared: Prepared, listens: str) -> Iterator[None]:
    pair, certificate = open_office(places.own(Office.REGISTRY), prepared.unlock)
    context = get_context("spawn")
    ready = context.Event()
    process = context.Process(
        target=_serve,
        args=(*_register(places), pair.to_pem(), certificate, places.claims, listens, ready),
        name="registry",
    )
    process.start()
    try:
        until = time.monotonic() + START_S
        while not ready.wait(0.05):
            if not process.is_alive() or time.monotonic() > until:
                raise StationError("the branch's registry does not start")
        yield
    finally:
        process.terminate()
        process.join(STOP_S)
        if process.is_alive():
            process.kill()


def _serve(
    register: bytes,
    root: bytes,
    key: bytes,
    certificate: bytes,
    book: Path,
    listens: str,
    ready: Event,
) -> None:
    """Be the registry. In a process of its own, which a signal ends."""
    from registry.door import Pace
    from registry.running import Keys, Place, serve

    keys = Keys(HybridKey.from_pem(key), certificate)
    pace = Pace(time.monotonic, burst=_BURST)
    published = open_published_register(register, root)
    serve(published, keys, Place.parse(str(book), listens), ready.set, pace)


class Relay:
    """A line between two addresses of loopback that can be cut."""

    def __init__(self, here: str, there: str) -> None:
        """Listen at `here` once it runs, and pass on to `there`."""
        self._here, self._there = _pair(here), _pair(there)
        self._up = threading.Event()
        self._up.set()
        self._over = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.cuts = 0

    @contextmanager
    def running(self) -> Iterator[Relay]:
        """Pass on until the end of the block."""
        with socket.create_server(self._here) as listening:
            threading.Thread(target=self._accept, args=(listening,), daemon=True).start()
            try:
                yield self
            finally:
                self._over.set()
                self.cut()

    def cut(self) -> None:
        """End what is open, and let nothing through from now on."""
        self._up.clear()
        self.cuts += 1
        with self._lock:
            lines, self._open = self._open, set()
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Let everything through."""
        self._up.set()

    @contextmanager
    def cut_at_random(self, rng: random.Random) -> Iterator[None]:
        """Cut the line and mend it, again and again, until the end of the block."""
        ended = threading.Event()

        def cutting() -> None:
            while not ended.wait(rng.uniform(*UP_S)):
                self.cut()
                ended.wait(rng.uniform(*DOWN_S))
                self.mend()

        thread = threading.Thread(target=cutting, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _accept(self, listening: socket.socket) -> None:
        while not self._over.is_set():
            try:
                line, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(line,), daemon=True).start()

    def _pass_on(self, line: socket.socket) -> None:
        with line:
            if not self._up.is_set():
                return
            try:
                other = socket.create_connection(self._there, 5)
            except OSError:
                return
            with other:
                with self._lock:
                    # A cut that came meanwhile has not seen this one.
                    if not self._up.is_set():
                        return
                    self._open |= {line, other}
                back = threading.Thread(target=_pump, args=(other, line), daemon=True)
                back.start()
                _pump(line, other)
                back.join()
                with self._lock:
                    self._open -= {line, other}


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        source.shutdown(socket.SHUT_RDWR)


def _pair(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)
