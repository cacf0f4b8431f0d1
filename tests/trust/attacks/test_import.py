"""What is brought to headquarters by thieves, officers and lying devices; what was accepted stays."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crypto.hybrid import HybridKey
from election.bundle import BallotBox, write_bundle
from election.cards_back import CardsBack, seal_cards_back
from election.day_sums import DaySum
from election.definition import DeviceId, Role
from election.issuance import NO_RECEIPTS, receipts_root
from election.records import RecordSigner
from election.rescue import write_rescue
from election.rulings import Rulings, write_rulings
from election.takeover import write_takeover
from election.voucher import sign_receipt
from headquarters.workspace import ElectionFolder, open_workspace
from tests.acts import with_evidence
from tests.trust.attacks.day import BRANCHES, SPARE, AttackedDay, run

pytestmark = pytest.mark.slow


@pytest.fixture
def office(attacked: AttackedDay, tmp_path: Path) -> ElectionFolder:
    """A copy of headquarters' folder after the day."""
    shutil.copytree(attacked.folder.path, tmp_path / "office")
    return ElectionFolder(tmp_path / "office")


def imported(
    office: ElectionFolder, name: str, data: bytes
) -> tuple[int, set[tuple[str, str]], int]:
    """Import one file; return status, (word, place) of everything odd, and the ballots."""
    path = office.path / name
    path.write_bytes(data)
    done = run("import", office.path, path, "--json")
    empty: dict[str, Any] = {"rejected": [], "findings": [], "ballots": 0}
    contests = json.loads(done.stdout) if done.stdout else empty
    odd = {(each["reason"], "") for each in contests["rejected"]}
    odd |= {(finding["kind"], finding["subject"]) for finding in contests["findings"]}
    return done.exit_code, odd, contests["ballots"]


BALLOTS = 15
"""Of the day, before provisional ballots are decided."""


def _fewer(day: AttackedDay) -> BallotBox:
    """A box that the terminal itself signed before its last vote."""
    box = day.boxes["terminal-3"]
    terminal = day.terminals["terminal-3"]
    signer = RecordSigner(
        terminal.device.signing, terminal.encrypted.fingerprint, DeviceId("terminal-3")
    )
    records, spent = box.records[:-1], box.spent[:-1]
    return BallotBox(
        records, signer.sign_root([r.digest for r in records], [], [e.hash for e in spent]), spent
    )


def test_second_closing_is_told_and_decided(attacked: AttackedDay, office: ElectionFolder) -> None:
    """A thief with the terminal's key closes again, with one vote fewer: the first is not lost."""
    forged = attacked.bundle("terminal-3", _fewer(attacked))
    status, odd, ballots = imported(office, "forged.bundle", forged)
    assert (status, ballots) == (1, BALLOTS - 3)
    assert ("closed-twice", "terminal-3") in odd
    (stored,) = office.bundles.glob("terminal-3-*.bundle")

    observer = ("--observer", attacked.observer, "--yes")
    (once,) = office.bundles.glob("terminal-1-*.bundle")
    assert run("rule", office.path, "--closing", once, *observer).exit_code == 2
    ruled = run("rule", office.path, "--closing", stored, *observer, "--json")
    assert ruled.exit_code == 0, ruled.output
    assert json.loads(ruled.stdout) == {"closings": 1, "revocations": 0}
    other = run("rule", office.path, "--closing", office.path / "forged.bundle", *observer)
    assert other.exit_code == 2, "what was ruled stays"
    rulings = (office.path / "rulings.json").read_bytes()
    status, odd, ballots = imported(office, "rulings.json", rulings)
    assert (status, ballots) == (0, BALLOTS)
    assert odd == {("conflict", "")}


def test_closing_exported_with_new_signatures_is_the_same(
    attacked: AttackedDay, office: ElectionFolder
) -> None:
    again = attacked.bundle("terminal-3", attacked.boxes["terminal-3"])
    assert imported(office, "again.bundle", again) == (0, set(), BALLOTS)


def test_missing_device_that_comes_back_is_told(
    attacked: AttackedDay, office: ElectionFolder
) -> None:
    late = attacked.bundle("terminal-5", attacked.boxes["terminal-5"])
    assert imported(office, "late.bundle", late) == (0, {("finally-missing", "")}, BALLOTS)


