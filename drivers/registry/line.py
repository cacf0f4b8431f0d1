"""Exchange one request over mutual TLS 1.3 with a server whose certificate is known beforehand.

The chain to the root alone counts for nothing: the server has to show exactly one of the certificates that
it is expected to have. Answers are small, whole and within the time, or none. The connection is kept, and
opened anew after any failure; nothing is ever sent twice by itself, because requests are counted.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Final, Protocol

from drivers.errors import DeviceLostError

MAX_ANSWER: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Post:
    """A request; an empty body is asked for with GET."""

    path: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    body: bytes


class Exchange(Protocol):
    """A line, real or made up."""

    def exchange(self, post: Post, seconds: float) -> Reply:
        """Send, and return the reply within `seconds`. Raises `DriverError`."""

    def close(self) -> None:
        """End the connection; another exchange begins a new one."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a device shows, and whom it expects. Never log this."""

    certificate: bytes
    """DER."""
    key: bytes
    """PEM, not closed."""
    root: bytes
    """DER."""
    expected: Collection[bytes]
    """DER of the server's certificates, one of which it has to show."""

    def __repr__(self) -> str:
        return "Credentials(…)"


class TlsLine:
    """One connection, for one thread."""

    def __init__(self, address: str, credentials: Credentials) -> None:
        """`address`: host:port. Raises `DeviceLostError` if the credentials cannot be used."""
        host, _, port = address.rpartition(":")
        self._address = (host.strip("[]"), int(port))
        self._expected = frozenset(credentials.expected)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        # Not the name but the certificate itself is compared.
        context.check_hostname = False
        # A server's certificate may itself be all that is known, whoever signed it.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            context.load_verify_locations(cadata=credentials.root)
            shown = ssl.DER_cert_to_PEM_cert(credentials.certificate).encode()
            with in_memory(shown, credentials.key) as (certificate, key):
                context.load_cert_chain(certificate, key)
        except (OSError, ValueError) as error:
            raise DeviceLostError("the device's keys cannot open a line") from error
        self._context = context
        self._connection: http.client.HTTPConnection | None = None

    def exchange(self, post: Post, seconds: float) -> Reply:
        """Send, and return the reply; see `Exchange`."""
        until = time.monotonic() + seconds
        try:
            connection = self._connection or self._open(until)
            assert connection.sock is not None
            with _cut_at(until, connection.sock):
                connection.request("POST" if post.body else "GET", post.path, post.body or None)
                response = connection.getresponse()
                body = response.read(MAX_ANSWER + 1)
            if len(body) > MAX_ANSWER or not response.isclosed():
                raise DeviceLostError("an answer that is too long")
            if response.will_close:
                self.close()
            return Reply(response.status, body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise DeviceLostError("no answer") from error
        except DeviceLostError:
            self.close()
            raise

    def close(self) -> None:
        """End the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError):
                connection.close()

    def _open(self, until: float) -> http.client.HTTPConnection:
        left = max(0.01, until - time.monotonic())
        plain = socket.create_connection(self._address, left)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with _cut_at(until, plain):
                line = self._context.wrap_socket(plain)
            if line.getpeercert(binary_form=True) not in self._expected:
                line.close()
                raise DeviceLostError("another server than the registered one")
        except BaseException:
            plain.close()
            raise
        connection = http.client.HTTPConnection(*self._address)
        connection.sock = line
        # Without a socket it would open one by itself, and not over TLS.
        connection.auto_open = 0
        self._connection = connection
        return connection


@contextmanager
def in_memory(*contents: bytes) -> Iterator[list[Path]]:
    """Give contents as files in memory, which is all that TLS reads keys from; no disk has them."""
    made = []
    try:
        for content in contents:
            made.append(os.memfd_create("amin", os.MFD_CLOEXEC))
            with open(made[-1], "wb", closefd=False) as whole:  # os.write may write a part
                whole.write(content)
        yield [Path(f"/proc/self/fd/{descriptor}") for descriptor in made]
    finally:
        for descriptor in made:
            os.close(descriptor)


@contextmanager
def _cut_at(until: float, line: socket.socket) -> Iterator[None]:
    """End what goes on over a socket when its time is up: time-outs of single reads never add up to more."""

    def cut() -> None:
        with suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)

    left = max(0.0, until - time.monotonic())
    line.settimeout(left + 1)
    timer = Timer(left, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
