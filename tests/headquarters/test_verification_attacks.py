"""A second list of broken archives, written from the format's description alone, rule by rule.

Each row breaks one thing in a published archive (or in one made here) and says which reason has to
be among those named. What ought to pass stands beside it, so that no check is stricter than its rule.
"""

import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from commands.main import main
from crypto.archive import tar_header
from crypto.casting import Answer, BallotMaker, HomomorphicAnswer, SlotAnswer
from crypto.compact_json import dump
from crypto.election import BeleniosElection, HomomorphicQuestion, NonHomomorphicQuestion, Question
from crypto.embedding import EmbeddingTable
from crypto.group import (
    BASE,
    IDENTITY,
    ORDER,
    Point,
    add,
    mul_base,
    point_text,
    sub,
    system_scalar,
)
from crypto.proofs import prove_schnorr
from crypto.trustees import TrusteeKey, Trustees, generate_trustee
from headquarters.tally import relay
from headquarters.verification import Rule, VerificationReport, verify_archive
from tests.crypto.elections import VECTORS, election_of, keys_and_trustees, vector_json
from tests.headquarters.archives import Step, put_together, take_apart

WIDE = VECTORS / "single-wide" / "archive.bel"
SINGLE = VECTORS / "single" / "archive.bel"
PEDERSEN = VECTORS / "pedersen" / "archive.bel"
TIME = 1795328752

SMALL_ORDER = {
    "order 2": "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
    "order 4": "0" * 64,
    "order 4, odd": "8" + "0" * 63,
    "order 8": "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
    "identity": point_text(IDENTITY),
    "identity, odd": "8" + point_text(IDENTITY)[1:],
    "not on the curve": "0" * 63 + "2",
}
SPELLINGS = {
    "y = p": f"{2**255 - 19:064x}",
    "y = p + 1": f"{2**255 - 18:064x}",
    "all ones": "f" * 64,
    "upper case": "A" * 64,
    "short": "6" * 63,
    "long": "6" * 65,
    "new line": "6" * 63 + "8\n",
    "other digits": "٦" * 64,
    "empty": "",
}
ORDER_TWO = Point(bytes.fromhex(SMALL_ORDER["order 2"])[::-1])

Json = Any
Change = Callable[[Json], object]


def _of(steps: list[Step], kind: str, number: int = 0) -> Step:
    return [step for step in steps if step.kind == kind][number]


def _verdict(folder: Path, steps: list[Step], final: bool = True) -> VerificationReport:
    return verify_archive(put_together(folder / "attack.bel", steps), final=final)


def changed_steps(
    source: Path, kind: str, change: Change, number: int = 0, index: int = -1
) -> list[Step]:
    """The steps of an archive with one object changed in place."""
    steps = take_apart(source)
    objects = _of(steps, kind, number).objects
    value = json.loads(objects[index])
    change(value)
    objects[index] = dump(value)
    return steps


def _near(folder: Path, source: Path, kind: str, change: Change, index: int) -> frozenset[StrEnum]:
    """What is wrong with an archive that ends with the changed event."""
    steps = changed_steps(source, kind, change, index=index)
    return _verdict(folder, steps[: steps.index(_of(steps, kind)) + 1], final=False).reasons


def _raw(source: Path, kind: str, old: bytes, new: bytes, index: int = -1) -> list[Step]:
    """The steps with one text in an object's bytes replaced."""
    steps = take_apart(source)
    objects = _of(steps, kind).objects
    assert old in objects[index]
    objects[index] = objects[index].replace(old, new, 1)
    return steps


def put_at(*path: str | int) -> Callable[[object], Change]:
    """A change that puts a value at a path."""

    def with_value(new: object) -> Change:
        def change(value: Json) -> None:
            for part in path[:-1]:
                value = value[part]
            value[path[-1]] = new

        return change

    return with_value


# ------------------------------------------------------------------ points and scalars everywhere

POINTS: dict[str, tuple[Path, str, int, tuple[str | int, ...]]] = {
    "election key": (WIDE, "Setup", 0, ("public_key",)),
    "trustee key": (WIDE, "Setup", 1, (0, 1, "public_key")),
    "threshold share": (PEDERSEN, "Setup", 1, (0, 1, "verification_keys", 0, "public_key")),
    "credential": (WIDE, "Setup", 2, (1,)),
    "ballot credential": (WIDE, "Ballot", 0, ("credential",)),
    "slot alpha": (WIDE, "Ballot", 0, ("answers", 0, "choices", "alpha")),
    "slot beta": (WIDE, "Ballot", 0, ("answers", 1, "choices", "beta")),
    "choice alpha": (SINGLE, "Ballot", 0, ("answers", 3, "choices", 2, "alpha")),
    "choice beta": (SINGLE, "Ballot", 0, ("answers", 3, "choices", 0, "beta")),
    "tally slot": (WIDE, "EncryptedTally", 0, (0, 0, "beta")),
    "shuffle output": (WIDE, "Shuffle", 0, ("ciphertexts", 0, 1, "alpha")),
    "t1": (WIDE, "Shuffle", 0, ("proofs", 0, 0, 0)),
    "t41": (WIDE, "Shuffle", 0, ("proofs", 0, 0, 3, 0)),
    "t hat": (WIDE, "Shuffle", 0, ("proofs", 0, 0, 4, 0)),
    "c": (WIDE, "Shuffle", 0, ("proofs", 1, 2, 0)),
    "c hat": (WIDE, "Shuffle", 0, ("proofs", 1, 3, 3)),
    "slot factor": (WIDE, "PartialDecryption", 0, ("decryption_factors", 0, 0)),
}


