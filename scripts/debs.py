"""What is in each Debian package that `scripts/deb` makes: a polling device, and a registry's machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAINTAINER_SCRIPTS = ("preinst", "postinst", "prerm", "postrm")
Places = Mapping[str, tuple[str, int]]


@dataclass(frozen=True)
class Recipe:
    """One package."""

    name: str
    folder: Path
    """Units, settings, control file and maintainer's scripts."""
    places: Places
    """By file of the folder: where it lies on the machine, and its mode."""
    configuration: tuple[str, ...]
    """Files that an administrator changes and an upgrade leaves as they are."""
    guides: tuple[str, ...]
    """Of docs/, in both languages where there are two."""
    extras: tuple[str, ...] = ()
    """Optional dependencies of pyproject.toml that come along."""
    without: frozenset[str] = frozenset()
    """Rooms and libraries that stay out, as they are called in site-packages."""
    words: tuple[str, ...] = ()
    """Commands of `amin` that are offered; all if none is named."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Symbolic links, by place."""

    @property
    def home(self) -> Path:
        """Where program and libraries lie."""
        return Path("usr/lib") / self.name

    @property
    def site(self) -> Path:
        """Python's folder of modules."""
        return self.home / "lib" / "python3.11" / "site-packages"

    @property
    def documents(self) -> Path:
        """Where guides, copyright and list of parts lie."""
        return Path("usr/share/doc") / self.name


DEVICE = Recipe(
    name="amin",
    folder=ROOT / "packaging" / "device",
    places={
        "amin.service": ("usr/lib/systemd/system/amin.service", 0o644),
        "amin-failed.service": ("usr/lib/systemd/system/amin-failed.service", 0o644),
        "failed": ("usr/lib/amin/failed", 0o755),
        "screen": ("usr/lib/amin/screen", 0o755),
        "station": ("usr/lib/amin/station", 0o755),
        "weston.ini": ("etc/amin/weston.ini", 0o644),
        "pam": ("etc/pam.d/amin", 0o644),
        "sysusers.conf": ("usr/lib/sysusers.d/amin.conf", 0o644),
        "tmpfiles.conf": ("usr/lib/tmpfiles.d/amin.conf", 0o644),
        "amin.rules": ("usr/lib/udev/rules.d/71-amin-keyboards.rules", 0o644),
        "logind.conf": ("usr/lib/systemd/logind.conf.d/amin.conf", 0o644),
        "journald.conf": ("usr/lib/systemd/journald.conf.d/amin.conf", 0o644),
        "sysctl.conf": ("usr/lib/sysctl.d/70-amin.conf", 0o644),
        "copyright": ("usr/share/doc/amin/copyright", 0o644),
        "lintian-overrides": ("usr/share/lintian/overrides/amin", 0o644),
    },
    configuration=("/etc/amin/weston.ini", "/etc/pam.d/amin"),
    guides=("operator-guide", "operator-day", "incidents"),
    # Ctrl-Alt-Del restarts nothing, also on an image that was put together where no systemd ran.
    links={"etc/systemd/system/ctrl-alt-del.target": "/dev/null"},
)
REGISTRY = Recipe(
    name="amin-registry",
    folder=ROOT / "packaging" / "registry",
    places={
        "amin-registry.service": ("usr/lib/systemd/system/amin-registry.service", 0o644),
        "amin-evaluator.service": ("usr/lib/systemd/system/amin-evaluator.service", 0o644),
        "amin-board.service": ("usr/lib/systemd/system/amin-board.service", 0o644),
        "amin-nginx.service": ("usr/lib/systemd/system/amin-nginx@.service", 0o644),
        "database": ("usr/sbin/amin-registry-database", 0o755),
        "registry.env": ("etc/amin-registry/registry.env", 0o644),
        "sysusers.conf": ("usr/lib/sysusers.d/amin-registry.conf", 0o644),
        "tmpfiles.conf": ("usr/lib/tmpfiles.d/amin-registry.conf", 0o644),
        "copyright": ("usr/share/doc/amin-registry/copyright", 0o644),
        "lintian-overrides": ("usr/share/lintian/overrides/amin-registry", 0o644),
    },
    configuration=("/etc/amin-registry/registry.env",),
    guides=("registry", "board"),
    extras=("registry",),
    without=frozenset(
        {
            *("kiosk", "ui", "PySide6", "shiboken6", "escpos", "barcode", "serial"),
            *("miniaudio", "_miniaudio.abi3.so"),
            *(f"commands/{x}.py" for x in ("booth", "devices", "operator_steps", "provisioning")),
            *(f"commands/{x}.py" for x in ("rescue", "station", "station_command")),
            "commands/doctor",
        }
    ),
    words=("board", "election", "registry"),
)
RECIPES = {recipe.name: recipe for recipe in (DEVICE, REGISTRY)}
