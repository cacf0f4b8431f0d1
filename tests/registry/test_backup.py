"""A centre's database is lost, and comes back from a base backup and its archive, by the page's commands."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import subprocess
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from election.claims import AnswerKind, Why
from registry.postgres import PostgresBook
from registry.rules import Held
from registry.settling import Answered, AskedClaim
from simulators.registry.centre import centre
from simulators.registry.cluster import Server, cluster
from simulators.registry.servers import PROGRAMS, query
from simulators.registry.stations import A, B, voter
from tests.outages.judging import Told, faults
from tests.outages.servers import Service, own_folder

PAGE = Path(__file__).parents[2] / "docs" / "registry.md"
WORLD = centre()


def commands(before: str) -> list[str]:
    """Return the commands of the block after a sentence of the page."""
    found = re.match(r"\n\n((?:    .+\n)+)", PAGE.read_text(encoding="utf-8").split(before)[1])
    assert found is not None
    return [line.strip() for line in found[1].splitlines()]


def run(lines: Sequence[str], server: Server) -> None:
    """Run commands of the page in folders of a test, with its server in place of a service manager's."""
    folders = {
        "/var/backups/amin": server.folder / "backup",
        "/var/lib/postgresql/15/main": server.data,
        "/var/lib/postgresql/15/lost": server.folder / "lost",
    }
    where = {"PGHOST": str(server.folder), "PGUSER": "amin", "PGDATABASE": "postgres"}
    user = "postgres" if os.getuid() == 0 else None
    text = "\n".join(lines)
    for name, folder in folders.items():
        text = text.replace(name, str(folder))
    for line in text.splitlines():
        words = shlex.split(line)
        if words[0] == "systemctl":
            if words[1:] == ["stop", "amin-registry"]:
                continue  # a test starts its service afterwards
            assert words[2] == "postgresql@15-main"
            if words[1] in {"stop", "restart"} and server.processes():
                server.stop_gently()
            if words[1] in {"start", "restart"}:
                server.start()
            continue
        assert words[:3] == ["sudo", "-u", "postgres"], line
        environment = {"PATH": f"{PROGRAMS}:/usr/bin:/bin", **where}
        subprocess.run(words[3:], check=True, user=user, group=user, cwd="/", env=environment)


def settle(dsn: str, *asked: AskedClaim) -> list[Answered]:
    async def settled() -> list[Answered]:
        book = await PostgresBook.open(dsn)
        try:
            for station in (A, B):
                await book.change(station.id, lambda now: replace(now, opened=True))
            return [one for one in await book.settle(asked) if isinstance(one, Answered)]
        finally:
            await book.close()

    return asyncio.run(settled())


def held(dsn: str) -> dict[bytes, tuple[Held, ...]]:
    async def found() -> dict[bytes, tuple[Held, ...]]:
        book = await PostgresBook.open(dsn)
        try:
            return dict(await book.claims())
        finally:
            await book.close()

    return asyncio.run(found())


def told(asked: AskedClaim, answered: Answered) -> Told:
    decision = answered.decision
    return Told(
        asked.reference, asked.signed.id, decision.kind, frozenset(map(str, decision.contests))
    )


@pytest.mark.slow
def test_backup_and_restore_as_the_page_says(tmp_path: Path) -> None:
    own_folder(WORLD, tmp_path)
    A.number = B.number = 0
    with cluster(0, fsync=False) as machines:
        server = machines.primary
        settle(server.dsn)
        run(commands("Before the day, a backup, and from then on an archive:"), server)
        kept, lost = A.asked(voter("kept")), A.asked(voter("lost"))
        answers = settle(server.dsn, kept)
        query(server.dsn, "SELECT pg_switch_wal()")
        until = time.monotonic() + 60
        archived = "SELECT FROM pg_stat_archiver WHERE last_archived_wal >= $1"
        segment = query(server.dsn, "SELECT pg_walfile_name(pg_switch_wal())")[0][0]
        while not query(server.dsn, archived.replace("$1", f"'{segment}'")):
            assert time.monotonic() < until
            time.sleep(0.1)
        # What is answered from here on is in no archive yet: the machine with it is lost.
        answers += settle(server.dsn, lost)
        assert [one.decision.kind for one in answers] == [AnswerKind.GRANTED] * 2
        server.kill()
        restore = commands("After a loss, on the same machine or another:")
        assert restore[0] == "systemctl stop amin-registry", "it would grant what was lost"
        run(restore, server)
        until = time.monotonic() + 60
        while query(server.dsn, "SELECT pg_is_in_recovery()")[0][0]:
            assert time.monotonic() < until
            time.sleep(0.1)
        assert set(held(server.dsn)) == {voter("kept")}
        service = Service(tmp_path, server.dsn, 1, ("--restored",))
        try:
            again = settle(server.dsn, A.asked(kept.reference, signed=kept.signed))
            assert again[0].decision == answers[0].decision
            elsewhere = settle(server.dsn, B.asked(voter("lost")), B.asked(voter("new")))
            assert [one.decision.why for one in elsewhere] == [Why.RESTORED] * 2
            assert faults([told(kept, answers[0]), told(kept, again[0])], held(server.dsn)) == []
        finally:
            service.stop()
        # It holds until somebody says that everything is there.
        Service(tmp_path, server.dsn).stop()
        assert settle(server.dsn, B.asked(voter("new")))[0].decision.why is Why.RESTORED
        Service(tmp_path, server.dsn, 1, ("--whole",)).stop()
        assert settle(server.dsn, B.asked(voter("new")))[0].decision.kind is AnswerKind.GRANTED


@pytest.mark.slow
def test_without_the_mark_a_restored_book_would_give_a_contest_twice(tmp_path: Path) -> None:
    """What `--restored` is for: the judge sees the second card."""
    A.number = B.number = 0
    with cluster(0, fsync=False) as machines:
        dsn = machines.primary.dsn
        first = A.asked(voter("lost"))
        answers = settle(dsn, first)
        query(dsn, "TRUNCATE claim, voter")
        second = B.asked(voter("lost"))
        answers += settle(dsn, second)
    found = faults([told(first, answers[0]), told(second, answers[1])], {})
    assert "a contest was given to two claims" in found
