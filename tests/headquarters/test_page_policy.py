"""What a page may do is said in one place; a page holds what its policy allows, and nothing else."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import headquarters
from headquarters.page_policy import page_policy

ROOMS = Path(headquarters.__file__).parent


def rules(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (each.split() for each in policy.split("; "))}


def test_nothing_is_allowed_but_what_is_named() -> None:
    found = rules(page_policy("a{}", ["x()", "y()"], {"worker-src": "blob:"}))
    assert found["default-src"] == found["base-uri"] == found["form-action"] == ["'none'"]
    for kind, texts in (("style-src", ["a{}"]), ("script-src", ["x()", "y()"])):
        digests = [base64.b64encode(hashlib.sha256(x.encode()).digest()).decode() for x in texts]
        assert found[kind] == [f"'sha256-{digest}'" for digest in digests]
    assert found["worker-src"] == ["blob:"]
    assert "script-src" not in rules(page_policy("a{}"))
    assert rules(page_policy("a{}", (), {"form-action": "'self'"}))["form-action"] == ["'self'"]


def test_no_other_room_writes_a_policy() -> None:
    """But the page of the seats, whose charts bring styles along, and the built page of the verifier."""
    written = {
        str(path.relative_to(ROOMS))
        for pattern in ("*.py", "*.html")
        for path in ROOMS.rglob(pattern)
        if "node_modules" not in path.parts and "default-src" in path.read_text("utf-8")
    }
    assert written == {
        *("page_policy.py", "seats/report/page.html"),
        *("page/verify.html", "page/src/page.html"),
    }


def test_the_site_and_the_board_of_arrivals_share_one_head() -> None:
    heads = {
        str(path.relative_to(ROOMS))
        for room in ("site", "arrival_board")
        for path in (ROOMS / room).glob("*.html")
        if "<head>" in path.read_text("utf-8")
    }
    assert heads == {"site/head.html"}
