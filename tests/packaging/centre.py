"""A registry's package on a bare Debian, set up by the commands of its guide."""

from __future__ import annotations

from pathlib import Path

import click

from tests.packaging.bare import Bare
from tests.packaging.life import purge, upgrade

UNITS = ("amin-registry", "amin-evaluator", "amin-board", "amin-nginx@registry")
KEPT = ("/var/lib/amin-registry/own/signing.key", "/etc/amin-registry/secrets/registry")
SETTINGS = "/etc/amin-registry/registry.env"


def run_centre(built: Path, wheels: Path, out: Path, folder: Path) -> None:
    """Install it, verify its units, make its database, and take it out again."""
    del wheels, out
    bare = Bare(folder)
    bare.install(built, "nginx-light", "postgresql-15")
    verify(bare)
    offers(bare)
    database(bare)
    keys(bare)
    upgrade(bare, built, SETTINGS, KEPT, "amin-registry.service")
    purge(bare, "amin-registry", SETTINGS, KEPT)


def verify(bare: Bare) -> None:
    """No unit has a word that systemd does not know, or names a program that is not there."""
    for unit in UNITS:
        checked = bare.run("systemd-analyze", "verify", f"/usr/lib/systemd/system/{unit}.service")
        told = [line for line in checked.stderr.splitlines() if "amin" in line]
        assert checked.returncode == 0, checked.stderr
        assert not told, told
    click.echo("units are clean")


def offers(bare: Bare) -> None:
    """What a centre does, and no word of a polling device."""
    for words in (
        ("registry", "serve"),
        ("registry", "evaluate"),
        ("registry", "front"),
        ("board", "serve"),
        ("election", "office-key"),
    ):
        assert f"Usage: amin {' '.join(words)}" in bare.must("amin", *words, "--help")
    for word in ("station", "operator", "demo"):
        assert bare.run("amin", word).returncode == 2, word
    keys = ("/usr/lib/amin-registry/bin/python3", "-I", "-c")
    lacking = bare.run(*keys, "import kiosk")
    assert "ModuleNotFoundError" in lacking.stderr
    bare.must(*keys, "import registry.service, registry.postgres, headquarters.board.serving")


def keys(bare: Bare) -> None:
    """Root makes the registry's keys as the guide says, and they are then its account's alone."""
    secret, own = "/etc/amin-registry/secrets/registry", "/var/lib/amin-registry/own"
    bare.write(secret, "correct horse battery staple\n", 0o600)
    words = ("amin", "election", "office-key", own, "--office", "registry")
    bare.must(*words, "--passphrase-file", secret)
    bare.must("systemd-tmpfiles", "--create", "amin-registry.conf")
    found = bare.must("stat", "-c", "%U %a", own, f"{own}/signing.key").split("\n")
    assert found[0].startswith("amin-registry 700"), found
    assert found[1].startswith("amin-registry 600"), found
    nobody = ("runuser", "-u", "amin-board", "--", "cat", f"{own}/registry.json")
    assert bare.run(*nobody).returncode != 0
    bare.must("rm", "-r", own)
    click.echo("the registry's keys are its account's")


def database(bare: Bare) -> None:
    """The script makes it once, and says nothing else the second time; nobody else's account gets in."""
    bare.must("pg_ctlcluster", "15", "main", "start", "--skip-systemctl-redirect")
    try:
        first, second = (bare.must("amin-registry-database") for _ in range(2))
        assert "Next:" in first
        assert first == second, (first, second)
        asked = "SELECT current_setting('log_parameter_max_length'), current_user"
        own = ("runuser", "-u", "amin-registry", "--", "psql", "-Atc", asked, "amin")
        assert bare.must(*own).strip() == "0|amin-registry"
        # `amin registry destroy` lists it.
        where = ("runuser", "-u", "amin-registry", "--", "psql", "-Atc", "SHOW data_directory")
        assert bare.must(*where, "amin").strip() == "/var/lib/postgresql/15/main"
        other = ("runuser", "-u", "amin-board", "--", "psql", "-Atc", asked, "amin")
        assert bare.run(*other).returncode != 0
    finally:
        bare.must("pg_ctlcluster", "15", "main", "stop", "--skip-systemctl-redirect")
    click.echo("the database is made, twice the same, for one account")
