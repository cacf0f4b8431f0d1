"""Rules that no published archive breaks: each test breaks one and wants it named."""

import hashlib
import json
import secrets
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import pytest

from crypto.archive import tar_header
from crypto.ballot import EncryptedSlot, assemble, ballot_context, slot_prefix, unsigned_hash
from crypto.compact_json import dump
from crypto.election import (
    BeleniosElection,
    HomomorphicQuestion,
    NonHomomorphicQuestion,
    parse_election,
    slot_integers,
    slot_question,
)
from crypto.elgamal import ciphertexts_from_json, encrypt
from crypto.embedding import embed, is_canonical
from crypto.group import BASE, IDENTITY, Point, add, mul_base, point_text, system_scalar
from crypto.proofs import prove_schnorr
from crypto.result import SlotRows
from crypto.trustees import TrusteeKey, Trustees
from headquarters.tally import relay
from headquarters.tally.steps import after_shuffle, parse_shuffle, shuffle_slots
from headquarters.verification import Rule, verify_archive
from tests.crypto.elections import VECTORS, election_of, keys_and_trustees
from tests.headquarters.archives import Step, put_together, rewrite, take_apart

SINGLE = VECTORS / "single" / "archive.bel"
WIDE = VECTORS / "single-wide" / "archive.bel"
PEDERSEN = VECTORS / "pedersen" / "archive.bel"


def _reasons(path: Path, steps: list[Step]) -> frozenset[StrEnum]:
    return verify_archive(put_together(path / "rules.bel", steps)).reasons


def _of(steps: list[Step], kind: str) -> list[Step]:
    return [step for step in steps if step.kind == kind]


def test_untouched_archives_pass(tmp_path: Path) -> None:
    for path in (SINGLE, WIDE, PEDERSEN):
        assert _reasons(tmp_path, take_apart(path)) == frozenset()


def test_hidden_ballots(tmp_path: Path) -> None:
    """The reference tool counts only the last unbroken run of ballots."""
    steps = take_apart(WIDE)
    steps.insert(3, Step("EndBallots"))
    assert Rule.CHAIN in _reasons(tmp_path, steps)


