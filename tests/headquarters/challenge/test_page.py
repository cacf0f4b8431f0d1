"""The page's own code agrees with the terminal's, digit for digit, and its policy lets nothing out."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import find
from hypothesis import strategies as st

from crypto.casting import Answer, HomomorphicAnswer
from crypto.election import BeleniosElection, HomomorphicQuestion, parse_election
from crypto.embedding import embed
from crypto.group import mul, point_text
from election.challenge import TicketError, read_ticket, ticket_text, tracking_code, tracking_number
from election.definition import SelectionCode
from election.definition_file import published_definition
from election.errors import ManifestError
from election.marks import Marks
from election.schema import to_json
from election.sealed import Opening
from headquarters.challenge.check import check_ticket
from headquarters.challenge.definition import read_definition
from headquarters.challenge.page import PublicFiles, check_page_html
from tests.crypto.elections import answers as any_answers
from tests.crypto.elections import election_of, keys_and_trustees, small_election
from tests.headquarters.challenge.tickets import (
    NODE_LIMIT_S,
    Case,
    challenged,
    in_browser,
    public_folder,
    scripts_of,
    voted,
)
from tests.headquarters.small import COUNCIL, EXPERTS, Headquarters, set_up
from tests.needs import missing

_, TRUSTEES = keys_and_trustees()
EMPTY = check_page_html()


@pytest.fixture(scope="module")
def hq(tmp_path_factory: pytest.TempPathFactory) -> Headquarters:
    return set_up(tmp_path_factory.mktemp("hq"))


def computed(expression: str) -> Any:
    """A value that the page's code gives."""
    node = shutil.which("node")
    if node is None:
        missing("Node.js, which runs the page's code (apt package nodejs)")
    program = f"{scripts_of(EMPTY.decode())}\nconsole.log(JSON.stringify({expression}));"
    done = subprocess.run(
        [node, "-e", program], capture_output=True, text=True, timeout=NODE_LIMIT_S, check=True
    )
    return json.loads(done.stdout)


def examples(strategy: st.SearchStrategy[list[Answer]], count: int) -> list[list[Answer]]:
    """Different random values of a strategy."""
    seen: list[list[Answer]] = []
    for _ in range(count):
        seen.append(find(strategy, lambda chosen: chosen not in seen))
    return seen


def test_hashes_of_every_length() -> None:
    """Across the block borders of both: 64 bytes and 136."""
    lengths = [0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 135, 136, 137, 200, 271, 272, 273, 1000]
    found = computed(
        f"{lengths}.map(n => Uint8Array.from({{length: n}}, (_, i) => i * 7)).map(data => ["
        "[...sha256(data)], [...new Shake256().absorb(data).read(64)],"
        "[...new Shake256().absorb(data.subarray(0, 9)).copy().absorb(data.subarray(9)).read(136)],"
        "base64(sha256(data))])"
    )
    for length, (sha, shake, parted, text) in zip(lengths, found, strict=True):
        data = bytes(i * 7 % 256 for i in range(length))
        assert bytes(sha) == hashlib.sha256(data).digest()
        assert bytes(shake) == hashlib.shake_256(data).digest(64)
        assert bytes(parted) == hashlib.shake_256(data).digest(136)
        assert text == base64.b64encode(bytes(sha)).decode().rstrip("=")


def test_points_and_embeddings() -> None:
    codes = [0, 1, 256, 4096, 65535, 1000, 31337]
    scalars = [0, 1, 2, 2**252 - 1, 2**256 - 1, 12345678901234567890]
    base, embedded, refused = computed(
        f"[{[str(scalar) for scalar in scalars]}.map(s => pointText(timesG(BigInt(s)))),"
        f"{codes}.map(c => pointText(embedded([...Array(28).fill(0), c >> 8, c & 255]))),"
        f"{_NO_POINTS}.map(pointOf)]"
    )
    generator = bytes.fromhex("58" + 31 * "66")
    assert base == [point_text(mul(scalar, generator)) for scalar in scalars]  # type: ignore[arg-type]
    assert embedded == [point_text(embed((*(0,) * 28, c >> 8, c & 255))) for c in codes]
    assert refused == [None] * len(_NO_POINTS)


