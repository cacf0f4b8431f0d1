"""Debian's own judge of packages: nothing it says may be left without a reason in the overrides."""

from __future__ import annotations

import subprocess
from pathlib import Path

import click


class Lint:
    """`lintian` at work on one core, while the other does something else."""

    def __init__(self, package: Path) -> None:
        self.package = package
        words = ["lintian", "--allow-root", "--display-info", "--tag-display-limit", "0"]
        fail = ["--fail-on", "error,warning,info"]
        self._running = subprocess.Popen(
            [*words, *fail, str(package)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def verdict(self) -> None:
        """Wait for it. Raises if it says anything."""
        said, _ = self._running.communicate(timeout=600)
        told = [x for x in said.splitlines() if x[:2] in {"E:", "W:", "I:"}]
        if told or self._running.returncode:
            raise click.ClickException(f"lintian: {said[-4000:]}")
        click.echo(f"lintian says nothing of {self.package.name}")
