"""What a device anchors of itself, start by start."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crypto.hybrid import HybridKey
from election.audit_events import AuditEvent
from election.reasons import StartReason
from kiosk.station.anchoring import Anchoring
from kiosk.storage.audit import AuditLog
from kiosk.storage.polls import Polls

KEY = HybridKey.generate()
AT = datetime(2026, 6, 14, tzinfo=UTC)


def start(folder: Path) -> StartReason | None:
    """Begin, write a line of the log, and lose the power before its anchor is written."""
    audit = AuditLog(folder / "audit.jsonl", KEY.classical)
    polls = Polls(folder / "polls.db")
    paths = folder / "anchor", folder / "mirror-anchor"
    trouble = Anchoring(polls, audit, paths, KEY, b"", lambda: True).trouble
    audit.append(AuditEvent.STARTED, AT)
    audit.close()
    polls.close_store()
    return trouble


def test_cuts_between_a_line_and_its_anchor_at_the_first_starts(tmp_path: Path) -> None:
    assert [start(tmp_path) for _ in range(5)] == [None] * 5


@pytest.mark.parametrize("lines", [2, 3, 4])
def test_a_log_whose_anchors_are_gone(tmp_path: Path, lines: int) -> None:
    for _ in range(lines):
        start(tmp_path)
    for path in tmp_path.glob("*anchor"):
        path.unlink()
    assert start(tmp_path) is StartReason.LOG_SET_BACK