Bring = Callable[[AttackedDay], bytes]


def _stranger(day: AttackedDay) -> bytes:
    """A bundle by a key that headquarters certified after the day."""
    keys = replace(day.devices["terminal-3"], signing=HybridKey.generate())
    terminals, day.devices["terminal-3"] = day.devices["terminal-3"], keys
    try:
        return day.bundle("terminal-3", day.boxes["terminal-3"])
    finally:
        day.devices["terminal-3"] = terminals


def _by_strangers(day: AttackedDay) -> bytes:
    """Closed by two cards that headquarters certified and did not register."""
    known = dict(day.cards)
    for role in (Role.OFFICER, Role.SUPERVISOR):
        day.cards[BRANCHES[2], role] = day.card(role, BRANCHES[2])
    try:
        return day.bundle("terminal-3", _fewer(day))
    finally:
        day.cards.update(known)


def _of_another_number(day: AttackedDay) -> bytes:
    """Acts as of a device that was given another register."""
    key, certificate = day.signer("terminal-3")
    bundle = day.said("terminal-3", day.boxes["terminal-3"])
    cards = [day.cards[BRANCHES[2], role] for role in (Role.OFFICER, Role.SUPERVISOR)]
    said = [replace(each, number=bytes(32)) for each in day.statements(bundle)]
    return write_bundle(replace(bundle, acts=day.chain(said, cards, key)), key, certificate)


def _telling(day: AttackedDay) -> bytes:
    """A station whose closing, by registered cards, says how its voters were admitted."""
    key, certificate = day.signer("station-3")
    bundle = day.said("station-3", day.check_ins["station-3"])
    *before, close = day.statements(bundle)
    assert close.closing is not None
    told = replace(close.closing, sums=(DaySum("finger-matched", "try 1", 6),))
    cards = [day.cards[BRANCHES[2], role] for role in (Role.OFFICER, Role.SUPERVISOR)]
    acts = day.chain([*before, replace(close, closing=told)], cards, key)
    return write_bundle(replace(with_evidence(bundle), acts=acts), key, certificate)