@pytest.mark.parametrize("place", POINTS)
def test_every_point_is_in_the_group_and_in_its_only_spelling(place: str, tmp_path: Path) -> None:
    source, kind, index, path = POINTS[place]
    for what, text in SMALL_ORDER.items():
        reasons = _near(tmp_path, source, kind, put_at(*path)(text), index)
        assert Rule.GROUP in reasons, (what, reasons)
    for what, text in SPELLINGS.items():
        reasons = _near(tmp_path, source, kind, put_at(*path)(text), index)
        assert Rule.FORMAT in reasons, (what, reasons)


def test_a_component_of_order_two_added_to_a_point(tmp_path: Path) -> None:
    for place in ("slot beta", "choice beta", "shuffle output", "slot factor", "c hat"):
        source, kind, index, path = POINTS[place]

        def shifted(value: Json, path: tuple[str | int, ...] = path) -> None:
            for part in path[:-1]:
                value = value[part]
            point = Point(bytes.fromhex(value[path[-1]])[::-1])
            value[path[-1]] = point_text(add(point, ORDER_TWO))

        reasons = _near(tmp_path, source, kind, shifted, index)
        assert Rule.GROUP in reasons, place


SCALARS: dict[str, tuple[Path, str, int, tuple[str | int, ...]]] = {
    "trustee proof": (WIDE, "Setup", 1, (0, 1, "pok", "response")),
    "certificate": (PEDERSEN, "Setup", 1, (0, 1, "certs", 0, "signature", "challenge")),
    "ballot signature": (WIDE, "Ballot", 0, ("signature", "proof", "response")),
    "slot proof": (WIDE, "Ballot", 0, ("answers", 0, "proof", "challenge")),
    "choice proof": (
        SINGLE,
        "Ballot",
        0,
        ("answers", 3, "individual_proofs", 0, 0, "challenge"),
    ),
    "shuffle s1": (WIDE, "Shuffle", 0, ("proofs", 0, 1, 0)),
    "shuffle s'": (WIDE, "Shuffle", 0, ("proofs", 0, 1, 5, 0)),
    "decryption proof": (
        WIDE,
        "PartialDecryption",
        0,
        ("decryption_proofs", 0, 0, "response"),
    ),
}


@pytest.mark.parametrize("place", SCALARS)
def test_every_scalar_is_in_its_only_spelling(place: str, tmp_path: Path) -> None:
    source, kind, index, path = SCALARS[place]
    texts: list[Json] = [
        "-1",
        "+1",
        "007",
        str(ORDER),
        str(ORDER + 5),
        "1e3",
        "0x1",
        "",
        " 1",
        "1\n",
        "٣",
    ]
    for wrong in [*texts, "9" * 5000, 7, 7.5, None, [], {}]:
        steps = take_apart(source)
        step = _of(steps, kind)
        value = json.loads(step.objects[index])
        put_at(*path)(wrong)(value)
        step.objects[index] = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
        steps = steps[: steps.index(step) + 1]
        assert Rule.FORMAT in _verdict(tmp_path, steps, final=False).reasons, repr(wrong)[:40]


# ------------------------------------------------------------------ JSON


@pytest.mark.parametrize(
    ("kind", "index"),
    [
        ("Setup", 1),
        ("Setup", 2),
        ("Ballot", 0),
        ("Shuffle", 0),
        ("PartialDecryption", 0),
        ("EncryptedTally", 0),
        ("Result", 0),
    ],
)
def test_json_is_compact_and_exact(kind: str, index: int, tmp_path: Path) -> None:
    content = _of(take_apart(WIDE), kind).objects[index]
    opening = content[:1]
    crooked = [
        b" " + content,
        content + b"\n",
        content.replace(b",", b", ", 1),
        b"\xef\xbb\xbf" + content,
        content[:-1],
        b"\xff" + content,
        b"",
        b"null",
        b"NaN",
        b"-Infinity",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 500 + b"1" + b"}" * 500,
        b"[" * 40 + b"]" * 40,
        b"9" * 5000,
    ]
    if opening == b"{":
        first = content[1:].split(b":")[0]
        crooked.append(b"{" + first + b":1," + content[1:])
        crooked.append(content[:-1] + b',"extra":1}')
    for wrong in crooked:
        steps = take_apart(WIDE)
        _of(steps, kind).objects[index] = wrong
        assert Rule.FORMAT in _verdict(tmp_path, steps).reasons, wrong[:40]


