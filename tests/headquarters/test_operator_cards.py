"""Operators' cards from a table: a number and a key for each, and nothing for a request that is not right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from crypto.certificates import read_subject, valid_from, verify_chain
from drivers.errors import CardError, WrongPinError
from drivers.file_system import keeps_old_blocks
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.authorization import AuthorizationCard
from drivers.smartcard.card_request import request_certificate
from drivers.smartcard.channel import CardReader, Inserted, ReaderEvent, Removed
from drivers.smartcard.new_cards import Prepared, prepare_card
from drivers.smartcard.piv import PivSlot
from drivers.smartcard.piv_keys import AdminAlgorithm, Algorithm
from election.acts import RESERVE
from election.definition import Role
from election.errors import ElectionError, ManifestError
from headquarters import operator_cards as cards
from headquarters.authorization_cards import Row, prepare_row
from headquarters.operator_cards import OperatorRow, make_cards, read_operators, write_letters
from headquarters.workspace import ElectionFolder, load_plan
from simulators.cards.piv import PivCard, authorization_card, piv_card
from simulators.cards.piv_vendor import DEFAULT_ADMIN_KEY
from simulators.local_reader import LocalReader
from tests.headquarters.unlocking import authority_of, run_election
from tests.peers.piv_cards import self_issued
from tests.piv_issuer import IssuerSession

HEAD = "number,role,branch,district\n"
TABLE = f"{HEAD}1001,officer,branch-1,\n1002,supervisor,branch-1,\n9001,officer,,1\n"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
KEY = bytes(range(32))


@pytest.fixture
def place(tmp_path: Path) -> ElectionFolder:
    folder = ElectionFolder(tmp_path / "e")
    day = ("--name", "x", "--day", "2099-01-01", "--yes")
    assert run_election("new", folder.path, *day).exit_code == 0
    (folder.path / cards.REQUESTS_FOLDER).mkdir()
    return folder


def rows_of(place: ElectionFolder, text: str = TABLE) -> tuple[OperatorRow, ...]:
    return tuple(read_operators(text.encode(), place, "operators.csv"))


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def ask(place: ElectionFolder, number: str, key: Key | None = None, name: str | None = None) -> Key:
    key = key or new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name or number)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    data = request.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    (place.path / cards.REQUESTS_FOLDER / f"{number}.csr").write_bytes(data)
    return key


def make(place: ElectionFolder) -> cards.CardsMade:
    return make_cards(place, rows_of(place), authority_of(place.keys))


def test_cards_come_in_as_they_ask(place: ElectionFolder) -> None:
    assert make(place).waiting == ("1001", "1002", "9001")
    keys = {number: ask(place, number) for number in ("1001", "9001")}
    found = make(place)
    assert (found.made, found.waiting) == (("1001", "9001"), ("1002",))
    assert len(found.told) == 2, "one card for each role is one too few"
    first = read_subject((place.path / "operators" / "1001.der").read_bytes())
    assert (first.name, first.role, first.branch) == ("1001", "officer", "branch-1")
    reserve = read_subject((place.path / "reserves" / "1" / "9001.der").read_bytes())
    assert reserve.branch == RESERVE
    pem = x509.load_pem_x509_certificate((place.path / "operators" / "1001.pem").read_bytes())
    assert pem.public_key() == keys["1001"].public_key()
    before = (place.path / "operators" / "1001.der").read_bytes()
    ask(place, "1002")
    assert make(place).there == ("1001", "9001")
    assert (place.path / "operators" / "1001.der").read_bytes() == before


@pytest.mark.parametrize("days", [0, 1, 59, 60, 61, 400])
def test_a_card_begins_when_its_issuer_is_there(tmp_path: Path, days: int) -> None:
    """Cards are judged as of when they begin: those of an office that began late were believed by nobody."""
    folder = ElectionFolder(tmp_path / "e")
    day = f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"
    told = run_election("new", folder.path, "--name", "x", "--day", day, "--yes")
    assert told.exit_code == 0, told.output
    (folder.path / cards.REQUESTS_FOLDER).mkdir()
    ask(folder, "1001")
    make(folder)
    card = (folder.path / "operators" / "1001.der").read_bytes()
    began = valid_from(card)
    assert began >= load_plan(folder).opens - cards.BEFORE
    found = verify_chain(card, authority_of(folder.keys).root, began, [Role.OFFICER])
    assert (found.name, found.role) == ("1001", Role.OFFICER)


WRONG: dict[str, Callable[[ElectionFolder], object]] = {
    "another-number": lambda place: ask(place, "1001", name="1002"),
    "a-name": lambda place: ask(place, "1001", name="Maryam Rezaei"),
    "weak-rsa": lambda place: ask(place, "1001", rsa.generate_private_key(65537, 1024)),
    "other-curve": lambda place: ask(place, "1001", ec.generate_private_key(ec.SECP521R1())),
    "one-key-twice": lambda place: ask(place, "1002", ask(place, "1001")),
    "not-signed": lambda place: _turn(place, ask(place, "1001")),
    "nothing": lambda place: (place.path / cards.REQUESTS_FOLDER / "1001.csr").write_bytes(b""),
    "text": lambda place: (place.path / cards.REQUESTS_FOLDER / "1001.csr").write_bytes(b"-----x"),
}


def _turn(place: ElectionFolder, _: Key) -> None:
    path = place.path / cards.REQUESTS_FOLDER / "1001.csr"
    data = bytearray(x509.load_pem_x509_csr(path.read_bytes()).public_bytes(Encoding.DER))
    data[-3] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("wrong", WRONG)
def test_no_certificate_for_a_request_that_is_not_right(place: ElectionFolder, wrong: str) -> None:
    WRONG[wrong](place)
    with pytest.raises(ElectionError):
        make(place)
    made = {path.name for path in place.path.glob("operators/*.der")}
    assert made <= ({"1001.der"} if wrong == "one-key-twice" else set())


@pytest.mark.parametrize(
    "line",
    [
        "1001,officer,branch-1,\n1001,supervisor,branch-1,",
        "1001,officer,elsewhere,",
        "1001,officer,,elsewhere",
        "1001,officer,branch-1,1",
        "1001,officer,,",
        "Maryam,officer,branch-1,",
        "1001,boss,branch-1,",
        "1001,officer,,../..",
        "1001",
    ],
)
def test_a_wrong_line_is_named(place: ElectionFolder, line: str) -> None:
    with pytest.raises(ManifestError):
        rows_of(place, HEAD + line)


@pytest.mark.parametrize("one", ["1", "۱", "١", "\u200f۱\u200c"])
def test_a_number_and_a_district_are_known_from_every_keyboard(
    place: ElectionFolder, one: str
) -> None:
    """The folder of a district's reserves has the name that the plan has."""
    (row,) = rows_of(place, f"{HEAD}900{one},officer,,{one}\n")
    assert (row.number, row.district) == ("9001", "1")


