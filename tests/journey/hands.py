"""`amin`, and whoever sits at its keyboard: types the passphrase, and agrees to what is asked.

python -m tests.journey.hands election new …
"""

from __future__ import annotations

import sys
from unittest.mock import patch

import click

from commands.main import main
from tests.headquarters.unlocking import CHEAP, PASSPHRASE_FILE


def typed(words: list[str]) -> list[str]:
    """Return the words with what a person types besides: whatever of it the command asks for."""
    command: click.Command = main
    for word in words:
        if not isinstance(command, click.Group):
            break
        found = command.get_command(click.Context(command), word)
        assert found is not None, word
        command = found
    options = {option for each in command.params for option in each.opts}
    more = ["--passphrase-file", str(PASSPHRASE_FILE)] if "--passphrase-file" in options else []
    return [*words, *more, *(["--yes"] if "--yes" in options else [])]


if __name__ == "__main__":
    with patch("commands.trustee_keeper.STANDARD", CHEAP):
        main(typed(sys.argv[1:]), prog_name="amin")
