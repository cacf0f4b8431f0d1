"""Every attack on a publication gets the verdict of its table, from whoever knows the number."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from election.lots import FILES, LotKind
from tests.trust.attacks.all_attacks import ATTACKS
from tests.trust.attacks.day import AttackedDay
from tests.trust.attacks.on_lots import VALUE, decide_by, draw_with, put_lot
from tests.trust.attacks.publication import Publication
from tests.trust.attacks.table import Attack

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


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda each: f"{each.who}: {each.what}")
def test_attack(attack: Attack, attacked: AttackedDay, tmp_path: Path) -> None:
    site = Publication.copied(attacked, tmp_path / "public")
    attack.do(site)
    verdict = site.verify(own_number=attack.own_number)
    assert attack.reason in (verdict.told if attack.told else verdict.wrong), verdict
    assert verdict.status == attack.expected_status, verdict


def test_second_chain_beside_the_first(attacked: AttackedDay, tmp_path: Path) -> None:
    """Headquarters begins anew and forgets what it had published; who kept an index sees it."""
    site = Publication.copied(attacked, tmp_path / "public")
    assert site.verify("--earlier", attacked.interim).status == 0
    site.reindex(lambda index: index.update(predecessor=None))
    assert site.verify().status == 0, "by itself it is a publication like another"
    verdict = site.verify("--earlier", attacked.interim)
    assert (verdict.status, verdict.wrong) == (1, frozenset({"index-branched"}))
