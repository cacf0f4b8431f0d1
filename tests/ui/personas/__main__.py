"""Play everybody at the real terminal, then random acts: `python -m tests.ui.personas`.

Screens and text sizes are drawn for each persona. Ends with 1 if anything went wrong; seed and persona
say how to see it again.
"""

from __future__ import annotations

import os
import random
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial

import click
from PySide6.QtWidgets import QApplication

from tests.ui.personas.persona import Persona, Way, shuffled
from tests.ui.personas.visit import Visit
from tests.ui.personas.walk import widget_walk
from tests.ui.sample import make_sample
from ui.ballot.window import BallotWindow
from words.languages import for_voters

SCREENS = ((1285, 801), (1020, 737), (1814, 1020), (1058, 1890))
"""340 × 212, 270 × 195, 480 × 270 and 280 × 500 mm."""
DPI = 96.0


@click.command()
@click.option("--seed", default=0, envvar="SEED", help="Who comes first, and what each means.")
@click.option("--minutes", type=float, default=60.0, show_default=True, help="Begin nothing after.")
@click.option("--acts", default=300, show_default=True, help="Random acts of each way.")
@click.option("--only", default="", help="Only personas whose name contains this.")
@click.option("--share", default="1/1", help="`1/2`: the first half of the personas.")
def main(seed: int, minutes: float, acts: int, only: str, share: str) -> None:
    """Play all personas, and random acts of each way; exit status 1 if anything is wrong."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication([])
    until = time.monotonic() + 60 * minutes
    sample = make_sample(candidates=420)
    click.echo(f"seed {seed}")
    done, failed = 0, []

    def tried(name: str, play: Callable[[BallotWindow, random.Random], object]) -> None:
        nonlocal done
        rng = random.Random(f"{seed} {name}")
        window = BallotWindow(DPI, sample.portraits)
        screen = rng.choice(SCREENS)
        window.resize(*screen)
        window.show()
        try:
            play(window, rng)
        except Exception:  # noqa: BLE001 - whatever it is, it is told, and the others follow
            failed.append(name)
            click.echo(f"WRONG: {name}, {screen[0]} × {screen[1]} px\n{traceback.format_exc()}")
        done += 1
        click.echo(f"{done} played, the last: {name}", err=True)
        window.close()
        window.deleteLater()

    def visited(persona: Persona, window: BallotWindow, rng: random.Random) -> None:
        Visit(window, sample, persona, rng).play()

    def walked(way: Way, window: BallotWindow, rng: random.Random) -> None:
        language = rng.choice([one.id for one in for_voters()])
        widget_walk(window, sample, way, language, rng.getrandbits(32), acts)

    part, parts = map(int, share.split("/"))
    people = [one for one in shuffled(seed) if only in one.name][part - 1 :: parts]
    # Some of each first, so that a short time has both.
    ways = list(Way)[part - 1 :: parts]
    for place, persona in enumerate(people):
        if time.monotonic() > until:
            break
        tried(persona.name, partial(visited, persona))
        if place < len(ways) and not only:
            tried(f"walk, {ways[place]}", partial(walked, ways[place]))
    click.echo(f"{done} played, {len(failed)} wrong")
    app.quit()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
