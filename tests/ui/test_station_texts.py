"""Every text of the station, the console, the bench and the strips has a Persian one, and none is stale."""

from __future__ import annotations

import re

from babel.messages.pofile import read_po

from election.definition import Language
from tests.ui.msgids import ROOT, msgids
from ui.text import LOCALES, load

MINE = ("ui/identity", "ui/operator", "simulators/bench", "ui/raster.py", "ui/widgets")
PLACE = re.compile(r"\{\w+\}")


def mine() -> set[str]:
    return {text for text, file in msgids(ROOT).items() if file.startswith(MINE)}


def test_every_text_is_translated() -> None:
    known = load(Language.PERSIAN).translations
    assert sorted(text for text in mine() if text not in known) == []


def test_no_translation_is_stale_and_placeholders_agree() -> None:
    used = set(msgids(ROOT))
    with (LOCALES / "fa" / "LC_MESSAGES" / "station.po").open("rb") as opened:
        for message in read_po(opened, locale="fa"):
            if not message.id:
                continue
            assert message.id in used, message.id
            assert sorted(PLACE.findall(str(message.id))) == sorted(
                PLACE.findall(str(message.string))
            ), message.id
            assert message.string, message.id
