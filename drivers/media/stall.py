"""Find out what a thread is waiting for that storage does not answer: which file, and so which medium.

The kernel says in which call a thread stands and with which arguments (proc(5), /proc/pid/task/tid/syscall);
of one that writes, reads or syncs the first is a descriptor. Where the kernel does not say it, nobody knows.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_LINE: Final = re.compile(r"[0-9]{1,4} 0x([0-9a-f]{1,16})\b")


def waits_on(thread: int, process: Path = Path("/proc/self")) -> Path | None:
    """Return the file at which a thread of this program stands in the kernel; None if it cannot be told.

    `thread`: its native id. Never raises.
    """
    try:
        found = _LINE.match((process / "task" / str(thread) / "syscall").read_text())
        if found is None:
            return None
        name = (process / "fd" / str(int(found[1], 16))).readlink()
    except (OSError, ValueError):
        return None
    return name if name.is_absolute() else None
