"""Find the step that is due for a trustee, and do it: pure functions over files, journal and secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from crypto.compact_json import dump
from crypto.errors import CryptoError
from crypto.group import ScalarSource, mul_base
from crypto.threshold.certificates import make_certificate
from crypto.threshold.dealing import check_own, collect_input, deal
from crypto.threshold.messages import SignedMessage, StepRefusedError
from crypto.threshold.shares import (
    VerificationKey,
    compute_share,
    open_decryption_key,
    parse_share,
)
from election.because import because
from headquarters.ceremony.ceremony_files import CeremonyFiles
from headquarters.ceremony.definition import Ceremony, CeremonyStep, TrusteeMode, file_name
from headquarters.ceremony.errors import CeremonyError
from headquarters.ceremony.journal import Journal
from headquarters.ceremony.secret import OwnSecret
from headquarters.ceremony.statements import commitment_text, confirmation_text
from headquarters.ceremony.transcript import statement_of
from headquarters.ceremony.validation import Validation
from words.message import m


@dataclass(frozen=True, slots=True)
class Due:
    """The trustee's turn."""

    step: CeremonyStep


@dataclass(frozen=True, slots=True)
class Waiting:
    """Others have to do this step first."""

    step: CeremonyStep
    trustees: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """The ceremony's end: every trustee has done every step."""


TrusteeTurn: TypeAlias = Due | Waiting | Finished


def next_turn(ceremony_files: CeremonyFiles, journal: Journal) -> TrusteeTurn:
    """Return what the trustee can do with these files. Released ones must be there (see `lost`)."""
    before: CeremonyStep | None = None
    for step in ceremony_files.ceremony.steps:
        if before is not None and (missing := ceremony_files.missing(before)):
            return Waiting(before, missing)
        if step not in journal.released:
            if ceremony_files.get(step, journal.trustee) is not None:
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
    last = ceremony_files.missing(CeremonyStep.CONFIRMATION)
    return Waiting(CeremonyStep.CONFIRMATION, last) if last else Finished()


def lost(
    ceremony_files: CeremonyFiles, journal: Journal, found: Validation
) -> tuple[CeremonyStep, ...]:
    """Return the steps whose released file is missing on the USB drive, or does not hold there.

    Raises CeremonyError (`place`) for a file that holds and is not the trustee's own.
    """
    steps = []
    for step in ceremony_files.ceremony.steps:
        if step not in journal.released:
            continue
        name = file_name(step, journal.trustee)
        content = ceremony_files.get(step, journal.trustee)
        if content == journal.made[step]:
            continue
        if content is None or name not in found.sound:
            steps.append(step)
        else:
            raise CeremonyError(
                "place",
                m(
                    "is not the file you made: find out who wrote it; if nobody else has your place, "
                    "delete it from the USB drive and repeat the command"
                ),
                name,
            )
    return tuple(steps)


def do_step(
    ceremony_files: CeremonyFiles,
    found: Validation,
    journal: Journal,
    secret: OwnSecret,
    step: CeremonyStep,
    draw: ScalarSource,
) -> Journal:
    """Do a step; return the journal with the step's file in it, released.

    A step done before gives the same file. Raises CeremonyError.
    """
    found.demand()
    journal.check_unchanged(ceremony_files)
    if step in journal.made:
        return journal.releasing(step, ceremony_files)
    try:
        made = _make(ceremony_files, found, journal.trustee, secret, step, draw)
    except StepRefusedError as error:
        dealer = journal.trustee if error.trustee is None else error.trustee
        name = file_name(CeremonyStep.POLYNOMIAL if step is CeremonyStep.SHARE else step, dealer)
        raise CeremonyError(error.reason, because(error), name) from error
    except CryptoError as error:
        raise CeremonyError("format", because(error)) from error
    return journal.with_made(made).releasing(step, ceremony_files)


def _make(
    ceremony_files: CeremonyFiles,
    found: Validation,
    index: int,
    secret: OwnSecret,
    step: CeremonyStep,
    draw: ScalarSource,
) -> dict[CeremonyStep, bytes]:
    ceremony = ceremony_files.ceremony
    match step:
        case CeremonyStep.CERTIFICATE:
            return {step: make_certificate(secret.seed, ceremony.place(index), draw).text}
        case CeremonyStep.COMMITMENT:
            committed = _committed(ceremony, found, index, secret, draw)
            certificates = ceremony_files.all_of(CeremonyStep.CERTIFICATE)
            message = commitment_text(ceremony, index, certificates, committed)
            return {
                ceremony.committed: committed,
                step: SignedMessage.make(secret.seed, message, draw).text,
            }
        case CeremonyStep.SHARE:
            if found.certificates is None or found.dealings is None:
                raise _incomplete()
            dealt = collect_input(index, found.dealings)
            return {step: compute_share(secret.seed, index, found.certificates, dealt, draw).text}
        case CeremonyStep.CONFIRMATION:
            if found.trustees is None:
                raise _incomplete()
            _check_own_key(ceremony_files, found, index, secret)
            statement = statement_of(ceremony_files, found.trustees)
            message = confirmation_text(ceremony, index, statement)
            return {step: SignedMessage.make(secret.seed, message, draw).text}
        case CeremonyStep.POLYNOMIAL | CeremonyStep.KEY:
            raise CeremonyError("secret", m("the committed file is missing; restore your copy"))
    assert_never(step)


def _committed(
    ceremony: Ceremony, found: Validation, index: int, secret: OwnSecret, draw: ScalarSource
) -> bytes:
    if found.certificates is None:
        raise _incomplete()
    if ceremony.mode is TrusteeMode.THRESHOLD:
        return deal(secret.seed, index, found.certificates, draw).text
    check_own(secret.seed, index, found.certificates)
    if secret.private_key is None:
        raise CeremonyError("secret", m("the secret holds no single key; restore your copy"))
    return dump(VerificationKey.make(secret.seed, secret.private_key, draw).as_json())


def _check_own_key(
    ceremony_files: CeremonyFiles, found: Validation, index: int, secret: OwnSecret
) -> None:
    """Check that the trustee's own key is in the result, and that the trustee can use it."""
    if found.trustees is None:
        raise _incomplete()
    if ceremony_files.ceremony.mode is TrusteeMode.SINGLE:
        key = secret.private_key
    else:
        share = parse_share(ceremony_files.files[CeremonyStep.SHARE, index])
        key = open_decryption_key(secret.seed, share.private_key)
    if key is None or mul_base(key) != found.trustees.owners[index].public_key:
        raise CeremonyError("keys", m("your key is not among the trustees' keys"))


def _incomplete() -> CeremonyError:
    return CeremonyError("incomplete", m("the steps before this one are not finished"))
