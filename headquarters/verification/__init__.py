"""The independent verifier: reads an election's archive and says which rule it breaks, if any."""

from headquarters.verification.report import Failure, Reason, Report
from headquarters.verification.verifier import verify_archive

__all__ = ["Failure", "Reason", "Report", "verify_archive"]
