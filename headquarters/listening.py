"""Write the proof-listening sheet: what voters will hear of an election, to be listened to before the day.

A page with a row for each title and name in each language, a wave beside it, what the voice was given to
read, and boxes to tick; with `clips.json` a terminal plays recordings in place of what was not good.
"""

from __future__ import annotations

import html
import io
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.sound.wave import BYTES_PER_SAMPLE, RATE, Wave
from election.definition import Language, Text
from election.definition_file import PublishedDefinition
from election.files import PUBLIC, replace_file
from words.languages import LanguageData
from words.speaker import Speaker
from words.text import without_controls
from words.transliteration import SPELLINGS

PAGE: Final = "listen.html"

Say = Callable[[str, str], Wave]
"""Takes a text and a voice. Raises DriverError."""


@dataclass(frozen=True, slots=True)
class Row:
    """One text that is heard."""

    language: Language
    text: str
    read: str
    """What the voice is given: the text in the spelling it reads."""
    voice: str
    """Empty where the language has none: a recording is needed."""


def rows(definition: PublishedDefinition, language: LanguageData) -> Iterator[Row]:
    """Yield every text of an election that is given in a language, once."""
    spell = SPELLINGS.get(language.spelling)
    seen: set[str] = set()
    for text in _texts(definition):
        given = dict(text.by_language).get(language.id)
        said = " ".join(without_controls(given).split()) if given else ""
        if said and said not in seen:
            seen.add(said)
            yield Row(language.id, said, spell(said) if spell else said, language.voice)


def write_sheet(
    definition: PublishedDefinition,
    languages: list[LanguageData],
    folder: Path,
    say: Say,
    t: Speaker,
) -> int:
    """Write page and waves, and return how many texts there are. Raises OSError, DriverError."""
    folder.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    for language in languages:
        for number, row in enumerate(rows(definition, language)):
            sound = t("a recording is needed")
            if row.voice:
                name = f"{row.language}-{number:04d}.wav"
                replace_file(folder / name, wave_file(say(row.read, row.voice)), PUBLIC)
                sound = f'<audio controls preload="none" src="{name}"></audio>'
            lines.append(_line(row, language, sound))
    page = _PAGE.format(
        title=html.escape(t("Proof-listening sheet")),
        direction="rtl" if t.right_to_left else "ltr",
        language=html.escape(t("Language")),
        text=html.escape(t("Text")),
        read=html.escape(t("What the voice reads")),
        sound=html.escape(t("Sound")),
        good=html.escape(t("Good")),
        rows="\n".join(lines),
    )
    replace_file(folder / PAGE, page.encode(), PUBLIC)
    return len(lines)


def wave_file(samples: Wave) -> bytes:
    """Return a WAVE file of samples."""
    made = io.BytesIO()
    with wave.open(made, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(BYTES_PER_SAMPLE)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
    return made.getvalue()


def _texts(definition: PublishedDefinition) -> Iterator[Text]:
    yield definition.name
    for contest in definition.contests:
        yield contest.title
        yield from (one.name for one in contest.lists)
        yield from (one.name for one in contest.candidates)


def _line(row: Row, language: LanguageData, sound: str) -> str:
    way = "rtl" if language.conventions.right_to_left else "ltr"
    read = "" if row.read == row.text else html.escape(row.read)
    return (
        f'<tr><td>{html.escape(language.name)}</td><td dir="{way}" lang="{row.language}">'
        f"{html.escape(row.text)}</td><td>{read}</td><td>{sound}</td>"
        '<td><input type="checkbox"></td></tr>'
    )


_PAGE: Final = """<!doctype html>
<html dir="{direction}"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 16px/1.6 sans-serif; margin: 2em; }}
table {{ border-collapse: collapse; width: 100%; }}
td, th {{ border-bottom: 1px solid #999; padding: 4px 8px; text-align: start; }}
</style></head><body><h1>{title}</h1>
<table><tr><th>{language}</th><th>{text}</th><th>{read}</th><th>{sound}</th><th>{good}</th></tr>
{rows}
</table></body></html>
"""
