"""Ask a registry as many stations at once: `python -m simulators.registry.load`, one process of several.

Claims are signed before the clock runs, because a country's stations sign theirs. A line is raw TLS with one
request in flight, as a station has; latency is taken from the first byte out to the last byte in.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import ssl
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crypto.hybrid import HybridKey
from election import claims
from election.claims import Claim, ClaimRequest, SignedClaim, sign_claim
from election.definition import BranchId, ContestId, DeviceId


@dataclass(frozen=True, slots=True)
class Plan:
    """What one process does."""

    port: int
    folder: str
    root: str
    election: str
    stations: tuple[tuple[str, str], ...]
    """Device and branch; certificate and key lie in the folder under the device's name."""
    claims: int
    """Of each station."""
    at_once: int = 1_000_000
    """Stations that ask at the same time; each waits for its answer."""
    connect_late: bool = False
    """Lines are made when the clock runs, and stay until the end; who is not answered asks again."""


async def _ask(plan: Plan, gate: asyncio.Semaphore, device: str, branch: str) -> list[float]:
    folder = Path(plan.folder)
    key = HybridKey.load(folder / f"{device}.pair").classical
    signed = []
    for _ in range(plan.claims):
        claim = Claim(
            plan.election,
            BranchId(branch),
            DeviceId(device),
            secrets.token_bytes(claims.REFERENCE_SIZE),
            (ContestId("assembly"), ContestId("council")),
            secrets.token_bytes(claims.DRAW_SIZE),
        )
        signed.append(sign_claim(claim, key))
    # Written before the clock runs, for as long as nothing is asked again.
    first = [
        claims.write_request(ClaimRequest(each, number)) for number, each in enumerate(signed, 1)
    ]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(plan.root)
    context.load_cert_chain(folder / f"{device}.crt", folder / f"{device}.key")
    if plan.connect_late:
        _ready()
        await _START.wait()
    reader, writer = await asyncio.open_connection("127.0.0.1", plan.port, ssl=context)
    if not plan.connect_late:
        _ready()
        await _START.wait()
    async with gate:
        tries = 1 if not plan.connect_late else _TRIES
        taken = await _answers(reader, writer, signed, first, tries)
    if not plan.connect_late:
        writer.close()
    _KEPT.append(writer)
    return taken


async def _answers(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    signed: Sequence[SignedClaim],
    first: Sequence[bytes],
    tries: int,
) -> list[float]:
    taken: list[float] = []
    number, left = 0, tries
    began = time.perf_counter()
    while len(taken) < len(signed):
        number += 1
        at = len(taken)
        again = number != at + 1
        body = claims.write_request(ClaimRequest(signed[at], number)) if again else first[at]
        writer.write(
            b"POST /claim HTTP/1.1\r\nHost: r\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        answer = await reader.readexactly(length)
        if head.startswith(b"HTTP/1.1 200"):
            taken.append(time.perf_counter() - began)
            left, began = tries, time.perf_counter()
            continue
        left -= 1
        if not left:
            raise RuntimeError(f"refused: {answer!r}")
        await asyncio.sleep(1 + random.random())
    return taken


_TRIES = 10
_START = asyncio.Event()
_KEPT: list[asyncio.StreamWriter] = []
_left = 0


def _ready() -> None:
    global _left  # noqa: PLW0603 - one plan a process
    _left -= 1


async def _main(plan: Plan) -> None:
    global _left  # noqa: PLW0603
    _left = len(plan.stations)
    gate = asyncio.Semaphore(plan.at_once)
    tasks = [asyncio.create_task(_ask(plan, gate, *station)) for station in plan.stations]
    while _left > 0:
        await asyncio.sleep(0.01)
        for task in tasks:
            if task.done():
                task.result()
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    began, busy = time.time(), time.process_time()
    _START.set()
    taken = [one for task in tasks for one in await task]
    busy = time.process_time() - busy
    said = {"began": began, "ended": time.time(), "taken": taken, "busy": busy}
    print(json.dumps(said), flush=True)
    # Lines stay until whoever measures has seen what they cost.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


if __name__ == "__main__":
    given = json.loads(sys.stdin.readline())
    stations = tuple((device, branch) for device, branch in given.pop("stations"))
    asyncio.run(_main(Plan(stations=stations, **given)))
