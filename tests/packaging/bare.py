"""A bare Debian 12 in a folder (debootstrap), where a package is installed as on a machine of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import click

MIRROR = "http://deb.debian.org/debian"
QUIET = {"DEBIAN_FRONTEND": "noninteractive"}
MINUTES = 30
"""Nothing that is run in it takes longer, also beside much else."""


def run(*words: str | Path, **more: object) -> str:
    """Run a program; what it said. Ends with that if it fails."""
    done = subprocess.run(
        [str(x) for x in words], capture_output=True, text=True, check=False, **more
    )  # type: ignore[call-overload]
    if done.returncode:
        raise click.ClickException(f"{words[:3]}: {done.stdout}{done.stderr}")
    return str(done.stdout) + str(done.stderr)


class Bare:
    """The tree. What runs in it sees its files, this machine's devices, and this machine's /tmp."""

    def __init__(self, folder: Path) -> None:
        """Make it: what `apt` and a login need, and nothing else."""
        self.root = folder / "bare"
        run("debootstrap", "--variant=minbase", "bookworm", self.root, MIRROR)
        self.had = self.packages()
        # Nobody needs it after a power cut: without a sync for each file of 200 packages.
        self.write("/etc/dpkg/dpkg.cfg.d/hurried", "force-unsafe-io\n")
        (self.root / "etc" / "resolv.conf").write_bytes(Path("/etc/resolv.conf").read_bytes())

    def words(self, *words: str) -> list[str]:
        """Return a command that runs `words` in the tree, under the process id that it is given."""
        root = self.root
        mounts = " && ".join(f"mount --rbind /{x} {root}/{x}" for x in ("proc", "dev", "tmp"))
        inside = f'{mounts} && exec /usr/sbin/chroot {root} "$@"'
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", inside, "sh", *words]

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it, with a plain environment."""
        env = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
        return subprocess.run(
            self.words(*words),
            env={**env, "LANG": "C.UTF-8", **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=60 * MINUTES,
        )

    def must(self, *words: str, **variables: str) -> str:
        """Run a command that has to succeed; what it said."""
        done = self.run(*words, **variables)
        if done.returncode:
            raise click.ClickException(f"{words[:3]}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout + done.stderr

    def packages(self) -> set[str]:
        """Return the names of what is installed."""
        listed = run(
            "dpkg-query", f"--admindir={self.root}/var/lib/dpkg", "-W", "-f", "${Package}\n"
        )
        return set(listed.split())

    def install(self, *packages: str | Path) -> None:
        """Install packages with what they depend on, and nothing that they only recommend."""
        names = []
        for package in packages:
            if isinstance(package, Path):
                target = self.root / "root" / package.name
                target.unlink(missing_ok=True)
                os.link(package, target) if _same(package, target) else _copy(package, target)
                names.append(f"/root/{package.name}")
            else:
                names.append(package)
        self.must("apt-get", "-q", "update", **QUIET)
        apt = ("apt-get", "-q", "-y", "--no-install-recommends", "install")
        self.must(*apt, *names, **QUIET)

    def write(self, place: str, content: str, mode: int = 0o644) -> Path:
        """Write a file in it."""
        path = self.root / place.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        path.chmod(mode)
        return path


def _same(first: Path, second: Path) -> bool:
    return first.stat().st_dev == second.parent.stat().st_dev


def _copy(source: Path, target: Path) -> None:
    target.write_bytes(source.read_bytes())
