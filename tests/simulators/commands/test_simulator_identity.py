"""Identity and PIV cards as programs: what clients find on them, under which authority."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from drivers.smartcard import mrz
from simulators import people
from simulators.commands.authority import CardAuthority, country_issuer
from simulators.commands.errors import OptionsError
from simulators.commands.identity import read_mrz
from simulators.commands.named import named_finger
from simulators.pcscd import unavailable_reason
from tests.needs import missing
from tests.simulators.commands.programs import ANSWER_S, Program, refused

# The specimens of ICAO Doc 9303 parts 4 and 5.
TD3: Final = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
)
TD1: Final = (
    "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
)

READER: Final = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from drivers.smartcard.access_secret import Can, MrzKey
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.emrtd import IdentityCard
from drivers.smartcard.pcsc import PcscReader
from drivers.smartcard.profile import load_profile
from drivers.smartcard.trust import CscaStore
from drivers.smartcard import mrz

name, profile, kind, secret, csca = sys.argv[1:]
secrets = {"can": Can, "mrz": lambda text: MrzKey(mrz.parse(text).information), "none": lambda _: None}
root = x509.load_pem_x509_certificate(Path(csca).read_bytes())
store = CscaStore.from_der([root.public_bytes(Encoding.DER)])
reader = PcscReader(name)
reader.wait_event(5)
card = IdentityCard(ApduChannel(reader.open()), load_profile(profile), secrets[kind](secret))
now = datetime.now(UTC)
card.read()
evidence = card.verify_authenticity(store, now)
proof = card.verify_genuineness()
identity = card.identity(now.date())
print(json.dumps({
    "number": identity.national_number,
    "photo": len(identity.photo),
    "active": proof.active.result.value,
    "chip": proof.chip.result.value,
    "authentic": evidence.authentic,
    "latin": identity.latin_surname,
    "name": identity.name,
    "fingers": [finger.record.hex() for finger in identity.fingers],
    "expired": identity.expiry < now.date(),
    "zone": identity.groups[1].hex(),
}))
"""


@pytest.fixture
def pcscd() -> None:
    reason = unavailable_reason()
    if reason is not None:
        missing(reason)


def read(card: Program, folder: Path, profile: str, kind: str, secret: str = "") -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", READER, card.where, profile, kind, secret, str(folder / "csca.pem")],
        env={**os.environ, **card.environment},
        capture_output=True,
        text=True,
        timeout=ANSWER_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def zone(number: str) -> str:
    """A card's zone with a national number in its optional field."""
    return mrz.encode_td1(
        mrz.Mrz("I", "IRN", "A12345678", "IRN", "850302", "F", "330101", number, "ASADI", "SARA")
    )


def national_number() -> str:
    return people.national_number(random.Random(1))


@pytest.mark.slow
@pytest.mark.pcscd
@pytest.mark.usefixtures("pcscd")
@pytest.mark.parametrize("kind", ["can", "mrz"])
def test_a_card_opens_with_what_is_printed_on_it(tmp_path: Path, kind: str) -> None:
    number = national_number()
    given = zone(number)
    arguments = ("--profile", "eid", "--mrz", given, "--can", "902187", "--ca", str(tmp_path))
    with Program("card", "--own-pcscd", *arguments) as card:
        found = read(card, tmp_path, "icao", kind, "902187" if kind == "can" else given)
    assert found["number"] == number
    assert found["latin"] == "ASADI"
    assert found["name"] == "سارا اسدی"
    assert given.encode().hex() in found["zone"]
    assert found["authentic"]
    assert (found["active"], found["chip"]) == ("passed", "passed")
    assert not found["expired"]