@pytest.mark.parametrize(
    ("old", "new", "index"),
    [
        (b'"version":1,', b'"version":true,', 0),
        (b'"version":1,', b'"version":1.0,', 0),
        (b'"version":1,', b'"version":1,"version":1,', 0),
        (b'"version":1,', b'"version":"1",', 0),
        (b'"name":', b'"language":"fa","name":', 0),
        (b'"uuid":', b'"extra":1,"uuid":', 0),
        (b'"description":"two slots of thirty integers"', b'"description":1', 0),
        (b'["Single",', b'["\\u0053ingle",', 1),
        (b'"pok":', b'"name":"x","pok":', 1),
    ],
)
def test_setup_has_exactly_its_fields(old: bytes, new: bytes, index: int, tmp_path: Path) -> None:
    reasons = _verdict(tmp_path, _raw(WIDE, "Setup", old, new, index)).reasons
    assert reasons & {Rule.FORMAT, Rule.SETUP}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"version":1', b'"version":2'),
        (b"Ed25519", b"BELENIOS-2048"),
        (b"NonHomomorphic", b"Lists"),
        (b'"uuid":"2u', b'"uuid":"0u'),
        (b'"uuid":"2uFvw8vxfbDqTs"', b'"uuid":"2uFvw8vxf"'),
    ],
)
def test_elections_of_another_kind(old: bytes, new: bytes, tmp_path: Path) -> None:
    assert _verdict(tmp_path, _raw(WIDE, "Setup", old, new, 0)).reasons == {Rule.SETUP}


def test_administrator_and_authority_may_be_named(tmp_path: Path) -> None:
    steps = take_apart(WIDE)[:1]
    election = json.loads(steps[0].objects[0])
    election |= {"administrator": "الف", "credential_authority": "ب"}
    steps[0].objects[0] = dump(election)
    assert _verdict(tmp_path, steps, final=False).ok
    steps[0].objects[0] = dump({**election, "administrator": 1})
    assert _verdict(tmp_path, steps, final=False).reasons == {Rule.FORMAT}


# ------------------------------------------------------------------ the file

HEADERS: dict[str, tuple[int, bytes]] = {
    "mode": (100, b"0000600"),
    "owner": (108, b"0000001"),
    "link name": (157, b"x"),
    "type": (156, b"5"),
    "ustar": (257, b"ustar\0"),
    "last byte": (511, b"x"),
    "name": (0, b"X"),
    "checksum": (148, b"000000"),
}


@pytest.mark.parametrize("what", HEADERS)
@pytest.mark.parametrize("entry", [0, 1])
def test_header_bytes(what: str, entry: int, tmp_path: Path) -> None:
    place, new = HEADERS[what]
    data = bytearray(WIDE.read_bytes())
    start = 1024 * entry + place
    data[start : start + len(new)] = new
    path = tmp_path / "header.bel"
    path.write_bytes(data)
    assert Rule.FORMAT in verify_archive(path).reasons


def _entry(name: str, content: bytes, time: int = TIME) -> bytes:
    return tar_header(name, len(content), time) + content + bytes(-len(content) % 512)


@pytest.mark.parametrize(
    "tail",
    [bytes(512), bytes(1024), b"x", b"\n", bytes(511), b"\xff" * 512],
    ids=["block", "two blocks", "a byte", "new line", "short", "noise"],
)
def test_nothing_follows_the_last_event(tail: bytes, tmp_path: Path) -> None:
    path = tmp_path / "tail.bel"
    path.write_bytes(WIDE.read_bytes() + tail)
    assert verify_archive(path).reasons == {Rule.FORMAT}
    assert verify_archive(path, final=False).reasons == {Rule.FORMAT}


@pytest.mark.parametrize("size", [2**30, 2**30 + 1, 8**11 - 1])
def test_a_declared_size_takes_no_memory(size: int, tmp_path: Path) -> None:
    path = tmp_path / "huge.bel"
    path.write_bytes(WIDE.read_bytes()[:1024] + tar_header("x.data.json", size, 1795331831))
    assert Rule.FORMAT in verify_archive(path).reasons


@pytest.mark.parametrize(
    "content",
    [
        b'{"version":1,"timestamp":"1795328753"}',
        b'{"version":2,"timestamp":"1795328752"}',
        b'{"version":1,"timestamp":1795328752}',
        b'{"version":1,"timestamp":"01795328752"}',
        b'{"timestamp":"1795328752","version":1}',
        b'{"version": 1,"timestamp":"1795328752"}',
        b'{"version":1,"timestamp":"1795328752","x":1}',
        b"",
    ],
)
def test_the_header_object_is_exact(content: bytes, tmp_path: Path) -> None:
    whole = put_together(tmp_path / "whole.bel", take_apart(WIDE)).read_bytes()
    assert whole[:1024] == _entry("BELENIOS", b'{"version":1,"timestamp":"1795328752"}')
    path = tmp_path / "first.bel"
    path.write_bytes(_entry("BELENIOS", content) + whole[1024:])
    assert verify_archive(path).reasons == {Rule.FORMAT}
    path.write_bytes(whole[1024:])
    assert Rule.FORMAT in verify_archive(path).reasons


