"""The line itself: real TLS on loopback, and servers that are somebody else, slow, or talk nonsense."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from drivers.errors import DeviceLostError
from drivers.registry.line import MAX_ANSWER, Credentials, Post, Reply, TlsLine
from registry.server import tls_context
from simulators.registry.centre import FIRST, centre

WORLD = centre()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
POST = Post("/claim", b"body")


class Server:
    """Answers every connection as a test says; counts what came whole."""

    def __init__(self, talk: Callable[[socket.socket], None], name: str, folder: Path) -> None:
        self.context = tls_context(*WORLD.files(name, folder), None, WORLD.root)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.talk = talk
        self.requests = 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                plain, _ = self.listening.accept()
            except OSError:
                return
            with (
                suppress(OSError, ValueError),
                plain,
                self.context.wrap_socket(plain, server_side=True) as line,
            ):
                held = b""
                while more := line.recv(65536):
                    held += more
                    if b"body" in held:
                        held = b""
                        self.requests += 1
                        self.talk(line)


@contextmanager
def serving(
    talk: Callable[[socket.socket], None], folder: Path, name: str = "registry"
) -> Iterator[Server]:
    server = Server(talk, name, folder)
    try:
        yield server
    finally:
        server.listening.close()


def line_to(port: int, expected: str = "registry") -> TlsLine:
    key = WORLD.keys[FIRST].classical.to_pem()
    certificates = WORLD.certificates
    return TlsLine(
        f"127.0.0.1:{port}",
        Credentials(certificates[FIRST], key, WORLD.root, (certificates[expected],)),
    )


def says(answer: bytes) -> Callable[[socket.socket], None]:
    return lambda line: line.sendall(answer)


def test_one_connection_serves_many_requests(tmp_path: Path) -> None:
    with serving(says(ANSWER), tmp_path) as server:
        line = line_to(server.port)
        assert [line.exchange(POST, 4) for _ in range(3)] == [Reply(200, b"ok")] * 3
        line.close()


@pytest.mark.parametrize("name", ["office", "evaluator", FIRST, "stranger"])
def test_another_certificate_of_the_same_root_is_nobody(name: str, tmp_path: Path) -> None:
    with serving(says(ANSWER), tmp_path, name) as server:
        with pytest.raises(DeviceLostError):
            line_to(server.port).exchange(POST, 4)
        time.sleep(0.02)
        assert server.requests == 0, "nothing was told to it"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_ANSWER + 1) + bytes(MAX_ANSWER + 1),
        b"HTTP/1.1 200 OK\r\n" + b"x: " + bytes(70_000),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 9999999999999 OK\r\n\r\n",
    ],
    ids=["nothing", "nonsense", "cut", "too long", "head", "chunks", "status"],
)
def test_an_answer_that_is_none(answer: bytes, tmp_path: Path) -> None:
    def talk(line: socket.socket) -> None:
        line.sendall(answer)
        raise OSError("ends the connection")

    with serving(talk, tmp_path) as server:
        line = line_to(server.port)
        with pytest.raises(DeviceLostError):
            line.exchange(POST, 2)
        server.talk = says(ANSWER)
        assert line.exchange(POST, 4) == Reply(200, b"ok"), "the next one begins anew"


def test_bytes_that_drip_do_not_stretch_the_time(tmp_path: Path) -> None:
    def drip(line: socket.socket) -> None:
        for byte in ANSWER:
            line.sendall(bytes([byte]))
            time.sleep(0.05)

    with serving(drip, tmp_path) as server:
        began = time.monotonic()
        with pytest.raises(DeviceLostError):
            line_to(server.port).exchange(POST, 0.4)
        assert time.monotonic() - began < 1.5


def test_a_server_that_takes_no_greeting_does_not_stretch_the_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(DeviceLostError):
            line_to(silent.getsockname()[1]).exchange(POST, 0.3)
        assert time.monotonic() - began < 1.5


def test_nothing_is_sent_twice_by_itself(tmp_path: Path) -> None:
    """A number that comes twice is a copied key: a connection that died in between loses the request."""

    def answer_and_end(line: socket.socket) -> None:
        line.sendall(ANSWER)
        raise OSError("ends the connection")

    with serving(answer_and_end, tmp_path) as server:
        line = line_to(server.port)
        assert line.exchange(POST, 4).status == 200
        with pytest.raises(DeviceLostError):
            line.exchange(POST, 4)
        assert server.requests == 1


def test_keys_are_in_no_message() -> None:
    key = WORLD.keys[FIRST].classical.to_pem()
    shown = Credentials(WORLD.certificates[FIRST], key, WORLD.root, ())
    assert repr(shown) == "Credentials(…)"
