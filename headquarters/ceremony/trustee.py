"""Run a trustee's visit to the USB drive: machine, journal and secret together.

Order of writing: secret, journal, USB drive. Whatever breaks off in between, the same command again
goes on from there with the same files.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from crypto.group import ScalarSource, point_text, system_scalar
from election.because import because
from election.definition import Text
from headquarters.ceremony.ceremony_files import CeremonyFiles, read_ceremony_files, write_file
from headquarters.ceremony.definition import Ceremony, CeremonyStep, digest, file_name, spoken
from headquarters.ceremony.errors import CeremonyError
from headquarters.ceremony.journal import Journal, empty_journal, read_journal, write_journal
from headquarters.ceremony.machine import Due, Finished, Waiting, do_step, lost, next_turn
from headquarters.ceremony.secret import (
    OwnSecret,
    SecretFile,
    create_secret,
    read_secret,
)
from headquarters.ceremony.statements import certificate_fingerprint
from headquarters.ceremony.validation import Validation, validate_files
from headquarters.keepers import SecretKeeper
from headquarters.progress import ProgressCallback, no_progress
from words.message import Latin, Message, m

_LOCK = ".lock"
_PRIVATE_FOLDER = 0o700


class TrusteeDialog(Protocol):
    """The trustee at the machine."""

    def chooses(self, free: Mapping[int, Text]) -> int:
        """Ask which of these places is the trustee's."""

    def agrees(self, question: Message) -> bool:
        """Ask a question that is a whole sentence; return whether the answer is yes."""

    def reads(self, line: Message) -> None:
        """Tell the trustee what was done."""


@dataclass(frozen=True, slots=True)
class DueStepsReport:
    """The outcome of a visit."""

    ceremony: Ceremony
    trustee: int
    done: tuple[CeremonyStep, ...]
    restored: tuple[CeremonyStep, ...]
    """Own files that were missing or damaged on the USB drive, written again."""
    checked: int
    """Files of the USB drive that were checked."""
    turn: Waiting | Finished
    fingerprint: str
    """Of the trustee's own certificate."""
    key: str | None
    """Fingerprint of the election key, once it is known."""


def run_due_steps(
    stick: Path,
    folder: Path,
    keeper: SecretKeeper,
    person: TrusteeDialog,
    *,
    draw: ScalarSource = system_scalar,
    progress: ProgressCallback = no_progress,
    write: Callable[[Path, bytes], None] = write_file,
) -> DueStepsReport:
    """Do every step that is due for the trustee whose secret is in `folder`.

    Raises CeremonyError, or what the keeper raises.
    """
    ceremony_files = read_ceremony_files(stick)
    with _alone(folder):
        file = read_secret(folder)
        journal = read_journal(folder)
        if file is None and journal is not None:
            raise CeremonyError(
                "secret", m("the secret is missing; restore the copy of your folder")
            )
        secret = None
        if file is None:
            file, secret = _begin(ceremony_files, folder, keeper, person, draw)
        else:
            _check_belongs(ceremony_files.ceremony, file, journal)
        if journal is None:
            journal = empty_journal(ceremony_files.ceremony, file.trustee)
        return _Visitor(stick, folder, file, keeper, person, draw, progress, write).go(
            ceremony_files, journal, secret
        )


