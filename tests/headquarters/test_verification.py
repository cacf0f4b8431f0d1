"""The verifier on published archives, valid and tampered, and on random damage."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.compact_json import dump
from crypto.group import BASE, ORDER, point_text
from headquarters.verification import Rule, VerificationReport, verify_archive
from tests.crypto.elections import VECTORS, vector_json
from tests.headquarters.archives import put_together, take_apart

FOLDERS = vector_json("index.json")["folders"]
WIDE = VECTORS / "single-wide" / "archive.bel"
WIDE_BYTES = WIDE.read_bytes()
WITH_FILES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@cache
def judged(folder: str) -> VerificationReport:
    """What the verifier says of a published archive; several tests ask for the same."""
    return verify_archive(VECTORS / folder / "archive.bel")


def test_every_published_archive_is_listed() -> None:
    found = {str(path.parent.relative_to(VECTORS)) for path in VECTORS.rglob("archive.bel")}
    assert found == set(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_published_verdicts(folder: str) -> None:
    expected = vector_json(f"{folder}/manifest.json")["expected"]
    path = VECTORS / folder / "archive.bel"
    report = judged(folder)
    assert report.ok == (expected["final"] == "accept"), report.failures
    if not report.ok:
        assert report.reasons & set(expected["reasons"]), report.failures
    if "in_progress" in expected:
        assert verify_archive(path, final=False).ok == (expected["in_progress"] == "accept")
    if "ballots" in expected:
        assert report.ballots == expected["ballots"]
    if "election_hash" in expected:
        assert report.fingerprint == expected["election_hash"]


@pytest.mark.parametrize(
    ("folder", "only"),
    [
        ("ballot-proof-blank", "ballot-proof"),
        ("ballot-proof-individual", "ballot-proof"),
        ("ballot-proof-overall", "ballot-proof"),
        ("ballot-proof-slot", "ballot-proof"),
        ("ballot-signature", "signature"),
        ("ballot-unknown-credential", "credential"),
        ("chain-parent", "chain"),
        ("decryption-factor", "decryption"),
        ("decryption-forged-weak-challenge", "encoding"),
        ("decryption-proof", "decryption"),
        ("result-code-altered", "result"),
        ("result-count-altered", "result"),
        ("shuffle-output-replaced", "shuffle"),
        ("shuffle-proof", "shuffle"),
        ("tally-count-altered", "tally"),
        ("tally-homomorphic-altered", "tally"),
        ("timestamp-differs", "format"),
        ("truncated-after-endshuffles", "incomplete"),
        ("trustee-proof", "setup"),
        ("wide-decryption-forged", "encoding"),
    ],
)
def test_nothing_else_is_blamed(folder: str, only: str) -> None:
    assert judged(f"tampered/{folder}").reasons == {Rule(only)}


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["single", "pedersen"])
def test_every_prefix_that_ends_after_an_event_is_valid_in_progress(
    folder: str, tmp_path: Path
) -> None:
    steps = take_apart(VECTORS / folder / "archive.bel")
    for count in range(1, len(steps) + 1):
        path = put_together(tmp_path / "prefix.bel", steps[:count])
        assert verify_archive(path, final=False).ok
        assert verify_archive(path).ok == (count == len(steps))


@pytest.mark.parametrize("length", [0, 1, 512, 1024])
def test_files_that_hold_no_setup(length: int, tmp_path: Path) -> None:
    path = tmp_path / "short.bel"
    path.write_bytes(WIDE_BYTES[:length])
    assert not verify_archive(path).ok
    assert not verify_archive(path, final=False).ok


def test_progress_reaches_the_end() -> None:
    seen: list[tuple[str, int, int]] = []
    verify_archive(WIDE, progress=lambda *told: seen.append(told))
    read = [told for told in seen if told[0] == "verify"]
    assert read == sorted(read)
    last = {step: (done, total) for step, done, total in seen}
    size = len(WIDE_BYTES)
    assert last == {"verify": (size, size), "shuffle": (2, 2), "decryption": (2, 2)}


@pytest.mark.slow
@pytest.mark.fuzz
@WITH_FILES
@given(st.integers(0, 8 * len(WIDE_BYTES) - 1))
def test_no_single_bit_of_an_archive_may_change(tmp_path: Path, bit: int) -> None:
    flipped = bytearray(WIDE_BYTES)
    flipped[bit // 8] ^= 1 << bit % 8
    path = tmp_path / "flipped.bel"
    path.write_bytes(flipped)
    assert not verify_archive(path).ok


@pytest.mark.fuzz
@WITH_FILES
@given(st.binary(max_size=3000))
def test_any_bytes_are_no_archive(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "random.bel"
    path.write_bytes(data)
    assert not verify_archive(path).ok
    path.write_bytes(WIDE_BYTES[:2560] + data)
    assert not verify_archive(path).ok


@pytest.mark.slow
@pytest.mark.fuzz
@pytest.mark.parametrize("folder", ["single-wide", "pedersen"])
@settings(WITH_FILES, max_examples=25)
@given(data=st.data())
def test_no_value_may_change_even_with_right_hashes(
    folder: str, tmp_path: Path, data: st.DataObject
) -> None:
    """Any value in any object, except an unused credential, is covered by some rule."""
    steps = take_apart(VECTORS / folder / "archive.bel")
    step = data.draw(st.sampled_from([step for step in steps if step.objects]))
    usable = step.objects[:2] if step.kind == "Setup" else step.objects
    index = data.draw(st.integers(0, len(usable) - 1))
    before = step.objects[index]
    step.objects[index] = dump(_altered(json.loads(before), data))
    assert step.objects[index] != before
    assert not verify_archive(put_together(tmp_path / "altered.bel", steps)).ok


def _altered(value: Any, data: st.DataObject) -> Any:
    """The value with one leaf changed, or one list shortened."""
    match value:
        case dict() if value:
            key = data.draw(st.sampled_from(sorted(value)))
            return {**value, key: _altered(value[key], data)}
        case list() if value:
            if data.draw(st.integers(0, 9)) == 0:
                return value[:-1]
            at = data.draw(st.integers(0, len(value) - 1))
            return [*value[:at], _altered(value[at], data), *value[at + 1 :]]
        case bool():
            return not value
        case int():
            return value + 1
        case str() if value.isdigit() and len(value) > 70 and len(value) != 64:
            return str((int(value) + 1) % ORDER)
        case str() if len(value) == 64 and value != point_text(BASE):
            return point_text(BASE)
        case str():
            return value + "."
        case _:
            return 0
