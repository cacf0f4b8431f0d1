"""Measure the page with a large archive: `python -m tests.page.large [--ballots 1000] [--archive FILE]`.

The election is the project's own shape: 21 wide slots, a second contest of twelve, two trustees. The
page's workers run in Node.js (threads) and in Chromium; one line of JSON each. Processor time is that of
the processes, so other work on the machine changes it little; memory is the most that a process held at once.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from crypto.casting import BallotMaker, HomomorphicAnswer, SlotAnswer
from crypto.election import HomomorphicQuestion, make_election, slot_integers, slot_question
from crypto.embedding import EmbeddingTable
from crypto.trustees import generate_trustee, make_trustees
from headquarters.tally import relay
from tests.page.running import PAGE

SLOTS: Final = 21
CODES: Final = 4096
SECOND: Final = 12
UUID: Final = "4minLargeE1ect1onPage"
TICK: Final = 0.25
"""Seconds between two looks at a browser."""
LONGEST: Final = 3600


def make_archive(place: Path, ballots: int) -> None:
    """Write an archive of so many ballots, with shuffles, decryptions and result."""
    keys = [generate_trustee() for _ in range(2)]
    trustees = make_trustees([key.trustee for key in keys])
    names = tuple(f"candidate {i + 1}" for i in range(SECOND))
    questions = [slot_question(f"slot {i + 1}") for i in range(SLOTS)]
    election = make_election(
        name="large",
        description="large",
        public_key=trustees.election_key,
        questions=[*questions, HomomorphicQuestion("second", names, True, 0, 1)],
        uuid=UUID,
    )
    codes = random.sample(range(1, 2**16), CODES)
    maker = BallotMaker(
        election, EmbeddingTable.of_vectors(slot_integers(code) for code in (0, *codes))
    )

    def ballot() -> Any:
        slots = [SlotAnswer(slot_integers(random.choice(codes))) for _ in range(SLOTS)]
        second = HomomorphicAnswer((1, *[0] * SECOND))
        return maker.make((*slots, second), secrets.token_bytes(32))

    made = [ballot() for _ in range(ballots)]
    begun = relay.begin(place, election, trustees, made, timestamp=int(time.time()))
    relay.finish(begun, [key.private_key for key in keys])


def in_node(archive: Path, workers: int) -> dict[str, Any]:
    """Check an archive with so many threads of Node.js; return what it took."""
    node = shutil.which("node")
    assert node is not None
    command = [node, "tests/page/large.mjs", str(PAGE), str(archive), str(workers)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def in_chromium(archive: Path, language: str = "en") -> dict[str, Any]:
    """Check an archive in Chromium, once stopped in the midst and once to its end; return what it took."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
    with tempfile.TemporaryDirectory() as profile:
        for argument in (
            "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-quic",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--window-size=480,900", f"--user-data-dir={profile}",
        ):  # fmt: skip
            options.add_argument(argument)
        browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        try:
            return _watched(browser, archive, profile, language)
        finally:
            browser.quit()


def _watched(
    browser: webdriver.Chrome, archive: Path, profile: str, language: str
) -> dict[str, Any]:
    browser.get(PAGE.as_uri())
    browser.find_element(By.CSS_SELECTOR, f"[data-language={language}]").click()
    before = {pid: _status(pid)["VmRSS"] for pid in _renderers(profile)}
    # Stopped in the midst: the choice is there at once, and the workers take no more time.
    browser.find_element(By.ID, "file").send_keys(str(archive))
    _wait(lambda: _bar(browser) > 0.03)
    pressed = time.monotonic()
    browser.find_element(By.ID, "cancel").click()
    _wait(lambda: browser.find_element(By.ID, "choose").is_displayed())
    stopped = time.monotonic() - pressed
    time.sleep(2)
    # Of all renderers the one that has worked is the page's, with its workers.
    page = max(_renderers(profile), key=_ticks)
    idle = _ticks(page)
    time.sleep(2)
    still = _ticks(page) - idle
    # To its end.
    began, ticks = time.monotonic(), _ticks(page)
    browser.find_element(By.ID, "file").send_keys(str(archive))
    bars: list[float] = []
    left: list[str] = []
    most = held = 0
    while not browser.find_element(By.ID, "verdict").is_displayed():
        bars.append(_bar(browser))
        left.append(browser.find_element(By.ID, "left").text)
        # The kernel's own maximum is no use: a browser sets it back for figures of its own.
        held = max(held, _status(page)["VmRSS"])
        most = max(most, sum(_pss(pid) for pid, _ in _processes(profile)))
        time.sleep(TICK)
        assert time.monotonic() - began < LONGEST
    seconds = (_ticks(page) - ticks) / os.sysconf("SC_CLK_TCK")
    return {
        "where": "Chromium",
        "outcome": browser.find_element(By.ID, "outcome").text,
        "workers": browser.execute_script("return navigator.hardwareConcurrency"),
        "wall_s": round(time.monotonic() - began, 1),
        "cpu_s": round(seconds, 1),
        "page_before_MB": round(before[page] / 1e6),
        "page_most_MB": round(held / 1e6),
        "browser_most_MB": round(most / 1e6),
        "bar_never_back": bars == sorted(bars),
        "bar_steps": len(set(bars)),
        "time_left_shown": sum(bool(one) for one in left),
        "stopped_after_s": round(stopped, 2),
        "cpu_after_stop_s": still / os.sysconf("SC_CLK_TCK"),
    }


def _bar(browser: webdriver.Chrome) -> float:
    return float(browser.execute_script("return document.getElementById('bar').value"))


def _wait(done: Any) -> None:
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < LONGEST
        time.sleep(TICK)


def _processes(profile: str) -> Iterator[tuple[int, str]]:
    """Yield the browser's processes: those that name its folder, and what they started."""
    parents, lines = {}, {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            parent = (place / "stat").read_text().rsplit(")", 1)[1].split()[1]
        except (OSError, IndexError):
            continue
        lines[int(place.name)], parents[int(place.name)] = line, int(parent)
    roots = {pid for pid, line in lines.items() if profile in line and "chromium" in line}
    for pid, line in lines.items():
        at = pid
        while at and at not in roots:
            at = parents.get(at, 0)
        if at:
            yield pid, line


def _renderers(profile: str) -> list[int]:
    return [pid for pid, line in _processes(profile) if "--type=renderer" in line]


def _status(pid: int) -> dict[str, int]:
    """Return the sizes (bytes) that the kernel says of a process."""
    lines = (line.split() for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {line[0].rstrip(":"): int(line[1]) * 1024 for line in lines if line[-1] == "kB"}


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def main() -> None:
    """Make the archive unless it is given, and print what the page takes for it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ballots", type=int, default=1000)
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archive = chosen.archive or Path(folder) / "election.bel"
        if not archive.exists():
            make_archive(archive, chosen.ballots)
        print(
            json.dumps({"ballots": chosen.ballots, "archive_MB": archive.stat().st_size // 10**6})
        )
        for workers in chosen.workers:
            print(json.dumps(in_node(archive, workers)), flush=True)
        print(json.dumps(in_chromium(archive.resolve())), flush=True)


if __name__ == "__main__":
    main()
