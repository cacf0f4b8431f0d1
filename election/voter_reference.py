"""Name a voter in a station's pollbook, where a national number stands nowhere."""

from __future__ import annotations

import hashlib
import hmac

from election.national_number import is_national_number
from words.digits import to_latin_digits

_BY_DOCUMENT, _PROTEST = b"by document|", b"protest|"


def voter_reference(
    key: bytes, national_number: str, *, by_document: bool = False, protest: bool = False
) -> bytes:
    """HMAC-SHA256 under the station's key; `ValueError` if it is no national number.

    `by_document`: of a provisional claim for a document that was checked by eye, which must not keep
    the person from coming with the chip. `protest`: of one against *already*.
    """
    if not is_national_number(national_number):
        raise ValueError("not a national number")
    number = to_latin_digits(national_number).encode()
    kind = _BY_DOCUMENT if by_document else _PROTEST if protest else b""
    return hmac.digest(key, kind + number, hashlib.sha256)
