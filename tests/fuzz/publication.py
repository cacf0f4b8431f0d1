"""What devices, offices and cards say after the day: acts, lists, lots, reports, notes, decisions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from crypto import canonical
from crypto.election import parse_election
from crypto.errors import CryptoError
from election.acts import ActRefusedError, SignedAct, verify_act
from election.cards_back import CardsBack, open_cards_back
from election.challenge import TicketError, read_ticket
from election.device_acts import DeviceActError
from election.device_order import open_order
from election.envelope import read_envelope
from election.evidence import add_up
from election.handover import Handover, complete
from election.lots import FILES, LotError, LotKind, open_lot
from election.marks import Marks
from election.missing import MISSING_FILE, open_missing
from election.office_lists import OfficeListError
from election.paper_record import PaperRecordError, read_record, record_text
from election.reasons import DeviceActReason
from election.registered_acts import check_registered_acts
from election.report_code import ReportError, read_report_code
from election.rescue import check_records, open_rescue, read_rescue
from election.rulings import RULINGS_FILE, open_rulings
from election.schema import SchemaError, from_cbor, from_json, to_cbor, to_json
from election.spare import open_spare
from election.takeover import form as takeover_form
from election.takeover import open_takeover
from election.voucher import (
    Note,
    Receipt,
    decode_note,
    encode_note,
    is_receipt_of,
    is_receipt_valid,
    sign_receipt,
)
from headquarters.authorizations_check import SpentLists
from headquarters.day_acts import ACTS_FILE, DayActs
from headquarters.decisions import DecisionError, read_decisions, verify
from headquarters.exclusion import read_excluded, read_handles
from headquarters.index_document import ArchiveIndex
from headquarters.issuance_check import StationCounts
from headquarters.published_acts import EVIDENCE_FILE
from headquarters.published_evidence import PublishedEvidence, read_evidence
from headquarters.receipts import LOST_FILE, LostVote, LostVotes, read_lost
from headquarters.supplement_files import PublishedBoxes, read_challenged
from tests.fuzz.target import Make, Target, scratch
from tests.golden.day import UUID, world
from tests.golden.device_files import published
from tests.golden.document import stored_files
from tests.golden.people import BRANCH, EVENING, SPARE, STATION, TERMINAL
from tests.golden.vault import NotInVault


def refusing(
    error: type[Exception], read: Callable[[bytes], object], *corpus: bytes, share: float = 1.0
) -> Target:
    """A reader that raises this error and nothing else; `share`: in the short run."""
    return Target(read, corpus, (error,), short_share=share)


def _only(good: bytes, read: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """Nothing but what was signed is taken."""

    def checked(data: bytes) -> object:
        opened = read(data)
        assert data == good
        return opened

    return checked


# ---------------------------------------------------------------- acts and lists


def takeovers() -> Target:
    good, known = stored_files("takeover")["file.cbor"], published(world())
    return refusing(
        DeviceActError, _only(good, lambda data: open_takeover(data, known)), good, share=0.3
    )


def spares() -> Target:
    good, known = stored_files("spare")["file.cbor"], published(world())
    return refusing(
        DeviceActError, _only(good, lambda data: open_spare(data, known)), good, share=0.3
    )


def handovers() -> Target:
    """What a spare completes: nothing in it can be changed but the key that is sealed to the spare."""
    known, act = published(world()), stored_files("takeover")["file.cbor"]
    envelope = read_envelope(takeover_form(), act)
    spare, neighbour = envelope.signatures
    key = world().people.keys[SPARE]
    given = Handover(
        envelope.reopen(), spare.certificate, neighbour.certificate, neighbour.value, b"sealed"
    )
    statement = open_takeover(act, known).statement

    def read(data: bytes) -> None:
        try:
            made = complete(data, SPARE, key, known)
        except NotInVault as other:  # the spare would sign another statement, which is then refused
            raise DeviceActError(DeviceActReason.ACT_HANDOVER) from other
        assert made.verified.statement == statement

    by_headquarters = stored_files("handover")["file.cbor"]
    return refusing(DeviceActError, read, to_cbor(given), by_headquarters, share=0.3)


def rescues() -> Target:
    """With the records that are handed in; a voucher in it is compared elsewhere."""
    good, known = stored_files("rescue")["file.cbor"], published(world())
    key, phi = world().people.keys[TERMINAL].public, world().encrypted.fingerprint

    def read(data: bytes) -> None:
        file = read_rescue(data)
        check_records(file, open_rescue(file.act, known).statement, key, phi)
        assert file.records == read_rescue(good).records

    return refusing(DeviceActError, read, good, share=0.3)


def device_orders() -> Target:
    good, known = stored_files("order")["order.json"], published(world())
    return refusing(OfficeListError, _only(good, lambda data: open_order(data, known)), good)


def missing_lists() -> Target:
    good, known = stored_files("missing")[MISSING_FILE], published(world())
    return refusing(OfficeListError, _only(good, lambda data: open_missing(data, known)), good)


def rulings() -> Target:
    good, known = stored_files("rulings")[RULINGS_FILE], published(world())
    return refusing(OfficeListError, _only(good, lambda data: open_rulings(data, known)), good)


def lots() -> Target:
    """Each kind is read as itself only."""
    files, known = stored_files("lots"), published(world())
    good = {files[name]: kind for kind, name in FILES.items()}

    def read(data: bytes) -> None:
        for kind in LotKind:
            with suppress(LotError):
                open_lot(data, known, kind)
                assert good.get(data) is kind
        open_lot(data, known, good.get(data, LotKind.SEATS))

    return refusing(LotError, read, *good, share=0.3)


# ---------------------------------------------------------------- reports and cards


def report_codes() -> Target:
    """As a camera gives them; letters of any size and blanks do not matter."""
    good = stored_files("report")["report.txt"].strip()
    key = world().people.keys[TERMINAL].public.classical.raw

    def read(data: bytes) -> None:
        code = read_report_code(data.decode("latin-1"))
        code.verify(key)
        assert code == read_report_code(good.decode())

    return refusing(ReportError, read, good)


def tickets() -> Target:
    """The code on the slip of a challenged ballot; it is compared with the ballot elsewhere."""
    files = stored_files("challenge")
    encrypted = parse_election(files["election.json"])
    return refusing(
        TicketError,
        lambda data: read_ticket(encrypted, data.decode("latin-1")),
        files["ticket.txt"],
    )


def paper_records() -> Target:
    """The code of a paper, as a scanner gives it; what is read is written the same."""
    election = world().election
    good = record_text(election, ())
    marks = tuple(Marks(c.id, (c.candidates[0].code,)) for c in election.contests)

    def read(data: bytes) -> None:
        text = data.decode("latin-1")
        assert record_text(election, read_record(election, text)) == text

    return refusing(PaperRecordError, read, good.encode(), record_text(election, marks).encode())


def notes() -> Target:
    """What a card holds: a note, or nothing that anybody relies on; never an error."""
    files, election = stored_files("notes"), world().election
    good = {files["intent.cbor"], files["receipt.cbor"]}

    def read(data: bytes) -> None:
        note: Note | None = decode_note(data)
        if note is None:
            return
        assert encode_note(note) == data
        if isinstance(note, Receipt) and is_receipt_valid(election, BRANCH, note):
            assert data in good

    return Target(read, tuple(good), ())


def cards_back() -> Target:
    """Sealed: nothing but what was sealed is taken."""
    good = stored_files("sealed")["cards-back"]
    key = world().people.sealing["headquarters"]

    def read(data: bytes) -> None:
        opened = open_cards_back(data, UUID, BRANCH, STATION, key)
        assert isinstance(opened, CardsBack)
        assert data == good

    return refusing(CryptoError, read, good)


def cards_back_contents() -> Target:
    """Without the seal in front of it, as a hostile station writes it."""
    hash_ = hashlib.sha256(b"an authorization").digest()
    plain: canonical.CanonicalValue = [[[hash_, "b0001-t1", bytes(64)]], [hash_, bytes(32)][::-1]]
    info = canonical.encode(["amin-cards-back-v1", UUID, BRANCH, STATION])

    class Opened:
        """Gives what is sealed without sealing it."""

        def __init__(self, data: bytes) -> None:
            self.data = data

        def open(self, sealed: bytes, bound: bytes) -> bytes:
            assert (sealed, bound) == (b"", info)
            return self.data

    def read(data: bytes) -> None:
        back = open_cards_back(b"", UUID, BRANCH, STATION, Opened(data))  # type: ignore[arg-type]
        receipts = [[each.spent, each.terminal, each.signature] for each in back.receipts]
        assert canonical.encode([receipts, list(back.returned)]) == data  # type: ignore[list-item]

    return refusing(CryptoError, read, canonical.encode(plain))


# ---------------------------------------------------------------- acts of cards, decisions, supplement


def acts() -> Target:
    """One act of the chain in a closing bundle."""
    good = stored_files("acts")["file.cbor"]
    key, root = world().people.keys[TERMINAL].public, world().people.root

    def read(data: bytes) -> None:
        try:
            act = from_cbor(SignedAct, data)
            verify_act(act, key, root, EVENING)
        except (SchemaError, ActRefusedError):
            return
        assert data == good

    return Target(read, (good,), (), short_share=0.3)


def decisions() -> Target:
    """Spaces and the order of keys do not matter; what is said does."""
    good = stored_files("decisions")["file.json"]
    root, phi = world().people.root, world().encrypted.fingerprint
    said = read_decisions(good).statement

    def read(data: bytes) -> None:
        signed = read_decisions(data)
        verify(signed, root, EVENING, UUID, phi)
        assert signed.statement == said

    return refusing(DecisionError, read, good, share=0.3)


def handles() -> Target:
    good, phi = stored_files("decisions")["handles.json"], world().encrypted.fingerprint
    return refusing(DecisionError, lambda data: read_handles(data, UUID, phi), good)


def supplements() -> Target:
    """Every JSON file of a supplement, by its own reader."""
    files = stored_files("supplement")
    readers: tuple[tuple[str, Callable[[bytes], object]], ...] = (
        ("boxes.json", lambda data: from_json(PublishedBoxes, data)),
        ("challenged.json", read_challenged),
        ("stations.json", lambda data: from_json(StationCounts, data)),
        ("spent.json", lambda data: from_json(SpentLists, data)),
        ("excluded.json", read_excluded),
        (ACTS_FILE, lambda data: from_json(DayActs, data)),
        (LOST_FILE, lambda data: from_json(LostVotes, data)),
    )

    def read(data: bytes) -> None:
        for _, one in readers:
            with suppress(SchemaError, DecisionError, CryptoError):
                one(data)

    return Target(read, tuple(files[name] for name, _ in readers), (), short_share=0.3)


def day_acts() -> Target:
    """The acts of a day: what holds by the register is what was signed, in the same order."""
    good = stored_files("supplement")[ACTS_FILE]
    known, people = published(world()), world().people
    pairs = {each: people.keys[each].public for each in (STATION, TERMINAL)}
    signed = {each.device: each.acts for each in from_json(DayActs, good).items}

    def read(data: bytes) -> None:
        for day in from_json(DayActs, data).items:
            if day.device not in pairs:
                continue
            with suppress(ActRefusedError):
                check_registered_acts(day.acts, pairs[day.device], day.device, BRANCH, known)
                assert day.acts == signed[day.device][: len(day.acts)]

    return refusing(SchemaError, read, good, share=0.3)


def lost_votes() -> Target:
    """Receipts without a vote: only what the terminal signed is a proof."""
    place, key = scratch("lost"), world().people.keys[TERMINAL]
    public = key.public.classical
    receipts = [
        sign_receipt(key.classical, UUID, TERMINAL, hashlib.sha256(bytes([n])).digest())
        for n in range(3)
    ]
    items = (LostVote(each.terminal, each.spent, each.signature) for each in receipts)
    good, signed = to_json(LostVotes(tuple(items))), set(receipts)

    def read(data: bytes) -> None:
        (place / LOST_FILE).write_bytes(data)
        for lost in read_lost(place):
            if is_receipt_of(public, UUID, lost.receipt):
                assert lost.receipt in signed

    return refusing(SchemaError, read, good)


def evidence() -> Target:
    """Sums over a batch: whatever is read is in order and of voters, and is written as it was."""
    place, good = scratch("evidence"), stored_files("supplement")[EVIDENCE_FILE]

    def read(data: bytes) -> None:
        (place / EVIDENCE_FILE).write_bytes(data)
        sums = read_evidence(place)
        assert sums == add_up([sums])
        (place / EVIDENCE_FILE).write_bytes(to_json(PublishedEvidence(sums)))
        assert read_evidence(place) == sums

    return refusing(SchemaError, read, good)


def indexes() -> Target:
    good = stored_files("index")["index.json"]
    return refusing(SchemaError, lambda data: from_json(ArchiveIndex, data), good)


TARGETS: Final[Mapping[str, Make]] = {
    "takeover": takeovers,
    "spare": spares,
    "handover": handovers,
    "rescue": rescues,
    "missing": missing_lists,
    "device-order": device_orders,
    "rulings": rulings,
    "lot": lots,
    "report-code": report_codes,
    "ticket": tickets,
    "paper-record": paper_records,
    "note": notes,
    "cards-back": cards_back,
    "cards-back-content": cards_back_contents,
    "act": acts,
    "decisions": decisions,
    "handles": handles,
    "supplement": supplements,
    "day-acts": day_acts,
    "lost": lost_votes,
    "evidence": evidence,
    "index": indexes,
}
