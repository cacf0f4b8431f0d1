"""What some tests need of the machine. Where CI runs, nothing is skipped: what is missing fails there."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

BUSY_S = 20.0
"""What ends has ended by then, however many others want the same core; what hangs has not."""


def missing(what: str, *, whole_module: bool = False) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"needed here: {what}")
    pytest.skip(what, allow_module_level=whole_module)
