"""Commands answer in the language that is asked for; help, JSON and stable words stay."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import click
import pytest
from babel.messages.pofile import read_po
from click.testing import CliRunner

from commands.doctor import command
from commands.main import main
from commands.speaking import choose, of_locale
from drivers.settings import NutPower, PrinterLine, SerialLineSettings
from election.document_trust import OwnDocuments
from simulators.demo.station_file import write_station
from tests.commands.test_doctor import make_station
from tests.crypto.elections import VECTORS
from tests.words.pseudo import PSEUDO, english, foreign, pseudo, pseudo_languages, write_pseudo
from words.languages import FOLDER, Languages, installed
from words.text import Language

CLICK = ("Usage:", "Try ")
"""How click's own lines begin, which are English like the help."""


@pytest.fixture(scope="module")
def languages(tmp_path_factory: pytest.TempPathFactory) -> Languages:
    return pseudo_languages(write_pseudo(tmp_path_factory.mktemp("languages")))


def answer(languages: Languages, language: str, *arguments: str) -> tuple[int, list[str]]:
    """Run a command; its exit status and all its lines that are not click's own."""
    done = CliRunner().invoke(main, ["--language", language, *arguments], obj=languages)
    lines = [x for x in done.output.splitlines() if x and not x.startswith(CLICK)]
    return done.exit_code, [x.removeprefix("Error: ") for x in lines]


def without_paths(lines: list[str]) -> list[str]:
    """Without files, and without what a technician reads in brackets."""
    return [re.sub(r"/[\w./*-]+|\(\*\.\S+\)|\(.*(?:line 1|document).*\)", "", x) for x in lines]


COMMANDS: Mapping[str, tuple[str, ...]] = {
    "no election": ("election", "package", "{folder}"),
    "no election to count": ("election", "tally", "{folder}"),
    "no ceremony": ("election", "ceremony", "status", "{folder}"),
    "no ceremony to finish": ("election", "ceremony", "finish", "{folder}", "-o", "{folder}/x"),
    "not how many": ("election", "ceremony", "new", "{folder}/s", "--title", "t", "--trustees", "3"),
    "a new ceremony": (
        "election", "ceremony", "new", "{folder}/stick", "--title", "t", "--trustees", "3",
        "--threshold", "2",
    ),
    "no result": ("election", "seats", "{folder}"),
    "nothing to allocate": ("election", "seats"),
    "no station": ("station", "--config", "{file}"),
    "no votes file": ("election", "seats", "--votes", "{file}"),
}  # fmt: skip


@pytest.mark.parametrize("language", [PSEUDO, "fa"])
@pytest.mark.parametrize("name", COMMANDS)
def test_answers(tmp_path: Path, languages: Languages, name: str, language: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"nothing")
    arguments = [x.format(folder=tmp_path, file=file) for x in COMMANDS[name]]
    status, lines = answer(languages, language, *arguments)
    assert status == (0 if name == "a new ceremony" else 2), lines
    assert lines
    shown = without_paths(lines)
    assert (foreign if language == PSEUDO else english)(shown, FIXED) == set()


def wrong(language: str, shown: list[str], data: Iterable[str]) -> set[str]:
    return (foreign if language == PSEUDO else english)(shown, data)


@pytest.mark.parametrize("language", [PSEUDO, "fa"])
def test_the_doctor(tmp_path: Path, languages: Languages, language: str) -> None:
    """Of a station with much amiss: findings and what is printed of them."""
    config = make_station(
        tmp_path / "s",
        printer=PrinterLine(str(tmp_path / "none"), 9600),
        scanner=SerialLineSettings(str(tmp_path / "s" / "root.der"), 9600),
        identity=OwnDocuments("unknown", tmp_path / "csca"),
        power=NutPower("127.0.0.1", 9, "ups"),
    )
    for folder in (config.mirror, config.usb):
        folder.rmdir()
    config.sealing_key.write_text("no key")
    config.signing_key.chmod(0o644)
    config.root_certificate.write_bytes(b"nonsense")
    file = tmp_path / "station.toml"
    write_station(config, file)
    findings = [finding for group in command.examine(file).values() for finding in group]
    assert {finding.word for finding in findings} >= {"ok", "look", "MISSING", "absent"}
    t = languages.speaker(Language(language))
    texts = [x for finding in findings for x in (finding.name, finding.detail, finding.advice) if x]
    said = [t.say(text) for text in texts]
    assert wrong(language, said, NAMED) == set()
    status, lines = answer(languages, language, "doctor", "--config", str(file))
    assert status == 1
    names = {name.strip("\u2066\u2068\u2069") for text in said for name in ISOLATED.findall(text)}
    assert wrong(language, lines, NAMED | names) == set()


@pytest.mark.parametrize("language", [PSEUDO, "fa"])
@pytest.mark.parametrize(
    "archive",
    [
        "single-wide",
        "single-in-progress",
        *(f"tampered/{name}" for name in ("ballot-proof-slot", "chain-parent", "trustee-proof")),
        *(
            f"tampered/{name}"
            for name in ("shuffle-proof", "truncated-in-entry", "result-code-altered")
        ),
    ],
)
def test_verify(languages: Languages, language: str, archive: str) -> None:
    """Reason and entry are words of the published format; what is wrong is said in the language."""
    file = str(VECTORS / archive / "archive.bel")
    status, lines = answer(languages, language, "election", "verify", file)
    report = json.loads(answer(languages, language, "election", "verify", file, "--json")[1][0])
    assert status == (3 if report["valid"] else 1)
    shown = [column for line in lines for column in line.split("\t")]
    words = {x[name] for x in report["failures"] + report["told"] for name in ("reason", "entry")}
    assert wrong(language, shown, NAMED | words | {str(report["fingerprint"])}) == set()
    for finding in report["failures"] + report["told"]:
        assert finding.keys() == {"reason", "entry", "batch", "message", "values", "text"}
        assert set(re.findall(r"{(\w+)}", finding["message"])) == finding["values"].keys()
        assert "{" not in finding["text"]


