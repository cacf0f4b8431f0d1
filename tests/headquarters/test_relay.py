"""An archive that goes from hand to hand: every step, refusals, interruptions, other people's archives."""

import json
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crypto.archive import read_position
from crypto.ballot import parse_ballot
from crypto.casting import BallotMaker, HomomorphicAnswer, SlotAnswer
from crypto.election import parse_election, slot_integers
from crypto.embedding import EmbeddingTable
from crypto.errors import DecodeError, ProofError
from crypto.group import system_scalar
from crypto.proofs import Proof
from crypto.result import QuestionCounts, SlotRows
from headquarters.tally import relay
from headquarters.tally.archive_status import Stage, read_status
from headquarters.tally.decryption_proofs import DecryptionProofs, proofs_path, write_proofs
from headquarters.tally.relay import RelayError, open_archive
from headquarters.tally.steps import tally_ballots
from headquarters.verification import verify_archive, verify_standing
from tests.crypto.elections import VECTORS, keys_and_trustees, small_election
from tests.headquarters.archives import put_together, take_apart

pytestmark = pytest.mark.slow
"""Whole counts."""

KEYS, TRUSTEES = keys_and_trustees()
ELECTION = small_election(TRUSTEES)
TIME = 1795328752


def _begun(path: Path, codes: list[int]) -> Path:
    maker = BallotMaker(
        ELECTION, EmbeddingTable.of_vectors(slot_integers(code) for code in {0, *codes})
    )
    ballots = [
        maker.make(
            [
                SlotAnswer(slot_integers(code)),
                SlotAnswer(slot_integers(0)),
                HomomorphicAnswer((0, 1, 0, 0)),
            ],
            secrets.token_bytes(32),
        )
        for code in codes
    ]
    relay.begin(path, ELECTION, TRUSTEES, ballots, timestamp=TIME)
    return path


@pytest.mark.parametrize("codes", [[], [7, 1234, 7]], ids=["nobody voted", "three ballots"])
def test_from_hand_to_hand(tmp_path: Path, codes: list[int]) -> None:
    path = _begun(tmp_path / "e.bel", codes)
    assert open_archive(path).stage is Stage.MIXING
    relay.mix(open_archive(path), 1)
    relay.mix(open_archive(path), 2)
    assert open_archive(path).stage is Stage.DECRYPTION
    relay.decrypt(open_archive(path), KEYS[1].private_key)
    assert not open_archive(path).enough_decryptions
    relay.decrypt(open_archive(path), KEYS[0].private_key)
    result = relay.conclude(open_archive(path))
    assert open_archive(path).stage is Stage.FINISHED
    assert verify_archive(path).ok
    slots, _, counts = result.questions
    assert isinstance(slots, SlotRows)
    assert sorted(slots.codes) == sorted(codes)
    assert counts == QuestionCounts((0, len(codes), 0, 0))


def test_steps_at_the_wrong_time_are_refused_and_change_nothing(tmp_path: Path) -> None:
    path = _begun(tmp_path / "e.bel", [5])
    before = path.read_bytes()
    standing = open_archive(path)
    for step, words in (
        (lambda: relay.mix(standing, 2), "turn of trustee 1"),
        (lambda: relay.mix(standing, 3), "no trustee 3"),
        (lambda: relay.decrypt(standing, KEYS[0].private_key), "waits for mixing"),
        (lambda: relay.decrypt(standing, system_scalar()), "none of the election's trustees"),
        (lambda: relay.conclude(standing), "no result yet"),
    ):
        with pytest.raises(RelayError, match=words):
            step()
    assert path.read_bytes() == before
    relay.mix(open_archive(path), 1)
    with pytest.raises(RelayError, match="has mixed"):
        relay.mix(open_archive(path), 1)
    relay.mix(open_archive(path), 2)
    with pytest.raises(RelayError, match="not to be mixed"):
        relay.mix(open_archive(path), 1)
    relay.decrypt(open_archive(path), KEYS[0].private_key)
    with pytest.raises(RelayError, match="has decrypted"):
        relay.decrypt(open_archive(path), KEYS[0].private_key)


def test_a_step_that_was_cut_off_is_taken_off_and_done_again(tmp_path: Path) -> None:
    path = _begun(tmp_path / "e.bel", [5, 6])
    begun = path.read_bytes()
    relay.mix(open_archive(path), 1)
    mixed = path.read_bytes()
    whole = read_position(path)
    assert whole.end == len(mixed)
    step = (len(mixed) - len(begun)) // 9
    for cut in (len(begun) + 1, *range(len(begun) + 511, len(mixed), step), len(mixed) - 1):
        path.write_bytes(mixed[:cut])
        assert open_archive(path).shufflers == ()
        assert path.read_bytes() == begun
    relay.mix(open_archive(path), 1)
    assert open_archive(path).shufflers == (1,)


