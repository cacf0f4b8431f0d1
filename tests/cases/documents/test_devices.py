"""PIV cards of older tools, a fingerprint module without READ_PARAMETERS, and a scanner that skips
a line.
"""

import gzip
import time
from collections.abc import Sequence
from functools import partial

from drivers.fingerprint.zfm import ZfmModule
from drivers.smartcard import tlv
from drivers.smartcard.piv_objects import parse_certificate
from kiosk.access import ZoneLines, secret_of
from kiosk.flows.identity.states import Way
from tests.cases.documents.kit import DER, Country, works
from tests.cases.runner import collect


def certificate_object(information: int) -> object:
    """A gzipped certificate; `information`: what the object says of it."""
    packed = gzip.compress(Country().signer.public_bytes(DER))
    parts = (tlv.encode(0x70, packed), tlv.encode(0x71, bytes((information,))), tlv.encode(0xFE))
    return parse_certificate(b"".join(parts))


works("piv-certificate-packed-01", partial(certificate_object, 0x01), bool)
works("piv-certificate-packed-80", partial(certificate_object, 0x80), bool)


VERIFY_PASSWORD = 0x13
DONE, PACKET_ERROR, WRONG_PASSWORD = b"\x00", b"\x01", b"\x13"


class Module:
    """A ZFM module that answers VERIFY_PASSWORD with a code, and knows no other command."""

    def __init__(self, code: bytes) -> None:
        self._codes = {VERIFY_PASSWORD: code}
        self._out = bytearray()

    def write(self, data: bytes) -> None:
        if data[6:7] == b"\x01":
            code = self._codes.get(data[9], PACKET_ERROR)
            body = b"\x07" + (len(code) + 2).to_bytes(2, "big") + code
            check = (sum(body) & 0xFFFF).to_bytes(2, "big")
            self._out += b"\xef\x01\xff\xff\xff\xff" + body + check

    def read(self, timeout_s: float) -> bytes:
        if not self._out:
            time.sleep(min(timeout_s, 0.02))
        data = bytes(self._out)
        self._out.clear()
        return data

    def discard_input(self) -> None:
        self._out.clear()

    def close(self) -> None: ...


def state_of(code: bytes) -> str:
    return ZfmModule(lambda: Module(code)).status().state.name


def not_silent(state: object) -> bool:
    return state != "SILENT"


works("zfm-module-without-read-parameters", partial(state_of, DONE), not_silent)
works("zfm-module-with-another-password", partial(state_of, WRONG_PASSWORD), not_silent)


ZONE = (
    "IDUTO123456789<07<<<<<<<<<<<<<",
    "8601012M3001019UTO<<<<<<<<<<<6",
    "SPECIMEN<<JANE<<<<<<<<<<<<<<<<",
)


def passes(first: Sequence[str]) -> list[bool]:
    """Whether each pass opens the card: `first` comes from the scanner, then four clean passes."""
    zone, heard = ZoneLines(), []
    for line in (*first, *ZONE * 4):
        whole = zone.add(line)
        if whole is not None:
            heard.append(secret_of(whole, (Way.MRZ,)) is not None)
    return heard


def opens_at_last(heard: object) -> bool:
    return heard[-1:] == [True]


works("zone-four-clean-passes", partial(passes, ()), opens_at_last)
works("zone-first-line-twice", partial(passes, ZONE[:1]), opens_at_last)
works("zone-second-line-lost-once", partial(passes, (ZONE[0], ZONE[2])), opens_at_last)
test_case = collect()
