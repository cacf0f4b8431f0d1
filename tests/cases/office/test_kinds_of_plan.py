"""Every value of election.toml × every kind of wrong hand: refused with its place, or taken as it was meant.

Nothing else: no other error than `ManifestError`, and no accepted plan holds what nobody can see. The plan
of these tests has every table and every key; a key that is added to the form is found missing here.
"""

from __future__ import annotations

import copy
import itertools
import math
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache, partial
from typing import Any, TypeAlias, get_args, get_type_hints

import pytest

from crypto.sealing import SealingKey
from crypto.trustees import Trustees
from election.definition import BallotForm, Contest
from election.errors import ManifestError
from headquarters.candidates import ContestRules, Slate, make_slate
from headquarters.definition_builder import ElectionPlan, define_election
from headquarters.election_config import PlanFile, plan_of, read_plan
from headquarters.names import is_shown
from headquarters.plan_check import LAST_DAY, check_plan, texts
from headquarters.toml_text import write_toml
from headquarters.trustees import create_trustees
from tests.headquarters.small import person
from tests.headquarters.unlocking import unlock
from words.languages import installed
from words.text import ENGLISH, PERSIAN, Text

Content: TypeAlias = dict[str, Any]
Place: TypeAlias = tuple[str | int, ...]

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TEHRAN = timezone(timedelta(hours=3, minutes=30))
DAY = date(2026, 6, 12)
PLAN: Content = {
    "uuid": "Mf4VPQhYzYqYyL",
    "rehearsal": False,
    "packages": "one",
    "name": {"fa": "شورای شهر", "en": "City council"},
    "day": DAY,
    "opens": datetime(2026, 6, 12, 8, tzinfo=TEHRAN),
    "closes": datetime(2026, 6, 12, 20, tzinfo=TEHRAN),
    "documents": {
        "profiles": ["standard"],
        "floors": {"rsa_bits": 2048, "curve_bits": 256},
        "exceptions": [
            {"whom": "IRN", "what": "expired-document", "until": DAY, "reason": "مصوبهٔ هیئت"}
        ],
    },
    "lots": {"seats": "شاخص بورس ۱۳ خرداد", "decisions": "شاخص بورس ۱۲ خرداد"},
    "seats": {"denominator": "candidate-votes", "left_overs": "largest-remainder"},
    "rules": {
        "min_age": 18,
        "finger_tries": 3,
        "first_capture_s": 20.0,
        "next_capture_s": 10.0,
        "authorization_minutes": 60,
        "clock_tolerance_minutes": 5,
        "inactivity_s": 120.0,
        "inactivity_alert_s": 60.0,
        "ballots_per_terminal": 1000,
        "challenge_allowed": True,
        "challenges_per_voter": 3,
        "document_check": "ordinary",
        "document_checks_per_hour": 30,
        "paper_record": False,
    },
    "contests": [
        {
            "id": "council",
            "title": {"fa": "شورای شهر", "en": "City council"},
            "seats": 5,
            "max_selections": 5,
            "form": "slots",
            "code_width": 4,
        },
        {
            "id": "mayor",
            "title": {"fa": "شهردار", "en": "Mayor"},
            "seats": 1,
            "max_selections": 1,
            "form": "choice",
            "code_width": 3,
        },
    ],
    "styles": [
        {
            "id": "city",
            "name": {"fa": "شهر", "en": "City"},
            "contests": ["council", "mayor"],
            "residence": ["تهران"],
        },
        {"id": "all", "name": {"fa": "همه", "en": "All"}, "contests": ["council"], "residence": []},
    ],
    "branches": [
        {
            "id": "branch-1",
            "name": {"fa": "شعبهٔ ۱", "en": "Branch 1"},
            "district": "منطقهٔ ۱",
            "mobile": False,
            "offline": False,
            "authority": "centre",
            "registry": "10.0.0.1:8443",
            "evaluator": "10.0.0.2:8444",
            "paper_ballots": False,
        }
    ],
}

