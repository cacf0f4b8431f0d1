"""Read PIV cards of other tools, and scanners that send a document's zone line by line."""

from __future__ import annotations

import gzip

from drivers.smartcard import tlv
from drivers.smartcard.piv_objects import parse_certificate
from kiosk.access import ZoneLines, secret_of
from kiosk.flows.identity.states import AccessWay
from tests.cases.documents.kit import DER, Country

PACKED = b"\x01"
"""Of a PIV certificate object (NIST SP 800-73-4, part 1, appendix A)."""
ZONE = (
    "IDUTO123456789<07<<<<<<<<<<<<<",
    "8601012M3001019UTO<<<<<<<<<<<6",
    "SPECIMEN<<JANE<<<<<<<<<<<<<<<<",
)


def test_piv_certificate_packed_01() -> None:
    certificate = Country().signer
    parts = (
        tlv.encode(0x70, gzip.compress(certificate.public_bytes(DER))),
        tlv.encode(0x71, PACKED),
        tlv.encode(0xFE),
    )
    assert parse_certificate(b"".join(parts)) == certificate


def test_zone_four_clean_passes() -> None:
    """Each opens the card."""
    zone = ZoneLines()
    whole = [each for each in map(zone.add, ZONE * 4) if each is not None]
    assert len(whole) == 4
    assert all(secret_of(each, (AccessWay.MRZ,)) for each in whole)
