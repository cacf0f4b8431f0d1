"""Run one device of a branch: `amin station`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--config",
    "config_path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="station.toml of this device.",
)
@click.option("--robot", type=click.Path(path_type=Path), hidden=True)
def station(config_path: Path, robot: Path | None) -> None:
    """Run the identity station or the ballot terminal, as its configuration says.

    Where amin-simulators is installed every screen says SIMULATION, and only a rehearsal is loaded.
    """
    from drivers.private_process import (
        keep_files_private,
        keep_memory_off_the_disk,
        overwrite_freed_memory,
    )
    from kiosk import configuration
    from ui.whole_classes import make_classes_at_once

    config = configuration.read(config_path)
    overwrite_freed_memory()
    make_classes_at_once()
    # Screens and devices take most of a second to import: not for a line of help, nor for a wrong file.
    from commands.station import run_station
    from crypto import group, hybrid

    keep_files_private()
    keep_memory_off_the_disk()
    group.self_test()
    hybrid.self_test()
    raise click.exceptions.Exit(run_station(config, robot))
