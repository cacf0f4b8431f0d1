"""Remove what an earlier version left of a roll when it was killed: entries in the order of the register."""

from __future__ import annotations

import shutil

from headquarters.workspace import ElectionFolder


def clear_parts(folder: ElectionFolder) -> None:
    """Remove them; nothing else in that folder is called so. Raises `OSError`."""
    for left in folder.roll.glob("tmp*"):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()
