"""OpenSC's programs use the simulated PIV card through the card service."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from drivers.smartcard.piv import PivSlot
from simulators.cards.piv_vendor import DEFAULT_ADMIN_KEY
from tests.needs import missing
from tests.peers.piv_cards import PIN, READER, Table, self_issued, table

pytestmark = pytest.mark.pcscd

MODULES: Final = tuple(Path("/usr/lib").glob("*/opensc-pkcs11.so"))
PROGRAMS: Final = ("opensc-tool", "piv-tool", "pkcs15-tool", "pkcs11-tool")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    if not MODULES:
        missing("opensc-pkcs11.so is not installed")
    with table(tmp_path_factory.mktemp("opensc"), *PROGRAMS) as ready:
        yield ready


def pkcs11(bench: Table, *arguments: str, fails: bool = False) -> str:
    return bench.run("pkcs11-tool", "--module", str(MODULES[0]), *arguments, fails=fails)


def own_certificate(bench: Table) -> x509.Certificate:
    certificate = bench.session().certificate(PivSlot.AUTHENTICATION)
    assert certificate is not None
    return certificate


def test_the_reader_and_the_kind_of_card_are_named(bench: Table) -> None:
    assert f"{READER} 00 00" in bench.run("opensc-tool", "-l")
    assert "Personal Identity Verification" in bench.run("opensc-tool", "-n", "-r", "0")
    assert bench.card.atr.hex(":") in bench.run("opensc-tool", "--atr", "-r", "0")


def test_the_certificate_is_the_one_our_driver_reads(bench: Table) -> None:
    assert "Certificate for PIV Authentication" in bench.run("pkcs15-tool", "--reader", "0", "-c")
    printed = bench.run("pkcs15-tool", "--reader", "0", "--read-certificate", "01")
    start = printed.index("-----BEGIN")
    read = x509.load_pem_x509_certificate(printed[start:].encode())
    assert read == own_certificate(bench)


def test_the_pin_is_checked_and_its_tries_count(bench: Table) -> None:
    verify = ("pkcs15-tool", "--reader", "0", "--verify-pin", "--auth-id", "01", "--pin")
    bench.run(*verify, PIN)
    bench.run(*verify, "999999", fails=True)
    assert bench.session().tries_left() == 2
    bench.run(*verify, PIN)
    assert bench.session().tries_left() == 3


def test_key_9a_signs_with_rsa_2048_after_the_pin(bench: Table) -> None:
    (bench.folder / "message").write_bytes(b"one message")
    sign = ("--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "01", "-i", "message", "-o", "made")
    pkcs11(bench, "--login", "--pin", PIN, *sign)
    key = own_certificate(bench).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    signature = (bench.folder / "made").read_bytes()
    key.verify(signature, b"one message", padding.PKCS1v15(), hashes.SHA256())
    assert "CKR_PIN_INCORRECT" in pkcs11(bench, "--login", "--pin", "999999", *sign, fails=True)
    bench.session().verify_pin(PIN)


@pytest.mark.parametrize("option", ["-C", "-Z"])
def test_the_administrator_loads_a_certificate_plain_or_packed(
    bench: Table, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    (bench.folder / "admin").write_text(DEFAULT_ADMIN_KEY.value.hex(":"))
    monkeypatch.setenv("PIV_EXT_AUTH_KEY", str(bench.folder / "admin"))
    key = own_certificate(bench).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    renewed = self_issued("Renewed", key)
    content = {
        "-C": renewed.public_bytes(Encoding.PEM),
        "-Z": gzip.compress(renewed.public_bytes(Encoding.DER)),
    }
    (bench.folder / "new").write_bytes(content[option])
    # Mutual authentication; the single one (A:9B:03) fails in the program before it answers. After
    # loading, the program ends with the number of bytes.
    bench.run("piv-tool", "-r", "0", "-A", "M:9B:03", option, "9A", "-i", "new", fails=None)
    session = bench.session()
    assert own_certificate(bench) == renewed
    session.verify_pin(PIN)
    assert session.prove_possession(PivSlot.AUTHENTICATION, b"challenge") == renewed
    packed = bench.card.piv.objects[0x5FC105].endswith(b"\x71\x01\x01\xfe\x00")
    assert packed == (option == "-Z")
