"""Readers of what is said about devices, by two offices, on reports and on cards.

Acts, lists and lots are signed anew by the right people, so that what is refused is refused for what it says.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from crypto import canonical, sealing
from crypto.errors import CryptoError
from crypto.hybrid import HybridKey
from election.cards_back import open_cards_back
from election.device_acts import (
    CardSignature,
    SignedStatement,
    card_message,
)
from election.device_order import DeviceOrder, open_order
from election.device_order import form as order_form
from election.envelope import EnvelopeFormat, write_envelope
from election.errors import RefusedError
from election.handover import Handover, complete, headquarters_form
from election.json_envelope import write_json_envelope
from election.lots import FILES, LotKind, RecordedLot, open_lot
from election.lots import form as lot_form
from election.missing import MISSING_FILE, MissingList, open_missing
from election.missing import form as missing_form
from election.paper_record import PaperRecordError, read_record
from election.reasons import Refusal
from election.registry_status import RegistryStatus, open_status
from election.registry_status import form as status_form
from election.report_code import (
    PREFIX,
    ReportedNumbers,
    read_report_code,
    write_report_code,
)
from election.rescue import Rescue, check_records, open_rescue, read_rescue
from election.rescue import form as rescue_form
from election.rulings import RULINGS_FILE, Rulings, open_rulings
from election.rulings import form as rulings_form
from election.schema import SchemaError, from_cbor, from_json, to_cbor
from election.spare import Spare, open_spare
from election.spare import form as spare_form
from election.takeover import TakeOver, open_takeover
from election.takeover import form as takeover_form
from election.voucher import Receipt, decode_note, is_receipt_valid
from tests.golden.claim_files import with_registry
from tests.golden.day import UUID, what_cards_brought, world
from tests.golden.device_files import published
from tests.golden.document import stored_files
from tests.golden.mutate import Tree, as_cbor, as_json, cbor_tree, json_tree
from tests.golden.people import BRANCH, SPARE, STATION, TERMINAL
from tests.golden.subject import ACCEPTED, MALFORMED, DocumentUnderTest, Outcome, malformed
from tests.golden.vault import card_key

T = TypeVar("T")


def _signers(*names: str) -> list[tuple[HybridKey, bytes]]:
    people = world().people
    return [(people.keys[name].anew, people.certificates[name]) for name in names]


def _outcome(read: Callable[[], object]) -> Outcome:
    """What a reader says; a reason that ends in `format` is one of form."""
    try:
        read()
    except RefusedError as error:
        reason: Refusal = error.reason
        return malformed(error) if reason.endswith("-format") else reason
    return ACCEPTED


def _only_form(outcome: Outcome) -> Outcome | None:
    return outcome if outcome.startswith(MALFORMED) else None


def _parse(read: Callable[[bytes], object]) -> Callable[[bytes], Outcome | None]:
    def parse(content: bytes) -> Outcome | None:
        try:
            read(content)
        except SchemaError as error:
            return malformed(error)
        return None

    return parse


# ---------------------------------------------------------------- acts about devices


def _sign_act(form: EnvelopeFormat, statement: bytes, devices: list[str]) -> bytes:
    """Two cards sign the frozen bytes, then the devices the whole."""
    message, certificates = card_message(form, statement), world().people.certificates
    cards = tuple(
        CardSignature(certificates[name], card_key(name).sign(message, ec.ECDSA(hashes.SHA256())))
        for name in ("officer", "supervisor")
    )
    return write_envelope(form, to_cbor(SignedStatement(statement, cards)), _signers(*devices))


def _act(
    name: str,
    form: EnvelopeFormat,
    document: type[object],
    data: bytes,
    devices: list[str],
    read: Callable[[bytes], object],
) -> Iterator[DocumentUnderTest]:
    envelope = cbor_tree(data)
    assert isinstance(envelope, dict)
    signed = from_cbor(SignedStatement, envelope["content"])  # type: ignore[arg-type]

    def verified(statement: bytes) -> Outcome:
        return _outcome(lambda: read(_sign_act(form, statement, devices)))

    def cards(content: bytes) -> Outcome:
        return _outcome(lambda: read(write_envelope(form, content, _signers(*devices))))

    def whole(data: bytes) -> Outcome:
        return _outcome(lambda: read(data))

    yield DocumentUnderTest(
        name,
        cbor_tree(signed.statement),
        as_cbor,
        _parse(lambda content: from_cbor(document, content)),
        verified,
    )
    yield DocumentUnderTest(
        f"{name}-cards",
        cbor_tree(to_cbor(signed)),
        as_cbor,
        _parse(lambda content: from_cbor(SignedStatement, content)),
        cards,
    )
    yield DocumentUnderTest(
        f"{name}-envelope", envelope, as_cbor, lambda data: _only_form(whole(data)), whole
    )


def _takeover() -> Iterator[DocumentUnderTest]:
    data = stored_files("takeover")["file.cbor"]
    known = published(world())
    yield from _act(
        "takeover",
        takeover_form(),
        TakeOver,
        data,
        [SPARE, STATION],
        lambda data: open_takeover(data, known),
    )


def _handover() -> Iterator[DocumentUnderTest]:
    known, key = published(world()), world().people.keys[SPARE].anew
    yield from _of_headquarters(
        "handover", headquarters_form(), Handover, lambda data: complete(data, SPARE, key, known)
    )


def _spare() -> Iterator[DocumentUnderTest]:
    known = published(world())
    yield from _of_headquarters("spare", spare_form(), Spare, lambda data: open_spare(data, known))


def _of_headquarters(
    name: str, form: EnvelopeFormat, document: type[object], read: Callable[[bytes], object]
) -> Iterator[DocumentUnderTest]:
    """Headquarters alone signs it."""
    envelope = cbor_tree(stored_files(name)["file.cbor"])
    assert isinstance(envelope, dict)

    def whole(data: bytes) -> Outcome:
        return _outcome(lambda: read(data))

    def verified(content: bytes) -> Outcome:
        return whole(write_envelope(form, content, _signers("signer")))

    content = envelope["content"]
    assert isinstance(content, bytes)
    yield DocumentUnderTest(
        name,
        cbor_tree(content),
        as_cbor,
        _parse(lambda content: from_cbor(document, content)),
        verified,
    )
    yield DocumentUnderTest(
        f"{name}-envelope", envelope, as_cbor, lambda data: _only_form(whole(data)), whole
    )


def _rescue() -> Iterator[DocumentUnderTest]:
    data = stored_files("rescue")["file.cbor"]
    known, key, phi = (
        published(world()),
        world().people.keys[TERMINAL].public,
        world().encrypted.fingerprint,
    )
    act = read_rescue(data).act
    yield from _act(
        "rescue", rescue_form(), Rescue, act, [STATION], lambda data: open_rescue(data, known)
    )

    def whole(data: bytes) -> Outcome:
        def read() -> None:
            file = read_rescue(data)
            check_records(file, open_rescue(file.act, known).statement, key, phi)

        return _outcome(read)

    yield DocumentUnderTest(
        "rescue-file", cbor_tree(data), as_cbor, lambda data: _only_form(whole(data)), whole
    )


# ---------------------------------------------------------------- of two offices


def _list(
    name: str,
    form: EnvelopeFormat,
    document: type[T],
    data: bytes,
    read: Callable[[bytes], object],
    signers: Sequence[str] = ("signer", "observer"),
) -> Iterator[DocumentUnderTest]:
    offices = _signers(*signers)

    def whole(data: bytes) -> Outcome:
        return _outcome(lambda: read(data))

    def verified(content: bytes) -> Outcome:
        return whole(write_json_envelope(form, content, offices))

    def as_file(tree: Tree) -> bytes:
        """With the line breaks that the file has; a member twice has no such form."""
        if "Members(" in repr(tree):
            return as_json(tree)
        return json.dumps(tree, ensure_ascii=False, indent=1).encode() + b"\n"

    content = json.loads(data)["content"].encode()
    yield DocumentUnderTest(
        name,
        json_tree(content),
        as_json,
        _parse(lambda content: from_json(document, content)),
        verified,
    )
    yield DocumentUnderTest(
        f"{name}-envelope", json_tree(data), as_file, lambda data: _only_form(whole(data)), whole
    )


def _missing() -> Iterator[DocumentUnderTest]:
    data, known = stored_files("missing")[MISSING_FILE], published(world())
    yield from _list(
        "missing", missing_form(), MissingList, data, lambda data: open_missing(data, known)
    )


def _order() -> Iterator[DocumentUnderTest]:
    data, known = stored_files("order")["order.json"], published(world())
    yield from _list("order", order_form(), DeviceOrder, data, lambda data: open_order(data, known))


def _registry_status() -> Iterator[DocumentUnderTest]:
    data, known = stored_files("registry-night")["claims.export.json"], with_registry(world())
    yield from _list(
        "registry-status",
        status_form(),
        RegistryStatus,
        data,
        lambda data: open_status(data, known),
        ("registry",),
    )


def _rulings() -> Iterator[DocumentUnderTest]:
    data, known = stored_files("rulings")[RULINGS_FILE], published(world())
    yield from _list(
        "rulings", rulings_form(), Rulings, data, lambda data: open_rulings(data, known)
    )


def _lot() -> Iterator[DocumentUnderTest]:
    data, known = stored_files("lots")[FILES[LotKind.SEATS]], published(world())
    yield from _list(
        "lot",
        lot_form(),
        RecordedLot,
        data,
        lambda data: open_lot(data, known, LotKind.SEATS),
    )


# ---------------------------------------------------------------- reports and cards


def _report() -> Iterator[DocumentUnderTest]:
    text = stored_files("report")["report.txt"].decode().strip()
    body = text.removeprefix(PREFIX)
    content = base64.b32decode(body + "=" * (-len(body) % 8))[:-64]
    key = world().people.keys[TERMINAL].anew

    def verified(content: bytes) -> Outcome:
        """Signed anew; the code is of another device, or says what it says."""
        said = from_cbor(ReportedNumbers, content)
        code = read_report_code(write_report_code(said, key))
        return _outcome(lambda: code.verify(key.public.classical.raw))

    yield DocumentUnderTest(
        "report",
        cbor_tree(content),
        as_cbor,
        _parse(lambda content: from_cbor(ReportedNumbers, content)),
        verified,
    )


def _paper_record() -> Iterator[DocumentUnderTest]:
    """Head and fields, joined as on the paper; nothing signs them, the paper itself is the record."""
    election = world().election
    head, _, fields = (
        stored_files("paper-record")["paper-record.txt"].decode().strip().rpartition(":")
    )
    tree: Tree = [f"{head}:", *fields.split(".")]

    def encode(tree: Tree) -> bytes:
        first, *rest = map(str, tree if isinstance(tree, list) and tree else [tree])
        return f"{first}{'.'.join(rest)}".encode()

    def parse(data: bytes) -> Outcome | None:
        try:
            read_record(election, data.decode())
        except PaperRecordError:
            return MALFORMED
        return None

    yield DocumentUnderTest("paper-record", tree, encode, parse, lambda _: ACCEPTED)


def _notes() -> Iterator[DocumentUnderTest]:
    """A note that is none is no error: nobody relies on it. A receipt has to be signed."""
    files, election = stored_files("notes"), world().election

    def parse(data: bytes) -> Outcome | None:
        return MALFORMED if decode_note(data) is None else None

    def read(data: bytes) -> Outcome:
        note = decode_note(data)
        if isinstance(note, Receipt) and not is_receipt_valid(election, BRANCH, note):
            return "bad-signature"
        return ACCEPTED

    for name in ("intent", "receipt"):
        tree = cbor_tree(files[f"{name}.cbor"])
        yield DocumentUnderTest(f"note-{name}", tree, as_cbor, parse, read)


def _cards_back() -> Iterator[DocumentUnderTest]:
    """The content, sealed anew; what a receipt's signature says is compared where it is counted."""
    key = world().people.sealing["headquarters"]
    back = what_cards_brought(world())
    info = canonical.encode(["amin-cards-back-v1", UUID, BRANCH, STATION])
    receipts: list[canonical.CanonicalValue] = [
        [receipt.spent, receipt.terminal, receipt.signature] for receipt in back.receipts
    ]
    content = canonical.encode([receipts, list(back.returned)])

    def parse(content: bytes) -> Outcome | None:
        sealed = sealing.seal(key.public_bytes, content, info)
        try:
            open_cards_back(sealed, UUID, BRANCH, STATION, key)
        except CryptoError:
            return MALFORMED
        return None

    yield DocumentUnderTest("cards-back", cbor_tree(content), as_cbor, parse, lambda _: ACCEPTED)


PUBLICATION = {
    "takeover": _takeover,
    "handover": _handover,
    "spare": _spare,
    "rescue": _rescue,
    "missing": _missing,
    "order": _order,
    "registry-status": _registry_status,
    "rulings": _rulings,
    "lot": _lot,
    "report": _report,
    "paper-record": _paper_record,
    "notes": _notes,
    "cards-back": _cards_back,
}
