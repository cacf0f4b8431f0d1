"""The pages of incident codes are those of the table, in both languages."""

from __future__ import annotations

import pytest

from election.incidents import INCIDENTS
from scripts.incidents_page import PAGES, PERSIAN, page
from words.text import Language


@pytest.mark.parametrize("language", PAGES)
def test_the_page_is_what_the_table_says(language: Language) -> None:
    written = PAGES[language].read_text("utf-8")
    assert written == page(language), "run: python -m scripts.incidents_page"
    assert written.count("\n|") == len(INCIDENTS) + 2


def test_everything_is_said_in_persian() -> None:
    """A message without a translation would be said in English."""
    rows = page(PERSIAN).split("|---|---|---|---|---|---|\n")[1].splitlines()
    for row in (row for row in rows if row.startswith("|")):
        code, _, *said = (cell.strip() for cell in row.strip("|").split("|"))
        assert not code.isascii()
        assert not [each for each in said if each.isascii()]
