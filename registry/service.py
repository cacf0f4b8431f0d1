"""Answer stations over HTTP: small CBOR bodies, signed answers, refusals by name.

| path | body | answer |
|---|---|---|
| POST /claim | `election.claims.ClaimRequest` | a signed `Answer` |
| POST /note | a signed `Note` | nothing |
| POST /act | CBOR of an opening or closing (`election.acts.SignedAct`) | nothing |
| POST /takeover | `election.takeover`, of the spare that asks | nothing |
| GET /alive | | the election's number |

| status | when |
|---|---|
| 400 | the body is not what is expected, or is not signed as it has to be |
| 401 | no certificate |
| 403 | the certificate is of no station of the register, the device is suspended, another branch |
| 409 | before the opening, after the closing |
| 413 | the body is too large |
| 429 | too fast, or more than a day's claims |
| 503 | too busy, or the store does not answer: ask again after Retry-After |

A refusal is CBOR {"reason": word}, of `election.reasons.ClaimReason` or of an act's refusals. Nothing is
logged of a single voter: reasons of refusals only, without a device.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from starlette.datastructures import State
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from crypto import canonical
from crypto.signing import SigningKey
from drivers.media.errors import StorageError
from election import claims
from election.acts import ActRefusedError, SignedAct, SignedActKind
from election.claims import Answer, ClaimRefusedError
from election.definition import BranchId
from election.device_acts import DeviceActError
from election.reasons import ClaimReason, Refusal
from election.register import RegisteredDevice
from election.schema import SchemaError, from_cbor
from registry.batching import Batcher
from registry.book import Book
from registry.door import Asker, Door, Pace
from registry.settling import Answered, AskedClaim, AskedNote, DeviceState, Outcome, Refused

CERTIFICATE: Final = "amin.certificate"
"""Key of the scope: the DER certificate of the other end, set by whoever ends TLS."""
MAX_ACT: Final = 256 * 1024
MEDIA_TYPE: Final = "application/cbor"
_RETRY_SECONDS: Final = (1, 5)
Handler = Callable[[Request], Awaitable[Response]]
_LOG: Final = logging.getLogger("amin.registry")

STATUS: Final[Mapping[Refusal, int]] = {
    ClaimReason.DEVICE_UNKNOWN: 403,
    ClaimReason.DEVICE_SUSPENDED: 403,
    ClaimReason.CLAIM_BRANCH: 403,
    ClaimReason.BEFORE_OPEN: 409,
    ClaimReason.AFTER_CLOSE: 409,
    ClaimReason.CLAIM_UNKNOWN: 409,
    ClaimReason.TOO_FAST: 429,
    ClaimReason.TOO_MANY: 429,
    ClaimReason.TOO_BUSY: 503,
}
"""Of refusals that are not a 400."""


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything that answering takes."""

    door: Door
    open_book: Callable[[], Awaitable[Book]]
    """Called once, in the event loop that serves."""
    key: SigningKey
    """The registry's Ed25519 key, whose certificate stands in the register."""
    pace: Pace


class HttpRefusalError(Exception):
    """A request is not answered, for a reason of HTTP alone."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Service:
    """The handlers. Made in the event loop that serves them."""

    def __init__(self, registry: Registry, book: Book) -> None:
        """Begin to gather requests."""
        self._registry = registry
        self._book = book
        self._batcher = Batcher(book)

    async def close(self) -> None:
        """Stop gathering, and close the book."""
        await self._batcher.close()
        await self._book.close()

    async def claim(self, request: Request) -> Response:
        """Answer a claim."""
        asker = self._asker(request)
        body = claims.read_request(await read_body(request, claims.MAX_REQUEST))
        claim = claims.open_claim(body.signed, asker.key)
        self._registry.door.check_claim(asker, await self._stands(asker.device), claim)
        outcome = await self._batcher.settle(
            AskedClaim(
                asker.id, claim.reference, frozenset(claim.contests), body.signed, body.number
            )
        )
        answered = _answered(outcome)
        decision = answered.decision
        answer = Answer(
            claim.election,
            body.signed.id,
            body.number,
            answered.before,
            decision.kind,
            tuple(sorted(decision.contests)),
            decision.why,
            decision.other,
        )
        return Response(claims.write_answer(answer, self._registry.key), media_type=MEDIA_TYPE)

    async def note(self, request: Request) -> Response:
        """Keep a note about a card."""
        asker = self._asker(request)
        note = claims.open_note(await read_body(request, claims.MAX_REQUEST), asker.key)
        if note.election != self._registry.door.election:
            raise ClaimRefusedError(ClaimReason.CLAIM_ELECTION)
        if note.device != asker.id:
            raise ClaimRefusedError(ClaimReason.DEVICE_UNKNOWN)
        asked = AskedNote(asker.id, note.reference, claims.ClaimId(note.id), note.kind)
        outcome = await self._batcher.settle(asked)
        if isinstance(outcome, Refused):
            raise ClaimRefusedError(outcome.reason)
        return Response(status_code=204)

    async def act(self, request: Request) -> Response:
        """Take the opening or the closing of a station."""
        asker = self._asker(request)
        await self._trusted(asker)
        try:
            act = from_cbor(SignedAct, await read_body(request, MAX_ACT), 64)
        except SchemaError as error:
            raise ClaimRefusedError(ClaimReason.CLAIM_FORMAT) from error
        statement = self._registry.door.open_act(asker, await self._stands(asker.device), act)
        if statement.kind is SignedActKind.OPEN:
            await self._book.change(asker.id, lambda now: replace(now, opened=True))
        else:
            await self._book.change(asker.id, lambda now: replace(now, closed=True))
        return Response(status_code=204)

    async def takeover(self, request: Request) -> Response:
        """Give the spare that asks its branch, once: its opening was for that branch.

        The device that it replaces claims nothing more: it is dead, or in other hands. It stands in that
        branch, by the register or, a spare, by its own take-over: nobody closes another branch's station.
        """
        asker = self._asker(request)
        await self._trusted(asker)
        act = self._registry.door.takeover_of(asker, await read_body(request, MAX_ACT))
        branch = act.branch
        replaced = self._registry.door.published.register.device(act.replaces)
        # Where a device stands never changes once it stands somewhere.
        if replaced is None or await self._stands(replaced) != branch:
            raise ClaimRefusedError(ClaimReason.CLAIM_BRANCH)

        def moved(now: DeviceState) -> DeviceState:
            if now.branch not in {None, branch}:
                raise ClaimRefusedError(ClaimReason.CLAIM_BRANCH)
            return replace(now, branch=branch)

        await self._book.change(asker.id, moved)
        await self._book.change(act.replaces, lambda now: replace(now, closed=True))
        return Response(status_code=204)

    async def alive(self, _: Request) -> Response:
        """Say which election this is, to whoever asks over the stations' line."""
        return Response(self._registry.door.published.number, media_type="text/plain")

    def _asker(self, request: Request) -> Asker:
        """Let the asker in, at its pace, before anything is read or looked up for it."""
        asker = self._registry.door.admit(certificate_of(request))
        self._registry.pace.take(asker.id)
        return asker

    async def _stands(self, device: RegisteredDevice) -> BranchId | None:
        """Return where a device stands; only of a spare the book has to be asked."""
        if device.branch is not None:
            return device.branch
        return (await self._book.device(device.id)).branch

    async def _trusted(self, asker: Asker) -> None:
        if (await self._book.device(asker.id)).suspended:
            raise ClaimRefusedError(ClaimReason.DEVICE_SUSPENDED)


