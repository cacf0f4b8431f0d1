"""The proof-listening sheet: every name in every language, with what the voice reads."""

from __future__ import annotations

import wave
from datetime import date
from pathlib import Path

from click.testing import CliRunner

from commands.main import main
from drivers.sound.wave import Wave, beep
from election.definition import BallotForm, Text
from election.definition_file import PublishedCandidate, PublishedContest, PublishedDefinition
from election.schema import to_json
from headquarters.listening import PAGE, write_sheet
from words.languages import installed

NASTY = "<script>alert(1)</script>"
CANDIDATES = tuple(
    PublishedCandidate(code, Text(name, english), None)
    for code, name, english in (
        ("4711", "علی نمونه", "Ali"),
        ("4712", NASTY, ""),
        ("4713", "علی نمونه", ""),
    )
)
DEFINITION = PublishedDefinition(
    "uuid",
    Text("انتخابات", "Election"),
    date(2026, 6, 14),
    (
        PublishedContest(
            "c", Text("شورا", "Council"), 1, 1, BallotForm.CHOICE, "9999", (), CANDIDATES
        ),
    ),
)


def test_every_text_stands_once_and_none_is_markup(tmp_path: Path) -> None:
    said: list[tuple[str, str]] = []

    def say(text: str, voice: str) -> Wave:
        said.append((text, voice))
        return beep((440.0,), 0.05)

    languages = list(installed())
    count = write_sheet(DEFINITION, languages, tmp_path, say, installed().speakers()[0])
    page = (tmp_path / PAGE).read_text()
    assert NASTY not in page
    assert said.count(("علی نمونه", "fa")) == 1
    assert ("Council", "en") in said
    assert count >= len(said) == len(list(tmp_path.glob("*.wav")))
    with wave.open(str(next(tmp_path.glob("fa-*.wav"))), "rb") as file:
        assert file.getnframes() == round(0.05 * file.getframerate())


def test_the_command_speaks_with_the_real_voice(tmp_path: Path) -> None:
    (tmp_path / "definition.json").write_bytes(to_json(DEFINITION))
    out = tmp_path / "out"
    args = ["election", "listen", "--definition", str(tmp_path / "definition.json"), "-o", str(out)]
    done = CliRunner().invoke(main, [*args, "--only", "fa"])
    assert done.exit_code == 0, done.output
    assert len(list(out.glob("fa-*.wav"))) == 4
    assert CliRunner().invoke(main, [*args, "--only", "xx"]).exit_code == 2
    (tmp_path / "definition.json").write_bytes(b"{")
    assert CliRunner().invoke(main, args).exit_code == 2
