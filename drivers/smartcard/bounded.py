"""Limits for calls that cannot be interrupted.

The PC/SC library waits inside the service, and the service inside a reader's driver, for as long as a
card computes; nothing of PC/SC ends that from outside. So the call runs in a thread of its own:
the caller goes on after the limit, and the thread cleans up whenever the call comes back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar, cast

from drivers.errors import DeviceTimeoutError

T = TypeVar("T")


def call_with_limit(
    work: Callable[[], T], limit_s: float, afterwards: Callable[[], None], late: str
) -> T:
    """Return or raise what `work` does, if it is done within `limit_s` seconds.

    Else raises `DeviceTimeoutError(late)`, and `afterwards` is called once, in the other thread, as soon
    as `work` has ended: nobody else may touch what it works on before that.
    """
    future: Future[T] = Future()
    lock = threading.Lock()
    left = False

    def run() -> None:
        result: T | None = None
        failure: BaseException | None = None
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - raised again where it belongs
            failure = error
        with lock:
            alone = left
            if failure is not None:
                future.set_exception(failure)
            else:
                future.set_result(cast("T", result))
        if alone:
            afterwards()

    threading.Thread(target=run, name="bounded call", daemon=True).start()
    try:
        return future.result(limit_s)
    except TimeoutError:
        with lock:
            left = not future.done()
        if left:
            raise DeviceTimeoutError(late) from None
        return future.result()
