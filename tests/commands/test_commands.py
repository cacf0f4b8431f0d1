"""The commands as a person meets them: help that teaches."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from commands.main import main
from simulators.demo.report import DayReport, timing


@pytest.mark.parametrize(
    "command", [[], ["demo"], ["doctor"], ["election"], ["simulator"], ["station"]]
)
def test_every_command_explains_itself(command: list[str]) -> None:
    done = CliRunner().invoke(main, [*command, "--help"])
    assert done.exit_code == 0
    assert "Usage:" in done.output
    assert len(done.output.splitlines()) > 6


def test_help_does_not_offer_the_robot() -> None:
    assert "robot" not in CliRunner().invoke(main, ["station", "--help"]).output


def test_a_missing_configuration_is_named() -> None:
    done = CliRunner().invoke(main, ["station", "--config", "/nowhere/station.toml"])
    assert done.exit_code == 2
    assert "/nowhere/station.toml" in done.output


@pytest.mark.parametrize(
    ("seconds", "median", "p99"),
    [([], 0.0, 0.0), ([0.5], 500.0, 500.0), ([0.1, 0.3, 0.2], 200.0, 300.0)],
)
def test_timings(seconds: list[float], median: float, p99: float) -> None:
    found = timing(seconds)
    assert (found.median, found.p99) == (median, p99)


def test_a_day_that_does_not_agree_says_so() -> None:
    report = DayReport(3, 5, "in-process", disagreements=["the tally is not what the voters meant"])
    assert "does not all agree" in report.as_text()
    assert report.as_json()["disagreements"] == ["the tally is not what the voters meant"]
