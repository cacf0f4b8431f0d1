"""What every run takes a share of is found by `make whole`, and no share leaves anything out for ever."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from tests import shares, whole
from tests.shares import few, share


@pytest.mark.parametrize("parts", [1, 2, 3, 4])
def test_all_places_together_are_everything(parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "WHOLE", False)
    taken = [item for place in range(parts) for item in share(range(10), parts, place)]
    assert sorted(taken) == list(range(10))
    assert share(range(10), parts, parts + 1) == share(range(10), parts, 1)


def test_with_time_there_is_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (few(3, 9), len(share("abcd", 4))) == ((9, 4) if shares.WHOLE else (3, 1))
    monkeypatch.setattr(shares, "WHOLE", True)
    assert (few(3, 9), share("abcd", 4, 2)) == (9, tuple("abcd"))


def test_what_there_is_no_time_for_is_named() -> None:
    done = CliRunner().invoke(whole.main, ["--minutes", "0"])
    assert done.exit_code == 0
    found = whole.files()
    assert len(found) > 5
    assert f"0 of {len(found)} files" in done.output
    assert all(str(file) in done.output for file in found)


def test_a_file_that_fails_is_named_and_the_status_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "command", lambda _: ["false"])
    done = CliRunner().invoke(whole.main, ["tests/none.py"])
    assert done.exit_code == whole.FAILED
    assert "again: make whole ARGS=tests/none.py" in done.output
