"""What docs/auditing.md says is what happens: its script, its commands' output, its links."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.main import main
from tests.crypto.elections import VECTORS
from tests.headquarters.archives import Step, put_together, take_apart

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "auditing.md").read_text(encoding="utf-8")
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
OURS = (
    "README.md",
    "auditing.md",
    "threat-model.md",
    *(f"spec/{p.name}" for p in (DOCS / "spec").glob("*.md")),
)


def _script(archive: Path, folder: Path) -> list[str]:
    body, *_ = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    script = folder / "audit.py"
    script.write_text(body, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(script), str(archive)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.splitlines()


def test_the_script_takes_an_archive_apart(tmp_path: Path) -> None:
    archive = VECTORS / "single-wide" / "archive.bel"
    lines = _script(archive, tmp_path)
    assert lines[0].split() == [step.kind for step in take_apart(archive)]
    assert lines[1:5] == [
        "Shuffle by trustee 1",
        "Shuffle by trustee 2",
        "PartialDecryption by trustee 1",
        "PartialDecryption by trustee 2",
    ]
    assert lines[5:] == ["rows with something in front of the code: 0"]
    ballots = sorted((tmp_path / "ballots").glob("*.json"))
    assert sorted(path.read_bytes() for path in ballots) == sorted(
        step.objects[0] for step in take_apart(archive) if step.kind == "Ballot"
    )
    cut = tmp_path / "ballots" / "archive.bel"
    assert [step.kind for step in take_apart(cut)] == ["Setup"]


def test_the_script_shows_what_the_reference_tool_passes_over(tmp_path: Path) -> None:
    forged = VECTORS / "tampered" / "wide-decryption-forged" / "archive.bel"
    assert _script(forged, tmp_path)[-1] != "rows with something in front of the code: 0"
    steps = take_apart(VECTORS / "single-wide" / "archive.bel")
    steps.insert(3, Step("EndBallots"))
    hidden = put_together(tmp_path / "hidden.bel", steps)
    again = tmp_path / "again"
    again.mkdir()
    assert _script(hidden, again)[0].split().count("EndBallots") == 2


def test_the_forgery_is_refused_as_it_is_printed() -> None:
    (path,) = re.findall(r"verify (tests/vectors/\S+)", PAGE)
    result = CliRunner().invoke(main, ["election", "verify", str(DOCS.parent / path)])
    assert result.exit_code == 1
    failure, told = result.stdout.splitlines()
    assert f"    {failure}\n    {told}\n" in PAGE


@pytest.mark.parametrize("name", OURS)
def test_links_lead_somewhere(name: str) -> None:
    page = DOCS / name
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target