def test_letters_are_drawn_once(place: ElectionFolder, tmp_path: Path) -> None:
    letters = tmp_path / "letters"
    assert write_letters(rows_of(place), letters, (), "head") == 3
    first = {path.name: path.read_text() for path in letters.iterdir()}
    assert write_letters(rows_of(place), letters, (), "head") == 0
    assert {path.name: path.read_text() for path in letters.iterdir()} == first
    assert len(set(first.values())) == 3
    assert letters.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in letters.iterdir())
    # Nothing of a letter is in the election's folder.
    pins = [line.split()[1] for text in first.values() for line in text.splitlines()[-2:]]
    kept = b"".join(path.read_bytes() for path in place.path.rglob("*") if path.is_file())
    assert not any(pin.encode() in kept for pin in pins if len(pin) == 8)


def test_letters_on_a_disk_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, told in (("tmpfs", 0), ("ramfs", 0), ("ext4", 1), ("overlay", 1)):
        mounts = tmp_path / kind
        mounts.write_text(f"1 0 0:1 / / rw - {kind} none rw\n")
        monkeypatch.setattr(cards, "keeps_old_blocks", partial(keeps_old_blocks, mounts=mounts))
        assert len(cards.where_kept(tmp_path)) == told


def test_a_pin_is_no_row_of_digits() -> None:
    drawn = {cards._digits(6) for _ in range(2000)}
    assert not drawn & {"123456", "654321", "000000", "777777"}
    assert len(drawn) > 1900


@pytest.mark.parametrize(
    "changed", ["key", "1001,supervisor,branch-1,\n", "1001,officer,branch-2,\n"]
)
def test_a_line_or_a_card_that_changed_after_its_certificate_is_told(
    place: ElectionFolder, changed: str
) -> None:
    ask(place, "1001")
    make(place)
    rows = rows_of(place, f"{HEAD}1001,officer,branch-1,\n")
    if changed == "key":
        ask(place, "1001")
    else:
        number, role, branch, district = changed.strip().split(",")
        rows = (OperatorRow(number, role, branch, district),)  # type: ignore[arg-type]
    with pytest.raises(ElectionError, match="another key, role or branch"):
        make_cards(place, rows, authority_of(place.keys))


