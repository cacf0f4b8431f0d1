"""Start `amin` again by `python -I`, as it is installed.

Isolated, Python looks for modules and distributions where they are installed only: neither the current
folder nor PYTHONPATH nor a person's own site-packages can add a command or replace a module. A script
that pip installs cannot carry `-I` in its first line, so it starts the interpreter once more.
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Become `python -I -m commands.main`, with the same arguments and the same process id."""
    os.execv(sys.executable, [sys.executable, "-I", "-m", "commands.main", *sys.argv[1:]])
