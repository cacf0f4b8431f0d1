"""The page says of every archive what the program says, in Node.js and in a real browser."""

import base64
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import qrcode
from click.testing import CliRunner
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from commands.main import main
from election.register import ElectionNumber
from headquarters.anchoring import check_register
from headquarters.tally.archive_reader import read_archive
from headquarters.verification import verify_archive
from tests.page import rules
from tests.page.mutants import Entry, chained, compact, compared, read, write
from tests.page.running import PAGE, run_page
from tests.page.small import small_archives
from tests.trust.attacks.all_attacks import ATTACKS

VECTORS = Path("tests/vectors/belenios").resolve()
DIVIDED = ("ballot-proof-slot", "shuffle-proof", "decryption-proof")
BASES = ("primitives", "single-wide", "pedersen")
WEIGHTS = [8, 8, 1, 1, 1]
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
MUTANTS = int(os.environ.get("PAGE_MUTANTS", "30"))
SEED = int(os.environ.get("PAGE_SEED", "1"))


def verdicts(paths: list[Path]) -> list[dict[str, Any]]:
    """Return what the page's worker reports of archives."""
    lines = run_page(map(str, paths))
    assert [one["kind"] for one in lines] == ["done"] * len(paths)
    return [one["report"] for one in lines]


def findings(path: Path) -> set[tuple[str, str]]:
    """Return reason and entry of what the program finds."""
    return {(one.reason.value, one.entry) for one in verify_archive(path).failures}


def hash_of(path: Path) -> int:
    """Return a number that a path's name always gives."""
    return hashlib.sha256(path.parent.name.encode()).digest()[0]


@pytest.mark.slow
def test_all_published_archives() -> None:
    """Every vector gets the same findings, entry by entry."""
    paths = sorted(VECTORS.rglob("archive.bel"))
    assert len(paths) >= 35
    if not os.environ.get("PAGE_MUTANTS"):
        # The rest in the samples and beside the reference tool.
        paths = [path for path in paths if "tampered" not in path.parts or hash_of(path) % 4 == 0]
    for path, report in zip(paths, verdicts(paths), strict=True):
        found = {(one["reason"], one["entry"]) for one in report["findings"]}
        assert found == findings(path), path


@pytest.mark.slow
def test_changed_archives(tmp_path: Path) -> None:
    """Whatever is changed, and chained anew, both refuse it or both accept it."""
    small = tmp_path / "small"
    small.mkdir()
    published = [VECTORS / name / "archive.bel" for name in BASES]
    bases = [read(path) for path in (*small_archives(small), *published)]
    refused = same = 0
    for one in compared(bases, WEIGHTS, MUTANTS, SEED, tmp_path):
        assert not one.differ, (one, SEED)
        refused += bool(one.program)
        same += one.program == one.page
    assert refused > 0.4 * MUTANTS
    assert same > 0.5 * MUTANTS


@pytest.mark.slow
@pytest.mark.parametrize("kept", [slice(1, None), slice(None, -1), slice(None, None, -1)])
@pytest.mark.parametrize("name", ["pedersen", "single-wide"])
def test_answers_under_other_questions(name: str, kept: slice, tmp_path: Path) -> None:
    """A list of choices where a slot is asked, and the other way round: neither verifier counts it."""
    time, entries = read(VECTORS / name / "archive.bel")
    for at, one in enumerate(entries):
        if not one.is_event and b'"election_hash"' in one.content and b'"answers"' in one.content:
            ballot = json.loads(one.content)
            ballot["answers"] = ballot["answers"][kept]
            changed = [*entries[:at], Entry(one.name, compact(ballot)), *entries[at + 1 :]]
            path = tmp_path / f"{at}.bel"
            path.write_bytes(write(time, chained(changed)))
    paths = sorted(tmp_path.glob("*.bel"))
    assert paths
    for path, report in zip(paths, verdicts(paths), strict=True):
        reasons = {one["reason"] for one in report["findings"]}
        assert reasons == {reason for reason, _ in findings(path)}, path


