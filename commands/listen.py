"""Write what voters will hear, for proof-listening: `amin election listen`."""

from __future__ import annotations

from pathlib import Path

import click

from commands.speaking import speaker, usage, write
from commands.working import FILE
from election.definition import Language
from election.files import read_file
from words.languages import for_voters
from words.message import m
from words.text import LanguageError


@click.command()
@click.option("--definition", type=FILE, required=True, help="The election's definition.json.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for listen.html and its sounds.",
)
@click.option(
    "--only", "only", multiple=True, metavar="LANGUAGE", help="This language; may be given again."
)
def listen(definition: Path, output: Path, only: tuple[str, ...]) -> None:
    """Write every title and name of an election as voters will hear it, to be proof-listened.

    \b
        amin election listen --definition public/definition.json -o listening/

    Open listening/listen.html, play each sound, tick what is right. What is not can be recorded (Ogg
    Vorbis) and listed in clips.json, see docs/sound.md. Sorani has no voice: it needs recordings.
    """
    from drivers.sound.espeak import EspeakVoice
    from drivers.sound.wave import Wave, make_wave
    from election.definition_file import PublishedDefinition
    from election.schema import from_json
    from headquarters.challenge.definition import MAX_DEFINITION
    from headquarters.listening import PAGE, write_sheet

    voice = EspeakVoice()

    def say(text: str, name: str) -> Wave:
        whole = make_wave()
        for piece in voice.speak(text, name):
            whole.extend(piece)
        return whole

    languages = for_voters()
    try:
        chosen = [languages[Language(one)] for one in only] or list(languages)
    except LanguageError as error:
        known = ", ".join(x.id for x in languages)
        raise usage(m("--only: there are {known}", known=known)) from error
    voice.check()
    asked = from_json(PublishedDefinition, read_file(definition, MAX_DEFINITION))
    count = write_sheet(asked, chosen, output, say, speaker())
    write("{page}: {count} texts", page=output / PAGE, count=count)