@pytest.mark.parametrize("kind", ["Setup", "EndBallots", "EncryptedTally", "EndShuffles", "Result"])
def test_events_twice(kind: str, tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    place = steps.index(_of(steps, kind)[0])
    steps.insert(place, steps[place])
    assert Rule.CHAIN in _reasons(tmp_path, steps)


@pytest.mark.parametrize("kind", ["Setup", "EndBallots", "EncryptedTally", "EndShuffles"])
def test_events_left_out(kind: str, tmp_path: Path) -> None:
    steps = [step for step in take_apart(WIDE) if step.kind != kind]
    assert Rule.CHAIN in _reasons(tmp_path, steps)


def test_superfluous_and_missing_objects(tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    steps[2].objects.insert(0, b"{}")
    assert Rule.CHAIN in _reasons(tmp_path, steps)
    steps[2].objects.clear()
    assert Rule.CHAIN in _reasons(tmp_path, steps)


def test_no_shuffles_at_all(tmp_path: Path) -> None:
    steps = [step for step in take_apart(WIDE) if step.kind != "Shuffle"]
    assert Rule.SHUFFLE in _reasons(tmp_path, steps)


def test_a_shuffle_left_out(tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    steps.remove(_of(steps, "Shuffle")[1])
    assert Rule.SHUFFLE in _reasons(tmp_path, steps)


@pytest.mark.parametrize("owners", [(1, 1), (2, 1), (1, 3), (2, 2), (0, 1)])
def test_shuffles_of_the_wrong_trustees(owners: tuple[int, int], tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    for step, owner in zip(_of(steps, "Shuffle"), owners, strict=True):
        step.owner = owner
    assert _reasons(tmp_path, steps) == {Rule.SHUFFLE}


def test_a_threshold_group_shuffles_in_any_order_but_not_twice(tmp_path: Path) -> None:
    steps = take_apart(PEDERSEN)
    first, second = _of(steps, "Shuffle")
    first.owner, second.owner = 3, 2
    assert _reasons(tmp_path, steps) == frozenset()
    first.owner = second.owner = 2
    assert _reasons(tmp_path, steps) == {Rule.SHUFFLE}


@pytest.mark.parametrize("owner", [1, 3, 0])
def test_decryptions_of_the_wrong_trustees(owner: int, tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    _of(steps, "PartialDecryption")[1].owner = owner
    assert _reasons(tmp_path, steps) == {Rule.DECRYPTION}


@pytest.mark.parametrize("path", [WIDE, PEDERSEN])
def test_a_decryption_left_out(path: Path, tmp_path: Path) -> None:
    steps = take_apart(path)
    steps.remove(_of(steps, "PartialDecryption")[0])
    assert _reasons(tmp_path, steps) == {Rule.DECRYPTION}


def test_unsorted_tally(tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    tally = _of(steps, "EncryptedTally")[0]
    rows = json.loads(tally.objects[0])
    rows[0].reverse()
    tally.objects[0] = dump(rows)
    assert Rule.TALLY in _reasons(tmp_path, steps)


def test_rows_of_the_result_keep_their_order(tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    result = json.loads(steps[-1].objects[0])
    result["result"][0].reverse()
    steps[-1].objects[0] = dump(result)
    assert _reasons(tmp_path, steps) == {Rule.RESULT}


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'":', b'": '), (b'"challenge":"', b'"challenge":"0'), (b'"payload"', b'"payload","x"')],
)
def test_other_spellings(old: bytes, new: bytes, tmp_path: Path) -> None:
    """Leading zeros and spaces pass the reference tool outside ballots."""
    steps = take_apart(WIDE)
    step = _of(steps, "Shuffle" if b"challenge" not in old else "PartialDecryption")[0]
    if old not in step.objects[0]:
        old, new = b"[", b"[ "
    step.objects[0] = step.objects[0].replace(old, new, 1)
    assert Rule.FORMAT in _reasons(tmp_path, steps)


def test_upper_case_points(tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    step = _of(steps, "PartialDecryption")[0]
    value = json.loads(step.objects[0])
    value["decryption_factors"][0][0] = value["decryption_factors"][0][0].upper()
    step.objects[0] = dump(value)
    assert Rule.FORMAT in _reasons(tmp_path, steps)


@pytest.mark.parametrize(
    "text",
    [
        point_text(IDENTITY),
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
        "20b7da4d670151901fd391eb766db999ced7d13576bcf4a2ef2de07c29893700",
    ],
)
@pytest.mark.parametrize("kind", ["Setup", "Ballot", "Shuffle", "PartialDecryption"])
def test_points_outside_the_group(kind: str, text: str, tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    step = _of(steps, kind)[0]
    value = json.loads(step.objects[-1])
    match kind:
        case "Setup":
            value[0] = text
        case "Ballot":
            value["answers"][0]["choices"]["alpha"] = text
        case "Shuffle":
            value["ciphertexts"][0][0]["beta"] = text
        case _:
            value["decryption_factors"][0][0] = text
    step.objects[-1] = dump(value)
    assert Rule.GROUP in _reasons(tmp_path, steps)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda credentials: [*credentials, credentials[0]], Rule.SETUP),
        (lambda credentials: [*credentials[1:], credentials[0] + ",2"], Rule.SETUP),
        (lambda credentials: credentials[:0], Rule.CREDENTIAL),
        (lambda credentials: {"a": credentials}, Rule.FORMAT),
    ],
)
def test_credential_lists(change: object, reason: Rule, tmp_path: Path) -> None:
    assert callable(change)
    steps = take_apart(WIDE)
    steps[0].objects[2] = dump(change(json.loads(steps[0].objects[2])))
    assert reason in _reasons(tmp_path, steps)


def test_another_election_key(tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    election = json.loads(steps[0].objects[0])
    election["public_key"] = point_text(BASE)
    steps[0].objects[0] = dump(election)
    assert Rule.SETUP in _reasons(tmp_path, steps)


def test_the_bytes_of_the_election_may_be_spaced(tmp_path: Path) -> None:
    steps = take_apart(WIDE)[:1]
    steps[0].objects[0] = json.dumps(json.loads(steps[0].objects[0])).encode()
    path = put_together(tmp_path / "spaced.bel", steps)
    assert verify_archive(path, final=False).ok


def test_a_shuffle_where_there_is_nothing_to_shuffle(tmp_path: Path) -> None:
    keys, trustees = keys_and_trustees()
    election = election_of(trustees, [HomomorphicQuestion("q", ("a",), True, 0, 1)])
    steps = _counted(tmp_path, election, trustees, keys, [])
    assert _reasons(tmp_path, steps) == frozenset()
    steps[3:3] = [Step("Shuffle", [b'{"ciphertexts":[],"proofs":[]}'], 1), Step("EndShuffles")]
    assert _reasons(tmp_path, steps) == {Rule.SHUFFLE, Rule.CHAIN}


def test_a_slot_that_is_no_canonical_point_is_named(tmp_path: Path) -> None:
    """A terminal can encrypt any point; everything about such a ballot verifies, except this."""
    keys, trustees = keys_and_trustees()
    election = election_of(trustees, [slot_question("s")])
    hidden = add(mul_base(secrets.randbelow(2**200)), BASE)
    steps = _counted(tmp_path, election, trustees, keys, [hidden])
    assert _reasons(tmp_path, steps) == {Rule.ENCODING}


def test_the_same_randomness_twice(tmp_path: Path) -> None:
    """Such ballots hide nothing from each other, and every proof in them holds."""
    keys, trustees = keys_and_trustees()
    election = election_of(trustees, [slot_question("s")])
    point = embed(slot_integers(5))
    steps = _counted(tmp_path, election, trustees, keys, [point, point], randomness=12345)
    assert _reasons(tmp_path, steps) == {Rule.BALLOT_DUPLICATE}


def test_a_ballot_that_names_another_election(tmp_path: Path) -> None:
    """Proofs cover the fingerprint only; the identifier is checked for itself."""
    keys, trustees = keys_and_trustees()
    election = election_of(trustees, [slot_question("s")])
    other = replace(election, uuid="oTcxyzNJ2QDwhN")
    steps = _counted(tmp_path, other, trustees, keys, [embed(slot_integers(5))])
    assert _reasons(tmp_path, steps) == {Rule.BALLOT_HEADER}


def test_a_decryption_twice(tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    steps.insert(-1, _of(steps, "PartialDecryption")[0])
    assert _reasons(tmp_path, steps) == {Rule.DECRYPTION}


def test_a_third_shuffle_by_the_same_trustee(tmp_path: Path) -> None:
    steps = take_apart(PEDERSEN)
    steps = steps[: steps.index(_of(steps, "EndShuffles")[0])]
    election = parse_election(steps[0].objects[0])
    tally = ciphertexts_from_json(json.loads(_of(steps, "EncryptedTally")[0].objects[0]))
    last = parse_shuffle(steps[-1].objects[0])
    again = shuffle_slots(election, after_shuffle(election, tally, last))
    for owner, expected in ((2, set()), (1, {Rule.SHUFFLE}), (4, {Rule.SHUFFLE})):
        path = put_together(tmp_path / "third.bel", [*steps, Step("Shuffle", [again.text], owner)])
        assert verify_archive(path, final=False).reasons == expected


def test_heights_go_up_by_one(tmp_path: Path) -> None:
    def change(number: int, content: bytes) -> bytes:
        return content.replace(b'"height":2,', b'"height":7,') if number > 5 else content

    path = rewrite(tmp_path / "height.bel", WIDE, change)
    assert verify_archive(path).reasons == {Rule.CHAIN}


def test_untouched_entries_pass(tmp_path: Path) -> None:
    path = rewrite(tmp_path / "same.bel", WIDE, lambda _, content: content)
    assert path.read_bytes() == WIDE.read_bytes()


def test_payloads_are_the_object_in_front(tmp_path: Path) -> None:
    def change(number: int, content: bytes) -> bytes:
        if b'"type":"Ballot"' not in content:
            return content
        return dump({**json.loads(content), "payload": f"{number:064x}"})

    path = rewrite(tmp_path / "payload.bel", WIDE, change)
    assert verify_archive(path).reasons == {Rule.CHAIN}


@pytest.mark.parametrize("kind", ["Shuffle", "PartialDecryption"])
def test_owners_name_the_object_in_front(kind: str, tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    payload = hashlib.sha256(_of(steps, kind)[0].objects[0]).hexdigest().encode()
    links: dict[bytes, bytes] = {}

    def change(number: int, content: bytes) -> bytes:
        if content.startswith(b'{"owner"') and payload in content:
            crooked = content.replace(payload, b"%064x" % number)
            before, after = (hashlib.sha256(c).hexdigest().encode() for c in (content, crooked))
            links[before] = after
            return crooked
        for before, after in links.items():
            content = content.replace(before, after)
        return content

    path = rewrite(tmp_path / "owner.bel", WIDE, change)
    assert Rule.CHAIN in verify_archive(path).reasons


def test_setup_names_its_objects(tmp_path: Path) -> None:
    links: dict[bytes, bytes] = {}

    def change(number: int, content: bytes) -> bytes:
        if content.startswith(b'{"election":"'):
            value = json.loads(content)
            crooked = dump({**value, "trustees": value["election"]})
            before, after = (hashlib.sha256(c).hexdigest().encode() for c in (content, crooked))
            links[before] = after
            return crooked
        for before, after in links.items():
            content = content.replace(before, after)
        return content

    path = rewrite(tmp_path / "setup.bel", WIDE, change)
    assert verify_archive(path).reasons == {Rule.CHAIN}


def test_objects_without_an_event(tmp_path: Path) -> None:
    path = tmp_path / "left.bel"
    content = b"{}"
    name = f"{hashlib.sha256(content).hexdigest()}.data.json"
    rest = tar_header(name, len(content), 1795331831) + content + bytes(510)
    path.write_bytes(WIDE.read_bytes() + rest)
    assert verify_archive(path).reasons == {Rule.CHAIN}
    assert verify_archive(path, final=False).reasons == {Rule.CHAIN}


def _counted(
    path: Path,
    election: BeleniosElection,
    trustees: Trustees,
    keys: list[TrusteeKey],
    points: list[Point],
    randomness: int | None = None,
) -> list[Step]:
    """A finished election of one slot, with a ballot for each raw point."""
    ballots = []
    for point in points:
        assert isinstance(election.questions[0], NonHomomorphicQuestion)
        secret, fresh = system_scalar(), randomness or system_scalar()
        credential = mul_base(secret)
        ciphertext = encrypt(election.public_key, point, fresh)
        prefix = slot_prefix(ballot_context(election, credential), election.public_key, ciphertext)
        slot = EncryptedSlot(ciphertext, prove_schnorr(prefix, fresh, system_scalar))
        digest = unsigned_hash(election, credential, [slot])
        signature = prove_schnorr(f"sig|{digest}|", secret, system_scalar)
        ballots.append(assemble(election, credential, [slot], signature))
    file = path / "counted.bel"
    begun = relay.begin(file, election, trustees, ballots, timestamp=1795328752)
    result = relay.finish(begun, [key.private_key for key in keys])
    for question in result.questions:
        if isinstance(question, SlotRows):
            irregular = sum(not is_canonical(point, 30) for point in points)
            assert len(question.irregular) == irregular
    return take_apart(path / "counted.bel")
