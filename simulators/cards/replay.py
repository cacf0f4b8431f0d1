"""Make a card that answers as a recorded one did (`drivers.smartcard.trace`), of an invented person.

A trace has no value of a file, so each is made up here in the form that the trace names; what has to be
signed the caller's issuer signs. What of a trace no simulated card can do is told by recording the copy
(`differences`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from drivers.smartcard import lds, mrz, tlv
from drivers.smartcard.active_signature import ECDSA_HASHES
from drivers.smartcard.apdu import MAX_SHORT_LE, SW, ExtendedLengths
from drivers.smartcard.curves import CURVES, Curve, curve_of
from drivers.smartcard.files import MAX_FILE, SMALLER
from drivers.smartcard.pace import allowed_parameters
from drivers.smartcard.security_infos import (
    CHIP_AUTHENTICATION_ECDH,
    CHIP_KEY,
    PACE,
    SUITES,
    TAG_INTEGER,
    TAG_OID,
    PaceInfo,
)
from drivers.smartcard.shapes import LARGE
from drivers.smartcard.suites import Suite
from drivers.smartcard.trace import CardTrace, Exchange, ProtocolShape
from simulators.cards.access import AccessMode, CardAccess, security_infos
from simulators.cards.chip import ActiveKey, ChipKeys
from simulators.cards.eid import EXTENDED, STATE, PersonData, build_fingers, build_groups
from simulators.cards.habits import PLAIN, CardHabit

READ: Final = ("B0", "B1")
MSE_PACE: Final = "22C1A4"
GET_CHALLENGE: Final = "840000"
PACE_STEP: Final = "860000"
MASTER: Final = "3F00"
CARD_ACCESS: Final = "011C"
INFO: Final = "2F01"
REFUSED: Final = "6700"
"""Stands for an answer without protection, of which nothing is known but that it came."""
ANNOUNCED: Final = 2
"""Numbers: longest command, longest answer."""
FILLED: Final = 0x8000
"""Bytes of a file that counts as large."""
_HEADER: Final = 4
_TAG: Final = re.compile(r"[1-9A-F][0-9A-F](?:[0-9A-F]{2}){0,2}")
INVENTED: Final = b"invented"


@dataclass(frozen=True, slots=True)
class Replayed:
    """All that makes the copy but its issuer's signature."""

    groups: Mapping[int, bytes]
    access: CardAccess
    keys: ChipKeys
    extended: ExtendedLengths | None
    habit: CardHabit


def replay(trace: CardTrace, person: PersonData, can: str) -> Replayed:
    """Return the copy of a recorded chip, for an invented person, opened by `can` or the person's zone."""
    access = CardAccess(_mode(trace.exchanges), can, _ways(trace.card_access))
    keys = _chip_keys(trace)
    has_info = _status(trace.exchanges, "A4020C", INFO) == SW.OK
    lengths = trace.announced or ((EXTENDED.command, EXTENDED.answer) if has_info else ())
    return Replayed(
        _groups(trace, person, keys),
        access,
        keys,
        ExtendedLengths(*lengths) if _can_be(lengths) else None,
        _habit(trace, access),
    )


def _can_be(lengths: Sequence[int]) -> bool:
    """Return whether a card could announce these lengths."""
    return len(lengths) == ANNOUNCED and all(MAX_SHORT_LE <= n <= MAX_FILE for n in lengths)


def differences(wanted: CardTrace, copy: CardTrace) -> list[str]:
    """Name what the copy does otherwise; checks and who signed it are none of it."""
    told = []
    for name in ("announced", "card_access", "protocols", "files", "exchanges", "ended"):
        before, after = getattr(wanted, name), getattr(copy, name)
        if before == after:
            continue
        if isinstance(before, str) or name == "announced":
            told.append(f"{name}: {before or 'none'}, here {after or 'none'}")
            continue
        told += [f"{name}: not here {_shown(item)}" for item in before if item not in after]
        told += [f"{name}: only here {_shown(item)}" for item in after if item not in before]
        if set(before) == set(after):
            told.append(f"{name}: in another order")
    return told


def _shown(item: object) -> str:
    parts = (getattr(item, field.name) for field in fields(item))  # type: ignore[arg-type]
    return " ".join(str(part) for part in parts if part not in ("", None, False, ()))


# ------------------------------------------------------------ access and habits


def _mode(exchanges: Sequence[Exchange]) -> AccessMode:
    commands = {exchange.command for exchange in exchanges if not exchange.protected}
    if GET_CHALLENGE in commands:
        return AccessMode.BAC
    return AccessMode.PACE if MSE_PACE in commands else AccessMode.NONE


def _ways(entries: Iterable[ProtocolShape]) -> tuple[tuple[Suite, Curve], ...]:
    found = []
    for entry in entries:
        oid = _identifier(entry.protocol)
        if oid.startswith(PACE) and len(entry.numbers) == 2:
            way = allowed_parameters(PaceInfo(oid, *entry.numbers))
            if way is not None:
                found.append((way.suite, way.curve))
    return tuple(found)


