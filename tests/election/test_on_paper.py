"""A branch that votes on paper, as the package says it: what contradicts itself is refused by name."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from election.definition import (
    Authority,
    Branch,
    DeviceId,
    DocumentCheck,
    Election,
    EnrolledDevice,
    Role,
    Rules,
)
from election.errors import ManifestError
from election.package import encode_package
from election.package.manifest import contradictions
from election.schema import from_cbor, to_cbor
from tests.election.samples import BRANCH, OTHER_BRANCH, sample
from tests.election.test_package import refused, signed
from words.message import in_english

SAMPLE = sample()
STATION = next(d for d in SAMPLE.election.devices if d.role is Role.IDENTITY_STATION)


def on_paper(
    *, terminal: bool = False, offline: bool = False, stations: int = 1, asks: bool = False
) -> Election:
    """The sample, whose first branch votes on paper, with these devices there."""

    def changed(branch: Branch) -> Branch:
        if branch.id != BRANCH:
            return branch
        authority = Authority.CENTRE if asks else Authority.ALONE
        address = "centre:8443" if asks else ""
        return replace(
            branch,
            paper_ballots=True,
            offline=offline,
            authority=authority,
            registry=address,
            evaluator=address,
        )

    devices: list[EnrolledDevice] = []
    for device in SAMPLE.election.devices:
        is_terminal = device.role is Role.BALLOT_TERMINAL
        if device.branch != BRANCH or (is_terminal and terminal):
            devices.append(device)
    devices += [
        replace(STATION, id=DeviceId(f"p{number}"), branch=BRANCH) for number in range(stations)
    ]
    branches = tuple(map(changed, SAMPLE.election.branches))
    return replace(SAMPLE.election, branches=branches, devices=tuple(devices))


@pytest.mark.parametrize(
    ("terminal", "offline", "stations", "asks"),
    list(product((False, True), (False, True), (1, 2), (False, True))),
)
def test_a_branch_on_paper_is_judged(
    terminal: bool, offline: bool, stations: int, asks: bool
) -> None:
    """Every combination: each contradiction has its sentence, and nothing else is said of the branch."""
    election = on_paper(terminal=terminal, offline=offline, stations=stations, asks=asks)
    said = [in_english(each) for each in contradictions(election, SAMPLE.portraits)]
    about = {
        "is a ballot terminal": terminal,
        "cannot be provisional": offline,
        "two ballot papers": stations > 1 and not asks,
    }
    for words, expected in about.items():
        assert any(words in each for each in said) is expected, (words, said)


def test_a_device_takes_no_package_with_a_terminal_where_ballots_are_on_paper() -> None:
    branches = tuple(replace(each, paper_ballots=True) for each in SAMPLE.election.branches)
    wrong = replace(SAMPLE.election, branches=branches)
    assert refused(signed(wrong)) == "manifest"
    with pytest.raises(ManifestError, match="is a ballot terminal"):
        encode_package(wrong, SAMPLE.portraits, SAMPLE.signer_key, SAMPLE.signer)


@pytest.mark.parametrize("policy", DocumentCheck)
def test_a_document_without_a_chip_never_gives_a_provisional_paper(policy: DocumentCheck) -> None:
    election = replace(
        on_paper(), rules=Rules(document_check=policy), reconciliation_public_key=bytes(32)
    )
    elsewhere, here = (election.document_check_at(each) for each in (OTHER_BRANCH, BRANCH))
    assert elsewhere is policy
    assert here is (DocumentCheck.OFF if policy is DocumentCheck.PROVISIONAL else policy)


def test_a_branch_on_paper_travels() -> None:
    plain = SAMPLE.election.branches[0]
    paper = replace(plain, paper_ballots=True)
    assert from_cbor(Branch, to_cbor(paper)) == paper
    assert not SAMPLE.election.is_on_paper(plain.id)
    assert not SAMPLE.election.is_on_paper("nowhere")  # type: ignore[arg-type]
