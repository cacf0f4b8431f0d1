"""An election whose ballots are all papers: every command answers, and signed is that there is no other."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from crypto.hybrid import HybridKey
from crypto.sealing import SealingKey
from election.bundle import Bundle, CheckIns, GrantedCount, write_bundle
from election.definition import DeviceId, Role
from election.register import number_of
from headquarters.site.facts import Turnout
from headquarters.workspace import ElectionFolder, open_workspace
from tests.acts import with_acts
from tests.headquarters.day import hand_over_cards, hours_of, operator_cards
from tests.headquarters.small import DeviceKeys
from tests.headquarters.test_cli import BRANCH, COUNCIL, ask, people, prepared, run
from tests.headquarters.unlocking import authority_of
from words.message import in_english

pytestmark = pytest.mark.slow
CAME = 3
assert people  # a fixture
LINE = "# paper_ballots = true"


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory, people: Path) -> ElectionFolder:
    """Imported: one station, three people, no terminal."""
    folder = prepared(tmp_path_factory.mktemp("papers") / "e", people)
    text = folder.plan.read_text(encoding="utf-8")
    assert LINE in text
    folder.plan.write_text(text.replace(LINE, LINE[2:]), encoding="utf-8")
    keys = DeviceKeys(
        DeviceId("station-1"), Role.IDENTITY_STATION, HybridKey.generate(), SealingKey.generate()
    )
    ask(folder, {"station-1": keys})
    for step in ("package", "register"):
        if step == "register":
            hand_over_cards(folder.path, authority_of(folder.keys), BRANCH)
        done = run(step, folder.path, "--yes", "--json")
        assert done.exit_code == 0, done.output
    workspace = open_workspace(folder)
    issued = tuple(bytes([number]) * 32 for number in range(CAME))
    check_ins = CheckIns((GrantedCount((COUNCIL,), CAME),), 0, (), (), issued=issued)
    bundle = Bundle(
        workspace.election.uuid,
        workspace.package_digest,
        keys.id,
        keys.role,
        BRANCH,
        (),
        bytes(32),
        check_ins=check_ins,
    )
    cards = operator_cards(authority_of(folder.keys), BRANCH)
    number = bytes.fromhex(number_of(folder.register.read_bytes()))
    bundle = with_acts(bundle, cards, keys.signing, hours_of(workspace.election), number)
    listed = workspace.election.device(keys.id)
    assert listed is not None
    path = folder.path / "station-1.bundle"
    path.write_bytes(write_bundle(bundle, keys.signing, listed.certificate))
    told = run("import", folder.path, path)
    assert told.exit_code == 0, told.output
    assert "Next: count the ballot papers by hand. amin election tally" in told.output
    assert f"{CAME} voters were checked in for ballot papers" in told.output
    return folder


@pytest.fixture(scope="module")
def counted(papers: ElectionFolder) -> ElectionFolder:
    done = run("tally", papers.path)
    assert done.exit_code == 0, done.output
    assert "No ballot of a terminal was counted. 1 branch votes on paper" in done.output
    assert "Traceback" not in done.output
    return papers


def test_what_is_signed_verifies_and_says_how_many_came(counted: ElectionFolder) -> None:
    number = number_of(counted.register.read_bytes())
    done = run("verify", counted.result / "index.json", "--number", number)
    assert "valid: 0 ballots in 1 archives" in done.stdout
    assert re.search(rf"report\tstation-1\t{CAME}\t0", done.stdout)
    assert "wrong: 0" in done.stdout
    result = json.loads((counted.result / "result.json").read_bytes())
    assert (result["ballots"], result["on_paper"]) == (0, 1)
    seats = run("seats", counted.path)
    assert seats.exit_code == 1, "nobody is elected"
    assert "there are no valid votes" in seats.output


@pytest.mark.parametrize(("told", "is_published"), [(1, True), (0, True), (2, False), (-1, False)])
def test_the_site_says_that_papers_are_counted_by_hand(
    counted: ElectionFolder, tmp_path: Path, told: int, *, is_published: bool
) -> None:
    """A result that names more such branches than have no terminal is refused."""
    path = counted.result / "result.json"
    before = path.read_bytes()
    path.write_bytes(before.replace(b'"on_paper": 1', b'"on_paper": %d' % told))
    try:
        done = run("publish", counted.path, "--site", tmp_path / "site")
    finally:
        path.write_bytes(before)
    if not is_published:
        assert done.exit_code == 1
        assert "on_paper" in done.output
        assert not (tmp_path / "site").exists()
        return
    assert done.exit_code == 3, done.output
    page = (tmp_path / "site" / "en" / "index.html").read_text("utf-8")
    assert "No ballot of a terminal was counted. 1 branch votes on paper" in page
    assert "Checked in for ballot papers, counted by hand" in page


def test_from_trustee_to_trustee(papers: ElectionFolder, tmp_path: Path) -> None:
    target = tmp_path / "count"
    steps: list[tuple[str | Path, ...]] = [("batches", papers.path, target)]
    steps += [("mix", target, "--trustee", str(number)) for number in (1, 2)]
    keys = [papers.trustees / f"trustee-{number}.key" for number in (1, 2)]
    steps += [("decrypt", target, "--key", key) for key in keys]
    steps += [("conclude", papers.path, target)]
    for step in steps:
        done = run(*step)
        assert done.exit_code == 0, done.output
    checked = run("verify", target / "index.json")
    assert "valid: 0 ballots in 1 archives" in checked.stdout


def test_beside_terminals_it_is_said_which_ballots_are_not_among_these() -> None:
    assert Turnout(5, 5, 0, 5).by_hand is None
    both, alone = (Turnout(ballots, 0, 0, 0, 3, 2).by_hand for ballots in (5, 0))
    assert both is not None
    assert alone is not None
    assert in_english(both).startswith("2 branches vote on paper")
    assert in_english(alone).startswith("No ballot of a terminal was counted. 2 branches")
