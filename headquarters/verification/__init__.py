"""Verify an election's archive independently, and say which rule it breaks, if any."""

from headquarters.verification.report import Failure, FailureReason, VerificationReport
from headquarters.verification.verifier import verify_archive

__all__ = ["Failure", "FailureReason", "VerificationReport", "verify_archive"]
