"""List the steps of an election at headquarters: `amin election`.

Exit status: 0 done, 1 done and something is wrong (named, one line each), 2 unusable input.
With `--json` one object goes to standard output; progress and messages go to standard error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click

from commands.lazy import LazyGroup, is_help_asked

STEPS: Final[Mapping[str, str]] = {
    "new": "commands.election:new",
    "office-key": "commands.office_keys:office_key",
    "change-lock": "commands.office_keys:change_lock",
    "ceremony": "commands.ceremony:ceremony",
    "plan-capacity": "commands.plan_capacity:plan_capacity",
    "branches": "commands.branches:branches",
    "readiness": "commands.readiness:readiness",
    "add-candidates": "commands.election:add_candidates",
    "recordings": "commands.election:recordings",
    "roll": "commands.election:roll",
    "add-authorities": "commands.add_authorities:add_authorities",
    "package": "commands.election:package",
    "operator-cards": "commands.card_making:operator_cards",
    "authorization-cards": "commands.card_making:authorization_cards",
    "register": "commands.register:register",
    "accuracy-deck": "commands.keeping:accuracy_deck",
    "accuracy-check": "commands.keeping:accuracy_check",
    "inventory": "commands.keeping:inventory",
    "custody-forms": "commands.keeping:custody_forms",
    "backup": "commands.keeping:backup",
    "restore": "commands.keeping:restore",
    "import": "commands.election:import_",
    "hand-over": "commands.rescue:hand_over",
    "arrivals": "commands.missing:arrivals",
    "missing": "commands.missing:missing",
    "rule": "commands.ruling:rule",
    "reconcile": "commands.provisional:reconcile",
    "countersign": "commands.provisional:countersign",
    "exclude": "commands.provisional:exclude",
    "tally": "commands.election:tally",
    "batches": "commands.mixing:batches",
    "mix": "commands.mixing:mix",
    "decrypt": "commands.mixing:decrypt",
    "conclude": "commands.mixing:conclude",
    "lot": "commands.lot:lot",
    "seats": "commands.seats:seats",
    "listen": "commands.listen:listen",
    "check-report": "commands.check_report:check_report",
    "verify": "commands.verify:verify",
    "verify-page": "commands.verify_page:verify_page",
    "publish": "commands.publish:publish",
    "check-challenge": "commands.challenge:check_challenge",
    "check-page": "commands.challenge:check_page",
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
        amin election branches FOLDER …      branches and devices of a country, from tables
        amin election readiness FOLDER …     whether the branches' places are ready, and what to mend
        amin election add-candidates …       who stands, from CSV files
        amin election recordings FOLDER      recorded speech and films in sign language, if there are any
        amin election roll FOLDER …          who may vote, for documents without a chip
        amin election add-authorities …      whose identity documents give a ballot
        amin election package FOLDER         enrol devices, sign the package
        amin election operator-cards …       PIN letters and certificates of officers and supervisors
        amin election authorization-cards …  the cards that voters carry to the terminal
        amin election register FOLDER        the register and its number, to be published
        amin election backup, restore        the folder on another medium, compared
        amin election accuracy-deck, accuracy-check     a test with a sealed result, before delivery
        amin election inventory FOLDER …                numbers of devices, and goods, from tables
        amin election custody-forms FOLDER TARGET       forms for seals, media and hand-over
        …                                    the day, in the branches
        amin election hand-over FOLDER …     to a spare, where no device of a branch lives
        amin election import FOLDER FILES    check what the branches bring back
        amin election arrivals FOLDER        which branches are here, and which are not, by district
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
