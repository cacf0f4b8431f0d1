"""`amin simulator`: the group. Its commands import no simulator before they run."""

from __future__ import annotations

import click

from simulators.commands.card_command import card
from simulators.commands.desk import desk
from simulators.commands.device_commands import fingerprint, io_board, printer, scanner, ups
from simulators.commands.drill import drill


@click.group()
def simulator() -> None:
    """One simulated device on a real wire, for any client in any language; `desk` is a whole branch.

    Each program prints `ready WHERE` once a client can connect, obeys commands on standard input, one
    a line, and answers each with one line: `ok`, or `error` and what to do. It ends at the end of
    its input, or by SIGTERM, and leaves nothing behind.

    \b
    Try one:
        amin simulator fingerprint --protocol sfm --link /tmp/finger
        ready /tmp/finger
        finger Ali                 (you write this; the module now feels Ali's finger)
        ok
        fault corrupt at 2         (the answer after the next has a wrong check sum)
        ok
        help                       (what else can be written)
    """


for command in (card, desk, drill, fingerprint, io_board, printer, scanner, ups):
    simulator.add_command(command)
