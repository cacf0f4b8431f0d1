"""yubico-piv-tool uses the simulated PIV card through the card service."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key

from drivers.errors import PinBlockedError
from drivers.smartcard.piv import PivSlot
from drivers.smartcard.piv_keys import AdminAlgorithm
from tests.peers.piv_cards import PIN, PUK, READER, Table, self_issued, signs_with_9c, table

pytestmark = pytest.mark.pcscd

NEW_KEY = "0102030405060708010203040506070801020304050607aa"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Table]:
    with table(tmp_path, "yubico-piv-tool") as ready:
        yield ready


def tool(bench: Table, *arguments: str, fails: bool = False) -> str:
    return bench.run("yubico-piv-tool", "-r", READER, *arguments, fails=fails)


def test_status_names_what_is_on_the_card(bench: Table) -> None:
    status = tool(bench, "-a", "status")
    assert "5.2.4" in status
    assert status.count("Subject DN:\tCN=Amin test holder") == 2
    assert "RSA2048" in status
    assert "PIN tries left:\t3" in status
    assert "No data available" not in status


def test_certificate_pin_and_signature(bench: Table) -> None:
    tool(bench, "-a", "read-certificate", "-s", "9a", "-o", "9a.pem")
    read = x509.load_pem_x509_certificate((bench.folder / "9a.pem").read_bytes())
    assert read == bench.session().certificate(PivSlot.AUTHENTICATION)
    assert "Successful" in tool(bench, "-a", "verify-pin", "-P", PIN)
    signed = tool(
        bench, "-a", "verify-pin", "-P", PIN, "-a", "test-signature", "-s", "9a", "-i", "9a.pem"
    )
    assert "Successful RSA verification" in signed
    tool(bench, "-a", "test-signature", "-s", "9a", "-i", "9a.pem", fails=True)


def test_wrong_pins_block_and_the_puk_unblocks(bench: Table) -> None:
    assert "2 tries left" in tool(bench, "-a", "verify-pin", "-P", "999999", fails=True)
    tool(bench, "-a", "verify-pin", "-P", "999999", fails=True)
    assert "blocked" in tool(bench, "-a", "verify-pin", "-P", "999999", fails=True)
    with pytest.raises(PinBlockedError):
        bench.session().verify_pin(PIN)
    assert "2 tries" in tool(
        bench, "-a", "unblock-pin", "-P", "00000000", "-N", "111111", fails=True
    )
    tool(bench, "-a", "unblock-pin", "-P", PUK, "-N", "111111")
    tool(bench, "-a", "change-pin", "-P", "111111", "-N", "22222222")
    bench.session().verify_pin("22222222")


def test_a_generated_key_gets_its_certificate(bench: Table) -> None:
    tool(bench, "-a", "generate", "-s", "9c", "-A", "ECCP384", "-o", "public.pem")
    key = load_pem_public_key((bench.folder / "public.pem").read_bytes())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    certificate = self_issued("Generated", key)
    (bench.folder / "9c.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    tool(bench, "-a", "import-certificate", "-s", "9c", "-i", "9c.pem")
    assert signs_with_9c(bench, certificate)


def test_keys_can_be_imported_and_used(bench: Table) -> None:
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=imported")
    subprocess.run(
        [*made, "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=bench.folder,
        check=True,
        capture_output=True,
    )
    tool(bench, "-a", "import-key", "-s", "9d", "-i", "key.pem")
    tool(bench, "-a", "import-certificate", "-s", "9d", "-i", "cert.pem")
    test = ("-a", "test-decipher", "-s", "9d", "-i", "cert.pem")
    assert "Success" in tool(bench, "-a", "verify-pin", "-P", PIN, *test)


def test_the_management_key_is_changed_and_known_to_our_driver(bench: Table) -> None:
    tool(bench, "-a", "set-mgm-key", "-n", NEW_KEY)
    tool(bench, "-a", "set-chuid", fails=True)
    tool(bench, f"--key={NEW_KEY}", "-a", "set-chuid")
    session = bench.session()
    session.authenticate_admin(bytes.fromhex(NEW_KEY), AdminAlgorithm.TDES)
    session.put_data(0x5FFF10, b"value")
    assert session.get_data(0x5FFF10) == b"value"


def test_a_blocked_card_goes_back_to_the_factory(bench: Table) -> None:
    pin = ("-a", "verify-pin", "-P", PIN)
    tool(bench, *pin, "-a", "pin-retries", "--pin-retries", "1", "--puk-retries", "1")
    tool(bench, "-a", "reset", fails=True)
    tool(bench, "-a", "verify-pin", "-P", "999999", fails=True)
    tool(bench, "-a", "unblock-pin", "-P", "00000000", "-N", "111111", fails=True)
    tool(bench, "-a", "reset")
    status = tool(bench, "-a", "status")
    assert "Slot" not in status
    assert "PIN tries left:\t3" in status
    assert bench.session().certificate(PivSlot.AUTHENTICATION) is None
