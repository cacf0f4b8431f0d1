"""Make a ceremony, show its state, end it, and check it when finished. Needs no secret."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crypto.trustees import Trustees
from election.because import because
from headquarters.ceremony.ceremony_files import (
    TRANSCRIPT_FILE,
    TRUSTEES_FILE,
    CeremonyFiles,
    read_ceremony_files,
    write_file,
)
from headquarters.ceremony.definition import DEFINITION_FILE, Ceremony, CeremonyStep
from headquarters.ceremony.errors import CeremonyError
from headquarters.ceremony.statements import certificate_fingerprint
from headquarters.ceremony.transcript import statement_of, transcript_of
from headquarters.ceremony.trustee import key_fingerprint
from headquarters.ceremony.validation import Validation, validate_files
from headquarters.progress import ProgressCallback, no_progress
from words.message import Latin, m


@dataclass(frozen=True, slots=True)
class CeremonyStatus:
    """The state of a ceremony: who has done which step, and what is refused."""

    ceremony: Ceremony
    done: dict[int, tuple[CeremonyStep, ...]]
    """Steps by trustee."""
    fingerprints: dict[int, str]
    """Of the certificates that are there."""
    step: CeremonyStep | None
    """What is to be done next; None if everybody has done everything."""
    missing: tuple[int, ...]
    """Whose turn it is."""
    refused: tuple[CeremonyError, ...]
    key: str | None
    """Fingerprint of the election key, once it is known."""


@dataclass(frozen=True, slots=True)
class CeremonyResult:
    """A finished ceremony, checked."""

    ceremony: Ceremony
    trustees: Trustees
    transcript: bytes
    key: str
    """Fingerprint of the election key."""


def begin_ceremony(stick: Path, ceremony: Ceremony) -> None:
    """Write ceremony.json to a folder that holds no ceremony yet. Raises CeremonyError."""
    try:
        stick.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CeremonyError(
            "stick", m("{stick} cannot be made: {reason}", stick=stick, reason=because(error))
        ) from error
    if any((stick / name).exists() for name in (DEFINITION_FILE, TRUSTEES_FILE, TRANSCRIPT_FILE)):
        raise CeremonyError(
            "stick", m("a ceremony is in {stick} already; take an empty folder", stick=stick)
        )
    write_file(stick / DEFINITION_FILE, ceremony.text)


def standing(stick: Path, progress: ProgressCallback = no_progress) -> CeremonyStatus:
    """Read the state of a ceremony. Raises CeremonyError for a USB drive without a readable ceremony."""
    ceremony_files = read_ceremony_files(stick)
    ceremony = ceremony_files.ceremony
    found = validate_files(ceremony_files, progress)
    step = ceremony_files.due
    return CeremonyStatus(
        ceremony,
        {
            i: tuple(step for step in ceremony.steps if ceremony_files.get(step, i) is not None)
            for i in ceremony.indices
        },
        {
            i: certificate_fingerprint(ceremony, i, content)
            for i in ceremony.indices
            if (content := ceremony_files.get(CeremonyStep.CERTIFICATE, i)) is not None
        },
        step,
        () if step is None else ceremony_files.missing(step),
        found.refused,
        key_fingerprint(found),
    )


def finish_ceremony(stick: Path, progress: ProgressCallback = no_progress) -> CeremonyResult:
    """Check everything and write trustees.json and transcript.json to the USB drive.

    Repeating it writes the same. Raises CeremonyError.
    """
    ceremony_files = read_ceremony_files(stick)
    result = _result(ceremony_files, validate_files(ceremony_files, progress).demand())
    write_file(stick / TRUSTEES_FILE, result.trustees.text)
    write_file(stick / TRANSCRIPT_FILE, result.transcript)
    return result


def check_ceremony(
    stick: Path, published: bytes | None = None, progress: ProgressCallback = no_progress
) -> tuple[CeremonyResult | None, tuple[CeremonyError, ...]]:
    """Check a finished ceremony; return the result, and every reason to refuse it. Needs no secret."""
    ceremony_files = read_ceremony_files(stick)
    found = validate_files(ceremony_files, progress)
    refused = list(found.refused)
    try:
        result = _result(ceremony_files, found)
    except CeremonyError as error:
        return None, (*refused, *([] if refused else [error]))
    for name, there, expected in (
        (TRUSTEES_FILE, ceremony_files.trustees, result.trustees.text),
        (TRANSCRIPT_FILE, ceremony_files.transcript, result.transcript),
    ):
        if there is None:
            refused.append(CeremonyError("incomplete", m("is missing; finish the ceremony"), name))
        elif there != expected:
            refused.append(CeremonyError("transcript", m("does not follow from the files"), name))
    if published is not None and published.rstrip(b"\n") != result.trustees.text:
        refused.append(
            CeremonyError("trustees", m("the published trustees are not those of this ceremony"))
        )
    return result, tuple(refused)


def _result(ceremony_files: CeremonyFiles, found: Validation) -> CeremonyResult:
    key = key_fingerprint(found)
    if found.trustees is None or found.confirmations is None or key is None:
        if (step := ceremony_files.due) is None:
            found.demand()
            raise CeremonyError("incomplete", m("not finished"))
        whose = ", ".join(map(str, ceremony_files.missing(step)))
        raise CeremonyError(
            "incomplete",
            m("not finished: {step} of trustee {whose} is missing", step=Latin(step), whose=whose),
        )
    statement = statement_of(ceremony_files, found.trustees)
    return CeremonyResult(
        ceremony_files.ceremony, found.trustees, transcript_of(statement, found.confirmations), key
    )
