"""What needs no secret: making a ceremony, seeing where it is, ending it, and anybody's check."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crypto.trustees import Trustees
from election.because import because
from headquarters.ceremony.board import (
    TRANSCRIPT_FILE,
    TRUSTEES_FILE,
    Board,
    read_board,
    write_file,
)
from headquarters.ceremony.definition import DEFINITION_FILE, Ceremony, Step
from headquarters.ceremony.errors import CeremonyError
from headquarters.ceremony.examination import Examination, Told, examine, quiet
from headquarters.ceremony.statements import certificate_fingerprint
from headquarters.ceremony.transcript import statement_of, transcript_of
from headquarters.ceremony.trustee import key_fingerprint
from words.message import Latin, m


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a ceremony is."""

    ceremony: Ceremony
    done: dict[int, tuple[Step, ...]]
    """Steps by trustee."""
    fingerprints: dict[int, str]
    """Of the certificates that are there."""
    step: Step | None
    """What is to be done next; None if everybody has done everything."""
    missing: tuple[int, ...]
    """Whose turn it is."""
    refused: tuple[CeremonyError, ...]
    key: str | None
    """Fingerprint of the election key, once it is known."""


@dataclass(frozen=True, slots=True)
class Result:
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


def standing(stick: Path, told: Told = quiet) -> Standing:
    """Raises CeremonyError for a stick without a readable ceremony."""
    board = read_board(stick)
    ceremony = board.ceremony
    found = examine(board, told)
    step = next((each for each in ceremony.steps if board.missing(each)), None)
    return Standing(
        ceremony,
        {
            i: tuple(each for each in ceremony.steps if board.get(each, i) is not None)
            for i in ceremony.indices
        },
        {
            i: certificate_fingerprint(ceremony, i, content)
            for i in ceremony.indices
            if (content := board.get(Step.CERTIFICATE, i)) is not None
        },
        step,
        () if step is None else board.missing(step),
        found.refused,
        key_fingerprint(found),
    )


def finish_ceremony(stick: Path, told: Told = quiet) -> Result:
    """Check everything and write trustees.json and transcript.json to the stick.

    Repeating it writes the same. Raises CeremonyError.
    """
    board = read_board(stick)
    result = _result(board, examine(board, told).demand())
    write_file(stick / TRUSTEES_FILE, result.trustees.text)
    write_file(stick / TRANSCRIPT_FILE, result.transcript)
    return result


def check_ceremony(
    stick: Path, published: bytes | None = None, told: Told = quiet
) -> tuple[Result | None, tuple[CeremonyError, ...]]:
    """Anybody's check of a finished ceremony: the result, and every reason to refuse it.

    published: trustees.json as an election uses it, if that is to be compared. Raises
    CeremonyError for a stick without a readable ceremony.
    """
    board = read_board(stick)
    found = examine(board, told)
    refused = list(found.refused)
    try:
        result = _result(board, found)
    except CeremonyError as error:
        return None, (*refused, *([] if refused else [error]))
    for name, there, expected in (
        (TRUSTEES_FILE, board.trustees, result.trustees.text),
        (TRANSCRIPT_FILE, board.transcript, result.transcript),
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


def _result(board: Board, found: Examination) -> Result:
    key = key_fingerprint(found)
    if found.trustees is None or found.confirmations is None or key is None:
        step = next((each for each in board.ceremony.steps if board.missing(each)), None)
        if step is None:
            found.demand()
            raise CeremonyError("incomplete", m("not finished"))
        whose = ", ".join(map(str, board.missing(step)))
        raise CeremonyError(
            "incomplete",
            m("not finished: {step} of trustee {whose} is missing", step=Latin(step), whose=whose),
        )
    statement = statement_of(board, found.trustees)
    return Result(
        board.ceremony, found.trustees, transcript_of(statement, found.confirmations), key
    )
