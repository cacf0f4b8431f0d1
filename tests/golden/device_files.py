"""Acts about devices, lists of two offices, lots, and the code of a closing report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from crypto import merkle
from crypto.certificates import read_subject
from crypto.hybrid import HybridKey
from election.definition import BranchId, Role
from election.device_acts import CardSigner
from election.device_order import DeviceOrder, open_order, write_order
from election.envelope import read_envelope, write_envelope
from election.handover import Handover, complete, headquarters_form
from election.lots import FILES, LotKind, RecordedLot, open_lot, source_of, write_lot
from election.marks import Marks
from election.missing import (
    MISSING_FILE,
    MissingDevice,
    MissingGround,
    MissingList,
    open_missing,
    write_missing,
)
from election.paper_record import read_record, record_text, settled_marks
from election.records import RecordKind, RecordSigner, SpentAuthorization
from election.register import (
    ElectionNumber,
    PublishedRegister,
    RegisteredDevice,
)
from election.report_code import ReportedNumbers, read_report_code, write_report_code
from election.rescue import (
    Rescue,
    RescueGround,
    check_records,
    numbers_of,
    open_rescue,
    read_rescue,
    write_rescue,
)
from election.rulings import (
    RULINGS_FILE,
    ChosenClosing,
    Revocation,
    RevocationGround,
    Rulings,
    open_rulings,
    write_rulings,
)
from election.schema import to_cbor
from election.spare import Spare, open_spare, write_spare
from election.takeover import TakeOver, open_takeover, write_takeover
from election.takeover import form as takeover_form
from tests.golden.day import UUID, World
from tests.golden.document import Document
from tests.golden.headquarters_files import registered
from tests.golden.people import BRANCH, ELSEWHERE, EVENING, SPARE, STATION, TERMINAL
from tests.golden.vault import card_key, seed

NUMBER = ElectionNumber(seed("number").hex())
_LOG = seed("log")
_HASHES = tuple(sorted((seed("spent 1"), seed("spent 2"))))
_SPENT = tuple(SpentAuthorization(hash_, seed("voucher", 64)) for hash_ in _HASHES)
_HANDLES = (seed("handle"),)
_REPORT = "report.txt"
_PAPER = "paper-record.txt"
_ORDER = "order.json"


def published(world: World) -> PublishedRegister:
    """Return the sample's register, with a spare, under a fixed number."""
    register = registered(world)
    certificate = world.people.certificates[SPARE]
    key = read_subject(certificate).signing_key.classical.raw
    spare = RegisteredDevice(
        SPARE, Role.BALLOT_TERMINAL, None, key, hashlib.sha256(certificate).digest()
    )
    devices = sorted((*register.devices, spare), key=lambda device: device.id)
    return PublishedRegister(replace(register, devices=tuple(devices)), NUMBER)


def _cards(world: World) -> list[tuple[CardSigner, bytes]]:
    def signer(name: str) -> CardSigner:
        def fresh(message: bytes) -> bytes:
            return card_key(name).sign(message, ec.ECDSA(hashes.SHA256()))

        return lambda message: world.vault.take(
            "card", (name.encode(), message), lambda: fresh(message)
        )

    return [(signer(name), world.people.certificates[name]) for name in ("officer", "supervisor")]


def _signers(world: World, *names: str) -> list[tuple[HybridKey, bytes]]:
    return [(world.people.keys[name], world.people.certificates[name]) for name in names]


def _takeover(_: World) -> TakeOver:
    number = bytes.fromhex(NUMBER)
    return TakeOver(number, BranchId(BRANCH), SPARE, TERMINAL, seed("act"), 12, _LOG, 40, EVENING)


def _write_takeover(world: World) -> Mapping[str, bytes]:
    devices = _signers(world, SPARE, STATION)
    return {"file.cbor": write_takeover(_takeover(world), _cards(world), devices)}


def _read_takeover(world: World, files: Mapping[str, bytes]) -> object:
    opened = open_takeover(files["file.cbor"], published(world))
    assert opened.witnesses == (STATION,)
    return opened.statement


def _write_handover(world: World) -> Mapping[str, bytes]:
    """Of headquarters: what cards and spare sign is the take-over's; the sealed key is any bytes."""
    taken = read_envelope(takeover_form(), _write_takeover(world)["file.cbor"])
    spare = world.people.certificates[SPARE]
    given = Handover(taken.reopen(), spare, b"", b"", seed("card key"))
    signer = _signers(world, "signer")
    return {"file.cbor": write_envelope(headquarters_form(), to_cbor(given), signer)}


def _read_handover(world: World, files: Mapping[str, bytes]) -> object:
    made = complete(files["file.cbor"], SPARE, world.people.keys[SPARE], published(world))
    assert made.verified.witnesses == ()
    return made.verified.statement, made.card_key


def _record_signer(world: World) -> RecordSigner:
    return RecordSigner(world.people.keys[TERMINAL], world.encrypted.fingerprint, TERMINAL)


def _spare(world: World) -> Spare:
    sealing = world.people.sealing[TERMINAL].public_bytes
    return Spare(UUID, "1", world.people.certificates[SPARE], sealing)


def _write_spare(world: World) -> Mapping[str, bytes]:
    ((key, certificate),) = _signers(world, "signer")
    return {"file.cbor": write_spare(_spare(world), key, certificate)}


def _read_spare(world: World, files: Mapping[str, bytes]) -> object:
    opened = open_spare(files["file.cbor"], published(world))
    assert opened.device.id == SPARE
    return opened.said


