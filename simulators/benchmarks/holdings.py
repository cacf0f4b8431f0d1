"""Resources of this process and of the card service, to see whether they grow."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import Self

import psutil

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Holdings:
    """Open files and threads of this process, its memory, and the service's open files.

    Memory is resident, in bytes; every connection of ours takes one of the service's files.
    """

    files: int
    threads: int
    memory: int
    service_files: int

    @classmethod
    def now(cls, service_pid: int) -> Self:
        """Count at this moment, after a collection of garbage."""
        gc.collect()
        own = psutil.Process()
        return cls(
            files=own.num_fds(),
            threads=own.num_threads(),
            memory=own.memory_info().rss,
            service_files=psutil.Process(service_pid).num_fds(),
        )
