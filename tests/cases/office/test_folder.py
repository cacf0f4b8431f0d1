"""An election's folder when something is done twice, too late, or with the wrong file."""

import shlex
import shutil
from pathlib import Path

from tests.cases.office.kit import Told, accepted, amin, package, prepared, refused, voted_election
from tests.cases.runner import case, collect, expect, new_folder


def import_(folder: Path, *files: Path) -> Told:
    return amin("import", folder, *files)


def not_imported_yet() -> Path:
    folder = voted_election()
    shutil.rmtree(folder / "bundles")
    (folder / "import.json").unlink()
    return folder


def bundles(folder: Path) -> list[Path]:
    return sorted((folder / "out").glob("*.bundle"))


# ------------------------------------------------------------ twice, and too late


@case
def package_made_again() -> None:
    """Devices have loaded the first one: a second is refused, or their bundles still count."""
    folder = not_imported_yet()
    first = (folder / "package.amin").read_bytes()
    again = package(folder)
    expect(not again.crashed, again.line)
    if again.status:
        return
    kept = any(path.read_bytes() == first for path in folder.rglob("*.amin"))
    told = import_(folder, *bundles(folder))
    expect(
        told.status == 0,
        f"status 0, the first is {'kept' if kept else 'gone'}; {told.line}",
    )


@case
def candidates_after_the_package() -> None:
    folder = voted_election()
    own = folder / "contests" / "council"
    copies = new_folder()
    people, lists = (
        Path(shutil.copy(own / name, copies)) for name in ("candidates.csv", "lists.csv")
    )
    pictures = shutil.copytree(own / "portraits", copies / "portraits")
    options = ["--candidates", people, "--lists", lists, "--portraits", pictures]
    refused(amin("add-candidates", folder, "council", *options))


@case
def branch_without_a_station() -> None:
    """One of its two devices has not asked to be enrolled: refused, or told."""
    told = package(prepared(devices=("terminal-1",)))
    expect(
        told.status or "station" in told.text, "packaged without a word: nobody can check in there"
    )


@case
def ceremony_file_that_is_none() -> None:
    """What `new` refuses leaves nothing: the next try has not to fail at half a folder."""
    wrong = new_folder() / "trustees.json"
    wrong.write_text("no trustees", encoding="utf-8")
    folder = new_folder() / "election"
    options = ["--name", "شورا", "--day", "2099-06-12", "--yes"]
    refused(amin("new", folder, *options, "--ceremony", wrong))
    again = amin("new", folder, *options)
    expect(again.status == 0, f"and the next try: {again.line}")


# ------------------------------------------------------------ the wrong file


def import_recovers(wrong: Path, folder: Path) -> None:
    """A wrong file is named once; with the right ones the import is sound."""
    first = import_(folder, wrong)
    expect(first.status in (1, 2) and not first.crashed, first.line)
    told = import_(folder, *bundles(folder))
    expect(told.status == 0, f"for ever: «{told.text.strip().splitlines()[0]}»")


@case
def cut_bundle_then_the_whole_one() -> None:
    folder = not_imported_yet()
    whole = bundles(folder)[0].read_bytes()
    cut = new_folder() / bundles(folder)[0].name
    cut.write_bytes(whole[: len(whole) // 2])
    import_recovers(cut, folder)


@case
def package_given_to_the_import() -> None:
    folder = not_imported_yet()
    import_recovers(folder / "package.amin", folder)


@case
def log_given_to_the_import() -> None:
    """It lies beside the bundle on every stick."""
    folder = not_imported_yet()
    log = new_folder() / "terminal-1.audit.jsonl"
    log.write_text('{"number": 1}\n', encoding="utf-8")
    import_recovers(log, folder)


# ------------------------------------------------------------ advice


@case
def next_line_of_a_ceremony_can_be_pasted() -> None:
    """A stick with a blank in its name."""
    stick = new_folder() / "stick انتخابات"
    people = [word for name in ("الف", "ب", "پ") for word in ("--name", name, "")]
    told = accepted(
        amin(
            "ceremony", "new", stick, "--title", "شورا", "--trustees", 3, "--threshold", 2, *people
        )
    )
    words = shlex.split(told.line)
    expect(str(stick) in words, f"the shell reads {' | '.join(words[3:6])}")


@case
def seats_after_a_count_on_several_machines() -> None:
    """`batches`, `mix`, `decrypt`, `conclude`: the result is in the target; all is counted."""
    folder, target = voted_election(), new_folder() / "target"
    accepted(amin("batches", folder, target))
    for number in (1, 2):
        accepted(amin("mix", target, "--trustee", number))
    for number in (1, 2):
        accepted(amin("decrypt", target, "--key", folder / "trustees" / f"trustee-{number}.key"))
    accepted(amin("conclude", folder, target))
    accepted(amin("seats", target))
    told = amin("seats", folder)
    expect("tally" not in told.text, f"says «{told.line}»")


test_case = collect()
