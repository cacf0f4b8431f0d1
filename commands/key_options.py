"""Options of commands that open or close keys; what opens them is imported when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Final

import click

from commands.working import EXISTING_FOLDER, FILE

PASSPHRASE_FILE: Final = click.option(
    "--passphrase-file", type=FILE, help="For rehearsals; else asked."
)
READER: Final = click.option("--reader", help="Part of the card reader's name, if there are more.")
ROOT_KEY: Final = click.option(
    "--root-key",
    type=EXISTING_FOLDER,
    help="Where the folder of the root's key is; FOLDER/keys/root if not given.",
)
CARD_OPTION: Final = click.option(
    "--card", is_flag=True, help="Close the keys with a PIV card and its PIN, not a passphrase."
)


def with_keys(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--passphrase-file` and `--reader`, and its function the `unlock` they make."""

    @PASSPHRASE_FILE
    @READER
    @wraps(function)
    def command(
        *arguments: object, passphrase_file: Path | None, reader: str | None, **options: object
    ) -> None:
        from commands.office_keeper import office_unlock

        function(*arguments, unlock=office_unlock(passphrase_file, reader), **options)

    return command
