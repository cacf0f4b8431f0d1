"""Verify an election's archive independently, and say which rule it breaks, if any."""

from headquarters.verification.report import ArchiveFinding, Rule, VerificationReport
from headquarters.verification.verifier import (
    VerifiedArchive,
    verify_archive,
    verify_standing,
)

__all__ = [
    "ArchiveFinding",
    "Rule",
    "VerificationReport",
    "VerifiedArchive",
    "verify_archive",
    "verify_standing",
]