@dataclass(frozen=True, slots=True)
class _Visitor:
    stick: Path
    folder: Path
    file: SecretFile
    keeper: SecretKeeper
    person: TrusteeDialog
    draw: ScalarSource
    progress: ProgressCallback
    write: Callable[[Path, bytes], None]

    def go(
        self, ceremony_files: CeremonyFiles, journal: Journal, secret: OwnSecret | None
    ) -> DueStepsReport:
        found = validate_files(ceremony_files, self.progress)
        restored = lost(ceremony_files, journal, found)
        for step in restored:
            ceremony_files = self._publish(ceremony_files, journal, step)
            self.person.reads(
                m("{file} was missing: written again", file=Latin(file_name(step, journal.trustee)))
            )
        done: list[CeremonyStep] = []
        while True:
            if restored or done:
                found = validate_files(ceremony_files, self.progress)
            found.demand()
            journal.check_unchanged(ceremony_files)
            turn = next_turn(ceremony_files, journal)
            if not isinstance(turn, Due):
                break
            secret = secret or self.file.open(self.keeper)
            self._ask(ceremony_files, found, journal.trustee, turn.step)
            journal = do_step(ceremony_files, found, journal, secret, turn.step, self.draw)
            write_journal(self.folder, journal)
            ceremony_files = self._publish(ceremony_files, journal, turn.step)
            done.append(turn.step)
            self.person.reads(
                m("{file} is on the USB drive", file=Latin(file_name(turn.step, journal.trustee)))
            )
        own = journal.made[CeremonyStep.CERTIFICATE]
        return DueStepsReport(
            ceremony_files.ceremony,
            journal.trustee,
            tuple(done),
            restored,
            len(ceremony_files.files),
            turn,
            certificate_fingerprint(ceremony_files.ceremony, journal.trustee, own),
            key_fingerprint(found),
        )

    def _publish(
        self, ceremony_files: CeremonyFiles, journal: Journal, step: CeremonyStep
    ) -> CeremonyFiles:
        content = journal.made[step]
        self.write(self.stick / file_name(step, journal.trustee), content)
        return ceremony_files.having(step, journal.trustee, content)

    def _ask(
        self, ceremony_files: CeremonyFiles, found: Validation, index: int, step: CeremonyStep
    ) -> None:
        """Ask what only people can check. Raises CeremonyError (`fingerprint`, `declined`)."""
        if step is CeremonyStep.COMMITMENT:
            for other, content in zip(
                ceremony_files.ceremony.indices,
                ceremony_files.all_of(CeremonyStep.CERTIFICATE),
                strict=True,
            ):
                shown = certificate_fingerprint(ceremony_files.ceremony, other, content)
                if other == index:
                    self.person.reads(
                        m("Read to the others, your own: {shown}", shown=Latin(shown))
                    )
                    continue
                question = m(
                    "Trustee {number}, {name}: {shown}. Does that trustee read out the same?",
                    number=other,
                    name=label(ceremony_files.ceremony.name(other)),
                    shown=Latin(shown),
                )
                if not self.person.agrees(question):
                    raise CeremonyError(
                        "fingerprint",
                        m(
                            "the keys of this trustee are not those on the USB drive: somebody exchanged "
                            "them; begin a new ceremony with a new USB drive"
                        ),
                        file_name(CeremonyStep.CERTIFICATE, other),
                    )
        if step is CeremonyStep.CONFIRMATION and not self.person.agrees(
            m(
                "The election key is {key}. Sign that this is the key you helped to make?",
                key=Latin(str(key_fingerprint(found))),
            )
        ):
            raise CeremonyError("declined", m("not confirmed; nothing was signed"))


def key_fingerprint(found: Validation) -> str | None:
    """Return eight groups that name the election key."""
    if found.trustees is None:
        return None
    return spoken(digest(point_text(found.trustees.election_key).encode()))


def label(name: Text) -> str:
    """Write a name in both languages."""
    return f"{name.fa} ({name.en})" if name.en else name.fa


def _begin(
    ceremony_files: CeremonyFiles,
    folder: Path,
    keeper: SecretKeeper,
    person: TrusteeDialog,
    draw: ScalarSource,
) -> tuple[SecretFile, OwnSecret]:
    ceremony = ceremony_files.ceremony
    validate_files(ceremony_files).demand()
    free = {i: ceremony.name(i) for i in ceremony_files.missing(CeremonyStep.CERTIFICATE)}
    if not free:
        raise CeremonyError(
            "place", m("every trustee of this ceremony has begun; give the folder of your secret")
        )
    index = person.chooses(free)
    if index not in free:
        raise CeremonyError("place", m("place {index} is not free", index=index))
    question = m(
        "You are trustee {number}, {name}, of “{title}”?",
        number=index,
        name=label(ceremony.name(index)),
        title=label(ceremony.title),
    )
    if not person.agrees(question):
        raise CeremonyError("declined", m("nothing was made"))
    secret = OwnSecret.generate(ceremony.mode, draw)
    return create_secret(folder, ceremony, index, secret, keeper), secret


def _check_belongs(ceremony: Ceremony, file: SecretFile, journal: Journal | None) -> None:
    if file.ceremony != ceremony.digest:
        raise CeremonyError(
            "ceremony",
            m("this secret is of another ceremony: put in its USB drive, or give its folder"),
        )
    if file.trustee not in ceremony.indices or (
        journal is not None and (journal.ceremony, journal.trustee) != (file.ceremony, file.trustee)
    ):
        raise CeremonyError(
            "secret", m("secret and journal do not belong together; restore the copy")
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Lock the secret folder, made if it is not there, against a second visit at the same time."""
    try:
        folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CeremonyError(
            "secret",
            m("{folder} cannot be used: {reason}", folder=folder, reason=because(error)),
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CeremonyError(
                "busy", m("{folder} is in use by another command", folder=folder)
            ) from error
        yield
    finally:
        os.close(handle)
