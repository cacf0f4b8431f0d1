"""Attack the lots: a value that suits somebody, a result that was drawn otherwise.

Who signs as both offices has both, which the lot cannot forbid; what it is tied to is compared.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from crypto.hybrid import HybridKey
from crypto.result import add_up
from election.definition_file import DEFINITION_FILE, PublishedDefinition
from election.lots import FILES, LotKind, RecordedLot, source_of, write_lot
from election.schema import from_json
from headquarters.decisions import (
    DecisionList,
    Signed,
    add_signature,
    read_decisions,
    write_decisions,
)
from headquarters.following import following_result
from headquarters.index_document import INDEX_FILE, finished, read_index, result_of
from headquarters.lot_check import handles_root
from headquarters.offices import Office, sign_as
from headquarters.result import RESULT_FILE, result_json
from tests.headquarters.unlocking import own_folder, unlock
from tests.trust.attacks.publication import Publication
from tests.trust.attacks.table import Attack, F, H, Json

VALUE = "TEDPIX 2,413,907.6"
DECISIONS = "index-decisions"
Change = Callable[[RecordedLot], RecordedLot]


def index_hash(site: Publication) -> bytes:
    """Return the SHA-256 of the index."""
    return hashlib.sha256((site.folder / INDEX_FILE).read_bytes()).digest()


def recorded_handles(site: Publication) -> bytes:
    """Return the root of all handles that are published."""
    return handles_root(
        bytes.fromhex(handle)
        for path in site.folder.glob("*/supplement/spent.json")
        for item in json.loads(path.read_bytes())["items"]
        for handle in item["handles"]
    )


def put_lot(
    site: Publication,
    kind: LotKind,
    change: Change = lambda lot: lot,
    signers: Sequence[tuple[HybridKey, bytes]] | None = None,
) -> None:
    """Write a lot beside the index, after its honest subject, with `change`."""
    after = index_hash(site) if kind is LotKind.SEATS else recorded_handles(site)
    source = source_of(site.day.published, kind)
    lot = RecordedLot(
        site.day.number, kind, source, VALUE, after, datetime(2026, 6, 15, tzinfo=UTC)
    )
    data = write_lot(change(lot), signers or site.day.offices)
    (site.folder / FILES[kind]).write_bytes(data)
    if kind is LotKind.DECISIONS:
        listed = {"name": FILES[kind], "sha256": hashlib.sha256(data).hexdigest()}

        def add(index: Json) -> None:
            documents = [*index["documents"], listed]
            index["documents"] = sorted(documents, key=lambda each: str(each["name"]))

        site.reindex(add)


def draw_with(site: Publication, seed: str, **rules: str) -> None:
    """Publish the result that follows with this value, and with other rules than the registered ones."""
    index = read_index(site.folder / INDEX_FILE)
    definition = from_json(PublishedDefinition, (site.folder / DEFINITION_FILE).read_bytes())
    register = site.day.published.register
    register = replace(register, seats=replace(register.seats, **rules))
    archives = [finished(site.folder / batch.name / batch.archive) for batch in index.batches]
    together = add_up([result_of(archive) for archive in archives])
    ballots = sum(len(archive.ballots) for archive in archives)
    seeds = [seed] * len(definition.contests)
    result = following_result(definition, register, index, together, ballots, seeds)
    assert result is not None
    (site.folder / RESULT_FILE).write_bytes(result_json(result))


def decide_by(site: Publication, lot: bytes | None) -> None:
    """Have both offices sign the decisions again, with another lot."""
    decide_again(site, lambda statement: replace(statement, lot=lot))


def decide_again(
    site: Publication,
    change: Callable[[DecisionList], DecisionList],
    branches: Sequence[int] = (1, 2, 3, 4),
) -> None:
    """Have both offices sign other decisions, for the batches of these branches."""
    folder = site.day.folder
    for path in sorted({site.supplement(branch) / "decisions.json" for branch in branches}):
        statement = change(read_decisions(path.read_bytes()).statement)
        signed = Signed(statement, ())
        for office in (Office.OFFICER, Office.OBSERVER):
            signed = add_signature(signed, sign_as(own_folder(folder, office), statement, unlock))
        path.write_bytes(write_decisions(signed))


def _lot(kind: LotKind, change: Change = lambda lot: lot) -> Callable[[Publication], None]:
    return lambda site: put_lot(site, kind, change)


def _drawn(site: Publication) -> None:
    put_lot(site, LotKind.SEATS)
    draw_with(site, "a value that suits")


def _cut(site: Publication) -> None:
    put_lot(site, LotKind.SEATS)
    path = site.folder / FILES[LotKind.SEATS]
    path.write_bytes(path.read_bytes().replace(b"2,413", b"2,414"))


def _grown(site: Publication) -> None:
    """Sign the index again after the lot was drawn."""
    put_lot(site, LotKind.SEATS)
    site.reindex(
        lambda index: index.update(minimum=index["minimum"]) or index["documents"].reverse()
    )


def _decided(site: Publication) -> None:
    put_lot(site, LotKind.DECISIONS)
    decide_by(site, bytes(32))


def _without_a_station(site: Publication) -> None:
    """Of the batches, the last alone has decisions that were made after the first index."""

    def change(statement: DecisionList) -> DecisionList:
        assert statement.read[0].device == "station-1"
        return replace(statement, read=statement.read[1:])

    decide_again(site, change, [4])


def _forgetting_the_lot(site: Publication) -> None:
    put_lot(site, LotKind.DECISIONS)
    lot = hashlib.sha256((site.folder / FILES[LotKind.DECISIONS]).read_bytes()).digest()
    decide_again(site, lambda statement: replace(statement, lot=lot), [1, 2, 3])


def _newer(site: Publication) -> None:
    """Say other votes in a form that no verifier of the day knows."""
    path = site.folder / RESULT_FILE
    said = json.loads(path.read_bytes())
    path.write_text(json.dumps({**said, "version": 2, "ballots": said["ballots"] + 1}), "utf-8")


S, D = LotKind.SEATS, LotKind.DECISIONS
LOTS = (
    Attack(
        H,
        "records a lot with an observer made after the day",
        lambda site: put_lot(site, S, signers=[site.day.offices[0], site.new_observer()]),
        "lot-signature",
    ),
    Attack(
        H,
        "records a lot alone",
        lambda site: put_lot(site, S, signers=[site.day.offices[0]]),
        "lot-signature",
    ),
    Attack(
        H,
        "records the value of another source",
        _lot(S, lambda lot: replace(lot, source="what we found")),
        "lot-source",
    ),
    Attack(
        H,
        "uses the lot of decisions for seats",
        _lot(S, lambda lot: replace(lot, lot=D)),
        "lot-kind",
    ),
    Attack(
        H,
        "uses another election's lot",
        _lot(S, lambda lot: replace(lot, number=bytes(32))),
        "lot-election",
    ),
    Attack(
        H, "draws of another index", _lot(S, lambda lot: replace(lot, after=bytes(32))), "lot-after"
    ),
    Attack(H, "signs the index again after the lot", _grown, "lot-after"),
    Attack(F, "alters the recorded value", _cut, "lot-signature"),
    Attack(H, "draws seats with another value", _drawn, "lot-result"),
    Attack(H, "states a result in a form of its own", _newer, "result-newer"),
    Attack(H, "draws seats before the lot", lambda site: draw_with(site, VALUE), "lot-result"),
    Attack(
        H,
        "records the lot of decisions before a station closed",
        _lot(D, lambda lot: replace(lot, after=bytes(32))),
        "lot-after",
    ),
    Attack(H, "decides by another lot with both offices", _decided, "lot-decisions"),
    Attack(H, "decides anew without a station that was read", _without_a_station, DECISIONS),
    Attack(H, "decides anew without the lot", _forgetting_the_lot, DECISIONS),
    Attack(
        H,
        "decides by a lot that is nowhere",
        lambda site: decide_by(site, bytes(32)),
        "lot-decisions",
    ),
)
