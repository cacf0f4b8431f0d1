"""Record the lots at headquarters, and allocate seats by the one that is recorded.

    FOLDER/lot-decisions.json    after every device is in or finally missing, before decisions by it
    TARGET/lot-seats.json        after the index is final and signed; then the seats of ties follow

Each is recorded once: what it separates was fixed before, and neither may suit the other afterwards
(`election.lots`).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from crypto.certificates import MAX_CERTIFICATE_SIZE, valid_from
from crypto.errors import CryptoError
from crypto.result import TallyResult, add_up
from election.definition import Role
from election.errors import ElectionError
from election.files import PUBLIC, write_new
from election.lots import FILES, MAX_LOT, LotKind, RecordedLot, open_lot, source_of, write_lot
from election.reasons import LotReason, RegisterReason
from election.register import PublishedRegister
from election.schema import SchemaError, from_json
from election.signed import Signature, SignatureRefusedError, verify
from headquarters.authority import load_signer
from headquarters.counting import count_election
from headquarters.election_config import SeatRules
from headquarters.index_document import (
    CONTEXT,
    INDEX_FILE,
    MAX_INDEX,
    SIGNATURE_FILE,
    ArchiveIndex,
    finished,
    result_of,
    sha256_of,
)
from headquarters.intake import import_stored
from headquarters.keepers import Unlock
from headquarters.lot_check import handles_root
from headquarters.offices import open_office
from headquarters.result import (
    ElectionResult,
    Interim,
    default_parameters,
    make_result,
    write_result_files,
)
from headquarters.workspace import FolderError, Workspace, load_plan, read_file
from words.languages import installed
from words.message import m


def check_no_lot(target: Path) -> None:
    """Raise `FolderError` if the lot of an index in `target` was recorded: that index stays."""
    path = target / FILES[LotKind.SEATS]
    if path.exists():
        raise FolderError(
            m("{path} was recorded for the index beside it, which is final; it stays", path=path)
        )


def record_decision_lot(
    workspace: Workspace, value: str, observer: Path, unlock: Unlock, now: datetime
) -> RecordedLot:
    """Sign and keep the lot among equal provisional ballots. Raises `ElectionError`, `OSError`.

    `observer`: the folder of the supervision board's observer. Refused while a device is pending, and once
    decisions were made by a lot.
    """
    published = _published(workspace)
    place = workspace.folder.path / FILES[LotKind.DECISIONS]
    imported = import_stored(workspace, unlock, now)
    here = {bundle.device for bundle in imported.report.accepted} | set(workspace.acts.rescued)
    pending = workspace.acts.branches.keys() - here - workspace.acts.finally_missing
    if pending:
        raise FolderError(
            m(
                "{count} devices are still pending, such as {device}: who closes later must not know the "
                "value; wait until all are in or finally missing",
                count=len(pending),
                device=min(pending),
            )
        )
    after = handles_root(handle for each in imported.evidence for handle in each.handles)
    return _record(
        workspace, published, place, (LotKind.DECISIONS, value, after), observer, unlock, now
    )


def record_seat_lot(
    workspace: Workspace, target: Path, value: str, observer: Path, unlock: Unlock, now: datetime
) -> tuple[RecordedLot, ElectionResult]:
    """Sign and keep the lot of the final index in `target`, and allocate the seats again by it.

    Raises `ElectionError`, `DecodeError`, `OSError`.
    """
    published = _published(workspace)
    data = read_file(target / INDEX_FILE)
    index = _final_index(workspace, target, data)
    archives = [target / batch.name / batch.archive for batch in index.batches]
    if any(
        sha256_of(path) != batch.sha256 for path, batch in zip(archives, index.batches, strict=True)
    ):
        raise FolderError(m("an archive is not the one that the index was signed for"))
    results = [result_of(finished(path)) for path in archives]
    place, rules = target / FILES[LotKind.SEATS], load_plan(workspace.folder).seats
    lot = _record(
        workspace,
        published,
        place,
        (LotKind.SEATS, value, hashlib.sha256(data).digest()),
        observer,
        unlock,
        now,
    )
    return lot, write_result(workspace, rules, target, add_up(results), index.ballots, lot.value)


def write_result(
    workspace: Workspace,
    rules: SeatRules,
    target: Path,
    together: TallyResult,
    ballots: int,
    seed: str = "",
    interim: Interim | None = None,
) -> ElectionResult:
    """Count and allocate what all archives give together, and write it; no seed while no lot is recorded."""
    election = workspace.election
    counts = count_election(election, together, ballots)
    parameters = [
        replace(given, denominator=rules.denominator, remainder_seats=rules.left_overs)
        for given in default_parameters(election, seed)
    ]
    result = make_result(election, workspace.fingerprint, counts, parameters, interim)
    write_result_files(target, result, installed().speakers())
    return result


# ---------------------------------------------------------------- parts


def _published(workspace: Workspace) -> PublishedRegister:
    published = workspace.published
    if published is None:
        raise ElectionError(RegisterReason.REGISTER_MISSING.sentence)
    if len(published.register.signers.lot) < 2:
        raise ElectionError(
            m(
                "the register names no supervision board's observer, so nobody can record a lot with "
                "headquarters; an election with ties needs both offices before `package`"
            )
        )
    return published


def _final_index(workspace: Workspace, target: Path, data: bytes) -> ArchiveIndex:
    """Return the index that headquarters signed for this election, if it is final."""
    signer = read_file(target / "signer.der")
    try:
        if len(data) > MAX_INDEX or len(signer) > MAX_CERTIFICATE_SIZE:
            raise FolderError(LotReason.LOT_AFTER.sentence)
        signature = Signature(signer, read_file(target / SIGNATURE_FILE))
        verify(
            data, CONTEXT, [signature], [{Role.HEADQUARTERS}], workspace.root, valid_from(signer)
        )
        index = from_json(ArchiveIndex, data)
    except (CryptoError, SchemaError, SignatureRefusedError) as error:
        raise FolderError(LotReason.LOT_AFTER.sentence) from error
    if (index.uuid, index.fingerprint) != (workspace.election.uuid, workspace.fingerprint):
        raise FolderError(LotReason.LOT_AFTER.sentence)
    if index.interim:
        raise FolderError(
            m("the index is interim: devices are pending, and the lot is drawn of the final one")
        )
    return index


def _record(
    workspace: Workspace,
    published: PublishedRegister,
    place: Path,
    said: tuple[LotKind, str, bytes],
    observer: Path,
    unlock: Unlock,
    now: datetime,
) -> RecordedLot:
    """Sign as headquarters and the observer, look at it as everybody will, and write it once."""
    if place.exists():
        raise FolderError(
            m("{path} is there: a lot is recorded once and never changed", path=place)
        )
    kind, value, after = said
    number = bytes.fromhex(published.number)
    lot = RecordedLot(number, kind, source_of(published, kind), value.strip(), after, now)
    signer = load_signer(workspace.folder.keys, unlock)
    try:
        data = write_lot(lot, [(signer.key, signer.certificate), open_office(observer, unlock)])
    except ValueError as error:
        raise ElectionError(
            m("the value is one line of at most 200 characters, without a bar (|)")
        ) from error
    opened = open_lot(data, published, kind)
    assert len(data) <= MAX_LOT
    write_new(place, data, PUBLIC)
    return opened
