"""A PIV card behind a private card service, and programs of others that use it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.piv import PivSlot
from simulators.cards.piv import PivCard, piv_card
from simulators.cards.piv_vendor import DEFAULT_ADMIN_KEY
from simulators.local_reader import LocalReader
from simulators.pcscd import PrivatePcscd, unavailable_reason
from tests.needs import missing
from tests.piv_issuer import IssuerSession, signature_is_valid

PIN, PUK = "482915", "71939213"
READER = "Amin Peer"
RUN_S = 30.0
SEEN_S = 10.0


@dataclass
class Table:
    """The card in its reader, and the folder the programs work in."""

    daemon: PrivatePcscd
    card: PivCard
    folder: Path

    def run(self, *command: str, fails: bool | None = False) -> str:
        """What a program printed. It must succeed, or with `fails`, fail; None: its exit code says
        nothing."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **self.daemon.env(), "LANG": "C"},
            capture_output=True,
            text=True,
            timeout=RUN_S,
            check=False,
        )
        printed = done.stdout + done.stderr
        assert fails is None or (done.returncode != 0) == fails, printed
        return printed

    def session(self) -> IssuerSession:
        """Our own driver on the same card, past the reader."""
        reader = LocalReader("bench")
        reader.insert(self.card)
        session = IssuerSession(ApduChannel(reader.open()))
        session.select()
        return session


@contextmanager
def table(folder: Path, *programs: str) -> Iterator[Table]:
    """A fresh card in a fresh reader, once the programs see it."""
    for program in programs:
        if shutil.which(program) is None:
            missing(f"{program} is not installed")
    reason = unavailable_reason()
    if reason is not None:
        missing(reason)
    card = piv_card(PIN, self_issued, puk=PUK, admin_key=DEFAULT_ADMIN_KEY)
    with PrivatePcscd([READER]) as daemon:
        slot = daemon.slot(READER)
        powered = Powered(card)
        slot.insert(powered)
        limit = time.monotonic() + SEEN_S
        while not powered.asked:
            assert time.monotonic() < limit, "the card service did not power the card up"
            time.sleep(0.02)
        yield Table(daemon, card, folder)
        slot.remove()


class Powered:
    """The card, and whether a reader asked for its answer to reset."""

    def __init__(self, card: PivCard) -> None:
        self.asked = False
        self._card = card

    @property
    def atr(self) -> bytes:
        self.asked = True
        return self._card.atr

    def process(self, apdu: bytes) -> bytes:
        return self._card.process(apdu)

    def reset(self) -> None:
        self._card.reset()


def signs_with_9c(bench: Table, certificate: x509.Certificate) -> bool:
    """Whether our driver finds this certificate for the signature key, and the key behind it."""
    session = bench.session()
    assert session.certificate(PivSlot.SIGNATURE) == certificate
    session.verify_pin(PIN)
    signature = session.sign(PivSlot.SIGNATURE, certificate, b"message")
    return signature_is_valid(certificate, signature, b"message")


def self_issued(holder: str, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> x509.Certificate:
    """A certificate that somebody issued."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, holder)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    )
