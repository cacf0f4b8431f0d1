"""Make the roll of an election from a register of people, with an evaluator that sees none of them.

    headquarters  people.csv ─ blind ─▶ asked        32 bytes a person: nobody else can read them
    evaluator     asked ─ multiply ─▶ answered       the elements, a proof for each 256, a signature
    headquarters  answered ─ prove, unblind ─▶ roll.bin, roll.json

The blinds follow from a seed that stays in FOLDER/roll until the roll is made, so that people are read twice
and never held: memory is bounded, whatever their number. The evaluator's key of the roll is not that of
pseudonyms: what is blinded could be a pseudonym's input, and nobody sees which. Its signature says that this
evaluator answered to this file; the proofs, that it used one key for everybody and left nobody out.

    people.csv    national_number, born        0499370899, 1979-03-21   or   1358/01/01

CSV as spreadsheets write it; digits of any script, and zeros in front that Excel took away. Years before 1700
are of the solar calendar. A line that names nobody is refused by its number; who stands twice is in it once.
Whose day or month of birth is 0, not known, is left out and counted.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final, TypeVar

from crypto import hybrid, oprf
from crypto.errors import CryptoError
from crypto.hybrid import HybridPublicKey
from election.errors import ElectionError
from election.files import PRIVATE, PUBLIC, open_file, read_file, replace_file, replacing
from election.national_number import is_national_number
from election.persons import typed_birth
from election.roll import (
    ENTRY_SIZE,
    LIST_FILE,
    MOST_PEOPLE,
    ROLL,
    TABLE_FILE,
    RollList,
    roll_input,
)
from election.schema import to_json
from headquarters.candidate_files import in_column, streamed
from headquarters.election_config import PlanFile
from headquarters.keepers import Unlock
from headquarters.offices import Office, load_evaluator, load_requests
from headquarters.preparation import check_not_packaged
from headquarters.roll_parts import clear_parts
from headquarters.tally.work import Work
from headquarters.typed import plain
from headquarters.verification.work import in_order
from headquarters.workspace import ElectionFolder, load_plan
from words.conventions import Calendar
from words.message import Latin, Message, m, plural

_ASKED, _ANSWERED = b"amin roll asked\n", b"amin roll given\n"
_CONTEXT: Final = "amin roll"
_SOLAR: Final = 1700
"""Years before are of the solar calendar."""
_DAY: Final = re.compile(r"([0-9]{1,4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_DIGITS: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_MIDNIGHT: Final = re.compile(r"[ T]0{1,2}:00(:00(\.0+)?)?$")
"""What Excel and databases write behind a day."""
_HEAD: Final = len(_ANSWERED) + 32 + oprf.ELEMENT_SIZE
_PIECE: Final = oprf.MAX_BATCH * oprf.ELEMENT_SIZE
_BUCKETS: Final = 256
"""Parts that a table is sorted in, by the first byte: 2 MB each of a country of 60 million."""

T = TypeVar("T")


class RollError(ElectionError):
    """A roll cannot be made from what was given."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A line of people.csv."""

    national_number: str
    born: str


def ask(folder: ElectionFolder, people: Path, asked: Path, work: Work) -> Message:
    """Blind everybody into a new file `asked`; return what is said of it, with its SHA-256.

    An earlier question cannot be finished any more. Raises `ManifestError` for a line of the table,
    `FolderError` once a package is made, `RollError` without an evaluator, `OSError`.
    """
    check_not_packaged(folder)
    _evaluator(folder)
    seed, count, digest = secrets.token_bytes(32), 0, hashlib.sha256(_ASKED)
    with replacing(asked, PUBLIC) as stream:
        stream.write(_ASKED)
        table = _People(people, load_plan(folder), work)
        for elements in in_order(partial(_blinded, seed), _batches(table), work.executor):
            stream.write(elements)
            digest.update(elements)
            count += len(elements) // oprf.ELEMENT_SIZE
        if not 0 < count <= MOST_PEOPLE:
            raise RollError.of(
                "{file}: a roll has 1 to {most} people", file=people.name, most=MOST_PEOPLE
            )
        folder.roll.mkdir(exist_ok=True)
        clear_parts(folder)
        replace_file(folder.roll_seed, seed, PRIVATE)
    said = m(
        "{file} asks for {count} people, SHA-256 {digest}. Next, at the evaluator: amin registry roll OWN"
        " {file} ANSWERED",
        file=asked,
        count=count,
        digest=Latin(digest.hexdigest()),
    )
    return table.told(said)