def _habit(trace: CardTrace, access: CardAccess) -> CardHabit:
    """Say in the simulator's words how the chip departed from the standards."""
    done = trace.exchanges
    short = [e for e in done if _is_short(e) and e.asked is not None]
    of_info = [e for e in short if e.file == INFO]
    is_past = bool(of_info) and of_info[-1].status == REFUSED
    # What a file that short is refused for is no limit of a piece.
    limits = [e for e in done if _is_short(e) and not (e.file == INFO and is_past)]
    refused = [e.asked or MAX_SHORT_LE for e in limits if e.status in ("", REFUSED) and not e.gave]
    card_access = _status(done, "A4020C", CARD_ACCESS)
    reading = _first(e for e in done if e.command in READ and e.file == CARD_ACCESS)
    content = security_infos(*map(_entry, trace.card_access)) if trace.card_access else b""
    taken = [e.asked or 0 for e in short if e.status == "9000" and e.file == ""]
    below = max((n for n in SMALLER if n < min(refused, default=0)), default=1)
    most = max((n for n in taken if n != _HEADER), default=below)
    restarted = any(e.command == "restart" for e in done)
    return CardHabit(
        most=most if refused else PLAIN.most,
        gives=min((e.gave for e in short if e.gave and e.asked != _HEADER), default=PLAIN.gives),
        drops_keys=any(e.protected and not e.status for e in done if _is_short(e)),
        extended=_extended(done),
        master=_unless_ok(_status(done, "A4000C", MASTER)),
        card_access=_absent(card_access, access)
        if card_access != SW.OK
        else _unless_ok(_number(reading)),
        card_access_reading=card_access == SW.OK,
        card_access_content=b"" if content == _usual(access) else content,
        environment=_unless_ok(_status(done, MSE_PACE, "")),
        after_trying=_unless_ok(_status(done, GET_CHALLENGE, "")) if restarted else None,
        past_end=_unless_ok(_number(of_info[-1])) if of_info else None,
    )


def _is_short(exchange: Exchange) -> bool:
    return exchange.command in READ and not exchange.extended


def _extended(done: Iterable[Exchange]) -> int | None:
    for exchange in done:
        if exchange.extended and exchange.command in READ:
            if exchange.status not in ("", "9000"):
                return int(exchange.status, 16)
            if not exchange.status:
                return int(REFUSED, 16)
            if exchange.gave == 0:
                return int(SW.OK)
    return None


def _usual(access: CardAccess) -> bytes:
    return security_infos(*access.pace_infos) if access.has_pace else b""


def _absent(status: int | None, access: CardAccess) -> int | None:
    """Return how a missing EF.CardAccess is refused; None where that is the usual way."""
    usual = SW.NOT_FOUND if not access.has_pace else None
    return None if status == usual else status


def _status(done: Iterable[Exchange], command: str, file: str) -> int | None:
    """Return the first answer to a command outside a session."""
    return _number(
        _first(e for e in done if (e.command, e.file) == (command, file) and not e.protected)
    )


def _number(exchange: Exchange | None) -> int | None:
    return int(exchange.status, 16) if exchange is not None and exchange.status else None


def _unless_ok(status: int | None) -> int | None:
    return None if status == SW.OK else status


def _first(exchanges: Iterable[Exchange]) -> Exchange | None:
    return next(iter(exchanges), None)


# ------------------------------------------------------------ files


