"""Write a plan as JSON: times in seconds, shares of one, the same in every language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from headquarters.capacity.outcome import Outcome
from headquarters.capacity.planning import Plan


def plan_plain(plan: Plan) -> Mapping[str, object]:
    """Return the plan with everything that it was made from."""
    return {
        "stations": plan.chosen.stations.count,
        "terminals": plan.chosen.terminals.count,
        "kept": plan.chosen.kept,
        "question": asdict(plan.question),
        "chosen": asdict(plan.chosen),
        "tried": [_without_parts(each) for each in plan.tried],
    }


def _without_parts(found: Outcome) -> Mapping[str, object]:
    return {name: value for name, value in asdict(found).items() if name != "parts"}