@pytest.mark.parametrize("name", ["doctor", "verification"])
def test_no_translation_has_english_in_it(name: str) -> None:
    with (FOLDER / "fa" / f"{name}.po").open("rb") as file:
        translated = [
            text
            for entry in read_po(file)
            if entry.id
            for text in ([entry.string] if isinstance(entry.string, str) else entry.string or ())
        ]
    assert english([re.sub(r"{\w+}", "", text) for text in translated], NAMED) == set()


NAMED = {
    "station.toml", "[power]", "upsd", "pcscd", "amin-simulators", "amin", "JSON", "Ed25519", "Setup",
    "EndShuffles", " q ", "--root", "path", "baud", "address", "[screen] dpi",
}  # fmt: skip
"""Programs, files, options and parts of formats: they have these names in every language."""
ISOLATED = re.compile("[\u2066\u2068][^\u2066-\u2069]*\u2069")


VOTES = """{"seats": 7, "ballots": 90, "lists": [{"key": "a", "name": {"fa": "امید"}},
 {"key": "b", "name": {"fa": "همدلی"}}], "candidates": [
 {"code": "1", "name": {"fa": "مریم"}, "list": "a", "votes": 40},
 {"code": "2", "name": {"fa": "سارا"}, "list": "a", "votes": 40},
 {"code": "3", "name": {"fa": "نرگس"}, "list": "b", "votes": 30},
 {"code": "4", "name": {"fa": "کاوه"}, "votes": 20}, {"code": "5", "name": {"fa": "آرش"}, "votes": 10}]}"""


@pytest.mark.parametrize("language", [PSEUDO, "fa"])
def test_seats(tmp_path: Path, languages: Languages, language: str) -> None:
    votes = tmp_path / "votes.json"
    votes.write_text(VOTES, "utf-8")
    arguments = ["election", "seats", "--votes", str(votes), "--compare", "--vacant", "1"]
    status, lines = answer(languages, language, *arguments)
    assert status == 0, lines
    assert len(lines) > 40
    names = ["امید", "همدلی", "مریم", "سارا", "نرگس", "کاوه", "آرش", "--seed"]
    # Keys of readings and contexts of lots are typed and hashed as they are.
    shown = [re.sub(r"\([a-z][a-z0-9 -]*\)", "", x) for x in lines]
    assert (foreign if language == PSEUDO else english)(shown, names) == set()
    nobody = votes.with_name("nobody.json")
    nobody.write_text(re.sub(r'"votes": \d+', '"votes": 0', VOTES), "utf-8")
    status, lines = answer(languages, language, "election", "seats", "--votes", str(nobody))
    assert status == 1, lines
    assert (foreign if language == PSEUDO else english)(lines) == set()


FIXED = {
    *(f"امین شمارهٔ {number} (Trustee {latin})" for number, latin in zip("۱۲۳", "123", strict=True)),
    "amin election ceremony step", "amin election package", "amin election tally", "amin election new",
    "--secrets FOLDER", "--threshold K", "--single", "--votes FILE", "RESULT", "result.json", "  1 ",
    "  2 ", "  3 ", "t:", "--seats N", "CSV", "TOML",
}  # fmt: skip
"""What is typed or named as it is in every language, and the names that trustees have by default."""


def test_json_is_the_same_in_every_language(tmp_path: Path, languages: Languages) -> None:
    arguments = ["--title", "t", "--trustees", "3", "--threshold", "2", "--json"]
    for language in ("fa", "en", PSEUDO):
        stick = str(tmp_path / language)
        made = answer(languages, language, "election", "ceremony", "new", stick, *arguments)
        assert made[0] == 0
        assert json.loads(made[1][0]).keys() == {"stick", "ceremony", "trustees"}


def test_a_language_that_is_not_there(languages: Languages) -> None:
    status, lines = answer(languages, "xx", "election", "seats")
    assert status == 2
    assert f"there are: {', '.join(x.id for x in languages)}" in lines[-1]


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "fa_IR.UTF-8"}, "fa"),
        ({"LANG": "fa"}, "fa"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "fa_IR"}, "fa"),
        ({"LANG": "fa_IR", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "../../x"}, "en"),
        ({"LANG": "de_DE@euro"}, "en"),
    ],
)
def test_the_locale(environment: Mapping[str, str], language: str) -> None:
    assert of_locale(installed(), environment) == language


@pytest.mark.parametrize(
    ("errors", "kept"), [("strict", "backslashreplace"), ("surrogateescape",) * 2, ("replace",) * 2]
)
def test_who_asked_for_another_way_of_writing_has_it(
    monkeypatch: pytest.MonkeyPatch, errors: str, kept: str
) -> None:
    """PYTHONIOENCODING, and the C locale, which gives the bytes of a file's name back as they are."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", errors)
    monkeypatch.setattr("sys.stdout", out)
    choose(click.Context(main), "en")
    assert out.errors == kept


def test_the_pseudo_language_is_longer_and_keeps_values() -> None:
    assert len(pseudo("no {path} here")) > len("no {path} here")
    assert "{path}" in pseudo("no {path} here")