_NO_POINTS = [
    "0" * 63 + "1",
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
    "0" * 64,
    "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
    "20b7da4d670151901fd391eb766db999ced7d13576bcf4a2ef2de07c29893700",
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffee",
    "0" * 63 + "2",
    "66" * 31 + "5X",
]
"""Identity, small orders, not reduced, not on the curve, no text of a point."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "election",
    [
        small_election(TRUSTEES, slots=4, candidates=3),
        election_of(
            TRUSTEES,
            [HomomorphicQuestion("q", ("a", "b", "c", "d"), False, 1, 3)],
        ),
        election_of(
            TRUSTEES,
            [HomomorphicQuestion("q", tuple(f"n{i}" for i in range(9)), True, 0, 2)],
        ),
    ],
    ids=["slots and choice", "no blank", "nine names"],
)
def test_ballots_for_random_answers_are_the_same(election: BeleniosElection) -> None:
    cases = [challenged(election, chosen) for chosen in examples(any_answers(election), 5)]
    results = in_browser(EMPTY, [Case(election.text, case.text) for case in cases])
    for case, found in zip(cases, results, strict=True):
        assert found["honest"] is True, found
        assert found["made"] == case.ballot.tracking
        assert found["number"] == tracking_number(case.ballot.digest)


@pytest.mark.slow
def test_whole_votes_are_read_alike(hq: Headquarters) -> None:
    """Persons, list, blank, nothing: verdict and names as in `check_ticket`, with names and without."""
    votes = [
        voted(hq, Marks(COUNCIL, (SelectionCode(1000), SelectionCode(1007)))),
        voted(hq, Marks(COUNCIL, list_code=SelectionCode(2)), Marks(EXPERTS, blank=True)),
        voted(hq, Marks(COUNCIL, blank=True), Marks(EXPERTS, (SelectionCode(11),))),
        voted(hq),
    ]
    text, data = hq.election.belenios_election, to_json(published_definition(hq.election))
    election = parse_election(text)
    definition = read_definition(data, election)
    cases = [Case(text, vote.text, named) for vote in votes for named in (data, None)]
    for case, found in zip(cases, in_browser(EMPTY, cases), strict=True):
        verdict = check_ticket(election, case.ticket, definition if case.definition else None)
        assert found["honest"] is verdict.honest is True
        assert found["contests"] == [
            {
                "title": {"fa": reading.title.fa, "en": reading.title.en},
                "kind": reading.kind.value,
                "chosen": [
                    {
                        "code": one.code,
                        "name": None
                        if one.name is None
                        else {"fa": one.name.fa, "en": one.name.en},
                    }
                    for one in reading.chosen
                ],
            }
            for reading in verdict.readings
        ]


def test_lies_are_found(hq: Headquarters) -> None:
    text = hq.election.belenios_election
    election = parse_election(text)
    honest = voted(hq, Marks(COUNCIL, (SelectionCode(1000),)))
    other = voted(hq, Marks(COUNCIL, (SelectionCode(1001),)))
    answers = replace(
        honest.ticket, opening=Opening(honest.ticket.opening.seed, other.ticket.opening.answers)
    )
    seed = replace(honest.ticket, opening=Opening(bytes(32), honest.ticket.opening.answers))
    noted = tracking_number(honest.ballot.digest).translate(
        str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
    )
    results = in_browser(
        EMPTY,
        [
            Case(text, honest.text, noted=noted),
            Case(text, honest.text.lower().replace("a", "a \n"), noted=honest.ballot.tracking),
            Case(text, other.text, noted=noted),
            Case(text, ticket_text(election, answers)),
            Case(text, ticket_text(election, seed)),
            Case(text, honest.text[:-2]),
            Case(text, honest.text.replace("AMIN1:", "")),
            Case(small_election(TRUSTEES).text, honest.text),
            Case(b"{}", honest.text),
        ],
    )
    assert [answer.get("honest") for answer in results[:5]] == [True, True, True, False, False]
    assert [answer.get("noted") for answer in results[:3]] == [True, True, False]
    assert [answer.get("word") for answer in results[5:]] == [
        *("misread", "noTicket", "otherElection", "noElection"),
    ]
    assert results[3]["tracking"] == tracking_code(honest.ballot.digest) != results[3]["made"]


def test_answers_that_cannot_be_proven(hq: Headquarters) -> None:
    """Blank and a name at once: no ballot of that exists, so the terminal cannot have sealed one."""
    text = hq.election.belenios_election
    election = parse_election(text)
    honest = voted(hq)
    answers = list(honest.ticket.opening.answers)
    answers[-1] = HomomorphicAnswer((1, 1, 0, 0))
    ticket = replace(honest.ticket, opening=Opening(honest.ticket.opening.seed, tuple(answers)))
    [found] = in_browser(
        EMPTY,
        [Case(text, ticket_text(election, ticket), to_json(published_definition(hq.election)))],
    )
    assert found["honest"] is False
    assert found["made"] is None
    contests = found["contests"]
    assert isinstance(contests, list)
    assert contests[-1]["kind"] == "impossible"


@pytest.mark.fuzz
def test_damaged_tickets_are_judged_alike(hq: Headquarters) -> None:
    """Some hundred slips: the page refuses exactly what `read_ticket` refuses."""
    text = hq.election.belenios_election
    election = parse_election(text)
    honest = voted(hq).text
    random = Random(26)
    slips = [honest + "A", honest + "=", "", "AMIN1:", "AMIN2:" + honest[6:], honest.lower()]
    for _ in range(150):
        place = random.randrange(len(honest))
        sign = random.choice("AZ27018 -\u200c٣=é")
        kept = random.choice((place, place + 1))
        slips.append(honest[:place] + sign + honest[kept:])
    found = in_browser(EMPTY, [Case(text, slip) for slip in slips], read_only=True)
    refused = [answer.get("word") is not None for answer in found]
    assert refused == [not _readable(election, slip) for slip in slips]
    assert 0 < sum(refused) < len(slips)
    assert all(answer.get("word") is not None or "answers" in answer for answer in found)


def _readable(election: BeleniosElection, text: str) -> bool:
    try:
        read_ticket(election, text)
    except TicketError:
        return False
    return True


# ---------------------------------------------------------------- the file


def test_the_policy_allows_the_own_scripts_and_nothing_else(
    hq: Headquarters, tmp_path: Path
) -> None:
    page = check_page_html(PublicFiles.read(public_folder(hq, tmp_path))).decode()
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert len(policy) == 1
    rules = {name: rest for name, *rest in (rule.split() for rule in policy[0].split(";"))}
    assert rules["default-src"] == ["'none'"]
    assert not {"connect-src", "img-src", "frame-src", "object-src"} & rules.keys()
    for kind, pattern in (("script-src", r"<script(?: id=\"core\")?>"), ("style-src", "<style>")):
        texts = re.findall(f"{pattern}(.*?)</(?:script|style)>", page, re.DOTALL)
        hashes = [
            base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts
        ]
        assert rules[kind] == [f"'sha256-{hash_}'" for hash_ in hashes]
    assert not re.search(r"https?://|\bsrc=|@import|url\(|\bfetch\(|XMLHttp|WebSocket|eval\(", page)
    assert not re.search(r" on[a-z]+=| style=", page), "the policy would refuse it"


def test_the_files_are_in_the_page_as_they_are(hq: Headquarters, tmp_path: Path) -> None:
    public = public_folder(hq, tmp_path)
    page = check_page_html(PublicFiles.read(public)).decode()
    for name in ("election", "definition"):
        [text] = re.findall(f'id="{name}-data">(.*?)</script>', page, re.DOTALL)
        assert json.loads(text).encode() == (public / f"{name}.json").read_bytes()
    assert page == check_page_html(PublicFiles.read(public)).decode()


def test_a_name_cannot_end_the_element_it_is_in() -> None:
    text = b'{"a":"</script><script>alert(1)</script> {{core}} <!--"}'
    page = check_page_html(PublicFiles(text, text)).decode()
    assert page.count("<script") == EMPTY.decode().count("<script") + 2
    [inside] = re.findall('id="election-data">(.*?)</script>', page, re.DOTALL)
    assert json.loads(inside).encode() == text


def test_files_that_do_not_fit_give_no_page(hq: Headquarters, tmp_path: Path) -> None:
    public = public_folder(hq, tmp_path)
    (public / "election.json").write_bytes(small_election(TRUSTEES).text)
    with pytest.raises(ManifestError, match="not of this election"):
        PublicFiles.read(public)
    (public / "election.json").write_bytes(b"[]")
    with pytest.raises(ManifestError, match=r"election\.json"):
        PublicFiles.read(public)


def test_both_languages_say_everything() -> None:
    """Every text that the page asks for is there in both languages."""
    page = EMPTY.decode()
    words = page.split("const WORDS = ")[1].split("\n};")[0]
    persian, english = words.split("\n  en: {")
    keys = [set(re.findall(r"^\s+(\w+):", part, re.MULTILINE)) for part in (persian, english)]
    assert keys[0] - {"fa"} == keys[1]
    asked = set(re.findall(r'data-say="(\w+)"', page)) | set(re.findall(r"words\.(\w+)", page))
    assert asked <= keys[1]
    troubles = set(re.findall(r'new Trouble\("(\w+)"\)', page)) - {"impossible"}
    assert troubles <= keys[1]