def test_a_full_medium_leaves_the_archive_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _begun(tmp_path / "e.bel", [5])
    before = path.read_bytes()
    standing = open_archive(path)

    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(relay, "sync", full)
        with pytest.raises(OSError, match="No space"):
            relay.mix(standing, 1)
    assert path.read_bytes() == before


def test_a_step_never_writes_over_what_another_one_added(tmp_path: Path) -> None:
    """Two hands at one archive: the second to end was verified before the first one wrote."""
    path = _begun(tmp_path / "e.bel", [5])
    early = open_archive(path)
    relay.mix(open_archive(path), 1)
    mixed = path.read_bytes()
    for extra in (b"", b"cut off"):  # what another step has just begun to write
        path.write_bytes(mixed + extra)
        with pytest.raises(RelayError, match="was changed while this step went on: repeat"):
            relay.mix(early, 1)
        assert path.read_bytes() == mixed + extra
    assert open_archive(path).shufflers == (1,)


def test_an_archive_that_changes_while_it_is_verified_is_not_worked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is worked on is what was verified, up to where the next step is written."""
    path = _begun(tmp_path / "e.bel", [5])
    begun, verify = open_archive(path), verify_standing

    def meanwhile(*asked: Any) -> Any:
        relay.mix(begun, 1)
        return verify(*asked)

    with monkeypatch.context() as patch:
        patch.setattr(relay, "verify_standing", meanwhile)
        with pytest.raises(DecodeError, match="changed while"):
            open_archive(path)
    assert open_archive(path).shufflers == (1,)


@pytest.mark.parametrize(
    "folder", sorted(path.parent.name for path in VECTORS.glob("*/archive.bel"))
)
def test_what_was_verified_is_what_a_reader_finds(folder: str, tmp_path: Path) -> None:
    """After every event of an archive steps stand where they would if they read it themselves."""
    steps = take_apart(VECTORS / folder / "archive.bel")
    for end in range(1, len(steps) + 1):
        if [step.kind for step in steps[end - 1 : end + 1]] == ["Ballot", "Ballot"]:
            continue
        path = put_together(tmp_path / f"{end}.bel", steps[:end])
        read = read_status(path, read_position(path), {})
        factors = {owner: replace(each, proofs=()) for owner, each in read.partials.items()}
        verified = frozenset(read.partials)
        assert open_archive(path) == replace(read, partials=factors, verified=verified)


def test_nothing_is_read_or_checked_a_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result is read out of what was verified: no proof is checked again, no point tested again."""
    path = _begun(tmp_path / "e.bel", [5, 7])
    for owner in (1, 2):
        relay.mix(open_archive(path), owner)
    for key in KEYS:
        relay.decrypt(open_archive(path), key.private_key)
    standing = open_archive(path)
    assert standing.verified == {1, 2}

    def again(*_: object, **__: object) -> None:
        raise AssertionError("checked again")

    with monkeypatch.context() as patch:
        for name in ("is_dleq_valid", "proofs_from_json"):
            patch.setattr(f"crypto.decryption.{name}", again)
        patch.setattr(relay, "verify_strong_decryption", again)
        patch.setattr("crypto.group.is_public_member", again)
        relay.conclude(standing)
    assert verify_archive(path, proofs=proofs_path(path)).ok


def test_nobody_works_on_an_archive_that_does_not_hold(tmp_path: Path) -> None:
    for folder in ("tampered/ballot-proof-slot", "tampered/tally-count-altered"):
        steps = take_apart(VECTORS / folder / "archive.bel")
        end = next(i for i, step in enumerate(steps) if step.kind == "EncryptedTally")
        path = put_together(tmp_path / "bad.bel", steps[: end + 1])
        with pytest.raises(RelayError, match="does not hold"):
            open_archive(path)


@pytest.mark.parametrize("kind", ["Ballot", "EndBallots"])
def test_an_archive_of_others_that_still_takes_ballots_waits_for_them(
    tmp_path: Path, kind: str
) -> None:
    steps = take_apart(VECTORS / "single-wide" / "archive.bel")
    last = max(i for i, step in enumerate(steps) if step.kind == kind)
    path = put_together(tmp_path / "theirs.bel", steps[: last + 1])
    assert open_archive(path).stage is Stage.BALLOTS


def test_the_tally_of_the_ballots_of_others_is_the_one_they_made() -> None:
    steps = take_apart(VECTORS / "single-wide" / "archive.bel")
    election = parse_election(steps[0].objects[0])
    ballots = [parse_ballot(election, step.objects[0]) for step in steps if step.kind == "Ballot"]
    tally = tally_ballots(election, ballots)
    (theirs,) = (step for step in steps if step.kind == "EncryptedTally")
    assert (theirs.objects, theirs.size) == ([tally.text], tally.ballots)


