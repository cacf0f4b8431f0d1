"""Every document that travels."""

from __future__ import annotations

from tests.golden import (
    branch_files,
    claim_files,
    device_files,
    headquarters_files,
    key_files,
    office_files,
    public_files,
    recorded_files,
    status_files,
)
from tests.golden.document import Document

DOCUMENTS: tuple[Document, ...] = (
    *headquarters_files.DOCUMENTS,
    *branch_files.DOCUMENTS,
    *claim_files.DOCUMENTS,
    *office_files.DOCUMENTS,
    *device_files.DOCUMENTS,
    *key_files.DOCUMENTS,
    *public_files.DOCUMENTS,
    *recorded_files.DOCUMENTS,
    *status_files.DOCUMENTS,
)
