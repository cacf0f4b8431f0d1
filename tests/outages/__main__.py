"""Let stations ask through outages, and judge what they were told. Exit status 1 if anything is wrong."""

from __future__ import annotations

import argparse
import asyncio
import http.client
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

import psutil

from election import claims
from election.claims import ClaimRefusedError
from election.definition import DeviceId
from registry.postgres import PostgresBook
from registry.rules import Held
from simulators.registry.centre import B2, Centre, Line, centre, pem
from simulators.registry.cluster import cluster
from simulators.registry.country import Country, country
from simulators.registry.servers import nginx
from simulators.registry.stations import Station, voter
from tests.outages.judging import Told, faults
from tests.outages.servers import PATIENCE, Servers, Service, own_folder

STATIONS: Final = 24
PROCESSES: Final = 2
_NEAR: Final = 40
"""Stations ask for the same people at about the same time."""
_PAUSE = 0.3


class Asking(threading.Thread):
    """A station that asks for drawn voters, each until it is answered."""

    def __init__(
        self,
        world: Centre,
        name: str,
        port: int,
        folder: Path,
        seed: int,
        country: Country | None,
    ) -> None:
        super().__init__(daemon=True)
        self.told: list[Told] = []
        self.tries = 0
        self.refused: Counter[int] = Counter()
        self.ended = threading.Event()
        self.failed: BaseException | None = None
        self._station = Station(DeviceId(name), B2, world.keys[name].classical)
        host = "127.0.0.1" if country is None else country.address
        self._line = Line(port, world, name, folder, host, PATIENCE)
        self._country = country
        self._answers = world.keys["registry"].classical.public
        self._draw = random.Random(f"{seed} {name}")

    def run(self) -> None:
        try:
            if self._country is not None:
                self._country.enter()
            while not self.ended.is_set():
                self._ask(voter(8 * len(self.told) + self._draw.randrange(_NEAR)))
                time.sleep(_PAUSE * self._draw.random())
        except BaseException as error:  # noqa: BLE001 - told at the end
            self.failed = error
        finally:
            self._line.close()

    def _ask(self, reference: bytes) -> None:
        signed = self._station.claim(reference)
        while not self.ended.is_set():
            request = self._station.request(signed)
            self.tries += 1
            try:
                status, body = self._line.post("/claim", claims.write_request(request))
            except (OSError, http.client.HTTPException):
                time.sleep(_PAUSE)
                continue
            if status != 200:
                self.refused[status] += 1
                time.sleep(_PAUSE)
                continue
            answer = claims.open_answer(body, self._answers, request)
            contests = frozenset(map(str, answer.contests))
            self.told.append(Told(reference, signed.id, answer.kind, contests))
            return


async def _open_all(dsn: str, names: list[str]) -> None:
    book = await PostgresBook.open(dsn)
    for name in names:
        await book.change(DeviceId(name), lambda now: replace(now, opened=True))
    await book.close()


async def _book(dsn: str) -> tuple[dict[bytes, tuple[Held, ...]], list[DeviceId]]:
    book = await PostgresBook.open(dsn)
    found, devices = dict(await book.claims()), await book.devices()
    await book.close()
    return found, [device for device, state in devices.items() if state.steps.out]


def run(seed: int, outages: int) -> int:
    """Return the exit status."""
    draw = random.Random(seed)
    world = centre(STATIONS)
    names = [str(each.id) for each in world.published.register.devices if "-x" in each.id]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="amin-outages-")))
        database = stack.enter_context(cluster())
        dsn = database.dsn
        own_folder(world, folder)
        certificate, key = world.files("registry", folder)
        root = folder / "root.pem"
        root.write_bytes(pem(world.root))
        service = Service(folder, dsn, PROCESSES)
        stack.callback(service.stop)
        files = (folder / "nginx", service.socket, certificate, key, root)
        home = stack.enter_context(country())
        if home is None:
            print("no network is cut: this account may make no name spaces")
        host = "127.0.0.1" if home is None else home.address
        port = stack.enter_context(nginx(*files, seconds=30, processes=PROCESSES, host=host))
        (front,) = (each for each in psutil.Process().children() if each.name() == "nginx")
        servers = Servers(database, service, folder / "nginx", front, draw, home)
        stack.callback(servers.stop)
        asyncio.run(_open_all(dsn, names))
        stations = [Asking(world, name, port, folder, seed, home) for name in names]
        for station in stations:
            station.start()
        happened: Counter[str] = Counter()
        # Every kind comes, in drawn order, before one comes again.
        kinds = servers.outages()
        for number in range(outages):
            if number % len(kinds) == 0:
                draw.shuffle(kinds)
            time.sleep(draw.uniform(0.2, 1.5))
            kind = kinds[number % len(kinds)]
            kind()
            happened[kind.__name__] += 1
        time.sleep(3)
        for station in stations:
            station.ended.set()
        for station in stations:
            station.join(60)
        book, out_of_step = asyncio.run(_book(dsn))
    told = [one for station in stations for one in station.told]
    wrong = faults(told, book)
    wrong += [f"a station ended: {station.failed!r}" for station in stations if station.failed]
    # nginx sends nothing twice.
    wrong += ["a station is out of step" for _ in out_of_step]
    kinds_told = Counter(str(one.kind) for one in told)
    refused = sum((station.refused for station in stations), Counter[int]())
    tries = sum(station.tries for station in stations)
    print(f"seed {seed}: {dict(happened)}")
    print(f"{tries} requests, answered {dict(kinds_told)}, refused {dict(refused)}")
    if not kinds_told["granted"] or tries <= len(told):
        wrong.append("nothing was granted, or no request met an outage: this run shows nothing")
    for line, number in Counter(wrong).items():
        print(f"WRONG: {line} ({number})")
    return 1 if wrong else 0


def main() -> None:
    """Read the seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--outages", type=int, default=30)
    given = parser.parse_args()
    try:
        status = run(given.seed, given.outages)
    except ClaimRefusedError as error:
        print(f"WRONG: {error}")
        status = 1
    sys.exit(status)


if __name__ == "__main__":
    main()
