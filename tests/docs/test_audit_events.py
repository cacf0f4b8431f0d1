"""The auditors' table of events is complete, and every event in it can happen."""

from __future__ import annotations

import ast
import pickle
import re
from pathlib import Path

import pytest

from election.audit_events import AuditEvent
from scripts.audit_events_page import PAGE, page

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_table_says() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m scripts.audit_events_page"


def test_words_and_sentences() -> None:
    for event in AuditEvent:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", event.value)
        assert len(event.value) <= 40
        assert event.name.lower().replace("_", "-") == event.value
        assert re.fullmatch(r"[A-Z][^|\n]*\.", str(event.sentence))
        assert event.detail is None or "|" not in str(event.detail)
    assert len({event.sentence for event in AuditEvent}) == len(AuditEvent)


def test_each_event_is_logged_somewhere_and_nothing_else() -> None:
    used: set[str] = set()
    # What a closing leaves out is told by the order itself.
    for file in (*(ROOT / "kiosk").rglob("*.py"), ROOT / "election" / "closing_order.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Attribute(ast.Name("AuditEvent"), name):
                    used.add(name)
                case ast.Call(ast.Name("WriteAudit"), [ast.Constant(), *_]):
                    pytest.fail(f"{file}:{node.lineno}: not one of the events")
                case _:
                    pass
    assert used == {event.name for event in AuditEvent}


def test_an_event_survives_another_process() -> None:
    again = pickle.loads(pickle.dumps(AuditEvent.POWER))
    assert again is AuditEvent.POWER
    assert AuditEvent("power").sentence == AuditEvent.POWER.sentence
