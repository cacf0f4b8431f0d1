"""Keep closing bundles that were accepted, and set aside what was not.

    bundles/<name>-<12 digits of its SHA-256>.bundle     brought, and accepted or not checked yet
    set-aside/<word of the refusal>/<name>.bundle        refused; delete what nobody needs

A file is copied to where it belongs before the other copy goes: killed in between, both are there, and the
next import goes on. What was brought stays where it was.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from election.files import replace_file
from election.reasons import BundleReason
from election.usb_drive import GatheredFiles
from headquarters.workspace import read_brought_file, read_file

_TOLD_ONCE: Final = frozenset({BundleReason.FORMAT.value, BundleReason.VERSION.value})
_SUFFIX: Final = ".bundle"


@dataclass(frozen=True, slots=True)
class BundleFolder:
    """The two folders of an election's bundles."""

    bundles: Path
    aside: Path

    def bring(self, paths: Iterable[Path]) -> None:
        """Copy files in under their hash. Raises `FolderError`, `OSError`."""
        self.bundles.mkdir(exist_ok=True)
        gathered = GatheredFiles()
        for path in paths:
            data = read_brought_file(path, gathered)
            name = f"{path.stem[:40]}-{hashlib.sha256(data).hexdigest()[:12]}{_SUFFIX}"
            place = self.kept(name)
            if not place.exists() or read_file(place) != data:
                replace_file(place, data)

    def places(self) -> dict[str, Path]:
        """Return where every file is, by its name; not those that are no bundles at all."""
        if not self.bundles.exists():
            return {}
        aside = {
            path.name: path
            for path in self.aside.glob(f"*/*{_SUFFIX}")
            if path.parent.name not in _TOLD_ONCE
        }
        kept = (
            name
            for name in os.listdir(self.bundles)  # noqa: PTH208 - thousands
            if name.endswith(_SUFFIX)
        )
        return {**aside, **{name: self.bundles / name for name in kept}}

    def is_kept(self, path: Path) -> bool:
        """Return whether a file is not set aside."""
        return os.path.dirname(path) == str(self.bundles)  # noqa: PTH120 - of thousands of files

    def kept(self, name: str) -> Path:
        """Return the place of a file that is accepted."""
        return self.bundles / name

    def keep(self, path: Path) -> None:
        """Take a file back that was set aside."""
        if not self.is_kept(path):
            self._move(path, self.kept(path.name))

    def set_aside(self, path: Path, reason: BundleReason) -> None:
        """Put a file aside under the word of its refusal."""
        place = self.aside / reason.value / path.name
        if place != path:
            place.parent.mkdir(parents=True, exist_ok=True)
            self._move(path, place)

    def _move(self, path: Path, place: Path) -> None:
        replace_file(place, read_file(path))
        path.unlink()
