"""List what people do at a branch's device beside its screens: `amin operator`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click

from commands.lazy import LazyGroup

OPERATOR_STEPS: Final[Mapping[str, str]] = {
    "rescue": "commands.rescue:rescue",
    "provision": "commands.provisioning:provision",
    "configure": "commands.provisioning:configure",
    "open-keys": "commands.provisioning:open_keys",
    "card-request": "commands.card_making:card_request",
    "wipe": "commands.provisioning:wipe",
    "medium-test": "commands.provisioning:medium_test",
    "log": "commands.operator_steps:log",
}
LOG_STEPS: Final[Mapping[str, str]] = {
    "verify": "commands.device_log:verify",
    "show": "commands.device_log:show",
    "export": "commands.device_log:export",
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
