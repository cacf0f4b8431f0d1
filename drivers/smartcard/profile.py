"""Profiles: card families as data. What to select, which access is needed, what to read, where things are.

A profile is a TOML file; `standard.toml` explains every key, docs/card-profiles.md how to write one.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Final

from drivers.errors import ProfileError, ProtocolError
from drivers.smartcard import bit
from drivers.smartcard.bit import FingerInformation
from drivers.smartcard.lds import GROUP_TAGS
from drivers.smartcard.minutiae_block import MinutiaeLayout
from drivers.smartcard.policy import DocumentKind
from drivers.smartcard.toml_table import MAX_NUMBER, Table

STANDARD: Final = "standard"
MAX_PROFILE_BYTES: Final = 65_536
MAX_TRIES: Final = 15
"""Most tries a retry counter of a card can tell (63Cx)."""


class Access(StrEnum):
    """Access methods that a card demands before its files can be read (ICAO Doc 9303 part 11)."""

    NONE = "none"
    BAC = "bac"
    """Basic Access Control: opens with the zone."""
    PACE = "pace"
    PACE_OR_BAC = "pace-or-bac"
    """PACE, or BAC if the card has no EF.CardAccess."""


class AccessSecretKind(StrEnum):
    """Secrets that open a card; a person or a scanner reads them from its face."""

    CAN = "can"
    """The card access number, six digits."""
    MRZ = "mrz"
    """Document number, birth date and expiry date of the machine readable zone."""


class Genuineness(StrEnum):
    """Demands for a proof that the chip is not a copy (Active or Chip Authentication)."""

    REQUIRED = "required"
    """A card that offers no proof is refused."""
    IF_OFFERED = "if-offered"
    """A card whose signed groups offer one must pass it; others are read without."""


@dataclass(frozen=True, slots=True)
class TemplatesInGroup:
    """Minutiae records in a data group built as DG3 is; the reader module compares."""

    group: int


@dataclass(frozen=True, slots=True)
class TemplatesOnCard:
    """The card compares; its templates cannot be read."""


@dataclass(frozen=True, slots=True)
class NoTemplates:
    """The card has no fingers: every voter takes the supervised way."""


TemplatePlace = TemplatesInGroup | TemplatesOnCard | NoTemplates


class ZoneField(StrEnum):
    """Fields of the machine readable zone that can stand for others."""

    OPTIONAL = "optional"
    NUMBER = "number"
    NAMES = "names"


@dataclass(frozen=True, slots=True)
class GroupField:
    """A text (UTF-8) in a data group: the tags from the group's own children down to it."""

    group: int
    path: tuple[int, ...]


FieldSource = ZoneField | GroupField


class Information(StrEnum):
    """Ways to learn the card's biometric information templates (ISO/IEC 7816-11)."""

    GET_DATA = "get-data"
    """`00 CA 7F 61`."""
    PIV_GET_DATA = "piv-get-data"
    """`00 CB 3F FF` with tag list `5C 02 7F61`."""
    PROFILE = "profile"
    """The card does not tell them; the profile has them."""


class VerifyForm(StrEnum):
    """Forms in which minutiae are sent for comparison."""

    DATA_OBJECTS = "data-objects"
    """INS 21, `7F2E { 81 minutiae }` (ISO/IEC 7816-11)."""
    BARE = "bare"
    """INS 20, the minutiae alone (NIST SP 800-73-5)."""


class RateUnit(StrEnum):
    """Units of a resolution in ISO/IEC 39794-2."""

    CENTIMETRE = "cm"
    INCH = "inch"


@dataclass(frozen=True, slots=True)
class OnCardMatching:
    """Settings for a card that compares fingers. `aid` empty: the identity application does it.

    `max_tries` is the branch's limit per finger and session. `spare_tries` of the card's own counter
    are never used, so that a branch blocks no card. `fingers` are those of the profile, where
    `information` is PROFILE, else empty.
    """

    aid: bytes
    information: Information
    form: VerifyForm
    max_tries: int
    spare_tries: int
    fingers: tuple[FingerInformation, ...] = ()


@dataclass(frozen=True, slots=True)
class CardProfile:
    """One family of identity cards; `on_card` is set exactly if `templates` are on the card."""

    name: str
    kind: DocumentKind
    """Which documents of which states these are."""
    aid: bytes
    access: Access
    secrets: tuple[AccessSecretKind, ...]
    """Secrets that open it, the preferred one first; empty for open cards."""
    genuineness: Genuineness
    groups: tuple[int, ...]
    """Read in this order; a card without one of them is refused."""
    optional_groups: tuple[int, ...]
    """Read after them if the card has them."""
    chunk: int
    photo_group: int
    templates: TemplatePlace
    national_number: FieldSource
    person_name: FieldSource
    on_card: OnCardMatching | None = None
    minutiae: MinutiaeLayout | None = None
    """Of templates in ISO/IEC 39794-2; None: the family has none."""

    @property
    def template_group(self) -> int:
        """The group with templates to be read; 0 if there is none."""
        match self.templates:
            case TemplatesInGroup(group):
                return group
            case _:
                return 0


