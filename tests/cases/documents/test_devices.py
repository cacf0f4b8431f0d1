"""Read PIV cards of other tools, and scanners that send a document's zone line by line."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Sequence

import pytest

from drivers.smartcard import tlv
from drivers.smartcard.piv_objects import parse_certificate
from kiosk.access import ZoneLines, secret_of
from kiosk.flows.identity.states import AccessWay
from tests.cases.documents.kit import DER, Country

PACKED = (b"\x01", b"\x80")
"""Of a PIV certificate object (NIST SP 800-73-4, part 1, appendix A)."""
ZONE = (
    "IDUTO123456789<07<<<<<<<<<<<<<",
    "8601012M3001019UTO<<<<<<<<<<<6",
    "SPECIMEN<<JANE<<<<<<<<<<<<<<<<",
)


@pytest.mark.parametrize("packed", PACKED)
def test_piv_certificate_packed(packed: bytes) -> None:
    certificate = Country().signer
    parts = (
        tlv.encode(0x70, gzip.compress(certificate.public_bytes(DER))),
        tlv.encode(0x71, packed),
        tlv.encode(0xFE),
    )
    assert parse_certificate(b"".join(parts)) == certificate


def test_zone_four_clean_passes() -> None:
    """Each opens the card."""
    zone = ZoneLines()
    whole = [text for text in map(zone.add, ZONE * 4) if text is not None]
    assert len(whole) == 4
    assert all(secret_of(text, (AccessWay.MRZ,)) for text in whole)


def opens(lines: Sequence[str]) -> list[bool]:
    """Tell which of the texts that the lines made opens the card."""
    zone = ZoneLines()
    whole = [text for text in map(zone.add, lines) if text is not None]
    return [secret_of(text, (AccessWay.MRZ,)) is not None for text in whole]


@pytest.mark.parametrize("passes", [2, 4])
@pytest.mark.parametrize(
    "before", [lines for size in range(4) for lines in itertools.product(ZONE, repeat=size)]
)
def test_zone_after_anything(before: Sequence[str], passes: int) -> None:
    """Whatever lines came first, twice or not at all: clean passes open the card again."""
    assert opens((*before, *ZONE * passes))[-1:] == [True]
