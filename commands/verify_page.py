"""Write the page with which anybody verifies archives in a browser: `amin election verify-page`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from commands.speaking import write
from commands.working import NEW_FILE
from election.files import PUBLIC, replace_file
from words.message import Latin


@click.command("verify-page")
@click.argument("output", type=NEW_FILE)
def verify_page(output: Path) -> None:
    """Write ONE web page with which anybody checks archives in a browser, without a network.

    \b
    The page is a second verifier: written from docs/spec in JavaScript, it shares no rule with
    `amin election verify`. It checks the file of an archive (election.bel) or all archives of a
    published folder on the reader's device, also as a file without a network. It connects to nothing
    (its own policy forbids it) and keeps nothing.

    Publish it beside the results, with its SHA-256, which is printed here and stands in README.md.
    """
    import hashlib

    html = files("headquarters").joinpath("page", "verify.html").read_bytes()
    replace_file(output, html, PUBLIC)
    write(
        "{output}: {count} bytes, SHA-256 {digest}",
        output=output,
        count=len(html),
        digest=Latin(hashlib.sha256(html).hexdigest()),
    )
