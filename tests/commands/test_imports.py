"""Nothing heavy is imported before it is needed: no line of help and no verification waits for it.

Imports are compared, not times: a machine that does other work does not make this fail.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import click
import pytest

from commands.board import STEPS as BOARD_STEPS
from commands.lazy import LazyGroup
from commands.main import COMMANDS, SIMULATED, main
from commands.operator_steps import LOG_STEPS, OPERATOR_STEPS, log, operator
from commands.registry import STEPS as REGISTRY_STEPS
from commands.registry import registry
from commands.steps import STEPS, election

ROOT: Final = Path(__file__).parents[2]
ARCHIVE: Final = "tests/vectors/belenios/single/archive.bel"
WITH_SUPPLEMENT: Final = "tests/vectors/golden/election.bel"

HEAVY: Final = {
    *("PySide6", "cryptography", "nacl", "gmpy2", "pydantic", "annotated_types", "cbor2", "icu"),
    *(
        "PIL",
        "jinja2",
        "resvg_py",
        "qrcode",
        "escpos",
        "rich",
        "simpy",
        "numpy",
        "babel",
        "openpyxl",
    ),
    *("sqlite3", "sqlite_utils", "serial", "smartcard", "asn1crypto", "persiantools", "psutil"),
    *("dask", "distributed", "multiprocessing", "asyncio", "email", "ssl", "http"),
}
"""What takes more than a few milliseconds to import."""

OF_THE_PLUGIN: Final = {"email"}
"""Whether simulators are installed is read from metadata, which are written like letters."""
OF_A_DEFINITION: Final = {"annotated_types"}
"""The bounds of an election's documents."""
OF_A_PASSPHRASE: Final = {"annotated_types", "cryptography"}
"""What a trustee types may be checked at once."""

HELP: Final = {
    (): OF_THE_PLUGIN,
    ("doctor",): OF_A_DEFINITION,
    ("station",): set[str](),
    ("board",): set[str](),
    ("board", "account"): set[str](),
    ("board", "serve"): set[str](),
    ("registry",): set[str](),
    ("registry", "serve"): set[str](),
    ("registry", "evaluate"): set[str](),
    ("registry", "roll"): set[str](),
    ("registry", "front"): set[str](),
    ("registry", "suspend"): set[str](),
    ("registry", "allow"): set[str](),
    ("registry", "obey"): set[str](),
    ("registry", "status"): set[str](),
    ("registry", "export"): set[str](),
    ("registry", "destroy"): set[str](),
    ("operator",): set[str](),
    ("operator", "rescue"): set[str](),
    ("operator", "provision"): set[str](),
    ("operator", "configure"): set[str](),
    ("operator", "open-keys"): set[str](),
    ("operator", "medium-test"): set[str](),
    ("operator", "wipe"): set[str](),
    ("operator", "card-request"): set[str](),
    ("operator", "log"): set[str](),
    ("operator", "log", "verify"): set[str](),
    ("operator", "log", "show"): set[str](),
    ("operator", "log", "export"): set[str](),
    ("election",): set[str](),
    ("election", "new"): OF_A_DEFINITION,
    ("election", "branches"): set[str](),
    ("election", "readiness"): set[str](),
    ("election", "add-candidates"): OF_A_DEFINITION,
    ("election", "recordings"): OF_A_DEFINITION,
    ("election", "roll"): OF_A_DEFINITION,
    ("election", "add-authorities"): set[str](),
    ("election", "package"): OF_A_DEFINITION,
    ("election", "import"): OF_A_DEFINITION,
    ("election", "tally"): OF_A_DEFINITION,
    ("election", "plan-capacity"): set[str](),
    ("election", "register"): set[str](),
    ("election", "operator-cards"): set[str](),
    ("election", "authorization-cards"): set[str](),
    ("election", "backup"): set[str](),
    ("election", "restore"): set[str](),
    ("election", "accuracy-deck"): set[str](),
    ("election", "custody-forms"): set[str](),
    ("election", "inventory"): set[str](),
    ("election", "accuracy-check"): set[str](),
    ("election", "hand-over"): set[str](),
    ("election", "arrivals"): set[str](),
    ("election", "missing"): set[str](),
    ("election", "lot"): set[str](),
    ("election", "rule"): set[str](),
    ("election", "check-report"): set[str](),
    ("election", "listen"): OF_A_DEFINITION,
    ("election", "verify-page"): set[str](),
    ("election", "publish"): set[str](),
    ("election", "reconcile"): set[str](),
    ("election", "countersign"): set[str](),
    ("election", "exclude"): set[str](),
    ("election", "batches"): set[str](),
    ("election", "mix"): set[str](),
    ("election", "decrypt"): set[str](),
    ("election", "conclude"): set[str](),
    ("election", "seats"): OF_A_DEFINITION,
    ("election", "verify"): set[str](),
    ("election", "check-challenge"): OF_A_DEFINITION,
    ("election", "check-page"): OF_A_DEFINITION,
    ("election", "office-key"): set[str](),
    ("election", "change-lock"): set[str](),
    ("election", "ceremony"): OF_A_PASSPHRASE,
}
"""What the help of each command imports."""