def test_an_election_of_others_is_finished(tmp_path: Path) -> None:
    """Cut after their first shuffle; the second, the decryptions and the result are ours."""
    folder = VECTORS / "single-wide"
    steps = take_apart(folder / "archive.bel")
    first = next(i for i, step in enumerate(steps) if step.kind == "Shuffle")
    path = put_together(tmp_path / "theirs.bel", steps[: first + 1])
    relay.mix(open_archive(path), 2)
    for number in (2, 1):
        text = (folder / f"trustee{number}.privkey").read_text()
        relay.decrypt(open_archive(path), int(json.loads(text)))
    result = relay.conclude(open_archive(path))
    assert verify_archive(path).ok
    published = json.loads(steps[-1].objects[0])["result"]
    for ours, theirs in zip(result.questions, published, strict=True):
        rows = ours.rows if isinstance(ours, SlotRows) else ours.counts
        assert sorted(map(_comparable, rows)) == sorted(map(_comparable, theirs))


def test_nothing_is_concluded_without_strong_proofs(tmp_path: Path) -> None:
    path = _begun(tmp_path / "e.bel", [7, 1234])
    for owner in (1, 2):
        relay.mix(open_archive(path), owner)
    for key in KEYS:
        relay.decrypt(open_archive(path), key.private_key)
    assert open_archive(path).proofs.keys() == {1, 2}
    whole = proofs_path(path).read_bytes()
    proofs_path(path).unlink()
    before = path.read_bytes()
    for owner, key in enumerate(KEYS, 1):
        with pytest.raises(RelayError, match=f"by trustee {owner} has no strong proof"):
            relay.conclude(open_archive(path))
        relay.prove_decryption(open_archive(path), key.private_key)
        with pytest.raises(RelayError, match="has proven"):
            relay.prove_decryption(open_archive(path), key.private_key)
    assert path.read_bytes() == before
    assert proofs_path(path).read_bytes() != whole, "made anew, with other nonces"
    relay.conclude(open_archive(path))
    assert verify_archive(path, proofs=proofs_path(path)).told == ()
    proofs_path(path).unlink()
    with pytest.raises(RelayError, match="no strong proof"):
        relay.conclude(open_archive(path))


def test_a_proof_needs_a_decryption_and_its_key(tmp_path: Path) -> None:
    path = _begun(tmp_path / "e.bel", [7])
    for owner in (1, 2):
        relay.mix(open_archive(path), owner)
    with pytest.raises(RelayError, match="has not decrypted"):
        relay.prove_decryption(open_archive(path), KEYS[0].private_key)
    with pytest.raises(RelayError, match="none of the election's trustees"):
        relay.prove_decryption(open_archive(path), system_scalar())


def test_a_wrong_proof_stops_the_work_at_once(tmp_path: Path) -> None:
    path = _begun(tmp_path / "e.bel", [7])
    for owner in (1, 2):
        relay.mix(open_archive(path), owner)
    for key in KEYS:
        status = relay.decrypt(open_archive(path), key.private_key)
    before, proof = path.read_bytes(), status.proofs[1]
    wrong = {**status.proofs, 1: Proof(proof.challenge, proof.response + 1)}
    write_proofs(path, DecryptionProofs(status.event, wrong))
    with pytest.raises(RelayError, match="does not hold"):
        open_archive(path)
    with pytest.raises(ProofError, match="does not hold"):
        relay.conclude(replace(status, proofs=wrong, verified=frozenset()))
    assert path.read_bytes() == before


def test_a_decryption_that_was_taken_off_again_is_proven_again(tmp_path: Path) -> None:
    """The medium with the archive lost its last event; the proof is there already."""
    path = _begun(tmp_path / "e.bel", [7])
    for owner in (1, 2):
        relay.mix(open_archive(path), owner)
    before = path.read_bytes()
    relay.decrypt(open_archive(path), KEYS[0].private_key)
    path.write_bytes(before)
    assert open_archive(path).proofs == {}
    for key in KEYS:
        relay.decrypt(open_archive(path), key.private_key)
    relay.conclude(open_archive(path))
    assert verify_archive(path, proofs=proofs_path(path)).ok


def test_proofs_of_another_archive_are_not_replaced(tmp_path: Path) -> None:
    """Two archives in one folder have one place for proofs."""
    path = _begun(tmp_path / "e.bel", [7])
    relay.finish(open_archive(path), [key.private_key for key in KEYS])
    other = tmp_path / "other" / "e.bel"
    other.parent.mkdir()
    _begun(other, [7])
    for owner in (1, 2):
        relay.mix(open_archive(other), owner)
    proofs_path(other).parent.mkdir()
    kept = proofs_path(other).write_bytes(proofs_path(path).read_bytes())
    with pytest.raises(RelayError, match="is of another archive"):
        relay.decrypt(open_archive(other), KEYS[0].private_key)
    assert proofs_path(other).stat().st_size == kept


def _comparable(row: object) -> tuple[int, ...]:
    return tuple(row) if isinstance(row, (list, tuple)) else (int(str(row)),)
