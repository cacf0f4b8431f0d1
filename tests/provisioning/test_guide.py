"""The guide's commands are all run by `make provisioning`, and are commands that there are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from commands.main import main
from tests.provisioning.guide import GUIDE, files, is_all_named, steps

TEXT = GUIDE.read_text(encoding="utf-8")
RUN = Path(__file__).with_name("branch.py").read_text(encoding="utf-8")
NAMES = sorted(steps(TEXT))
_BLOCK = re.compile(r"^```\w*\n.*?^```$", re.MULTILINE | re.DOTALL)


def test_every_block_has_a_name_and_none_is_left_out() -> None:
    assert is_all_named(TEXT)
    run = set(re.findall(r'hall\.run\(f?"([\w-]+)', RUN))
    assert {name if not name.startswith("keys-") else "keys-" for name in NAMES} == run
    kept = set(re.findall(r'"(?:identity-station|ballot-terminal)", "(\w+)"', RUN))
    assert {f"keys-{keys}" for keys in kept} == {x for x in NAMES if x.startswith("keys-")}
    assert set(files(TEXT)) == {"operators.csv", "ballot-terminal.toml", "identity-station.toml"}


def test_both_languages_have_the_same_commands() -> None:
    persian = GUIDE.with_name("operator-guide.fa.md").read_text(encoding="utf-8")
    assert _BLOCK.findall(persian) == _BLOCK.findall(TEXT)


@pytest.mark.parametrize("name", NAMES)
def test_its_commands_and_options_are_there(name: str) -> None:
    for line in steps(TEXT)[name].splitlines():
        words = shlex.split(line)
        if words[0] != "amin":
            continue
        command: click.Command = main
        rest = words[1:]
        while isinstance(command, click.Group):
            found = command.get_command(click.Context(command), rest.pop(0))
            assert found is not None, line
            command = found
        options = {option for each in command.params for option in each.opts}
        assert {word for word in rest if word.startswith("-")} <= options, line
