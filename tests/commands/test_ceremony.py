"""`amin election ceremony`: the whole way through the commands, by passphrase and by card."""

from __future__ import annotations

import json
import stat
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from commands.main import main
from commands.trustee_keeper import choose_keeper
from crypto.errors import UnsealError, UntrustedKeyError
from crypto.group import mul_base
from crypto.passphrase import Cost
from crypto.trustees import parse_trustees, read_private_key
from drivers.errors import ApduError, CardRemovedError, PinBlockedError, WrongPinError
from drivers.smartcard.apdu import SW, ApduChannel
from drivers.smartcard.piv import PivSession, PivSlot
from headquarters.card_keeper import CardKeeper
from headquarters.ceremony.coordinator import finish_ceremony
from headquarters.ceremony.errors import CeremonyError
from headquarters.ceremony.secret import change_keeper, read_secret
from headquarters.ceremony.share import open_share
from headquarters.ceremony.trustee import run_due_steps
from simulators.cards.piv import PivCard
from simulators.cards.piv_keys import PivPrivateKey
from simulators.cards.piv_objects import KEY_MANAGEMENT
from simulators.local_reader import LocalReader
from tests.election.samples import NOW
from tests.headquarters.ceremony.people import make_room
from tests.peers.piv_cards import READER, self_issued, table

PIN = "482915"


def run(*arguments: str | Path, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, ["election", "ceremony", *map(str, arguments)], input=typed)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands.trustee_keeper.STANDARD", Cost(8192, 1, 1))


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "words.txt"
    path.write_text("چراغ پیمانه درنا سنجاق\n", encoding="utf-8")
    return path


def test_a_ceremony_by_commands(tmp_path: Path, words: Path) -> None:
    stick = tmp_path / "stick"
    made = run("new", stick, "--title", "شورا", "--trustees", "3", "--threshold", "2")
    assert made.exit_code == 0, made.output
    assert "امین شمارهٔ ۲ (Trustee 2)" in made.output
    for _ in range(5):
        for i in (1, 2, 3):
            done = run(
                "step", stick, "--secrets", tmp_path / f"t{i}", "--passphrase-file", words, "--yes"
            )
            assert done.exit_code == 0, done.output
            assert f"Trustee {i}, " in done.output
    assert "Everybody has done everything" in done.output
    state = json.loads(run("status", stick, "--json").stdout)
    assert state["step"] is None
    assert state["refused"] == []
    output = tmp_path / "trustees.json"
    finished = run("finish", stick, "-o", output, "--json")
    assert finished.exit_code == 0, finished.output
    key = json.loads(finished.stdout)["key"]
    assert key == state["key"]
    checked = run("verify", stick, "--trustees", output)
    assert checked.exit_code == 0, checked.output
    assert key in checked.output
    trustees = parse_trustees(output.read_bytes())
    share = open_share(tmp_path / "t2", choose_keeper(tmp_path / "t2", words, None))
    assert mul_base(share.scalar) == trustees.owners[2].public_key
    assert stat.S_IMODE((tmp_path / "t2" / "secret.json").stat().st_mode) == 0o600


