"""Compare `result.json` with what follows from the verified archives: every figure, name, order and sentence.

Nobody signs it, so it is believed in nothing: it is computed again from archives, definition, register and
lot, and has to be the same JSON (order of members and blanks are free). What follows is said with every
difference, and who is elected is said whatever it says. Nothing follows from what is wrong: whoever lays
other archives beside an index must not have their winner said.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from crypto.errors import DecodeError
from crypto.result import add_up
from crypto.strict_json import ParsedJson, read_json
from election.definition_file import DEFINITION_FILE, PublishedDefinition
from election.errors import ElectionError
from election.files import read_file
from election.lots import FILES, MAX_LOT, LotError, LotKind, open_lot
from election.reasons import LotReason, Notice, PublicationReason, RegisterReason
from election.register import PublishedRegister
from election.schema import MAX_JSON, SchemaError, from_json
from headquarters.anchoring import AnchorReport
from headquarters.archive_index import IndexReport
from headquarters.finding import FindingClass
from headquarters.following import following_result
from headquarters.index_document import MAX_INDEX, ArchiveIndex, result_of
from headquarters.result import RESULT_FILE, ElectionResult, result_json
from headquarters.result_file import MAX_SIZE, is_newer
from headquarters.verification import ArchiveFinding
from words.message import Latin, m

_MOST_NAMED: Final = 20
"""Differences that are said one by one."""
_LONGEST: Final = 60
"""Signs of a value that are said."""
_OF_RESULT: Final = frozenset(
    {
        RegisterReason.REGISTER_SEATS,
        RegisterReason.REGISTER_DEFINITION,
        LotReason.LOT_RESULT,
        PublicationReason.RESULT_NEWER,
    }
)
"""What can be wrong with `result.json` alone; another definition is asked for by itself."""
UNREAD: Final = ("result.*.txt", "seats/*", "seats-*/*")
"""What else may lie beside an index and state a result; nothing is made of it."""


@dataclass(frozen=True, slots=True)
class Elected:
    """A person who is elected by what follows from the archives."""

    contest: str
    code: str
    name: str
    votes: int


@dataclass(frozen=True, slots=True)
class ResultVerdict:
    """What is said of the published statements of a result."""

    failures: tuple[ArchiveFinding, ...] = ()
    told: tuple[ArchiveFinding, ...] = ()
    elected: tuple[Elected, ...] = ()
    """By contest and group; nobody while the count is interim."""


def check_result(path: Path, verified: IndexReport, anchor: AnchorReport) -> ResultVerdict:
    """Judge `result.json` beside the index at `path`, which was verified, and say who is elected.

    Without a register that is believed, without the definition that it names, or where anything is wrong
    with index, archives, supplements or register, nothing follows, and nothing is said.
    """
    published, folder = anchor.published, path.parent
    if published is None or not verified.archives or _is_wrong(verified, anchor):
        return ResultVerdict()
    index, definition = _listed(path), _definition(folder, published)
    if index is None or definition is None:
        return ResultVerdict()
    archives = [verified.archives[batch.name] for batch in index.batches]
    said, lot = _said(folder), _lot(path, published, index)
    ballots = sum(len(archive.ballots) for archive in archives)

    def following(seeds: Sequence[str]) -> ElectionResult | None:
        return following_result(definition, published.register, index, together, ballots, seeds)

    try:
        together = add_up([result_of(archive) for archive in archives])
        # Nobody signs the file: it must not decide whether a lot is drawn for who is elected.
        drawn = following([lot] * len(definition.contests))
        follows = following(_seeds(definition, said, lot))
    except (DecodeError, ElectionError):
        drawn = follows = None
    if drawn is None or follows is None:
        message = m("the archives are of other contests, or the rule of seats is unknown")
        return ResultVerdict(
            (ArchiveFinding(PublicationReason.RESULT_DIFFERS, DEFINITION_FILE, message),)
        )
    right = read_json(result_json(_on_paper(follows, said)))
    failures = tuple(found for one in said for found in _differences(one, right))
    return ResultVerdict(failures, tuple(_told(folder, index)), tuple(_elected(drawn)))


# ---------------------------------------------------------------- what is there


def _is_wrong(verified: IndexReport, anchor: AnchorReport) -> bool:
    """Return whether anything but `result.json` itself is wrong."""
    wrong: Iterable[ArchiveFinding] = anchor.of(FindingClass.WRONG)
    return not verified.ok or any(finding.reason not in _OF_RESULT for finding in wrong)


def _listed(path: Path) -> ArchiveIndex | None:
    try:
        return from_json(ArchiveIndex, read_file(path, MAX_INDEX))
    except (OSError, SchemaError):
        return None


def _definition(folder: Path, published: PublishedRegister) -> PublishedDefinition | None:
    try:
        data = read_file(folder / DEFINITION_FILE, MAX_JSON)
        is_registered = hashlib.sha256(data).digest() == published.register.definition
        return from_json(PublishedDefinition, data) if is_registered else None
    except (OSError, SchemaError):
        return None


def _said(folder: Path) -> tuple[ParsedJson, ...]:
    """Return what the file says; nothing for none, and for one that `seat_rules` refuses unread."""
    try:
        said = read_json(read_file(folder / RESULT_FILE, MAX_SIZE))
    except (OSError, DecodeError):
        return ()
    return () if is_newer(said) else (said,)


def _lot(path: Path, published: PublishedRegister, index: ArchiveIndex) -> str:
    """Return the recorded value; "" for none, and for one that `lot_check` does not believe."""
    try:
        lot = open_lot(
            read_file(path.with_name(FILES[LotKind.SEATS]), MAX_LOT), published, LotKind.SEATS
        )
        data = read_file(path, MAX_INDEX)
    except (OSError, LotError):
        return ""
    after = hashlib.sha256(data).digest()
    return lot.value if lot.after == after and not index.interim else ""


def _seeds(definition: PublishedDefinition, said: Sequence[ParsedJson], lot: str) -> list[str]:
    """Return the value for each contest: the recorded one, or none where the file drew nothing with it."""
    result = said[0] if said else None
    contests = result.get("contests") if isinstance(result, Mapping) else None
    listed = contests if isinstance(contests, list) else ()
    return [
        "" if place < len(listed) and _seed(listed[place]) == "" else lot
        for place in range(len(definition.contests))
    ]


def _on_paper(follows: ElectionResult, said: Sequence[ParsedJson]) -> ElectionResult:
    """Take fewer branches on paper from the file: the register shows those without a terminal, at most."""
    papers = said[0].get("on_paper") if said and isinstance(said[0], Mapping) else None
    if type(papers) is int and 0 <= papers <= follows.on_paper:
        return replace(follows, on_paper=papers)
    return follows


def _seed(contest: ParsedJson) -> ParsedJson:
    for name in ("allocation", "parameters", "seed"):
        contest = contest.get(name) if isinstance(contest, Mapping) else None
    return contest


def _told(folder: Path, index: ArchiveIndex) -> Iterator[ArchiveFinding]:
    if not index.interim and not (folder / RESULT_FILE).exists():
        yield _one(Notice.RESULT_MISSING, RESULT_FILE, 1)
    unread = [path for pattern in UNREAD for path in folder.glob(pattern) if path.is_file()]
    if unread:
        yield _one(Notice.RESULT_UNREAD, RESULT_FILE, len(unread))


def _one(reason: Notice, entry: str, count: int) -> ArchiveFinding:
    message = m("{count}: {sentence}", count=count, sentence=reason.sentence)
    return ArchiveFinding(reason, entry, message)


# ---------------------------------------------------------------- what follows


def _elected(result: ElectionResult) -> Iterator[Elected]:
    if result.interim is not None:
        return
    for one in result.contests:
        for group in one.allocation.groups if one.allocation else ():
            for person in group.elected:
                code = one.contest.format_code(person.code)
                yield Elected(one.contest.id, code, person.name.fa, person.votes)


def _differences(said: ParsedJson, follows: ParsedJson) -> Iterator[ArchiveFinding]:
    found = list(islice(_differing("", said, follows), _MOST_NAMED + 1))
    for place, is_said, is_right in found[:_MOST_NAMED]:
        yield ArchiveFinding(
            PublicationReason.RESULT_DIFFERS,
            RESULT_FILE,
            m(
                "{place}: {said} in place of {follows}",
                place=Latin(place or "."),
                said=Latin(is_said),
                follows=Latin(is_right),
            ),
        )
    if len(found) > _MOST_NAMED:
        message = m("and more")
        yield ArchiveFinding(PublicationReason.RESULT_DIFFERS, RESULT_FILE, message)


def _differing(place: str, said: ParsedJson, follows: ParsedJson) -> Iterator[tuple[str, str, str]]:
    """Yield place, what is said and what follows, wherever two values differ."""
    if isinstance(said, Mapping) and isinstance(follows, Mapping):
        for name in dict.fromkeys((*follows, *said)):
            below = f"{place}.{name}" if place else name
            if name not in said:
                yield below, "-", _shown(follows[name])
            elif name not in follows:
                yield below, _shown(said[name]), "-"
            else:
                yield from _differing(below, said[name], follows[name])
    elif isinstance(said, list) and isinstance(follows, list):
        for at in range(max(len(said), len(follows))):
            below = f"{place}[{at}]"
            if at >= len(said):
                yield below, "-", _shown(follows[at])
            elif at >= len(follows):
                yield below, _shown(said[at]), "-"
            else:
                yield from _differing(below, said[at], follows[at])
    elif type(said) is not type(follows) or said != follows:
        yield place, _shown(said), _shown(follows)


def _shown(value: ParsedJson) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
