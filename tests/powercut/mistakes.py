"""Mistakes that were made on purpose: each has to be found, or the search has no teeth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

import pytest

from drivers.media import sqlite
from drivers.media.journal import HEADER, Journal
from election import anchors, files, handing
from kiosk.storage import audit, mending
from kiosk.storage.audit import AuditLog
from kiosk.storage.pollbook import Pollbook
from kiosk.storage.votes import VoteStore
from tests.powercut.days import say
from tests.powercut.recording import Did, Event, Recording

Patch = Callable[[pytest.MonkeyPatch], None]


def _same(recording: Recording) -> Recording:
    return recording


def _nothing(patch: pytest.MonkeyPatch) -> None:
    del patch


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, how it is made, and in which day it shows."""

    what: str
    make: Patch = _nothing
    """While the day is recorded, and while states are judged."""
    forget: Callable[[Recording], Recording] = _same
    """What of the recording is left out."""
    day: str = "terminal"
    damaged: float = 0.0
    """Share of states with a medium that is garbled."""
    since: str = '"told": "vote"'
    """What is promised before the first cut: the mistake shows soon after."""


def _pragma(value: str, journal: Journal | None = None) -> Patch:
    def make(patch: pytest.MonkeyPatch) -> None:
        pragmas = tuple(
            f"synchronous={value}" if each.startswith("synchronous=") else each
            for each in sqlite._PRAGMAS
        )
        patch.setattr(sqlite, "_PRAGMAS", pragmas)
        if journal is not None:
            patch.setattr(sqlite, "JOURNAL", journal)

    return make


def _without_header_syncs(recording: Recording) -> Recording:
    """The header of a journal is zeroed and not written through; nor is what is zeroed behind it."""
    events: list[Event] = []
    zeroed: set[str] = set()
    for event in recording.events:
        if event.path.endswith("-journal"):
            if event.did is Did.WRITE:
                of_header = event.offset == 0 and not any(event.data[:HEADER])
                (zeroed.add if of_header else zeroed.discard)(event.path)
            elif event.did is Did.SYNC and event.path in zeroed:
                continue
        events.append(event)
    return replace(recording, events=events)


def _mirror_first(patch: pytest.MonkeyPatch) -> None:
    commit = VoteStore._commit

    def swapped(self: VoteStore, pair, entries, root):  # type: ignore[no-untyped-def]
        pair.mirror.commit()
        pair.mirror.commit = lambda: None
        try:
            commit(self, pair, entries, root)
        finally:
            del pair.mirror.commit

    patch.setattr(VoteStore, "_commit", swapped)


def _quarantine(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(mending, "_take_over", lambda *_: None)


def _told_early(patch: pytest.MonkeyPatch) -> None:
    """The screen says that the vote is recorded before anything of it is through."""
    record = VoteStore.record

    def early(self: VoteStore, kind, digest, sealed, spending):  # type: ignore[no-untyped-def]
        if spending is not None:
            say(told="vote", who=int.from_bytes(spending.nonce, "big"))
        record(self, kind, digest, sealed, spending)

    patch.setattr(VoteStore, "record", early)


def _names_not_synced(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(files, "_sync_names", lambda _: None)


def _log_not_synced(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(audit, "sync", lambda _: None)


def _anchor_first(patch: pytest.MonkeyPatch) -> None:
    """The anchor is through before the line of the log is written."""
    write = AuditLog._write

    def late(self: AuditLog, line: bytes, *, through: bool) -> None:
        waiting.append((self, line, through))

    waiting: list[tuple[AuditLog, bytes, bool]] = []
    keep = anchors.keep

    def early(data: bytes, paths, length: int) -> None:  # type: ignore[no-untyped-def]
        keep(data, paths, length)
        for log, line, through in waiting:
            write(log, line, through=through)
        waiting.clear()

    patch.setattr(AuditLog, "_write", late)
    patch.setattr(anchors, "keep", early)


def _mark_later(patch: pytest.MonkeyPatch) -> None:
    """Whose papers are handed out is noted by itself, after the check-in is confirmed."""
    confirm = Pollbook.confirm_issued

    def apart(self: Pollbook, reference: bytes, evidence=None, *, papers=False) -> None:  # type: ignore[no-untyped-def]
        confirm(self, reference, evidence)
        if papers:
            with sqlite.transaction(self._connection) as transaction:
                handing.begin(transaction, reference)
            self._write_copy()

    patch.setattr(Pollbook, "confirm_issued", apart)


MISTAKES: Final = {
    "synchronous-off": Mistake("SQLite syncs nothing", _pragma("OFF")),
    "header-not-synced": Mistake(
        "the zeroed header of a journal is not written through", forget=_without_header_syncs
    ),
    "deleted-full": Mistake(
        "journals are deleted, and their folder is not synced", _pragma("FULL", Journal.DELETE)
    ),
    "mirror-first": Mistake("the mirror is committed first", _mirror_first),
    "quarantine-by-root": Mistake(
        "a damaged copy is replaced by the other one, whose root is good",
        _quarantine,
        day="one-medium",
        damaged=1.0,
        since='"one-medium"',
    ),
    "told-early": Mistake("the voter is told before the vote is through", _told_early),
    "names-not-synced": Mistake(
        "a file that takes another's place is not named through",
        _names_not_synced,
        day="station",
        since='"is": "open"',
    ),
    "log-not-synced": Mistake("a line of the log is not written through", _log_not_synced),
    "mark-later": Mistake(
        "whose papers are handed out is noted after the check-in",
        _mark_later,
        day="paper",
        since='"begun": "vote"',
    ),
    "anchor-first": Mistake("the anchor is written before the line that it names", _anchor_first),
}


@contextmanager
def made(mistake: Mistake | None) -> Iterator[None]:
    """Make a mistake, or none."""
    with pytest.MonkeyPatch.context() as patch:
        if mistake is not None:
            mistake.make(patch)
        yield
