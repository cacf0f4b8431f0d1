"""A trustee's visit to the stick: machine, journal and secret together.

Order of writing: secret, journal, stick. Whatever breaks off in between, the same command again
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

from crypto.group import Draw, point_text, system_scalar
from election.because import because
from election.definition import Text
from headquarters.ceremony.board import Board, read_board, write_file
from headquarters.ceremony.definition import Ceremony, Step, digest, file_name, spoken
from headquarters.ceremony.errors import CeremonyError
from headquarters.ceremony.examination import Examination, Told, examine, quiet
from headquarters.ceremony.journal import Journal, empty_journal, read_journal, write_journal
from headquarters.ceremony.machine import Due, Finished, Waiting, do_step, lost, next_turn
from headquarters.ceremony.secret import (
    OwnSecret,
    SecretFile,
    SecretKeeper,
    create_secret,
    read_secret,
)
from headquarters.ceremony.statements import certificate_fingerprint
from words.message import Latin, Message, m

_LOCK = ".lock"
_PRIVATE_FOLDER = 0o700


class Person(Protocol):
    """The trustee at the machine."""

    def chooses(self, free: Mapping[int, Text]) -> int:
        """Which of these places is theirs."""

    def agrees(self, question: Message) -> bool:
        """Answers a question that is a whole sentence."""

    def reads(self, line: Message) -> None:
        """Is told what was done."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit came to."""

    ceremony: Ceremony
    trustee: int
    done: tuple[Step, ...]
    restored: tuple[Step, ...]
    """Own files that were missing or damaged on the stick, written again."""
    checked: int
    """Files of the stick that were checked."""
    turn: Waiting | Finished
    fingerprint: str
    """Of the trustee's own certificate."""
    key: str | None
    """Fingerprint of the election key, once it is known."""


def visit(
    stick: Path,
    folder: Path,
    keeper: SecretKeeper,
    person: Person,
    *,
    draw: Draw = system_scalar,
    told: Told = quiet,
    write: Callable[[Path, bytes], None] = write_file,
) -> Visit:
    """Do every step that is due for the trustee whose secret is in `folder`.

    Raises CeremonyError, or what the keeper raises.
    """
    board = read_board(stick)
    with _alone(folder):
        file = read_secret(folder)
        journal = read_journal(folder)
        if file is None and journal is not None:
            raise CeremonyError(
                "secret", m("the secret is missing; restore the copy of your folder")
            )
        if file is not None:
            _check_belongs(board.ceremony, file, journal)
        if file is None:
            file, secret = _begin(board, folder, keeper, person, draw)
        else:
            secret = None
        if journal is None:
            journal = empty_journal(board.ceremony, file.trustee)
        return _Visitor(stick, folder, file, keeper, person, draw, told, write).go(
            board, journal, secret
        )


class _Visitor:
    def __init__(
        self,
        stick: Path,
        folder: Path,
        file: SecretFile,
        keeper: SecretKeeper,
        person: Person,
        draw: Draw,
        told: Told,
        write: Callable[[Path, bytes], None],
    ) -> None:
        self._stick = stick
        self._folder = folder
        self._file = file
        self._keeper = keeper
        self._person = person
        self._draw = draw
        self._told = told
        self._write = write

    def go(self, board: Board, journal: Journal, secret: OwnSecret | None) -> Visit:
        found = examine(board, self._told)
        restored = lost(board, journal, found)
        for step in restored:
            board = self._publish(board, journal, step)
            self._person.reads(
                m("{file} was missing: written again", file=Latin(file_name(step, journal.trustee)))
            )
        done: list[Step] = []
        while True:
            if restored or done:
                found = examine(board, self._told)
            found.demand()
            journal.check_unchanged(board)
            turn = next_turn(board, journal)
            if not isinstance(turn, Due):
                break
            secret = secret or self._file.open(self._keeper)
            self._ask(board, found, journal.trustee, turn.step)
            journal = do_step(board, found, journal, secret, turn.step, self._draw)
            write_journal(self._folder, journal)
            board = self._publish(board, journal, turn.step)
            done.append(turn.step)
            self._person.reads(
                m("{file} is on the stick", file=Latin(file_name(turn.step, journal.trustee)))
            )
        own = journal.made[Step.CERTIFICATE]
        return Visit(
            board.ceremony,
            journal.trustee,
            tuple(done),
            restored,
            len(board.files),
            turn,
            certificate_fingerprint(board.ceremony, journal.trustee, own),
            key_fingerprint(found),
        )

    def _publish(self, board: Board, journal: Journal, step: Step) -> Board:
        content = journal.made[step]
        self._write(self._stick / file_name(step, journal.trustee), content)
        return board.having(step, journal.trustee, content)

    def _ask(self, board: Board, found: Examination, index: int, step: Step) -> None:
        """What only people can check. Raises CeremonyError (`fingerprint`)."""
        if step is Step.COMMITMENT:
            for other, content in zip(
                board.ceremony.indices, board.all_of(Step.CERTIFICATE), strict=True
            ):
                shown = certificate_fingerprint(board.ceremony, other, content)
                if other == index:
                    self._person.reads(
                        m("Read to the others, your own: {shown}", shown=Latin(shown))
                    )
                    continue
                question = m(
                    "Trustee {number}, {name}: {shown}. Does that trustee read out the same?",
                    number=other,
                    name=label(board.ceremony.name(other)),
                    shown=Latin(shown),
                )
                if not self._person.agrees(question):
                    raise CeremonyError(
                        "fingerprint",
                        m(
                            "the keys of this trustee are not those on the stick: somebody exchanged "
                            "them; begin a new ceremony with a new stick"
                        ),
                        file_name(Step.CERTIFICATE, other),
                    )
        if step is Step.CONFIRMATION and not self._person.agrees(
            m(
                "The election key is {key}. Sign that this is the key you helped to make?",
                key=Latin(str(key_fingerprint(found))),
            )
        ):
            raise CeremonyError("declined", m("not confirmed; nothing was signed"))


def key_fingerprint(found: Examination) -> str | None:
    """Eight groups that name the election key."""
    if found.trustees is None:
        return None
    return spoken(digest(point_text(found.trustees.election_key).encode()))


def label(name: Text) -> str:
    """A name in both languages."""
    return f"{name.fa} ({name.en})" if name.en else name.fa


def _begin(
    board: Board, folder: Path, keeper: SecretKeeper, person: Person, draw: Draw
) -> tuple[SecretFile, OwnSecret]:
    ceremony = board.ceremony
    examine(board).demand()
    free = {i: ceremony.name(i) for i in board.missing(Step.CERTIFICATE)}
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
            m("this secret is of another ceremony: put in its stick, or give its folder"),
        )
    if file.trustee not in ceremony.indices or (
        journal is not None and (journal.ceremony, journal.trustee) != (file.ceremony, file.trustee)
    ):
        raise CeremonyError(
            "secret", m("secret and journal do not belong together; restore the copy")
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else works with this secret folder meanwhile; it is made if it is not there."""
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