def test_appendix_has_a_row_for_every_rule() -> None:
    """Every published reason is shown by something, and whatever is named is there."""
    known, shown = rules.rules(), rules.shown()
    assert known.keys() - shown.keys() == set(), "no test shows these rules"
    assert shown.keys() - known.keys() == set(), "shown, and not published"
    assert rules.PAGE.read_text("utf-8") == rules.page(), "run: python -m tests.page.rules"


def test_appendix_names_tests_that_are_there() -> None:
    """A row of the appendix is worth what its test is."""
    named = {one for tests in rules.OTHERWISE.values() for one in tests if "::" in one}
    assert named
    for one in named:
        path, name = one.split("::")
        assert f"\ndef {name}(" in (rules.ROOT / path).read_text("utf-8"), one
    needless = rules.OTHERWISE.keys() & {attack.reason for attack in ATTACKS}
    assert needless <= {"result-unread"}, "attacks show these"


def test_appendix_names_tests_that_say_the_reason() -> None:
    """A test whose file does not say a reason cannot show it."""
    for reason, tests in rules.OTHERWISE.items():
        names = (f'"{reason}"', f".{reason.upper().replace('-', '_')}")
        files = {rules.ROOT / one.split("::")[0] for one in tests if "::" in one}
        texts = [path.read_text("utf-8") for path in files]
        assert any(name in text for name in names for text in texts), reason


def test_page_has_every_reason() -> None:
    """Both verifiers are said to give it; words alone do not count."""
    sources = (PAGE.parent / "src").glob("*.mjs")
    code = "".join(path.read_text("utf-8") for path in sources if path.name != "words.mjs")
    for reason in rules.shown():
        head, _, tail = reason.partition("-")
        is_there = f'"{reason}"' in code or (f"`{head}-${{" in code and f'"{tail}"' in code)
        # A sentence with two numbers (`test_published_folder`), and no finding.
        on_the_screen = reason == "receipts-cover"
        assert is_there or on_the_screen, reason


@pytest.mark.slow
def test_divided_among_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever judges which share: the findings are those of one worker, no more and no fewer."""
    paths = [VECTORS / "primitives", *(VECTORS / "tampered" / name for name in DIVIDED)]
    whole: list[list[tuple[str, str]]] = []
    divided: list[list[tuple[str, str]]] = []
    for shares, found in (("1", whole), ("3", divided)):
        monkeypatch.setenv("PAGE_SHARES", shares)
        for report in verdicts([path / "archive.bel" for path in paths]):
            found.append(sorted((one["reason"], one["entry"]) for one in report["findings"]))
            assert report["faults"] == len(report["findings"])
    assert whole == divided
    assert [bool(one) for one in whole] == [False, True, True, True]


def test_device_with_too_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets the sentence that says so, in place of a verdict, and nothing breaks."""
    monkeypatch.setenv("PAGE_FULL", "1")
    (said,) = run_page([str(VECTORS / "single-wide" / "archive.bel")])
    assert (said["kind"], said["what"]) == ("failed", "memory")


def test_command_writes_the_page(tmp_path: Path) -> None:
    """The command writes the page whose SHA-256 stands in README."""
    out = tmp_path / "verify.html"
    done = CliRunner().invoke(main, ["election", "verify-page", str(out)])
    assert done.exit_code == 0
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    assert out.read_bytes() == PAGE.read_bytes()
    assert digest in done.output
    assert digest in Path("README.md").read_text()


def test_page_is_made_of_what_lies_here() -> None:
    """Whoever changes a source and forgets the build is told; the core is the one beside it."""
    folder = PAGE.parent
    sources = sorted(path.name for path in (folder / "src").iterdir())
    names = ["../../crypto/_core/core.c", "build.mjs", "package-lock.json"]
    found = hashlib.sha256()
    for name in [*names, *(f"src/{name}" for name in sources)]:
        found.update(f"{name}\0".encode() + hashlib.sha256((folder / name).read_bytes()).digest())
    html = PAGE.read_text("utf-8")
    assert f'<meta name="sources" content="{found.hexdigest()}">' in html
    assert base64.b64encode((folder / "core.wasm").read_bytes()).decode() in html


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Yield Chromium without a screen, as wide as a telephone."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-dev-shm-usage", "--window-size=480,900",
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


