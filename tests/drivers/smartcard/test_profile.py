"""Card profiles: those that come along, files of a branch, and every way to get one wrong."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ProfileError
from drivers.smartcard.bit import FingerInformation
from drivers.smartcard.profile import (
    MAX_PROFILE_BYTES,
    Access,
    AccessSecretKind,
    Genuineness,
    GroupField,
    Information,
    NoTemplates,
    OnCardMatching,
    TemplatesInGroup,
    TemplatesOnCard,
    VerifyForm,
    ZoneField,
    load_profile,
    load_profile_file,
    parse_profile,
)

GOOD = """name = "x"
aid = "A0000002471001"
access = "none"
secrets = []
genuineness = "if-offered"
groups = [1, 2, 11]
optional_groups = []
chunk = 100
photo_group = 2
states = { IRN = "IR", D = "DE" }
nationalities = ["IRN", "D"]
codes = ["I", "ID"]
templates = "none"

[fields]
national_number = "dg11:5F10"
name = "mrz:names"
"""

BITS = "7F61 1C 020101 7F60 16 830101 A111 810108 87020101 88020005 B104 81021040"

ON_CARD = f"""
[on_card]
aid = ""
information = "profile"
form = "bare"
max_tries = 3
spare_tries = 1
templates = "{BITS}"
"""


def on_card(old: str = "", new: str = "") -> str:
    text = GOOD.replace('"none"\n\n', '"on-card"\n\n').replace('"if-offered"', '"required"')
    return (text + ON_CARD).replace(old, new)


def test_the_standard_profile() -> None:
    profile = load_profile()
    assert profile.access is Access.NONE
    assert profile.templates == TemplatesInGroup(13)
    assert profile.template_group == 13
    assert 3 not in profile.groups
    assert profile.genuineness is Genuineness.IF_OFFERED
    assert profile.national_number == GroupField(11, (0x5F10,))
    assert profile.on_card is None


def test_the_profile_of_travel_documents() -> None:
    profile = load_profile("icao")
    assert profile.access is Access.PACE_OR_BAC
    assert profile.secrets == (AccessSecretKind.MRZ, AccessSecretKind.CAN)
    assert profile.national_number is ZoneField.OPTIONAL
    assert profile.person_name == GroupField(11, (0x5F0E,))
    assert profile.template_group == 0


def test_the_profile_of_cards_that_compare() -> None:
    profile = load_profile("moc")
    assert profile.access is Access.PACE
    assert profile.genuineness is Genuineness.REQUIRED
    assert profile.templates == TemplatesOnCard()
    assert profile.on_card == OnCardMatching(
        b"", Information.GET_DATA, VerifyForm.DATA_OBJECTS, max_tries=4, spare_tries=1
    )


def test_every_value_is_read() -> None:
    profile = parse_profile(GOOD)
    assert profile.templates == NoTemplates()
    assert profile.template_group == 0
    assert profile.person_name is ZoneField.NAMES
    nested = parse_profile(GOOD.replace("dg11:5F10", "dg11:A0/5F0F"))
    assert nested.national_number == GroupField(11, (0xA0, 0x5F0F))


@pytest.mark.parametrize(
    "states",
    [
        "{}",
        '{ IRN = "ir" }',
        '{ irn = "IR" }',
        '{ IRAN = "IR" }',
        "{ IRN = 1 }",
        '["IRN"]',
        '"IRN"',
    ],
)
def test_states_are_always_named(states: str) -> None:
    """No state is accepted because a profile forgot to say which."""
    assert parse_profile(GOOD).kind.states == (("IRN", "IR"), ("D", "DE"))
    with pytest.raises(ProfileError, match="states"):
        parse_profile(GOOD.replace('{ IRN = "IR", D = "DE" }', states))


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('["IRN", "D"]', "[]", "nationalities"),
        ('["IRN", "D"]', '["irn"]', "nationalities"),
        ('["IRN", "D"]', '["IRN", "IRN"]', "nationalities"),
        ('["IRN", "D"]', "[1]", "nationalities"),
        ('["I", "ID"]', "[]", "codes"),
        ('["I", "ID"]', '["I<"]', "codes"),
        ('["I", "ID"]', '["IDX"]', "codes"),
        ('["I", "ID"]', '"I"', "codes"),
        ("[1, 2, 11]", "[1, 2, 3, 11]", "groups 3, 4 and 16"),
        ("optional_groups = []", "optional_groups = [16]", "groups 3, 4 and 16"),
    ],
)
def test_what_a_citizens_document_is_must_be_said(old: str, new: str, key: str) -> None:
    with pytest.raises(ProfileError, match=key):
        parse_profile(GOOD.replace(old, new))


def test_matching_on_the_card() -> None:
    profile = parse_profile(on_card())
    assert profile.templates == TemplatesOnCard()
    assert profile.on_card is not None
    assert profile.on_card.form is VerifyForm.BARE
    assert profile.on_card.information is Information.PROFILE
    assert profile.on_card.fingers == (FingerInformation(1, 0, 5, least=16, most=64),)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name =", "nam =", "name"),
        ('"x"', "1", "name"),
        ('"x"', '""', "name"),
        ("A0000002471001", "A0", "aid"),
        ("A0000002471001", "XY000000", "aid"),
        ('access = "none"', 'access = "magic"', "magic"),
        ("secrets = []", 'secrets = ["pin"]', "pin"),
        ("secrets = []", 'secrets = ["can", "can"]', "secrets"),
        ("secrets = []", 'secrets = ["can"]', "secrets"),
        ('access = "none"', 'access = "pace"', "secrets"),
        ("secrets = []", 'secrets = "can"', "secrets"),
        ('"if-offered"', '"perhaps"', "genuineness"),
        ("[1, 2, 11]", "[]", "groups"),
        ("[1, 2, 11]", "[2, 11]", "groups"),
        ("[1, 2, 11]", "[1, 2, 11, 17]", "groups"),
        ("[1, 2, 11]", "[1, 2, 11, 1]", "groups"),
        ("[1, 2, 11]", '["1", 2, 11]', "groups"),
        ("[1, 2, 11]", "[1, 11]", "photo"),
        ("[1, 2, 11]", "[1, 2]", "11"),
        ("optional_groups = []", "optional_groups = [2]", "optional_groups"),
        ("chunk = 100", "chunk = 500", "chunk"),
        ("chunk = 100", "chunk = true", "chunk"),
        ("chunk = 100", "chunk =", "TOML"),
        ("chunk = 100", "chunk = 100\nmore = 1", "more"),
        ('templates = "none"', 'templates = "group:13"', "templates"),
        ('templates = "none"', 'templates = "group:0"', "templates"),
        ('templates = "none"', 'templates = "chip"', "templates"),
        ('templates = "none"', 'templates = "on-card"', "on_card"),
        ("dg11:5F10", "dg11", "dg11"),
        ("dg11:5F10", "dg17:5F10", "dg17"),
        ("dg11:5F10", "dg12:5F10", "12"),
        ("dg11:5F10", "dg11:5F1", "5F1"),
        ("dg11:5F10", "mrz:names", "mrz:names"),
        ("mrz:names", "mrz:optional", "mrz:optional"),
        ("[fields]", "[field]", "fields"),
        ('name = "mrz', 'nome = "mrz', "fields.name"),
        ('name = "mrz:names"', 'name = "mrz:names"\nage = ""', "fields.age"),
    ],
)
def test_a_bad_profile_is_refused_by_name(old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(ProfileError, match=told):
        parse_profile(GOOD.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('aid = ""', 'aid = "A0"'),
        ('"profile"', '"magic"'),
        ('"bare"', '"naked"'),
        ("max_tries = 3", "max_tries = 0"),
        ("spare_tries = 1", "spare_tries = 15"),
        (f'templates = "{BITS}"', ""),
        ("7F61", "7F62"),
        ("87020101", "87020102"),
    ],
)
def test_bad_matching_is_refused(old: str, new: str) -> None:
    with pytest.raises(ProfileError, match="on_card"):
        parse_profile(on_card(old, new))


def test_a_card_that_compares_must_be_genuine() -> None:
    with pytest.raises(ProfileError, match="genuineness"):
        parse_profile(on_card('"required"', '"if-offered"'))


def test_the_number_may_not_come_from_a_group_that_may_be_missing() -> None:
    text = GOOD.replace("[1, 2, 11]", "[1, 2]").replace(
        "optional_groups = []", "optional_groups = [11]"
    )
    with pytest.raises(ProfileError, match="national number"):
        parse_profile(text)
    assert parse_profile(text.replace("dg11:5F10", "mrz:optional")).optional_groups == (11,)


def test_basic_access_control_needs_the_zone() -> None:
    text = GOOD.replace('"none"\nsecrets = []', '"bac"\nsecrets = ["can"]')
    with pytest.raises(ProfileError, match="mrz"):
        parse_profile(text)
    assert parse_profile(text.replace("can", "mrz")).secrets == (AccessSecretKind.MRZ,)


@pytest.mark.parametrize("name", ["no_such", "../standard", ""])
def test_an_unknown_profile_is_refused(name: str) -> None:
    with pytest.raises(ProfileError):
        load_profile(name)


def test_a_file_of_the_branch(tmp_path: Path) -> None:
    path = tmp_path / "card.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_profile_file(path) == parse_profile(GOOD)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe", "UTF-8"),
        (b"#" * (MAX_PROFILE_BYTES + 1), "longer"),
        (b"name = 1", "fields is missing"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, content: bytes | None, told: str
) -> None:
    path = tmp_path / "card.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ProfileError, match=told) as error:
        load_profile_file(path)
    assert str(path) in str(error.value)


@pytest.mark.fuzz
@given(at=st.integers(0, 400), noise=st.text(max_size=6), cut=st.integers(0, 8))
def test_damage_raises_only_profile_errors(at: int, noise: str, cut: int) -> None:
    text = on_card()
    at %= len(text)
    with contextlib.suppress(ProfileError):
        parse_profile(text[:at] + noise + text[at + cut :])
