"""Two independent programs, votelib and apportionment, on random elections: 1,500, or 10,000 with
`make whole`.

Ties are part of it: votelib names who is tied for how many seats, apportionment refuses them. Our
lot must be drawn exactly where they see a tie, and choose among exactly those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import TypeAlias

import apportionment.methods
import pytest
import votelib.component.divisor
import votelib.evaluate.core
import votelib.evaluate.proportional

from headquarters.seats.apportion import electoral_quota
from headquarters.seats.model import SeatParameters
from headquarters.seats.readings import Method, QuotaRule
from headquarters.seats.steps import TakenBackStep
from tests.headquarters.seats.elections import apportioned, lots, random_totals
from tests.shares import few

ELECTIONS = few(1500, 10_000)
TIED = ELECTIONS // 100
"""Fewer elections with ties would prove little."""

Evaluate: TypeAlias = Callable[[dict[str, int], int], Mapping[object, int]]


def votelib_averages(divisor: object) -> Evaluate:
    evaluator = votelib.evaluate.proportional.HighestAverages(divisor)
    return lambda votes, seats: dict(evaluator.evaluate(votes, seats))


def votelib_remainders(quota: str) -> Evaluate:
    evaluator = votelib.evaluate.proportional.LargestRemainder(quota, on_overaward="subtract")
    return lambda votes, seats: dict(evaluator.evaluate(votes, seats))


def modified() -> object:
    return votelib.component.divisor.modified_first_coef(votelib.component.divisor.sainte_lague)


VOTELIB = [
    pytest.param(SeatParameters(21, "s"), votelib_remainders("hare"), id="largest-remainder-hare"),
    pytest.param(
        SeatParameters(21, "s", quota_rule=QuotaRule.DROOP), votelib_remainders("droop"), id="droop"
    ),
    pytest.param(
        SeatParameters(21, "s", quota_rule=QuotaRule.HAGENBACH_BISCHOFF),
        votelib_remainders("hagenbach_bischoff"),
        id="hagenbach-bischoff",
    ),
    pytest.param(
        SeatParameters(21, "s", quota_rule=QuotaRule.IMPERIALI),
        votelib_remainders("imperiali"),
        id="imperiali",
    ),
    pytest.param(
        SeatParameters(21, "s", method=Method.DHONDT), votelib_averages("d_hondt"), id="dhondt"
    ),
    pytest.param(
        SeatParameters(21, "s", method=Method.SAINTE_LAGUE),
        votelib_averages("sainte_lague"),
        id="sainte-lague",
    ),
    pytest.param(
        SeatParameters(21, "s", method=Method.MODIFIED_SAINTE_LAGUE),
        votelib_averages(modified()),
        id="modified-sainte-lague",
    ),
]


def elections() -> list[tuple[list[int], int]]:
    random = Random(1400)
    return [random_totals(random) for _ in range(ELECTIONS)]


@pytest.fixture(scope="module")
def random_elections() -> list[tuple[list[int], int]]:
    return elections()


@pytest.mark.slow
@pytest.mark.parametrize(("parameters", "evaluate"), VOTELIB)
def test_votelib_agrees(
    parameters: SeatParameters, evaluate: Evaluate, random_elections: list[tuple[list[int], int]]
) -> None:
    tied = beyond = 0
    for totals, seats in random_elections:
        rules = replace(parameters, seats=seats)
        price = electoral_quota(rules.quota_rule, sum(totals), seats)
        if max(totals) / price >= seats + 1:
            # votelib caps a party at all seats and then counts the rest in another way.
            beyond += 1
            continue
        given, steps = apportioned(totals, rules)
        expected = evaluate({str(i): votes for i, votes in enumerate(totals)}, seats)
        certain = [expected.get(str(i), 0) for i in range(len(totals))]
        ties = [tie for tie in expected if isinstance(tie, votelib.evaluate.core.Tie)]
        more = [own_seats - base for own_seats, base in zip(given, certain, strict=True)]
        among = {int(key) for tie in ties for key in tie}
        assert all(extra in ({0, 1} if i in among else {0}) for i, extra in enumerate(more)), totals
        assert sum(more) == sum(expected[tie] for tie in ties)
        assert bool(lots(steps)) == bool(ties), totals
        tied += bool(ties)
    # Prices above the law's own never give one group more than all seats.
    assert beyond < ELECTIONS // 10 if parameters.quota_rule is QuotaRule.IMPERIALI else beyond == 0
    assert tied > TIED


APPORTIONMENT = [
    pytest.param(SeatParameters(21, "s"), "largest_remainder", id="largest-remainder"),
    pytest.param(SeatParameters(21, "s", method=Method.DHONDT), "dhondt", id="dhondt"),
    pytest.param(
        SeatParameters(21, "s", method=Method.SAINTE_LAGUE), "saintelague", id="sainte-lague"
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("parameters", "method"), APPORTIONMENT)
def test_apportionment_agrees(
    parameters: SeatParameters, method: str, random_elections: list[tuple[list[int], int]]
) -> None:
    tied = 0
    for totals, seats in random_elections:
        given, steps = apportioned(totals, replace(parameters, seats=seats))
        try:
            # Its floats are exact enough for quotients of such small numbers, not for remainders.
            expected = apportionment.methods.compute(
                method,
                totals,
                seats,
                fractions=parameters.method is Method.QUOTA,
                tiesallowed=False,
            )
        except apportionment.methods.TiesException:
            tied += 1
            assert lots(steps), totals
            continue
        assert given == expected, totals
        assert not lots(steps), totals
    assert tied > TIED


def test_taking_back_is_met(random_elections: list[tuple[list[int], int]]) -> None:
    """Imperiali's price gives too many seats often enough for the comparison to mean something."""
    parameters = SeatParameters(21, "s", quota_rule=QuotaRule.IMPERIALI)
    met = sum(
        any(
            isinstance(step, TakenBackStep)
            for step in apportioned(totals, replace(parameters, seats=seats))[1]
        )
        for totals, seats in random_elections[:1000]
    )
    assert met > 50
