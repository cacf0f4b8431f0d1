"""Build one HTML file that checks challenges in a browser: no network, no other file, code of its own.

The parts in `web/` are joined, and election.json and definition.json put in as texts, if they are
given. A content security policy with the hashes of style and scripts forbids everything else: any
connection, any other script, any frame. What the scripts compute shares no line with the Python.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from crypto.errors import CryptoError
from election.because import because
from election.errors import ManifestError
from election.files import read_file
from headquarters.challenge.check import read_election_file
from headquarters.challenge.definition import MAX_DEFINITION, read_definition
from headquarters.page_policy import page_policy

CORE: Final = ("hash.js", "curve.js", "ballot.js")
"""Runs in the page and in its worker; touches no screen."""
SCREEN: Final = ("reading.js", "words.js", "screen.js")
_PLACE: Final = re.compile(r"\{\{([a-z]+)\}\}")


@dataclass(frozen=True, slots=True)
class PublicFiles:
    """The published files that a voter would have to bring along."""

    election: bytes
    definition: bytes

    @classmethod
    def read(cls, public: Path) -> PublicFiles:
        """Read them from the public folder. Raises `ManifestError` if they do not fit, `OSError`."""
        try:
            election = read_election_file(public / "election.json")
        except CryptoError as error:
            raise ManifestError.of(
                "{path}: {error}", path=public / "election.json", error=because(error)
            ) from error
        definition = read_file(public / "definition.json", MAX_DEFINITION)
        read_definition(definition, election)
        return cls(election.text, definition)


def check_page_html(public: PublicFiles | None = None) -> bytes:
    """Build the page, UTF-8; the same bytes for the same files. None: the reader brings the files."""
    style = _part("style.css")
    core, screen = "\n".join(map(_part, CORE)), "\n".join(map(_part, SCREEN))
    policy = page_policy(style, [core, screen], {"worker-src": "blob:"})
    data = ""
    if public is not None:
        data = "\n".join(
            (_data("election-data", public.election), _data("definition-data", public.definition))
        )
    parts = {"policy": policy, "style": style, "data": data, "core": core, "screen": screen}
    # One pass: what is put in is not looked through again.
    page = _PLACE.sub(lambda found: parts[found[1]], _part("page.html"))
    return page.encode()


def _part(name: str) -> str:
    return files("headquarters.challenge").joinpath("web", name).read_text(encoding="utf-8")


def _data(name: str, content: bytes) -> str:
    """Embed a file as a JSON string that cannot end the element it is in (HTML, 4.12.1.3)."""
    text = json.dumps(content.decode("utf-8"), ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>'
