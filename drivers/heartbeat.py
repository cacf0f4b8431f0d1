"""Tell the service manager that the program is ready, and that its screen's thread is alive (sd_notify(3)).

Called by the thread that draws: storage that does not answer is never a reason to end the program, a screen
that stands still is. Nothing happens where no service manager asked for it.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress

READY = "READY=1"
ALIVE = "WATCHDOG=1"


def notify(state: str) -> None:
    """Send a state to the service manager. Never raises: without one, a day goes on as well."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(state.encode(), "\0" + address[1:] if address[0] == "@" else address)


def interval_ms() -> int | None:
    """Return how often the service manager wants to hear of the thread: thrice as often as it demands."""
    asked = os.environ.get("WATCHDOG_USEC", "")
    return max(int(asked) // 3000, 1) if asked.isascii() and asked.isdigit() else None
