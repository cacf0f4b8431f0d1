"""Draw every screen in every form and say what is wrong: `make walks`."""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from pathlib import Path

import click

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QWidget

from tests.ui.walks.forms import all_forms
from tests.ui.walks.screens import WalkedScreen, screens
from tests.ui.walks.walk import walk


@click.command()
@click.option("--minutes", default=90.0, show_default=True, help="No new form is begun afterwards.")
@click.option("--seed", default=0, envvar="SEED", help="Order of the forms.")
@click.option("--form", "wanted", default="", help="Only forms whose name contains this.")
@click.option("--only", default="", help="Only screens whose name contains this.")
@click.option("--share", default="1/1", help="`1/2`: the first half of the forms.")
@click.option("--pictures", type=click.Path(path_type=Path), help="Folder for screens with faults.")
def main(
    minutes: float, seed: int, wanted: str, only: str, share: str, pictures: Path | None
) -> None:
    """Walk over all screens in all forms; exit status 1 if anything is wrong."""
    app = QApplication.instance() or QApplication([])
    end = time.monotonic() + minutes * 60
    forms = [form for form in all_forms() if wanted in str(form)]
    random.Random(seed).shuffle(forms)
    part, parts = map(int, share.split("/"))
    forms = forms[part - 1 :: parts]
    kinds: Counter[str] = Counter()
    drawn = done = 0
    for form in forms:
        if time.monotonic() > end:
            break
        chosen = [screen for screen in screens(form) if only in str(screen)]

        def keep(
            screen: WalkedScreen, window: QWidget, found: list[str], form: object = form
        ) -> None:
            if pictures is not None and found:
                pictures.mkdir(parents=True, exist_ok=True)
                window.grab().save(str(pictures / f"{str(screen).replace('/', '-')}--{form}.png"))

        began = time.monotonic()
        wrong = walk(form, chosen, keep)
        drawn, done = drawn + len(chosen), done + 1
        for name, found in wrong.items():
            for line in found:
                kinds[line.split(":")[0]] += 1
                click.echo(f"{form} {name}: {line}")
        took = time.monotonic() - began
        click.echo(f"{done} of {len(forms)} forms, the last in {took:.0f} s", err=True)
    click.echo(f"{done} of {len(forms)} forms, {drawn} screens drawn, seed {seed}")
    click.echo(", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) or "no faults")
    del app
    sys.exit(1 if kinds else 0)


if __name__ == "__main__":
    main()
