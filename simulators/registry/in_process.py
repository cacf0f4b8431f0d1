"""The real service of a registry in this process, and lines to it that can be cut."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from drivers.errors import DeviceLostError
from drivers.registry.line import Post, Reply
from registry.service import CERTIFICATE, Application


class AppInProcess:
    """An application of `registry`, called without a network; its book lives in a loop of its own."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(
            target=self._loop.run_forever, name="registry in process", daemon=True
        )

    @contextmanager
    def running(self) -> Iterator[AppInProcess]:
        """Serve until the end of the block."""
        self._thread.start()
        lifespan = self._app.lifespan_context(self._app)
        self._run(lifespan.__aenter__())
        try:
            yield self
        finally:
            self._run(lifespan.__aexit__(None, None, None))
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    def call(self, certificate: bytes, post: Post) -> Reply:
        """Answer one request of a device, by its certificate."""
        return Reply(*self._run(self._called(certificate, post)))

    def _run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)

    async def _called(self, certificate: bytes, post: Post) -> tuple[int, bytes]:
        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST" if post.body else "GET",
            "path": post.path,
            "raw_path": post.path.encode(),
            "query_string": b"",
            "headers": [],
            CERTIFICATE: certificate,
        }
        said: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": post.body, "more_body": False}

        async def send(message: Any) -> None:
            said.append(message)

        await self._app(scope, receive, send)
        return said[0]["status"], b"".join(each.get("body", b"") for each in said[1:])


class CutLine:
    """A line to an application in this process: it can be down, or lose answers by chance."""

    def __init__(
        self,
        app: AppInProcess,
        certificate: bytes,
        change: Callable[[Reply], Reply] = lambda it: it,
    ) -> None:
        """`change`: what becomes of an answer on its way."""
        self._app = app
        self._certificate = certificate
        self.change = change
        self.up = True
        self.lose = 0.0
        """Share of requests that arrive and whose answers do not."""
        self.draw = random.Random(1)
        self.asked: list[Post] = []

    def exchange(self, post: Post, seconds: float) -> Reply:
        """Send; see `Exchange`. Nothing takes time here: what is cut fails at once."""
        del seconds
        if not self.up:
            raise DeviceLostError("the line is cut")
        self.asked.append(post)
        reply = self._app.call(self._certificate, post)
        if self.draw.random() < self.lose:
            raise DeviceLostError("the answer is lost")
        return self.change(reply)

    def close(self) -> None:
        """Nothing is open."""
