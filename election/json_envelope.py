"""Write and read a signed document that people open in a text editor: an envelope in JSON.

    {"format", "version", "content": text, "certificates": [Base64 …], "signatures": [Base64 …]}

The same envelope as in CBOR (`election.envelope`), with the same bytes signed; `content` is a text whose
UTF-8 bytes are what is signed, here a JSON document of its own. There is one spelling: what reads as
this envelope and is written otherwise is refused, so no byte can be changed unseen.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Final

from crypto import canonical
from crypto.errors import DecodeError
from crypto.hybrid import HybridKey
from crypto.strict_json import read_json
from election.envelope import (
    Envelope,
    EnvelopeFormat,
    EnvelopeRefusedError,
    read_envelope,
    write_envelope,
)
from election.reasons import EnvelopeReason

_LISTS: Final = ("certificates", "signatures")
_TEXTS: Final = rb'\[\n(?:  "[A-Za-z0-9+/=]*+",?\n){1,4} \]'
_SHAPE: Final = re.compile(
    rb'\{\n "format": "[^"\\]{1,64}",\n "version": [0-9]{1,9},\n'
    rb' "content": "(?:[^"\\]++|\\.)*+",\n'
    rb' "certificates": ' + _TEXTS + rb',\n "signatures": ' + _TEXTS + rb"\n\}\n"
)
"""Looked for before anything is built: a small file cannot ask for much memory."""


def write_json_envelope(
    form: EnvelopeFormat, content: bytes, signers: Sequence[tuple[HybridKey, bytes]]
) -> bytes:
    """Sign `content` (UTF-8) as `write_envelope` does. Raises as it does."""
    packed = canonical.decode(write_envelope(form, content, signers), form.max_size)
    assert isinstance(packed, dict)
    data = _json(form, content, *(_byte_strings(packed[name]) for name in _LISTS))
    if len(data) > form.max_size:
        raise EnvelopeRefusedError(EnvelopeReason.TOO_LARGE)
    return data


def read_json_envelope(form: EnvelopeFormat, data: bytes) -> Envelope:
    """Take an envelope apart; nothing in it is believed yet. Raises `EnvelopeRefusedError`."""
    if len(data) > form.max_size:
        raise EnvelopeRefusedError(EnvelopeReason.TOO_LARGE)
    if not _SHAPE.fullmatch(data):
        raise EnvelopeRefusedError(EnvelopeReason.FORMAT)
    try:
        value = read_json(data, form.max_size)
        if not isinstance(value, dict):
            raise DecodeError("no object")
        packed = {name: _packed(name, part) for name, part in value.items()}
        envelope = read_envelope(form, canonical.encode(packed))
    except (DecodeError, ValueError, TypeError) as error:
        raise EnvelopeRefusedError(EnvelopeReason.FORMAT) from error
    content = packed["content"]
    assert isinstance(content, bytes)
    parts = (
        [signature.certificate for signature in envelope.signatures],
        [signature.value for signature in envelope.signatures],
    )
    if _json(form, content, *parts) != data:
        raise EnvelopeRefusedError(EnvelopeReason.FORMAT)
    return envelope


# ---------------------------------------------------------------- parts


def _json(
    form: EnvelopeFormat, content: bytes, certificates: Sequence[bytes], signatures: Sequence[bytes]
) -> bytes:
    value = {
        "format": form.name,
        "version": form.version,
        "content": content.decode(),
        "certificates": [b64encode(certificate).decode() for certificate in certificates],
        "signatures": [b64encode(signature).decode() for signature in signatures],
    }
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _packed(name: str, value: object) -> canonical.CanonicalValue:
    """Turn a member into what it is in CBOR. `DecodeError`, or `ValueError` for what is no Base64."""
    match name, value:
        case "format", str() as text:
            return text
        case "version", int() as number:
            return number
        case "content", str() as text:
            return text.encode()
        case (("certificates" | "signatures"), list()):
            return [b64decode(item, validate=True) for item in value]
        case _:
            raise DecodeError("no member of an envelope")


def _byte_strings(value: canonical.CanonicalValue) -> list[bytes]:
    assert isinstance(value, list)
    return [item for item in value if isinstance(item, bytes)]