def _rescue(world: World) -> Rescue:
    signer = _record_signer(world)
    records = [signer.sign_record(RecordKind.CAST, seed("ballot"), b"sealed")]
    return Rescue(
        bytes.fromhex(NUMBER),
        BRANCH,
        TERMINAL,
        RescueGround.DEAD,
        numbers_of(records, _SPENT[:1]),
        merkle.root(_HANDLES),
        signer.sign_root([seed("ballot"), seed("lost")], [], _HASHES),
        seed("act"),
        _LOG,
        40,
        EVENING,
    )


def _write_rescue(world: World) -> Mapping[str, bytes]:
    records = [_record_signer(world).sign_record(RecordKind.CAST, seed("ballot"), b"sealed")]
    signers = _signers(world, STATION)
    data = write_rescue(_rescue(world), records, _SPENT[:1], _HANDLES, _cards(world), signers)
    return {"file.cbor": data}


def _read_rescue(world: World, files: Mapping[str, bytes]) -> object:
    file = read_rescue(files["file.cbor"])
    opened = open_rescue(file.act, published(world))
    key = world.people.keys[TERMINAL].public
    check_records(file, opened.statement, key, world.encrypted.fingerprint)
    assert (opened.witnesses, opened.difference) == ((STATION,), 1)
    return opened.statement


def _missing(_: World) -> MissingList:
    return MissingList(
        bytes.fromhex(NUMBER),
        (
            MissingDevice(TERMINAL, MissingGround.DESTROYED, 12, 3, True),
            MissingDevice(ELSEWHERE, MissingGround.LOST, None, 0, False),
        ),
    )


def _order(_: World) -> DeviceOrder:
    return DeviceOrder(bytes.fromhex(NUMBER), STATION, 2, True, 2_000)


def _rulings(_: World) -> Rulings:
    return Rulings(
        bytes.fromhex(NUMBER),
        (ChosenClosing(TERMINAL, seed("closing")),),
        (Revocation(seed("card"), RevocationGround.STOLEN, EVENING),),
    )


def lot_of(world: World, kind: LotKind) -> RecordedLot:
    """Return the recorded value of a lot."""
    source = source_of(published(world), kind)
    return RecordedLot(bytes.fromhex(NUMBER), kind, source, "۲۴٫۵ °C", seed("after"), EVENING)


def _write_lots(world: World) -> Mapping[str, bytes]:
    signers = _signers(world, "signer", "observer")
    return {FILES[kind]: write_lot(lot_of(world, kind), signers) for kind in LotKind}


def _read_lots(world: World, files: Mapping[str, bytes]) -> object:
    return [open_lot(files[FILES[kind]], published(world), kind) for kind in LotKind]


def _listed(
    name: str, write: Callable[[World, list[tuple[HybridKey, bytes]]], bytes]
) -> Callable[[World], Mapping[str, bytes]]:
    return lambda world: {name: write(world, _signers(world, "signer", "observer"))}


def _reported(_: World) -> ReportedNumbers:
    return ReportedNumbers(
        bytes.fromhex(NUMBER), TERMINAL, (402, 3), (seed("records"), seed("spent"))
    )


def _write_report(world: World) -> Mapping[str, bytes]:
    text = write_report_code(_reported(world), world.people.keys[TERMINAL])
    return {_REPORT: text.encode() + b"\n"}


def _read_report(world: World, files: Mapping[str, bytes]) -> object:
    code = read_report_code(files[_REPORT].decode())
    code.verify(world.people.keys[TERMINAL].public.classical.raw)
    return code.said


def _on_paper(world: World) -> tuple[Marks, ...]:
    council, experts = world.election.contests
    persons = tuple(candidate.code for candidate in council.candidates[:2])
    return settled_marks(
        world.election, (Marks(council.id, persons), Marks(experts.id, blank=True))
    )


def _write_paper(world: World) -> Mapping[str, bytes]:
    return {_PAPER: record_text(world.election, _on_paper(world)).encode() + b"\n"}


def _read_paper(world: World, files: Mapping[str, bytes]) -> object:
    return read_record(world.election, files[_PAPER].decode().strip())


DOCUMENTS = (
    Document("takeover", _write_takeover, _read_takeover, _takeover),
    Document(
        "handover",
        _write_handover,
        _read_handover,
        lambda world: (_takeover(world), seed("card key")),
    ),
    Document("spare", _write_spare, _read_spare, _spare),
    Document("rescue", _write_rescue, _read_rescue, _rescue),
    Document(
        "missing",
        _listed(MISSING_FILE, lambda world, signers: write_missing(_missing(world), signers)),
        lambda world, files: open_missing(files[MISSING_FILE], published(world)),
        _missing,
    ),
    Document(
        "order",
        _listed(_ORDER, lambda world, signers: write_order(_order(world), signers)),
        lambda world, files: open_order(files[_ORDER], published(world)),
        _order,
    ),
    Document(
        "rulings",
        _listed(RULINGS_FILE, lambda world, signers: write_rulings(_rulings(world), signers)),
        lambda world, files: open_rulings(files[RULINGS_FILE], published(world)),
        _rulings,
    ),
    Document(
        "lots", _write_lots, _read_lots, lambda world: [lot_of(world, kind) for kind in LotKind]
    ),
    Document("report", _write_report, _read_report, _reported),
    Document("paper-record", _write_paper, _read_paper, _on_paper),
)