def load_profile(name: str = STANDARD) -> CardProfile:
    """Load a profile that comes with the drivers. Raises `ProfileError`."""
    return parse_profile(profile_text(name))


def profile_text(name: str) -> str:
    """Return the text of a profile that comes with the drivers. Raises `ProfileError`."""
    known = resources.files("drivers.smartcard").joinpath("profiles")
    if not name.isidentifier() or not (file := known.joinpath(f"{name}.toml")).is_file():
        raise ProfileError(f"there is no card profile {name!r}")
    return file.read_text(encoding="utf-8")


def load_profile_file(path: Path) -> CardProfile:
    """Load a profile of one's own. Raises `ProfileError` naming the file and what is wrong."""
    try:
        return parse_profile(read_profile_file(path))
    except ProfileError as error:
        raise ProfileError(f"card profile {path}: {error}") from error


def read_profile_file(path: Path) -> str:
    """Read the text of a profile. Raises `ProfileError` naming the file."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_PROFILE_BYTES + 1)
        text = content.decode("utf-8")
    except OSError as error:
        raise ProfileError(
            f"card profile {path} cannot be read: {error.strerror}; check path and rights"
        ) from error
    except UnicodeDecodeError as error:
        raise ProfileError(f"card profile {path} is not a UTF-8 text") from error
    if len(content) > MAX_PROFILE_BYTES:
        raise ProfileError(f"card profile {path} is longer than {MAX_PROFILE_BYTES} bytes")
    return text


def parse_profile(text: str) -> CardProfile:
    """Parse a profile. Raises `ProfileError` naming the key that is wrong."""
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"not TOML: {error}") from error
    table = Table(parsed, "")
    fields = table.table("fields")
    templates = _place(table.text("templates"))
    profile = CardProfile(
        name=table.text("name"),
        kind=_kind(table),
        aid=table.aid("aid"),
        access=table.choice("access", Access),
        secrets=table.choices("secrets", AccessSecretKind),
        genuineness=table.choice("genuineness", Genuineness),
        groups=table.groups("groups"),
        optional_groups=table.groups("optional_groups"),
        chunk=table.number("chunk", 16, 256),
        photo_group=table.number("photo_group", 1, 16),
        templates=templates,
        national_number=_source(fields.text("national_number"), names=False),
        person_name=_source(fields.text("name"), names=True),
        on_card=_on_card(table) if templates == TemplatesOnCard() else None,
        minutiae=_layout(table.table("minutiae")) if "minutiae" in table.left() else None,
    )
    fields.finish()
    table.finish()
    _check(profile)
    return profile


def _check(profile: CardProfile) -> None:
    groups, optional = profile.groups, profile.optional_groups
    if not profile.name:
        raise ProfileError("name is empty")
    if 1 not in groups:
        raise ProfileError("groups must hold 1")
    if _CLOSED & {*groups, *optional}:
        raise ProfileError(
            "groups 3, 4 and 16 are never read: they are behind terminal authentication"
        )
    if set(groups) & set(optional):
        raise ProfileError("a group is either in groups or in optional_groups")
    if profile.photo_group not in groups:
        raise ProfileError("groups must hold the photo group")
    if profile.minutiae is not None and not profile.template_group:
        raise ProfileError("minutiae is for templates in a group")
    if profile.template_group and profile.template_group not in groups + optional:
        raise ProfileError("groups or optional_groups must hold the group of the templates")
    for source in (profile.national_number, profile.person_name):
        if isinstance(source, GroupField) and source.group not in groups + optional:
            raise ProfileError(f"a field comes from group {source.group}, which is not read")
    if isinstance(profile.national_number, GroupField) and (
        profile.national_number.group not in groups
    ):
        raise ProfileError("the group of the national number must be in groups")
    if profile.on_card is not None and profile.genuineness is not Genuineness.REQUIRED:
        # A copied chip would simply answer "match".
        raise ProfileError("genuineness must be required where the card itself compares fingers")
    if profile.access is Access.NONE and profile.secrets:
        raise ProfileError("secrets must be empty where access is none")
    if profile.access is not Access.NONE and not profile.secrets:
        raise ProfileError("secrets must name what opens the card")
    if (
        profile.access in (Access.BAC, Access.PACE_OR_BAC)
        and AccessSecretKind.MRZ not in profile.secrets
    ):
        raise ProfileError('secrets must hold "mrz" where Basic Access Control may be needed')


def _kind(table: Table) -> DocumentKind:
    kind = DocumentKind(
        states=_states(table.table("states")),
        nationalities=table.texts("nationalities"),
        codes=table.texts("codes"),
    )
    for key, texts, form in (
        ("nationalities", kind.nationalities, _STATE),
        ("codes", kind.codes, _CODE),
    ):
        if not texts or not all(form.fullmatch(text) for text in texts):
            raise ProfileError(f"{key} names letters as the zone has them, without fillers")
    return kind


def _states(table: Table) -> tuple[tuple[str, str], ...]:
    """Parse `IRN = "IR"`: a state of DG1 and the country of its certificates."""
    states = tuple((state, table.text(state)) for state in table.left())
    if not states:
        raise ProfileError("states must name whose documents are accepted")
    for state, country in states:
        if not (_STATE.fullmatch(state) and _COUNTRY.fullmatch(country)):
            raise ProfileError('states has lines such as IRN = "IR", in capitals')
    return states


def _on_card(table: Table) -> OnCardMatching:
    inner = table.table("on_card")
    information = inner.choice("information", Information)
    matching = OnCardMatching(
        aid=inner.aid("aid", may_be_empty=True),
        information=information,
        form=inner.choice("form", VerifyForm),
        max_tries=inner.number("max_tries", 1, MAX_TRIES),
        spare_tries=inner.number("spare_tries", 0, MAX_TRIES - 1),
        fingers=_fingers(inner) if information is Information.PROFILE else (),
    )
    inner.finish()
    return matching


def _layout(table: Table) -> MinutiaeLayout:
    layout = MinutiaeLayout(
        position=table.place("position"),
        width=table.place("width"),
        height=table.place("height"),
        x_rate=table.place("x_rate"),
        y_rate=table.place("y_rate"),
        minutiae=table.tags("minutiae"),
        x=table.place("x"),
        y=table.place("y"),
        angle=table.place("angle"),
        kind=table.place("kind"),
        quality=table.place("quality"),
        is_per_inch=table.choice("rate_per", RateUnit) is RateUnit.INCH,
        turn=table.number("turn", 8, MAX_NUMBER),
        ending=table.number("ending", 0, 255),
        bifurcation=table.number("bifurcation", 0, 255),
    )
    table.finish()
    if not layout.minutiae:
        raise ProfileError("minutiae.minutiae names no place")
    return layout


def _fingers(table: Table) -> tuple[FingerInformation, ...]:
    try:
        fingers = bit.parse_group(table.hexadecimal("templates"))
    except ProtocolError as error:
        raise ProfileError(f"on_card.templates: {error}") from error
    if not fingers:
        raise ProfileError("on_card.templates names no finger")
    return fingers


def _place(text: str) -> TemplatePlace:
    match text.split(":"):
        case ["none"]:
            return NoTemplates()
        case ["on-card"]:
            return TemplatesOnCard()
        case ["group", number] if (
            number.isascii() and number.isdigit() and int(number) in GROUP_TAGS
        ):
            return TemplatesInGroup(int(number))
    raise ProfileError('templates is "none", "on-card" or "group:" and a number from 1 to 16')


def _source(text: str, *, names: bool) -> FieldSource:
    """Parse `dg11:5F0E`, `dg13:A0/5F10`, `mrz:optional`, `mrz:number` or (for the name) `mrz:names`."""
    where, _, what = text.partition(":")
    if where == "mrz" and what in set(ZoneField):
        zone = ZoneField(what)
        if (zone is ZoneField.NAMES) == names:
            return zone
    number = where.removeprefix("dg")
    if where.startswith("dg") and number.isascii() and number.isdigit():
        try:
            path = tuple(int.from_bytes(bytes.fromhex(tag), "big") for tag in what.split("/"))
        except ValueError:
            path = ()
        if int(number) in GROUP_TAGS and path and all(path):
            return GroupField(int(number), path)
    raise ProfileError(f"{text!r} names no field; examples are dg11:5F10 and mrz:optional")


_CLOSED: Final = frozenset({3, 4, 16})
"""Fingers and irises, which only the issuer's own terminals may read, and persons to notify."""
_STATE: Final = re.compile("[A-Z]{1,3}")
"""In DG1; Germany writes one letter."""
_CODE: Final = re.compile("[A-Z][A-Z0-9]?")
_COUNTRY: Final = re.compile("[A-Z]{2}")
