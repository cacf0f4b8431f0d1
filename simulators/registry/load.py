"""Ask a registry as many stations at once: `python -m simulators.registry.load`, one process of several.

Claims are signed before the clock runs, because a country's stations sign theirs. A line is raw TLS with one
request in flight, as a station has; latency is taken from the first byte out to the last byte in.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import ssl
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from crypto.hybrid import HybridKey
from election import claims
from election.claims import Claim, ClaimRequest, sign_claim
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
    """Lines are made when the clock runs, and stay until the end."""


async def _ask(plan: Plan, gate: asyncio.Semaphore, device: str, branch: str) -> list[float]:
    folder = Path(plan.folder)
    key = HybridKey.load(folder / f"{device}.pair").classical
    bodies = []
    for number in range(1, plan.claims + 1):
        claim = Claim(
            plan.election,
            BranchId(branch),
            DeviceId(device),
            secrets.token_bytes(claims.REFERENCE_SIZE),
            (ContestId("assembly"), ContestId("council")),
            secrets.token_bytes(claims.DRAW_SIZE),
        )
        bodies.append(claims.write_request(ClaimRequest(sign_claim(claim, key), number)))
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
        taken = await _answers(reader, writer, bodies)
    if not plan.connect_late:
        writer.close()
    _KEPT.append(writer)
    return taken


async def _answers(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, bodies: list[bytes]
) -> list[float]:
    taken = []
    for body in bodies:
        began = time.perf_counter()
        writer.write(
            b"POST /claim HTTP/1.1\r\nHost: r\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        answer = await reader.readexactly(length)
        taken.append(time.perf_counter() - began)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"refused: {answer!r}")
    return taken


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
