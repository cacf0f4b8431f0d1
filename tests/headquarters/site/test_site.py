"""A site is made of what verifies, says it in full, and takes nobody's place."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from base64 import b32decode
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from election.challenge import tracking_code
from election.evidence_words import evidence_named
from election.register import ElectionNumber
from headquarters.archive_index import verify_index
from headquarters.seats.report.writing import Fonts
from headquarters.site import building
from headquarters.site.building import MadeSite, UnverifiedError, make_site
from headquarters.site.errors import SiteError
from headquarters.site.pages import Announcement
from headquarters.site.place import MARK_FILE, SUMS_FILE
from headquarters.tally.archive_reader import read_archive
from tests.headquarters.site.drawn import EXAMPLE, NUMBER
from tests.headquarters.unlocking import run_election
from words.languages import installed

FONTS = Fonts(
    Path("ui/fonts/Vazirmatn-Regular.ttf").resolve(), Path("ui/fonts/Vazirmatn-Bold.ttf").resolve()
)


def make(
    folder: Path,
    out: Path,
    number: ElectionNumber | None = NUMBER,
    announced: Announcement = Announcement(),  # noqa: B008 (frozen)
) -> MadeSite:
    return make_site(folder, out, number, installed(), FONTS, evidence_named, announced=announced)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("public") / "site"
    make(EXAMPLE, out)
    return out


def tree(folder: Path) -> dict[str, str]:
    """SHA-256 of every file, by name."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


class Page(HTMLParser):
    """What a page contains."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.metas: dict[str, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = {name: value or "" for name, value in attrs}
        assert not any(name.startswith("on") or name == "style" for name in given), given
        self.links += [given[name] for name in ("href", "src") if name in given]
        if tag == "meta":
            name = given.get("http-equiv", given.get("name", ""))
            self.metas[name] = given.get("content", "")


def pages(site: Path) -> list[Path]:
    return [site / "index.html", *site.glob("fa/**/*.html"), *site.glob("en/**/*.html")]


# ---------------------------------------------------------------- what a site is


def test_every_page_stands_alone_and_leads_somewhere(site: Path) -> None:
    found = pages(site)
    assert len(found) == 1 + 2 * (12 + 5)
    for path in found:
        page = Page(path.read_text("utf-8"))
        assert not {"script", "img", "iframe", "form", "link", "object"} & set(page.tags), path
        policy = page.metas["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-"), policy
        for link in page.links:
            parts = urlsplit(link)
            assert not parts.scheme, link
            assert not parts.netloc, link
            if parts.path:
                assert (path.parent / unquote(parts.path)).is_file(), (path, link)
        assert path.stat().st_size < 200_000
        words = path.read_text("utf-8")
        assert ("Everything holds" in words) or ("همه‌چیز درست است" in words), path


def test_both_languages_say_the_same_numbers(site: Path) -> None:
    for persian in site.glob("fa/**/*.html"):
        english = site / "en" / persian.relative_to(site / "fa")
        tags = [Page(path.read_text("utf-8")).tags for path in (persian, english)]
        assert tags[0] == tags[1], persian.name


def test_turnout_sums_the_evidence(site: Path) -> None:
    assert "How identities were seen" in (site / "en" / "turnout.html").read_text("utf-8")


def test_every_device_has_a_page_of_what_its_paper_must_show(site: Path) -> None:
    """In letters of one size, also of those that are not in; the words are those of the report's code."""
    register = json.loads((EXAMPLE / "register.json").read_bytes())
    devices = {x["id"] for x in json.loads(register["content"])["devices"]}
    found = {path.stem: path.read_text("utf-8") for path in site.glob("en/devices/*.html")}
    assert found.keys() == devices
    reports = (EXAMPLE / "reports.txt").read_text("utf-8")
    for name, text in found.items():
        roots = re.findall(r"<code>((?:[0-9a-f]{4} ){15}[0-9a-f]{4})</code>", text)
        if name == "terminal-2":
            assert "Finally missing" in text
            assert len(roots) == 1, "the number of the foot alone"
        if name == "terminal-1":
            assert len(roots) == 4, "two roots, and the number twice"
            assert all(root.replace(" ", "") in bytes_of(reports) for root in roots[:2])


def bytes_of(reports: str) -> str:
    """What the reports' codes carry, in hex."""
    codes = [line.split(":")[1] for line in reports.splitlines()]
    return " ".join(b32decode(code + "=" * (-len(code) % 8)).hex() for code in codes)


