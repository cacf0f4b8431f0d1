"""Join at a start what a device's two media hold, before anything is opened for the day.

    recover     the state of the polls and the log: what verifies, from either copy
    restore     a database by its pages: of a missing or damaged one and a sound copy, the copy

Nobody is asked: where one copy has everything there is nothing to decide. What was damaged is set aside
and told. The state of the polls is that of the longest acts which two cards and this device signed, and
paused if one copy says so beside the same acts. Where neither copy has such acts, and where the log is
shorter than somebody has signed, the comparison with the anchors says so (`kiosk.station.anchoring`), and
the device closes and hands in.

Votes are joined by their store, which alone knows whose they are, and what the pollbook's copy has more by
the pollbook; both after `restore` or what takes its place has looked at the files.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crypto.hybrid import HybridPublicKey
from drivers.media import sqlite
from drivers.media.damage import Look, look
from drivers.media.errors import MediumLostError, StorageError, written
from election.acts import (
    ActRefusedError,
    SignedAct,
    SignedActKind,
    VerifiedAct,
    verify_chain_of_acts,
)
from election.aside import set_aside
from election.files import built_aside, replace_file
from election.log_copies import join_logs, read_copy
from election.polls import PollsState
from election.schema import SchemaError, from_cbor

POLLS: Final = "polls"
"""Table of the state of the polls."""
SUMS: Final = "counter"
"""Table of the sums of the day."""
PRIMARY: Final = "primary"
MIRROR: Final = "mirror"
_AFTER: Final = {
    SignedActKind.LOAD: {PollsState.READY},
    SignedActKind.OPEN: {PollsState.OPEN, PollsState.PAUSED},
    SignedActKind.CLOSE: {PollsState.CLOSED},
}
"""The states in which the polls can be after an act."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A file on the first medium, and its copy; None if the second medium is not there."""

    primary: Path
    mirror: Path | None


@dataclass(frozen=True, slots=True)
class Found:
    """What a start found."""

    damaged: tuple[str, ...] = ()
    """Of `PRIMARY`, `MIRROR`: media of which something was set aside."""
    caught_up: bool = False
    """The first medium was behind the second one, or had lost something, and has it again."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was found before a database was opened."""

    lost: bool
    """There is none on either medium; a damaged one is kept under another name."""
    copied: bool
    """It was missing or damaged, and the copy took its place."""
    damaged: tuple[str, ...]
    """Of `PRIMARY`, `MIRROR`: those that were set aside."""


def recover(polls: Pair, log: Pair, sums: Path, key: HybridPublicKey, root: bytes) -> Found:
    """Join state and log; `key`: the device's, `root`: headquarters'. Raises `StorageError`.

    `sums`: of the day on the first medium; damaged ones begin anew, and take what the second one has.
    """
    state = _recover_polls(polls, key, root)
    told = _recover_log(log, key)
    seen = {*state.damaged, *told.damaged, *restore(Pair(sums, None), SUMS).damaged}
    damaged = tuple(name for name in (PRIMARY, MIRROR) if name in seen)
    return Found(damaged, state.caught_up or told.caught_up)


def restore(pair: Pair, table: str) -> Restored:
    """Bring a sound database to the first medium, if there is one. Raises `StorageError`.

    `table`: what it has to have. A copy that cannot even be given another name is passed over.
    """
    primary, mirror = pair.primary, pair.mirror
    damaged = []
    seen = _look(primary, table)
    copy = Look.MISSING if mirror is None else _look(mirror, table)
    if seen is Look.DAMAGED:
        damaged.append(PRIMARY)
        with written(primary.name):
            set_aside(primary)
    if copy is Look.DAMAGED and mirror is not None:
        damaged.append(MIRROR)
        with suppress(OSError):
            set_aside(mirror)
    if seen is Look.SOUND:
        return Restored(lost=False, copied=False, damaged=tuple(damaged))
    if mirror is None or copy is not Look.SOUND:
        return Restored(lost=True, copied=False, damaged=tuple(damaged))
    _copy(mirror, primary)
    return Restored(lost=False, copied=True, damaged=tuple(damaged))