def _asked_digest(asked: Path) -> tuple[int, str]:
    """Return for how many people `asked` asks, and its SHA-256 (hex). Raises `RollError`, `OSError`."""
    with open_file(asked) as stream:
        size = stream.seek(0, 2) - len(_ASKED)
        stream.seek(0)
        if stream.read(len(_ASKED)) != _ASKED or size <= 0 or size % oprf.ELEMENT_SIZE:
            raise RollError.of("{file} is no question about a roll", file=asked)
        digest = hashlib.sha256(_ASKED)
        for piece in iter(partial(stream.read, _PIECE), b""):
            digest.update(piece)
        return size // oprf.ELEMENT_SIZE, digest.hexdigest()


def answer(
    own: Path,
    asked: Path,
    to: Path,
    confirm: Callable[[Message], bool],
    unlock: Unlock,
    work: Work,
) -> Message:
    """Multiply all elements of `asked` by the roll's key, and sign, as the evaluator.

    `own`: its folder; `confirm`: whether headquarters says the same of the file. Raises `RollError`,
    `KeyFolderError`, `OSError`.
    """
    count, digest = _asked_digest(asked)
    said = m(
        "{file} asks for {count} people, SHA-256 {digest}. Does headquarters show the same?",
        file=asked,
        count=count,
        digest=Latin(digest),
    )
    if not confirm(said):
        raise RollError.of("nothing was answered")
    signing, pseudonyms = load_evaluator(own, unlock)
    key, signed, done = pseudonyms.apart(ROLL), hashlib.sha256(), 0
    with open_file(asked) as stream, replacing(to, PUBLIC) as written:

        def write(piece: bytes) -> None:
            signed.update(piece)
            written.write(piece)

        stream.seek(len(_ASKED))
        write(_ANSWERED + bytes.fromhex(digest) + key.public)
        pieces = iter(partial(stream.read, _PIECE), b"")
        try:
            for evaluated in in_order(partial(_evaluated, key.to_bytes()), pieces, work.executor):
                write(evaluated)
                done += (len(evaluated) - oprf.PROOF_SIZE) // oprf.ELEMENT_SIZE
                work.progress("multiplied", done, count)
        except CryptoError as error:
            raise RollError.of("{file} is damaged: ask again", file=asked) from error
        written.write(signing.sign(_CONTEXT, signed.digest()))
    return m("Next, at headquarters: amin election roll FOLDER PEOPLE {file} --answered", file=to)