UNSEEN = {
    "newline": "a\nb",
    "tab": "a\tb",
    "bell": "a\x07b",
    "delete": "a\x7fb",
    "next-line": "a\x85b",
    "override": "a\u202eb",
    "isolate": "a\u2067b",
    "mark": "\u200fشورا",
    "zero-width-space": "شو\u200bرا",
    "line-separator": "a\u2028b",
    "filler": "a\u3164b",
    "private-use": "a\ue000b",
    "variation": "a\ufe0fb",
    "unassigned": "a\u0378b",
    "byte-order-mark": "\ufeffشورا",
    "other-script": "选举",
    "empty": "",
    "blanks": "   ",
    "non-joiner-only": "\u200c",
    "of-201-letters": "ش" * 201,
    "of-a-megabyte": "ش" * 1_000_000,
}
READABLE = {
    "of-200-letters": "ش" * 200,
    "one-letter": "ش",
    "backslash": "C:\\x\\u0041\\",
    "quotes": '"شورا" \'شهر\' «ری» """',
    "braces": "{name} %s $x # [a]",
    "non-joiner": "شورا\u200cی",
    "blanks-around": "  شورا  ",
    "decomposed": unicodedata.normalize("NFD", "شورآی é"),
    "arabic-letters": "شورای كتاب ي",
    "html": "<b>&amp;</b>",
}
TEXTS = {**UNSEEN, **READABLE, "a-number": 7, "a-list": ["شورا"], "none-of-it": {}}
NUMBERS: dict[str, Any] = {
    "zero": 0,
    "one": 1,
    "negative": -1,
    "huge": 10**30,
    "2-to-the-63": 2**63,
    "infinite": math.inf,
    "minus-infinite": -math.inf,
    "not-a-number": math.nan,
    "tiny": 5e-324,
    "1e300": 1e300,
    "a-fraction": 1.5,
    "persian-digits": "۱۸",
    "arabic-digits": "١٨",
    "a-text": "18",
    "a-truth": True,
    "a-list": [18],
    "a-day": DAY,
}
TIMES: dict[str, Any] = {
    "jalali": date(1405, 3, 22),
    "first-year": date(1, 1, 1),
    "last-year": date(9999, 12, 31),
    "over": date(2020, 6, 12),
    "far": LAST_DAY,
    "with-a-time": datetime(2026, 6, 12, 8, tzinfo=TEHRAN),
    "midnight": datetime(2026, 6, 12, tzinfo=TEHRAN),
    "without-an-offset": datetime(2026, 6, 12, 8),  # noqa: DTZ001 - the kind
    "first-instant": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    "last-instant": datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-12))),
    "other-offset": datetime(2026, 6, 12, 20, tzinfo=timezone(timedelta(hours=-11))),
    "largest-offset": datetime(2026, 6, 12, 20, tzinfo=timezone(timedelta(hours=23, minutes=59))),
    "jalali-text": "1405-03-22",
    "persian-digits": "۲۰۲۶-۰۶-۱۲",
    "us-text": "06/12/2026",
    "a-number": 1_781_000_000,
}
TRUTHS: dict[str, Any] = {"a-text": "true", "a-number": 1, "empty": "", "persian": "بله"}
STRUCTURES: dict[str, Any] = {"a-text": "شورا", "empty-map": {}, "empty-list": [], "a-number": 1}


def kinds_of(value: object) -> Mapping[str, Any]:
    match value:
        case bool():
            return TRUTHS
        case str():
            return TEXTS
        case int() | float():
            return NUMBERS
        case date():
            return TIMES
        case _:
            return STRUCTURES


