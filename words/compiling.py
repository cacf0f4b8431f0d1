"""Compile catalogues: several `.po` files of a language become one `.mo`.

A wheel holds the compiled ones only (`words.building`), so that a voting machine parses nothing. A
source tree compiles in memory when its languages are first read, before the polls; so no compiled
file can be stale.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po


class _Compiled(Catalog):  # type: ignore[misc, unused-ignore]  # Babel may come without types
    """A catalogue whose head says the plural rule also for a language that Babel does not know."""

    rule = ""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [("Content-Type", "text/plain; charset=UTF-8"), ("Plural-Forms", self.rule)]


def compiled(sources: Sequence[Path]) -> bytes:
    """Return the `.mo` of these `.po` files, all of one language.

    Raises ValueError for a file that cannot be parsed, for files with different plural rules and
    for a text that two files translate differently.
    """
    whole = _Compiled()
    for source in sources:
        read = _read(source)
        if whole.rule not in ("", read.plural_forms):
            raise ValueError(f"{source.name} has another plural rule than {sources[0].name}")
        whole.rule = read.plural_forms
        for message in read:
            if not message.id:
                continue
            known = whole.get(message.id, message.context)
            if known is not None and known.string != message.string:
                raise ValueError(f"{source.name} translates {message.id!r} once more, differently")
            if message.string:
                whole.add(message.id, message.string, context=message.context)
    written = io.BytesIO()
    write_mo(written, whole)
    return written.getvalue()


def _read(source: Path) -> Catalog:
    try:
        with source.open("rb") as file:
            return read_po(file, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise ValueError(f"{source.name}: {error}") from error