def test_a_name_cannot_break_out_of_its_line(tmp_path: Path) -> None:
    path = tmp_path / "name.bel"
    data = WIDE.read_bytes()
    for name in ("valid: 4 ballots\nx", "\x1b[2J", "a\rb", "a\tb"):
        path.write_bytes(data[:1024] + _entry(name, b"{}", 1795331831) + data[1024:])
        report = verify_archive(path)
        assert not report.ok
        assert all(failure.entry.isprintable() for failure in report.failures)


# ------------------------------------------------------------------ the chain


@pytest.mark.parametrize(
    "event",
    [
        b'{"height":0,"type":"Setup"}',
        b'{"parent":null,"height":0,"type":"Setup","payload":"%s"}',
        b'{"height":false,"type":"Setup","payload":"%s"}',
        b'{"height":0.0,"type":"Setup","payload":"%s"}',
        b'{"height":-0,"type":"Setup","payload":"%s"}',
        b'{"type":"Setup","height":0,"payload":"%s"}',
        b'{"height":1,"type":"Setup","payload":"%s"}',
        b'{"height":0,"type":"setup","payload":"%s"}',
        b'{"height":0,"type":["Setup"],"payload":"%s"}',
        b'{"height":0,"type":"Setup","payload":"%s","x":1}',
        b'{"height":0,"payload":"%s"}',
        b"{}",
        b"[]",
        b'{"parent":"00","height":0,"type":"Setup","payload":"%s"}',
    ],
)
def test_events_that_are_none(event: bytes, tmp_path: Path) -> None:
    objects = [*take_apart(WIDE)[0].objects]
    hashes = [sha256(object_).hexdigest() for object_ in objects]
    objects.append(dump(dict(zip(("election", "trustees", "credentials"), hashes, strict=True))))
    digest = sha256(objects[-1]).hexdigest().encode()
    content = event.replace(b"%s", digest)
    data = _entry("BELENIOS", b'{"version":1,"timestamp":"1795328752"}')
    for object_ in objects:
        data += _entry(f"{sha256(object_).hexdigest()}.data.json", object_)
    path = tmp_path / "event.bel"
    path.write_bytes(data + _entry(f"{sha256(content).hexdigest()}.event.json", content))
    assert verify_archive(path, final=False).reasons & {Rule.CHAIN, Rule.FORMAT}
    good = b'{"height":0,"type":"Setup","payload":"%s"}'.replace(b"%s", digest)
    path.write_bytes(data + _entry(f"{sha256(good).hexdigest()}.event.json", good))
    assert verify_archive(path, final=False).ok


