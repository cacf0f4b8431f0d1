"""No whole-file limit, and no bound beyond the reach of the changed trees, can move by one unseen.

Readers of bytes get a short text that says it is longer, readers of files a sparse file of the size:
one byte too many is refused for its size, and one byte less for what is in it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crypto import canonical
from crypto.certificates import read_subject
from crypto.errors import DecodeError
from crypto.strict_json import read_json
from election.bundle import form as bundle_form
from election.challenge import TicketError, read_ticket
from election.definition import BranchId
from election.enrolment import EnrolmentError, read_request
from election.envelope import EnvelopeFormat, EnvelopeRefusedError, read_envelope
from election.package.envelope import form as package_form
from election.reasons import EnrolmentReason, EnvelopeReason
from election.schema import DocumentForm, SchemaError, from_json, from_plain
from election.token import check
from headquarters import archive_index
from headquarters.candidate_files import read_lists
from headquarters.ceremony import ceremony_files
from headquarters.ceremony.errors import CeremonyError
from headquarters.decisions import DecisionList, DecisionSignature, read_decisions
from headquarters.election_config import read_plan
from headquarters.exclusion import Handles
from headquarters.portraits import read_portrait
from headquarters.reconciliation import read_persons
from headquarters.result_file import read_votes
from headquarters.supplement_files import read_challenged
from headquarters.tally.decryption_proofs import proofs_path, read_proofs
from headquarters.workspace import FolderError, read_brought_file, read_file
from tests.golden.day import world
from words.errors import MessageError

NOW = datetime(2026, 6, 14, tzinfo=UTC)
MIB = 1 << 20


class Long(bytes):
    """Bytes that say they are longer than they are."""

    size: int

    def __new__(cls, size: int) -> Long:
        made = super().__new__(cls, b"x")
        made.size = size
        return made

    def __len__(self) -> int:
        return self.size


def said(read: Callable[[], object]) -> str:
    """What a reader says to a content that it refuses, and what that came from."""
    with pytest.raises((MessageError, DecodeError, OSError)) as refused:
        read()
    return f"{refused.value} {refused.value.__cause__}"


def token(data: bytes) -> object:
    return check(data, world().election, BranchId("branch-1"), NOW)


TOLD: dict[str, tuple[int, Callable[[bytes], object]]] = {
    "canonical CBOR": (64 * MIB, canonical.decode),
    "strict JSON": (1 << 30, read_json),
    "a document in JSON": (64 * MIB, lambda data: from_json(Handles, data)),
    "decisions": (64 * MIB, read_decisions),
    "challenged ballots": (1 << 30, read_challenged),
    "a token": (1_200, token),
}
"""Readers that name their limit."""


@pytest.mark.parametrize("name", TOLD)
def test_a_reader_that_names_its_limit(name: str) -> None:
    limit, read = TOLD[name]
    words = f"{limit + 1} bytes are more than the {limit} allowed here"
    assert words in said(lambda: read(Long(limit + 1)))


SILENT: dict[str, tuple[int, str, Callable[[bytes], object]]] = {
    "a certificate": (8192, "too large", read_subject),
    "a result": (64 * MIB, "too large", read_votes),
    "a plan": (4 * MIB, "larger than", read_plan),
    "a table of lists": (8 * MIB, "larger than", read_lists),
    "national numbers": (256 * MIB, "too large", lambda data: read_persons(data, "voted")),
}


@pytest.mark.parametrize("name", SILENT)
def test_a_reader_that_does_not(name: str) -> None:
    limit, words, read = SILENT[name]
    assert words in said(lambda: read(Long(limit + 1)))
    assert words not in said(lambda: read(Long(limit)))


def test_a_ticket_has_at_most_20_000_characters() -> None:
    election = world().encrypted
    for length, words in ((20_000, "not a challenge ticket"), (20_001, "too long")):
        with pytest.raises(TicketError, match=words):
            read_ticket(election, "x" * length)


@pytest.mark.parametrize("form", [package_form(), bundle_form()], ids=lambda form: form.name)
def test_an_envelope(form: EnvelopeFormat) -> None:
    reasons = {}
    for size in (64 * MIB, 64 * MIB + 1):
        with pytest.raises(EnvelopeRefusedError) as refused:
            read_envelope(form, bytes(size))
        reasons[size] = refused.value.reason
    assert list(reasons.values()) == [EnvelopeReason.FORMAT, EnvelopeReason.TOO_LARGE]


def test_a_request_to_be_enrolled() -> None:
    for size, reason in ((16384, EnrolmentReason.FORMAT), (16385, EnrolmentReason.TOO_LARGE)):
        with pytest.raises(EnrolmentError) as refused:
            read_request(Long(size))
        assert refused.value.reason is reason


# ---------------------------------------------------------------- files


def sparse(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.truncate(size)
    return path


FILES: dict[str, tuple[int, str, Callable[[Path], object]]] = {
    "a file of headquarters": (256 * MIB, "package.amin", read_file),
    "a file that was brought": (256 * MIB, "a.bundle", read_brought_file),
    "a file of a ceremony": (MIB, "share-1.json", ceremony_files.read_file),
    "a portrait": (32 * MIB, "r1.jpg", read_portrait),
    "an index": (64 * MIB, "index.json", archive_index.verify_index),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_more_bytes_than_its_limit(name: str, tmp_path: Path) -> None:
    limit, file, read = FILES[name]
    path = sparse(tmp_path / file, limit + 1)
    words = f"has {limit + 1} bytes, more than the {limit} allowed here"
    with pytest.raises((FolderError, CeremonyError, MessageError, OSError), match=words):
        read(path)


def test_decryption_proofs(tmp_path: Path) -> None:
    archive = tmp_path / "election.bel"
    sparse(proofs_path(archive), MIB + 1)
    with pytest.raises(OSError, match=f"more than the {MIB} allowed here"):
        read_proofs(archive)


# ---------------------------------------------------------------- members of documents


def problem(document: type[object], plain: dict[str, object]) -> str:
    with pytest.raises(SchemaError) as refused:
        from_plain(document, plain, DocumentForm.JSON)  # type: ignore[arg-type]
    return str(refused.value)


def test_decisions_are_a_million_at_most() -> None:
    """The number of items is looked at after the first of them, so a list of nulls tells both sides."""
    head: dict[str, object] = {"format": "amin-provisional-decisions", "version": 3}
    head |= {"election": "uuid", "fingerprint": "φ", "undecided": "refuse", "lot": None, "read": []}
    assert "more than 1,000,000 items" in problem(
        DecisionList, {**head, "decisions": [None] * 1_000_001}
    )
    assert "decisions.0" in problem(DecisionList, {**head, "decisions": [None] * 1_000_000})
    assert "more than 1,000,000 items" in problem(
        DecisionList, {**head, "read": [None] * 1_000_001, "decisions": []}
    )
    assert "read.0" in problem(DecisionList, {**head, "read": [None] * 1_000_000, "decisions": []})


def test_a_certificate_in_decisions_has_at_most_15_000_bytes() -> None:
    head: dict[str, object] = {"role": "supervision-observer", "signature": ""}
    assert "certificate: more than 15,000 bytes" in problem(
        DecisionSignature, {**head, "certificate": "AAAA" * 5000 + "AA=="}
    )
    assert "signature" in problem(DecisionSignature, {**head, "certificate": "AAAA" * 5000})
