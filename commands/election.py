"""Make an election, package it, import it and count it: steps of `amin election` at one machine.

Exit status: 0 done, 1 done and something is wrong (named, one line each), 2 unusable input.
With `--json` one object goes to standard output; progress and messages go to standard error.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.key_options import CARD_OPTION, PASSPHRASE_FILE, READER, ROOT_KEY, with_keys
from commands.speaking import say, speaker, write
from commands.working import (
    EXISTING_FOLDER,
    FILE,
    FOLDER,
    JSON,
    MINIMUM,
    NEW_FILE,
    SCHEDULER,
    YES,
    asker,
    leave,
    now,
    print_result,
    progress,
    working,
)
from election.definition import ContestId
from election.errors import ElectionError
from words.message import Latin, m

if TYPE_CHECKING:
    from headquarters.keepers import Unlock


@click.command()
@FOLDER
@click.option("--name", help="Name of the election, in Persian.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Day of the polls.")
@click.option(
    "--ceremony",
    type=FILE,
    help="trustees.json of a key ceremony; the trustees keep their secrets.",
)
@click.option(
    "--trustees",
    type=click.IntRange(1, 20),
    default=2,
    show_default=True,
    help="Without a ceremony: how many are made here, for rehearsals; all have to decrypt.",
)
@click.option(
    "--rehearsal",
    is_flag=True,
    help="No vote will count. Simulated devices take part in rehearsals only.",
)
@click.option(
    "--from",
    "source",
    type=EXISTING_FOLDER,
    help="With --rehearsal: an election's folder, whose plan, candidates and branches are copied. It "
    "stays as it is, and none of its keys comes along. --name and --day are then not needed. "
    "Without: a folder that an earlier version of Amin began, made anew.",
)
@YES
@CARD_OPTION
@PASSPHRASE_FILE
@READER
def new(
    folder: Path,
    name: str | None,
    day: datetime | None,
    ceremony: Path | None,
    trustees: int,
    rehearsal: bool,
    source: Path | None,
    yes: bool,
    card: bool,
    passphrase_file: Path | None,
    reader: str | None,
) -> None:
    """Make keys and trustees for a new election, and a plan to edit.

    The keys are encrypted: with a passphrase that is asked for, or for a PIV card (--card). Take
    FOLDER/keys/root away afterwards; `package` needs it again, nothing else does.

    A rehearsal of an election that is prepared, for the offices and branches that will hold it:

    \b
        amin election new DRILL --rehearsal --from FOLDER
        amin simulator desk --branch DRILL         robots play it on this machine

    Its name is marked, its polls are today or on --day, and no device that is ready for the day takes it.

    Afterwards edit FOLDER/election.toml. Without --ceremony give every trustee one file of
    FOLDER/trustees and a copy of its lock.json; with it, none is there, and the count is by `batches`,
    `mix` and `decrypt`.
    """
    from commands.office_keeper import office_unlock
    from headquarters.rehearsing import begin
    from headquarters.workspace import ElectionFolder

    place = ElectionFolder(folder)
    made = ceremony or trustees
    unlock = office_unlock(passphrase_file, reader, card=card)
    on = None if day is None else day.date()
    told = (made, now(), asker(yes), unlock)
    copied = begin(place, name, on, *told, rehearsal=rehearsal, source=source)
    if copied is not None:
        write(copied.told)
    write(
        "Keys: {keys}\nTrustees: {trustees}\nNow edit {plan}",
        keys=place.keys,
        trustees=place.trustees,
        plan=place.plan,
    )


@click.command()
@FOLDER
@click.option("--clips", type=EXISTING_FOLDER, help="Folder of recordings with its clips.csv.")
@click.option("--films", type=EXISTING_FOLDER, help="Folder of films with its films.csv.")
def recordings(folder: Path, clips: Path | None, films: Path | None) -> None:
    """Put recorded speech and films in sign language in: the package will vouch for each file.

    \b
    clips.csv    language,text,file         ckb,دەنگدان,0001.ogg       (Ogg Vorbis)
    films.csv    step,language,file         marking,psc,marking.webp   (animated WebP)

    UTF-8. The texts are those of listen.html. clips.json and signs.json are written beside the files:
    copy the whole folders to the devices. Can be repeated until the package is made.
    """
    from headquarters.recordings import put_recordings
    from headquarters.workspace import ElectionFolder

    for one in put_recordings(ElectionFolder(folder), clips, films):
        languages = Latin(", ".join(one.languages))
        write("{count} files, {languages}", count=one.files, languages=languages)


@click.command()
@FOLDER
@click.argument("people", type=FILE)
@click.argument("file", type=NEW_FILE)
@click.option("--answered", is_flag=True, help="FILE is the evaluator's answer: make the roll.")
def roll(folder: Path, people: Path, file: Path, answered: bool) -> None:
    """Make the roll, by which stations compare number and birth date of who has no chip.

    \b
        amin election roll FOLDER people.csv asked                  blinds everybody into a file
        amin registry roll OWN asked answered                       at the evaluator, which sees nobody
        amin election roll FOLDER people.csv answered --answered    FOLDER/roll/roll.json and roll.bin

    \b
    people.csv    national_number,born      0499370899,1979-03-21 or 1358/01/01

    FOLDER/offices has evaluator.json (`office-key`). The package vouches for the roll; copy both files beside
    it, onto the drives of branches whose stations ask the evaluator. Nobody reads anybody out of them. Can be
    repeated until the package is made.
    """
    from headquarters.roll import ask, finish
    from headquarters.workspace import ElectionFolder

    with working() as work:
        say((finish if answered else ask)(ElectionFolder(folder), people, file, work))


@click.command("add-candidates")
@FOLDER
@click.argument("contest")
@click.option("--candidates", type=FILE, required=True, help="Who stands: CSV, see above.")
@click.option("--lists", type=FILE, help="Names of the lists: CSV, see above.")
@click.option(
    "--portraits",
    type=EXISTING_FOLDER,
    required=True,
    help="Folder of the JPEG files that `portrait` names.",
)
def add_candidates(
    folder: Path, contest: str, candidates: Path, lists: Path | None, portraits: Path
) -> None:
    """Read who stands in CONTEST, check the rules, and show how codes are given.

    \b
    candidates.csv   key,name_fa,name_en,list,woman,portrait
                     r1,مریم رضایی,Maryam Rezaei,hope,yes,r1.jpg
    lists.csv        key,name_fa,name_en
                     hope,فهرست امید,List of Hope

    UTF-8. `key` is the registration number; an empty `list` is an independent. The order of the
    lines is the order of the codes. Can be repeated until the package is made.
    """
    from headquarters.names import alike_in
    from headquarters.preparation import add_candidates
    from headquarters.workspace import ElectionFolder

    slate = add_candidates(ElectionFolder(folder), ContestId(contest), candidates, lists, portraits)
    for line in slate.told():
        write(line)
    for line in alike_in(slate.contest):
        say(line)


@click.command()
@FOLDER
@ROOT_KEY
@YES
@JSON
@with_keys
def package(folder: Path, root_key: Path | None, yes: bool, as_json: bool, unlock: Unlock) -> None:
    """Enrol the devices that asked, freeze the definition, sign the package.

    Until the register is made it can be repeated: earlier packages are kept and count, too, so contests
    and names stay, and devices keep their certificates.

    Put the devices' requests (*.json) into FOLDER/requests first, and compare each fingerprint with
    what the device shows: a device that is enrolled can make votes. Whose identity documents give a ballot
    must be known (`add-authorities`): what cannot be used on the day is refused. The requests of the
    reconciliation office go into FOLDER/offices (`office-key`); its certificates lie there afterwards.
    """
    from headquarters.before_packaging import lines
    from headquarters.preparation import make_package
    from headquarters.workspace import ElectionFolder

    place = ElectionFolder(folder)
    for line in lines(place, now()):
        say(line)
    if not asker(yes)(m("Do all fingerprints agree with what devices and offices show?")):
        raise ElectionError.of("nothing was packaged")
    with progress() as told:
        written = make_package(place, unlock, now(), told, root_folder=root_key)
    print_result(as_json, written.counted())


@click.command("import")
@FOLDER
@click.argument("bundles", type=FILE, nargs=-1, required=True)
@JSON
@with_keys
def import_(folder: Path, bundles: tuple[Path, ...], as_json: bool, unlock: Unlock) -> None:
    """Check the closing BUNDLES of the branches, together with those imported before.

    Among them may be acts about devices (*.takeover, *.rescue) and rulings of two offices (*.json): these
    are verified by the register and kept first. Logs (*.audit.jsonl) are checked last, line by line and
    against what acts, bundles and rescues say of their end; FOLDER/logs keeps them.

    Each is checked once, however many came before; FOLDER/journal.db remembers it. Killed at any moment,
    the same command goes on. What is refused lies in FOLDER/set-aside under the word of its refusal.

    Exit status 1 if something is odd: every bundle or record that was not taken, every number that
    does not fit. Nothing is repaired; settle it, bring what is missing, and import again.
    """
    from headquarters.adopting import adopt, is_adopted
    from headquarters.import_report import next_step, report_json, report_lines
    from headquarters.intake import import_into, totals
    from headquarters.log_arrivals import bring_logs, is_log, log_lines
    from headquarters.workspace import ElectionFolder, open_workspace

    place = ElectionFolder(folder)
    acts = sorted(filter(is_adopted, bundles), key=lambda path: path.suffix, reverse=True)
    with working() as work:
        for path in acts:  # take-overs first: a rescue may be of a spare
            adopt(open_workspace(place), path)
        logs = [path for path in bundles if is_log(path)]
        brought = [path for path in bundles if path not in {*acts, *logs}]
        workspace = open_workspace(place)
        arrived = import_into(workspace, unlock, brought, now(), work)
    told = bring_logs(workspace, logs)
    report = arrived.report
    if as_json:
        click.echo(report_json(report).decode(), nl=False)
    for line in report_lines(report, speaker()):
        say(line)
    for each in (*totals(arrived, place), *log_lines(told)):
        say(each)
    say(next_step(report, place.set_aside, place.path))
    leave(report.sound and not any(each.findings for each in told))


@click.command()
@FOLDER
@click.option(
    "--trustees",
    type=EXISTING_FOLDER,
    help="Folder with all trustee-N.key files; FOLDER/trustees if not given.",
)
@MINIMUM
@click.option("--despite-findings", is_flag=True, help="Count although the import is not sound.")
@SCHEDULER
@JSON
@with_keys
def tally(
    folder: Path,
    trustees: Path | None,
    minimum: int | None,
    despite_findings: bool,
    scheduler: str | None,
    as_json: bool,
    unlock: Unlock,
) -> None:
    """Mix, decrypt and count the imported ballots, allocate seats, write and verify the archives.

    For trustees who come together at one machine; else see `batches`, `mix`, `decrypt` and
    `conclude`. All bundles are checked again first. FOLDER/result then holds the signed index of the
    archives, what the terminals signed, the result in every language, and in `seats` a report
    of each contest to read and print. Exit status 1 if
    something does not verify or the result breaks a bound.
    """
    from commands.mixing import show_result
    from commands.report_fonts import write_seat_reports
    from headquarters import batch_tally
    from headquarters.archive_index import verify_index
    from headquarters.index_document import INDEX_FILE
    from headquarters.registering import batch_minimum
    from headquarters.verdict import finding_line
    from headquarters.workspace import ElectionFolder, open_workspace

    place = ElectionFolder(folder)
    with working(scheduler) as work:
        result = batch_tally.tally(
            open_workspace(place),
            unlock,
            trustees or place.trustees,
            place.result,
            now(),
            lambda _: despite_findings,
            minimum=batch_minimum(place, minimum),
            work=work,
        )
        write_seat_reports(place.result, result)
        verdict = verify_index(
            place.result / INDEX_FILE, progress=work.progress, executor=work.executor
        )
    show_result(result, as_json=as_json)
    for failure in verdict.failures:
        say(finding_line(failure, speaker()))
    leave(verdict.ok and result.sound)