@pytest.mark.slow
@pytest.mark.pcscd
@pytest.mark.usefixtures("pcscd")
def test_a_card_as_asked_for_under_an_authority_that_stays(tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (2000, 1500), "white").save(picture, "PNG")
    (tmp_path / "photo.png").write_bytes(picture.getvalue())
    arguments = ["--profile", "eid", "--access", "none", "--no-aa", "--no-ca", "--expired"]
    arguments += ["--finger", "ali", "--finger", "sara", "--photo", str(tmp_path / "photo.png")]
    arguments += ["--name", "رضایی<<علی رضا", "--ca", str(tmp_path / "ca")]
    with Program("card", "--own-pcscd", *arguments) as card:
        found = read(card, tmp_path / "ca", "standard", "none")
        authority = (tmp_path / "ca" / "csca.pem").read_bytes()
        card.does("swap")
        other = read(card, tmp_path / "ca", "standard", "none")
    assert found["name"] == "علی رضا رضایی"
    assert found["authentic"]
    assert (found["active"], found["chip"]) == ("not-offered", "not-offered")
    assert found["expired"]
    assert 0 < found["photo"] < 64_000
    fingers = [named_finger(name) for name in ("ali", "sara")]
    assert found["fingers"][0] == fingers[0].template().hex()
    assert len(found["fingers"]) == 2
    assert other["number"] != found["number"]
    assert other["fingers"] != found["fingers"]
    with Program("card", "--own-pcscd", *arguments[:7], "--ca", str(tmp_path / "ca")) as card:
        assert read(card, tmp_path / "ca", "standard", "none")["authentic"]
    assert (tmp_path / "ca" / "csca.pem").read_bytes() == authority
    assert all(
        path.stat().st_mode & 0o077 == 0
        for path in (tmp_path / "ca").iterdir()
        if path.suffix == ".key"
    )


@pytest.mark.pcscd
@pytest.mark.usefixtures("pcscd")
def test_a_card_that_compares_fingers_gives_none_away(tmp_path: Path) -> None:
    arguments = ("--profile", "eid", "--finger", "ali", "--fingers-on-card", "--ca", str(tmp_path))
    with Program("card", "--own-pcscd", *arguments) as card:
        found = read(card, tmp_path, "moc", "can", "123456")
    assert found["fingers"] == []
    assert found["chip"] == "passed"


@pytest.mark.pcscd
@pytest.mark.usefixtures("pcscd")
def test_yubico_piv_tool_uses_a_piv_card(tmp_path: Path) -> None:
    if shutil.which("yubico-piv-tool") is None:
        missing("yubico-piv-tool is not installed")
    arguments = ("--profile", "piv", "--pin", "482915", "--holder", "Reza", "--ca", str(tmp_path))
    with Program("card", "--own-pcscd", *arguments) as card:

        def tool(*more: str) -> str:
            done = subprocess.run(
                ["yubico-piv-tool", "-r", "Amin card", *more],
                env={**os.environ, **card.environment},
                capture_output=True,
                text=True,
                timeout=ANSWER_S,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        tool("-a", "verify-pin", "-P", "482915")
        certificate = x509.load_pem_x509_certificate(
            tool("-a", "read-certificate", "-s", "9a").encode()
        )
        authority = x509.load_pem_x509_certificate((tmp_path / "ca.pem").read_bytes())
        certificate.verify_directly_issued_by(authority)
        assert "Reza" in certificate.subject.rfc4514_string()
        # Its administrator key is the one that YubiKey clients try.
        tool("-a", "set-chuid")


def test_two_programs_that_start_together_have_one_authority(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with ThreadPoolExecutor(4) as pool:
        issuers = list(pool.map(lambda _: country_issuer(tmp_path, now), range(4)))
        authorities = list(pool.map(lambda _: CardAuthority.in_folder(tmp_path, now), range(4)))
    assert len({issuer.authority_der for issuer in issuers}) == 1
    assert len({authority.certificate.serial_number for authority in authorities}) == 1


@pytest.mark.parametrize("name", ["csca.pem", "csca.key", "dsc.key"])
def test_a_folder_that_was_tampered_with_is_named(tmp_path: Path, name: str) -> None:
    country_issuer(tmp_path, datetime.now(UTC))
    (tmp_path / name).write_text("nonsense")
    assert name in refused("card", "--own-pcscd", "--profile", "eid", "--ca", str(tmp_path))


@pytest.mark.parametrize(
    "text", [TD3, TD1, TD3.replace("\n", ""), TD1.replace("\n", "\\n"), f" {TD1} "]
)
def test_zones_are_taken_as_people_write_them(text: str) -> None:
    written, fields = read_mrz(text)
    assert len(written) in (88, 90)
    assert fields.surname == "ERIKSSON"


def test_a_wrong_check_digit_is_named() -> None:
    with pytest.raises(OptionsError, match="document number"):
        read_mrz(TD3.replace("L898902C36", "L898902C37"))


@given(st.text(max_size=100) | st.text("A0<I\n ", min_size=85, max_size=95))
def test_any_text_is_a_zone_or_a_clear_error(text: str) -> None:
    try:
        written, _ = read_mrz(text)
    except OptionsError:
        return
    assert len(written) in (72, 88, 90)
