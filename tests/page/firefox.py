"""The page in Firefox (Debian's firefox-esr), by WebDriver BiDi over its own port.

Not in the default run: `make peers` has it. Without a Firefox it is skipped, and fails where CI runs.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import websocket

from tests.needs import missing
from tests.page.running import PAGE
from tests.page.test_page import VECTORS

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
pytestmark = pytest.mark.slow


class Firefox:
    """One window, spoken to by commands."""

    def __init__(self, port: int) -> None:
        self.line = self._connected(port)
        self.sent = 0
        self.ask("session.new", capabilities={})
        self.window = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    @staticmethod
    def _connected(port: int) -> websocket.WebSocket:
        for _ in range(300):
            try:
                return websocket.create_connection(
                    f"ws://127.0.0.1:{port}/session", timeout=120, suppress_origin=True
                )
            except (OSError, websocket.WebSocketException):
                time.sleep(0.2)
        raise TimeoutError("Firefox does not listen")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        self.sent += 1
        self.line.send(json.dumps({"id": self.sent, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.line.recv())
            if answer.get("id") == self.sent:
                assert answer["type"] == "success", answer
                return dict(answer["result"])

    def say(self, script: str) -> Any:
        """Evaluate a script; return its value."""
        target = {"context": self.window}
        done = self.ask("script.evaluate", expression=script, target=target, awaitPromise=True)
        assert done["type"] == "success", done
        return done["result"].get("value")

    def choose(self, element: str, path: Path) -> None:
        """Choose a file in an input."""
        script = f"document.getElementById({element!r})"
        target = {"context": self.window}
        found = self.ask("script.evaluate", expression=script, target=target, awaitPromise=False)
        node = {"sharedId": found["result"]["sharedId"]}
        self.ask("input.setFiles", context=self.window, element=node, files=[str(path)])

    def open(self, language: str) -> None:
        """Open the page from its file."""
        self.ask(
            "browsingContext.navigate", context=self.window, url=PAGE.as_uri(), wait="complete"
        )
        self.say(f"document.querySelector('[data-language={language}]').click()")

    def verdict(self) -> str:
        """Wait for the verdict."""
        for _ in range(600):
            if not self.say("document.getElementById('verdict').hidden"):
                return str(self.say("document.getElementById('outcome').textContent"))
            time.sleep(0.2)
        raise TimeoutError("no verdict")


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """Yield Firefox without a screen and with a profile of its own."""
    if FIREFOX is None:
        missing("a Firefox")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    profile = tmp_path_factory.mktemp("firefox")
    arguments = [FIREFOX, "--headless", "--no-remote", "--profile", str(profile)]
    with subprocess.Popen([*arguments, f"--remote-debugging-port={port}"]) as running:
        try:
            yield Firefox(port)
        finally:
            running.terminate()
            running.wait(30)


@pytest.mark.timeout(300)
def test_right_and_wrong(firefox: Firefox) -> None:
    """The same verdicts as in Chromium, from a file, within the width of a telephone."""
    for language, path, verdict in (
        ("en", "single-wide", "Right, but not anchored"),
        ("fa", "tampered/result-code-altered", "نادرست است"),
    ):
        firefox.open(language)
        firefox.choose("file", VECTORS / path / "archive.bel")
        assert firefox.verdict() == verdict
        assert firefox.say("document.documentElement.scrollWidth <= innerWidth")
    closed = "fetch('https://127.0.0.1/').then(() => 'open', () => 'closed')"
    assert firefox.say(closed) == "closed"
