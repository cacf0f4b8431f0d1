"""Check a challenged ballot: `amin election check-challenge` and `check-page`."""

from __future__ import annotations

from pathlib import Path

import click

from commands.speaking import speaker, usage, write, write_lines
from commands.working import EXISTING_FOLDER, FILE, JSON, NEW_FILE, leave, print_json
from election.definition import Language
from election.errors import ElectionError
from election.files import PUBLIC, open_file, read_file, replace_file
from words.languages import installed
from words.message import Latin, m
from words.speaker import Speaker

LONGEST_FILE = 1024 * 1024
"""Bytes of a ticket's file that are read."""


@click.command("check-challenge")
@click.argument("ticket", required=False)
@click.option("--file", type=FILE, help="A text file that holds the ticket.")
@click.option("--election", type=FILE, required=True, help="The published election.json.")
@click.option("--definition", type=FILE, help="The published definition.json: names for codes.")
@click.option(
    "--noted",
    metavar="NUMBER",
    help="Tracking number (or code) that you noted before you asked for the check.",
)
@click.option(
    "--supplement",
    type=click.Path(exists=True, path_type=Path),
    help="The published supplement, or its challenged.json: your ballot has to be in it.",
)
@click.option(
    "--language",
    type=click.Choice([language.id for language in installed()]),
    help="Language of the answer; without it that of `amin --language`, or the locale's.",
)
@JSON
def check_challenge(
    ticket: str | None,
    file: Path | None,
    election: Path,
    definition: Path | None,
    noted: str | None,
    supplement: Path | None,
    language: str | None,
    as_json: bool,
) -> None:
    """Check with a challenge TICKET whether the voting machine sealed what it showed.

    \b
    In the booth:
      1. Mark anything: a challenged ballot does not count and becomes public.
      2. The screen before recording shows the tracking number. Note or photograph it NOW.
      3. "Check the machine": it opens the ballot and shows the ticket as a QR code.
         Photograph it. Then vote, secretly, and as often as you like check again first.
    At home:
      4. Read the QR code: a text that begins with AMIN1:
      5. amin election check-challenge 'AMIN1:…' --election election.json
         --definition definition.json --noted '12345 67890 …'
      6. Compare: are these the choices you made, and is this the number you noted?

    The machine cannot know before step 3 whether it will be checked. If it sealed something else, seed
    and answers do not give the ballot whose number it had already shown.
    The same check in a browser, without this program: amin election check-page.

    \b
    Exit status: 0 the machine was honest, 1 it was not (keep the ticket and show it),
    2 ticket or files cannot be used (misread, of another election).
    """
    from headquarters.challenge.check import check_ticket, read_election_file
    from headquarters.challenge.definition import MAX_DEFINITION, read_definition
    from headquarters.challenge.words import verdict_lines, verdict_plain

    if (ticket is None) == (file is None):
        raise usage(m("give the ticket as an argument, or its file with --file"))
    text = _text_of(file) if file is not None else ticket or ""
    asked = read_election_file(election)
    named = (
        None
        if definition is None
        else read_definition(read_file(definition, MAX_DEFINITION), asked)
    )
    verdict = check_ticket(asked, text, named, noted, supplement)
    if as_json:
        print_json(verdict_plain(verdict))
    else:
        write_lines(verdict_lines(verdict, _speaker(language)))
    leave(verdict.honest)


@click.command("check-page")
@click.argument("folder", type=EXISTING_FOLDER)
@click.option("-o", "--output", type=NEW_FILE, required=True, help="Where to write the page.")
@click.option("--empty", is_flag=True, help="Without the election: the reader brings its files.")
def check_page(folder: Path, output: Path, empty: bool) -> None:
    """Write ONE web page with which voters check challenges on their phones, without a network.

    FOLDER is the election's folder or its public/. The page holds election.json and definition.json, so
    that a voter needs nothing else. It asks nobody anything (its own policy forbids it) and is code of
    its own: it shares none with the terminals. Publish it with its SHA-256, which is printed.
    """
    import hashlib

    from headquarters.challenge.page import PublicFiles, check_page_html
    from headquarters.packaging import PUBLIC_FOLDER

    public = folder / PUBLIC_FOLDER if (folder / PUBLIC_FOLDER).is_dir() else folder
    files = None if empty else PublicFiles.read(public)
    html = check_page_html(files)
    replace_file(output, html, PUBLIC)
    write(
        "{output}: {count} bytes, SHA-256 {digest}",
        output=output,
        count=len(html),
        digest=Latin(hashlib.sha256(html).hexdigest()),
    )


def _speaker(language: str | None) -> Speaker:
    if language is None:
        return speaker()
    return installed().speaker(Language(language)).without_isolates()


def _text_of(file: Path) -> str:
    with open_file(file) as stream:
        data = stream.read(LONGEST_FILE)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ElectionError.of(
            "{file} is no text; give the text that the QR code holds", file=file
        ) from error
