"""Choose the language a command answers in, and write its lines.

The language is chosen by `amin --language`, else by the locale; English if neither names one that
is there. Help texts, JSON and stable words are the same in every language.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import click

from crypto.errors import CryptoError, UnsealError
from drivers.errors import DriverError
from election.because import because
from words.errors import MessageError
from words.languages import Languages, installed
from words.message import Latin, Message, Value, m
from words.speaker import Speaker
from words.text import ENGLISH, Language, LanguageError

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Of the locale, as POSIX orders them."""
UNUSABLE: Final = 2
"""Exit status of a wrong use, as click has it, and of input that cannot be used."""
RUNS_ALREADY: Final = 75
"""Of a second start (EX_TEMPFAIL in sysexits.h): the one status after which a unit is not begun again."""
UNUSABLE_INPUT: Final = (MessageError, CryptoError, DriverError, OSError)
"""What a command ends with for its input: a setting, a plan, a file, a key, a device that is not there."""


def choose(
    context: click.Context, wanted: str | None, environment: Mapping[str, str] | None = None
) -> None:
    """Keep the speaker of this run in the context. Raises click.BadParameter for no language."""
    languages = installed_languages(context)
    environment = os.environ if environment is None else environment
    if wanted is None:
        language = of_locale(languages, environment)
    else:
        try:
            language = languages[Language(wanted)].id
        except LanguageError as error:
            known = ", ".join(x.id for x in languages)
            raise click.BadParameter(f"there are: {known}", context, None, "--language") from error
    context.meta[__name__] = languages.speaker(language).without_isolates()
    for stream in (sys.stdout, sys.stderr):
        # A file's name need not be text; who asked for another way (PYTHONIOENCODING) has it.
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def of_locale(languages: Languages, environment: Mapping[str, str]) -> Language:
    """Return the language of the locale (POSIX, 8.2); English if it is not there."""
    named = next((environment[x] for x in _VARIABLES if environment.get(x)), "")
    code = named.split(".")[0].split("@")[0].split("_")[0]
    found = next((x.id for x in languages if x.id == code), None)
    return found or ENGLISH


def installed_languages(context: click.Context | None = None) -> Languages:
    """Return all languages of this run."""
    context = context or click.get_current_context(silent=True)
    found = None if context is None else context.find_object(Languages)
    return found or installed()


def use(languages: Languages) -> Speaker:
    """Answer with other catalogues from now on, in the language of this run, and return who does."""
    chosen = languages.speaker(speaker().language).without_isolates()
    click.get_current_context().meta[__name__] = chosen
    return chosen


def speaker() -> Speaker:
    """Return the speaker of this run; English outside of one."""
    context = click.get_current_context(silent=True)
    chosen = None if context is None else context.meta.get(__name__)
    return (
        chosen if isinstance(chosen, Speaker) else installed().speaker(ENGLISH).without_isolates()
    )


def say(line: Message | str, /, **values: Value) -> None:
    """Write a line for the person, not for the next program, to standard error.

    `line`: a message, or an English text with its values as `words.message.m` takes them.
    """
    click.echo(_said(line, values), err=True)


def write(line: Message | str, /, **values: Value) -> None:
    """Write a line of the answer to standard output; `line` and `values` as `say` takes them."""
    click.echo(_said(line, values))


def write_lines(lines: Iterable[str]) -> None:
    """Write lines that are said already to standard output."""
    for line in lines:
        click.echo(line)


def error_line(error: Exception) -> Message:
    """Say why a command ended, and which file it is about."""
    if isinstance(error, OSError) and isinstance(error.filename, str):
        path = Latin(error.filename)
        return m("Error: {path}: {reason}", path=path, reason=because(error))
    if isinstance(error, UnsealError):
        return m("Error: your secret stays closed: {reason}", reason=because(error))
    return m("Error: {reason}", reason=because(error))


def usage(message: Message) -> click.UsageError:
    """Make the error of a wrong use."""
    return click.UsageError(speaker()(message))


def refusal(message: Message) -> click.ClickException:
    """Make the error of a command that cannot be carried out with what it was given."""
    return _Refusal(speaker()(message))


@contextmanager
def server_libraries() -> Iterator[None]:
    """Say how to install what a registry's machine alone needs, where it is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = Latin((error.name or "").partition(".")[0])
        raise refusal(
            m("{library} is not installed: pip install 'amin[registry]'", library=missing)
        ) from error


class _Refusal(click.ClickException):
    exit_code = UNUSABLE


def _said(line: Message | str, values: Mapping[str, Value]) -> str:
    return speaker()(m(line, **values) if isinstance(line, str) else line)
