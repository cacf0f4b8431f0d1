"""Where things of a demo day lie. Everything is left there for the curious, except the wires."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from election.definition import DeviceId
from headquarters.workspace import ElectionFolder


@dataclass(frozen=True, slots=True)
class DayFolders:
    root: Path
    wires: Path
    """Sockets and serial links: short paths (a Unix socket's has at most 107 bytes), gone afterwards."""

    @classmethod
    def make(cls, root: Path) -> DayFolders:
        """Make the folders. Raises `FileExistsError` if `root` holds something already."""
        if root.exists() and any(root.iterdir()):
            raise FileExistsError(root)
        places = cls(root.resolve(), Path(tempfile.mkdtemp(prefix="amin-")))
        for folder in (places.headquarters, places.usb, places.screens):
            folder.mkdir(parents=True, exist_ok=True)
        places.receipts.mkdir(exist_ok=True)
        return places

    @property
    def headquarters(self) -> Path:
        return self.root / "headquarters"

    @property
    def office(self) -> ElectionFolder:
        """The election's folder at headquarters; the count's target is `root` itself."""
        return ElectionFolder(self.headquarters)

    @property
    def usb(self) -> Path:
        """The USB drive that travels between headquarters and the branch."""
        return self.root / "usb"

    @property
    def screens(self) -> Path:
        return self.root / "screens"

    @property
    def receipts(self) -> Path:
        """What the simulated printers printed."""
        return self.root / "receipts"

    def device(self, device: DeviceId) -> DevicePlaces:
        return DevicePlaces(self.root / "devices" / device)

    def clear_wires(self) -> None:
        shutil.rmtree(self.wires, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class DevicePlaces:
    root: Path

    @property
    def configuration(self) -> Path:
        return self.root / "station.toml"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def mirror(self) -> Path:
        return self.root / "mirror"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def log(self) -> Path:
        return self.root / "station.log"