BUNDLES: list[tuple[str, Bring, str]] = [
    ("a closing with sums about voters", _telling, "acts"),
    ("officer closes alone", lambda day: day.bundle(
        "terminal-3", day.boxes["terminal-3"], (Role.OFFICER, Role.OFFICER)), "acts"),
    ("operators who are not registered", _by_strangers, "acts"),
    ("another number", _of_another_number, "acts"),
    ("another key", _stranger, "signature"),
    ("records of another terminal", lambda day: day.bundle(
        "terminal-3", day.boxes["terminal-4"]), "record"),
    ("a root over fewer records", lambda day: day.bundle("terminal-3", replace(
        day.boxes["terminal-3"], root=_fewer(day).root)), "root"),
    ("more ballots than authorizations", lambda day: day.bundle("terminal-3", replace(
        day.boxes["terminal-3"], spent=day.boxes["terminal-3"].spent[:-1])), "root"),
    ("half of a file", lambda day: day.bundle(
        "terminal-3", day.boxes["terminal-3"])[:5000], "format"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("bring", "word"), [bundle[1:] for bundle in BUNDLES], ids=[bundle[0] for bundle in BUNDLES]
)
def test_bundle_is_refused_and_the_accepted_one_stays(
    attacked: AttackedDay, office: ElectionFolder, bring: Bring, word: str
) -> None:
    status, odd, ballots = imported(office, "brought.bundle", bring(attacked))
    assert (status, ballots) == (1, BALLOTS)
    assert odd == {(word, "")}


ACTS: list[tuple[str, str, Bring]] = [
    ("take-over by cards of another branch", f"{SPARE}.takeover", lambda day: write_takeover(
        day.takeover(), day.pair(BRANCHES[0]), [day.signer(SPARE), day.signer("station-2")])),
    ("second take-over of the same device", "spare.takeover", lambda day: write_takeover(
        replace(day.takeover(), replaces=DeviceId("spare-1")), day.pair(BRANCHES[1]),
        [day.signer(SPARE), day.signer("station-2")])),
    ("rescue with records of another terminal", "x.rescue", lambda day: write_rescue(
        day.rescue(day.boxes["terminal-3"], None), day.boxes["terminal-3"].records,
        day.boxes["terminal-3"].spent, (), day.pair(BRANCHES[1]), [day.signer("station-2")])),
    ("rescue of a device of another branch", "x.rescue", lambda day: write_rescue(
        replace(day.rescue(day.boxes["terminal-2"], None), branch=BRANCHES[0]),
        day.boxes["terminal-2"].records, day.boxes["terminal-2"].spent, (), day.pair(BRANCHES[0]),
        [day.signer("station-1")])),
    ("rulings by one office", "rulings.json", lambda day: write_rulings(
        Rulings(day.number, (), ()), day.offices[:1])),
    ("something else", "x.json", lambda _: b"{}"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "bring"), [act[1:] for act in ACTS], ids=[act[0] for act in ACTS])
def test_act_is_refused_and_nothing_is_kept(
    attacked: AttackedDay, office: ElectionFolder, name: str, bring: Bring
) -> None:
    before = {path: path.read_bytes() for path in (office.path / "acts").iterdir()}
    status, _, _ = imported(office, name, bring(attacked))
    assert status == 2
    assert {path: path.read_bytes() for path in (office.path / "acts").iterdir()} == before
    assert not (office.path / "rulings.json").exists() or name == "rulings.json"


def test_revoked_card_is_told(attacked: AttackedDay, office: ElectionFolder) -> None:
    """A card is revoked by two offices; a certificate that is not registered is nobody's."""
    observer = ("--observer", attacked.observer, "--yes")
    card = office.path / "card.der"
    card.write_bytes(attacked.cards[BRANCHES[0], Role.OFFICER].certificate)
    ruled = run("rule", office.path, "--revoke", f"{card}=lost", *observer, "--json")
    assert ruled.exit_code == 0, ruled.output
    assert json.loads(ruled.stdout) == {"closings": 0, "revocations": 1}
    for given in (f"{card}=tired", f"{attacked.folder.keys / 'signer.der'}=lost"):
        assert run("rule", office.path, "--revoke", given, *observer).exit_code == 2
    assert run("rule", office.path, *observer).exit_code == 2
    (office.path / "copy.der").write_bytes(card.read_bytes())
    for grounds in (("--revoke", f"{card}=lost", "--revoke", f"{office.path / 'copy.der'}=stolen"),
                    ("--revoke", f"{card}=stolen")):  # fmt: skip
        twice = run("rule", office.path, *grounds, *observer)
        assert twice.exit_code == 2
        assert "is lost already, and cannot be stolen" in twice.output
    assert run("import", office.path, office.path / "rulings.json").exit_code == 0


def test_interim_result_says_so(attacked: AttackedDay) -> None:
    assert re.search(r"Interim: [123] of 4 branches are counted", attacked.interim_text)
    assert "Interim" not in (attacked.folder.result / "result.en.txt").read_text(encoding="utf-8")


def test_missing_list_names_what_is_expected_only(
    attacked: AttackedDay, office: ElectionFolder
) -> None:
    observer = ("--observer", attacked.observer, "--yes")
    for device in ("terminal-3=lost", "terminal-9=lost"):
        assert run("missing", office.path, device, *observer).exit_code == 2
    assert run("missing", office.path, "terminal-5=eaten", *observer).exit_code == 2
    torn = run("missing", office.path, "terminal-5=lost", *observer)
    assert torn.exit_code == 2
    assert "terminal-5 is destroyed already, and cannot be lost" in torn.output
    again = run("missing", office.path, "terminal-5=destroyed", *observer, "--json")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout) == {"missing": 1, "at_most": 3, "unbounded": 0}