def test_what_a_power_cut_left_of_a_lost_card_is_taken_out(
    place: ElectionFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    ask(place, "1001")
    make(place)
    monkeypatch.setattr(cards, "_take_out", cut)
    with pytest.raises(KeyboardInterrupt):
        cards.declare_lost(place, rows_of(place), "1001")
    monkeypatch.undo()
    assert list(place.path.glob("operators/1001.*")), "it would be registered"
    make(place)
    assert not list(place.path.glob("operators/1001.*"))


def test_a_lost_number_never_comes_back(place: ElectionFolder) -> None:
    ask(place, "1001")
    make(place)
    cards.declare_lost(place, rows_of(place), "1001")
    assert not list(place.path.glob("operators/1001.*"))
    again = make(place)
    assert again.lost == ("1001",)
    assert again.made == ()
    with pytest.raises(ManifestError):
        cards.declare_lost(place, rows_of(place), "7")
    place.register.touch()
    with pytest.raises(ElectionError, match="rule --revoke"):
        make(place)
    with pytest.raises(ElectionError, match="rule --revoke"):
        cards.declare_lost(place, rows_of(place), "1002")


# ---------------------------------------------------------------- the cards themselves


def channel_of(card: PivCard) -> ApduChannel:
    reader = LocalReader("bench")
    reader.insert(card)
    return ApduChannel(reader.open())


def new_card() -> PivCard:
    return piv_card("123456", self_issued, puk="12345678", admin_key=DEFAULT_ADMIN_KEY)


@pytest.mark.parametrize("algorithm", [Algorithm.P256, Algorithm.P384, Algorithm.RSA_2048])
def test_a_card_asks_with_its_own_key(algorithm: Algorithm) -> None:
    session = IssuerSession(channel_of(new_card()))
    session.select()
    session.authenticate_admin(DEFAULT_ADMIN_KEY.value, AdminAlgorithm.TDES)
    key = session.generate_key(PivSlot.AUTHENTICATION, algorithm)
    public = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    request = x509.load_pem_x509_csr(request_certificate(session, "123456", public, "1001"))
    assert request.is_signature_valid
    assert request.public_key() == key
    with pytest.raises(WrongPinError):
        request_certificate(session, "999999", public, "1001")
    other = new_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    if algorithm is Algorithm.P256:
        foreign = x509.load_pem_x509_csr(request_certificate(session, "123456", other, "1001"))
        assert not foreign.is_signature_valid, "seen at headquarters"


def test_a_new_card_becomes_the_branchs_and_blank() -> None:
    card = new_card()
    assert prepare_card(channel_of(card), KEY) is Prepared.NEW
    with pytest.raises(CardError):
        prepare_card(channel_of(card), bytes(32))
    ours = AuthorizationCard.select(channel_of(card), KEY)
    ours.write_token(b"somebody's")
    assert prepare_card(channel_of(card), KEY) is Prepared.AGAIN
    assert AuthorizationCard.select(channel_of(card), KEY).read_token() is None


class Hand:
    """A reader into which cards are put, one after the other."""

    name = "hand"

    def __init__(self, given: list[PivCard]) -> None:
        self.events = self._events(given)
        self.reader = LocalReader("row")

    def _events(self, given: list[PivCard]) -> Iterator[ReaderEvent | None]:
        for card in given:
            yield None
            self.reader.insert(card)
            yield Inserted(card.atr)
            yield None
            self.reader.remove()
            yield Removed()

    def wait_event(self, timeout_s: float | None = None) -> ReaderEvent | None:
        return next(self.events)

    def open(self) -> object:
        return self.reader.open()


def test_a_row_counts_what_serves_and_goes_on_after_what_does_not() -> None:
    ours, foreign = authorization_card(KEY), authorization_card(bytes(32))
    told: list[tuple[Row, str]] = []
    hand = cast(CardReader, Hand([new_card(), foreign, ours, new_card(), new_card()]))
    row = prepare_row(hand, KEY, 3, lambda row, line: told.append((row, str(line))))
    assert row == Row(2, 1, 1)
    assert [text.partition(":")[0] for _, text in told] == [
        "card 1 is ready",
        "this card was not prepared",
        "card 2 was ready already, and is blank",
        "card 3 is ready",
    ]
