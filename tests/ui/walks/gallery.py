"""Pictures of every screen with a page to look through them: `make gallery`; the chosen few of the documents.

python -m tests.ui.walks.gallery OUT [--form TEXT] [--only TEXT] [--all]
python -m tests.ui.walks.gallery --chosen     # draws docs/gallery anew
"""

from __future__ import annotations

import html
import os
from collections.abc import Iterator
from pathlib import Path

import click

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from kiosk.flows.ballot.states import Presentation, TextSize, Theme
from tests.ui.walks.forms import SCREENS_MM, DrawnForm, all_forms
from tests.ui.walks.screens import WalkedScreen, screens
from tests.ui.walks.walk import walk
from words.text import ENGLISH, PERSIAN

CHOSEN_FOLDER = Path(__file__).parents[3] / "docs" / "gallery"
USUAL = SCREENS_MM[1]
UPRIGHT = SCREENS_MM[3]
SMALLEST = SCREENS_MM[0]


def _form(
    language: str,
    size: TextSize = TextSize.NORMAL,
    screen: tuple[int, int] = USUAL,
    theme: Theme = Theme.DEFAULT,
) -> DrawnForm:
    return DrawnForm(Presentation(ENGLISH if language == "en" else PERSIAN, size, theme), screen)


CHOSEN: dict[str, tuple[str, DrawnForm]] = {
    "idle": ("voter/01-idle", _form("fa")),
    "name": ("voter/05-marking-name", _form("fa")),
    "name-largest": ("voter/05-marking-no-keyboard", _form("fa", TextSize.LARGEST)),
    "all-upright": (
        "voter/08-marking-all", _form("en", TextSize.NORMAL, UPRIGHT, Theme.WHITE_ON_BLACK)
    ),
    "code": ("voter/06-marking-code-found", _form("en")),
    "review": ("voter/14-review-full", _form("fa")),
    "cast": ("voter/17-cast", _form("fa")),
    "recorded": ("voter/20-recorded", _form("en")),
    "finger": ("identity/finger-place-finger", _form("fa")),
    "finger-largest": ("identity/finger-place-finger", _form("en", TextSize.LARGEST, SMALLEST)),
    "guide": ("console/console-ready", _form("fa")),
}  # fmt: skip
"""Pictures of `docs/gallery` by name; a test draws them again and compares."""


def drawn(screen: str, form: DrawnForm) -> QImage:
    """Return the picture of one screen in one form."""
    found: list[QImage] = []

    def keep(_: WalkedScreen, window: QWidget, _found: list[str]) -> None:
        found.append(window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32))

    walk(form, [one for one in screens(form) if str(one) == screen], keep)
    return found[0]


def difference(one: QImage, other: QImage) -> float:
    """Return the share of pixels, at a quarter of the size, that differ visibly (by more than a tenth)."""
    if one.size() != other.size():
        return 1.0
    smooth = Qt.TransformationMode.SmoothTransformation
    grey = QImage.Format.Format_Grayscale8
    wide = one.width() // 16 * 4  # rows of grey pixels are filled up to four bytes
    small = [x.scaledToWidth(wide, smooth).convertToFormat(grey) for x in (one, other)]
    pairs = zip(*(bytes(x.constBits()) for x in small), strict=True)
    differing = sum(abs(int(a) - int(b)) > 25 for a, b in pairs)
    return float(differing / (small[0].width() * small[0].height()))


def forms(*, every: bool) -> Iterator[DrawnForm]:
    """Yield the forms of the gallery; without `every` the themes only at normal text on the usual screen."""
    for form in all_forms():
        usual = form.look.size is TextSize.NORMAL and form.screen_mm == USUAL
        plain = form.look.theme is Theme.DEFAULT and form.screen_mm != SCREENS_MM[2]
        if every or usual or plain:
            yield form


@click.command()
@click.argument("out", type=click.Path(path_type=Path), required=False)
@click.option("--form", "wanted", default="", help="Only forms whose name contains this.")
@click.option("--only", default="", help="Only screens whose name contains this.")
@click.option("--all", "every", is_flag=True, help="All forms: some hundred megabytes.")
@click.option("--chosen", is_flag=True, help="Draw the pictures of docs/gallery anew.")
def main(out: Path | None, wanted: str, only: str, *, every: bool, chosen: bool) -> None:
    """Draw the gallery into OUT; `index.html` shows it."""
    app = QApplication.instance() or QApplication([])
    if chosen:
        CHOSEN_FOLDER.mkdir(exist_ok=True)
        for name, (screen, form) in CHOSEN.items():
            drawn(screen, form).save(str(CHOSEN_FOLDER / f"{name}.png"))
        return
    if out is None:
        raise click.UsageError("where to? name a folder")
    out.mkdir(parents=True, exist_ok=True)
    made: dict[str, list[tuple[str, str]]] = {}
    for form in forms(every=every):
        if wanted not in str(form):
            continue

        def keep(
            screen: WalkedScreen, window: QWidget, _found: list[str], form: DrawnForm = form
        ) -> None:
            file = f"{str(screen).replace('/', '-')}--{form}.jpg"
            picture = window.grab().scaledToWidth(
                window.width() // 2, Qt.TransformationMode.SmoothTransformation
            )
            picture.save(str(out / file), "JPG", 80)
            made.setdefault(str(screen), []).append((str(form), file))

        walk(form, [one for one in screens(form) if only in str(one)], keep)
        click.echo(f"{form}: {sum(map(len, made.values()))} pictures")
    (out / "index.html").write_text(page(made), encoding="utf-8")
    click.echo(f"{out / 'index.html'}")
    del app


def page(made: dict[str, list[tuple[str, str]]]) -> str:
    """Return the index page: a row for each screen, a picture for each form, filtered by what is typed."""
    rows = []
    for screen, pictures in made.items():
        figures = "".join(
            f'<figure data-form="{html.escape(form)}"><a href="{html.escape(file)}">'
            f'<img loading="lazy" src="{html.escape(file)}" alt="{html.escape(screen)}"></a>'
            f"<figcaption>{html.escape(form)}</figcaption></figure>"
            for form, file in pictures
        )
        rows.append(
            f'<section><h2>{html.escape(screen)}</h2><div class="row">{figures}</div></section>'
        )
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Screens</title>
<style>
body {{ font: 16px/1.4 sans-serif; margin: 1rem; background: #f6f8f8; color: #14191c; }}
.row {{ display: flex; gap: .6rem; overflow-x: auto; }}
figure {{ margin: 0; flex: none; }}
img {{ height: 240px; border: 1px solid #77868a; }}
figcaption {{ font-size: .75rem; }}
input {{ font-size: 1.1rem; padding: .3rem; width: 24rem; }}
</style>
<h1>Screens</h1>
<p><label>Show only: <input id="q" placeholder="fa-largest, voter/, 280x500 …"></label></p>
{"".join(rows)}
<script>
const q = document.getElementById("q");
q.addEventListener("input", () => {{
  const words = q.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const s of document.querySelectorAll("section")) {{
    const name = s.querySelector("h2").textContent.toLowerCase();
    let any = false;
    for (const f of s.querySelectorAll("figure")) {{
      const text = name + " " + f.dataset.form;
      const on = words.every(w => text.includes(w));
      f.hidden = !on; f.style.display = on ? "" : "none"; any = any || on;
    }}
    s.hidden = !any;
  }}
}});
</script>
</html>
"""


if __name__ == "__main__":
    main()