def _identifier(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _entry(shape: ProtocolShape, key: bytes = b"") -> bytes:
    """Return an entry of EF.CardAccess or DG14, with a key or an algorithm where it had one."""
    numbers = [tlv.encode(TAG_INTEGER, bytes((number & 0xFF,))) for number in shape.numbers]
    algorithm = _identifier(shape.key) if not key else b""
    between = key or (tlv.encode(TAG_OID, algorithm) if algorithm else b"")
    parts = [between, *numbers] if key else [*numbers, between]
    oid = _identifier(shape.protocol) or bytes.fromhex("2B")
    return tlv.encode(0x30, tlv.encode(TAG_OID, oid), *parts)


def _chip_keys(trace: CardTrace) -> ChipKeys:
    words = {shape.file: shape.form for shape in trace.files}
    active = next((_key(word) for word in words.get("010F", ())), None)
    agreement, suite, digest, key_id = None, Suite.AES_128, "sha256", None
    for entry in trace.protocols:
        oid = _identifier(entry.protocol)
        if oid.startswith(CHIP_KEY) and agreement is None:
            made = _key(entry.key)
            agreement = made if isinstance(made, ec.EllipticCurvePrivateKey) else None
        elif oid.startswith(CHIP_AUTHENTICATION_ECDH):
            suite = SUITES.get(oid[-1], suite)
            key_id = entry.numbers[1] if len(entry.numbers) > 1 else None
        elif isinstance(active, ec.EllipticCurvePrivateKey) and entry.key:
            known = ECDSA_HASHES.get((_identifier(entry.key) or b"\0")[-1])
            digest = known.name if known is not None else digest
    return ChipKeys(active, agreement, digest, suite, key_id)


def _key(kind: str) -> ActiveKey | None:
    """Make a key of a kind that `shapes.key_kind` names; None for one that is unknown."""
    name, _, bits = kind.partition("-")
    if name == "rsa" and bits.isdigit() and 1024 <= int(bits) <= 4096 and int(bits) % 256 == 0:
        return rsa.generate_private_key(65537, int(bits))
    curve = next((curve for curve in CURVES if curve.name == kind), None)
    return None if curve is None else ec.generate_private_key(curve.kind)


def _public(key: ActiveKey) -> bytes:
    der, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(der, form)


def _groups(trace: CardTrace, person: PersonData, keys: ChipKeys) -> dict[int, bytes]:
    usual = build_groups(person)
    words = {shape.file: shape.form for shape in trace.files}
    listed = {number for number in lds.GROUP_TAGS if f"dg-{number}" in words.get("011D", ())}
    read = {number for number in lds.GROUP_TAGS if f"{lds.group_file(number):04X}" in words}
    groups = {}
    for number in sorted(listed | read | {1, 2}):
        form = words.get(f"{lds.group_file(number):04X}", ())
        content = _content(number, form, trace, person, keys, usual)
        groups[number] = _filled(number, content) if LARGE in form else content
    return groups


def _content(
    number: int,
    form: Sequence[str],
    trace: CardTrace,
    person: PersonData,
    keys: ChipKeys,
    usual: Mapping[int, bytes],
) -> bytes:
    tag = lds.GROUP_TAGS.get(number, 0x6D)
    match number:
        case 1 if zone := _two_lines(form, person):
            return tlv.encode(tag, tlv.encode(0x5F1F, zone.encode("ascii")))
        case 1 | 2:
            return usual[number]
        case 14 if trace.protocols:
            entries = [_entry(shape, _key_of(shape, keys)) for shape in trace.protocols]
            return tlv.encode(tag, tlv.encode(0x31, *entries))
        case 15 if keys.active is not None:
            return tlv.encode(tag, _public(keys.active))
        case 3 | 13 if "19794-2:2005" in form and person.fingers:
            return build_fingers(number, person.fingers)
    paths = [word for word in form if word != LARGE]
    values = {} if number != 11 else _fields(usual[11], tag)
    return tlv.encode(tag, *_tree(paths, "", values))


def _two_lines(form: Sequence[str], person: PersonData) -> str:
    """Return the person's zone of two lines (Doc 9303 parts 4 and 6); empty where three are meant."""
    size = next((size for name, size in (("td2", 36), ("td3", 44)) if name in form), 0)
    if not size:
        return ""
    names = f"{person.latin_surname}<<{person.latin_given_names}".replace(" ", "<")
    upper = f"{'P' if size == 44 else 'I'}<{STATE}{names}"[:size].ljust(size, "<")
    dates = (f"{day:%y%m%d}" for day in (person.birth_date, person.expiry))
    number, birth, expiry = (
        part + mrz.check_digit(part) for part in (person.document_number.ljust(9, "<"), *dates)
    )
    optional = "<" * (size - 29)
    if size == 44:
        optional = person.national_number.ljust(14, "<")[:14]
        optional += mrz.check_digit(optional)
    last = mrz.check_digit(number + birth + expiry + optional)
    return upper + number + STATE + birth + person.sex + expiry + optional + last


def _key_of(shape: ProtocolShape, keys: ChipKeys) -> bytes:
    """Return the public key of an entry that has one; the chip knows the first, no more."""
    if not _identifier(shape.protocol).startswith(CHIP_KEY):
        return b""
    own = keys.agreement
    known = None if own is None else curve_of(own.public_key().curve)
    if own is not None and known is not None and known.name == shape.key:
        return _public(own)
    other = _key(shape.key)
    return b"" if other is None else _public(other)


def _fields(group: bytes, tag: int) -> dict[str, bytes]:
    return {f"{field.tag:X}": field.value for field in tlv.parse_one(group, tag).children()}


def _tree(paths: Sequence[str], before: str, values: Mapping[str, bytes]) -> list[bytes]:
    """Return the data objects at these paths of tags, with values made up where none is known."""
    made = []
    for path in paths:
        name = path.removeprefix(before)
        if not path.startswith(before) or not name or "/" in name:
            continue
        inside = _tree(paths, f"{path}/", {})
        if _TAG.fullmatch(name):
            made.append(tlv.encode(int(name, 16), *(inside or [values.get(name, INVENTED)])))
    return made


def _filled(number: int, group: bytes) -> bytes:
    """Return the group with zeros behind its content, as long as a large one."""
    tag = lds.GROUP_TAGS[number]
    value = tlv.parse_one(group, tag).value
    return tlv.encode(tag, value, tlv.encode(0x53, bytes(max(1, FILLED - len(value)))))