def finish(folder: ElectionFolder, people: Path, answered: Path, work: Work) -> Message:
    """Make the roll from the table of people once more and what the evaluator answered.

    `roll.bin` is there before `roll.json`, which names it. Raises `RollError` for another answer, another
    table or another evaluator, `ManifestError`, `FolderError`, `OSError`.
    """
    check_not_packaged(folder)
    if not folder.roll_seed.exists():
        raise RollError.of("nothing was asked: begin with amin election roll FOLDER PEOPLE ASKED")
    clear_parts(folder)
    seed = read_file(folder.roll_seed, 32)
    public, asked = _check_answer(folder, answered)
    digest = hashlib.sha256(_ASKED)
    inputs = _People(people, load_plan(folder), work)
    with ExitStack() as stack:
        stream = stack.enter_context(open_file(answered))
        stream.seek(_HEAD)
        table = stack.enter_context(_Sorted(folder.roll))
        given = ((*batch, _piece(stream, len(batch[1]))) for batch in _batches(inputs))
        try:
            for elements, outputs in in_order(
                partial(_finalized, seed, public), given, work.executor
            ):
                digest.update(elements)
                table.add(outputs)
        except CryptoError as error:
            raise _another(answered) from error
        if digest.digest() != asked:
            raise _another(answered)
        count, sha256 = table.write(folder.roll / TABLE_FILE)
    replace_file(folder.roll / LIST_FILE, to_json(RollList(public, count, sha256)), PUBLIC)
    folder.roll_seed.unlink()
    said = m(
        "The roll has {count} people. After the package, copy {list} and {table} beside it.",
        count=count,
        list=folder.roll / LIST_FILE,
        table=folder.roll / TABLE_FILE,
    )
    return inputs.told(said)


# ---------------------------------------------------------------- the work on 256 people


def _blind(seed: bytes, place: int, secret_input: bytes) -> oprf.Blinded:
    return oprf.blind(secret_input, lambda: oprf.derive_scalar(seed, place.to_bytes(8, "big")))


def _blinded(seed: bytes, batch: tuple[int, list[bytes]]) -> bytes:
    first, inputs = batch
    return b"".join(_blind(seed, first + n, each).element for n, each in enumerate(inputs))


def _evaluated(key: bytes, piece: bytes) -> bytes:
    found = oprf.EvaluatorKey(key).evaluate(_elements(piece))
    return b"".join(found.elements) + found.proof


def _finalized(
    seed: bytes, public: bytes, batch: tuple[int, list[bytes], bytes]
) -> tuple[bytes, bytes]:
    first, inputs, evaluated = batch
    blinded = [_blind(seed, first + n, each) for n, each in enumerate(inputs)]
    size = len(inputs) * oprf.ELEMENT_SIZE
    found = oprf.Evaluation(tuple(_elements(evaluated[:size])), evaluated[size:])
    outputs = oprf.finalize(blinded, found, public)
    return b"".join(x.element for x in blinded), b"".join(x[:ENTRY_SIZE] for x in outputs)


def _elements(piece: bytes) -> list[bytes]:
    size = oprf.ELEMENT_SIZE
    return [piece[place : place + size] for place in range(0, len(piece), size)]


# ---------------------------------------------------------------- parts


class _Sorted:
    """Sorts entries in files beside their table, so that memory holds one part in 256 of them.

    The files have no names: a program that is killed leaves no entries in the order of the people.
    """

    def __init__(self, folder: Path) -> None:
        self._stack = ExitStack()
        self._parts = [
            self._stack.enter_context(TemporaryFile(dir=folder))  # noqa: SIM115 - the stack closes it
            for _ in range(_BUCKETS)
        ]

    def __enter__(self) -> _Sorted:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, entries: bytes) -> None:
        for place in range(0, len(entries), ENTRY_SIZE):
            self._parts[entries[place]].write(entries[place : place + ENTRY_SIZE])

    def write(self, path: Path) -> tuple[int, str]:
        count, digest = 0, hashlib.sha256()
        with replacing(path, PUBLIC) as stream:
            for part in self._parts:
                part.seek(0)
                entries = sorted(set(iter(partial(part.read, ENTRY_SIZE), b"")))
                data = b"".join(entries)
                count += len(entries)
                digest.update(data)
                stream.write(data)
        return count, digest.hexdigest()


