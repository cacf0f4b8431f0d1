"""Folders of a demo day; everything but the wires stays there after the day."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from election.definition import DeviceId
from election.files import real_path
from headquarters.workspace import ElectionFolder


@dataclass(frozen=True, slots=True)
class DayFolders:
    """Folder of the day and what lies in it."""

    root: Path
    wires: Path
    """Sockets and serial links: short paths (a Unix socket's has at most 107 bytes), gone afterwards."""

    @classmethod
    def make(cls, root: Path) -> DayFolders:
        """Make the folders. Raises `FileExistsError` if `root` holds something already."""
        if root.exists() and any(root.iterdir()):
            raise FileExistsError(root)
        places = cls(real_path(root), Path(tempfile.mkdtemp(prefix="amin-")))
        for folder in (places.headquarters, places.usb, places.screens):
            folder.mkdir(parents=True, exist_ok=True)
        places.receipts.mkdir(exist_ok=True)
        return places

    @property
    def headquarters(self) -> Path:
        """Folder of headquarters."""
        return self.root / "headquarters"

    @property
    def office(self) -> ElectionFolder:
        """Election's folder at headquarters; the count's target is `root` itself."""
        return ElectionFolder(self.headquarters)

    def own(self, office: str) -> Path:
        """Return the folder of another office's keys, at its own machine."""
        return self.root / "offices" / office

    @property
    def safe(self) -> Path:
        """Where the root's key is taken when everybody is enrolled."""
        return self.root / "safe"

    @property
    def usb(self) -> Path:
        """USB drive that travels between headquarters and the branch."""
        return self.root / "usb"

    @property
    def screens(self) -> Path:
        """Pictures of the screens."""
        return self.root / "screens"

    @property
    def receipts(self) -> Path:
        """Slips of the simulated printers."""
        return self.root / "receipts"

    @property
    def claims(self) -> Path:
        """Book of the branch's registry; its machine is one of the branch's."""
        return self.root / "devices" / "claims.db"

    def device(self, device: DeviceId) -> DevicePlaces:
        """Return the folders of a device."""
        return DevicePlaces(self.root / "devices" / device)

    def clear_wires(self) -> None:
        """Remove sockets and serial links."""
        shutil.rmtree(self.wires, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class DevicePlaces:
    """Folder of a device and what lies in it."""

    root: Path

    @property
    def configuration(self) -> Path:
        """Station's configuration file."""
        return self.root / "station.toml"

    @property
    def data(self) -> Path:
        """First medium."""
        return self.root / "data"

    @property
    def mirror(self) -> Path:
        """Second medium."""
        return self.root / "mirror"

    @property
    def keys(self) -> Path:
        """Device's keys."""
        return self.root / "keys"

    @property
    def log(self) -> Path:
        """Log of the station's process."""
        return self.root / "station.log"
