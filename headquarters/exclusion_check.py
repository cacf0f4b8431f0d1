"""Verify that the excluded ballots are exactly those in the signed decisions.

    one supplement    every excluded record was signed by a terminal as cast, was given with the
                      handle it is excluded by, and there is a signed decision about this handle; of a
                      handle's ballots, one at every terminal that lists it, none is counted, or one
    all of them       every handle that is decided to be excluded is one of these, once; a batch that was
                      published earlier may have an earlier list, which a later one repeats, and which rests
                      on no device that the later one was not read of

Problems are (entry, what is wrong).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from crypto.election import BeleniosElection
from election.because import because
from election.files import read_file
from election.provisional import ORDINARY, commitment
from election.records import handle_hash
from election.sealed import committed_in
from headquarters.decisions import (
    MAX_SIZE,
    Decision,
    DecisionError,
    DecisionList,
    DecisionVerdict,
    Undecided,
    check_still_read,
    check_successor,
    read_decisions,
    verify,
)
from headquarters.exclusion import DECISIONS_FILE, EXCLUDED_FILE, HandleOpening, read_excluded
from words.message import Message, m

ExclusionProblem: TypeAlias = tuple[str, Message]


def check_exclusions(
    folder: Path,
    root: bytes,
    at: datetime,
    election: BeleniosElection,
    cast: Mapping[str, bytes],
    listed: Mapping[bytes, int],
) -> tuple[frozenset[str], tuple[ExclusionProblem, ...]]:
    """Return the digests (hex) of the records that are rightly excluded, and the problems of the rest.

    `listed`: at how many terminals a handle was recorded, by its hash (`records.handle_hash`).
    """
    if not any((folder / name).exists() for name in (EXCLUDED_FILE, DECISIONS_FILE)):
        return frozenset(), ()
    try:
        opened = read_excluded(read_file(folder / EXCLUDED_FILE, MAX_SIZE))
        signed = read_decisions(read_file(folder / DECISIONS_FILE, MAX_SIZE))
        verify(signed, root, at, election.uuid, election.fingerprint)
    except DecisionError as error:
        return frozenset(), ((DECISIONS_FILE, error.message),)
    decided = signed.statement.by_handle
    waits = signed.statement.undecided is Undecided.REFUSE
    rightly: set[str] = set()
    problems: list[ExclusionProblem] = []
    for record in opened:
        at_two = listed.get(handle_hash(record.handle), 0) > 1
        problem = _problem(record, cast, decided, waits, at_two)
        if problem:
            problems.append((record.digest.hex(), problem))
        else:
            rightly.add(record.digest.hex())
    problems += _uncounted(opened, signed.statement, listed)
    return frozenset(rightly), tuple(problems)


def _uncounted(
    opened: Sequence[HandleOpening], statement: DecisionList, listed: Mapping[bytes, int]
) -> Iterator[ExclusionProblem]:
    """Yield handles of which more or fewer ballots are left out than the decisions say.

    A card that was used at two terminals has a ballot at both, and one of them counts at most.
    """
    left_out = Counter(handle_hash(record.handle) for record in opened)
    decided = {handle_hash(each.handle): each.decision for each in statement.decisions}
    for handle, terminals in sorted(listed.items()):
        verdict = decided.get(handle)
        if verdict is None and statement.undecided is Undecided.REFUSE:
            continue  # that nobody decided is said where the lists are checked
        expected = terminals - (verdict is DecisionVerdict.INCLUDE)
        if left_out[handle] != expected:
            message = m(
                "{number} of its ballots are left out, where the decisions say {expected}",
                number=left_out[handle],
                expected=expected,
            )
            yield handle.hex(), message


def check_completeness(supplements: Sequence[Path]) -> tuple[ExclusionProblem, ...]:
    """Check over all batches that every exclusion decided on happened once; return what is wrong.

    Each supplement was checked by itself before.
    """
    decided = [
        supplement / DECISIONS_FILE
        for supplement in supplements
        if (supplement / DECISIONS_FILE).exists()
    ]
    if not decided:
        return ()
    try:
        contents = {read_file(path, MAX_SIZE) for path in decided}
        statements = sorted(
            (read_decisions(data).statement for data in contents),
            key=_grown,
        )
        statement = statements[-1]
        for earlier, later in pairwise(statements):
            check_successor(earlier, later)
            check_still_read(earlier, later)
        opened = Counter(
            handle
            for folder in supplements
            for handle in {
                entry.handle for entry in read_excluded(read_file(folder / EXCLUDED_FILE, MAX_SIZE))
            }
        )
    except OSError as error:
        return ((EXCLUDED_FILE, because(error)),)
    except DecisionError as error:
        return ((DECISIONS_FILE, error.message),)
    left_in = [
        decision.handle
        for decision in statement.decisions
        if decision.decision is DecisionVerdict.EXCLUDE and not opened[decision.handle]
    ]
    twice = [handle for handle, times in opened.items() if times > 1]
    return (
        *(
            (handle.hex(), m("is to be excluded, and no batch leaves its ballot out"))
            for handle in left_in
        ),
        *((handle.hex(), m("is left out in two batches")) for handle in twice),
    )


def _grown(statement: DecisionList) -> tuple[int, int, bool]:
    """Return what a later list has no less of than an earlier one."""
    return len(statement.decisions), len(statement.devices), statement.lot is not None


def _problem(
    opening: HandleOpening,
    cast: Mapping[str, bytes],
    decided: Mapping[bytes, Decision],
    waits: bool,
    at_two: bool,
) -> Message | None:
    """Return why a record may not be excluded, or None.

    `waits`: what is not decided must not be excluded (`Undecided.REFUSE`); `at_two`: two terminals
    recorded this handle, so that all but one are left out, whatever is decided.
    """
    sealed = cast.get(opening.digest.hex())
    if sealed is None:
        return m("is excluded, but no terminal signed it as cast")
    if commitment(opening.digest, opening.handle, opening.salt) != committed_in(sealed):
        return m("was not given with the handle it is excluded by")
    decision = decided.get(opening.handle)
    if opening.handle == ORDINARY:
        return m("is excluded, but not provisional")
    if decision is None:
        return m("is excluded without a decision") if waits else None
    if decision.decision is DecisionVerdict.EXCLUDE or at_two:
        return None
    return m("is excluded, but decided to be included")
