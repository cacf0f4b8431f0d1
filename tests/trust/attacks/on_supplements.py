"""Attack supplements: boxes, stations, challenged and excluded ballots, certificates."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from crypto.hybrid import HybridKey
from election.definition import BranchId, DeviceId, Role
from headquarters.decisions import DecisionList, Undecided
from tests.trust.attacks.on_lots import decide_again
from tests.trust.attacks.publication import Publication
from tests.trust.attacks.table import Attack, F, H, Json, S, T


def _boxes(branch: int, change: Callable[[Json], object]) -> Callable[[Publication], None]:
    def do(site: Publication) -> None:
        site.edit(site.supplement(branch) / "boxes.json", lambda value: change(value["items"]))
        site.reindex()

    return do


def _file(
    branch: int, name: str, change: Callable[[Json], object]
) -> Callable[[Publication], None]:
    def do(site: Publication) -> None:
        site.edit(site.supplement(branch) / name, lambda value: change(value["items"]))
        site.reindex()

    return do


def _bytes(
    branch: int, name: str, make: Callable[[Publication], bytes]
) -> Callable[[Publication], None]:
    def do(site: Publication) -> None:
        (site.supplement(branch) / name).write_bytes(make(site))
        site.reindex()

    return do


def _evidence(change: Callable[[Json], object], branch: int = 4) -> Callable[[Publication], None]:
    """Change the sums of a batch: one that only the final index has, or another."""

    def do(site: Publication) -> None:
        site.edit(site.supplement(branch) / "evidence.json", lambda value: change(value["sums"]))
        site.reindex()

    return do


def _endless_evidence(site: Publication) -> None:
    """One batch's is a large hole behind the honest one."""
    with (site.supplement(4) / "evidence.json").open("r+b") as file:
        file.truncate(1 << 20)
    site.reindex()


def _without_evidence(site: Publication, branch: int) -> None:
    (site.supplement(branch) / "evidence.json").unlink()
    site.reindex()


def _signed_by_others(site: Publication) -> None:
    """Decisions that a second office signs, whom headquarters made."""
    from headquarters.decisions import Signed, read_decisions, sign, write_decisions

    for branch in range(1, 5):
        path = site.supplement(branch) / "decisions.json"
        statement = read_decisions(path.read_bytes()).statement
        signatures = []
        for role in (Role.RECONCILIATION_OFFICER, Role.OBSERVER):
            key = HybridKey.generate()
            signatures.append(sign(statement, key, site.day.certified("office", key, role, "")))
        path.write_bytes(write_decisions(Signed(statement, tuple(signatures))))
    site.reindex()


def _undecided(site: Publication) -> None:
    for name in ("decisions.json", "excluded.json"):
        (site.supplement(1) / name).unlink()
    site.reindex()


def _undecided_counts(site: Publication) -> None:
    """Both offices say that what is undecided is left out; headquarters counts it."""
    counted = site.day.handles[0]

    def change(statement: DecisionList) -> DecisionList:
        decided = tuple(each for each in statement.decisions if each.handle != counted)
        return replace(statement, undecided=Undecided.EXCLUDE, decisions=decided)

    decide_again(site, change)
    site.reindex()


def _counted_and_listed(site: Publication) -> None:
    """A ballot that is counted stands among those that are left out, too."""
    codes = {each["digest"] for each in _items(site, "excluded.json")}
    cast = next(
        record["digest"]
        for box in _items(site, "boxes.json")
        for record in box["records"]
        if record["kind"] == "cast" and record["digest"] not in codes
    )
    _file(1, "excluded.json", lambda items: items.append(_opening(cast)))(site)


def _opening(digest: str) -> Json:
    return {"digest": digest, "handle": "11" * 16, "salt": "00" * 16}


def _items(site: Publication, name: str) -> Json:
    return json.loads((site.supplement(1) / name).read_bytes())["items"]


def _ghost(site: Publication) -> None:
    key = HybridKey.generate()
    certificate = site.day.certified("terminal-9", key, Role.BALLOT_TERMINAL, "branch-1")
    (site.supplement(1) / "devices" / "terminal-9.der").write_bytes(certificate)
    site.reindex()


def _exchanged(site: Publication) -> None:
    key = HybridKey.generate()
    certificate = site.day.certified("terminal-1", key, Role.BALLOT_TERMINAL, "branch-1")
    (site.supplement(1) / "devices" / "terminal-1.der").write_bytes(certificate)
    site.reindex()


def _unsigned_root(site: Publication) -> None:
    site.box(1, "terminal-1", lambda item: item.update(signature=None))
    site.reindex()


def _record_left_out(site: Publication) -> None:
    """The terminal itself signs again, at night, over one vote fewer."""
    site.box(3, "terminal-3", lambda item: item["records"].pop())
    site.resummed(3, "terminal-3")
    site.reindex()


def _issued(number: int) -> Callable[[Publication], None]:
    return _file(1, "stations.json", lambda items: items[0].update(issued=number))


