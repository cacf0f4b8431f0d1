"""List the steps of an election at headquarters: `amin election`.

Exit status: 0 done, 1 done and something is wrong (named, one line each), 2 unusable input.
With `--json` one object goes to standard output; progress and messages go to standard error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click

from commands.lazy import LazyGroup, Listed, is_help_asked

STEPS: Final[Mapping[str, Listed]] = {
    "new": Listed(
        "commands.election:new", "Make keys and trustees for a new election, and a plan to edit."
    ),
    "office-key": Listed(
        "commands.office_keys:office_key",
        "Make an office's keys in OWN, a folder that stays with the office, or take the certificate.",
    ),
    "change-lock": Listed(
        "commands.office_keys:change_lock",
        "Close the keys in FOLDER anew: with another passphrase, or with a PIV card.",
    ),
    "ceremony": Listed(
        "commands.ceremony:ceremony",
        "Make the election key by trustees together; no machine ever holds all of it.",
    ),
    "plan-capacity": Listed(
        "commands.plan_capacity:plan_capacity",
        "Say how many identity stations and ballot terminals a branch needs.",
    ),
    "add-candidates": Listed(
        "commands.election:add_candidates",
        "Read who stands in CONTEST, check the rules, and show how codes are given.",
    ),
    "recordings": Listed(
        "commands.election:recordings",
        "Put recorded speech and films in sign language in: the package will vouch for each file.",
    ),
    "add-authorities": Listed(
        "commands.add_authorities:add_authorities",
        "Take one state's authorities of identity documents out of FILES, and say what is left out.",
    ),
    "package": Listed(
        "commands.election:package",
        "Enrol the devices that asked, freeze the definition, sign the package.",
    ),
    "operator-cards": Listed(
        "commands.card_making:operator_cards",
        "Write PIN letters and issue certificates for the operators' cards of TABLE.",
    ),
    "authorization-cards": Listed(
        "commands.card_making:authorization_cards",
        "Prepare the authorization cards of BRANCH, one after the other, with a counter.",
    ),
    "register": Listed(
        "commands.register:register",
        "Write FOLDER/register.json, once; its SHA-256 is the election's number, to be published.",
    ),
    "accuracy-deck": Listed(
        "commands.keeping:accuracy_deck",
        "Draw a deck of test ballots into TARGET, and seal what must come out, before anybody marks one.",
    ),
    "accuracy-check": Listed(
        "commands.keeping:accuracy_check",
        "Open what was sealed in DECK, and compare the RESULT of the test with it, number by number.",
    ),
    "backup": Listed(
        "commands.keeping:backup",
        "Copy FOLDER whole to TARGET, on another medium, and compare every file with it.",
    ),
    "restore": Listed(
        "commands.keeping:restore",
        "Bring the copy in COPY back into TARGET, which is not there yet: every file, or none.",
    ),
    "import": Listed(
        "commands.election:import_",
        "Check the closing BUNDLES of the branches, together with those imported before.",
    ),
    "missing": Listed(
        "commands.missing:missing",
        "Declare each DEVICE finally missing; what it hands in later is not counted.",
    ),
    "rule": Listed(
        "commands.ruling:rule",
        "Choose which of two closings of a device counts, and revoke cards; two offices sign.",
    ),
    "reconcile": Listed(
        "commands.provisional:reconcile", "Decide which provisional ballots count, and sign."
    ),
    "countersign": Listed(
        "commands.provisional:countersign",
        "Sign DECISIONS as the supervision board's observer, in the file itself.",
    ),
    "exclude": Listed(
        "commands.provisional:exclude",
        "Take over DECISIONS about provisional ballots, before `batches` or `tally`.",
    ),
    "tally": Listed(
        "commands.election:tally",
        "Mix, decrypt and count the imported ballots, allocate seats, write and verify the archives.",
    ),
    "batches": Listed(
        "commands.mixing:batches",
        "Put the imported ballots of FOLDER into archives in TARGET, ready to be mixed.",
    ),
    "mix": Listed(
        "commands.mixing:mix",
        "Shuffle every archive of TARGET (a folder of batches, or one archive), and prove it.",
    ),
    "decrypt": Listed(
        "commands.mixing:decrypt", "Add your part of the decryption to every archive of TARGET."
    ),
    "conclude": Listed(
        "commands.mixing:conclude",
        "Read the result out of the archives in TARGET, allocate the seats, and sign the index.",
    ),
    "lot": Listed(
        "commands.lot:lot",
        "Record the public VALUE of a lot, once, when nobody can choose any more what it will suit.",
    ),
    "seats": Listed(
        "commands.seats:seats", "Allocate seats from published votes, and explain every step."
    ),
    "listen": Listed(
        "commands.listen:listen",
        "Write every title and name of an election as voters will hear it, to be proof-listened.",
    ),
    "check-report": Listed(
        "commands.check_report:check_report",
        "Check by the TEXT of the QR code on a device's closing report whether its votes are in the result.",
    ),
    "verify": Listed(
        "commands.verify:verify",
        "Check every proof, signature and number of FILE by the strict rules.",
    ),
    "verify-page": Listed(
        "commands.verify_page:verify_page",
        "Write ONE web page with which anybody checks archives in a browser, without a network.",
    ),
    "publish": Listed(
        "commands.publish:publish",
        "Verify the count in FOLDER and make a web site of it, for everybody to read and to check.",
    ),
    "check-challenge": Listed(
        "commands.challenge:check_challenge",
        "Check with a challenge TICKET whether the voting machine sealed what it showed.",
    ),
    "check-page": Listed(
        "commands.challenge:check_page",
        "Write ONE web page with which voters check challenges on their phones, without a network.",
    ),
}


class _Steps(LazyGroup):
    listed = STEPS


@click.group(cls=_Steps)
@click.pass_context
def election(context: click.Context) -> None:
    """Run an election at headquarters, before and after the day.

    \b
    The steps, in order, all in one folder:
        amin election new FOLDER             keys, trustees, a plan to edit
        amin election office-key …           each other office makes its own keys
        amin election ceremony …             or: trustees at machines of their own, k of n
        amin election plan-capacity …        how many devices a branch needs
        amin election add-candidates …       who stands, from CSV files
        amin election recordings FOLDER      recorded speech and films in sign language, if there are any
        amin election add-authorities …      whose identity documents give a ballot
        amin election package FOLDER         enrol devices, sign the package
        amin election operator-cards …       PIN letters and certificates of officers and supervisors
        amin election authorization-cards …  the cards that voters carry to the terminal
        amin election register FOLDER        the register and its number, to be published
        amin election backup, restore        the folder on another medium, compared
        amin election accuracy-deck, accuracy-check     a test with a sealed result, before delivery
        …                                    the day, in the branches
        amin election import FOLDER FILES    check what the branches bring back
        amin election missing FOLDER …       devices that will never come
        amin election rule FOLDER …          devices that closed twice, cards that are revoked
        amin election reconcile, countersign, exclude     provisional ballots, if there are any
        amin election tally FOLDER           mix, decrypt, count, seats, archives: all here, or
        amin election batches FOLDER TARGET  … by different people on different machines:
        amin election mix TARGET …               each trustee in turn
        amin election decrypt TARGET …           enough trustees
        amin election conclude FOLDER TARGET     headquarters again: result, seats, index
        amin election lot FOLDER …           the public value that separates equals
        amin election verify FILE            check an archive or an index, like anybody else can
        amin election publish FOLDER …       the web site of the results

    Do this on a machine that is never on a network. The folder keys/ opens the sealed votes and
    signs packages, keys/root/ enrols devices: take that one away when it is done. Both are encrypted.
    Each file in trustees/ belongs to one person. Keep them apart.
    """
    if not is_help_asked(context):
        _test_arithmetic()


def _test_arithmetic() -> None:
    """Refuse to work with libraries that compute wrongly."""
    from commands.speaking import refusal
    from crypto import group, hybrid
    from crypto.errors import CryptoError
    from election.because import because

    try:
        group.self_test()
        hybrid.self_test()
    except CryptoError as trouble:
        raise refusal(because(trouble)) from trouble
