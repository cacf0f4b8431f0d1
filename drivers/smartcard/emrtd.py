"""Reading an identity card with the LDS1 application (ICAO Doc 9303 part 10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from drivers.errors import ApduError, ProtocolError
from drivers.smartcard import fields, lds, mrz, photo, tlv
from drivers.smartcard.access import AccessMethod, access_method
from drivers.smartcard.apdu import SW, ApduChannel, Command, select_application
from drivers.smartcard.lds import FingerTemplate
from drivers.smartcard.profile import CardProfile
from drivers.smartcard.sod import Evidence, check_passive
from drivers.smartcard.trust import CscaStore

EMRTD_AID: Final = bytes.fromhex("A0000002471001")
MAX_FILE: Final = 65_535
_FILE_HEADER: Final = 4
_SHORT_OFFSETS: Final = 0x8000


@dataclass(frozen=True, slots=True)
class ReadProgress:
    """Bytes read so far, and in all."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Identity:
    """What an identity card says of its holder; believe it only with authentic `Evidence`.

    `national_number` has ten digits, `photo` is a JPEG file, `expiry` is the card's last valid day.
    The fields hold personal data and are left out of `repr`.
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
    address: tuple[str, ...] = field(repr=False)
    photo: bytes = field(repr=False)
    fingers: tuple[FingerTemplate, ...] = field(repr=False)
    groups: Mapping[int, bytes] = field(repr=False)
    sod: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """Given names and surname in the state's script."""
        return f"{self.given_names} {self.surname}".strip()

    @property
    def latin_name(self) -> str:
        return f"{self.latin_given_names} {self.latin_surname}".strip()


class IdentityCard:
    """One session with an identity card: `read_identity`, then `verify_authenticity`.

    All methods raise what `ApduChannel.send` raises, `ApduError` when the card refuses and
    `ProtocolError` when its files are malformed.
    """

    def __init__(
        self, channel: ApduChannel, profile: CardProfile, access: AccessMethod | None = None
    ) -> None:
        self._channel = channel
        self._profile = profile
        self._access = access or access_method(profile.access)
        self._groups: dict[int, bytes] = {}
        self._sod = b""

    def select(self) -> None:
        """Gain access and select the application."""
        self._access.before_select(self._channel)
        response = select_application(self._channel, self._profile.aid, want_fci=False)
        if response.sw != SW.OK:
            raise ApduError(response.sw, "select the identity application")
        self._access.after_select(self._channel)

    def read_identity(
        self, today: date, progress: Callable[[ReadProgress], None] | None = None
    ) -> Identity:
        """Read EF.SOD and the groups of the profile. `today` settles the century of short dates.

        `progress` is called in the calling thread after every piece.
        """
        self.select()
        common = lds.parse_common(self._read(lds.FID_COM, lds.TAG_COM))
        profile = self._profile
        # EF.COM is not signed: it may hide a group, never add one that counts. What it hid is
        # found by `verify_authenticity`.
        wanted = [g for g in profile.groups + profile.optional_groups if g in common.groups]
        files = {0: (lds.FID_SOD, lds.TAG_SOD)} | {
            group: (lds.group_file(group), lds.GROUP_TAGS[group]) for group in wanted
        }
        sizes = {group: self._size(*file) for group, file in files.items()}
        total = sum(sizes.values())
        before = 0

        def report(done: int) -> None:
            if progress is not None:
                progress(ReadProgress(before + done, total))

        contents = {}
        for group, (fid, _) in files.items():
            contents[group] = self._read_file(fid, sizes[group], report)
            before += sizes[group]
        self._sod = contents.pop(0)
        self._groups = contents
        return build_identity(self._sod, self._groups, self._profile, today)

    def verify_authenticity(self, store: CscaStore, now: datetime) -> Evidence:
        """Passive authentication of what `read_identity` read; see `sod.Check` for the checks."""
        return check_passive(self._sod, self._groups, store, now)

    def _read(self, fid: int, tag: int) -> bytes:
        return self._read_file(fid, self._size(fid, tag), lambda _: None)

    def _size(self, fid: int, tag: int) -> int:
        """Select a file and learn its length from its first bytes."""
        self._select_file(fid)
        found, start, length = tlv.header(self._piece(0, _FILE_HEADER))
        if found != tag or start + length > MAX_FILE:
            raise ProtocolError(f"file {fid:04X} of the card is not what its number says")
        return start + length

    def _read_file(self, fid: int, size: int, report: Callable[[int], None]) -> bytes:
        self._select_file(fid)
        data = bytearray()
        while len(data) < size:
            data += self._piece(len(data), min(self._profile.chunk, size - len(data)))
            report(len(data))
        return bytes(data)

    def _select_file(self, fid: int) -> None:
        self._channel.call(
            Command(0x00, 0xA4, 0x02, 0x0C, fid.to_bytes(2, "big")), f"select file {fid:04X}"
        )

    def _piece(self, offset: int, size: int) -> bytes:
        """At least one and at most `size` bytes from `offset` of the selected file."""
        if offset < _SHORT_OFFSETS:
            command = Command(0x00, 0xB0, offset >> 8, offset & 0xFF, le=size)
        else:
            where = tlv.encode(0x54, offset.to_bytes(2, "big"))
            # The answer is wrapped in 53, so ask for its header too.
            command = Command(0x00, 0xB1, 0, 0, where, le=min(size + 3, 256))
        response = self._channel.send(command)
        if response.sw not in (SW.OK, SW.END_OF_FILE):
            raise ApduError(response.sw, "read a file of the card")
        data = response.data
        if offset >= _SHORT_OFFSETS:
            data = tlv.parse_one(data, 0x53).value
        if not 1 <= len(data) <= size:
            raise ProtocolError("the card sent less or more than was asked for")
        return data


def build_identity(
    sod: bytes, groups: Mapping[int, bytes], profile: CardProfile, today: date
) -> Identity:
    """Parse the group files of a card. Raises `ProtocolError`."""
    for group in profile.groups:
        if group not in groups:
            raise ProtocolError(f"the card has no DG{group}")
    zone = mrz.parse(lds.parse_dg1(groups[1]))
    details = lds.parse_dg11(groups[11]) if 11 in groups else None
    number = fields.national_number(profile.national_number, zone, groups)
    surname, given_names = fields.person_name(profile.person_name, zone, groups)
    template = profile.template_group
    fingers = lds.parse_finger_group(groups[template], template) if template in groups else ()
    born = details.birth_date if details is not None else None
    face = lds.parse_faces(groups[profile.photo_group], profile.photo_group)[0]
    return Identity(
        national_number=number,
        surname=surname,
        given_names=given_names,
        latin_surname=zone.surname,
        latin_given_names=zone.given_names,
        birth_date=born or mrz.birth_date(zone.birth, today),
        sex=zone.sex,
        document_number=zone.number,
        expiry=mrz.expiry_date(zone.expiry, today),
        address=details.address if details is not None else (),
        photo=photo.decode(face.image).jpeg,
        fingers=fingers,
        groups=groups,
        sod=sod,
    )