def _station_signs(branch: int, issued: int) -> Callable[[Publication], None]:
    """The station itself states another number."""

    def do(site: Publication) -> None:
        from election.issuance import IssuedCount

        name = f"station-{branch}"
        uuid = site.day.published.register.election
        place, hashes = BranchId(f"branch-{branch}"), tuple(sorted(site.day.issued[name]))
        count = IssuedCount(uuid, DeviceId(name), place, issued, 0, 0, hashes)
        signature = count.sign(site.day.devices[name].signing).hex()
        site.edit(
            site.supplement(branch) / "stations.json",
            lambda value: value["items"][0].update(issued=issued, signature=signature),
        )
        site.reindex()

    return do


SUPPLEMENTS: tuple[Attack, ...] = (
    Attack(H, "leaves out a terminal's box", _boxes(1, lambda items: items.clear()), "supplement-cover"),
    Attack(H, "lists a box twice", _boxes(1, lambda items: items.append(items[0])), "supplement-summary"),
    Attack(H, "leaves out a record", _boxes(1, lambda items: items[0]["records"].pop()),
           "supplement-summary"),
    Attack(F, "changes a record's signature", _boxes(1, lambda items: items[0]["records"][0].update(
           signature="00" * 64)), "supplement-signature"),
    Attack(H, "states other numbers of a box", _boxes(1, lambda items: items[0].update(cast=5)),
           "supplement-summary"),
    Attack(H, "publishes a box without its signature", _unsigned_root, "supplement-summary"),
    Attack(T, "signs a root over one vote fewer at night", _record_left_out, "supplement-cover"),
    Attack(H, "opens a challenged ballot otherwise",
           _file(1, "challenged.json", lambda items: items[0].update(seed="00" * 32)),
           "supplement-challenge"),
    Attack(H, "hides a challenged ballot", _file(1, "challenged.json", lambda items: items.clear()),
           "supplement-challenge"),
    Attack(H, "excludes without decisions", _undecided, "supplement-missing"),
    Attack(H, "counts a provisional ballot that nobody decided on", _undecided_counts,
           "supplement-decision"),
    Attack(H, "excludes another ballot", _file(1, "excluded.json", lambda items: items[0].update(
           digest="00" * 32)), "supplement-decision"),
    Attack(H, "opens a handle with another salt", _file(1, "excluded.json", lambda items: items[0].update(
           salt="00" * 16)), "supplement-decision"),
    Attack(H, "leaves nothing out that was decided", _file(1, "excluded.json", lambda items: items.clear()),
           "index-decisions"),
    Attack(H, "lists a ballot that nobody cast as left out", _file(1, "excluded.json", lambda items:
           items.append(_opening("00" * 32))), "supplement-decision"),
    Attack(H, "counts the left-out ballot, and lists another", _counted_and_listed, "supplement-decision"),
    Attack(H, "lists a left-out ballot twice", _file(1, "excluded.json", lambda items:
           items.append(items[0])), "supplement-decision"),
    Attack(H, "lists a station twice", _file(1, "stations.json", lambda items: items.append(items[0])),
           "supplement-issued"),
    Attack(H, "lists what a terminal spent twice", _file(1, "spent.json", lambda items:
           items.append(items[0])), "supplement-authorizations"),
    Attack(H, "takes the signature from a list of handles", _file(1, "spent.json", lambda items:
           items[0].update(signature=None)), "supplement-authorizations"),
    Attack(H, "changes a decision", _bytes(1, "decisions.json", lambda s:
           (s.supplement(1) / "decisions.json").read_bytes().replace(b"already-voted", b"not-eligible")),
           "supplement-decision"),
    Attack(H, "makes the reconciliation office again", _signed_by_others, "register-signer"),
    Attack(H, "states more authorizations", _issued(99), "supplement-issued"),
    Attack(H, "states fewer authorizations", _issued(1), "supplement-issued"),
    Attack(S, "states fewer authorizations than ballots", _station_signs(3, 2), "supplement-issued"),
    Attack(S, "states fewer, so that a missing terminal loses less", _station_signs(3, 4),
           "missing-bound"),
    Attack(H, "leaves out a station", _file(2, "stations.json", lambda items: items.clear()),
           "supplement-issued"),
    Attack(H, "publishes evidence of one voter", _evidence(lambda sums: sums[0].update(number=1)),
           "evidence-minimum"),
    Attack(H, "publishes other evidence", _evidence(lambda sums: sums[0].update(number=99)),
           "evidence-differs", told=True),
    Attack(H, "publishes evidence by voter", _evidence(lambda sums: sums.append(sums[-1])),
           "evidence-format"),
    Attack(H, "publishes evidence that nobody reads to its end", _endless_evidence, "evidence-format"),
    Attack(H, "publishes the evidence of a batch anew", _evidence(lambda sums: sums[0].update(
           code="chip-passport"), 1), "index-subtracted"),
    Attack(H, "takes the evidence of a batch back", lambda site: _without_evidence(site, 1),
           "index-subtracted"),
    Attack(H, "adds a terminal that nobody saw", _ghost, "register-device"),
    Attack(H, "exchanges a terminal's certificate", _exchanged, "register-device"),
    Attack(H, "gives a terminal another's certificate", _bytes(1, "devices/terminal-1.der", lambda s:
           (s.supplement(3) / "devices" / "terminal-3.der").read_bytes()), "register-device"),
    Attack(H, "puts another root beside a batch", _bytes(1, "root.der", lambda s: s.day.authority.signer),
           "register-root"),
)  # fmt: skip
