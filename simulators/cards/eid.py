"""Identity card with the LDS1 application (ICAO Doc 9303 part 10).

The group builders here are written from the standard, not with the driver's parsers: card and reader
must agree on the bytes, not on the code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from drivers.smartcard import lds, mrz, tlv
from drivers.smartcard.access_secret import MrzKey
from drivers.smartcard.apdu import SW, Command, ExtendedLengths
from drivers.smartcard.bac import INS_EXTERNAL_AUTHENTICATE, INS_GET_CHALLENGE
from drivers.smartcard.files import FID_CARD_ACCESS, FID_INFO
from simulators.cards import finger_matching
from simulators.cards.access import (
    OPEN,
    AccessMode,
    BacCommands,
    CardAccess,
    PaceCommands,
    security_infos,
)
from simulators.cards.base import (
    CommandRefusedError,
    File,
    FileSystem,
    IsoCard,
    SecureLink,
    atr,
    never,
)
from simulators.cards.chip import NO_KEYS, ChipCommands, ChipKeys
from simulators.cards.finger_matching import OnCardFingers
from simulators.cards.habits import PLAIN, CardHabit, CommonFile

EMRTD_AID: Final = bytes.fromhex("A0000002471001")
EID_ATR: Final = atr(b"AMIN eID 1")
STATE: Final = "IRN"
EXTENDED: Final = ExtendedLengths(command=4096, answer=16_384)
"""Longest command and answer that the card announces, in bytes."""

_FID_DIR: Final = 0x2F00
_JPEG: Final = b"\xff\xd8"
_FACE: Final = (b"\x02", b"\x00\x08")
_FINGER_MINUTIAE: Final = (b"\x08", b"\x00\x01")


EnrolledFinger = lds.FingerTemplate
"""Finger on the card: CBEFF subtype (0x09 right index, ...) and an ISO/IEC 19794-2 record."""


@dataclass(frozen=True, slots=True)
class PersonData:
    """Data that an issuer writes on a card.

    `surname` and `given_names` in Persian; the Latin names in A-Z and spaces; `sex` M, F or <;
    `photo` a JPEG or JPEG 2000 of `photo_size` (width, height) pixels; up to ten `fingers`.
    """

    national_number: str = field(repr=False)
    surname: str = field(repr=False)
    given_names: str = field(repr=False)
    latin_surname: str = field(repr=False)
    latin_given_names: str = field(repr=False)
    birth_date: date = field(repr=False)
    sex: str = field(repr=False)
    document_number: str = field(repr=False)
    expiry: date
    photo: bytes = field(repr=False)
    photo_size: tuple[int, int]
    fingers: Sequence[EnrolledFinger] = field(default=(), repr=False)
    birth_place: str = field(default="", repr=False)
    address: Sequence[str] = field(default=(), repr=False)
    """Permanent address, most general component first."""


def build_groups(person: PersonData) -> dict[int, bytes]:
    """Return group files 1, 2, 11 and, with fingers, 3 and 13. Raises ValueError for bad fields."""
    groups = {1: build_dg1(person), 2: build_dg2(person), 11: build_dg11(person)}
    if person.fingers:
        groups[3] = build_fingers(3, person.fingers)
        groups[13] = build_fingers(13, person.fingers)
    return groups


def build_dg1(person: PersonData) -> bytes:
    """Return DG1, the machine-readable zone in the form TD1. Raises ValueError for bad fields."""
    zone = mrz.encode_td1(
        mrz.Mrz(
            code="I",
            state=STATE,
            number=person.document_number,
            nationality=STATE,
            birth=f"{person.birth_date:%y%m%d}",
            sex=person.sex,
            expiry=f"{person.expiry:%y%m%d}",
            optional=person.national_number,
            surname=person.latin_surname,
            given_names=person.latin_given_names,
        )
    )
    return tlv.encode(lds.GROUP_TAGS[1], tlv.encode(0x5F1F, zone.encode("ascii")))


def build_dg2(person: PersonData) -> bytes:
    """Return DG2 with the photo as the only face of an ISO/IEC 19794-5:2005 record."""
    width, height = person.photo_size
    image = b"".join(
        (
            b"\x01",  # full frontal
            b"\x00" if person.photo.startswith(_JPEG) else b"\x01",  # JPEG, JPEG 2000
            width.to_bytes(2, "big") + height.to_bytes(2, "big"),
            b"\x01\x02",  # sRGB, still camera
            bytes(4),  # device type, quality: not given
        )
    )
    # No feature points; gender, eyes, hair, mask, expression, pose: not given.
    face = (20 + len(image) + len(person.photo)).to_bytes(4, "big") + bytes(16)
    record = face + image + person.photo
    header = b"FAC\x00010\x00" + (14 + len(record)).to_bytes(4, "big") + b"\x00\x01"
    return tlv.encode(lds.GROUP_TAGS[2], _biometrics(_FACE, [(0, header + record)]))


def build_dg11(person: PersonData) -> bytes:
    """Return DG11: name and birthplace in Persian, national number, birth date, address."""
    fields = {
        0x5F0E: f"{person.surname}<<{person.given_names}".encode(),
        0x5F10: person.national_number.encode("ascii"),
        0x5F2B: f"{person.birth_date:%Y%m%d}".encode("ascii"),
        0x5F11: person.birth_place.encode(),
        0x5F42: "<".join(person.address).encode(),
    }
    present = {tag: value for tag, value in fields.items() if value}
    tags = b"".join(tag.to_bytes(2, "big") for tag in present)
    values = (tlv.encode(tag, value) for tag, value in present.items())
    return tlv.encode(lds.GROUP_TAGS[11], tlv.encode(0x5C, tags), *values)


def build_fingers(group: int, fingers: Sequence[EnrolledFinger]) -> bytes:
    """Return DG3 (on this card: minutiae, not images), or DG13 in the same form."""
    found = [(finger.subtype, finger.record) for finger in fingers]
    return tlv.encode(lds.GROUP_TAGS[group], _biometrics(_FINGER_MINUTIAE, found))


def build_com(groups: Iterable[int]) -> bytes:
    """Return EF.COM: LDS and Unicode versions and the tags of the groups, by their numbers."""
    tags = bytes(lds.GROUP_TAGS[number] for number in sorted(groups))
    return tlv.encode(
        0x60,
        tlv.encode(0x5F01, b"0107"),
        tlv.encode(0x5F36, b"040000"),
        tlv.encode(0x5C, tags),
    )


def _biometrics(kind: tuple[bytes, bytes], found: Sequence[tuple[int, bytes]]) -> bytes:
    biometric_type, form = kind
    templates = (
        tlv.encode(
            0x7F60,
            tlv.encode(
                0xA1,
                tlv.encode(0x80, b"\x01\x01"),
                tlv.encode(0x81, biometric_type),
                *((tlv.encode(0x82, bytes((subtype,))),) if subtype else ()),
                tlv.encode(0x87, b"\x01\x01"),
                tlv.encode(0x88, form),
            ),
            tlv.encode(0x5F2E, record),
        )
        for subtype, record in found
    )
    return tlv.encode(0x7F61, tlv.encode(0x02, bytes((len(found),))), *templates)


def build_info(lengths: ExtendedLengths) -> bytes:
    """Return EF.ATR/INFO: the card takes extended lengths, and which."""
    numbers = (length.to_bytes(2, "big") for length in (lengths.command, lengths.answer))
    return tlv.encode(0x47, b"\x00\x00\x40") + tlv.encode(
        0x7F66, *(tlv.encode(0x02, number) for number in numbers)
    )


class EidApplication:
    """LDS1 application over its files."""

    def __init__(
        self,
        files: Mapping[int, File],
        is_open: Callable[[], bool],
        bac: BacCommands | None,
        chip: ChipCommands,
        on_card: OnCardFingers | None,
    ) -> None:
        self._files = FileSystem(files)
        self._is_open = is_open
        self._bac = bac
        self._chip = chip
        self._on_card = on_card

    @property
    def aids(self) -> Sequence[bytes]:
        """Identifier of the application."""
        return (EMRTD_AID,)

    def select(self) -> bytes:
        """Begin without a file selected; return the file control information."""
        self.deselect()
        return tlv.encode(0x6F, tlv.encode(0x84, EMRTD_AID))

    def deselect(self) -> None:
        """Forget the selected file, the chip's agreement and an open BAC challenge."""
        self._files.leave()
        self._chip.reset()
        if self._bac is not None:
            self._bac.reset()

    def reset(self) -> None:
        """Forget, besides, what the fingers verified."""
        self.deselect()
        if self._on_card is not None:
            self._on_card.reset()

    def process(self, command: Command) -> bytes:
        """Answer BAC, SELECT, READ BINARY, chip and finger commands. Raises `CommandRefusedError`."""
        if command.ins in (INS_GET_CHALLENGE, INS_EXTERNAL_AUTHENTICATE) and self._bac is not None:
            return self._bac.process(command)
        match command.ins:
            case 0xA4:
                if command.p1 != 0x02 or len(command.data) != 2:
                    raise CommandRefusedError(SW.WRONG_P1P2)
                self._files.select(int.from_bytes(command.data, "big"))
                return b""
            case 0xB0 | 0xB1:
                return self._files.read(command)
            case _ if not self._is_open():
                raise CommandRefusedError(SW.SECURITY_STATUS)
            case 0x88:
                return self._chip.sign(command)
            case 0x22:
                return self._chip.manage(command)
            case 0x86:
                return self._chip.agree(command)
            case ins if ins in finger_matching.INSTRUCTIONS and self._on_card is not None:
                return self._on_card.process(command)
        raise CommandRefusedError(SW.WRONG_INS)


