"""One day for all attacks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from headquarters import archive_index
from headquarters.progress import ProgressCallback
from headquarters.verification import VerificationReport, verify_archive
from tests.trust.attacks.day import AttackedDay, play


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> AttackedDay:
    """The day, played once; attacks work on copies of what it published."""
    return play(tmp_path_factory.mktemp("attacks"))


@pytest.fixture(autouse=True, scope="package")
def same_bytes_same_report() -> Iterator[None]:
    """An archive that no attack has changed is verified once: a report follows from the bytes alone."""
    known: dict[tuple[bytes, bytes], VerificationReport] = {}

    def digest(path: Path) -> bytes:
        return hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b""

    def verify(
        path: Path, *, progress: ProgressCallback | None, executor: object, proofs: Path
    ) -> VerificationReport:
        del executor
        content = digest(path), digest(proofs)
        if content not in known:
            known[content] = verify_archive(path, progress=progress, proofs=proofs)
        return known[content]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive_index, "verify_archive", verify)
        yield
