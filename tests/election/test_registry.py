"""What a station sends to its registry, and what it believes of what comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crypto.hybrid import HybridKey
from election import claims
from election.claims import Answer, AnswerKind, ClaimRefusedError, ClaimRequest, Why
from election.definition import Authority, Branch, Text
from election.reasons import ClaimReason
from election.registry import Asking, BranchReferences, NumbersDifferError
from simulators.registry.centre import B1, FIRST, SECOND, TERMINAL, centre
from simulators.registry.stations import ASSEMBLY, COUNCIL, ELECTION, voter

WORLD = centre()
PLACE = Branch(B1, Text("شعبه", "Branch"), "1", authority=Authority.BRANCH, registry="[::1]:8443")
ASKING = Asking(ELECTION, PLACE, FIRST, WORLD.keys[FIRST].classical, WORLD.published.register)
REGISTRY = WORLD.keys["registry"].classical


def request(number: int = 5) -> ClaimRequest:
    return ClaimRequest(ASKING.draw(voter(1), (COUNCIL, ASSEMBLY)), number)


def granted(asked: ClaimRequest, before: int = 4) -> Answer:
    kind, contests = AnswerKind.GRANTED, (ASSEMBLY, COUNCIL)
    return Answer(ELECTION, asked.signed.id, asked.number, before, kind, contests, None, None)


def test_a_pseudonym_is_that_of_all_stations_of_the_branch_and_of_no_other_election() -> None:
    def name(key: bytes, election: str, number: str = "0499370899") -> bytes:
        told: list[bytes | None] = []
        BranchReferences(key, election).ask(number, told.append)
        (found,) = told
        assert found is not None
        return found

    first = name(bytes(32), ELECTION)
    assert first.hex() == "cd146921b290cd152ac014afd89ca413"
    assert name(bytes(32), ELECTION) == first
    others = [name(b"k" * 32, ELECTION), name(bytes(32), "other")]
    assert first not in [*others, name(bytes(32), ELECTION, "0013542419")]


def test_an_answer_is_believed_under_the_registered_key_alone() -> None:
    asked = request()
    answer = claims.write_answer(granted(asked), REGISTRY)
    assert ASKING.believe(200, answer, asked, 4).kind is AnswerKind.GRANTED
    for key in (HybridKey.generate().classical, WORLD.keys[SECOND].classical):
        with pytest.raises(ClaimRefusedError) as refused:
            ASKING.believe(200, claims.write_answer(granted(asked), key), asked, 4)
        assert refused.value.reason is ClaimReason.CLAIM_SIGNATURE


def test_an_answer_to_another_claim_or_another_try_is_none() -> None:
    asked, other = request(), request()
    for wrong in (granted(other), replace(granted(asked), number=6)):
        with pytest.raises(ClaimRefusedError):
            ASKING.believe(200, claims.write_answer(wrong, REGISTRY), asked, 0)


@pytest.mark.parametrize("status", [400, 403, 409, 429, 503])
def test_a_refusal_is_no_answer(status: int) -> None:
    asked = request()
    with pytest.raises(ClaimRefusedError):
        ASKING.believe(status, claims.write_answer(granted(asked), REGISTRY), asked, 0)


@pytest.mark.parametrize("before", [0, 3, 5, 6, 2**53 - 1])
def test_numbers_that_differ_show_a_registry_put_back_or_a_copied_key(before: int) -> None:
    asked = request()
    with pytest.raises(NumbersDifferError):
        ASKING.believe(200, claims.write_answer(granted(asked, before), REGISTRY), asked, 4)


def test_taken_needs_the_signed_claim_of_a_registered_station() -> None:
    asked = request()

    def taken(other: claims.SignedClaim) -> bytes:
        kind = AnswerKind.TAKEN
        answer = Answer(ELECTION, asked.signed.id, asked.number, 4, kind, (), None, other)
        return claims.write_answer(answer, REGISTRY)

    second = WORLD.station(SECOND)
    assert ASKING.believe(200, taken(second.claim(voter(1))), asked, 0).kind is AnswerKind.TAKEN
    forged = replace(second, key=HybridKey.generate().classical)
    terminal = WORLD.station(TERMINAL)
    unknown = replace(second, id=type(SECOND)("b09-s9"))
    for wrong in (
        forged.claim(voter(1)),
        terminal.claim(voter(1)),
        unknown.claim(voter(1)),
        second.claim(voter(2)),
        second.claim(voter(1), frozenset({COUNCIL.__class__("other")})),
    ):
        with pytest.raises(ClaimRefusedError):
            ASKING.believe(200, taken(wrong), asked, 0)


def test_provisional_is_an_answer() -> None:
    asked = request()
    kind = AnswerKind.PROVISIONAL
    answer = Answer(ELECTION, asked.signed.id, asked.number, 4, kind, (), Why.RETURNED, None)
    told = ASKING.believe(200, claims.write_answer(answer, REGISTRY), asked, 4)
    assert told.why is Why.RETURNED
