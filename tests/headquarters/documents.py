"""Identity documents for elections in earnest: an invented authority and a current revocation list."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from simulators.cards.issuer import Issuer


def keep_documents(folder: Path, closes: datetime) -> Issuer:
    """Put an authority and a list that is current past `closes` into an election's folder."""
    before = closes - timedelta(days=10)
    made = Issuer.create("Test", before)
    documents = folder / "documents"
    documents.mkdir()
    (documents / "csca.cer").write_bytes(made.authority_der)
    (documents / "csca.crl").write_bytes(made.revocation_list(before))
    return made
