"""Write docs/spec/audit-events.md from the events of `election.audit_events`.

`python -m scripts.audit_events_page` after an event was added; `tests/docs/test_audit_events.py` compares.
"""

from __future__ import annotations

from pathlib import Path

from election.audit_events import AuditEvent

PAGE = Path(__file__).parents[1] / "docs" / "spec" / "audit-events.md"

_HEAD = """\
# What a device's audit log can say

The word of an event stands in `what`, and `detail` holds what the third column says, or is empty. A
**line** is an entry of `audit.jsonl`. A line of a **voter** has the quarter of an hour for its time, and its
reason is summed. A **sum** is no line: it is counted by its detail, without a time; it is about voters and
goes to headquarters alone, in the closing bundle. A sum of the **day** is about the device and stands in
CLOSE ([acts](evidence.md#acts)), which becomes public. Words are never renamed. The table is made of
`election/audit_events.py` by `scripts/audit_events_page.py`; nothing else can be logged. No event names a
voter, a ballot or a choice, and the challenge of a ballot is no event, because its time would say who was in
the booth.

| word | what happened | detail | kept as |
|---|---|---|---|
"""


def page() -> str:
    """Return the page's text."""
    return _HEAD + "".join(
        f"| `{event.value}` | {event.sentence} | {event.detail or ''} | {event.form.name.lower()} |\n"
        for event in AuditEvent
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