def check(browser: webdriver.Chrome, path: Path) -> str:
    """Let the opened page check an archive; return its verdict."""
    browser.find_element(By.ID, "file").send_keys(str(path))
    WebDriverWait(browser, 60).until(lambda b: b.find_element(By.ID, "verdict").is_displayed())
    return browser.find_element(By.ID, "outcome").text


@pytest.mark.slow
def test_an_index_that_was_kept_is_named(browser: webdriver.Chrome, tmp_path: Path) -> None:
    """The browser's field speaks its own language, so a button of the page stands for it."""
    kept = tmp_path / "index.json"
    kept.write_text("{}")
    browser.get(PAGE.as_uri())
    assert not browser.find_element(By.ID, "kept").is_displayed()
    assert browser.find_element(By.ID, "kept-button").is_displayed()
    browser.find_element(By.ID, "kept").send_keys(str(kept))
    assert browser.find_element(By.ID, "kept-name").text == "index.json"


@pytest.mark.slow
def test_in_a_browser(browser: webdriver.Chrome) -> None:
    """From a file, in both languages: a right and a wrong archive, a tracking code, no error, no way out."""
    browser.get(PAGE.as_uri())
    browser.find_element(By.CSS_SELECTOR, "[data-language=en]").click()
    good = VECTORS / "single-wide" / "archive.bel"
    assert check(browser, good) == "Right, but not anchored"
    assert browser.switch_to.active_element.get_attribute("id") == "outcome"
    field = browser.find_element(By.ID, "code")
    field.send_keys("A" * 43)
    assert browser.find_element(By.ID, "answer").text == "This ballot is not in the archive."
    browser.find_element(By.CSS_SELECTOR, "[data-language=fa]").click()
    assert browser.find_element(By.ID, "outcome").text == "درست است، اما به شماره‌ای بسته نیست"
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("dir") == "rtl"
    wide = "return document.documentElement.scrollWidth <= innerWidth"
    assert browser.execute_script(wide)
    browser.find_element(By.ID, "again").click()
    assert (
        check(browser, VECTORS / "tampered" / "result-code-altered" / "archive.bel") == "نادرست است"
    )
    assert "نتیجه همان نیست که رمزگشایی شد." in browser.find_element(By.ID, "details").text
    assert browser.execute_script(wide)
    refused = browser.execute_async_script(
        "const done = arguments[0];"
        "fetch('https://127.0.0.1/').then(() => done('open'), () => done('closed'))"
    )
    assert refused == "closed"
    log = [one["message"] for one in browser.get_log("browser")]  # type: ignore[no-untyped-call]
    assert all("Content Security Policy" in message or "127.0.0.1" in message for message in log), (
        log
    )


@pytest.mark.slow
def test_published_folder(browser: webdriver.Chrome) -> None:
    """The example of the specification, as a folder: with its number, with another, and without."""
    folder = Path("docs/spec/example").resolve()
    number = hashlib.sha256((folder / "register.json").read_bytes()).hexdigest()
    for typed, verdict in (
        (number, "Right"),
        (" ".join(re.findall("....", number)).upper(), "Right"),
        (number.translate(ARABIC), "Right"),
        ("0" * 64, "Wrong"),
        ("", "Right, but not anchored"),
    ):
        browser.get(PAGE.as_uri())
        browser.find_element(By.CSS_SELECTOR, "[data-language=en]").click()
        browser.find_element(By.ID, "number").send_keys(typed)
        browser.find_element(By.ID, "folder").send_keys(str(folder))
        WebDriverWait(browser, 60).until(lambda b: b.find_element(By.ID, "verdict").is_displayed())
        assert browser.find_element(By.ID, "outcome").text == verdict
        # A register with another number is not believed in anything.
        told = "rehearsal" in browser.find_element(By.ID, "details").text
        assert told == (verdict != "Wrong")


