"""Calls with a limit."""

from __future__ import annotations

import threading

import pytest

from drivers.errors import CardRemovedError, DeviceTimeoutError
from drivers.smartcard.bounded import call_with_limit

WAIT_S = 20.0


def never() -> None:
    raise AssertionError("nothing was late")


def test_a_quick_call_gives_its_result_or_its_error() -> None:
    assert call_with_limit(lambda: 7, WAIT_S, never, "late") == 7

    def fail() -> int:
        raise CardRemovedError("gone")

    def own_timeout() -> int:
        raise TimeoutError

    with pytest.raises(CardRemovedError):
        call_with_limit(fail, WAIT_S, never, "late")
    with pytest.raises(TimeoutError):
        call_with_limit(own_timeout, WAIT_S, never, "late")


@pytest.mark.parametrize("fails", [True, False])
def test_a_late_call_cleans_up_when_it_ends(fails: bool) -> None:
    go, cleaned = threading.Event(), threading.Event()

    def work() -> None:
        assert go.wait(WAIT_S)
        if fails:
            raise CardRemovedError("gone")

    with pytest.raises(DeviceTimeoutError, match="late"):
        call_with_limit(work, 0.01, cleaned.set, "late")
    assert not cleaned.is_set()
    go.set()
    assert cleaned.wait(WAIT_S)
