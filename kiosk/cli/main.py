"""`amin`: the one command, and the composition root that brings the rooms together.

Rooms a production installation leaves out (simulators, headquarters) are imported inside the commands
that need them.
"""

from __future__ import annotations

import click

from kiosk.cli.demo.command import demo
from kiosk.cli.doctor import doctor
from kiosk.cli.election import election
from kiosk.cli.station import station


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="amin")
def main() -> None:
    """Amin (امین): the software of an electronic polling branch.

    \b
    Begin with a whole day on simulated hardware:
        amin demo                 windows, played by hand
        amin demo --headless      played by robots, with a report and pictures
    """


main.add_command(demo)
main.add_command(doctor)
main.add_command(election)
main.add_command(station)

if __name__ == "__main__":
    main()