class _People:
    """Reads the table, once, a line at a time, and counts whose birth is not known to the day."""

    def __init__(self, people: Path, plan: PlanFile, work: Work) -> None:
        self._people, self._plan, self._work = people, plan, work
        self._left_out = 0

    def __iter__(self) -> Iterator[bytes]:
        """Yield what goes into the function; `ManifestError` names a line, never what is in it."""
        plan, progress = self._plan, self._work.progress
        with open_file(self._people) as stream:
            size = os.fstat(stream.fileno()).st_size
            rows = streamed(PersonRow, stream, self._people.name, _tidy)
            for number, (place, row) in enumerate(rows):
                if not is_national_number(row.national_number):
                    raise in_column(place, "national_number", m("no national number"))
                born = _born(row.born, plan.day, place)
                if born is None:
                    self._left_out += 1
                else:
                    yield roll_input(plan.uuid, row.national_number, born)
                if number % 4096 == 0:
                    progress("read", stream.tell(), size)
            progress("read", size, size)

    def told(self, said: Message) -> Message:
        """Return what is said, with how many were left out, after all were read."""
        if not self._left_out:
            return said
        left_out = plural(
            "{count} person whose day of birth is not known was left out.",
            "{count} people whose day of birth is not known were left out.",
            count=self._left_out,
        )
        return m("{said} {left_out}", said=said, left_out=left_out)


def _tidy(column: str, cell: str) -> str:
    tidy = plain(cell)
    return tidy.zfill(10) if column == "national_number" and tidy.isdecimal() else tidy


def _born(text: str, day: date, place: Message) -> date | None:
    """Return the day of birth; None where day or month is 0. Raises `ManifestError` for anything else."""
    written = _MIDNIGHT.sub("", text)
    if found := _DAY.fullmatch(written) or _DIGITS.fullmatch(written):
        year, month, of_month = map(int, found.groups())
        if 0 in {month, of_month} and month <= 12 and of_month <= 31:
            return None
        calendar = Calendar.JALALI if year < _SOLAR else Calendar.GREGORIAN
        born = typed_birth(f"{year:04}{month:02}{of_month:02}", calendar, day)
        if born is not None:
            return born
    raise in_column(place, "born", m("no day: 1979-03-21, or 1358/01/01"))


def _batches(inputs: Iterable[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    first, left = 0, iter(inputs)
    while batch := list(islice(left, oprf.MAX_BATCH)):
        yield first, batch
        first += len(batch)


def _piece(stream: BinaryIO, people: int) -> bytes:
    return stream.read(people * oprf.ELEMENT_SIZE + oprf.PROOF_SIZE)


def _check_answer(folder: ElectionFolder, answered: Path) -> tuple[bytes, bytes]:
    """Return the roll's key and the digest of what was asked, as the election's evaluator signed them."""
    signer = _evaluator(folder)
    signed = hashlib.sha256()
    with open_file(answered) as stream:
        left = stream.seek(0, 2) - hybrid.SIGNATURE_SIZE
        stream.seek(0)
        head = stream.read(_HEAD)
        if left <= _HEAD or not head.startswith(_ANSWERED):
            raise RollError.of("{file} is no answer about a roll", file=answered)
        signed.update(head)
        left -= _HEAD
        while piece := stream.read(min(left, 1 << 20)):
            signed.update(piece)
            left -= len(piece)
        signature = stream.read()
    try:
        signer.verify(_CONTEXT, signed.digest(), signature)
    except CryptoError as error:
        raise RollError.of(
            "{file} was altered, or signed by another evaluator than the one of {name}",
            file=answered,
            name=Latin("evaluator.json"),
        ) from error
    asked = head[len(_ANSWERED) : len(_ANSWERED) + 32]
    return head[-oprf.ELEMENT_SIZE :], asked


def _evaluator(folder: ElectionFolder) -> HybridPublicKey:
    found = [x for x in load_requests(folder.offices) if x.office is Office.EVALUATOR]
    if not found:
        raise RollError.of(
            "{folder} has no evaluator.json: a roll needs the supervision board's evaluator",
            folder=folder.offices,
        )
    return found[0].key


def _another(answered: Path) -> RollError:
    return RollError.of(
        "{file} does not answer what was asked of these people: ask again, with the same table",
        file=answered,
    )
