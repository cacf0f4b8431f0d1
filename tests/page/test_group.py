"""Points outside the group of order q, wherever an archive has points: both verifiers name them."""

from __future__ import annotations

from pathlib import Path

import pytest

from headquarters.verification import Rule, verify_archive
from tests.headquarters.archives import put_together
from tests.headquarters.test_verification_attacks import (
    POINTS,
    SMALL_ORDER,
    changed_steps,
    put_at,
)
from tests.page.running import run_page

pytestmark = pytest.mark.slow


def test_both_verifiers_name_a_point_outside_the_group(tmp_path: Path) -> None:
    """The page judges whole archives, so the changed ones are whole."""
    what, point = next(iter(SMALL_ORDER.items()))
    archives: list[Path] = []
    for place, (source, kind, index, path) in POINTS.items():
        steps = changed_steps(source, kind, put_at(*path)(point), index=index)
        archives.append(put_together(tmp_path / f"{place.replace(' ', '-')}.bel", steps))
    for archive, said in zip(archives, run_page(map(str, archives)), strict=True):
        assert Rule.GROUP in verify_archive(archive).reasons, (archive.name, what)
        assert said["kind"] == "done", said
        reasons = {one["reason"] for one in said["report"]["findings"]}
        assert "group" in reasons, (archive.name, what, reasons)
