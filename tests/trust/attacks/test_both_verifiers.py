"""What is told, and no attack of the table brings about: both verifiers say the same of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from election.definition import BranchId, DeviceId
from election.issuance import IssuedCount
from election.missing import MissingDevice, MissingGround, MissingList, form
from election.office_lists import write_list
from election.rulings import ChosenClosing, Rulings
from headquarters.decisions import Undecided
from tests.trust.attacks.both import Case, agreed
from tests.trust.attacks.day import AttackedDay
from tests.trust.attacks.on_lots import decide_again
from tests.trust.attacks.publication import BURNT, Json, Publication

pytestmark = pytest.mark.slow
BURNT_STATION = MissingDevice(DeviceId("station-3"), MissingGround.DESTROYED, 0, 0, False)


def _without_its_station(site: Publication) -> None:
    """The station of branch-3 burnt as well: its numbers, its receipts and its acts are nowhere."""
    place = site.supplement(3)

    def leave_out(value: Json) -> None:
        value["items"] = [each for each in value["items"] if each["device"] != "station-3"]

    for name in ("stations.json", "acts.json"):
        site.edit(place / name, leave_out)
    site.edit(place / "lost.json", lambda value: value.update(items=[]))
    (place / "devices" / "station-3.der").unlink()
    (place / "evidence.json").unlink()


def _gone(site: Publication, at_most: int | None) -> None:
    _without_its_station(site)
    site.missing(BURNT_STATION, replace(BURNT, at_most=at_most, receipts=0))
    site.reindex(lambda index: index.update(predecessor=None, missing=["station-3", "terminal-5"]))


def _restated(site: Publication) -> None:
    """The station of branch-3 was put back: it vouched for an authorization that it does not list."""
    place = site.supplement(3)
    (spent,) = json.loads((place / "spent.json").read_bytes())["items"]

    def on(value: Json) -> None:
        (station,) = value["items"]
        station["hashes"].remove(spent["spent"][0]["hash"])
        count = IssuedCount(
            site.day.published.register.election,
            DeviceId("station-3"),
            BranchId("branch-3"),
            station["issued"],
            station["claimed"],
            station["provisional"],
            tuple(map(bytes.fromhex, station["hashes"])),
            bytes.fromhex(station["receipts_root"]),
        )
        station["signature"] = count.sign(site.day.devices["station-3"].signing).hex()

    site.edit(place / "stations.json", on)
    site.reindex()


def _chosen(site: Publication) -> None:
    """Two offices chose one of two closings."""
    site.rulings(Rulings(site.day.number, (ChosenClosing(DeviceId("terminal-3"), bytes(32)),), ()))
    site.reindex()


def _twice(site: Publication) -> None:
    """Both offices sign a list that has an entry twice."""
    listed = MissingList(site.day.number, (BURNT, BURNT))
    data = write_list(form(), listed, site.day.offices)
    (site.folder / "missing.json").write_bytes(data)
    site.reindex(lambda index: index.update(predecessor=None))


def _undecided_later(site: Publication) -> None:
    """For the last batch the offices say otherwise what becomes of ballots that they did not decide on."""
    decide_again(site, lambda statement: replace(statement, undecided=Undecided.EXCLUDE), [4])


def test_both_say_the_same(attacked: AttackedDay, tmp_path: Path) -> None:
    """A missing station's vouchers hold by the register, and nothing else of its branch is compared."""
    cases = {}
    for name, do in (
        ("station missing", lambda site: _gone(site, None)),
        ("bound invented", lambda site: _gone(site, 3)),
        ("station put back", _restated),
        ("closing chosen", _chosen),
        ("entry twice", _twice),
        ("what is undecided", _undecided_later),
    ):
        site = Publication.copied(attacked, tmp_path / name)
        do(site)
        cases[name] = Case(name, site)
    site = cases["station missing"].site
    cases["another number"] = Case("another number", site, typed="0" * 64)
    said = dict(zip(cases, agreed(cases.values()), strict=True))
    missing = said["station missing"]
    assert (missing.status, missing.wrong) == (0, frozenset())
    assert {"authorizations-unknown", "missing-unbounded"} <= missing.told
    assert ("authorizations-unknown", 3) in missing.numbers
    assert said["bound invented"].wrong == {"missing-bound"}
    assert said["station put back"].wrong == frozenset()
    assert "spent-unlisted" in said["station put back"].told
    assert said["closing chosen"].wrong == frozenset()
    assert "closed-twice" in said["closing chosen"].told
    assert "list-order" in said["entry twice"].wrong
    assert said["what is undecided"].wrong == frozenset()
    assert said["another number"].wrong == {"register-number"}
