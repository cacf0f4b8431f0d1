"""Evaluate voters' pseudonyms: the supervision board's half, which sees no voter (`crypto.oprf`).

| path | body | answer |
|---|---|---|
| POST /evaluate | 1 to 4 blinded elements, 32 bytes each | as many elements, then the proof (64 bytes) |
| POST /roll | 1 blinded element | the same, under the key of the roll (`ROLL`) |
| GET /alive | | the election's number |

Statuses and refusals are those of `registry.service`. The key stands in the register as its public half; it
and the table of the registry are destroyed on a date. Nothing is kept and nothing is logged of a request.
Each station has a pace: who holds a stolen one asks for one person in five seconds, and is counted. The roll
has a pace and a key of its own: its table is made from elements that headquarters brings and nobody can look
into (`headquarters.roll`). Under the key of pseudonyms they would give headquarters everybody's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from crypto import oprf
from crypto.errors import DecodeError
from election.claims import ClaimRefusedError
from election.reasons import ClaimReason
from election.roll import ROLL
from registry.door import Door, Pace
from registry.service import Application, answering, certificate_of, read_body

MAX_ELEMENTS: Final = 4
MEDIA_TYPE: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Everything that evaluating takes."""

    door: Door
    key: oprf.EvaluatorKey
    """Of pseudonyms; that of the roll follows from it."""
    pace: Pace
    roll_pace: Pace

    async def evaluate(self, request: Request) -> Response:
        """Multiply what a station sent, and prove with which key."""
        return await self._multiplied(request, self.key, self.pace, MAX_ELEMENTS)

    async def roll(self, request: Request) -> Response:
        """Do the same for a number and a birth date, under the roll's key."""
        return await self._multiplied(request, self.key.apart(ROLL), self.roll_pace, 1)

    async def _multiplied(
        self, request: Request, key: oprf.EvaluatorKey, pace: Pace, most: int
    ) -> Response:
        asker = self.door.admit(certificate_of(request))
        # Before anything is read: what is refused counts, too.
        pace.take(asker.id)
        body = await read_body(request, most * oprf.ELEMENT_SIZE)
        if not body or len(body) % oprf.ELEMENT_SIZE:
            raise ClaimRefusedError(ClaimReason.CLAIM_FORMAT)
        elements = [
            body[at : at + oprf.ELEMENT_SIZE] for at in range(0, len(body), oprf.ELEMENT_SIZE)
        ]
        try:
            found = key.evaluate(elements)
        except DecodeError as error:
            raise ClaimRefusedError(ClaimReason.CLAIM_FORMAT) from error
        return Response(b"".join(found.elements) + found.proof, media_type=MEDIA_TYPE)

    async def alive(self, _: Request) -> Response:
        """Say which election this is."""
        return Response(self.door.published.number, media_type="text/plain")


def make_app(evaluator: Evaluator) -> Application:
    """Make the web application; whoever serves it puts the peer's certificate into the scope."""

    @asynccontextmanager
    async def serving(app: Application) -> AsyncIterator[None]:
        app.state.service = evaluator
        yield

    return Application(
        [
            ("POST", "/evaluate", answering(Evaluator.evaluate)),
            ("POST", "/roll", answering(Evaluator.roll)),
            ("GET", "/alive", answering(Evaluator.alive)),
        ],
        serving,
    )