_RUN: Final = """
import sys
from commands.main import main
sys.argv = ["amin", *sys.argv[1:]]
try:
    main(prog_name="amin")
except SystemExit as end:
    status = end.code
print(status, *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


LISTS: Final = ("election", "operator", "station")
"""What shows lines of help alone."""
ROOMS_BELOW: Final = {"words", "crypto", "drivers", "election", "kiosk", "ui", "headquarters"}
NOT_FOR_A_LIST: Final = {*ROOMS_BELOW, "logging", "ctypes", "secrets", "decimal", "tomllib"}
"""What answers and errors need, and a line of help does not: a third of its time."""


def imported(*words: str, of: set[str] = HEAVY) -> tuple[int, set[str]]:
    """Return the exit status, and which modules `of` a set a process of its own imports."""
    run = subprocess.run(
        [sys.executable, "-c", _RUN, *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    status, *modules = run.stderr.splitlines()[-1].split()
    return int(status), of & set(modules)


def test_every_command_is_here() -> None:
    assert {words[0] for words in HELP if words} == set(COMMANDS)
    for group, steps in (
        (("election",), STEPS),
        (("operator",), OPERATOR_STEPS),
        (("board",), BOARD_STEPS),
        (("registry",), REGISTRY_STEPS),
        (("operator", "log"), LOG_STEPS),
    ):
        below = (
            words for words in HELP if words[: len(group)] == group and len(words) > len(group)
        )
        assert {words[len(group)] for words in below} == set(steps)


@pytest.mark.parametrize("words", HELP, ids=" ".join)
def test_help_imports_nothing_heavy(words: tuple[str, ...]) -> None:
    assert imported(*words, "--help") == (0, HELP[words])


@pytest.mark.parametrize("word", LISTS)
def test_a_list_of_commands_imports_nothing_that_it_does_not_show(word: str) -> None:
    assert imported(word, "--help", of=NOT_FOR_A_LIST) == (0, set())


def test_verification_imports_what_it_computes_with() -> None:
    arithmetic = {"nacl", "gmpy2", "cryptography", "email"}  # gmpy2 reads its version.
    assert imported("election", "verify", ARCHIVE) == (3, arithmetic)
    with_documents = arithmetic | {"pydantic", "annotated_types", "cbor2"}
    assert imported("election", "verify", WITH_SUPPLEMENT) == (3, with_documents)


def test_a_trustees_steps_import_nothing_of_the_office() -> None:
    """What the office does before and after them is a third of their start."""
    office = {"adopting", "arrival_board", "arrivals", "intake", "lots", "registering", "site"}
    script = "import sys, headquarters.trustee_steps; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = set(run.stdout.split())
    assert "headquarters.tally.relay" in names
    assert "jinja2" not in names
    assert names.isdisjoint(f"headquarters.{name}" for name in office)


def test_the_planner_imports_queues_and_no_cryptography_of_its_own() -> None:
    words = ("--voters", "20", "--stations", "1", "--terminals", "1", "--replications", "10")
    status, modules = imported("election", "plan-capacity", *words)
    assert status == 0
    assert "simpy" in modules
    assert not modules & {"pydantic", "jinja2", "resvg_py", "gmpy2", "multiprocessing", "rich"}


@pytest.mark.parametrize(
    "group",
    [main, election, operator, log, registry],
    ids=["amin", "election", "operator", "log", "registry"],
)
def test_a_line_of_help_is_the_first_of_the_commands_own(group: LazyGroup) -> None:
    context = click.Context(group)
    for name in group.listed:
        command = group.get_command(context, name)
        assert command is not None
        assert command.name == name
        line = click.Command(name, help=group.line_of_help(context, name))
        assert line.get_short_help_str(200) == command.get_short_help_str(200), name


def test_the_simulators_line_of_help_is_the_first_of_their_own() -> None:
    for name, text in SIMULATED.items():
        command = main.get_command(click.Context(main), name)
        assert command is not None
        line = click.Command(name, help=text)
        assert line.get_short_help_str(200) == command.get_short_help_str(200)