@pytest.mark.slow
def test_numbers_are_those_of_the_program() -> None:
    """What is wrong and told of the example, with how many: by its number, and by another."""
    folder = Path("docs/spec/example").resolve()
    right = hashlib.sha256((folder / "register.json").read_bytes()).hexdigest()
    numbers = (right, "0" * 64)
    lines = [f"{folder / 'index.json'}\t{number}" for number in numbers]
    for number, said in zip(numbers, run_page(lines), strict=True):
        command = ["election", "verify", str(folder / "index.json"), "--number", number, "--json"]
        ours = json.loads(CliRunner().invoke(main, command).stdout)
        reports = [said["whole"]["report"], *said["reports"]]
        wrong = {one["reason"] for report in reports for one in report["findings"]}
        assert wrong == {one["reason"] for one in ours["failures"]}
        told = sorted(
            (one["reason"], one["values"]["count"])
            for one in ours["told"]
            if one["reason"] != "receipts-cover"
        )
        page = sorted((one["reason"], one["count"]) for report in reports for one in report["told"])
        assert page == told
    assert wrong == {"register-number"}


@pytest.mark.slow
def test_archive_that_no_index_lists(browser: webdriver.Chrome, tmp_path: Path) -> None:
    """A ballot in a file that lies beside the published ones was not counted, right as the file is."""
    folder = Path(shutil.copytree("docs/spec/example", tmp_path / "site"))
    number = hashlib.sha256((folder / "register.json").read_bytes()).hexdigest()
    other = VECTORS / "single-wide" / "archive.bel"
    (folder / "more").mkdir()
    for name in ("another.bel", "more/election.bel"):
        shutil.copy(other, folder / name)
    browser.get(PAGE.as_uri())
    browser.find_element(By.CSS_SELECTOR, "[data-language=en]").click()
    browser.find_element(By.ID, "number").send_keys(number)
    browser.find_element(By.ID, "folder").send_keys(str(folder))
    WebDriverWait(browser, 60).until(lambda b: b.find_element(By.ID, "verdict").is_displayed())
    assert browser.find_element(By.ID, "outcome").text == "Right"
    assert "archives: 1)" in browser.find_element(By.ID, "checked").text
    for path, answer in ((other, "not in the archive"), (folder / "election.bel", "was counted")):
        digest = bytes.fromhex(read_archive(path).ballots[0])
        field = browser.find_element(By.ID, "code")
        field.clear()
        field.send_keys(base64.b64encode(digest).decode().rstrip("="))
        assert answer in browser.find_element(By.ID, "answer").text


@pytest.mark.slow
def test_number_that_is_none(browser: webdriver.Chrome) -> None:
    """Whoever slips while typing is told so, in place of a broken rule, and chooses the same again."""
    folder = Path("docs/spec/example").resolve()
    number = hashlib.sha256((folder / "register.json").read_bytes()).hexdigest()
    browser.get(PAGE.as_uri())
    browser.find_element(By.CSS_SELECTOR, "[data-language=en]").click()
    field = browser.find_element(By.ID, "number")
    for typed, count in ((number[:-1], 63), (number + "0", 65), ("شماره", 0)):
        field.clear()
        field.send_keys(typed)
        browser.find_element(By.ID, "folder").send_keys(str(folder))
        problem = browser.find_element(By.ID, "problem")
        told = f"The election's number has 64 digits; what was typed has {count}."
        WebDriverWait(browser, 60).until(starts(problem, told))
        assert not browser.find_element(By.ID, "verdict").is_displayed()
    field.clear()
    field.send_keys(number)
    browser.find_element(By.ID, "folder").send_keys(str(folder))
    WebDriverWait(browser, 60).until(lambda b: b.find_element(By.ID, "verdict").is_displayed())
    assert browser.find_element(By.ID, "outcome").text == "Right"


def starts(element: WebElement, text: str) -> Callable[[object], bool]:
    """Return a condition to wait for: an element's text begins so."""
    return lambda _: element.text.startswith(text)