def acts_that_lead_to(
    state: PollsState, acts: tuple[SignedAct, ...], key: HybridPublicKey, root: bytes
) -> tuple[VerifiedAct, ...]:
    """Verify acts, and that they lead to this state. Raises `ActRefusedError`, `ValueError` for another."""
    verified = verify_chain_of_acts(acts, key, root, None)
    if state not in (
        _AFTER[verified[-1].statement.kind] if verified else {PollsState.UNCONFIGURED}
    ):
        raise ValueError("the acts lead to another state")
    return verified


# ---------------------------------------------------------------- parts


def _look(path: Path, table: str) -> Look:
    """Look at a file; one that is there and cannot be read is as good as damaged."""
    try:
        return look(path, table)
    except MediumLostError:
        if os.path.lexists(path):
            return Look.DAMAGED
        raise


def _copy(mirror: Path, primary: Path) -> None:
    with written(primary.name), built_aside(primary) as built:
        shutil.copyfile(mirror, built)


def _recover_polls(pair: Pair, key: HybridPublicKey, root: bytes) -> Found:
    found = restore(pair, POLLS)
    mirror = pair.mirror
    theirs = None if mirror is None else _signed(mirror, key, root)
    if found.copied or found.lost or mirror is None or theirs is None:
        return Found(found.damaged, found.copied)
    mine = _signed(pair.primary, key, root)
    if mine is None:
        with written(pair.primary.name):
            set_aside(pair.primary)
        _copy(mirror, pair.primary)
        return Found((*found.damaged, PRIMARY), caught_up=True)
    older = len(mine.acts) < len(theirs.acts) and theirs.acts[: len(mine.acts)] == mine.acts
    if older:
        _copy(mirror, pair.primary)
    elif mine.acts == theirs.acts and PollsState.PAUSED is theirs.state is not mine.state:
        _pause(pair.primary)
    return Found(found.damaged, older)


def _pause(polls: Path) -> None:
    """Say that the polls are paused. Raises `StorageError`.

    A pause is no act, so nobody signed which of two copies is the later one: an operator goes on.
    """
    with sqlite.translated(polls), closing(sqlite.connect(polls)) as connection:
        connection.execute(f"UPDATE {POLLS} SET state = ?", (PollsState.PAUSED.value,))


@dataclass(frozen=True, slots=True)
class _Signed:
    """A sound copy of the state of the polls."""

    state: PollsState
    acts: tuple[bytes, ...]


def _signed(path: Path, key: HybridPublicKey, root: bytes) -> _Signed | None:
    """Read a copy; None if its acts, and the state beside them, are not what was signed."""
    if not path.is_file():
        return None
    try:
        with closing(sqlite.connect(path, read_only=True)) as connection:
            (word,) = connection.execute(f"SELECT state FROM {POLLS}").fetchone()
            rows = connection.execute("SELECT act FROM signed_act ORDER BY number").fetchall()
        acts = tuple(from_cbor(SignedAct, act) for (act,) in rows)
        acts_that_lead_to(state := PollsState(word), acts, key, root)
    except (ActRefusedError, SchemaError, StorageError, sqlite3.Error, TypeError, ValueError):
        return None
    return _Signed(state, tuple(act for (act,) in rows))


def _recover_log(pair: Pair, key: HybridPublicKey) -> Found:
    paths = {PRIMARY: pair.primary} | ({} if pair.mirror is None else {MIRROR: pair.mirror})
    copies = {name: read_copy(path) for name, path in paths.items()}
    joined = join_logs([copy or b"" for copy in copies.values()], key.classical)
    bad = {name for name, spoilt in zip(copies, joined.damaged, strict=True) if spoilt}
    bad |= {name for name, copy in copies.items() if copy is None}
    for name, copy in copies.items():
        if copy == joined.content and name not in bad:
            continue
        with suppress(OSError) if name is MIRROR else written(paths[name].name):
            if name in bad and os.path.lexists(paths[name]):
                set_aside(paths[name])
            replace_file(paths[name], joined.content)
    behind = len(joined.content) > len(copies[PRIMARY] or b"")
    return Found(tuple(sorted(bad)), caught_up=behind)
