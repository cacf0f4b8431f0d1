"""INTEGRITY. "valid" and status 0, without a word of what could not be checked."""

import shutil

from tests.cases.runner import case, collect, expect
from tests.cases.trust.kit import A_VOTE, bring, headquarters, package_digest, publish, verified
from tests.headquarters.day import station_bundle

WORDS = ("not checked", "root", "supplement")
"""Any of them in the last line would tell the reader what is missing."""


def published():
    """An election that one person made alone: root, devices and votes of its own."""
    hq, one, _ = headquarters()
    for _ in range(4):
        one.vote(*A_VOTE)
    package = package_digest(hq)
    found = bring(hq, station_bundle(hq, 4, package), one.close(package))
    index, _ = publish(hq, found.ballots, found.evidence, found.stations)
    return index


@case
def index_without_a_root() -> None:
    status, line = verified(published())
    told = any(word in line.lower() for word in WORDS)
    expect(status or told, f"status 0, «{line}», whoever's root it is")


@case
def archive_whose_supplement_is_gone() -> None:
    index = published()
    shutil.rmtree(index.parent / "supplement")
    status, line = verified(index.parent / "election.bel")
    told = any(word in line.lower() for word in WORDS)
    expect(status or told, f"status 0, «{line}», and no signature of any device was looked at")


test_case = collect()
