"""Debian's libeac and this project do PACE with each other, each as terminal and as card."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from typing import Final

import pytest

from drivers.errors import WrongAccessSecretError
from drivers.smartcard import pace
from drivers.smartcard.access_secret import AccessSecret, Can
from drivers.smartcard.apdu import ApduChannel, Command
from drivers.smartcard.curves import BRAINPOOL_P256, BRAINPOOL_P384, P256, P384, Curve
from drivers.smartcard.pace import PaceParameters
from drivers.smartcard.suites import Suite
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.eid import EMRTD_AID, EidCard, PersonData, build_com, build_groups, zone_of
from simulators.pcscd import PrivatePcscd, unavailable_reason
from tests.needs import missing
from tests.peers.libeac_terminal import LIBRARY
from tests.pictures import jpeg

pytestmark = pytest.mark.pcscd

CAN: Final = "271828"
READER: Final = "Amin eac"
TIMEOUT_S: Final = 60.0
GROUPS: Final = build_groups(
    PersonData(
        "1234567891", "نمونه", "مریم", "NEMUNEH", "MARYAM", date(1985, 3, 21), "F", "K00000001",
        date(2033, 3, 20), jpeg(240, 320), (240, 320),
    )
)  # fmt: skip
ZONE: Final = GROUPS[1][5:].decode("ascii")
WAYS: Final = pytest.mark.parametrize(
    ("suite", "curve"),
    [
        (Suite.AES_128, P256),
        (Suite.AES_128, BRAINPOOL_P256),
        (Suite.AES_192, P384),
        (Suite.AES_256, BRAINPOOL_P384),
    ],
    ids=lambda value: value.name,
)
SECRETS: Final = pytest.mark.parametrize(
    ("kind", "secret"), [("can", CAN), ("mrz", ZONE)], ids=["can", "mrz"]
)


@pytest.fixture(scope="module", autouse=True)
def _library() -> None:
    probe = [sys.executable, "-c", f"import ctypes; ctypes.CDLL({LIBRARY!r})"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        missing(f"{LIBRARY} is not installed: install the package libeac3")


@pytest.fixture(scope="module")
def daemon() -> Iterator[PrivatePcscd]:
    reason = unavailable_reason()
    if reason is not None:
        missing(reason)
    with PrivatePcscd([READER]) as running:
        yield running


def terminal(daemon: PrivatePcscd, card: EidCard, kind: str, secret: str) -> dict[str, str]:
    slot = daemon.slot(READER)
    slot.insert(card)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tests.peers.libeac_terminal",
             daemon.reader_name(READER), kind, secret],
            env=os.environ | daemon.env(), capture_output=True, text=True, timeout=TIMEOUT_S,
            check=False,
        )  # fmt: skip
    finally:
        slot.remove()
    assert done.returncode == 0, done.stderr
    result: dict[str, str] = json.loads(done.stdout)
    return result


@WAYS
@SECRETS
def test_libeac_opens_the_card_and_reads_under_its_keys(
    daemon: PrivatePcscd, suite: Suite, curve: Curve, kind: str, secret: str
) -> None:
    card = EidCard(GROUPS, b"\x77\x00", access=CardAccess(AccessMode.PACE, CAN, ((suite, curve),)))
    expected = build_com(GROUPS)[:0x19]
    assert terminal(daemon, card, kind, secret) == {"read": expected.hex()}


@pytest.mark.parametrize(
    ("kind", "secret"),
    [("can", "271829"), ("mrz", ZONE.replace("K00000001", "K00000002"))],
    ids=["can", "mrz"],
)
def test_libeac_is_refused_with_a_wrong_secret(
    daemon: PrivatePcscd, kind: str, secret: str
) -> None:
    card = EidCard(GROUPS, b"\x77\x00", access=CardAccess(AccessMode.PACE, CAN))
    assert terminal(daemon, card, kind, secret) == {"refused": "6300 to 00860000"}


# ---------------------------------------------------------------- libeac is the card


class ProgramChannel:
    """A channel to the card that a program plays."""

    atr = b""

    def __init__(self, parameters: PaceParameters, kind: str, secret: str) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.peers.libeac_card", parameters.protocol.hex(),
             str(parameters.curve.parameter_id), kind, secret],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def transmit(self, apdu: bytes) -> bytes:
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(apdu.hex() + "\n")
        self._program.stdin.flush()
        return bytes.fromhex(self._program.stdout.readline())

    def restart(self) -> None: ...

    def close(self, reset: bool = True) -> None:
        self._program.communicate(timeout=TIMEOUT_S)


def our_secret(kind: str) -> AccessSecret:
    return Can(CAN) if kind == "can" else zone_of(GROUPS[1])


@WAYS
@SECRETS
def test_our_terminal_opens_libeacs_card(
    suite: Suite, curve: Curve, kind: str, secret: str
) -> None:
    (parameters,) = CardAccess(AccessMode.PACE, CAN, ((suite, curve),)).parameters
    program = ProgramChannel(parameters, kind, secret)
    channel = ApduChannel(program)
    try:
        channel.set_secure_messaging(pace.establish(channel, our_secret(kind), parameters))
        for command in (
            Command(0x00, 0xA4, 0x04, 0x0C, EMRTD_AID),
            Command(0x00, 0xA4, 0x02, 0x0C, b"\x01\x1e"),
            Command(0x00, 0xB0, 0x00, 0x00, le=0x20),
        ):
            understood = bytes((0x0C, command.ins, command.p1, command.p2)) + command.data
            assert channel.call(command, "ask libeac") == understood
    finally:
        channel.close()


def test_our_terminal_is_refused_by_libeacs_card() -> None:
    (parameters,) = CardAccess(AccessMode.PACE, CAN).parameters
    program = ProgramChannel(parameters, "can", "271829")
    try:
        with pytest.raises(WrongAccessSecretError):
            pace.establish(ApduChannel(program), Can(CAN), parameters)
    finally:
        program.close()
