"""Make words of what was read of a card: forms, tags and kinds of keys, never a value.

Nothing here raises for content: what cannot be read is called `unknown`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from drivers.errors import DriverError, ProtocolError
from drivers.fingerprint import iso19794, iso19794_2011
from drivers.smartcard import certificates, lds, public_keys, tlv
from drivers.smartcard.files import FID_CARD_ACCESS, FID_INFO, parse_lengths
from drivers.smartcard.security_infos import TAG_INTEGER, TAG_OID, TAG_SEQUENCE, TAG_SET
from drivers.smartcard.sod import parse_sod
from drivers.smartcard.tlv import Tlv
from drivers.smartcard.trace import (
    MAX_SHAPES,
    MAX_WORDS,
    STANDARD_ARCS,
    FileShape,
    ProtocolShape,
)

UNKNOWN: Final = "unknown"
PRIVATE: Final = "private"
"""In place of an identifier of an arc of the issuer's own."""
LARGE: Final = "large"
"""A file that reaches beyond the offsets of READ BINARY B0."""
ZONES: Final = {90: "td1", 72: "td2", 88: "td3"}

_NAME: Final = re.compile(r"[a-z0-9_]{1,16}")
_OFFSETS: Final = 0x8000
_DEPTH: Final = 3
_RECORDS: Final = {
    (b"FAC\x00", b"010\x00"): "19794-5:2005",
    (b"FAC\x00", b"030\x00"): "19794-5:2011",
    (iso19794.MAGIC, iso19794.VERSION): "19794-2:2005",
    (iso19794.MAGIC, iso19794_2011.VERSION): "19794-2:2011",
}
_BLOCKS: Final = {0x62: "39794-2", 0x64: "39794-4", 0x65: "39794-5"}
_BIOMETRIC: Final = 0x7F61


def files(contents: Mapping[int, bytes]) -> tuple[FileShape, ...]:
    """Return the shape of every file that was read, but for EF.CardAccess and EF.ATR/INFO."""
    told = {fid: data for fid, data in contents.items() if fid not in (FID_CARD_ACCESS, FID_INFO)}
    return tuple(
        FileShape(f"{fid:04X}", tuple(_form(fid, bytes(data)))[:MAX_WORDS])
        for fid, data in sorted(told.items())[:MAX_SHAPES]
    )


def protocols(content: bytes | None, *, in_group: bool = False) -> tuple[ProtocolShape, ...]:
    """Return the entries of EF.CardAccess, or with `in_group` of DG14; none of what is malformed."""
    try:
        data = bytes(content or b"")
        if in_group:
            data = tlv.parse_one(data, lds.GROUP_TAGS[14]).value
        entries = tlv.parse_one(data, TAG_SET).children()
        return tuple(map(_protocol, entries[:MAX_SHAPES]))
    except DriverError:
        return ()


def announced(content: bytes | None) -> tuple[int, ...]:
    """Return the lengths that EF.ATR/INFO announces; empty if none."""
    try:
        lengths = parse_lengths(bytes(content or b""))
    except DriverError:
        return ()
    return () if lengths is None else (lengths.command, lengths.answer)


def key_kind(der: bytes) -> str:
    """Name the kind of a public key by curve or bits."""
    try:
        key = public_keys.load(der, 0)
    except ProtocolError:
        return UNKNOWN
    match key:
        case rsa.RSAPublicKey():
            return f"rsa-{key.key_size}"
        case ec.EllipticCurvePublicKey():
            return key.curve.name


def _protocol(entry: Tlv) -> ProtocolShape:
    fields = entry.children()
    oid = tlv.find(fields, TAG_OID).value
    numbers = tuple(
        int.from_bytes(field.value, "big")
        for field in fields
        if field.tag == TAG_INTEGER and len(field.value) == 1
    )
    key = next((field for field in fields if field.tag == TAG_SEQUENCE), None)
    kind = "" if key is None else key_kind(tlv.encode(TAG_SEQUENCE, key.value))
    named = next((field for field in fields[1:] if field.tag == TAG_OID), None)
    if named is not None and not kind:
        kind = identifier(named.value)
    return ProtocolShape(identifier(oid), numbers[:4], kind)


def identifier(oid: bytes) -> str:
    """Return an object identifier of the standards in hexadecimal, a word for any other."""
    text = oid.hex().upper()
    return text if text.startswith(STANDARD_ARCS) and len(text) <= 40 else PRIVATE


def _form(fid: int, data: bytes) -> Iterator[str]:
    try:
        if fid == lds.FID_SOD:
            yield from _security_object(data)
            return
        number = fid - lds.group_file(0)
        group = tlv.parse_one(data, lds.GROUP_TAGS.get(number, 0))
        yield from _group(number, group)
    except (DriverError, ValueError):
        yield UNKNOWN
    if len(data) >= _OFFSETS:
        yield LARGE


def _group(number: int, group: Tlv) -> Iterator[str]:
    match number:
        case 1:
            yield ZONES.get(len(group.child(0x5F1F).value), UNKNOWN)
        case 14:
            return  # `CardTrace.protocols`
        case 15:
            yield key_kind(group.value)
        case _ if tlv.find_optional(group.children(), _BIOMETRIC) is not None:
            yield from _biometric(group)
        case _:
            yield from dict.fromkeys(_tags(group, ""))


def _biometric(group: Tlv) -> Iterator[str]:
    """Form of the first data block, and of a picture in it."""
    template = group.child(_BIOMETRIC).child(0x7F60)
    record = tlv.find_optional(template.children(), lds.TAG_RECORD)
    if record is None:
        inner = template.child(lds.TAG_BLOCK).child(0xA1).children()
        yield _BLOCKS.get(inner[0].tag, UNKNOWN) if inner else UNKNOWN
    else:
        yield _RECORDS.get((record.value[:4], record.value[4:8]), UNKNOWN)
    if group.tag == lds.GROUP_TAGS[2]:
        rebuilt = tlv.encode(group.tag, group.value)
        yield lds.parse_faces(rebuilt)[0].form.name.lower().replace("_", "-")


def _tags(element: Tlv, before: str, depth: int = 0) -> Iterator[str]:
    """Tags inside, with those around them; the list of tags in DG11 and DG12 says the same."""
    for child in element.children():
        path = f"{before}{child.tag:X}"
        yield path
        is_constructed = child.tag >> (8 * ((child.tag.bit_length() + 7) // 8 - 1)) & 0x20
        if is_constructed and depth < _DEPTH:
            yield from _tags(child, f"{path}/", depth + 1)


def _security_object(data: bytes) -> Iterator[str]:
    """Algorithms, groups, and last the kind of the signer's key, which may be unknown."""
    parsed = parse_sod(data)
    signed = parsed.signed
    yield f"groups-{_named(parsed.group_digest)}"
    yield f"{_named(signed.signature_scheme)}-{_named(signed.signature_digest)}"
    yield "with-time" if signed.signing_time is not None else "without-time"
    yield from (f"dg-{number}" for number, _ in sorted(parsed.group_hashes))
    key = certificates.public_key(signed.signer)
    yield f"rsa-{key.key_size}" if isinstance(key, rsa.RSAPublicKey) else key.curve.name


def _named(algorithm: str) -> str:
    """Return the name of an algorithm; one that has none is an identifier that anybody may have made."""
    return algorithm if _NAME.fullmatch(algorithm) else UNKNOWN