def test_orders_that_are_none(tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    for one in range(len(steps) - 1):
        if steps[one].kind == steps[one + 1].kind:
            continue
        swapped = [*steps]
        swapped[one], swapped[one + 1] = swapped[one + 1], swapped[one]
        assert Rule.CHAIN in _verdict(tmp_path, swapped).reasons, steps[one].kind
    for late in ("Ballot", "Shuffle", "PartialDecryption", "EndBallots"):
        again = [*steps, _of(steps, late)]
        assert Rule.CHAIN in _verdict(tmp_path, again).reasons, late
        assert Rule.CHAIN in _verdict(tmp_path, again, final=False).reasons, late
    assert Rule.CHAIN in _verdict(tmp_path, steps[1:]).reasons
    assert Rule.CHAIN in _verdict(tmp_path, [steps[0], *steps]).reasons


def test_objects_in_front_of_events_without_payload(tmp_path: Path) -> None:
    for kind in ("EndBallots", "EndShuffles"):
        steps = take_apart(WIDE)
        _of(steps, kind).objects.append(b"{}")
        assert Rule.CHAIN in _verdict(tmp_path, steps).reasons


# ------------------------------------------------------------------ the tally


@pytest.mark.parametrize("size", [0, 3, 5, -4, 2**64 - 1, True])
def test_the_number_of_ballots_told_is_that_of_the_ballots(size: int, tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    _of(steps, "EncryptedTally").size = size
    assert _verdict(tmp_path, steps).reasons == {Rule.TALLY}


def test_numbers_have_64_bits_at_most(tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    _of(steps, "EncryptedTally").size = 2**64
    assert _verdict(tmp_path, steps).reasons == {Rule.FORMAT}
    steps = changed_steps(PEDERSEN, "Setup", put_at(0, 1, "threshold")(10**40), index=1)
    assert _verdict(tmp_path, steps).reasons == {Rule.FORMAT}


@pytest.mark.parametrize(
    "value",
    [[], [[]], [[], []], [[], [], []], {}, [[{}], []], [None, None], "x", [[["a"]], []]],
)
def test_a_tally_of_any_shape(value: object, tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    _of(steps, "EncryptedTally").objects[0] = dump(value)  # type: ignore[arg-type]
    assert Rule.TALLY in _verdict(tmp_path, steps).reasons


def test_a_ballot_left_out_of_the_tally_and_one_put_in(tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    steps.remove(_of(steps, "Ballot"))
    assert Rule.TALLY in _verdict(tmp_path, steps).reasons
    steps = take_apart(WIDE)
    steps.insert(2, _of(steps, "Ballot"))
    assert {Rule.TALLY, Rule.BALLOT_DUPLICATE} <= _verdict(tmp_path, steps).reasons


# ------------------------------------------------------------------ ballots

ANSWERS: dict[str, Change] = {
    "none": lambda ballot: ballot["answers"].clear(),
    "one too few": lambda ballot: ballot["answers"].pop(),
    "one too many": lambda ballot: ballot["answers"].append(ballot["answers"][0]),
    "swapped": lambda ballot: ballot["answers"].reverse(),
    "choices missing": lambda ballot: ballot["answers"][3]["choices"].pop(),
    "proof missing": lambda ballot: ballot["answers"][3]["individual_proofs"].pop(),
    "half a proof": lambda ballot: ballot["answers"][3]["individual_proofs"][0].pop(),
    "overall proof short": lambda ballot: ballot["answers"][3]["overall_proof"].pop(),
    "no blank proof": lambda ballot: ballot["answers"][3].pop("blank_proof"),
    "blank proof short": lambda ballot: ballot["answers"][3]["blank_proof"].pop(),
    "slot copied": lambda ballot: ballot["answers"].__setitem__(1, ballot["answers"][0]),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_answers_have_the_shape_of_their_questions(what: str, tmp_path: Path) -> None:
    reasons = _verdict(tmp_path, changed_steps(SINGLE, "Ballot", ANSWERS[what])).reasons
    assert Rule.BALLOT_PROOF in reasons or what == "slot copied"
    assert what != "slot copied" or Rule.BALLOT_DUPLICATE in reasons
    assert Rule.SIGNATURE in reasons


def _replaced(name: str, value: object) -> Change:
    return lambda ballot: ballot.__setitem__(name, value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_replaced("election_uuid", "LaUrHxoBFYVcfX"), Rule.BALLOT_HEADER),
        (_replaced("election_uuid", None), Rule.BALLOT_HEADER),
        (_replaced("election_hash", ["x"]), Rule.BALLOT_HEADER),
        (_replaced("credential", point_text(BASE)), Rule.CREDENTIAL),
        (_replaced("credential", point_text(BASE) + ",1"), Rule.FORMAT),
        (_replaced("answers", {}), Rule.BALLOT_PROOF),
        (_replaced("signature", None), Rule.FORMAT),
        (lambda ballot: ballot["signature"].update(hash="x"), Rule.SIGNATURE),
        (lambda ballot: ballot.pop("signature"), Rule.FORMAT),
    ],
)
def test_parts_of_a_ballot(change: Change, reason: Rule, tmp_path: Path) -> None:
    assert reason in _verdict(tmp_path, changed_steps(SINGLE, "Ballot", change)).reasons


# ------------------------------------------------------------------ credentials and trustees


def test_credentials_need_no_order(tmp_path: Path) -> None:
    steps = changed_steps(WIDE, "Setup", lambda listed: listed.reverse())
    assert _verdict(tmp_path, steps).ok


def test_a_key_of_another_trustee_added(tmp_path: Path) -> None:
    """The election key has to be the sum: neither fewer nor more trustees."""
    trustee = generate_trustee().trustee.as_json()
    for change in (
        lambda trustees: trustees.append(["Single", trustee]),
        lambda trustees: trustees.pop(),
        lambda trustees: trustees.clear(),
    ):
        steps = changed_steps(WIDE, "Setup", change, index=1)[:1]
        assert _verdict(tmp_path, steps, final=False).reasons == {Rule.SETUP}


def test_a_trustee_whose_key_takes_away_the_others(tmp_path: Path) -> None:
    """X = Y − X1: the sum is a key one person knows, but not the proof of X."""
    victim, known = generate_trustee(), system_scalar()
    rogue = sub(mul_base(known), victim.trustee.public_key)
    proof = prove_schnorr(f"pok|Ed25519|{point_text(rogue)}|", known, system_scalar)
    steps = take_apart(WIDE)[:1]
    election = json.loads(steps[0].objects[0])
    election["public_key"] = point_text(mul_base(known))
    steps[0].objects[0] = dump(election)
    rogue_key = {"pok": proof.as_json(), "public_key": point_text(rogue)}
    steps[0].objects[1] = dump([["Single", victim.trustee.as_json()], ["Single", rogue_key]])
    assert _verdict(tmp_path, steps, final=False).reasons == {Rule.SETUP}


THRESHOLDS: dict[str, Change] = {
    "zero": put_at(0, 1, "threshold")(0),
    "three of three": put_at(0, 1, "threshold")(3),
    "four of three": put_at(0, 1, "threshold")(4),
    "huge": put_at(0, 1, "threshold")(2**64 - 1),
    "a certificate less": lambda trustees: trustees[0][1]["certs"].pop(),
    "a commitment less": lambda trustees: trustees[0][1]["coefexps"].pop(),
    "a signature less": lambda trustees: trustees[0][1]["signatures"].pop(),
    "a share less": lambda trustees: trustees[0][1]["verification_keys"].pop(),
    "certificates swapped": lambda trustees: trustees[0][1]["certs"].reverse(),
    "commitments swapped": lambda trustees: trustees[0][1]["coefexps"].reverse(),
    "shares swapped": lambda trustees: trustees[0][1]["verification_keys"].reverse(),
    "nobody": lambda trustees: trustees[0][1].update(
        certs=[], coefexps=[], signatures=[], verification_keys=[]
    ),
    "of another kind": put_at(0, 0)("Triple"),
}


@pytest.mark.parametrize("what", THRESHOLDS)
def test_threshold_parameters_fit_together(what: str, tmp_path: Path) -> None:
    steps = changed_steps(PEDERSEN, "Setup", THRESHOLDS[what], index=1)
    assert Rule.SETUP in _verdict(tmp_path, steps).reasons


def test_one_wrong_certificate_blames_nothing_else(tmp_path: Path) -> None:
    """What follows the setup is still checked, and holds."""

    def change(trustees: Json) -> None:
        proof = trustees[0][1]["certs"][0]["signature"]
        proof["response"] = str((int(proof["response"]) + 1) % ORDER)

    steps = changed_steps(PEDERSEN, "Setup", change, index=1)
    report = _verdict(tmp_path, steps)
    assert report.reasons == {Rule.SETUP}
    assert report.ballots == 7


# ------------------------------------------------------------------ elections of other shapes


def _finished(
    folder: Path,
    questions: list[Question],
    votes: list[list[Answer]],
    made: tuple[list[TrusteeKey], Trustees] | None = None,
) -> tuple[BeleniosElection, list[Step]]:
    keys, trustees = made or keys_and_trustees()
    election = election_of(trustees, questions)
    vectors = [
        answer.integers for vote in votes for answer in vote if isinstance(answer, SlotAnswer)
    ]
    maker = BallotMaker(election, EmbeddingTable.of_vectors(vectors))
    ballots = [maker.make(vote, bytes([i]) * 32) for i, vote in enumerate(votes)]
    begun = relay.begin(folder / "made.bel", election, trustees, ballots, timestamp=TIME)
    relay.finish(begun, [key.private_key for key in keys])
    return election, take_apart(folder / "made.bel")


def _choice(*values: int) -> list[Answer]:
    return [HomomorphicAnswer(values)]


BLANK = HomomorphicQuestion("q", ("a", "b"), blank=True, minimum=1, maximum=2)
ONE_WIDE = NonHomomorphicQuestion("s", ("x",))
THIRTY = NonHomomorphicQuestion("s", ("x",) * 30)


@pytest.mark.parametrize(
    ("questions", "votes"),
    [
        ([BLANK], []),
        ([BLANK], [_choice(1, 0, 0)]),
        ([BLANK], [_choice(0, 1, 1), _choice(1, 0, 0), _choice(0, 1, 0)]),
        ([ONE_WIDE], []),
        ([ONE_WIDE], [[SlotAnswer((0,))]]),
        ([ONE_WIDE, ONE_WIDE], [[SlotAnswer((0,)), SlotAnswer((255,))]] * 2),
        ([THIRTY], [[SlotAnswer((0,) * 29 + (9,))]]),
        ([THIRTY, BLANK, ONE_WIDE], []),
        ([], []),
    ],
)
def test_elections_of_any_shape(
    questions: list[Question], votes: list[list[Answer]], tmp_path: Path
) -> None:
    _, steps = _finished(tmp_path, questions, votes)
    report = _verdict(tmp_path, steps)
    assert report.ok, report.failures
    assert report.ballots == len(votes)
    result = json.loads(steps[-1].objects[0])
    result["result"].append([0])
    steps[-1].objects[0] = dump(result)
    assert _verdict(tmp_path, steps).reasons == {Rule.RESULT}


def test_there_may_be_more_seats_than_candidates() -> None:
    """Two candidates and at most five choices: made, counted and accepted by belenios-tool 3.3.0."""
    report = verify_archive(VECTORS / "more-seats-than-candidates.bel")
    assert report.ok, report.failures
    assert report.ballots == 1


QUESTIONS: dict[str, Change] = {
    "31 integers": lambda q: q[0]["value"].update(answers=["x"] * 31),
    "no integer": lambda q: q[0]["value"].update(answers=[]),
    "an integer that is no name": lambda q: q[0]["value"].update(answers=[1]),
    "least above most": lambda q: q[3].update(min=2, max=1),
    "least above the answers": lambda q: q[3].update(min=5, max=9),
    "least below zero": lambda q: q[3].update(min=-1),
    "no answers": lambda q: q[3].update(answers=[]),
    "blank false": lambda q: q[3].update(blank=False),
    "blank null": lambda q: q[3].update(blank=None),
    "blank one": lambda q: q[3].update(blank=1),
    "most true": lambda q: q[3].update(max=True),
    "extra": lambda q: q[3].update(extra=1),
    "homomorphic by name": lambda q: q[3].update(type="Homomorphic"),
    "no object": lambda q: q.__setitem__(3, []),
}


@pytest.mark.parametrize("what", QUESTIONS)
def test_questions_that_are_none(what: str, tmp_path: Path) -> None:
    def change(election: Json) -> None:
        QUESTIONS[what](election["questions"])

    assert _near(tmp_path, SINGLE, "Setup", change, 0) & {Rule.SETUP, Rule.FORMAT}


def test_limits_of_a_question_take_no_memory(tmp_path: Path) -> None:
    """A question may allow more choices than it has answers; ballots then have as many proofs."""

    def change(election: Json) -> None:
        election["questions"][3]["max"] = 10**15

    steps = changed_steps(SINGLE, "Setup", change, index=0)
    assert Rule.BALLOT_PROOF in _verdict(tmp_path, steps).reasons


# ------------------------------------------------------------------ count


@pytest.mark.slow
@pytest.mark.parametrize("source", [SINGLE, PEDERSEN])
def test_results_of_other_kinds(source: Path, tmp_path: Path) -> None:
    """Numbers that compare equal to the right ones are still not the right ones."""
    steps = take_apart(source)
    published = steps[-1].objects[0]
    value = json.loads(published)["result"]
    counts = next(i for i, row in enumerate(value) if row and isinstance(row[0], int))
    slots = next(i for i, row in enumerate(value) if row and isinstance(row[0], list))
    wrong: list[Json] = [None, {}, [], "x", [value], value[:-1], value[::-1]]
    for place, row in (
        (counts, [True, *value[counts][1:]]),
        (counts, [ORDER + value[counts][0], *value[counts][1:]]),
        (counts, [-1, *value[counts][1:]]),
        (counts, value[counts][:-1]),
        (counts, [[]] * len(value[counts])),
        (slots, value[slots][:-1]),
        (slots, [*value[slots], [0, 0]]),
        (slots, [[0, *value[slots][0]], *value[slots][1:]]),
        (slots, [value[slots][0][:1], *value[slots][1:]]),
        (slots, [[256 + value[slots][0][0], value[slots][0][1]], *value[slots][1:]]),
        (slots, [0] * len(value[slots])),
    ):
        wrong.append([*value[:place], row, *value[place + 1 :]])
    for result in wrong:
        steps[-1].objects[0] = dump({"result": result})
        reasons = _verdict(tmp_path, steps).reasons
        assert reasons & {Rule.RESULT, Rule.FORMAT}, result


PARTS: list[tuple[str, Change, Rule]] = [
    ("Shuffle", put_at("ciphertexts")([]), Rule.SHUFFLE),
    ("Shuffle", put_at("proofs")([]), Rule.SHUFFLE),
    ("Shuffle", put_at("ciphertexts", 0)([]), Rule.SHUFFLE),
    ("Shuffle", put_at("ciphertexts", 0)({}), Rule.FORMAT),
    ("Shuffle", lambda v: v["ciphertexts"][0].pop(), Rule.SHUFFLE),
    ("Shuffle", lambda v: v["ciphertexts"][0].reverse(), Rule.SHUFFLE),
    ("Shuffle", lambda v: v["ciphertexts"].reverse(), Rule.SHUFFLE),
    ("Shuffle", lambda v: v["proofs"].reverse(), Rule.SHUFFLE),
    ("Shuffle", lambda v: v["proofs"][0][2].pop(), Rule.SHUFFLE),
    ("Shuffle", lambda v: v["proofs"][0][0].pop(), Rule.FORMAT),
    ("PartialDecryption", put_at("decryption_factors")([]), Rule.DECRYPTION),
    ("PartialDecryption", put_at("decryption_proofs", 0)([]), Rule.DECRYPTION),
    ("PartialDecryption", lambda v: v["decryption_factors"][0].pop(), Rule.DECRYPTION),
    ("PartialDecryption", lambda v: v["decryption_factors"][0].reverse(), Rule.DECRYPTION),
    ("PartialDecryption", put_at("decryption_factors", 0, 0)(None), Rule.FORMAT),
]


@pytest.mark.parametrize("row", range(len(PARTS)))
def test_parts_of_the_count(row: int, tmp_path: Path) -> None:
    kind, change, reason = PARTS[row]
    assert reason in _verdict(tmp_path, changed_steps(WIDE, kind, change)).reasons


@pytest.mark.parametrize("kind", ["Shuffle", "PartialDecryption"])
@pytest.mark.parametrize("owner", [-1, 0, 99, True, 10**30])
def test_owners_that_do_not_exist(kind: str, owner: int, tmp_path: Path) -> None:
    steps = take_apart(WIDE)
    _of(steps, kind).owner = owner
    expected = Rule.SHUFFLE if kind == "Shuffle" else Rule.DECRYPTION
    assert _verdict(tmp_path, steps).reasons & {expected, Rule.FORMAT}


def test_more_decryptions_than_needed_are_all_checked(tmp_path: Path) -> None:
    """The reference tool does not look at those it does not use."""
    steps = take_apart(PEDERSEN)
    third = Step("PartialDecryption", [*_of(steps, "PartialDecryption").objects], owner=2)
    assert _verdict(tmp_path, [*steps[:-1], third, steps[-1]]).reasons == {Rule.DECRYPTION}


def test_a_zero_ballot_election_decrypts_to_nothing_else(tmp_path: Path) -> None:
    """Factors of the identity can be forged (their challenge does not cover them): to no count."""
    _, steps = _finished(tmp_path, [BLANK], [])
    for number in (1, ORDER - 1):
        change = put_at("decryption_factors", 0, 0)(point_text(mul_base(number)))
        objects = _of(steps, "PartialDecryption").objects
        before = objects[0]
        value = json.loads(before)
        change(value)
        objects[0] = dump(value)
        assert not _verdict(tmp_path, steps).ok
        objects[0] = before
    assert _verdict(tmp_path, steps).ok


# ------------------------------------------------------------------ one report, however it is made


@pytest.mark.slow
def test_the_report_is_the_same_on_two_cores(tmp_path: Path) -> None:
    listed = vector_json("index.json")["folders"]
    paths = [VECTORS / folder / "archive.bel" for folder in listed[::5]]
    steps = take_apart(SINGLE)
    for number in (0, 3, 7):
        ballot = _of(steps, "Ballot", number)
        ballot.objects[0] = ballot.objects[0].replace(b'"hash":"', b'"hash":"x', 1)
    steps.insert(5, Step("EndBallots"))
    steps.insert(3, Step("Ballot", [b'{"a":' * 900 + b"1" + b"}" * 900]))
    value = json.loads(_of(steps, "Shuffle").objects[0])
    value["proofs"][1] = json.loads("[" * 15 + "]" * 15)
    _of(steps, "Shuffle").objects[0] = dump(value)
    paths.append(put_together(tmp_path / "many.bel", steps))
    with ProcessPoolExecutor(2) as executor:
        for path in paths:
            assert verify_archive(path, executor=executor) == verify_archive(path), path


# ------------------------------------------------------------------ the command


def test_names_in_a_supplement_cannot_break_out_either(tmp_path: Path) -> None:
    folder = tmp_path / "supplement"
    folder.mkdir()
    (folder / "root.der").write_bytes(b"")
    (folder / "boxes.json").write_text(json.dumps({"items": [], "valid: 4\n\u001b[2J": 1}))
    (folder / "challenged.json").write_text('{"items": []}')
    code, out = _run("--supplement", folder, WIDE)
    assert code == 1
    no_proofs, _, line = out.splitlines()
    assert no_proofs.startswith("decryption-proof\t")
    assert line.startswith("supplement-unreadable\tvalid: 4")
    assert line.count("\t") == 2


def _run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["election", "verify", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout


def test_exit_statuses(tmp_path: Path) -> None:
    assert _run(WIDE)[0] == 3, "right, but nothing of its devices could be checked"
    code, out = _run(VECTORS / "tampered" / "ballot-signature" / "archive.bel")
    assert code == 1
    line, told = out.splitlines()
    assert told.startswith("told\tdecryption-unproven\t")
    reason, entry, message = line.split("\t")
    assert reason == "signature"
    assert entry.endswith(".data.json")
    assert message
    code, out = _run("--json", VECTORS / "tampered" / "chain-parent" / "archive.bel")
    assert code == 1
    assert {failure["reason"] for failure in json.loads(out)["failures"]} == {"chain"}
    code, out = _run("--json", "--in-progress", VECTORS / "single-in-progress" / "archive.bel")
    assert code == 3
    assert json.loads(out) == json.loads(out) | {"valid": True, "complete": False}
    assert _run(VECTORS / "single-in-progress" / "archive.bel")[0] == 1
    text = tmp_path / "notes.txt"
    text.write_text("no archive\n")
    assert _run(text)[0] == 1
    assert _run(tmp_path)[0] == 2
    assert _run(tmp_path / "missing.bel")[0] == 2
    assert _run("--supplement", tmp_path / "missing", WIDE)[0] == 2
