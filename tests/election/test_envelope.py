"""The file around signed documents: nothing of it is decoded, or large, before it is verified."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical
from crypto.hybrid import SIGNATURE_SIZE, HybridKey
from election.definition import Role
from election.envelope import (
    MAX_SIGNERS,
    EnvelopeFormat,
    EnvelopeRefusedError,
    read_envelope,
    write_envelope,
)
from election.reasons import EnvelopeReason, SignatureReason
from election.signed import SignatureRefusedError
from tests.election.samples import BRANCH, NOW, sample

SAMPLE = sample()
FORM = EnvelopeFormat("amin-test", 7, "amin test", 1 << 20)
CONTENT = b"\xff is no CBOR and is never decoded here"
ROLES = ({Role.OFFICER}, {Role.SUPERVISOR})
KEYS = HybridKey.generate(), HybridKey.generate()
SIGNERS = [
    (key, SAMPLE.issue(role, key, role, BRANCH))
    for key, role in zip(KEYS, (Role.OFFICER, Role.SUPERVISOR), strict=True)
]
DATA = write_envelope(FORM, CONTENT, SIGNERS)


def parts() -> dict[str, canonical.CanonicalValue]:
    value = canonical.decode(DATA)
    assert isinstance(value, dict)
    return value


def refused(data: bytes, form: EnvelopeFormat = FORM) -> EnvelopeReason:
    with pytest.raises(EnvelopeRefusedError) as refusal:
        read_envelope(form, data)
    return refusal.value.reason


def test_round_trip() -> None:
    opened = read_envelope(FORM, DATA).open(ROLES, SAMPLE.root, NOW, branch=BRANCH)
    assert opened.content == CONTENT
    assert [signer.role for signer in opened.signers] == [Role.OFFICER, Role.SUPERVISOR]


def test_the_content_is_not_to_be_had_before_it_is_verified() -> None:
    envelope = read_envelope(FORM, DATA)
    public = [name for name in dir(envelope) if not name.startswith("_")]
    assert public == ["form", "open", "reopen", "signatures"]
    root = Path(__file__).parents[2]
    rooms = ("election", "headquarters", "registry", "kiosk", "commands", "drivers", "ui")
    found = {
        str(path.relative_to(root))
        for room in rooms
        for path in (root / room).rglob("*.py")
        if ".reopen()" in path.read_text("utf-8")
    }
    # What the sealed journal of an import says was verified before, a rescue that is kept here when it was
    # made; and nobody else.
    assert found == {"election/bundle.py", "election/rescue.py"}
    with pytest.raises(SignatureRefusedError):
        envelope.open(ROLES[::-1], SAMPLE.root, NOW)


@pytest.mark.slow
@pytest.mark.fuzz
def test_every_part_is_signed() -> None:
    """Any change is refused, and no other spelling is the same envelope."""
    for place in range(0, len(DATA), 29):
        changed = bytearray(DATA)
        changed[place] ^= 1 + place % 255
        with pytest.raises((EnvelopeRefusedError, SignatureRefusedError)):
            read_envelope(FORM, bytes(changed)).open(ROLES, SAMPLE.root, NOW)
    for data in (DATA[:-1], DATA + b"\0", b"", DATA * 2):
        assert refused(data) is EnvelopeReason.FORMAT


def test_signers_belong_to_what_is_signed() -> None:
    """Each signs with whom: none of them can be taken away or exchanged."""
    signatures = [signature.value for signature in read_envelope(FORM, DATA).signatures]
    (one, other), (first, second) = (der for _, der in SIGNERS), signatures
    again = SAMPLE.issue("again", KEYS[0], Role.OFFICER, BRANCH)
    for certificates, signatures, roles in (
        ([one], [first], ROLES[:1]),
        ([other], [second], ROLES[1:]),
        ([other, one], [second, first], ROLES[::-1]),
        ([again, other], [first, second], ROLES),
    ):
        data = canonical.encode({**parts(), "certificates": certificates, "signatures": signatures})
        with pytest.raises(SignatureRefusedError) as refusal:
            read_envelope(FORM, data).open(roles, SAMPLE.root, NOW)
        assert refusal.value.reason is SignatureReason.SIGNATURE


def test_another_format_is_another_document() -> None:
    """Neither name, version nor context can be exchanged for those of another format."""
    for form, reason in (
        (EnvelopeFormat("amin-other", 7, "amin test"), EnvelopeReason.FORMAT),
        (EnvelopeFormat("amin-test", 8, "amin test"), EnvelopeReason.VERSION),
        (EnvelopeFormat("amin-test", 7, "amin test", len(DATA) - 1), EnvelopeReason.TOO_LARGE),
    ):
        assert refused(DATA, form) is reason
    for name, version, context in (
        ("amin-other", 7, "amin test"),
        ("amin-test", 8, "amin test"),
        ("amin-test", 7, "amin other"),
    ):
        data = canonical.encode({**parts(), "format": name, "version": version})
        with pytest.raises(SignatureRefusedError) as refusal:
            read_envelope(EnvelopeFormat(name, version, context), data).open(
                ROLES, SAMPLE.root, NOW
            )
        assert refusal.value.reason is SignatureReason.SIGNATURE


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "text"},
        {"content": [b"x"]},
        {"content": None},
        {"certificates": []},
        {"certificates": b"x"},
        {"certificates": [b"x"]},
        {"certificates": [b"x", "y"]},
        {"certificates": [b"x", bytes(8193)]},
        {"signatures": []},
        {"signatures": None},
        {"signatures": [b"x", bytes(SIGNATURE_SIZE + 1)]},
        {"certificates": [], "signatures": []},
        {"certificates": [b"x"] * (MAX_SIGNERS + 1), "signatures": [b"x"] * (MAX_SIGNERS + 1)},
        {"more": 1},
        {"format": b"amin-test"},
        {"format": None},
    ],
)
def test_other_forms(changes: dict[str, canonical.CanonicalValue]) -> None:
    assert refused(canonical.encode({**parts(), **changes})) is EnvelopeReason.FORMAT


@pytest.mark.parametrize("version", [6, 8, True, None, "7", b"\x07", -7])
def test_other_versions(version: canonical.CanonicalValue) -> None:
    assert refused(canonical.encode({**parts(), "version": version})) is EnvelopeReason.VERSION


def test_missing_parts() -> None:
    for name in parts():
        less = {key: value for key, value in parts().items() if key != name}
        expected = EnvelopeReason.VERSION if name == "version" else EnvelopeReason.FORMAT
        assert refused(canonical.encode(less)) is expected


@pytest.mark.fuzz
@given(st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    assert refused(data) is EnvelopeReason.FORMAT


@pytest.mark.parametrize(
    "data",
    [
        b"\x9a\x00\x0f\xff\x00" + b"\x80" * 0x0FFF00,
        b"\xa1\x60\x9a\x00\x0f\xff\x00" + b"\x80" * 0x0FFF00,
        b"\x9b" + b"\xff" * 8,
        b"\x81" * 1_000_000,
        b"\x5b" + b"\xff" * 8,
        b"\x9f" + b"\x80" * 1_000_000,
    ],
)
def test_a_file_asks_for_no_more_memory_than_it_has(data: bytes) -> None:
    """A list of a million empty lists would take a hundred times the file."""
    tracemalloc.start()
    try:
        assert refused(data) is EnvelopeReason.FORMAT
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 100_000


def test_the_largest_envelope_is_read() -> None:
    """As many signers as there may be."""
    keys = [HybridKey.generate() for _ in range(MAX_SIGNERS)]
    signers = [(key, SAMPLE.issue("x", key, Role.OFFICER, BRANCH)) for key in keys]
    roles = [{Role.OFFICER}] * MAX_SIGNERS
    opened = read_envelope(FORM, write_envelope(FORM, b"", signers)).open(roles, SAMPLE.root, NOW)
    assert (opened.content, len(opened.signers)) == (b"", MAX_SIGNERS)


def test_what_nobody_would_read_is_not_written() -> None:
    with pytest.raises(EnvelopeRefusedError) as refusal:
        write_envelope(FORM, bytes(FORM.max_size), SIGNERS)
    assert refusal.value.reason is EnvelopeReason.TOO_LARGE
    for signers in ([], [SIGNERS[0]] * (MAX_SIGNERS + 1), [(KEYS[0], bytes(8193))]):
        with pytest.raises(ValueError, match=r"signers|certificate"):
            write_envelope(FORM, CONTENT, signers)
