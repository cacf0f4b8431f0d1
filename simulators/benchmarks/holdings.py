"""What this process and the card service hold: to see whether it grows."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import Self

import psutil

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Holdings:
    """Open files and threads of this process, its resident memory in bytes, and the open files of the
    service, of which every connection of ours takes one."""

    files: int
    threads: int
    memory: int
    service_files: int

    @classmethod
    def now(cls, service_pid: int) -> Self:
        gc.collect()
        own = psutil.Process()
        return cls(
            files=own.num_fds(),
            threads=own.num_threads(),
            memory=own.memory_info().rss,
            service_files=psutil.Process(service_pid).num_fds(),
        )
