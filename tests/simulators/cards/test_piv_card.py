"""The simulated PIV card by its APDUs: key 9B, PIN policies, retired keys, memory, commands of YubiKeys."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.cards.piv import PivCard, piv_card
from simulators.cards.piv_admin import AdminKey
from simulators.cards.piv_keys import ALGORITHMS

SELECT = "00A404000BA00000030800001000010000"
VERIFY = "0020008008343832393135FFFF"
ADMIN = bytes(range(24))


def send(card: PivCard, apdu: str) -> str:
    return card.process(bytes.fromhex(apdu)).hex().upper()


def send_long(card: PivCard, header: str, data: bytes) -> str:
    """A chain of commands, and the whole answer."""
    head = bytes.fromhex(header)
    while len(data) > 255:
        assert card.process(bytes((0x10,)) + head[1:] + b"\xff" + data[:255]) == b"\x90\x00"
        data = data[255:]
    answer = card.process(head + bytes((len(data),)) + data + b"\x00")
    whole = answer[:-2]
    while answer[-2] == 0x61:
        answer = card.process(bytes((0, 0xC0, 0, 0, answer[-1])))
        whole += answer[:-2]
    return (whole + answer[-2:]).hex().upper()


@pytest.fixture(params=["03", "0A"])
def algorithm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def card(algorithm: str) -> PivCard:
    made = PivCard("482915", "12345678", AdminKey(int(algorithm, 16), ADMIN))
    send(made, SELECT)
    return made


def encrypt(algorithm: str, block: bytes) -> bytes:
    cipher = TripleDES(ADMIN) if algorithm == "03" else algorithms.AES(ADMIN)
    return Cipher(cipher, modes.ECB()).encryptor().update(block)


def administrate(card: PivCard, algorithm: str) -> None:
    size = 8 if algorithm == "03" else 16
    challenge = bytes.fromhex(send(card, f"0087{algorithm}9B047C02810000"))[4 : 4 + size]
    answer = encrypt(algorithm, challenge).hex()
    command = f"0087{algorithm}9B{size + 4:02X}7C{size + 2:02X}82{size:02X}{answer}"
    assert send(card, command) == "9000"


def test_mutual_authentication_shows_both_sides(card: PivCard, algorithm: str) -> None:
    size = 8 if algorithm == "03" else 16
    answer = bytes.fromhex(send(card, f"0087{algorithm}9B047C02800000"))
    cipher = TripleDES(ADMIN) if algorithm == "03" else algorithms.AES(ADMIN)
    witness = Cipher(cipher, modes.ECB()).decryptor().update(answer[4 : 4 + size])
    challenge = secrets.token_bytes(size)
    both = bytes((0x80, size)) + witness + bytes((0x81, size)) + challenge + b"\x82\x00"
    template = bytes((0x7C, len(both))) + both
    shown = send(card, f"0087{algorithm}9B{len(template):02X}{template.hex()}00")
    assert (
        shown
        == f"7C{size + 2:02X}82{size:02X}" + encrypt(algorithm, challenge).hex().upper() + "9000"
    )
    assert send(card, "00DB3FFF095C035FFF1053020102") == "9000"


def test_another_cipher_is_refused(card: PivCard, algorithm: str) -> None:
    other = "0A" if algorithm == "03" else "03"
    assert send(card, f"0087{other}9B047C02810000") == "6A86"


def test_writing_ends_with_the_power(card: PivCard, algorithm: str) -> None:
    administrate(card, algorithm)
    card.reset()
    send(card, SELECT)
    assert send(card, "00DB3FFF095C035FFF1053020102") == "6982"


def test_pin_policies(card: PivCard, algorithm: str) -> None:
    administrate(card, algorithm)
    sign = {
        ref: f"008711{ref}267C2482008120" + "11" * 32 + "00"
        for ref in ("9A", "9C", "9D", "9E", "82")
    }
    for ref in sign:
        assert send(card, f"004700{ref}05AC0380011100").startswith("7F4943")
    for ref in ("9A", "9C", "9D", "82"):
        assert send(card, sign[ref]) == "6982"
    assert send(card, sign["9E"]).endswith("9000")
    send(card, VERIFY)
    assert send(card, sign["9C"]).endswith("9000")
    assert send(card, sign["9C"]) == "6982"
    assert send(card, sign["9A"]).endswith("9000")
    assert send(card, sign["82"]).endswith("9000")
    send(card, VERIFY)
    send(card, "00FD000000")
    assert send(card, sign["9C"]) == "6982"


@pytest.mark.parametrize(("policy", "first", "second"), [("01", True, True), ("03", False, False)])
def test_a_client_chooses_the_policy(
    card: PivCard, algorithm: str, policy: str, first: bool, second: bool
) -> None:
    administrate(card, algorithm)
    assert send(card, f"0047009A08AC06800111AA01{policy}00").startswith("7F49")
    sign = "0087119A267C2482008120" + "11" * 32 + "00"
    assert send(card, sign).endswith("9000") is first
    send(card, VERIFY)
    assert send(card, sign).endswith("9000")
    assert send(card, sign).endswith("9000") is second
    assert send(card, "0047009A08AC06800111AA010900") == "6A80"


def test_rsa_goes_over_the_wire_in_pieces(card: PivCard, algorithm: str) -> None:
    administrate(card, algorithm)
    made = bytes.fromhex(send_long(card, "0047009E", bytes.fromhex("AC03800107")))
    assert made.hex().startswith("7f4982010981820100")
    modulus = int.from_bytes(made[9 : 9 + 256], "big")
    key = rsa.RSAPublicNumbers(65537, modulus).public_key()
    digest_info = bytes.fromhex("3031300D060960864801650304020105000420") + bytes(32)
    block = b"\x00\x01" + b"\xff" * 202 + b"\x00" + digest_info
    data = bytes.fromhex("7C820106820081820100") + block
    answer = bytes.fromhex(send_long(card, "0087079E", data))
    assert answer.hex().startswith("7c82010482820100")
    assert key.recover_data_from_signature(answer[8:-2], padding.PKCS1v15(), None) == digest_info
    assert send_long(card, "0087079E", data[:-1]) == "6A80"
    too_large = bytes.fromhex("7C820106820081820100") + b"\xff" * 256
    assert send_long(card, "0087079E", too_large) == "6A80"


def test_key_agreement(card: PivCard, algorithm: str) -> None:
    administrate(card, algorithm)
    made = bytes.fromhex(send(card, "0047009D05AC0380011100"))
    point = made[made.index(b"\x86\x41") + 2 : -2]
    host_key = ec.generate_private_key(ec.SECP256R1())
    shared = host_key.exchange(
        ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(host_key.curve, point)
    )
    public = host_key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    ask = "0087119D477C4582008541" + public.hex() + "00"
    assert send(card, ask) == "6982"
    send(card, VERIFY)
    assert send(card, ask) == "7C228220" + shared.hex().upper() + "9000"
    assert send(card, ask.replace("8541" + public.hex(), "8541" + "04" + "00" * 64)) == "6A80"


def test_the_memory_ends(card: PivCard, algorithm: str) -> None:
    administrate(card, algorithm)
    value = bytes.fromhex("53820BB0") + bytes(2992)
    ends = [
        send_long(card, "00DB3FFF", bytes.fromhex(f"5C035FC1{tag:02X}") + value)
        for tag in range(0x0D, 0x24)
        if tag not in (0x21, 0x22, 0x23)
    ]
    assert ends[0] == "9000"
    assert ends[-1] == "9000"
    more = [
        send_long(card, "00DB3FFF", bytes.fromhex(f"5C035FFF{tag:02X}") + value)
        for tag in range(0x08)
    ]
    assert more[-1] == "6A84"
    # An old object can still be replaced by one as long, or deleted.
    assert send_long(card, "00DB3FFF", bytes.fromhex("5C035FC10D") + value) == "9000"
    assert send_long(card, "00DB3FFF", bytes.fromhex("5C035FC10D5300")) == "9000"
    assert send_long(card, "00DB3FFF", bytes.fromhex("5C035FFF07") + value) == "9000"


def test_commands_of_yubikey_clients_need_their_rights(card: PivCard, algorithm: str) -> None:
    scalar = "06" + "20" + "11" * 32
    assert send(card, "00FE119A22" + scalar) == "6982"
    assert send(card, "00FFFFFF1B039B18" + "22" * 24) == "6982"
    assert send(card, "00FA0505") == "6982"
    assert send(card, "00FB0000") == "6985"
    assert send(card, "00F7008000") == "6D00"
    administrate(card, algorithm)
    assert send(card, "00FA0505") == "6982"
    assert send(card, "00FE119A22" + scalar) == "9000"
    assert send(card, "00FE119A02" + "0600") == "6A80"
    assert send(card, "00FE079A06" + "010103020105") == "6A80"
    assert send(card, "00FE117722" + scalar) == "6A86"
    assert send(card, "00FFFFFF1A039B18" + "22" * 23) == "6A80"
    assert send(card, "00FFFFFF1B039B18" + "22" * 24) == "9000"
    send(card, VERIFY)
    assert send(card, "00FA0010") == "6A86"
    assert send(card, "00FA0504") == "9000"
    card.reset()
    send(card, SELECT)
    assert send(card, "00200080") == "63C5"
    assert send(card, "0020008008313233343536FFFF") == "9000"


@pytest.mark.parametrize("which", ALGORITHMS)
def test_made_cards_sign_with_every_algorithm(which: int) -> None:
    def issue(name: str, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
        builder = builder.public_key(key).serial_number(1)
        builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
        return builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())

    card = piv_card("482915", issue, algorithm=which)
    send(card, SELECT)
    send(card, VERIFY)
    size = {0x07: 256, 0x05: 384, 0x11: 32, 0x14: 48}[which]
    block = b"\x00" + bytes(size - 1)
    inner = b"\x82\x00\x81" + _length(size) + block
    answer = send_long(card, f"0087{which:02X}9A", b"\x7c" + _length(len(inner)) + inner)
    assert answer.startswith("7C")
    assert answer.endswith("9000")


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes((size,))
    return bytes((0x81, size)) if size < 0x100 else b"\x82" + size.to_bytes(2, "big")


commands = st.builds(
    lambda cla, ins, p, data, le: bytes((cla, ins)) + p + bytes((len(data),)) + data + le,
    st.sampled_from([0x00, 0x10]),
    st.sampled_from([0x20, 0x24, 0x2C, 0x47, 0x87, 0xA4, 0xC0, 0xCB, 0xDB, 0xFA, 0xFB, 0xFE, 0xFF]),
    st.sampled_from(
        [b"\x00\x80", b"\x00\x81", b"\x3f\xff", b"\x0a\x9b", b"\x11\x9a", b"\x11\x9e", b"\xff\xff"]
    ),
    st.binary(max_size=20)
    | st.sampled_from(
        [
            bytes.fromhex(text)
            for text in (
                "7C028100",
                "7C028000",
                "AC03800111",
                "5C035FC105",
                "5C017E",
                "06" + "01" * 8,
            )
        ]
    ),
    st.sampled_from([b"", b"\x00", b"\x08"]),
)
_SHOWN = PivCard("482915", "12345678", AdminKey(0x0A, ADMIN))


@pytest.mark.fuzz
@settings(deadline=None)
@given(st.lists(commands | st.binary(max_size=12), max_size=6))
def test_an_administrators_noise_gets_status_words(apdus: list[bytes]) -> None:
    _SHOWN.reset()
    send(_SHOWN, SELECT)
    administrate(_SHOWN, f"{_SHOWN.piv.admin_key.algorithm:02X}")
    send(_SHOWN, VERIFY)
    for apdu in apdus:
        assert len(_SHOWN.process(apdu)) >= 2
    # Whatever happened, the next person finds a whole card again.
    _SHOWN.piv.admin_key = AdminKey(0x0A, ADMIN)
