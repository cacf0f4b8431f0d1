"""Options that pair a thing with a value: of two values for one no command takes one in silence."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from commands.main import main
from election.errors import ElectionError
from election.missing import MissingGround
from election.rulings import RevocationGround
from headquarters.grounds import read_grounds

PAIRS: dict[tuple[str, ...], tuple[tuple[str, ...], str, type[StrEnum]]] = {
    ("election", "missing", "devices"): ((), "DEVICE=GROUND", MissingGround),
    ("election", "rule", "revoked"): (("--revoke",), "CERTIFICATE=GROUND", RevocationGround),
}
"""Command and parameter, after what stands before a pair: its form, and its values."""


def _commands(
    command: click.Command, *words: str
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _commands(below, *words, name)


def _is_repeated(parameter: click.Parameter) -> bool:
    many = parameter.nargs == -1 or parameter.multiple
    return many and "=" in (parameter.metavar or "")


def test_every_option_of_pairs_is_here() -> None:
    found = {
        (*words, str(parameter.name)): parameter.metavar
        for words, command in _commands(main)
        for parameter in command.params
        if _is_repeated(parameter)
    }
    assert found.keys() == PAIRS.keys()
    for key, (_, form, _) in PAIRS.items():
        assert str(found[key]).startswith(form)


@pytest.mark.parametrize("key", PAIRS, ids=" ".join)
def test_a_command_takes_no_second_value(key: tuple[str, ...], tmp_path: Path) -> None:
    """It ends before it opens the folder, which is none."""
    before, _, known = PAIRS[key]
    one, other = list(known)[:2]
    for values, said in (((one, other), "thing"), ((one, one), None)):
        pairs = [word for value in values for word in (*before, f"thing={value}")]
        options = ("--observer", str(tmp_path), "--yes")
        told = CliRunner().invoke(main, [*key[:-1], str(tmp_path), *pairs, *options])
        assert told.exit_code == 2
        already = f"{said} is {one} already, and cannot be {other}, too"
        assert (already in told.output) == (said is not None), told.output


_NAMES = st.sampled_from(("a", "b1-s1", "x=y", "/tmp/k=1/c.der", "Ω"))


@pytest.mark.parametrize("key", PAIRS, ids=" ".join)
@given(data=st.data())
def test_pairs_are_read_or_refused_by_name(key: tuple[str, ...], data: st.DataObject) -> None:
    _, form, known = PAIRS[key]
    drawn = data.draw(st.lists(st.tuples(_NAMES, st.sampled_from(list(known))), max_size=6))
    texts = [f"{name}={value}" for name, value in drawn]
    values = {name: {each for other, each in drawn if other == name} for name, _ in drawn}
    torn = {name for name, found in values.items() if len(found) > 1}
    if not torn:
        assert read_grounds(texts, form, known) == dict(drawn)
        return
    with pytest.raises(ElectionError) as refused:
        read_grounds(texts, form, known)
    assert any(str(refused.value).startswith(f"{name} is ") for name in torn)


@pytest.mark.parametrize(
    "wrong", ["", "=", "lost", "=lost", "a", "a=", "a=eaten", "a=lost=", "a=LOST"]
)
@pytest.mark.parametrize("key", PAIRS, ids=" ".join)
def test_another_form_is_refused_with_the_form(key: tuple[str, ...], wrong: str) -> None:
    _, form, known = PAIRS[key]
    with pytest.raises(ElectionError, match=form):
        read_grounds([wrong], form, known)
