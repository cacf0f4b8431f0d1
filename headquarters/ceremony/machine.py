"""Which step is due for a trustee, and doing it: pure functions over board, journal and secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from crypto.compact_json import dump
from crypto.errors import CryptoError
from crypto.group import Draw, mul_base
from crypto.threshold.certificates import make_certificate
from crypto.threshold.dealing import check_own, collect_input, deal
from crypto.threshold.messages import SignedMessage, StepRefused
from crypto.threshold.shares import (
    VerificationKey,
    compute_share,
    open_decryption_key,
    parse_share,
)
from headquarters.ceremony.board import Board
from headquarters.ceremony.definition import Ceremony, Mode, Step, file_name
from headquarters.ceremony.errors import CeremonyError
from headquarters.ceremony.examination import Examination
from headquarters.ceremony.journal import Journal
from headquarters.ceremony.secret import OwnSecret
from headquarters.ceremony.statements import commitment_text, confirmation_text
from headquarters.ceremony.transcript import statement_of
from words.message import m


@dataclass(frozen=True, slots=True)
class Due:
    """The trustee's turn."""

    step: Step


@dataclass(frozen=True, slots=True)
class Waiting:
    """Others have to do this step first."""

    step: Step
    trustees: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """Everybody has done everything."""


Turn: TypeAlias = Due | Waiting | Finished


def next_turn(board: Board, journal: Journal) -> Turn:
    """What the trustee can do with this board. Released files must be on it (see `lost`)."""
    before: Step | None = None
    for step in board.ceremony.steps:
        if before is not None and (missing := board.missing(before)):
            return Waiting(before, missing)
        if step not in journal.released:
            if board.get(step, journal.trustee) is not None:
                raise CeremonyError(
                    "place",
                    m(
                        "was not made with your secret: restore the last copy of your folder, or, if "
                        "somebody else has this place, begin with a new folder"
                    ),
                    file_name(step, journal.trustee),
                )
            return Due(step)
        before = step
    last = board.missing(Step.CONFIRMATION)
    return Waiting(Step.CONFIRMATION, last) if last else Finished()


def lost(board: Board, journal: Journal, found: Examination) -> tuple[Step, ...]:
    """The trustee's released files that are missing on the board, or do not hold there.

    Raises CeremonyError (`place`) for a file that holds and is not the trustee's own.
    """
    steps = []
    for step in board.ceremony.steps:
        if step not in journal.released:
            continue
        name = file_name(step, journal.trustee)
        content = board.get(step, journal.trustee)
        if content == journal.made[step]:
            continue
        if content is None or name not in found.sound:
            steps.append(step)
        else:
            raise CeremonyError(
                "place",
                m(
                    "is not the file you made: find out who wrote it; if nobody else has your place, "
                    "delete it from the stick and repeat the command"
                ),
                name,
            )
    return tuple(steps)


def do_step(
    board: Board, found: Examination, journal: Journal, secret: OwnSecret, step: Step, draw: Draw
) -> Journal:
    """The journal after the step; the step's file is in it, and is released.

    A step done before gives the same file. Raises CeremonyError.
    """
    found.demand()
    journal.check_unchanged(board)
    if step in journal.made:
        return journal.releasing(step, board)
    try:
        made = _make(board, found, journal.trustee, secret, step, draw)
    except StepRefused as error:
        dealer = journal.trustee if error.trustee is None else error.trustee
        name = file_name(Step.POLYNOMIAL if step is Step.SHARE else step, dealer)
        raise CeremonyError(error.reason, str(error), name) from error
    except CryptoError as error:
        raise CeremonyError("format", str(error)) from error
    return journal.with_made(made).releasing(step, board)


def _make(
    board: Board, found: Examination, index: int, secret: OwnSecret, step: Step, draw: Draw
) -> dict[Step, bytes]:
    ceremony = board.ceremony
    match step:
        case Step.CERTIFICATE:
            return {step: make_certificate(secret.seed, ceremony.place(index), draw).text}
        case Step.COMMITMENT:
            committed = _committed(ceremony, found, index, secret, draw)
            certificates = board.all_of(Step.CERTIFICATE)
            message = commitment_text(ceremony, index, certificates, committed)
            return {
                ceremony.committed: committed,
                step: SignedMessage.make(secret.seed, message, draw).text,
            }
        case Step.SHARE:
            if found.certificates is None or found.dealings is None:
                raise _incomplete()
            dealt = collect_input(index, found.dealings)
            return {step: compute_share(secret.seed, index, found.certificates, dealt, draw).text}
        case Step.CONFIRMATION:
            if found.trustees is None:
                raise _incomplete()
            _check_own_key(board, found, index, secret)
            statement = statement_of(board, found.trustees)
            message = confirmation_text(ceremony, index, statement)
            return {step: SignedMessage.make(secret.seed, message, draw).text}
        case Step.POLYNOMIAL | Step.KEY:
            raise CeremonyError("secret", m("the committed file is missing; restore your copy"))
    assert_never(step)


def _committed(
    ceremony: Ceremony, found: Examination, index: int, secret: OwnSecret, draw: Draw
) -> bytes:
    if found.certificates is None:
        raise _incomplete()
    if ceremony.mode is Mode.THRESHOLD:
        return deal(secret.seed, index, found.certificates, draw).text
    check_own(secret.seed, index, found.certificates)
    if secret.private_key is None:
        raise CeremonyError("secret", m("the secret holds no single key; restore your copy"))
    return dump(VerificationKey.make(secret.seed, secret.private_key, draw).as_json())


def _check_own_key(board: Board, found: Examination, index: int, secret: OwnSecret) -> None:
    """The trustee's own key is in the result, and the trustee can use it."""
    if found.trustees is None:
        raise _incomplete()
    if board.ceremony.mode is Mode.SINGLE:
        key = secret.private_key
    else:
        share = parse_share(board.files[Step.SHARE, index])
        key = open_decryption_key(secret.seed, share.private_key)
    if key is None or mul_base(key) != found.trustees.owners[index].public_key:
        raise CeremonyError("keys", m("your key is not among the trustees' keys"))


def _incomplete() -> CeremonyError:
    return CeremonyError("incomplete", m("the steps before this one are not finished"))
