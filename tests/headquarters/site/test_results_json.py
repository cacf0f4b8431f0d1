"""The results for programs are what NIST SP 1500-100 says, and add up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker

from headquarters.site.facts import SiteFacts
from headquarters.site.results_json import results_json
from tests.headquarters.site.drawn import HOSTILE, contest, drawn_facts, example_facts

SCHEMA = json.loads(Path("tests/vectors/nist/NIST_V2_election_results_reporting.json").read_bytes())
JUDGE = Draft4Validator(SCHEMA, format_checker=FormatChecker())
KINDS: dict[str, SiteFacts] = {
    "example": example_facts(),
    "interim": drawn_facts([contest(5, 2)], pending=3),
    "hostile": drawn_facts([contest(9, 2, HOSTILE, seats=2, most=3)]),
    "one candidate": drawn_facts([contest(1)]),
    "no votes": drawn_facts([contest(3, 1)], (0,)),
    "two contests": drawn_facts([contest(4, 1), contest(2)], (3, 4, 5)),
}


def report(facts: SiteFacts) -> dict[str, Any]:
    value = json.loads(results_json(facts))
    assert isinstance(value, dict)
    return value


def identified(value: object) -> list[str]:
    """All `@id` in a document."""
    if isinstance(value, list):
        return [name for item in value for name in identified(item)]
    if not isinstance(value, dict):
        return []
    own = [value["@id"]] if "@id" in value else []
    return [*own, *(name for item in value.values() for name in identified(item))]


def named(value: object) -> set[str]:
    """All ids that a document refers to."""
    if isinstance(value, list):
        return {name for item in value for name in named(item)}
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, item in value.items():
        if key.endswith("Ids"):
            found |= set(item)
        elif key.endswith("Id") and key not in {"@id", "VendorApplicationId"}:
            found.add(item)
        found |= named(item)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_valid_against_the_schema(kind: str) -> None:
    value = report(KINDS[kind])
    assert list(JUDGE.iter_errors(value)) == []
    ids = identified(value)
    assert len(ids) == len(set(ids))
    assert named(value) <= set(ids)


def test_the_schema_can_say_no() -> None:
    value = report(KINDS["example"])
    value["Election"][0]["Contest"][0]["VotesAllowed"] = "five"
    assert list(JUDGE.iter_errors(value)) != []


@pytest.mark.parametrize("kind", KINDS)
def test_batches_add_up_to_all(kind: str) -> None:
    value = report(KINDS[kind])
    (election,) = value["Election"]
    for selection in (each for one in election["Contest"] for each in one["ContestSelection"]):
        counts = {count["GpUnitId"]: count["Count"] for count in selection["VoteCounts"]}
        total = counts.pop("all")
        assert total == sum(counts.values())
        assert 0 not in counts.values()


def test_an_interim_report_says_so_and_elects_nobody() -> None:
    value = report(KINDS["interim"])
    assert value["Status"] == "unofficial-partial"
    assert "PostElectionStatus" not in json.dumps(value)
    final = report(KINDS["two contests"])
    assert final["Status"] == "unofficial-complete"
    assert "winner" in json.dumps(final)
