"""belenios-tool, the reference implementation, as another process.

It is looked for in the environment variable BELENIOS_TOOL, then on the path. 3.3 or later is needed:
3.0 seals threshold messages in another way. Debian's package is `belenios-tool` (forky and sid).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.needs import missing

LIMIT = 120.0
"""Seconds for one command on a busy machine; the longest take about one."""


class ReferenceRefused(Exception):
    """What the tool said on standard error."""


@dataclass(frozen=True, slots=True)
class ReferenceTool:
    program: str
    folder: Path
    """Where it works; it writes files with names of its own there."""

    def __call__(self, *arguments: str | Path, text: bytes = b"") -> bytes:
        """Standard output, without the final newline. Raises ReferenceRefused."""
        done = subprocess.run(
            [self.program, *map(str, arguments)],
            input=text,
            capture_output=True,
            cwd=self.folder,
            timeout=LIMIT,
            check=False,
        )
        if done.returncode:
            raise ReferenceRefused(done.stderr.decode(errors="replace").strip())
        return done.stdout.rstrip(b"\n")

    def threshold(self, step: int, *arguments: str | Path, text: bytes = b"") -> bytes:
        """A step of the threshold key generation."""
        command = ("setup", "generate-trustee-key-threshold", "--group", "Ed25519")
        return self(*command, "--step", str(step), *arguments, text=text)

    def write(self, name: str, *lines: bytes) -> Path:
        """A file of lines in the tool's folder."""
        path = self.folder / name
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        return path

    def take(self, suffix: str) -> bytes:
        """Read and remove the one file with this ending that a command wrote."""
        (path,) = self.folder.glob(f"*{suffix}")
        content = path.read_bytes().rstrip(b"\n")
        path.unlink()
        return content


def find_tool(folder: Path) -> ReferenceTool:
    """The tool of this machine, working in `folder`; the test is skipped without one."""
    program = os.environ.get("BELENIOS_TOOL") or shutil.which("belenios-tool")
    if program is None:
        missing("belenios-tool 3.3 (BELENIOS_TOOL, or on the path)")
    found = ReferenceTool(program, folder)
    version = found("--version").decode().split(" ")[0]
    if tuple(map(int, version.split(".")[:2])) < (3, 3):
        missing(f"belenios-tool 3.3 or later; {version} is here")
    return found