def test_every_code_of_the_archives_is_found(site: Path) -> None:
    text = (site / "en" / "codes.html").read_text("utf-8")
    shown = re.findall(r"<code>([A-Za-z0-9+/]{43})</code>", text)
    archive = read_archive(site / "files" / "election.bel")
    counted = {tracking_code(bytes.fromhex(digest)) for digest in archive.ballots}
    (opened,) = json.loads((EXAMPLE / "supplement/excluded.json").read_bytes())["items"]
    assert set(shown[: len(counted)]) == counted
    assert shown[len(counted)] == tracking_code(bytes.fromhex(opened["digest"]))
    assert "another provisional ballot of the person counts" in text
    challenged = json.loads((EXAMPLE / "supplement/challenged.json").read_bytes())["items"]
    assert len(shown) == len(counted) + 1 + len(challenged)
    assert "terminal-" not in text, "not where"


def test_the_report_allows_no_request(site: Path) -> None:
    for path in site.glob("seats-1/*.html"):
        policy = re.search('Content-Security-Policy" content="([^"]*)', path.read_text("utf-8"))
        assert policy is not None
        assert policy[1].startswith("default-src 'none'; style-src 'unsafe-inline'; font-src data:")


def test_sums_are_of_all_files(site: Path) -> None:
    lines = (site / SUMS_FILE).read_text().splitlines()
    listed = {line[66:]: line[:64] for line in lines}
    found = tree(site)
    del found[SUMS_FILE]
    assert listed == found
    assert list(listed) == sorted(listed, key=Path)


def test_what_was_verified_is_what_is_there(site: Path) -> None:
    assert verify_index(site / "files" / "index.json").ok
    here, there = tree(site / "files"), tree(EXAMPLE)
    assert here.items() <= there.items()
    assert {name for name in there.keys() - here.keys() if "/" not in name} == {"reports.txt"}


def test_the_same_count_gives_the_same_bytes(site: Path, tmp_path: Path) -> None:
    made = make(site / "files", tmp_path / "again")
    assert tree(tmp_path / "again") == tree(site)
    assert made.files == len(tree(site))


# ---------------------------------------------------------------- what is refused


def _archive(folder: Path) -> None:
    data = bytearray((folder / "election.bel").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "election.bel").write_bytes(data)


def _sums(folder: Path) -> None:
    index = json.loads((folder / "index.json").read_bytes())
    index["sums"][0]["10"] += 1
    (folder / "index.json").write_text(json.dumps(index))


def _definition(folder: Path) -> None:
    text = (folder / "definition.json").read_text("utf-8")
    (folder / "definition.json").write_text(text.replace("نامزد 0", "نامزد ۰"), "utf-8")


def _register(folder: Path) -> None:
    (folder / "register.json").unlink()


def _elected(folder: Path) -> None:
    """The votes are right, and somebody else is elected."""
    path = folder / "result.json"
    result = json.loads(path.read_bytes())
    (group,) = (x for x in result["contests"][0]["allocation"]["groups"] if x["elected"])
    group["elected"], group["reserves"] = group["reserves"], group["elected"]
    path.write_text(json.dumps(result, ensure_ascii=False), "utf-8")


def _votes(folder: Path) -> None:
    path = folder / "result.json"
    result = json.loads(path.read_bytes())
    result["contests"][0]["candidates"][0]["total"] += 1
    path.write_text(json.dumps(result, ensure_ascii=False), "utf-8")


def _link(folder: Path) -> None:
    """A file that leads somewhere else on the machine."""
    path = folder / "supplement" / "acts.json"
    shutil.move(path, folder / "moved")
    path.symlink_to(folder / "moved")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (_archive, UnverifiedError),
        (_sums, UnverifiedError),
        (_definition, UnverifiedError),
        (_register, UnverifiedError),
        (_elected, UnverifiedError),
        (_votes, UnverifiedError),
        (_link, OSError),
    ],
)
def test_what_does_not_hold_is_not_published(
    change: Callable[[Path], None], error: type[Exception], site: Path, tmp_path: Path
) -> None:
    folder, out = tmp_path / "count", tmp_path / "public" / "site"
    shutil.copytree(EXAMPLE, folder)
    shutil.copytree(site, out)
    change(folder)
    before = tree(out)
    with pytest.raises(error):
        make(folder, out)
    assert tree(out) == before
    assert list(out.parent.iterdir()) == [out]


def test_no_register_and_no_number_is_refused(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "count")
    _register(tmp_path / "count")
    with pytest.raises(SiteError):
        make(tmp_path / "count", tmp_path / "site", None)


def test_another_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnverifiedError) as refused:
        make(EXAMPLE, tmp_path / "site", ElectionNumber("0" * 64))
    assert [failure.reason for failure in refused.value.failures] == ["register-number"]
    assert not (tmp_path / "site").exists()


