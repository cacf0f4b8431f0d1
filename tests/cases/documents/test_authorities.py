"""Judge documents below authorities whose certificates were put into the folder by hand."""

from __future__ import annotations

from pathlib import Path

from tests.cases.documents.kit import Country, failed, trust


def test_authority_as_the_project_makes_it(tmp_path: Path) -> None:
    country = Country()
    assert failed(country.sod(), trust(tmp_path, {"a.cer": country.der})) == []
    assert failed(Country().sod(), trust(tmp_path, {"a.cer": country.der})) != []
