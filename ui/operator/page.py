"""Parts that console screens share."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar

from ui.widgets.look import Look


def progress_bar(look: Look) -> QProgressBar:
    """Return a progress bar called `progress`, without text."""
    bar = QProgressBar()
    bar.setTextVisible(False)
    bar.setObjectName("progress")
    bar.setAccessibleName(look.t("Progress"))
    return bar


def set_progress(bar: QProgressBar, progress: float | None) -> None:
    """Set the progress (0…1); None shows a bar that runs to and fro."""
    if progress is None:
        bar.setRange(0, 0)
    else:
        bar.setRange(0, 1000)
        bar.setValue(round(progress * 1000))