def test_what_is_wrong_is_said(tmp_path: Path, words: Path) -> None:
    stick = tmp_path / "stick"
    assert run("step", stick, "--secrets", tmp_path / "t1", "--yes").exit_code == 2
    run("new", stick, "--title", "شورا", "--trustees", "2", "--single")
    again = run("new", stick, "--title", "شورا", "--trustees", "2", "--single")
    assert again.exit_code == 2
    assert "a ceremony is in" in again.output
    on_stick = run("step", stick, "--secrets", stick / "mine", "--yes")
    assert on_stick.exit_code == 2
    assert "must not be on the USB drive" in on_stick.output
    step = ("step", stick, "--secrets", tmp_path / "t1", "--passphrase-file", words, "--yes")
    assert run(*step).exit_code == 0
    unfinished = run("finish", stick)
    assert unfinished.exit_code == 2
    assert "certificate of trustee 2 is missing" in unfinished.output
    assert run("verify", stick).exit_code == 1
    run("step", stick, "--secrets", tmp_path / "t2", "--passphrase-file", words, "--yes")
    words.write_text("another passphrase altogether", encoding="utf-8")
    wrong = run(*step)
    assert wrong.exit_code == 2
    assert "the passphrase is wrong" in wrong.output
    certificate = stick / "certificate-2.json"
    certificate.write_bytes(certificate.read_bytes().replace(b'"challenge":"', b'"challenge":"1'))
    refused = run("status", stick, "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["refused"][0]["file"] == "certificate-2.json"
    assert "certificate-2.json" in run(*step).output


@pytest.mark.parametrize(
    "options",
    [
        ("--trustees", "3"),
        ("--trustees", "3", "--threshold", "3"),
        ("--trustees", "3", "--threshold", "1"),
        ("--trustees", "3", "--threshold", "2", "--single"),
        ("--trustees", "3", "--threshold", "2", "--name", "یک", "one"),
        ("--trustees", "17", "--threshold", "2"),
    ],
)
def test_impossible_ceremonies(tmp_path: Path, options: tuple[str, ...]) -> None:
    assert run("new", tmp_path / "s", "--title", "شورا", *options).exit_code == 2


def test_a_passphrase_typed(tmp_path: Path) -> None:
    """Which trustee, a weak one, a mistyped one, a good one twice; then one wrong and one right."""
    stick, good = tmp_path / "stick", "lantern ribbon oyster quilt"
    run("new", stick, "--title", "شورا", "--trustees", "2", "--single")
    typed = ["1", "y", "short", "short", good, "mistyped", good, good]
    first = run("step", stick, "--secrets", tmp_path / "t1", typed="\n".join([*typed, ""]))
    assert first.exit_code == 0, first.output
    assert "four or five words" in first.output
    assert good not in first.output
    run(
        "step",
        stick,
        "--secrets",
        tmp_path / "t2",
        typed="\n".join(["2", "y", good, good, "y", ""]),
    )
    typed = ["wrong", good, "y"]
    second = run("step", stick, "--secrets", tmp_path / "t1", typed="\n".join([*typed, ""]))
    assert second.exit_code == 0, second.output
    assert "commitment-1.json is on the USB drive" in second.output
    assert "Does that trustee read out the same?" in second.output


# ---------------------------------------------------------------- cards


def trustee_card(key: PivPrivateKey) -> PivCard:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Trustee")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=9))
        .sign(key, hashes.SHA256())
    )
    card = PivCard(PIN, "12345678", bytes(32))
    card.piv.store_key(KEY_MANAGEMENT, key, certificate)
    return card


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(params=["p256", "rsa"])
def card(request: pytest.FixtureRequest, rsa_key: rsa.RSAPrivateKey) -> PivCard:
    return trustee_card(
        rsa_key if request.param == "rsa" else ec.generate_private_key(ec.SECP256R1())
    )


def keeper_for(card: PivCard, pin: str = PIN) -> CardKeeper:
    reader = LocalReader("slot")
    reader.insert(card)
    return CardKeeper(reader, lambda _: pin)


def test_a_ceremony_with_a_card(tmp_path: Path, card: PivCard) -> None:
    room = make_room(tmp_path, 2, single=True)
    first, second = room.people
    keeper = keeper_for(card)
    for _ in range(4):
        run_due_steps(room.stick, first.folder, keeper, first)
        second.comes()
    trustees = finish_ceremony(room.stick).trustees
    key = open_share(first.folder, keeper)
    assert mul_base(key.scalar) == trustees.owners[1].public_key
    file = read_secret(first.folder)
    assert file is not None
    assert file.keeper == "card"
    with pytest.raises(CeremonyError, match="closed by card"):
        open_share(first.folder, second.keeper)


