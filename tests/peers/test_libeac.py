"""Debian's libeac opens the simulated identity card through the card service, and both have the same keys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from typing import Final

import pytest

from drivers.smartcard.curves import BRAINPOOL_P256, BRAINPOOL_P384, P256, P384, Curve
from drivers.smartcard.suites import Suite
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.eid import EidCard, PersonData, build_com, build_groups
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


@pytest.fixture(scope="module")
def daemon() -> Iterator[PrivatePcscd]:
    reason = unavailable_reason()
    if reason is not None:
        missing(reason)
    if not _loads():
        missing(f"{LIBRARY} is not installed")
    with PrivatePcscd([READER]) as running:
        yield running


def _loads() -> bool:
    probe = [sys.executable, "-c", f"import ctypes; ctypes.CDLL({LIBRARY!r})"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


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


@pytest.mark.parametrize(
    ("suite", "curve"),
    [
        (Suite.AES_128, P256),
        (Suite.AES_128, BRAINPOOL_P256),
        (Suite.AES_192, P384),
        (Suite.AES_256, BRAINPOOL_P384),
    ],
    ids=lambda value: value.name,
)
@pytest.mark.parametrize(("kind", "secret"), [("can", CAN), ("mrz", ZONE)], ids=["can", "mrz"])
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
