"""Facts of a drawn count: what a site says of any number of candidates, batches and names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

from crypto.result import SlotRows, TallyResult
from election.challenge import tracking_code
from election.definition import (
    BallotForm,
    Candidate,
    CandidateList,
    Contest,
    ContestId,
    DeviceId,
    Role,
    SelectionCode,
    Text,
)
from election.register import number_of
from headquarters.anchoring import check_register
from headquarters.archive_index import verify_index
from headquarters.index_document import INDEX_FILE, IndexedBatch
from headquarters.site.arrivals import InterimFacts, add_counts
from headquarters.site.codes import UNDECIDED, TrackedCodes
from headquarters.site.facts import (
    BatchFacts,
    DeviceFacts,
    DeviceState,
    SiteFacts,
    Turnout,
    count_contests,
    read_facts,
)

EXAMPLE = Path("docs/spec/example").resolve()
"""A tiny publication that verifies."""
NUMBER = number_of((EXAMPLE / "register.json").read_bytes())
HOSTILE = (
    "</style></title><script>alert(1)</script><img src=http://example.org/x onerror=alert(1)>",
    "\u202eحسن\u202d \u2067evil\u2069\u2069 \u200fname\u200e",
    "ن" * 60,
    "W" * 60,
    "a\u0000b\nc\u2028d",
    '" onmouseover="alert(1)" {{ 7*7 }} {% raw %}',
    "🗳️ é́́́́ ﷽﷽﷽﷽",
)


@cache
def example_facts() -> SiteFacts:
    """Return what a site says of the example."""
    index = EXAMPLE / INDEX_FILE
    return read_facts(EXAMPLE, verify_index(index), check_register(index, NUMBER))


def contest(
    people: int, lists: int = 0, names: tuple[str, ...] = (), seats: int = 1, most: int = 1
) -> Contest:
    """A contest of slots; the first candidates have these names."""
    code = SelectionCode

    def name(number: int) -> Text:
        given = names[number] if number < len(names) else ""
        return Text(given or f"نامزد {number}", given or f"Candidate {number}")

    slates = [code(10_000 + number) for number in range(lists)]

    def of(number: int) -> SelectionCode | None:
        return slates[number % (lists + 1)] if number % (lists + 1) < lists else None

    persons = tuple(
        Candidate(code(100 + number), name(number), of(number), "0" * 64, woman=False)
        for number in range(people)
    )
    return Contest(
        ContestId("council"),
        Text(*(names[:1] * 2 or ("شورا", "Council"))),
        seats,
        most,
        BallotForm.SLOTS,
        5,
        code(99),
        persons,
        tuple(
            CandidateList(
                slate,
                Text(*(names[1:2] * 2 or (f"فهرست {slate}", f"List {slate}"))),
                tuple(person.code for person in persons if person.list_code == slate),
            )
            for slate in slates
        ),
    )


def drawn_facts(
    contests: Sequence[Contest], sizes: Sequence[int] = (40, 60), seed: int = 1, pending: int = 0
) -> SiteFacts:
    """Draw a count of batches of these sizes; `pending`: devices that are still to come."""
    base = example_facts()
    results = list(zip(drawn_results(contests, sizes, seed), sizes, strict=True))
    interim = pending > 0
    devices = tuple(
        DeviceFacts(
            DeviceId(f"terminal-{number}"),
            Role.BALLOT_TERMINAL,
            f"branch-{number}",
            DeviceState.PENDING,
            None,
        )
        for number in range(pending)
    )
    index = replace(
        base.index,
        interim=interim,
        ballots=sum(sizes),
        batches=tuple(
            IndexedBatch(f"batch-{number:03d}", "0" * 64, (f"place-{number}",), (), size)
            for number, size in enumerate(sizes, 1)
        ),
    )
    return replace(
        base,
        definition=replace(base.definition, name=contests[0].title),
        index=index,
        contests=count_contests(
            contests, results, None if interim else (base.published, "the value of the lot")
        ),
        batches=tuple(BatchFacts(x.name, x.ballots, x.branches, ()) for x in index.batches),
        pending=devices,
        missing=(),
        turnout=Turnout(sum(sizes), sum(sizes), 0, sum(sizes)),
        districts=(),
        interims=(),
        codes=TrackedCodes(),
    )


def with_interim(facts: SiteFacts, codes: int = 500) -> SiteFacts:
    """Return the same count after an interim result of its first batch, and with tracking codes."""
    draw = Random(3)
    first = InterimFacts(
        1,
        "a" * 64,
        facts.time,
        facts.batches[0].ballots,
        1,
        (0,),
        tuple(add_counts(contest.by_batch[:1]) for contest in facts.contests),
    )
    listed = sorted(tracking_code(draw.randbytes(32)) for _ in range(codes))
    return replace(
        facts,
        interims=(first,),
        codes=TrackedCodes(tuple(listed[2:]), ((listed[0], UNDECIDED),), (listed[1],)),
    )


def drawn_results(
    contests: Sequence[Contest], sizes: Sequence[int], seed: int = 1
) -> list[TallyResult]:
    """Draw the result of each batch."""
    draw = Random(seed)
    return [_result(draw, contests, size) for size in sizes]


ROW_LENGTH = 30
"""Small integers of a decrypted slot."""


def _result(draw: Random, contests: Sequence[Contest], ballots: int) -> TallyResult:
    """Every ballot has one person, one list or nothing; the other slots are empty."""
    questions = []
    for one in contests:
        codes = [0, *(person.code for person in one.candidates), *(x.code for x in one.lists)]
        slots = [[draw.choice(codes) for _ in range(ballots)]]
        slots += [[0] * ballots for _ in range(one.max_selections - 1)]
        questions += [
            SlotRows(tuple(tuple(code.to_bytes(ROW_LENGTH, "big")) for code in slot))
            for slot in slots
        ]
    return TallyResult(tuple(questions))
