"""Open and close offices' keys in tests: one passphrase for all, whose derivation is quick."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

from click.testing import CliRunner, Result

from commands.main import main
from crypto.passphrase import Cost
from election.definition import BranchId
from headquarters.authority import Authority, branch_card_key, load_authority
from headquarters.keepers import PassphraseKeeper
from headquarters.key_folder import open_key_folder
from headquarters.offices import Office
from headquarters.workspace import ElectionFolder

PASSPHRASE_FILE = Path(__file__).parents[1] / "vectors" / "passphrase.txt"
PASSPHRASE = PASSPHRASE_FILE.read_text(encoding="utf-8").strip()
CHEAP = Cost(8192, 1, 1)
WITH_KEYS = frozenset(
    {
        *("new", "package", "register", "import", "tally", "batches", "conclude", "lot"),
        *("operator-cards", "authorization-cards"),
        *("office-key", "reconcile", "countersign", "exclude", "missing", "rule"),
        "hand-over",
    }
)
"""Commands that open or close keys."""


def unlock(folder: Path) -> PassphraseKeeper:
    """Return who opens the keys in a folder."""
    del folder
    return PassphraseKeeper(lambda _: PASSPHRASE, CHEAP, tries=1)


def authority_of(folder: Path) -> Authority:
    """Load all keys of headquarters that sign."""
    return load_authority(open_key_folder(folder, unlock), unlock)


def card_key_of(folder: Path, branch: BranchId) -> bytes:
    """Load the card key of a branch, or make it."""
    return branch_card_key(open_key_folder(folder, unlock), branch)


def with_passphrase(*arguments: object) -> list[str]:
    """Return words of `amin election`, with the passphrase's file where the command takes one."""
    words = [str(argument) for argument in arguments]
    opens = words[:1] == ["decrypt"] and "--key" in words
    if (opens or (words and words[0] in WITH_KEYS)) and "--help" not in words:
        return [*words, "--passphrase-file", str(PASSPHRASE_FILE)]
    return words


def run_election(*arguments: object, color: bool = False, typed: str | None = None) -> Result:
    """Run `amin election …` in this process."""
    with patch("commands.trustee_keeper.STANDARD", CHEAP):
        return CliRunner().invoke(
            main, ["election", *with_passphrase(*arguments)], color=color, input=typed
        )


def own_folder(folder: ElectionFolder, office: str) -> Path:
    """Return the folder of an office, at its own machine."""
    return folder.path.parent / office


def make_offices(folder: ElectionFolder) -> None:
    """Make the keys of officer and observer, and bring their requests."""
    for office in Office:
        own = own_folder(folder, office)
        made = run_election("office-key", own, "--office", office, "--rehearsal")
        assert made.exit_code == 0, made.output
        name = f"{office}.json"
        (folder.offices / name).write_bytes((own / name).read_bytes())


def give_certificates(folder: ElectionFolder) -> None:
    """Bring back what `package` made of the requests."""
    for office in Office:
        taken = run_election(
            "office-key",
            own_folder(folder, office),
            "--certificate",
            folder.offices / f"{office}.der",
        )
        assert taken.exit_code == 0, taken.output