@pytest.mark.slow
def test_photograph_of_a_report(browser: webdriver.Chrome, tmp_path: Path) -> None:
    """A symbol gives the number, and a report is compared with what is published."""
    folder = Path("docs/spec/example").resolve()
    number = hashlib.sha256((folder / "register.json").read_bytes()).hexdigest()
    lines = (folder / "reports.txt").read_text().splitlines()
    reports = dict(line.split("\t") for line in lines)
    picture = tmp_path / "report.png"
    qrcode.make(reports["terminal-1"]).save(picture)
    browser.get(PAGE.as_uri())
    browser.find_element(By.CSS_SELECTOR, "[data-language=en]").click()
    browser.find_element(By.ID, "scan").send_keys(str(picture))
    WebDriverWait(browser, 60).until(lambda b: b.find_element(By.ID, "scanned").text)
    typed = browser.find_element(By.ID, "number").get_attribute("value")
    assert typed == " ".join(re.findall("....", number))
    # Whoever compares it with the newspaper sees all of it.
    whole = "const { scrollHeight, clientHeight } = number; return scrollHeight <= clientHeight"
    assert browser.execute_script(f"const number = document.getElementById('number'); {whole}")
    browser.find_element(By.ID, "folder").send_keys(str(folder))
    WebDriverWait(browser, 60).until(lambda b: b.find_element(By.ID, "verdict").is_displayed())
    assert browser.find_element(By.ID, "outcome").text == "Right"
    browser.find_element(By.ID, "photo").send_keys(str(picture))
    said = browser.find_element(By.ID, "report-answer")
    WebDriverWait(browser, 60).until(lambda _: said.text)
    assert said.text.startswith("Right: The device signed this report")
    cut = reports["terminal-1"][:-4]
    for text, answer in ((reports["terminal-2"], "Told"), (cut, "Wrong")):
        field = browser.find_element(By.ID, "report")
        field.clear()
        field.send_keys(text)
        browser.find_element(By.ID, "report-button").click()
        WebDriverWait(browser, 60).until(starts(said, answer))


@pytest.mark.slow
def test_published_evidence(tmp_path: Path) -> None:
    """Sums about voters: the page says of them what the program says."""
    example = Path("docs/spec/example").resolve()
    number = hashlib.sha256((example / "register.json").read_bytes()).hexdigest()
    lines, wanted = [], []
    for name, old, new in (
        ("right", "", ""),
        ("differs", '"number": 7', '"number": 10'),
        ("code", '"chip-card"', '"no-card"'),
        ("none", '"number": 7', '"number": 0'),
        ("version", '"version": 1', '"version": 2'),
        ("order", '"dimension": "document"', '"dimension": "roll"'),
    ):
        folder = Path(shutil.copytree(example, tmp_path / name))
        path = folder / "supplement" / "evidence.json"
        path.write_text(path.read_text().replace(old, new, 1))
        lines.append(f"{folder / 'index.json'}\t{number}")
        found = check_register(folder / "index.json", ElectionNumber(number)).findings
        wanted.append({one.reason.value for one in found if "evidence-" in one.reason.value})
        wanted[-1].discard("right-evidence")
    assert wanted == [set(), {"evidence-differs"}, *[{"evidence-format"}] * 4]
    for said, reasons in zip(run_page(lines), wanted, strict=True):
        report = said["whole"]["report"]
        given = {one["reason"] for one in (*report["findings"], *report["told"])}
        assert {one for one in given if one.startswith("evidence-")} == reasons
        assert ("index-document" in given) == bool(reasons)


@pytest.mark.slow
def test_what_is_no_archive(browser: webdriver.Chrome, tmp_path: Path) -> None:
    """An empty file, a text and a cut archive get a sentence, not a crash."""
    for name, content in (
        ("empty.bel", b""),
        ("text.bel", b"hello" * 1000),
        ("cut.bel", (VECTORS / "single-wide" / "archive.bel").read_bytes()[:5000]),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        browser.get(PAGE.as_uri())
        browser.find_element(By.CSS_SELECTOR, "[data-language=en]").click()
        assert check(browser, path) == "Wrong"
    browser.get(PAGE.as_uri())
    browser.find_element(By.CSS_SELECTOR, "[data-language=en]").click()
    other = tmp_path / "note.json"
    other.write_text("{}")
    browser.find_element(By.ID, "file").send_keys(str(other))
    assert "no archive" in browser.find_element(By.ID, "problem").text