def test_branch_that_would_stand_alone_waits(attacked: AttackedDay, office: ElectionFolder) -> None:
    """Of branch-1 alone nothing is published: what came later could be too few to stand by itself."""
    shutil.rmtree(office.result)
    for number in (2, 3, 4):
        for path in office.bundles.glob(f"*-{number}-*.bundle"):
            path.unlink()
    # Both offices decided after they had read these bundles.
    assert "first settle what" in run("tally", office.path).output
    done = run("tally", office.path, "--despite-findings")
    assert done.exit_code == 2
    assert "devices are pending" in done.output
    assert not (office.result / "index.json").exists()
    assert attacked.folder.result.exists()


@pytest.mark.parametrize(
    ("sums", "kind"),
    [((DaySum("finger-matched", "try 1", 5),), "voter-sums"), ((), "evidence")],
    ids=["fewer fingers than voters", "no evidence at all"],
)
def test_sums_that_disagree_are_told_and_nothing_is_refused(
    attacked: AttackedDay, office: ElectionFolder, sums: tuple[DaySum, ...], kind: str
) -> None:
    """Import reads the sums about voters; the branch's votes stay in."""
    for path in office.bundles.glob("station-3-*.bundle"):
        path.unlink()
    check_ins = attacked.check_ins["station-3"]
    if sums:
        bundle = with_evidence(attacked.said("station-3", check_ins))
    else:
        bundle = attacked.said("station-3", check_ins)
    signed = attacked.closed("station-3", replace(bundle, sums=sums))
    status, odd, ballots = imported(office, "told.bundle", signed)
    assert (status, ballots) == (1, BALLOTS)
    assert odd == {(kind, "station-3")}
    report = json.loads((office.path / "import.json").read_bytes())
    (told,) = (each for each in report["voters"] if each["device"] == "station-3")
    assert told["events"] == [[each.event, each.reason, each.number] for each in sums]


@pytest.mark.parametrize("root_found", [True, False], ids=["last root found", "no root found"])
@pytest.mark.parametrize("kept", [None, -1], ids=["added", "in place of a vote's"])
def test_a_foreign_hash_in_a_rescue_is_told(
    attacked: AttackedDay, office: ElectionFolder, root_found: bool, kept: int | None
) -> None:
    """Two operators and a witness say that somebody else's card was used at the dead terminal."""
    box, foreign = attacked.boxes["terminal-2"], attacked.boxes["terminal-1"].spent[0]
    spent = tuple(sorted((*box.spent[:kept], foreign), key=lambda each: each.hash))
    said = attacked.rescue(replace(box, spent=spent), box.root if root_found else None)
    signers = attacked.pair(BRANCHES[1]), [attacked.signer("station-2")]
    data = write_rescue(said, box.records, spent, box.handles, *signers, attacked.dead_acts)
    status, odd, ballots = imported(office, "brought.rescue", data)
    assert (status, ballots) == (1, BALLOTS)
    told = {("rescued-spent", "terminal-2")} if kept is None else set()
    told |= {("rescued-otherwise", "terminal-2")} if root_found else set()
    assert {each for each in odd if each[0].startswith("rescued-")} == told
    # The card's own terminal hands it in, too, and no station of the branch vouches for it.
    assert {("spent-unvouched", BRANCHES[1]), ("spent-twice", "terminal-1 terminal-2")} <= odd


@pytest.mark.parametrize("root_found", [True, False], ids=["last root found", "no root found"])
def test_a_spent_authorization_that_a_rescue_leaves_out_is_told(
    attacked: AttackedDay, office: ElectionFolder, root_found: bool
) -> None:
    """Two operators and a witness keep a card back, so that its holder's provisional ballot counts, too."""
    box = attacked.boxes["terminal-2"]
    spent = box.spent[1:]
    said = attacked.rescue(replace(box, spent=spent), box.root if root_found else None)
    signers = attacked.pair(BRANCHES[1]), [attacked.signer("station-2")]
    data = write_rescue(said, box.records, spent, box.handles, *signers, attacked.dead_acts)
    status, odd, ballots = imported(office, "brought.rescue", data)
    assert (status, ballots) == (1, BALLOTS)
    told = {("rescued-spent", "terminal-2")}
    told |= {("rescued-otherwise", "terminal-2")} if root_found else set()
    assert {each for each in odd if each[0].startswith("rescued-")} == told
    report = json.loads((office.path / "import.json").read_bytes())
    assert "1 votes were brought without the authorizations" in json.dumps(report)


