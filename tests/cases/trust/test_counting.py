"""INTEGRITY. Ballots that are counted without an authorization or without a decision, and a
terminal that falls out of the count because its bundle was exported twice.
"""

import secrets

from headquarters.importing import BundleFile, import_bundles
from kiosk.flows.operator.states import Act
from tests.cases.runner import case, collect, expect
from tests.cases.stations import bundle_file, exported, open_terminal, vote
from tests.cases.trust.kit import (
    A_VOTE,
    B_VOTE,
    bring,
    headquarters,
    list_votes,
    package_digest,
    publish,
    verified,
)
from tests.headquarters.day import station_bundle


@case
def spent_authorizations_were_issued() -> None:
    """Ten were given and six used; the terminal casts four ballots under nonces of its own."""
    hq, one, two = headquarters()
    for _ in range(3):
        one.vote(*A_VOTE)
        two.vote(*A_VOTE)
    for _ in range(4):
        two.vote(*B_VOTE)
    package = package_digest(hq)
    found = bring(hq, station_bundle(hq, 10, package), one.close(package), two.close(package))
    index, result = publish(hq, found.ballots, found.evidence, found.stations)
    status, line = verified(index, hq)
    told = not found.report.sound or status
    expect(told, f"6 people voted, lists {list_votes(result)}, the import is sound; {line}")


@case
def provisional_ballots_wait_for_a_decision() -> None:
    """Two provisional ballots nobody decided on are counted by headquarters."""
    hq, one, two = headquarters()
    for _ in range(3):
        one.vote(*A_VOTE)
        two.vote(*A_VOTE)
    for _ in range(2):
        two.vote(*B_VOTE, handle=secrets.token_bytes(16))
    package = package_digest(hq)
    found = bring(hq, station_bundle(hq, 8, package), one.close(package), two.close(package))
    assert len(found.provisional) == 2
    ballots = [*found.ballots, *(each.ballot for each in found.provisional)]
    index, result = publish(hq, ballots, found.evidence, found.stations)
    status, line = verified(index, hq)
    expect(status, f"lists {list_votes(result)}, no decision published: {line}")


@case
def second_export_is_the_same_bundle() -> None:
    """Either role exports again after closing; both files reach headquarters."""
    with open_terminal() as bench:
        vote(bench, 1)
        bench.do(Act.CLOSE)
        copies = []
        for _ in range(2):
            expect(bench.do(Act.EXPORT).ok, "a second export is refused")
            copies.append(bundle_file(bench).read_bytes())
        bundle, office, now = exported(bench), bench.office, bench.clock.now()
    files = [BundleFile(f"{number}.bundle", data) for number, data in enumerate(copies)]
    authority = office.authority
    report = import_bundles(
        office.election, bundle.package_digest, authority.root, authority.sealing_key, files, now
    ).report
    reasons = [rejected.reason for rejected in report.rejected]
    expect(report.ballots == 1, f"the same box and acts, yet accepted 0, rejected {reasons}")


test_case = collect()
