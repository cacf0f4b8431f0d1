"""Serial device server: the pseudo-terminal of a simulated device, reached over TCP.

Printers with a network port, and serial devices behind a converter, speak the same bytes on a TCP port
(`socket://host:port` of pyserial). One client at a time; a further one is turned away at once,
as such boxes do. When the device is unplugged the client's connection ends.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import threading
from pathlib import Path
from typing import Final

from simulators.line_device import Running

LOOPBACK: Final = "127.0.0.1"
POLL_S: Final = 0.05
BYTES: Final = 1024
RETRY_S: Final = 0.02
SEND_S: Final = 2.0
"""A client that does not fetch answers for so long is dropped."""


class SerialServer(Running):
    """Server of the line at path `device`; a context manager, or `start` and `stop`."""

    def __init__(self, device: Path, *, host: str = LOOPBACK, port: int = 0) -> None:
        """Listen at once, so that `port` is known; 0 takes any free one. Raises OSError."""
        self._device = device
        self._listener = socket.create_server((host, port))
        self._listener.setblocking(False)
        self.host = host
        self.port: int = self._listener.getsockname()[1]
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"serial server {device.name}", daemon=True
        )

    @property
    def url(self) -> str:
        """Address that a client of pyserial opens."""
        return f"socket://{self.host}:{self.port}"

    def start(self) -> None:
        """Serve clients from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close the port."""
        self._stop.set()
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            while not self._stop.is_set():
                if not selector.select(POLL_S):
                    continue
                with contextlib.suppress(OSError):
                    client, _ = self._listener.accept()
                    with client:
                        self._serve(client)

    def _serve(self, client: socket.socket) -> None:
        """Move bytes both ways until either side is gone. Raises OSError for that, too."""
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.settimeout(SEND_S)
        node = os.open(self._device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        held = b""
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(client, selectors.EVENT_READ)
                selector.register(node, selectors.EVENT_READ)
                selector.register(self._listener, selectors.EVENT_READ)
                while not self._stop.is_set():
                    for key, _ in selector.select(RETRY_S if held else POLL_S):
                        if key.fileobj is self._listener:
                            self._listener.accept()[0].close()
                        elif key.fileobj is not client:
                            client.sendall(_some(os.read(node, BYTES)))
                        elif not held:
                            held = _some(client.recv(BYTES))
                        else:
                            # TCP holds the client while the device holds its line.
                            self._stop.wait(RETRY_S)
                    if held:
                        held = _written(node, held)
        finally:
            os.close(node)


def _some(data: bytes) -> bytes:
    if not data:
        raise ConnectionResetError("end of the line")
    return data


def _written(node: int, data: bytes) -> bytes:
    """Write to the line and return what could not be written yet."""
    try:
        return data[os.write(node, data) :]
    except BlockingIOError:
        return data
