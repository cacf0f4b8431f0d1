"""Basic widgets that every screen is made of; all take a `Look` first.

`make_look(dpi, presentation)` gives the look; put `look.style.stylesheet()` and
`look.direction` on the window, whose objectName is `window`.
"""

from ui.widgets.buttons import SPELLS, Button, ButtonKind
from ui.widgets.dialog import Dialog
from ui.widgets.frames import (
    BorderedFrame,
    FooterBar,
    HeaderBar,
    ModeBanner,
    NoticeBanner,
    Pages,
    clear,
    column,
    discard,
    row,
)
from ui.widgets.keyboard import Keyboard, KeyOrder
from ui.widgets.keypad import CodeBoxes, Keypad
from ui.widgets.labels import Emblem, Icon, Label, Photo, Tone, draw_photo
from ui.widgets.look import Look, make_look
from ui.widgets.qr import QrCode, qr_matrix
from ui.widgets.stage import FocusRank, Stage, Veil, claim_focus

__all__ = [
    "SPELLS",
    "BorderedFrame",
    "Button",
    "ButtonKind",
    "CodeBoxes",
    "Dialog",
    "Emblem",
    "FocusRank",
    "FooterBar",
    "HeaderBar",
    "Icon",
    "KeyOrder",
    "Keyboard",
    "Keypad",
    "Label",
    "Look",
    "ModeBanner",
    "NoticeBanner",
    "Pages",
    "Photo",
    "QrCode",
    "Stage",
    "Tone",
    "Veil",
    "claim_focus",
    "clear",
    "column",
    "discard",
    "draw_photo",
    "make_look",
    "qr_matrix",
    "row",
]