def test_a_vote_with_a_card_that_somebody_left_is_told(
    attacked: AttackedDay, office: ElectionFolder
) -> None:
    """The terminal casts a ballot of its own; the card comes back to the station with a good token."""
    for path in office.bundles.glob("station-3-*.bundle"):
        path.unlink()
    left = attacked.boxes["terminal-3"].spent_hashes[0]
    election = attacked.published.register.election
    place = (election, BRANCHES[2], DeviceId("station-3"))
    key = open_workspace(attacked.folder).election.seal_public_key
    check_ins = replace(
        attacked.check_ins["station-3"],
        returned=1,
        receipts=0,
        receipts_root=NO_RECEIPTS,
        cards_back=seal_cards_back(CardsBack((), (left,)), *place, key),
    )
    status, odd, ballots = imported(office, "left.bundle", attacked.bundle("station-3", check_ins))
    assert (status, ballots) == (1, BALLOTS)
    assert odd == {("spent-returned", BRANCHES[2])}


def test_other_records_than_two_cards_signed_are_told(
    attacked: AttackedDay, office: ElectionFolder
) -> None:
    """A thief of the key takes a vote out after the closing, and signs a root that fits."""
    for path in office.bundles.glob("terminal-3-*.bundle"):
        path.unlink()
    honest = with_evidence(attacked.said("terminal-3", attacked.boxes["terminal-3"]))
    key, certificate = attacked.signer("terminal-3")
    cards = [attacked.cards[BRANCHES[2], role] for role in (Role.OFFICER, Role.SUPERVISOR)]
    acts = attacked.chain(attacked.statements(honest), cards, key)
    fewer = replace(honest, box=_fewer(attacked), acts=acts)
    data = write_bundle(fewer, key, certificate)
    status, odd, ballots = imported(office, "fewer.bundle", data)
    assert (status, ballots) == (1, BALLOTS - 1)
    assert odd == {("after-closing", "terminal-3")}


def test_a_station_that_was_put_back_is_told(attacked: AttackedDay, office: ElectionFolder) -> None:
    """It vouched for an authorization, and does not list it any more."""
    for path in office.bundles.glob("station-3-*.bundle"):
        path.unlink()
    spent = set(attacked.boxes["terminal-3"].spent_hashes)
    check_ins = attacked.check_ins["station-3"]
    kept = tuple(each for each in check_ins.issued if each != min(spent))
    data = attacked.bundle("station-3", replace(check_ins, issued=kept))
    status, odd, ballots = imported(office, "back.bundle", data)
    assert (status, ballots) == (1, BALLOTS)
    assert odd == {("spent-unlisted", BRANCHES[2])}


@pytest.mark.parametrize(
    ("holds", "word"),
    [(True, "votes-lost"), (False, "cards-back")],
    ids=["lost", "not to be opened"],
)
def test_what_cards_brought_back_is_read(
    attacked: AttackedDay, office: ElectionFolder, holds: bool, word: str
) -> None:
    """A receipt without a vote proves a lost one; what cannot be opened is told, and no vote is out."""
    for path in office.bundles.glob("station-3-*.bundle"):
        path.unlink()
    check_ins, name = attacked.check_ins["station-3"], DeviceId("terminal-3")
    election = attacked.published.register.election
    unspent = min(set(check_ins.issued) - set(attacked.boxes[name].spent_hashes))
    receipt = sign_receipt(attacked.devices[name].signing.classical, election, name, unspent)
    key = open_workspace(attacked.folder).election.seal_public_key
    place = (election, BRANCHES[2] if holds else BRANCHES[0], DeviceId("station-3"))
    check_ins = replace(
        check_ins,
        receipts=1,
        receipts_root=receipts_root([(unspent, name)]),
        cards_back=seal_cards_back(CardsBack((receipt,)), *place, key),
    )
    status, odd, ballots = imported(office, "back.bundle", attacked.bundle("station-3", check_ins))
    assert (status, ballots) == (1, BALLOTS)
    assert odd == {(word, BRANCHES[2] if holds else "station-3")}