def test_the_card_and_its_pin_are_needed(card: PivCard) -> None:
    secret, context = bytearray(b"seed"), b"context"
    box = keeper_for(card).wrap(secret, context)
    assert keeper_for(card).unwrap(box, context) == b"seed"
    with pytest.raises(UnsealError):
        keeper_for(card).unwrap(box, b"other context")
    other = trustee_card(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(UntrustedKeyError, match="not the card"):
        keeper_for(other).unwrap(box, context)
    with pytest.raises(UnsealError, match="six to eight digits"):
        keeper_for(card, "12").unwrap(box, context)
    for left in (2, 1):
        with pytest.raises(WrongPinError) as wrong:
            keeper_for(card, "000000").unwrap(box, context)
        assert wrong.value.tries_left == left
    with pytest.raises(PinBlockedError):
        keeper_for(card, "000000").unwrap(box, context)


def test_without_the_pin_the_card_does_nothing(card: PivCard) -> None:
    reader = LocalReader("slot")
    reader.insert(card)
    session = PivSession(ApduChannel(reader.open()))
    session.select()
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    encoded = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    with pytest.raises(ApduError) as agreed:
        session.agree(PivSlot.KEY_MANAGEMENT, encoded)
    with pytest.raises(ApduError) as deciphered:
        session.decipher(PivSlot.KEY_MANAGEMENT, bytes(256))
    assert {agreed.value.sw, deciphered.value.sw} == {SW.SECURITY_STATUS}


@pytest.mark.parametrize("apdus", [0, 2, 4])
def test_a_card_pulled_while_the_secret_is_closed(tmp_path: Path, apdus: int) -> None:
    room = make_room(tmp_path, 2, single=True)
    first = room.people[0]
    card = trustee_card(ec.generate_private_key(ec.SECP256R1()))
    reader = LocalReader("slot")
    reader.insert(card)
    reader.pull_after(apdus)
    with pytest.raises(CardRemovedError):
        run_due_steps(room.stick, first.folder, CardKeeper(reader, lambda _: PIN), first)
    assert read_secret(first.folder) is None
    assert run_due_steps(room.stick, first.folder, keeper_for(card), first).done


def test_a_card_without_the_key() -> None:
    with pytest.raises(UntrustedKeyError, match="9D"):
        keeper_for(PivCard(PIN, "12345678", bytes(32))).wrap(bytearray(b"seed"), b"")


# ---------------------------------------------------------------- between ceremony and count


def test_a_secret_is_checked_and_closed_anew(tmp_path: Path, words: Path) -> None:
    stick = tmp_path / "stick"
    run("new", stick, "--title", "شورا", "--trustees", "2", "--single")
    for _ in range(4):
        for i in (1, 2):
            folder = tmp_path / f"t{i}"
            run("step", stick, "--secrets", folder, "--passphrase-file", words, "--yes")
    trustees = tmp_path / "trustees.json"
    assert run("finish", stick, "-o", trustees).exit_code == 0
    mine = ("--secrets", tmp_path / "t2")
    checked = run("check-secret", trustees, *mine, "--passphrase-file", words)
    assert checked.exit_code == 0, checked.output
    assert "trustee 2 of this election" in checked.output

    other = tmp_path / "other.txt"
    other.write_text("short", encoding="utf-8")
    change = ("change-secret", *mine, "--passphrase-file", words, "--new-passphrase-file", other)
    before = (tmp_path / "t2" / "secret.json").read_bytes()
    assert run(*change).exit_code == 2
    assert (tmp_path / "t2" / "secret.json").read_bytes() == before
    other.write_text("lantern ribbon oyster quilt", encoding="utf-8")
    assert run(*change).exit_code == 0
    assert stat.S_IMODE((tmp_path / "t2" / "secret.json").stat().st_mode) == 0o600
    assert (
        "passphrase is wrong"
        in run("check-secret", trustees, *mine, "--passphrase-file", words).output
    )
    assert run("check-secret", trustees, *mine, "--passphrase-file", other).exit_code == 0

    clear = tmp_path / "clear"
    arguments = ("export-secret", clear, *mine, "--passphrase-file", other)
    assert run(*arguments, typed="n\n").exit_code == 1
    assert not clear.exists()
    assert run(*arguments, "--yes").exit_code == 0
    written = clear / "trustee.privkey"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    public = parse_trustees(trustees.read_bytes()).owners[2].public_key
    assert mul_base(read_private_key(written.read_bytes())) == public
    assert run(*arguments, "--yes").exit_code == 2

    room = make_room(tmp_path / "room", 2, single=True)
    for _ in range(4):
        for who in room.people:
            who.comes()
    finish_ceremony(room.stick)
    foreign = run("check-secret", room.stick / "trustees.json", *mine, "--passphrase-file", other)
    assert foreign.exit_code == 2
    assert "no trustee of this election" in foreign.output


def test_from_passphrase_to_card(tmp_path: Path, card: PivCard) -> None:
    room = make_room(tmp_path, 2, single=True)
    who = room.people[0]
    who.comes()
    file = read_secret(who.folder)
    assert file is not None
    secret = file.open(who.keeper)
    keeper = keeper_for(card)
    changed = change_keeper(who.folder, who.keeper, keeper)
    assert changed.keeper == "card"
    assert changed.open(keeper) == secret
    assert read_secret(who.folder) == changed
    room.people[1].comes()
    assert run_due_steps(room.stick, who.folder, keeper, who).done


# ---------------------------------------------------------------- through the card service

_VISIT = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from headquarters.ceremony.share import open_share
from headquarters.ceremony.trustee import run_due_steps
from headquarters.card_keeper import CardKeeper
from drivers.smartcard.holding import reader_with_card
from tests.headquarters.ceremony.people import Someone

who = Someone(Path(sys.argv[1]), Path(sys.argv[2]), 1)
keeper = CardKeeper(reader_with_card(sys.argv[3]), lambda left: sys.argv[4])
done = run_due_steps(who.stick, who.folder, keeper, who)
print(*done.done)
"""


@pytest.mark.slow
@pytest.mark.pcscd
def test_a_card_behind_the_card_service(tmp_path: Path, rsa_key: rsa.RSAPrivateKey) -> None:
    with table(tmp_path) as bench:
        certificate = self_issued("Trustee", rsa_key.public_key())
        bench.card.piv.store_key(KEY_MANAGEMENT, rsa_key, certificate)
        room = make_room(tmp_path / "room", 2, single=True)
        mine = (str(room.stick), str(room.people[0].folder), READER)
        command = (sys.executable, "-c", _VISIT, *mine)
        assert "WrongPinError" in bench.run(*command, "000000", fails=True)
        assert "certificate" in bench.run(*command, PIN)
        room.people[1].comes()
        assert "commitment" in bench.run(*command, PIN)
