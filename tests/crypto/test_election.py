"""The election object."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.election import (
    HomomorphicQuestion,
    NonHomomorphicQuestion,
    make_election,
    new_uuid,
    parse_election,
    slot_integers,
    slot_question,
)
from crypto.errors import CryptoError, DecodeError, UnsupportedVersionError
from crypto.group import BASE
from tests.crypto.elections import FINISHED, VECTORS, vector_json

SINGLE = (VECTORS / "single" / "election.json").read_bytes()


@pytest.mark.parametrize("folder", FINISHED)
def test_published_elections(folder: str) -> None:
    text = (VECTORS / folder / "election.json").read_bytes().rstrip(b"\n")
    election = parse_election(text)
    if folder != "primitives":
        expected = vector_json(f"{folder}/manifest.json")["expected"]["election_hash"]
        assert election.fingerprint == expected
    rebuilt = make_election(
        name=election.name,
        description=election.description,
        public_key=election.public_key,
        questions=election.questions,
        uuid=election.uuid,
        administrator=election.administrator,
        credential_authority=election.credential_authority,
    )
    assert rebuilt.text == text


def test_questions_are_read() -> None:
    questions = parse_election(SINGLE).questions
    assert questions[0] == NonHomomorphicQuestion("خانه 1", ("hi", "lo"))
    last = questions[3]
    assert isinstance(last, HomomorphicQuestion)
    assert (last.blank, last.minimum, last.maximum, last.width) == (True, 1, 2, 5)
    assert last.answers[3] == 'Candidate "4" / \\'


def test_slots_of_the_project() -> None:
    question = slot_question("s")
    assert question.width == 30
    assert question.answers[-2:] == ("hi", "lo")
    assert slot_integers(4097) == (0,) * 28 + (16, 1)
    for code in (-1, 65536):
        with pytest.raises(DecodeError):
            slot_integers(code)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (b'"version":1', b'"version":2', UnsupportedVersionError),
        (b'"Ed25519"', b'"RFC-3526-2048"', UnsupportedVersionError),
        (b'"NonHomomorphic"', b'"Lists"', UnsupportedVersionError),
        (b'"blank":true', b'"blank":false', DecodeError),
        (b'"min":1', b'"min":3', DecodeError),
        (b'"max":2', b'"max":9', DecodeError),
        (b'"hi"', b"1", DecodeError),
        (b'["hi","lo"]', b"[]", DecodeError),
        (b'"uuid":"L', b'"uuid":"0', DecodeError),
        (b'{"version":1,', b'{"version":1,"version":1,', DecodeError),
        (b'"description":"single: 2 trustees",', b"", DecodeError),
    ],
)
def test_other_elections_are_refused(old: bytes, new: bytes, error: type[CryptoError]) -> None:
    assert old in SINGLE
    with pytest.raises(error):
        parse_election(SINGLE.replace(old, new))


@pytest.mark.fuzz
@given(st.integers(0, len(SINGLE) - 1), st.binary(max_size=3))
def test_mutated_elections_raise_crypto_errors_only(at: int, replacement: bytes) -> None:
    try:
        parse_election(SINGLE[:at] + replacement + SINGLE[at + 1 :])
    except CryptoError:
        return


def test_uuids_are_accepted_and_differ() -> None:
    first, second = new_uuid(), new_uuid()
    assert first != second
    made = make_election(
        name="", description="", public_key=BASE, questions=[slot_question("s")], uuid=first
    )
    assert made.uuid == first
