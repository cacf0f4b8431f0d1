"""Languages are data: speakers, six plural forms, and folders that cannot be used."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from tests.words.language_folders import ARABIC, add_language, with_installed
from words.languages import DATA, FOLDER, installed, read_languages
from words.message import Code, Items, Latin, Percent, in_context, m, plural
from words.text import ENGLISH, PERSIAN, Language, LanguageError, Text

ARABIC_DATA = """
name = "العربية"
font = "Vazirmatn"
sample = "ابج"
[keyboard]
standard = ["ضصثقفغعهخحجد"]
alphabetical = ["ابتثجحخدذرزس"]
[conventions]
right_to_left = true
digits = "٠١٢٣٤٥٦٧٨٩"
last_comma = " و"
"""
ARABIC_TEXTS = """
msgid "{count} ballot"
msgid_plural "{count} ballots"
msgstr[0] "لا أوراق"
msgstr[1] "ورقة واحدة"
msgstr[2] "ورقتان"
msgstr[3] "{count} أوراق"
msgstr[4] "{count} ورقة"
msgstr[5] "{count} من الأوراق"

msgctxt "state"
msgid "open"
msgstr "مفتوح"

msgid "open"
msgstr "افتح"

msgid "{who} has {what}"
msgstr "لدى {who} {what}"
"""
AR = Language("ar")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    add_language(with_installed(tmp_path), "ar", ARABIC_DATA, ARABIC_TEXTS, ARABIC)
    return tmp_path


def test_a_language_is_added_by_a_folder(folder: Path) -> None:
    languages = read_languages(folder)
    others = {x.id for x in installed()} - {PERSIAN}
    assert [x.id for x in languages] == [PERSIAN, *sorted({AR, *others})]
    assert AR in languages
    t = languages.speaker(AR)
    assert t.right_to_left
    forms = [t.plural("{count} ballot", "{count} ballots", x) for x in (0, 1, 2, 3, 11, 100)]
    assert forms == ["لا أوراق", "ورقة واحدة", "ورقتان", "٣ أوراق", "١١ ورقة", "١٠٠ من الأوراق"]
    assert t(in_context("state", "open")) == "مفتوح"
    assert t(m("open")) == t("open") == "افتح"


def test_messages_stand_in_messages(folder: Path) -> None:
    t = read_languages(folder).speaker(AR).without_isolates()
    ballots = plural("{count} ballot", "{count} ballots", count=3)
    message = m(
        "{who} has {what}", who=Text("او", "she", ar="هي"), what=Items((ballots, Code("07")))
    )
    assert t(message) == "لدى هي ٣ أوراق و٠٧"


def test_isolates_on_screens_and_none_on_terminals() -> None:
    message = m("{a} {b} {c} {d}", a=Code("7"), b=Latin("T-7"), c=Text("نام"), d=1000)
    fa = installed().speaker(PERSIAN)
    assert fa(message) == "\u2066۷\u2069 \u2066T-7\u2069 \u2068نام\u2069 ۱٬۰۰۰"
    assert fa.without_isolates()(message) == "۷ T-7 نام ۱٬۰۰۰"


def test_persian_conventions() -> None:
    fa = installed().speaker(PERSIAN)
    assert fa.date(date(2026, 6, 14)) == "۲۴ خرداد ۱۴۰۵"
    moment = datetime(2026, 6, 14, 10, 4, tzinfo=UTC)
    assert fa.without_isolates().say(moment) == "۲۴ خرداد ۱۴۰۵، ۱۰:۰۴"
    assert fa.say(Percent(Fraction(1, 8), 1)) == "۱۲٫۵\N{RIGHT-TO-LEFT MARK}٪"
    assert fa.without_isolates().say(Items(("a", "b", "c"))) == "a، b و c"


def test_an_extra_domain_adds_texts(folder: Path, tmp_path: Path) -> None:
    extra = tmp_path / "more"
    (extra / "ar").mkdir(parents=True)
    entries = '"Plural-Forms: nplurals=1; plural=0;\\n"\n\nmsgid "bench"\nmsgstr "منصة"\n'
    (extra / "ar" / "bench.po").write_text(f'msgid ""\nmsgstr ""\n{entries}', "utf-8")
    t = read_languages(folder, extra).speaker(AR)
    assert (t("bench"), t("open")) == ("منصة", "افتح")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(LanguageError, match="there is no language ar here"):
        installed().speaker(AR)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("name =", "nam ="), "ar/language.toml"),
        (("٠١٢٣٤٥٦٧٨٩", "٠١٢"), "ten digits"),
        (("right_to_left = true", 'right_to_left = "yes"'), "true or false"),
        (("digits", "digit"), "unknown: digit"),
        (('["ابتثجحخدذرزس"]', '"ا"'), "no list"),
        (("[keyboard]", "[keyboard]\nmore = 1"), "unknown: more"),
        (("last_comma", 'calendar = "lunar"\nlast_comma'), "lunar"),
    ],
)
def test_wrong_data_is_refused(folder: Path, change: tuple[str, str], reason: str) -> None:
    (folder / "ar" / DATA).write_text(ARABIC_DATA.replace(*change), "utf-8")
    with pytest.raises(LanguageError, match=reason):
        read_languages(folder)


def test_persian_and_english_are_always_there(folder: Path) -> None:
    (folder / "en" / DATA).unlink()
    with pytest.raises(LanguageError, match="the language en is missing"):
        read_languages(folder)


def test_a_text_translated_twice_is_refused(folder: Path) -> None:
    again = (folder / "ar" / "all.po").read_text("utf-8").replace("افتح", "فتح")
    (folder / "ar" / "more.po").write_text(again, "utf-8")
    with pytest.raises(LanguageError, match="once more, differently"):
        read_languages(folder).load()


def test_a_broken_catalogue_is_refused(folder: Path) -> None:
    (folder / "ar" / "all.po").write_text("nonsense\n", "utf-8")
    with pytest.raises(LanguageError, match="the catalogue of ar"):
        read_languages(folder).speaker(AR)


def test_installed_languages_have_keyboards_of_their_letters() -> None:
    for language in installed():
        letters = ["".join(x) for x in (language.standard_keys, language.alphabetical_keys)]
        assert sorted(letters[0]) == sorted(letters[1]), language.id


def test_texts_by_language() -> None:
    text = Text("نام", "name", ckb="ناو")
    assert text.mapping() == {"ckb": "ناو", "en": "name", "fa": "نام"}
    assert Text.of(text.mapping()) == text
    assert [text.in_(Language(x)) for x in ("fa", "en", "ckb", "ar")] == [
        "نام",
        "name",
        "ناو",
        "نام",
    ]
    assert Text("نام").mapping() == {"fa": "نام"}
    assert hash(Text("نام")) == hash(Text(fa="نام", en=""))
    with pytest.raises(LanguageError):
        Text.of({"en": "name"})
    with pytest.raises(LanguageError):
        Text("نام", **{"Not a language": "x"})
    with pytest.raises(LanguageError):
        Text.of({"fa": "نام", "self": "x"})
    assert str(ENGLISH) == "en"
    assert FOLDER.name == "languages"
