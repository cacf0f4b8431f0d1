"""Run the finished page's worker in Node.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PAGE = Path("headquarters/page/verify.html").resolve()


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
