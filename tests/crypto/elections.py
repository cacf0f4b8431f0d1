"""Small elections and published vectors for tests."""

import json
from pathlib import Path
from typing import Any, cast

from hypothesis import strategies as st

from crypto.archive import ArchiveEntry, read_entries
from crypto.casting import Answer, HomomorphicAnswer, SlotAnswer
from crypto.election import (
    BeleniosElection,
    HomomorphicQuestion,
    NonHomomorphicQuestion,
    Question,
    make_election,
    slot_integers,
    slot_question,
)
from crypto.trustees import TrusteeKey, Trustees, generate_trustee, make_trustees

VECTORS = Path(__file__).parent.parent / "vectors" / "belenios"
FINISHED = ("single", "single-wide", "pedersen", "primitives")
UUID = "2uFvw8vxfbDqTs"


def vector_json(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def vector_entries(folder: str) -> list[ArchiveEntry]:
    with (VECTORS / folder / "archive.bel").open("rb") as stream:
        return list(read_entries(stream))


def objects_before(entries: list[ArchiveEntry], kind: str) -> list[list[bytes]]:
    """The objects in front of every event of a kind."""
    found: list[list[bytes]] = []
    waiting: list[bytes] = []
    for entry in entries[1:]:
        if entry.name.endswith(".data.json"):
            waiting.append(entry.content)
            continue
        if cast("dict[str, object]", json.loads(entry.content))["type"] == kind:
            found.append(waiting)
        waiting = []
    return found


def keys_and_trustees(count: int = 2) -> tuple[list[TrusteeKey], Trustees]:
    keys = [generate_trustee() for _ in range(count)]
    return keys, make_trustees([key.trustee for key in keys])


def small_election(trustees: Trustees, slots: int = 2, candidates: int = 3) -> BeleniosElection:
    """Wide slots, then one homomorphic question as the project uses it."""
    questions: list[Question] = [slot_question(f"خانه {i + 1}") for i in range(slots)]
    names = tuple(f"نامزد {i + 1}" for i in range(candidates))
    questions.append(HomomorphicQuestion("مجلس", names, blank=True, minimum=0, maximum=1))
    return election_of(trustees, questions)


def election_of(trustees: Trustees, questions: list[Question]) -> BeleniosElection:
    return make_election(
        name="انتخابات آزمایشی",
        description="test",
        public_key=trustees.election_key,
        questions=questions,
        uuid=UUID,
    )


def answers(election: BeleniosElection) -> st.SearchStrategy[list[Answer]]:
    """Any answers the election allows, with codes 0…9 in the slots."""
    return st.tuples(*map(_answer, election.questions)).map(list)


def _answer(question: Question) -> st.SearchStrategy[Answer]:
    if isinstance(question, NonHomomorphicQuestion):
        return st.integers(0, 9).map(lambda code: SlotAnswer(slot_integers(code)))
    flag = [0] if question.blank else []
    size = len(question.answers)
    chosen = st.sets(
        st.integers(0, size - 1), min_size=question.minimum, max_size=question.maximum
    ).map(lambda picks: HomomorphicAnswer((*flag, *(int(i in picks) for i in range(size)))))
    if question.blank:
        return chosen | st.just(HomomorphicAnswer((1,) + (0,) * size))
    return chosen