def places(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    if place:
        yield place, value
    children: Any = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, each in children:
        yield from places(each, (*place, key))


def put(content: Content, place: Place, change: Callable[[Any, Any], None]) -> Content:
    changed = copy.deepcopy(content)
    holder: Any = changed
    for key in place[:-1]:
        holder = holder[key]
    change(holder, place[-1])
    return changed


def assign(value: Any, holder: Any, key: Any) -> None:
    holder[key] = value


ALL = dict(places(PLAN))
NAMED = {".".join(map(str, place)): place for place in ALL}


@pytest.fixture(scope="module")
def trustees(tmp_path_factory: pytest.TempPathFactory) -> Trustees:
    return create_trustees(tmp_path_factory.mktemp("trustees"), 1, lambda _: True, unlock)


SPEAKERS = {x: installed().speaker(x).without_isolates() for x in (PERSIAN, ENGLISH)}
SEALING, RECONCILIATION = (SealingKey.generate().public_bytes for _ in range(2))
PEOPLE = {
    BallotForm.SLOTS: [person(number) for number in range(8)],
    BallotForm.CHOICE: [person(100 + number) for number in range(3)],
}


@cache
def slate(rules: ContestRules) -> Slate:
    return make_slate(rules, PEOPLE[rules.form])


def judge(content: Content, trustees: Trustees) -> PlanFile:
    """Do with a plan what `amin election package` does before it signs."""
    plan = plan_of(content)
    check_plan(plan, NOW)
    slates = [slate(rules) for rules in plan.contests]
    contests: tuple[Contest, ...] = tuple(each.contest for each in slates)
    portraits = {digest: data for each in slates for digest, data in each.portraits.items()}
    define_election(
        ElectionPlan(
            plan.name,
            plan.day,
            plan.opens,
            plan.closes,
            contests,
            plan.styles,
            plan.branches,
            plan.day_rules,
            rehearsal=plan.rehearsal,
        ),
        portraits,
        trustees,
        (),
        SEALING,
        plan.uuid,
        RECONCILIATION,
    )
    return plan


def told(content: Content, trustees: Trustees) -> Mapping[str, str] | None:
    """What is said of a refused plan, by language; None if it is taken, and then it can be read."""
    try:
        plan = judge(content, trustees)
    except ManifestError as refused:
        said = {str(x): SPEAKERS[x].say(refused.message) for x in (PERSIAN, ENGLISH)}
        assert all(said.values())
        return said
    for place, text in texts(plan):
        assert text == text.strip(" "), place
        assert 0 < len(text) <= 200, place
        assert all(map(is_shown, text)), place
        assert text == unicodedata.normalize("NFC", text), place
    return None


def about(place: Place, words: str) -> bool:
    """Whether a sentence names the place: its key, the table it is in, or the id of its row."""
    names = {str(place[-1]), ".".join(map(str, place))}
    names |= {str(key).removesuffix("s").replace("branche", "branch") for key in place[:1]}
    holder: Any = PLAN
    for key in place:
        if isinstance(holder, dict) and "id" in holder:
            names.add(holder["id"])
        holder = holder[key]
    return any(name in words for name in names)


_ELSEWHERE = {
    "day": "election's day",
    "opens": "polls",
    "closes": "polls",
}


def test_the_plan_is_whole(trustees: Trustees) -> None:
    """It is taken, it holds every key that there is, and the kinds reach all of it."""
    assert told(PLAN, trustees) is None

    def keys(kind: Any, value: Any, place: str) -> Iterator[str]:
        if is_dataclass(kind) and kind is not Text and isinstance(value, dict):
            hints = get_type_hints(kind)
            for field in fields(kind):
                where = f"{place}.{field.name}"
                if field.name not in value:
                    yield where
                else:
                    yield from keys(hints[field.name], value[field.name], where)
        elif isinstance(value, list):
            inner = next((each for each in get_args(kind) if is_dataclass(each)), None)
            for each in value[:1]:
                yield from keys(inner, each, f"{place}[]")

    assert list(keys(PlanFile, PLAN, "")) == []


@pytest.mark.parametrize("name", NAMED)
def test_every_kind_at_every_place(name: str, trustees: Trustees) -> None:
    place = NAMED[name]
    taken: list[str] = []
    for kind, value in kinds_of(ALL[place]).items():
        changed = put(PLAN, place, partial(assign, value))
        said = told(changed, trustees)
        if said is None:
            taken.append(kind)
        else:
            assert about(place, said["en"]) or _ELSEWHERE.get(name, "?") in said["en"], (kind, said)
            assert len(said["en"]) < 600, "a refused value is not poured into the sentence"
    assert not set(taken) & set(UNSEEN) or name.endswith((".en", "registry", "evaluator")), taken


@pytest.mark.parametrize("kind", READABLE)
def test_what_can_be_read_is_taken_wherever_people_read(kind: str, trustees: Trustees) -> None:
    """Titles, names, districts, sentences: as they were written, but for blanks around and normal form."""
    written = READABLE[kind]
    for name, place in NAMED.items():
        named = place[-1] in {"fa", "en", "district", "reason", "decisions"}
        if not named and place[-2:-1] != ("residence",):
            continue
        changed = put(PLAN, place, partial(assign, written))
        assert told(changed, trustees) is None, name
        found = dict(texts(plan_of(changed)))
        assert found[name] == unicodedata.normalize("NFC", written).strip(" ")


@pytest.mark.parametrize("name", NAMED)
def test_every_place_missing_twice_or_misspelt(name: str, trustees: Trustees) -> None:
    place = NAMED[name]
    key = place[-1]
    optional = {
        field.name
        for kind in _input_classes(PlanFile)
        for field in fields(kind)
        if field.default is not MISSING
    }
    said = told(put(PLAN, place, lambda holder, key: holder.__delitem__(key)), trustees)
    if isinstance(key, str) and key not in optional and place[-2:-1] not in {("name",), ("title",)}:
        assert said is not None
        assert key in said["en"]
    if key == "en":
        return  # any other word of its length is a language's id, too
    if isinstance(key, str):

        def misspell(holder: Any, key: Any) -> None:
            holder[f"{key}x"] = holder.pop(key)

        said = told(put(PLAN, place, misspell), trustees)
        assert said is not None
        assert f"{key}x" in said["en"] or key in said["en"]
    else:

        def twice(holder: Any, key: Any) -> None:
            holder.append(copy.deepcopy(holder[key]))

        told(put(PLAN, place, twice), trustees)


def _input_classes(kind: Any) -> Iterator[Any]:
    if is_dataclass(kind) and kind is not Text:
        yield kind
        for hint in get_type_hints(kind).values():
            yield from _input_classes(hint)
    else:
        for each in get_args(kind):
            yield from _input_classes(each)


def test_titles_that_look_the_same(trustees: Trustees) -> None:
    """Voters would not know in which contest they are."""
    for language, one, other in (
        ("fa", "شورای شهر", "شورای\u200cشهر"),
        ("fa", "شورای شهر", "شورای  شهر"),
        ("fa", "شورای شهر", "شوراي شهر"),
        ("en", "City council", "City  council"),
        ("en", "Council I", "Council l"),
    ):
        changed = copy.deepcopy(PLAN)
        changed["contests"][0]["title"][language] = one
        changed["contests"][1]["title"][language] = other
        said = told(changed, trustees)
        assert said is not None, (one, other)
        for contest in (0, 1):
            assert f"contests.{contest}.title.{language}" in said["en"]
            assert f"contests.{contest}.title.{language}" in said["fa"]


def test_titles_that_no_ballot_holds_together(trustees: Trustees) -> None:
    """Two districts may call their contests alike, as no voter has both; the indexes are the plan's."""
    changed = copy.deepcopy(PLAN)
    changed["contests"].insert(1, copy.deepcopy(PLAN["contests"][1]) | {"id": "other"})
    changed["contests"][1]["title"] = {"fa": "شورای شهر", "en": "City council"}
    changed["styles"][1]["contests"] = ["other"]
    assert told(changed, trustees) is None
    changed["styles"][1]["contests"] = ["mayor", "other"]
    assert told(changed, trustees) is None
    changed["contests"][2]["title"]["en"] = "City council"
    changed["styles"][0]["contests"] = ["council"]
    said = told(changed, trustees)
    assert said is not None
    assert "contests.1.title.en and contests.2.title.en" in said["en"]


@pytest.mark.parametrize(("one", "other"), tuple(itertools.pairwise(sorted(READABLE))))
def test_as_a_file(one: str, other: str, trustees: Trustees) -> None:
    """The file that is written of a plan is read as the same plan; with a BOM and CR LF, too."""
    changed = copy.deepcopy(PLAN)
    changed["contests"][0]["title"]["fa"] = READABLE[one]
    changed["branches"][0]["name"]["fa"] = READABLE[other]
    text = write_toml(changed)
    assert tomllib.loads(text) == changed
    plan = judge(changed, trustees)
    for data in (text, "\ufeff" + text, text.replace("\n", "\r\n")):
        assert read_plan(data.encode()) == plan


@pytest.mark.parametrize("encoding", ["utf-16", "cp1256", "utf-32"])
def test_files_that_are_no_utf_8(encoding: str) -> None:
    data = write_toml(PLAN).replace("ٔ", "").replace("ی", "ي").encode(encoding, "replace")
    with pytest.raises(ManifestError, match=r"election\.toml"):
        read_plan(data)


def test_file_that_is_cut_anywhere() -> None:
    """Half a file is refused, or is the plan without its last tables, which have defaults."""
    data = write_toml(PLAN).encode()
    whole = read_plan(data)
    refused = 0
    for end in range(0, len(data), 7):
        try:
            plan = read_plan(data[:end])
        except ManifestError:
            refused += 1
        else:
            assert plan.branches
            assert plan.contests == whole.contests
    assert refused > len(data) / 7 / 2
