"""The same work on a Dask cluster: two processes here stand for machines in a room."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from distributed import LocalCluster

from commands.main import main
from headquarters.tally import relay
from tests.crypto.elections import VECTORS
from tests.headquarters.archives import put_together, take_apart

pytestmark = pytest.mark.slow
"""Whole counts."""


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield str(cluster.scheduler_address)


@pytest.mark.parametrize(
    "folder", ["pedersen", "tampered/shuffle-proof", "tampered/ballot-proof-slot"]
)
def test_the_verdict_is_the_same(scheduler: str, folder: str) -> None:
    archive = str(VECTORS / folder / "archive.bel")
    runs = [
        CliRunner().invoke(main, ["election", "verify", archive, "--json", *more])
        for more in ([], ["--scheduler", scheduler])
    ]
    here, there = (json.loads(run.stdout) for run in runs)
    assert here == there
    assert runs[0].exit_code == runs[1].exit_code == (3 if here["valid"] else 1)


def test_mixing_and_decrypting(scheduler: str, tmp_path: Path) -> None:
    folder = VECTORS / "single-wide"
    steps = take_apart(folder / "archive.bel")
    begun = next(i for i, step in enumerate(steps) if step.kind == "EncryptedTally")
    path = put_together(tmp_path / "e.bel", steps[: begun + 1])
    for arguments in (
        ["mix", str(path), "--trustee", "1"],
        ["mix", str(path), "--trustee", "2"],
        ["decrypt", str(path), "--key", str(folder / "trustee1.privkey")],
        ["decrypt", str(path), "--key", str(folder / "trustee2.privkey")],
    ):
        done = CliRunner().invoke(main, ["election", *arguments, "--scheduler", scheduler])
        assert done.exit_code == 0, done.output
    relay.conclude(relay.open_archive(path))
    assert CliRunner().invoke(main, ["election", "verify", str(path)]).exit_code == 3


def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headquarters.tally.workers.CLUSTER_LIMIT_S", 1)
    archive = str(VECTORS / "pedersen" / "archive.bel")
    done = CliRunner().invoke(
        main, ["election", "verify", archive, "--scheduler", "tcp://127.0.0.1:9"]
    )
    assert done.exit_code == 2
    assert "no Dask scheduler answers" in done.output