class EidCard(IsoCard):
    """Personalised identity card.

    `groups` and `sod` are what the issuer made, with the groups of `chip_groups` among them where `keys`
    are. DG3 answers 6982 unless `fingers_readable`: on real documents it needs terminal authentication.
    With `on_card` the application compares fingers, over secure messaging where it has any. Without
    `extended` the card takes short commands only; `habit` is how else it departs. Raises ValueError for an
    access number that is not six digits, `ProtocolError` for a zone that is none.
    """

    def __init__(
        self,
        groups: Mapping[int, bytes],
        sod: bytes,
        *,
        fingers_readable: bool = False,
        access: CardAccess = OPEN,
        keys: ChipKeys = NO_KEYS,
        extended: ExtendedLengths | None = EXTENDED,
        on_card: OnCardFingers | None = None,
        habit: CardHabit = PLAIN,
    ) -> None:
        if habit.wrong_delay_s:
            access = replace(access, wrong_delay_s=habit.wrong_delay_s)
        self.groups = dict(groups)
        self.sod = sod
        self.access = access
        link = SecureLink()

        def is_open() -> bool:
            return access.mode is AccessMode.NONE or link.protected

        files = {
            lds.FID_SOD: File(sod, is_open, sfi=0x1D),
        }
        if habit.common is not CommonFile.ABSENT:
            listed = lds.GROUP_TAGS if habit.common is CommonFile.TOO_LONG else groups
            files[lds.FID_COM] = File(build_com(listed), is_open, sfi=0x1E)
        for number, content in groups.items():
            rule = never if number == 3 and not fingers_readable else is_open
            files[lds.group_file(number)] = File(content, rule, sfi=number)
        directory = tlv.encode(0x61, tlv.encode(0x4F, EMRTD_AID))
        master = {_FID_DIR: File(directory, sfi=0x1E)}
        if extended is not None:
            master[FID_INFO] = File(build_info(extended), sfi=0x01)
        pace = bac = None
        if access.has_pace:
            master[FID_CARD_ACCESS] = File(security_infos(*access.pace_infos), sfi=0x1C)
            pace = PaceCommands(access, zone_of(groups[1]), link)
        if habit.card_access_content or (habit.card_access_reading and not access.has_pace):
            content = habit.card_access_content or security_infos()
            master[FID_CARD_ACCESS] = File(content, sfi=0x1C)
        if access.has_bac:
            bac = BacCommands(access, zone_of(groups[1]), link)
        application = EidApplication(files, is_open, bac, ChipCommands(keys, link), on_card)
        super().__init__(EID_ATR, (application,), master, pace, link, habit)

    def copied(self, *, without: Sequence[int] = (), keys: ChipKeys = NO_KEYS) -> EidCard:
        """Return a copy by somebody who could read every file: all but the keys inside the chip.

        `without` leaves groups out; `keys` are the copier's own.
        """
        groups = {n: content for n, content in self.groups.items() if n not in without}
        return EidCard(groups, self.sod, access=self.access, keys=keys)


def zone_of(dg1: bytes) -> MrzKey:
    """Return the access key from the zone in DG1. Raises `ProtocolError` for another form."""
    return MrzKey.from_zone(lds.parse_dg1(dg1))