def test_nothing_follows_a_final_result(tmp_path: Path) -> None:
    with pytest.raises(SiteError):
        make(EXAMPLE, tmp_path / "site", announced=Announcement(datetime(2026, 1, 1, tzinfo=UTC)))
    assert list(tmp_path.iterdir()) == []


def test_nothing_else_of_the_folder_is_published(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "count")
    for name in ("keys.pem", "provisional.json", "supplement/notes.txt", "batches.json"):
        (tmp_path / "count" / name).write_text("secret")
    make(tmp_path / "count", tmp_path / "site")
    assert not [
        x for x in (tmp_path / "site").rglob("*") if x.is_file() and x.read_bytes() == b"secret"
    ]


# ---------------------------------------------------------------- its place


def test_a_site_gives_way_to_a_site(site: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    shutil.copytree(site, out)
    (out / "fa" / "index.html").write_text("an old page")
    make(EXAMPLE, out)
    assert tree(out) == tree(site)
    assert list(tmp_path.iterdir()) == [out]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    make(EXAMPLE, tmp_path / "site")
    assert (tmp_path / "site" / "index.html").is_file()


def _foreign(out: Path) -> None:
    (out / "fa" / "notes.txt").write_text("mine")


def _no_mark(out: Path) -> None:
    (out / MARK_FILE).unlink()


def _other_election(out: Path) -> None:
    _mark(out, election="another")


def _newer(out: Path) -> None:
    """What stands there is no predecessor: it would be taken back."""
    _mark(out, index="f" * 64)


def _mark(out: Path, **change: str) -> None:
    mark = json.loads((out / MARK_FILE).read_bytes())
    (out / MARK_FILE).write_text(json.dumps(mark | change))


def _linked(out: Path) -> None:
    shutil.move(out, out.with_name("real"))
    out.symlink_to(out.with_name("real"))


def _link_inside(out: Path) -> None:
    (out / "more").symlink_to("/")


@pytest.mark.parametrize(
    "change", [_foreign, _no_mark, _other_election, _newer, _linked, _link_inside]
)
def test_another_folder_is_not_replaced(
    change: Callable[[Path], None], site: Path, tmp_path: Path
) -> None:
    out = tmp_path / "site"
    shutil.copytree(site, out)
    change(out)
    before = tree(tmp_path)
    with pytest.raises(SiteError):
        make(EXAMPLE, out)
    assert tree(tmp_path) == before


def test_the_count_itself_is_not_replaced(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "count")
    before = tree(tmp_path)
    with pytest.raises(SiteError):
        make(tmp_path / "count", tmp_path / "count")
    with pytest.raises(SiteError):
        make(tmp_path / "count", tmp_path / "count" / "election.bel")
    assert tree(tmp_path) == before


def test_a_failure_leaves_the_old_site(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "site"
    shutil.copytree(site, out)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(building, "write_report", full)
    with pytest.raises(OSError, match="No space"):
        make(EXAMPLE, out)
    assert tree(out) == tree(site)
    assert list(tmp_path.iterdir()) == [out]


# ---------------------------------------------------------------- the command


def test_the_command(tmp_path: Path) -> None:
    done = run_election("publish", EXAMPLE, "--site", tmp_path / "s", "--number", NUMBER, "--json")
    assert done.exit_code == 0, done.output
    value = json.loads(done.stdout)
    assert value["anchored"] is True
    assert value["interim"] is False
    assert value["ballots"] == 5
    assert value["sums"] == hashlib.sha256((tmp_path / "s" / SUMS_FILE).read_bytes()).hexdigest()
    again = run_election("publish", EXAMPLE, "--site", tmp_path / "s")
    assert again.exit_code == 3, again.output
    assert "Next: " in again.stdout
    assert "compare it yourself" in (tmp_path / "s" / "en" / "index.html").read_text("utf-8")
    wrong = run_election("publish", EXAMPLE, "--site", tmp_path / "t", "--number", "0" * 64)
    assert wrong.exit_code == 1
    assert "register-number\tregister.json" in wrong.stderr
    assert "nothing was changed" in wrong.stderr
    assert not (tmp_path / "t").exists()
    for arguments in (
        ("publish", tmp_path / "s" / "fa", "--site", tmp_path / "t"),
        ("publish", EXAMPLE, "--site", tmp_path / "none" / "t"),
        ("publish", EXAMPLE, "--site", tmp_path / "t", "--number", "12"),
    ):
        done = run_election(*arguments)
        assert done.exit_code == 2, done.output
        assert "Traceback" not in done.output
