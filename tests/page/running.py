"""Run the finished page's worker in Node.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

PAGE = Path("headquarters/page/verify.html").resolve()


class PageProcess:
    """One process that is asked line after line, so that the asker works while it does."""

    def __init__(self, questions: IO[str], answers: IO[str]) -> None:
        self._questions = questions
        self._answers = answers

    def ask(self, line: str) -> None:
        """Send the path of an archive, or of an index.json, a tab, and the number."""
        self._questions.write(f"{line}\n")
        self._questions.flush()

    def answer(self) -> dict[str, Any]:
        """Return what the page says of the oldest line that is not answered."""
        said: dict[str, Any] = json.loads(self._answers.readline())
        return said


@contextmanager
def page_process() -> Iterator[PageProcess]:
    """Start the page's worker; it ends with the block."""
    node = shutil.which("node")
    assert node is not None
    with subprocess.Popen(
        [node, "tests/page/run_page.mjs", PAGE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield PageProcess(process.stdin, process.stdout)
        process.stdin.close()
    assert process.returncode == 0


def run_page(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Return what the page says of archives and publications, in order.

    lines: paths of archives; or the path of an index.json, a tab, and the number.
    """
    node = shutil.which("node")
    assert node is not None
    done = subprocess.run(
        [node, "tests/page/run_page.mjs", PAGE],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]
