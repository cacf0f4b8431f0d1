"""Content of a simulated identity card: a zone, a person, a photo, fingers, the keys of its chip."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from PIL import Image, UnidentifiedImageError

from drivers.errors import ProtocolError
from drivers.fingerprint.iso19794 import FingerPosition
from drivers.smartcard import mrz, tlv
from election.files import read_file
from election.national_number import is_national_number
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import ChipKeys, chip_groups
from simulators.cards.eid import EidCard, EnrolledFinger, PersonData, build_groups
from simulators.cards.finger_matching import OnCardFingers, enrol
from simulators.cards.habits import PLAIN, CardHabit
from simulators.cards.piv_keys import generate
from simulators.commands.authority import country_issuer
from simulators.commands.errors import OptionsError
from simulators.commands.named import named_finger, seeded_person
from simulators.commands.personalise import ALGORITHM_OF, CardKeyType
from simulators.local_reader import VirtualCard
from simulators.names import family_names, female_names, male_names
from simulators.people import Person, portrait

MAX_PHOTO_PX: Final = (600, 800)
MAX_PHOTO_BYTES: Final = 64_000
JPEG_QUALITY: Final = 85
_LARGEST: Final = 32 << 20
"""Bytes of a picture that is made smaller."""
VALID_YEARS: Final = 7
"""Of a card without a given zone, as of today."""
EXPIRED_DAYS: Final = 30

FINGERS: Final = (
    (0x09, FingerPosition.RIGHT_INDEX),
    (0x0A, FingerPosition.LEFT_INDEX),
    (0x05, FingerPosition.RIGHT_THUMB),
    (0x06, FingerPosition.LEFT_THUMB),
    (0x0D, FingerPosition.RIGHT_MIDDLE),
    (0x0E, FingerPosition.LEFT_MIDDLE),
    (0x11, FingerPosition.RIGHT_RING),
    (0x12, FingerPosition.LEFT_RING),
    (0x15, FingerPosition.RIGHT_LITTLE),
    (0x16, FingerPosition.LEFT_LITTLE),
)
"""CBEFF subtype and position of the first, second, … finger on a card."""


FIRST_REFERENCE: Final = 0x96
"""Of the fingers that a card compares (NIST SP 800-73-5: primary finger), then counting up."""


@dataclass(frozen=True, slots=True)
class EidOptions:
    """Options of an identity card.

    `mrz` as given by a person, with or without line ends; None makes up a person from the seed.
    """

    ca: Path
    seed: int = 0
    can: str = field(default="123456", repr=False)
    mrz: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    national_number: str | None = field(default=None, repr=False)
    photo: Path | None = None
    fingers: tuple[str, ...] = ()
    expired: bool = False
    access: AccessMode = AccessMode.PACE_AND_BAC
    active_authentication: CardKeyType | None = CardKeyType.P256
    """The key that signs challenges; None for a chip without."""
    chip_authentication: bool = True
    fingers_on_card: bool = False
    """The card compares fingers itself and gives no template away."""
    fingers_readable: bool = False
    """DG3 can be read as well as DG13."""
    habit: CardHabit = PLAIN


def eid_cards(options: EidOptions, now: datetime) -> tuple[VirtualCard, VirtualCard]:
    """Return the requested card and another person's.

    Raises `OptionsError`.
    """
    other = replace(
        options, seed=options.seed + 1, mrz=None, name=None, national_number=None, photo=None
    )
    other = replace(other, fingers=("somebody else",) if options.fingers else ())
    return _eid(options, now), _eid(other, now)


def read_mrz(text: str) -> tuple[str, mrz.Mrz]:
    r"""Return a zone without its line ends (also written as `\n`) and blanks, and its fields.

    Raises `OptionsError` that says which check digit is wrong.
    """
    zone = "".join(text.replace("\\n", "").replace("\\r", "").split()).upper()
    try:
        return zone, mrz.parse(zone)
    except ProtocolError as error:
        raise OptionsError(
            f"--mrz: {error}; give 90 (TD1), 72 (TD2) or 88 (TD3) characters, not {len(zone)},"
            " of A-Z, 0-9 and <"
        ) from error


def _eid(options: EidOptions, now: datetime) -> EidCard:
    data, group_1 = holder(options, now.date())
    access = CardAccess(options.access, options.can)
    keys = ChipKeys(
        active=_active_key(options.active_authentication),
        agreement=ec.generate_private_key(ec.SECP256R1()) if options.chip_authentication else None,
    )
    on_card = _on_card(data.fingers) if options.fingers_on_card else None
    written = data if on_card is None else replace(data, fingers=())
    groups = build_groups(written) | chip_groups(keys, access)
    if group_1 is not None:
        groups[1] = group_1
    sod = country_issuer(options.ca, now).sign_groups(groups)
    try:
        return EidCard(
            groups,
            sod,
            fingers_readable=options.fingers_readable,
            access=access,
            keys=keys,
            on_card=on_card,
            habit=options.habit,
        )
    except ValueError as error:
        raise OptionsError(f"--can: {error}") from error


def _active_key(key: CardKeyType | None) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None:
    return None if key is None else generate(ALGORITHM_OF[key])


def _on_card(fingers: Sequence[EnrolledFinger]) -> OnCardFingers:
    return OnCardFingers(
        [
            enrol(FIRST_REFERENCE + number, finger.subtype, finger.record)
            for number, finger in enumerate(fingers)
        ]
    )


def holder(options: EidOptions, today: date) -> tuple[PersonData, bytes | None]:
    """Return the person, and group 1 if the zone was given (it is kept to the letter).

    Raises `OptionsError`.
    """
    person = seeded_person(options.seed, 0, today)
    photo, size = _photo(options.photo, person)
    number = _national_number(options.national_number)
    made_up = PersonData(
        national_number=number or person.national_number,
        surname=person.family.fa,
        given_names=person.given.fa,
        latin_surname=_latin(person.family.latin),
        latin_given_names=_latin(person.given.latin),
        birth_date=person.born,
        sex=person.sex.name[0],
        document_number=f"A{person.finger_seed % 10**8:08}",
        expiry=_expiry(options, today),
        photo=photo,
        photo_size=size,
        fingers=_fingers(options.fingers),
    )
    if options.mrz is None:
        return _renamed(made_up, options.name), None
    if options.expired:
        raise OptionsError("--expired: the zone of --mrz has a date of its own; leave one away")
    zone, fields = read_mrz(options.mrz)
    try:
        born = mrz.birth_date(fields.birth, today)
        expiry = mrz.expiry_date(fields.expiry, today)
    except ProtocolError as error:
        raise OptionsError(f"--mrz: {error}") from error
    optional = fields.optional.replace("<", "")
    given = replace(
        made_up,
        national_number=number or (optional if _is_national(optional) else person.national_number),
        surname=_persian(fields.surname),
        given_names=_persian(fields.given_names),
        latin_surname=fields.surname,
        latin_given_names=fields.given_names,
        birth_date=born.earliest,
        sex=fields.sex,
        document_number=fields.number,
        expiry=expiry or date.max,
    )
    # build_groups writes a TD1 zone; what does not fit there does not matter, it is replaced.
    fits = replace(given, document_number=fields.number[:9], latin_given_names="X")
    group_1 = tlv.encode(0x61, tlv.encode(0x5F1F, zone.encode("ascii")))
    return _renamed(fits, options.name), group_1


def _renamed(data: PersonData, name: str | None) -> PersonData:
    """Return the person under a name given as `SURNAME<<GIVEN`, or with the surname as the last word."""
    if name is None:
        return data
    if "<<" in name:
        surname, _, given = (part.strip() for part in name.partition("<<"))
    else:
        given, _, surname = name.strip().rpartition(" ")
    if not surname:
        raise OptionsError("--name: give given names and surname, or `SURNAME<<GIVEN NAMES`")
    return replace(data, surname=surname, given_names=given)


def _national_number(text: str | None) -> str | None:
    if text is not None and not _is_national(text):
        raise OptionsError("--national-number: ten digits with a right check digit")
    return text


def _is_national(text: str) -> bool:
    return text.isascii() and is_national_number(text)


def _persian(latin: str) -> str:
    """Return the name in Persian if it is a known one, else unchanged."""
    wanted = latin.casefold()
    for name in (*male_names(), *female_names(), *family_names()):
        if _latin(name.latin).casefold() == wanted:
            return name.fa
    return latin


def _latin(name: str) -> str:
    return name.upper().replace("-", " ")


def _expiry(options: EidOptions, today: date) -> date:
    if options.expired:
        return date.fromordinal(today.toordinal() - EXPIRED_DAYS)
    return today.replace(year=today.year + VALID_YEARS, day=min(today.day, 28))


def _fingers(names: Sequence[str]) -> tuple[EnrolledFinger, ...]:
    if len(names) > len(FINGERS):
        raise OptionsError(f"--finger: at most {len(FINGERS)} fingers")
    return tuple(
        EnrolledFinger(subtype, replace(named_finger(name), position=position).template())
        for name, (subtype, position) in zip(names, FINGERS, strict=False)
    )


def _photo(path: Path | None, person: Person) -> tuple[bytes, tuple[int, int]]:
    """Return a JPEG and its size in px; other formats are converted, large pictures reduced."""
    content = portrait(person) if path is None else read_file(path, _LARGEST)
    try:
        with Image.open(io.BytesIO(content)) as picture:
            small = picture.width <= MAX_PHOTO_PX[0] and picture.height <= MAX_PHOTO_PX[1]
            if picture.format == "JPEG" and small and len(content) <= MAX_PHOTO_BYTES:
                return content, picture.size
            drawn = picture.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise OptionsError(f"--photo: {path} is not a picture that can be read") from error
    drawn.thumbnail(MAX_PHOTO_PX)
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue(), drawn.size
