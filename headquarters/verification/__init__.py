"""Verify an election's archive independently, and say which rule it breaks, if any."""

from headquarters.verification.report import ArchiveFinding, Rule, VerificationReport
from headquarters.verification.verifier import verify_archive

__all__ = ["ArchiveFinding", "Rule", "VerificationReport", "verify_archive"]
