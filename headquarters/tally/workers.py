"""Find the processes that do long work: on this machine's cores, or on a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Final

from election.errors import ElectionError
from words.message import m

CLUSTER_LIMIT_S: Final = 30
"""How long the scheduler of a cluster is waited for."""


@contextmanager
def workers(scheduler: str | None = None, *, few: bool = False) -> Iterator[Executor | None]:
    """Use a Dask cluster if its scheduler is named; else processes, or none for `few` items or on one core.

    The results are the same wherever the work is done. Raises `ElectionError` where there is no cluster.
    """
    if scheduler is not None:
        with _cluster(scheduler) as executor:
            yield executor
        return
    cores = len(os.sched_getaffinity(0))  # those that this process may use
    if few or cores == 1:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(cores, initializer=_end_with_parent) as executor:
        yield executor


def _end_with_parent() -> None:
    """End this process when the one that asked is gone; a killed one could not have told it."""
    import multiprocessing
    import threading
    from multiprocessing.connection import wait

    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


@contextmanager
def _cluster(scheduler: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError as error:
        raise ElectionError(
            m("Dask is not installed: pip install 'amin[cluster]', or leave out --scheduler")
        ) from error
    try:
        client = Client(scheduler, timeout=CLUSTER_LIMIT_S)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ElectionError(
            m(
                "no Dask scheduler answers at {scheduler}; start one with: dask scheduler",
                scheduler=scheduler,
            )
        ) from error
    with client:
        executor: Executor = client.get_executor(pure=False)  # type: ignore[no-untyped-call]
        yield executor
