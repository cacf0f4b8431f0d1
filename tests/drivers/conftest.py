"""The log of the drivers, turned on."""

from __future__ import annotations

import logging

import pytest

from tests.drivers.leaks import Log


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    """Turn the log on as a program would; give its lines, with whatever the records carry."""
    caplog.set_level(logging.DEBUG, logger="drivers")

    def lines() -> list[str]:
        records = [record for record in caplog.records if record.name.startswith("drivers.")]
        assert all(record.levelno == logging.DEBUG for record in records)
        assert not any(record.exc_info or record.exc_text for record in records)
        for record in records:
            # Arguments of a message reach other handlers, even where the text leaves them out.
            assert all(isinstance(value, str | int) for value in record.args or ())
        return [record.getMessage() for record in records]

    return lines
