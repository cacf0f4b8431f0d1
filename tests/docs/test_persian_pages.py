"""Every document for people outside is there in English and in Persian, with the same parts and commands."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

DOCS = Path(__file__).parents[2] / "docs"
OUTSIDE = (
    "auditing",
    "board",
    "capacity",
    "ceremony",
    "challenge",
    "headquarters-guide",
    "incidents",
    "national-card",
    "operator-day",
    "operator-guide",
    "paper-record",
    "public-results",
    "seats",
    "ux-review",
)
FORM = "text"
"""Fences of what is filled in by hand; it is translated."""
_FENCE = re.compile(r"^(```+)(\w*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_TYPED = re.compile(r"(?<=\n\n)((?: {4,}\S.*\n)+)")
_SPAN = re.compile(r"`([^`\n]+)`")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
"""Names of algorithms and files may have digits."""
_TARGET = re.compile(r"\]\(([^)\s]+)\)")


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text("utf-8")


def blocks(text: str) -> list[tuple[str, str]]:
    """Fences and indented terminal sessions, in order: (language, content)."""
    fenced = [(x.start(), x[2], x[3].rstrip("\n")) for x in _FENCE.finditer(text)]
    outside = _FENCE.sub(lambda x: "\n" * len(x[0]), text)
    typed = [
        (x.start(), "", dedent(x[1]).rstrip("\n"))
        for x in _TYPED.finditer(outside)
        if x[1].lstrip().startswith("$")
    ]
    return [(info, body) for _, info, body in sorted(fenced + typed)]


def prose(text: str) -> str:
    """Return the text without fences, terminal sessions, code, and targets of links."""
    without = _TYPED.sub("\n", _FENCE.sub("", text))
    return _TARGET.sub("]", _SPAN.sub("", without))


def headings(text: str) -> list[int]:
    found = re.findall(r"^(#+) ", _FENCE.sub("", text), re.MULTILINE)
    return [len(x) for x in found]


def test_the_pages_are_all_there_are() -> None:
    assert sorted(x.name.removesuffix(".fa.md") for x in DOCS.glob("*.fa.md")) == list(OUTSIDE)


@pytest.mark.parametrize("name", OUTSIDE)
def test_both_pages_have_the_same_parts(name: str) -> None:
    english, persian = page(name), page(f"{name}.fa")
    assert headings(persian) == headings(english)
    assert len(headings(english)) > 1
    assert persian.count("\n|") == english.count("\n|")


@pytest.mark.parametrize("name", OUTSIDE)
def test_both_pages_have_the_same_commands(name: str) -> None:
    english, persian = page(name), page(f"{name}.fa")
    assert [x for x in blocks(persian) if x[0] != FORM] == [
        x for x in blocks(english) if x[0] != FORM
    ]
    assert len(blocks(persian)) == len(blocks(english)) > 0
    spans = [
        {x for x in _SPAN.findall(_FENCE.sub("", y)) if x.isascii()} for y in (persian, english)
    ]
    assert spans[0] >= spans[1]


@pytest.mark.parametrize("name", OUTSIDE)
def test_the_persian_page_is_persian(name: str) -> None:
    text = page(f"{name}.fa")
    assert text.startswith('<div dir="rtl">\n')
    # Code stands outside, from left to right.
    code = [x for x in blocks(text) if x[0] != FORM]
    assert text.count('<div dir="rtl">') == text.count("</div>") == len(code) + 1
    assert not re.findall(r".{0,20}[0-9كيى].{0,20}", _NAME.sub("", prose(text)))


@pytest.mark.parametrize("name", OUTSIDE)
def test_the_pages_lead_to_each_other_and_somewhere(name: str) -> None:
    assert f"[فارسی]({name}.fa.md)" in page(name)
    assert f"[English]({name}.md)" in page(f"{name}.fa")
    assert f"({name}.fa.md)" in page("README")
    for target in _TARGET.findall(page(f"{name}.fa")):
        if "://" not in target:
            assert (DOCS / target.split("#")[0]).exists(), target
    pictures = [
        {x for x in _TARGET.findall(y) if x.startswith("images/")}
        for y in map(page, (name, f"{name}.fa"))
    ]
    assert pictures[0] == pictures[1]
