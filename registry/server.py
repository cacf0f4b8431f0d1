"""Serve stations over mutual TLS 1.3, without a web server in front: the registry of a branch.

uvicorn does not tell an application who is at the other end, so its protocol is extended by that, and by a
limit that a web server in front would have: the time for a request. Behind nginx (`nginx.conf`) the
certificate comes as a header over a Unix socket (`FromProxy`).
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from crypto.certificates import MAX_CERTIFICATE_SIZE
from registry.processes import sockets
from registry.service import CERTIFICATE

REQUEST_SECONDS: Final = 10.0
"""From the connection, or from the last answer, to a complete request or the end."""
CONNECTIONS: Final = 8192
KNOWN_CERTIFICATES: Final = 8192
"""That are kept as they were read, 6 kB each: a country has fewer stations."""
_HEADER: Final = b"x-client-certificate"

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


class PeerProtocol(HttpToolsProtocol):
    """HTTP whose requests know the certificate of the other end, and take `REQUEST_SECONDS` at most."""

    _slow: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the certificate that TLS verified."""
        super().connection_made(transport)
        # Whatever handlers of logs a library adds: nothing tells which station asked when.
        self.access_log = False
        ssl_object = transport.get_extra_info("ssl_object")
        certificate = ssl_object.getpeercert(binary_form=True) if ssl_object else None
        self.app = _with_certificate(self.app, certificate)
        self.transport = _Whole(transport, self.loop)  # type: ignore[assignment]
        self._wait()

    def on_message_begin(self) -> None:
        """Give a request its time."""
        self._wait()
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """Take the time off: what follows is ours."""
        self._relax()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time."""
        self._relax()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._relax()
        self._slow = self.loop.call_later(REQUEST_SECONDS, self._too_slow)

    def _relax(self) -> None:
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()


class _Whole:
    """A transport that sends head and body of an answer together: one call of the system, not two."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._head: bytes | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send with what was held back; hold a head back until what follows it, or the next turn."""
        head, self._head = self._head, None
        whole = data if head is None else head + data
        if head is None and data.endswith(b"\r\n\r\n"):
            self._head = data
            self._loop.call_soon(self._flush)
        elif whole:
            self._transport.write(whole)

    def close(self) -> None:
        """Send what is held back first."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        head, self._head = self._head, None
        if head is not None and not self._transport.is_closing():
            self._transport.write(head)


class FromProxy:
    """The application behind nginx: the certificate comes in a header, over a Unix socket alone.

    nginx overwrites the header of every request (`proxy_set_header X-Client-Certificate
    $ssl_client_escaped_cert`).
    """

    def __init__(self, app: App) -> None:
        """Wrap the application."""
        self._app = app
        self._known: dict[bytes, bytes] = {}
        """Certificates by SHA-256 of how nginx writes them: to read one takes longer than a claim."""

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Put the certificate where the application looks for it."""
        if scope["type"] == "http":
            found = [value for name, value in scope["headers"] if name == _HEADER]
            scope[CERTIFICATE] = self._certificate(found[0]) if len(found) == 1 else b""
        await self._app(scope, receive, send)

    def _certificate(self, escaped: bytes) -> bytes:
        name = hashlib.sha256(escaped).digest()
        if name not in self._known:
            if len(self._known) >= KNOWN_CERTIFICATES:
                self._known.clear()
            self._known[name] = _der(escaped)
        return self._known[name]


def tls_context(
    certificate: Path, key: Path, password: bytes | None, root: bytes
) -> ssl.SSLContext:
    """Make the server's side of mutual TLS 1.3. `root`: headquarters' certificate (DER)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(certificate, key, password)
    context.load_verify_locations(cadata=root)
    context.verify_mode = ssl.CERT_REQUIRED
    # Tickets would let a device in that was suspended and forgotten; a handshake costs a millisecond.
    context.num_tickets = 0
    return context


def configuration(app: App, **options: Any) -> uvicorn.Config:
    """Make what uvicorn is started with: no access log, no headers of its own."""
    return uvicorn.Config(
        app,
        http=PeerProtocol,
        loop="asyncio",
        lifespan="on",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=5,
        **options,
    )


def _with_certificate(app: App, certificate: bytes | None) -> App:
    async def called(scope: Scope, receive: Any, send: Any) -> None:
        if certificate is not None:
            scope[CERTIFICATE] = certificate
        await app(scope, receive, send)

    return called


def _der(escaped: bytes) -> bytes:
    """Read nginx's escaped PEM; empty for what is none."""
    pem = unquote_to_bytes(escaped)
    if len(pem) > 2 * MAX_CERTIFICATE_SIZE:
        return b""
    try:
        return ssl.PEM_cert_to_DER_cert(pem.decode("ascii"))
    except ValueError:
        return b""


def nginx_configuration(values: Mapping[str, str], processes: int = 1) -> str:
    """Fill in the configuration of the nginx in front of a service, which has that many processes.

    `values`: by the names in `nginx.conf`; SOCKET is that of the first process.
    """
    text = (Path(__file__).parent / "nginx.conf").read_text(encoding="utf-8")
    paths = sockets(Path(values["SOCKET"]), processes)[1:] if processes > 1 else []
    others = "".join(f"\n        server unix:{path} max_fails=0;" for path in paths)
    for name, value in (*values.items(), ("OTHERS", others)):
        text = text.replace(f"@{name}@", value)
    return text
