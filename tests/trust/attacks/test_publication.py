"""Every attack on a publication gets the verdict of its table, from whoever knows the number."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from election.lots import FILES, LotKind
from tests.trust.attacks.all_attacks import ATTACKS
from tests.trust.attacks.both import Case, agreed
from tests.trust.attacks.day import AttackedDay, run
from tests.trust.attacks.on_lots import VALUE, decide_by, draw_with, put_lot
from tests.trust.attacks.publication import Publication
from tests.trust.attacks.table import Attack, C

pytestmark = pytest.mark.slow


def test_honest_publication(attacked: AttackedDay, tmp_path: Path) -> None:
    verdict = Publication.copied(attacked, tmp_path / "public").verify()
    assert (verdict.status, verdict.wrong) == (0, frozenset())
    assert verdict.told == {
        "device-missing",
        "missing-report",
        "missing-receipts",
        "receipts-cover",
        "acts-reserve",
        "spare-used",
        "device-rescued",
        "register-rehearsal",
        "result-unread",
    }


def test_signing_the_index_again_changes_nothing(attacked: AttackedDay, tmp_path: Path) -> None:
    site = Publication.copied(attacked, tmp_path / "public")
    site.reindex()
    assert site.verify().status == 0


def test_honest_lots_agree(attacked: AttackedDay, tmp_path: Path) -> None:
    site = Publication.copied(attacked, tmp_path / "public")
    put_lot(site, LotKind.DECISIONS)
    lot = (site.folder / FILES[LotKind.DECISIONS]).read_bytes()
    decide_by(site, hashlib.sha256(lot).digest())
    put_lot(site, LotKind.SEATS)
    draw_with(site, VALUE)
    verdict = site.verify()
    assert (verdict.status, verdict.wrong) == (0, frozenset())
    assert "right-lot" in verdict.right
    assert verdict.elected, "and of attacks that leave all but the result right"


def test_the_site_grows_and_is_never_taken_back(attacked: AttackedDay, tmp_path: Path) -> None:
    out, number = tmp_path / "site", ("--number", attacked.number.hex())
    first = run("publish", attacked.interim_folder, "--site", out, *number)
    assert first.exit_code == 4, first.output
    assert not (out / "files" / "result.json").exists()
    assert not list(out.glob("seats*"))
    for page in out.glob("en/*.html"):
        text = page.read_text("utf-8")
        assert re.search("Interim result: [0-9]+ devices are still to come.", text), page
        assert "Elected" not in text, page
    terminals = (out / "en" / "index.html").read_text("utf-8")
    assert "terminal-4" in terminals
    final = run("publish", attacked.folder.path, "--site", out, *number)
    assert final.exit_code == 0, final.output
    overview = (out / "en" / "index.html").read_text("utf-8")
    assert "Interim" not in overview
    assert "terminal-5" in overview, "finally missing, in letters of the same size"
    kept = hashlib.sha256(attacked.interim.read_bytes()).hexdigest()
    assert kept in (out / "en" / "check.html").read_text("utf-8")
    back = run("publish", attacked.interim_folder, "--site", out, *number)
    assert back.exit_code == 2
    assert "taken back" in back.stderr


DIFFERS = "result-differs"
OF_RESULT = {DIFFERS, "register-seats", "register-definition", "lot-result", "result-newer"}
"""Only from a publication that is right but for `result.json` it follows who is elected."""


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda each: f"{each.who}: {each.what}")
def test_attack(attack: Attack, attacked: AttackedDay, tmp_path: Path) -> None:
    site = Publication.copied(attacked, tmp_path / "public")
    attack.do(site)
    verdict = site.verify(own_number=attack.own_number)
    assert attack.reason in (verdict.told if attack.told else verdict.wrong), verdict
    assert verdict.status == attack.expected_status, verdict
    assert verdict.wrong <= OF_RESULT or (not verdict.elected and DIFFERS not in verdict.wrong)


def test_second_chain_beside_the_first(attacked: AttackedDay, tmp_path: Path) -> None:
    """Headquarters begins anew and forgets what it had published; who kept an index sees it."""
    site = Publication.copied(attacked, tmp_path / "public")
    (verdict,) = agreed([Case("kept", site, kept=attacked.interim)])
    assert (verdict.status, verdict.wrong) == (0, frozenset())
    site.reindex(lambda index: index.update(predecessor=None))
    assert site.verify().status == 0, "by itself it is a publication like another"
    (verdict,) = agreed([Case("branched", site, kept=attacked.interim)])
    assert (verdict.status, verdict.wrong) == (1, frozenset({"index-branched"}))


ALWAYS = frozenset(
    {
        "lists a ballot that nobody cast as left out",
        "counts the left-out ballot, and lists another",
        "lists a left-out ballot twice",
        "takes the signature from a list of handles",
        "has operators made after the day close a device",
        "opens a challenged ballot otherwise",
        "draws seats with another value",
        "decides anew without a station that was read",
        "decides anew without the lot",
        "invents the last root of a dead device",
        "gives the seat to another candidate in the result",
        "states a result in a form of its own",
        "takes over with a spare that was stolen",
        "takes over before the spare is stolen",
        "gives a terminal another's certificate",
        "puts another root beside a batch",
        "leaves a ballot out",
    }
)
"""One of each kind that is looked at in every run."""


def _take_over_unseen(site: Publication) -> None:
    """The spare took over from a device of which it saw no act."""
    site.takeover(replace(site.day.takeover(), predecessor=bytes(32)))
    site.reindex(lambda index: index.update(predecessor=None))


UNSEEN = Attack(C, "takes over and saw no act", _take_over_unseen, "spare-used", told=True)
"""No attack: neither verifier calls it wrong."""
PAGE_SAMPLE = int(os.environ.get("PAGE_SAMPLE", "16"))


@pytest.mark.timeout(1500)
def test_page_in_the_browser_finds_them_too(attacked: AttackedDay, tmp_path: Path) -> None:
    """The second verifier has the same verdict and the same reasons, and tells the same."""
    chosen = [
        attack
        for at, attack in enumerate(ATTACKS)
        if at % PAGE_SAMPLE == 0 or attack.what in ALWAYS
    ]
    chosen.append(UNSEEN)
    cases = []
    for n, attack in enumerate((None, *chosen)):
        site = Publication.copied(attacked, tmp_path / str(n))
        if attack is None:
            cases.append(Case("honest", site))
            continue
        attack.do(site)
        cases.append(Case(f"{attack.who}: {attack.what}", site, attack.own_number))
    assert len(chosen) >= len(ALWAYS)
    agreed(cases)
