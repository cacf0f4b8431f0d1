"""Order in which a page is read, heard and gone through by keys: that of its layouts.

Qt's own order is that in which widgets were made, and it goes through what is hidden. A layout says what
belongs together: a column is read to its end before the one beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QGridLayout, QLayout, QScrollArea, QWidget


def in_reading_order(widget: QWidget) -> Iterator[QWidget]:
    """Yield the widgets inside a widget; what no layout holds comes after what one does."""
    placed: set[QWidget] = set()
    for child in _children(widget):
        if child not in placed:
            placed.add(child)
            yield child
            yield from in_reading_order(child)


def _children(widget: QWidget) -> Iterator[QWidget]:
    if isinstance(widget, QScrollArea):
        content = widget.widget()
        if content is not None:
            yield content
        return
    children = [child for child in widget.children() if isinstance(child, QWidget)]
    layout = widget.layout()
    if layout is not None:
        yield from _held(layout, children)
    yield from children


def _held(layout: QLayout, widgets: list[QWidget]) -> Iterator[QWidget]:
    """Yield those of the widgets that a layout holds, a grid row by row.

    The layout is asked where they are: PySide frees what `itemAt` gives once too often.
    """
    parts = [
        (_place(layout, place), part)
        for part in (*widgets, *layout.children())
        if isinstance(part, QWidget | QLayout) and (place := layout.indexOf(part)) >= 0
    ]
    for _, part in sorted(parts, key=lambda one: one[0]):
        if isinstance(part, QWidget):
            yield part
        else:
            yield from _held(part, widgets)


def _place(layout: QLayout, place: int) -> tuple[int, int]:
    if isinstance(layout, QGridLayout):
        cell: tuple[int, ...] = layout.getItemPosition(place)  # type: ignore[assignment]
        return cell[0], cell[1]
    return place, 0
