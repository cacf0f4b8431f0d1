"""INTEGRITY. Whoever can write the media of a device for minutes, without any of its keys, changes
its state, and the device goes on: the media are compared with each other only, polls.db is signed
by nobody, and the audit log may end anywhere. Right is that the device, or the import at
headquarters, says that something is missing.
"""

import sqlite3

from election.polls import PollsState
from kiosk.flows.ballot.states import Idle, OutOfService
from kiosk.flows.operator.states import Act
from kiosk.storage.audit import verify as read_log
from tests.cases.runner import case, collect, expect
from tests.cases.stations import bundle_file, done, exported, import_says, open_terminal, vote


def put_back_after_three_more(bench) -> None:
    """Two votes, a copy of both media, three more votes, and the copy is put back."""
    media = (bench.files.votes, bench.files.votes_mirror)
    vote(bench, 1, 2)
    old = [path.read_bytes() for path in media]
    vote(bench, 3, 4, 5)
    bench.terminal.stop()
    for path, content in zip(media, old, strict=True):
        path.write_bytes(content)
    bench.boot()


@case
def old_media_are_noticed_at_the_start() -> None:
    with open_terminal() as bench:
        put_back_after_three_more(bench)
        if isinstance(bench.state, Idle):
            vote(bench, 3)
            votes, logged = bench.cast(), len(bench.logged("vote-recorded"))
            expect(
                False, f"serves, authorization 3 votes again: {votes} ballots, {logged} in the log"
            )


@case
def old_media_are_noticed_by_headquarters() -> None:
    """The log with five recorded votes goes along on the stick, beside a bundle with two."""
    with open_terminal() as bench:
        put_back_after_three_more(bench)
        done(bench, Act.CLOSE)
        if not done(bench, Act.EXPORT) or import_says(bench):
            return
        ballots = exported(bench).content.root.cast
        key = bench.station.base.signing.classical.public
        log = read_log(bundle_file(bench).with_suffix(".audit.jsonl"), key)
        said = sum(entry.what == "vote-recorded" for entry in log)
    expect(
        False,
        f"imported with {ballots} ballots and no finding; its own log has {said} recorded votes",
    )


def edit_polls(bench, *statements: str) -> None:
    bench.terminal.stop()
    with sqlite3.connect(bench.files.polls) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    bench.boot()


@case
def closed_polls_stay_closed() -> None:
    with open_terminal() as bench:
        vote(bench, 1)
        bench.do(Act.CLOSE)
        edit_polls(bench, "UPDATE polls SET state='open'", "DELETE FROM act WHERE kind='close'")
        opened = isinstance(bench.state, Idle)
        expect(not opened, "two statements in polls.db, and a closed terminal takes votes again")


@case
def operators_are_certified() -> None:
    """The polls are closed without a card; the device signs what polls.db says of it."""
    with open_terminal() as bench:
        vote(bench, 1)
        at = int(bench.clock.now().timestamp())
        edit_polls(
            bench,
            "UPDATE polls SET state='closed'",
            f"INSERT INTO act(number, kind, at) VALUES (99, 'close', {at})",
            "INSERT INTO operator VALUES (99, 0, 'officer', 'ghost one', randomblob(32))",
            "INSERT INTO operator VALUES (99, 1, 'supervisor', 'ghost two', randomblob(32))",
        )
        closed = bench.station.base.polls.state is PollsState.CLOSED
        if not closed or not done(bench, Act.EXPORT) or import_says(bench):
            return
        names = [each.name for each in exported(bench).acts[-1].operators]
    expect(False, f"imported, and no finding: closed by {' and '.join(names)}")


@case
def cut_log_is_noticed() -> None:
    """Whole lines off the end, so that the rest is a log that verifies."""
    with open_terminal() as bench:
        vote(bench, 1, 2, 3)
        bench.terminal.stop()
        lines = bench.files.audit.read_bytes().splitlines(keepends=True)
        bench.files.audit.write_bytes(b"".join(lines[:-4]))
        bench.boot()
        told = isinstance(bench.state, OutOfService) or [
            entry.what for entry in bench.log()[len(lines) - 4 :] if entry.what != "started"
        ]
        expect(
            told, "four entries are cut off; the terminal serves, and its log says nothing of it"
        )


test_case = collect()
