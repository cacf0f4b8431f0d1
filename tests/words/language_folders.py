"""Write folders of languages for tests: data and a catalogue, as a translator would add them."""

from __future__ import annotations

import shutil
from pathlib import Path

from words.languages import DATA, FOLDER

ARABIC = (
    "nplurals=6; "
    "plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
)


def with_installed(folder: Path) -> Path:
    """Copy the data and catalogues that come with the program, so that languages can be added."""
    for language in FOLDER.iterdir():
        if (language / DATA).exists():
            shutil.copytree(language, folder / language.name)
    return folder


def add_language(folder: Path, language: str, data: str, catalogue: str, plural: str) -> None:
    """Write `language.toml` and one catalogue; `catalogue` is its entries without the head."""
    place = folder / language
    place.mkdir(parents=True)
    (place / DATA).write_text(data, "utf-8")
    head = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
        f'"Language: {language}\\n"\n"Plural-Forms: {plural}\\n"\n\n'
    )
    (place / "all.po").write_text(head + catalogue, "utf-8")
