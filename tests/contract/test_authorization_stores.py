"""The stores of the explorer and the devices' databases do the same, whatever is asked of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.hybrid import HybridKey
from election import authorization_life as life
from election.definition import ContestId, DeviceId
from election.errors import PollsStateError
from election.records import RecordKind, spent_hash
from election.voucher import Receipt
from kiosk.storage.pollbook import Pollbook
from kiosk.storage.votes import AlreadyRecordedError, Spending, VoteStore

TERMINALS = (DeviceId("t1"), DeviceId("t2"))
VOTERS = tuple(bytes([number]) * 32 for number in range(3))
NONCES = tuple(bytes([number]) * 16 for number in range(4))
SIZE = 100


@dataclass
class DictionaryBook:
    """A pollbook in memory, with the functions the explorer calls."""

    voters: dict[bytes, life.VoterEntry] = field(default_factory=dict)
    issued: set[bytes] = field(default_factory=set)
    returned: set[bytes] = field(default_factory=set)
    receipts: dict[tuple[bytes, DeviceId], Receipt] = field(default_factory=dict)

    def claim(self, voter: bytes, nonce: bytes) -> object:
        self.voters[voter], answer = life.claim(self.voters.get(voter), nonce)
        if isinstance(answer, life.Granted):
            self.issued.add(spent_hash(nonce))
        return answer

    def confirm(self, voter: bytes) -> None:
        self.voters[voter] = life.confirm(self.voters.get(voter))

    def held(self) -> tuple[int, ...]:
        return tuple(sum(at == terminal for _, at in self.receipts) for terminal in TERMINALS)


ACTS: dict[str, Callable[[DictionaryBook, Pollbook, bytes, bytes], tuple[object, object]]] = {
    "claim": lambda one, two, voter, nonce: (
        one.claim(voter, nonce),
        two.claim(voter, (ContestId("c"),), nonce),
    ),
    "known": lambda one, two, voter, _: (
        life.known(one.voters[voter]) if voter in one.voters else None,
        two.known(voter),
    ),
    "reissue": lambda one, two, voter, _: (
        asked(lambda: life.reissue(one.voters.get(voter))),
        asked(lambda: two.reissue(voter)),
    ),
    "confirm": lambda one, two, voter, _: (
        asked(lambda: one.confirm(voter)),
        asked(lambda: two.confirm_issued(voter)),
    ),
    "fix": lambda one, two, _, nonce: (
        asked(lambda: one.issued.add(spent_hash(nonce))),
        asked(lambda: two.fix(spent_hash(nonce))),
    ),
    "returned": lambda one, two, _, nonce: (
        asked(lambda: one.returned.add(spent_hash(nonce))),
        asked(lambda: two.note_returned(spent_hash(nonce))),
    ),
}


def asked(act: Callable[[], object]) -> object:
    try:
        return act()
    except PollsStateError:
        return "nobody claimed"


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from([*ACTS, "receipt"]),
            st.sampled_from(VOTERS),
            st.sampled_from(NONCES),
            st.sampled_from(TERMINALS),
        ),
        max_size=12,
    )
)
def test_pollbooks(tmp_path: Path, steps: list[tuple[str, bytes, bytes, DeviceId]]) -> None:
    one = DictionaryBook()
    two = Pollbook(tmp_path / f"{secrets.token_hex(8)}.db", bytes(32))
    for act, voter, nonce, terminal in steps:
        if act == "receipt":
            receipt = Receipt(terminal, spent_hash(nonce), nonce * 4)
            one.receipts[receipt.spent, terminal] = receipt
            two.keep_receipt(receipt)
        else:
            said, stored = ACTS[act](one, two, voter, nonce)
            assert said == stored
        nonces = {voter: entry.nonce for voter, entry in one.voters.items() if entry.nonce}
        assert {nonce: two.nonce(nonce) for nonce in nonces} == nonces
    assert two.issued() == tuple(sorted(one.issued))
    assert two.returned() == tuple(sorted(one.returned))
    assert two.receipts() == tuple(one.receipts[key] for key in sorted(one.receipts))
    assert two.held(TERMINALS) == one.held()
    two.close()


KEY = HybridKey.generate()


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(nonces=st.lists(st.sampled_from(NONCES), max_size=6))
def test_boxes(tmp_path: Path, nonces: list[bytes]) -> None:
    folder = tmp_path / secrets.token_hex(8)
    folder.mkdir()
    box = VoteStore(folder / "votes.db", folder / "mirror.db", KEY, "phi", TERMINALS[0])
    box.reserve(8, SIZE)
    spent: dict[bytes, bytes] = {}
    for nonce in nonces:
        shown = life.Shown(spent_hash(nonce), expired=False)
        spending = Spending(nonce, nonce * 4)
        taken = life.accept(shown, TERMINALS[0], spent) is life.Acceptance.ACCEPTED
        assert taken is not box.is_spent(nonce)
        if taken:
            box.record(RecordKind.CAST, secrets.token_bytes(32), bytes(SIZE), spending)
            spent[shown.spent] = spending.voucher
        else:
            with pytest.raises(AlreadyRecordedError):
                box.record(RecordKind.CAST, secrets.token_bytes(32), bytes(SIZE), spending)
    assert {each.hash: each.voucher for each in box.spent()} == spent
    box.close()
