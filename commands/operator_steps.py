"""List what people do at a branch's device beside its screens: `amin operator`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click

from commands.lazy import LazyGroup, Listed

OPERATOR_STEPS: Final[Mapping[str, Listed]] = {
    "rescue": Listed(
        "commands.rescue:rescue",
        "Hand in what a dead terminal recorded: MEMORIES are its folders, or sticks of it.",
    ),
    "provision": Listed(
        "commands.provisioning:provision",
        "Make a device's keys in FOLDER, on the device, and its request to be enrolled.",
    ),
    "configure": Listed(
        "commands.provisioning:configure",
        "Write a device's settings, FOLDER/station.toml, from what headquarters brought on a drive.",
    ),
    "open-keys": Listed(
        "commands.provisioning:open_keys",
        "Open a device's closed keys into a folder in memory, before its station starts.",
    ),
    "card-request": Listed(
        "commands.card_making:card_request",
        "Let the card in the reader ask for its certificate, with the key that it just made.",
    ),
    "wipe": Listed(
        "commands.provisioning:wipe",
        "Overwrite a device's keys and media after the election, and write a record for headquarters.",
    ),
    "medium-test": Listed(
        "commands.provisioning:medium_test",
        "Fill a medium, read all of it back, and say whether it is as large and as true as it claims.",
    ),
    "log": Listed("commands.operator_steps:log", "Verify, read and hand on a device's audit log."),
}
LOG_STEPS: Final[Mapping[str, Listed]] = {
    "verify": Listed(
        "commands.device_log:verify",
        "Check every entry of LOG, their chain, and that nothing is missing at its end.",
    ),
    "show": Listed("commands.device_log:show", "Say what happened on a device, entry by entry."),
    "export": Listed(
        "commands.device_log:export",
        "Write LOG in the common format for election event logs, NIST SP 1500-101.",
    ),
}


class _Operator(LazyGroup):
    listed = OPERATOR_STEPS


class _Log(LazyGroup):
    listed = LOG_STEPS


@click.group(cls=_Operator)
def operator() -> None:
    """Look after the devices of a branch, beside their screens.

    What is done at a device by cards is done on its screen; here is what headquarters, auditors and
    technicians do with what a device leaves behind.
    """


@click.group(cls=_Log)
def log() -> None:
    """Verify, read and hand on a device's audit log.

    \b
    A device writes one line for each thing that happens, signs it, and chains it to the line before.
    The log comes along with the closing bundle on the USB drive:
        amin operator log verify terminal-1.audit.jsonl --register register.json
        amin operator log show   terminal-1.audit.jsonl
        amin operator log export terminal-1.audit.jsonl --register register.json --out log.json

    A chain shows every line that was changed, taken out, put in or exchanged, but not that its end was
    cut off. That shows by what was kept elsewhere: the closing bundle with the acts that two cards
    signed, anchors, and the length and hash on a printed report.
    """
