"""The state of the polls, and counters."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.media import sqlite
from drivers.media.errors import (
    MediumLostError,
    MigrationError,
    StorageError,
    TamperedStoreError,
)
from election.acts import read_statement
from election.audit_events import AuditEvent
from election.definition import Role
from election.errors import PollsStateError
from election.polls import TRANSITIONS, ActKind, Operator, PollsState
from kiosk.storage.counters import CounterKind, Counters
from kiosk.storage.polls import Polls
from tests.election.test_bundle import TERMINALS

OFFICER = Operator(Role.OFFICER, "کارت ۱", bytes([1]) * 32)
SUPERVISOR = Operator(Role.SUPERVISOR, "کارت ۲", bytes([2]) * 32)
BOTH = (OFFICER, SUPERVISOR)
DIGEST = bytes(range(32))


SIGNED = {ActKind(read_statement(act).kind): act for act in TERMINALS.acts}


def act(polls: Polls, kind: ActKind, operators: Sequence[Operator] = BOTH) -> None:
    digest = DIGEST if kind is ActKind.LOAD else None
    polls.record(kind, operators, SIGNED.get(kind), digest)


def test_a_day_with_a_restart_after_every_act(tmp_path: Path) -> None:
    path = tmp_path / "polls.db"
    polls = Polls(path)
    assert (polls.state, polls.package_digest) == (PollsState.UNCONFIGURED, None)
    day = (
        (ActKind.LOAD, PollsState.READY),
        (ActKind.LOAD, PollsState.READY),
        (ActKind.OPEN, PollsState.OPEN),
        (ActKind.PAUSE, PollsState.PAUSED),
        (ActKind.RESUME, PollsState.OPEN),
        (ActKind.CLOSE, PollsState.CLOSED),
    )
    for kind, state in day:
        act(polls, kind)
        polls.close_store()
        polls = Polls(path)
        assert (polls.state, polls.package_digest) == (state, DIGEST)
    assert polls.acts() == tuple(SIGNED[kind] for kind, _ in day if kind in SIGNED)
    assert [statement.kind for statement in polls.statements()] == ["load", "load", "open", "close"]
    polls.keep_anchor(b"anchor")
    assert Polls(path).anchor == b"anchor"


def test_cards_sign_what_changes_the_day_and_nothing_else(tmp_path: Path) -> None:
    polls = Polls(tmp_path / "polls.db")
    with pytest.raises(ValueError, match="signed by cards"):
        polls.record(ActKind.LOAD, BOTH, None, DIGEST)
    act(polls, ActKind.LOAD)
    act(polls, ActKind.OPEN)
    with pytest.raises(ValueError, match="signed by cards"):
        polls.record(ActKind.PAUSE, BOTH, SIGNED[ActKind.OPEN])


@pytest.mark.parametrize(
    "wrong", ["UPDATE polls SET state='ajar'", "UPDATE signed_act SET act=x'00'"]
)
def test_what_no_program_wrote(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "polls.db"
    polls = Polls(path)
    act(polls, ActKind.LOAD)
    polls.close_store()
    connection = sqlite.connect(path)
    connection.execute(wrong)
    connection.close()
    again = Polls(path)
    with pytest.raises(TamperedStoreError):
        print(again.state, again.acts())


@pytest.mark.parametrize("acts", list(itertools.product(ActKind, repeat=3)))
def test_only_the_drawn_transitions(tmp_path: Path, acts: tuple[ActKind, ...]) -> None:
    polls = Polls(tmp_path / "polls.db")
    state = PollsState.UNCONFIGURED
    for kind in (ActKind.LOAD, *acts):
        allowed, target = TRANSITIONS[kind]
        if state in allowed:
            act(polls, kind)
            state = target
        else:
            with pytest.raises(PollsStateError):
                act(polls, kind)
        assert polls.state is state
    polls.close_store()


def test_nothing_leads_out_of_closed() -> None:
    assert all(PollsState.CLOSED not in allowed for allowed, _ in TRANSITIONS.values())


@pytest.mark.parametrize(
    "operators",
    [
        (),
        (OFFICER,),
        (SUPERVISOR,),
        (OFFICER, OFFICER),
        (OFFICER, Operator(Role.SUPERVISOR, "x", OFFICER.fingerprint)),
        (*BOTH, Operator(Role.BALLOT_TERMINAL, "x", bytes(32))),
    ],
)
def test_opening_takes_two_roles(tmp_path: Path, operators: tuple[Operator, ...]) -> None:
    polls = Polls(tmp_path / "polls.db")
    act(polls, ActKind.LOAD)
    with pytest.raises(PollsStateError):
        act(polls, ActKind.OPEN, operators)
    assert polls.state is PollsState.READY


def test_a_database_of_another_version(tmp_path: Path) -> None:
    path = tmp_path / "polls.db"
    Polls(path).close_store()
    connection = sqlite.connect(path)
    connection.execute("PRAGMA user_version=7")
    connection.close()
    with pytest.raises(MigrationError):
        Polls(path)


@pytest.mark.parametrize("content", [b"no database" * 100, None])
def test_an_unusable_medium(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "polls.db" if content is not None else tmp_path / "missing" / "polls.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MediumLostError):
        Polls(path)


def test_counters(tmp_path: Path) -> None:
    counters = Counters(tmp_path / "counters.db")
    for reason in ("under-age", "already-voted", "under-age"):
        counters.add(CounterKind.REFUSAL, reason)
    counters.add(CounterKind.OVERRIDE, "no-match")
    counters.close()
    again = Counters(tmp_path / "counters.db")
    assert again.read(CounterKind.REFUSAL) == (("already-voted", 1), ("under-age", 2))
    assert again.read(CounterKind.OVERRIDE) == (("no-match", 1),)
    with pytest.raises(ValueError, match="reason"):
        again.add(CounterKind.REFUSAL, "0499370899")


def totals(counters: Counters) -> dict[str, int]:
    return dict(counters.read(CounterKind.REFUSAL)) | {
        each.event: each.number for each in counters.events()
    }


def test_the_sums_lie_on_both_memories(tmp_path: Path) -> None:
    """Whichever is lost, damaged or older: of two numbers the larger one holds, on both."""
    first, second = tmp_path / "counters.db", tmp_path / "copy.db"
    counters = Counters(first)
    counters.add(CounterKind.REFUSAL, "age")
    counters.keep_also(second)
    counters.add(CounterKind.REFUSAL, "age")
    counters.add_event(AuditEvent.HELP_ASKED, number=3)
    expected = {"age": 2, AuditEvent.HELP_ASKED.value: 3}
    assert totals(counters) == expected
    older = first.read_bytes()
    counters.add(CounterKind.REFUSAL, "age")
    counters.close()
    expected["age"] = 3
    for damage in ("lost", "older", "other is lost", "other is damaged", "a folder"):
        match damage:
            case "lost":
                first.unlink()
            case "older":
                first.write_bytes(older)
            case "other is lost":
                second.unlink()
            case "other is damaged":
                second.write_bytes(second.read_bytes()[:2000])
            case _:
                second.unlink()
                second.mkdir()
        counters = Counters(first)
        counters.keep_also(second)
        counters.close()
        for path in (first, second):
            found = Counters(path)
            assert totals(found) == expected, (damage, path)
            found.close()


def test_a_copy_that_fails_is_left_and_joined_later(tmp_path: Path) -> None:
    counters = Counters(tmp_path / "counters.db")
    second = tmp_path / "mirror" / "counters.db"
    with pytest.raises(StorageError):
        counters.keep_also(second)
    counters.add(CounterKind.REFUSAL, "age")
    second.parent.mkdir()
    counters.keep_also(second)
    counters.keep_also(None)
    counters.add(CounterKind.REFUSAL, "age")
    counters.keep_also(second)
    counters.close()
    again = Counters(second)
    assert totals(again) == {"age": 2}
    again.close()


@settings(max_examples=12)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=12))
def test_no_number_is_ever_lost_or_doubled(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """The copy comes and goes, and either file is lost now and then while the other one is there."""
    folder = tmp_path_factory.mktemp("sums")
    first, second = folder / "1.db", folder / "2.db"
    counters, meant = Counters(first), Counter[str]()
    for reason, what in steps:
        if what == 0:
            counters.keep_also(second)
        elif what == 1:
            counters.keep_also(second)
            counters.close()
            first.unlink()
            counters = Counters(first)
            counters.keep_also(second)
        elif what == 2:
            counters.keep_also(None)
        counters.add(CounterKind.REFUSAL, reason)
        meant[reason] += 1
    assert dict(counters.read(CounterKind.REFUSAL)) == meant
    counters.close()
