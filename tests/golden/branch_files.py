"""What devices make: requests, authorizations, logs, sealed records, tickets, closing bundles."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from crypto import canonical
from crypto.ballot import check_ballot, parse_ballot
from crypto.casting import BallotMaker, open_challenge
from crypto.election import parse_election
from crypto.embedding import EmbeddingTable
from election.acts import LogPosition, SignedAct, Statement, read_statement, verify_act
from election.anchors import Anchor, read_anchor, write_anchor
from election.answers import slot_codes
from election.audit_events import AuditEvent
from election.authorization import Authorization
from election.bundle import Bundle, issued_count, read_bundle, write_bundle
from election.cards_back import open_cards_back
from election.challenge import ChallengeTicket, read_ticket, ticket_text
from election.definition import Role
from election.enrolment import make_request, read_request, write_request
from election.issuance import IssuedCount, receipts_root
from election.provisional import Proof, ProvisionalEntry, open_entry
from election.records import RecordKind, spent_hash
from election.schema import from_cbor, to_cbor
from election.sealed import open_card_key, seal_card_key, unseal
from election.token import check, issue
from election.trusted_digest import trusted_digest
from election.voucher import (
    Note,
    Receipt,
    decode_note,
    encode_note,
    intent_of,
    is_receipt_valid,
)
from kiosk.storage import audit
from kiosk.storage.audit import AuditLog
from tests.golden.day import (
    BOTH,
    COUNCIL,
    EXPERTS,
    IN,
    NUMBERS,
    OUT,
    UUID,
    Cast,
    World,
    branch_card_key,
    seal_check_ins,
    seal_records,
    seal_what_cards_brought,
    what_cards_brought,
)
from tests.golden.document import Document
from tests.golden.headquarters_files import package_digest
from tests.golden.people import BRANCH, EVENING, NOW, STATION, TERMINAL
from tests.golden.vault import replaying, seed

ANCHOR = Anchor(LogPosition(seed("head of the log"), 12, 3), 4)
EXPIRES = datetime.fromisoformat("2026-06-14T04:31:00+00:00")


def _write_enrolment(world: World) -> Mapping[str, bytes]:
    request = make_request(
        TERMINAL,
        Role.BALLOT_TERMINAL,
        BRANCH,
        world.people.keys[TERMINAL],
        world.people.sealing[TERMINAL].public_bytes,
    )
    return {"file.json": write_request(request)}


def _read_enrolment(world: World, files: Mapping[str, bytes]) -> object:
    found = read_request(files["file.json"])
    return found.device, found.role, found.branch, found.key, found.sealing_key


def _enrolment(world: World) -> object:
    key, sealing = world.people.keys[TERMINAL].public, world.people.sealing[TERMINAL]
    return TERMINAL, Role.BALLOT_TERMINAL, BRANCH, key, sealing.public_bytes


def bundle_file(world: World, bundle: Bundle) -> bytes:
    key, certificate = world.people.keys[bundle.device], world.people.certificates[bundle.device]
    return write_bundle(bundle, key, certificate)


def _bundle(name: str, make: Callable[[World], Bundle]) -> Document:
    def write(world: World) -> Mapping[str, bytes]:
        file = bundle_file(world, make(world))
        envelope = canonical.decode(file)
        assert isinstance(envelope, dict)
        content = envelope["content"]
        assert isinstance(content, bytes)
        return {"payload.cbor": content, "file.cbor": file}

    def read(world: World, files: Mapping[str, bytes]) -> object:
        return read_bundle(files["file.cbor"], world.election, world.people.root, EVENING)

    return Document(name, write, read, make)


def terminal_bundle(world: World) -> Bundle:
    return world.terminal_bundle(package_digest(world))


def station_bundle(world: World) -> Bundle:
    return world.station_bundle(package_digest(world))


def _write_acts(world: World) -> Mapping[str, bytes]:
    load, opened, close = terminal_bundle(world).acts
    return {
        "load.cbor": load.statement,
        "open.cbor": opened.statement,
        "close.cbor": close.statement,
        "file.cbor": to_cbor(close),
        "trusted": trusted_digest(world.election.trusted),
    }


def _read_acts(world: World, files: Mapping[str, bytes]) -> object:
    key, root = world.people.keys[TERMINAL].public, world.people.root
    verified = verify_act(from_cbor(SignedAct, files["file.cbor"]), key, root, EVENING)
    statements = [from_cbor(Statement, files[f"{name}.cbor"]) for name in ("load", "open")]
    return [*statements, verified.statement], [operator.role for operator in verified.operators]


def _acts(world: World) -> object:
    acts = terminal_bundle(world).acts
    return [read_statement(act) for act in acts], [Role.OFFICER, Role.SUPERVISOR]


def _write_anchor(world: World) -> Mapping[str, bytes]:
    return {"file.cbor": write_anchor(ANCHOR, world.people.keys[TERMINAL].classical)}


def _read_anchor(world: World, files: Mapping[str, bytes]) -> object:
    return read_anchor(files["file.cbor"], world.people.keys[TERMINAL].classical.public)


def _write_issued(world: World) -> Mapping[str, bytes]:
    return {"file.sig": _count(world).sign(world.people.keys[STATION])}


def _read_issued(world: World, files: Mapping[str, bytes]) -> object:
    hashes = tuple(sorted(spent_hash(seed(f"nonce {n}", 16)) for n in range(9)))
    back = what_cards_brought(world).receipts
    root = receipts_root((each.spent, each.terminal) for each in back)
    count = IssuedCount(UUID, STATION, BRANCH, 5, 2, 2, hashes, root)
    people = world.people
    count.verify(people.certificates[STATION], files["file.sig"], people.root, EVENING)
    return count


def _count(world: World) -> IssuedCount:
    bundle = world.station_bundle(bytes(32))
    assert bundle.check_ins is not None
    return issued_count(bundle, bundle.check_ins)


def authorization(handle: bytes | None) -> Authorization:
    return Authorization(
        UUID, BRANCH, STATION, BOTH, (COUNCIL, EXPERTS), EXPIRES, seed("nonce", 16), handle
    )


def _write_tokens(world: World) -> Mapping[str, bytes]:
    key = world.people.keys[STATION].classical
    return {
        f"{name}.cbor": issue(authorization(handle), key)
        for name, handle in (("ordinary", None), ("provisional", IN))
    }


def _read_tokens(world: World, files: Mapping[str, bytes]) -> object:
    before = EXPIRES - timedelta(seconds=1)
    return [check(data, world.election, BRANCH, before) for data in files.values()]


ENTRIES = (
    ("started", ""),
    ("package-loaded", f"sha256 {'ab' * 32}"),
    ("polls-opened", ""),
)


def _write_audit(world: World) -> Mapping[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.jsonl"
        log = AuditLog(path, world.people.keys[TERMINAL].classical)
        for minutes, (what, detail) in enumerate(ENTRIES):
            log.append(AuditEvent(what), NOW + timedelta(minutes=minutes), detail)
        log.close()
        return {"file.jsonl": path.read_bytes()}


def _read_audit(world: World, files: Mapping[str, bytes]) -> object:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.jsonl"
        path.write_bytes(files["file.jsonl"])
        found = audit.verify(path, world.people.keys[TERMINAL].public.classical)
    return [(entry.number, entry.time, entry.what, entry.detail) for entry in found]


def _audited(world: World) -> object:
    return [
        (number, NOW + timedelta(minutes=number - 1), what, detail)
        for number, (what, detail) in enumerate(ENTRIES, 1)
    ]


def _write_sealed(world: World) -> Mapping[str, bytes]:
    with replaying(world.vault, "card key"):
        card = seal_card_key(
            branch_card_key(BRANCH),
            UUID,
            BRANCH,
            TERMINAL,
            world.people.sealing[TERMINAL].public_bytes,
        )
    records = {f"record-{number}": data for number, data in enumerate(seal_records(world))}
    entries = {f"entry-{number}": data for number, data in enumerate(seal_check_ins(world))}
    back = {"cards-back": seal_what_cards_brought(world)}
    return {"card-key": card, **records, **entries, **back}


def _read_sealed(world: World, files: Mapping[str, bytes]) -> object:
    keys = world.people.sealing
    card = open_card_key(files["card-key"], UUID, BRANCH, TERMINAL, keys[TERMINAL])
    opened = [
        unseal(
            world.encrypted,
            cast.kind,
            cast.ballot.digest,
            files[f"record-{number}"],
            keys["headquarters"],
        )
        for number, cast in enumerate(world.cast)
    ]
    records = [
        (record.kind, record.ballot, record.opening, record.origin and record.origin.handle)
        for record in opened
    ]
    office = keys["reconciliation"]
    entries = [
        open_entry(files[f"entry-{number}"], UUID, BRANCH, STATION, office) for number in (0, 1)
    ]
    back = open_cards_back(files["cards-back"], UUID, BRANCH, STATION, keys["headquarters"])
    return card, records, entries, back


def _sealed(world: World) -> object:
    records = [
        (
            cast.kind,
            cast.ballot,
            cast.opening if cast.kind is RecordKind.SPOILED else None,
            cast.handle,
        )
        for cast in world.cast
    ]
    entries = [
        ProvisionalEntry(handle, number, Proof.DOCUMENT if handle == OUT else Proof.CHIP)
        for handle, number in zip((OUT, IN), NUMBERS, strict=True)
    ]
    return branch_card_key(BRANCH), records, entries, what_cards_brought(world)


def _notes(world: World) -> list[Note]:
    """What a terminal writes on the card: before a vote is recorded, and after it."""
    (receipt,) = what_cards_brought(world).receipts
    return [intent_of(TERMINAL, b"a token"), receipt]


def _write_notes(world: World) -> Mapping[str, bytes]:
    intent, receipt = map(encode_note, _notes(world))
    return {"intent.cbor": intent, "receipt.cbor": receipt}


def _read_notes(world: World, files: Mapping[str, bytes]) -> object:
    intent, receipt = (decode_note(files[f"{name}.cbor"]) for name in ("intent", "receipt"))
    assert isinstance(receipt, Receipt)
    assert is_receipt_valid(world.election, BRANCH, receipt)
    return [intent, receipt]


def _challenged(world: World) -> Cast:
    return next(cast for cast in world.cast if cast.kind is RecordKind.SPOILED)


def _write_challenge(world: World) -> Mapping[str, bytes]:
    challenged = _challenged(world)
    maker = BallotMaker(world.encrypted, EmbeddingTable(slot_codes(world.election.contests)))
    ballot = maker.make(challenged.opening.answers, challenged.opening.seed)
    ticket = ticket_text(world.encrypted, ChallengeTicket(challenged.opening, ballot.digest))
    return {
        "election.json": world.election.belenios_election,
        "ballot.json": ballot.text,
        "ticket.txt": ticket.encode(),
    }


def _read_challenge(world: World, files: Mapping[str, bytes]) -> object:
    encrypted = parse_election(files["election.json"])
    ticket = read_ticket(encrypted, files["ticket.txt"].decode())
    ballot = parse_ballot(encrypted, files["ballot.json"])
    check_ballot(encrypted, ballot)
    open_challenge(encrypted, ballot.text, ticket.opening.seed, ticket.opening.answers)
    return encrypted, ballot, ticket


def _opened(world: World) -> object:
    challenged = _challenged(world)
    return (
        world.encrypted,
        challenged.ballot,
        ChallengeTicket(challenged.opening, challenged.ballot.digest),
    )


DOCUMENTS = (
    Document("enrolment", _write_enrolment, _read_enrolment, _enrolment),
    Document(
        "tokens", _write_tokens, _read_tokens, lambda _: [authorization(None), authorization(IN)]
    ),
    Document("audit-log", _write_audit, _read_audit, _audited),
    Document("notes", _write_notes, _read_notes, _notes),
    Document("sealed", _write_sealed, _read_sealed, _sealed),
    Document("challenge", _write_challenge, _read_challenge, _opened),
    Document("acts", _write_acts, _read_acts, _acts),
    Document("anchor", _write_anchor, _read_anchor, lambda _: ANCHOR),
    _bundle("bundle-terminal", terminal_bundle),
    _bundle("bundle-station", station_bundle),
    Document("issued", _write_issued, _read_issued, _count),
)