class Application(Router):
    """Routes, without the layers of a framework above them: these took a fifth of a claim's time."""

    def __init__(
        self,
        routes: Sequence[tuple[str, str, Handler]],
        lifespan: Callable[[Application], AbstractAsyncContextManager[None]],
    ) -> None:
        """Take routes as method, path, handler."""
        super().__init__(
            [Route(path, handler, methods=[method]) for method, path, handler in routes],
            lifespan=lifespan,
        )
        self._handlers = {(method, path): handler for method, path, handler in routes}
        self.state = State()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the program; what has no route gets the router's answer."""
        scope["app"] = self
        handler = self._handlers.get((scope.get("method", ""), scope.get("path", "")))
        if handler is None or scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        response = await handler(Request(scope, receive, send))
        await response(scope, receive, send)


def make_app(registry: Registry) -> Application:
    """Make the web application; whoever serves it puts the peer's certificate into the scope."""

    @asynccontextmanager
    async def serving(app: Application) -> AsyncIterator[None]:
        app.state.service = service = Service(registry, await registry.open_book())
        try:
            yield
        finally:
            await service.close()

    return Application(
        [
            ("POST", "/claim", answering(Service.claim)),
            ("POST", "/note", answering(Service.note)),
            ("POST", "/act", answering(Service.act)),
            ("POST", "/takeover", answering(Service.takeover)),
            ("GET", "/alive", answering(Service.alive)),
        ],
        serving,
    )


def answering(handle: Callable[[Any, Request], Awaitable[Response]]) -> Handler:
    """Make a handler of a method of the application's service; refusals become statuses."""

    async def answered(request: Request) -> Response:
        try:
            return await handle(request.app.state.service, request)
        except HttpRefusalError as error:
            return _refusal(error.status, error.reason)
        except ClaimRefusedError as error:
            _LOG.info("refused: %s", error.reason)
            return _refusal(STATUS.get(error.reason, 400), error.reason)
        except (ActRefusedError, DeviceActError) as error:
            _LOG.info("act refused: %s", error.reason)
            return _refusal(400, error.reason)
        except StorageError:
            _LOG.error("the store does not answer")
            return _refusal(503, "store")
        except ClientDisconnect:
            return Response(status_code=400)

    return answered


def certificate_of(request: Request) -> bytes:
    """Return the DER certificate of the other end. Raises `HttpRefusalError`."""
    certificate = request.scope.get(CERTIFICATE)
    if not isinstance(certificate, bytes) or not certificate:
        raise HttpRefusalError(401, "no-certificate")
    return certificate


async def read_body(request: Request, limit: int) -> bytes:
    """Read a body of at most `limit` bytes. Raises `HttpRefusalError`."""
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > limit:
            raise HttpRefusalError(413, "too-large")
    return bytes(parts)


# ---------------------------------------------------------------- parts


def _answered(outcome: Outcome) -> Answered:
    if isinstance(outcome, Refused):
        raise ClaimRefusedError(outcome.reason)
    assert isinstance(outcome, Answered)
    return outcome


def _refusal(status: int, reason: str) -> Response:
    headers = {}
    if status == 503:
        low, high = _RETRY_SECONDS
        # Drawn, so that a country's stations do not come back together.
        headers["Retry-After"] = str(low + secrets.randbelow(high - low + 1))
    return Response(
        canonical.encode({"reason": str(reason)}), status, headers, media_type=MEDIA_TYPE
    )
